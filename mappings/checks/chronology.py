"""What a chronology says twice about time: weekdays, years in titles, numbers of a series."""

import datetime
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..chronology import Association, Company, Entry
from ..document import Document
from ..errors import TableError
from ..japanese import fold_digits, western_year
from ..model import Discrepancy
from ..tables import read_table

Signing = Association | Company

OTHER_DATE_COLUMNS = ("row", "printed", "reason_ja", "reason_en")
WEEKDAYS = "月火水木金土日"
_ERA_YEAR = re.compile(r"(平成|令和)(元|\d+)年")
_FISCAL_YEAR = re.compile(r"(平成|令和)(元|\d+)年度")
_WESTERN_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_MONTH_DAY = re.compile(r"(\d+)(?:月|/)(\d+)日?")
_WEEKDAY = re.compile(r"(\d+)日\((.)\)")
_MONTH = re.compile(r"(\d+)月$")
_YEARS = re.compile(r"(\d+)年間")
_TIMES = re.compile(r"(.+?)(\d+)回")


def check_chronology(
    document: Document, entries: list[Entry], signings: Sequence[Signing]
) -> Iterator[Discrepancy]:
    """Yield where the events contradict themselves, one another or the lists of signings."""
    for entry in entries:
        yield from check_weekdays(entry)
        yield from check_years(entry)
    yield from check_order(entries)
    yield from check_numbering(entries, document.settings["series"])
    yield from check_counts(entries)
    yield from check_dates(document, entries, signings)
    yield from check_signings(entries, signings)


def _printed_year(text: str, entry: Entry) -> int:
    match = _ERA_YEAR.search(text)
    return western_year(match[1], match[2]) if match else entry.start.year


def _days(text: str, entry: Entry) -> Iterator[datetime.date]:
    """Yield the day printed in `text`, which without a year is the next after the event's start."""
    match = _MONTH_DAY.search(text)
    if match:
        month, day = int(match[1]), int(match[2])
        year = _printed_year(text, entry) + (month < entry.start.month)
        yield datetime.date(year, month, day)


def check_weekdays(entry: Entry) -> Iterator[Discrepancy]:
    """A printed day of the week is that of the date."""
    for text in map(fold_digits, entry.dates):
        for first in _days(text, entry):
            for day, weekday in _WEEKDAY.findall(text):
                date = first.replace(day=int(day))
                found = WEEKDAYS[date.weekday()]
                if found != weekday:
                    yield Discrepancy(
                        f"weekday-{entry.key}-{date}",
                        "weekday",
                        (f"{date} {weekday}曜日", f"{date} {found}曜日"),
                        f"「{text}」とあるが、{date}は{found}曜日である。",
                        f"“{text}” names another day of the week than that of {date}.",
                        (entry.source,),
                    )


def check_years(entry: Entry) -> Iterator[Discrepancy]:
    """A year in the title of an event is the year it took place in; an agenda names others."""
    if "council-meeting" in entry.kinds:
        return
    for match in _FISCAL_YEAR.finditer(entry.title):
        printed, found = western_year(match[1], match[2]), entry.start.fiscal_year()
        if printed != found:
            yield Discrepancy(
                f"fiscal-year-{entry.key}",
                "fiscal-year",
                (match[0], f"{entry.start}（{found}年度）"),
                f"題名に{match[0]}とあるが、日付は{found}年度のものである。",
                f"The title says fiscal year {printed}; the date lies in {found}.",
                (entry.source,),
            )
    for match in _WESTERN_YEAR.finditer(entry.title):
        if int(match[0]) != entry.start.year:
            yield Discrepancy(
                f"era-western-year-{entry.key}",
                "era-western-year",
                (match[0], str(entry.start)),
                f"題名に{match[0]}とあるが、日付は{entry.start.year}年のものである。",
                f"The title says {match[0]}; the date lies in {entry.start.year}.",
                (entry.source,),
            )


def check_order(entries: list[Entry]) -> Iterator[Discrepancy]:
    """No row starts before the row above it; the events of one row may."""
    for before, entry in pairwise(entries):
        same_row = before.source.first_line == entry.source.first_line
        if not same_row and entry.start.first_day() < before.start.first_day():
            yield Discrepancy(
                f"order-{entry.key}",
                "order",
                (str(before.start), str(entry.start)),
                f"{before.start}の行の後に{entry.start}の行がある。",
                f"A row of {entry.start} follows one of {before.start}.",
                (before.source, entry.source),
            )


