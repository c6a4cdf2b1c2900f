"""What an event cell of a chronology says: title, venue, theme, bodies and dates it prints."""

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

_BREAK = re.compile(r"<br\s*/?>|</?(?:p|ul|ol|li|div)\b[^>]*>")
_BOLD = re.compile(r"</?b>")
_VENUE_AFTER_HEADING = re.compile(r"</b>（([^）]+)）")
_ITEM = re.compile(r"^・?(会場|テーマ|参加自治体|事業主体)\s*[:：]\s*(.+)$", re.MULTILINE)
_VENUE_LINE = re.compile(r"^.?会場\s*[:：].*$", re.MULTILINE)
_REMARK = re.compile(r"※|（|テーマ[:：]")
_ITEMS_BEGIN = re.compile(r"・(?:会場|内容|主催等?)\s*[:：]")
_PART = re.compile(r"\((\d)\)\s*")
_DATE = re.compile(
    r"(?:(?:平成|令和)(?:元|\d+)年)?\d+月\d+日(?:[（(][月火水木金土日][）)])?"
    r"(?:・\d+日[（(][月火水木金土日][）)])?"
    r"|(?:平成|令和)(?:元|\d+)年\d+月(?=締結)|(?<!\d)\d{1,2}/\d{1,2}(?!\d)"
)
_UNTIL = re.compile(r"(?:平成|令和)(?:元|\d+)年度まで")
_YEARS = re.compile(r"\d+年間(?=にわたり)")
_MOST_AGENDA = 70


@dataclass(frozen=True)
class Event:
    """One event of a cell, as printed; `part` is its number where the cell tells of several."""

    part: str
    date: str
    until: str
    title: str
    venue: str
    theme: str
    bodies: tuple[str, ...]
    dates: tuple[str, ...]
    counts: tuple[str, ...]


def cell_lines(cell: str) -> list[str]:
    """Return the lines of a cell, tags read as separators, white space folded, none empty.

    >>> cell_lines("<p><b>区長会総会</b></p> <ul><li>・報告</li></ul>")
    ['区長会総会', '・報告']
    """
    text = _BOLD.sub("", _BREAK.sub("\n", cell))
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.split("\n"))
    return [line for line in lines if line]


def split_events(dates: list[str], cell: str, settings: dict[str, Any]) -> list[Event]:
    """Return the events of a row: several if its dates or those who carry them out are numbered."""
    lines = cell_lines(cell)
    numbered_dates = bool(_PART.match(dates[0]))
    if not numbered_dates and "・事業主体" not in cell:
        return [_event("", "".join(dates), lines, cell, settings)]
    heading = lines[0]
    events = []
    for part, own in _numbered_parts(lines[1:]).items():
        day = _numbered_parts(dates)[part] if numbered_dates else dates
        event = _event(part, "".join(day), [heading, *own], cell, settings)
        events.append(event)
    return events


def _numbered_parts(lines: list[str]) -> dict[str, list[str]]:
    """Return the lines that follow (1), (2) …; what stands before the first is left out."""
    parts: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        match = _PART.match(line)
        if match:
            current = parts.setdefault(match[1], [])
        current.append(line[match.end() :] if match else line)
    return parts


def _event(part: str, date: str, lines: list[str], cell: str, settings: dict[str, Any]) -> Event:
    text = "\n".join(lines)
    items: dict[str, str] = {}
    for name, value in _ITEM.findall(text):
        items.setdefault(name, value)
    after_heading = _VENUE_AFTER_HEADING.search(cell)
    venue = items.get("会場", "") or (after_heading[1] if after_heading else "")
    venue = venue or _first(settings["venues_in_text"], text)
    until = _UNTIL.search(cell)
    return Event(
        part=part,
        date=date,
        until=until[0] if until else "",
        title=_title(lines, bool(part), settings).removesuffix(f"（{venue}）"),
        venue=venue,
        theme=items.get("テーマ", ""),
        bodies=_bodies(lines, items, settings),
        dates=tuple(_DATE.findall(text)),
        counts=_counts(cell, settings),
    )


def _first(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    return match[0] if match else ""


def _counts(cell: str, settings: dict[str, Any]) -> tuple[str, ...]:
    """Return what the whole cell counts: its years, and the events of a series held so far."""
    names = "|".join(map(re.escape, settings["series"]))
    series = re.compile(f"({names})」?を(\\d+回)開催")
    return (*_YEARS.findall(cell), *(f"{name}{times}" for name, times in series.findall(cell)))


def _title(lines: list[str], with_detail: bool, settings: dict[str, Any]) -> str:
    """Return the heading, and its agenda points where the heading alone tells nothing."""
    heading = _shorten(lines[0], settings)
    patterns = settings["headings_with_detail"]
    if not with_detail and not any(re.search(pattern, lines[0]) for pattern in patterns):
        return heading
    points = [
        _shorten(line.removeprefix("・"), settings)
        for line in takewhile(lambda line: not _ITEMS_BEGIN.match(line), lines[1:])
        if not _REMARK.match(line)
    ]
    if with_detail:
        points = points[:1]
    said = points[:1]
    for point in points[1:]:
        if len("、".join([*said, point])) > _MOST_AGENDA:
            return f"{heading}：{'、'.join(said)}ほか"
        said.append(point)
    return f"{heading}：{'、'.join(said)}"


def _shorten(text: str, settings: dict[str, Any]) -> str:
    """Return a heading or agenda point without remarks and names of persons."""
    for pattern in settings["left_out_of_titles"]:
        text = re.sub(pattern, "", text)
    return text


def _bodies(lines: list[str], items: dict[str, str], settings: dict[str, Any]) -> tuple[str, ...]:
    """Return the bodies printed as taking part, each once, in their order.

    Those after 参加自治体 or 事業主体 if there is such an item. In a meeting with an agenda
    a body takes part if it speaks; else it is what the point is about.
    """
    if "参加自治体" in items:
        return (items["参加自治体"],)
    text = _VENUE_LINE.sub("", "\n".join(lines))
    if "事業主体" in items:
        text = items["事業主体"]
    elif re.search(settings["agenda_heading"], lines[0]):
        points = [point for point in lines[1:] if re.search(settings["speaks"], point)]
        text = "\n".join(points)
    pattern = re.compile("|".join(settings["bodies"]), re.MULTILINE)
    found = (re.sub(r"\n", "", match[0]) for match in pattern.finditer(text))
    return tuple(dict.fromkeys(found))
