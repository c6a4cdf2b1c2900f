"""JSON-LD with a published context: short names for the ontology's terms, prefixes for the rest.

https://www.w3.org/TR/json-ld11/
"""

import json
from collections.abc import Iterable
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from .links import BASE
from .prefixes import prefixes

CONTEXT = BASE + "context.jsonld"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
STRING = "http://www.w3.org/2001/XMLSchema#string"
LANGUAGE_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"


def context(terms: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the context: every prefix, and each term of the ontology with its kind.

    `terms`: pairs of an IRI and the local name of its class in OWL, ObjectProperty for instance.
    """
    made: dict[str, Any] = {"@version": 1.1, **prefixes()}
    for iri, kind in terms:
        name = iri.partition("#")[2]
        made[name] = {"@id": iri, "@type": "@id"} if kind == "ObjectProperty" else {"@id": iri}
    return {"@context": made}


class Writer:
    """Writes graphs as JSON-LD that its context makes short."""

    def __init__(self, made: dict[str, Any]) -> None:
        """Begin with what `context` returned."""
        self.context = json.dumps(made, ensure_ascii=False, indent=1).encode() + b"\n"
        terms = made["@context"]
        self._names: dict[str, str] = {
            about["@id"]: n for n, about in terms.items() if isinstance(about, dict)
        }
        self._links = {n for n, a in terms.items() if isinstance(a, dict) and "@type" in a}
        spaces = ((ns, n) for n, ns in terms.items() if isinstance(ns, str))
        self._prefixes = sorted(spaces, key=lambda pair: -len(pair[0]))

    def write(self, triples: Iterable[Triple]) -> bytes:
        """Return a document with a node for each subject, in the order they first come."""
        nodes: dict[str, dict[str, Any]] = {}
        for triple in triples:
            subject = self._identifier(triple.subject)
            node = nodes.setdefault(subject, {"@id": subject, "@type": []})
            if triple.predicate.value == TYPE and isinstance(triple.object, NamedNode):
                node["@type"].append(self._short(triple.object.value))
            else:
                name = self._short(triple.predicate.value)
                node.setdefault(name, []).append(self._value(name, triple.object))
        for node in nodes.values():
            if not node["@type"]:
                del node["@type"]
        document = {"@context": CONTEXT, "@graph": list(nodes.values())}
        return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"

    def _short(self, iri: str) -> str:
        if name := self._names.get(iri):
            return name
        for namespace, prefix in self._prefixes:
            if iri.startswith(namespace) and iri != namespace:
                return f"{prefix}:{iri[len(namespace) :]}"
        return iri

    def _identifier(self, term: Any) -> str:
        return term.value if isinstance(term, NamedNode) else str(term)

    def _value(self, name: str, term: Any) -> Any:
        if isinstance(term, (NamedNode, BlankNode)):
            identifier = self._identifier(term)
            return identifier if name in self._links else {"@id": identifier}
        if not isinstance(term, Literal):
            raise TypeError(f"found {term}, expected an IRI, a blank node or a literal")
        if term.language:
            return {"@value": term.value, "@language": term.language}
        if term.datatype.value == STRING:
            return {"@value": term.value} if name in self._links else term.value
        return {"@value": term.value, "@type": self._short(term.datatype.value)}
