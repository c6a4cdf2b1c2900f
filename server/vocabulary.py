"""What the query editor completes: the prefixes, and the terms that the graph uses."""

from pyoxigraph import Literal

from .pages import Site, value_of
from .prefixes import prefixes


def vocabulary(site: Site, language: str) -> dict[str, object]:
    """Return prefixes, classes and properties, the most used first, with labels in a language."""
    terms: dict[str, list[dict[str, str]]] = {"class": [], "property": []}
    for row in site.ask("pages/vocabulary", language=Literal(language)):
        kind, term, label = row["kind"], row["term"], row["label"]
        assert kind is not None and term is not None
        names = {"iri": value_of(term), "label": value_of(label) if label else ""}
        terms[value_of(kind)].append(names)
    return {"prefixes": prefixes(), **terms}
