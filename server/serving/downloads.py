"""The files of a release, sent by the front: workers open none.

A request names a file of the manifest or nothing: no path a client writes is ever opened.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..headers import EVERY_ANSWER_LINES
from .channel import PIECE
from .http import Connection, Message

if TYPE_CHECKING:
    from .front import Front

FOLDER = "/data/"
MANIFEST = "manifest.json"
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "graphml": "application/graphml+xml",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "nq": "application/n-quads",
    "ttl": "text/turtle; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Download:
    """A file of a release: where it lies, its bytes, the sha256 that its tag is made of."""

    path: Path
    size: int
    sha256: str

    @property
    def media_type(self) -> str:
        """The media type, by the end of its name."""
        return MEDIA_TYPES.get(self.path.suffix[1:], "application/octet-stream")


def downloads_of(release: Path) -> dict[str, Download]:
    """Return the files of a release by their paths on the server. Raises OSError, ValueError."""
    manifest = (release / MANIFEST).read_bytes()
    files = {
        FOLDER + name: Download(release / name, about["size"], about["sha256"])
        for name, about in json.loads(manifest)["files"].items()
    }
    return {**files, FOLDER + MANIFEST: Download(release / MANIFEST, len(manifest), "")}


class Sending:
    """A file on its way to a client, a piece at a time, as fast as the client reads."""

    def __init__(
        self, front: "Front", connection: Connection, message: Message, download: Download
    ) -> None:
        """Send the head, then the file; 304 where the client has it. Raises OSError."""
        self._front = front
        self._connection = connection
        self._message = message
        self._left = download.size
        self._is_paused = False
        self.moved = front.now()
        tag = f'"{download.sha256[:24]}"'.encode()
        lines = (
            f"Content-Type: {download.media_type}\r\n".encode()
            + (b"ETag: %b\r\n" % tag if download.sha256 else b"")
            + f'Content-Disposition: inline; filename="{download.path.name}"\r\n'.encode()
            + b"Cache-Control: public, max-age=60\r\n"
            + EVERY_ANSWER_LINES
        )
        self._descriptor = os.open(download.path, os.O_RDONLY | os.O_NOFOLLOW)
        self._status = 200
        if download.sha256 and tag in (message.header(b"if-none-match") or b""):
            self._status = 304
            connection.send_head(304, None, lines)
        else:
            connection.send_head(200, download.size, lines)
        self._sent = 0
        if self._status == 304 or message.method == "HEAD" or not self._left:
            self._finish("answered")
        else:
            self._go_on()

    def pause(self) -> None:
        """Wait: the client does not keep up."""
        self._is_paused = True

    def resume(self) -> None:
        """Go on."""
        self._is_paused = False
        self._go_on()

    def _go_on(self) -> None:
        """Send the next piece; one in a turn of the loop, that nobody waits for long."""
        if self._is_paused or self._descriptor < 0:
            return
        data = os.read(self._descriptor, min(PIECE, self._left))
        self.moved = self._front.now()
        if not data:
            # The file is shorter than the manifest says: what was sent must not pass as whole.
            self.stop("crash")
            return
        self._left -= len(data)
        self._sent += len(data)
        self._connection.send_body(data)
        if self._left:
            self._front.later(0, self._go_on)
        else:
            self._finish("answered")

    def stop(self, outcome: str) -> None:
        """Break off: the client is gone, or reads no more."""
        if self._descriptor >= 0:
            self._close(outcome)
            self._connection.break_off()

    def _finish(self, outcome: str) -> None:
        self._close(outcome)
        self._connection.finish()

    def _close(self, outcome: str) -> None:
        os.close(self._descriptor)
        self._descriptor = -1
        self._front.sent(self._connection)
        self._front.note(
            self._message.method, self._message.path, self._status, outcome,
            self._connection.client, self._sent,
        )  # fmt: skip
