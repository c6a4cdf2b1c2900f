"""The front's ends of its connections: to the zygote, and to each worker with its requests."""

import asyncio
import contextlib
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from .channel import (
    ALLOWS,
    ANSWER,
    BROKEN,
    DATA,
    END,
    FETCH,
    HEAD,
    PIECE,
    READY,
    FrameReader,
    Head,
    Load,
    Toll,
    cancel,
    fetched,
    forget,
    parse_allows,
    parse_answer,
    parse_end,
    parse_head,
)

# The store makes and drops thousands of small pieces of memory for a query. The allocator that the
# engine's own server is built with takes a third less time for it on a large graph, and workers
# that read share more of their memory. Without it glibc keeps more pieces at hand.
ALLOCATOR = "libmimalloc.so.2"
MALLOC = "glibc.malloc.tcache_count=127"
# After its end on the socket a worker has so long to be told dead by the zygote, with the cause.
CAUSE_SECONDS = 1.0


def allocator() -> dict[str, str]:
    """Return the environment in which a process allocates fast, with what this system has."""
    settings = {"GLIBC_TUNABLES": MALLOC}
    with contextlib.suppress(OSError):
        ctypes.CDLL(ALLOCATOR)
        settings["LD_PRELOAD"] = ALLOCATOR
    return settings


class Job(Protocol):
    """A request that a worker answers; the methods are called as the answer comes."""

    client: str

    @property
    def load(self) -> bytes:
        """The request as a worker reads it."""

    def whole(self, head: Head, body: bytes, rows: int) -> None:
        """Take an answer that was made before any of it was sent."""

    def begin(self, head: Head) -> None:
        """Take the head of an answer that comes in pieces, or has no body."""

    def more(self, data: Load) -> None:
        """Take a piece of the body."""

    def end(self, rows: int) -> None:
        """Be told that the answer is whole."""

    def fail(self, reason: str, seconds: float | None) -> None:
        """Be told that nothing more comes: which limit, and what the client allowed."""


class Nobody:
    """Takes the answer to a request that was given to another worker, or whose client is gone."""

    client = ""
    load = b""

    def whole(self, head: Head, body: bytes, rows: int) -> None:
        """Ignore the answer."""

    def begin(self, head: Head) -> None:
        """Ignore the head."""

    def more(self, data: Load) -> None:
        """Ignore a piece."""

    def end(self, rows: int) -> None:
        """Ignore the end."""

    def fail(self, reason: str, seconds: float | None) -> None:
        """Ignore the failure."""


class Boss(Protocol):
    """What a worker's link tells its pool."""

    def now(self) -> float:
        """Return the time of the event loop."""

    def is_ready(self, worker: "WorkerLink") -> None:
        """Be told that a new worker is ready."""

    def has_finished(self, worker: "WorkerLink", job: Job, toll: Toll) -> None:
        """Be told that a worker has answered its first request, and what it took."""

    def fetch(self, worker: "WorkerLink", load: bytes) -> None:
        """Be asked by a worker for rows of another endpoint."""

    def kill(self, worker: "WorkerLink", reason: str) -> None:
        """End a worker."""

    def drop(self, worker: "WorkerLink", reason: str) -> None:
        """Forget a worker that is dead."""


