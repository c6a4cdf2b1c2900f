"""The workers of one release: who gets which request, who is late, who must be replaced.

All of it runs in the front's event loop; nothing here waits.
"""

import asyncio
import os
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..federation.link import FetcherLink
from ..federation.remote import Failed
from ..federation.wire import encode_answer
from ..limits import Limits
from .channel import Toll
from .links import Job, Nobody, WorkerLink, ZygoteLink
from .metrics import ENDED

# How often late workers are looked for; a query may run over its limit by so much.
LOOK_SECONDS = 0.02
# A client that is gone lets its query run on for so long: most end by themselves before, or when
# their worker looks up from a long answer, and one that need not be replaced is worth the wait.
GONE_SECONDS = 0.25
# Most queries are answered in less than this. A worker that takes longer is left to itself: it is
# given nothing more, and what it was given ahead goes to others.
QUICK_SECONDS = 0.02
# One that takes longer than this no longer counts as using a core: another worker may begin beside
# it. Below, more workers at work than cores would only push each other out of the cores' caches; so
# it is this many times what requests usually take, between bounds that short ones can wait.
SLOW_TIMES = 2.5
SLOW_SECONDS = 0.1
MOST_SLOW_SECONDS = 1.0
# Where requests usually take less of a core than this, the front, which takes as long for each,
# keeps no more workers at work than this, and no more than there are cores besides its own: more
# would only push each other, and the front, from the cores.
BRIEF_SECONDS = 0.0002
# One that began longer ago than this is not brief; less tells nothing: it may only have been pushed
# from its core, for a turn of another process.
NOT_BRIEF_SECONDS = 0.005
MOST_FOR_BRIEF = 2
# Waking a process costs more than a short query: a worker has so many requests at most, so that it
# need not sleep between two.
AHEAD = 8


