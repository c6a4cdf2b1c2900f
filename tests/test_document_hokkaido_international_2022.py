"""Hokkaido's list of 78 international projects: what its hard rows, checks and corrections say."""

from dataclasses import replace
from pathlib import Path

import pytest

from mappings.document import DATA, Document
from mappings.documents.hokkaido_international_2022 import (
    Project,
    Rules,
    check_cancelled,
    check_subprefecture,
    check_venue,
)  # fmt: skip
from mappings.errors import MappingError, ReadError, UnknownName
from mappings.japanese_names import fold
from mappings.lines import Lines
from mappings.model import Activity, Discrepancy
from mappings.names import Names
from mappings.project_cells import Bodies, Methods
from mappings.project_periods import parse_project_period
from mappings.readers.hokkaido_projects import read
from mappings.tables import read_table
from mappings.terms import mint

SLUG = "hokkaido_international_2022"
FOLDER = DATA / "documents" / SLUG
RULES = FOLDER / "rules"
HEADS = "\t".join(
    "No 振興局 実施主体 関係市町村 事業・行事名 対象国・地域 内容 "
    "実施場所 実施時期 実施方法".split()
)


def _short(iris: tuple) -> list[str]:
    return [iri.value.split("/id/")[1] for iri in iris]


def _spans(activity: Activity) -> list[tuple[str, str]]:
    return [(str(span.start), str(span.end)) for span in activity.extent.spans]


def test_numbers_run_from_1_to_78_over_six_pages() -> None:
    rows = read_table(FOLDER / "projects.csv")
    assert [row["key"] for row in rows] == [str(number) for number in range(1, 79)]
    pages = [[r["key"] for r in rows if r["page"] == str(page)] for page in range(1, 7)]
    assert [(p[0], p[-1]) for p in pages] == [
        ("1", "14"), ("15", "27"), ("28", "41"), ("42", "53"), ("54", "66"), ("67", "78"),
    ]  # fmt: skip


def test_every_row_is_an_activity_of_its_own_line(activities: dict[str, Activity]) -> None:
    lines = [activity.sources[0].first_line for activity in activities.values()]
    assert len(activities) == 78 and len(set(lines)) == 78
    assert all(a.organizers or a.participants for a in activities.values())


