"""Measure short queries while others send queries that never end.

    python -m benchmarks.hostile

From 127.0.0.2 four clients send queries that would run for hours, each again as soon as it is cut;
from 127.0.0.1 two clients ask short ones, first alone, then beside them.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from .clients import Client, Seen
from .load import Question, questions
from .peers import ROOT, enishi
from .processes import Memory, PeerError, Server, end_orderly, memory
from .tables import number

SHORT = ("point-lookup", "two-hop", "ties-of-a-ward")
SHORT_CLIENTS = 2
SHORT_PAUSE = 0.01
HOSTILE_ADDRESS = "127.0.0.2"
# So that a server that refuses at once is not asked thousands of times.
HOSTILE_PAUSE = 0.2
# How long after its limit a runaway is waited for, when all else is over.
MOST_LATE = 3
SETTLE = 1
SPAN = " ".join(str(value) for value in range(300))
LISTS = " ".join(f"VALUES ?v{place} {{ {SPAN} }}" for place in range(6))
RUNAWAYS = {
    "product, counted": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "product, sorted": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?a",
    "six lists of 300": f"SELECT (COUNT(*) AS ?n) {{ {LISTS} }}",
    "path to anywhere": "SELECT (COUNT(*) AS ?n) { ?a (!<urn:x>|^!<urn:x>)* ?b }",
}


def ask_short(server: Server, mix: list[Question], seconds: float) -> Seen:
    """Ask short questions for a time; return what the clients saw together."""
    stop = threading.Event()
    texts = [question.text for question in mix if question.name in SHORT]
    clients = [Client(server, texts, "127.0.0.1", SHORT_PAUSE, stop) for _ in range(SHORT_CLIENTS)]
    for client in clients:
        client.start()
    stop.wait(seconds)
    stop.set()
    together = Seen()
    for client in clients:
        seen = client.finish(MOST_LATE)
        together.seconds += seen.seconds
        together.ends += seen.ends
    return together


def describe_short(name: str, seen: Seen) -> str:
    """Return a row: how many answers, median, 99th part, slowest, and what was no answer."""
    steps = statistics.quantiles(seen.seconds, n=100, method="inclusive")
    cells = [number(1000 * value) for value in (steps[49], steps[98], max(seen.seconds))]
    others = sum(count for end, count in seen.ends.items() if end != "200")
    return f"| {name} | {len(seen.seconds)} | {' | '.join(cells)} | {others} |"


def describe_runaway(name: str, seen: Seen, limit: float) -> str:
    """Return a row: how the runaways ended, and how long after the limit the last did."""
    ends = ", ".join(f"{end} × {count}" for end, count in sorted(seen.ends.items()))
    late = number(max(seen.seconds) - limit) if seen.seconds else "–"
    return f"| {name} | {ends or 'none ended'} | {late} |"


def describe_memory(when: str, weight: Memory) -> str:
    """Return a row of what the server holds."""
    return f"| {when} | {weight.pss:.0f} | {weight.rss:.0f} | {weight.processes} |"


def attack(
    server: Server, mix: list[Question], seconds: float, limit: float
) -> tuple[Seen, dict[str, Seen]]:
    """Ask short questions beside runaways; return what both saw, the last runaways' end too."""
    stop = threading.Event()
    hostile = {
        name: Client(server, [text], HOSTILE_ADDRESS, HOSTILE_PAUSE, stop)
        for name, text in RUNAWAYS.items()
    }
    for client in hostile.values():
        client.start()
    short = ask_short(server, mix, seconds)
    stop.set()
    return short, {name: client.finish(limit + MOST_LATE) for name, client in hostile.items()}


def _run(release: Path, folder: Path, seconds: float, limit: float) -> list[str]:
    mix = questions()
    with enishi(release, folder, {"ENISHI_QUERY_SECONDS": f"{limit:g}"}) as server:
        alone = ask_short(server, mix, min(5, seconds))
        before = memory(server)
        beside, runaways = attack(server, mix, seconds, limit)
        # What was killed gives its memory back a moment after its client has the answer.
        time.sleep(SETTLE)
        after = memory(server)
    return [
        "| short queries | answers | p50 ms | p99 ms | max ms | not answered |",
        "|---|---|---|---|---|---|",
        describe_short("alone", alone),
        describe_short(f"beside {len(RUNAWAYS)} runaways", beside),
        "",
        f"| runaway, limit {limit:g} s | ended | latest, s after the limit |",
        "|---|---|---|",
        *(describe_runaway(name, seen, limit) for name, seen in runaways.items()),
        "",
        "| memory | PSS, MiB | RSS, MiB | processes |",
        "|---|---|---|---|",
        describe_memory("before", before),
        describe_memory("after", after),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hostile",
        description="Measure short queries while others send queries that never end.",
    )
    parser.add_argument(
        "--release", type=Path, default=ROOT / "build" / "current", help="default: %(default)s"
    )
    parser.add_argument("--seconds", type=float, default=20, help="default: %(default)s")
    parser.add_argument(
        "--limit", type=float, default=2, help="seconds a query may run (default: %(default)s)"
    )
    arguments = parser.parse_args()
    end_orderly()
    manifest = arguments.release / "manifest.json"
    if not manifest.is_file():
        sys.exit(f"{manifest}: found no release, expected one; run `make build`.")
    quads = json.loads(manifest.read_text(encoding="utf-8"))["quads"]
    print(f"{quads:,} quads, {arguments.seconds:g} s")
    with tempfile.TemporaryDirectory(prefix="enishi-") as folder:
        try:
            lines = _run(arguments.release, Path(folder), arguments.seconds, arguments.limit)
        except PeerError as error:
            sys.exit(str(error))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
