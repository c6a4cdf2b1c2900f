"""An HTTP proxy before an endpoint that adds what is known of real ones, and counts.

Each quirk is a switch; switched off, an answer passes as the endpoint gave it.
"""

import http.client
import json
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from pyoxigraph import QueryResultsFormat, parse_query_results

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
FORM, QUERY = "application/x-www-form-urlencoded", "application/sparql-query"
PATH, TWIN = "/sparql", "/twin/sparql"
ANSWER_SECONDS = 120


@dataclass(frozen=True)
class Quirks:
    """What an endpoint does otherwise than the standard, or than one wishes.

    `row_cap`: rows above this number are left out without a word.
    `is_upper_case`: the variables of an answer are in capitals.
    `is_xml_only`: answers are XML whatever is asked for.
    `method`: the only one that is taken, GET or POST.
    `busy_every`: of so many new queries one is answered 429: try again after `retry_after_s`.
    `is_moved`: the address answers with a redirection to its twin.
    `slow_s`: seconds before an answer begins.
    `is_cut`: an answer breaks off in its middle.
    """

    row_cap: int | None = None
    is_upper_case: bool = False
    is_xml_only: bool = False
    method: str | None = None
    busy_every: int | None = None
    retry_after_s: int = 0
    is_moved: bool = False
    slow_s: float = 0.0
    is_cut: bool = False

    @property
    def rewrites(self) -> bool:
        """Tell whether an answer is changed, and not only its way here."""
        return self.row_cap is not None or self.is_upper_case or self.is_xml_only


SHORT_ADDRESSES: dict[str, object] = {"method": "GET", "block_bytes": 7_500}
# Each quirk alone and all at once, with what the registry must say of the endpoint.
KNOWN: dict[str, tuple[Quirks, dict[str, object]]] = {
    "none": (Quirks(), {}),
    "row-cap": (Quirks(row_cap=150), {"row_limit": 150}),
    "upper-case": (Quirks(is_upper_case=True), {"variable_case": "upper"}),
    "xml-only": (Quirks(is_xml_only=True), {}),
    "get-only": (Quirks(method="GET"), SHORT_ADDRESSES),
    "post-only": (Quirks(method="POST"), {"method": "POST"}),
    "busy": (Quirks(busy_every=3), {}),
    "moved": (Quirks(is_moved=True), {}),
    "slow": (Quirks(slow_s=0.02), {}),
    "every": (
        Quirks(
            row_cap=150, is_upper_case=True, is_xml_only=True, method="GET", busy_every=3,
            is_moved=True, slow_s=0.002,
        ),
        {"row_limit": 150, "variable_case": "any", **SHORT_ADDRESSES},
    ),
}  # fmt: skip


@dataclass
class Counts:
    """What went through: requests, bytes of queries, bytes of answers, most requests at once."""

    requests: int = 0
    up: int = 0
    down: int = 0
    most_at_once: int = 0
    now: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def begin(self, size: int) -> None:
        """Note a request of so many bytes."""
        with self.lock:
            self.requests += 1
            self.up += size
            self.now += 1
            self.most_at_once = max(self.most_at_once, self.now)

    def end(self, size: int) -> None:
        """Note an answer of so many bytes."""
        with self.lock:
            self.down += size
            self.now -= 1


class Wrapper:
    """A running proxy: its addresses, its switches, which may be changed, and its counts."""

    def __init__(self, upstream: str, port: int, quirks: Quirks) -> None:
        """Remember what stands behind the port."""
        self.upstream = urlsplit(upstream)
        self.endpoint = f"http://127.0.0.1:{port}{PATH}"
        self.twin = f"http://127.0.0.1:{port}{TWIN}"
        self.quirks = quirks
        self.reset()

    def reset(self) -> None:
        """Count from nothing again, and forget every query."""
        self.counts = Counts()
        self._seen: set[str] = set()

    def is_busy_for(self, query: str, every: int) -> bool:
        """Tell whether a query is to be sent again later: one of so many, when it is new."""
        if query in self._seen:
            return False
        self._seen.add(query)
        return len(self._seen) % every == 0


