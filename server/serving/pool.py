"""The workers as the front sees them: who gets which request, who is late, who must be replaced.

All of it runs in the front's event loop; nothing here waits.
"""

import asyncio
import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from ..limits import Limits
from .channel import (
    ALLOWS,
    BROKEN,
    DATA,
    END,
    HEAD,
    READY,
    FrameReader,
    Head,
    parse_allows,
    parse_end,
    parse_head,
)
from .metrics import ENDED

# How often late workers are looked for; a query may run over its limit by so much.
LOOK_SECONDS = 0.05
# After its end on the socket a worker has so long to be told dead by the zygote, with the cause.
CAUSE_SECONDS = 1.0
# A client that is gone lets its query run on for so long: most end by themselves before, and a
# worker that need not be replaced is worth the wait.
GONE_SECONDS = 0.25


class Job(Protocol):
    """A request that a worker answers; the methods are called as the answer comes."""

    client: str

    @property
    def load(self) -> bytes:
        """The request as a worker reads it."""

    def begin(self, head: Head) -> None:
        """Take the head of the answer."""

    def more(self, data: bytes) -> None:
        """Take a piece of the body."""

    def end(self, rows: int) -> None:
        """Be told that the answer is whole."""

    def fail(self, reason: str, seconds: float | None) -> None:
        """Be told that nothing more comes: which limit, and what the client allowed."""


