"""Search: any form of a name finds what bears it, the best first; nothing that is typed harms."""

import doctest
import json
import re
from pathlib import Path
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, Store

from server import create_app, search_text
from server.release import open_release
from server.search import Entry, SearchIndex, kinds
from server.search_pages import MOST_CHARACTERS, SUGGESTIONS

ID = "https://w3id.org/enishi/id/"
ENISHI = "https://w3id.org/enishi/ontology#"
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
# What bears a label but stands for nothing a person would look for by name.
NOT_SEARCHED = {
    f"{ENISHI}{name}"
    for name in ("Tie", "SourceRecord", "Correction", "Discrepancy", "Period")
} | {
    "http://purl.org/linked-data/cube#Observation",
    "http://purl.org/linked-data/cube#ComponentSpecification",
    "http://purl.org/linked-data/cube#DataSet",
    "http://purl.org/linked-data/cube#DataStructureDefinition",
    "http://www.w3.org/2002/07/owl#Ontology",
    "http://www.w3.org/ns/org#ChangeEvent",
}  # fmt: skip
ATTACK = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def client(release: Path) -> FlaskClient:
    return create_app({"STORE": open_release(release)}).test_client()


@pytest.fixture(scope="module")
def index(client: FlaskClient) -> SearchIndex:
    found: SearchIndex = client.application.extensions["enishi_search"]
    return found


def ids(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.label.iri.removeprefix(ID) for entry in entries]


def get(client: FlaskClient, path: str, accept: str = "text/html", **parameters: str):
    return client.get(f"{path}?{urlencode(parameters)}", headers={"Accept": accept})


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        *((typed, "municipality/03201") for typed in (
            "盛岡", "盛岡市", "もりおか", "もりおかし", "モリオカ", "ﾓﾘｵｶ", "morioka", "MORIOKA",
            "ｍｏｒｉｏｋａ", "Morioka City", "morioka-shi", "City, Morioka", "032018", "03201",
            "６０００020032018", "岩手県盛岡市", "岩手県盛岡", "岩手 盛岡", "盛岡　岩手",
            "Iwate Morioka", "  盛岡\t", "盛\u200b岡",
        )),
        *((typed, "prefecture/13") for typed in (
            "東京", "とうきょう", "Tōkyō", "toukyou", "JP-13", "13",
        )),
        *((typed, "municipality/08208") for typed in (
            "龍ケ崎", "龍ヶ崎市", "竜ケ崎", "竜ヶ崎市", "竜が崎市", "龙ケ崎", "ryugasaki",
            "ryuugasaki", "Ryūgasaki", "りゅうがさき",
        )),
        ("syosanbetu", "municipality/01485"),
        ("Shosanbetsu", "municipality/01485"),
        ("tuwano", "municipality/32501"),
        ("aiduwakamatsu", "municipality/07202"),
        ("会津若松", "municipality/07202"),
        ("Tsu", "municipality/24201"),
        ("津", "municipality/24201"),
        ("いわふね", "municipality/09367"),
        ("岩舟町", "municipality/09367"),
        ("東京都府中市", "municipality/13206"),
        ("広島 府中市", "municipality/34208"),
        *((typed, "foreign/CN/dalian") for typed in (
            "大連", "大连", "大連市", "Dalian", "dalian", "中国 大連", "Dalian China",
        )),
        ("第一生命", "company/1010001174683"),
        ("1010001174683", "company/1010001174683"),
        ("CN", "country/CN"),
        ("cn", "country/CN"),
        ("中華人民共和国", "country/CN"),
        ("CN-LN", "foreign/CN/liaoning"),
        ("締結日", f"{ENISHI}signedOn"),
        ("signedOn", f"{ENISHI}signedOn"),
        ("weekday", "code/rule/weekday"),
        ("青森 大連 協定", "agreement/clair-2012/1-1"),
        ("agreement dalian aomori", "agreement/clair-2012/1-1"),
        ("京都", "prefecture/26"),
    ],
)  # fmt: skip
def test_a_name_in_any_form_finds_what_bears_it_first(index, typed, first):
    assert ids(index.search(typed).entries)[:1] == [first]


def test_one_name_in_two_prefectures_is_told_apart(client, index):
    found = index.search("府中市").entries
    assert [(entry.label.ja, entry.places[0].ja) for entry in found] == [
        ("府中市", "東京都"),
        ("府中市", "広島県"),
    ]
    html = get(client, "/search", q="府中市", lang="ja").text
    assert "東京都" in html and "広島県" in html


