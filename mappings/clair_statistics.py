"""The figures CLAIR's survey prints: two tables of counts, the prose, and the nine fields."""

import re
from dataclasses import dataclass

from pyoxigraph import NamedNode

from .document import Document
from .model import Source
from .names import Names
from .readers.clair_preface import COLUMNS
from .rows import Row
from .terms import mint

BY_FIELD = "count-by-field"
BY_COUNTRY = "count-by-country"
SCOPES = {
    "1対1の提携": "one-to-one",
    "複数の自治体との提携": "many-sided",
    "合計": "total",
}
OTHERS = "その他"
TOTAL = "合計"
_COUNT = re.compile(r"(\d+)(?:\((\d+)\))?")


@dataclass(frozen=True)
class Count:
    """How many agreements, and how many of these are printed again under a further field."""

    all: int
    repeated: int

    def __str__(self) -> str:
        """Return it as the survey prints it: 22(4)."""
        return f"{self.all}({self.repeated})" if self.repeated else str(self.all)

    def __add__(self, other: "Count") -> "Count":
        """Return both together."""
        return Count(self.all + other.all, self.repeated + other.repeated)


@dataclass(frozen=True)
class CountRow:
    """A row of a table of counts: one count a field, then the sum; None for a blank cell.

    `of`: the code of the party scope or the country; None for sums and その他. `rank` is 0 where
    none is printed.
    """

    key: str
    source: Source
    label: str
    short: str
    of: str | NamedNode | None
    counts: tuple[Count | None, ...]
    rank: int = 0


@dataclass(frozen=True)
class Figure:
    """A figure of the preface's prose; `label` is the print before it, uncorrected."""

    key: str
    source: Source
    label: str
    corrected: str
    count: int


@dataclass(frozen=True)
class Field:
    """A field by its names in the survey's list and in the heads of the two tables."""

    key: str
    source: Source
    name: str
    heads: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Statistics:
    """Everything the preface counts."""

    by_field: list[CountRow]
    by_country: list[CountRow]
    figures: list[Figure]
    fields: list[Field]


def read_statistics(document: Document, names: Names) -> Statistics:
    """Return the survey's figures. Raises MappingError for a cell that is none."""
    by_field = [_by_field(row) for row in document.rows("count_by_field")]
    by_country = [_by_country(row, names) for row in document.rows("count_by_country")]
    figures = [_figure(row) for row in document.rows("figures")]
    fields = [_field(row) for row in document.rows("fields")]
    return Statistics(by_field, by_country, figures, fields)


def _counts(row: Row) -> tuple[Count | None, ...]:
    counts: list[Count | None] = []
    for column in COLUMNS:
        cell = row.take(column)
        match = _COUNT.fullmatch(cell)
        if cell and not match:
            raise row.error(column, "a count such as 22(4), or none")
        counts.append(Count(int(match[1]), int(match[2] or 0)) if match else None)
    return tuple(counts)


def _by_field(row: Row) -> CountRow:
    label = row.take("scope")
    if label not in SCOPES:
        raise row.error("scope", f"one of {', '.join(SCOPES)}")
    short = SCOPES[label]
    of = short if label != TOTAL else None
    found = CountRow(row.key, row.source, label, short, of, _counts(row))
    row.finish()
    return found


def _by_country(row: Row, names: Names) -> CountRow:
    label, rank = row.take("country"), row.take("rank")
    if rank and not rank.isdigit():
        raise row.error("rank", "a number")
    code = "" if label in (OTHERS, TOTAL) else names.foreign.country(label).iso_code
    short = code or {OTHERS: "others", TOTAL: "total"}[label]
    of = mint("country", code) if code else None
    found = CountRow(row.key, row.source, label, short, of, _counts(row), int(rank or 0))
    row.finish()
    return found


def _figure(row: Row) -> Figure:
    corrected = row.take("label")
    printed = [c.printed for c in row.corrections if c.column == "label"]
    count = row.take("printed")
    if not count.isdigit():
        raise row.error("printed", "a number")
    label = printed[0] if printed else corrected
    found = Figure(row.key, row.source, label, corrected, int(count))
    row.finish()
    return found


def _field(row: Row) -> Field:
    heads = tuple((row.take(head), int(row.take(f"{head}_line"))) for head in ("head_1", "head_2"))
    found = Field(row.key, row.source, row.take("name"), heads)
    row.finish()
    return found
