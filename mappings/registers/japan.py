"""Regenerate the registers of Japanese governments in data/registers from packages.

Run ``python -m mappings.registers.japan --packages DIR``, DIR holding the unpacked packages;
which packages and versions it wants, it says when one is absent. What no package has is in the
tables beside this module; README.md tells where each comes from.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..errors import TableError
from ..tables import format_table
from .changes import changes_of, periods
from .codes import check_digit
from .gazetteer import GeoNames, Seat, admin1_codes, current_seats
from .handmade import HandMade
from .packages import Packages
from .romanization import romanize

Row = dict[str, str]
REGISTERS = Path(__file__).parents[2] / "data" / "registers"
# 総務省's list counts the six villages of the Northern Territories; they have no government.
NORTHERN_TERRITORIES = range(1695, 1701)
PREFECTURE_READINGS = {"県": "けん", "府": "ふ", "都": "と"}
TYPES = {"市": "city", "区": "special-ward", "町": "town", "村": "village"}
# Their own spelling: Gunma writes n where the rule has m; Hokkaido has no word for its kind.
PREFECTURE_NAMES = {
    "群馬県": "Gunma Prefecture",
    "東京都": "Tokyo Metropolis",
    "北海道": "Hokkaido",
}


def prefecture_stem(name: str, kana: str) -> str:
    """Return the bare English name of a prefecture: Aomori, Kyoto, Tokyo, Hokkaido."""
    if name in PREFECTURE_NAMES:
        return PREFECTURE_NAMES[name].split()[0]
    return romanize(kana.removesuffix(PREFECTURE_READINGS[name[-1]])).capitalize()


def build_prefectures(packages: Packages, tables: HandMade) -> list[Row]:
    """Return the rows of prefectures.csv; GeoNames has only the seats, so no ids."""
    rows = []
    for entry in packages.prefectures:
        code, name = entry["code"][:2], entry["name"]
        stem = prefecture_stem(name, entry["ruby"])
        rows.append(
            {
                "code": code,
                "local_government_code": entry["code"],
                "name_ja": name,
                "kana": entry["ruby"],
                "name_en": PREFECTURE_NAMES.get(name, f"{stem} Prefecture"),
                "iso_code": f"JP-{code}",
                **_point(packages.prefecture_points[code]),
                "geonames": "",
                "wikidata": tables.item(code, name),
            }
        )
    return rows


def build_subprefectures(tables: HandMade) -> list[Row]:
    """Return the rows of subprefectures.csv; `seat` is a standard area code."""
    columns = ("slug", "name_ja", "kana", "name_en", "seat")
    return [{c: row[c] for c in columns} for _, row in sorted(tables.bureaus.items())]


def build_municipalities(packages: Packages, tables: HandMade, changes: Iterable[Row]) -> list[Row]:
    """Return the rows of municipalities.csv: all that stand, and the former ones by hand."""
    founded, ended = periods(changes)
    seats = {seat.code: seat for seat in packages.seats} | current_seats(packages.seats)
    rows = []
    for prefecture in packages.prefectures:
        for entry in prefecture["municipalities"]:
            code, name = entry["code"][:5], entry["name"]
            if int(code) in NORTHERN_TERRITORIES:
                continue
            kana = tables.reading(code, name, entry["ruby"])
            designated = bool(entry.get("wards"))
            rows.append(_municipality(tables, seats, code, name, kana, designated))
    for code, row in tables.former.items():
        rows.append(_municipality(tables, seats, code, row["name_ja"], row["kana"], False))
        rows[-1]["valid_to"], rows[-1]["succeeded_by"] = ended[code]
    _identify(rows, packages)
    for row in rows:
        row["valid_from"] = founded.get(row["standard_area_code"], "")
    return sorted(rows, key=lambda row: row["standard_area_code"])


def _municipality(
    tables: HandMade,
    seats: Mapping[str, Seat],
    code: str,
    name: str,
    kana: str,
    designated: bool,
) -> Row:
    seat = seats.get(code)
    if seat is None or seat.name != name:
        raise TableError(
            f"geoshape-city.csv: found {seat.name if seat else 'nothing'} under {code}, "
            f"expected {name}."
        )
    return {
        "standard_area_code": code,
        "local_government_code": code + check_digit(code),
        "name_ja": name,
        "kana": kana,
        "name_en": tables.english_name(code, name, kana),
        "type": "designated-city" if designated else TYPES[name[-1]],
        "prefecture": code[:2],
        "subprefecture": tables.subprefecture(code),
        **_point((seat.latitude, seat.longitude)),
        "geonames": "",
        "valid_from": "",
        "valid_to": "",
        "succeeded_by": "",
        "aliases_ja": "",
    }


def _point(point: tuple[float, float]) -> Row:
    return {"lat": f"{point[0]:.6f}", "long": f"{point[1]:.6f}"}


def _identify(rows: Iterable[Row], packages: Packages) -> None:
    stems = {p["code"][:2]: prefecture_stem(p["name"], p["ruby"]) for p in packages.prefectures}
    # GeoNames still orders by the older spelling.
    admin1 = admin1_codes({c: "Gumma" if s == "Gunma" else s for c, s in stems.items()})
    geonames = GeoNames(packages.places)
    found: dict[int, list[Row]] = {}
    for row in rows:
        # A former municipality's point in GeoNames is its settlement, or its successor.
        if row["valid_to"]:
            continue
        latin = row["name_en"].rsplit(" ", 1)[0]
        point = (float(row["lat"]), float(row["long"]))
        place = geonames.identify(admin1[row["prefecture"]], row["name_ja"], latin, point)
        if place is not None:
            found.setdefault(place, []).append(row)
    for place, claimants in found.items():
        if len(claimants) == 1:
            claimants[0]["geonames"] = str(place)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the four tables and say how many rows each has. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mappings.registers.japan")
    parser.add_argument("--packages", type=Path, required=True, help="folder of unpacked packages")
    parser.add_argument("--out", type=Path, default=REGISTERS, help="folder to write to")
    options = parser.parse_args(arguments)
    try:
        packages, tables = Packages.read(options.packages), HandMade()
        changes = changes_of(tables.named, packages.seats, tables.changes)
        registers = {
            "prefectures": build_prefectures(packages, tables),
            "subprefectures": build_subprefectures(tables),
            "municipalities": build_municipalities(packages, tables, changes),
            "municipality_changes": changes,
        }
    except TableError as error:
        print(error, file=sys.stderr)
        return 1
    for name, rows in registers.items():
        (options.out / f"{name}.csv").write_text(format_table(rows), encoding="utf-8", newline="\n")
        print(f"{name}.csv: {len(rows)} rows")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