def test_a_former_municipality_comes_with_its_end_and_successor(client, index):
    entry = index.search("岩舟町").entries[0]
    assert entry.ended == "2014-04-05" and ids_of(entry.successors) == ["municipality/09203"]
    html = get(client, "/search", q="岩舟町", lang="en").text
    assert "until 2014-04-05, now" in html and "Tochigi City" in html


def ids_of(labels) -> list[str]:
    return [label.iri.removeprefix(ID) for label in labels]


def test_the_kind_and_those_who_take_part_count_as_words(index):
    found = index.search("大連 協定").entries
    assert len(found) >= 5 and all(entry.kind.slug == "agreement" for entry in found)
    dalian = f"{ID}foreign/CN/dalian"
    assert all(dalian in [place.iri for place in entry.places] for entry in found)


def test_a_word_that_leaves_nothing_is_left_out_and_said(client, index):
    found = index.search("津和野 協定")
    assert found.left_out == ("協定",) and ids(found.entries)[0] == "municipality/32501"
    html = get(client, "/search", q="津和野 協定", lang="ja").text
    assert "<strong>協定</strong>" in html
    assert index.search("津和野 文京区").left_out == ()
    assert index.search("もりをか 岩手").left_out == ("もりをか",)


def test_current_before_former_and_ties_before_none(index):
    for typed in ("町", "市", "かわ"):
        found = [
            entry for entry in index.search(typed, "municipality").entries
            if entry.label.ja.startswith(typed)
        ]  # fmt: skip
        ended = [bool(entry.ended) for entry in found]
        assert ended == sorted(ended)
        tieless = [entry.ties == 0 for entry in found if not entry.ended]
        assert tieless == sorted(tieless)


def test_namesakes_stand_in_order_of_their_time_and_ties():
    store = Store()
    tie = NamedNode(f"{ENISHI}tie")
    towns = [NamedNode(f"{ID}municipality/{number}") for number in range(4)]
    for town in towns:
        store.add(Quad(town, TYPE, NamedNode(f"{ENISHI}Municipality")))
        store.add(Quad(town, LABEL, Literal("大町", language="ja")))
        store.add(Quad(town, LABEL, Literal("Omachi Town", language="en")))
    former, tieless, tied, most_tied = towns
    store.add(Quad(former, NamedNode(f"{ENISHI}validTo"), Literal("2005-01-01")))
    for one, others in ((former, [tied, most_tied, tieless]), (tied, [former]),
                        (most_tied, [former, tied])):  # fmt: skip
        for other in others:
            store.add(Quad(one, tie, other))
    found = create_app({"STORE": store}).extensions["enishi_search"].search("大町")
    assert [entry.label.iri for entry in found.entries] == [
        town.value for town in (most_tied, tied, tieless, former)
    ]


def test_a_kind_is_kept_and_all_are_counted(index):
    every = index.search("盛岡")
    kept = index.search("盛岡", "activity")
    assert kept.kinds == every.kinds
    assert {entry.kind.slug for entry in kept.entries} == {"activity"}
    assert sum(count for _, count in every.kinds) == len(every.entries)
    assert dict((kind.slug, count) for kind, count in every.kinds)["activity"] == len(kept.entries)


def test_everything_with_a_label_is_first_by_its_own_label(index, store):
    """In either language nothing but its namesakes stands before an entity."""
    labels: dict[str, set[str]] = {}
    for quad in store.quads_for_pattern(None, LABEL, None):
        labels.setdefault(quad.subject.value, set()).add(quad.object.value)
    searched, known = 0, set(kinds())
    known_by = keys_of_entries(index)
    for iri, names in labels.items():
        classes = {q.object.value for q in store.quads_for_pattern(NamedNode(iri), TYPE, None)}
        if not classes & known:
            assert classes & NOT_SEARCHED, f"{iri} has a label and no kind in kinds.csv"
            continue
        searched += 1
        for name in names:
            before = []
            for entry in index.search(name).entries:
                if entry.label.iri == iri:
                    break
                before.append(entry.label)
            else:
                pytest.fail(f"{name!r} does not find {iri}")
            for label in before:
                assert known_by[label.iri] & {*search_text.keys(name)}, (
                    f"{name!r} finds {label} before {iri}"
                )
    assert searched == len(index) > 3000


