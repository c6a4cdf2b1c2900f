"""The join keys of a SERVICE: the distinct values its context has for the variables it binds."""

from collections.abc import Callable
from dataclasses import dataclass

from .contexts import Context, components, joined, select
from .elements import Names
from .remote import Row, TermText
from .rows import is_blank

# Evaluates a SELECT without declarations and dataset on this store.
Ask = Callable[[str], list[Row]]


@dataclass(frozen=True)
class Solutions:
    """Distinct solutions of a context, for some of its variables."""

    names: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ((),)

    def keys(self, certain: Names) -> "Keys":
        """Return the keys for a pattern whose solutions bind all the `certain` variables.

        A variable that some solution leaves unbound is none to select by; a blank node is in no
        answer of another server.
        """
        columns = [
            column
            for column, name in enumerate(self.names)
            if name in certain and all(_can_be_sent(row[column]) for row in self.rows)
        ]
        chosen = dict.fromkeys(tuple(row[column] for column in columns) for row in self.rows)
        rows = [
            tuple(term for term in row if term is not None)
            for row in chosen
            if not any(map(is_blank, row))
        ]
        return Keys(tuple(self.names[column] for column in columns), tuple(rows))


@dataclass(frozen=True)
class Keys:
    """Rows of terms without an unbound one and without blank nodes.

    With no names, one row of nothing asks for everything. No rows: nothing need be asked.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[TermText, ...], ...]


def _can_be_sent(term: TermText | None) -> bool:
    return term is not None and not term.startswith("<<")


def solve(ask: Ask, context: Context, wanted: Names, most: int) -> Solutions | None:
    """Return what a context says of the wanted variables; None if it says more than `most` things.

    Parts that have nothing to do with them only tell whether there is a solution at all.
    """
    touching, asked = [], wanted & context.names
    for component in components(context.parts):
        if any(part.names & asked for part in component):
            touching.extend(component)
        elif not ask(f"SELECT (1 AS ?one) WHERE {joined(component)} LIMIT 1"):
            return Solutions(tuple(sorted(asked)), ())
    if not asked:
        return Solutions()
    names = sorted(asked)
    rows = ask(f"{select(names)} WHERE {joined(touching)} LIMIT {most + 1}")
    return Solutions(tuple(names), tuple(rows)) if len(rows) <= most else None
