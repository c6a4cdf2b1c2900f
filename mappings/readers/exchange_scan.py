"""Exchange list scanned from paper: tab-separated rows, the partner's merged cell printed once.

The partner's name stands on some line of its block; which rows are its block is not layout and
is left to the mapping. The first column, `side`, holds the heads 県, 市区町 turned on their side.
"""

from typing import Any

from ..errors import ReadError
from ..lines import Lines, Table, Tables

_HEADS = ("令和4年度の交流実績一覧(協定等締結自治体)", "自治体コード順")
_COLUMNS = "交流自治体名\t事業内容\t所管課\t実施期間 (※は開始日)"


def read(lines: Lines, settings: dict[str, Any]) -> Tables:
    """Return the tables `activities` (a row each) and `partners` (a name cell each).

    Raises ReadError for a row with more cells than columns.
    """
    activities: Table = []
    partners: Table = []
    page = 0
    for number, line in lines.numbered():
        text = line.strip()
        if text in _HEADS:
            lines.claim(number, number, "header")
        elif text == _COLUMNS:
            lines.claim(number, number, "header")
            page += 1
        elif line.count("\t") >= 3:
            lines.claim(number, number, "row")
            side, partner, title, department, period = _cells(lines, number)
            where = {"first_line": str(number), "last_line": str(number), "page": str(page)}
            if partner:
                key = str(len(partners) + 1)
                partners.append({"key": key, **where, "name": partner})
            activities.append(
                {
                    "key": str(len(activities) + 1),
                    **where,
                    "side": side,
                    "title": title,
                    "department": department,
                    "period": period,
                }
            )
    return {"activities": activities, "partners": partners}


def _cells(lines: Lines, number: int) -> list[str]:
    """Return the five cells of a row; those torn off its end are blank."""
    cells = [cell.strip() for cell in lines[number].split("\t")]
    if len(cells) > 5:
        raise ReadError(
            f"{lines.where}, line {number}: found {len(cells)} cells, expected at most 5: side "
            "head, partner, title, department, period."
        )
    return cells + [""] * (5 - len(cells))
