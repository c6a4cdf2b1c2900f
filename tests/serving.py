"""A real server process for tests that speak HTTP: started on a free port, ended by SIGTERM."""

import hashlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlencode, urlsplit

from pyoxigraph import Quad, RdfFormat, serialize

ROOT = Path(__file__).resolve().parent.parent
FORM = "application/x-www-form-urlencoded"
START_SECONDS = 30
STOP_SECONDS = 20
ANSWER_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    media_type: str
    body: bytes


class Client:
    """A connection to a server that stays open from one request to the next."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.endpoint = address + "sparql"
        self._connection = http.client.HTTPConnection(
            urlsplit(address).netloc, timeout=ANSWER_SECONDS
        )

    def request(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        """Return the answer to a request; `content_type` stands for the header Content-Type."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, body.encode() or None, named)
        response = self._connection.getresponse()
        media_type = (response.headers.get("Content-Type") or "").partition(";")[0].strip()
        return Answer(response.status, media_type, response.read())

    def ask(self, query: str, accept: str, *dataset: tuple[str, str]) -> Answer:
        """Return the answer to a query sent as a form, with its dataset if one is given."""
        form = urlencode([("query", query), *dataset])
        return self.request("POST", "/sparql", form, content_type=FORM, accept=accept)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def write_release(folder: Path, quads: set[Quad]) -> Path:
    """Write the least a server opens, and return its folder: the statements, a manifest."""
    data = serialize(sorted(quads, key=str), format=RdfFormat.N_QUADS) or b""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "enishi.nq").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    manifest = {
        "release": digest[:12],
        "quads": len(quads),
        "files": {"enishi.nq": {"sha256": digest, "size": len(data)}},
        "documents": [],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _drain(stream: IO[bytes]) -> threading.Thread:
    """Read a stream to its end: a log that nobody reads would stop the server when it is full."""
    thread = threading.Thread(target=lambda: [None for _ in stream], daemon=True)
    thread.start()
    return thread


@contextmanager
def serving(release: Path, **settings: str | int) -> Iterator[Client]:
    """Serve a release in a process of its own; `query_seconds=5` is ENISHI_QUERY_SECONDS=5.

    Fails when the server does not say its address first, or does not end cleanly.
    """
    command = [sys.executable, "-m", "server", "serve", "--port", "0", "--release", str(release)]
    chosen = {f"ENISHI_{name.upper()}": str(value) for name, value in settings.items()}
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **chosen},
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as server,
    ):
        assert server.stdout is not None
        watchdog = threading.Timer(START_SECONDS, server.kill)
        watchdog.start()
        try:
            address = server.stdout.readline().decode().strip()
            watchdog.cancel()
            assert address.startswith("http://"), _said(errors, f"found {address!r} first")
            reader = _drain(server.stdout)
            client = Client(address)
            yield client
            client.close()
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=STOP_SECONDS)
            reader.join(timeout=STOP_SECONDS)
        finally:
            watchdog.cancel()
            server.kill()
        assert server.returncode == 0, _said(errors, f"the server ended with {server.returncode}")


def _said(errors: IO[bytes], fact: str) -> str:
    errors.seek(0)
    return f"{fact}; its standard error: {errors.read().decode(errors='replace') or '(empty)'}"
