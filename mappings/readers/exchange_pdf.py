"""Exchange list as a PDF's text: the partners' names are torn off and stand at the page ends.

A row is its title over one or more lines, then department and period, then perhaps more lines of
the period. Which rows belong to which name is not layout and is left to the mapping. Names of
persons who hold no office (… である …氏) are left out: a table here holds facts about bodies.
"""

import re
from typing import Any

from ..errors import ReadError
from ..lines import Lines, Table, Tables

_HEADER = re.compile(
    r"自治体コード順|事業内容 所管課 実施期間|交流自治体名|令和.年度交流実績一覧.*"
)
_SIDE = re.compile(r"[市区町]")
_NAME = re.compile(r"(?:県 )?(\S{2,3}県|\S{2,3}[都道府県市]\S{1,6}[市区町村])")
_END = re.compile(
    r"(?P<title>.*?)(?:^|(?<= ))(?P<department>\S+課|\S+図書館)(?: (?P<period>R\d.*))?"
)
_PERSON = re.compile(r"である[\u4e00-\u9fff]{2,5}氏")
_MORE_PERIOD = re.compile(r"R\d|・\d")


def read(lines: Lines, settings: dict[str, Any]) -> Tables:
    """Return the tables `activities` (a row each) and `partners` (a printed name each).

    Raises ReadError for a row without department or period.
    """
    tables: Tables = {"activities": [], "partners": []}
    page, number = 1, 1
    foot = False
    while number <= len(lines):
        text = lines[number].strip()
        name = _NAME.fullmatch(text)
        if not text:
            number += 1
        elif _HEADER.fullmatch(text) or _SIDE.fullmatch(text):
            lines.claim(number, number, "header")
            foot = foot or bool(_SIDE.fullmatch(text)) or text == "交流自治体名"
            number += 1
        elif name:
            lines.claim(number, number, "row")
            _add(tables["partners"], number, number, page, {"name": name[1]})
            foot = True
            number += 1
        else:
            page += foot
            foot = False
            number = _read_row(lines, number, page, tables["activities"])
    return tables


def _add(table: Table, first: int, last: int, page: int, cells: dict[str, str]) -> None:
    where = {"first_line": str(first), "last_line": str(last), "page": str(page)}
    table.append({"key": str(len(table) + 1), **where, **cells})


def _read_row(lines: Lines, first: int, page: int, table: Table) -> int:
    """Add the row that begins at line `first`; return the line after it."""
    title: list[str] = []
    number = first
    while not (end := _END.fullmatch(lines[number].strip())):
        if number == len(lines) or number - first > 8:
            raise ReadError(
                f"{lines.where}, line {first}: found no department (…課) in the row that begins "
                "here, expected title, department, period."
            )
        title.append(lines[number].strip())
        number += 1
    title.append(end["title"])
    periods = [end["period"]] if end["period"] else []
    last = number
    for later, line in lines.numbered(number + 1):
        if _MORE_PERIOD.match(line.strip()):
            periods.append(line.strip())
            last = later
        elif line.strip():
            break
    if not periods:
        raise ReadError(f"{lines.where}, line {last}: found no period after the department.")
    lines.claim(first, last, "row")
    cells = {
        "title": _PERSON.sub("", "".join(title).strip()),
        "department": end["department"],
        "period": " ".join(periods),
    }
    _add(table, first, last, page, cells)
    return last + 1
