"""What must hold between quads and tables, and no shape can say: each breach is one sentence.

Each message ends with where the thing was read from, so that it leads to what is to be mended.
"""

from collections.abc import Mapping
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store

from validator.source import StoreSource

from .asking import select
from .document import Document
from .errors import BuildError
from .origins import find_origins
from .terms import ENISHI, RDF
from .terms import graph as graph_iri

ONTOLOGY = graph_iri("ontology")
TYPE = RDF.type


def check_integrity(
    store: Store, documents: Mapping[str, Document], data: Path | None = None
) -> None:
    """Raise BuildError for the first breach of references, terms or lines."""
    check_references(store, data)
    check_terms(store, data)
    check_lines(store, documents)


def check_references(store: Store, data: Path | None = None) -> None:
    """Raise BuildError if a quad points to a resource of ours about which nothing is said."""
    for (lost,) in select(store, "integrity/references"):
        quad = _first(store, None, lost)
        raise BuildError(
            f"{quad.subject} {quad.predicate}{_place(quad, store, data)}: found {quad.object}, "
            "about which nothing is said; "
            "expected an entity of the registers or a code of ontology/codes.ttl."
        )


def check_terms(store: Store, data: Path | None = None) -> None:
    """Raise BuildError for a property or class of our vocabulary that the ontology lacks.

    Where the graph has no ontology, nothing can be said.
    """
    declared = {q.subject for q in store.quads_for_pattern(None, None, None, ONTOLOGY)}
    used = {term for (term,) in select(store, "integrity/terms")}
    unknown = {term for term in used - declared if str(term).startswith(f"<{ENISHI.iri}")}
    for term in sorted(unknown, key=str) if declared else ():
        is_property = any(True for _ in store.quads_for_pattern(None, term, None, None))
        quad = _first(store, term, None) if is_property else _first(store, TYPE, term)
        raise BuildError(
            f"{quad.subject}{_place(quad, store, data)}: found the term {term}, expected one "
            "that ontology/enishi.ttl declares."
        )


def _first(store: Store, predicate: NamedNode | None, value: NamedNode | None) -> Quad:
    return min(store.quads_for_pattern(None, predicate, value, None), key=str)


def check_lines(store: Store, documents: Mapping[str, Document]) -> None:
    """Raise BuildError for a source record whose lines its document does not have."""
    lengths = {slug: sum(d.line_counts().values()) for slug, d in documents.items()}
    beyond = []
    for record, document, last in select(store, "integrity/lines"):
        slug = document.value.rpartition("/")[2]
        line = int(last.value) if isinstance(last, Literal) and last.value.isdecimal() else 0
        if line > lengths.get(slug, line):
            beyond.append((str(record), slug, line))
    for record, slug, line in sorted(beyond):
        raise BuildError(
            f"{slug}, {record}: found line {line}, expected one of the "
            f"{lengths[slug]} lines of the document (lines.csv)."
        )


def _place(quad: Quad, store: Store, data: Path | None) -> str:
    """Return where the subject of a quad was read from, in brackets."""
    if not isinstance(quad.subject, NamedNode):
        return ""
    iri = quad.subject.value
    origin = find_origins([iri], StoreSource(store).select, data)[iri]
    return f" ({origin.document}, {origin.where})" if origin.where else ""
