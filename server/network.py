"""/network: who is tied to whom as a drawing, those close together that have partners in common."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from math import atan2, cos, pi, sin
from pathlib import Path

from flask import Blueprint, Response, current_app

from .asking import about, wanted
from .picture import MOST_LINES, Box, Line, Picture, Point, dots
from .rendering import language, render_page
from .resources import respond_with_html
from .ties import Tie, Ties

blueprint = Blueprint("network", __name__)
ROOT = Path(__file__).resolve().parent.parent
# Where the places of networks seen before are kept, and how many.
KEPT = ROOT / "build" / "networks"
MOST_KEPT = 8
# More agents than these make a cloud: those with fewer ties are left out, and it says so.
MOST_AGENTS = 600
MARGIN = 60.0
LEAST_VIEW = 760.0
# Width to height of a picture, at least.
SHAPE = 1.4
# The ring of partners: its radius at least, and the room from one to the next.
LEAST_RING = 210.0
BETWEEN = 26.0
MOST_NAMES = 110


@lru_cache(maxsize=2)
def _layout(pairs: tuple[tuple[int, int], ...]) -> tuple[Point, ...]:
    """Return where each number stands: asked for when the application warms up.

    It takes longer than the rest of a start, so it is kept on disk for the next one.
    """
    given = json.dumps(pairs)
    made_with = Path(__file__).with_name("layout.py").read_text(encoding="utf-8")
    kept = KEPT / f"{hashlib.sha256((made_with + given).encode()).hexdigest()[:24]}.json"
    try:
        text = kept.read_text(encoding="utf-8")
    except OSError:
        command = [sys.executable, "-m", "server.layout"]
        made = subprocess.run(
            command, input=given, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True
        )
        text = made.stdout
        _keep(kept, text)
    return tuple((x, y) for x, y in json.loads(text))


def _keep(path: Path, text: str) -> None:
    """Write a file whole or not at all; where it cannot be kept, it is made again."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(f".{os.getpid()}")
        half.write_text(text, encoding="utf-8")
        half.replace(path)
        newest = sorted(path.parent.glob("*.json"), key=lambda file: -file.stat().st_mtime)
        for old in newest[MOST_KEPT:]:
            old.unlink()


def places(ties: Ties) -> dict[str, Point]:
    """Return where agents stand, always the same place whatever is shown; those that have one."""
    agents = [agent.ref.value for agent in ties.by_ties[:MOST_AGENTS]]
    numbers = {iri: number for number, iri in enumerate(agents)}
    pairs = tuple(
        (numbers[tie.ends[0]], numbers[tie.ends[1]])
        for tie in ties.ties
        if all(end in numbers for end in tie.ends)
    )
    return dict(zip(agents, _layout(pairs), strict=False)) if pairs else {}


def draw(ties: Ties, shown: list[Tie]) -> Picture:
    """Return ties as a network, cut to the part they are in."""
    return _picture(ties, shown, places(ties))


def draw_around(ties: Ties, shown: list[Tie], subject: str) -> Picture:
    """Return ties with an agent in the middle and its partners in a ring around it.

    Partners that are close in the whole network are neighbours in the ring.
    """
    partners = {end for tie in shown for end in tie.ends} - {subject}
    at = places(ties)
    nowhere = at.get(subject, (0.0, 0.0))

    def direction(iri: str) -> tuple[float, str]:
        x, y = at.get(iri, nowhere)
        return atan2(y - nowhere[1], x - nowhere[0]), iri

    ring = max(LEAST_RING, BETWEEN * len(partners) / (2 * pi))
    found: dict[str, Point] = {subject: (0.0, 0.0)}
    for number, iri in enumerate(sorted(partners, key=direction)):
        # Half a step from the top, so that no name stands on another right above the middle.
        angle = 2 * pi * (number + 0.5) / len(partners) - pi / 2
        found[iri] = (ring * cos(angle), ring * sin(angle))
    return _picture(ties, shown, found)


def _picture(ties: Ties, shown: list[Tie], at: Mapping[str, Point]) -> Picture:
    drawn = [tie for tie in shown if all(end in at for end in tie.ends)][:MOST_LINES]
    lines = [Line(tie, [[at[end] for end in tie.ends]]) for tie in reversed(drawn)]
    picture = Picture((0, 0, LEAST_VIEW, LEAST_VIEW), dots(ties, drawn, at), lines)
    if picture.dots:
        picture.view = _around(picture)
    return picture


def _around(picture: Picture) -> Box:
    xs, ys = [dot.x for dot in picture.dots], [dot.y for dot in picture.dots]
    high = max(max(ys) - min(ys) + 2 * MARGIN, LEAST_VIEW / SHAPE)
    wide = max(max(xs) - min(xs) + 2 * MARGIN, SHAPE * high)
    return ((min(xs) + max(xs) - wide) / 2, (min(ys) + max(ys) - high) / 2, wide, high)


def among(chosen: list[Tie], subject: str) -> list[Tie]:
    """Return the ties of an agent and those between its partners."""
    near = {end for tie in chosen if subject in tie.ends for end in tie.ends}
    return [tie for tie in chosen if near.issuperset(tie.ends)]


@blueprint.get("/network")
def network() -> Response:
    """Return the network of the ties wanted, and a table of the same ties."""
    return respond_with_html(_network_page)


def _network_page() -> str:
    ties = current_app.extensions["enishi"].ties
    filters, name = about(ties, wanted())
    chosen = ties.choose(replace(filters, about=""))
    shown = among(chosen, filters.about) if filters.about else chosen
    subject = filters.about
    picture = draw_around(ties, shown, subject) if subject else draw(ties, shown)
    picture.label(language(), most=MOST_NAMES)
    return render_page(
        "network.html", picture=picture, agents=ties.agents, ties=ties, filters=filters,
        name=name, shown=shown, most=MOST_LINES,
    )  # fmt: skip
