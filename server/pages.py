"""The start page; /status and /limits for machines."""

from dataclasses import dataclass
from functools import cached_property

from flask import Blueprint, Response, current_app, jsonify, request
from pyoxigraph import Literal, NamedNode, QuerySolutions

from .evaluation import Term, admit, run
from .examples import Example, examples, page_query, read_page_queries
from .limits import Limits
from .prefixes import prefixes
from .protocol import FRESH_SECONDS
from .release import Release
from .rendering import LANGUAGES, language, render_page

blueprint = Blueprint("pages", __name__)


@dataclass(frozen=True)
class Site:
    """What every page knows: the release, the limits, the example queries; numbers when asked."""

    release: Release
    limits: Limits
    examples: tuple[Example, ...]
    starter: str

    @cached_property
    def numbers(self) -> dict[str, int]:
        """How much the release holds of each kind."""
        (row,) = self.ask("numbers/counts")
        return {name: int(term.value) for name, term in row.items() if isinstance(term, Literal)}

    @cached_property
    def documents(self) -> tuple[dict[str, str], ...]:
        """Titles and numbers of each document of the release."""
        return tuple(
            {name: value_of(term) for name, term in row.items()}
            for row in self.ask("numbers/documents")
        )

    @cached_property
    def vocabularies(self) -> dict[str, dict[str, object]]:
        """For each language what an editor completes: prefixes, classes, properties, labels."""
        return {language: self._vocabulary(language) for language in LANGUAGES}

    def _vocabulary(self, language: str) -> dict[str, object]:
        terms: dict[str, list[dict[str, str]]] = {"class": [], "property": []}
        for row in self.ask("pages/vocabulary", language=Literal(language)):
            names = {"iri": value_of(row["term"]), "label": value_of(row["label"])}
            terms[value_of(row["kind"])].append(names)
        return {"prefixes": prefixes(), **terms}

    def ask(self, name: str, **terms: NamedNode | Literal) -> list[dict[str, Term | None]]:
        """Return the rows of a query behind a page, by column; terms as `page_query` has them."""
        results = run(self.release.store, admit(page_query(name, **terms), self.limits))
        if not isinstance(results, QuerySolutions):
            raise TypeError(f"{name}.rq: expected a SELECT query")
        columns = [variable.value for variable in results.variables]
        return [{column: row[column] for column in columns} for row in results]


def value_of(term: Term | None) -> str:
    """Return the IRI, the text of a literal, whatever else a term has to show; "" for none."""
    if term is None:
        return ""
    return term.value if isinstance(term, (NamedNode, Literal)) else str(term)


def survey(release: Release, limits: Limits) -> Site:
    """Return what the pages show of a release."""
    read_page_queries()
    return Site(release, limits, tuple(examples()), page_query("numbers/starter"))


@blueprint.get("/")
def index() -> Response:
    """Show what is in the graph, and a box to ask it."""
    return Response(render_page("index.html", query=""), mimetype="text/html")


@blueprint.get("/status")
def status() -> Response:
    """Return the release, its number of statements and its documents as JSON."""
    release = current_app.extensions["enishi"].release
    return jsonify(
        release=release.identifier, quads=release.quads, documents=list(release.documents)
    )


@blueprint.get("/limits")
def limits() -> Response:
    """Return every limit of the endpoint with its value and unit as JSON."""
    return jsonify(limits=current_app.extensions["enishi"].limits.document())


@blueprint.get("/sparql/vocabulary")
def vocabulary() -> Response:
    """Return prefixes, classes and properties of the graph as JSON, for the query editor."""
    response = jsonify(current_app.extensions["enishi"].vocabularies[language()])
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    response.add_etag()
    response.make_conditional(request)
    return response
