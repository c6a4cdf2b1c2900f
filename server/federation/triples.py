"""Read triples as SPARQL 1.1 writes them, so strictly that nothing else passes for them."""

import re

from ..query_text import Token
from .cursor import Cursor

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE]-?\d+)?")
_TERM = "a variable, an IRI or a literal"
_PATH = "a variable, an IRI, a or a path"


def is_number(token: Token) -> bool:
    """Tell whether a token is a number; its sign may be a token of its own."""
    return token.kind == "word" and _NUMBER.fullmatch(token.text) is not None


def starts_term(cursor: Cursor) -> bool:
    """Tell whether a term, list or blank node with properties begins at the place."""
    token = cursor.peek()
    return (
        token.kind in ("variable", "iri", "name", "string")
        or token.text in ("(", "[", "+")
        or is_number(token)
        or cursor.word() in ("TRUE", "FALSE")
    )


def take_iri(cursor: Cursor) -> Token:
    """Take an IRI or a prefixed name, no blank node."""
    token = cursor.peek()
    if token.kind not in ("iri", "name") or token.text.startswith("_:"):
        raise cursor.unexpected("an IRI or a prefixed name")
    return cursor.take()


def take_constant(cursor: Cursor) -> None:
    """Take an IRI or a literal: what VALUES may hold."""
    token = cursor.peek()
    if token.kind == "string":
        cursor.take()
        if cursor.peek().kind == "language":
            cursor.take()
        elif cursor.skip("^"):
            cursor.expect("^")
            take_iri(cursor)
    elif cursor.sign() == "+" and is_number(cursor.peek(1)):
        cursor.at += 2
    elif is_number(token) or cursor.word() in ("TRUE", "FALSE"):
        cursor.take()
    else:
        take_iri(cursor)


def take_triples(cursor: Cursor) -> None:
    """Take the triples of a block, without a dot after the last one. Raises Problem."""
    _take_subject(cursor)
    while cursor.sign() == ".":
        cursor.at += 1
        if not starts_term(cursor):
            cursor.at -= 1
            return
        _take_subject(cursor)


def _take_subject(cursor: Cursor) -> None:
    has_more = cursor.sign() in ("[", "(")
    _take_node(cursor)
    if not has_more or _starts_verb(cursor):
        _take_properties(cursor)


def _starts_verb(cursor: Cursor) -> bool:
    token = cursor.peek()
    return (
        token.kind in ("variable", "iri", "name")
        or token.text == "a"
        or cursor.sign() in ("(", "!", "^")
    )


def _take_properties(cursor: Cursor) -> None:
    _take_verb(cursor)
    _take_objects(cursor)
    while cursor.skip(";"):
        if _starts_verb(cursor):
            _take_verb(cursor)
            _take_objects(cursor)


def _take_objects(cursor: Cursor) -> None:
    _take_node(cursor)
    while cursor.skip(","):
        _take_node(cursor)


def _take_node(cursor: Cursor) -> None:
    """Take a term, a list or a blank node with its properties."""
    token = cursor.peek()
    if cursor.skip("["):
        if cursor.sign() != "]":
            _take_properties(cursor)
        cursor.expect("]")
    elif cursor.skip("("):
        while cursor.sign() != ")":
            _take_node(cursor)
        cursor.expect(")")
    elif token.kind == "variable" or token.text.startswith("_:"):
        cursor.take()
    elif starts_term(cursor):
        take_constant(cursor)
    else:
        raise cursor.unexpected(_TERM)


def _take_verb(cursor: Cursor) -> None:
    if cursor.peek().kind == "variable":
        cursor.take()
    else:
        _take_path(cursor)


def _take_path(cursor: Cursor) -> None:
    _take_step(cursor)
    while cursor.sign() in ("/", "|"):
        cursor.at += 1
        _take_step(cursor)


def _take_step(cursor: Cursor) -> None:
    cursor.skip("^")
    if cursor.skip("!"):
        _take_negated(cursor)
    elif cursor.skip("("):
        _take_path(cursor)
        cursor.expect(")")
    else:
        _take_predicate(cursor)
    if cursor.sign() in ("*", "+", "?"):
        cursor.at += 1


def _take_negated(cursor: Cursor) -> None:
    if not cursor.skip("("):
        cursor.skip("^")
        _take_predicate(cursor)
        return
    while cursor.sign() != ")":
        cursor.skip("^")
        _take_predicate(cursor)
        if not cursor.skip("|"):
            break
    cursor.expect(")")


def _take_predicate(cursor: Cursor) -> None:
    token = cursor.peek()
    if token.text == "a":
        cursor.take()
    elif token.kind in ("iri", "name") and not token.text.startswith("_:"):
        cursor.take()
    else:
        raise cursor.unexpected(_PATH)
