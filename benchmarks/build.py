"""Measure the build: tables to checked release, time and peak memory, and the share of validation.

python -m benchmarks.build
"""

import re
import resource
import subprocess
import sys
import tempfile
import time


def main() -> None:
    with tempfile.TemporaryDirectory() as out:
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "mappings", "build", "--out", out],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    said = re.search(r"mapped in ([\d.]+) s, validated in ([\d.]+) s", done.stderr)
    mapped, validated = said.groups()
    print(done.stderr.strip().splitlines()[-1].partition(":")[2].partition("(")[0].strip(" ,"))
    print(f"build, all: {seconds:.1f} s, peak {peak:.0f} MiB")
    print(f"  mapping and deriving: {mapped} s")
    print(f"  validating: {validated} s ({100 * float(validated) / seconds:.0f} % of the whole)")


if __name__ == "__main__":
    main()
