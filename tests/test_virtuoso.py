"""A release in a Virtuoso 7 of our own: the same answers, a load cut short, a store that dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

import pytest
from pyoxigraph import (
    NamedNode,
    Quad,
    QueryResultsFormat,
    RdfFormat,
    Store,
    parse,
    parse_query_results,
)

from server.evaluation import own_query, run
from server.remote.connection import Address
from server.remote.publish import wanted_graphs
from server.remote.target import Target
from tests.every_query import comparable, every_query
from tests.replicas import Replica, running, table, write_registry
from tests.serving import ROOT, Answer, Client, serving
from tests.stores import OPERATOR, StoreProcess, virtuoso

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
JSON = "application/sparql-results+json"
TURN_SECONDS = 30
PUBLISH_SECONDS = 300


def publish(store: StoreProcess, release: Path) -> subprocess.CompletedProcess[str]:
    """Run the command, as the operator of the store."""
    return subprocess.run(
        command(store, release), cwd=ROOT, env={**os.environ, **OPERATOR},
        capture_output=True, text=True, timeout=PUBLISH_SECONDS,
    )  # fmt: skip


def command(store: StoreProcess, release: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "server", "publish"),
        *("--store", store.url, "--release", str(release)),
    ]


@contextmanager
def served(store: StoreProcess, **settings: str | int) -> Iterator[Client]:
    """Serve what the store holds; no folder of a release is at hand."""
    environment = {"ENISHI_STORE": store.url}
    with serving(store.folder / "none", environment=environment, **settings) as client:
        yield client


@pytest.fixture(scope="module")
def filled(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    """A Virtuoso with the real release in it."""
    with virtuoso(tmp_path_factory.mktemp("virtuoso")) as store:
        done = publish(store, release)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        assert "each verified by count and hash" in done.stdout
        yield store


@pytest.fixture(scope="module")
def client(filled: StoreProcess) -> Iterator[Client]:
    with served(filled, query_seconds=60) as client:
        yield client


def count(answer: Answer) -> int:
    assert answer.status == 200, answer.body
    (row,) = parse_query_results(answer.body, QueryResultsFormat.JSON)
    return int(row["n"].value)


def test_every_query_is_answered_as_by_the_embedded_store(client: Client, store: Store):
    differing, asked = [], 0
    for name, text in every_query(store):
        here = run(store, own_query(text))
        is_graph = own_query(text).makes_graph
        answer = client.ask(text, "application/n-triples" if is_graph else JSON)
        assert answer.status == 200, (name, answer.body)
        asked += 1
        expected = comparable(here, text)
        if is_graph:
            found = comparable_triples(answer.body)
        else:
            found = comparable(parse_query_results(answer.body, QueryResultsFormat.JSON), text)
        if found != expected:
            differing.append((name, found, expected))
    assert differing == []
    assert asked > 70


def comparable_triples(body: bytes) -> object:
    from collections import Counter

    return Counter(str(cast(Quad, quad).triple) for quad in parse(body, RdfFormat.N_TRIPLES))


FORMS = [
    "ASK { ?s a <https://w3id.org/enishi/ontology#Tie> }",
    "ASK { ?s a <https://w3id.org/enishi/ontology#Nothing> }",
    "DESCRIBE <https://w3id.org/enishi/id/municipality/13105>",
    "DESCRIBE ?x { ?x a <https://w3id.org/enishi/ontology#SourceDocument> }",
    "CONSTRUCT WHERE { ?x a <https://w3id.org/enishi/ontology#SourceDocument> ; ?p ?o }",
    "CONSTRUCT { ?x <urn:is> 1 } WHERE { ?x a <https://w3id.org/enishi/ontology#Country> }",
    "SELECT (COUNT(*) AS ?n) FROM <https://w3id.org/enishi/graph/derived> { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) FROM NAMED <https://w3id.org/enishi/graph/derived>"
    " { GRAPH ?g { ?s ?p ?o } }",
    "SELECT (COUNT(*) AS ?n) FROM NAMED <https://w3id.org/enishi/graph/derived> { ?s ?p ?o }",
    "SELECT ?w { ?s <http://www.opengis.net/ont/geosparql#asWKT> ?w # every literal\n"
    " FILTER(DATATYPE(?w) = <http://www.opengis.net/ont/geosparql#wktLiteral>) }",
    "SELECT ?s ?t { ?s <https://w3id.org/enishi/ontology#approximate> ?t FILTER(?t) }",
    "SELECT ?c ?n { { SELECT DISTINCT ?c { ?x a ?c } }"
    " OPTIONAL { ?c <http://www.w3.org/2000/01/rdf-schema#label> ?n }"
    ' FILTER(STRSTARTS(STR(?c), "https://w3id.org/")) }',
    "SELECT * { { SELECT DISTINCT ?c { ?x a ?c } }"
    " OPTIONAL { ?c <http://www.w3.org/2000/01/rdf-schema#label> ?n }"
    ' FILTER(STRSTARTS(STR(?c), "https://w3id.org/")) }',
    "SELECT (COUNT(*) AS ?k) { { SELECT DISTINCT ?c { ?x a ?c } }"
    " OPTIONAL { ?c <http://www.w3.org/2000/01/rdf-schema#label> ?n }"
    ' FILTER(STRSTARTS(STR(?c), "https://w3id.org/")) }',
    'SELECT (CONCAT("→", STR(?n), "市") AS ?t) { ?x <https://w3id.org/enishi/ontology#kana> ?n }',
]


@pytest.mark.parametrize("text", FORMS)
def test_a_form_of_query_is_answered_as_by_the_embedded_store(
    client: Client, store: Store, text: str
):
    is_graph = own_query(text).makes_graph
    answer = client.ask(text, "application/n-triples" if is_graph else JSON)
    assert answer.status == 200, answer.body
    if is_graph:
        found = comparable_triples(answer.body)
    else:
        found = comparable(parse_query_results(answer.body, QueryResultsFormat.JSON), text)
    assert found == comparable(run(store, own_query(text)), text)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM <http://www.openlinksw.com/schemas/virtrdf#> { ?s ?p ?o }",
        "SELECT * { GRAPH <http://www.openlinksw.com/schemas/virtrdf#> { ?s ?p ?o } }",
        "SELECT * FROM NAMED <urn:enishi:published> { GRAPH ?g { ?s ?p ?o } }",
        "SELECT * { GRAPH <urn:enishi:published> { ?s ?p ?o } }",
    ],
)
def test_no_graph_of_the_store_but_those_of_the_release_is_seen(client: Client, query: str):
    answer = client.ask(query, JSON)
    assert answer.status == 200
    assert list(parse_query_results(answer.body, QueryResultsFormat.JSON)) == []


def test_graphs_of_the_store_named_by_the_protocol_are_not_seen(client: Client):
    system = "http://www.openlinksw.com/schemas/virtrdf#"
    dataset = [("default-graph-uri", system), ("named-graph-uri", system)]
    assert count(client.ask(COUNT, JSON, *dataset)) == 0


@pytest.mark.parametrize(
    "query",
    [
        'SELECT (<bif:getenv>("PATH") AS ?x) {}',
        'PREFIX x: <bif:> SELECT * { ?s ?p ?o FILTER(false && x:file_to_string("/etc/passwd")) }',
        "SELECT * { ?s ?p ?o FILTER(<sql:anything>(?o) || true) }",
        "SELECT * { ?s <bif:contains> 'a' }",
        'define get:soft "soft" SELECT * FROM <http://127.0.0.1/> { ?s ?p ?o }',
        "INSERT DATA { GRAPH <urn:x> { <urn:a> <urn:b> 1 } }",
    ],
)
def test_nothing_of_the_stores_own_language_reaches_it(client: Client, query: str):
    assert client.ask(query, JSON).status == 400


def test_pages_and_health_are_those_of_the_release_in_the_store(client: Client, store: Store):
    for path in ("/", "/id/municipality/13105", "/search?q=Morioka", "/graph/derived", "/network"):
        assert client.request("GET", path, accept="text/html").status == 200, path
    health = client.request("GET", "/healthz").body.decode()
    assert '"store": "remote"' in health and '"network_of_workers": "open, to ask' in health
    assert count(client.ask(COUNT, JSON)) == len({quad.triple for quad in store})


def test_a_federated_query_is_answered_as_by_the_embedded_store(
    filled: StoreProcess, store: Store, tmp_path: Path
):
    """The context is evaluated by the one store, the rows come from another, the join is here's."""
    ties = """
        <https://w3id.org/enishi/id/municipality/13105> enishi:tie ?partner .
        ?partner enishi:standardAreaCode ?code ; rdfs:label ?name . FILTER(LANG(?name) = "en")"""
    here = run(store, own_query(f"SELECT ?partner ?code ?name {{ {ties} }}"))
    expected = sorted((row["partner"].value, row["name"].value, row["code"].value) for row in here)
    lines = (
        f'<http://t.example/{code}> <http://t.example/c> "{code}" .' for _, _, code in expected
    )
    with running(Replica("\n".join(lines))) as replica:
        path = write_registry(tmp_path / "endpoints.toml", table("it", replica.url, pause_s=0))
        with served(filled, query_seconds=60, endpoints=str(path)) as joining:
            query = f"""SELECT ?partner ?name ?code {{ {ties}
                SERVICE it: {{ ?area <http://t.example/c> ?code }} }}"""
            answer = joining.ask(query, JSON)
    assert answer.status == 200, answer.body
    rows = parse_query_results(answer.body, QueryResultsFormat.JSON)
    found = sorted((row["partner"].value, row["name"].value, row["code"].value) for row in rows)
    assert found == expected and len(found) > 10
    assert len(replica.sent) == 1 and "VALUES" in replica.sent[0].query


