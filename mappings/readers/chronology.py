"""A chronology in tables of two columns (date, event), then lists of agreements and counts.

Date cells print the year only where it changes; event cells print a heading, then agenda points
or items such as 会場 and テーマ. Three tables follow, each under a heading of its own.
"""

import re
from typing import Any

from ..errors import ReadError
from ..lines import Lines, Table, Tables
from .chronology_cells import Event, cell_lines, split_events

AGREEMENTS = "広域連携協定締結団体一覧"
COMPANIES = "民間企業との包括連携協定締結一覧"
COUNTS = "連携自治体数の推移"
_SECTIONS = (AGREEMENTS, COMPANIES, COUNTS)
_YEAR = re.compile(r"((?:平成|令和)(?:元|\d+)年)\s*")
_SIGNED = re.compile(r"(\S+)（(\S+)）")
_FRAME = re.compile(r"\|[\s|-]*\|")
_PAPER = re.compile(r"【(\S+)】")
_AS_OF = re.compile(r"※各年\s*(\d+)\s*月\s*(\d+)\s*日現在。")


def read(lines: Lines, settings: dict[str, Any]) -> Tables:
    """Return the tables chronology, agreements, company_agreements, partner_counts and totals.

    `settings` names what marks a body, a detailed heading and a remark (see document.toml).
    Raises ReadError for a line that is none of these.
    """
    starts = _sections(lines)
    tables: Tables = {"totals": []}
    tables["chronology"] = _chronology(lines, starts[AGREEMENTS] - 1, settings)
    tables["agreements"] = _agreements(
        lines, starts[AGREEMENTS], starts[COMPANIES] - 1, tables["totals"]
    )
    tables["company_agreements"] = _companies(
        lines, starts[COMPANIES], starts[COUNTS] - 1, tables["totals"]
    )
    tables["partner_counts"] = _counts(lines, starts[COUNTS], len(lines), tables["totals"])
    return tables


def _sections(lines: Lines) -> dict[str, int]:
    found = {}
    for number, line in lines.numbered():
        heading = line.strip("# ")
        if heading in _SECTIONS:
            found[heading] = number
            lines.claim(number, number, "header", "heading of a list")
    if tuple(found) != _SECTIONS:
        raise ReadError(
            f"{lines.where}: found the headings {', '.join(found)}; "
            f"expected {', '.join(_SECTIONS)} in this order."
        )
    return found


def _cells(lines: Lines, number: int, count: int) -> list[str] | None:
    """Return the cells of a table row, None for its frame or a line that is no row."""
    line = lines[number].strip()
    if not line.startswith("|"):
        return None
    if _FRAME.fullmatch(line):
        lines.claim(number, number, "header", "frame of a table")
        return None
    cells = [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]
    if len(cells) != count:
        raise ReadError(
            f"{lines.where}, line {number}: found {len(cells)} cells, expected {count}."
        )
    return cells


def _located(key: str, number: int) -> dict[str, str]:
    return {"key": key, "first_line": str(number), "last_line": str(number)}


def _chronology(lines: Lines, last: int, settings: dict[str, Any]) -> Table:
    rows: Table = []
    entries = 0
    for number, line in lines.numbered(1, last):
        if line.startswith("## "):
            lines.claim(number, number, "header", "title of the document")
        cells = _cells(lines, number, 2)
        if cells is None:
            continue
        lines.claim(number, number, "row")
        entries += 1
        year, dates = _date_cell(cells[0])
        events = split_events(dates, cells[1], settings)
        for part, event in enumerate(events, 1):
            key = f"{entries}-{part}" if len(events) > 1 else str(entries)
            rows.append(_located(key, number) | _event_row(year, event))
    return rows


def _date_cell(cell: str) -> tuple[str, list[str]]:
    """Return the year printed in a date cell, or "", and the lines of the rest."""
    text = "\n".join(cell_lines(cell))
    match = _YEAR.match(text)
    if not match:
        return "", text.split("\n")
    return match[1], text[match.end() :].split("\n")


def _event_row(year: str, event: Event) -> dict[str, str]:
    return {
        "part": event.part,
        "date_printed": event.date,
        "year_printed": year,
        "until_printed": event.until,
        "title": event.title,
        "venue": event.venue,
        "theme": event.theme,
        "participants_printed": "|".join(event.bodies),
        "dates_printed": "|".join(event.dates),
        "counts_printed": "|".join(event.counts),
    }


def _total(totals: Table, key: str, number: int, label: str, printed: str) -> None:
    totals.append(_located(key, number) | {"label": label, "printed": printed})


def _paper_line(lines: Lines, number: int, key: str, label: str, totals: Table) -> bool:
    match = _PAPER.fullmatch(lines[number].strip())
    if match:
        lines.claim(number, number, "row")
        _total(totals, key, number, label, match[1])
    return match is not None


def _agreements(lines: Lines, first: int, last: int, totals: Table) -> Table:
    rows: Table = []
    for number, _ in lines.numbered(first, last):
        if _paper_line(lines, number, "associations", AGREEMENTS, totals):
            continue
        cells = _cells(lines, number, 2)
        if cells is None:
            continue
        signed = _SIGNED.fullmatch(cells[0])
        if cells[0] == "団体名":
            lines.claim(number, number, "header")
            continue
        lines.claim(number, number, "row")
        if re.fullmatch(r"合\s*計", cells[0]):
            _total(totals, "members", number, AGREEMENTS + " " + cells[0], cells[1])
        elif signed:
            row = {"association": signed[1], "signed_printed": signed[2]}
            key = f"association-{len(rows) + 1}"
            rows.append(_located(key, number) | row | {"count_printed": cells[1]})
        else:
            raise ReadError(
                f"{lines.where}, line {number}: found {cells[0]!r}, "
                "expected an association with its date, or the total."
            )
    return rows


def _companies(lines: Lines, first: int, last: int, totals: Table) -> Table:
    rows: Table = []
    for number, _ in lines.numbered(first, last):
        if _paper_line(lines, number, "companies", COMPANIES, totals):
            continue
        cells = _cells(lines, number, 3)
        if cells is None:
            continue
        if cells[0] == "締結企業名":
            lines.claim(number, number, "header")
            continue
        lines.claim(number, number, "row")
        name, *former = cell_lines(cells[0])
        initiatives = [line.removeprefix("○") for line in cell_lines(cells[2])]
        rows.append(
            _located(f"company-{len(rows) + 1}", number)
            | {
                "company": name,
                "former_printed": "".join(former),
                "signed_printed": cells[1],
                "initiatives": "|".join(initiatives),
            }
        )
    return rows


def _counts(lines: Lines, first: int, last: int, totals: Table) -> Table:
    rows: Table = []
    years: list[str] = []
    for number, line in lines.numbered(first, last):
        as_of = _AS_OF.fullmatch(line.strip())
        if as_of:
            lines.claim(number, number, "row")
            _total(totals, "counted-on", number, COUNTS, f"{as_of[1]}月{as_of[2]}日")
        elif line.startswith("※合計は"):
            lines.claim(number, number, "header", "note: the total counts a municipality once")
        cells = _cells(lines, number, 10)
        if cells is None:
            continue
        if not years:
            lines.claim(number, number, "header")
            years = cells[1:]
            continue
        lines.claim(number, number, "row")
        category = "".join(cell_lines(cells[0]))
        group = len(rows) // len(years) + 1
        for column, (year, count) in enumerate(zip(years, cells[1:], strict=True), 1):
            cell = {"category": category, "year_printed": year, "count_printed": count}
            rows.append(_located(f"{group}-{column}", number) | cell)
    return rows
