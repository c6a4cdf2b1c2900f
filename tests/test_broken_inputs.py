"""A broken table, register or document.toml stops the build with one sentence that says where."""

import re
import shutil
from pathlib import Path

import pytest

from mappings import build as build_module
from mappings.build import build_graph
from mappings.document import DATA
from mappings.errors import EnishiError
from mappings.statements import Statements

BUNKYO = "documents/bunkyo_exchange_2022/"
MUNICIPALITIES = "registers/municipalities.csv"
OTARU = "012033,小樽市,おたるし,Otaru City,city,01,"


@pytest.fixture
def data(tmp_path) -> Path:
    """A copy of the committed data, to be broken."""
    return shutil.copytree(DATA, tmp_path / "data")


REPLACED = [
    ("activities.csv", "department", "section", "found no column 'department'"),
    ("activities.csv", "first_line", "line", "row 1: found no column 'first_line'"),
    ("activities.csv", "key,", "id,", "row 2: found the key ''"),
    ("activities.csv", "1,6,6,1", "1,x,6,1", "row 1, column first_line: found 'x'"),
    ("activities.csv", "1,6,6,1", "1,0,6,1", "column first_line: found '0'"),
    ("activities.csv", "1,6,6,1", "1,6,5,1", "column last_line: found '5', expected a line not"),
    ("activities.csv", "1,6,6,1", "1,6,6,p", "column page: found 'p'"),
    ("activities.csv", "\n2,7,7", "\n1,7,7", "row 3: found the key '1'"),
    ("activities.csv", "R5.1.27~1.28", "R5.1.27~1.32", "column period: found 'R5.1.27~1.32'"),
    ("activities.csv", "page,side", "page,page", "expected each of them once"),
    ("activities.csv", "4,9,9,1,", '4,9,9,1,"', "expected cells in which every quotation mark"),
    ("partners.csv", "岩手県盛岡市", "岩手県森岡市", "column name: found '岩手県森岡市'"),
    ("partners.csv", "岩手県盛岡市", "府中市", "which 2 entities share"),
    ("translations.csv", "Cherry-tomato planting project", "", "row 5: found .* with its English"),
    ("corrections.csv", "partners,3", "partner,3", "column table: found 'partner'"),
    ("document.toml", "layout", "layout layout", "line 8.*expected a TOML file"),
    ("document.toml", "layout", "lay", "found the keys .*lay"),
    ("document.toml", "as_of = 2023-03-31", 'as_of = "2023"', "as_of: found '2023'"),
    ("document.toml", "en = ", "eng = ", "title: found .* a text for ja and for en"),
    ("document.toml", "municipality/13105", "municipality/13104", "expected .*/13105, which its"),
    ("document.toml", 'iri = "https://w3id.org', 'iri = "https://w4id.org', "publisher.iri: found"),
    ("document.toml", "layout =", 'mapping = "a.b"\nlayout =', "no mappings/documents/a.b.py"),
    ("document.toml", "activities = 88", 'activities = "88"', "activities: found '88'"),
    ("document.toml", "activities = 88", "activities = 87", "found 88 activities, expected 87"),
]


@pytest.mark.parametrize(("name", "old", "new", "sentence"), REPLACED)
def test_broken_cell_of_a_document_says_where_it_is(data, name, old, new, sentence):
    check(data, BUNKYO + name, old, new, sentence)


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        (MUNICIPALITIES, "kana", "yomi", "row 1: found the columns"),
        (MUNICIPALITIES, "2014-04-05", "2014-04-31", "column valid_to: found '2014-04-31'"),
        (MUNICIPALITIES, "41.768712", "141.768712", "row 3, column lat: found '141.768712'"),
        (MUNICIPALITIES, OTARU, OTARU.replace("city", "citty"), "column type: found 'citty'"),
        (MUNICIPALITIES, OTARU, OTARU.replace("01,", "1,"), "column prefecture: found '1'"),
        (MUNICIPALITIES, "おたるし", "otaru", "column kana: found 'otaru', expected hiragana"),
        (MUNICIPALITIES, "012033", "012034", "found the local-government code '012034', expected"),
        ("registers/foreign_governments.csv", "AU/brisbane", "AUbrisbane", "found 'AUbrisbane'"),
        ("registers/municipality_changes.csv", "city-founding", "x", "row 2, column kind"),
        ("registers/companies.csv", "1010001174683", "1010001174684", "corporate number 1010001"),
        ("registers/companies.csv", "The 77 Bank", "", "row 2, column name_en: found ''"),
        ("registers/companies.csv", "77-bank", "七十七", "column slug: found '七十七'"),
        ("registers/countries.csv", "Q228", "228", "column wikidata: found '228'"),
    ],
)
def test_broken_cell_of_a_register_says_where_it_is(data, name, old, new, sentence):
    check(data, name, old, new, sentence)


def check(data: Path, name: str, old: str, new: str, sentence: str) -> None:
    path = data / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(EnishiError) as error:
        build_graph(data)
    assert re.search(sentence, str(error.value)), error.value
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name", [BUNKYO + "activities.csv", BUNKYO + "partners.csv", "registers/prefectures.csv"]
)
def test_table_without_rows_is_an_error(data, name):
    path = data / name
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    with pytest.raises(EnishiError, match=rf"{path.name}: found a header row only"):
        build_graph(data)


@pytest.mark.parametrize("name", ["activities.csv", "document.toml"])
def test_byte_that_is_no_utf8_is_told_with_its_line(data, name):
    path = data / BUNKYO / name
    lines = path.read_bytes().count(b"\n")
    path.write_bytes(path.read_bytes() + b"# \xe9\n")
    with pytest.raises(EnishiError, match=rf"line {lines + 1}: found the byte 0xe9"):
        build_graph(data)


def test_folder_in_the_place_of_a_table_is_an_error(data):
    path = data / BUNKYO / "activities.csv"
    path.unlink()
    path.mkdir()
    with pytest.raises(EnishiError, match=r"activities\.csv: found Is a directory"):
        build_graph(data)


def test_document_without_a_mapping_is_an_error(data):
    (data / BUNKYO).rename(data / "documents" / "bunkyo_exchange_1999")
    with pytest.raises(EnishiError, match=r"no mappings/documents/bunkyo_exchange_1999\.py"):
        build_graph(data)


def test_mark_of_byte_order_and_line_ends_of_windows_change_nothing(data, built):
    for path in data.rglob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert list(build_graph(data).statements.lines()) == list(built.statements.lines())


def test_rule_without_a_code_stops_the_build(data):
    old, new = "garbled-text", "garbled-sound"
    check(data, BUNKYO + "corrections.csv", old, new, "code/rule/garbled-sound>?, about which")


def test_title_nobody_uses_any_more_stops_the_build(data):
    path = data / BUNKYO / "translations.csv"
    path.write_text(path.read_text(encoding="utf-8") + "昔の題,An old title\n", encoding="utf-8")
    with pytest.raises(EnishiError, match="found a row for '昔の題', which no record uses"):
        build_graph(data)


def test_violation_stops_the_command_and_names_shape_path_and_lines(data, monkeypatch, capsys):
    from mappings.__main__ import main

    quads = {q for q in build_graph(data).statements if "#fiscalYear" not in q.predicate.value}
    broken = build_module.Built(Statements(quads), {}, {})
    monkeypatch.setattr("mappings.__main__.build_graph", lambda _: broken)
    assert main(["check"]) == 1
    said = capsys.readouterr().err
    assert "Violation: Activity-fiscalYear (fiscalYear) in bunkyo_exchange_2022: 88" in said
    assert "id/activity/bunkyo-2022/1 [lines 6-6]" in said