def check_numbering(entries: list[Entry], series: list[str]) -> Iterator[Discrepancy]:
    """An event that is the second or later of a series has one before it, in its fiscal year."""
    seen: set[tuple[str, str, int]] = set()
    for entry in entries:
        if "council-meeting" in entry.kinds:
            continue
        name = next((name for name in series if name in entry.title.replace(" ", "")), None)
        if name is None:
            continue
        year_match = _FISCAL_YEAR.search(entry.title)
        year = year_match[0] if year_match else ""
        ordinal = re.search(r"第(\d+)[回号弾]", entry.title)
        number = int(ordinal[1]) if ordinal else 1
        if number > 1 and (name, year, number - 1) not in seen:
            yield Discrepancy(
                f"numbering-{entry.key}",
                "numbering",
                (entry.title, f"{year}の{name}は、この行が経過における最初のものである。"),
                f"{year}第{number}回とあるが、第{number - 1}回の行が経過にない。",
                f"The event is numbered {number} of its fiscal year, but the chronology has no row "
                f"for number {number - 1}.",
                (entry.source,),
            )
        seen.add((name, year, number))


def check_counts(entries: list[Entry]) -> Iterator[Discrepancy]:
    """The years an event is said to last and the events a series is said to have had are so many.

    Raises TableError for a count of something else.
    """
    for entry in entries:
        for text in entry.counts:
            years, times = _YEARS.fullmatch(text), _TIMES.fullmatch(text)
            if years:
                printed, found = int(years[1]), _fiscal_years(entry)
            elif times:
                printed, found = int(times[2]), _held(times[1], entry, entries)
            else:
                raise TableError(f"row {entry.key}: found {text!r}, expected 3年間 or 委員会3回.")
            if printed != found:
                yield Discrepancy(
                    f"printed-total-{entry.key}-{entry.counts.index(text) + 1}",
                    "printed-total",
                    (text, str(found)),
                    f"本文に「{text}」とあるが、経過の日付と行から数えると{found}である。",
                    f"The text says “{text}”; by the dates and rows of the chronology it is "
                    f"{found}.",
                    (entry.source,),
                )


def _fiscal_years(entry: Entry) -> int:
    last = entry.extent.end or entry.start
    return last.fiscal_year() - entry.start.fiscal_year() + 1


def _held(name: str, entry: Entry, entries: list[Entry]) -> int:
    """Return how many events of a series began before an entry that is not one of them."""
    day = entry.start.first_day()
    return sum(name in other.title and other.start.first_day() < day for other in entries)


def check_dates(
    document: Document, entries: list[Entry], signings: Sequence[Signing]
) -> Iterator[Discrepancy]:
    """A date in the text of an event is one of its days, or the day of another row or signing."""
    path = document.folder / "rules" / "other_dates.csv"
    others = {(row["row"], row["printed"]) for row in read_table(path, OTHER_DATE_COLUMNS)}
    starts = {entry.start.first_day() for entry in entries}
    for entry in entries:
        first = entry.start.first_day()
        last = max((s.end or s.start).last_day() for s in entry.extent.spans)
        for text in entry.dates:
            if (entry.key, text) in others:
                others.remove((entry.key, text))
                continue
            days = list(_days(fold_digits(text), entry))
            known = all(first <= day <= last or day in starts for day in days)
            if not days:
                month = _MONTH.search(text)
                meant = (_printed_year(text, entry), int(month[1]) if month else 0)
                known = meant in {
                    (signing.signed.year, signing.signed.month)
                    for signing in signings
                    if signing.iri in entry.participants
                }
            if not known:
                yield Discrepancy(
                    f"text-vs-table-{entry.key}-{entry.dates.index(text) + 1}",
                    "text-vs-table",
                    (text, f"{first} – {last}"),
                    f"本文に{text}とあるが、この行の期間にも他の行にもその日付がない。",
                    f"The text says {text}, which is no day of this row or of another.",
                    (entry.source,),
                )
    if others:
        raise TableError(
            f"{path}: found the date {min(others)[1]} of row {min(others)[0]}, which that row "
            "does not print; expected only dates it does."
        )


def check_signings(entries: list[Entry], signings: Sequence[Signing]) -> Iterator[Discrepancy]:
    """The list of those who signed and the row of the ceremony give one date."""
    for signing in signings:
        for entry in entries:
            held = "signing-ceremony" in entry.kinds and signing.iri in entry.participants
            if held and signing.signed != entry.start:
                yield Discrepancy(
                    f"text-vs-table-{signing.key}",
                    "text-vs-table",
                    (str(entry.start), str(signing.signed)),
                    f"{signing.name}の締結日は、経過では{entry.start}、一覧では{signing.signed}"
                    "である。",
                    f"{signing.name_en} signed on {entry.start} by the chronology and on "
                    f"{signing.signed} by the list.",
                    (entry.source, signing.source),
                    (signing.iri,),
                )
