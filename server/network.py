"""/network: who is tied to whom as a drawing, those close together that have partners in common."""

import json
import subprocess
import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app

from .asking import about, wanted
from .picture import MOST_LINES, Line, Picture, Point, dots
from .rendering import language, render_page
from .ties import Tie, Ties

blueprint = Blueprint("network", __name__)
ROOT = Path(__file__).resolve().parent.parent
# More agents than these make a cloud: those with fewer ties are left out, and it says so.
MOST_AGENTS = 900
MARGIN = 60.0
LEAST_VIEW = 480.0
MOST_NAMES = 110


@lru_cache(maxsize=2)
def _layout(pairs: tuple[tuple[int, int], ...]) -> tuple[Point, ...]:
    """Return where each number stands; made once, when the application warms up."""
    command = [sys.executable, "-m", "server.layout"]
    made = subprocess.run(
        command, input=json.dumps(pairs), cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True
    )
    return tuple((x, y) for x, y in json.loads(made.stdout))


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
    at = places(ties)
    drawn = [tie for tie in shown if all(end in at for end in tie.ends)][:MOST_LINES]
    lines = [Line(tie, [[at[end] for end in tie.ends]]) for tie in reversed(drawn)]
    picture = Picture((0, 0, LEAST_VIEW, LEAST_VIEW), dots(ties, drawn, at), lines)
    if picture.dots:
        picture.view = _around(picture)
    return picture


def _around(picture: Picture) -> tuple[float, float, float, float]:
    xs, ys = [dot.x for dot in picture.dots], [dot.y for dot in picture.dots]
    wide = max(max(xs) - min(xs) + 2 * MARGIN, LEAST_VIEW)
    high = max(max(ys) - min(ys) + 2 * MARGIN, LEAST_VIEW / 2)
    return ((min(xs) + max(xs) - wide) / 2, (min(ys) + max(ys) - high) / 2, wide, high)


def among(chosen: list[Tie], subject: str) -> list[Tie]:
    """Return the ties of an agent and those between its partners."""
    near = {end for tie in chosen if subject in tie.ends for end in tie.ends}
    return [tie for tie in chosen if near.issuperset(tie.ends)]


@blueprint.get("/network")
def network() -> Response:
    """Return the network of the ties wanted, and a table of the same ties."""
    ties = current_app.extensions["enishi"].ties
    filters, name = about(ties, wanted())
    chosen = ties.choose(replace(filters, about=""))
    shown = among(chosen, filters.about) if filters.about else chosen
    picture = draw(ties, shown).label(language(), most=MOST_NAMES)
    body = render_page(
        "network.html", picture=picture, agents=ties.agents, ties=ties, filters=filters,
        name=name, shown=shown, most=MOST_LINES,
    )  # fmt: skip
    return Response(body, mimetype="text/html")