def test_a_wrong_password_is_one_sentence_without_it(filled: StoreProcess, release: Path):
    done = subprocess.run(
        command(filled, release), cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, **OPERATOR, "ENISHI_STORE_PASSWORD": "wrong-secret"},
        timeout=PUBLISH_SECONDS,
    )  # fmt: skip
    assert done.returncode == 1 and done.stdout == ""
    assert "does not accept this server's credentials" in done.stderr
    assert len(done.stderr.splitlines()) == 1 and "secret" not in done.stderr


def test_publishing_again_sends_nothing(filled: StoreProcess, release: Path):
    done = publish(filled, release)
    assert done.returncode == 0 and "; 0 were sent." in done.stdout


def test_rows_the_store_leaves_out_are_an_error(small_release: Path, tmp_path: Path):
    with virtuoso(tmp_path, rows=3000) as store:
        assert publish(store, small_release).returncode == 0
        with served(store) as client:
            answer = client.ask("SELECT * { ?s ?p ?o }", JSON)
            assert answer.status == 502 and b"left rows out above its limit of 3000" in answer.body
            graph = client.ask("CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples")
            assert graph.status == 502 and b"3000" in graph.body
            assert client.ask("SELECT * { ?s ?p ?o } LIMIT 1000", JSON).status == 200