def rewritten(body: bytes, quirks: Quirks) -> tuple[bytes, str]:
    """Return results in SPARQL JSON as an endpoint with these quirks gives them, and their type."""
    results = json.loads(body)
    if "results" in results:
        rows = results["results"]["bindings"][: quirks.row_cap]
        if quirks.is_upper_case:
            names = results["head"].get("vars", ())
            results["head"]["vars"] = [name.upper() for name in names]
            rows = [{name.upper(): term for name, term in row.items()} for row in rows]
        results["results"]["bindings"] = rows
        if quirks.is_xml_only:
            _name_nodes(rows)
    text = json.dumps(results, ensure_ascii=False).encode()
    if not quirks.is_xml_only:
        return text, JSON
    found = parse_query_results(text, format=QueryResultsFormat.JSON)
    return found.serialize(format=QueryResultsFormat.XML) or b"", XML


def _name_nodes(rows: Sequence[Mapping[str, dict[str, str]]]) -> None:
    """Give blank nodes labels that XML can hold: Virtuoso writes an address of its own."""
    for row in rows:
        for term in row.values():
            if term["type"] == "bnode":
                term["value"] = term["value"].removeprefix("nodeID://")


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client, with one of its own to the endpoint."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wrapper: Wrapper
    _upstream: http.client.HTTPConnection | None = None

    def do_GET(self) -> None:
        """Answer a query in the address."""
        self._answer(parse_qs(urlsplit(self.path).query), len(self.path))

    def do_POST(self) -> None:
        """Answer a query in the body, as a form or as it is."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get_content_type() == QUERY:
            self._answer({"query": [body.decode()]}, len(body))
        else:
            self._answer(parse_qs(body.decode()), len(body))

    def finish(self) -> None:
        """End both connections."""
        super().finish()
        if self._upstream is not None:
            self._upstream.close()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self, form: dict[str, list[str]], size: int) -> None:
        counts, quirks = self.wrapper.counts, self.wrapper.quirks
        counts.begin(size)
        sent = 0
        try:
            status, headers, body = self._reply(form, quirks)
            sent = len(body)
            self._send(status, headers, body, quirks.is_cut)
        except (BrokenPipeError, ConnectionResetError):
            # The client has left: it has its reasons, a test looks for them there.
            self.close_connection = True
        finally:
            counts.end(sent)

    def _reply(
        self, form: dict[str, list[str]], quirks: Quirks
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the answer to a request."""
        path = urlsplit(self.path).path
        if path not in (PATH, TWIN) or "query" not in form:
            return 400, {}, b"expected a query"
        if quirks.is_moved and path == PATH:
            query = urlsplit(self.path).query
            return 301, {"Location": self.wrapper.twin + (f"?{query}" if query else "")}, b""
        if quirks.method not in (None, self.command):
            return 405, {"Allow": quirks.method or ""}, b""
        if quirks.busy_every and self.wrapper.is_busy_for(form["query"][0], quirks.busy_every):
            return 429, {"Retry-After": str(quirks.retry_after_s)}, b""
        time.sleep(quirks.slow_s)
        accept = JSON if quirks.rewrites else self.headers.get("Accept") or JSON
        status, kind, body = self._ask(form, accept)
        if status == 200 and quirks.rewrites:
            body, kind = rewritten(body, quirks)
        return status, {"Content-Type": kind}, body

    def _ask(self, form: dict[str, list[str]], accept: str) -> tuple[int, str, bytes]:
        """Return what the endpoint says."""
        place = self.wrapper.upstream
        if self._upstream is None:
            self._upstream = http.client.HTTPConnection(place.netloc, timeout=ANSWER_SECONDS)
        body = urlencode(form, doseq=True).encode()
        headers = {"Content-Type": FORM, "Accept": accept}
        self._upstream.request("POST", place.path, body, headers)
        answer = self._upstream.getresponse()
        kind = answer.headers.get("Content-Type") or ""
        return answer.status, kind, answer.read()

    def _send(self, status: int, headers: dict[str, str], body: bytes, is_cut: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if is_cut and status == 200:
            body, self.close_connection = body[: len(body) // 2], True
        self.wfile.write(body)


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True
    # Ending waits for nobody: a client may keep its connection open for ever.
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that broke off; anything else is an error of the proxy."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            traceback.print_exc()


@contextmanager
def wrapped(upstream: str, quirks: Quirks | None = None) -> Iterator[Wrapper]:
    """Run a proxy before the endpoint at an address; it ends with the block."""
    handler = type("Handler", (_Handler,), {})
    server = _Proxy(("127.0.0.1", 0), handler)
    wrapper = Wrapper(upstream, server.server_address[1], quirks or Quirks())
    handler.wrapper = wrapper  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield wrapper
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
