"""What must hold between quads and tables, and no shape can say: each breach is one sentence.

Each message ends with where the thing was read from, so that it leads to what is to be mended.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store

from validator.source import StoreSource

from .document import Document
from .errors import BuildError
from .origins import find_origins
from .terms import BASE, ENISHI, RDF
from .terms import graph as graph_iri

ONTOLOGY = graph_iri("ontology")
TYPE, DOCUMENT, LAST_LINE = RDF.type, ENISHI.document, ENISHI.lastLine


def check_integrity(
    quads: set[Quad], documents: Mapping[str, Document], data: Path | None = None
) -> None:
    """Raise BuildError for the first breach of references, terms or lines."""
    check_references(quads, data)
    check_terms(quads, data)
    check_lines(quads, documents)


def check_references(quads: set[Quad], data: Path | None = None) -> None:
    """Raise BuildError if a quad points to a resource of ours about which nothing is said."""
    said = {quad.subject for quad in quads}
    unsaid = {quad.object for quad in quads} - said
    lost = {value for value in unsaid if _is_ours(value, f"{BASE}id/")}
    broken = [quad for quad in quads if quad.object in lost] if lost else []
    for quad in sorted(broken, key=str):
        raise BuildError(
            f"{quad.subject} {quad.predicate}{_place(quad, quads, data)}: found {quad.object}, "
            "about which nothing is said; "
            "expected an entity of the registers or a code of ontology/codes.ttl."
        )


def check_terms(quads: set[Quad], data: Path | None = None) -> None:
    """Raise BuildError for a property or class of our vocabulary that the ontology lacks.

    Where the graph has no ontology, nothing can be said.
    """
    declared = {quad.subject for quad in quads if quad.graph_name == ONTOLOGY}
    if not declared:
        return
    used: set[object] = {quad.predicate for quad in quads}
    used |= {quad.object for quad in quads if quad.predicate == TYPE}
    unknown = {term for term in used - declared if _is_ours(term, ENISHI.iri)}
    if not unknown:
        return
    for quad in sorted(quads, key=str):
        term = quad.object if quad.predicate == TYPE else quad.predicate
        if term in unknown:
            raise BuildError(
                f"{quad.subject}{_place(quad, quads, data)}: found the term {term}, expected one "
                "that ontology/enishi.ttl declares."
            )


def check_lines(quads: Iterable[Quad], documents: Mapping[str, Document]) -> None:
    """Raise BuildError for a source record whose lines its document does not have."""
    lengths = {slug: sum(d.line_counts().values()) for slug, d in documents.items()}
    slugs: dict[object, str] = {}
    last: dict[object, int] = {}
    for quad in quads:
        predicate = quad.predicate
        if predicate == DOCUMENT and isinstance(quad.object, NamedNode):
            slugs[quad.subject] = quad.object.value.rpartition("/")[2]
        elif predicate == LAST_LINE and isinstance(quad.object, Literal):
            text = quad.object.value
            last[quad.subject] = int(text) if text.isdecimal() else 0
    for record in sorted(last, key=str):
        slug = slugs.get(record, "")
        if slug in lengths and last[record] > lengths[slug]:
            raise BuildError(
                f"{slug}, {record}: found line {last[record]}, expected one of the "
                f"{lengths[slug]} lines of the document (lines.csv)."
            )


def _is_ours(term: object, namespace: str) -> bool:
    return isinstance(term, NamedNode) and term.value.startswith(namespace)


def _place(quad: Quad, quads: set[Quad], data: Path | None) -> str:
    """Return where the subject of a quad was read from, in brackets."""
    if not isinstance(quad.subject, NamedNode):
        return ""
    store = Store()
    store.extend(quads)
    iri = quad.subject.value
    origin = find_origins([iri], StoreSource(store).select, data)[iri]
    return f" ({origin.document}, {origin.where})" if origin.where else ""
