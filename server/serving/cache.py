"""Finished answers that are kept: bounded, the least used go first, gone with their release."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(slots=True)
class Kept:
    """A finished answer: its header lines, its body, what the log says."""

    lines: bytes
    body: bytes
    etag: bytes
    rows: int
    query_hash: str
    path: str
    is_dropped: bool = False


class Cache:
    """Answers by request, of `total` bytes together and `most` each."""

    # A request whose very bytes came before needs no reading at all; so many are remembered.
    SAME_BYTES = 4096
    LONGEST_BYTES = 4096

    def __init__(self, total: int, most: int) -> None:
        """Begin empty; with 0 for `total` nothing is kept."""
        self.total = total
        self.most = min(most, total)
        self.size = 0
        self._answers: OrderedDict[Hashable, Kept] = OrderedDict()
        self._by_bytes: dict[bytes, Kept] = {}

    def __len__(self) -> int:
        """Return how many answers are kept."""
        return len(self._answers)

    def get(self, key: Hashable) -> Kept | None:
        """Return the answer to a request, or None."""
        kept = self._answers.get(key)
        if kept is not None:
            self._answers.move_to_end(key)
        return kept

    def same_bytes(self, data: bytes) -> Kept | None:
        """Return the answer to a request by its very bytes, or None."""
        if len(data) > self.LONGEST_BYTES:
            return None
        kept = self._by_bytes.get(data)
        if kept is not None and kept.is_dropped:
            del self._by_bytes[data]
            return None
        return kept

    def remember_bytes(self, data: bytes, kept: Kept) -> None:
        """Answer a request of these very bytes in the same way from now on."""
        if len(data) > self.LONGEST_BYTES or kept.is_dropped:
            return
        if len(self._by_bytes) >= self.SAME_BYTES:
            self._by_bytes.clear()
        self._by_bytes[data] = kept

    def put(self, key: Hashable, kept: Kept) -> None:
        """Keep an answer, if it is not too large, and drop others to make room."""
        if len(kept.body) > self.most:
            return
        self._drop(key)
        self._answers[key] = kept
        self.size += _weight(kept)
        while self.size > self.total:
            self._drop(next(iter(self._answers)))

    def clear(self) -> None:
        """Drop every answer: another release is served."""
        for key in list(self._answers):
            self._drop(key)
        self._by_bytes.clear()

    def _drop(self, key: Hashable) -> None:
        kept = self._answers.pop(key, None)
        if kept is not None:
            kept.is_dropped = True
            self.size -= _weight(kept)


def _weight(kept: Kept) -> int:
    """Return what an answer takes: its bytes, and about as much as its request and the objects."""
    return len(kept.body) + len(kept.lines) + 2000
