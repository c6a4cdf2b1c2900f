"""Read the structure of a query from its tokens.

A recursive-descent parser of the grammar of SPARQL 1.1 (19.8) down to triples; expressions are
read for their brackets, variables and EXISTS groups alone. What it does not know it refuses: a
text read otherwise than the store reads it could change an answer.
"""

import re
from dataclasses import dataclass, field

from .cursor import MOST_DEPTH, Cursor
from .elements import NONE, Element, Group, Names, Select
from .triples import is_number, starts_term, take_constant, take_iri, take_triples

AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_AFTER_CONDITIONS = frozenset({"HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES", ""})
_FUNCTION = re.compile(r"[A-Z][A-Z0-9_]*")
_ELEMENT = "a triple, FILTER, BIND, VALUES, OPTIONAL, MINUS, GRAPH, SERVICE, a group or }"


@dataclass
class _Modifiers:
    words: Names = NONE
    keys: set[str] = field(default_factory=set)
    groups: list[Group] = field(default_factory=list)
    values: Element | None = None


def take_group(cursor: Cursor, depth: int = 0) -> Group:
    """Take a group with its brackets. Raises Problem for what is none."""
    if depth > MOST_DEPTH:
        raise cursor.refuse(
            cursor.peek(),
            f"found groups nested deeper than {MOST_DEPTH}, expected {MOST_DEPTH} at most",
            f"グループの入れ子が {MOST_DEPTH} 段を超えています",
        )
    start = cursor.expect("{").start
    if cursor.word() == "SELECT":
        elements = [_take_subquery(cursor, depth)]
    else:
        elements = _take_elements(cursor, depth)
    cursor.expect("}")
    return Group(
        start,
        cursor.end,
        tuple(elements),
        NONE.union(*(element.bound for element in elements)),
        NONE.union(*(element.certain for element in elements)),
        any(element.has_service for element in elements),
    )


def _take_elements(cursor: Cursor, depth: int) -> list[Element]:
    elements: list[Element] = []
    while cursor.sign() != "}":
        first = cursor.at
        element = _take_element(cursor, depth)
        elements.append(element)
        has_dot = cursor.skip(".")
        if element.kind == "triples" and not has_dot and starts_term(cursor):
            raise cursor.unexpected(". or ;")
        assert cursor.at > first
    return elements


def _take_element(cursor: Cursor, depth: int) -> Element:
    first, word = cursor.at, cursor.word()
    if cursor.sign() == "{":
        return _take_union(cursor, depth)
    if starts_term(cursor):
        take_triples(cursor)
        names = cursor.names(first)
        return _element(cursor, "triples", first, names, names)
    if word == "FILTER":
        cursor.take()
        return _element(cursor, "filter", first, groups=_take_constraint(cursor, depth))
    if word == "BIND":
        cursor.take()
        groups, name = take_expression(cursor, depth)
        if not name:
            raise cursor.unexpected("AS and a variable")
        return _element(cursor, "bind", first, frozenset({name}), groups=groups)
    if word == "VALUES":
        return take_values(cursor)
    if word in ("OPTIONAL", "MINUS"):
        cursor.take()
        group = take_group(cursor, depth + 1)
        bound = group.bound if word == "OPTIONAL" else NONE
        return _element(cursor, word.lower(), first, bound, groups=(group,))
    if word in ("GRAPH", "SERVICE"):
        return _take_named(cursor, depth)
    raise cursor.unexpected(_ELEMENT)


def _element(
    cursor: Cursor,
    kind: str,
    first: int,
    bound: Names = NONE,
    certain: Names = NONE,
    groups: tuple[Group, ...] = (),
    term: str = "",
    is_silent: bool = False,
    select: Select | None = None,
) -> Element:
    start, names, words = cursor.tokens[first].start, cursor.names(first), cursor.words(first)
    return Element(
        kind, start, cursor.end, names, words, bound, certain, groups, term, is_silent, select
    )


def _take_named(cursor: Cursor, depth: int) -> Element:
    """Take GRAPH or SERVICE with its group."""
    first = cursor.at
    kind = cursor.take().text.lower()
    is_silent = kind == "service" and cursor.skip("SILENT")
    token = cursor.take() if cursor.peek().kind == "variable" else take_iri(cursor)
    group = take_group(cursor, depth + 1)
    own = frozenset({token.text[1:]}) if token.kind == "variable" else NONE
    certain = NONE if is_silent else group.certain | own
    return _element(
        cursor, kind, first, group.bound | own, certain, (group,), token.text, is_silent
    )


def _take_union(cursor: Cursor, depth: int) -> Element:
    first = cursor.at
    groups = [take_group(cursor, depth + 1)]
    while cursor.skip("UNION"):
        groups.append(take_group(cursor, depth + 1))
    bound = NONE.union(*(group.bound for group in groups))
    certain = groups[0].certain.intersection(*(group.certain for group in groups))
    kind = "union" if len(groups) > 1 else "group"
    return _element(cursor, kind, first, bound, certain, tuple(groups))


def take_values(cursor: Cursor) -> Element:
    """Take VALUES with its rows; a variable with UNDEF in a row is not certain."""
    first = cursor.at
    cursor.expect("VALUES")
    is_single = cursor.peek().kind == "variable"
    if not is_single:
        cursor.expect("(")
    columns: list[str] = []
    while cursor.peek().kind == "variable" and not (is_single and columns):
        columns.append(cursor.take().text[1:])
    if not is_single:
        cursor.expect(")")
    cursor.expect("{")
    undefined: set[str] = set()
    while cursor.sign() != "}":
        if not is_single:
            cursor.expect("(")
        for column in columns:
            if cursor.skip("UNDEF"):
                undefined.add(column)
            else:
                take_constant(cursor)
        if not is_single:
            cursor.expect(")")
    cursor.expect("}")
    names = frozenset(columns)
    return _element(cursor, "values", first, names, names - undefined)


