"""The figures of a run as Markdown."""

import math
from typing import Protocol

from .processes import Memory

UNCACHED, CACHED, MEASURE = "Enishi, uncached", "Enishi, cached", "Oxigraph, memory"
Figures = dict[str, dict[str, dict[str, float]]]


class Measured(Protocol):
    """What a run found out."""

    about: dict[str, object]
    missing: list[str]
    rows: dict[str, int]
    figures: dict[str, Figures]
    memory: dict[str, dict[str, Memory]]


def report(run: Measured) -> str:
    """Return all tables of a run, and what is missing from them."""
    about = run.about
    parts = [
        f"{about['quads']:,} quads, release {about['release']}; {about['cores']} cores, Python"
        f" {about['python']}, median of {about['rounds']} rounds of {about['seconds']} s.",
        "Median ms with 1 connection / requests a second with 8 (4 on the large result);"
        " 0 is none in the 20 s a figure takes at most:",
        _table(run.figures["same"], run.rows),
        "The same with another text in every request, so that no cache helps:",
        _table(run.figures["varied"], run.rows),
        "Memory, MiB, shared pages once (PSS) / in every process (RSS):",
        _memory(run.memory),
        *(f"Missing: {sentence}" for sentence in run.missing),
    ]
    return "\n\n".join(parts)


def number(value: float) -> str:
    """Return a figure with as many digits as it deserves.

    >>> number(0.1234), number(12.34), number(456.7), number(17654), number(0)
    ('0.12', '12.3', '457', '17.7k', '0')
    """
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if value >= 10_000:
        return f"{value / 1000:.1f}k"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|---" * columns + "|"


def _cell(figure: dict[str, float]) -> str:
    failed = f" ({figure['failed']:.0f} failed)" if figure["failed"] else ""
    return f"{number(figure['median_ms'])} / {number(figure['per_second'])}{failed}"


def _ratio(ours: dict[str, float], theirs: dict[str, float]) -> str:
    """Return how many times the time, and how many times the throughput."""
    time = ours["median_ms"] / theirs["median_ms"] if theirs["median_ms"] else math.nan
    speed = ours["per_second"] / theirs["per_second"] if theirs["per_second"] else math.nan
    return f"{number(time)}× / {number(speed)}×"


def totals(figures: Figures) -> dict[str, dict[str, float]]:
    """Return for each column the mix once through: the sum of medians, and the rate of whole mixes.

    The rate is what one second gives when each query gets the time it takes with all connections.
    """
    found: dict[str, dict[str, float]] = {}
    for column in next(iter(figures.values()), {}):
        cells = [columns[column] for columns in figures.values()]
        seconds = sum(1 / cell["per_second"] if cell["per_second"] else math.inf for cell in cells)
        found[column] = {
            "median_ms": sum(cell["median_ms"] for cell in cells),
            "per_second": 1 / seconds if seconds else 0.0,
            "failed": sum(cell["failed"] for cell in cells),
        }
    return found


def _table(figures: Figures, rows: dict[str, int]) -> str:
    columns = list(next(iter(figures.values()), {}))
    ratios = [name for name in (UNCACHED, CACHED) if name in columns and MEASURE in columns]
    heads = [f"{name.removeprefix('Enishi, ')} : Oxigraph, memory" for name in ratios]
    lines = [_row(["query", "rows", *columns, *heads]), _rule(2 + len(columns) + len(heads))]
    whole = {**figures, "**the mix, once**": totals(figures)} if figures else {}
    for name, cells in whole.items():
        compared = [_ratio(cells[ratio], cells[MEASURE]) for ratio in ratios]
        shown = [_cell(cells[column]) for column in columns]
        lines.append(_row([name, f"{rows[name]:,}" if name in rows else "", *shown, *compared]))
    return "\n".join(lines)


def _memory(weights: dict[str, dict[str, Memory]]) -> str:
    lines = [_row(["server", "started", "measured", "processes"]), _rule(4)]
    for name, by_time in weights.items():
        cells = [f"{m.pss:.0f} / {m.rss:.0f}" for m in by_time.values()]
        lines.append(_row([name, *cells, str(by_time["measured"].processes)]))
    return "\n".join(lines)
