"""Measure the documents about entities: how long a page and its Turtle take, new and kept.

    python -m benchmarks.pages            # 400 entities of the release in build/current, by chance

One client asks for one after another. Every kind of entity comes in the share the graph has of it;
the entity with most statements is asked for too, and told apart.
"""

import argparse
import http.client
import random
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from pyoxigraph import NamedNode, RdfFormat, parse

from server.links import BASE, local_path

from .load import NO_CACHE
from .peers import ROOT, enishi

FORMS = {"HTML": "text/html", "Turtle": "text/turtle"}
SEED = 1


def entities(release: Path) -> Counter[str]:
    """Return every entity of a release with the number of statements it is in."""
    found: Counter[str] = Counter()
    for quad in parse(path=release / "enishi.nq", format=RdfFormat.N_QUADS):
        for term in (quad.subject, quad.object):
            if isinstance(term, NamedNode) and term.value.startswith(f"{BASE}id/"):
                found[term.value] += 1
    return found


def milliseconds(
    connection: http.client.HTTPConnection, iris: list[str], headers: dict[str, str]
) -> list[float]:
    """Return how long each document took. Raises SystemExit for one that is not answered."""
    took = []
    for iri in iris:
        begun = time.perf_counter()
        connection.request("GET", local_path(iri) or "", headers=headers)
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - begun) * 1000)
        if answer.status != http.client.OK:
            raise SystemExit(f"found {answer.status} for {iri}, expected 200.")
    return took


def row(name: str, took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    figures = (statistics.median(took), cuts[94], cuts[98], max(took))
    return f"| {name} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--release", type=Path, default=ROOT / "build" / "current")
    parser.add_argument("--entities", type=int, default=400)
    arguments = parser.parse_args()
    release = arguments.release.resolve()
    known = entities(release)
    chosen = random.Random(SEED).sample(sorted(known), min(arguments.entities, len(known)))
    (largest, _), = known.most_common(1)  # fmt: skip
    with (
        tempfile.TemporaryDirectory(prefix="enishi-") as folder,
        enishi(release, Path(folder)) as server,
    ):
        address = urlsplit(server.endpoint)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        print(f"{len(chosen)} of {len(known)} entities; {largest} has most statements.\n")
        print("| ms | median | p95 | p99 | most |\n|---|---|---|---|---|")
        for name, media_type in FORMS.items():
            new = {**NO_CACHE, "Accept": media_type}
            print(row(f"{name}, uncached", milliseconds(connection, chosen, new)))
            kept = {"Accept": media_type}
            milliseconds(connection, chosen, kept)
            print(row(f"{name}, cached", milliseconds(connection, chosen, kept)))
            print(row(f"{name}, the largest", milliseconds(connection, [largest] * 5, new)))
        connection.close()


if __name__ == "__main__":
    main()
