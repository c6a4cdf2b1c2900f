"""The tables of countries and foreign governments, and the script that makes them."""

import math
import re
from collections import Counter
from pathlib import Path

import pycountry
import pytest

from mappings.errors import TableError
from mappings.names import Names
from mappings.register_tables import COLUMNS
from mappings.registers.world import (
    COUNTRY_SEED,
    GOVERNMENT_SEED,
    Gazetteer,
    country_rows,
    government_rows,
    state_items,
    wikidata_items,
)
from mappings.tables import read_table

ROOT = Path(__file__).parent.parent
REGISTERS = ROOT / "data" / "registers"
SEEDS = ROOT / "mappings" / "registers"
REFERENCE = ROOT.parent / "shared" / "reference" / "geonames_foreign_cities_cjk_names.csv"
KINDS = set(
    "city county district town municipality province state region department territory "
    "intermunicipal autonomous-region autonomous-prefecture".split()
)
NO_PLACE = dict.fromkeys(GOVERNMENT_SEED, "")
SEATTLE = {
    "geonameid": 5809844,
    "name": "Seattle",
    "latitude": 47.60621,
    "longitude": -122.33207,
    "countrycode": "US",
    "population": 737015,
    "alternatenames": ["シアトル"],
}
SEED_SEATTLE = NO_PLACE | {
    "slug": "US/seattle",
    "country": "US",
    "seat": "5809844",
    "seat_name": "Seattle",
    "same_place": "yes",
}


@pytest.fixture(scope="module")
def governments() -> list[dict[str, str]]:
    name = "foreign_governments"
    return read_table(REGISTERS / f"{name}.csv", COLUMNS[name].split())


@pytest.fixture(scope="module")
def countries() -> list[dict[str, str]]:
    return read_table(REGISTERS / "countries.csv", COLUMNS["countries"].split())


def kilometres(a: dict[str, str], b: dict[str, str], longitude: str = "long") -> float:
    north, east = float(a["lat"]) - float(b["lat"]), float(a["long"]) - float(b[longitude])
    return 111.2 * math.hypot(north, east * math.cos(math.radians(float(a["lat"]))))


def test_countries_are_those_of_iso_3166(countries: list[dict[str, str]]) -> None:
    assert [row["iso_code"] for row in countries] == sorted(
        country.alpha_2 for country in pycountry.countries
    )


def test_each_country_has_its_names_item_and_place(countries: list[dict[str, str]]) -> None:
    items = {row["iso_code"]: row["wikidata"] for row in countries}
    assert len(set(items.values())) == len(items) == 249
    assert [items[code] for code in "CN US GB KR TW DK NL".split()] == (
        "Q148 Q30 Q145 Q884 Q865 Q35 Q55".split()
    )
    for row in countries:
        assert row["name_ja"] and row["name_en"] and row["wikidata"].startswith("Q"), row
        assert -90 <= float(row["lat"]) <= 90 and -180 <= float(row["long"]) <= 180, row


def test_no_two_countries_share_a_name(countries: list[dict[str, str]]) -> None:
    names = Counter(
        name
        for row in countries
        for name in (row["name_ja"], *row["aliases_ja"].split("|"))
        if name
    )
    assert [name for name, count in names.items() if count > 1] == []


# States whose common name is the official one.
WITHOUT_OFFICIAL_FORM = set(
    "AG BA BB BF BZ CA GD GE IS JM KN LC LY ME MY RO SB TM TV UA VC".split()
)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("アフガニスタン・イスラム共和国", "AF"),
        ("クロアチア共和国", "HR"),
        ("コンゴ民主共和国", "CD"),
        ("サウジアラビア王国", "SA"),
        ("セルビア共和国", "RS"),
        ("タンザニア連合共和国", "TZ"),
        ("パラオ共和国", "PW"),
        ("モナコ公国", "MC"),
        ("ヨルダン・ハシェミット王国", "JO"),
        ("ベネズエラ・ボリバル共和国", "VE"),
        ("南スーダン共和国", "SS"),
    ],
)
def test_official_name_of_a_state_is_known(name: str, code: str, names: Names) -> None:
    assert names.foreign.country(name).iso_code == code


