"""/map: every tie with two places is a line, every line is in the table, nothing else is drawn."""

import re
from html.parser import HTMLParser
from math import hypot
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store

from server import create_app
from server.links import BASE
from server.projection import great_circle, projection
from server.release import open_release
from tests.serving import serving

OUTLINES = Path(__file__).resolve().parent.parent / "server" / "static" / "outlines"
ENISHI = BASE + "ontology#"
BUNKYO = "municipality/13105"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
GEO = "http://www.w3.org/2003/01/geo/wgs84_pos#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
PREFIXES = f"PREFIX enishi: <{ENISHI}> PREFIX geo: <{GEO}>\n"
# What the map says of each tie, asked in another way than the pages ask.
PLACED = """
  ?tie a enishi:Tie ; enishi:between ?a, ?b FILTER(STR(?a) < STR(?b))
  FILTER(EXISTS { ?a geo:lat [] } || EXISTS { ?a enishi:prefecture|enishi:country [ geo:lat [] ] })
  FILTER(EXISTS { ?b geo:lat [] } || EXISTS { ?b enishi:prefecture|enishi:country [ geo:lat [] ] })
  BIND(EXISTS { { ?a enishi:country [] } UNION { ?a a enishi:Country } } AS ?a_abroad)
  BIND(EXISTS { { ?b enishi:country [] } UNION { ?b a enishi:Country } } AS ?b_abroad)
"""
AT_HOME = "FILTER(!?a_abroad && !?b_abroad)"
ABROAD = "FILTER(?a_abroad || ?b_abroad)"
# By d3-geo 3.1.1 from the settings in server/projections.json.
REFERENCE = (
    ("japan", (35.7081, 139.7522), (688.841, 563.317)),
    ("japan", (43.0642, 141.3469), (741.185, 155.059)),
    ("japan", (26.2124, 127.6809), (102.696, 1064.017)),
    ("world", (35.7081, 139.7522), (499.377, 116.535)),
    ("world", (-23.5505, -46.6333), (960.465, 331.477)),
    ("world", (51.5, -0.12), (184.157, 67.442)),
)
# Capes of Japan and of the world: the outlines must reach them.
CAPES = (
    ("japan", (45.52, 141.94)),
    ("japan", (30.99, 130.66)),
    ("japan", (33.43, 135.76)),
    ("world", (-34.83, 20.0)),
    ("world", (1.27, 104.3)),
)
ATTACK = "</title><script>alert(1)</script>\"'&"


