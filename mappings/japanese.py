"""Japanese eras, years, months and days in print: pure functions."""

import re
import unicodedata

from .dates import Extent, PartialDate, Span

ERAS = {"明治": 1868, "大正": 1912, "昭和": 1926, "平成": 1989, "令和": 2019}
ERA_LETTERS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
_ERA_YEAR = re.compile(r"(明治|大正|昭和|平成|令和)\s*(元|\d+)")


def fold_digits(text: str) -> str:
    """Return `text` in NFKC with one kind of tilde, for reading numbers and ranges.

    >>> fold_digits("Ｒ６．１０∼１２　※")
    'R6.10~12 ※'
    """
    folded = unicodedata.normalize("NFKC", text)
    return re.sub("[〜～∼˜]", "~", folded)


def western_year(era: str, year: str | int) -> int:
    """Return the western year of an era's year (元 is 1).

    >>> western_year("令和", "元"), western_year("平成", 16), western_year("R", 4)
    (2019, 2004, 2022)
    """
    number = 1 if year == "元" else int(year)
    return ERAS[ERA_LETTERS.get(era, era)] + number - 1


def parse_era_date(text: str) -> PartialDate:
    """Return the date of 平成16年12月24日, 平成11年8月 or 平成7年.

    Raises ValueError if `text` is anything else.

    >>> str(parse_era_date("平成28年4月26日")), str(parse_era_date("令和元年10月"))
    ('2016-04-26', '2019-10')
    """
    folded = re.sub(r"\s", "", fold_digits(text))
    match = re.fullmatch(_ERA_YEAR.pattern + r"年(?:(\d{1,2})月(?:(\d{1,2})日)?)?", folded)
    if not match:
        raise ValueError(f"found {text!r}, expected an era date such as 平成28年4月26日")
    era, year, month, day = match.groups()
    return PartialDate(western_year(era, year), int(month or 0), int(day or 0))


_POINT = re.compile(r"(?:([RHS])(\d+)\.)?(?:(\d{1,2})\.)?(\d{1,2})$")


class DottedDates:
    """Reads R4.5.18, R5.1.27~1.28, R5.2.28, 3.18 or R4.6.11~19: what is left out carries over."""

    def __init__(self) -> None:
        """Begin with nothing to carry over."""
        self._last: PartialDate | None = None

    def point(self, text: str) -> PartialDate:
        """Return the date `text` means after those read before it.

        A month earlier than the last one belongs to the next year: R6.10.12~1.13 ends in R7.
        Raises ValueError.
        """
        match = _POINT.match(text)
        if not match:
            raise ValueError(f"found {text!r}, expected a date such as R4.5.18")
        era, era_year, month, number = match.groups()
        last = self._last
        if era:
            year = western_year(era, era_year)
            date = (
                PartialDate(year, int(month), int(number))
                if month
                else PartialDate(year, int(number))
            )
        elif last is None:
            raise ValueError(f"found {text!r} with no year before it")
        elif month:
            date = PartialDate(_rolled_year(last, int(month)), int(month), int(number))
        elif last.day:
            date = PartialDate(last.year, last.month, int(number))
        else:
            date = PartialDate(_rolled_year(last, int(number)), int(number))
        self._last = date
        return date


def _rolled_year(last: PartialDate, month: int) -> int:
    return last.year + (1 if month < last.month else 0)


def parse_dotted_extent(text: str) -> Extent:
    """Return the extent of a period cell in dotted era dates, without its remarks.

    Raises ValueError.

    >>> e = parse_dotted_extent("R6.10.12~1.13"); str(e.start), str(e.end)
    ('2024-10-12', '2025-01-13')
    >>> [str(s.start) for s in parse_dotted_extent("R7.2.22・3.2・3.8").spans]
    ['2025-02-22', '2025-03-02', '2025-03-08']
    >>> parse_dotted_extent("※R2.4.1~").open_end
    True
    """
    folded = re.sub(r"\s", "", fold_digits(text))
    # A mark in front says that the date is the day it began, and it goes on.
    begun = folded.startswith("※")
    approximate = folded.endswith("前後")
    folded = folded.removeprefix("※").removesuffix("前後")
    dates = DottedDates()
    spans: list[Span] = []
    open_end = begun
    for part in re.split("[・,、]", folded):
        first, tilde, last = part.partition("~")
        start = dates.point(first)
        if tilde and not last:
            open_end = True
            spans.append(Span(start, None))
        elif begun and not tilde:
            spans.append(Span(start, None))
        else:
            spans.append(Span(start, dates.point(last) if tilde else start))
    return Extent(tuple(spans), open_end, approximate)
