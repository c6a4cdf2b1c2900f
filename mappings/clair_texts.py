"""Which sheets of CLAIR's survey tell of one agreement, and what their prose tells."""

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

SAYS = ("signed", "renewed", "before", "after")
PARTIES_SAY = ("parties", "joined", "page")
SIDES = ("japan", "foreign")
_ERA_YEAR = re.compile(r"(昭和|平成)(\d+)年(度?)")
_REST = re.compile(r"(?:(\d{1,2})月(?:(\d{1,2})日)?)?$")


@dataclass(frozen=True)
class Told:
    """A date in a sheet's prose: of signing, of renewal, or of something that went before the
    agreement, or was over, though it came after.
    """  # fmt: skip

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
        if self.says == "after":
            return all(self.date.last_day() < date.first_day() for date in signed)
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


@dataclass(frozen=True)
class PartyTold:
    """Parties a sheet tells of otherwise than its cell of `side` does: others take part
    (parties), one of them joined later (joined), or the web address is of work with others (page).
    """  # fmt: skip

    key: str
    source: Source
    sheet: str
    side: str
    says: str
    printed: str

    @property
    def year(self) -> int:
        """Return the era year it tells of, 0 for none."""
        year = _ERA_YEAR.search(fold_digits(self.printed))
        return western_year(year[1], year[2]) if year else 0


@dataclass(frozen=True)
class SharedText:
    """A section of a sheet that stands word for word in sheets of other Japanese sides, too."""

    key: str
    source: Source
    sheet: str
    section: int
    same_as: tuple[str, ...]


@dataclass(frozen=True)
class Prose:
    """What is known of the prose of all sheets; `instruments`: sheet → the word for it."""

    dates: list[Told]
    parties: list[PartyTold]
    instruments: dict[str, str]
    shared: list[SharedText]


def read_prose(document: Document) -> Prose:
    """Return what the tables on the prose of sheets say. Raises MappingError."""
    return Prose(
        read_told(document),
        [_party_told(row) for row in document.rows("parties_in_text")],
        dict(_instrument(row) for row in document.rows("instruments_in_text")),
        [_shared(row) for row in document.rows("shared_texts")],
    )


def _party_told(row: Row) -> PartyTold:
    side, says = row.take("side"), row.take("says")
    if side not in SIDES:
        raise row.error("side", f"one of {', '.join(SIDES)}")
    if says not in PARTIES_SAY:
        raise row.error("says", f"one of {', '.join(PARTIES_SAY)}")
    told = PartyTold(row.key, row.source, row.take("sheet"), side, says, row.take("printed"))
    if says == "joined" and not told.year:
        raise row.error("printed", "the era year in which a party joined")
    row.finish()
    return told


def _instrument(row: Row) -> tuple[str, str]:
    # The lines are part of the sheet, from which the agreement is derived.
    found = (row.take("sheet"), row.take("printed"))
    _ = row.key, row.source
    row.finish()
    return found


def _shared(row: Row) -> SharedText:
    same_as = tuple(row.take("same_as").split("|"))
    found = SharedText(row.key, row.source, row.take("sheet"), int(row.take("section")), same_as)
    row.finish()
    return found


def same_print(one: str, other: str) -> bool:
    """Tell whether two prints are the same in one spelling or another of their characters.

    >>> same_print("集团 有限公司", "集団有限公司"), same_print("ロンドンの", "ロンドン市の")
    (True, False)
    """
    return fold(one).replace("团", "団") == fold(other).replace("团", "団")


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
