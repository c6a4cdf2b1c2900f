"""Read a whole query: its prologue, its form, its dataset, its group, what follows."""

import re
from dataclasses import dataclass

import pyoxigraph as ox

from ..links import BASE
from ..prefixes import prefixes
from ..query_text import Token
from .cursor import Cursor
from .elements import NONE, Select
from .groups import AGGREGATES, take_dataset, take_group, take_modifiers, take_select
from .triples import take_iri

_SCHEME = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*:")
_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


@dataclass(frozen=True)
class Prologue:
    """The declarations of a query: `text` as written; the base and the prefixes resolved."""

    text: str
    base: str
    declared: dict[str, str]

    def namespace(self, prefix: str) -> str | None:
        """Return what a prefix stands for, declared in the query or for every query."""
        return self.declared.get(prefix, prefixes().get(prefix))

    def resolve(self, term: str) -> str:
        """Return the absolute IRI of an IRI in angle brackets or a prefixed name.

        Raises ValueError for one that is none, or whose prefix nobody declared.
        """
        head = ""
        if not term.startswith("<"):
            prefix = term.partition(":")[0]
            namespace = self.namespace(prefix)
            if namespace is None:
                raise ValueError(prefix)
            head = f"PREFIX {prefix}: <{namespace}>\n"
        return _absolute(head, term, self.base)


def _absolute(head: str, term: str, base: str) -> str:
    """Return the IRI as the parser of the store resolves it (RFC 3986, 5.2)."""
    text = f"{head}<urn:x> <urn:x> {term} ."
    try:
        quads = list(ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=base))
    except SyntaxError as error:
        raise ValueError(term) from error
    if len(quads) != 1 or not isinstance(quads[0].object, ox.NamedNode):
        raise ValueError(term)
    return quads[0].object.value


def is_relative(token: Token) -> bool:
    """Tell whether a token is an IRI that needs the base."""
    return token.kind == "iri" and _SCHEME.match(token.text) is None


@dataclass(frozen=True)
class Parsed:
    """A query read: `select` says what is done with the solutions of its group, in any form.

    `dataset`: FROM and FROM NAMED as written. `keeps_all`: some SELECT or DISTINCT has `*`, for
    which no variable may be left out.
    """

    text: str
    tokens: list[Token]
    prologue: Prologue
    dataset: str
    select: Select
    keeps_all: bool


def parse(text: str) -> Parsed:
    """Return the structure of a query. Raises Problem with line and column."""
    cursor = Cursor(text)
    prologue = _take_prologue(cursor)
    first = cursor.at
    select = take_select(cursor) if cursor.word() == "SELECT" else _take_other(cursor)
    if cursor.peek().kind != "end":
        raise cursor.unexpected("the end of the query")
    dataset = _dataset(cursor, first, select.where.start)
    keeps_all = any(
        after.text == "*" and before.text.upper() in ("SELECT", "DISTINCT", "REDUCED", "DESCRIBE")
        for before, after in zip(cursor.tokens, cursor.tokens[1:], strict=False)
    )
    return Parsed(text, cursor.tokens, prologue, dataset, select, keeps_all)


def _take_prologue(cursor: Cursor) -> Prologue:
    base, declared = BASE, dict[str, str]()
    while cursor.word() in ("PREFIX", "BASE"):
        name = ""
        if cursor.take().text.upper() == "PREFIX":
            token = cursor.take()
            if token.kind != "name" or token.text.count(":") != 1 or token.text[-1] != ":":
                cursor.at -= 1
                raise cursor.unexpected("a prefix with a colon")
            name = token.text
        if cursor.peek().kind != "iri":
            raise cursor.unexpected("an IRI in angle brackets")
        token = cursor.take()
        try:
            iri = _absolute("", token.text, base)
        except ValueError:
            cursor.at -= 1
            raise cursor.unexpected("an IRI in angle brackets") from None
        if name:
            declared[name[:-1]] = iri
        else:
            base = iri
    text = cursor.text[cursor.tokens[0].start : cursor.end] if cursor.at else ""
    return Prologue(text, base, declared)


def _take_other(cursor: Cursor) -> Select:
    """Take ASK, CONSTRUCT or DESCRIBE."""
    form = cursor.word()
    if form not in _FORMS:
        raise cursor.unexpected(", ".join(_FORMS))
    cursor.take()
    if form == "CONSTRUCT":
        take_group(cursor)
    elif form == "DESCRIBE" and not cursor.skip("*"):
        while cursor.peek().kind in ("variable", "iri", "name"):
            if cursor.take().kind != "variable":
                cursor.at -= 1
                take_iri(cursor)
    take_dataset(cursor)
    cursor.skip("WHERE")
    where = take_group(cursor)
    modifiers = take_modifiers(cursor)
    is_grouped = bool(modifiers.words & (AGGREGATES | {"GROUP", "HAVING"}))
    groups = tuple(modifiers.groups)
    return Select(where, None, is_grouped, True, where.bound, NONE, modifiers.values, groups)


def _dataset(cursor: Cursor, first: int, until: int) -> str:
    """Return FROM and FROM NAMED between the form of a query and its group."""
    clauses, depth = [], 0
    for number, token in enumerate(cursor.tokens[first:], first):
        if token.start >= until:
            break
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0 and token.kind == "word" and token.text.upper() == "FROM":
            following = cursor.tokens[number + 1]
            is_named = following.text.upper() == "NAMED"
            iri = cursor.tokens[number + 2] if is_named else following
            clauses.append(f"FROM {'NAMED ' if is_named else ''}{iri.text}")
    return " ".join(clauses)
