"""CLAIR's survey of sectoral agreements: preface, table of contents and one sheet an agreement.

A sheet has seven numbered sections. Of (3) to (5), running prose, only what `clair_prose` says is
taken. Of (7) only the names of sections are taken.
"""

import re
from collections.abc import Iterator
from typing import Any

from ..errors import ReadError
from ..lines import Lines, Table, Tables
from .clair_contents import FIELD, field_number, read_contents
from .clair_preface import read_preface
from .clair_prose import (
    CONTACT,
    DATE,
    HEADING,
    NAMES,
    TOLD,
    URL,
    Sheet,
    read_told,
    shared_texts,
    sub_kinds,
)

_SECTION = re.compile(
    r"[（(]([1-7])[）)] ?(?:自治体名|提携年月日|提携に至った経緯|提携後の取組内容|"
    r"取組による成果・課題等|取組を紹介しているホームページの ?URL|"
    r"問い合わせ先[（(]担当課[）)])"
)
_HEADING = re.compile(r"(\d+(?: \d+)*)\. *(.+?) *(【再掲】)?")
_URL = re.compile(r"https?://[^\s<>（(）)]+")
_NOTHING = ("", "--")


def read(lines: Lines, settings: dict[str, Any]) -> Tables:
    """Return the tables fields, figures, count_by_field, count_by_country, contents, sheets,
    shared_texts, and those of `TOLD`.

    `settings`: figures (of the preface's prose), sub_kinds (code → patterns), sub_kinds_not
    (sheet → codes that its words do not mean) and those of `TOLD`. Raises ReadError.
    """  # fmt: skip
    heads = [n for n, line in lines.numbered() if _is(line, NAMES)]
    starts = [_nonblank_before(lines, head) for head in heads]
    if not starts:
        raise ReadError(f"{lines.where}: found no sheet, expected (1) 自治体名.")
    contents_at = _only(lines, r"4 調査結果（.*")
    sheets_at = _nonblank_before(lines, starts[0])
    tables = read_preface(lines, contents_at - 1, settings["figures"])
    lines.claim(contents_at, contents_at, "header")
    tables["contents"] = read_contents(lines, contents_at + 1, sheets_at - 1)
    pages = {row["key"]: row["sheet_page"] for row in tables["contents"]}
    rows: Table = []
    sheets: list[tuple[Sheet, dict[str, str]]] = []
    for sheet in _sheets(lines, starts):
        row = _row(lines, sheet, settings)
        row["page"] = pages.pop(row["key"], "")
        rows.append(row)
        sheets.append((sheet, row))
    if pages:
        raise ReadError(f"{lines.where}: found no sheet {min(pages)}, which the contents list.")
    _check_settings(lines, settings, {row["key"] for row in rows})
    told = {name: read_told(lines, sheets, name, settings[name]) for name in TOLD}
    return tables | {"sheets": rows, "shared_texts": shared_texts(sheets)} | told


def _is(line: str, number: int) -> bool:
    match = _SECTION.fullmatch(line.strip())
    return match is not None and int(match[1]) == number


def _nonblank_before(lines: Lines, number: int) -> int:
    while not lines[number - 1].strip():
        number -= 1
    return number - 1


def _only(lines: Lines, pattern: str) -> int:
    found = [n for n, line in lines.numbered() if re.fullmatch(pattern, line.strip())]
    if len(found) != 1:
        raise ReadError(f"{lines.where}: found {len(found)} lines like {pattern}, expected one.")
    return found[0]


def _sheets(lines: Lines, starts: list[int]) -> Iterator[Sheet]:
    """Yield the sheets; claim them and the headings of the nine fields between them."""
    field = 0
    for first, following in zip(starts, [*starts[1:], len(lines) + 1], strict=True):
        before = _nonblank_before(lines, first)
        if FIELD.fullmatch(lines[before].strip()):
            lines.claim(before, before, "header", "heading of a field")
            field = field_number(lines[before].strip())
        last = _nonblank_before(lines, following)
        if FIELD.fullmatch(lines[last].strip()):
            last = _nonblank_before(lines, last)
        lines.claim(first, last, "row")
        heading = {HEADING: {first: lines[first]}}
        yield Sheet(field, first, last, heading | _sections(lines, first + 1, last))


def _sections(lines: Lines, first: int, last: int) -> dict[int, dict[int, str]]:
    sections: dict[int, dict[int, str]] = {}
    for number, line in lines.numbered(first, last):
        match = _SECTION.fullmatch(line.strip())
        if match:
            if int(match[1]) != len(sections) + 1:
                raise ReadError(
                    f"{lines.where}, line {number}: found section {match[1]} of the sheet of line "
                    f"{first - 1}, expected section {len(sections) + 1}."
                )
            sections[int(match[1])] = {}
        elif line.strip() not in _NOTHING:
            if not sections:
                raise ReadError(f"{lines.where}, line {number}: expected (1) 自治体名.")
            sections[len(sections)][number] = line
    if len(sections) != CONTACT:
        raise ReadError(
            f"{lines.where}, line {first - 1}: found a sheet of {len(sections)} sections, "
            f"expected {CONTACT}."
        )
    return sections


def _row(lines: Lines, sheet: Sheet, settings: dict[str, Any]) -> dict[str, str]:
    heading = _HEADING.fullmatch(lines[sheet.first].strip())
    if not heading:
        raise ReadError(
            f"{lines.where}, line {sheet.first}: found {lines[sheet.first][:30]!r}, expected the "
            "number and title of a sheet."
        )
    number, title, mark = heading.groups()
    key = f"{sheet.field}-{number.replace(' ', '')}"
    return {
        "key": key,
        "first_line": str(sheet.first),
        "last_line": str(sheet.last),
        "page": "",
        "field": str(sheet.field),
        "number_printed": number,
        "title": title,
        "repeat_mark": mark or "",
        "japan": _cell(lines, sheet, NAMES, "日本の自治体"),
        "foreign": _cell(lines, sheet, NAMES, "海外の自治体"),
        "date": " / ".join(line.strip() for line in sheet.sections[DATE].values()),
        "department": _departments(lines, sheet),
        "url": "|".join(_URL.findall(sheet.text(URL))),
        "sub_kinds": "|".join(sub_kinds(sheet, key, settings)),
    }


def _cell(lines: Lines, sheet: Sheet, section: int, head: str) -> str:
    found = [
        line.split("\t")[1].strip()
        for line in sheet.sections[section].values()
        if line.split("\t")[0].strip() == head
    ]
    if len(found) != 1:
        raise ReadError(
            f"{lines.where}, line {sheet.first}: found {len(found)} lines {head!r} in the sheet, "
            "expected one."
        )
    return found[0]


def _departments(lines: Lines, sheet: Sheet) -> str:
    """Return the second cell of the row 担当部署名 and of rows that continue it, nothing else."""
    cells = [_cell(lines, sheet, CONTACT, "担当部署名")]
    for line in sheet.sections[CONTACT].values():
        head, _, rest = line.partition("\t")
        if not head.strip():
            cells.append(rest.split("\t")[0].strip())
    return " / ".join(cells)


def _check_settings(lines: Lines, settings: dict[str, Any], keys: set[str]) -> None:
    for name in (*TOLD, "sub_kinds_not"):
        if unknown := set(settings[name]) - keys:
            raise ReadError(
                f"{lines.where}: [settings.{name}] of document.toml has the sheet {min(unknown)}, "
                "expected sheets that exist."
            )
