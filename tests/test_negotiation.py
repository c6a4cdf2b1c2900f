"""The Accept header decides the format: q-values, wildcards, charset, other names, 406."""

from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Store

from server import create_app
from server.negotiation import GRAPHS, RESULTS, best

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV = "text/csv"
TSV = "text/tab-separated-values"
TURTLE = "text/turtle"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"


@pytest.fixture
def client() -> FlaskClient:
    return create_app({"STORE": Store()}).test_client()


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/*", CSV),
        (XML, XML),
        (f"{XML};q=0.5, {CSV};q=0.9", CSV),
        (f"{XML};q=0.5, */*;q=0.1", XML),
        (f"*/*, {XML}", XML),
        (f"*/*, {JSON};q=0", XML),
        (f"text/*, {CSV};q=0", TSV),
        ("text/csv;charset=utf-8", CSV),
        (f"{JSON};charset=UTF-8", JSON),
        ('text/csv; charset="utf-8"; q=0.3', CSV),
        ("TEXT/CSV", CSV),
        ("application/json", "application/json"),
        ("application/xml", "application/xml"),
        ("text/xml", "text/xml"),
        ("text/plain", "text/plain"),
        ("application/json;q=0.4, text/csv;q=0.3", "application/json"),
        ("image/png", None),
        ("text/csv;charset=shift_jis", None),
        ("text/csv;q=0", None),
        ("text/csv;q=much", None),
        ("nonsense", None),
        ("text/turtle", None),
    ],
)
def test_accept_chooses_among_results(accept, expected):
    choice = best(accept, RESULTS)
    assert (choice and choice.media_type) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", TURTLE),
        ("text/plain", "text/plain"),
        ("application/json", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml;q=0.9, application/n-triples;q=0.8", "application/rdf+xml"),
        ("text/csv", None),
    ],
)
def test_accept_chooses_among_graphs(accept, expected):
    choice = best(accept, GRAPHS)
    assert (choice and choice.media_type) == expected


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("json", b"{"),
        ("xml", b"<?xml"),
        ("csv", b"x\r\n"),
        ("tsv", b"?x\n"),
        ("html", b"<!doctype html>"),
    ],
)
def test_format_by_name_outranks_accept(client, name, start):
    query = {"query": "SELECT (1 AS ?x) {}", "format": name}
    response = client.get("/sparql?" + urlencode(query), headers={"Accept": "image/png"})
    assert response.data.startswith(start)


@pytest.mark.parametrize("name", ["ttl", "nt", "jsonld", "rdfxml"])
def test_graph_formats_by_name(client, name):
    query = {"query": "CONSTRUCT { <a:a> <a:b> 'value' } WHERE {}", "format": name}
    response = client.get("/sparql?" + urlencode(query))
    expected = next(fmt.media_type for fmt in GRAPHS if fmt.name == name)
    assert response.mimetype == expected and b"value" in response.data


@pytest.mark.parametrize("how", [{"format": "ttl"}, {}])
def test_not_acceptable_lists_what_would_work(client, how):
    headers = {"Accept": "image/png, text/turtle"}
    response = client.get("/sparql?" + urlencode({"query": "SELECT * {}", **how}), headers=headers)
    assert response.status_code == 406
    problem = response.json
    assert {fmt.media_type for fmt in RESULTS} <= set(problem["formats"])
    assert "format=csv" in problem["detail"] and "format=csv" in problem["detail_ja"]


def test_a_browser_gets_a_page_and_curl_gets_json(client):
    url = "/sparql?" + urlencode({"query": "ASK {}"})
    assert client.get(url, headers={"Accept": BROWSER}).mimetype == "text/html"
    assert client.get(url, headers={"Accept": "*/*"}).mimetype == JSON


def test_without_a_query_a_browser_gets_the_query_page_and_others_a_description(client):
    assert b"<textarea" in client.get("/sparql", headers={"Accept": BROWSER}).data
    assert client.get("/sparql", headers={"Accept": "*/*"}).mimetype == TURTLE
    ld = client.get("/sparql", headers={"Accept": "application/ld+json"})
    assert ld.mimetype == "application/ld+json" and b"sparql-service-description" in ld.data


def test_every_route_says_that_it_varies_and_lets_scripts_read(client):
    for rule in client.application.url_map.iter_rules():
        if "GET" in rule.methods and not rule.arguments:
            with client.get(rule.rule) as response:
                headers = response.headers
            assert {"Accept", "Accept-Language"} <= set(headers["Vary"].split(", ")), rule
            assert headers["Access-Control-Allow-Origin"] == "*", rule


def test_no_route_writes(client):
    for rule in client.application.url_map.iter_rules():
        allowed = {"GET", "HEAD", "OPTIONS"} | ({"POST"} if "sparql" in rule.rule else set())
        assert rule.methods <= allowed, rule
