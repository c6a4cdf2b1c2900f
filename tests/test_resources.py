"""Every IRI of the graph is a page and a document, however its address is written."""

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, RdfFormat, Store, parse

from server import create_app
from server.jsonld import CONTEXT
from server.links import BASE, local_path
from server.release import open_release

MORIOKA = "/id/municipality/03201"
RDF = {
    "ttl": ("text/turtle", RdfFormat.TURTLE),
    "nt": ("application/n-triples", RdfFormat.N_TRIPLES),
    "rdf": ("application/rdf+xml", RdfFormat.RDF_XML),
}
FORMS = {suffix: media_type for suffix, (media_type, _) in RDF.items()}
FORMS["jsonld"] = "application/ld+json"


@pytest.fixture(scope="module")
def client(release: Path) -> FlaskClient:
    config = {"STORE": open_release(release), "REPORT": "https://example.org/?about={iri}"}
    return create_app({**config, "OLD_BASES": ["https://old.example/"]}).test_client()


@pytest.fixture(scope="module")
def minted(store: Store) -> list[str]:
    """Every IRI of ours in the graph, but for the ontology's, which are one document."""
    terms = {term for quad in store for term in quad if isinstance(term, NamedNode)}
    starts = (f"{BASE}id/", f"{BASE}graph/")
    return sorted(term.value for term in terms if term.value.startswith(starts))


def triples(data: bytes, fmt: RdfFormat) -> set[str]:
    return {str(quad.triple) for quad in parse(data, format=fmt)}


def key_of(iri: str) -> str:
    """The last part of an IRI, as every format writes it, shortened or not."""
    return html.escape(iri.rpartition("/")[2], quote=False)


@pytest.fixture(scope="module")
def crawled(client, minted) -> tuple[list[str], set[str]]:
    """What is wrong with the page and documents of any IRI, and every link of the pages."""
    wrong, links = [], set()
    for iri in minted:
        address = local_path(iri)
        page = client.get(f"{address}.html?lang=en")
        if page.status_code != 200 or f"<code>{iri}</code>" not in page.text:
            wrong.append(f"{iri}: page {page.status_code}")
        links |= set(re.findall(r'(?:href|action)="(/[^"]*)"', page.text))
        # That all hold the same statements is compared below.
        for suffix, media_type in FORMS.items():
            data = client.get(f"{address}.{suffix}")
            is_told = key_of(iri).encode() in data.data or "/graph/" in iri
            if (data.status_code, data.mimetype) != (200, media_type) or not is_told:
                wrong.append(f"{iri}: {suffix} {data.status_code} {data.mimetype}")
    return wrong, links


def test_every_minted_iri_is_a_page_and_a_document(crawled, minted):
    wrong, _ = crawled
    assert len(minted) > 5000 and not wrong


def test_every_link_within_the_site_is_answered(crawled, client, minted):
    """Links to entities lead to those crawled; of all others, one of each form is followed."""
    _, links = crawled
    known = {local_path(iri) for iri in minted}
    forms = {}
    for link in sorted(links):
        split = urlsplit(html.unescape(link))
        path = re.sub(r"[.](ttl|nt|rdf|jsonld|csv)$", "", split.path)
        if path not in known and not path.startswith("/data/"):
            forms[path, frozenset(parse_qs(split.query))] = html.unescape(link)
    assert not [path for path, _ in forms if path.startswith(("/id/", "/graph/"))]
    assert len(forms) > 15
    followed = {link: client.get(link).status_code for link in forms.values()}
    assert {link: status for link, status in followed.items() if status != 200} == {}


@pytest.fixture(scope="module")
def one_of_each_kind(minted) -> list[str]:
    kinds = {re.sub(r"^(.*?/(id|graph)/[^/]*).*", r"\1", iri): iri for iri in minted}
    return sorted(kinds.values())


def test_the_formats_of_a_document_hold_the_same_statements(client, one_of_each_kind):
    context = client.get("/context.jsonld").json["@context"]
    for iri in one_of_each_kind:
        found = {}
        for suffix, (media_type, fmt) in RDF.items():
            answer = client.get(f"{local_path(iri)}.{suffix}")
            assert answer.mimetype == media_type
            found[suffix] = triples(answer.data, fmt)
        document = client.get(f"{local_path(iri)}.jsonld").json
        assert document.pop("@context") == CONTEXT
        data = json.dumps({"@context": context, **document}).encode()
        found["jsonld"] = triples(data, RdfFormat.JSON_LD)
        assert found["ttl"] and all(others == found["ttl"] for others in found.values()), iri


