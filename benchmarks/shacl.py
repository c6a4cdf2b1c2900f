"""Measure validation: ours beside pySHACL and pyrudof, on the release and on generated ones.

    python -m benchmarks.shacl                       # the release and 200,000 statements
    python -m benchmarks.shacl --triples 2000000

Each engine in a process of its own: time to load and to validate, peak memory, how many results.
Three sets of shapes: the project's, these without SPARQL constraints, and of those what pyrudof
follows. Each engine runs what it can.
"""

import argparse
import json
import logging
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rdflib import RDF, SH, Graph
from rdflib.term import Node

from mappings.validation import load_shapes

from .generate import generate

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ROOT / "build" / "benchmarks" / "shacl"
SETS = ("with sh:sparql", "Core alone", "what pyrudof follows")
ENGINES = ("validator", "pyshacl", "pyrudof")
# Above so many statements pySHACL takes hours and pyrudof more memory than a machine has.
MOST_STATEMENTS = {"validator": 10_000_000, "pyshacl": 300_000, "pyrudof": 300_000}
MOST_SECONDS = 1800
Figures = dict[str, float]
# Seconds to load, to validate, and of processors in it; how many results.
Run = tuple[float, float, float, int]


def shapes_text(set_: str) -> str:
    """Return one of the sets of shapes as Turtle."""
    graph = load_shapes(ROOT / "shapes")
    if set_ != SETS[0]:
        graph = core_alone(graph)
    if set_ == SETS[2]:
        graph = without_paths_back(graph)
    return graph.serialize(format="turtle")


def core_alone(shapes: Graph) -> Graph:
    """Return shapes without their SPARQL constraints."""
    queries = set(shapes.objects(None, SH.sparql))
    return _without(shapes, queries)


def without_paths_back(shapes: Graph) -> Graph:
    """Return shapes without those at whose path pyrudof panics: a sequence with an inverse."""
    return _without(
        shapes,
        {shape for shape, path in shapes.subject_objects(SH.path) if _goes_back(shapes, path)},
    )


def _goes_back(shapes: Graph, path: Node) -> bool:
    parts = shapes.items(path) if (path, RDF.first, None) in shapes else ()
    return any((part, SH.inversePath, None) in shapes for part in parts)


def _without(shapes: Graph, nodes: set[Node]) -> Graph:
    kept = Graph()
    for triple in shapes:
        if triple[0] not in nodes and triple[2] not in nodes:
            kept.add(triple)
    return kept


def run_validator(data: Path, shapes: str) -> Run:
    import pyoxigraph as ox
    from rdflib import Graph

    from validator import validate

    store = ox.Store()
    loading = timed(lambda: store.bulk_load(path=data, format=ox.RdfFormat.N_QUADS))
    graph = Graph().parse(data=shapes, format="turtle")
    found = []
    seconds = timed_twice(lambda: found.append(validate(store, graph).total))
    return loading, *seconds, found[0]


def run_pyshacl(data: Path, shapes: str) -> Run:
    import pyoxigraph as ox
    from pyshacl import validate
    from rdflib import SH, Graph

    from validator.terms import to_rdflib

    logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)
    graph, shapes_graph = Graph(), Graph().parse(data=shapes, format="turtle")

    def load() -> None:
        for quad in ox.parse(path=data, format=ox.RdfFormat.N_QUADS):
            graph.add(tuple(map(to_rdflib, (quad.subject, quad.predicate, quad.object))))

    loading = timed(load)
    reports = []
    seconds = timed_twice(lambda: reports.append(validate(graph, shacl_graph=shapes_graph)[1]))
    return loading, *seconds, len(list(reports[0].objects(None, SH.result)))


def run_pyrudof(data: Path, shapes: str) -> Run:
    import pyrudof

    rudof = pyrudof.Rudof(pyrudof.RudofConfig())
    # It reads no N-Quads: the graphs become one, as for the others.
    GENERATED.mkdir(parents=True, exist_ok=True)
    triples = GENERATED / "one-graph.nt"
    triples.write_text(
        "".join(line.rpartition(" <")[0] + " .\n" for line in data.open(encoding="utf-8")),
        encoding="utf-8",
    )
    loading = timed(lambda: rudof.read_data(str(triples), pyrudof.RDFFormat.NTriples))
    rudof.read_shacl(shapes, pyrudof.ShaclFormat.Turtle)
    reports = []
    seconds = timed_twice(lambda: reports.append(rudof.validate_shacl()))
    return loading, *seconds, len(reports[0])


RUNS: dict[str, Callable[[Path, str], Run]] = {
    "validator": run_validator,
    "pyshacl": run_pyshacl,
    "pyrudof": run_pyrudof,
}


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def timed_twice(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of the clock and of the processors: the machine may be shared."""
    used = time.process_time()
    return timed(work), time.process_time() - used


def child(engine: str, data: Path, set_: str) -> None:
    """Run one engine here and print its figures."""
    loading, validating, used, results = RUNS[engine](data, shapes_text(set_))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"load": loading, "validate": validating, "cpu": used, "peak": peak}
    figures["results"] = results
    print(json.dumps(figures))


def measure(engine: str, data: Path, set_: str) -> Figures | str:
    """Return the figures of an engine in a process of its own, or what came of it."""
    command = [sys.executable, "-m", "benchmarks.shacl", "--child", engine, str(data), set_]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"over {MOST_SECONDS} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def release(triples: int) -> Path:
    """Return the data file of a generated release, or of the real one for 0."""
    folder = ROOT / "build" / "current" if triples == 0 else GENERATED / str(triples)
    if triples and not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        generate(folder, triples)
    return folder / "enishi.nq"


def table(triples: int, engines: list[str], sets: list[str]) -> dict[str, dict[str, Figures | str]]:
    """Measure all engines on one release and print the table."""
    data = release(triples)
    count = sum(1 for _ in data.open("rb"))
    print(f"\n### {count:,} statements\n")
    print("| shapes | engine | validate | CPU | load | peak | results | × |")
    print("|---|---|---|---|---|---|---|---|")
    found: dict[str, dict[str, Figures | str]] = {}
    for name in sets:
        rows = {
            engine: measure(engine, data, name)
            for engine in engines
            if count <= MOST_STATEMENTS[engine] and (engine != "pyrudof" or name == SETS[2])
        }
        own = rows.get("validator")
        for engine, figures in rows.items():
            print(line(name, engine, figures, own), flush=True)
        found[name] = rows
    return found


def line(shapes: str, engine: str, figures: Figures | str, own: Figures | str | None) -> str:
    if isinstance(figures, str):
        return f"| {shapes} | {engine} | {figures} | | | | | |"
    ratio = figures["validate"] / own["validate"] if isinstance(own, dict) else float("nan")
    return (
        f"| {shapes} | {engine} | {figures['validate']:.2f} s | {figures['cpu']:.2f} s"
        f" | {figures['load']:.1f} s | {figures['peak']:.0f} MiB"
        f" | {figures['results']:,.0f} | {ratio:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--triples", type=int, nargs="+", default=[0, 200_000], metavar="N",
        help="sizes of generated releases; 0: the real one",
    )  # fmt: skip
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        engine, data, set_ = chosen.child
        child(engine, Path(data), set_)
        return
    found = {triples: table(triples, chosen.engines, chosen.sets) for triples in chosen.triples}
    GENERATED.mkdir(parents=True, exist_ok=True)
    (GENERATED / "figures.json").write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
