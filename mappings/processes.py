"""Work on many things at once: in processes, the answers in the order of the things."""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from .errors import BuildError

Thing = TypeVar("Thing")
Made = TypeVar("Made")
Pipe = tuple[Connection, Connection]
# To start a process takes longer than to work on so many things.
WORTH_A_PROCESS = 8


def in_processes(work: Callable[[Thing], Made], things: Sequence[Thing]) -> Iterator[Made]:
    """Yield `work` of every thing, in order; a core has every second, third … of them.

    A process waits as soon as what it made is not taken: memory holds a few answers at a time.
    Raises what `work` raises, BuildError for a process that died.
    """
    count = min(len(os.sched_getaffinity(0)), len(things) // WORTH_A_PROCESS)
    if count < 2:
        yield from map(work, things)
        return
    context = get_context("fork")
    pipes = [context.Pipe(duplex=False) for _ in range(count)]
    workers = [
        context.Process(target=_send_all, args=(work, things[number::count], pipes, number))
        for number in range(count)
    ]
    try:
        for worker, (_, sending) in zip(workers, pipes, strict=True):
            worker.start()
            sending.close()
        for index in range(len(things)):
            yield _receive(pipes[index % count][0])
    finally:
        for receiving, _ in pipes:
            receiving.close()
        for worker in workers:
            # The system may have refused to start it.
            if worker.pid is not None:
                worker.kill()
                worker.join()


@contextmanager
def beside(jobs: Sequence[Callable[[], None]]) -> Iterator[None]:
    """Do `jobs`, one after the other, in a process of its own while the block runs.

    Then raises what one of them raised; where the block ends with an error, they are ended too.
    """
    context = get_context("fork")
    pipes = [context.Pipe(duplex=False)]
    worker = context.Process(target=_send_all, args=(_do, jobs, pipes, 0))
    worker.start()
    receiving, sending = pipes[0]
    sending.close()
    try:
        yield
        for _ in jobs:
            _receive(receiving)
    finally:
        receiving.close()
        worker.kill()
        worker.join()


def _do(job: Callable[[], None]) -> None:
    job()


def _send_all(
    work: Callable[[Thing], Made], things: Sequence[Thing], pipes: list[Pipe], number: int
) -> None:
    """In a process of its own: send what was made of each thing, or the error that ends it all."""
    for index, (receiving, sending) in enumerate(pipes):
        receiving.close()
        if index != number:
            sending.close()
    sending = pipes[number][1]
    # What is made here holds no cycles, and looking for them takes a tenth of the time.
    gc.disable()
    try:
        for thing in things:
            sending.send(_attempt(work, thing))
    except (BrokenPipeError, KeyboardInterrupt):
        # The build has ended; whoever asked for that needs no word of each process.
        os._exit(1)


def _attempt(work: Callable[[Thing], Made], thing: Thing) -> tuple[Made | None, Exception | None]:
    try:
        return work(thing), None
    except Exception as error:
        return None, error


def _receive(receiving: Connection) -> Any:
    try:
        made, error = receiving.recv()
    except EOFError:
        raise BuildError(
            "a process of the build died, expected what it makes; has the machine memory left?"
        ) from None
    if error is not None:
        raise error
    return made
