"""/path: how two agents are tied to each other, over others, and by what."""

from dataclasses import dataclass
from itertools import pairwise

from flask import Blueprint, Response, current_app, request
from pyoxigraph import NamedNode

from .asking import Named, named
from .entities import Entity, Thing
from .rendering import render_page
from .resources import respond_with_html
from .ties import Agent, Tie, Ties

blueprint = Blueprint("paths", __name__)
MOST_PATHS = 5


@dataclass(frozen=True)
class Step:
    """From one agent to the next: the tie, and the agreements and activities behind it."""

    start: Agent
    end: Agent
    tie: Tie
    things: list[Thing]


def steps(ties: Ties, start: str, path: list[Tie]) -> list[tuple[Agent, Agent, Tie]]:
    """Return a path with its agents in the order they are passed."""
    agents = [start]
    for tie in path:
        agents.append(tie.other(agents[-1]))
    ends = pairwise(ties.agents[iri] for iri in agents)
    return [(first, second, tie) for (first, second), tie in zip(ends, path, strict=True)]


def _found(ties: Ties, start: Named, end: Named) -> list[list[Step]]:
    if start.agent is None or end.agent is None:
        return []
    site = current_app.extensions["enishi"]
    # Several paths pass the same tie.
    things: dict[str, list[Thing]] = {}

    def behind(tie: Tie) -> list[Thing]:
        if tie.iri not in things:
            found = Entity(site, NamedNode(tie.iri)).things
            things[tie.iri] = sorted(found, key=lambda thing: thing.date, reverse=True)
        return things[tie.iri]

    first = start.agent.ref.value
    return [
        [Step(a, b, tie, behind(tie)) for a, b, tie in steps(ties, first, path)]
        for path in ties.paths(first, end.agent.ref.value, MOST_PATHS + 1)
    ]


@blueprint.get("/path")
def path() -> Response:
    """Return the shortest paths from ?from= to ?to=, each a name or the last part of an IRI."""
    return respond_with_html(_path_page)


def _path_page() -> str:
    ties: Ties = current_app.extensions["enishi"].ties
    start, end = (named(ties, request.args.get(field, "")) for field in ("from", "to"))
    found = _found(ties, start, end)
    return render_page(
        "path.html", ties=ties, start=start, end=end, paths=found[:MOST_PATHS],
        are_more=len(found) > MOST_PATHS,
    )  # fmt: skip