class Worker(asyncio.Protocol):
    """One worker process: its pid once it is forked, its request while it has one."""

    def __init__(self, pool: "Pool", number: int) -> None:
        """Wait to be forked."""
        self.pool = pool
        self.number = number
        self.pid = 0
        self.job: Job | None = None
        self.deadline = 0.0
        self.allowed: float | None = None
        self.cause = ""
        self.is_gone = False
        self._transport: asyncio.Transport | None = None
        self._frames = FrameReader()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be connected; the worker says so when it is ready."""
        # uvloop's transports have the methods of asyncio.Transport, not its name.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Pass what the worker says to its job."""
        try:
            for kind, load in self._frames.feed(data):
                self._take(kind, load)
        except (ValueError, struct.error):
            self.pool.kill(self, "crash")

    def _take(self, kind: bytes, load: bytes) -> None:
        job = self.job
        if kind == READY:
            self.pool.is_ready(self)
        elif job is None:
            return
        elif kind == HEAD:
            job.begin(parse_head(load))
        elif kind == DATA:
            job.more(load)
        elif kind == ALLOWS:
            self.allowed = parse_allows(load)
            self.deadline = min(self.deadline, self.pool.now() + self.allowed)
        elif kind == END:
            rows, is_worn = parse_end(load)
            self.job = None
            job.end(rows)
            self.pool.is_free(self, job, is_worn)
        elif kind == BROKEN:
            self.pool.kill(self, load.decode("ascii", "replace"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Be gone; the zygote tells why."""
        if not self.is_gone and self.job is not None:
            self.deadline = self.pool.now() + CAUSE_SECONDS
            self.cause = self.cause or "crash"
        elif not self.is_gone:
            self.pool.drop(self)

    def give(self, job: Job, seconds: float) -> None:
        """Let the worker answer a request, in `seconds`."""
        assert self._transport is not None
        self.job = job
        self.allowed = None
        self.cause = ""
        self.deadline = self.pool.now() + seconds
        self._transport.write(job.load)

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
        if self._transport is not None:
            self._transport.abort()


class Pool:
    """The workers of one release, and the requests that wait for them."""

    def __init__(self, folder: Path, limits: Limits, on_end: Callable[["Pool"], None]) -> None:
        """Prepare to serve a folder; `on_end` is called if the zygote dies by itself."""
        self.folder = folder
        self.limits = limits
        self.about: dict[str, Any] = {}
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self.now = self._loop.time
        self._started: asyncio.Future[None] = self._loop.create_future()
        self._staffed = asyncio.Event()
        self._workers: dict[int, Worker] = {}
        self._idle: list[Worker] = []
        self._waiting: deque[tuple[float, Job]] = deque()
        self._running: Counter[str] = Counter()
        self._next_number = 0
        self._is_closing = False

    # -- the zygote ------------------------------------------------------------------------

    async def start(self) -> str:
        """Start the zygote and its workers; return "" or the sentence why that failed."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._control = ours
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "server.serving.zygote",
                str(theirs.fileno()), str(os.getpid()), str(self.folder),
            ],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()
        self._loop.add_reader(ours.fileno(), self._hear)
        await self._started
        sentence = str(self.about.get("sentence", ""))
        if not sentence:
            for _ in range(self.limits.workers):
                self._ask_for_worker()
            self._looking = self._loop.call_later(LOOK_SECONDS, self._look)
            await self._staffed.wait()
        return sentence

    def _hear(self) -> None:
        """Take the zygote's messages."""
        while True:
            try:
                data = self._control.recv(65_536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._zygote_is_gone()
                return
            self._obey(json.loads(data))

    def _obey(self, message: dict[str, Any]) -> None:
        kind = message["kind"]
        if kind in ("ready", "failed"):
            self.about = message
            self._started.set_result(None)
        elif kind == "forked":
            worker = self._workers.get(message["number"])
            if worker is not None:
                worker.pid = message["pid"]
            else:
                self._send(f"K{message['pid']}")
        elif kind == "exit":
            self._exited(message["pid"], message["cause"], message["tail"])

    def _exited(self, pid: int, cause: str, tail: str) -> None:
        worker = next((w for w in self._workers.values() if w.pid == pid), None)
        if worker is None:
            return
        if cause == "crash" and tail:
            print(tail, file=sys.stderr, flush=True)
        self.drop(worker, cause)

    def _zygote_is_gone(self) -> None:
        self._loop.remove_reader(self._control.fileno())
        if not self._started.done():
            self.about = {"sentence": f"{self.folder}: the process that opens it died."}
            self._started.set_result(None)
        elif not self._is_closing:
            self.close()
            self._on_end(self)

    def _send(self, text: str, *descriptors: int) -> None:
        with contextlib.suppress(OSError):
            socket.send_fds(self._control, [text.encode()], list(descriptors))

    def _ask_for_worker(self) -> None:
        ours, theirs = socket.socketpair()
        self._next_number += 1
        worker = self._workers[self._next_number] = Worker(self, self._next_number)
        self._send(f"F{worker.number}", theirs.fileno())
        theirs.close()
        task = self._loop.create_task(self._loop.create_unix_connection(lambda: worker, sock=ours))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    # -- requests --------------------------------------------------------------------------

    def submit(self, job: Job) -> None:
        """Let a request be answered, now or when its turn comes; it may fail at once."""
        if self._idle and self._running[job.client] < self.limits.running_per_client:
            self._give(self._idle.pop(), job)
        elif len(self._waiting) >= self.limits.waiting:
            job.fail("waiting", None)
        else:
            self._waiting.append((self.now() + self.limits.waiting_seconds, job))

    def abandon(self, job: Job) -> None:
        """Stop working on a request whose client is gone, if it is not done in a moment."""
        worker = self.worker_of(job)
        if worker is not None:
            worker.deadline = min(worker.deadline, self.now() + GONE_SECONDS)
            worker.cause = "client_gone"
            worker.resume()
        else:
            self._forget(job)

    def _forget(self, job: Job) -> None:
        self._waiting = deque(entry for entry in self._waiting if entry[1] is not job)

    def worker_of(self, job: Job) -> Worker | None:
        """Return the worker that answers a request, if one does."""
        return next((w for w in self._workers.values() if w.job is job), None)

    def _give(self, worker: Worker, job: Job) -> None:
        self._running[job.client] += 1
        worker.give(job, self.limits.query_seconds)

    def _release_client(self, job: Job) -> None:
        self._running[job.client] -= 1
        if self._running[job.client] <= 0:
            del self._running[job.client]

    def _give_waiting(self) -> None:
        """Give free workers the requests that have waited longest, no client too many."""
        while self._idle and self._waiting:
            for index, (_, job) in enumerate(self._waiting):
                if self._running[job.client] < self.limits.running_per_client:
                    del self._waiting[index]
                    self._give(self._idle.pop(), job)
                    break
            else:
                return

    # -- workers ---------------------------------------------------------------------------

    def is_ready(self, worker: Worker) -> None:
        """Give a new worker its first request."""
        self._idle.append(worker)
        if len(self._idle) == self.limits.workers:
            self._staffed.set()
        self._give_waiting()

    def is_free(self, worker: Worker, job: Job, is_worn: bool) -> None:
        """Give a worker its next request, or replace one that has grown."""
        self._release_client(job)
        if is_worn:
            self.kill(worker, "worn")
        else:
            self._idle.append(worker)
            if self._waiting:
                self._give_waiting()
            elif self._is_closing:
                self.close_when_idle()

    def kill(self, worker: Worker, reason: str) -> None:
        """End a worker and what it does, and have another one forked."""
        if worker.pid:
            self._send(f"K{worker.pid}")
        self.drop(worker, reason)

    def drop(self, worker: Worker, reason: str = "crash") -> None:
        """Forget a worker that is dead or dying; its request fails for `reason`."""
        if self._workers.pop(worker.number, None) is None:
            return
        worker.close()
        if worker in self._idle:
            self._idle.remove(worker)
        job, worker.job = worker.job, None
        if not self._is_closing:
            ENDED.labels(reason).inc()
            self._ask_for_worker()
        if job is not None:
            self._release_client(job)
            job.fail(reason, worker.allowed)
        if self._is_closing:
            self.close_when_idle()
        elif self._idle:
            # The client whose query ended may have others waiting.
            self._give_waiting()

    def _look(self) -> None:
        """Kill workers that are late, turn away requests that waited too long."""
        self._looking = self._loop.call_later(LOOK_SECONDS, self._look)
        now = self.now()
        for worker in list(self._workers.values()):
            if worker.job is not None and now > worker.deadline:
                self.kill(worker, worker.cause or "query_seconds")
        late = [job for deadline, job in self._waiting if now > deadline]
        for job in late:
            self._forget(job)
            job.fail("waiting_seconds", None)

    @property
    def numbers(self) -> tuple[int, int, int]:
        """How many workers are busy, how many idle, how many requests wait."""
        busy = sum(worker.job is not None for worker in self._workers.values())
        return busy, len(self._idle), len(self._waiting)

    # -- the end ---------------------------------------------------------------------------

    def retire(self) -> None:
        """Finish what runs and waits, take nothing new, then end."""
        self._is_closing = True
        self.close_when_idle()

    def close_when_idle(self) -> None:
        """End if nothing runs or waits."""
        if not self._waiting and not any(w.job for w in self._workers.values()):
            self.close()

    def close(self) -> None:
        """End at once; what runs fails."""
        self._is_closing = True
        self._staffed.set()
        if hasattr(self, "_looking"):
            self._looking.cancel()
        for worker in list(self._workers.values()):
            self.drop(worker, "unavailable")
        waiting, self._waiting = self._waiting, deque()
        for _, job in waiting:
            job.fail("unavailable", None)
        with contextlib.suppress(OSError, ValueError):
            self._loop.remove_reader(self._control.fileno())
        self._control.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