def test_a_state_is_known_by_its_official_name_too(countries: list[dict[str, str]]) -> None:
    official = re.compile("(国|連邦|連合)$")
    territories = set(
        "AI AQ AS AW AX BL BM BQ BV CC CK CW CX EH FK FO GF GG GI GL GP GS GU HK HM IM IO JE KY MF "
        "MO MP MQ MS NC NF NU PF PM PN PR PS RE SH SJ SX TC TF TK TW UM VG VI WF YT".split()
    )
    without = {
        row["iso_code"]
        for row in countries
        if not any(official.search(n) for n in (row["name_ja"], *row["aliases_ja"].split("|")))
    }
    assert without - territories == WITHOUT_OFFICIAL_FORM


def test_new_caledonia_as_a_government_is_the_item_of_the_country(
    governments: list[dict[str, str]], countries: list[dict[str, str]]
) -> None:
    (territory,) = (row for row in governments if row["slug"] == "FR/new-caledonia")
    (country,) = (row for row in countries if row["iso_code"] == "NC")
    assert territory["wikidata"] == country["wikidata"] == "Q33788"


def test_slugs_and_geonames_ids_are_unique(governments: list[dict[str, str]]) -> None:
    slugs = [row["slug"] for row in governments]
    geonames = [row["geonames"] for row in governments if row["geonames"]]
    assert slugs == sorted(set(slugs))
    assert len(set(geonames)) == len(geonames)
    assert all(slug.isascii() and slug[:3] == f"{slug[:2]}/" for slug in slugs)


def test_each_government_lies_in_its_country_and_region(
    governments: list[dict[str, str]], countries: list[dict[str, str]]
) -> None:
    codes = {row["iso_code"] for row in countries}
    regions = {row["slug"]: row["country"] for row in governments}
    for row in governments:
        assert row["country"] in codes and row["slug"].startswith(row["country"] + "/"), row
        assert not row["region"] or regions[row["region"]] == row["country"], row
        assert row["kind"] in KINDS and row["name_ja"] and row["name_en"], row


def test_no_region_lies_in_itself(governments: list[dict[str, str]]) -> None:
    regions = {row["slug"]: row["region"] for row in governments}
    for slug in regions:
        outer, above = regions[slug], {slug}
        while outer:
            assert outer not in above, slug
            above.add(outer)
            outer = regions[outer]


def test_subdivision_codes_are_those_of_iso_3166(governments: list[dict[str, str]]) -> None:
    codes = [(row["country"], row["iso_code"]) for row in governments if row["iso_code"]]
    assert len(set(codes)) == len(codes)
    for country, code in codes:
        found = pycountry.subdivisions.get(code=code)
        assert found is not None and found.country_code == country, code


def test_every_province_and_state_has_its_code(governments: list[dict[str, str]]) -> None:
    missing = {
        row["slug"]
        for row in governments
        if row["kind"] in ("province", "state") and not row["iso_code"]
    }
    assert missing == set()


def test_cities_are_where_geonames_has_them(governments: list[dict[str, str]]) -> None:
    if not REFERENCE.is_file():
        pytest.skip("../shared/reference is absent: GeoNames cannot be compared")
    reference = {row["geonameid"]: row for row in read_table(REFERENCE)}
    compared = [row for row in governments if row["geonames"] in reference]
    assert len(compared) > 90
    for row in compared:
        found = reference[row["geonames"]]
        # GeoNames files Nouméa under New Caledonia's own code.
        assert found["country"] == row["country"] or row["slug"] == "FR/noumea", row
        assert kilometres(row, found, "lon") < 30, row


