"""Answers as drawings: a map where rows have coordinates, bars where they have numbers.

The table of the same answer stands beside each: a drawing adds nothing that is not read there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .evaluation import Cell, Table
from .projection import Projection, projection

NUMERIC = frozenset({"integer", "decimal", "double", "float"})
LATITUDES = frozenset({"lat", "latitude"})
LONGITUDES = frozenset({"long", "lon", "lng", "longitude"})
_POINT = re.compile(r"POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)", re.IGNORECASE)
# Japan with its islands, in degrees: south, west, north, east.
JAPAN = (20.0, 122.0, 46.0, 154.0)
MOST_BARS = 40
LABEL_LETTERS = 28


@dataclass(frozen=True)
class Mark:
    """A row on a map: where on the drawing, and its label."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class AnswerMap:
    """A map of the rows that have coordinates; `outline` is japan or world."""

    outline: str
    land: Projection
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Bar:
    """A row as a bar: `share` of the longest, 0 to 1."""

    label: str
    value: str
    share: float


@dataclass(frozen=True)
class Chart:
    """Bars of a numeric column; `left_out` rows have none."""

    column: str
    bars: tuple[Bar, ...]
    left_out: int


def _number(cell: Cell) -> float | None:
    if cell.note not in NUMERIC:
        return None
    try:
        number = float(cell.value)
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None


def _label(row: Sequence[Cell]) -> str:
    """Return the text that names a row: its first words, or the end of its first IRI."""
    for cell in row:
        is_words = cell.kind == "literal" and cell.note not in NUMERIC and cell.note != "wktLiteral"
        if is_words and cell.value:
            return cell.value
    iri = next((cell.value for cell in row if cell.kind == "iri"), "")
    return re.split(r"[/#]", iri.rstrip("/#"))[-1]


def _places(table: Table) -> Iterator[tuple[float, float, str]]:
    """Yield latitude, longitude and label of each row that has a place on Earth."""
    names = [column.lower() for column in table.columns]
    lat = next((i for i, name in enumerate(names) if name in LATITUDES), None)
    long = next((i for i, name in enumerate(names) if name in LONGITUDES), None)
    for row in table.rows:
        found: tuple[float | None, float | None] = (None, None)
        if lat is not None and long is not None:
            found = (_number(row[lat]), _number(row[long]))
        else:
            point = next((m for c in row if (m := _POINT.fullmatch(c.value.strip()))), None)
            if point is not None:
                found = (float(point[2]), float(point[1]))
        if found[0] is not None and found[1] is not None:
            if abs(found[0]) <= 90 and abs(found[1]) <= 180:
                yield found[0], found[1], _label(row)


def map_of(table: Table) -> AnswerMap | None:
    """Return a map of an answer, None where fewer than two rows have coordinates."""
    places = list(_places(table))
    if len(places) < 2:
        return None
    south, west, north, east = JAPAN
    at_home = all(south <= lat <= north and west <= long <= east for lat, long, _ in places)
    outline = "japan" if at_home else "world"
    land = projection(outline)
    marks = tuple(Mark(*land.at((lat, long)), label) for lat, long, label in places)
    return AnswerMap(outline, land, marks)


def chart_of(table: Table) -> Chart | None:
    """Return bars of the first numeric column that is no coordinate, None where there is none.

    Every row must have a number there that is not below 0, and something to name it by.
    """
    for index, column in enumerate(table.columns):
        if column.lower() in LATITUDES | LONGITUDES:
            continue
        numbers = [_number(row[index]) for row in table.rows]
        values = [number for number in numbers if number is not None and number >= 0]
        if len(values) < 2 or len(values) < len(table.rows) or max(values) == 0:
            continue
        labels = [_label(row) for row in table.rows]
        if not all(labels):
            continue
        longest = max(values)
        bars = tuple(
            Bar(label[:LABEL_LETTERS], row[index].value, value / longest)
            for label, row, value in zip(labels, table.rows, values, strict=True)
        )
        return Chart(column, bars[:MOST_BARS], max(0, table.total - MOST_BARS))
    return None
