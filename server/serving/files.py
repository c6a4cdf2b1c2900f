"""The files of a release, sent by the front: workers open none.

A request names a file of the manifest or nothing: no path a client writes is ever opened.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..downloads import read_downloads
from .http import Connection, Message
from .sending import ANSWERED, Sending

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


class _OpenFile:
    """A file as a source of bytes."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises OSError."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)

    def read(self, most: int) -> bytes:
        """Return the next bytes, none where they cannot be read."""
        try:
            return os.read(self._descriptor, most)
        except OSError:
            return b""

    def close(self) -> None:
        """Close it."""
        os.close(self._descriptor)


def send_file(front: "Front", connection: Connection, message: Message, served: ServedFile) -> None:
    """Send a file, or its head alone; 304 where the client has it. Raises OSError."""
    file = _OpenFile(served.path)
    tag = f'"{served.sha256[:24]}"'.encode()
    lines = (
        f"Content-Type: {served.content_type}\r\n".encode()
        + (b"ETag: %b\r\n" % tag if served.sha256 else b"")
        + f'Content-Disposition: inline; filename="{served.path.name}"\r\n'.encode()
        + b"Cache-Control: public, max-age=60\r\n"
    )
    is_known = bool(served.sha256) and tag in message.fields.get(b"if-none-match", b"")
    status = 304 if is_known else 200
    client = connection.client

    def tell(outcome: str, sent: int) -> None:
        front.note(message.method, message.path, status, outcome, client, sent)

    connection.send_head(status, None if is_known else served.size, lines)
    if is_known or message.method == "HEAD" or not served.size:
        file.close()
        tell(ANSWERED, 0)
        connection.finish()
    else:
        front.send(Sending(front, connection, file, served.size, tell), connection)