def test_a_store_that_leaves_out_what_every_page_needs_is_not_served(
    small_release: Path, tmp_path: Path
):
    with virtuoso(tmp_path, rows=200) as store:
        assert publish(store, small_release).returncode == 0
        done = subprocess.run(
            [sys.executable, "-m", "server", "serve", "--port", "0"], cwd=ROOT, timeout=60,
            env={**os.environ, "ENISHI_STORE": store.url}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
        assert "left rows out above its limit of 200" in done.stderr


def test_a_load_cut_short_leaves_the_old_release_and_goes_on(
    release: Path, small_release: Path, store: Store, tmp_path: Path
):
    with virtuoso(tmp_path) as process:
        assert publish(process, small_release).returncode == 0
        with served(process) as client:
            before = count(client.ask(COUNT, JSON))
            kept = _publish_and_kill(process, release, store)
            assert kept > 0
            assert count(client.ask(COUNT, JSON)) == before
            done = publish(process, release)
            assert done.returncode == 0, done.stderr
            sent = int(done.stdout.split("; ")[-1].split()[0])
            assert 0 < sent <= len(store) - kept
            expected = len({quad.triple for quad in store})
            _wait_until(lambda: count(client.ask(COUNT, JSON)) == expected)
        assert _staged(process, store) == 0


def _publish_and_kill(process: StoreProcess, release: Path, store: Store) -> int:
    """Kill -9 the command when a graph has come whole; return the statements in the store."""
    with subprocess.Popen(
        command(process, release), cwd=ROOT, env={**os.environ, **OPERATOR},
        stdout=subprocess.DEVNULL,
    ) as publishing:  # fmt: skip
        _wait_until(lambda: _staged(process, store) > 0 or publishing.poll() is not None)
        publishing.send_signal(signal.SIGKILL)
        publishing.wait()
    assert publishing.returncode == -signal.SIGKILL
    return _staged(process, store)


def _staged(process: StoreProcess, store: Store) -> int:
    """Return how many statements of whole graphs are there under their staged names."""
    with closing(Target(Address.read(process.url, OPERATOR))) as target:
        graphs = wanted_graphs(store, dict(target.engine.aliases))
        counts = [(target.count(graph.staged), graph.state.quads) for graph in graphs]
    return sum(found for found, wanted in counts if found == wanted)


def _wait_until(is_so) -> None:
    until = time.monotonic() + TURN_SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_store_that_dies_is_told_and_comes_back_by_itself(small_release: Path, tmp_path: Path):
    with virtuoso(tmp_path) as store:
        assert publish(store, small_release).returncode == 0
        with served(store, cache_mib=0) as client:
            whole = count(client.ask(COUNT, JSON))
            store.stop(signal.SIGKILL)
            answer = client.ask(COUNT, JSON)
            assert answer.status == 503 and answer.media_type == "application/problem+json"
            assert b"cannot be reached (Connection refused)" in answer.body
            page = client.request("GET", "/id/activity/hokkaido-2022/78", accept="text/html")
            assert page.status == 503 and b"Connection refused" in page.body
            store.start()
            assert count(client.ask(COUNT, JSON)) == whole


def test_a_graph_that_somebody_damaged_is_not_taken_for_right(
    filled: StoreProcess, release: Path, store: Store
):
    name = NamedNode("https://w3id.org/enishi/graph/linksets")
    quad = next(iter(store.quads_for_pattern(None, None, None, name)))
    with closing(Target(Address.read(filled.url, OPERATOR))) as target:
        target.update(
            f"DELETE DATA {{ GRAPH {name} {{ {quad.triple} }} }} ;"
            f" INSERT DATA {{ GRAPH {name} {{ <urn:a> <urn:b> <urn:c> }} }}"
        )
    done = publish(filled, release)
    size = len(list(store.quads_for_pattern(None, None, None, name)))
    assert done.returncode == 0 and f"; {size} were sent." in done.stdout
