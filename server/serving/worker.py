"""A worker: answers the requests the front gives it, one at a time, until it is killed.

A query is answered straight from the protocol; everything else by the Flask application.
"""

import io
import sys
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from socket import socket
from typing import IO, Any, cast
from urllib.parse import unquote_to_bytes

from flask import Flask

from ..errors import PROBLEM_KEY, Problem
from ..evaluation import run
from ..federation.allowance import Allowance
from ..federation.remote import Failed, Fetch, Fetched
from ..federation.wire import decode_answer, encode_fetch
from ..limits import MEBIBYTE
from ..negotiation import HTML, PROBLEM, wants_page
from ..protocol import Call, Plan, Plans, query_text_of, write_answer
from .channel import (
    BROKEN,
    FETCH,
    READY,
    Head,
    Inbox,
    Request,
    Toll,
    allows_frame,
    end_frame,
    frame,
    head_frame,
)
from .confinement import Meter
from .delivery import Cancelled, Delivery, TooLarge, encoded_headers, is_known

ENDPOINT = (b"/sparql", b"/sparql/")
# A worker that has grown by so much is replaced: the next query has its memory again.
WORN_BYTES = 128 * MEBIBYTE
# A request answered sooner than this has not made it grow, and is not worth the look.
QUICK_SECONDS = 0.005
OUT_OF_MEMORY = "query_memory_mib"
# When others' queries to other endpoints, or a release that is taken by a store, will be done.
SOON_SECONDS = 2


