"""The lists of what the graph has are whole, count rightly, and lead on."""

import csv
import html
import io
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Store

from mappings.document import Document, document_slugs
from mappings.tables import read_table
from server import create_app
from server.release import open_release
from server.things import CLASSES, ROWS_ON_A_PAGE
from tests.serving import serving

ID = "https://w3id.org/enishi/id/"
PAGES = (
    "/agreements", "/activities", "/municipalities", "/countries", "/fields", "/documents",
    "/discrepancies", "/corrections", "/ontology", "/shapes", "/", "/data/",
)  # fmt: skip
PREFIXES = """
PREFIX enishi: <https://w3id.org/enishi/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""


@pytest.fixture(scope="module")
def client(release: Path) -> FlaskClient:
    return create_app({"STORE": open_release(release)}).test_client()


@pytest.fixture(scope="module")
def ask(store: Store):
    def run(query: str) -> list[tuple[str, ...]]:
        solutions = store.query(PREFIXES + query, use_default_graph_as_union=True)
        return [tuple(getattr(cell, "value", "") for cell in row) for row in solutions]

    return run


def page(client: FlaskClient, name: str, **asked: str) -> str:
    return html.unescape(client.get(f"/{name}.html?{urlencode(asked)}").text)


def table(client: FlaskClient, name: str, **asked: str) -> list[dict[str, str]]:
    text = client.get(f"/{name}.csv?{urlencode(asked)}").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def lines_of(slug: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in read_table(Document(slug).folder / "lines.csv"):
        counts[row["kind"]] += int(row["last_line"]) - int(row["first_line"]) + 1
    return counts


@pytest.mark.parametrize("slug", document_slugs())
def test_a_document_says_what_it_is_and_what_its_lines_are(client, slug):
    metadata, counts = Document(slug).metadata, lines_of(slug)
    (row,) = [row for row in table(client, "documents") if row["iri"].endswith("/" + slug)]
    assert row["sha256"] == metadata["sha256"] and row["as_of"] == str(metadata["as_of"])
    assert int(row["lines"]) == counts.total()
    for kind in ("row", "header", "noise", "blank"):
        assert int(row[kind]) == counts[kind]
    names = {"row": "rows", "header": "headers", "noise": "noise", "blank": "blank"}
    for path in (f"id/document/{slug}", "documents"):
        shown = page(client, path, lang="en")
        assert all(f"{name} {counts[kind]:,}" in shown for kind, name in names.items())
    about = page(client, f"id/document/{slug}", lang="ja")
    assert metadata["sha256"] in about and metadata["licence"]["ja"] in about
    assert str(metadata["as_of"]) in about and metadata["publisher"]["ja"] in about


def test_the_numbers_of_documents_are_those_of_the_start_page(client):
    start = client.get("/?lang=ja").text
    for row in table(client, "documents"):
        (cells,) = re.findall(rf"{row['document_ja']}</a></th>(.*?)</tr>", start)
        names = ("agreements", "activities", "discrepancies", "corrections")
        assert re.findall(r">(\d+)<", cells) == [row[name] for name in names]


def test_pages_of_a_document_are_a_bar_each(client, ask):
    shown = page(client, "id/document/hokkaido_international_2022", lang="en")
    rows = ask(f"""SELECT ?page (COUNT(DISTINCT ?r) AS ?n) {{ ?r enishi:page ?page ;
      enishi:document <{ID}document/hokkaido_international_2022> }} GROUP BY ?page""")
    assert len(rows) > 3
    assert all(f"<title>page {number}: {count}</title>" in shown for number, count in rows)
    assert "Records on each page" not in page(
        client, "id/document/wards_partnership_2022", lang="en"
    )


def test_a_release_that_does_not_tell_lines_shows_none(store):
    client = create_app({"STORE": store, "RELEASE_ID": "none"}).test_client()
    assert "accounting" not in client.get("/documents.html").text
    assert {row["lines"] for row in table(client, "documents")} == {""}


def test_a_field_counts_its_kinds_too(client, ask):
    rows = {row["iri"]: row for row in table(client, "fields")}
    assert len(rows) == 44
    above = {iri: row["above"] for iri, row in rows.items()}
    found = {"Agreement": Counter(), "Activity": Counter()}
    of_thing: dict[tuple[str, str], set[str]] = {}
    for thing, kind, field in ask("SELECT ?t ?k ?f { ?t a ?k ; enishi:field ?f }"):
        name = kind.rpartition("#")[2]
        while field and name in found:
            of_thing.setdefault((name, field), set()).add(thing)
            field = above[field]
    for iri, row in rows.items():
        assert int(row["agreements"]) == len(of_thing.get(("Agreement", iri), ()))
        assert int(row["activities"]) == len(of_thing.get(("Activity", iri), ()))
    assert sum(int(row["agreements"]) for row in rows.values() if not row["above"]) > 149
    shown = page(client, "fields", lang="en")
    assert all(f'href="/id/code/field/{row["code"]}?lang=en"' in shown for row in rows.values())


def test_a_country_counts_what_its_page_lists(client):
    rows = {row["code"]: row for row in table(client, "countries")}
    assert len(rows) > 30 and rows["CN"]["agreements"] == "56"
    numbers = [int(row["agreements"]) + int(row["activities"]) for row in rows.values()]
    assert numbers == sorted(numbers, reverse=True) and numbers[-1] > 0
    for code in ("CN", "FR", "LV", "TW"):
        listed = table(client, f"id/country/{code}")
        kinds = Counter(row["kind"] for row in listed)
        assert kinds["Agreement"] == int(rows[code]["agreements"])
        assert kinds["Activity"] <= int(rows[code]["activities"])


def test_the_page_of_a_country_names_the_governments_there(client, ask):
    shown = page(client, "id/country/FR", lang="ja")
    there = ask(f"SELECT ?g {{ ?g a enishi:ForeignGovernment ; enishi:country <{ID}country/FR> }}")
    assert "ここにある自治体その他の団体" in shown and len(there) > 5
    assert all(f'href="/{iri.removeprefix(ID[:-3])}?lang=ja"' in shown for (iri,) in there)


def test_municipalities_are_all_there_with_their_ties(client, ask):
    rows = table(client, "municipalities")
    assert sum(not row["until"] for row in rows) == 1741
    ties = dict(ask("SELECT ?m (COUNT(DISTINCT ?o) AS ?n) { ?m enishi:tie ?o } GROUP BY ?m"))
    assert all(row["ties"] == ties.get(row["iri"], "0") for row in rows)
    shown = page(client, "municipalities", lang="en")
    assert all(f'href="/{row["iri"].removeprefix(ID[:-3])}?lang=en"' in shown for row in rows)
    assert len(re.findall(r'<section id="\d\d"', shown)) == 47
    aomori = re.search(r'<section id="02".*?</section>', shown, re.S)[0]
    assert '/id/municipality/02201?lang=en">Aomori City</a> <span class="count">3<' in aomori


@pytest.mark.parametrize(
    ("name", "kind"), [("agreements", "Agreement"), ("activities", "Activity")]
)
def test_pages_of_a_list_hold_everything_once(client, ask, name, kind):
    iris = {iri for (iri,) in ask(f"SELECT ?t {{ ?t a enishi:{CLASSES[name]} }}")}
    seen: list[str] = []
    dates: list[str] = []
    address = f"/{name}?lang=en"
    while address:
        shown = html.unescape(client.get(address, headers={"Accept": "text/html"}).text)
        links = re.findall(r'<th scope="row" class="long"><a href="(/id/[^"?]*)', shown)
        assert len(links) <= ROWS_ON_A_PAGE
        seen += links
        dates += [date for date in re.findall(r'<td class="date">([\d-]*)', shown)]
        after = re.search(r'<a rel="next" href="([^"]*)"', shown)
        address = after[1] if after else ""
    assert len(seen) == len(iris) and {ID[:-4] + path for path in seen} == iris
    dated = [date for date in dates if "-" in date]
    assert dated == sorted(dated, reverse=True)
    assert {row["iri"] for row in table(client, name)} == iris


def test_lists_are_filtered_by_year_and_topic(client):
    everything = table(client, "activities")
    year = [row for row in everything if row["date"][:4] == "2024"]
    assert {row["iri"] for row in table(client, "activities", year="2024")} == {
        row["iri"] for row in year
    }
    topic = f"{ID}code/instrument/memorandum"
    chosen = table(client, "agreements", topic=topic)
    assert 0 < len(chosen) < 168 and all("覚書" in row["topics_ja"] for row in chosen)
    shown = page(client, "agreements", topic=topic, lang="en")
    assert f"{len(chosen)} of 168" in shown and f'<option value="{topic}" selected>' in shown
    assert "There is none." in page(client, "activities", year="1800", lang="en")


@pytest.mark.parametrize("asked", ["", "0", "-1", "x", "２", "99", "9" * 5000])
def test_a_page_that_is_not_there_is_the_nearest_or_the_first(client, asked):
    shown = page(client, "agreements", page=asked, lang="en")
    assert f"page {4 if asked == '99' else 1} of 4" in shown


def links(shown: str) -> set[str]:
    return {html.unescape(at) for at in re.findall(r'(?:href|action)="([^"]*)"', shown)}


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_leads_somewhere(client, store, release, path, lang):
    known = {quad.subject.value for quad in store}
    shown = client.get(f"{path}?lang={lang}", headers={"Accept": "text/html"}).text
    anchors: dict[str, set[str]] = {"": set(re.findall(r'\bid="([^"]*)"', shown))}
    local = {at for at in links(shown) if at[:1] in "/#"}
    assert len(local) > 10
    for at in local:
        address, _, fragment = at.partition("#")
        if address.startswith("/id/") and "." not in address.rpartition("/")[2]:
            assert f"{ID[:-4]}{address.partition('?')[0]}" in known, at
            continue
        file = address.partition("?")[0].removeprefix("/data/")
        if address.startswith(f"/data/{file}") and file:
            assert (release / file).is_file(), at
            continue
        if address not in anchors:
            answer = client.get(address, headers={"Accept": "text/html, */*;q=0.5"})
            # An application without a fetcher asks no other endpoint; examples that do are run
            # beside replicas.
            expected = 403 if "SERVICE" in address else 200
            assert answer.status_code == expected, at
            anchors[address] = set(re.findall(r'\bid="([^"]*)"', answer.get_data(as_text=True)))
        assert not fragment or fragment in anchors[address], at


@pytest.mark.parametrize("path", PAGES)
def test_pages_run_no_inline_script_and_name_their_language(client, path):
    for lang, other in (("ja", "en"), ("en", "ja")):
        shown = client.get(f"{path}?lang={lang}", headers={"Accept": "text/html"}).text
        assert f'<html lang="{lang}">' in shown and f"lang={other}" in shown
        inline = re.findall(r'<script(?! type="module" src="/static/)', shown)
        assert not inline and " style=" not in shown
        ids = re.findall(r'\bid="([^"]*)"', shown)
        assert len(ids) == len(set(ids)), [i for i, n in Counter(ids).items() if n > 1]
        assert shown.count("<h1") == 1


def test_confined_workers_answer_every_page(release):
    with serving(release) as server:
        for path in (*PAGES, "/robots.txt", "/sitemap.xml", "/documents.csv", "/shapes.jsonld"):
            answer = server.request("GET", path, accept="text/html, */*;q=0.5")
            assert answer.status == 200 and answer.body, path
