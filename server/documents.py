"""The documents of the release, and what was read of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from .entities import Ref, ref_of, text_of

if TYPE_CHECKING:
    from .pages import Site

KINDS = ("row", "header", "noise", "blank")


@dataclass(frozen=True)
class SourceDocument:
    """A document: what it is, what was read of it, and how many of its lines are what."""

    ref: Ref
    publisher: Ref
    as_of: str
    fiscal_year: str
    sha256: str
    licence: Ref
    records: int
    numbers: Mapping[str, str]
    lines: Mapping[str, int]

    @property
    def line_count(self) -> int:
        """How many lines its text has; 0 where the release does not tell."""
        return sum(self.lines.values())


@dataclass(frozen=True)
class DocumentPage:
    """A page of a document, and how many records stand on it."""

    number: int
    records: int


def documents(site: "Site") -> list[SourceDocument]:
    """Return every document of the release, by its slug."""
    numbers = {row["document"]: row for row in site.documents}
    return [
        SourceDocument(
            ref := ref_of(row, "document"),
            ref_of(row, "publisher"),
            text_of(row["as_of"]),
            text_of(row["year"]),
            text_of(row["sha256"]).removeprefix("sha256:"),
            Ref(ref.value, text_of(row["licence_ja"]), text_of(row["licence_en"])),
            int(text_of(row["records"])),
            numbers.get(ref.value, {}),
            site.release.lines.get(ref.value.rpartition("/")[2], {}),
        )
        for row in site.ask("pages/documents")
    ]


def document(site: "Site", iri: str) -> SourceDocument | None:
    """Return a document by its IRI, None for something else."""
    return next((found for found in documents(site) if found.ref.value == iri), None)


def pages_of(site: "Site", iri: str) -> list[DocumentPage]:
    """Return the pages of a document that records stand on; none where it has no pages."""
    rows = site.ask("pages/document-pages", this=NamedNode(iri))
    return [DocumentPage(int(text_of(r["page"])), int(text_of(r["records"]))) for r in rows]
