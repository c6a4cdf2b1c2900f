"""CLAIR's survey of agreements in specific fields: its sheets, figures, checks and corrections."""

import datetime
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode
from rdflib import Graph, URIRef
from rdflib.namespace import SKOS

from mappings.checks import clair_counts as counts
from mappings.checks import clair_sectoral_2012 as checks
from mappings.clair import DATE, FIELDS, ContentsLine, PrintedDate, Sheet
from mappings.clair_cells import REPEATED, Cells, read_contents, read_sheets
from mappings.clair_statistics import Count, Statistics, read_statistics
from mappings.clair_texts import one_agreement, read_prose, read_told, title_core
from mappings.dates import PartialDate
from mappings.document import DATA, Document
from mappings.documents.clair_sectoral_2012 import Rules
from mappings.errors import MappingError, ReadError
from mappings.japanese import fold_digits
from mappings.japanese_names import fold
from mappings.lines import Lines
from mappings.model import Agreement, Discrepancy, Observation, Thing
from mappings.names import Names
from mappings.readers.clair_prose import TOLD
from mappings.readers.clair_sheets import read
from mappings.rows import Row
from mappings.tables import read_table
from mappings.terms import ENISHI

SLUG = "clair_sectoral_2012"
FOLDER = DATA / "documents" / SLUG
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def sheets(document: Document, names: Names) -> list[Sheet]:
    return read_sheets(document, names)


@pytest.fixture(scope="module")
def contents(document: Document, names: Names, sheets: list[Sheet]) -> list[ContentsLine]:
    return read_contents(document, names, {sheet.key: sheet for sheet in sheets})


@pytest.fixture(scope="module")
def statistics(document: Document, names: Names) -> Statistics:
    return read_statistics(document, names)


def _sheet(sheets: list[Sheet], key: str) -> Sheet:
    return next(sheet for sheet in sheets if sheet.key == key)


def _short(iris: tuple[NamedNode, ...]) -> list[str]:
    return [iri.value.split("/id/")[1] for iri in iris]


def _form(date: str) -> str:
    return DATE.sub("#", re.sub(r"\s", "", fold_digits(date)))


def _row(**cells: str) -> Row:
    return Row("sheets.csv, row 1-1", "1-1", cells, {}, ())


def test_every_row_of_the_tables_is_there() -> None:
    found = {path.stem: len(read_table(path)) for path in FOLDER.glob("*.csv")}
    assert found["sheets"] == found["contents"] == 175
    assert found["fields"] == 9 and found["figures"] == 12 and found["dates_in_text"] == 8
    assert found["parties_in_text"] == found["instruments_in_text"] == 6
    assert found["shared_texts"] == 2
    assert found["count_by_field"] == 3 and found["count_by_country"] == 16


def test_every_line_is_accounted_for() -> None:
    ledger = read_table(FOLDER / "lines.csv")
    assert ledger[0]["first_line"] == "1" and ledger[-1]["last_line"] == "6482"
    for before, after in pairwise(ledger):
        assert int(after["first_line"]) == int(before["last_line"]) + 1


def test_sheets_are_numbered_through_in_every_field() -> None:
    rows = read_table(FOLDER / "sheets.csv")
    sizes = (26, 25, 8, 1, 11, 24, 39, 25, 16)
    expected = [f"{f}-{n}" for f, size in enumerate(sizes, 1) for n in range(1, size + 1)]
    assert [row["key"] for row in rows] == expected
    assert [row["key"] for row in read_table(FOLDER / "contents.csv")] == expected
    torn = {row["key"]: row["number_printed"] for row in rows if " " in row["number_printed"]}
    assert torn == {"6-11": "1 1", "7-32": "3 2"}


def test_pages_rise_from_14_to_196() -> None:
    pages = [int(row["page"]) for row in read_table(FOLDER / "sheets.csv")]
    assert pages == sorted(set(pages)) and (pages[0], pages[-1]) == (14, 196)


def test_175_sheets_tell_of_149_agreements(agreements: dict[str, Agreement]) -> None:
    assert len(agreements) == 149
    sources = [source.key for agreement in agreements.values() for source in agreement.sources]
    assert len(sources) == len(set(sources)) == 175
    assert Counter(len(a.sources) for a in agreements.values()) == {1: 123, 2: 26}


