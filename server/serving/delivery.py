"""How a worker sends an answer: piece by piece, compressed, counted, or not at all (304)."""

import re
import time
import zlib
from collections.abc import Callable
from http import HTTPStatus
from socket import socket
from typing import ClassVar, Protocol

import zstandard

from .channel import PIECE, Head, Toll, answer_frame, data_frame, end_frame, head_frame, send

# Below this a packet is sent either way, and packing it costs more than it saves.
WORTH_PACKING = 1400
FIRST_SECONDS = 0.05
_COMPRESSIBLE = re.compile(r"text/|image/svg|application/.*(?:json|xml|n-triples|javascript)")
_FLUSH_BLOCK = {"zstd": zstandard.COMPRESSOBJ_FLUSH_BLOCK, "gzip": zlib.Z_SYNC_FLUSH}
_LATIN = "latin-1"


class TooLarge(Exception):
    """An answer has more bytes than the limit allows."""


class Cancelled(Exception):
    """Nobody waits for an answer any more."""


class Compressor(Protocol):
    """What makes a stream smaller."""

    def compress(self, data: bytes, /) -> bytes:
        """Return what can be sent of the data so far."""

    def flush(self, mode: int = ..., /) -> bytes:
        """Return what is held back; all of it, and nothing may follow, without a mode."""


def encoding_for(accepted: str, content_type: str) -> str:
    """Return the content coding to use: zstd, gzip, or "" for none (RFC 9110, 12.5.3).

    >>> encoding_for("gzip;q=0.5, zstd", "text/csv")
    'zstd'
    >>> encoding_for("*, zstd;q=0", "text/csv")
    'gzip'
    """
    if not accepted or not _COMPRESSIBLE.match(content_type):
        return ""
    weights = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        try:
            weights[name.strip()] = float(parameter.partition("=")[2] or 1)
        except ValueError:
            weights[name.strip()] = 0.0
    best = max(("zstd", "gzip"), key=lambda name: weights.get(name, weights.get("*", 0.0)))
    return best if weights.get(best, weights.get("*", 0.0)) > 0 else ""


def compressor(encoding: str) -> Compressor:
    """Return what packs for a content coding."""
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=3).compressobj()
    return zlib.compressobj(level=4, wbits=31)


class RowCounter:
    """Counts the rows of results as their bytes go by, without reading them as values.

    In JSON a row in which nothing is bound is not seen.
    """

    # Between two rows stands this, and nowhere else: in a string its quotation marks would be
    # escaped, its angle bracket too.
    _BETWEEN: ClassVar = {
        "application/sparql-results+json": b'"}},{"',
        "application/sparql-results+xml": b"<result>",
        "text/tab-separated-values": b"\n",
    }

    def __init__(self, media_type: str) -> None:
        """Begin at no row; `media_type` is the canonical one of the results."""
        self._media_type = media_type
        self._mark = self._BETWEEN.get(media_type, b"")
        self._tail = b""
        self._is_quoted = False
        self._marks = 0
        self._has_rows = False

    def feed(self, data: bytes) -> None:
        """Count in the next piece."""
        if self._mark:
            self._marks += data.count(self._mark)
            self._has_rows = self._has_rows or b'"}}' in data
            self._look_across(data)
        elif self._media_type == "text/csv":
            for number, part in enumerate(data.split(b'"')):
                self._is_quoted ^= number > 0
                self._marks += 0 if self._is_quoted else part.count(b"\n")

    def _look_across(self, data: bytes) -> None:
        """Count a mark that lies across two pieces; they are not copied for it, being long."""
        most = len(self._mark) - 1
        if self._tail:
            seam = self._tail + data[:most]
            self._marks += seam.count(self._mark)
            self._has_rows = self._has_rows or b'"}}' in seam
            data = seam if len(data) < most else data
        self._tail = data[max(len(data) - most, 0) :]

    @property
    def rows(self) -> int:
        """The rows so far; -1 for a form whose rows are not counted."""
        if self._media_type == "application/sparql-results+json":
            return self._marks + self._has_rows
        if self._media_type == "application/sparql-results+xml":
            return self._marks
        if self._media_type in ("text/csv", "text/tab-separated-values"):
            return max(self._marks - 1, 0)
        return -1


