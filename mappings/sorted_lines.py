"""Lines put in order, more of them than memory has room for."""

import heapq
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO

# So many bytes of lines are held in memory; then they are put in order and written to disk.
RUN_BYTES = 64 << 20


class SortedLines:
    """A set of lines."""

    def __init__(self, run_bytes: int = RUN_BYTES) -> None:
        """Begin with none; hold lines of `run_bytes` at most in memory."""
        self._run_bytes = run_bytes
        self._waiting: list[bytes] = []
        self._size = 0
        # Files without a name: they are gone with this process, however it ends.
        self._runs: list[IO[bytes]] = []
        weakref.finalize(self, _close, self._runs)

    def add(self, lines: bytes) -> None:
        """Add lines; each ends in a line feed."""
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

    def __iter__(self) -> Iterator[bytes]:
        """Yield every line once, in the order of their bytes; to be read by one at a time."""
        for run in self._runs:
            run.seek(0)
        before = b""
        for line in heapq.merge(*self._runs, sorted(self._waiting)):
            if line != before:
                yield line
            before = line


def _close(runs: list[IO[bytes]]) -> None:
    for run in runs:
        run.close()


def batched(lines: Iterable[bytes], most: int) -> Iterator[list[bytes]]:
    """Yield lines `most` at a time."""
    left = iter(lines)
    while some := list(islice(left, most)):
        yield some
