"""Lists of a local government's exchange: a row is an activity of whoever publishes the list."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from .dates import Extent, PartialDate, Span
from .document import Document
from .errors import MappingError
from .japanese import fold_digits, parse_dotted_extent
from .model import Activity, Agreement, NamedAgent, Source
from .names import Names
from .rows import Row
from .tables import read_table

_REMARK = re.compile(r"\([^)]*\)|発行|承認受け|移動教室")
_CONCLUDED = re.compile(r"(?:\S+?との)?(?P<title>[^、。]*?協定)の?締結(?P<years>\d+周年)?")


@dataclass(frozen=True)
class Partner:
    """A partner as a page prints it: the entity, and the page and line of the name."""

    iri: NamedNode
    name: str
    source: Source


@dataclass(frozen=True)
class ExchangeRow:
    """One row, before it is known whose it is."""

    key: str
    title: str
    department: str
    department_iri: NamedNode
    period: str
    extent: Extent
    source: Source


def read_rows(document: Document, names: Names) -> list[ExchangeRow]:
    """Return the rows of the table `activities`, corrections applied."""
    return [_read_row(document, names, row) for row in document.rows("activities")]


def _read_row(document: Document, names: Names, row: Row) -> ExchangeRow:
    title, department, period = row.text("title"), row.take("department"), row.take("period")
    department_iri = row.resolve(
        "department", lambda name: names.department(document.publisher, name)
    )
    try:
        extent = parse_period(period, document.fiscal_year)
    except ValueError as error:
        raise row.error("period", f"a period ({error})") from None
    if extent.start and extent.start.fiscal_year() > document.fiscal_year + 1:
        raise row.error("period", f"a start not long after the fiscal year {document.fiscal_year}")
    found = ExchangeRow(row.key, title, department, department_iri, period, extent, row.source)
    row.finish()
    return found


def parse_period(text: str, fiscal_year: int) -> Extent:
    """Return the extent of a period cell; 通年 is the whole fiscal year. Raises ValueError.

    >>> e = parse_period("※H29.10~ R4.8.20 (米の配送)", 2022); str(e.start), e.end, len(e.spans)
    ('2017-10', None, 2)
    >>> str(parse_period("通年", 2022).end)
    '2023-03-31'
    """
    if text == "通年":
        return Extent((Span(PartialDate(fiscal_year, 4, 1), PartialDate(fiscal_year + 1, 3, 31)),))
    folded = _REMARK.sub("", fold_digits(text))
    folded = re.sub(r"[,、]\s*|\s+・", "・", folded.replace("※ ", "※")).strip()
    parts = [parse_dotted_extent(part) for part in folded.split()]
    return Extent(
        tuple(span for part in parts for span in part.spans),
        any(part.open_end for part in parts),
        any(part.approximate for part in parts),
    )


def read_partners(document: Document, names: Names) -> list[Partner]:
    """Return the partners in the order the document prints them."""
    partners = []
    for row in document.rows("partners"):
        iri = row.resolve("name", lambda name: names.local_government(name, on=document.as_of))
        partners.append(Partner(iri, row.take("name"), row.source))
        _ = row.key
        row.finish()
    return partners


def map_partners(partners: list[Partner]) -> Iterator[NamedAgent]:
    """Yield each partner with the lines that print its name, once or once a page."""
    places: dict[NamedNode, tuple[Source, ...]] = {}
    for partner in partners:
        places[partner.iri] = (*places.get(partner.iri, ()), partner.source)
    for iri, sources in places.items():
        yield NamedAgent(iri, sources)


def in_code_order(partners: list[Partner]) -> list[Partner]:
    """Return each partner once, prefectures first, by local-government code: the lists' order."""
    unique = {partner.iri: partner for partner in reversed(partners)}

    def order(partner: Partner) -> tuple[bool, str]:
        return "/prefecture/" not in partner.iri.value, partner.iri.value

    return sorted(unique.values(), key=order)


class Kinds:
    """The table rules/kinds.csv of a document: its first row that fits a title decides."""

    def __init__(self, document: Document) -> None:
        """Read the table. Raises MappingError for a row that an earlier one leaves no title."""
        self._path = document.folder / "rules" / "kinds.csv"
        self._rules = read_table(self._path, ("contains", "kind"))
        parts = [rule["contains"] for rule in self._rules]
        for number, part in enumerate(parts, 2):
            if earlier := next((p for p in parts[: number - 2] if p in part), None):
                raise MappingError(
                    f"{self._path}, row {number}: found {part!r} after {earlier!r}, which fits "
                    "every title this row fits; expected a row that can decide."
                )

    def kind(self, title: str) -> str:
        """Return the code of scheme activity-kind. Raises MappingError if no row fits."""
        for rule in self._rules:
            if rule["contains"] in title:
                return rule["kind"]
        raise MappingError(f"{self._path}: found no row for the title {title!r}, expected one.")


def map_rows(
    document: Document, rows: list[tuple[ExchangeRow, Partner]]
) -> Iterator[Activity | Agreement]:
    """Yield the activity of each row, and the agreements that rows mention."""
    kinds = Kinds(document)
    for row, partner in rows:
        yield Activity(
            key=row.key,
            title=row.title,
            title_en=document.translate(row.title),
            sources=(row.source,),
            fiscal_year=document.fiscal_year,
            extent=row.extent,
            period_text=row.period,
            participants=(document.publisher, partner.iri),
            departments=(row.department_iri,),
            kinds=(kinds.kind(row.title),),
            methods=("online",) if "オンライン" in row.title else (),
        )
    yield from map_agreements(document, rows)


def map_agreements(
    document: Document, rows: list[tuple[ExchangeRow, Partner]]
) -> Iterator[Agreement]:
    """Yield the agreements that rows say were concluded, once each, with every row naming them."""
    found: dict[tuple[str, str], list[tuple[ExchangeRow, str]]] = {}
    for row, partner in rows:
        if match := _CONCLUDED.match(fold_digits(row.title)):
            mentions = found.setdefault((match["title"], partner.iri.value), [])
            mentions.append((row, match["years"] or ""))
    for (title, partner_iri), mentions in found.items():
        row, years = mentions[0]
        start = row.extent.start
        if start is None:
            raise MappingError(f"{document.slug}, row {row.key}: an agreement without a date.")
        note = None
        if years:
            elapsed = int(years.removesuffix("周年"))
            start = PartialDate(start.year - elapsed)
            note = (
                f"締結{years}の記念行事（{row.period}）から数えた年。締結日そのものは印刷されていない。",
                f"Counted back from the ceremony of its {elapsed}th anniversary; the day itself "
                "is not printed.",
            )
        yield Agreement(
            key=row.key,
            title=title,
            title_en=document.translate(title),
            sources=tuple(row.source for row, _ in mentions),
            parties=(document.publisher, NamedNode(partner_iri)),
            signed_on=(start,),
            instrument="agreement",
            signed_at="" if years else row.key,
            note=note,
        )