def test_a_document_says_all_that_is_said_of_its_entity_and_with_it(client, store):
    node = NamedNode(BASE + MORIOKA[1:])
    said = [*store.quads_for_pattern(node, None, None), *store.quads_for_pattern(None, None, node)]
    found = triples(client.get(f"{MORIOKA}.nt").data, RdfFormat.N_TRIPLES)
    assert {str(quad.triple) for quad in said} <= found
    assert (
        f'<{BASE}id/municipality/13105> <http://www.w3.org/2000/01/rdf-schema#label> "文京区"@ja'
        in found
    )


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("*/*", "text/html"),
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml;q=0.5, text/turtle;q=0.4", "application/rdf+xml"),
        ("application/n-triples", "application/n-triples"),
    ],
)
def test_the_form_is_the_one_asked_for(client, accept, media_type):
    answer = client.get(MORIOKA, headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert {"Accept", "Accept-Language"} <= set(answer.headers["Vary"].split(", "))
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    location = answer.headers["Content-Location"]
    assert client.get(location).data == answer.data
    links = answer.headers["Link"]
    assert f'<{MORIOKA}.ttl>; rel="describedby"' in links and 'rel="license"' in links
    assert links.count('rel="alternate"') == 6


def test_a_form_nobody_offers_is_refused_with_those_there_are(client):
    answer = client.get(MORIOKA, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "text/turtle" in answer.json["formats"]


@pytest.mark.parametrize("suffix", ["", ".ttl", ".html", ".jsonld", ".csv"])
def test_each_form_has_a_tag_of_its_own_and_is_not_sent_twice(client, suffix):
    tags = {client.get(f"{MORIOKA}{ending}").headers["ETag"] for ending in ("", ".nt", ".rdf")}
    assert len(tags) == 3
    tag = client.get(MORIOKA + suffix).headers["ETag"]
    again = client.get(MORIOKA + suffix, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    head = client.head(MORIOKA + suffix)
    assert (head.status_code, head.headers["ETag"], head.data) == (200, tag, b"")


def test_a_page_in_another_language_is_another_document(client):
    pages = [client.get(MORIOKA, headers={"Accept-Language": tag}) for tag in ("ja", "en")]
    assert len({page.headers["ETag"] for page in pages}) == 2
    assert "<h1>盛岡市</h1>" in pages[0].text and "<h1>Morioka City</h1>" in pages[1].text


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("/id/municipality/" + quote("０３２０１"), MORIOKA),
        ("/id/Municipality/03201", MORIOKA),
        ("/id/municipality/03201/", MORIOKA),
        ("/id/country/cn", "/id/country/CN"),
        ("/id/Foreign/cn/DALIAN.ttl", "/id/foreign/CN/dalian.ttl"),
    ],
)
def test_an_address_written_in_another_way_leads_to_the_right_one(client, address, right):
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (301, right)


def test_a_percent_encoded_address_is_the_same(client):
    assert client.get("/id/municipality%2F03201.nt").data == client.get(f"{MORIOKA}.nt").data


@pytest.mark.parametrize(
    "iri",
    [
        BASE + MORIOKA[1:],
        "http://w3id.org/enishi" + MORIOKA,
        "https://w3id.org/enishi/id/municipality%2F03201",
        "https://old.example/id/municipality/03201",
    ],
)
def test_an_iri_is_resolved_however_it_is_written(client, iri):
    answer = client.get("/resolve", query_string={"iri": iri})
    assert (answer.status_code, answer.headers["Location"]) == (303, MORIOKA)


@pytest.mark.parametrize("iri", ["", "https://example.org/x", "javascript:alert(1)", "//x.example"])
def test_only_our_iris_are_resolved(client, iri):
    assert client.get("/resolve", query_string={"iri": iri}).status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "/id/municipality/99999",
        "/id/%3Cscript%3E",
        "/id/a b",
        "/id/%00",
        "/graph/none",
        "/id/x.csv",
    ],
)
def test_what_the_graph_does_not_know_is_not_found(client, address):
    answer = client.get(address, headers={"Accept": "text/turtle"})
    assert answer.status_code == 404
    assert "<script>" not in client.get(address, headers={"Accept": "text/html"}).text


