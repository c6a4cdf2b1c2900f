"""Rows of another server as inline data: VALUES, with blank nodes that VALUES cannot hold.

A blank node of an answer travels as an IRI that nobody else can know, and a function of the store
turns it back into a blank node.
"""

import itertools
import re
import secrets
from collections.abc import Callable, Iterable, Sequence

import pyoxigraph as ox

from .remote import Failed, FederationError, Row, TermText

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
_ESCAPE = r"\\(?:[tbnrf\"'\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})"
_UCHAR = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_IRI = rf"<(?:[^<>\"{{}}|^`\\\x00-\x20]|{_UCHAR})*>"
_TERM = re.compile(
    rf'{_IRI}|"(?:[^"\\\r\n]|{_ESCAPE})*"(?:@[A-Za-z]+(?:-[A-Za-z0-9]+)*|\^\^{_IRI})?'
)
_BLANK = re.compile(r"_:[\w·.\-]+")
# One mark for each process: what is marked in it is also evaluated in it.
_MARK = f"urn:blank:{secrets.token_hex(16)}:"
_RESTORE = ox.NamedNode("urn:enishi:function:blank")
_numbers = itertools.count(1)


def _restore(term: Term) -> Term:
    if isinstance(term, ox.NamedNode) and term.value.startswith(_MARK):
        return ox.BlankNode(term.value.removeprefix(_MARK))
    return term


# The functions that the store needs to evaluate a text with rows in it.
FUNCTIONS: dict[ox.NamedNode, Callable[..., Term | None]] = {_RESTORE: _restore}

# From so many rows on a join by hash is quicker than one by looking them all up.
MANY = 100


def is_blank(term: TermText | None) -> bool:
    """Tell whether a term is a blank node."""
    return term is not None and term.startswith("_:")


def renamed(endpoint: str, rows: Iterable[Row]) -> list[Row]:
    """Return the rows of one fetch with blank nodes that no other fetch has.

    Raises FederationError for a term that SPARQL does not write so.
    """
    label = f"f{secrets.token_hex(6)}n{next(_numbers)}x"
    known: dict[TermText | None, TermText | None] = {None: None}

    def of(term: TermText | None) -> TermText | None:
        if term not in known:
            known[term] = _checked(endpoint, term, f"_:{label}{len(known)}")
        return known[term]

    return [tuple(map(of, row)) for row in rows]


def _checked(endpoint: str, term: TermText | None, blank: str) -> TermText:
    if term is not None and _TERM.fullmatch(term):
        return term
    if term is not None and _BLANK.fullmatch(term):
        return blank
    short = str(term)[:60]
    raise FederationError(
        Failed(
            endpoint,
            "malformed",
            f"{endpoint} answered with {short}, expected an IRI, a literal or a blank node.",
            f"{endpoint} の答えに {short} があります。IRI・リテラル・空白ノードではありません。",
        )
    )


def inline(names: Sequence[str], rows: Sequence[Row], taken: Iterable[str]) -> str:
    """Return a group whose solutions are the rows; `taken`: variables that it may not use."""
    blank = [any(is_blank(row[column]) for row in rows) for column in range(len(names))]
    raw = _free("raw", taken)
    columns = [f"{raw}{place}" if blank[place] else name for place, name in enumerate(names)]
    head = " ".join(f"?{name}" for name in columns)
    body = " ".join(f"({' '.join(map(_cell, row))})" for row in rows)
    values = f"VALUES ({head}) {{ {body} }}"
    if not any(blank):
        if not names or len(rows) < MANY:
            return f"{{ {values} }}"
        # The engine compares each row of VALUES with each of its neighbour's; it joins those of a
        # SELECT by hash.
        return f"{{ SELECT {head} WHERE {{ {values} }} }}"
    restored = " ".join(
        f"BIND({_RESTORE}(?{column}) AS ?{name})"
        for column, name, marked in zip(columns, names, blank, strict=True)
        if marked
    )
    chosen = " ".join(f"?{name}" for name in names)
    return f"{{ SELECT {chosen} WHERE {{ {values} {restored} }} }}"


def _cell(term: TermText | None) -> str:
    if term is None:
        return "UNDEF"
    return f"<{_MARK}{term[2:]}>" if term.startswith("_:") else term


def _free(stem: str, taken: Iterable[str]) -> str:
    """Return the stem, longer until no variable begins with it."""
    names = list(taken)
    while any(name.startswith(stem) for name in names):
        stem += "_"
    return stem