def keys_of_entries(index: SearchIndex) -> dict[str, set[str]]:
    """Return the whole names by which each entity is known, alternative ones too."""
    known: dict[str, set[str]] = {}
    for key, numbers in index._named.items():
        for number in numbers:
            known.setdefault(index._entries[number].label.iri, set()).add(key)
    return known


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("盛丘市", "municipality/03201"),
        ("moriyoka", "municipality/03201"),
        ("Tsuwanno", "municipality/32501"),
        ("もりをかし", "municipality/03201"),
        ("第一生命保健株式会社", "company/1010001174683"),
    ],
)
def test_a_mistake_in_typing_is_offered_what_was_meant(client, index, typed, meant):
    near = index.near(typed, 5)
    assert meant in ids(near) and len(near) <= 5
    answer = get(client, "/search", q=typed, format="json").json
    assert answer["total"] == 0 and f"{ID}{meant}" in [entry["iri"] for entry in answer["near"]]
    assert meant in get(client, "/search", q=typed).text


def test_a_mistaken_address_is_offered_what_was_meant(index):
    assert ids(index.near("/foreign/CN/dalien", 5))[0] == "foreign/CN/dalian"
    assert "municipality/13105" in ids(index.near("municipality/13l05", 5))


def test_nothing_is_near_to_nothing(index):
    assert index.near("", 5) == () and index.near("zzzzqqqqxxxx", 5) == ()


def test_json_says_what_a_program_needs(client):
    answer = get(client, "/search", accept="application/json", q="盛岡")
    assert answer.content_type == "application/json"
    assert answer.json["total"] == len(answer.json["results"]) > 1
    assert answer.json["results"][0] == {
        "iri": f"{ID}municipality/03201",
        "path": "/id/municipality/03201",
        "label": {"ja": "盛岡市", "en": "Morioka City"},
        "kind": "municipality",
        "code": "032018",
        "ties": 1,
        "places": [
            {
                "iri": f"{ID}prefecture/03",
                "path": "/id/prefecture/03",
                "label": {"ja": "岩手県", "en": "Iwate Prefecture"},
            }
        ],
        "date": None,
        "ended": None,
        "successors": [],
    }
    assert answer.json["kinds"][0] == {
        "kind": "municipality", "ja": "市区町村", "en": "municipality", "count": 1,
    }  # fmt: skip
    assert (answer.json["near"], answer.json["left_out"], answer.json["next"]) == ([], [], None)


@pytest.mark.parametrize(
    ("parameters", "accept", "status"),
    [
        ({"q": "盛岡", "format": "csv"}, "text/html", 400),
        ({"q": "盛岡"}, "image/png", 406),
        ({"q": "盛岡", "kind": "none"}, "application/json", 400),
        ({"q": "盛岡", "page": "2"}, "application/json", 400),
        ({"q": "盛岡", "page": "-1"}, "application/json", 400),
        ({"q": "盛岡", "page": "²"}, "application/json", 400),
        ({"q": "盛" * (MOST_CHARACTERS + 1)}, "application/json", 400),
    ],
)
def test_a_wrong_request_is_told_what_was_expected(client, parameters, accept, status):
    answer = get(client, "/search", accept, **parameters)
    assert answer.status_code == status
    if accept == "application/json":
        assert re.search("expected", answer.json["detail"]) and answer.json["detail_ja"]


def test_pages_of_results_hold_each_once(client):
    address, seen, total = "/search?q=市&format=json&lang=en", [], None
    while address:
        answer = client.get(address).json
        seen += [entry["iri"] for entry in answer["results"]]
        total, address = answer["total"], answer["next"]
    assert len(seen) == len(set(seen)) == total > 100


def test_pages_of_results_are_linked_both_ways(client):
    first = get(client, "/search", q="市", lang="ja").text
    (address,) = re.findall(r'<a href="([^"]*)" rel="next"', first)
    second = client.get(address.replace("&amp;", "&")).text
    assert 'rel="prev"' in second and 'start="51"' in second and 'rel="prev"' not in first


def test_suggestions_are_few_and_in_the_language_of_the_page(client):
    answer = get(client, "/suggest", q="もりお", lang="ja").json
    assert answer["query"] == "もりお"
    assert answer["suggestions"][0] == {
        "label": "盛岡市",
        "other": "Morioka City",
        "note": "市区町村・岩手県",
        "href": "/id/municipality/03201?lang=ja",
    }
    english = get(client, "/suggest", q="moriok", lang="en").json["suggestions"][0]
    assert english["label"] == "Morioka City"
    assert english["note"] == "municipality, Iwate Prefecture"
    many = get(client, "/suggest", q="a")
    assert len(many.json["suggestions"]) == SUGGESTIONS <= 10 and len(many.data) < 5000
    assert get(client, "/suggest", q="moriyoka", lang="en").json["suggestions"]
    assert get(client, "/suggest").json == {"query": "", "suggestions": []}