class Worker:
    """The application and the connection to the front."""

    def __init__(
        self, app: Flask, connection: socket, meter: Meter, clock: Callable[[], float]
    ) -> None:
        """Begin at the memory this process has now; `clock` tells the seconds it takes."""
        self._app = app
        self._site = app.extensions["enishi"]
        self._connection = connection
        self._inbox = Inbox(connection)
        self._site.federation.fetch_with(self._fetch)
        self._meter = meter
        self._begun_with = meter.bytes()
        self._clock = clock
        self._began = 0.0
        self._plans = Plans(self._site.limits)

    def run(self) -> None:
        """Answer until the front is gone."""
        self._connection.sendall(frame(READY))
        for request in self._inbox.requests():
            self._began = self._clock()
            if request is None:
                self._connection.sendall(end_frame(-1, Toll()))
            else:
                self._answer(request)

    def _answer(self, request: Request) -> None:
        try:
            if not self._answer_query(request):
                self._answer_with_flask(request)
        except MemoryError:
            # What is left may not do for a sentence: the front has one ready.
            self._connection.sendall(frame(BROKEN, OUT_OF_MEMORY.encode()))

    def _fetch(self, wanted: Fetch, allowance: Allowance) -> Fetched | Failed:
        """Have the front ask another endpoint: this process cannot."""
        self._connection.sendall(frame(FETCH, encode_fetch(wanted, allowance)))
        return decode_answer(self._inbox.fetched())

    def _toll(self) -> Toll:
        seconds = self._clock() - self._began
        if seconds < QUICK_SECONDS:
            return Toll(seconds)
        return Toll(seconds, self._meter.bytes() - self._begun_with > WORN_BYTES)

    def _answer_query(self, request: Request) -> bool:
        """Answer a query whose answer is no page; return False for any other request."""
        path, _, query_string = request.target.partition(b"?")
        if path not in ENDPOINT or request.method not in ("GET", "HEAD", "POST") or request.problem:
            return False
        try:
            planned = self._plans.of(_call(request, query_string))
        except Problem as problem:
            self._refuse(request, problem)
            return True
        if planned is not None and planned.seconds is not None:
            self._connection.sendall(allows_frame(planned.seconds))
        if planned is None or planned.choice.format is HTML or planned.is_explained:
            return False
        self._evaluate(request, planned)
        return True

    def _evaluate(self, request: Request, planned: Plan) -> None:
        release = self._site.release
        made = planned.headers(release.identifier)
        known = request.field(b"if-none-match")
        if known and is_known(dict(made).get("ETag", ""), known):
            self._send_head(HTTPStatus.NOT_MODIFIED, made)
            return
        try:
            joined = self._site.join(planned.query)
            made = [*made, *joined.headers()]
            if request.method == "HEAD":
                run(release.store, joined.query)
                self._send_head(HTTPStatus.OK, made)
                return
        except Problem as problem:
            self._refuse(request, problem)
            return
        delivery = Delivery(
            self._connection, HTTPStatus.OK, made, request.field(b"accept-encoding"),
            self._site.limits.result_mib * MEBIBYTE, planned.choice.format.media_type,
            planned.query_hash, self._inbox.is_cancelled,
        )  # fmt: skip
        try:
            write_answer(release.store, joined.query, planned, cast(IO[bytes], delivery))
        except Problem as problem:
            if delivery.has_begun:
                # A store elsewhere failed: what was sent must not look whole.
                self._connection.sendall(frame(BROKEN, b"store"))
            else:
                self._refuse(request, problem)
            return
        except Cancelled:
            self._connection.sendall(end_frame(-1, self._toll()))
            return
        except TooLarge:
            self._connection.sendall(frame(BROKEN, b"result_mib"))
            return
        delivery.finish(self._toll())

    def _refuse(self, request: Request, problem: Problem) -> None:
        """Say what is wrong with a query: as a page for people, by Flask, or as a document."""
        is_page = wants_page(request.field(b"accept") or None)
        if is_page or b"format=html" in request.target + request.body:
            self._send_response(request, *self._with_flask(request, problem))
        else:
            headers = [("Content-Type", PROBLEM.media_type), ("Cache-Control", "no-store")]
            if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
                headers.append(("Retry-After", str(SOON_SECONDS)))
            self._send_response(request, problem.status, headers, problem.document)

    def _send_head(self, status: int, headers: list[tuple[str, str]]) -> None:
        etag, lines = encoded_headers(headers, "")
        head = Head(status, False, etag, lines)
        self._connection.sendall(head_frame(head) + end_frame(-1, self._toll()))

    def _answer_with_flask(self, request: Request) -> None:
        problem = None
        if request.problem:
            status, detail, detail_ja, limit = request.problem
            query = query_text_of(_call(request, request.target.partition(b"?")[2]))
            extra = {"limit": limit} if limit else {}
            problem = Problem(status, detail, detail_ja, query, **extra)
        self._send_response(request, *self._with_flask(request, problem))

    def _with_flask(
        self, request: Request, problem: Problem | None
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return status, headers and body of the application's answer, or of a problem's."""
        environment = wsgi_environment(request)
        environment[PROBLEM_KEY] = problem
        started: list[tuple[int, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            started[:] = [(int(status.split()[0]), headers)]

        body: Iterable[bytes] = self._app.wsgi_app(environment, start_response)
        data = b"".join(body)
        close = getattr(body, "close", None)
        if close is not None:
            close()
        return *started[0], data

    def _send_response(
        self, request: Request, status: int, headers: list[tuple[str, str]], body: bytes
    ) -> None:
        """Send what Flask made; lengths and the headers every answer has are added again."""
        made = [(n, v) for n, v in headers if n.lower() not in _ADDED_LATER]
        etag = next((value for name, value in made if name.lower() == "etag"), "")
        if is_known(etag, request.field(b"if-none-match")):
            self._send_head(HTTPStatus.NOT_MODIFIED, made)
            return
        if request.method == "HEAD":
            self._send_head(status, made)
            return
        accepted = request.field(b"accept-encoding")
        delivery = Delivery(self._connection, status, made, accepted, len(body))
        delivery.write(body)
        delivery.finish(self._toll())


_ADDED_LATER = frozenset(
    {
        "content-length", "date", "access-control-allow-origin", "access-control-expose-headers",
        "x-content-type-options", "content-security-policy", "referrer-policy", "vary",
    }
)  # fmt: skip


def _call(request: Request, query_string: bytes) -> Call:
    accept = request.field(b"accept") if b"accept" in request.fields else None
    content_type = request.field(b"content-type")
    return Call(request.method, query_string, content_type, request.body, accept)


def wsgi_environment(request: Request) -> dict[str, Any]:
    """Return the request as PEP 3333 has it."""
    path, _, query_string = request.target.partition(b"?")
    environment: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query_string.decode("latin-1"),
        "REQUEST_URI": request.target.decode("latin-1"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": request.client,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in request.fields.items():
        key = name.decode("latin-1").upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environment[key] = value.decode("latin-1")
        elif key != "CONTENT_LENGTH" and "_" not in name.decode("latin-1"):
            environment["HTTP_" + key] = value.decode("latin-1")
    return environment


def work(app: Flask, connection: socket, meter: Meter, clock: Callable[[], float]) -> int:
    """Run a worker; return the status to exit with."""
    try:
        Worker(app, connection, meter, clock).run()
    except (BrokenPipeError, ConnectionResetError):
        return 0
    except BaseException:
        traceback.print_exc()
        return 1
    return 0
