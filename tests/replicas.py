"""Real SPARQL servers on this machine for tests of federation, each with the quirks it is given.

A replica answers queries over its own data, evaluated by a store; a `Canary` only counts who comes.
"""

import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from pyoxigraph import QueryResultsFormat, RdfFormat, Store

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
RESULTS = "{http://www.w3.org/2005/sparql-results#}"


@dataclass(frozen=True)
class Sent:
    """A request as a replica got it."""

    method: str
    address: str
    path: str
    query: str
    headers: dict[str, str]
    at: float


class Handler(BaseHTTPRequestHandler):
    """Answers one request as the replica behind the server says."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        self._take("GET", urlsplit(self.path).query)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        self._take("POST", self.rfile.read(length).decode())

    def _take(self, method: str, form: str) -> None:
        query = parse_qs(form).get("query", [""])[0]
        path, headers = urlsplit(self.path).path, dict(self.headers)
        sent = Sent(method, self.path, path, query, headers, time.monotonic())
        self.server.replica.answer(self, sent)

    def whole(self, body: bytes, media_type: str | None = JSON, status: int = 200, **more: str):
        """Send a whole answer; `Retry_After="1"` is a header."""
        self.send_response(status)
        if media_type is not None:
            self.send_header("Content-Type", media_type)
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """A server whose threads end with it, and whose clients may go at any time."""

    daemon_threads = True
    request_queue_size = 256
    replica: "Replica"

    def handle_error(self, *_: object) -> None:
        """Let a client that is gone be gone."""


Act = Callable[[Handler, Sent], None]


@dataclass
class Replica:
    """A SPARQL endpoint over some Turtle, with quirks.

    `act` answers instead of the store where it is given. `most_at_once`: how many requests were
    here at the same time.
    """

    turtle: str = ""
    row_limit: int = 0
    is_upper: bool = False
    only_xml: bool = False
    only_method: str = ""
    act: Act | None = None
    sent: list[Sent] = field(default_factory=list)
    most_at_once: int = 0
    url: str = ""
    port: int = 0

    def __post_init__(self) -> None:
        self._store = Store()
        self._store.load(self.turtle.encode(), format=RdfFormat.TURTLE)
        self._lock = threading.Lock()
        self._now = 0

    def answer(self, handler: Handler, sent: Sent) -> None:
        """Answer a request."""
        with self._lock:
            self.sent.append(sent)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            if self.only_method and sent.method != self.only_method:
                handler.whole(b"no such method here", "text/plain", 405)
            elif self.act is not None:
                self.act(handler, sent)
            else:
                self.evaluate(handler, sent)
        finally:
            with self._lock:
                self._now -= 1

    def evaluate(self, handler: Handler, sent: Sent) -> None:
        """Answer a query over the data, with the quirks."""
        wants_xml = self.only_xml or sent.headers.get("Accept", "").startswith(XML)
        if wants_xml:
            handler.whole(self.xml(sent.query), XML)
        else:
            handler.whole(self.json(sent.query), JSON)

    def json(self, query: str) -> bytes:
        """Return the answer to a query in JSON."""
        found = json.loads(self._store.query(query).serialize(format=QueryResultsFormat.JSON))
        rows = found["results"]["bindings"]
        if self.row_limit:
            rows = rows[: self.row_limit]
        if self.is_upper:
            found["head"]["vars"] = [name.upper() for name in found["head"]["vars"]]
            rows = [{name.upper(): term for name, term in row.items()} for row in rows]
        found["results"]["bindings"] = rows
        return json.dumps(found, ensure_ascii=False).encode()

    def xml(self, query: str) -> bytes:
        """Return the answer to a query in XML."""
        tree = ElementTree.fromstring(
            self._store.query(query).serialize(format=QueryResultsFormat.XML)
        )
        rows = tree.find(f"{RESULTS}results")
        for row in list(rows)[self.row_limit or len(rows) :]:
            rows.remove(row)
        if self.is_upper:
            for named in (*tree.iter(f"{RESULTS}variable"), *tree.iter(f"{RESULTS}binding")):
                named.set("name", named.get("name").upper())
        return ElementTree.tostring(tree)


@contextmanager
def running(
    replica: Replica, certificate: Path | None = None, names: list[str] | None = None
) -> Iterator[Replica]:
    """Run a replica on a free port; its `url` is then known.

    With a certificate it speaks TLS and notes which `names` clients want.
    """
    address = "127.0.0.1"
    with Server((address, 0), Handler) as server:
        server.replica = replica
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            context.sni_callback = lambda _, name, __: names.append(name)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        replica.port = server.server_address[1]
        replica.url = f"http://{address}:{replica.port}/sparql"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield replica
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Canary:
    """A listening socket that nobody should ever connect to."""

    port: int
    reached: list[str] = field(default_factory=list)


@contextmanager
def canary(address: str = "0.0.0.0") -> Iterator[Canary]:
    """Listen on every local address and note each connection."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as listening:
        bird = Canary(listening.getsockname()[1])
        listening.settimeout(0.02)
        is_over = threading.Event()

        def watch() -> None:
            while not is_over.is_set():
                try:
                    connection, client = listening.accept()
                except TimeoutError:
                    continue
                bird.reached.append(str(client))
                connection.close()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield bird
        finally:
            time.sleep(0.05)
            is_over.set()
            thread.join()


def table(name: str, url: str, **more: object) -> str:
    """Return the TOML table of an endpoint on this machine."""
    given = {"url": url, "licence": "https://example.org/licence", "loopback": True, **more}
    lines = [f"{key} = {json.dumps(value)}" for key, value in given.items()]
    text = '{ ja = "試験", en = "Test" }'
    return "\n".join([f"[{name}]", *lines, f"label = {text}", f"attribution = {text}", ""])


def write_registry(path: Path, *tables: str) -> Path:
    """Write a registry."""
    path.write_text("\n".join(tables), encoding="utf-8")
    return path


def zipped(body: bytes) -> bytes:
    """Return a body packed with gzip."""
    return gzip.compress(body)
