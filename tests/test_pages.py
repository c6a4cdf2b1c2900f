"""The pages show what is in the graph in two languages, need no script, and escape all text."""

import re
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store

from server import create_app
from server.examples import FEDERATED, examples
from server.sparql import SHOWN_ROWS

GRAPH = """
@prefix enishi: <https://w3id.org/enishi/ontology#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix : <https://w3id.org/enishi/id/> .
:a1 a enishi:Agreement ; prov:wasDerivedFrom :r1, :r2 .
:v1 a enishi:Activity ; prov:wasDerivedFrom :r1 .
:v2 a enishi:Activity ; prov:wasDerivedFrom :r2 .
:d1 a enishi:Discrepancy ; prov:wasDerivedFrom :r1, :r3 .
:r1 enishi:document :doc1 . :r2 enishi:document :doc1 . :r3 enishi:document :doc2 .
:doc1 a enishi:SourceDocument ; rdfs:label "一覧"@ja, "The list"@en .
:doc2 a enishi:SourceDocument ; rdfs:label "別の一覧"@ja, "Another list"@en .
:m1 a enishi:Municipality . :m2 a enishi:Municipality ; enishi:validTo "2014-04-04" .
"""
ATTACK = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


@pytest.fixture
def client() -> FlaskClient:
    store = Store()
    store.load(GRAPH.encode(), RdfFormat.TURTLE, to_graph=NamedNode("http://example.org/g"))
    config = {"STORE": store, "RELEASE_ID": "0123456789ab", "DOCUMENTS": ["doc1", "doc2"]}
    return create_app(config).test_client()


def page(client: FlaskClient, query: str | None = None, **more: str) -> str:
    parameters = {"format": "html", **more} | ({} if query is None else {"query": query})
    return client.get("/sparql?" + urlencode(parameters), headers={"Accept": "text/html"}).text


def without_scripts(html: str) -> str:
    """Return a page without the scripts that are files of the site."""
    return re.sub(r'<script type="module" src="/static/[\w./?=-]*"></script>', "", html)


def cells(html: str) -> list[str]:
    return [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", html)]


def test_start_page_shows_the_numbers_of_the_graph(client):
    html = client.get("/?lang=en").text
    numbers = dict(re.findall(r"<dt>(?:<a [^>]*>)?([^<]*)(?:</a>)?</dt><dd>([^<]*)</dd>", html))
    assert numbers == {
        "agreements": "1",
        "activities": "2",
        "municipalities today": "1",
        "foreign governments": "0",
        "documents": "2",
        "discrepancies found": "1",
        "corrections": "0",
        "statements": "22",
    }
    assert "0123456789ab" in html


def test_start_page_counts_each_document(client):
    html = client.get("/?lang=en").text
    rows = re.findall(r'<tr><th scope="row"><a [^>]*>([^<]*)</a></th>(.*?)</tr>', html)
    assert [(title, cells(row)) for title, row in rows] == [
        ("The list", ["1", "2", "1", "0"]),
        ("Another list", ["0", "0", "1", "0"]),
    ]


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", None, "ja"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "fr", "ja"),
        ("", "ja,en;q=0.9", "ja"),
        ("?lang=en", "ja", "en"),
        ("?lang=ja", "en", "ja"),
        ("?lang=xx", "en", "en"),
    ],
)
def test_language_is_asked_for_or_japanese(client, query, header, language):
    headers = {"Accept-Language": header} if header else {}
    html = client.get("/" + query, headers=headers).text
    assert f'<html lang="{language}">' in html
    assert ("Example questions" in html) == (language == "en")


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/?lang=en",
        "/sparql?format=html&query=ASK+%7B%7D+%23%26+%E7%9B%9B%E5%B2%A1",
        "/none/盛",
    ],
)
def test_the_other_language_is_a_link_to_the_same_page(client, address):
    def other(html: str) -> tuple[str, str]:
        return re.findall(r'<a href="([^"]*)" lang="\w+" hreflang="(\w+)"', html)[0]

    headers = {"Accept": "text/html"}
    here = client.get(address, headers=headers).text
    link, language = other(here)
    there = client.get(link.replace("&amp;", "&"), headers=headers).text
    assert f'<html lang="{language}">' in there and f'<html lang="{language}">' not in here
    box = re.compile(r"<textarea[^>]*>(.*?)</textarea>", re.S)
    assert box.findall(there) == box.findall(here)
    assert other(there)[0].partition("?")[0] == address.partition("?")[0].replace("盛", "%E7%9B%9B")


def test_the_vocabulary_is_that_of_the_graph_most_used_first(client):
    ja, en = (client.get(f"/sparql/vocabulary?lang={lang}") for lang in ("ja", "en"))
    classes = [term["iri"].rpartition("#")[2] for term in ja.json["class"]]
    assert classes[:3] == ["Activity", "Municipality", "SourceDocument"]
    properties = {term["iri"]: term["label"] for term in en.json["property"]}
    assert "http://www.w3.org/ns/prov#wasDerivedFrom" in properties
    assert ja.json["prefixes"]["enishi"] == "https://w3id.org/enishi/ontology#"
    assert "max-age" in ja.headers["Cache-Control"]
    again = client.get("/sparql/vocabulary?lang=ja", headers={"If-None-Match": ja.headers["ETag"]})
    assert again.status_code == 304


