"""The preface of CLAIR's survey: the nine fields, two tables of counts, and the figures of its
prose.
"""  # fmt: skip

import re
from typing import Any

from ..errors import ReadError
from ..lines import Lines, Table, Tables
from .clair_contents import field_number

COLUMNS = (
    "education", "culture", "sports", "medical", "agriculture", "industry", "commerce",
    "administration", "other", "total",
)  # fmt: skip
_HEADER = re.compile(r"\d .*|\(\d\) .*|【.*】|特定分野における.*結果")
_FIELD_LIST = re.compile(r"([①-⑨])(.+)\t(.+)")
# Kinds are parted by 、 outside brackets; 医師、看護師 are two professions of one kind.
_BETWEEN_KINDS = re.compile(r"(?<!医師)、(?![^（]*）)")
_SCOPE_ROW = re.compile(r"1対1の提携|複数の自治体との提携|合計")
_COUNT = re.compile(r"\d+(?:\(\d+\))?|")


def read_preface(lines: Lines, last: int, figures: list[dict[str, str]]) -> Tables:
    """Return fields, figures, count_by_field and count_by_country from lines 1 to `last`.

    `figures`: key, label and print of figures in the prose, to be found in one line each.
    Raises ReadError.
    """
    fields: Table = []
    by_field: Table = []
    by_country: Table = []
    heads: list[int] = []
    prose: dict[int, str] = {}
    for number, line in lines.numbered(1, last):
        cells = [cell.strip() for cell in line.split("\t")]
        listed = _FIELD_LIST.fullmatch(line.strip())
        if not line.strip():
            continue
        if "①教育" in cells or "⑤農業等" in cells:
            heads.append(number)
            lines.claim(number, number, "header", "heads of a table of counts")
        elif listed:
            fields.append(_field(number, listed))
            lines.claim(number, number, "row")
        elif _SCOPE_ROW.fullmatch(cells[0]):
            lines.claim(number, number, "row")
            by_field.append(_counts(lines, number, cells[1:], len(by_field), scope=cells[0]))
        elif len(cells) == len(COLUMNS) + 2:
            lines.claim(number, number, "row")
            labels = {"rank": cells[0], "country": cells[1]}
            by_country.append(_counts(lines, number, cells[2:], len(by_country), **labels))
        elif _HEADER.fullmatch(line.strip()):
            lines.claim(number, number, "header")
        else:
            prose[number] = line
    _add_labels(lines, fields, heads)
    return {
        "fields": fields,
        "figures": _figures(lines, prose, figures),
        "count_by_field": by_field,
        "count_by_country": by_country,
    }


def _located(key: str, first: int, last: int | None = None) -> dict[str, str]:
    return {"key": key, "first_line": str(first), "last_line": str(last or first)}


def _field(number: int, listed: re.Match[str]) -> dict[str, str]:
    kinds = _BETWEEN_KINDS.split(listed[3])
    name = re.sub(r"\s", "", listed[2])
    row = _located(str(field_number(listed[1])), number)
    return row | {"name": name, "kinds": "|".join(kind.strip() for kind in kinds)}


def _counts(
    lines: Lines, number: int, cells: list[str], before: int, **labels: str
) -> dict[str, str]:
    if len(cells) != len(COLUMNS) or not all(_COUNT.fullmatch(cell) for cell in cells):
        raise ReadError(
            f"{lines.where}, line {number}: found {' '.join(cells)}, expected {len(COLUMNS)} "
            "counts such as 22(4)."
        )
    row = _located(str(before + 1), number) | labels
    return row | dict(zip(COLUMNS, cells, strict=True))


def _add_labels(lines: Lines, fields: Table, heads: list[int]) -> None:
    """Give each field the label it bears in the heads of either table, two lines each."""
    if len(heads) != 4 or len(fields) != len(COLUMNS) - 1:
        raise ReadError(
            f"{lines.where}: found {len(fields)} fields and {len(heads)} lines of heads in the "
            f"preface, expected {len(COLUMNS) - 1} and 4."
        )
    for column, (upper, lower) in (("head_1", heads[:2]), ("head_2", heads[2:])):
        cells = (lines[upper] + "\t" + lines[lower]).split("\t")
        labels = {field_number(c): c for c in map(str.strip, cells) if re.match("[①-⑨]", c)}
        for row in fields:
            row[column] = labels[int(row["key"])]
            row[f"{column}_line"] = str(upper if labels[int(row["key"])] in lines[upper] else lower)


def _figures(lines: Lines, prose: dict[int, str], wanted: list[dict[str, Any]]) -> Table:
    rows: Table = []
    for figure in wanted:
        pattern = re.escape(figure["label"]) + r"\D*?" + re.escape(figure["printed"]) + "件"
        found = [number for number, line in prose.items() if re.search(pattern, line)]
        if len(found) != 1:
            raise ReadError(
                f"{lines.where}: found {figure['label']} {figure['printed']}件 in {len(found)} "
                "lines of the preface, expected one, as [settings.figures] of document.toml says."
            )
        row = _located(figure["key"], found[0])
        rows.append(row | {"label": figure["label"], "printed": figure["printed"]})
    told = {int(row["first_line"]) for row in rows}
    for number in prose:
        lines.claim(number, number, *(("row",) if number in told else ("noise", "prose")))
    return rows
