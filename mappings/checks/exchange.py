"""Checks inside one of Bunkyo's exchange lists.

A row given to the wrong partner stops the build. Where a row contradicts the list's year, its own
title or another row, both readings are published.
"""

import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations

from ..dates import PartialDate, Span
from ..document import Document
from ..errors import MappingError
from ..exchange import ExchangeRow, Partner
from ..japanese import fold_digits
from ..model import Discrepancy
from ..names import Names

Owned = list[tuple[ExchangeRow, Partner]]

# Only before に or の: 夏目, 秋聲 and the like are names.
_SEASON = re.compile(r"[春夏秋冬](?=[にの])")
_MONTHS = {"春": (3, 4, 5), "夏": (6, 7, 8), "秋": (9, 10, 11), "冬": (12, 1, 2)}
_MONTH = re.compile(r"(?<!\d)(\d{1,2})月")
_DAYS = re.compile(r"(?<!\d)(\d+)日間")
_NAMED_DAY = re.compile(r"「([^「」]+の日)」")


def check_rows(document: Document, rows: Owned, names: Names) -> Iterator[Discrepancy]:
    """Yield what the rows contradict. Raises MappingError for a row that is not its partner's."""
    check_titles(document, rows, names)
    check_doubles(document, rows)
    for row, _ in rows:
        yield from check_year(document, row)
        yield from check_stay(row)
        yield from check_weekend(row)
        yield from check_seasons(document, row)
        yield from check_days(row)
    yield from check_named_days([row for row, _ in rows])


def check_titles(document: Document, rows: Owned, names: Names) -> None:
    """Raise MappingError if a title names another partner and not the row's own.

    金沢 names 金沢市 as well. A title may name its partner's prefecture, or a municipality of
    the partner prefecture.
    """
    bare = {partner.iri: bare_name(partner.name) for _, partner in rows}
    for row, partner in rows:
        named = {iri for iri, name in bare.items() if name in row.title}
        area = names.prefecture_of(partner.iri)
        if named and not any(names.prefecture_of(iri) == area for iri in named):
            raise MappingError(
                f"{document.slug}, row {row.key}: the title names {bare[min(named, key=str)]} but "
                f"the order of the list gives the row to {partner.name}; expected them to agree."
            )


def bare_name(name: str) -> str:
    """Return the name of a partner as titles have it.

    >>> bare_name("石川県金沢市"), bare_name("熊本県")
    ('金沢', '熊本')
    """
    return re.sub(r"^\S{2,3}[都道府県](?=.)|[都道府県市区町村]$", "", name)


def check_doubles(document: Document, rows: Owned) -> None:
    """Raise MappingError if one partner has the same title twice for the same period.

    Events that all partners share stand once in every block, so a block that has one twice holds
    rows of another partner, or a row that was read twice.
    """
    found = Counter((p.iri.value, row.title, row.period) for row, p in rows)
    for row, partner in rows:
        if found[partner.iri.value, row.title, row.period] > 1:
            raise MappingError(
                f"{document.slug}, row {row.key}: {partner.name} has this title and period twice; "
                "expected each row of a partner once."
            )


def check_year(document: Document, row: ExchangeRow) -> Iterator[Discrepancy]:
    """Yield a discrepancy for a period that begins before or ends after the list's fiscal year.

    A beginning marked ※ or left open is what the list means to say, and no contradiction.
    """
    year = document.fiscal_year
    first, last = datetime.date(year, 4, 1), datetime.date(year + 1, 3, 31)
    start, end = row.extent.start, row.extent.end
    if start is None or end is None or (first <= start.first_day() and end.last_day() <= last):
        return
    ja, en = ("始まる", "begins") if start.first_day() < first else ("終わる", "ends")
    yield Discrepancy(
        key=f"fiscal-year-{row.key}",
        rule="fiscal-year",
        readings=(row.period, document.metadata["title"]["ja"]),
        explanation_ja=f"{year}年度（4月から翌年3月）の一覧だが、実施期間は年度の外で{ja}。"
        "年度をまたぐ事業か誤記かは決められないため、印刷どおりに載せる。",
        explanation_en=f"The list is of fiscal year {year}, April to March, but the period {en} "
        "outside it. Whether it spans two years or is a slip cannot be told; it is given as "
        "printed.",
        sources=(row.source,),
    )


def check_stay(row: ExchangeRow) -> Iterator[Discrepancy]:
    """Yield a discrepancy for two different ranges printed for one school stay."""
    ranges = [s for s in row.extent.spans if s.end and s.end != s.start]
    if len(ranges) == 2 and "移動教室" in row.period:
        yield Discrepancy(
            key=f"date-range-{row.key}",
            rule="same-event",
            readings=tuple(row.period.split()),
            explanation_ja="同じ移動教室について範囲の異なる二つの期間が印刷されている。"
            "両方を載せる。",
            explanation_en="Two different ranges are printed for the same school stay; both "
            "are given.",
            sources=(row.source,),
        )


