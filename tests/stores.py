"""SPARQL stores of others, started by a test in a folder of its own: Virtuoso, Oxigraph."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

INI = Path(__file__).with_name("virtuoso.ini")
PEERS = Path(__file__).resolve().parent.parent / "build" / "peers" / "bin"
START_SECONDS = 60
# The name and the password of every new database.
OPERATOR = {"ENISHI_STORE_USER": "dba", "ENISHI_STORE_PASSWORD": "dba"}


@dataclass
class StoreProcess:
    """A store that runs: where it takes queries, and what is needed to start it again."""

    command: list[str]
    folder: Path
    port: int
    path: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it takes queries."""
        return f"http://127.0.0.1:{self.port}{self.path}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, stdout=output, stderr=output
            )
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "output").read_text()
            assert time.monotonic() < until, "the store does not answer"
            time.sleep(0.2)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", f"{self.path}?query=ASK%7B%7D")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGKILL) -> None:
        """End it."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=START_SECONDS)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def virtuoso(folder: Path, rows: int = 1_000_000) -> Iterator[StoreProcess]:
    """Run a new Virtuoso 7 that gives so many rows at most; skip where there is none."""
    program = shutil.which("virtuoso-t")
    if program is None:
        pytest.skip("virtuoso is not installed (apt-get install virtuoso-opensource)")
    port, sql_port = free_port(), free_port()
    text = INI.read_text(encoding="utf-8")
    text = text.format(folder=folder, port=port, sql_port=sql_port, rows=rows)
    (folder / "virtuoso.ini").write_text(text, encoding="utf-8")
    command = [program, "-f", "-c", str(folder / "virtuoso.ini")]
    yield from _running(StoreProcess(command, folder, port, "/sparql"))


@contextmanager
def oxigraph(folder: Path) -> Iterator[StoreProcess]:
    """Run a new native Oxigraph server; skip where there is none."""
    # Beside this Python, anywhere, or where the benchmarks install it.
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", ""), str(PEERS)]
    program = shutil.which("oxigraph", path=os.pathsep.join(folders))
    if program is None:
        pytest.skip("oxigraph is not installed (pip install oxigraph)")
    port = free_port()
    command = [program, "serve", "--location", str(folder / "db"), "--bind", f"127.0.0.1:{port}"]
    yield from _running(StoreProcess(command, folder, port, "/query"))


def _running(store: StoreProcess) -> Iterator[StoreProcess]:
    store.start()
    try:
        yield store
    finally:
        store.stop()
