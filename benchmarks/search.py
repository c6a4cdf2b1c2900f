"""Measure the search: the time and memory of its index, the time of searches.

python -m benchmarks.search [FOLDER OF A RELEASE]
"""

import gc
import statistics
import sys
import time
import tracemalloc
from pathlib import Path

from server.limits import MEBIBYTE, Limits
from server.pages import survey
from server.release import open_release
from server.search import SearchIndex

TEXTS = (
    "盛岡", "もりおか", "morioka", "Morioka City", "032018", "岩手県盛岡市", "大連 協定",
    "Agreement Dalian Aomori", "津和野 協定", "市", "a",
)  # fmt: skip
MISTAKES = ("盛丘市", "moriyoka")
REPEATS = 50


def _milliseconds(work: object) -> float:
    """Return the median time of a call in ms."""
    assert callable(work)
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def main(folder: Path) -> None:
    site = survey(open_release(folder), Limits())
    begun = time.perf_counter()
    rows, ties = site.ask("pages/search-entities"), site.ask("pages/search-ties")
    asked = time.perf_counter()
    SearchIndex(rows, ties)
    made = time.perf_counter()
    gc.collect()
    tracemalloc.start()
    index = SearchIndex(rows, ties)
    gc.collect()
    size = tracemalloc.get_traced_memory()[0] / MEBIBYTE
    tracemalloc.stop()
    print(f"{len(index):,} entities: asked {asked - begun:.2f} s, indexed {made - asked:.2f} s")
    print(f"memory of the index: {size:.1f} MiB")
    for text in TEXTS:
        found = len(index.search(text).entries)
        print(f"{_milliseconds(lambda text=text: index.search(text)):6.2f} ms  {text}: {found}")
    for text in MISTAKES:
        print(f"{_milliseconds(lambda text=text: index.near(text, 6)):6.2f} ms  near {text}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/current"))
