"""CLAIR's survey resolved: its sheets, its contents lines, and the dates they print."""

import re
from dataclasses import dataclass

from pyoxigraph import NamedNode

from .dates import PartialDate
from .japanese import western_year
from .model import Source

# The survey's fields ① to ⑨ as codes of the scheme field.
FIELDS = (
    "education", "culture", "sports", "medical", "economy-agriculture", "economy-industry",
    "economy-commerce", "administration", "other",
)  # fmt: skip
DATE = re.compile(r"(昭和|平成)(\d+|元)年?\((\d{4})\)(?:年(?:(\d{1,2})月(?:(\d{1,2})日)?)?)?")


@dataclass(frozen=True)
class PrintedDate:
    """A date with its two years: as the era counts it and as the western year beside it says."""

    text: str
    by_era: PartialDate
    by_western: PartialDate

    @property
    def readings(self) -> tuple[PartialDate, ...]:
        """Return its one reading, or two that differ."""
        return tuple(dict.fromkeys((self.by_era, self.by_western)))


@dataclass(frozen=True)
class Dates:
    """The dates of a section 提携年月日 by what they are."""

    signed: tuple[PrintedDate, ...] = ()
    renewed: tuple[PrintedDate, ...] = ()
    valid_until: PartialDate | None = None


@dataclass(frozen=True)
class Sides:
    """Who stands on the Japanese and on the foreign side; empty for a cell nobody resolves."""

    japan: tuple[NamedNode, ...]
    foreign: tuple[NamedNode, ...]

    @property
    def parties(self) -> tuple[NamedNode, ...]:
        """Return both sides, the Japanese first."""
        return (*self.japan, *self.foreign)

    @property
    def one_to_one(self) -> bool:
        """Tell whether one party stands on each side."""
        return len(self.japan) == len(self.foreign) == 1


@dataclass(frozen=True)
class Printed:
    """The print of a sheet or a contents line that the checks compare."""

    japan: str
    foreign: str
    title: str
    repeat_mark: str


@dataclass(frozen=True)
class Line:
    """What a sheet and its line of the table of contents have both."""

    key: str
    source: Source
    printed: Printed
    sides: Sides


@dataclass(frozen=True)
class ContentsLine(Line):
    """A line of the table of contents; `sheet_page` is the page it points to, not its own."""

    sheet_page: int


@dataclass(frozen=True)
class Sheet(Line):
    """A sheet; `field` is 1 to 9."""

    field: int
    date_printed: str
    dates: Dates
    department_printed: str
    departments: tuple[NamedNode, ...]
    pages: tuple[str, ...]
    sub_kinds: tuple[str, ...]


def printed_date(match: re.Match[str]) -> PrintedDate:
    """Return a date as printed, from a match of era, year, western year, month and day.

    Raises ValueError for a date no calendar has.
    """
    era, number, western, month, day = match.groups()
    rest = (int(month or 0), int(day or 0))
    return PrintedDate(
        match[0],
        PartialDate(western_year(era, number), *rest),
        PartialDate(int(western), *rest),
    )
