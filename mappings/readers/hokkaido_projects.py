"""Hokkaido's list of international projects: ten tab-separated columns, the heads on every page.

The column 内容 is running prose and is left out. Foreign places that only it, the title or the
name of a body prints are taken over, by name alone: `settings` lists them by row, under `named`,
and each must stand in the row. Those that the prose mentions without aiming at them are listed
under `passed_over`, with the reason.
"""

import re
from collections.abc import Iterable
from typing import Any

from ..errors import ReadError
from ..lines import Lines, Table, Tables

_TITLE = re.compile(r"【令和\d+年度 .*】|令和\d+年\d+月\d+日現在")
_COLUMNS = {
    "No": "",
    "振興局": "subprefecture",
    "実施主体": "bodies",
    "関係市町村": "municipalities",
    "事業・行事名": "title",
    "対象国・地域": "target",
    "内容": "",
    "実施場所": "place",
    "実施時期": "period",
    "実施方法": "method",
}


def read(lines: Lines, settings: dict[str, Any]) -> Tables:
    """Return the table `projects`, a printed row each; its key is the printed number.

    Raises ReadError for a row of other cells, a number that does not follow the one before, or
    a name of `settings` that its row does not print.
    """
    named: dict[str, list[str]] = settings["named"]
    passed_over: dict[str, dict[str, str]] = settings["passed_over"]
    projects: Table = []
    page = 0
    for number, line in lines.numbered():
        cells = [re.sub(r"\s+", " ", cell).strip() for cell in line.split("\t")]
        if cells == list(_COLUMNS):
            lines.claim(number, number, "header")
            page += 1
        elif _TITLE.fullmatch(line.strip()):
            lines.claim(number, number, "header")
        elif line.strip():
            lines.claim(number, number, "row")
            where = f"{lines.where}, line {number}"
            row = _read_row(where, cells, len(projects) + 1)
            place = {"first_line": str(number), "last_line": str(number), "page": str(page)}
            key = row.pop("No")
            names = _names(where, line, "named", named.get(key, []))
            _names(where, line, "passed_over", passed_over.get(key, {}))
            projects.append({"key": key, **place, **row, "places_named": names})
    for setting, listed in (("named", named), ("passed_over", passed_over)):
        if unknown := set(listed) - {row["key"] for row in projects}:
            raise ReadError(
                f"{lines.where}: [settings.{setting}] of document.toml has row {min(unknown)}, "
                "expected numbers of rows only."
            )
    return {"projects": projects}


def _read_row(where: str, cells: list[str], expected: int) -> dict[str, str]:
    """Return the cells we keep, by our names for them, and the number as `No`."""
    if len(cells) != len(_COLUMNS):
        raise ReadError(f"{where}: found {len(cells)} cells, expected {len(_COLUMNS)}.")
    if cells[0] != str(expected):
        raise ReadError(f"{where}: found the number {cells[0]!r}, expected {expected}.")
    kept = zip(_COLUMNS.values(), cells, strict=True)
    return {"No": cells[0]} | {name: cell for name, cell in kept if name}


def _names(where: str, line: str, setting: str, names: Iterable[str]) -> str:
    for name in names:
        if name not in re.sub(r"\s", "", line):
            raise ReadError(
                f"{where}: found no {name!r}, expected it, since [settings.{setting}] lists it."
            )
    return "|".join(names)
