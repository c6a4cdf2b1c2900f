"""The special wards' nationwide partnership project: what its hard rows, lists and checks say."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from mappings.checks import chronology as time_checks
from mappings.checks import wards_partnership_2022 as checks
from mappings.checks.wards_partnership_2022 import Facts
from mappings.chronology import Calendar, Cast, Entry, counting_day, read_entries
from mappings.dates import PartialDate
from mappings.document import DATA, Document
from mappings.documents import wards_partnership_2022 as mapping
from mappings.errors import MappingError, ReadError, TableError, UnknownName
from mappings.lines import Lines
from mappings.model import (
    Activity,
    Agreement,
    Dataset,
    Discrepancy,
    Observation,
    PrintedCount,
    Thing,
)
from mappings.names import Names
from mappings.readers.chronology import read
from mappings.readers.chronology_cells import split_events
from mappings.rows import Row
from mappings.tables import read_table
from mappings.terms import mint

SLUG = "wards_partnership_2022"
FOLDER = DATA / "documents" / SLUG
WARDS = "association/special-wards"


@pytest.fixture
def facts(document: Document, names: Names, monkeypatch: pytest.MonkeyPatch) -> Facts:
    caught: list[Facts] = []

    def catch(facts: Facts) -> Iterator[Discrepancy]:
        caught.append(facts)
        yield from ()

    monkeypatch.setattr(mapping, "check", catch)
    list(mapping.map_document(document, names))
    return caught[0]


def _short(iris: tuple[NamedNode, ...]) -> list[str]:
    return [iri.value.split("/id/")[1] for iri in iris]


def _extent(activity: Activity) -> tuple[str, str]:
    return str(activity.extent.start), str(activity.extent.end)


def _keys(found: Iterator[Discrepancy]) -> list[str]:
    return [discrepancy.key for discrepancy in found]


def _entry(facts: Facts, key: str) -> Entry:
    return next(entry for entry in facts.entries if entry.key == key)


def _row(**cells: str) -> Row:
    plain = dict.fromkeys(("date_printed", "year_printed", "until_printed"), "")
    return Row("chronology.csv, row 1", "1", plain | cells, {}, ())


def test_every_row_of_the_tables_is_there() -> None:
    counts = {path.stem: len(read_table(path)) for path in FOLDER.glob("*.csv")}
    assert counts["chronology"] == 162
    assert counts["agreements"] == 13
    assert counts["company_agreements"] == 4
    assert counts["partner_counts"] == 36
    assert counts["totals"] == 4


def test_160_rows_tell_of_162_events(activities: dict[str, Activity]) -> None:
    rows = {activity.sources[0].first_line for activity in activities.values()}
    assert (len(rows), len(activities)) == (160, 162)


def test_no_body_named_in_the_text_is_passed_over_unknown(
    activities: dict[str, Activity], names: Names, document: Document, sources: Path
) -> None:
    # Named, but as the subject of an agenda point, in a garbled name, or as the place.
    known = {
        26: "北海道町村会", 29: "北海道町村会", 46: "北海道町村会 京都市", 47: "京都市",
        54: "京都府市長会", 56: "青森市", 58: "港区", 63: "京都市", 64: "台東区", 73: "京都市",
        76: "京都市", 82: "京都市", 84: "京都市 首都大学東京", 85: "台東区", 93: "群馬県市長会",
        96: "奈良県町村会", 102: "奈良県町村会", 104: "群馬県市長会 群馬県町村会 埼玉県町村会",
        118: "第一生命保険株式会社", 121: "台東区", 127: "嵐山町", 131: "港区",
        134: "東北絆まつり実行委員会", 143: "三井住友海上火災保険株式会社", 155: "千葉県市長会",
        162: "三井住友海上火災保険株式会社 全国町村会", 172: "千葉県市長会 山梨県町村会",
        173: "千代田区", 214: "明治安田生命保険相互会社", 229: "公益社団法人東京青年会議所",
    }  # fmt: skip
    registers = names.registers
    bodies = {
        row["name_ja"]: mint(kind, row[key])
        for kind, key, rows in (
            ("municipality", "standard_area_code", registers.municipalities),
            ("association", "slug", registers.associations),
            ("organization", "slug", registers.organizations),
        )
        for row in rows
        if not row.get("valid_to")
    }
    bodies |= {row["name_ja"]: names.agent(row["name_ja"]) for row in registers.companies}
    lines = Lines(document.text(sources), "text")
    passed_over: dict[int, set[str]] = {}
    by_line: dict[int, set[NamedNode]] = {}
    for activity in activities.values():
        taking_part = by_line.setdefault(activity.sources[0].first_line, set())
        taking_part |= set(activity.participants)
    for number, taking_part in by_line.items():
        there = {name for name in bodies if name in lines[number]}
        left = {
            name
            for name in there
            if bodies[name] not in taking_part
            and not any(name != other and name in other for other in there)
        }
        if left:
            passed_over[number] = left
    assert passed_over == {number: set(named.split()) for number, named in known.items()}


def test_the_year_is_carried_over_until_the_next_is_printed(
    activities: dict[str, Activity],
) -> None:
    starts = {key: str(activity.extent.start) for key, activity in activities.items()}
    assert starts["1"] == "2014-09-10"
    assert starts["6"] == "2015-01-16"
    assert starts["101"] == "2019-04-26"
    assert starts["102"] == "2019-05-14"
    assert starts["160"] == "2022-12-12"
    ordered = [starts[key] for key in starts if not key.endswith("-2")]
    assert ordered == sorted(ordered)


def test_the_same_day_is_the_day_of_the_row_above(activities: dict[str, Activity]) -> None:
    assert _extent(activities["16"]) == ("2015-06-30", "2015-06-30")
    assert activities["16"].period_text == "同日"
    assert _extent(activities["18"]) == ("2015-07-09", "2015-07-09")


def test_an_empty_date_cell_is_corrected_to_the_same_day(
    activities: dict[str, Activity], document: Document
) -> None:
    symposium = activities["48"]
    assert _extent(symposium) == ("2017-01-19", "2017-01-19")
    assert symposium.theme == "共存共栄の全国連携～交流人口の拡大と観光～"
    assert symposium.venue == "東京区政会館 20階会議室"
    assert _short(symposium.participants) == [
        WARDS, "organization/kindai-university", "municipality/13103", "municipality/13109",
        "municipality/26100", "organization/kushiro-special-wards-exchange-council",
        "company/value-management-institute",
    ]  # fmt: skip
    # The cell is empty: the document has no words for it.
    assert symposium.period_text == ""
    correction = next(c for c in document.corrections if c.key == "chronology-48-date-printed")
    assert (correction.printed, correction.corrected) == ("", "同日")
    assert correction.rule == "missing-cell"


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        ("11", "2015-05-30", "2015-05-31"),
        ("30", "2015-11-18", "2015-11-23"),
        ("60", "2017-08-21", "2017-09-29"),
        ("76", "2018-06-02", "2018-06-03"),
        ("85-1", "2018-10-07", "2018-10-07"),
        ("85-2", "2018-10-06", "2018-10-14"),
        ("93", "2019-01-08", "2019-02-14"),
        ("114", "2019-10-14", "2019-10-18"),
        ("126-1", "2020-04-01", "2023-03-31"),
        ("132", "2021-01", "2021-01"),
    ],
)
def test_an_extent_is_as_printed(
    activities: dict[str, Activity], key: str, start: str, end: str
) -> None:
    assert _extent(activities[key]) == (start, end)


def test_the_period_is_in_the_words_of_its_cell(activities: dict[str, Activity]) -> None:
    # The year where the cell prints it, and the end that the text of a project gives.
    assert activities["5"].period_text == "12月16日"
    assert activities["6"].period_text == "平成27年1月16日"
    assert activities["93"].period_text == "平成31年1月8日～2月14日"
    assert activities["132"].period_text == "令和3年1月"
    assert activities["126-2"].period_text == "4月1日、令和4年度まで"


def test_a_venue_may_stand_in_a_sentence(activities: dict[str, Activity]) -> None:
    assert activities["30"].venue == "しながわ水族館"
    # One named only for whoever comes to it is none.
    assert activities["18"].venue == activities["19"].venue == ""


def test_fiscal_year_follows_from_the_first_day(activities: dict[str, Activity]) -> None:
    assert activities["93"].fiscal_year == 2018
    assert activities["101"].fiscal_year == 2019
    assert activities["132"].fiscal_year == 2020


def test_two_events_of_one_cell_are_two_activities(activities: dict[str, Activity]) -> None:
    silk, gourmet = activities["85-1"], activities["85-2"]
    assert silk.sources[0].first_line == gourmet.sources[0].first_line == 125
    assert silk.title == "平成30年度 第2回魅力発信イベント開催：「Nipponのシルクと光」"
    assert (silk.venue, gourmet.venue) == ("大井競馬場 L-WING1階", "大井競馬場 ウマイルスクエア")
    assert _short(silk.participants) == [
        WARDS, "association/gunma-cities", "association/gunma-towns-villages",
        "organization/special-wards-horse-racing", "company/tokyotokeiba",
        "company/jomo-shimbun", "organization/naro",
    ]  # fmt: skip
    assert "organization/kita-no-megumi-aishoku-fair" in _short(gourmet.participants)
    assert "association/gunma-cities" not in _short(gourmet.participants)


def test_projects_of_one_row_have_their_own_wards(activities: dict[str, Activity]) -> None:
    tokachi, yamashiro = activities["126-1"], activities["126-2"]
    assert _short(tokachi.participants)[:2] == ["municipality/13106", "municipality/13107"]
    assert len(tokachi.participants) == 2 + 16 + 2
    assert "municipality/01207" not in _short(tokachi.participants)
    assert _short(yamashiro.participants)[0] == "municipality/13113"
    assert len(yamashiro.participants) == 1 + 5 + 6 + 1


def test_municipalities_of_a_subprefecture_are_named_one_by_one(
    activities: dict[str, Activity],
) -> None:
    assert _short(activities["28"].participants) == [
        WARDS, "association/hokkaido-towns-villages", "municipality/01206",
        "municipality/01661", "municipality/01662", "municipality/01663",
        "municipality/01664", "municipality/01665", "municipality/01667",
        "municipality/01668",
    ]  # fmt: skip
    assert len(activities["29"].participants) == 2 + 19
    assert _short(activities["32"].participants)[2:] == [
        "municipality/13114", "municipality/01303", "municipality/01304",
    ]  # fmt: skip


def test_partners_by_agreement_are_those_who_had_signed(
    activities: dict[str, Activity],
) -> None:
    assert _short(activities["46"].participants)[1:] == [
        "association/hokkaido-towns-villages", "association/kyoto-cities",
        "association/kyoto-towns-villages", "association/aomori-cities",
        "association/aomori-towns-villages",
    ]  # fmt: skip
    assert len(activities["61"].participants) == 1 + 7
    assert len(activities["84"].participants) == 1 + 11
    assert len(activities["116"].participants) == 1 + 13


def test_who_speaks_at_a_general_meeting_takes_part_and_whom_it_is_about_does_not(
    activities: dict[str, Activity],
) -> None:
    assert _short(activities["7"].participants) == [
        WARDS, "municipality/03206", "municipality/03366", "municipality/13118",
        "municipality/13108", "municipality/13109",
    ]  # fmt: skip
    assert _short(activities["59"].participants) == [WARDS, "municipality/04100"]
    assert _short(activities["70"].participants) == [WARDS]
    assert activities["70"].kinds == ("council-meeting",)


def test_a_visit_names_offices_and_no_person(activities: dict[str, Activity]) -> None:
    assert activities["17"].title == "北海道知事が会長を訪問"
    assert _short(activities["17"].participants) == [WARDS, "prefecture/01"]
    assert activities["27"].title == "特別区長会会長が地方創生担当大臣を訪問"
    assert activities["25"].title == "区長会総会：地方財政審議会会長による講演"
    assert activities["25"].theme == "「地方分権と地域間連携について」"


def test_an_approach_between_municipalities_is_theirs_alone(
    activities: dict[str, Activity],
) -> None:
    # Tsuruoka introduced the one to the other, which is a part in it.
    assert _short(activities["26"].participants) == [
        "municipality/01334", "municipality/13123", "municipality/06203",
    ]  # fmt: skip


def test_homes_of_the_speakers_take_part_in_a_lecture(activities: dict[str, Activity]) -> None:
    lecture = activities["108"]
    assert lecture.kinds == ("lecture",)
    assert lecture.theme == "「森林環境税から考える自治体間連携」"
    assert _short(lecture.participants) == [
        WARDS, "organization/iges", "organization/forestry-agency", "municipality/13108",
        "municipality/22130", "prefecture/20",
    ]  # fmt: skip
    assert activities["134"].methods == ("online",)
    # A former office is no home.
    assert "prefecture/20" not in _short(activities["146"].participants)


def test_a_decision_of_the_cabinet_is_national_policy(activities: dict[str, Activity]) -> None:
    policy = activities["66"]
    assert policy.title == "「まち・ひと・しごと創生総合戦略（2017改訂版）」が閣議決定"
    assert policy.kinds == ("national-policy",)
    assert _short(policy.participants) == ["organization/cabinet"]


def test_garbled_names_are_corrected(activities: dict[str, Activity]) -> None:
    kyoto = ["association/kyoto-cities", "association/kyoto-towns-villages"]
    for key in ("45", "52", "55", "58", "60"):
        assert _short(activities[key].participants)[-2:] == kyoto
    assert "municipality/10425" in _short(activities["80"].participants)
    assert "municipality/13113" in _short(activities["118"].participants)
    assert "東京しぶや" in activities["118"].title
    assert activities["46"].venue.startswith("浅草「まるごとにっぽん」")


def test_a_name_cut_short_is_corrected_and_none_of_the_bodys_own(
    activities: dict[str, Activity], names: Names
) -> None:
    gunma = "organization/mountain-villages-league-gunma"
    assert gunma in _short(activities["86"].participants)
    with pytest.raises(UnknownName):
        names.agent("全国山村振興連盟群馬県")


def test_the_officers_of_a_council_stand_for_it_by_a_written_rule(
    activities: dict[str, Activity], names: Names
) -> None:
    council = "organization/nationwide-partnership-liaison-council"
    assert council in _short(activities["31"].participants)
    with pytest.raises(UnknownName):
        names.agent("特別区全国連携プロジェクト連絡会幹事会")


def test_twelve_agreements_with_associations_and_four_with_companies(
    agreements: dict[str, Agreement],
) -> None:
    assert sum(key.startswith("association") for key in agreements) == 12
    assert sum(key.startswith("company") for key in agreements) == 4
    assert all(_short(agreement.parties)[0] == WARDS for agreement in agreements.values())
    assert all(len(agreement.signed_on) == 1 for agreement in agreements.values())


def test_kyotos_paper_has_three_parties_and_two_lines_of_the_list(
    agreements: dict[str, Agreement],
) -> None:
    kyoto = agreements["association-2"]
    assert _short(kyoto.parties) == [
        WARDS, "association/kyoto-cities", "association/kyoto-towns-villages",
    ]  # fmt: skip
    assert [source.first_line for source in kyoto.sources] == [244, 245]
    assert "association-3" not in agreements


def test_agreements_are_tied_to_the_row_that_signed_them(
    agreements: dict[str, Agreement], activities: dict[str, Activity]
) -> None:
    signed_at = {key: agreement.signed_at for key, agreement in agreements.items()}
    assert signed_at == {
        "association-1": "35", "association-2": "35", "association-4": "37",
        "association-5": "37", "association-6": "47", "association-7": "49",
        "association-8": "69", "association-9": "71", "association-10": "71",
        "association-11": "74", "association-12": "117", "association-13": "117",
        "company-1": "83", "company-2": "104", "company-3": "111", "company-4": "148",
    }  # fmt: skip
    for agreement in agreements.values():
        assert agreement.signed_on[0] == activities[agreement.signed_at].extent.start
        assert activities[agreement.signed_at].kinds == ("signing-ceremony",)


def test_a_company_signed_under_its_former_name(agreements: dict[str, Agreement]) -> None:
    sompo = agreements["company-2"]
    assert _short(sompo.parties) == [WARDS, "company/4011101023372"]
    assert str(sompo.signed_on[0]) == "2019-05-31"


def test_printed_member_counts_are_kept_as_printed(things: list[Thing]) -> None:
    counts = {
        _short((thing.association,))[0]: thing.count
        for thing in things
        if isinstance(thing, PrintedCount)
    }
    assert len(counts) == 13
    assert sum(counts.values()) == 372
    assert counts["association/gunma-cities"] == 23


def test_figures_by_year_are_observations(things: list[Thing]) -> None:
    observations = {thing.key: thing for thing in things if isinstance(thing, Observation)}
    assert len(observations) == 31
    assert "agreement-signatory-2015" not in observations
    first = observations["ward-exchange-2015"]
    assert first.measures == {"partnerCount": 574}
    assert first.dimensions == {"fiscalYear": 2015, "partnerCategory": "ward-exchange"}
    assert observations["total-2019"].measures == {"partnerCount": 1004}
    assert observations["website-member-2022"].source.first_line == 276


def test_figures_are_as_of_the_first_of_august(things: list[Thing]) -> None:
    assert [t.attributes for t in things if isinstance(t, Dataset)] == [("countedOn",)]
    for observation in (thing for thing in things if isinstance(thing, Observation)):
        day, source = observation.counted_on
        assert str(day) == f"{observation.dimensions['fiscalYear']}-08-01"
        assert source.first_line == 280
    assert str(counting_day("1月15日", 2015)) == "2016-01-15"
    with pytest.raises(ValueError, match="found '8月', expected a day"):
        counting_day("8月", 2015)


def test_contradictions_are_those_found_by_hand(
    discrepancies: dict[str, Discrepancy],
) -> None:
    found = {
        key: [source.first_line for source in discrepancy.sources]
        for key, discrepancy in discrepancies.items()
    }
    assert found == {
        # Numbered second, but there is no first of that fiscal year.
        "numbering-64": [95],
        # Gunma's counts: 23 towns and villages, 12 cities.
        "swapped-values-association-9-association-10": [251, 252],
        # As of 1 August 2019 two of the thirteen had not signed.
        "printed-total-agreement-signatory-2019": [277, 280, 254, 255],
    }
    gunma = discrepancies["swapped-values-association-9-association-10"]
    assert gunma.readings == (
        "群馬県市長会 23・群馬県町村会 12",
        "群馬県市長会 12・群馬県町村会 23",
    )
    assert discrepancies["printed-total-agreement-signatory-2019"].readings == ("372", "321")


def test_a_wrong_weekday_is_found(facts: Facts) -> None:
    entry = _entry(facts, "60")
    assert _keys(time_checks.check_weekdays(entry)) == []
    wrong = replace(entry, dates=("平成29年8月24日（木）・25日（土）",))
    assert _keys(time_checks.check_weekdays(wrong)) == ["weekday-60-2017-08-25"]


def test_a_year_in_a_title_that_is_not_the_dates_is_found(facts: Facts) -> None:
    wrong = replace(_entry(facts, "60"), title="平成28年度 第1回全国連携展示")
    assert _keys(time_checks.check_years(wrong)) == ["fiscal-year-60"]
    wrong = replace(_entry(facts, "76"), title="東北絆まつり2019 盛岡への協力・連携")
    assert _keys(time_checks.check_years(wrong)) == ["era-western-year-76"]


def test_a_row_out_of_order_is_found(facts: Facts) -> None:
    swapped = [_entry(facts, "17"), _entry(facts, "15")]
    assert _keys(time_checks.check_order(swapped)) == ["order-15"]
    assert _keys(time_checks.check_order([_entry(facts, "85-1"), _entry(facts, "85-2")])) == []


def test_a_gap_in_the_events_with_an_association_is_found(facts: Facts, document: Document) -> None:
    entries = [entry for entry in facts.entries if entry.key in ("28", "32")]
    series = document.settings["series"]
    assert _keys(time_checks.check_numbering(entries, series)) == ["numbering-32"]


def test_what_a_text_counts_is_counted_again(facts: Facts) -> None:
    counts = {entry.key: entry.counts for entry in facts.entries if entry.counts}
    assert counts == {
        "55": ("連携協力推進委員会3回",), "126-1": ("3年間",), "126-2": ("3年間",),
    }  # fmt: skip
    assert _keys(time_checks.check_counts(facts.entries)) == []
    without = [entry for entry in facts.entries if entry.key != "45"]
    found = list(time_checks.check_counts(without))
    assert _keys(iter(found)) == ["printed-total-55-1"]
    assert found[0].readings == ("連携協力推進委員会3回", "2")
    wrong = replace(_entry(facts, "126-1"), counts=("4年間",))
    assert _keys(time_checks.check_counts([wrong])) == ["printed-total-126-1-1"]
    with pytest.raises(TableError, match="row 55: found '3人'"):
        list(time_checks.check_counts([replace(_entry(facts, "55"), counts=("3人",))]))


def test_a_date_in_the_text_that_no_row_has_is_found(facts: Facts, document: Document) -> None:
    for key, wrong, number in (("42", "12/14", 2), ("157", "令和4年2月", 1)):
        entry = _entry(facts, key)
        dates = list(entry.dates)
        dates[number - 1] = wrong
        changed = [replace(e, dates=tuple(dates)) if e is entry else e for e in facts.entries]
        signings = [*facts.associations, *facts.companies]
        found = _keys(time_checks.check_dates(document, changed, signings))
        assert found == [f"text-vs-table-{key}-{number}"]


def test_a_reason_for_a_date_that_is_not_printed_stops_the_build(
    facts: Facts, document: Document
) -> None:
    entries = [entry for entry in facts.entries if entry.key != "27"]
    with pytest.raises(TableError, match="10/16 of row 27"):
        list(time_checks.check_dates(document, entries, facts.companies))


def test_a_list_that_dates_a_signing_otherwise_is_found(facts: Facts) -> None:
    wrong = replace(facts.associations[0], signed=PartialDate(2016, 4, 27))
    assert _keys(time_checks.check_signings(facts.entries, [wrong])) == [
        "text-vs-table-association-1"
    ]


def test_a_wrong_number_of_a_group_is_found(facts: Facts) -> None:
    for key, printed, wrong, expected in (
        ("158", "千葉県37市", "千葉県38市", "38"),
        ("126-1", "北海道十勝地域(16町・2村)", "北海道十勝地域(16町・3村)", "3"),
        ("84", None, "広域連携協定締結地域自治体 322自治体(8地域11団体)", "322"),
        ("84", None, "広域連携協定締結地域自治体 321自治体(7地域11団体)", "7"),
        ("84", None, "広域連携協定締結地域自治体 321自治体(8地域12団体)", "12"),
    ):
        entry = _entry(facts, key)
        bodies = entry.named[printed or next(iter(entry.named))]
        changed = replace(facts, entries=[replace(entry, named={wrong: bodies})])
        assert _keys(checks.check_groups(changed)) == [f"member-count-{key}-{expected}"]


def test_a_municipality_missing_from_a_subprefecture_is_found(facts: Facts) -> None:
    entry = _entry(facts, "29")
    name = next(name for name in entry.named if "管内" in name)
    changed = replace(entry, named={name: entry.named[name][1:]})
    found = list(checks.check_bureau_lists(replace(facts, entries=[changed])))
    assert _keys(iter(found)) == ["member-count-29-register"]
    assert found[0].concerns == entry.named[name][:1]


def test_one_wrong_member_count_is_found(facts: Facts) -> None:
    wrong = [replace(facts.associations[0], printed=145)]
    found = _keys(checks.check_member_counts(replace(facts, associations=wrong)))
    assert found == ["member-count-association-1"]


def test_wrong_totals_and_headings_are_found(facts: Facts) -> None:
    assert _keys(checks.check_totals(facts)) == []
    changed = replace(facts, associations=facts.associations[1:], companies=[])
    assert _keys(checks.check_totals(changed)) == [
        "printed-total-members", "printed-total-associations", "printed-total-companies",
    ]  # fmt: skip


def test_wrong_changes_and_impossible_totals_are_found(facts: Facts) -> None:
    last = next(c for c in facts.counts if (c.category, c.fiscal_year) == ("total", 2022))
    for printed, keys in (
        (1106, ["printed-total-change-total"]),
        (829, ["printed-total-change-total", "printed-total-total-2022"]),
        (1474, ["printed-total-change-total", "printed-total-total-2022"]),
    ):
        counts = [replace(c, printed=printed) if c is last else c for c in facts.counts]
        changes, totals = checks.check_changes(counts), checks.check_yearly_totals(counts)
        assert [*_keys(changes), *_keys(totals)] == keys


def test_a_month_that_goes_back_without_a_year_is_an_error() -> None:
    calendar = Calendar()
    calendar.extent(_row(date_printed="12月1日", year_printed="平成29年"))
    with pytest.raises(MappingError, match="'1月17日', expected month 12 or later"):
        calendar.extent(_row(date_printed="1月17日"))


@pytest.mark.parametrize("text", ["", "春", "13月1日", "2月30日", "9月10日～9月9日"])
def test_what_is_no_date_is_an_error(text: str) -> None:
    with pytest.raises(MappingError, match=f"date_printed: found '{text}', expected a date"):
        Calendar().extent(_row(date_printed=text, year_printed="平成29年"))


def test_days_apart_are_spans_and_a_range_may_cross_the_year() -> None:
    calendar = Calendar()
    apart = calendar.extent(_row(date_printed="9月10、12日", year_printed="平成29年"))
    assert [str(span.start) for span in apart.spans] == ["2017-09-10", "2017-09-12"]
    crossing = calendar.extent(_row(date_printed="12月20日～1月5日"))
    assert (str(crossing.start), str(crossing.end)) == ("2017-12-20", "2018-01-05")


def test_an_unknown_body_is_an_error(document: Document, names: Names) -> None:
    with pytest.raises(UnknownName, match="架空町"):
        Cast(document, names, []).members("架空町", PartialDate(2020))


def test_a_title_of_no_known_kind_and_a_rule_that_decides_none_are_errors(
    document: Document, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = read_table

    def without_policy(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
        rows = real(path, columns)
        return [row for row in rows if row.get("contains") != "閣議決定"]

    def with_another(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
        rows = real(path, columns)
        extra = {"contains": "架空", "kind": "other", "host": ""}
        return [*rows, extra] if path.name == "kinds.csv" else rows

    associations = [mapping._association(row, names) for row in document.rows("agreements")]
    monkeypatch.setattr("mappings.chronology.read_table", with_another)
    with pytest.raises(TableError, match="'架空', which decides no title"):
        read_entries(document, names, associations)
    monkeypatch.setattr("mappings.chronology.read_table", without_policy)
    with pytest.raises(MappingError, match="row 66, column title"):
        read_entries(document, names, associations)


def test_a_text_without_the_lists_is_an_error(document: Document) -> None:
    with pytest.raises(ReadError, match="expected 広域連携協定締結団体一覧"):
        read(Lines("| 9月10日 | 区長会総会 |\n", "text"), document.settings)


def test_an_event_cell_is_split_by_its_numbers(document: Document) -> None:
    cell = "<p>催し</p> <p>(1)「甲」</p> <ul><li>・会場:乙</li></ul> <p>(2)「丙」</p>"
    first, second = split_events(["(1) 10月7日", "(2) 10月6日", "～14日"], cell, document.settings)
    assert (first.date, first.title, first.venue) == ("10月7日", "催し：「甲」", "乙")
    assert (second.date, second.title, second.venue) == ("10月6日～14日", "催し：「丙」", "")


def test_every_correction_has_reasons_in_both_languages(document: Document) -> None:
    assert len(document.corrections) == 22
    for correction in document.corrections:
        assert correction.reason_ja.endswith("。")
        assert correction.reason_en.endswith(".")
