"""Writes about one document: its IRIs, and where each thing was read from."""

from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode

from .document import Document
from .errors import BuildError
from .model import Source
from .quads import Quads
from .terms import DCTERMS, ENISHI, PROV, RDF, en, graph, integer, ja, mint

PROVENANCE = graph("provenance")


def document_iri(slug: str) -> NamedNode:
    """Return the IRI of a source document."""
    return mint("document", slug)


def _lines_of(slug: str, source: Source) -> tuple[str, str]:
    """Return how a record is called, ja and en.

    >>> _lines_of("demo", Source("1", 6, 7)), _lines_of("demo", Source("2", 8, 8))[1]
    (('demo 6～7行', 'demo, lines 6–7'), 'demo, line 8')
    """
    first, last = source.first_line, source.last_line
    if first == last:
        return f"{slug} {first}行", f"{slug}, line {first}"
    return f"{slug} {first}～{last}行", f"{slug}, lines {first}–{last}"


class Recorder:
    """Adds quads to one document's graph, and source records to the graph `provenance`."""

    def __init__(self, quads: Quads, document: Document, ids: dict[str, str]) -> None:
        """Write into `quads`; `ids` maps every document's slug to its short id."""
        self.quads = quads
        self.document = document
        self.ids = ids
        self.graph = graph(document.slug)
        self._records: dict[NamedNode, Source] = {}

    def mint(self, kind: str, key: str) -> NamedNode:
        """Return the IRI of a new thing. Raises BuildError if another has it."""
        return self.quads.mint_once(
            mint(kind, self.document.id, key), f"{self.document.slug}, {kind} {key}"
        )

    def record(self, source: Source, slug: str | None = None) -> NamedNode:
        """Return the record of a source, adding it on first use."""
        slug = slug or self.document.slug
        record = mint("record", self.ids[slug], source.key)
        known = self._records.get(record)
        if known is not None and known != source:
            raise BuildError(
                f"{slug}, record {source.key}: found lines {source.first_line}-{source.last_line} "
                f"and {known.first_line}-{known.last_line}; expected one place."
            )
        if known is not None:
            return record
        self._records[record] = source
        statements: list[tuple[NamedNode, NamedNode | Literal]] = [
            (RDF.type, ENISHI.SourceRecord),
            (ENISHI.document, document_iri(slug)),
            (ENISHI.firstLine, integer(source.first_line)),
            (ENISHI.lastLine, integer(source.last_line)),
            (DCTERMS.identifier, Literal(source.key)),
        ]
        if source.page is not None:
            statements.append((ENISHI.page, integer(source.page)))
        self.quads.add(PROVENANCE, record, *statements)
        self.quads.add_labels(PROVENANCE, record, *_lines_of(slug, source))
        return record

    def derive(self, iri: NamedNode, sources: Iterable[Source]) -> None:
        """Tie a thing to its source records."""
        for source in sources:
            self.quads.add(self.graph, iri, (PROV.wasDerivedFrom, self.record(source)))

    def add_title(self, iri: NamedNode, title: str, title_en: str) -> None:
        """Add title and label in both languages."""
        self.quads.add_labels(self.graph, iri, title, title_en)
        self.quads.add(self.graph, iri, (DCTERMS.title, ja(title)), (DCTERMS.title, en(title_en)))