class WorkerLink(asyncio.Protocol):
    """A worker process: its pid once it is forked, its requests, of which the first runs."""

    def __init__(self, boss: Boss, number: int, seconds: float) -> None:
        """Wait to be forked; a request may take `seconds`."""
        self.boss = boss
        self.number = number
        self.pid = 0
        self.jobs: deque[Job] = deque()
        self.started = 0.0
        self.deadline = 0.0
        self.allowed: float | None = None
        self.cause = ""
        self.is_gone = False
        self.fetching: asyncio.Task[None] | None = None
        self._seconds = seconds
        self._given = 0
        self._transport: asyncio.Transport | None = None
        self._frames = FrameReader()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be connected; the worker says so when it is ready."""
        # uvloop's transports have the methods of asyncio.Transport, not its name.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Pass what the worker says to its first request."""
        try:
            for kind, load in self._frames.feed(data):
                self._take(kind, load)
        except (ValueError, struct.error):
            self.boss.kill(self, "crash")

    def _take(self, kind: bytes, load: Load) -> None:
        if kind == DATA:
            if self.jobs:
                self.jobs[0].more(load)
            return
        load = bytes(load)
        if kind == READY:
            self.boss.is_ready(self)
        elif not self.jobs:
            return
        elif kind == ANSWER:
            head, body, rows, toll = parse_answer(load)
            job = self._end()
            job.whole(head, body, rows)
            self.boss.has_finished(self, job, toll)
        elif kind == HEAD:
            self.jobs[0].begin(parse_head(load))
        elif kind == FETCH:
            self.boss.fetch(self, load)
        elif kind == ALLOWS:
            self.allowed = parse_allows(load)
            self.deadline = min(self.deadline, self.boss.now() + self.allowed)
        elif kind == END:
            rows, toll = parse_end(load)
            job = self._end()
            job.end(rows)
            self.boss.has_finished(self, job, toll)
        elif kind == BROKEN:
            self.boss.kill(self, load.decode("ascii", "replace"))

    def _end(self) -> Job:
        """Return the request that was answered; the time of the next one begins."""
        job = self.jobs.popleft()
        if self.jobs:
            self._begin()
        return job

    def connection_lost(self, exc: Exception | None) -> None:
        """Be gone; the zygote tells why."""
        if not self.is_gone and self.jobs:
            self.deadline = self.boss.now() + CAUSE_SECONDS
            self.cause = self.cause or "crash"
        elif not self.is_gone:
            self.boss.drop(self, "crash")

    def give(self, job: Job) -> None:
        """Let the worker answer a request, after those it has."""
        assert self._transport is not None
        self.jobs.append(job)
        self._given += 1
        if len(self.jobs) == 1:
            self._begin()
        self._transport.write(job.load)

    def give_fetched(self, load: bytes) -> None:
        """Give the worker the rows it waits for, or word why there are none."""
        if not self.is_gone and self._transport is not None:
            self._transport.write(fetched(load))

    def _begin(self) -> None:
        """Begin the time of the request that runs now."""
        self.started = self.boss.now()
        self.deadline = self.started + self._seconds
        self.allowed, self.cause = None, ""

    def take_back(self) -> list[Job]:
        """Return the requests that do not run yet; the worker's answers to them are ignored."""
        taken = [job for job in list(self.jobs)[1:] if not isinstance(job, Nobody)]
        for index in range(1, len(self.jobs)):
            self.jobs[index] = Nobody()
        if taken and not self.is_gone and self._transport is not None:
            self._transport.write(forget(len(self.jobs) - 1))
        return taken

    def cancel(self) -> None:
        """Tell the worker that nobody waits for the answer to its first request."""
        if not self.is_gone and self._transport is not None:
            self._transport.write(cancel(self._given - len(self.jobs) + 1))

    def pause(self) -> None:
        """Take nothing more from the worker for now: its client does not keep up."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Take from the worker again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        """Hear nothing more of the worker."""
        self.is_gone = True
        if self.fetching is not None:
            self.fetching.cancel()
        if self._transport is not None:
            self._transport.abort()


class ZygoteLink:
    """The process that forks: started here, asked for workers and for their deaths."""

    def __init__(self, folder: Path, hear: Callable[[dict[str, Any] | None], None]) -> None:
        """Start a zygote for a release; `hear` gets its messages, None when it is gone."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._control = ours
        self._hear = hear
        self._loop = asyncio.get_running_loop()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "server.serving.zygote"),
                *(str(theirs.fileno()), str(os.getpid()), str(folder)),
            ],
            pass_fds=[theirs.fileno()],
            env={**allocator(), **os.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()
        self._loop.add_reader(ours.fileno(), self._receive)

    def _receive(self) -> None:
        while True:
            try:
                data = self._control.recv(65_536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._loop.remove_reader(self._control.fileno())
                self._hear(None)
                return
            self._hear(json.loads(data))

    def fork(self, worker: WorkerLink) -> None:
        """Have a worker forked and connect to it."""
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            # So that a worker can leave a piece and go on.
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * PIECE)
        self._send(f"F{worker.number}", theirs.fileno())
        theirs.close()
        task = self._loop.create_task(self._loop.create_unix_connection(lambda: worker, sock=ours))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def kill(self, pid: int) -> None:
        """Have a worker killed: the zygote knows whether the number is still its."""
        self._send(f"K{pid}")

    def _send(self, text: str, *descriptors: int) -> None:
        with contextlib.suppress(OSError):
            socket.send_fds(self._control, [text.encode()], list(descriptors))

    def close(self) -> None:
        """End the zygote, and with it all its workers."""
        with contextlib.suppress(OSError, ValueError):
            self._loop.remove_reader(self._control.fileno())
        self._control.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
