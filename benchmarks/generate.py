"""Generate a release of the real one's shape and of any size, for measuring.

    python -m benchmarks.generate --triples 2000000 --out build/generated

The registers, links and ontology are the real ones; documents are made by chance from a seed, in
the proportions of synthetic/proportions.py. The same seed and size give the same bytes, in the
order that every release has: a store is faster where what is read together was loaded together.
"""

import argparse
import datetime
import hashlib
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from random import Random

from pyoxigraph import RdfFormat, serialize

from mappings.build import ROOT, ontology_quads
from mappings.derived import add_members
from mappings.document import DATA
from mappings.quads import Quads
from mappings.register_graph import add_registers
from mappings.register_tables import Registers
from mappings.sorted_lines import SortedLines, batched
from mappings.terms import ENISHI, RDF

from .synthetic.agents import Agents
from .synthetic.document import SyntheticDocument
from .synthetic.n_quads import Lines, typed

TRIPLES = 2_000_000
DATA_FILE = "enishi.nq"
MANIFEST = "manifest.json"
LINES_AT_ONCE = 10_000
OUT = ROOT / "build" / "generated"
MEMBERS_ON = datetime.date(2024, 4, 1)


class ReleaseWriter:
    """Takes lines as they are made, and writes the release when they are all there."""

    def __init__(self, folder: Path) -> None:
        """Write into `folder`, which is new."""
        self.statements = 0
        self._folder = folder
        self._lines = SortedLines()

    def add(self, lines: list[str]) -> None:
        """Add lines of N-Quads, none of them a second time."""
        self.statements += len(lines)
        self._lines.add("".join(lines).encode())

    def finish(self, documents: list[str]) -> None:
        """Write enishi.nq and its manifest."""
        digest, graphs = hashlib.sha256(), Counter[str]()
        data = self._folder / DATA_FILE
        with data.open("wb") as file:
            for lines in batched(self._lines, LINES_AT_ONCE):
                joined = b"".join(lines)
                file.write(joined)
                digest.update(joined)
                graphs.update(
                    line.rpartition(b"/")[2].removesuffix(b"> .\n").decode() for line in lines
                )
        sha256 = digest.hexdigest()
        manifest = {
            "release": sha256[:12],
            "quads": graphs.total(),
            "inputs": "synthetic",
            "documents": sorted(documents),
            "graphs": dict(sorted(graphs.items())),
            "files": {DATA_FILE: {"sha256": sha256, "size": data.stat().st_size}},
        }
        text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
        (self._folder / MANIFEST).write_text(text, encoding="utf-8")


class Ties:
    """The ties of everything shared so far, and how many statements they will be."""

    def __init__(self) -> None:
        """Begin with none."""
        self.statements = 0
        self._evidence: dict[tuple[str, str], list[str]] = defaultdict(list)

    def add(self, shared: list[tuple[str, list[str]]]) -> None:
        """Tie every two agents that share a thing."""
        for thing, agents in shared:
            for pair in combinations(sorted(agents), 2):
                # A tie has a type, two labels, two ends and a count, and is stated both ways.
                self.statements += 1 if pair in self._evidence else 9
                self._evidence[pair].append(thing)

    def add_to(self, writer: ReleaseWriter) -> None:
        """Add all of them to a release."""
        for (a, b), things in self._evidence.items():
            short = [agent.strip("<>").partition("/id/")[2].replace("/", "-") for agent in (a, b)]
            tie = f"<https://w3id.org/enishi/id/tie/{'/'.join(short)}>"
            lines = Lines("derived")
            lines.say(a, ENISHI.tie, b)
            lines.say(b, ENISHI.tie, a)
            lines.say(tie, RDF.type, ENISHI.Tie)
            lines.label(tie, f"縁: {short[0]} – {short[1]}", f"Tie: {short[0]} – {short[1]}")
            lines.say(tie, ENISHI.between, a, b)
            lines.say(tie, ENISHI.evidenceCount, typed(len(things), "integer"))
            lines.say(tie, ENISHI.evidence, *things)
            writer.add(lines.all)


def ground() -> Quads:
    """Return what every release has: registers, links, members of associations, ontology."""
    quads = Quads()
    registers = Registers.load(DATA)
    add_registers(quads, registers)
    add_members(quads, registers, (), MEMBERS_ON)
    quads.all.update(ontology_quads(ROOT / "ontology"))
    return quads


def generate(folder: Path, triples: int, seed: int = 1) -> int:
    """Write a release of `triples` statements or a few more into `folder`; return the number.

    Documents are added until it is reached. Raises SystemExit where the registers and the
    ontology alone are more.
    """
    quads = ground()
    if len(quads.all) > triples:
        raise SystemExit(
            f"--triples: found {triples}, expected {len(quads.all)} or more:"
            " the registers and the ontology are that many."
        )
    folder.mkdir(parents=True)
    writer = ReleaseWriter(folder)
    content = serialize(quads.all, format=RdfFormat.N_QUADS) or b""
    writer.add(content.decode().splitlines(keepends=True))
    agents, ties, random = Agents(quads.all), Ties(), Random(seed)
    slugs: list[str] = []
    owners = agents.owners(random)
    while writer.statements + ties.statements < triples:
        number = len(slugs)
        document = SyntheticDocument(number, owners[number % len(owners)], agents, random)
        slugs.append(document.slug)
        writer.add(document.lines.all)
        ties.add(document.shared)
    ties.add_to(writer)
    writer.finish(slugs)
    return writer.statements


def generate_anew(folder: Path, triples: int, seed: int = 1) -> int:
    """Do the same in place of the generated release that was there.

    Raises SystemExit for a folder with anything else in it.
    """
    make_room(folder, {DATA_FILE, MANIFEST})
    return generate(folder, triples, seed)


def make_room(folder: Path, generated: set[str]) -> None:
    """Remove a folder that was generated. Raises SystemExit for one with anything else in it."""
    if folder.exists() and {path.name for path in folder.iterdir()} != generated:
        raise SystemExit(
            f"{folder}: found other files, expected {', '.join(sorted(generated))} or nothing."
        )
    shutil.rmtree(folder, ignore_errors=True)


def run(name: str, made: str, out: Path, make: Callable[[Path, int, int], int]) -> None:
    """Run a generator from the command line: `make` takes a folder, a size and a seed.

    `made`: what it makes and counts.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}", description=f"Generate {made} for measuring."
    )
    parser.add_argument("--triples", type=int, default=TRIPLES, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=out, metavar="DIR", help="default: %(default)s")
    arguments = parser.parse_args()
    count = make(arguments.out, arguments.triples, arguments.seed)
    print(f"{arguments.out}: {count} {made}")


def main() -> None:
    run("generate", "statements", OUT, generate_anew)


if __name__ == "__main__":
    main()
