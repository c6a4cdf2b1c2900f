"""Which worker is given a request: it depends on what requests take, not on how long they wait."""

import asyncio
import os
from typing import Any, cast

import pytest

from server.limits import Limits
from server.serving.channel import Head, Toll, answer_frame
from server.serving.links import WorkerLink
from server.serving.pool import NOT_BRIEF_SECONDS, Pool


class Asked:
    """A request whose answer nobody looks at."""

    load = b""

    def __init__(self, client: str = "192.0.2.1") -> None:
        """Come from an address."""
        self.client = client

    def whole(self, *_: Any) -> None:
        """Take the answer."""

    begin = more = end = fail = whole


class Wire:
    """The front's end of a socket to a worker, as far as a link uses it."""

    def write(self, data: bytes) -> None:
        """Take what goes to the worker; it never answers by itself."""


def staffed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, workers: int = 2
) -> tuple[Pool, list[float]]:
    """Return a pool with idle workers on two cores, and its clock."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    pool = Pool(tmp_path, Limits(), cast(Any, None), lambda _: None)
    clock = [0.0]
    pool.now = lambda: clock[0]
    for number in range(workers):
        worker = WorkerLink(pool, number, 10.0)
        worker.connection_made(cast(Any, Wire()))
        pool.is_ready(worker)
    return pool, clock


def answer(pool: Pool, toll: Toll) -> None:
    """Let whoever is at work answer its first request."""
    busy = next(iter(pool._busy))
    busy.data_received(answer_frame(Head(200, False, b"", b""), b"", -1, toll))


@pytest.mark.parametrize(
    ("seconds", "waited", "at_work"),
    [(0.0001, 0.001, 1), (0.0001, NOT_BRIEF_SECONDS, 2), (0.05, 0.001, 2)],
    ids=["brief, however long they wait", "the one at work is not brief", "usually long"],
)
def test_brief_requests_are_given_to_few_workers(monkeypatch, tmp_path, seconds, waited, at_work):
    async def give() -> int:
        pool, clock = staffed(monkeypatch, tmp_path)
        for _ in range(100):
            pool.submit(Asked())
            clock[0] += 0.003
            answer(pool, Toll(seconds))
        pool.submit(Asked())
        clock[0] += waited
        pool.submit(Asked())
        return pool.numbers[0]

    assert asyncio.run(give()) == at_work


def test_what_was_given_to_another_worker_tells_nothing_of_what_requests_take(
    monkeypatch, tmp_path
):
    async def give() -> int:
        pool, clock = staffed(monkeypatch, tmp_path)
        for _ in range(100):
            pool.submit(Asked())
            worker = next(iter(pool._busy))
            for _ in range(3):
                worker.give(Asked())
            worker.take_back()
            answer(pool, Toll(0.0004))
            for _ in range(3):
                answer(pool, Toll())
            clock[0] += 1
        for _ in range(2):
            pool.submit(Asked())
        return pool.numbers[0]

    assert asyncio.run(give()) == 2


def test_who_has_nothing_running_does_not_wait_for_the_long_queries_of_another(
    monkeypatch, tmp_path
):
    async def give() -> list[tuple[int, int, int]]:
        pool, clock = staffed(monkeypatch, tmp_path, workers=6)
        pool._usual_seconds = 1.0
        for _ in range(3):
            pool.submit(Asked())
            clock[0] += 0.05
        numbers = [pool.numbers]
        for client in ("192.0.2.2", "192.0.2.3"):
            pool.submit(Asked(client))
            clock[0] += 0.05
            numbers.append(pool.numbers)
        # Of those that wait, the second is of a client that has nothing running.
        answer(pool, Toll(1.0))
        return [*numbers, pool.numbers]

    # Two cores, two at work; one more for the first newcomer, and for the second when one ends.
    assert asyncio.run(give()) == [(2, 4, 1), (3, 3, 1), (3, 3, 2), (3, 3, 1)]
