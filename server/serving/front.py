"""The front process: takes requests, gives them to workers, keeps finished answers.

It evaluates nothing and opens nothing a client names. One event loop does all of it, so that
limits, queue and cache are counted in one place.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sys
import time
from email.utils import formatdate
from functools import lru_cache
from pathlib import Path

import uvloop
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ..federation.link import FetcherLink
from ..limits import MEBIBYTE, LimitError, Limits
from ..release import ReleaseError
from ..remote.opening import store_setting
from ..remote.watching import Watcher
from . import CANNOT_START, metrics
from .access_log import AccessLog
from .cache import Cache, Kept
from .confinement import collect_rarely, die_with_parent, raise_descriptors
from .exchange import HIT, Exchange
from .failures import failure
from .files import FOLDER, ServedFile, files_of, send_file
from .http import Connection, Message
from .metrics import ANSWERS
from .pool import Pool
from .sending import Sending

# How often a new release is looked for; SIGHUP makes it look at once.
WATCH_SECONDS = 2.0


class Front:
    """What all connections share."""

    def __init__(self, folder: Path, limits: Limits, proxies: int, log: AccessLog) -> None:
        """Prepare to serve the release in `folder`."""
        self.folder = folder
        self.limits = limits
        self.proxies = proxies
        self.log = log
        self.cache = Cache(limits.cache_mib * MEBIBYTE, limits.cache_entry_mib * MEBIBYTE)
        self.is_stopping = False
        self.pool: Pool | None = None
        self.fetcher = FetcherLink()
        self.date_line = b""
        self._loop = asyncio.get_running_loop()
        # The loop's own time stands still while it works through what came.
        self.now = time.monotonic
        self.later = self._loop.call_later
        self._connections: set[Connection] = set()
        self._exchanges: dict[Connection, Exchange] = {}
        self._sendings: dict[Connection, Sending] = {}
        self._files: dict[str, ServedFile] = {}
        self._served = ""
        self._opening: asyncio.Task[None] | None = None
        self._refused = ""
        setting = store_setting()
        self._watcher = Watcher(setting) if setting else None

    # -- releases --------------------------------------------------------------------------

    async def open(self) -> str:
        """Open what the folder holds now and serve it; return "" or why that failed."""
        mark = self._mark()
        pool = Pool(self.folder.resolve(), self.limits, self.fetcher, self._zygote_died)
        sentence = await pool.start()
        if sentence:
            pool.close()
            metrics.RELEASE_FAILURES.inc()
            self._refused = mark
            return sentence
        before, self.pool = self.pool, pool
        self._files = {}
        with contextlib.suppress(OSError, ValueError, KeyError):
            self._files = files_of(pool.folder, str(pool.about["release"]))
        if self._watcher is not None:
            self._watcher.edition = mark = str(pool.about["edition"])
        self._served = mark
        self.cache.clear()
        metrics.RELEASE.info({"release": str(pool.about["release"])})
        if before is not None:
            before.retire()
        return ""

    def _mark(self) -> str:
        """Return what changes when another release lies in the folder, or the store elsewhere."""
        if self._watcher is not None:
            return self._watcher.edition
        try:
            about = (self.folder / "manifest.json").stat()
        except OSError:
            return f"{self.folder.resolve()} -"
        return f"{self.folder.resolve()} {about.st_ino} {about.st_mtime_ns}"

    def look_for_release(self, at_once: bool = False) -> None:
        """Open the release in the folder if it is another one than is served, or was refused."""
        if self._opening is not None and not self._opening.done():
            return
        mark = self._mark()
        if at_once or mark not in (self._served, self._refused):
            self._opening = self._loop.create_task(self._open_again())

    async def _open_again(self) -> None:
        sentence = await self.open()
        if sentence:
            print(f"{sentence} The release before goes on.", file=sys.stderr, flush=True)

    def _zygote_died(self, pool: Pool) -> None:
        """Open the release again: without its zygote a pool gets no new workers."""
        if pool is self.pool and not self.is_stopping:
            print("The process that forks workers died; starting it again.", file=sys.stderr)
            self.pool = None
            self._loop.call_later(0.2, self.look_for_release, True)

    # -- connections -----------------------------------------------------------------------

    def connected(self, connection: Connection) -> None:
        """Count a connection in; where there are too many, close the one idle longest."""
        self._connections.add(connection)
        if len(self._connections) > self.limits.connections:
            idle = [c for c in self._connections if c.busy is None and c is not connection]
            (min(idle, key=lambda c: c.since) if idle else connection).close()

    def disconnected(self, connection: Connection) -> None:
        """Count a connection out; stop the work for it."""
        self._connections.discard(connection)
        if (sending := self._sendings.pop(connection, None)) is not None:
            sending.stop("client_gone")
        exchange = self._exchanges.pop(connection, None)
        if exchange is not None:
            exchange.is_abandoned = True
            exchange.pool.abandon(exchange)
            self.done(exchange, "client_gone")

    def pause(self, connection: Connection) -> None:
        """Let what answers a connection wait."""
        if (sending := self._sendings.get(connection)) is not None:
            sending.pause()
        if (exchange := self._exchanges.get(connection)) is not None:
            worker = exchange.pool.worker_of(exchange)
            if worker is not None:
                worker.pause()

    def resume(self, connection: Connection) -> None:
        """Let what answers a connection go on."""
        if (sending := self._sendings.get(connection)) is not None:
            sending.resume()
        if (exchange := self._exchanges.get(connection)) is not None:
            worker = exchange.pool.worker_of(exchange)
            if worker is not None:
                worker.resume()

    def tick(self) -> None:
        """Do what is due each second: the date, connections on which nothing came."""
        self._loop.call_later(1.0, self.tick)
        self.date_line = f"Date: {formatdate(usegmt=True)}\r\n".encode()
        now = self.now()
        for connection in [c for c in self._connections if c.is_late(now)]:
            connection.time_out()
        for sending in list(self._sendings.values()):
            if now - sending.moved > self.limits.idle_seconds:
                sending.stop("client_gone")

    def watch(self) -> None:
        """Look for a new release now and then."""
        self._loop.call_later(WATCH_SECONDS, self.watch)
        if self._watcher is not None:
            self._watcher.look(self._loop)
        # A store that was down when its workers had to be started again may be up now.
        self.look_for_release(at_once=self._watcher is not None and self.pool is None)

    # -- requests --------------------------------------------------------------------------

    def answer(self, connection: Connection, message: Message) -> None:
        """Answer a request: from here, from the cache, or by a worker."""
        if message.is_wrong:
            message.keeps_alive = False
            self.refuse(connection, message.is_wrong)
            return
        path = message.path
        if path in ("/healthz", "/metrics"):
            self._answer_from_here(connection, message, path)
            return
        if path.startswith(FOLDER) and self._send_file(connection, message):
            return
        exchange = Exchange(self, connection, message)
        if exchange.may_be_kept and (kept := self.cache.get(exchange.key)) is not None:
            connection.kept = kept if exchange.is_plain and not kept.is_long else None
            exchange.answer_from(kept)
            return
        if self.pool is None:
            self.refuse(connection, "unavailable")
            return
        exchange.pool = self.pool
        self._exchanges[connection] = exchange
        self.pool.submit(exchange)

    def _send_file(self, connection: Connection, message: Message) -> bool:
        """Begin to send a file of the release; return False where it has none of that name."""
        served = self._files.get(message.path)
        if served is None or message.method not in ("GET", "HEAD"):
            return False
        try:
            send_file(self, connection, message, served)
        except OSError:
            self.refuse(connection, "crash")
        return True

    def send(self, sending: Sending, connection: Connection) -> None:
        """Send a body in pieces."""
        self._sendings[connection] = sending
        sending.go_on()

    def sent(self, connection: Connection) -> None:
        """Forget a body that was sent, or was broken off."""
        self._sendings.pop(connection, None)

    def answer_again(self, connection: Connection, kept: Kept) -> None:
        """Answer a request whose very bytes were answered before."""
        connection.send_again(kept.lines + HIT, kept.body)
        connection.since = self.now()
        ANSWERS.hits += 1
        self.note(
            "GET", kept.path, 200, "hit", connection.address, kept.size, kept.rows,
            kept.query_hash,
        )  # fmt: skip

    def fail(self, exchange: Exchange, reason: str, seconds: float | None) -> None:
        """Answer a request that a worker did not answer."""
        self._exchanges.pop(exchange.connection, None)
        self.refuse(exchange.connection, reason, seconds, exchange.query_hash, exchange.begun)

    def refuse(
        self,
        connection: Connection,
        reason: str,
        seconds: float | None = None,
        query_hash: str = "",
        begun: float | None = None,
    ) -> None:
        """Answer a request that came to nothing, before anything was sent."""
        failed = failure(reason, self.limits, seconds)
        body = failed.problem(self.limits).document
        lines = b"Content-Type: application/problem+json\r\nCache-Control: no-store\r\n"
        if failed.retry_after is not None:
            lines += b"Retry-After: %d\r\n" % failed.retry_after
        connection.send_head(failed.status, len(body), lines, body)
        message, client = connection.busy, connection.client
        connection.finish()
        took = self.now() - begun if begun is not None else 0.0
        method, path = (message.method, message.path) if message else ("", "")
        self.note(method, path, failed.status, reason, client, len(body), -1, query_hash, took)

    def _answer_from_here(self, connection: Connection, message: Message, path: str) -> None:
        if message.method not in ("GET", "HEAD"):
            status, kind, body = 405, b"text/plain; charset=utf-8", b"Expected GET or HEAD.\n"
        elif path == "/metrics":
            self._gauge()
            status, kind, body = 200, CONTENT_TYPE_LATEST.encode(), generate_latest()
        else:
            about = self._health()
            status = 200 if about["status"] == "ok" else 503
            kind, body = b"application/json", json.dumps(about).encode() + b"\n"
        lines = b"Content-Type: %b\r\nCache-Control: no-store\r\n" % kind
        if status == 405:
            lines += b"Allow: GET, HEAD\r\n"
        connection.send_head(status, len(body), lines, body)
        connection.finish()

    def _health(self) -> dict[str, object]:
        """Return whether queries can be answered now, and by how many workers."""
        if self.pool is None:
            return {"status": "starting"}
        busy, idle, waiting = self.pool.numbers
        return {
            "status": "ok" if busy + idle else "starting",
            "release": self.pool.about["release"],
            "store": self.pool.about["store"],
            "network_of_workers": self.pool.about["network"],
            "busy": busy,
            "idle": idle,
            "waiting": waiting,
        }

    def _gauge(self) -> None:
        busy, idle, waiting = self.pool.numbers if self.pool else (0, 0, 0)
        metrics.WORKERS.labels("busy").set(busy)
        metrics.WORKERS.labels("idle").set(idle)
        metrics.WAITING.set(waiting)
        metrics.CACHE_BYTES.set(self.cache.size)
        metrics.CONNECTIONS.set(len(self._connections))

    def done(self, exchange: Exchange, outcome: str) -> None:
        """Note a request that a worker answered, or began to, or that is answered again."""
        self._exchanges.pop(exchange.connection, None)
        exchange.stop_collecting()
        self.note(
            exchange.message.method, exchange.message.path, exchange.status, outcome,
            exchange.client, exchange.sent, exchange.rows, exchange.query_hash,
            self.now() - exchange.begun,
        )  # fmt: skip

    def note(
        self,
        method: str,
        path: str,
        status: int,
        outcome: str,
        client: str,
        sent: int = 0,
        rows: int = -1,
        query_hash: str = "",
        seconds: float = 0.0,
    ) -> None:
        """Count a request and write its line."""
        ANSWERS.note(route_of(path), status, outcome, seconds, sent, rows)
        if self.log.is_on:
            self.log.write(
                client=client, method=method, path=path, status=status, outcome=outcome,
                ms=round(seconds * 1000, 3), bytes=sent,
                **({"rows": rows} if rows >= 0 else {}),
                **({"query": query_hash} if query_hash else {}),
            )  # fmt: skip

    # -- the end ---------------------------------------------------------------------------

    async def stop(self, server: asyncio.Server) -> None:
        """Take no new connection, let answers on their way finish, then end."""
        self.is_stopping = True
        server.close()
        for connection in list(self._connections):
            if connection.busy is None:
                connection.close()
        until = self.now() + self.limits.query_seconds + 1
        while (self._exchanges or self._sendings) and self.now() < until:
            await asyncio.sleep(0.02)
        if self.pool is not None:
            self.pool.close()
        self.fetcher.close()
        self.log.drain()


_FIRST = re.compile(r"/([a-z]*)(?=[/.]|$)")
_ROUTES = frozenset(
    {"", "sparql", "static", "healthz", "metrics", "limits", "status", "id", "data", "graph",
     "ontology", "search", "suggest", "map", "network", "path"}
)  # fmt: skip


@lru_cache(maxsize=1024)
def route_of(path: str) -> str:
    """Return the part of the site a path belongs to: a label of few values."""
    first = _FIRST.match(path)
    return first[1] if first and first[1] in _ROUTES else "other"


async def _serve(arguments: argparse.Namespace, limits: Limits, log: AccessLog) -> int:
    listening = socket.socket(fileno=arguments.fd)
    loop = asyncio.get_running_loop()
    try:
        front = Front(arguments.release, limits, arguments.proxies, log)
    except ReleaseError as error:
        print(error, file=sys.stderr, flush=True)
        return CANNOT_START
    sentence = await front.open()
    if sentence:
        print(sentence, file=sys.stderr, flush=True)
        return CANNOT_START
    front.tick()
    server = await loop.create_server(lambda: Connection(front), sock=listening, backlog=4096)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, front.look_for_release, True)
    loop.call_later(WATCH_SECONDS, front.watch)
    if arguments.announce:
        print(arguments.announce, flush=True)
    await stopping.wait()
    await front.stop(server)
    return 0


def main() -> int:
    """Run the front on a listening socket that the supervisor passes."""
    parser = argparse.ArgumentParser(prog="python -m server.serving.front")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--access-log", default="-")
    parser.add_argument("--proxies", type=int, default=0)
    parser.add_argument("--announce", default="")
    arguments = parser.parse_args()
    die_with_parent(arguments.parent)
    raise_descriptors()
    collect_rarely()
    try:
        limits = Limits.read()
        descriptor = _log_descriptor(arguments.access_log)
    except (LimitError, OSError) as error:
        print(error, file=sys.stderr)
        return CANNOT_START
    with contextlib.suppress(KeyboardInterrupt):
        return uvloop.run(_serve(arguments, limits, AccessLog(descriptor)))
    return 0


def _log_descriptor(name: str) -> int | None:
    if name == "off":
        return None
    if name == "-":
        return 1
    return os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)


if __name__ == "__main__":
    sys.exit(main())
