"""The zygote: loads one release, forks workers from it on demand, buries those that die.

It is started by the front with a socket of packets. To it come `F<number>` with the socket of a
new worker, and `K<pid>`; from it go JSON objects: ready or failed, forked, exit.
"""

import contextlib
import json
import os
import re
import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import create_app
from ..errors import Problem
from ..federation.registry import RegistryError
from ..limits import MEBIBYTE, LimitError, Limits
from ..release import ReleaseError, fits_in_memory, open_release
from ..remote.opening import open_remote, store_setting
from ..remote.store import RemoteStore
from .confinement import (
    Meter,
    close_all_but,
    collect_rarely,
    confine,
    die_with_parent,
    leave_network,
)
from .worker import work

# Requests that make the application load what it needs, before there is no file any more. A map
# or network of no tie does: drawing them all takes long.
WARMING: tuple[tuple[str, dict[str, str]], ...] = (
    ("/", {"Accept": "text/html"}),
    ("/?lang=en", {}),
    ("/limits", {}),
    ("/status", {}),
    ("/map?year=1900", {}),
    ("/network?year=1900", {}),
    ("/path", {}),
    ("/none", {"Accept": "text/html"}),
    ("/search?q=Morioka", {"Accept": "text/html"}),
    ("/search?q=qqqqqq&format=json", {}),
    ("/suggest?q=%E3%82%82", {}),
    ("/opensearch.xml", {}),
    ("/static/enishi.css", {}),
    ("/discrepancies.csv", {}),
    ("/sparql", {}),
    ("/sparql?format=html", {}),
    ("/sparql/vocabulary", {}),
    ("/sparql?query=SELECT*%7B%3Fs+a+%3Fo%7DLIMIT+1&format=html", {}),
    ("/sparql?query=CONSTRUCT+WHERE%7B%3Fs+a+%3Fo%7DLIMIT+1&format=html&lang=en", {}),
    ("/sparql?query=WRONG&format=html", {}),
    ("/sparql?query=SELECT*%7B%3Fs+x%3Aa+%3Fo%7D", {}),
)
# RocksDB opens its files when it needs them; nothing in memory needs any.
DESCRIPTORS_ON_DISK = 512
# Two connections to a store elsewhere, and what finding its address takes.
DESCRIPTORS_TO_STORE = 32
TAIL_BYTES = 2000


