"""Measure the endpoint beside its peers, in one run: time, throughput, memory.

    python -m benchmarks.endpoint                     # the release in build/current
    python -m benchmarks.endpoint --triples 2000000   # a generated one

All servers run at once and idle while one is asked, and for every query each gets its turn before
the next query begins: what else the machine does falls on all of them. Before a figure is taken the
server is asked the same by as many clients at once: a process that reads a part of the graph for
the first time is slower. Servers that give different numbers of rows are not compared: the run
fails.
"""

import argparse
import dataclasses
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .generate import generate_anew
from .load import NO_CACHE, Question, measure, questions, require_wrk, warm_up
from .peers import PEERS, ROOT, SETTINGS, install_peers
from .processes import Memory, PeerError, Server, end_orderly, memory
from .rows import check_rows
from .tables import report

OUT = ROOT / "build" / "benchmarks" / "endpoint.json"
# With many connections the large result measures the client's reading, not the server.
CONNECTIONS = {"large-result": 4}
MOST_CONNECTIONS = 8
# How long the server is asked before a figure with many connections is taken.
WARM_SECONDS = 2
# Short enough that an answer from a cache would be most of what is seen.
VARIED = ("point-lookup", "two-hop", "optional", "ties-of-a-ward")


@dataclass(frozen=True)
class Column:
    """One way to ask one server: what a column of the table shows."""

    title: str
    server: Server
    headers: Mapping[str, str]


@dataclass
class Run:
    """Everything a run finds out."""

    about: dict[str, Any]
    missing: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    # By kind of run (same or varied text), query, column: median, requests a second, failures.
    figures: dict[str, dict[str, dict[str, dict[str, float]]]] = field(
        default_factory=lambda: {"same": {}, "varied": {}}
    )
    memory: dict[str, dict[str, Memory]] = field(default_factory=dict)


@contextmanager
def _servers(names: list[str], release: Path, run: Run) -> Iterator[list[Server]]:
    """Start the servers; one that does not start is told of and noted as missing."""
    with ExitStack() as stack:
        servers = []
        for name in names:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="enishi-")))
            try:
                servers.append(stack.enter_context(PEERS[name](release, folder)))
            except PeerError as error:
                run.missing.append(str(error))
                print(error, file=sys.stderr)
        yield servers


def _columns(servers: list[Server]) -> list[Column]:
    columns = []
    for server in servers:
        if server.name == "Enishi":
            columns.append(Column("Enishi, uncached", server, NO_CACHE))
            columns.append(Column("Enishi, cached", server, {}))
        else:
            columns.append(Column(server.name, server, {}))
    return columns


def _measure_all(
    columns: list[Column], mix: list[Question], rounds: int, seconds: int, run: Run
) -> None:
    """Take every figure in `rounds` rounds, in which the servers take turns; keep the medians.

    A machine that others use too is faster in one minute than in the next.
    """
    for question in mix:
        for varied in (False, True) if question.name in VARIED else (False,):
            asked = [c for c in columns if not (varied and c.title == "Enishi, cached")]
            for column in asked:
                _warm_up(column, question, varied)
            taken: dict[str, list[dict[str, float]]] = {column.title: [] for column in asked}
            for _ in range(rounds):
                for column in asked:
                    taken[column.title].append(_measure(column, question, seconds, varied))
            kind = run.figures["varied" if varied else "same"]
            kind[question.name] = {title: _median(figures) for title, figures in taken.items()}
        print(f"{question.name}: measured", file=sys.stderr)


def _headers(column: Column, varied: bool) -> Mapping[str, str]:
    # With a text of its own no request meets a cache: no header has to say so.
    return {} if varied else column.headers


def _connections(question: Question) -> int:
    return CONNECTIONS.get(question.name, MOST_CONNECTIONS)


def _warm_up(column: Column, question: Question, varied: bool) -> None:
    headers, endpoint = _headers(column, varied), column.server.endpoint
    took = warm_up(endpoint, question, headers)
    measure(endpoint, question, _connections(question), WARM_SECONDS, took, headers, varied)


def _measure(column: Column, question: Question, seconds: int, varied: bool) -> dict[str, float]:
    headers, endpoint = _headers(column, varied), column.server.endpoint
    expected = warm_up(endpoint, question, headers)
    one = measure(endpoint, question, 1, seconds, expected, headers, varied)
    many = _connections(question)
    all_ = measure(endpoint, question, many, seconds, expected, headers, varied)
    return {
        "median_ms": one.median,
        "per_second": all_.per_second,
        "failed": one.failed + all_.failed,
    }


def _median(figures: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure; of the failures all."""
    found = {name: statistics.median(f[name] for f in figures) for name in figures[0]}
    return {**found, "failed": sum(f["failed"] for f in figures)}


def _about(release: Path, rounds: int, seconds: int) -> dict[str, Any]:
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    return {
        "release": manifest["release"],
        "quads": manifest["quads"],
        "rounds": rounds,
        "seconds": seconds,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "connections": {"of": MOST_CONNECTIONS, **CONNECTIONS},
    }


def _weigh(servers: list[Server], run: Run, when: str) -> None:
    for server in servers:
        run.memory.setdefault(server.name, {})[when] = memory(server)


def _save(run: Run) -> None:
    OUT.parent.mkdir(parents=True, exist_ok=True)
    plain = dataclasses.asdict(run)
    text = json.dumps(plain, indent=2, ensure_ascii=False, default=str)
    OUT.write_text(text + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.endpoint", description="Measure the endpoint beside its peers."
    )
    parser.add_argument(
        "--release", type=Path, default=ROOT / "build" / "current", help="default: %(default)s"
    )
    parser.add_argument("--triples", type=int, help="generate a release of that many instead")
    parser.add_argument("--rounds", type=int, default=3, help="for one figure: %(default)s")
    parser.add_argument("--seconds", type=int, default=2, help="of a round: %(default)s")
    parser.add_argument(
        "--servers", nargs="+", choices=list(PEERS), default=list(PEERS), help="default: all"
    )
    known = [question.name for question in questions()]
    parser.add_argument(
        "--queries", nargs="+", choices=known, default=known, help="default: the whole mix"
    )
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    end_orderly()
    require_wrk()
    release = arguments.release
    if arguments.triples:
        release = ROOT / "build" / f"generated-{arguments.triples}"
        generate_anew(release, arguments.triples)
    if not (release / "manifest.json").is_file():
        sys.exit(f"{release}: found no release, expected one; run `make build`.")
    release = release.resolve()
    run = Run(_about(release, arguments.rounds, arguments.seconds))
    mix = [question for question in questions() if question.name in arguments.queries]
    try:
        install_peers()
    except PeerError as error:
        run.missing.append(str(error))
        print(error, file=sys.stderr)
    os.environ.update({name: os.environ.get(name, value) for name, value in SETTINGS.items()})
    with _servers(arguments.servers, release, run) as servers:
        _weigh(servers, run, "started")
        run.rows = check_rows(servers, mix)
        _measure_all(_columns(servers), mix, arguments.rounds, arguments.seconds, run)
        _weigh(servers, run, "measured")
    _save(run)
    print(report(run))
    failed = sum(
        figure["failed"]
        for kind in run.figures.values()
        for columns in kind.values()
        for figure in columns.values()
    )
    if failed:
        sys.exit(f"found {failed:.0f} answers that were errors, expected none; see {OUT}.")


if __name__ == "__main__":
    main()
