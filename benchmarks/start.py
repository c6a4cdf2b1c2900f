"""Measure the start: a fresh clone's `make serve` until /sparql answers, then a second start.

    python -m benchmarks.start

The package cache of pip is used as it is: warm on a machine that set this up before.
"""

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASK = "/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def seconds_to_answer(checkout: Path, most: float = 300) -> float:
    """Start `make serve` in a checkout; return how long until a query is answered; stop it."""
    port = free_port()
    begun = time.perf_counter()
    server = subprocess.Popen(
        ["make", "serve", f"PORT={port}"], cwd=checkout, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while time.perf_counter() - begun < most:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{ASK}", timeout=5) as answer:
                    if b"true" in answer.read():
                        return time.perf_counter() - begun
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
            if server.poll() is not None:
                raise SystemExit(f"make serve ended with {server.returncode}")
        raise SystemExit(f"no answer within {most} s")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "enishi"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        print(f"first start, fresh clone: {seconds_to_answer(clone):.1f} s")
        print(f"second start: {seconds_to_answer(clone):.1f} s")


if __name__ == "__main__":
    main()