def test_places_lie_near_a_city_of_their_country(governments: list[dict[str, str]]) -> None:
    if not REFERENCE.is_file():
        pytest.skip("../shared/reference is absent: GeoNames cannot be compared")
    cities = read_table(REFERENCE)
    for row in governments:
        country = "NC" if row["slug"] in ("FR/noumea", "FR/new-caledonia") else row["country"]
        near = [city for city in cities if city["country"] == country]
        assert min(kilometres(row, city, "lon") for city in near) < 100, row


def test_tables_hold_exactly_the_seeds(governments: list[dict[str, str]]) -> None:
    seed = read_table(SEEDS / "foreign_governments_seed.csv", GOVERNMENT_SEED)
    kept = "slug country kind name_ja name_en region iso_code aliases_ja".split()
    assert [[row[key] for key in kept] for row in governments] == [
        [row[key] for key in kept] for row in seed
    ]
    assert [row["geonames"] for row in governments] == [
        row["seat"] if row["same_place"] else "" for row in seed
    ]


def test_a_seat_is_checked_by_name_and_country() -> None:
    rows = government_rows([SEED_SEATTLE], Gazetteer([SEATTLE]), lambda code: True, {})
    assert (rows[0]["lat"], rows[0]["geonames"]) == ("47.60621", "5809844")
    for wrong in ({"seat_name": "Tacoma"}, {"country": "CA"}, {"seat": "1"}):
        with pytest.raises(TableError, match="US/seattle: found"):
            government_rows([SEED_SEATTLE | wrong], Gazetteer([SEATTLE]), lambda code: True, {})


def test_a_government_without_a_place_or_with_a_wrong_code_is_refused() -> None:
    gazetteer = Gazetteer([])
    with pytest.raises(TableError, match="US/x: found no seat"):
        government_rows([NO_PLACE | {"slug": "US/x"}], gazetteer, lambda code: True, {})
    with pytest.raises(TableError, match="US/x: found US-XX, expected an ISO 3166-2 code"):
        government_rows(
            [NO_PLACE | {"slug": "US/x", "iso_code": "US-XX"}],
            gazetteer,
            lambda code: False,
            {},
        )


def test_the_largest_city_of_the_capitals_name_is_the_capital() -> None:
    hamlet = SEATTLE | {"geonameid": 1, "population": 3, "latitude": 0.0}
    assert Gazetteer([hamlet, SEATTLE]).capital("US", "SEATTLE ") == ("47.60621", "-122.33207")
    assert Gazetteer([SEATTLE]).capital("CA", "Seattle") is None


def test_country_rows_take_the_seed_first_and_refuse_gaps() -> None:
    seed = dict.fromkeys(COUNTRY_SEED, "") | {"iso_code": "HK", "name_ja": "香港"}
    rows = country_rows(["HK"], lambda *_: "SAR", lambda _: ("1", "2"), {"HK": "Q8646"}, [seed])
    assert [rows[0][key] for key in ("name_ja", "name_en", "lat")] == ["香港", "SAR", "1"]
    with pytest.raises(TableError, match="HK: found no capital or Wikidata item"):
        country_rows(["HK"], lambda *_: "SAR", lambda _: None, {"HK": "Q8646"}, [seed])
    with pytest.raises(TableError, match="found HK, expected ISO 3166-1"):
        country_rows([], lambda *_: "SAR", lambda _: None, {}, [seed])


def test_a_code_belongs_to_the_country_not_to_its_realm() -> None:
    features = [
        {"properties": {"nameEn": "Denmark", "country": "DK", "wikidata": "Q35"}},
        {
            "properties": {
                "nameEn": "Kingdom of Denmark",
                "iso1A2": "DK",
                "wikidata": "Q756617",
            }
        },
        {
            "properties": {
                "nameEn": "Hawaii",
                "aliases": ["US-HI"],
                "country": "US",
                "wikidata": "Q782",
            }
        },
    ]
    assert wikidata_items(features) == {"DK": "Q35"}
    assert state_items(features) == {"US-HI": "Q782"}
