"""Start a server in a group of its own, wait until it answers, weigh it, end it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ASK = "?query=ASK%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D"
MOST_START = 300


class PeerError(Exception):
    """A server that is not there or does not start; its text is one sentence."""


@dataclass(frozen=True)
class Server:
    """A running server: its name, its endpoint's address, its process."""

    name: str
    endpoint: str
    process: "subprocess.Popen[bytes]"


@dataclass(frozen=True)
class Memory:
    """What a tree of processes holds, in MiB: shared pages counted once, and in each."""

    pss: float
    rss: float
    processes: int


def end_orderly() -> None:
    """Let SIGTERM end this program as an error would: the servers it started end with it."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command; what it prints goes to `folder`/output. Its group ends with the block."""
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})}, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    try:
        # Children that outlived it: the group is the one `running` made.
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def wait_until_answering(
    name: str, endpoint: str, process: "subprocess.Popen[bytes]", folder: Path
) -> Server:
    """Return the server once it answers a query. Raises PeerError if it ends or never does."""
    begun = time.monotonic()
    while time.monotonic() - begun < MOST_START:
        try:
            with urllib.request.urlopen(endpoint + ASK, timeout=10) as answer:
                answer.read()
            return Server(name, endpoint, process)
        except urllib.error.HTTPError as error:
            raise PeerError(f"{name}: found {error.code} for an ASK, expected 200.") from error
        except OSError:
            time.sleep(0.05)
        if process.poll() is not None:
            said = (folder / "output").read_text(errors="replace").strip().splitlines()
            raise PeerError(
                f"{name}: found its end with {process.returncode} before an answer, expected it to"
                f" serve; it said: {said[-1] if said else 'nothing'}"
            )
    raise PeerError(f"{name}: found no answer in {MOST_START} s, expected one.")


def memory(server: Server) -> Memory:
    """Return what the server's processes hold now."""
    return memory_of(server.process.pid)


def memory_of(root: int) -> Memory:
    """Return what a process and all that descend from it hold now."""
    pss = rss = count = 0
    for pid in _tree(root):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            # A worker may end between the listing and the look.
            continue
        sizes = dict(line.split(":", 1) for line in text.splitlines()[1:])
        pss += int(sizes["Pss"].split()[0])
        rss += int(sizes["Rss"].split()[0])
        count += 1
    return Memory(pss / 1024, rss / 1024, count)


def _tree(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # After the name, which may hold blanks and brackets: state, parent.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children[int(fields[1])].append(int(entry.name))
    found = [root]
    for pid in found:
        found += children[pid]
    return found
