"""Measure the build: tables to checked release, time and peak memory, and the share of its parts.

    python -m benchmarks.build                     # the tables of this repository
    python -m benchmarks.build --triples 2000000   # generated ones, beside Morph-KGC

Morph-KGC maps the rows of the generated lists' activities, all of them in one table, as far as RML
can: texts, numbers and IRIs made of cells (morph_kgc/activities.rml.ttl). It resolves no name,
reads no date, ties and checks nothing: its figure is what materializing statements alone takes.
"""

import argparse
import csv
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from mappings.document import DATA, Document, document_slugs
from mappings.tables import read_table

from .generate_tables import OUT, generate_tables_anew
from .peers import HERE, ROOT, PeerError, install
from .processes import memory_of

KGC = ROOT / "build" / "morph-kgc"
RML = HERE / "morph_kgc" / "activities.rml.ttl"
LOOK_SECONDS = 0.5
CONFIG = """[CONFIGURATION]
output_format: N-QUADS
output_file: {out}
number_of_processes: {cores}
[rows]
mappings: {rml}
file_path: {rows}
"""


@dataclass(frozen=True)
class Run:
    """A command that was run: seconds, peak MiB of all its processes together, what it said."""

    seconds: float
    peak: float
    said: str


def run(command: list[str]) -> Run:
    """Run a command to its end. Raises SystemExit if it fails."""
    begun, peak = time.perf_counter(), 0.0
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        while process.poll() is None:
            # Shared pages once: a process that is forked has those of the one before.
            peak = max(peak, memory_of(process.pid).pss)
            time.sleep(LOOK_SECONDS if peak > 500 else 0.05)
        seconds = time.perf_counter() - begun
        output.seek(0)
        said = output.read()
    if process.returncode:
        sys.exit(f"{' '.join(command[1:4])}: found {process.returncode}, expected 0: {said[-500:]}")
    return Run(seconds, peak, said)


def measure_build(data: Path) -> None:
    """Print what a build of tables takes."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "mappings", "build", "--data", str(data), "--out", out]
        done = run(command)
    said = done.said.strip().splitlines()[-1]
    found = re.search(r"(\d+) quads.*mapped in ([\d.]+) s, validated in ([\d.]+) s", said)
    if found is None:
        sys.exit(f"mappings build: found no figures in {said!r}, expected them.")
    quads, mapped, validated = int(found[1]), float(found[2]), float(found[3])
    rest = done.seconds - mapped - validated
    print(f"{quads:,} quads of {len(document_slugs(data))} documents")
    print(f"build, all: {done.seconds:.1f} s, peak {done.peak:.0f} MiB")
    print(f"  mapping, deriving, checking references: {mapped:.1f} s, "
          f"{quads / mapped:,.0f} quads a second")  # fmt: skip
    print(f"  validating: {validated:.1f} s ({100 * validated / done.seconds:.0f} % of the whole)")
    print(f"  writing the release: {rest:.1f} s")


def write_rows(data: Path, path: Path) -> int:
    """Write the activities of all lists into one table; return how many there are."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for slug in document_slugs(data):
            document = Document(slug, data)
            for row in read_table(document.folder / "activities.csv"):
                about = {"slug": slug, "id": document.id, "fiscal_year": document.fiscal_year}
                if not count:
                    writer.writerow([*about, *row])
                writer.writerow([*about.values(), *row.values()])
                count += 1
    return count


def measure_morph_kgc(data: Path) -> None:
    """Print what Morph-KGC takes for the rows of activities."""
    install(HERE / "morph_kgc" / "requirements.txt", KGC)
    with tempfile.TemporaryDirectory() as folder:
        rows, out, config = (Path(folder) / name for name in ("rows.csv", "out.nq", "config.ini"))
        count = write_rows(data, rows)
        config.write_text(CONFIG.format(out=out, cores=os.cpu_count(), rml=RML, rows=rows))
        done = run([str(KGC / "bin" / "python"), "-m", "morph_kgc", str(config)])
        with out.open("rb") as file:
            quads = sum(1 for _ in file)
    print(f"Morph-KGC, {count:,} rows of activities: {quads:,} quads in {done.seconds:.1f} s, "
          f"{quads / done.seconds:,.0f} a second, peak {done.peak:.0f} MiB")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.build", description="Measure the build."
    )
    parser.add_argument("--triples", type=int, help="generate tables for so many, and build those")
    arguments = parser.parse_args()
    if arguments.triples:
        generate_tables_anew(OUT, arguments.triples)
    data = OUT if arguments.triples else DATA
    measure_build(data)
    if arguments.triples:
        try:
            measure_morph_kgc(data)
        except PeerError as error:
            print(f"Missing: Morph-KGC: {error}")


if __name__ == "__main__":
    main()