def test_every_page_has_the_box(client):
    for path in ("/", "/?lang=en", "/sparql", "/none", "/search"):
        html = client.get(path, headers={"Accept": "text/html"}).text
        (form,) = re.findall(r'<form class="search".*?</form>', html, re.DOTALL)
        assert 'action="/search" method="get"' in form and 'role="search"' in form
        assert '<label class="unseen" for="search">' in form and 'id="search" type="search"' in form
        assert html.count('id="search"') == 1


def test_under_a_sub_path_everything_stays_there(client):
    under = {"SCRIPT_NAME": "/lod"}
    html = client.get("/search?q=市", environ_overrides=under).text
    links = re.findall(r'(?:href|action|data-suggest|src)="([^"]*)"', html)
    assert all(link.startswith(("/lod/", "#")) for link in links)
    answer = client.get("/suggest?q=morioka", environ_overrides=under).json
    assert answer["suggestions"][0]["href"].startswith("/lod/id/municipality/03201")
    assert (
        client.get("/search?q=市&format=json", environ_overrides=under)
        .json["next"]
        .startswith("/lod/search?")
    )


def test_opensearch_description_leads_to_the_search(client):
    page = client.get("/").text
    assert '<link rel="search" href="/opensearch.xml"' in page
    answer = client.get("/opensearch.xml", headers={"Host": "example.org"})
    assert answer.content_type.startswith("application/opensearchdescription+xml")
    root = ElementTree.fromstring(answer.data)
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    assert root.tag == f"{space}OpenSearchDescription"
    assert len(root.findtext(f"{space}ShortName")) <= 16
    templates = {url.get("type"): url.get("template") for url in root.findall(f"{space}Url")}
    assert templates["text/html"] == "http://example.org/search?q={searchTerms}"
    for media_type, template in templates.items():
        path = template.removeprefix("http://example.org").replace("{searchTerms}", quote("盛岡"))
        found = client.get(path, headers={"Accept": "text/html"})
        assert found.status_code == 200 and found.content_type.startswith(media_type)


def test_no_text_is_markup():
    store = Store()
    entity = NamedNode(f"{ID}municipality/1")
    for predicate, value in (
        (TYPE, NamedNode(f"{ENISHI}Municipality")),
        (LABEL, Literal(ATTACK, language="ja")),
        (LABEL, Literal(f"en {ATTACK}", language="en")),
        (NamedNode(f"{ENISHI}isoCode"), Literal(ATTACK)),
        (NamedNode(f"{ENISHI}validTo"), Literal(ATTACK)),
        (NamedNode(f"{ENISHI}succeededBy"), entity),
    ):
        store.add(Quad(entity, predicate, value))
    client = create_app({"STORE": store}).test_client()
    for typed in (ATTACK, "alert", ATTACK + ATTACK):
        html = get(client, "/search", q=typed).text
        html = re.sub(r'<script type="module" src="/static/[\w./?=-]*"></script>', "", html)
        assert "<script" not in html and "<img" not in html
        assert "alert(1)" in html
    answer = get(client, "/suggest", q=ATTACK)
    assert answer.content_type == "application/json" and json.loads(answer.data)["suggestions"]


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "\x00", "\ufffd", "「」", "・", "(", "[a-z]+", ".*", "%", "\\", "\n\t", "😀",
        "ー", "'", "a" * MOST_CHARACTERS, "市 " * 200, "\U000e0100", "ﷺ", "İ", "ß",
        "々", "ゝ", "゛", "\u3099", "순천시", "مرحبا",
    ],
)  # fmt: skip
def test_odd_text_is_answered(client, typed):
    for path in ("/search", "/suggest"):
        assert get(client, path, q=typed).status_code == 200
        assert get(client, path, q=typed, format="json").status_code == 200
    assert client.get("/search?q=%FF%FE%00&q=2").status_code == 200


def test_a_graph_without_names_has_an_empty_index():
    index = create_app({"STORE": Store()}).extensions["enishi_search"]
    assert len(index) == 0
    assert index.search("盛岡").entries == () and index.near("盛岡", 3) == ()


def test_the_examples_in_the_documentation_hold():
    results = doctest.testmod(search_text)
    assert results.attempted >= 5 and results.failed == 0