class Zygote:
    """The process that forks: its release, its socket to the front, its living workers."""

    def __init__(self, control: socket.socket, folder: Path, limits: Limits) -> None:
        """Load the release. Raises ReleaseError for one that cannot be served."""
        self._control = control
        self._limits = limits
        self._folder = folder
        self._remote = store_setting()
        self._in_memory = not self._remote and fits_in_memory(folder)
        if self._remote:
            release = open_remote(self._remote, folder)
        else:
            release = open_release(folder, in_memory=self._in_memory)
        self._app = create_app({"STORE": release, "LIMITS": limits})
        self._warm()
        self._release = release
        self._errors: dict[int, int] = {}
        # Whoever asks a store elsewhere needs the network.
        self._is_apart = not self._remote and leave_network()

    def _warm(self) -> None:
        """Let templates, codecs and modules be read now."""
        for name in self._app.jinja_env.list_templates():
            self._app.jinja_env.get_template(name)
        client = self._app.test_client()
        for path, headers in WARMING:
            client.get(path, headers=headers)

    def tell(self, **message: Any) -> None:
        """Send a message to the front."""
        self._control.sendall(json.dumps(message).encode())

    def run(self) -> None:
        """Fork, kill and bury until the front is gone."""
        collect_rarely()
        release = self._release
        self.tell(
            kind="ready", release=release.identifier, quads=release.quads,
            documents=list(release.documents), in_memory=self._in_memory,
            network=self._network,
            store="remote" if self._remote else "memory" if self._in_memory else "disk",
            edition=release.store.state.edition if isinstance(release.store, RemoteStore) else "",
        )  # fmt: skip
        selector = self._selector()
        while True:
            for key, _ in selector.select():
                if key.fileobj is not self._control:
                    os.read(key.fd, 4096)
                elif not self._obey():
                    return
            self._bury()

    def _selector(self) -> selectors.BaseSelector:
        woken, waking = os.pipe()
        os.set_blocking(waking, False)
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        selector = selectors.DefaultSelector()
        selector.register(self._control, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        return selector

    def _obey(self) -> bool:
        """Do what the front asks for; return False when it is gone."""
        data, descriptors, _, _ = socket.recv_fds(self._control, 64, 1)
        if not data:
            return False
        number = int(data[1:])
        if data[:1] == b"F":
            self._fork(number, descriptors[0])
        elif number in self._errors:
            os.kill(number, signal.SIGKILL)
        return True

    def _fork(self, number: int, connection: int) -> None:
        reading, writing = os.pipe()
        zygote = os.getpid()
        pid = os.fork()
        if pid == 0:
            os._exit(self._become_worker(zygote, connection, writing))
        os.close(connection)
        os.close(writing)
        os.set_blocking(reading, False)
        self._errors[pid] = reading
        self.tell(kind="forked", number=number, pid=pid)

    def _become_worker(self, zygote: int, connection: int, errors: int) -> int:
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            os.dup2(errors, 2)
            close_all_but({connection})
            meter = Meter()
            if not self._in_memory and not self._remote:
                self._open_again()
            memory = self._limits.query_memory_mib * MEBIBYTE
            confine(zygote, meter, memory, self._descriptors)
            # While a disk or a store elsewhere is waited for, no core is used, but this worker does
            # nothing else either.
            clock = time.thread_time if self._in_memory else time.monotonic
            return work(self._app, socket.socket(fileno=connection), meter, clock)
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}".encode())
            return 1

    @property
    def _network(self) -> str:
        """What of the network the workers reach, for people."""
        if self._is_apart:
            return "none"
        if self._remote:
            return f"open, to ask the store; {DESCRIPTORS_TO_STORE} descriptors"
        return "no descriptors" if self._in_memory else "open"

    @property
    def _descriptors(self) -> int:
        if self._remote:
            return DESCRIPTORS_TO_STORE
        return 0 if self._in_memory else DESCRIPTORS_ON_DISK

    def _open_again(self) -> None:
        """Open the store on disk in this process: an open one cannot be shared by forking."""
        release = open_release(self._folder, in_memory=False, is_checked=True)
        self._app.extensions["enishi"] = self._app.extensions["enishi"].reopened(release)

    def _bury(self) -> None:
        """Tell the front of every worker that ended, and of what."""
        while self._errors:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            reading = self._errors.pop(pid)
            tail = b""
            with contextlib.suppress(BlockingIOError):
                tail = os.read(reading, 65_536)[-TAIL_BYTES:]
            os.close(reading)
            self.tell(
                kind="exit",
                pid=pid,
                cause=cause(status, tail),
                tail=tail.decode("utf-8", "replace"),
            )


def cause(status: int, tail: bytes) -> str:
    """Return which limit a worker died of, or "crash", from its status and its last words.

    >>> cause(6, b"memory allocation of 8589934592 bytes failed")
    'query_memory_mib'
    """
    if re.search(rb"memory allocation of|MemoryError|Cannot allocate memory", tail):
        return "query_memory_mib"
    if b"overflowed its stack" in tail or status & 0x7F == signal.SIGSEGV:
        return "nesting"
    return "crash"


def main(arguments: list[str], environment: Mapping[str, str] = os.environ) -> int:
    """Run the zygote for: descriptor of the control socket, pid of the front, release folder."""
    descriptor, parent, folder = int(arguments[0]), int(arguments[1]), Path(arguments[2])
    die_with_parent(parent)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    control = socket.socket(fileno=descriptor)
    try:
        zygote = Zygote(control, folder, Limits.read(environment))
    except (ReleaseError, LimitError, RegistryError, Problem) as error:
        control.sendall(json.dumps({"kind": "failed", "sentence": str(error)}).encode())
        return 1
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        zygote.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
