"""Answers of endpoints that are kept for a while, so that the same is not asked twice."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from .remote import Row

# What a row and a term take beside their characters, about.
ROW_BYTES, TERM_BYTES = 64, 56


@dataclass(frozen=True)
class Kept:
    """A whole answer to one request: its rows, the limit its server told of, when it came."""

    rows: tuple[Row, ...]
    most_rows: int
    since: float

    @property
    def weight(self) -> int:
        """About how many bytes it takes."""
        return sum(
            ROW_BYTES + sum(TERM_BYTES + len(term) for term in row if term) for row in self.rows
        )


class Cache:
    """Answers by endpoint and request text, of `most_bytes` together, none older than `seconds`.

    The least used go first. Only whole answers are put here, never failures.
    """

    def __init__(
        self, most_bytes: int, seconds: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin empty; with 0 for either nothing is kept."""
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._now = now
        self._kept: OrderedDict[tuple[str, str], tuple[Kept, int]] = OrderedDict()
        self.size = 0

    def get(self, endpoint: str, request: str) -> tuple[Kept, float] | None:
        """Return an answer that is not too old, and its age in seconds."""
        found = self._kept.get((endpoint, request))
        if found is None:
            return None
        age = self._now() - found[0].since
        if age >= self._seconds:
            self._drop((endpoint, request))
            return None
        self._kept.move_to_end((endpoint, request))
        return found[0], age

    def put(self, endpoint: str, request: str, rows: tuple[Row, ...], most_rows: int) -> Kept:
        """Keep an answer, unless it is too large, and return it."""
        kept = Kept(rows, most_rows, self._now())
        weight = kept.weight + 4 * len(request) + 200
        self._drop((endpoint, request))
        if self._seconds > 0 and weight <= self._most_bytes:
            self._kept[endpoint, request] = kept, weight
            self.size += weight
            while self.size > self._most_bytes:
                self._drop(next(iter(self._kept)))
        return kept

    def _drop(self, key: tuple[str, str]) -> None:
        _, weight = self._kept.pop(key, (None, 0))
        self.size -= weight
