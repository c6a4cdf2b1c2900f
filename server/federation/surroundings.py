"""What surrounds an element of a group: the context its solutions must fit.

Algebra: SPARQL 1.1, 18.2.2. A group is evaluated from left to right; what stands before an element
and every later element that is joined narrow it, and so does whatever the group is joined with.
OPTIONAL and MINUS keep a solution that finds no partner, so into them only the variables go that
the solutions before them have for certain, or that nothing else could bind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .contexts import Context, Part, joined
from .edits import Edits
from .elements import JOINED, NONE, Element, Group, Names

# What is evaluated anew with each query that holds it.
VOLATILE = frozenset({"RAND", "NOW", "UUID", "STRUUID", "BNODE"})
# What may choose other solutions when it is evaluated again beside other patterns.
CHOOSING = frozenset({"LIMIT", "OFFSET", "SAMPLE", "GROUP_CONCAT"})
_CHAINED = frozenset({"optional", "bind", "minus"})
_IN_EXISTS = frozenset({"triples", "values"})


@dataclass(frozen=True)
class Place:
    """Where a group stands.

    `graph`: the graph it is evaluated in, as written; "" for the default graph. `is_here`: this
    store evaluates what is in it, no other server does. `exists`: the EXISTS group it is in.
    """

    graph: str = ""
    is_here: bool = True
    exists: Group | None = None

    def apart(self, taken: Names) -> "Place":
        """Return the place without the variable of its graph: any graph, one for all parts."""
        if not self.graph.startswith(("?", "$")):
            return self
        name = "graph"
        while name in taken:
            name += "_"
        return replace(self, graph=f"?{name}")


@dataclass(frozen=True)
class Around:
    """The own context of an element; `is_exact`: all that stands before it is in there."""

    parts: tuple[Part, ...] = ()
    is_exact: bool = False
    is_open: bool = False


class Surroundings:
    """Reads contexts off a query that is being replaced.

    `done` holds the SERVICE elements whose rows are there, by where they start. `freeze` evaluates
    an element once for all and puts its solutions in its place, if there are not too many.
    """

    def __init__(self, edits: Edits, freeze: Callable[[Element, str], bool]) -> None:
        """Read from `edits`."""
        self.edits = edits
        self.done: set[int] = set()
        self._freeze = freeze
        self._frozen: set[int] = set()

    def own(self, group: Group, place: Place, index: int) -> Around:
        """Return the context that a group gives its element at an index."""
        if not place.is_here:
            return Around()
        kinds = _IN_EXISTS if place.exists else JOINED
        if place.exists is None:
            self._freeze_choosing(group, place, index)
        before, after = group.elements[:index], group.elements[index + 1 :]
        parts, is_exact = self._before(before, kinds)
        parts += self._runs(after, kinds)
        is_open = any(self.is_pending(element) for element in before)
        wrapped = tuple(_in_graph(part, place.graph) for part in parts)
        if place.exists is None:
            wrapped = self._filtered(group, wrapped)
        return Around(wrapped, is_exact and place.exists is None, is_open)

    def is_pending(self, element: Element) -> bool:
        """Tell whether rows of a SERVICE in the element are not there yet."""
        return any(start not in self.done for start in _services(element))

    def _is_usable(self, element: Element) -> bool:
        if self.is_pending(element):
            return False
        if element.kind == "service" or element.start in self._frozen:
            return True
        return not element.words & (VOLATILE | CHOOSING)

    def _freeze_choosing(self, group: Group, place: Place, index: int) -> None:
        """Evaluate what may choose other solutions the next time, and keep its solutions."""
        if place.graph.startswith(("?", "$")):
            return
        for number, element in enumerate(group.elements):
            if number == index or element.kind not in JOINED or self.is_pending(element):
                continue
            if not self._is_usable(element) and self._freeze(element, place.graph):
                self._frozen.add(element.start)

    def _before(self, before: Sequence[Element], kinds: Names) -> tuple[list[Part], bool]:
        """Return the elements before another as parts, and whether nothing is left out."""
        cut = max((n for n, e in enumerate(before) if e.kind in _CHAINED), default=-1) + 1
        chain = [element for element in before[:cut] if element.kind != "filter"]
        rest = [element for element in before[cut:] if element.kind != "filter"]
        is_exact = all(self._is_usable(element) for element in (*chain, *rest))
        is_exact = is_exact and kinds == JOINED
        if chain and kinds == JOINED and all(self._is_usable(element) for element in chain):
            return [self._part(chain), *self._runs(before[cut:], kinds)], is_exact
        return self._runs(before, kinds), is_exact

    def _runs(self, elements: Sequence[Element], kinds: Names) -> list[Part]:
        """Return the usable elements; triples with only FILTER between stay together.

        One label of a blank node may stand in all of them.
        """
        parts: list[Part] = []
        run: list[Element] = []
        for element in elements:
            if element.kind == "filter":
                continue
            if run and element.kind != "triples":
                parts.append(self._part(run))
                run = []
            if element.kind == "triples":
                run.append(element)
            elif element.kind in kinds and self._is_usable(element):
                parts.append(self._part([element]))
        return [*parts, self._part(run)] if run else parts

    def _part(self, elements: Sequence[Element]) -> Part:
        texts = (self.edits.render(element.start, element.end) for element in elements)
        return Part(
            " . ".join(texts),
            NONE.union(*(element.bound for element in elements)),
            NONE.union(*(element.certain for element in elements)),
        )

    def _filtered(self, group: Group, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Return the parts with the FILTERs of the group that see only what these bind."""
        for element in group.elements:
            is_fit = element.kind == "filter" and element.names and not element.groups
            if not is_fit or element.words & VOLATILE:
                continue
            if not element.names <= NONE.union(*(part.certain for part in parts)):
                continue
            seen = [part for part in parts if part.names & element.names]
            names = NONE.union(*(part.names for part in seen))
            certain = NONE.union(*(part.certain for part in seen))
            words = self.edits.render(element.start, element.end)
            merged = Part(f"{joined(seen)} {words}", names, certain)
            parts = (merged, *(part for part in parts if part not in seen))
        return parts

    def into_optional(self, group: Group, around: Around, context: Context, index: int) -> Context:
        """Return the context for the group of the OPTIONAL or MINUS at an index.

        A solution before it counts as it is: of what it leaves unbound nothing may be demanded.
        """
        before = group.elements[:index]
        allowed = NONE.union(*(element.certain for element in before))
        if around.is_exact:
            bound = NONE.union(*(element.bound for element in before))
            later = NONE.union(*(element.bound for element in group.elements[index + 1 :]))
            allowed |= bound - later - context.names
        return context.with_parts(around.parts, around.is_open).projected(allowed)


def _services(element: Element) -> list[int]:
    """Return where the outermost SERVICE elements in an element start."""
    if element.kind == "service":
        return [element.start]
    return [s for group in element.groups for inner in group.elements for s in _services(inner)]


def _in_graph(part: Part, graph: str) -> Part:
    if not graph:
        return part
    own = frozenset({graph[1:]}) if graph.startswith(("?", "$")) else NONE
    return Part(f"GRAPH {graph} {{ {part.text} }}", part.names | own, part.certain | own)
