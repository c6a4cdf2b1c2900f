"""Bunkyo's exchange lists: whose a row is, and what rows contradict."""

import shutil
from dataclasses import replace

import pytest

from mappings.blocks import blocks_around
from mappings.checks import exchange as checks
from mappings.document import DATA, Document
from mappings.errors import MappingError, ReadError
from mappings.exchange import (
    ExchangeRow,
    Kinds,
    Partner,
    parse_period,
    read_partners,
    read_rows,
)
from mappings.lines import Lines
from mappings.mapping import read_things
from mappings.model import Activity, Source
from mappings.names import Names
from mappings.readers import exchange_scan
from mappings.terms import ENISHI, PROV, mint

LIST = Document("bunkyo_exchange_2022")


@pytest.fixture(scope="module")
def rows(names: Names) -> list[ExchangeRow]:
    return read_rows(LIST, names)


@pytest.fixture(scope="module")
def partners(names: Names) -> dict[str, Partner]:
    return {partner.name: partner for partner in read_partners(LIST, names)}


def changed(row: ExchangeRow, title: str = "", period: str = "") -> ExchangeRow:
    period = period or row.period
    extent = parse_period(period, LIST.fiscal_year)
    return replace(row, title=title or row.title, period=period, extent=extent)


def rules(built, slug: str) -> dict[str, str]:
    return {found.key: found.rule for found in built.discrepancies(slug)}


def test_contradictions_of_the_lists_are_all_known(built):
    assert rules(built, "bunkyo_exchange_2022") == {
        "fiscal-year-57": "fiscal-year",
        "same-event-32-41": "same-event",
    }
    assert rules(built, "bunkyo_exchange_2024") == {
        "date-range-30": "same-event",
        "fiscal-year-97": "fiscal-year",
        "title-vs-period-2": "title-vs-period",
        "weekday-79": "weekday",
        "weekday-112": "weekday",
    }


@pytest.mark.parametrize(
    "period, found",
    [
        ("R5.2.3~3.31", []),
        ("R5.2.3~4.2", ["ends outside it"]),
        ("R4.3.26~4.21", ["begins outside it"]),
        ("R5.4.2", ["ends outside it"]),
        ("※R2.4.1~", []),
    ],
)
def test_period_beyond_the_lists_year_is_published(rows, period, found):
    listed = list(checks.check_year(LIST, changed(rows[0], period=period)))
    assert len(listed) == len(found)
    assert all(text in item.explanation_en for item, text in zip(listed, found, strict=True))


@pytest.mark.parametrize(
    "title, period, readings",
    [
        ("例年夏に開催", "R4.4", [("夏", "R4.4")]),
        ("例年夏に開催", "R4.6~9", []),
        ("秋のライトアップ", "R4.11.19~11.27", []),
        ("夏目漱石と徳田秋聲の資料の展示", "R5.1.5", []),
        ("11月の給食で使用", "R4.11.22前後", []),
        ("11月の給食で使用", "R4.12.1", [("11月", "R4.12.1")]),
        ("8月定期便でお届け", "R4.6.17~", []),
        ("8月定期便でお届け", "R4.9.1~", [("8月", "R4.9.1~")]),
    ],
)
def test_season_or_month_of_a_title_is_compared_with_the_period(rows, title, period, readings):
    row = changed(rows[0], title=title, period=period)
    assert [found.readings for found in checks.check_seasons(LIST, row)] == readings


def test_days_a_title_counts_are_recounted(rows):
    row = next(row for row in rows if "2日間" in row.title)
    assert not list(checks.check_days(row))
    longer = list(checks.check_days(changed(row, period="R4.12.10~12.12")))
    assert [found.readings for found in longer] == [("2日間", "R4.12.10~12.12")]


def test_one_named_day_is_compared_between_rows(rows):
    one = changed(rows[0], title="給食における「和食の日」", period="R4.11.24")
    for period, count in (("R4.11.20~R5.2", 0), ("R4.12~R5.2", 1), ("※R4.4~", 0)):
        other = replace(changed(one, period=period), key="2", source=Source("2", 7, 7))
        assert len(list(checks.check_named_days([one, other]))) == count


def test_row_twice_in_a_block_stops_the_build(rows, partners):
    owned = [(row, partners["岩手県盛岡市"]) for row in rows[9:15]]
    checks.check_doubles(LIST, owned)
    next_block = (rows[15], partners["岩手県盛岡市"])
    with pytest.raises(MappingError, match=r"row 10: 岩手県盛岡市 has this title and period twice"):
        checks.check_doubles(LIST, [*owned, next_block])


