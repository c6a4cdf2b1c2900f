"""What a result says if its shape says nothing, in English and Japanese."""

import tomllib
from dataclasses import fields
from functools import cache
from pathlib import Path

from rdflib import Literal
from rdflib.term import Node

from .constraints import Constraint, Query
from .terms import short

TABLE = Path(__file__).with_name("messages.toml")


@cache
def _table() -> dict[str, dict[str, str]]:
    with TABLE.open("rb") as file:
        return tomllib.load(file)


def note(name: str) -> dict[str, str]:
    """Return a note of the table by its name: the text of each language."""
    return _table()[f"note-{name}"]


def default_messages(constraint: Constraint) -> tuple[Literal, ...]:
    """Return the messages of a constraint, one in each language."""
    name = constraint.component.rpartition("#")[2]
    if isinstance(constraint, Query) and constraint.is_custom:
        name = "custom"
    values = {f.name: _text(getattr(constraint, f.name)) for f in fields(constraint)}
    return tuple(
        Literal(text.format_map(values), lang=tag) for tag, text in sorted(_table()[name].items())
    )


def _text(value: object) -> str:
    if isinstance(value, Node):
        return short(value)
    if isinstance(value, tuple):
        return ", ".join(_text(part) for part in value)
    return str(value)