# -- expressions ---------------------------------------------------------------------------


def take_expression(cursor: Cursor, depth: int) -> tuple[tuple[Group, ...], str]:
    """Take what stands in round brackets; return its EXISTS groups and the variable after AS."""
    cursor.expect("(")
    opened, groups, name = 1, list[Group](), ""
    while opened:
        token = cursor.peek()
        if token.kind == "end" or token.text in ("}", "]", "[", "\\"):
            raise cursor.unexpected(")")
        if token.kind == "iri" and _ends_operand(cursor):
            raise cursor.unexpected("an operator with spaces around it")
        if token.text == "{":
            if cursor.word(-1) != "EXISTS":
                raise cursor.unexpected("EXISTS before a group in an expression")
            groups.append(take_group(cursor, depth + 1))
            continue
        is_named = opened == 1 and cursor.word(-1) == "AS" and token.kind == "variable"
        if is_named and cursor.sign(1) == ")":
            name = token.text[1:]
        opened += (cursor.sign() == "(") - (cursor.sign() == ")")
        cursor.take()
    return tuple(groups), name


def _ends_operand(cursor: Cursor) -> bool:
    """Tell whether the token before the place ends a value: then `<` is an operator."""
    before = cursor.peek(-1)
    return (
        before.kind in ("variable", "string", "language", "name", "iri")
        or before.text == ")"
        or is_number(before)
        or cursor.word(-1) in ("TRUE", "FALSE")
    )


def _take_constraint(cursor: Cursor, depth: int) -> tuple[Group, ...]:
    """Take a condition of FILTER, HAVING, GROUP BY or ORDER BY."""
    cursor.skip("NOT")
    if cursor.skip("EXISTS"):
        return (take_group(cursor, depth + 1),)
    token = cursor.peek()
    if token.kind in ("iri", "name"):
        take_iri(cursor)
    elif _FUNCTION.fullmatch(cursor.word()):
        cursor.take()
    return take_expression(cursor, depth)[0]


# -- SELECT --------------------------------------------------------------------------------


def _take_subquery(cursor: Cursor, depth: int) -> Element:
    first = cursor.at
    select = take_select(cursor, depth)
    groups = (select.where, *select.groups)
    return _element(cursor, "select", first, select.bound, select.certain, groups, select=select)


def take_select(cursor: Cursor, depth: int = 0) -> Select:
    """Take a SELECT up to the VALUES at its end; FROM only in the outermost. Raises Problem."""
    first = cursor.at
    cursor.expect("SELECT")
    if cursor.word() in ("DISTINCT", "REDUCED"):
        cursor.take()
    plain: set[str] | None = set()
    named: set[str] = set()
    groups: list[Group] = []
    if cursor.skip("*"):
        plain = None
    while plain is not None:
        if cursor.peek().kind == "variable":
            plain.add(cursor.take().text[1:])
        elif cursor.sign() == "(":
            found, name = take_expression(cursor, depth)
            groups.extend(found)
            named.add(name)
        else:
            break
    words = cursor.words(first)
    if depth == 0:
        take_dataset(cursor)
    cursor.skip("WHERE")
    where = take_group(cursor, depth + 1)
    modifiers = take_modifiers(cursor, depth)
    words |= modifiers.words
    is_grouped = bool(words & (AGGREGATES | {"GROUP", "HAVING"}))
    bound = where.bound | (modifiers.values.bound if modifiers.values else NONE)
    certain = where.certain | (modifiers.values.certain if modifiers.values else NONE)
    if is_grouped:
        certain = where.certain & modifiers.keys
    passed = bound if plain is None else frozenset(plain)
    return Select(
        where,
        None if plain is None else passed,
        is_grouped,
        bool(words & {"LIMIT", "OFFSET"}),
        passed | named,
        certain & passed,
        modifiers.values,
        (*groups, *modifiers.groups),
    )


def take_dataset(cursor: Cursor) -> None:
    """Take FROM and FROM NAMED."""
    while cursor.skip("FROM"):
        cursor.skip("NAMED")
        take_iri(cursor)


def take_modifiers(cursor: Cursor, depth: int = 0) -> _Modifiers:
    """Take what may follow the group of a query: GROUP BY to VALUES."""
    first, found = cursor.at, _Modifiers()
    if cursor.skip("GROUP"):
        cursor.expect("BY")
        found.keys = _take_conditions(cursor, depth, found)
    if cursor.skip("HAVING"):
        _take_conditions(cursor, depth, found)
    if cursor.skip("ORDER"):
        cursor.expect("BY")
        _take_conditions(cursor, depth, found)
    while cursor.word() in ("LIMIT", "OFFSET"):
        cursor.take()
        if not cursor.peek().text.isdecimal():
            raise cursor.unexpected("a whole number")
        cursor.take()
    found.words = cursor.words(first)
    if cursor.word() == "VALUES":
        found.values = take_values(cursor)
    return found


def _take_conditions(cursor: Cursor, depth: int, found: _Modifiers) -> set[str]:
    """Take conditions up to the next clause; return those that are a variable alone."""
    variables: set[str] = set()
    while cursor.sign() == "(" or (
        cursor.word() not in _AFTER_CONDITIONS or cursor.peek().kind in ("variable", "iri", "name")
    ):
        if cursor.peek().kind == "variable":
            variables.add(cursor.take().text[1:])
        else:
            if cursor.word() in ("ASC", "DESC"):
                cursor.take()
            if cursor.peek().kind == "variable":
                cursor.take()
                continue
            found.groups.extend(_take_constraint(cursor, depth))
    return variables