# key: organizers, participants, countries, places
PARTIES = {
    "1": (
        ["organization/sakhalin-economic-exchange-council"],
        ["municipality/01228", "municipality/01204"],
        ["country/RU"], ["foreign/RU/yuzhno-sakhalinsk"],
    ),
    "3": (["municipality/01429"], [], [], []),
    "8": ([], ["municipality/01100"], [], []),
    "9": (
        ["organization/sapporo-sports-association", "foreign/TW/kaohsiung"],
        ["municipality/01100"], ["country/TW"], ["foreign/TW/kaohsiung"],
    ),
    "10": (["prefecture/01", "municipality/01100"], [], ["country/CN"], []),
    "11": (
        ["municipality/01100"],
        ["prefecture/01", "municipality/01203", "municipality/01202",
         "organization/sapporo-chamber-of-commerce"],
        [], [],
    ),
    "25": (
        ["municipality/01205"], [], ["country/US"],
        ["foreign/US/tennessee", "foreign/US/knoxville"],
    ),
    "26": (
        ["municipality/01213", "company/toyota-motor-hokkaido"], [], ["country/CA"],
        ["foreign/CA/cambridge", "foreign/CA/waterloo", "foreign/CA/kitchener"],
    ),
    "31": (
        ["organization/hokkaido-tourism-organization", "municipality/01202",
         "municipality/01331", "municipality/01362", "municipality/01361"],
        [], ["country/TW", "country/CN"], [],
    ),
    "39": (
        ["organization/asahikawa-tourism-promotion-council"], ["municipality/01204"],
        ["country/TW"],
        ["foreign/TW/taipei", "foreign/TW/kaohsiung", "foreign/TW/pingtung"],
    ),
    "41": (
        ["organization/asahikawa-bloomington-normal-anniversary-committee"],
        ["municipality/01204"], ["country/US"],
        ["foreign/US/bloomington-il", "foreign/US/normal"],
    ),
    "47": (
        ["organization/nayoro-lindsay-friendship-committee"], [], ["country/CA"],
        ["foreign/CA/lindsay"],
    ),
    "55": (
        ["municipality/01458"], [],
        ["country/CA", "country/LV", "country/TW", "country/RU"],
        ["foreign/CA/canmore", "foreign/LV/rujiena", "foreign/RU/aniva", "foreign/TW/taipei"],
    ),
    "61": (
        ["municipality/01214"], [], ["country/RU"],
        ["foreign/RU/sakhalin", "foreign/RU/nevelsk", "foreign/RU/korsakov",
         "foreign/RU/yuzhno-sakhalinsk"],
    ),
    "63": (["prefecture/01"], ["municipality/01214"], ["country/RU"], ["foreign/RU/sakhalin"]),
    "65": (
        ["municipality/01208", "organization/kitami-japan-russia-association",
         "foreign/RU/poronaysk", "organization/poronaysk-kitami-friendship-association"],
        ["municipality/01208"], ["country/RU"], ["foreign/RU/poronaysk"],
    ),
    "66": (
        ["municipality/01208", "foreign/KR/jinju"], ["municipality/01208"], ["country/KR"],
        ["foreign/KR/jinju"],
    ),
    "73": (["municipality/01555"], [], ["country/IE"], ["foreign/IE/dublin"]),
    "74": (["municipality/01207"], [], ["country/US"], ["foreign/US/madison-wi"]),
    "75": (["municipality/01207"], [], ["country/CN"], ["foreign/CN/chaoyang"]),
    "76": (
        ["organization/kushiro-chamber-of-commerce"],
        ["subprefecture/kushiro", "municipality/01206"], ["country/VN"],
        ["foreign/VN/da-nang"],
    ),
    "78": (
        ["municipality/01206"], ["municipality/01207", "municipality/01211"], ["country/TW"],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("key", PARTIES)
def test_row_names_its_parties_and_places(key: str, activities: dict[str, Activity]) -> None:
    row = activities[key]
    found = (row.organizers, row.participants, row.countries, row.places)
    assert tuple(map(_short, found)) == PARTIES[key]


def test_groups_of_countries_name_only_the_countries_they_print(
    activities: dict[str, Activity],
) -> None:
    countries = {key: _short(row.countries) for key, row in activities.items()}
    assert sorted(countries["7"]) == ["country/AU", "country/CN", "country/TH", "country/US"]
    none = ("3", "4", "8", "11", "12", "32", "33", "34", "35", "36", "38", "54")
    assert [key for key, found in countries.items() if not found] == list(none)
    assert len(countries["53"]) == 20 and countries["53"][-1] == "country/JP"


PERIODS = {
    "1": ([], False),
    "3": ([("2022-04-01", "2023-03-31")], False),
    "4": ([], False),
    "7": ([("2022-05", "2022-05"), ("2022-09", "2022-11")], True),
    "9": ([("2022-10", "2022-10")], False),
    "10": ([("2022-07", "2023-03")], True),
    "16": ([("2023-01", "2023-01")], True),
    "21": ([("2022-10", "2022-11")], True),
    "25": ([("2022-07-25", "2022-07-30")], False),
    "29": ([("2023-03", "2023-04")], False),
    "33": ([("2022-04-01", "2023-03-31")], False),
    "37": ([("2022-05-20", "2023-03-31")], False),
    "39": ([("2022-07", "2022-07")], True),
    "42": ([("2022-07", "2022-08")], False),
    "52": ([("2022-01", "2023-03")], False),
    "57": ([("2022-07-29", "2022-08-01")], False),
    "70": ([("2023-04-01", "2024-03-31")], True),
    "74": ([], False),
    "76": ([("2022", "2025")], True),
    "78": ([], False),
}


@pytest.mark.parametrize("key", PERIODS)
def test_row_has_its_period(key: str, activities: dict[str, Activity]) -> None:
    row = activities[key]
    assert (_spans(row), row.extent.approximate) == PERIODS[key]
    assert not row.extent.open_end


def test_a_period_nobody_can_read_is_an_error() -> None:
    for text in ("そのうち", "10日", "4月〜", "13月", "7月31日〜30日"):
        with pytest.raises(ValueError):
            parse_project_period(text, 2022)


def test_row_70_keeps_the_month_it_was_put_off_from(activities: dict[str, Activity]) -> None:
    assert activities["70"].period_text == "6月→ 令和5年度に延期"


def test_line_breaks_leave_no_spaces_in_titles_and_venues(
    activities: dict[str, Activity],
) -> None:
    assert activities["74"].title == "マディソン市国際姉妹都市締結15周年記念事業"
    assert activities["49"].title.count(" ") == 2
    assert activities["54"].title == "第2回「隈研吾 & 東川町」KAGUデザインコンペ"
    assert activities["74"].venue == "帯広市、アメリカ ウィスコンシン州 マディソン市"
    assert activities["68"].venue == "紋別市 タイ(バンコク・パトゥムターニー)"
    assert activities["77"].venue == ""
    assert activities["51"].venue == activities["52"].venue == "オーストラリア 鷹栖町"


@pytest.mark.parametrize(
    ("key", "kinds", "methods"),
    [
        ("7", "promotion", {"dispatch-abroad", "digital-media"}),
        ("8", "other", {"written", "in-person"}),
        ("19", "promotion", {"dispatch-abroad", "host-in-japan", "online"}),
        ("21", "delegation-visit", {"dispatch-abroad"}),
        ("3", "trade-promotion", set()),
        ("35", "grant", {"subsidy"}),
        ("36", "trade-promotion", {"support-desk"}),
        ("52", "other", {"youth-invitation"}),
        ("65", "symposium", {"host-in-japan"}),
        ("68", "youth-exchange", {"online", "dispatch-abroad", "host-in-japan"}),
        ("77", "promotion", {"targeted-advertising"}),
        ("78", "promotion", {"online", "digital-media"}),
    ],
)
def test_row_has_its_kind_and_methods(
    key: str, kinds: str, methods: set[str], activities: dict[str, Activity]
) -> None:
    assert activities[key].kinds == (kinds,)
    assert set(activities[key].methods) == methods


def test_the_discrepancies_are_the_ones_found_by_hand(
    things: list[Activity | Discrepancy],
) -> None:
    found = {thing.key: thing for thing in things if isinstance(thing, Discrepancy)}
    assert sorted(found) == [
        "fiscal-year-52", "name-mismatch-65", "period-method-29", "venue-method-46",
        "venue-method-47",
    ]  # fmt: skip
    assert [source.first_line for source in found["fiscal-year-52"].sources] == [65, 3]
    assert "日台" in found["name-mismatch-65"].readings[0]
    assert "日ロ" in found["name-mismatch-65"].readings[1]
    assert found["period-method-29"].readings == (
        "実施時期: 令和5年 派遣:3~4月 受入:中止", "実施方法: 現地派遣・受入",
    )  # fmt: skip


def test_the_corrections_are_the_ones_found_by_hand(document: Document) -> None:
    assert sorted(correction.key for correction in document.corrections) == [
        "projects-26-places-named", "projects-34-title", "projects-39-bodies",
        "projects-40-bodies", "projects-51-place", "projects-52-place", "projects-65-bodies",
        "projects-67-title",
        "projects-74-municipalities", "projects-75-municipalities",
    ]  # fmt: skip


def _project(activity: Activity, **changes: object) -> Project:
    project = Project(activity, "十勝", "", "", venue_abroad=False, venue_at_home=True)
    return replace(project, **changes)


def test_a_municipality_under_another_subprefecture_is_a_discrepancy(
    document: Document, names: Names, activities: dict[str, Activity]
) -> None:
    rules = Rules(document, names)
    project = _project(activities["74"])
    assert not list(check_subprefecture(project, rules))
    (found,) = check_subprefecture(replace(project, subprefecture="釧路"), rules)
    assert found.readings == ("釧路", "十勝")


def test_a_visit_abroad_held_at_home_is_a_discrepancy(activities: dict[str, Activity]) -> None:
    assert not list(check_venue(_project(activities["5"], venue_abroad=True)))
    assert list(check_venue(_project(activities["5"])))
    assert not list(check_venue(_project(activities["6"])))
    assert list(check_venue(_project(activities["6"], venue_abroad=True, venue_at_home=False)))


def test_a_part_called_off_that_the_method_keeps_is_a_discrepancy(
    activities: dict[str, Activity],
) -> None:
    project = _project(activities["29"], method_printed="現地派遣・受入")
    (found,) = check_cancelled(project)
    assert "hosting" in found.explanation_en and "受入が中止" in found.explanation_ja
    assert not list(check_cancelled(replace(project, method_printed="現地派遣")))
    assert not list(check_cancelled(replace(project, activity=activities["51"])))


def test_a_body_nobody_knows_is_an_error(document: Document, names: Names) -> None:
    bodies = Bodies(RULES / "bodies.csv", names, "01", document.as_of)
    assert _short(bodies.read("帯広市・網走 市").bodies) == [
        "municipality/01207", "municipality/01211",
    ]  # fmt: skip
    for cell in ("北見市知らない協会", "札幌市(ほか)"):
        with pytest.raises(UnknownName, match="expected it to begin with a name"):
            bodies.read(cell)


def test_a_method_nobody_knows_is_an_error() -> None:
    with pytest.raises(MappingError, match=r"no row for the method '手紙'"):
        Methods(RULES / "methods.csv").methods("オンライン又は手紙")


def test_every_rule_is_used(activities: dict[str, Activity]) -> None:
    rows = read_table(FOLDER / "projects.csv")
    kinds = [row["contains"] for row in read_table(RULES / "kinds.csv")]
    deciding = {next(k for k in kinds if k in a.title) for a in activities.values()}
    assert set(kinds) == deciding
    methods = fold("".join(row["method"] for row in rows))
    assert all(fold(r["contains"]) in methods for r in read_table(RULES / "methods.csv"))
    places = fold("、".join(row["target"] + "、" + row["place"] for row in rows))
    assert all(fold(row["phrase"]) in places for row in read_table(RULES / "places.csv"))
    corrected = [c.corrected for c in Document(SLUG).corrections]
    printed = [row["bodies"] + row["municipalities"] for row in rows]
    bodies = fold("、".join(printed + corrected))
    assert all(fold(row["phrase"]) in bodies for row in read_table(RULES / "bodies.csv"))


def test_reader_rejects_what_is_not_its_layout() -> None:
    row = "1\t空知\t栗山町\t\t事業\t\t内容\t\t通年\t"
    settings = {"named": {}, "passed_over": {}}
    tables = read(Lines(f"{HEADS}\n{row}\n", "list.txt"), settings)
    assert tables["projects"][0]["bodies"] == "栗山町" and "内容" not in tables["projects"][0]
    for text, named, message in (
        (row + "\tx", {}, "found 11 cells, expected 10"),
        (row.replace("1", "2", 1), {}, "found the number '2', expected 1"),
        (row, {"1": ["大連市"]}, "found no '大連市'"),
        (row, {"9": ["大連市"]}, "has row 9, expected numbers of rows only"),
    ):
        with pytest.raises(ReadError, match=message):
            read(Lines(f"{HEADS}\n{text}\n", "list.txt"), settings | {"named": named})
    for key, message in (("1", "found no '大連市'.*passed_over"), ("9", "passed_over. .*row 9")):
        passed_over = {"passed_over": {key: {"大連市": "a reason"}}}
        with pytest.raises(ReadError, match=message):
            read(Lines(f"{HEADS}\n{row}\n", "list.txt"), settings | passed_over)


def test_every_foreign_place_that_a_row_prints_is_its_own_or_passed_over(
    document: Document, activities: dict[str, Activity], names: Names, sources: Path
) -> None:
    lines = document.text(sources).split("\n")
    passed_over = document.settings["passed_over"]
    corrected = {correction.key: correction.corrected for correction in document.corrections}
    regions, called = {}, {}
    for row in names.registers.foreign_governments:
        regions[row["slug"]] = row["region"]
        called[row["slug"]] = [row["name_ja"], *filter(None, row["aliases_ja"].split("|"))]
    for key, activity in activities.items():
        cells = lines[activity.sources[0].first_line - 1].split("\t")
        # A body that is corrected may be that of another row.
        cells[2] = corrected.get(f"projects-{key}-bodies", cells[2])
        line = fold("、".join(cells))
        own = {iri.value.split("/foreign/")[1] for iri in (*activity.places, *activity.organizers)
               if "/foreign/" in iri.value}  # fmt: skip
        own |= {regions[slug] for slug in own}
        left = {
            slug
            for slug, forms in called.items()
            if slug not in own and any(fold(form) in line for form in forms)
        }
        given = passed_over.get(key, {})
        assert left == {place.key for name in given for place in names.foreign.parse(name)}, key
        assert all(given.values())


def test_a_university_of_taiwan_is_not_called_by_the_name_of_another(
    activities: dict[str, Activity],
) -> None:
    assert "National Sun Yat-sen University" in activities["49"].title_en


def test_tables_hold_no_prose() -> None:
    for row in read_table(FOLDER / "projects.csv"):
        assert max(map(len, row.values())) <= 110 and "。" not in "".join(row.values())


def test_organizers_of_every_row_are_in_a_register(
    activities: dict[str, Activity], names: Names
) -> None:
    known = {mint("prefecture", row["code"]) for row in names.registers.prefectures}
    known |= {mint("subprefecture", row["slug"]) for row in names.registers.subprefectures}
    known |= {
        mint("municipality", row["standard_area_code"]) for row in names.registers.municipalities
    }
    known |= {mint("organization", row["slug"]) for row in names.registers.organizations}
    known |= {
        mint("company", row["corporate_number"] or row["slug"]) for row in names.registers.companies
    }
    known |= {
        mint("foreign", *row["slug"].split("/")) for row in names.registers.foreign_governments
    }
    for row in activities.values():
        assert {*row.organizers, *row.participants, *row.places} <= known, row.key
