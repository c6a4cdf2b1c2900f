"""One JSON line for each request, written by a thread, so that a slow disk holds nobody up.

No line has a word of a user's query: a hash tells one query from another.
"""

import json
import os
import threading
import time
from collections import deque
from typing import Any

from .metrics import LINES_LOST

LONGEST = 100_000


class AccessLog:
    """Where the lines go: a descriptor, or None for nowhere."""

    def __init__(self, descriptor: int | None) -> None:
        """Begin to write."""
        self._descriptor = descriptor
        self._lines: deque[bytes] = deque()
        self._more = threading.Event()
        if descriptor is not None:
            threading.Thread(target=self._run, daemon=True).start()

    @property
    def is_on(self) -> bool:
        """Whether lines are written."""
        return self._descriptor is not None

    def write(self, **about: Any) -> None:
        """Add a line. Where the writer is far behind, the line is lost and counted."""
        if self._descriptor is None:
            return
        if len(self._lines) >= LONGEST:
            LINES_LOST.inc()
            return
        stamp = time.time()
        about = {"time": _iso(stamp), **about}
        self._lines.append(json.dumps(about, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self._more.set()

    def _run(self) -> None:
        descriptor = self._descriptor
        assert descriptor is not None
        while True:
            self._more.wait()
            self._more.clear()
            # Requests come in bursts; their lines go out together.
            time.sleep(0.05)
            self.drain()

    def drain(self) -> None:
        """Write what waits. A disk that takes nothing loses lines, which are counted."""
        pieces = []
        while self._lines:
            pieces.append(self._lines.popleft())
        data = b"".join(pieces)
        while data and self._descriptor is not None:
            try:
                data = data[os.write(self._descriptor, data) :]
            except OSError:
                LINES_LOST.inc(data.count(b"\n"))
                return


def _iso(stamp: float) -> str:
    whole, rest = divmod(stamp, 1)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{int(rest * 1000):03}Z"
