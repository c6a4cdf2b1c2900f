"""Dates as precise as printed, and the extent of an activity in time."""

import calendar
import datetime
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

XSD = "http://www.w3.org/2001/XMLSchema#"


@dataclass(frozen=True, order=True)
class PartialDate:
    """A year, a month of a year, or a day: never more precise than what was printed.

    >>> PartialDate(2022, 4).literal().value
    '2022-04'
    """

    year: int
    month: int = 0
    day: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for a date no calendar has."""
        if self.day:
            datetime.date(self.year, self.month, self.day)
        elif self.month and not 1 <= self.month <= 12:
            raise ValueError(f"month {self.month} is not 1 to 12")

    def __str__(self) -> str:
        """Return the XSD lexical form: YYYY, YYYY-MM or YYYY-MM-DD."""
        text = f"{self.year:04}"
        text += f"-{self.month:02}" if self.month else ""
        return text + (f"-{self.day:02}" if self.day else "")

    def literal(self) -> Literal:
        """Return an xsd:date, xsd:gYearMonth or xsd:gYear."""
        name = "date" if self.day else "gYearMonth" if self.month else "gYear"
        return Literal(str(self), datatype=NamedNode(XSD + name))

    def first_day(self) -> datetime.date:
        """Return the first day it can mean."""
        return datetime.date(self.year, self.month or 1, self.day or 1)

    def last_day(self) -> datetime.date:
        """Return the last day it can mean."""
        month = self.month or 12
        return datetime.date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def fiscal_year(self) -> int:
        """Return the Japanese fiscal year (April to March) its first day lies in."""
        first = self.first_day()
        return first.year if first.month >= 4 else first.year - 1


@dataclass(frozen=True)
class Span:
    """One unbroken stretch of time, both ends included; `end` None if it is open."""

    start: PartialDate
    end: PartialDate | None

    def __str__(self) -> str:
        """Return the interval as ISO 8601 writes it, one date if it begins and ends with it.

        >>> print(Span(PartialDate(2022, 4), None), Span(PartialDate(2022), PartialDate(2023)))
        2022-04/.. 2022/2023
        """
        return str(self.start) if self.start == self.end else f"{self.start}/{self.end or '..'}"

    def __post_init__(self) -> None:
        """Raise ValueError if it ends before it starts."""
        if self.end and self.end.last_day() < self.start.first_day():
            raise ValueError(f"ends ({self.end}) before it starts ({self.start})")


@dataclass(frozen=True)
class Extent:
    """When something takes place: its spans in order, and how sure that is.

    `open_end`: begun and not said to end. `approximate`: 前後, 頃, 上旬 and the like.
    No spans at all: the document does not say (未定).
    """

    spans: tuple[Span, ...] = ()
    open_end: bool = False
    approximate: bool = False

    @property
    def start(self) -> PartialDate | None:
        """Return the earliest start, or None."""
        return min((span.start for span in self.spans), key=PartialDate.first_day, default=None)

    @property
    def end(self) -> PartialDate | None:
        """Return the latest end, or None if open or unknown."""
        if self.open_end:
            return None
        ends = [span.end for span in self.spans if span.end]
        return max(ends, key=PartialDate.last_day, default=None)
