"""The vocabulary of a release, term by term, from the graph of the ontology."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from .entities import ENISHI, LABEL, RDF_TYPE, READING_ORDER, Ref, named, ref_of, text_of
from .links import BASE
from .rendering import shorten

if TYPE_CHECKING:
    from .pages import Site

GRAPH = NamedNode(BASE + "graph/ontology")
ONTOLOGY = BASE + "ontology"
_DCTERMS = "http://purl.org/dc/terms/"
_OWL = "http://www.w3.org/2002/07/owl#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_SCHEMA = "https://schema.org/"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_KINDS = (_OWL + "Class", _OWL + "ObjectProperty", _OWL + "DatatypeProperty")
_ALIGNMENTS = tuple(
    _SKOS + name for name in ("exactMatch", "closeMatch", "broadMatch", "relatedMatch")
)


@dataclass(frozen=True)
class Example:
    """A statement with a term; `value` is None for the term that is a class."""

    subject: Ref
    value: Ref | None


@dataclass(frozen=True)
class Term:
    """A class or property of the vocabulary, with its uses in the release."""

    ref: Ref
    kind: Ref
    definition: Ref
    note: Ref
    above: tuple[Ref, ...]
    below: tuple[Ref, ...]
    domain: tuple[Ref, ...]
    range: tuple[Ref, ...]
    used_with: tuple[Ref, ...]
    see_also: tuple[Ref, ...]
    alignments: tuple[tuple[Ref, Ref], ...]
    values: tuple[str, ...]
    is_deprecated: bool
    uses: int
    example: Example | None

    @property
    def name(self) -> str:
        """Its local name, the anchor on the page."""
        return self.ref.value.removeprefix(ENISHI)

    @property
    def is_class(self) -> bool:
        """Whether it is a class, not a property."""
        return self.kind.value == _KINDS[0]


@dataclass(frozen=True)
class CodeList:
    """A code list: its name, what it is for, how many concepts it has."""

    ref: Ref
    definition: Ref
    concepts: int


class Vocabulary:
    """The terms of a release's ontology; `triples` are all statements of it and its code lists."""

    def __init__(self, site: "Site") -> None:
        """Read it from the graph of a release; there are no terms where there is no ontology."""
        self.triples: list[Triple] = site.statements_of(GRAPH)
        self._examples = _examples(site)

    @cached_property
    def _said(self) -> dict[str, dict[str, list[NamedNode | Literal]]]:
        said: dict[str, dict[str, list[NamedNode | Literal]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for triple in self.triples:
            subject, value = triple.subject, triple.object
            if isinstance(subject, NamedNode) and isinstance(value, (NamedNode, Literal)):
                said[subject.value][triple.predicate.value].append(value)
        return said

    def _iris(self, subject: str, *properties: str) -> list[str]:
        found = (value for name in properties for value in self._said[subject][name])
        return [value.value for value in found if isinstance(value, NamedNode)]

    def _texts(self, subject: str, property_: str) -> Ref:
        """Return what a property says in both languages."""
        values = self._said[subject][property_]
        texts = {value.language: value.value for value in values if isinstance(value, Literal)}
        return Ref(subject, texts.get("ja", ""), texts.get("en", ""))

    def _ref(self, iri: str) -> Ref:
        """Return an IRI with its label: the vocabulary's, that of a reused term, or its prefix."""
        ref = named(self._texts(iri, LABEL) if iri in self._said else Ref(iri))
        short = shorten(iri)
        return ref if ref.ja or ref.en or short == iri else Ref(iri, short, short)

    def _refs(self, subject: str, *properties: str) -> tuple[Ref, ...]:
        return tuple(map(self._ref, sorted(set(self._iris(subject, *properties)))))

    @property
    def version(self) -> str:
        """The number of its version, "" where it has none."""
        return next((v.value for v in self._said[ONTOLOGY][_OWL + "versionInfo"]), "")

    @property
    def version_iri(self) -> str:
        """The IRI of its version, "" where it has none."""
        return next(iter(self._iris(ONTOLOGY, _OWL + "versionIRI")), "")

    @property
    def about(self) -> dict[str, Ref]:
        """What the ontology says of itself: title and description."""
        return {name: self._texts(ONTOLOGY, _DCTERMS + name) for name in ("title", "description")}

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Every term: classes from the general to the special, then properties by name."""
        kinds = {iri: self._iris(iri, RDF_TYPE) for iri in list(self._said)}
        mine = [
            (iri, kind)
            for iri, types in kinds.items()
            if iri.startswith(ENISHI)
            for kind in _KINDS
            if kind in types
        ]
        return tuple(sorted((self._term(iri, kind) for iri, kind in mine), key=_rank))

    def _term(self, iri: str, kind: str) -> Term:
        uses, example = self._examples.get(iri, (0, None))
        above = (_RDFS + "subClassOf", _RDFS + "subPropertyOf")
        domains = (_RDFS + "domain", _SCHEMA + "domainIncludes")
        return Term(
            self._ref(iri), self._ref(kind),
            self._texts(iri, _SKOS + "definition"), self._texts(iri, _SKOS + "scopeNote"),
            self._refs(iri, *above), self._pointing(iri, *above),
            self._refs(iri, *domains),
            self._refs(iri, _RDFS + "range", _SCHEMA + "rangeIncludes"),
            self._pointing(iri, *domains), self._refs(iri, _RDFS + "seeAlso"),
            tuple((self._ref(a), ref) for a in _ALIGNMENTS for ref in self._refs(iri, a)),
            tuple(v.value for v in self._said[iri][_SKOS + "example"]),
            bool(self._said[iri][_OWL + "deprecated"]), uses, example,
        )  # fmt: skip

    def _pointing(self, iri: str, *properties: str) -> tuple[Ref, ...]:
        """Return the terms of ours that say something of a term."""
        found = {
            subject
            for subject, said in list(self._said.items())
            for name in properties
            if subject.startswith(ENISHI) and NamedNode(iri) in said.get(name, ())
        }
        return tuple(map(self._ref, sorted(found)))

    @cached_property
    def code_lists(self) -> tuple[CodeList, ...]:
        """The code lists with the number of their concepts."""
        schemes = [
            iri for iri in list(self._said) if _SKOS + "ConceptScheme" in self._iris(iri, RDF_TYPE)
        ]
        return tuple(
            CodeList(
                self._ref(iri), self._texts(iri, _SKOS + "definition"),
                sum(NamedNode(iri) in s.get(_SKOS + "inScheme", ()) for s in self._said.values()),
            )
            for iri in sorted(schemes)
        )  # fmt: skip


def _examples(site: "Site") -> dict[str, tuple[int, Example]]:
    """Return how often each term is used, and one statement with it."""
    found: dict[str, tuple[int, Example]] = {}
    if site.is_large:
        return found
    for row in site.ask("pages/term-examples"):
        value = ref_of(row, "value")
        example = Example(named(ref_of(row, "subject")), value if value.value else None)
        found.setdefault(text_of(row["term"]), (int(text_of(row["uses"])), example))
    return found


def _rank(term: Term) -> tuple[int, int, str]:
    iri = term.ref.value
    order = READING_ORDER.index(iri) if iri in READING_ORDER else len(READING_ORDER)
    return (not term.is_class, order if term.is_class else 0, term.name.lower())
