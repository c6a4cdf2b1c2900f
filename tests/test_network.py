"""/network and /path: who is tied to whom, near and over others, as networkx has it."""

import re
from itertools import pairwise
from math import dist
from pathlib import Path
from random import Random

import networkx
import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, QuerySolutions, Store

from server import create_app
from server.layout import place
from server.links import BASE
from server.release import open_release
from server.ties import Ties
from tests.test_map import Drawing

ENISHI = BASE + "ontology#"
BUNKYO = "municipality/13105"
BETWEEN = f"""SELECT ?a ?b (COUNT(DISTINCT ?thing) AS ?count) WHERE {{
  ?tie a <{ENISHI}Tie> ; <{ENISHI}between> ?a, ?b ; <{ENISHI}evidence> ?thing
  FILTER(STR(?a) < STR(?b))
}} GROUP BY ?a ?b"""


@pytest.fixture(scope="module")
def client(release: Path) -> FlaskClient:
    return create_app({"STORE": open_release(release)}).test_client()


@pytest.fixture(scope="module")
def ties(client: FlaskClient) -> Ties:
    return client.application.extensions["enishi"].ties


@pytest.fixture(scope="module")
def graph(store: Store) -> networkx.Graph:
    """Every tie of the released graph, its ends as the pages write them, with its evidence."""
    rows = store.query(BETWEEN, use_default_graph_as_union=True)
    assert isinstance(rows, QuerySolutions)
    start, made = len(BASE + "id/"), networkx.Graph()
    for row in rows:
        ends = (row["a"].value[start:], row["b"].value[start:])
        made.add_edge(*ends, count=int(row["count"].value))
    assert made.number_of_edges() > 1000
    return made


def kinds(store: Store, name: str) -> set[str]:
    quads = store.quads_for_pattern(None, None, NamedNode(ENISHI + name))
    return {quad.subject.value.removeprefix(BASE + "id/") for quad in quads}


def drawing(client: FlaskClient, path: str) -> Drawing:
    answer = client.get(path)
    assert answer.status_code == 200
    return Drawing(answer.text)


def lines(edges) -> set[str]:
    return {" ".join(sorted(ends)) for ends in edges}


def test_the_network_has_every_tie_and_so_has_its_table(client, graph):
    found = drawing(client, "/network")
    assert set(found.lines) == lines(graph.edges) and len(found.lines) == graph.number_of_edges()
    assert set(found.dots) == set(graph) and len(found.dots) == len(graph)
    assert found.rows == graph.number_of_edges()


def test_least_evidence_leaves_the_ties_that_have_it(client, graph):
    strong = [(a, b) for a, b, count in graph.edges(data="count") if count >= 5]
    assert 0 < len(strong) < 100
    assert set(drawing(client, "/network?least=5").lines) == lines(strong)


@pytest.mark.parametrize("least", ["", "x", "-1", "²", "0"])
def test_a_least_evidence_that_is_none_leaves_every_tie(client, graph, least):
    found = client.get("/network", query_string={"least": least})
    assert found.status_code == 200 and len(Drawing(found.text).lines) == graph.number_of_edges()


def test_kinds_of_agents_leave_the_ties_between_them(client, graph, store):
    wanted = kinds(store, "Municipality") | kinds(store, "Association")
    expected = lines((a, b) for a, b in graph.edges if a in wanted and b in wanted)
    found = drawing(client, "/network?kind=municipality&kind=association")
    assert 0 < len(expected) < graph.number_of_edges() and set(found.lines) == expected


def test_around_an_agent_are_its_ties_and_those_between_its_partners(client, graph):
    around = networkx.ego_graph(graph, BUNKYO)
    found = drawing(client, f"/network?about={BUNKYO}")
    assert set(found.lines) == lines(around.edges) and set(found.dots) == set(around)


def test_partners_stand_in_a_ring_around_the_agent(client):
    found = drawing(client, f"/network?about={BUNKYO}")
    places = dict(zip(found.dots, found.places, strict=True))
    middle = places.pop(BUNKYO)
    distances = [round(dist(middle, place)) for place in places.values()]
    assert len(set(distances)) == 1 and distances[0] > 100
    assert len(set(places.values())) == len(places)


def test_an_agent_stands_in_the_same_place_whatever_is_shown(client):
    whole, part = drawing(client, "/network"), drawing(client, "/network?least=3")
    places = dict(zip(whole.dots, whole.places, strict=True))
    assert part.dots and part.places == [places[key] for key in part.dots]


