"""No query takes the server down: each is answered, refused or cut, and the next one is right."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from benchmarks.hostile_queries import hostile_queries
from tests.serving import FORM, Client, serving

QUERIES = hostile_queries()
COUNT = """SELECT (COUNT(*) AS ?n) {
  ?s a enishi:Municipality FILTER NOT EXISTS { ?s enishi:validTo ?d }
}"""


@pytest.fixture(scope="module")
def client(release: Path) -> Iterator[Client]:
    with serving(release, query_seconds="1.5", query_memory_mib=512, result_mib=32) as client:
        yield client


def outcome(client: Client, query: str) -> str:
    """Return what becomes of a query: its status, with the limit it met, or broken off."""
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)
    try:
        connection.request("POST", "/sparql", urlencode({"query": query}), {"Content-Type": FORM})
        response = connection.getresponse()
        body = response.read()
    except (http.client.IncompleteRead, ConnectionResetError):
        return "broken off"
    finally:
        connection.close()
    if response.status == 200:
        json.loads(body) if "json" in response.headers["Content-Type"] else None
        return "answered"
    problem = json.loads(body)
    assert problem["status"] == response.status
    assert problem["detail"] and problem["detail_ja"]
    return f"{response.status} {problem.get('limit', '')}".strip()


ALLOWED = {
    "answered",
    "broken off",
    "400",
    "400 nesting",
    "400 words",
    "413 query_bytes",
    "413 body_bytes",
    "504 query_seconds",
    "507 query_memory_mib",
}


def test_there_are_at_least_24_kinds():
    assert len(QUERIES) >= 24


@pytest.mark.parametrize("name", QUERIES)
def test_a_hostile_query_is_answered_or_cut_and_the_next_one_is_right(client, name):
    assert outcome(client, QUERIES[name]) in ALLOWED
    rows = json.loads(client.ask(COUNT, "application/json").body)["results"]["bindings"]
    assert rows[0]["n"]["value"] == "1741"


def test_all_of_them_at_once_leave_the_server_alive(client):
    connections = []
    for query in QUERIES.values():
        connection = http.client.HTTPConnection(
            "127.0.0.1", client.port, timeout=60, source_address=("127.0.0.2", 0)
        )
        connection.request("POST", "/sparql", urlencode({"query": query}), {"Content-Type": FORM})
        connections.append(connection)
    rows = json.loads(client.ask(COUNT + "#", "application/json").body)["results"]["bindings"]
    assert rows[0]["n"]["value"] == "1741"
    for connection in connections:
        connection.close()
    health = json.loads(client.request("GET", "/healthz").body)
    assert health["status"] == "ok"
