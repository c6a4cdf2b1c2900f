"""Every correction and discrepancy is shown with both sides, where it stands and why."""

import csv
import html
import io
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, RdfFormat, Store

from server import create_app
from server.release import open_release

ENISHI = "https://w3id.org/enishi/ontology#"
CLAIR = "https://w3id.org/enishi/id/document/clair_sectoral_2012"
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
RULE = "https://w3id.org/enishi/id/code/rule/era-western-year"
ATTACK = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def client(release: Path) -> FlaskClient:
    return create_app({"STORE": open_release(release)}).test_client()


def page(client: FlaskClient, name: str, **asked: str) -> str:
    return html.unescape(client.get(f"/{name}.html?{urlencode(asked)}").text)


def table(client: FlaskClient, name: str, **asked: str) -> list[dict[str, str]]:
    text = client.get(f"/{name}.csv?{urlencode(asked)}").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def literals(store: Store, iri: str, name: str) -> list[str]:
    found = store.quads_for_pattern(NamedNode(iri), NamedNode(ENISHI + name), None, None)
    return [quad.object.value for quad in found]


@pytest.mark.parametrize(
    ("name", "kind", "texts"),
    [
        ("discrepancies", "Discrepancy", ("reading", "explanation")),
        ("corrections", "Correction", ("printed", "corrected", "reason")),
    ],
)
def test_every_finding_is_on_the_page_and_in_the_table(client, store, name, kind, texts):
    pages = page(client, name, lang="ja") + page(client, name, lang="en")
    of_kind = store.quads_for_pattern(None, TYPE, NamedNode(ENISHI + kind), None)
    iris = {quad.subject.value for quad in of_kind}
    rows = {row["iri"]: row for row in table(client, name)}
    assert set(rows) == iris and len(iris) > 50
    for iri in iris:
        row = rows[iri]
        assert row["lines"] and row["records"] and row["rule_ja"] and row["documents_en"]
        assert iri.removeprefix("https://w3id.org/enishi") in pages
        for text in texts:
            for value in literals(store, iri, text):
                assert value.replace("|", "、") in pages.replace("|", "、"), iri
                assert any(value in cell for cell in row.values()), iri


def test_both_readings_stand_in_the_order_of_the_label(client):
    found = page(client, "discrepancies", lang="ja")
    first, second = "群馬県市長会 23・群馬県町村会 12", "群馬県市長会 12・群馬県町村会 23"
    assert f"<q>{first}</q>" in found and f"<q>{second}</q>" in found
    (item,) = [item for item in found.split("<li>") if f"<q>{first}</q>" in item]
    assert item.index(first) < item.index(second)
    assert "/id/record/wards-2022/agreements-association-9" in item
    assert "/id/association/gunma-cities" in item


def test_findings_are_grouped_by_document_and_rule(client):
    found = page(client, "discrepancies", lang="en")
    headings = re.findall(r"<h([23])[^>]*><a href=\"([^\"]*)\"", found)
    documents = [address for level, address in headings if level == "2"]
    assert len(documents) == len(set(documents)) == 5
    rules = [address for level, address in headings if level == "3"]
    assert all(address.startswith("/id/code/rule/") for address in rules)
    assert sum(map(int, re.findall(r'</a> <span class="count">(\d+)</span></h3>', found))) == 56


def test_filters_by_document_and_rule_choose(client, store):
    everything = table(client, "discrepancies")
    by_document = table(client, "discrepancies", document=CLAIR)
    both = table(client, "discrepancies", document=CLAIR, rule=RULE)
    assert 0 < len(both) < len(by_document) < len(everything)
    of_rule = store.quads_for_pattern(None, NamedNode(ENISHI + "rule"), NamedNode(RULE), None)
    assert {row["iri"] for row in both} == {
        quad.subject.value for quad in of_rule if "/discrepancy/clair-2012/" in quad.subject.value
    }
    shown = page(client, "discrepancies", document=CLAIR, rule=RULE, lang="en")
    assert f"{len(both)} of {len(everything)}" in shown
    assert shown.count('<p class="readings">') == len(both)
    assert f'<option value="{RULE}" selected>' in shown
    assert urlencode({"rule": RULE}) in shown


def test_a_filter_that_nothing_passes_says_so(client):
    shown = page(client, "corrections", rule="nothing", lang="en")
    assert "There is none." in shown and "0 of 66" in shown
    assert table(client, "corrections", rule="nothing") == []


def test_text_of_the_graph_and_of_a_request_is_no_markup():
    store = Store()
    text = f"""@prefix e: <{ENISHI}> . @prefix r: <http://www.w3.org/2000/01/rdf-schema#> .
      <https://w3id.org/enishi/id/c/1> a e:Correction ; r:label "{ATTACK}"@ja ;
      e:printed "{ATTACK}" ; e:corrected "{ATTACK}" ; e:reason "{ATTACK}"@ja ; e:rule <r:r> .
      <r:r> r:label "{ATTACK}"@ja ."""
    store.load(text.encode(), RdfFormat.TURTLE, to_graph=NamedNode("http://example.org/g"))
    client = create_app({"STORE": store, "RELEASE_ID": "none"}).test_client()
    answer = client.get(
        "/corrections.html?" + urlencode({"rule": ATTACK, "document": '"' + ATTACK})
    )
    assert answer.status_code == 200 and ATTACK not in answer.text
    shown = client.get("/corrections.html").text
    assert ATTACK not in shown and html.escape(ATTACK) in shown