def test_the_page_of_a_former_municipality_names_its_successor(client):
    page = client.get("/id/municipality/09367?lang=en").text
    assert re.search(
        r'class="notice">.*?<a href="/id/municipality/09203\?lang=en">Tochigi City', page
    )


def rows(client: FlaskClient, address: str) -> Iterator[dict[str, str]]:
    text = client.get(address).data.decode("utf-8-sig")
    return csv.DictReader(io.StringIO(text, newline=""))


def test_the_table_of_a_page_opens_in_a_spreadsheet_and_can_be_filtered(client):
    data = client.get(f"{MORIOKA}.csv")
    assert data.data.startswith(b"\xef\xbb\xbf")
    assert 'filename="enishi-id-municipality-03201.csv"' in data.headers["Content-Disposition"]
    every = list(rows(client, f"{MORIOKA}.csv"))
    assert len(every) == 14 and all("文京区" in row["agents_ja"] for row in every)
    assert [row["date"] for row in every] == sorted((row["date"] for row in every), reverse=True)
    some = list(rows(client, f"{MORIOKA}.csv?year=2023"))
    assert 0 < len(some) < 14 and {row["date"][:4] for row in some} == {"2023"}


def test_the_table_of_a_page_is_filtered_by_year_field_and_partner(client):
    page = client.get("/id/municipality/13105?lang=en").text
    shown = len(re.findall(r'<tr><td class="date">', page))
    by_partner = client.get(f"/id/municipality/13105?lang=en&partner={BASE}{MORIOKA[1:]}").text
    assert len(re.findall(r'<tr><td class="date">', by_partner)) == 14 < shown
    field = f"{BASE}id/code/field/education"
    found = list(rows(client, f"/id/country/CN.csv?topic={field}"))
    assert found and all("教育交流" in row["topics_ja"] for row in found)


def test_a_page_says_why(client):
    page = client.get("/id/agreement/clair-2012/1-2?lang=en").text
    assert '<a href="/graph/clair_sectoral_2012?lang=en">' in page
    assert "page 15, lines 413–443" in page
    assert "Corrections and discrepancies" in page
    assert f"https://example.org/?about={BASE}id/agreement/clair-2012/1-2" in page


def test_a_named_graph_is_its_statements(client, store):
    name = NamedNode(f"{BASE}graph/wards_partnership_2022")
    expected = {str(quad.triple) for quad in store.quads_for_pattern(None, None, None, name)}
    assert (
        triples(client.get("/graph/wards_partnership_2022.nt").data, RdfFormat.N_TRIPLES)
        == expected
    )


def test_labels_are_escaped():
    attack = "<script>alert(1)</script>"
    store = Store()
    node = f"<{BASE}id/organization/x>"
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    text = f'{node} {label} "{attack}"@ja, "{attack}"@en ; a <{BASE}ontology#{attack[1:7]}> .'
    store.load(text.encode(), RdfFormat.TURTLE, to_graph=NamedNode(f"{BASE}graph/x"))
    client = create_app({"STORE": store, "RELEASE_ID": "x"}).test_client()
    page = client.get("/id/organization/x", headers={"Accept": "text/html"}).text
    assert "&lt;script&gt;" in page and "<script>" not in page


def test_what_is_not_found_is_told_with_near_names(client):
    answer = client.get("/id/foreign/CN/dalien", headers={"Accept": "text/turtle"})
    assert f"{BASE}id/foreign/CN/dalian" in [near["iri"] for near in answer.json["near"]]
    page = client.get("/id/foreign/CN/dalien?lang=en", headers={"Accept": "text/html"}).text
    assert '<a href="/id/foreign/CN/dalian?lang=en">' in page


@pytest.mark.parametrize(
    ("address", "accept", "goes_to"),
    [
        ("/id/dataset/enishi", "text/html", "/data/"),
        ("/id/dataset/enishi", "text/turtle", "/data/void.ttl"),
        ("/id/dataset/enishi.ttl", "*/*", "/data/void.ttl"),
        ("/id/release/{}", "text/html", "/data/"),
        ("/id/release/{}", "text/turtle", "/data/prov.ttl"),
    ],
)
def test_the_dataset_and_its_release_are_described_by_the_files(
    client, release, address, accept, goes_to
):
    identifier = json.loads((release / "manifest.json").read_text())["release"]
    answer = client.get(address.format(identifier), headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Location"]) == (303, goes_to)


def test_a_release_that_is_not_served_has_no_description_here(client):
    assert client.get("/id/release/000000000000").status_code == 404
