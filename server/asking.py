"""What a request for a picture of ties asks for: which ties, and whom they are to be about."""

from dataclasses import dataclass, replace

from flask import request

from .links import canonical
from .ties import KINDS, Agent, Ties, Wanted


@dataclass(frozen=True)
class Named:
    """An agent a person named: the text, the agent, or those that could be meant."""

    text: str
    agent: Agent | None
    candidates: tuple[Agent, ...] = ()

    @property
    def is_unknown(self) -> bool:
        """Whether there is a text that names nobody."""
        return bool(self.text) and self.agent is None and not self.candidates


def named(ties: Ties, text: str) -> Named:
    """Return whom a text names: an IRI, the last part of one, or a name."""
    text = text.strip()
    found = ties.named(canonical(text) or text)
    if len(found) == 1:
        return Named(text, found[0])
    most_ties_first = sorted(found, key=lambda agent: (-len(ties.of[agent.ref.value]), agent.key))
    return Named(text, None, tuple(most_ties_first))


def wanted(least: int = 1) -> Wanted:
    """Return the filters in the address; `least` is the evidence asked for where it is not said.

    A value that is none is as if it were not there: the form shows what holds.
    """
    asked = request.args
    number = asked.get("least", "", type=str)
    kinds = frozenset(asked.getlist("kind")) & set(KINDS)
    return Wanted(
        topic=asked.get("topic", ""),
        year=asked.get("year", ""),
        kinds=frozenset() if len(kinds) == len(KINDS) else kinds,
        least=min(99, max(1, int(number))) if number.isascii() and number.isdigit() else least,
    )


def about(ties: Ties, wanted: Wanted) -> tuple[Wanted, Named]:
    """Return the filters with the agent named by ?about=, and how that was understood.

    A text that names nobody, or several, is about no tie at all.
    """
    name = named(ties, request.args.get("about", ""))
    return replace(wanted, about=name.agent.ref.value if name.agent else name.text), name
