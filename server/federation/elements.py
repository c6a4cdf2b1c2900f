"""The structure of a query: its groups, their elements, and the variables these bind."""

from dataclasses import dataclass

Names = frozenset[str]
NONE: Names = frozenset()
# Elements of a group that are joined with the rest of it, whatever their order.
JOINED = frozenset({"triples", "values", "graph", "service", "union", "group"})


@dataclass(frozen=True)
class Element:
    """A part of a group, from offset `start` to `end` of the text.

    `kind`: triples, filter, bind, values, optional, minus, graph, service, union, group, select.
    `names`: every variable in it. `bound`: those it may bind in its group; `certain`: those that
    each of its solutions binds. `groups`: the groups in it. `term`: the graph or endpoint as it
    is written. `words`: its words in capitals.
    """

    kind: str
    start: int
    end: int
    names: Names
    words: Names
    bound: Names = NONE
    certain: Names = NONE
    groups: tuple["Group", ...] = ()
    term: str = ""
    is_silent: bool = False
    select: "Select | None" = None

    @property
    def has_service(self) -> bool:
        """Whether there is a SERVICE in it."""
        return self.kind == "service" or any(group.has_service for group in self.groups)


@dataclass(frozen=True)
class Group:
    """A group from its opening bracket to behind the closing one (offsets)."""

    start: int
    end: int
    elements: tuple[Element, ...]
    bound: Names
    certain: Names
    has_service: bool

    @property
    def is_select(self) -> bool:
        """Whether it is a subquery."""
        return len(self.elements) == 1 and self.elements[0].kind == "select"


@dataclass(frozen=True)
class Select:
    """What a SELECT, or another form, does with the solutions of its group.

    `plain`: the variables it passes on as they are, None for all. `is_grouped`: it makes groups of
    solutions. `is_cut`: it has LIMIT or OFFSET. `values`: the VALUES at its end. `groups`: EXISTS
    groups in its expressions.
    """

    where: Group
    plain: Names | None
    is_grouped: bool
    is_cut: bool
    bound: Names
    certain: Names
    values: Element | None = None
    groups: tuple[Group, ...] = ()
