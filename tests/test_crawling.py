"""Search engines are told of every page, and what agents and documents are."""

import json
import re
from pathlib import Path
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, RdfFormat, Store

from server import crawling, create_app
from server.links import local_path
from server.release import open_release

BASE = "https://data.example/enishi"
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
ATTACK = "</script><script>alert(1)</script><!--"


@pytest.fixture(scope="module")
def client(release: Path) -> FlaskClient:
    return create_app({"STORE": open_release(release)}).test_client()


def listed(client: FlaskClient, path: str, kind: str) -> list[str]:
    answer = client.get(path, base_url=BASE)
    assert answer.mimetype == "application/xml"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == NAMESPACE + kind
    return [loc.text or "" for loc in root.iter(NAMESPACE + "loc")]


def entities(store: Store) -> set[str]:
    typed = {quad.subject.value for quad in store.quads_for_pattern(None, TYPE, None, None)}
    return {
        BASE + local_path(iri) for iri in typed if iri.startswith("https://w3id.org/enishi/id/")
    }


def test_the_sitemap_lists_every_entity_and_index_as_the_client_sees_them(client, store):
    found = listed(client, "/sitemap.xml", "urlset")
    assert set(found) == entities(store) | {BASE + page for page in crawling.PAGES}
    assert len(found) == len(set(found)) > 5000
    assert all(client.get(page).status_code == 200 for page in crawling.PAGES)


def test_a_sitemap_too_long_for_a_file_is_several(client, store, monkeypatch):
    assert client.get("/sitemap-1.xml").status_code == 404
    monkeypatch.setattr(crawling, "ADDRESSES_IN_A_FILE", 2000)
    files = listed(client, "/sitemap.xml", "sitemapindex")
    assert files == [f"{BASE}/sitemap-{number}.xml" for number in range(1, len(files) + 1)]
    parts = [listed(client, at.removeprefix(BASE), "urlset") for at in files]
    assert all(len(part) == 2000 for part in parts[:-1]) and 0 < len(parts[-1]) <= 2000
    assert {at for part in parts for at in part} == entities(store) | {
        BASE + page for page in crawling.PAGES
    }
    for number in (0, len(files) + 1):
        assert client.get(f"/sitemap-{number}.xml").status_code == 404


def test_robots_read_pages_but_ask_no_queries(client):
    parser = RobotFileParser()
    parser.parse(client.get("/robots.txt", base_url=BASE).text.splitlines())
    assert parser.site_maps() == [f"{BASE}/sitemap.xml"]
    assert not parser.can_fetch("*", f"{BASE}/sparql?query=ASK%7B%7D")
    assert parser.can_fetch("*", f"{BASE}/id/municipality/13105")


def described(client: FlaskClient, path: str) -> dict:
    page = client.get(f"{path}.html", base_url=BASE).text
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    return json.loads(text)


def test_a_municipality_is_described_for_search_engines(client):
    found = described(client, "/id/municipality/13105")
    assert (found["@type"], found["url"]) == (
        "GovernmentOrganization",
        f"{BASE}/id/municipality/13105",
    )
    assert {"@value": "文京区", "@language": "ja"} in found["name"]
    codes = {code["propertyID"]: code["value"] for code in found["identifier"]}
    assert codes["corporateNumber"] == "6000020131059"
    assert round(found["location"]["geo"]["latitude"]) == 36
    assert "http://data.e-stat.go.jp/lod/sac/C13105" in found["sameAs"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/id/document/clair_sectoral_2012", "CreativeWork"),
        ("/id/country/CN", "Country"),
        ("/id/company/1010001174683", "Corporation"),
        ("/id/association/gunma-cities", "Organization"),
    ],
)
def test_each_kind_is_what_schema_org_calls_it(client, path, kind):
    assert described(client, path)["@type"] == kind


def test_a_document_names_its_publisher(client):
    found = described(client, "/id/document/bunkyo_exchange_2024")
    assert found["publisher"][0]["@id"] == "https://w3id.org/enishi/id/municipality/13105"


def test_what_is_neither_agent_nor_document_is_not_described(client):
    assert "ld+json" not in client.get("/id/code/field.html").text.replace(
        'type="application/ld+json" href', ""
    )


def test_no_label_can_end_the_description():
    store = Store()
    text = f"""@prefix e: <https://w3id.org/enishi/ontology#> .
      @prefix r: <http://www.w3.org/2000/01/rdf-schema#> .
      <https://w3id.org/enishi/id/company/1> a e:Company ; r:label "{ATTACK}"@ja, "x"@en ."""
    store.load(text.encode(), RdfFormat.TURTLE, to_graph=NamedNode("http://example.org/g"))
    client = create_app({"STORE": store, "RELEASE_ID": "none"}).test_client()
    page = client.get("/id/company/1.html").text
    assert ATTACK not in page and "<!--" not in page and "<script>" not in page
    assert page.count("<script ") == page.count("</script>")
    assert described(client, "/id/company/1")["name"][0]["@value"] == ATTACK
