"""Finished answers that are kept: bounded, the least used go first, gone with their release."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from .channel import Load
from .http import HIGH_WATER


@dataclass(slots=True)
class Kept:
    """A finished answer: its header lines, its body in pieces, what the log says."""

    lines: bytes
    pieces: list[Load]
    size: int
    etag: bytes
    rows: int
    query_hash: str
    path: str
    is_dropped: bool = False
    readers: int = 0

    @property
    def is_long(self) -> bool:
        """Whether it is sent in pieces: more than may wait for one client."""
        return self.size > HIGH_WATER

    @property
    def body(self) -> Load:
        """All of one that is not long."""
        return self.pieces[0]


class Cache:
    """Answers by request, of `total` bytes together and `most` each."""

    # A request whose very bytes came before needs no reading at all; so many are remembered.
    SAME_BYTES = 4096
    LONGEST_BYTES = 4096

    def __init__(self, total: int, most: int) -> None:
        """Begin empty; with 0 for `total` nothing is kept."""
        self.total = total
        self.most = min(most, total)
        # Of what is kept, what is still being sent, what is being collected.
        self.size = 0
        self._readers = 0
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

    def knows(self, key: Hashable, etag: bytes) -> bool:
        """Tell whether this very answer to a request is kept."""
        kept = self._answers.get(key)
        return kept is not None and kept.etag == etag

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
        self._drop(key)
        if kept.size <= self.most and self.take(_weight(kept)):
            self._answers[key] = kept

    def take(self, size: int) -> bool:
        """Take room for `size` bytes more, dropping answers used least; False where there is none.

        Those that are being sent would go on taking memory: they stay.
        """
        passed = 0
        while self.size + size > self.total and self._answers and passed <= self._readers:
            key, kept = next(iter(self._answers.items()))
            if kept.readers:
                passed += 1
                self._answers.move_to_end(key)
            else:
                self._drop(key)
        if self.size + size > self.total:
            return False
        self.size += size
        return True

    def give_back(self, size: int) -> None:
        """Give back room that was taken."""
        self.size -= size

    def read(self, kept: Kept) -> "Reader":
        """Return a reader of an answer; what it takes is counted until that is closed."""
        kept.readers += 1
        self._readers += 1
        return Reader(self, kept)

    def has_read(self, kept: Kept) -> None:
        """Count a reader of an answer out."""
        kept.readers -= 1
        self._readers -= 1
        if kept.is_dropped and not kept.readers:
            self.size -= _weight(kept)

    def clear(self) -> None:
        """Drop every answer: another release is served."""
        for key in list(self._answers):
            self._drop(key)
        self._by_bytes.clear()

    def _drop(self, key: Hashable) -> None:
        kept = self._answers.pop(key, None)
        if kept is not None:
            kept.is_dropped = True
            if not kept.readers:
                self.size -= _weight(kept)


class Reader:
    """A kept answer as a source of bytes, to be sent in pieces."""

    def __init__(self, cache: Cache, kept: Kept) -> None:
        """Begin with the first byte."""
        self._cache = cache
        self._kept = kept
        self._next = 0

    def read(self, _most: int) -> Load:
        """Return the next piece, as it came; while it waits to be sent it holds no other."""
        piece = self._kept.pieces[self._next]
        self._next += 1
        return piece

    def close(self) -> None:
        """Let go of it."""
        self._cache.has_read(self._kept)


def _weight(kept: Kept) -> int:
    """Return what an answer takes: its bytes, and about as much as its request and the objects."""
    return kept.size + len(kept.lines) + 2000
