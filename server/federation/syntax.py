"""Let the store read a query with SERVICE before it is planned, so that it names what is wrong.

It must never see SERVICE, which it would follow. So it reads the query with blanks in place of
SERVICE and its endpoint: the group behind them is then a group like others, at the same place.
"""

import re
from collections.abc import Iterator

import pyoxigraph as ox

from ..errors import Problem
from ..evaluation import own_query, run
from .cursor import refuse
from .elements import Element, Group
from .queries import Parsed

_VISIBLE = re.compile(r"[^\s]")


def check(parsed: Parsed) -> None:
    """Raise Problem, with the place in the query, for what the store does not understand."""
    text = parsed.text
    select = parsed.select
    known = {element.start: element for element in _services([select.where, *select.groups])}
    for token in parsed.tokens:
        if token.kind == "word" and token.text.upper() == "SERVICE" and token.start not in known:
            raise refuse(
                text,
                token.start,
                "found SERVICE where no pattern may be, expected it in a group",
                "SERVICE を書けない場所に SERVICE があります",
            )
    for start, element in known.items():
        end = element.groups[0].start
        text = text[:start] + _VISIBLE.sub(" ", text[start:end]) + text[end:]
    try:
        run(ox.Store(), own_query(text))
    except Problem as problem:
        raise Problem(
            problem.status,
            problem.detail,
            problem.detail_ja,
            query=parsed.text,
            **{key: value for key, value in problem.extra.items() if key != "query"},
        ) from problem


def _services(groups: list[Group]) -> Iterator[Element]:
    for group in groups:
        for element in group.elements:
            if element.kind == "service":
                yield element
            yield from _services(list(element.groups))
