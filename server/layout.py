"""A place for each agent of a network: `python -m server.layout`, ties in, places out, as JSON.

It runs in a process of its own: what it needs takes more memory than the whole application, once.
In: a list of pairs of numbers from 0. Out: for each number up to the highest its x and y, in units
of a picture; the same for the same ties.
"""

import json
import sys
from math import ceil, cos, pi, sin, sqrt

import networkx
import numpy
from numpy.typing import NDArray

Places = NDArray[numpy.float64]
SEED = 1
# Rounds of a part with 300 agents or fewer; the time of a round grows with their square.
ROUNDS = 200
# The side of the square that one agent has to itself, on average; the largest part has more.
ROOM = 46.0
LARGEST = 1.6
# Between the ends of a pair there is room for a name.
PAIR = 130.0
# Fewer agents than these look best on a circle.
CIRCLE = 4


def place(pairs: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """Return x and y of each agent: the parts of the network that are not tied stand apart."""
    graph = networkx.Graph(pairs)
    parts = sorted(networkx.connected_components(graph), key=lambda part: (-len(part), min(part)))
    boxes = [_part(graph.subgraph(sorted(part))) for part in parts]
    boxes[:1] = [(agents, places * LARGEST) for agents, places in boxes[:1]]
    found: dict[int, tuple[float, float]] = {}
    for (agents, places), corner in zip(boxes, _corners(boxes), strict=True):
        for agent, (x, y) in zip(agents, places + corner, strict=True):
            found[agent] = (round(float(x), 1), round(float(y), 1))
    return [found.get(number, (0.0, 0.0)) for number in range(max(found, default=-1) + 1)]


def _part(graph: "networkx.Graph[int]") -> tuple[list[int], Places]:
    """Return the agents of a connected part and their places, from 0, 0."""
    agents = sorted(graph)
    if len(agents) < CIRCLE:
        angles = [2 * pi * number / len(agents) for number in range(len(agents))]
        places = numpy.array([(cos(angle), sin(angle)) for angle in angles])
    else:
        # Sized dots keep apart from each other; agents with the same ties stay together.
        found = networkx.forceatlas2_layout(
            graph, seed=SEED, max_iter=min(ROUNDS, 300 * ROUNDS // len(agents)),
            scaling_ratio=60, gravity=6, node_size=dict.fromkeys(agents, 6),
        )  # fmt: skip
        places = _standing(numpy.array([found[agent] for agent in agents]))
        return agents, _fitted(places)
    return agents, (places - places.min(axis=0)) * (PAIR / numpy.ptp(places[:, 0]))


def _standing(places: Places) -> Places:
    """Return places turned so that they are higher than wide."""
    centred = places - places.mean(axis=0)
    _, _, axes = numpy.linalg.svd(centred, full_matrices=False)
    # An axis is as good as its opposite: take the one that does not depend on the machine.
    signs = numpy.where(axes[numpy.arange(2), abs(axes).argmax(axis=1)] < 0, -1, 1)
    return numpy.asarray((centred @ (axes * signs[:, None]).T)[:, ::-1])


def _fitted(places: Places) -> Places:
    """Return places in a box with room for each, from 0, 0."""
    low, high = places.min(axis=0), places.max(axis=0)
    wide, high_ = high - low
    area = max(wide * high_, wide * wide / 3, 1e-9)
    return numpy.asarray((places - low) * (ROOM * sqrt(len(places)) / sqrt(area)))


def _margin(number: int) -> Places:
    """Return the room to the right of a part, for names where it is small, and below."""
    return numpy.array([PAIR if number < CIRCLE else ROOM, ROOM])


def _corners(boxes: list[tuple[list[int], Places]]) -> list[NDArray[numpy.float64]]:
    """Return the upper left corner of each box: the first alone, the others in rows beside it."""
    sizes = [places.max(axis=0) + _margin(len(agents)) for agents, places in boxes]
    if not sizes:
        return []
    first, others = sizes[0], sizes[1:]
    corners = [numpy.zeros(2)]
    area = sum(float(wide * high) for wide, high in others)
    width = max(ceil(area * 1.25 / float(first[1])), *(float(s[0]) for s in others), 1.0)
    x = y = row = 0.0
    for wide, high in others:
        if x and x + wide > width:
            x, y, row = 0.0, y + row, 0.0
        corners.append(numpy.array([float(first[0]) + ROOM / 2 + x, y]))
        x, row = x + float(wide), max(row, float(high))
    return corners


if __name__ == "__main__":
    json.dump(place(json.load(sys.stdin)), sys.stdout)
