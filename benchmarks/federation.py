"""Measure federated joins beside rdflib, Oxigraph and Comunica, in one run.

    python -m benchmarks.federation

Every engine joins the same local municipalities with the same replica of the statistics endpoint,
over a proxy that counts requests and bytes. The measure is one request with all keys in VALUES.
Engines that give other rows than that are told of: the run fails.
"""

import argparse
import dataclasses
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad

from mappings.terms import ENISHI, RDF, SKOS, mint

from . import comunica
from .federation_engines import ENGINES, IDEAL, OURS, Engine, Local, Rows, ideal, ours
from .peers import ROOT, install_peers, oxigraph_in_memory
from .processes import PeerError, end_orderly
from .replicas import estat
from .replicas.areas import Area, numbered, registered
from .replicas.quirks import Quirks, Wrapper, wrapped
from .replicas.servers import served
from .tables import number

OUT = ROOT / "build" / "benchmarks" / "federation.json"
FEW, MANY = 1_741, 10_000
# All that the replica does otherwise at once, with each of the two methods it may insist on.
QUIRKS = {
    f"every quirk, {method} only": Quirks(
        row_cap=1_000, is_upper_case=True, is_xml_only=True, method=method, busy_every=7,
        is_moved=True, slow_s=0.01,
    )
    for method in ("POST", "GET")
}  # fmt: skip
AIMS = {FEW: 2, MANY: 10}
MOST_BYTES = 1.1


@dataclass(frozen=True)
class Figure:
    """What a join took: requests, bytes of queries and of answers, seconds; rows; the same rows."""

    requests: int
    up: int
    down: int
    seconds: float
    rows: int
    is_right: bool

    @property
    def bytes(self) -> int:
        """What went over the wire, both ways, without heads."""
        return self.up + self.down


Figures = dict[str, dict[int, Figure]]
Named = tuple[str, Figure]


def local_quads(areas: list[Area]) -> list[Quad]:
    """Return what Enishi would hold of the areas: a municipality each, linked to its area code."""
    graph = NamedNode("https://w3id.org/enishi/graph/registers")
    found = []
    for area in areas:
        town = mint("municipality", area.code)
        found += [
            Quad(town, RDF.type, ENISHI.Municipality, graph),
            Quad(town, ENISHI.standardAreaCode, Literal(area.code), graph),
            Quad(town, SKOS.exactMatch, estat.plain(area), graph),
        ]
    return found


def measured(
    engine: Engine, local: Local, wrapper: Wrapper, expected: Rows | None = None
) -> tuple[Figure, Rows]:
    """Return what a join took, and its rows."""
    wrapper.reset()
    begun = time.perf_counter()
    rows = engine(local, wrapper)
    seconds = round(time.perf_counter() - begun, 3)
    counts, is_right = wrapper.counts, expected is None or rows == expected
    return Figure(counts.requests, counts.up, counts.down, seconds, rows.total(), is_right), rows


def measure_size(local: Local, wrapper: Wrapper, count: int, missing: list[str]) -> Iterator[Named]:
    """Yield the figures of every engine for so many keys: the measure first."""
    local.prepare()
    figure, expected = measured(ideal, local, wrapper)
    if figure.rows != count:
        sys.exit(f"{IDEAL}: found {figure.rows} rows, expected {count}.")
    yield IDEAL, figure
    for name, engine in ENGINES.items():
        print(f"{count:,} keys: {name} …", file=sys.stderr)
        try:
            yield name, measured(engine, local, wrapper, expected)[0]
        except PeerError as error:
            missing.append(f"{count:,} keys: {error}")
    for name, quirks in QUIRKS.items():
        wrapper.quirks = quirks
        yield f"{OURS}, {name}", measured(ours, local, wrapper, expected)[0]
    wrapper.quirks = Quirks()


def measure_all(wrapper: Wrapper, sizes: dict[int, list[Area]], missing: list[str]) -> Figures:
    """Return the figures of every engine, by the number of keys."""
    figures: Figures = {}
    for count, areas in sizes.items():
        with ExitStack() as stack:
            local = Local(local_quads(areas), stack)
            for name, figure in measure_size(local, wrapper, count, missing):
                figures.setdefault(name, {})[count] = figure
    return figures


def report(figures: Figures, missing: list[str]) -> str:
    """Return the figures as Markdown."""
    lines = []
    for count in AIMS:
        lines += [
            f"{count:,} keys:", "",
            "| engine | requests | bytes up | bytes down | bytes : ideal | s | same rows |",
            "|---|---|---|---|---|---|---|",
        ]  # fmt: skip
        for name, by_count in figures.items():
            if figure := by_count.get(count):
                ratio = number(figure.bytes / figures[IDEAL][count].bytes)
                lines.append(
                    f"| {name} | {figure.requests:,} | {figure.up:,} | {figure.down:,} | {ratio} |"
                    f" {figure.seconds:.2f} | {'yes' if figure.is_right else '**no**'} |"
                )
        lines.append("")
    return "\n".join((*lines, *(f"Missing: {sentence}" for sentence in missing)))


def unmet(figures: Figures) -> list[str]:
    """Return which aims were not met, in a sentence each."""
    found = []
    for count, most in AIMS.items():
        figure, measure = figures[OURS][count], figures[IDEAL][count]
        if figure.requests > most:
            found.append(f"{count:,} keys: {figure.requests} requests, expected {most} at most")
        if figure.bytes > MOST_BYTES * measure.bytes:
            found.append(f"{count:,} keys: {figure.bytes:,} bytes, expected {MOST_BYTES} × ideal")
    found += [
        f"{count:,} keys: {name} gave other rows"
        for name, by_count in figures.items()
        for count, figure in by_count.items()
        if not figure.is_right
    ]
    return found


def main() -> None:
    argparse.ArgumentParser(
        prog="python -m benchmarks.federation", description="Measure federated joins."
    ).parse_args()
    end_orderly()
    missing: list[str] = []
    for install in (install_peers, comunica.install):
        try:
            install()
        except PeerError as error:
            missing.append(str(error))
    live = [area for area in registered()[1] if area.kind != "prefecture" and not area.ended]
    everywhere = [*live, *numbered(MANY - len(live))]
    quads = [Quad(t.subject, t.predicate, t.object) for t in estat.triples(everywhere)]
    with served(quads, oxigraph_in_memory) as endpoint, wrapped(endpoint) as wrapper:
        figures = measure_all(wrapper, {FEW: live, MANY: everywhere}, missing)
    about = {
        "cores": os.cpu_count(), "python": platform.python_version(), "remote_quads": len(quads),
    }  # fmt: skip
    plain = {
        name: {count: dataclasses.asdict(figure) for count, figure in by_count.items()}
        for name, by_count in figures.items()
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    saved = {"about": about, "missing": missing, "figures": plain}
    OUT.write_text(json.dumps(saved, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(quads):,} statements at the endpoint; {about['cores']} cores.\n")
    print(report(figures, missing))
    if wrong := unmet(figures):
        sys.exit("\n".join(f"found {sentence}." for sentence in wrong))


if __name__ == "__main__":
    main()
