"""What a request for a picture of ties asks for: which ties, and whom they are to be about."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import request

from .links import canonical
from .search import Entry, Label
from .search_pages import MOST_CHARACTERS, search_index
from .ties import KINDS, Agent, Ties, Wanted

MOST_NEAR = 6


@dataclass(frozen=True)
class Named:
    """An agent a person named: the text, the agent, or those that could be meant.

    `near`: names like the text, where there is no such agent; `without_ties`: what the text names
    if that has no tie.
    """

    text: str
    agent: Agent | None = None
    candidates: tuple[Agent, ...] = ()
    near: tuple[Agent, ...] = ()
    without_ties: Label | None = None

    @property
    def is_unknown(self) -> bool:
        """Whether there is a text that names no agent with a tie."""
        return bool(self.text) and self.agent is None and not self.candidates


def named(ties: Ties, text: str) -> Named:
    """Return whom a text names: an IRI, the last part of one, a name, or words to search for."""
    text = text.strip()[:MOST_CHARACTERS]
    exact = ties.named(canonical(text) or text)
    if len(exact) == 1:
        return Named(text, exact[0])
    if exact or not text:
        return Named(text, candidates=tuple(exact))
    found = search_index().search(text)
    tied = _agents(ties, found.entries)
    if found.left_out or not found.entries:
        near = tied or _agents(ties, search_index().near(text, MOST_NEAR * 3))
        return Named(text, near=near[:MOST_NEAR])
    if len(tied) == 1:
        return Named(text, tied[0])
    bodies = (entry.label for entry in found.entries if entry.ties == 0)
    return Named(text, candidates=tied, without_ties=None if tied else next(bodies, None))


def _agents(ties: Ties, entries: Iterable[Entry]) -> tuple[Agent, ...]:
    """Return the agents with a tie among what was found, in its order."""
    iris = (entry.label.iri for entry in entries)
    return tuple(ties.agents[iri] for iri in iris if iri in ties.agents)


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