class Delivery:
    """One answer on its way. A file to write to; `finish` must be called when all is written."""

    def __init__(
        self,
        connection: socket,
        status: int,
        headers: list[tuple[str, str]],
        accepted: str,
        most: int,
        media_type: str = "",
        query_hash: str = "",
        is_cancelled: Callable[[], bool] = bool,
    ) -> None:
        """Begin an answer of `most` bytes at most for a client that sent `accepted` encodings.

        `media_type` is the canonical one of results, whose rows are counted; `query_hash` is for
        the log; `is_cancelled` is asked before each piece but the first.
        """
        self._query_hash = query_hash.encode()
        self._is_cancelled = is_cancelled
        self._connection = connection
        self._status = status
        self._headers = headers
        self._most = most
        self._accepted = accepted
        self._counter = RowCounter(media_type)
        self._coding = ""
        self._packer: Compressor | None = None
        self._waiting: list[bytes] = []
        self._size = 0
        self._total = 0
        self._begun = time.monotonic()
        self.has_begun = False

    def write(self, data: bytes, /) -> int:
        """Take a piece. Raises TooLarge when the answer has become too large, Cancelled."""
        self._total += len(data)
        if self._total > self._most:
            raise TooLarge
        self._waiting.append(data)
        self._size += len(data)
        late = not self.has_begun and time.monotonic() - self._begun > FIRST_SECONDS
        if late or self._size >= PIECE:
            self._send_piece()
        return len(data)

    def flush(self) -> None:
        """Do nothing: `finish` sends what is left."""

    def finish(self, toll: Toll) -> None:
        """Send what is left and the end."""
        if self.has_begun:
            last = data_frame(self._taken(is_last=True))
            send(self._connection, [*last, end_frame(self._counter.rows, toll)])
            return
        if self._size >= WORTH_PACKING:
            self._choose_coding()
        body = b"".join(self._taken(is_last=True))
        self._connection.sendall(answer_frame(self._head(), body, self._counter.rows, toll))

    def _send_piece(self) -> None:
        if not self.has_begun:
            self._choose_coding()
            pieces, self.has_begun = self._taken(is_last=False), True
            send(self._connection, [head_frame(self._head()), *data_frame(pieces)])
        elif self._is_cancelled():
            raise Cancelled
        else:
            send(self._connection, data_frame(self._taken(is_last=False)))

    def _taken(self, is_last: bool) -> list[bytes]:
        """Return what waits, its rows counted, compressed if the answer is."""
        pieces, self._waiting = self._waiting, []
        self._size = 0
        for piece in pieces:
            self._counter.feed(piece)
        return [self._packed(self._packer, b"".join(pieces), is_last)] if self._packer else pieces

    def _choose_coding(self) -> None:
        content_type = next((v for n, v in self._headers if n.lower() == "content-type"), "")
        self._coding = encoding_for(self._accepted, content_type)
        self._packer = compressor(self._coding) if self._coding else None

    def _packed(self, packer: Compressor, data: bytes, is_last: bool) -> bytes:
        """Return the data compressed; at the beginning so that it can be read at once."""
        if is_last:
            return packer.compress(data) + packer.flush()
        if self.has_begun:
            return packer.compress(data)
        return packer.compress(data) + packer.flush(_FLUSH_BLOCK[self._coding])

    def _head(self) -> Head:
        etag, lines = encoded_headers(self._headers, self._coding)
        keep = self._status == HTTPStatus.OK and bool(etag)
        return Head(self._status, keep, etag, lines, self._query_hash)


def encoded_headers(headers: list[tuple[str, str]], encoding: str) -> tuple[bytes, bytes]:
    """Return the entity tag and the header lines of an answer in a content coding.

    Those that every answer has, the front adds.
    """
    etag = lines = ""
    for name, value in headers:
        if name == "ETag":
            etag = value = f'{value[:-1]}-{encoding}"' if encoding else value
        lines += f"{name}: {value}\r\n"
    if encoding:
        lines += f"Content-Encoding: {encoding}\r\n"
    return etag.encode(_LATIN), lines.encode(_LATIN)


def is_known(etag: str, if_none_match: str) -> bool:
    """Tell whether a client that sent If-None-Match has the answer, in whichever coding.

    >>> is_known('"json-1f"', 'W/"json-1f-gzip", "x"')
    True
    """
    if not etag or not if_none_match:
        return False
    found = re.findall(r'"([^"]*)"', if_none_match)
    plain = etag.strip('"')
    return "*" in if_none_match.split(",") or any(
        tag == plain or tag in (f"{plain}-gzip", f"{plain}-zstd") for tag in found
    )
