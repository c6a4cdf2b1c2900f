"""The files of a release, sent by the front: workers open none.

A request names a file of the manifest or nothing: no path a client writes is ever opened.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..downloads import read_downloads
from .channel import PIECE
from .http import Connection, Message

if TYPE_CHECKING:
    from .front import Front

FOLDER = "/data/"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class ServedFile:
    """A file of a release: where it lies, its bytes, the sha256 that its tag is made of."""

    path: Path
    size: int
    sha256: str
    content_type: str


def files_of(release: Path, identifier: str) -> dict[str, ServedFile]:
    """Return the files of a release by their paths on the server. Raises OSError, ValueError.

    There are none where another release than `identifier` lies in the folder.
    """
    text = (release / MANIFEST).read_bytes()
    manifest = json.loads(text)
    if manifest["release"] != identifier:
        return {}
    types = {listed.file: listed.media_type for listed in read_downloads(manifest.get("downloads"))}
    files = {
        FOLDER + name: ServedFile(
            release / name, about["size"], about["sha256"],
            _content_type(types.get(name, "application/octet-stream")),
        )
        for name, about in manifest["files"].items()
    }  # fmt: skip
    own = ServedFile(release / MANIFEST, len(text), "", "application/json")
    return {**files, FOLDER + MANIFEST: own}


def _content_type(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


class Sending:
    """A file on its way to a client, a piece at a time, as fast as the client reads."""

    def __init__(
        self, front: "Front", connection: Connection, message: Message, served: ServedFile
    ) -> None:
        """Send the head, then the file; 304 where the client has it. Raises OSError."""
        self._front = front
        self._connection = connection
        self._message = message
        self._left = served.size
        self._is_paused = False
        self.moved = front.now()
        tag = f'"{served.sha256[:24]}"'.encode()
        lines = (
            f"Content-Type: {served.content_type}\r\n".encode()
            + (b"ETag: %b\r\n" % tag if served.sha256 else b"")
            + f'Content-Disposition: inline; filename="{served.path.name}"\r\n'.encode()
            + b"Cache-Control: public, max-age=60\r\n"
        )
        self._descriptor = os.open(served.path, os.O_RDONLY | os.O_NOFOLLOW)
        self._status = 200
        if served.sha256 and tag in message.fields.get(b"if-none-match", b""):
            self._status = 304
            connection.send_head(304, None, lines)
        else:
            connection.send_head(200, served.size, lines)
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
