"""Ask a server: once, to count the rows, or again and again with wrk, to measure."""

import itertools
import json
import math
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

SCRIPT = Path(__file__).with_name("load.lua")
MIX = Path(__file__).with_name("mix")
# However slow a server is, a run takes no longer, and a single answer neither.
MOST_SECONDS = 20
MOST_ANSWER = 120
NO_CACHE = {"Cache-Control": "no-cache"}
_runs = itertools.count(1)


@dataclass(frozen=True)
class Question:
    """A query of the mix: its name, what it asks, its text."""

    name: str
    title: str
    text: str

    @property
    def accept(self) -> str:
        """The media type asked for: one that every server writes."""
        is_graph = "\nCONSTRUCT" in self.text
        return "text/turtle" if is_graph else "application/sparql-results+json"


@dataclass(frozen=True)
class Figures:
    """What wrk saw: the median in milliseconds, requests a second, answers that were none."""

    median: float
    per_second: float
    failed: int
    requests: int


def questions() -> list[Question]:
    """Return the mix in order."""
    found = []
    for path in sorted(MIX.glob("*.rq")):
        text = path.read_text(encoding="utf-8")
        title = text.partition("\n")[0].removeprefix("# ")
        found.append(Question(path.stem.partition("-")[2], title, text))
    return found


def ask(endpoint: str, question: Question, headers: Mapping[str, str] = NO_CACHE) -> bytes:
    """Return a server's answer. Raises OSError if it is none (HTTPError, TimeoutError …)."""
    request = urllib.request.Request(
        f"{endpoint}?query={quote(question.text)}", headers={"Accept": question.accept, **headers}
    )
    with urllib.request.urlopen(request, timeout=MOST_ANSWER) as answer:
        return bytes(answer.read())


def warm_up(
    endpoint: str, question: Question, headers: Mapping[str, str], seconds: float = 0.5
) -> float:
    """Ask for up to `seconds`, at least twice; return how long the last answer took."""
    begun, took = time.perf_counter(), 0.0
    for number in range(50):
        asked = time.perf_counter()
        ask(endpoint, question, headers)
        took = time.perf_counter() - asked
        if number and time.perf_counter() - begun > seconds:
            break
    return took


def measure(
    endpoint: str,
    question: Question,
    connections: int,
    seconds: int,
    expected: float,
    headers: Mapping[str, str] | None = None,
    varied: bool = False,
) -> Figures:
    """Run wrk for `seconds`, or longer if an answer is expected to take `expected` seconds."""
    # wrk throws away what it has not received whole: give the slow time for a few answers.
    needed = math.ceil(3 * expected * connections)
    duration = min(max(seconds, needed), MOST_SECONDS)
    origin, path = endpoint[: endpoint.index("/", 8)], endpoint[endpoint.index("/", 8) :]
    command = [
        "wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{duration}s",
        "--timeout", f"{MOST_SECONDS}s", "--script", str(SCRIPT), "--header",
        f"Accept: {question.accept}",
    ]  # fmt: skip
    for name, value in (headers or {}).items():
        command += ["--header", f"{name}: {value}"]
    command += [origin, "--", f"{path}?query={quote(question.text)}"]
    if varied:
        command.append(str(next(_runs)))
    done = subprocess.run(command, capture_output=True, text=True, timeout=3 * MOST_SECONDS)
    line = next((line for line in done.stdout.splitlines() if line.startswith("{")), "")
    if not line:
        raise SystemExit(f"wrk: found no figures, expected a line of JSON: {done.stderr.strip()}")
    seen = json.loads(line)
    return Figures(
        median=seen["median"] / 1000 if seen["requests"] else math.nan,
        per_second=seen["requests"] / (seen["microseconds"] / 1e6),
        failed=seen["refused"] + seen["broken"],
        requests=seen["requests"],
    )


def require_wrk() -> None:
    """Raise SystemExit where there is no wrk."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk: found no such program, expected it (Debian: apt-get install wrk).")