def test_places_are_the_same_each_time_and_no_two_agents_share_one(graph):
    numbers = {key: number for number, key in enumerate(sorted(graph))}
    pairs = sorted((numbers[a], numbers[b]) for a, b in graph.edges)
    places = place(pairs)
    assert places == place(pairs)
    assert len(places) == len(set(places)) == len(graph)


def test_parts_that_are_not_tied_stand_apart():
    triangle, chain, star = [(0, 1), (1, 2), (2, 0)], [(3, 4)], [(5, n) for n in range(6, 12)]
    places = place(triangle + chain + star)
    boxes = []
    for part in (range(3), range(3, 5), range(5, 12)):
        xs, ys = zip(*(places[number] for number in part), strict=True)
        boxes.append((min(xs), max(xs), min(ys), max(ys)))
    for number, (left, right, top, bottom) in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert right < other[0] or other[1] < left or bottom < other[2] or other[3] < top


def test_no_ties_have_no_places():
    assert place([]) == []


def keys(ties: Ties, start: str, path) -> list[str]:
    passed = [BASE + "id/" + start]
    for tie in path:
        passed.append(tie.other(passed[-1]))
    return [ties.agents[iri].key for iri in passed]


def test_paths_are_the_shortest_ones_all_of_them(ties, graph):
    everyone = sorted(graph)
    chosen = Random(7)
    apart = joined = 0
    for _ in range(300):
        start, end = chosen.sample(everyone, 2)
        found = [
            keys(ties, start, path)
            for path in ties.paths(BASE + "id/" + start, BASE + "id/" + end, 1000)
        ]
        if networkx.has_path(graph, start, end):
            joined += 1
            expected = list(networkx.all_shortest_paths(graph, start, end))
            assert sorted(found) == sorted(expected)
        else:
            apart += 1
            assert found == []
    assert apart > 50 and joined > 50


def test_of_several_paths_the_first_follows_the_tie_with_most_evidence(ties):
    start, end = (BASE + "id/association/special-wards", BASE + "id/municipality/01452")
    counts = [path[0].count for path in ties.paths(start, end, 100)]
    assert counts and counts == sorted(counts, reverse=True)


def test_most_paths_is_the_most(ties):
    start, end = (BASE + "id/municipality/13105", BASE + "id/foreign/CN/dalian")
    assert len(ties.paths(start, end, 1)) == 1


def test_each_step_of_a_path_has_its_evidence_with_dates_and_lines(client, ties, graph):
    start, end = BUNKYO, "foreign/CN/dalian"
    html = client.get("/path", query_string={"from": start, "to": end, "lang": "en"}).text
    (first, *_) = ties.paths(BASE + "id/" + start, BASE + "id/" + end, 1)
    section = html.split('<section class="path"')[1]
    stops = re.findall(r'class="stop"><a href="/id/([^"?]*)', section)
    assert stops == keys(ties, start, first) and len(stops) > 2
    behind = re.findall(r'<ul class="behind">(.*?)</ul>', section, re.S)
    for (a, b), tie, evidence in zip(pairwise(stops), first, behind, strict=True):
        assert graph.has_edge(a, b)
        shown = re.findall(r'class="date">([^<]*)</span> <a href="/([^"?]*)', evidence)
        assert len(shown) == min(3, tie.count) and all(date for date, _ in shown)
        assert {BASE + path for _, path in shown} <= {piece.iri for piece in tie.evidence}
        assert re.search(r"/id/record/[^>]*>[^<]*lines? \d+", evidence)


def test_agents_that_no_tie_joins_are_said_to_be_apart(client, graph):
    lonely = min(networkx.connected_components(graph), key=len)
    html = client.get("/path", query_string={"from": BUNKYO, "to": min(lonely), "lang": "en"}).text
    assert "No path of ties leads from Bunkyo Ward to" in html and 'class="path"' not in html


def test_a_path_from_an_agent_to_itself_is_none(client):
    html = client.get(f"/path?from={BUNKYO}&to=文京区&lang=ja").text
    assert "同じ団体です。" in html and 'class="path"' not in html


def test_the_page_of_an_entity_leads_to_its_map_network_and_paths(client):
    html = client.get(f"/id/{BUNKYO}?lang=en").text
    assert f'href="/map?about={BUNKYO}&amp;lang=en"' in html
    assert f'href="/network?about={BUNKYO}&amp;lang=en"' in html
    assert f'name="from" value="{BUNKYO}"' in html
