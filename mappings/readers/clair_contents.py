"""The table of contents of CLAIR's survey: one or two lines a sheet."""

import re
from collections.abc import Iterator

from ..errors import ReadError
from ..lines import Lines, Table

FIELD = re.compile(r"[①-⑨] ?[^\s\d（(][^\t\d]*")
_ENTRY = re.compile(r"(\d+)\.\s+(.+)")
_TITLE = re.compile(r"\s*「(.*)」\s*(【再掲】)?$")
_FRAME = re.compile(r"[-\s]+")
# The two sides are parted by a dash of one kind or another, after which a prefecture stands.
_SIDES = re.compile(r"(.+?)\s*[－ー一―]\s*((?:北海道|東京都|京都府|大阪府|[丁-龠]{2,3}県).*)")


def field_number(heading: str) -> int:
    """Return the number of a field's heading.

    >>> field_number("② 文化交流")
    2
    """
    return ord(heading[0]) - ord("①") + 1


def read_contents(lines: Lines, first: int, last: int) -> Table:
    """Return the table `contents`; its keys are those of the sheets. Raises ReadError."""
    rows: Table = []
    field = 0
    entries = 0
    for start, end, text in _entries(lines, first, last):
        if FIELD.fullmatch(text):
            field, entries = field_number(text), 0
            lines.claim(start, end, "header", "heading of a field")
            continue
        entries += 1
        lines.claim(start, end, "row")
        rows.append(_row(f"{lines.where}, line {start}", start, end, text, field))
        if rows[-1]["key"] != f"{field}-{entries}":
            raise ReadError(
                f"{lines.where}, line {start}: found the number {rows[-1]['key']}, expected "
                f"{field}-{entries}."
            )
    return rows


def _entries(lines: Lines, first: int, last: int) -> Iterator[tuple[int, int, str]]:
    """Yield (first line, last line, text) of headings and entries; a title may follow on a
    line of its own.
    """  # fmt: skip
    waiting: tuple[int, str] | None = None
    for number, line in lines.numbered(first, last):
        text = line.strip()
        if not text:
            continue
        if text.startswith("「") and waiting:
            yield waiting[0], number, f"{waiting[1]}\t{text}"
            waiting = None
            continue
        if waiting:
            yield waiting[0], waiting[0], waiting[1]
            waiting = None
        if _FRAME.fullmatch(text):
            lines.claim(number, number, "noise", "a rule the conversion left")
        elif FIELD.fullmatch(text):
            yield number, number, text
        else:
            waiting = (number, text)
    if waiting:
        yield waiting[0], waiting[0], waiting[1]


def _row(where: str, first: int, last: int, text: str, field: int) -> dict[str, str]:
    entry = _ENTRY.fullmatch(text)
    page = re.search(r"\s(\d+)(?=\t「|$)", text)
    if not entry or not page:
        raise ReadError(f"{where}: found {text[:30]!r}, expected an entry with number and page.")
    rest = entry[2].replace(page[0], "", 1).strip() if page else entry[2]
    title = _TITLE.search(rest)
    sides = _SIDES.fullmatch(rest[: title.start()]) if title else None
    if not title or not sides:
        raise ReadError(
            f"{where}: found {rest[:30]!r}, expected two sides, a title in 「」 and a page."
        )
    return {
        "key": f"{field}-{entry[1]}",
        "first_line": str(first),
        "last_line": str(last),
        "sheet_page": page[1],
        "foreign": sides[1],
        "japan": sides[2],
        "title": title[1],
        "repeat_mark": title[2] or "",
    }
