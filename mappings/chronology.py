"""The rows of a chronology with their meaning: when, what kind, and who takes part."""

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyoxigraph import NamedNode

from .dates import Extent, PartialDate, Span
from .document import Document
from .errors import TableError
from .japanese import fold_digits, parse_era_date
from .model import Source
from .names import Names
from .rows import Row
from .tables import read_table
from .terms import mint

GROUP_COLUMNS = ("printed", "members", "subprefecture", "types", "reason_ja", "reason_en")
KIND_COLUMNS = ("contains", "kind", "host")
_DAY = re.compile(r"(?:(\d{1,2})月)?(?:(\d{1,2})日?)?")
_COUNTS = re.compile(r"[（(](?:\d+(?:市|町|村)・?)+[)）]$")
_BUREAU = re.compile(r"\S+管内(?:\d+市?町村：|（)([^）]+)）?")
SIGNATORIES = re.compile(
    r"(?:特別区長会と連携協定を締結した自治体[（(](?P<areas>[^）)]+)[）)]|広域連携協定締結地域自治体.*)"
)
HOKKAIDO, TOKYO = "01", "13"
_APRIL = 4


@dataclass(frozen=True)
class Association:
    """A line of the list of associations: when it signed, and the members it is said to have."""

    key: str
    source: Source
    iri: NamedNode
    name: str
    name_en: str
    signed: PartialDate
    printed: int


@dataclass(frozen=True)
class Company:
    """A line of the list of companies: when it signed."""

    key: str
    source: Source
    iri: NamedNode
    name: str
    name_en: str
    signed: PartialDate


@dataclass(frozen=True)
class Count:
    """A figure of the table of partners; no `fiscal_year` for the change over all years."""

    key: str
    source: Source
    category: str
    fiscal_year: int | None
    printed: int | None


@dataclass(frozen=True)
class Entry:
    """One event of the chronology."""

    key: str
    source: Source
    title: str
    extent: Extent
    start: PartialDate
    period_text: str
    kinds: tuple[str, ...]
    named: dict[str, tuple[NamedNode, ...]]
    participants: tuple[NamedNode, ...]
    venue: str
    theme: str
    dates: tuple[str, ...]
    counts: tuple[str, ...]


def counting_day(printed: str, fiscal_year: int) -> PartialDate:
    """Return the day of a fiscal year, April to March, that a text such as 8月1日 names.

    Raises ValueError for another text.
    """
    match = _DAY.fullmatch(printed)
    if not match or not match[1] or not match[2]:
        raise ValueError(f"found {printed!r}, expected a day such as 8月1日")
    month = int(match[1])
    return PartialDate(fiscal_year + (month < _APRIL), month, int(match[2]))


class Calendar:
    """Dates of a chronology: the year is printed where it changes, 同日 is the day before it."""

    def __init__(self) -> None:
        """Begin with no year."""
        self._year: int | None = None
        self._last: PartialDate | None = None

    def extent(self, row: Row) -> Extent:
        """Return the extent of a row, columns date_printed, year_printed and until_printed.

        Raises MappingError for another form, no year, or a month before the last one's in a year.
        """
        text = fold_digits(row.take("date_printed"))
        year, until = row.take("year_printed"), row.take("until_printed")
        if year:
            self._year = parse_era_date(year).year
            self._last = None
        if text == "同日" and self._last:
            return Extent((Span(self._last, self._last),))
        try:
            spans = self._spans(text)
        except ValueError as error:
            raise row.error("date_printed", f"a date such as 9月10日 ({error})") from None
        start = spans[0].start
        if self._last and start.month < self._last.month:
            raise row.error(
                "date_printed", f"month {self._last.month} or later, or a new year in year_printed"
            )
        self._last = start
        if until:
            fiscal_year = parse_era_date(until.removesuffix("度まで")).year
            spans = [Span(start, PartialDate(fiscal_year + 1, 3, 31))]
        return Extent(tuple(spans))

    def _spans(self, text: str) -> list[Span]:
        first, tilde, last = text.partition("~")
        if tilde:
            start = self._point(first, None)
            return [Span(start, self._point(last, start))]
        days: list[PartialDate] = []
        for part in text.split("、"):
            days.append(self._point(part, days[-1] if days else None))
        spans = [Span(day, day) for day in days[:1]]
        for day in days[1:]:
            end = spans[-1].end or day
            if (day.first_day() - end.first_day()).days == 1:
                spans[-1] = Span(spans[-1].start, day)
            else:
                spans.append(Span(day, day))
        return spans

    def _point(self, text: str, before: PartialDate | None) -> PartialDate:
        match = _DAY.fullmatch(text)
        if not match or not text or self._year is None:
            raise ValueError(f"found {text!r}")
        month = int(match[1]) if match[1] else before.month if before else 0
        year = before.year if before else self._year
        if before and month < before.month:
            year += 1
        return PartialDate(year, month, int(match[2] or 0))


