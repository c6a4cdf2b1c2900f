"""What the front and a worker say to each other over a pair of sockets.

To the worker goes one request at a time; from it come frames, each a kind, a length and a load.
The front takes nothing from a worker but bytes and numbers: a worker may be broken.
"""

import contextlib
import marshal
import math
import struct
import time
from collections import deque
from collections.abc import Iterator
from socket import MSG_DONTWAIT, socket
from typing import NamedTuple

READY, ALLOWS, ANSWER, HEAD, DATA, END, BROKEN = b"R", b"T", b"A", b"H", b"D", b"E", b"X"
# The worker wants rows of another endpoint; what they are is the fetcher's matter.
FETCH = b"F"
# What a worker sends at once of a long answer: each piece wakes the front.
PIECE = 262_144
Load = bytes | memoryview
_FRAME = struct.Struct(">cI")
_SIZE = struct.Struct(">I")
_TWO_SIZES = struct.Struct(">II")
_HEAD = struct.Struct(">H?16sB")
_END = struct.Struct(">qd?")
_ANSWER = struct.Struct(">qd?I")
_SECONDS = struct.Struct(">d")
# After a request that took longer than this, those that wait behind it may have been taken back.
LATE_SECONDS = 0.01
# What a worker takes at once of what the front sends.
MOST_BYTES = 1 << 20
# Of a piece that is sent as it is; the engine makes 32.
MOST_PARTS = 64
# In place of the size of what goes to a worker: it is no request but the answer to a fetch, word
# that a request is not its any more, word that nobody waits for an answer.
_IS_FETCHED = 1 << 31
_FORGET, _CANCEL = 0, _IS_FETCHED - 1
# More than any frame a worker sends; a larger one means that the worker is broken.
MAX_FRAME = 64 * 1024 * 1024


class Request(NamedTuple):
    """A request on its way to a worker; `problem` asks for the page of a failure instead.

    `fields`: the headers, names in lower case, several of one name joined by commas.
    """

    method: str
    target: bytes
    fields: dict[bytes, bytes]
    body: bytes
    client: str
    problem: tuple[int, str, str, str] | None = None

    def field(self, name: bytes) -> str:
        """Return the value of a header, "" where there is none."""
        return self.fields.get(name, b"").decode("latin-1")

    def encode(self) -> bytes:
        """Return the bytes that a worker reads as one request."""
        load = marshal.dumps(tuple(self))
        return _SIZE.pack(len(load)) + load


class Head(NamedTuple):
    """The beginning of an answer: its status, entity tag and header lines.

    `keep`: the same request is answered in the same way until the next release. `query_hash`:
    16 characters, or none where there is no query.
    """

    status: int
    keep: bool
    etag: bytes
    lines: bytes
    query_hash: bytes = b""


class Toll(NamedTuple):
    """What a request took of its worker.

    `seconds`: of a core; or of time, where the release is not in memory and must be waited for.
    `is_worn`: whether the worker should be replaced.
    """

    seconds: float = 0.0
    is_worn: bool = False


class Inbox:
    """What the front sends to a worker: requests, word that some were taken back, fetched rows."""

    def __init__(self, connection: socket) -> None:
        """Begin with nothing received."""
        self._connection = connection
        self._waiting = b""
        self._ahead: deque[Request | None] = deque()
        self._fetched: deque[bytes] = deque()
        # Of the request that runs, and of one that was cancelled.
        self._number = 0
        self._cancelled = 0

    def requests(self) -> Iterator[Request | None]:
        """Yield the requests of the front as they come, until the front is gone.

        None stands for a request that the front has given to another worker meanwhile.
        """
        while self._take(self._connection.recv(MOST_BYTES)):
            while self._ahead:
                begun = time.monotonic()
                self._number += 1
                yield self._ahead.popleft()
                if self._ahead and time.monotonic() - begun > LATE_SECONDS:
                    self._look()

    def fetched(self) -> bytes:
        """Return the answer to the fetch that was sent last; requests that come meanwhile wait.

        Raises ConnectionResetError when the front is gone.
        """
        while not self._fetched:
            if not self._take(self._connection.recv(MOST_BYTES)):
                raise ConnectionResetError
        return self._fetched.popleft()

    def is_cancelled(self) -> bool:
        """Tell whether nobody waits any more for the answer to the request that runs."""
        self._look()
        return self._cancelled == self._number

    def _look(self) -> None:
        """Take what has come, if anything has."""
        with contextlib.suppress(BlockingIOError):
            self._take(self._connection.recv(MOST_BYTES, MSG_DONTWAIT))

    def _take(self, piece: bytes) -> bool:
        """Take what has come; return False when the front is gone."""
        self._waiting = self._unpack(self._waiting + piece)
        return bool(piece)

    def _unpack(self, data: bytes) -> bytes:
        """Put what is whole where it belongs, do what the front says; return the rest."""
        start = 0
        while len(data) - start >= _TWO_SIZES.size:
            size, number = _TWO_SIZES.unpack_from(data, start)
            if size in (_FORGET, _CANCEL):
                start += _TWO_SIZES.size
                self._obey(size, number)
                continue
            begin = start + _SIZE.size
            end = begin + (size & ~_IS_FETCHED)
            if len(data) < end:
                break
            load = data[begin:end]
            if size & _IS_FETCHED:
                self._fetched.append(load)
            else:
                self._ahead.append(Request(*marshal.loads(load)))
            start = end
        return data[start:]

    def _obey(self, word: int, number: int) -> None:
        if word == _CANCEL:
            self._cancelled = number
            return
        for index in range(max(len(self._ahead) - number, 0), len(self._ahead)):
            self._ahead[index] = None