def test_title_that_names_another_partner_without_its_suffix_stops_the_build(rows, partners, names):
    procession = next(row for row in rows if row.title.startswith("金沢百万石まつり"))
    checks.check_titles(LIST, [(procession, partners["石川県金沢市"])], names)
    others = [(rows[0], partners["石川県金沢市"]), (procession, partners["新潟県魚沼市"])]
    with pytest.raises(MappingError, match="the title names 金沢"):
        checks.check_titles(LIST, others, names)


def test_disaster_booth_before_the_name_of_uonuma_is_uonumas(built, names):
    """The department order puts 防災課 first: the row above the printed name opens its block."""
    booths = [
        thing
        for thing in read_things(built.documents["bunkyo_exchange_2022"], names)
        if getattr(thing, "title", "") == "防災フェスタにて広報展示ブースの出展を実施"
    ]
    codes = [booth.participants[1].value.rsplit("/", 1)[1] for booth in booths]
    assert codes == ["15225", "32501"]
    assert blocks_around([0, 3], [2, 4, 1, 2], "example") == [0, 2]


def test_every_cell_of_a_scanned_row_is_in_a_table():
    text = "県\t岩手県盛岡市\t連絡会\t経済課\tR4.5.18\n\t\t朝市\t経済課\n"
    tables = exchange_scan.read(Lines(text, "demo"), {})
    cells = [list(row.values())[4:] for row in tables["activities"]]
    assert cells == [["県", "連絡会", "経済課", "R4.5.18"], ["", "朝市", "経済課", ""]]
    assert [row["name"] for row in tables["partners"]] == ["岩手県盛岡市"]


def test_scanned_row_with_more_cells_than_columns_is_an_error():
    text = "\t\t朝市\t経済課\tR4.5.18\tR4.5.19\n"
    with pytest.raises(ReadError, match="line 1: found 6 cells, expected at most 5"):
        exchange_scan.read(Lines(text, "demo"), {})


def test_row_left_over_by_a_shift_is_given_as_printed():
    dropped = next(c for c in LIST.corrections if c.key == "activities-85-row")
    assert dropped.printed == "アカデミー推進課"


@pytest.mark.parametrize("slug", ["bunkyo_exchange_2022", "bunkyo_exchange_2024"])
def test_every_printed_partner_name_is_the_source_of_its_entity(built, slug):
    document = Document(slug)
    printed = {f"partners-{row.key}" for row in document.rows("partners")}
    derived = {
        (quad.subject.value, quad.object.value.rsplit("/", 1)[1])
        for quad in built.statements
        if quad.predicate == PROV.wasDerivedFrom
        and f"/record/{document.id}/partners-" in str(quad.object)
        and "/correction/" not in quad.subject.value
    }
    assert {record for _, record in derived} == printed
    assert len(derived) == len(printed)


def test_correction_of_a_partner_name_concerns_the_partner(built):
    correction = mint("correction", "bunkyo-2024", "partners-9-name")
    concerned = {
        quad.object
        for quad in built.statements
        if quad.subject == correction and quad.predicate == ENISHI.concerns
    }
    assert concerned == {mint("municipality", "43212")}


@pytest.mark.parametrize("slug", ["bunkyo_exchange_2022", "bunkyo_exchange_2024"])
def test_meetings_held_online_say_so(built, names, slug):
    found = read_things(built.documents[slug], names)
    activities = [thing for thing in found if isinstance(thing, Activity)]
    online = {thing.key for thing in activities if thing.methods == ("online",)}
    assert online == {thing.key for thing in activities if "オンライン" in thing.title}
    assert len(online) == {"bunkyo_exchange_2022": 13, "bunkyo_exchange_2024": 9}[slug]


def test_rule_of_kinds_that_can_never_decide_is_an_error(tmp_path):
    folder = tmp_path / "documents" / LIST.slug
    shutil.copytree(DATA / "documents" / LIST.slug, folder)
    with (folder / "rules" / "kinds.csv").open("a", encoding="utf-8") as table:
        table.write("学校給食,welfare\n")
    with pytest.raises(MappingError, match="found '学校給食' after '給食'"):
        Kinds(Document(LIST.slug, tmp_path))