class Drawing(HTMLParser):
    """What a page draws and says: dots, lines, rows of the table."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.dots: list[str] = []
        self.places: list[tuple[float, float]] = []
        self.rows = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "data-ends" in values:
            self.lines.append(values["data-ends"])
        if "data-key" in values:
            self.dots.append(values["data-key"])
            x, y = re.findall(r"-?[\d.]+", values["transform"])
            self.places.append((float(x), float(y)))
        if tag == "th" and values.get("scope") == "row":
            self.rows += 1


@pytest.fixture(scope="module")
def client(release: Path) -> FlaskClient:
    return create_app({"STORE": open_release(release)}).test_client()


def drawing(client: FlaskClient, path: str) -> Drawing:
    answer = client.get(path)
    assert answer.status_code == 200
    return Drawing(answer.text)


def pairs(store: Store, where: str) -> set[str]:
    """Return the ends of the ties of a pattern as the page writes them."""
    query = f"{PREFIXES} SELECT DISTINCT ?a ?b {{ {where} }}"
    rows = store.query(query, use_default_graph_as_union=True)
    assert isinstance(rows, QuerySolutions)
    start = len(BASE + "id/")
    return {f"{row['a'].value[start:]} {row['b'].value[start:]}" for row in rows}


@pytest.mark.parametrize(("view", "which"), [("japan", AT_HOME), ("world", ABROAD)])
def test_the_map_has_every_tie_with_two_places(client, store, view, which):
    found = drawing(client, f"/map?view={view}")
    expected = pairs(store, PLACED + which)
    assert len(expected) > 300
    assert set(found.lines) == expected and len(found.lines) == len(expected)
    assert set(found.dots) == {end for line in expected for end in line.split()}
    assert len(found.dots) == len(set(found.dots))
    assert found.rows == len(expected)


def in_field_and_year(field: str, year: str) -> str:
    """Return a pattern for evidence of a field that was signed in a year, at the earliest."""
    return f"""?tie enishi:evidence ?thing . ?thing enishi:field <{field}> ; enishi:signedOn ?day
      FILTER(STRSTARTS(STR(?day), "{year}"))
      FILTER NOT EXISTS {{ ?thing enishi:signedOn ?other FILTER(STR(?other) < STR(?day)) }}"""


def test_a_field_and_a_year_leave_the_ties_with_such_evidence(client, store):
    field = f"{BASE}id/code/field/administration"
    fields = set(pairs(store, f"{PLACED} {ABROAD} ?tie enishi:evidence [ enishi:field <{field}> ]"))
    assert 0 < len(fields) < 419
    assert set(drawing(client, f"/map?view=world&topic={field}").lines) == fields
    (year, in_a_year), *_ = (
        (year, found)
        for year in map(str, range(1985, 2012))
        if (found := pairs(store, PLACED + ABROAD + in_field_and_year(field, year)))
    )
    assert len(in_a_year) < len(fields)
    shown = drawing(client, f"/map?view=world&topic={field}&year={year}").lines
    assert set(shown) == in_a_year


@pytest.mark.parametrize(
    "about",
    [
        "municipality/13105",
        "文京区",
        "Bunkyo Ward",
        " bunkyo　ward",
        f"{BASE}id/municipality/13105",
    ],
)
def test_an_entity_has_a_map_of_its_ties_however_it_is_named(client, store, about):
    bunkyo = f"<{BASE}id/municipality/13105>"
    expected = pairs(store, f"{PLACED} {AT_HOME} FILTER({bunkyo} IN (?a, ?b))")
    page = client.get("/map", query_string={"about": about, "lang": "ja"})
    assert set(Drawing(page.text).lines) == expected and len(expected) > 10
    assert "<h1>文京区の縁の地図</h1>" in page.text


def test_a_name_of_several_asks_which_one(client):
    several = client.get("/map?about=富良野&lang=en").text
    for name in ("Nakafurano Town", "Kamifurano Town", "Minamifurano Town"):
        address = r"/map\?about=municipality%2F\d+&amp;lang=en"
        assert re.search(f'<a href="{address}">{name}</a>', several)
    assert Drawing(several).lines == []


def test_a_name_is_searched_for_by_reading_and_part(client):
    for text in ("ぶんきょうく", "東京都文京区", "131059"):
        html = client.get("/map", query_string={"about": text, "lang": "ja"}).text
        assert "<h1>文京区の縁の地図</h1>" in html


def test_a_name_of_none_says_so_and_offers_names_like_it(client):
    html = client.get("/map?about=Bunkyou Wadr&lang=en").text
    assert "Found no agent with a tie that is called “Bunkyou Wadr”" in html
    assert '<a href="/map?about=municipality%2F13105&amp;lang=en">Bunkyo Ward</a>' in html
    assert Drawing(html).lines == []


def test_a_town_without_ties_is_told_from_one_that_is_not_there(client):
    html = client.get("/map?about=神津島村&lang=ja").text
    assert "神津島村の縁は記録されていません。" in html and Drawing(html).lines == []


def test_what_the_map_cannot_show_is_said(client, store):
    every = len(pairs(store, "?tie a enishi:Tie ; enishi:between ?a, ?b FILTER(STR(?a) < STR(?b))"))
    home, abroad = (len(pairs(store, PLACED + which)) for which in (AT_HOME, ABROAD))
    html = client.get("/map?lang=en").text
    assert f"{home} ties between" in html
    assert f"{abroad} ties abroad are on the map of the world" in html
    assert f"{every - home - abroad} ties with agents whose place is not known" in html


def test_no_dot_lies_on_another_or_outside(client):
    for view in ("japan", "world"):
        land = projection(view)
        places = drawing(client, f"/map?view={view}").places
        assert all(0 < x < land.width and 0 < y < land.height for x, y in places)
        assert len(set(places)) == len(places)


def test_the_page_of_an_entity_has_a_small_map_of_its_ties(client, store):
    bunkyo = f"<{BASE}id/municipality/13105>"
    expected = pairs(store, f"{PLACED} {AT_HOME} FILTER({bunkyo} IN (?a, ?b))")
    found = drawing(client, "/id/municipality/13105")
    assert set(found.lines) == expected
    assert drawing(client, "/id/organization/agency-cultural-affairs").lines == []
    assert client.get("/id/municipality/13105").text.count('<svg class="picture') == 1


@pytest.mark.parametrize(("name", "place", "expected"), REFERENCE)
def test_places_are_where_d3_has_them(name, place, expected):
    assert projection(name).at(place) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("name", "cape"), CAPES)
def test_outlines_are_drawn_by_the_same_settings(name, cape):
    text = (OUTLINES / f"{name}.svg").read_text(encoding="utf-8")
    land = projection(name)
    assert f'viewBox="0 0 {land.width} {land.height}"' in text
    (path,) = re.findall(r'id="land"[^>]* d="([^"]*)"', text)
    points = [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", path)]
    x, y = land.at(cape)
    assert min(hypot(x - other_x, y - other_y) for other_x, other_y in points) < 5


def test_a_great_circle_is_cut_where_the_map_ends():
    world = projection("world")
    over_the_edge = world.line((-8.05, -34.9), (-22.9, -43.2))
    assert len(over_the_edge) == 2
    assert over_the_edge[0][0] == pytest.approx(world.at((-8.05, -34.9)))
    assert over_the_edge[-1][-1] == pytest.approx(world.at((-22.9, -43.2)))
    quito_nairobi = great_circle((0, -78.5), (0, 36.8))
    assert len(quito_nairobi) > 20 and all(abs(latitude) < 1e-9 for latitude, _ in quito_nairobi)


@pytest.mark.parametrize("ends", [((35, 139), (35, 139)), ((10, 20), (-10, -160))])
def test_places_that_are_one_or_opposite_are_joined_too(ends):
    assert great_circle(*ends) == list(ends)


def tied(*labels: str) -> Store:
    """Return a graph of two agents with these labels that are tied."""
    store = Store()
    tie, agents = (
        NamedNode(BASE + "id/tie/1"),
        [NamedNode(f"{BASE}id/municipality/{n}") for n in "12"],
    )
    thing = NamedNode(BASE + "id/agreement/1")
    statements = [
        (tie, TYPE, NamedNode(ENISHI + "Tie")),
        (tie, ENISHI + "evidence", thing),
        (thing, TYPE, NamedNode(ENISHI + "Agreement")),
        (thing, LABEL, Literal(labels[0], language="ja")),
    ]
    for number, (agent, label) in enumerate(zip(agents, labels, strict=True)):
        statements += [
            (tie, ENISHI + "between", agent),
            (agent, TYPE, NamedNode(ENISHI + "City")),
            (agent, LABEL, Literal(label, language="ja")),
            (agent, GEO + "lat", Literal(str(35 + number))),
            (agent, GEO + "long", Literal("139.5")),
        ]
    for subject, predicate, value in statements:
        store.add(Quad(subject, NamedNode(predicate), value, NamedNode(BASE + "graph/test")))
    return store


@pytest.mark.parametrize(
    "path",
    ["/map", "/network", "/path?from=municipality/1&to=municipality/2", "/id/municipality/1"],
)
def test_no_label_and_no_text_of_a_user_is_markup(path):
    client = create_app({"STORE": tied(ATTACK, ATTACK + "2")}).test_client()
    for asked in ({}, {"about": ATTACK, "topic": ATTACK, "year": ATTACK, "view": ATTACK}):
        answer = client.get(path, query_string=None if "?" in path else asked)
        assert answer.status_code == 200 and "alert(1)" in answer.text
        assert "<script>" not in answer.text and 'alert(1)"' not in answer.text


@pytest.mark.parametrize("path", ["/map", "/network", "/path"])
def test_who_has_a_page_gets_304_and_another_language_is_another_page(client, path):
    first = client.get(path, headers={"Accept-Language": "en"})
    tag = {"If-None-Match": first.headers["ETag"]}
    again = client.get(path, headers={"Accept-Language": "en", **tag})
    assert again.status_code == 304 and again.data == b""
    other = client.get(path, headers={"Accept-Language": "ja", **tag})
    assert other.status_code == 200 and 'lang="ja"' in other.text


def test_a_graph_without_ties_has_a_map_without_lines():
    client = create_app({"STORE": Store()}).test_client()
    for path in ("/map", "/map?view=world", "/network", "/path?from=a&to=b"):
        assert drawing(client, path).lines == []


def test_workers_that_open_no_file_draw_every_page(release):
    paths = (
        "/map", "/map?view=world&lang=en", "/map?about=municipality/13105", "/network?least=2",
        "/network?about=municipality/13105", "/path?from=municipality/13105&to=municipality/01100",
        "/id/municipality/13105", "/id/foreign/CN/dalian", "/static/outlines/japan.svg",
    )  # fmt: skip
    with serving(release) as real:
        assert [real.request("GET", path).status for path in paths] == [200] * len(paths)
