"""The statements of a graph in the making: in a store, to be asked, and as lines in order.

A release is the lines as they were written: the store keeps the value of a number, not the zeros
at its end.
"""

import heapq
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import cast

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
        self._folder: Path | None = None
        self._runs: list[Path] = []
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
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="enishi-build-"))
            weakref.finalize(self, _remove, self._folder, os.getpid())
        run = self._folder / str(len(self._runs))
        with run.open("wb") as file:
            file.writelines(sorted(set(self._waiting)))
        self._runs.append(run)
        self._waiting.clear()
        self._size = 0

    def lines(self) -> Iterator[bytes]:
        """Yield every quad once as a line of N-Quads, in order."""
        waiting = sorted(set(self._waiting))
        if not self._runs:
            yield from waiting
            return
        before = b""
        files = [run.open("rb") for run in self._runs]
        try:
            for line in heapq.merge(*files, waiting):
                if line != before:
                    yield line
                before = line
        finally:
            for file in files:
                file.close()

    def __iter__(self) -> Iterator[Quad]:
        """Yield every quad once, in the order of the lines."""
        for lines in batched(self.lines(), BATCH):
            yield from cast(Iterator[Quad], parse(b"".join(lines), format=RdfFormat.N_QUADS))


def _remove(folder: Path, owner: int) -> None:
    """Remove the runs, unless this is a process that was forked beside their owner."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def batched(lines: Iterator[bytes], most: int) -> Iterator[list[bytes]]:
    """Yield lines `most` at a time."""
    while some := list(islice(lines, most)):
        yield some
