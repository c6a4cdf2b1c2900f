"""Lists of what the graph has: /documents, /fields, /countries, /municipalities."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, current_app

from .documents import KINDS, SourceDocument, documents
from .entities import Ref, Row, ref_of, text_of
from .pages import Site
from .rendering import render_page
from .resources import FORMATS, Makers, excel_csv, respond_page

blueprint = Blueprint("indexes", __name__)
_PAGE_AND_TABLE = {name: FORMATS[name] for name in ("html", "csv")}
_DOCUMENT_NUMBERS = ("agreements", "activities", "discrepancies", "corrections")
_DOCUMENT_COLUMNS = (
    "document_ja", "document_en", "publisher_ja", "publisher_en", "as_of", "fiscal_year",
    *_DOCUMENT_NUMBERS, "records", "lines", *KINDS, "sha256", "iri",
)  # fmt: skip


def _site() -> Site:
    site: Site = current_app.extensions["enishi"]
    return site


def _number(row: Row, name: str) -> int:
    return int(text_of(row[name]) or 0)


def _document_row(found: SourceDocument) -> list[str]:
    numbers = [found.numbers.get(name, "0") for name in _DOCUMENT_NUMBERS]
    lines = [str(found.lines.get(kind, "")) for kind in KINDS]
    return [
        found.ref.ja, found.ref.en, found.publisher.ja, found.publisher.en, found.as_of,
        found.fiscal_year, *numbers, str(found.records), str(found.line_count or ""), *lines,
        found.sha256, found.ref.value,
    ]  # fmt: skip


@blueprint.get("/documents")
@blueprint.get("/documents.<suffix>")
def all_documents(suffix: str = "") -> Response:
    """Return the list of the documents. Raises Problem as `respond` does."""
    makers: Makers = {
        "html": lambda: render_page(
            "documents.html", documents=documents(_site()), formats=_PAGE_AND_TABLE
        ),
        "csv": lambda: excel_csv(_DOCUMENT_COLUMNS, map(_document_row, documents(_site()))),
    }
    return respond_page("documents", suffix, makers)


@dataclass(frozen=True)
class Counted:
    """Something with its number of agreements and activities; `above` it in a hierarchy."""

    ref: Ref
    code: str
    agreements: int
    activities: int
    above: str = ""
    bodies: int = 0

    @property
    def cells(self) -> dict[str, str]:
        """What a table says of it, by column."""
        return {
            "code": self.code, "ja": self.ref.ja, "en": self.ref.en, "bodies": str(self.bodies),
            "agreements": str(self.agreements), "activities": str(self.activities),
            "above": self.above, "iri": self.ref.value,
        }  # fmt: skip


def counted(query: str) -> list[Counted]:
    """Return the rows of a query as things that are counted."""
    return [
        Counted(
            ref_of(row, "thing"), text_of(row["code"]), _number(row, "agreements"),
            _number(row, "activities"), text_of(row.get("above")),
            _number(row, "bodies") if "bodies" in row else 0,
        )
        for row in _site().ask(query)
    ]  # fmt: skip


def _table(columns: Sequence[str], items: "Iterable[Counted] | Iterable[Municipality]") -> bytes:
    return excel_csv(columns, ([item.cells[column] for column in columns] for item in items))


@blueprint.get("/fields")
@blueprint.get("/fields.<suffix>")
def fields(suffix: str = "") -> Response:
    """Return the code list of fields with the numbers of each; a field counts its kinds too."""
    columns = ("code", "ja", "en", "agreements", "activities", "above", "iri")
    makers: Makers = {
        "html": lambda: render_page(
            "fields.html", fields=counted("pages/fields"), formats=_PAGE_AND_TABLE
        ),
        "csv": lambda: _table(columns, counted("pages/fields")),
    }
    return respond_page("fields", suffix, makers)


@blueprint.get("/countries")
@blueprint.get("/countries.<suffix>")
def countries(suffix: str = "") -> Response:
    """Return the countries and regions that agreements and activities reach."""
    columns = ("code", "ja", "en", "bodies", "agreements", "activities", "iri")
    makers: Makers = {
        "html": lambda: render_page(
            "countries.html", countries=_reached(), formats=_PAGE_AND_TABLE
        ),
        "csv": lambda: _table(columns, _reached()),
    }
    return respond_page("countries", suffix, makers)


def _reached() -> list[Counted]:
    found = counted("pages/countries")
    return sorted(found, key=lambda c: (-c.agreements - c.activities, c.code))


@dataclass(frozen=True)
class Municipality:
    """A municipality with its prefecture, its number of ties, and when it ceased to exist."""

    ref: Ref
    code: str
    prefecture: Ref
    ties: int
    until: str

    @property
    def cells(self) -> dict[str, str]:
        """What a table says of it, by column."""
        return {
            "code": self.code, "ja": self.ref.ja, "en": self.ref.en,
            "prefecture_ja": self.prefecture.ja, "prefecture_en": self.prefecture.en,
            "ties": str(self.ties), "until": self.until, "iri": self.ref.value,
        }  # fmt: skip


def all_municipalities() -> list[Municipality]:
    """Return every municipality, existing and former, by its code."""
    return [
        Municipality(
            ref_of(row, "thing"), text_of(row["code"]), ref_of(row, "prefecture"),
            _number(row, "ties"), text_of(row["until"]),
        )
        for row in _site().ask("pages/municipalities")
    ]  # fmt: skip


@blueprint.get("/municipalities")
@blueprint.get("/municipalities.<suffix>")
def municipalities(suffix: str = "") -> Response:
    """Return the municipalities by prefecture, with how many ties each has."""
    columns = ("code", "ja", "en", "prefecture_ja", "prefecture_en", "ties", "until", "iri")
    makers: Makers = {
        "html": _municipalities_page,
        "csv": lambda: _table(columns, all_municipalities()),
    }
    return respond_page("municipalities", suffix, makers)


def _municipalities_page() -> str:
    found: dict[Ref, list[Municipality]] = {}
    for municipality in all_municipalities():
        found.setdefault(municipality.prefecture, []).append(municipality)
    return render_page("municipalities.html", prefectures=found, formats=_PAGE_AND_TABLE)
