"""The statements of a graph in the making: in a store, to be asked, and as lines in order.

A release is the lines as they were written: the store keeps the value of a number, not the zeros
at its end.
"""

from collections.abc import Iterable, Iterator
from typing import cast

from pyoxigraph import Quad, RdfFormat, Store, parse, serialize

from .sorted_lines import RUN_BYTES, SortedLines, batched

BATCH = 10_000


class Statements:
    """A set of quads: they may be more than memory has room for as Python objects."""

    def __init__(self, quads: Iterable[Quad] = (), run_bytes: int = RUN_BYTES) -> None:
        """Begin with `quads`; hold lines of `run_bytes` at most in memory."""
        self.store = Store()
        self._lines = SortedLines(run_bytes)
        self.add(quads)

    def add(self, quads: Iterable[Quad]) -> None:
        """Add quads."""
        self.add_lines(serialize(quads, format=RdfFormat.N_QUADS) or b"")

    def add_lines(self, lines: bytes) -> None:
        """Add quads as N-Quads, each a line."""
        self.store.load(lines, format=RdfFormat.N_QUADS)
        self._lines.add(lines)

    def lines(self) -> Iterator[bytes]:
        """Yield every quad once as a line of N-Quads, in order; to be read by one at a time."""
        return iter(self._lines)

    def __iter__(self) -> Iterator[Quad]:
        """Yield every quad once, in the order of the lines."""
        for lines in batched(self.lines(), BATCH):
            yield from cast(Iterator[Quad], parse(b"".join(lines), format=RdfFormat.N_QUADS))
