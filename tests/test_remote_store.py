"""A store elsewhere over HTTP: native Oxigraph, and servers that answer in every wrong way."""

import gc
import json
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions, Store

from server.evaluation import own_query, run
from server.release import ReleaseError, open_release
from server.remote.connection import Address, StoreError
from server.remote.opening import open_remote
from server.remote.state import State
from server.remote.store import RemoteStore
from tests.every_query import comparable, every_query
from tests.serving import ROOT, serving
from tests.stores import oxigraph

JSON = "application/sparql-results+json"
SENT = "PREFIX e: <urn:e:> SELECT ?x { ?x e:p ?y }"


def publish(url: str, release: Path, *options: str) -> str:
    command = [sys.executable, "-m", "server", "publish", "--store", url, "--release"]
    done = subprocess.run(
        [*command, str(release), *options], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_release_in_native_oxigraph_is_served_with_the_same_answers(
    release: Path, store: Store, tmp_path: Path
):
    with oxigraph(tmp_path) as process:
        assert f"{len(store)} were sent" in publish(process.url, release)
        remote = open_remote(process.url, release)
        assert remote.identifier == open_release(release).identifier
        assert remote.downloads and isinstance(remote.store, RemoteStore)
        differing = [
            name
            for name, text in every_query(store)
            if comparable(run(remote.store, own_query(text)), text)
            != comparable(run(store, own_query(text)), text)
        ]
        remote.store.close()
        assert differing == []


def test_another_release_is_served_without_a_restart_and_by_insert_data(
    small_release: Path, release: Path, store: Store, tmp_path: Path
):
    query = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    with oxigraph(tmp_path) as process:
        publish(process.url, release)
        environment = {"ENISHI_STORE": process.url}
        with serving(tmp_path / "none", environment=environment) as client:
            assert str(len(store)).encode() in client.ask(query, JSON).body
            publish(process.url, small_release, "--graphs", "-")
            small = open_release(small_release).quads
            for _ in range(400):
                answer = client.ask(query, JSON)
                # Never a mixture: the one, the other, or to be asked again.
                assert answer.status in (200, 503), answer.body
                if answer.status == 200 and f'"{small}"'.encode() in answer.body:
                    break
                assert answer.status == 503 or f'"{len(store)}"'.encode() in answer.body
                threading.Event().wait(0.05)
            assert f'"{small}"'.encode() in client.ask(query, JSON).body


@contextmanager
def answering(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Answer each connection with the next of the bytes, the last one again and again."""
    requests: list[bytes] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data = b""
            while b"\r\n\r\n" not in data:
                data += self.request.recv(65_536)
            head, _, body = data.partition(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            while len(body) < size:
                body += self.request.recv(65_536)
            requests.append(data)
            self.request.sendall(answers[min(len(requests), len(answers)) - 1])

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        # Results may be dropped on the thread that made them alone, not where a collection runs.
        gc.collect()
        gc.disable()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/sparql", requests
        finally:
            server.shutdown()
            thread.join()
            gc.enable()


def http(status: str, body: bytes, *headers: str, media_type: str = JSON) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", "Connection: close", *headers]
    if not any(line.startswith("Content-Length") for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def value(text: str) -> bytes:
    row = f'{{"value":{{"type":"literal","value":{text}}}}}'
    return f'{{"head":{{"vars":["value"]}},"results":{{"bindings":[{row}]}}}}'.encode()


STATE = State("one", "0123456789ab", 1, {})
OPENING = (
    http("200 OK", value('"one"')),
    http("200 OK", value(json.dumps(STATE.encode()))),
    http("200 OK", value('"one"')),
)
ROWS = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"uri","value":"urn:a"}}]}}'
SAME, OTHER = http("200 OK", value('"one"')), http("200 OK", value('"two"'))


def asked(*answers: bytes) -> list[str]:
    """Return the rows of a query, of a store that answers so after it was opened."""
    with answering(*OPENING, *answers) as (url, _):
        store = RemoteStore(Address.read(url, {}))
        try:
            results = run(store, own_query(SENT))
            assert isinstance(results, QuerySolutions)
            return [str(row["x"]) for row in results]
        finally:
            store.close()


def test_a_whole_answer_is_given():
    assert asked(http("200 OK", ROWS), SAME) == ["<urn:a>"]


@pytest.mark.parametrize(
    ("answers", "status", "sentence"),
    [
        ((http("200 OK", ROWS), OTHER), 503, "is taking another release"),
        ((http("200 OK", ROWS), http("500 Error", b"")), 502, "status 500"),
        ((http("200 OK", ROWS[:60], f"Content-Length: {len(ROWS)}"),), 502, "before it was whole"),
        ((http("200 OK", ROWS[:60]),), 502, "no SPARQL result"),
        ((http("200 OK", b"5\r\n{\"hea", "Transfer-Encoding: chunked", "Content-Length-No: 1"),),
         502, "no SPARQL result|whole"),
        ((http("200 OK", b"<html></html>", media_type="text/html"),), 502, "with text/html"),
        ((http("200 OK", ROWS, "X-SPARQL-MaxRows: 1"),), 502, "left rows out above its limit of 1"),
        ((http("200 OK", ROWS, "X-SQL-State: S1TAT"),), 502, "a part of the answer"),
        ((http("206 Partial Content", ROWS),), 502, "a part of the answer"),
        ((http("302 Found", b"", "Location: http://127.0.0.1:1/"),), 502, "redirect"),
        ((http("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="x"'),), 502, "credentials"),
        ((http("400 Bad", b"<b>no</b> such\nthis", media_type="text/html"),), 502, "no such this"),
        ((http("503 Busy", b""),), 503, "busy"),
        ((b"",), 503, "cannot be reached"),
        ((b"nonsense\r\n\r\n",), 503, "cannot be reached"),
    ],
)  # fmt: skip
def test_no_wrong_answer_passes_as_whole(answers: tuple[bytes, ...], status: int, sentence: str):
    with pytest.raises(StoreError, match=sentence) as caught:
        asked(*answers)
    assert caught.value.status == status


def test_basic_is_answered_when_it_is_asked_for():
    challenge = http("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="x"')
    with answering(challenge, *OPENING) as (url, requests):
        known = {"ENISHI_STORE_USER": "me", "ENISHI_STORE_PASSWORD": "pass:word"}
        address = Address.read(url, known)
        RemoteStore(address).close()
        assert b"Authorization" not in requests[0]
        assert b"Authorization: Basic bWU6cGFzczp3b3Jk" in requests[1]
        assert "pass:word" not in repr(address)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("ftp://host/sparql", "expected an address"),
        ("host/sparql", "expected an address"),
        ("http://me:secret@host/sparql", "found a user or password"),
    ],
)
def test_an_address_that_is_none_is_refused_without_what_is_secret(url: str, found: str):
    with pytest.raises(ReleaseError, match=found) as caught:
        Address.read(url, {})
    assert "secret" not in str(caught.value)


def test_a_store_without_a_release_is_one_sentence():
    empty = b'{"head":{"vars":["value"]},"results":{"bindings":[]}}'
    with answering(http("200 OK", empty)) as (url, _):
        with pytest.raises(ReleaseError, match="holds no release; run `python -m server publish`"):
            open_remote(url, Path("none"))
        done = subprocess.run(
            [sys.executable, "-m", "server", "serve", "--port", "0"], cwd=ROOT, timeout=60,
            env={**os.environ, "ENISHI_STORE": url}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