# key: parties, signed on, renewed on, instrument, departments
HARD = {
    "1-2": (
        ["municipality/09367", "foreign/CN/tiantai"], ["2002-10-28"], [], "memorandum",
        ["09367/planning-coordination"],
    ),
    "1-8": (
        ["municipality/34207", "foreign/CN/beijing"], ["2007-10-12"], ["2012-04"], "memorandum",
        ["34207/school-guidance"],
    ),
    "1-12": (
        ["municipality/13203", "foreign/US/lubbock"], ["2001-06"], [], "agreement",
        ["13203/exchange-projects"],
    ),
    "1-16": (
        ["prefecture/44", "foreign/KR/chungcheongnam"], ["1997-06-09"], [], "declaration",
        ["44/board-of-education-culture", "44/board-of-education-physical-education"],
    ),
    "1-17": (
        ["municipality/09208", "foreign/AU/cairns"], ["2006-05-15", "2006-08"], [], "covenant",
        ["09208/citizens-life"],
    ),
    "2-1": (
        ["municipality/01458", "foreign/KR/yeongwol"], ["2008-11-04", "2010-11-04"], [],
        "agreement", ["01458/regional-vitalization"],
    ),
    "2-5": (
        ["municipality/25213", "foreign/KR/gyeongsangnam"], ["2001-05-26"], ["2006-03-16"],
        "agreement", ["25213/lifelong-learning"],
    ),
    "2-7": (
        ["prefecture/39", "foreign/KR/jeollanam"], ["2003-05-30"], [], "agreement",
        ["39/culture-international", "39/tourism-policy"],
    ),
    "2-17": (
        ["municipality/28225", "foreign/FR/barbizon"], ["2008-10-22"], [], "memorandum",
        ["28225/community-development"],
    ),
    "2-22": (
        ["municipality/20562", "country/LU"], ["2011-01-24"], [], "covenant",
        ["20562/general-policy"],
    ),
    "2-24": (
        ["municipality/20205", "foreign/KR/chuncheon", "foreign/TW/yunlin"], ["2008-08-04"], [],
        "partnership", ["20205/puppetry"],
    ),
    "3-6": (
        ["municipality/01100", "foreign/US/portland-or", "foreign/DE/munich",
         "foreign/CN/shenyang", "foreign/RU/novosibirsk"], ["1995"], [], "confirmation",
        ["01100/sports-planning"],
    ),
    "3-8": (
        ["municipality/20541", "foreign/DE/pummpaelz", "foreign/DE/schweina", "foreign/DE/ruhla",
         "foreign/DE/bad-liebenstein", "foreign/DE/geisa", "foreign/DE/bad-langensalza"],
        ["2011-10-28"], [], "agreement", ["20541/health"],
    ),
    "6-13": (
        ["municipality/27100", "organization/danish-embassy-tokyo"], ["2011-06-08"], [],
        "agreement", ["27100/economic-planning"],
    ),
    "6-16": (
        ["prefecture/26", "foreign/IT/tuscany"], ["2006-11-02"], ["2011-10-17"], "agreement",
        ["26/overseas-economy"],
    ),
    "6-19": (
        ["prefecture/26", "foreign/CA/quebec"], ["2008-04-23", "2012-06-12"], [],
        "letter-of-agreement", ["26/model-forest"],
    ),
    "6-22": (
        ["prefecture/24", "municipality/24201", "municipality/24202",
         "organization/mie-industry-enterprise-support-center", "foreign/FR/annecy-agglomeration"],
        ["2009-11-16"], [], "agreement", ["24/manufacturing"],
    ),
    "6-24": (
        ["municipality/23204", "municipality/17206", "municipality/41401", "foreign/IT/faenza",
         "foreign/NL/delft", "organization/singapore-consulate-general-xiamen",
         "foreign/KR/icheon", "foreign/CN/jingdezhen", "foreign/NG/makurdi", "foreign/PT/aveiro",
         "organization/philippines-consulate-general-xiamen", "foreign/FR/limoges",
         "foreign/FR/aubagne", "foreign/BE/la-louviere"],
        ["2011-10-19"], [], "declaration", ["23204/exchange-learning"],
    ),
    "7-8": (
        ["prefecture/33", "foreign/CN/shanghai"], [], [], "agreement", ["33/tourism"],
    ),
    "7-26": (
        ["prefecture/11", "organization/vietnam-ministry-of-planning-and-investment"],
        ["2012-08-21"], [], "memorandum", ["11/international-economy"],
    ),
    "7-27": (
        ["municipality/27100", "foreign/VN/ho-chi-minh-city"], ["2011-07-07"], [], "memorandum",
        ["27100/international-exchange", "27100/environmental-measures",
         "27100/water-environment"],
    ),
    "7-32": (
        ["municipality/40130", "foreign/BE/zeebrugge"], ["1999-08-03"], [], "joint-declaration",
        ["40130/port-promotion"],
    ),
    "7-34": (
        ["prefecture/26", "municipality/26202", "foreign/KR/pohang"], ["2011-07-26"], [],
        "agreement", ["26/overseas-economy", "26202/port-international-exchange"],
    ),
    "7-39": (
        ["prefecture/01", "foreign/RU/khabarovsk-krai", "foreign/RU/primorye",
         "foreign/RU/sakhalin"], ["1992-09-03", "1993-09-03"], ["2008-02-18"], "programme",
        ["01/international-economy-russia"],
    ),
    "8-15": (
        ["municipality/28100", "foreign/VN/kien-giang"], ["2011-07-08"], [], "memorandum",
        ["28100/sewerage-rivers-planning", "28100/waterworks-planning"],
    ),
    "8-22": (
        ["prefecture/18", "organization/bhutan-centre-for-studies"], ["2012-03-16"], [],
        "memorandum", ["18/policy-promotion"],
    ),
    "8-25": (
        ["prefecture/40", "prefecture/41", "prefecture/42", "prefecture/35", "foreign/KR/busan",
         "foreign/KR/jeollanam", "foreign/KR/gyeongsangnam", "foreign/KR/jeju"], ["1992"], [],
        "standing-body", ["40/international-exchange-1"],
    ),
    "9-8": (
        ["municipality/46208", "foreign/KR/suncheon"], ["2009-09-28"], [], "agreement",
        ["46208/planning-policy"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("key", HARD)
def test_sheet_is_understood_in_full(key: str, agreements: dict[str, Agreement]) -> None:
    found = agreements[key]
    departments = [text.removeprefix("department/") for text in _short(found.departments)]
    dates = [list(map(str, when)) for when in (found.signed_on, found.renewed_on)]
    assert (_short(found.parties), *dates, found.instrument, departments) == HARD[key]


def test_period_of_validity_is_the_end_of_the_printed_year(
    agreements: dict[str, Agreement],
) -> None:
    limited = {key: str(a.valid_until) for key, a in agreements.items() if a.valid_until}
    assert limited == {"5-9": "2012-12-31"}


def test_each_day_on_which_a_party_signed_is_given(
    agreements: dict[str, Agreement],
) -> None:
    found = agreements["7-36"]
    assert _short(found.parties)[1:] == [
        f"foreign/CN/{p}" for p in ("heilongjiang", "jilin", "liaoning")
    ]
    assert list(map(str, found.signed_on)) == ["1989-11-11", "1989-11-13", "1989-11-15"]
    assert found.note and all(day in found.note[0] for day in ("11日", "13日", "15日"))


def test_only_one_sheet_has_no_date(agreements: dict[str, Agreement]) -> None:
    assert [key for key, a in agreements.items() if not a.signed_on] == ["7-8"]


def test_repeats_become_one_agreement_in_several_fields(agreements: dict[str, Agreement]) -> None:
    repeated = {
        key: [source.key for source in a.sources[1:]]
        for key, a in agreements.items()
        if len(a.sources) > 1
    }
    assert repeated == {
        "1-1": ["2-11"], "1-2": ["2-12"], "1-3": ["5-1"], "1-14": ["2-3"], "1-21": ["8-21"],
        "1-22": ["2-21"], "2-2": ["8-9"], "2-6": ["8-13"], "2-7": ["7-20"], "2-23": ["7-37"],
        "2-25": ["3-7"], "3-3": ["8-11"], "6-2": ["9-2"], "6-5": ["8-6"], "6-7": ["9-5"],
        "6-8": ["9-6"], "6-10": ["9-12"], "6-14": ["8-16"], "6-19": ["9-13"], "7-1": ["8-3"],
        "7-10": ["9-4"], "7-19": ["9-7"], "7-27": ["8-18"], "8-5": ["9-1"], "8-19": ["9-14"],
        "8-20": ["9-9"],
    }  # fmt: skip
    for key, others in repeated.items():
        fields = [FIELDS[int(k.partition("-")[0]) - 1] for k in (key, *others)]
        assert list(agreements[key].fields[: len(fields)]) == fields


def test_similar_agreements_stay_apart(agreements: dict[str, Agreement]) -> None:
    for pair in (("8-1", "8-2"), ("3-5", "3-6"), ("6-3", "6-4"), ("6-4", "8-4"), ("6-5", "8-5"),
                 ("1-3", "5-2"), ("7-10", "9-3"), ("8-25", "9-16"), ("7-8", "7-9"),
                 ("1-25", "1-26")):  # fmt: skip
        assert all(key in agreements for key in pair)


def test_kinds_of_exchange_are_those_the_sheet_states(agreements: dict[str, Agreement]) -> None:
    kinds = {key: set(a.fields) - set(FIELDS) for key, a in agreements.items()}
    assert kinds["1-2"] == {"education-pupils-students", "education-homestay"}
    assert kinds["2-8"] == {"education-homestay", "culture-artists", "culture-events"}
    assert kinds["1-3"] == {
        "education-pupils-students", "education-works-exchange", "education-teachers",
        "economy-agriculture-experts",
    }  # fmt: skip
    assert kinds["5-4"] == {"economy-agriculture-experts"}
    assert kinds["7-36"] == {
        "economy-commerce-fairs", "economy-commerce-experts", "economy-commerce-bodies",
    }  # fmt: skip
    assert kinds["8-14"] == {"administration-staff"}
    # A plan, a hope, or a programme of another agreement is none.
    assert not kinds["2-6"] and not kinds["2-20"] and not kinds["9-8"] and not kinds["8-5"]
    assert kinds["8-10"] == kinds["8-12"] == {"administration-staff"}
    homestay = [key for key, found in kinds.items() if "education-homestay" in found]
    assert homestay == [
        "1-2", "1-7", "1-13", "1-15", "1-16", "1-17", "1-18", "2-5", "2-8", "2-23",
    ]  # fmt: skip


def test_every_code_is_one_of_the_schemes(agreements: dict[str, Agreement]) -> None:
    codes = Graph().parse(ROOT / "ontology" / "codes.ttl")
    for a in agreements.values():
        for scheme, code in (("instrument", a.instrument), *(("field", f) for f in a.fields)):
            iri = URIRef(f"https://w3id.org/enishi/id/code/{scheme}/{code}")
            assert (iri, SKOS.notation, None) in codes, iri


def test_the_survey_s_own_kinds_are_the_concepts_of_the_scheme(document: Document) -> None:
    codes = Graph().parse(ROOT / "ontology" / "codes.ttl")
    labels = {str(label) for label in codes.objects(None, SKOS.prefLabel)}
    labels |= {str(label) for label in codes.objects(None, SKOS.altLabel)}
    for row in document.rows("fields"):
        kinds = set(row.take("kinds").split("|")) - {"その他"}
        assert kinds <= labels, kinds - labels


EXPECTED = """
contents-vs-sheet-1-10-japan contents-vs-sheet-1-11-foreign contents-vs-sheet-1-13-foreign
contents-vs-sheet-1-26-foreign contents-vs-sheet-1-8-title contents-vs-sheet-1-9-foreign
contents-vs-sheet-6-18-title contents-vs-sheet-7-27-title contents-vs-sheet-8-20-japan
contents-vs-sheet-9-9-japan date-vs-text-1-17-1 date-vs-text-2-18-1 date-vs-text-2-8-1
date-vs-text-5-2-1 date-vs-text-7-39-1 date-vs-text-8-10-1 era-western-year-2-1
era-western-year-2-10 era-western-year-2-20 era-western-year-7-22 heading-3 name-mismatch-2-18
name-mismatch-figure-VN order-1-2-1-3 party-vs-text-2-5-1 party-vs-text-3-5-1 party-vs-text-6-12-1
party-vs-text-6-22-1 party-vs-text-8-25-1 party-vs-text-9-16-1 printed-total-country-AU
printed-total-country-CA printed-total-country-others printed-total-country-total
printed-total-field-administration printed-total-field-other printed-total-field-total
repeat-mark-9-14 repeat-mark-9-9 repeat-vs-first-9-14-title shared-text-2-1-5-2-10
""".split()


def test_every_contradiction_known_by_hand_is_found_and_no_other(
    discrepancies: dict[str, Discrepancy],
) -> None:
    assert sorted(discrepancies) == EXPECTED


def test_discrepancies_name_both_readings_and_every_place(
    discrepancies: dict[str, Discrepancy],
) -> None:
    found = discrepancies["contents-vs-sheet-1-10-japan"]
    assert found.readings == ("栃木県小山市", "栃木県鹿沼市")
    assert [(s.key, s.first_line) for s in found.sources] == [("contents-1-10", 105), ("1-10", 696)]
    assert [s.key for s in discrepancies["order-1-2-1-3"].sources] == [
        "contents-1-2", "contents-1-3", "1-2", "1-3",
    ]  # fmt: skip
    assert [s.key for s in discrepancies["repeat-mark-9-9"].sources] == [
        "contents-9-9", "9-9", "8-20",
    ]  # fmt: skip
    assert [s.first_line for s in discrepancies["heading-3"].sources] == [35, 55, 71]
    assert all(len(d.readings) >= 2 for d in discrepancies.values())


def test_recount_of_the_sheets_against_the_printed_table(
    discrepancies: dict[str, Discrepancy],
) -> None:
    assert discrepancies["printed-total-field-total"].readings == (
        "1対1の提携 152(23)、複数の自治体との提携 23(2)、合計 175(25)",
        "1対1の提携 153(24)、複数の自治体との提携 22(2)、合計 175(26)",
    )
    assert discrepancies["printed-total-country-CA"].readings == (
        "文化 1、合計 5(2)", "文化 0、合計 4(2)",
    )  # fmt: skip


def test_figures_of_both_tables_are_observations(things: list[Thing]) -> None:
    found = {t.key: t for t in things if isinstance(t, Observation)}
    one = found["one-to-one-culture"]
    assert one.measures == {"agreementCount": 22, "repeatedCount": 4}
    assert one.dimensions == {"field": "culture", "partyScope": "one-to-one"}
    assert found["CN-other"].measures == {"agreementCount": 6, "repeatedCount": 5}
    assert found["FR-sports"].dimensions["country"].value.endswith("/id/country/FR")
    assert not any(key.startswith(("others-", "total-")) for key in found)
    assert "many-sided-medical" not in found and len(found) == 68


def test_a_date_of_two_years_is_found_by_rule(sheets: list[Sheet]) -> None:
    sheet = _sheet(sheets, "1-1")
    assert not list(checks.check_era_years(sheet))
    wrong = PrintedDate("", PartialDate(2004, 12, 24), PartialDate(2005, 12, 24))
    changed = replace(sheet, dates=replace(sheet.dates, signed=(wrong,)))
    (found,) = checks.check_era_years(changed)
    assert found.readings == ("2004-12-24", "2005-12-24")


def test_a_date_after_the_survey_is_found_by_rule(document: Document, sheets: list[Sheet]) -> None:
    late = PrintedDate("", PartialDate(2012, 9, 1), PartialDate(2012, 9, 1))
    sheet = _sheet(sheets, "1-1")
    changed = replace(sheet, dates=replace(sheet.dates, signed=(late,)))
    assert document.as_of == datetime.date(2012, 8, 31)
    assert list(checks.check_survey_date(document, changed))
    assert not any(list(checks.check_survey_date(document, sheet)) for sheet in sheets)


def test_a_date_in_the_text_that_agrees_is_no_discrepancy(
    document: Document, sheets: list[Sheet]
) -> None:
    told = read_told(document)
    entry = next(t for t in told if t.key == "7-39-1")
    agreeing = replace(entry, date=PartialDate(1992, 9))
    assert list(checks.check_told(sheets, [entry]))
    assert not list(checks.check_told(sheets, [agreeing]))
    entry = next(t for t in told if t.key == "5-2-1")
    assert list(checks.check_told(sheets, [entry]))
    assert not list(checks.check_told(sheets, [replace(entry, date=PartialDate(2004))]))


def test_parties_the_text_tells_of_are_compared_with_the_cells(
    document: Document, sheets: list[Sheet], discrepancies: dict[str, Discrepancy]
) -> None:
    assert discrepancies["party-vs-text-9-16-1"].readings == (
        "長崎県", "福岡県、佐賀県、長崎県、山口県",
    )  # fmt: skip
    assert [s.first_line for s in discrepancies["party-vs-text-2-5-1"].sources] == [1418, 1432]
    joined = next(t for t in read_prose(document).parties if t.key == "8-25-1")
    assert joined.year == 1999 and list(checks.check_parties_told(sheets, [joined]))
    early = replace(joined, printed="平成4年から山口県が参加")
    assert not list(checks.check_parties_told(sheets, [early]))


def test_a_text_printed_in_the_sheet_of_another_town_is_found_once(
    discrepancies: dict[str, Discrepancy],
) -> None:
    (found,) = [d for d in discrepancies.values() if d.rule == "shared-text"]
    assert [s.first_line for s in found.sources] == [1301, 1640, 1280, 1608]
    assert "北海道東川町" in found.readings[0] and "北海道札幌市" in found.readings[1]


def test_the_instrument_is_that_of_the_prose_where_the_title_names_none(
    agreements: dict[str, Agreement],
) -> None:
    told = {"2-17", "3-5", "6-23", "7-17", "7-24", "8-24"}
    assert {key: agreements[key].instrument for key in told} == {
        "2-17": "memorandum", "3-5": "confirmation", "6-23": "agreement", "7-17": "covenant",
        "7-24": "covenant", "8-24": "letter-of-agreement",
    }  # fmt: skip
    # 7-31 bears the same title; its prose names no instrument.
    assert agreements["7-31"].instrument == "partnership"


def test_the_sheets_of_one_agreement_are_compared(sheets: list[Sheet]) -> None:
    first, again = _sheet(sheets, "8-19"), _sheet(sheets, "9-14")
    (found,) = checks.check_repeated_cells([[first, again]])
    assert found.key == "repeat-vs-first-9-14-title"
    assert found.readings[0] == "東京都とロンドンの政策提携に係る協定書"
    assert [s.first_line for s in found.sources] == [5669, 6385]
    other = replace(first, key="9-99", departments=(), pages=())
    keys = [d.key for d in checks.check_repeated_cells([[first, other]])]
    assert keys == ["repeat-vs-first-9-99-department", "repeat-vs-first-9-99-page"]


def test_a_wrong_mark_of_repetition_is_found_by_rule(
    sheets: list[Sheet], contents: list[ContentsLine]
) -> None:
    first = _sheet(sheets, "1-1")
    marked = replace(first, printed=replace(first.printed, repeat_mark=REPEATED))
    (found,) = checks.check_repeats([[marked]], contents)
    assert found.key == "repeat-mark-1-1" and found.readings[1] == "初出"
    assert not list(checks.check_repeats([[first]], contents))


def test_pages_out_of_order_and_likely_repeats_are_found_by_rule(
    sheets: list[Sheet], contents: list[ContentsLine]
) -> None:
    assert not list(checks.check_pages(contents))
    (found,) = checks.check_pages(contents[1::-1])
    assert found.key == "order-page-1-1"
    groups = one_agreement(sheets)
    assert not list(checks.check_likely_repeats(groups))
    late = replace(groups[0][0], key="9-99", date_printed="another")
    assert list(checks.check_likely_repeats([groups[0], [late]]))


def test_variants_of_spelling_are_no_discrepancy(
    sheets: list[Sheet], contents: list[ContentsLine]
) -> None:
    lines = [line for line in contents if line.key in ("2-12", "6-1", "8-17", "9-8", "9-14")]
    assert len(lines) == 5 and not list(checks.check_contents(sheets, lines))
    assert title_core("東京都とロンドンの政策") == title_core("東京都とロンドン市の政策")
    assert title_core("集团有限公司") == title_core("集団有限公司")


def test_sums_ranks_and_figures_are_checked(statistics: Statistics) -> None:
    rows = statistics.by_field
    assert not list(counts.check_sums("field", rows))
    wrong = replace(rows[0], counts=(Count(25, 0), *rows[0].counts[1:]))
    keys = [d.key for d in counts.check_sums("field", [wrong, *rows[1:]])]
    assert keys == ["printed-total-field-one-to-one-sum", "printed-total-field-column-education"]
    tables = replace(statistics, by_field=[wrong, *rows[1:]])
    assert list(counts.check_tables_agree(tables))
    assert not list(counts.check_tables_agree(statistics))
    assert not list(counts.check_ranks(statistics.by_country))
    moved = [replace(statistics.by_country[0], rank=2), *statistics.by_country[1:]]
    assert [d.key for d in counts.check_ranks(moved)] == ["order-rank-CN"]
    figures = [replace(f, count=f.count + 1) for f in statistics.figures]
    found = [d.key for d in counts.check_figures(replace(statistics, figures=figures))]
    assert len([key for key in found if key.startswith("text-vs-table-")]) == 12


def test_a_date_of_unknown_form_is_an_error(document: Document, names: Names) -> None:
    cells = Cells(document, names)
    assert (
        str(cells.dates(_row(date="平成 1 1 （ 1 9 9 9 ） 年 8 月")).signed[0].by_era) == "1999-08"
    )
    with pytest.raises(MappingError, match=r"rules/date_forms\.csv"):
        cells.dates(_row(date="平成11（1999）年8月ごろ"))
    with pytest.raises(MappingError, match="dates that exist"):
        cells.dates(_row(date="平成11（1999）年2月30日"))


def test_a_party_or_department_nobody_knows_is_an_error(document: Document, names: Names) -> None:
    cells = Cells(document, names)
    with pytest.raises(MappingError, match="parties of the registers"):
        cells.sides(_row(japan="青森県三戸市", foreign="中華人民共和国大連市"), None)
    with pytest.raises(MappingError, match="parties of the registers"):
        cells.sides(
            _row(japan="千葉県四街道市", foreign="アメリカ合衆国アリゾナ州リバモア市"), None
        )
    aomori = cells.japanese("青森県青森市", None)
    with pytest.raises(MappingError, match="registered departments"):
        cells.departments(_row(department="知らない課"), aomori)


def test_a_title_that_names_no_instrument_is_an_error(document: Document) -> None:
    with pytest.raises(MappingError, match="expected one that names the instrument"):
        Rules(document).instrument("無題")


def test_every_rule_is_used(document: Document, sheets: list[Sheet]) -> None:
    titles = "、".join(sheet.printed.title for sheet in sheets)
    for row in read_table(FOLDER / "rules" / "instruments.csv"):
        assert row["contains"] in titles, row
    cells = fold("、".join(row["department"] for row in read_table(FOLDER / "sheets.csv")))
    for row in read_table(FOLDER / "rules" / "departments.csv"):
        assert fold(row["printed"]) in cells, row
    forms = {_form(sheet.date_printed) for sheet in sheets} - {""}
    assert forms == {row["form"] for row in read_table(FOLDER / "rules" / "date_forms.csv")}
    printed = {code for sheet in sheets for code in sheet.sub_kinds}
    assert printed == set(document.settings["sub_kinds"])


def test_corrected_print_is_what_is_meant(document: Document) -> None:
    assert {c.key for c in document.corrections} == {
        "fields-3-kinds", "figures-VN-label", "contents-2-17-foreign", "sheets-2-17-foreign",
        "contents-9-16-foreign", "sheets-9-16-foreign", "sheets-6-13-foreign",
        "contents-3-8-japan", "contents-3-8-foreign", "sheets-7-21-url",
        "contents-6-23-foreign", "sheets-6-23-foreign", "sheets-9-8-foreign",
    }  # fmt: skip


def test_web_addresses_are_ascii(agreements: dict[str, Agreement]) -> None:
    pages = [page for a in agreements.values() for page in a.pages]
    assert len(pages) > 60
    assert all(re.fullmatch(r"https?://[!-~]+", page) for page in pages)
    assert agreements["7-21"].pages == ("http://cafe.city.fukuoka.lg.jp",)


def test_a_correction_names_the_line_that_decides(document: Document) -> None:
    lines = {c.key: c.lines for c in document.corrections if c.row == "2-17"}
    assert set(lines.values()) == {"1866"}


def test_tables_hold_no_prose() -> None:
    for name in ("sheets", "contents", "shared_texts", *TOLD):
        for row in read_table(FOLDER / f"{name}.csv"):
            assert "。" not in "".join(row.values()), row


SHEET = """① 教育交流

1. 友好提携

(1) 自治体名

日本の自治体\t愛知県豊橋市
海外の自治体\t大韓民国

(2) 提携年月日

平成4（1992）年

(3) 提携に至った経緯

(4) 提携後の取組内容

(5) 取組による成果・課題等

(6) 取組を紹介しているホームページのURL

(7) 問い合わせ先（担当課）

担当部署名\t国際課\t\t
"""
SETTINGS: dict[str, Any] = {
    "figures": [], "sub_kinds": {}, "sub_kinds_not": {}, **{name: {} for name in TOLD},
}  # fmt: skip
START = "4 調査結果（）\n\n①教育交流\n\n1. 大韓民国－愛知県豊橋市 「友好提携」\t14\n\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("(2) 提携年月日", "(4) 提携後の取組内容", "found section 4 of the sheet of line"),
        ("\n(7) 問い合わせ先（担当課）\n", "", "found a sheet of 6 sections, expected 7"),
        ("1. 友好提携", "友好提携", "expected the number and title of a sheet"),
        ("海外の自治体\t", "海外\t", "found 0 lines '海外の自治体'"),
        ("4 調査結果（）", "", "found 0 lines like 4 調査結果"),
        ("\t14\n", "\n", "expected an entry with number and page"),
        ("－愛知県豊橋市", "愛知県豊橋市", "expected two sides, a title"),
        ("(1) 自治体名", "", "found no sheet"),
    ],
)
def test_reader_rejects_what_is_not_its_layout(old: str, new: str, message: str) -> None:
    text = (START + SHEET).replace(old, new, 1)
    settings = SETTINGS
    assert text != START + SHEET
    with pytest.raises(ReadError, match=re.escape(message)):
        read(Lines(PREFACE + text, "survey.txt"), settings)


FIELD_NAMES = "①教育 ②文化 ③姉妹都市 ④医療 経済 ⑧行政 ⑨その他 合計".split()
PREFACE = "".join(f"{chr(0x2460 + n)}分野{n}\t内訳、その他\n" for n in range(9)) + 2 * (
    "\t" + "\t".join(FIELD_NAMES) + "\n\t⑤農業等\t⑥工業等\t⑦商業等\n"
)


@pytest.mark.parametrize("name", [*TOLD, "sub_kinds_not"])
def test_settings_name_sheets_and_words_that_exist(name: str) -> None:
    settings = SETTINGS
    text = PREFACE + START + SHEET
    assert read(Lines(text, "survey.txt"), settings)["sheets"][0]["page"] == "14"
    with pytest.raises(ReadError, match="has the sheet 1-2, expected sheets that exist"):
        read(Lines(text, "survey.txt"), settings | {name: {"1-2": []}})
    told = {"1-1": [{"says": "signed", "printed": "平成5年"}]}
    with pytest.raises(ReadError, match="found no '平成5年' in its title"):
        read(Lines(text, "survey.txt"), settings | {"dates_in_text": told})
    figure = {"key": "a", "label": "全体で", "printed": "7"}
    with pytest.raises(ReadError, match="in 0 lines of the preface"):
        read(Lines(text, "survey.txt"), settings | {"figures": [figure]})


def test_long_texts_that_sheets_of_two_towns_share_are_found() -> None:
    shared = "両市の市民が互いに訪れて友好を深めることができた。"
    one = SHEET.replace("成果・課題等\n", f"成果・課題等\n\n<p>{shared}</p>\n")
    two = one.replace("① 教育交流\n\n1.", "2.").replace("豊橋市", "岡崎市")
    start = START.replace("\t14\n", "\t14\n2. 大韓民国－愛知県岡崎市 「友好提携」\t15\n")
    tables = read(Lines(PREFACE + start + one + "\n" + two, "survey.txt"), SETTINGS)
    assert [(r["key"], r["same_as"]) for r in tables["shared_texts"]] == [
        ("1-1-5", "1-2"), ("1-2-5", "1-1"),
    ]  # fmt: skip
    two = two.replace("岡崎市", "豊橋市")
    tables = read(Lines(PREFACE + start + one + "\n" + two, "survey.txt"), SETTINGS)
    assert not tables["shared_texts"]


def test_line_of_the_contents_does_not_stand_on_the_page_it_points_to(built):
    contents = {q.subject for q in built.statements if "/clair-2012/contents-" in str(q.subject)}
    assert len(contents) > 10
    paged = {quad.subject for quad in built.statements if quad.predicate == ENISHI.page}
    assert not contents & paged
