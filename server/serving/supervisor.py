"""The supervisor: holds the listening socket and has a front serve it, again if the front dies.

It does nothing that could fail: connections wait in the socket while a new front starts.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from . import CANNOT_START
from .confinement import raise_stack

# A front that dies again at once is started more and more slowly.
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
LIVED_SECONDS = 60.0


class Supervisor:
    """One listening socket and the front that serves it."""

    def __init__(
        self, listening: socket.socket, release: Path, address: str, access_log: str, proxies: int
    ) -> None:
        """Prepare to serve `release` at `address`."""
        self._listening = listening
        self._options = [
            "--fd", str(listening.fileno()), "--parent", str(os.getpid()),
            "--release", str(release), "--access-log", access_log, "--proxies", str(proxies),
        ]  # fmt: skip
        # Pages need to know it too: their links are as the client sees the server.
        self._environment = {**os.environ, "ENISHI_PROXIES": str(proxies)}
        self._address = address
        self._front: subprocess.Popen[bytes] | None = None
        self._is_stopping = False

    def run(self) -> int:
        """Serve until told to stop; return 0, or 1 when nothing can be served."""
        raise_stack()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._reload)
        pause, announce = FIRST_PAUSE, ["--announce", self._address]
        while True:
            begun = time.monotonic()
            status = self._serve(announce)
            if self._is_stopping:
                return 0
            if announce and status == CANNOT_START:
                return 1
            announce = []
            pause = FIRST_PAUSE if time.monotonic() - begun > LIVED_SECONDS else pause
            print(f"The server process ended with {status}; starting it again in {pause:g} s.",
                  file=sys.stderr, flush=True)  # fmt: skip
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            if self._is_stopping:
                return 0

    def _serve(self, announce: list[str]) -> int:
        """Run a front until it ends; return its status."""
        command = [sys.executable, "-m", "server.serving.front", *self._options, *announce]
        # A session of its own, or the terminal would interrupt it and its workers beside us.
        self._front = subprocess.Popen(
            command, pass_fds=[self._listening.fileno()], start_new_session=True,
            env=self._environment,
        )  # fmt: skip
        return self._front.wait()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._is_stopping = True
        if self._front is not None and self._front.returncode is None:
            self._front.send_signal(signal.SIGTERM)

    def _reload(self, number: int, frame: FrameType | None) -> None:
        if self._front is not None and self._front.returncode is None:
            self._front.send_signal(signal.SIGHUP)