class Pool:
    """The workers of one release, and the requests that wait for them."""

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        fetcher: FetcherLink,
        on_end: Callable[["Pool"], None],
    ) -> None:
        """Prepare to serve a folder; `on_end` is called if the zygote dies by itself."""
        self.folder = folder
        self.limits = limits
        self._fetcher = fetcher
        # Those at work on a query that has asked other endpoints.
        self._joining: set[WorkerLink] = set()
        self.about: dict[str, Any] = {}
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self.now = time.monotonic
        self._opened = asyncio.Event()
        self._staffed = asyncio.Event()
        self._workers: dict[int, WorkerLink] = {}
        self._idle: list[WorkerLink] = []
        self._busy: set[WorkerLink] = set()
        self._waiting: deque[tuple[float, Job]] = deque()
        self._running: defaultdict[str, int] = defaultdict(int)
        self._cores = len(os.sched_getaffinity(0))
        self._enough_for_brief = max(1, min(self._cores - 1, MOST_FOR_BRIEF))
        # A mean in which the last requests weigh most.
        self._usual_seconds = 0.0
        self._next_number = 0
        self._is_closing = False

    # -- the zygote ------------------------------------------------------------------------

    async def start(self) -> str:
        """Start the zygote and its workers; return "" or the sentence why that failed."""
        self._zygote = ZygoteLink(self.folder, self._hear)
        await self._opened.wait()
        sentence = str(self.about.get("sentence", ""))
        if not sentence:
            self._looking = self._loop.call_later(LOOK_SECONDS, self._look)
            for _ in range(self.limits.workers):
                self._fork()
            await self._staffed.wait()
        return sentence

    def _hear(self, message: dict[str, Any] | None) -> None:
        """Take a message of the zygote."""
        kind = message["kind"] if message is not None else "gone"
        if message is None:
            self._zygote_is_gone()
        elif kind in ("ready", "failed"):
            self.about = message
            self._opened.set()
        elif kind == "forked":
            worker = self._workers.get(message["number"])
            if worker is not None:
                worker.pid = message["pid"]
            else:
                self._zygote.kill(message["pid"])
        elif kind == "exit":
            self._exited(message["pid"], message["cause"], message["tail"])

    def _exited(self, pid: int, cause: str, tail: str) -> None:
        worker = next((w for w in self._workers.values() if w.pid == pid), None)
        if worker is None:
            return
        if cause == "crash" and tail:
            print(tail, file=sys.stderr, flush=True)
        self.drop(worker, worker.cause if worker.cause not in ("", "crash") else cause)

    def _zygote_is_gone(self) -> None:
        if not self._opened.is_set():
            self.about = {"sentence": f"{self.folder}: the process that opens it died."}
            self._opened.set()
        elif not self._is_closing:
            self.close()
            self._on_end(self)

    def _fork(self) -> None:
        self._next_number += 1
        worker = WorkerLink(self, self._next_number, self.limits.query_seconds)
        self._workers[worker.number] = worker
        self._zygote.fork(worker)

    # -- requests --------------------------------------------------------------------------

    def submit(self, job: Job) -> None:
        """Let a request be answered, now or when its turn comes; it may fail at once."""
        worker = self._worker_for(job)
        if worker is not None:
            self._give(worker, job)
        elif len(self._waiting) >= self.limits.waiting:
            job.fail("waiting", None)
        else:
            self._waiting.append((self.now() + self.limits.waiting_seconds, job))

    def _worker_for(self, job: Job) -> WorkerLink | None:
        """Return who should answer a request now: an idle worker, or a quick one soon to be."""
        if self._running.get(job.client, 0) >= self.limits.running_per_client:
            return None
        if not self._busy:
            return self._idle[-1] if self._idle else None
        now = self.now()
        if self._usual_seconds < BRIEF_SECONDS:
            brief = [w for w in self._busy if now - w.started < NOT_BRIEF_SECONDS]
            if len(brief) >= self._enough_for_brief:
                return _least(brief)
        slow = min(max(SLOW_TIMES * self._usual_seconds, SLOW_SECONDS), MOST_SLOW_SECONDS)
        fresh = [w for w in self._busy if now - w.started < slow]
        # One more for a client that has nothing running: it need not wait for others' long queries.
        most = self._cores + (job.client not in self._running)
        if self._idle and len(fresh) < most:
            return self._idle[-1]
        return _least([w for w in fresh if now - w.started < QUICK_SECONDS])

    def _give(self, worker: WorkerLink, job: Job) -> None:
        if not worker.jobs:
            self._hold_client(job)
            self._idle.remove(worker)
            self._busy.add(worker)
        worker.give(job)

    def _hold_client(self, job: Job) -> None:
        """Count a request that runs now; those given ahead are counted when their turn comes."""
        if not isinstance(job, Nobody):
            self._running[job.client] += 1

    def _release_client(self, job: Job) -> None:
        if not isinstance(job, Nobody):
            self._running[job.client] -= 1
            if self._running[job.client] <= 0:
                del self._running[job.client]

    def _give_waiting(self) -> None:
        """Give workers the requests that have waited longest, no client too many."""
        index, is_for_new = 0, False
        while index < len(self._waiting):
            job = self._waiting[index][1]
            running = self._running.get(job.client, 0)
            if running and (is_for_new or running >= self.limits.running_per_client):
                index += 1
            elif (worker := self._worker_for(job)) is not None:
                del self._waiting[index]
                self._give(worker, job)
            elif running:
                # A client that has nothing running may still get what this one did not.
                is_for_new = True
            else:
                return

    def abandon(self, job: Job) -> None:
        """Stop working on a request whose client is gone, if it is not done in a moment."""
        worker = self.worker_of(job)
        if worker is None:
            self._forget(job)
        elif worker.jobs[0] is job:
            worker.deadline = min(worker.deadline, self.now() + GONE_SECONDS)
            worker.cause = "client_gone"
            worker.cancel()
            worker.resume()
        else:
            worker.jobs[worker.jobs.index(job)] = Nobody()

    def _forget(self, job: Job) -> None:
        self._waiting = deque(entry for entry in self._waiting if entry[1] is not job)

    def worker_of(self, job: Job) -> WorkerLink | None:
        """Return the worker that has a request, if one does."""
        return next((worker for worker in self._busy if job in worker.jobs), None)

    # -- workers ---------------------------------------------------------------------------

    def is_ready(self, worker: WorkerLink) -> None:
        """Give a new worker its first request."""
        self._idle.append(worker)
        if len(self._idle) + len(self._busy) == self.limits.workers:
            self._staffed.set()
        self._give_waiting()

    def fetch(self, worker: WorkerLink, load: bytes) -> None:
        """Have the fetcher ask another endpoint for a worker, whose query has more time then."""
        if worker not in self._joining:
            if len(self._joining) >= self.limits.federation_running:
                worker.give_fetched(_full(self.limits.federation_running))
                return
            self._joining.add(worker)
            seconds = worker.allowed or self.limits.federation_seconds
            if worker.cause != "client_gone":
                worker.deadline = worker.started + seconds
                worker.cause = "" if worker.allowed else "federation_seconds"
        worker.fetching = self._loop.create_task(self._fetch(worker, load))

    async def _fetch(self, worker: WorkerLink, load: bytes) -> None:
        worker.give_fetched(await self._fetcher.fetch(load))

    def has_finished(self, worker: WorkerLink, job: Job, toll: Toll) -> None:
        """Give a worker its next request, or replace one that has grown."""
        self._joining.discard(worker)
        self._release_client(job)
        if not isinstance(job, Nobody):
            # What was given to another worker took nothing here, and tells nothing.
            self._usual_seconds += (toll.seconds - self._usual_seconds) / 16
        if toll.is_worn:
            self.kill(worker, "worn")
            return
        if worker.jobs:
            self._hold_client(worker.jobs[0])
        else:
            self._busy.discard(worker)
            self._idle.append(worker)
        if self._waiting:
            self._give_waiting()
        elif self._is_closing:
            self.close_when_idle()

    def kill(self, worker: WorkerLink, reason: str) -> None:
        """End a worker and what it does, and have another one forked."""
        if worker.pid:
            self._zygote.kill(worker.pid)
        self.drop(worker, reason)

    def drop(self, worker: WorkerLink, reason: str) -> None:
        """Forget a worker that is dead or dying: its request fails, those behind it go on."""
        if self._workers.pop(worker.number, None) is None:
            return
        worker.close()
        self._joining.discard(worker)
        self._busy.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        ahead = worker.take_back()
        first = worker.jobs[0] if worker.jobs else None
        worker.jobs.clear()
        if not self._is_closing:
            ENDED.labels(reason).inc()
            self._fork()
        if first is not None and reason != "worn":
            self._release_client(first)
            first.fail(reason, worker.allowed)
        elif first is not None:
            ahead.insert(0, first)
        self._wait_again(ahead)
        if self._is_closing:
            self.close_when_idle()

    def _wait_again(self, jobs: list[Job]) -> None:
        """Let requests that were taken back from a worker wait before all others."""
        until = self.now() + self.limits.waiting_seconds
        for job in reversed(jobs):
            self._waiting.appendleft((until, job))
        self._give_waiting()

    def _look(self) -> None:
        """Kill workers that are late, take from slow ones what others can do, turn away."""
        self._looking = self._loop.call_later(LOOK_SECONDS, self._look)
        now = self.now()
        taken: list[Job] = []
        for worker in list(self._busy):
            if now > worker.deadline:
                self.kill(worker, worker.cause or "query_seconds")
            elif now - worker.started > QUICK_SECONDS and len(worker.jobs) > 1:
                taken += worker.take_back()
        if taken:
            self._wait_again(taken)
        elif self._waiting:
            # A worker that was counted as using a core may be slow by now.
            self._give_waiting()
        for job in [job for deadline, job in self._waiting if now > deadline]:
            self._forget(job)
            job.fail("waiting_seconds", None)

    @property
    def numbers(self) -> tuple[int, int, int]:
        """How many workers are busy, how many idle, how many requests wait."""
        ahead = sum(len(worker.jobs) - 1 for worker in self._busy)
        return len(self._busy), len(self._idle), len(self._waiting) + ahead

    # -- the end ---------------------------------------------------------------------------

    def retire(self) -> None:
        """Finish what runs and waits, take nothing new, then end."""
        self._is_closing = True
        self.close_when_idle()

    def close_when_idle(self) -> None:
        """End if nothing runs or waits."""
        if not self._waiting and not self._busy:
            self.close()

    def close(self) -> None:
        """End at once; what runs fails."""
        self._is_closing = True
        self._staffed.set()
        if hasattr(self, "_looking"):
            self._looking.cancel()
        waiting, self._waiting = self._waiting, deque()
        for worker in list(self._workers.values()):
            waiting.extend((0.0, job) for job in worker.take_back())
            self.drop(worker, "unavailable")
        for _, job in waiting:
            job.fail("unavailable", None)
        self._zygote.close()


def _least(workers: list[WorkerLink]) -> WorkerLink | None:
    """Return the one with the fewest requests, if it may have another."""
    least = min(workers, key=lambda worker: len(worker.jobs), default=None)
    return least if least is not None and len(least.jobs) < AHEAD else None


def _full(most: int) -> bytes:
    """Return the answer to a fetch of one query too many."""
    return encode_answer(
        Failed(
            "",
            "federation_running",
            f"Found {most} queries that ask other endpoints now, expected fewer; try again soon.",
            f"ほかのエンドポイントへの問い合わせが {most} 件動いています。しばらくしてから"
            "もう一度試してください。",
        )
    )