def fetched(load: bytes) -> bytes:
    """Return what a worker reads as the answer to its fetch."""
    return _SIZE.pack(_IS_FETCHED | len(load)) + load


def forget(last: int) -> bytes:
    """Return what tells a worker that the last so many requests are not its, unless they run."""
    return _TWO_SIZES.pack(_FORGET, last)


def cancel(number: int) -> bytes:
    """Return what tells a worker that nobody waits for the answer to its request of this number.

    The first it is given has number 1.
    """
    return _TWO_SIZES.pack(_CANCEL, number)


def frame(kind: bytes, load: bytes = b"") -> bytes:
    """Return a frame."""
    return _FRAME.pack(kind, len(load)) + load


def _pack_head(head: Head) -> bytes:
    start = _HEAD.pack(head.status, head.keep, head.query_hash, len(head.etag))
    return start + head.etag + head.lines


def head_frame(head: Head) -> bytes:
    """Return the frame that begins an answer of unknown length, or one that has no body."""
    return frame(HEAD, _pack_head(head))


def parse_head(load: bytes) -> Head:
    """Return the head in the load of a frame. Raises struct.error for a broken one."""
    status, keep, query_hash, size = _HEAD.unpack_from(load)
    lines = _HEAD.size + size
    return Head(status, keep, load[_HEAD.size : lines], load[lines:], query_hash.rstrip(b"\0"))


def data_frame(pieces: list[bytes]) -> list[bytes]:
    """Return the parts of the frame of a piece of a body, which may be in pieces itself."""
    size = sum(map(len, pieces))
    return [_FRAME.pack(DATA, size), *pieces] if size else []


def send(connection: socket, parts: list[bytes]) -> None:
    """Send all of the parts, waiting as long as the front does not take them.

    Not copied together, unless they are so many that it would take longer not to. Raises OSError
    when the front is gone.
    """
    if len(parts) > MOST_PARTS:
        parts = [b"".join(parts)]
    sent = connection.sendmsg(parts) if parts else 0
    if sent < sum(map(len, parts)):
        connection.sendall(b"".join(parts)[sent:])


def answer_frame(head: Head, body: bytes, rows: int, toll: Toll) -> bytes:
    """Return the frame of a whole answer: most are made before anything is sent."""
    packed = _pack_head(head)
    size = _ANSWER.size + len(packed) + len(body)
    start = _FRAME.pack(ANSWER, size) + _ANSWER.pack(rows, *toll, len(packed))
    return b"".join((start, packed, body))


def parse_answer(load: bytes) -> tuple[Head, bytes, int, Toll]:
    """Return what `answer_frame` was given. Raises struct.error, ValueError for a broken one."""
    rows, seconds, is_worn, size = _ANSWER.unpack_from(load)
    body = _ANSWER.size + size
    return parse_head(load[_ANSWER.size : body]), load[body:], rows, _toll(seconds, is_worn)


def end_frame(rows: int, toll: Toll) -> bytes:
    """Return the frame that ends an answer: its rows (-1: not counted), and what it took."""
    return frame(END, _END.pack(rows, *toll))


def parse_end(load: bytes) -> tuple[int, Toll]:
    """Return what `end_frame` was given. Raises struct.error, ValueError for a broken one."""
    rows, seconds, is_worn = _END.unpack(load)
    return rows, _toll(seconds, is_worn)


def _toll(seconds: float, is_worn: bool) -> Toll:
    # One number that is none, and every mean it goes into is none from then on.
    if not 0 <= seconds < math.inf:
        raise ValueError(f"found {seconds} seconds, expected 0 or more")
    return Toll(seconds, is_worn)


def allows_frame(seconds: float) -> bytes:
    """Return the frame that tells the front that the client allows fewer seconds."""
    return frame(ALLOWS, _SECONDS.pack(seconds))


def parse_allows(load: bytes) -> float:
    """Return the seconds a client allows."""
    seconds: float = _SECONDS.unpack(load)[0]
    return seconds


class FrameReader:
    """Cuts what comes from a worker into frames."""

    def __init__(self) -> None:
        """Begin with nothing received."""
        self._waiting = bytearray()
        # So many bytes must wait before it is worth looking at them.
        self._wanted = 0
        # So many bytes of a piece of a body are still to come.
        self._left = 0

    def feed(self, data: bytes) -> Iterator[tuple[bytes, Load]]:
        """Yield the kind and load of each frame that is complete; of a body, what has come of it.

        Raises ValueError for a frame that no worker in order sends.
        """
        if self._waiting:
            self._waiting += data
            if len(self._waiting) < self._wanted:
                return
            data = bytes(self._waiting)
            self._waiting.clear()
        start = 0
        if self._left:
            start = min(self._left, len(data))
            self._left -= start
            yield DATA, data if start == len(data) else memoryview(data)[:start]
        self._wanted = 0
        while len(data) - start >= _FRAME.size:
            kind, size = _FRAME.unpack_from(data, start)
            if size > MAX_FRAME:
                raise ValueError(f"found a frame of {size} bytes, expected {MAX_FRAME} at most")
            start += _FRAME.size
            end = start + size
            if kind == DATA:
                # Not copied: a long answer is little but such pieces.
                piece = memoryview(data)[start:end]
                self._left = size - len(piece)
                yield DATA, piece
                start += len(piece)
            elif len(data) < end:
                start -= _FRAME.size
                self._wanted = end - start
                break
            else:
                yield kind, data[start:end]
                start = end
        self._waiting += data[start:]
