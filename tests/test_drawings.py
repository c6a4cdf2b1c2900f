"""Answers with coordinates are maps, answers with numbers bars; nothing is drawn that is not so."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from server import create_app
from server.drawings import chart_of, map_of
from server.evaluation import Cell, Table
from server.examples import FOLDER, read_example
from server.release import open_release


@pytest.fixture(scope="module")
def client(release: Path) -> FlaskClient:
    return create_app({"STORE": open_release(release)}).test_client()


def table(columns: str, *rows: tuple[object, ...]) -> Table:
    made = tuple(tuple(cell(value) for value in row) for row in rows)
    return Table(tuple(columns.split()), made, len(made))


def cell(value: object) -> Cell:
    if value is None:
        return Cell("none", "")
    if isinstance(value, (int, float)):
        return Cell("literal", str(value), "decimal")
    text = str(value)
    if text.startswith("https://"):
        return Cell("iri", text)
    return Cell("literal", text, "wktLiteral" if text.startswith("POINT") else "ja")


def test_rows_with_latitude_and_longitude_are_a_map():
    found = map_of(table("name lat long", ("札幌市", 43.06, 141.35), ("那覇市", 26.21, 127.68)))
    assert found is not None and found.outline == "japan"
    sapporo, naha = found.marks
    assert (sapporo.label, naha.label) == ("札幌市", "那覇市")
    # North is up, east is to the right.
    assert sapporo.y < naha.y and sapporo.x > naha.x
    assert all(0 < mark.x < found.land.width for mark in found.marks)


def test_points_as_well_known_text_are_a_map_of_the_world():
    rows = [("https://x/dalian", "POINT(121.6 38.9)"), ("https://x/paris", "POINT(2.35 48.86)")]
    found = map_of(table("place wkt", *rows))
    assert found is not None and found.outline == "world"
    assert [mark.label for mark in found.marks] == ["dalian", "paris"]


@pytest.mark.parametrize(
    "rows",
    [
        [("札幌市", 43.06, 141.35)],
        [("a", 43.06, None), ("b", None, 141.35)],
        [("a", 143.06, 141.35), ("b", 43.0, 541.35)],
        [("a", "POINT(x y)", 1), ("b", "POINT(1)", 2)],
    ],
)
def test_what_has_fewer_than_two_places_is_no_map(rows):
    assert map_of(table("name lat long", *rows)) is None


def test_rows_with_a_number_are_bars():
    found = chart_of(table("name count", ("甲", 4), ("乙", 1), ("丙", 0)))
    assert found is not None and found.column == "count"
    assert [(bar.label, bar.value, bar.share) for bar in found.bars] == [
        ("甲", "4", 1.0), ("乙", "1", 0.25), ("丙", "0", 0.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ("name count", [("a", 1)]),
        ("name count", [("a", 1), ("b", None)]),
        ("name count", [("a", -1), ("b", 2)]),
        ("name count", [("a", 0), ("b", 0)]),
        ("x y", [(1, 2), (3, 4)]),
        ("name lat", [("a", 43.0), ("b", 42.0)]),
    ],
)
def test_what_cannot_be_compared_by_length_is_no_chart(columns, rows):
    assert chart_of(table(columns, *rows)) is None


def test_many_rows_are_the_first_forty_bars():
    rows = [(f"row {number}", number + 1) for number in range(100)]
    found = chart_of(table("name count", *rows))
    assert found is not None and (len(found.bars), found.left_out) == (40, 60)


def answer(client: FlaskClient, name: str) -> str:
    query = read_example(FOLDER / f"{name}.rq").text
    return client.get("/sparql", query_string={"query": query, "format": "html"}).text


def test_example_queries_are_drawn(client):
    assert "<summary>グラフ: " in answer(client, "agreements-by-country")
    drawn = [path.stem for path in FOLDER.glob("*.rq") if "<circle " in answer(client, path.stem)]
    assert drawn


def test_labels_in_drawings_are_escaped(client):
    query = 'SELECT ?l ?n { VALUES (?l ?n) { ("<script>" 1) ("b" 2) } }'
    page = client.get("/sparql", query_string={"query": query, "format": "html"}).text
    assert 'class="chart"' in page and "<script>" not in page.split("<figure", 1)[1]