def check_weekend(row: ExchangeRow) -> Iterator[Discrepancy]:
    """Yield a discrepancy if the title says Saturdays and Sundays and the dates say other days."""
    if "土日" not in row.title:
        return
    days = [day for span in row.extent.spans if span.end for day in _days_of(span, span.end)]
    other = [day for day in days if day.weekday() < 5]
    if other:
        listed = ", ".join(f"{day} ({day:%A})" for day in other)
        named = "、".join(f"{day}（{'月火水木金'[day.weekday()]}）" for day in other)
        yield Discrepancy(
            key=f"weekday-{row.key}",
            rule="weekday",
            readings=("土日", row.period),
            explanation_ja=f"件名は「土日」とするが、期間に平日が含まれる: {named}。",
            explanation_en="The title says Saturdays and Sundays (土日), yet the period has "
            f"{listed}.",
            sources=(row.source,),
        )


def check_seasons(document: Document, row: ExchangeRow) -> Iterator[Discrepancy]:
    """Yield a discrepancy for a season or month in the title that the period does not touch."""
    title = fold_digits(row.title)
    said: dict[str, tuple[int, ...]] = {
        **{match[0]: _MONTHS[match[0]] for match in _SEASON.finditer(title)},
        **{match[0]: (int(match[1]),) for match in _MONTH.finditer(title)},
    }
    found = {day.month for span in row.extent.spans for day in _days_of(span, _end(document, span))}
    for word, months in said.items():
        if not found & set(months):
            yield Discrepancy(
                key=f"title-vs-period-{row.key}",
                rule="title-vs-period",
                readings=(word, row.period),
                explanation_ja=f"件名は「{word}」とするが、実施期間はその時期に当たらない。",
                explanation_en=f"The title says {_in_english(months)} ({word}); the period is at "
                "another time of year.",
                sources=(row.source,),
            )


def check_days(row: ExchangeRow) -> Iterator[Discrepancy]:
    """Yield a discrepancy if the title counts other days (2日間) than the period has."""
    match = _DAYS.search(fold_digits(row.title))
    spans = row.extent.spans
    if not match or not all(span.end and span.end.day for span in spans):
        return
    count = sum(len(_days_of(span, span.end)) for span in spans if span.end)
    if count != int(match[1]):
        yield Discrepancy(
            key=f"title-vs-period-{row.key}",
            rule="title-vs-period",
            readings=(match[0], row.period),
            explanation_ja=f"件名は{match[0]}とするが、実施期間は{count}日間である。",
            explanation_en=f"The title counts {match[1]} days; the period has {count}.",
            sources=(row.source,),
        )


def check_named_days(rows: list[ExchangeRow]) -> Iterator[Discrepancy]:
    """Yield a discrepancy for two rows that name one day (「和食の日」) and share no day."""
    naming: dict[str, list[ExchangeRow]] = defaultdict(list)
    for row in rows:
        for match in _NAMED_DAY.finditer(row.title):
            naming[match[1]].append(row)
    for name, named in naming.items():
        for one, other in combinations(named, 2):
            if not _overlap(one, other):
                yield Discrepancy(
                    key=f"same-event-{one.key}-{other.key}",
                    rule="same-event",
                    readings=(one.period, other.period),
                    explanation_ja=f"「{name}」は一つの日の名だが、これを挙げる二つの行の実施期間に"
                    "共通する日がない。",
                    explanation_en=f"“{name}” is the name of one day, yet the periods of two rows "
                    "that name it have no day in common.",
                    sources=(one.source, other.source),
                )


def _in_english(months: tuple[int, ...]) -> str:
    names = [f"{datetime.date(2000, month, 1):%B}" for month in months]
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _end(document: Document, span: Span) -> PartialDate:
    """Return a span's end; one left open goes on to the end of the list's year."""
    return span.end or PartialDate(document.fiscal_year + 1, 3, 31)


def _days_of(span: Span, end: PartialDate) -> list[datetime.date]:
    first, last = span.start.first_day().toordinal(), end.last_day().toordinal()
    return [datetime.date.fromordinal(ordinal) for ordinal in range(first, last + 1)]


def _overlap(one: ExchangeRow, other: ExchangeRow) -> bool:
    """Return whether two rows may share a day; one left open may share any later day."""
    return any(
        (b.end is None or a.start.first_day() <= b.end.last_day())
        and (a.end is None or b.start.first_day() <= a.end.last_day())
        for a in one.extent.spans
        for b in other.extent.spans
    )
