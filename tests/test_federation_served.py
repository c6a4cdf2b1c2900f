"""SERVICE over HTTP: a served release joined with another endpoint, its failures, its limits."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pyoxigraph import Store

from server.errors import Problem
from server.evaluation import admit, run
from server.limits import Limits
from tests.replicas import Handler, Replica, Sent, running, table, write_registry
from tests.serving import Answer, Client, serving

SAC = "http://data.e-stat.go.jp/lod/sac/C"
POPULATION = "http://t.example/population"
JOIN = f"""
SELECT ?partner ?population WHERE {{
  <https://w3id.org/enishi/id/municipality/13105> enishi:tie ?partner .
  ?partner skos:exactMatch ?area .
  SERVICE it: {{ ?area <{POPULATION}> ?population }}
}} ORDER BY ?partner"""
PLAIN = f"SELECT ?area ?n WHERE {{ SERVICE it: {{ ?area <{POPULATION}> ?n }} }}"
SETTINGS = {"federation_running": 1, "federation_seconds": 3, "workers": 4, "query_seconds": 2}


@dataclass
class Scene:
    """A server, the endpoint it may ask, and what both hold."""

    client: Client
    replica: Replica
    store: Store

    def get(self, query: str, *more: tuple[str, str], **headers: str) -> Answer:
        return self.client.request("GET", "/sparql?" + urlencode([("query", query), *more]),
                                   **headers)  # fmt: skip


@pytest.fixture(scope="module")
def areas(store: Store) -> list[str]:
    """The standard areas that the release links to."""
    found = store.query("SELECT DISTINCT ?a { GRAPH ?g { ?s ?p ?a } FILTER(STRSTARTS(STR(?a), "
                        f"'{SAC}')) }} ORDER BY ?a")  # fmt: skip
    return [row["a"].value for row in found]


@pytest.fixture(scope="module")
def scene(release: Path, store: Store, areas, tmp_path_factory) -> Iterator[Scene]:
    turtle = "\n".join(f"<{a}> <{POPULATION}> {int(a[-5:])} ." for a in areas)
    with running(Replica(turtle)) as replica:
        path = write_registry(
            tmp_path_factory.mktemp("endpoints") / "endpoints.toml",
            table("it", replica.url, pause_s=0, timeout_s=5),
        )
        with serving(release, **SETTINGS, endpoints=str(path), federation_cache_seconds=0) as it:
            yield Scene(it, replica, store)


@pytest.fixture(autouse=True)
def unchanged(scene: Scene) -> Iterator[None]:
    scene.replica.sent.clear()
    yield
    scene.replica.act = None


def rows(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200, answer.body
    found = json.loads(answer.body)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in found]


def fails(answer: Answer, status: int, *said: str) -> dict[str, object]:
    problem: dict[str, object] = json.loads(answer.body)
    assert (answer.status, answer.media_type) == (status, "application/problem+json"), problem
    for part in said:
        assert part in str(problem["detail"])
    return problem


def test_partners_are_joined_with_what_the_other_endpoint_says(scene):
    answer = scene.get(JOIN)
    found = rows(answer)
    expected = scene.store.query(
        "SELECT ?partner ?area { <https://w3id.org/enishi/id/municipality/13105>"
        " <https://w3id.org/enishi/ontology#tie> ?partner . ?partner"
        f" <http://www.w3.org/2004/02/skos/core#exactMatch> ?area"
        f" FILTER(STRSTARTS(STR(?area), '{SAC}')) }} ORDER BY ?partner",
        use_default_graph_as_union=True,
    )
    assert found == [
        {"partner": row["partner"].value, "population": str(int(row["area"].value[-5:]))}
        for row in expected
    ]
    assert len(found) > 10 and len(scene.replica.sent) == 1
    assert "VALUES" in scene.replica.sent[0].query


def test_an_answer_tells_what_it_took_and_whom_to_thank(scene):
    answer = scene.get(JOIN)
    assert "requests=1; rows=" in answer.headers["Enishi-Federation"]
    assert 'rel="license"' in answer.headers["Link"]
    assert answer.headers["Cache-Control"] == "no-store" and "ETag" not in answer.headers
    assert "Enishi-Federation" in answer.headers["Access-Control-Expose-Headers"]
    page = scene.get(JOIN, ("format", "html"), ("lang", "en"))
    assert b'rel="license noreferrer"' in page.body and b"rows of other endpoints" in page.body


def test_a_query_is_explained_without_asking_anybody(scene):
    answer = scene.get(JOIN, ("explain", "federation"))
    (step,) = json.loads(answer.body)["requests"]
    assert (step["endpoint"], step["requests"]) == ("it", 1) and step["keys"] > 10
    assert step["url"] == scene.replica.url and step["bytes"] > 0
    assert scene.replica.sent == []
    fails(scene.get(JOIN, ("explain", "all")), 400, "expected explain=federation")


def test_an_endpoint_that_is_not_registered_is_not_asked(scene):
    canary = Replica()
    with running(canary):
        query = f"ASK {{ SERVICE <{canary.url}> {{ ?s ?p ?o }} }}"
        problem = fails(scene.get(query), 403, canary.url)
        assert problem["reason"] == "unknown" and canary.sent == []


def test_a_failure_names_the_endpoint_and_silent_takes_it_as_no_restriction(scene):
    def fail(handler: Handler, sent: Sent) -> None:
        handler.whole(b"no", "text/plain", 500)

    scene.replica.act = fail
    problem = fails(scene.get(JOIN), 502, "(it)", "500")
    assert problem["endpoint"] == "it"
    silent = rows(scene.get(JOIN.replace("SERVICE", "SERVICE SILENT")))
    assert silent and all("population" not in row for row in silent)


def test_a_query_that_waits_too_long_for_others_is_cut_and_the_next_is_answered(scene):
    done = threading.Event()
    scene.replica.act = lambda handler, sent: done.wait(20)
    begun = time.monotonic()
    assert fails(scene.get(JOIN), 504)["limit"] == "federation_seconds"
    assert time.monotonic() - begun < 10
    done.set()
    scene.replica.act = None
    assert rows(scene.get(JOIN))


def test_no_more_queries_ask_others_at_once_than_may(scene):
    asked, done = threading.Event(), threading.Event()

    def wait(handler: Handler, sent: Sent) -> None:
        asked.set()
        done.wait(10)
        scene.replica.evaluate(handler, sent)

    scene.replica.act = wait
    other = Client(scene.client.address, scene.client.pid, [])
    first: list[Answer] = []
    path = "/sparql?" + urlencode({"query": JOIN})
    thread = threading.Thread(target=lambda: first.append(other.request("GET", path)))
    thread.start()
    assert asked.wait(10)
    refused = scene.get(PLAIN)
    assert refused.headers["Retry-After"] == "2"
    problem = fails(refused, 503, "try again")
    assert problem["limit"] == "federation_running"
    assert rows(scene.get("SELECT * { ?s a enishi:Prefecture } LIMIT 1"))
    done.set()
    thread.join(20)
    assert rows(first[0])
    other.close()


def test_a_client_that_leaves_ends_the_wait(scene):
    asked, done = threading.Event(), threading.Event()

    def wait(handler: Handler, sent: Sent) -> None:
        asked.set()
        done.wait(10)

    scene.replica.act = wait
    other = Client(scene.client.address, scene.client.pid, [])
    other._connection.request("GET", "/sparql?" + urlencode({"query": JOIN}))
    assert asked.wait(10)
    other.close()
    time.sleep(1)
    scene.replica.act = None
    assert rows(scene.get(JOIN))
    done.set()


def test_a_fetcher_that_is_killed_is_started_again(scene):
    assert rows(scene.get(JOIN))
    front = children(scene.client.pid)[0]
    (fetcher,) = [pid for pid in children(front) if "federation.fetcher" in command(pid)]
    os.kill(fetcher, signal.SIGKILL)
    until = time.monotonic() + 20
    while (answer := scene.get(JOIN)).status != 200 and time.monotonic() < until:
        fails(answer, 502)
        time.sleep(0.1)
    assert rows(answer)


def test_the_description_of_the_service_says_that_it_federates(scene):
    answer = scene.client.request("GET", "/sparql", Accept="application/n-triples")
    assert b"sparql-service-description#BasicFederatedQuery" in answer.body


def test_rows_of_others_have_every_kind_of_term(scene):
    hard = Replica(
        '<http://t.example/a> <http://t.example/p> "東京 \\"x\\"\\n"@ja, 1.5e0, "2020"^^'
        "<http://www.w3.org/2001/XMLSchema#gYear>, <http://t.example/b>, [] ."
    )
    scene.replica.act = lambda handler, sent: hard.evaluate(handler, sent)
    query = "SELECT ?o (isBlank(?o) AS ?blank) { SERVICE it: { ?s <http://t.example/p> ?o } }"
    found = rows(scene.get(query))
    assert sorted(row["blank"] for row in found) == ["false"] * 4 + ["true"]
    assert '東京 "x"\n' in [row["o"] for row in found]


def children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(number) for number in path.read_text(encoding="ascii").split()]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def test_a_store_is_never_given_a_service(store):
    with pytest.raises(Problem, match="SERVICE"):
        run(store, admit("ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", Limits()))
