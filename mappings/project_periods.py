"""The period cells of a list of planned projects: months without a year, 頃, 翌, 延期."""

import re

from .dates import Extent, PartialDate, Span
from .japanese import fold_digits, western_year

_UNKNOWN = re.compile(r"|—|(?:時期)?未定|協議中|年\d+(?:~\d+)?回")
# Remarks, and words that say whose date follows.
_REMARK = re.compile(r"※委託期間|予定|受入:中止|派遣:|豪州|米国")
_BEGINS_IN = re.compile(r"令和(\d+)年度中着手\(※着手後(\d+)カ年事業\)")
_POSTPONED = re.compile(r"\d+月→令和(\d+)年度に延期")
# A range such as 7~8月 leaves out its first 月.
_BARE_MONTH = re.compile(r"(\d+)~(?=\d+月)")
_ABOUT = r"(?P<about>上旬|中旬|下旬|末|始|頃|ごろ)?"
_POINT = re.compile(
    r"(?:令和(?P<era>\d+)年)?(?P<next>翌)?(?:(?P<month>\d+)月)?(?:(?P<day>\d+)日)?" + _ABOUT
)
_AUTUMN = re.compile(r"秋ごろ")


def parse_project_period(text: str, fiscal_year: int) -> Extent:
    """Return the extent of a period cell of a list for `fiscal_year`; no spans for 未定.

    A month without a year lies in the fiscal year. 通年 is the whole of it. A project put off to
    another year takes place some time in that year. 秋 is September to November. Raises
    ValueError.

    >>> e = parse_project_period("7月頃～翌3月", 2022); str(e.start), str(e.end), e.approximate
    ('2022-07', '2023-03', True)
    >>> e = parse_project_period("令和5年 3月中旬～下旬", 2022); str(e.start), str(e.end)
    ('2023-03', '2023-03')
    >>> [str(s.start) for s in parse_project_period("豪州5月 米国秋ごろ", 2022).spans]
    ['2022-05', '2022-09']
    >>> e = parse_project_period("6月→ 令和5年度に延期", 2022); str(e.start), str(e.end)
    ('2023-04-01', '2024-03-31')
    >>> parse_project_period("年3～4回", 2022).spans
    ()
    """
    folded = _REMARK.sub("", re.sub(r"\s", "", fold_digits(text)))
    if _UNKNOWN.fullmatch(folded):
        return Extent()
    if folded == "通年":
        return Extent((_whole(fiscal_year),))
    if match := _POSTPONED.fullmatch(folded):
        return Extent((_whole(western_year("令和", match[1])),), approximate=True)
    if match := _BEGINS_IN.fullmatch(folded):
        year = western_year("令和", match[1])
        return Extent((Span(PartialDate(year), PartialDate(year + int(match[2]))),), False, True)
    return _Reader(_BARE_MONTH.sub(r"\1月~", folded), fiscal_year).extent()


def _whole(fiscal_year: int) -> Span:
    return Span(PartialDate(fiscal_year, 4, 1), PartialDate(fiscal_year + 1, 3, 31))


class _Reader:
    """Reads one cell after another date of it, carrying over what the print leaves out."""

    def __init__(self, text: str, fiscal_year: int) -> None:
        self._text = text
        self._fiscal_year = fiscal_year
        self._position = 0
        self._approximate = False

    def extent(self) -> Extent:
        """Return the extent, the same stretch printed twice counted once."""
        spans: list[Span] = []
        while self._position < len(self._text):
            span = self._autumn() or self._span()
            if span not in spans:
                spans.append(span)
        return Extent(tuple(spans), approximate=self._approximate)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._position)
        if match:
            self._position = match.end()
        return match

    def _autumn(self) -> Span | None:
        if not self._take(_AUTUMN):
            return None
        self._approximate = True
        return Span(PartialDate(self._fiscal_year, 9), PartialDate(self._fiscal_year, 11))

    def _span(self) -> Span:
        start = self._point(None)
        return Span(start, self._point(start) if self._take(re.compile("~")) else start)

    def _point(self, before: PartialDate | None) -> PartialDate:
        """Return the date that begins here; `before` is the start of its range."""
        match = self._take(_POINT)
        if not match or not match[0] or (before is None and not match["month"]):
            raise ValueError(
                f"found {self._text[self._position :]!r} in {self._text!r}, expected a date such "
                "as 10月上旬"
            )
        self._approximate = self._approximate or bool(match["about"])
        month = int(match["month"] or (before.month if before else 0))
        if match["era"]:
            year = western_year("令和", match["era"])
        elif before and not match["next"]:
            year = before.year + (month < before.month)
        else:
            year = self._fiscal_year + (month < 4)
        return PartialDate(year, month, int(match["day"] or 0))
