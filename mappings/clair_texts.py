"""Which sheets of CLAIR's survey tell of one agreement, and dates told in their prose."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from .clair import Dates, Sheet
from .dates import PartialDate
from .document import Document
from .japanese import fold_digits, western_year
from .japanese_names import fold
from .model import Source
from .rows import Row

SAYS = ("signed", "renewed", "before")
_ERA_YEAR = re.compile(r"(昭和|平成)(\d+)年(度?)")
_REST = re.compile(r"(?:(\d{1,2})月(?:(\d{1,2})日)?)?$")


@dataclass(frozen=True)
class Told:
    """A date in a sheet's prose: of signing, of renewal, or of something that went before."""

    key: str
    source: Source
    sheet: str
    says: str
    printed: str
    date: PartialDate
    fiscal: bool

    def contradicts(self, dates: Dates) -> bool:
        """Tell whether no printed date of signing can be this day, month or year, or can come
        after it. A fiscal year is no date of its own: it contradicts, but dates nothing.
        """  # fmt: skip
        if self.fiscal:
            return False
        return self.differs(dates)

    def differs(self, dates: Dates) -> bool:
        """Tell whether the printed dates of signing and this one cannot both be right."""
        signed = [reading for date in dates.signed for reading in date.readings]
        if self.says == "before":
            return all(date.last_day() < self.date.first_day() for date in signed)
        if self.fiscal:
            return all(date.fiscal_year() != self.date.year for date in signed)
        return not any(
            str(date).startswith(str(self.date)) or str(self.date).startswith(str(date))
            for date in signed
        )


def read_told(document: Document) -> list[Told]:
    """Return the dates of the table dates_in_text. Raises MappingError."""
    return [_told(row) for row in document.rows("dates_in_text")]


def _told(row: Row) -> Told:
    says, printed = row.take("says"), row.take("printed")
    if says not in SAYS:
        raise row.error("says", f"one of {', '.join(SAYS)}")
    text = fold_digits(printed)
    year = _ERA_YEAR.search(text)
    rest = _REST.search(text)
    if not year or not rest:
        raise row.error("printed", "an era year, with or without month and day")
    date = PartialDate(western_year(year[1], year[2]), int(rest[1] or 0), int(rest[2] or 0))
    told = Told(row.key, row.source, row.take("sheet"), says, printed, date, bool(year[3]))
    row.finish()
    return told


def title_core(title: str) -> str:
    """Return what makes a title this one, in whichever spelling of 協定書 (協定), 市, の, 団.

    >>> title_core("ロンドン市の政策に係る協定書") == title_core("ロンドンの政策に係る協定")
    True
    """
    return re.sub("[書市表的のノ]", "", fold(title).replace("团", "団"))


def one_agreement(sheets: Iterable[Sheet]) -> list[list[Sheet]]:
    """Return the sheets grouped by the agreement they tell of, each group and all in order.

    It is one agreement when parties, dates and the core of the title are the same.
    """
    groups: dict[tuple[object, ...], list[Sheet]] = defaultdict(list)
    for sheet in sheets:
        dates = tuple(date.readings for date in (*sheet.dates.signed, *sheet.dates.renewed))
        key = (frozenset(sheet.sides.parties), dates, title_core(sheet.printed.title))
        groups[key].append(sheet)
    return list(groups.values())
