"""The statements of a graph in the making: in a store, to be asked, and as lines in order.

A release is the lines as they were written: the store keeps the value of a number, not the zeros
at its end.
"""

import heapq
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, cast

from pyoxigraph import Quad, RdfFormat, Store, parse, serialize

# So many bytes of lines are held in memory; then they are put in order and written to disk.
RUN_BYTES = 64 << 20
BATCH = 10_000


class Statements:
    """A set of quads: they may be more than memory has room for as Python objects."""

    def __init__(self, quads: Iterable[Quad] = (), run_bytes: int = RUN_BYTES) -> None:
        """Begin with `quads`; hold lines of `run_bytes` at most in memory."""
        self.store = Store()
        self._run_bytes = run_bytes
        self._waiting: list[bytes] = []
        self._size = 0
        # Files without a name: they are gone with this process, however it ends.
        self._runs: list[IO[bytes]] = []
        weakref.finalize(self, _close, self._runs)
        self.add(quads)

    def add(self, quads: Iterable[Quad]) -> None:
        """Add quads."""
        self.add_lines(serialize(quads, format=RdfFormat.N_QUADS) or b"")

    def add_lines(self, lines: bytes) -> None:
        """Add quads as N-Quads, each a line."""
        self.store.load(lines, format=RdfFormat.N_QUADS)
        self._waiting += lines.splitlines(keepends=True)
        self._size += len(lines)
        if self._size > self._run_bytes:
            self._write_run()

    def _write_run(self) -> None:
        run = tempfile.TemporaryFile(prefix="enishi-build-")
        run.writelines(sorted(self._waiting))
        self._runs.append(run)
        self._waiting.clear()
        self._size = 0

    def lines(self) -> Iterator[bytes]:
        """Yield every quad once as a line of N-Quads, in order; to be read by one at a time."""
        for run in self._runs:
            run.seek(0)
        before = b""
        for line in heapq.merge(*self._runs, sorted(self._waiting)):
            if line != before:
                yield line
            before = line

    def __iter__(self) -> Iterator[Quad]:
        """Yield every quad once, in the order of the lines."""
        for lines in batched(self.lines(), BATCH):
            yield from cast(Iterator[Quad], parse(b"".join(lines), format=RdfFormat.N_QUADS))


def _close(runs: list[IO[bytes]]) -> None:
    for run in runs:
        run.close()


def batched(lines: Iterator[bytes], most: int) -> Iterator[list[bytes]]:
    """Yield lines `most` at a time."""
    while some := list(islice(lines, most)):
        yield some
