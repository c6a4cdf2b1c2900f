"""No hostile target is reached: a canary on every local address counts who comes.

The targets are in hostile_targets.csv; PORT stands for the canary's port. Beside the canary, every
attempt of this process to connect anywhere is noted, so addresses of other machines count too.
"""

import csv
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from pyoxigraph import Store

from server import create_app
from server.federation.in_process import LocalFetcher
from server.federation.registry import Endpoint, Registry, RegistryError
from server.federation.remote import Failed, Fetch, Fetched
from server.limits import Limits
from tests.replicas import XML, Canary, Replica, canary, running, table, write_registry

LIMITS = Limits(federation_cache_seconds=0, federation_seconds=10)
FETCH = Fetch("it", "", "?s ?p ?o", ("s",))
SIGNS = {"TAB": "\t", "SPACE": " ", "NEWLINE": "\r\n", "NUL": "\0"}
TEXT = {"ja": "試験", "en": "Test"}
tried: list[object] = []
is_watching: list[bool] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        tried.append(arguments[1])
        if is_watching and not str(arguments[1][0]).startswith("127."):
            raise ConnectionRefusedError("no test goes out")


sys.addaudithook(_note)


def targets(kind: str) -> list[object]:
    path = Path(__file__).with_name("hostile_targets.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["kind"] == kind]
    return [pytest.param(row["target"], id=row["why"]) for row in rows]


def at(target: str, bird: Canary) -> str:
    for name, sign in SIGNS.items():
        target = target.replace(name, sign)
    return target.replace("PORT", str(bird.port))


@pytest.fixture
def bird() -> Iterator[Canary]:
    with canary() as bird:
        tried.clear()
        is_watching.append(True)
        yield bird
        is_watching.clear()
    assert bird.reached == []


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing connects to anywhere meanwhile."""
    tried.clear()
    yield
    assert tried == []


async def hostile_resolver(host: str, port: int) -> list[str]:
    """Say of any name that it is this machine."""
    return ["127.0.0.1"]


def refuses(found: Fetched | Failed, *kinds: str) -> None:
    assert isinstance(found, Failed), f"found {found}, expected a failure"
    assert found.kind in kinds, found.en


def test_the_canary_counts_who_comes():
    with canary() as bird:
        tried.clear()
        for address in ("127.0.0.1", "127.1.2.3", "localhost"):
            socket.create_connection((address, bird.port), timeout=5).close()
        assert len(tried) >= 3
    assert len(bird.reached) == 3


def test_there_are_enough_targets():
    path = Path(__file__).with_name("hostile_targets.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [(row["kind"], row["target"]) for row in csv.DictReader(lines)]
    assert Counter(rows).most_common(1)[0][1] == 1
    assert len(rows) >= 60 and len({kind for kind, _ in rows}) == 10


@pytest.mark.parametrize("target", targets("url"))
def test_no_registry_may_name_it(tmp_path, bird, target):
    url = at(target, bird)
    for key in ("url", "aliases"):
        good = "https://example.org/sparql"
        given = {"url": url} if key == "url" else {"url": good, "aliases": [url]}
        text = table("it", **{**given, "loopback": False})
        path = write_registry(tmp_path / "endpoints.toml", text)
        with quiet(), pytest.raises(RegistryError) as error:
            Registry.read(path, may_be_local=True)
        assert str(error.value).startswith(f"{path}: [it] {key}: found ")
        assert str(error.value).endswith(".")


@pytest.mark.parametrize("target", targets("url"))
def test_no_connection_is_made_even_if_a_registry_named_it(bird, target):
    # The check of the registry is not the only one: here it is left out.
    endpoint = Endpoint("it", at(target, bird), TEXT, TEXT, "https://example.org/")
    with LocalFetcher(Registry({"it": endpoint}), LIMITS, hostile_resolver) as fetcher, quiet():
        refuses(fetcher.fetch(FETCH), "refused", "unreachable")


@pytest.mark.parametrize("target", targets("local"))
def test_a_local_endpoint_is_no_way_to_other_addresses(tmp_path, bird, target):
    url = at(target, bird)
    path = write_registry(tmp_path / "endpoints.toml", table("it", url))
    with quiet(), pytest.raises(RegistryError):
        Registry.read(path, may_be_local=True)
    endpoint = Endpoint("it", url, TEXT, TEXT, "https://example.org/", loopback=True)
    with LocalFetcher(Registry({"it": endpoint}), LIMITS) as fetcher, quiet():
        refuses(fetcher.fetch(FETCH), "refused", "unreachable")


@pytest.mark.parametrize("target", targets("name"))
def test_a_name_at_a_forbidden_address_is_not_asked(bird, target):
    async def ask(host: str, port: int) -> list[str]:
        assert (host, port) == ("data.example.org", bird.port)
        return target.split()

    url = f"http://data.example.org:{bird.port}/sparql"
    endpoint = Endpoint("it", url, TEXT, TEXT, "https://example.org/")
    with LocalFetcher(Registry({"it": endpoint}), LIMITS, ask) as fetcher, quiet():
        found = fetcher.fetch(FETCH)
        refuses(found, "refused")
        assert "data.example.org is at" in found.en and "nothing was sent" in found.en


def test_a_name_that_turns_to_loopback_is_not_followed(bird, monkeypatch):
    # DNS rebinding: a public address when it is checked, loopback when it is connected to. The
    # connection goes to the address that was checked; after its time it is checked anew.
    asked = []

    async def ask(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["192.88.98.1"] if len(asked) == 1 else ["127.0.0.1"]

    url = f"http://data.example.org:{bird.port}/sparql"
    endpoint = Endpoint("it", url, TEXT, TEXT, "https://example.org/")
    with LocalFetcher(Registry({"it": endpoint}), LIMITS, ask) as fetcher:
        for _ in range(3):
            refuses(fetcher.fetch(FETCH), "unreachable")
    assert set(tried) == {("192.88.98.1", bird.port)} and len(asked) == 1
    asked.clear()
    monkeypatch.setattr("server.federation.pinning.PINNED_SECONDS", 0.0)
    with LocalFetcher(Registry({"it": endpoint}), LIMITS, ask) as fetcher:
        refuses(fetcher.fetch(FETCH), "unreachable")
        with quiet():
            refuses(fetcher.fetch(FETCH), "refused")
    assert len(asked) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("target", targets("redirect"))
def test_no_redirect_off_the_list_is_followed(tmp_path, bird, target, method):
    def act(handler, _):
        handler.whole(b"", None, 302, Location=at(target, bird).replace("OWN", "it"))

    replica = Replica(act=act)
    with running(replica):
        path = write_registry(tmp_path / "e.toml", table("it", replica.url, method=method))
        with LocalFetcher(Registry.read(path, may_be_local=True), LIMITS) as fetcher:
            tried.clear()
            refuses(fetcher.fetch(FETCH), "refused")
            assert tried == [("127.0.0.1", replica.port)]
    assert len(replica.sent) == 1


@pytest.mark.parametrize("target", targets("find"))
def test_a_url_is_found_as_a_whole_or_not_at_all(bird, target):
    registry = Registry.load({})
    assert registry.find("https://data.e-stat.go.jp/lod/sparql/alldata/query").name == "estat"
    assert registry.find(at(target, bird)) is None


@pytest.mark.parametrize("target", targets("body"))
def test_nothing_that_an_answer_names_is_fetched(tmp_path, bird, target):
    media_type = XML if target.startswith("<") else "application/json"
    replica = Replica(act=lambda handler, _: handler.whole(at(target, bird).encode(), media_type))
    with running(replica):
        path = write_registry(tmp_path / "e.toml", table("it", replica.url))
        with LocalFetcher(Registry.read(path, may_be_local=True), LIMITS) as fetcher:
            tried.clear()
            found = fetcher.fetch(FETCH)
            assert (isinstance(found, Fetched) and not found.rows) or found.kind == "malformed"
            assert tried == [("127.0.0.1", replica.port)]


# -- the application -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def application(store: Store):
    return create_app({"STORE": store}).test_client()


@pytest.mark.parametrize("target", targets("query"))
def test_no_query_makes_the_application_connect(application, bird, target):
    query = at(target, bird)
    with quiet():
        answers = [
            application.post("/sparql", data={"query": query}),
            application.post("/sparql", data={"update": query}),
            application.get(f"/sparql?query={quote(query)}&format=html"),
            application.post("/sparql", data=query, content_type="application/sparql-query"),
        ]
    if "SERVICE" in query.upper() or "LOAD" in query or "\\u0053" in query:
        assert all(answer.status_code in range(400, 500) for answer in answers), answers
    assert all(answer.status_code < 500 for answer in answers)


@pytest.mark.parametrize("target", targets("parameter"))
def test_no_parameter_makes_the_application_connect(application, bird, target):
    query = quote("SELECT * { ?s ?p ?o } LIMIT 1")
    with quiet():
        for path in (f"/sparql?query={query}&{at(target, bird)}", f"/?{at(target, bird)}"):
            assert application.get(path).status_code < 500


@pytest.mark.parametrize("target", targets("path"))
def test_no_path_makes_the_application_connect(application, bird, target):
    with quiet():
        assert application.get(at(target, bird)).status_code < 500


@pytest.mark.parametrize("target", targets("header"))
def test_no_header_makes_the_application_connect(application, bird, target):
    name, _, value = at(target, bird).partition(": ")
    with quiet():
        for path in ("/", "/sparql?query=ASK%7B%7D"):
            assert application.get(path, headers={name: value}).status_code < 500
