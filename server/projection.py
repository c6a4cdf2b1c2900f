"""From latitude and longitude to a place on a map: the projections of server/projections.json.

The outlines in static/outlines are drawn with the same settings, so that dots lie on their land.
"""

import json
from dataclasses import dataclass
from functools import cache
from math import asin, atan2, cos, degrees, hypot, radians, sin, sqrt
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "projections.json"
Place = tuple[float, float]
# https://doi.org/10.1080/13658816.2018.1504949, table 1
_EQUAL_EARTH = (1.340264, -0.081106, 0.000893, 0.003796)
# A great circle is drawn as straight pieces of this angle or less.
_PIECE = radians(4)


@dataclass(frozen=True)
class Projection:
    """A map: its size, and where places are on it. Angles are in degrees."""

    kind: str
    width: int
    height: int
    meridian: float
    scale: float
    centre: tuple[float, float]
    parallels: tuple[float, float] = (0, 0)

    def at(self, place: Place) -> tuple[float, float]:
        """Return where a place, latitude and longitude, is: x to the right, y down."""
        x, y = self._raw(place)
        centre_x, centre_y = self._raw((self.centre[1], self.centre[0]))
        return (
            self.width / 2 + self.scale * (x - centre_x),
            self.height / 2 - self.scale * (y - centre_y),
        )

    def _raw(self, place: Place) -> tuple[float, float]:
        latitude = radians(place[0])
        longitude = radians((place[1] - self.meridian + 180) % 360 - 180)
        if self.kind == "equal-earth":
            return _equal_earth(latitude, longitude)
        return _conic_equal_area(latitude, longitude, self.parallels)

    def line(self, start: Place, end: Place) -> list[list[tuple[float, float]]]:
        """Return a great circle between two places: pieces, more than one if the map ends there."""
        pieces: list[list[tuple[float, float]]] = [[]]
        for place in great_circle(start, end):
            x, y = self.at(place)
            if pieces[-1] and abs(x - pieces[-1][-1][0]) > self.width / 2:
                pieces.append([])
            pieces[-1].append((x, y))
        return pieces


@cache
def projection(name: str) -> Projection:
    """Return the map of japan or of the world."""
    settings: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))[name]
    return Projection(**settings)


def _equal_earth(latitude: float, longitude: float) -> tuple[float, float]:
    a1, a2, a3, a4 = _EQUAL_EARTH
    angle = asin(sqrt(3) / 2 * sin(latitude))
    square = angle * angle
    sixth = square**3
    slope = a1 + 3 * a2 * square + sixth * (7 * a3 + 9 * a4 * square)
    x = 2 * longitude * cos(angle) / (sqrt(3) * slope)
    return x, angle * (a1 + a2 * square + sixth * (a3 + a4 * square))


def _conic_equal_area(
    latitude: float, longitude: float, parallels: tuple[float, float]
) -> tuple[float, float]:
    """Albers' projection with two parallels of true scale."""
    first, second = (sin(radians(parallel)) for parallel in parallels)
    n = (first + second) / 2
    c = 1 + first * (2 * n - first)
    radius = sqrt(c - 2 * n * sin(latitude)) / n
    return radius * sin(n * longitude), sqrt(c) / n - radius * cos(n * longitude)


def great_circle(start: Place, end: Place) -> list[Place]:
    """Return places from start to end on the shortest way over the globe."""
    first, last = _vector(start), _vector(end)
    angle = 2 * asin(
        min(1.0, sqrt(sum((a - b) ** 2 for a, b in zip(first, last, strict=True))) / 2)
    )
    count = max(1, round(angle / _PIECE + 0.5))
    if count == 1 or sin(angle) < 1e-6:
        return [start, end]
    between = []
    for step in range(1, count):
        near, far = sin(angle * (1 - step / count)), sin(angle * step / count)
        x, y, z = (near * a + far * b for a, b in zip(first, last, strict=True))
        between.append((degrees(atan2(z, hypot(x, y))), degrees(atan2(y, x))))
    return [start, *between, end]


def _vector(place: Place) -> tuple[float, float, float]:
    latitude, longitude = radians(place[0]), radians(place[1])
    return cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude)
