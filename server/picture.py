"""Dots and lines: agents and their ties as a drawing, on a map or as a network."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, log2, sin, sqrt
from unicodedata import east_asian_width

from .projection import Projection
from .ties import Agent, Tie, Ties

Point = tuple[float, float]
Box = tuple[float, float, float, float]
# More lines than these nobody can tell apart; the ones left out are said to be.
MOST_LINES = 2500
MOST_LABELS = 60
ALWAYS = 6
LETTER = 12.0
# Where the name of a dot may stand, the best place first: towards the edge of the picture.
_SIDES = ("right", "left", "above", "below")
_SIDES_ON_THE_LEFT = ("left", "right", "above", "below")


@dataclass
class Dot:
    """An agent in a picture: where, how large, how many of the ties shown are its."""

    agent: Agent
    x: float
    y: float
    degree: int
    unit: float = 1.0
    side: str = ""

    @property
    def radius(self) -> float:
        """Grows with the ties, slowly."""
        return self.unit * min(16.0, 3.0 + 1.1 * sqrt(self.degree))


@dataclass(frozen=True)
class Line:
    """A tie in a picture."""

    tie: Tie
    pieces: Sequence[Sequence[Point]]

    @property
    def path(self) -> str:
        """The line as SVG has it."""
        return "".join(
            "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in piece) for piece in self.pieces
        )

    @property
    def width(self) -> float:
        """Grows with the evidence, slowly."""
        return min(5.0, 0.7 + 0.7 * log2(self.tie.count))


@dataclass
class Picture:
    """What is drawn: the dots with fewer ties first, so that the others lie on top.

    `pixels` is how wide it is on a screen, about: letters and dots are sized for that.
    """

    view: Box
    dots: list[Dot] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    pixels: int = 1000

    @property
    def unit(self) -> float:
        """How much a pixel is: what letters and dots are measured in."""
        return self.view[2] / self.pixels

    def label(self, language: str, most: int = MOST_LABELS) -> "Picture":
        """Give names to the biggest dots as far as there is room, and return the picture."""
        letter = LETTER * self.unit
        for dot in self.dots:
            dot.unit = self.unit
        marks = [_around(dot) for dot in self.dots]
        names: list[Box] = []
        for dot in reversed(self.dots):
            # The biggest have a name even where it hides another dot.
            taken = names if len(names) < ALWAYS else marks + names
            width = letter * text_width(dot.agent.ref.label(language))
            dot.side = self._side(dot, width, taken)
            if dot.side:
                names.append(_label_box(dot, dot.side, width, letter))
            if len(names) == most:
                break
        return self

    def _side(self, dot: Dot, width: float, taken: Sequence[Box]) -> str:
        """Return where the name of a dot has room, "" for nowhere."""
        own = _around(dot)
        others = [box for box in taken if box != own]
        x, _, width_of_view, _ = self.view
        for side in _SIDES if dot.x >= x + width_of_view / 2 else _SIDES_ON_THE_LEFT:
            box = _label_box(dot, side, width, LETTER * self.unit)
            if _inside(box, self.view) and not any(_overlap(box, other) for other in others):
                return side
        return ""


def text_width(text: str) -> float:
    """Return how wide a text is, in letters as wide as high.

    >>> text_width("文京区"), text_width("ab")
    (3.0, 1.2)
    """
    return sum(1.0 if east_asian_width(mark) in "WF" else 0.6 for mark in text)


def _around(dot: Dot) -> Box:
    return (dot.x - dot.radius, dot.y - dot.radius, dot.x + dot.radius, dot.y + dot.radius)


def _label_box(dot: Dot, side: str, width: float, letter: float) -> Box:
    gap = dot.radius + 2 * dot.unit
    if side == "right":
        return (dot.x + gap, dot.y - letter / 2, dot.x + gap + width, dot.y + letter / 2)
    if side == "left":
        return (dot.x - gap - width, dot.y - letter / 2, dot.x - gap, dot.y + letter / 2)
    if side == "above":
        return (dot.x - width / 2, dot.y - gap - letter, dot.x + width / 2, dot.y - gap)
    return (dot.x - width / 2, dot.y + gap, dot.x + width / 2, dot.y + gap + letter)


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _inside(a: Box, view: Box) -> bool:
    x, y, width, height = view
    return a[0] > x and a[1] > y and a[2] < x + width and a[3] < y + height


def dots(ties: Ties, shown: Iterable[Tie], places: Mapping[str, Point]) -> list[Dot]:
    """Return a dot for each agent of the ties shown, those with fewer ties first."""
    degrees = Counter(end for tie in shown for end in tie.ends)
    found = [Dot(ties.agents[iri], *places[iri], degree) for iri, degree in degrees.items()]
    return sorted(found, key=lambda dot: (dot.degree, dot.agent.ref.value))


def on_map(ties: Ties, shown: Sequence[Tie], land: Projection) -> Picture:
    """Return ties on a map; both ends of each must have a place."""
    agents = {end: ties.agents[end] for tie in shown for end in tie.ends}
    at = {iri: land.at(agent.place) for iri, agent in agents.items() if agent.place}
    apart = _apart(at)
    lines = [Line(tie, _between(tie, agents, at, apart, land)) for tie in reversed(shown)]
    return Picture((0, 0, land.width, land.height), dots(ties, shown, apart), lines)


def _between(
    tie: Tie,
    agents: Mapping[str, Agent],
    at: Mapping[str, Point],
    apart: Mapping[str, Point],
    land: Projection,
) -> list[list[Point]]:
    start, end = (agents[iri].place for iri in tie.ends)
    if start is None or end is None:
        raise ValueError(f"{tie.iri}: found an end without a place, expected two with one.")
    pieces = land.line(start, end)
    pieces[0][0] = apart[tie.ends[0]]
    pieces[-1][-1] = apart[tie.ends[1]]
    return pieces


def _apart(places: Mapping[str, Point]) -> dict[str, Point]:
    """Return places where those that would hide each other stand side by side."""
    groups: dict[tuple[int, int], list[str]] = defaultdict(list)
    for iri, (x, y) in sorted(places.items()):
        groups[round(x), round(y)].append(iri)
    found = {}
    for iris in groups.values():
        for number, iri in enumerate(iris):
            x, y = places[iri]
            # Seeds of a sunflower lie like this: close, and none on another.
            far, angle = 6.5 * sqrt(number), 2.4 * number
            found[iri] = (x + far * cos(angle), y + far * sin(angle))
    return found