def test_every_example_question_is_a_link_that_works(client):
    html = client.get("/").text
    found = [*examples(), *examples(FEDERATED)]
    assert all(example.title_ja in html for example in found)
    links = re.findall(r'<li><a href="(/sparql\?query=[^"]*)"', html)
    assert len(links) == len(found)
    # Those that ask other endpoints are run beside replicas of these.
    own = [link for link in links if "SERVICE" not in link]
    assert len(own) == len(examples())
    for link in own:
        answer = client.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200 and "答え" in answer.text


def test_answer_is_a_table_beside_the_query(client):
    html = page(client, 'SELECT ?x ("盛岡市"@ja AS ?y) { VALUES ?x { 1 2 } } ORDER BY ?x')
    assert cells(html) == ["1", "盛岡市", "2", "盛岡市"]
    assert "全 2 行" in html and "VALUES ?x { 1 2 }" in html
    assert '<span lang="ja">盛岡市</span>' in html


def test_a_long_answer_says_how_many_rows_are_shown(client):
    rows = " ".join(str(number) for number in range(SHOWN_ROWS + 7))
    html = page(client, f"SELECT ?x {{ VALUES ?x {{ {rows} }} }}", lang="en")
    assert f"the first {SHOWN_ROWS} of {SHOWN_ROWS + 7} rows" in html
    assert len(cells(html)) == SHOWN_ROWS


def test_yes_and_no_are_words(client):
    assert "はい" in page(client, "ASK {}")
    assert "No" in page(client, "ASK { FILTER(false) }", lang="en")


def test_a_graph_is_a_table_of_statements(client):
    html = page(
        client, "CONSTRUCT { ?s a ?o } { ?s a ?o FILTER(?s = <https://w3id.org/enishi/id/a1>) }"
    )
    assert cells(html)[0] == "id/a1" and cells(html)[2] == "ontology#Agreement"
    assert 'href="/id/a1"' in html


def test_no_text_of_a_user_or_of_the_graph_is_markup():
    store = Store()
    store.add(Quad(NamedNode("a:a"), NamedNode("javascript:alert(1)"), Literal(ATTACK)))
    client = create_app({"STORE": store, "RELEASE_ID": ATTACK}).test_client()
    for html in (
        client.get("/").text,
        page(client, f"SELECT * {{ ?s ?p ?o }} #{ATTACK}"),
        page(client, ATTACK),
        page(client, f"</textarea>{ATTACK}"),
        page(client, "ASK {}", format=ATTACK, lang=ATTACK),
        client.get("/" + ATTACK, headers={"Accept": "text/html"}).text,
    ):
        html = without_scripts(html)
        assert "<script" not in html and "<img" not in html and 'javascript:alert(1)"' not in html
        assert html.count("</textarea>") <= 1


def test_wrong_query_comes_back_in_the_box_with_the_place_marked(client):
    response = client.get(
        "/sparql?" + urlencode({"query": "SELECT *\nWHER { ?s ?p ?o }", "lang": "en"}),
        headers={"Accept": "text/html"},
    )
    assert response.status_code == 400
    assert "found the word WHER, expected WHERE" in response.text
    assert "<textarea" in response.text and "WHER { ?s ?p ?o }\n^</pre>" in response.text


def test_a_missing_page_is_a_page_for_browsers_and_a_problem_for_programs(client):
    browser = client.get("/none", headers={"Accept": "text/html"})
    assert browser.status_code == 404 and "/none というページはありません" in browser.text
    program = client.get("/none")
    assert program.json["detail_ja"].startswith("/none") and program.json["status"] == 404


def test_pages_load_nothing_from_elsewhere_and_have_no_script_within(client):
    for html in (client.get("/").text, page(client), page(client, "SELECT * { ?s ?p ?o }")):
        assert (
            "<script" not in without_scripts(html)
            and " style=" not in html
            and " on" + "click" not in html
        )
        for address in re.findall(
            r'(?:src|href)="([^"]*)"', re.search("<head>.*</head>", html, re.S)[0]
        ):
            with client.get(address) as answer:
                assert address.startswith(("/static/", "/opensearch.xml"))
                assert answer.status_code == 200
    policy = client.get("/").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")


def test_every_field_has_a_label_and_every_page_one_heading_and_a_title(client):
    for html in (client.get("/").text, page(client), page(client, "ASK {}")):
        fields = re.findall(r'<(?:textarea|select) id="(\w+)"', html)
        assert fields and all(f'<label for="{field}"' in html for field in fields)
        assert html.count("<h1") == 1 and "<title>" in html


def test_under_a_sub_path_all_links_stay_there(client):
    html = client.get("/", environ_overrides={"SCRIPT_NAME": "/lod"}).text
    links = re.findall(r'(?:href|action)="(/[^"]*)"', html)
    assert links and all(link.startswith("/lod/") for link in links)


def test_status_is_json_for_machines(client):
    assert client.get("/status").json == {
        "release": "0123456789ab",
        "quads": 22,
        "documents": ["doc1", "doc2"],
    }


def test_an_english_page_asks_the_examples_in_english(client):
    html = client.get("/?lang=en").text
    assert "VALUES+?language+%7B+%22en%22+%7D" in html and "%22ja%22+%7D" not in html
