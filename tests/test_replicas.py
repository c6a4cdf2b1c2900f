"""Replicas of the endpoints: real engines, asked by the fetcher over HTTP, quirks on and off."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Quad, QuerySolutions, Store

from benchmarks.replicas import estat, gbizinfo
from benchmarks.replicas.areas import Area, registered
from benchmarks.replicas.data import SOURCES
from benchmarks.replicas.quirks import KNOWN, Quirks
from benchmarks.replicas.servers import REAL, Replicas, missing, replicas
from mappings.publication import DESCRIPTIONS
from mappings.tables import read_table
from server.federation.in_process import LocalFetcher
from server.federation.registry import Registry
from server.federation.remote import Failed, Fetch, Fetched, request_text
from server.limits import Limits

HERE = [name for name in SOURCES if not missing(name)]
PROLOGUE = """\
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX ic: <http://imi.go.jp/ns/core/rdf#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sacs: <http://data.e-stat.go.jp/lod/terms/sacs#>
PREFIX schema: <http://schema.org/>
PREFIX sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#>
PREFIX sdmx-measure: <http://purl.org/linked-data/sdmx/2009/measure#>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX xl: <http://www.w3.org/2008/05/skos-xl#>
"""


def _text(word: str) -> str:
    return f'"{word}"'


# Of each endpoint: a pattern, what is wanted of it, and the key of an area.
ASKED = {
    "estat": (
        "?area sacs:latestCode ?d . ?o sdmx-dimension:refArea ?d ; sdmx-measure:obsValue ?n"
        " OPTIONAL { ?d dcterms:valid ?end }",
        ("area", "d", "n", "end"), lambda area: str(estat.plain(area)),
    ),
    "gbizinfo": (
        f"GRAPH {gbizinfo.GRAPH} {{ ?record ic:名称/ic:表記 ?name ; ic:ID/ic:識別値 ?number"
        " OPTIONAL { ?record ic:住所/ic:市区町村コード ?code } }",
        ("record", "name", "number", "code"), lambda area: str(gbizinfo.record(area.number)),
    ),
    "ndl": (
        "?n xl:prefLabel/xl:literalForm ?title", ("title", "n"),
        lambda area: _text(area.full_name),
    ),
    "jpsearch": (
        "?place schema:name ?title OPTIONAL { ?work schema:spatial ?place }",
        ("title", "place", "work"), lambda area: f'"{area.name_ja}"@ja',
    ),
    "wikidata": (
        "?item wdt:P429 ?code ; wdt:P1082 ?n", ("code", "item", "n"),
        lambda area: _text(area.government_code),
    ),
    "dbpedia": (
        "?article owl:sameAs ?place ; rdfs:label ?title", ("place", "article", "title"),
        lambda area: f"<http://geonames.jp/resource/{area.full_name}>",
    ),
}  # fmt: skip


def fetch_of(name: str, areas: list[Area]) -> Fetch:
    pattern, variables, key = ASKED[name]
    known = [area for area in areas if area.number or name != "gbizinfo"]
    keys = tuple((term,) for term in dict.fromkeys(key(area) for area in known))
    return Fetch(name, PROLOGUE, pattern, variables, variables[:1], keys)


@pytest.fixture(scope="module")
def running() -> Iterator[Replicas]:
    if not HERE:
        pytest.skip(missing("estat"))
    with replicas(HERE) as found:
        yield found


@pytest.fixture(scope="module")
def some_areas() -> list[Area]:
    """A fifth of all local governments: prefectures, cities, former towns."""
    return registered()[1][::5]


def in_one_store(running: Replicas, fetch: Fetch) -> Counter[tuple[str | None, ...]]:
    """What the data themselves answer: in the default graph, and in their own where they have one.

    The engine is the same as that of most replicas; Virtuoso is another.
    """
    store = Store()
    for quad in running.data[fetch.endpoint]:
        store.add(Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()))
        store.add(quad)
    found = store.query(request_text(fetch, fetch.keys))
    assert isinstance(found, QuerySolutions)
    return Counter(tuple(None if term is None else str(term) for term in row) for row in found)


def fetched(running: Replicas, tmp_path: Path, fetch: Fetch, quirks: str) -> Fetched | Failed:
    switched, changes = KNOWN[quirks]
    running.switch(switched)
    registry = running.write_registry(tmp_path / "endpoints.toml", **changes)
    with LocalFetcher(Registry.read(registry, may_be_local=True), Limits()) as fetcher:
        return fetcher.fetch(fetch)


@pytest.mark.parametrize("quirks", KNOWN)
@pytest.mark.parametrize("name", SOURCES)
def test_an_endpoint_gives_the_same_rows_with_and_without_quirks(
    running, some_areas, tmp_path, name, quirks
):
    if why := missing(name):
        pytest.skip(why)
    fetch = fetch_of(name, some_areas)
    expected = in_one_store(running, fetch)
    assert expected.total() > 300
    found = fetched(running, tmp_path, fetch, quirks)
    assert isinstance(found, Fetched), found
    assert Counter(found.rows) == expected
    counts = running.wrappers[name].counts
    assert counts.requests >= found.requests > 0
    running.wrappers[name].reset()


@pytest.mark.parametrize("name", SOURCES)
def test_an_answer_that_is_cut_is_an_error(running, some_areas, tmp_path, name, monkeypatch):
    if why := missing(name):
        pytest.skip(why)
    monkeypatch.setitem(KNOWN, "cut", (Quirks(is_cut=True), {}))
    found = fetched(running, tmp_path, fetch_of(name, some_areas), "cut")
    assert isinstance(found, Failed)
    assert (found.endpoint, found.kind) == (name, "malformed")


def test_a_registry_that_knows_no_quirks_gets_errors_and_never_less(
    running, some_areas, tmp_path, monkeypatch
):
    """A quirk that the registry does not tell of is found out, or makes no difference."""
    fetch = fetch_of("estat", some_areas)
    for quirks, kind in (
        (Quirks(is_upper_case=True), "malformed"),
        (Quirks(method="GET"), "status"),
        (Quirks(is_moved=True, method="GET"), "status"),
    ):
        monkeypatch.setitem(KNOWN, "untold", (quirks, {"variable_case": ""}))
        found = fetched(running, tmp_path, fetch, "untold")
        assert isinstance(found, Failed) and found.kind == kind


def test_replicas_are_asked_as_the_real_registry_says(running, tmp_path):
    real = tomllib.loads(REAL.read_text(encoding="utf-8"))
    here = tomllib.loads(running.write_registry(tmp_path / "x.toml").read_text(encoding="utf-8"))
    assert set(here) == set(HERE)
    for name, table in here.items():
        assert {key for key in table if table[key] != real[name].get(key)} <= {
            "url", "aliases", "pause_s", "loopback",
        }  # fmt: skip


def test_links_lead_to_endpoints_of_the_registry():
    real = tomllib.loads(REAL.read_text(encoding="utf-8"))
    named = {row["endpoint"] for row in read_table(DESCRIPTIONS / "targets.csv")} - {""}
    assert named < {table["url"] for table in real.values()}


def test_populations_are_drawn_by_a_rule():
    areas = registered()[1]
    once, again = ([estat.population(area, 2020) for area in areas] for _ in range(2))
    assert once == again and len(set(once)) > 1_000