class Cast:
    """Who stands behind a printed name: one body, or the members of a group of rules/groups.csv."""

    def __init__(self, document: Document, names: Names, signed: list[Association]) -> None:
        """Take the groups of `document`; `signed` are the associations with their agreements."""
        self._names = names
        self._signed = signed
        path = document.folder / "rules" / "groups.csv"
        self._groups = {row["printed"]: row for row in read_table(path, GROUP_COLUMNS)}

    def members(self, printed: str, on: PartialDate) -> tuple[NamedNode, ...]:
        """Return the bodies behind a name as printed, on the day `on`.

        Raises UnknownName or AmbiguousName.
        """
        group = self._groups.get(_COUNTS.sub("", printed))
        bureau = _BUREAU.fullmatch(printed)
        signatories = SIGNATORIES.fullmatch(printed)
        if group:
            parts = [name for name in group["members"].split("|") if name]
            listed = tuple(self._one(name, on) for name in parts)
            return listed + self.subprefecture(group["subprefecture"], group["types"].split("|"))
        if bureau:
            names = bureau[1].split("・")
            return tuple(self._one(name, on, HOKKAIDO) for name in names)
        if signatories:
            areas = (signatories["areas"] or "").split("・")
            return tuple(
                association.iri
                for association in self._signed
                if association.signed.first_day() <= on.first_day()
                and any(association.name.startswith(area) for area in areas)
            )
        return (self._one(printed, on),)

    def named(self, cell: str, on: PartialDate) -> dict[str, tuple[NamedNode, ...]]:
        """Return the bodies behind each name of a cell, names joined by |."""
        return {name: self.members(name, on) for name in cell.split("|") if name}

    def _one(self, name: str, on: PartialDate, prefecture: str | None = None) -> NamedNode:
        if name.endswith("区"):
            prefecture = TOKYO
        return self._names.agent(name, prefecture, on.first_day())

    def subprefecture(self, slug: str, types: list[str]) -> tuple[NamedNode, ...]:
        """Return the municipalities of these types in a subprefecture of Hokkaido today."""
        return tuple(
            mint("municipality", row["standard_area_code"])
            for row in self._names.registers.municipalities
            if slug and row["subprefecture"] == slug
            if row["type"] in types and not row["valid_to"]
        )


def read_entries(document: Document, names: Names, signed: list[Association]) -> list[Entry]:
    """Return the events of the chronology in order. Raises MappingError for what has no meaning."""
    calendar, cast = Calendar(), Cast(document, names, signed)
    kinds = read_table(document.folder / "rules" / "kinds.csv", KIND_COLUMNS)
    entries, used = [], set()
    for row in document.rows("chronology"):
        period, extent = _period_text(row), calendar.extent(row)
        start = extent.spans[0].start
        title = row.text("title")
        kind = next((kind for kind in kinds if kind["contains"] in title), None)
        if kind is None:
            raise row.error("title", "one that contains a text of rules/kinds.csv")
        used.add(kind["contains"])
        named = row.resolve("participants_printed", partial(cast.named, on=start))
        host = [cast.members(kind["host"], start)] if kind["host"] else []
        entries.append(
            Entry(
                key=row.key,
                source=row.source,
                title=title,
                extent=extent,
                start=start,
                period_text=period,
                kinds=tuple(kind["kind"].split("|")),
                named=named,
                participants=_once([*host, *named.values()]),
                venue=row.take("venue"),
                theme=row.take("theme"),
                dates=tuple(date for date in row.take("dates_printed").split("|") if date),
                counts=tuple(count for count in row.take("counts_printed").split("|") if count),
            )
        )
        row.finish()
    _expect_all_used(document.folder, kinds, used)
    return entries


def _period_text(row: Row) -> str:
    """Return the time in the words of the document, among which no correction is."""
    printed = {correction.column: correction.printed for correction in row.corrections}
    columns = ("year_printed", "date_printed", "until_printed")
    year, date, until = (printed.get(column, row.take(column)) for column in columns)
    return "、".join(part for part in (year + date, until) if part)


def _once(groups: list[tuple[NamedNode, ...]]) -> tuple[NamedNode, ...]:
    return tuple(dict.fromkeys(body for group in groups for body in group))


def _expect_all_used(folder: Path, kinds: list[dict[str, str]], used: set[str]) -> None:
    for number, kind in enumerate(kinds, 2):
        if kind["contains"] not in used:
            raise TableError(
                f"{folder / 'rules' / 'kinds.csv'}, row {number}: found {kind['contains']!r}, "
                "which decides no title; expected only rules that do."
            )
