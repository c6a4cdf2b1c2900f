"""Contexts: patterns of this store that every row of a SERVICE must fit, or be of no use.

A context is a list of parts that are joined. A row of a SERVICE that is compatible with no
solution of its context is in no answer, so it need not be fetched; what a context leaves out only
lets more rows come.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .elements import NONE, Names


@dataclass(frozen=True)
class Part:
    """A group of its own, without brackets: its variables, and those that each solution binds."""

    text: str
    names: Names
    certain: Names


@dataclass(frozen=True)
class Context:
    """Parts to be joined; `is_open`: the answer of another server would narrow it further."""

    parts: tuple[Part, ...] = ()
    is_open: bool = False

    def with_parts(self, parts: Iterable[Part], is_open: bool = False) -> "Context":
        """Return this context joined with more."""
        return Context((*self.parts, *parts), self.is_open or is_open)

    @property
    def names(self) -> Names:
        """Every variable of its parts."""
        return NONE.union(*(part.names for part in self.parts))

    def projected(self, allowed: Names) -> "Context":
        """Return the context with these variables alone; the others are hidden in subqueries."""
        parts = []
        for component in components(self.parts):
            names = NONE.union(*(part.names for part in component))
            if names <= allowed:
                parts.extend(component)
            elif names & allowed:
                chosen = sorted(names & allowed)
                certain = NONE.union(*(part.certain for part in component)) & allowed
                text = f"{select(chosen)} WHERE {joined(component)}"
                parts.append(Part(text, frozenset(chosen), certain))
        return Context(tuple(parts), self.is_open)


def select(names: Sequence[str]) -> str:
    """Return SELECT DISTINCT of some variables."""
    return "SELECT DISTINCT " + " ".join(f"?{name}" for name in names)


def joined(parts: Iterable[Part]) -> str:
    """Return a group that joins the parts, each evaluated by itself."""
    texts = [f"{{ {part.text} }}" for part in parts]
    return f"{{ {' '.join(texts)} }}"


def components(parts: Iterable[Part]) -> list[list[Part]]:
    """Return the parts in lists that have no variable in common with each other."""
    found: list[tuple[Names, list[Part]]] = []
    for part in parts:
        names, members = part.names, [part]
        apart = []
        for others, list_of_others in found:
            if others & names:
                names, members = names | others, list_of_others + members
            else:
                apart.append((others, list_of_others))
        found = [*apart, (names, members)]
    return [members for _, members in found]
