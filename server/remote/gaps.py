"""Restate what an engine answers otherwise than SPARQL 1.1 says, in words it answers right.

`engines.toml` tells which of these an engine needs. Each was found by running queries on both
stores; what cannot be restated is listed in server/README.md.

* constants: `VALUES ?v { "ja" }` whose variable stands in filters alone becomes that term there;
  Virtuoso 7 loses the matches of an OPTIONAL whose filter reads it.
* subqueries: after a subquery that an OPTIONAL follows stands a VALUES of one row; without it
  Virtuoso 7 leaves out the filters of the group.
* texts: characters beyond ASCII in the texts that CONCAT and GROUP_CONCAT join are sent as marks
  and put back into the answer; Virtuoso 7 mixes encodings.
* booleans: xsd:boolean comes as 1 and 0 in JSON.
"""

import re
from collections.abc import Callable, Collection

from ..query_text import Token, tokenize

Edit = tuple[int, int, str]
_MARK = "((u{:x}))"
MARKED = re.compile(rb"\(\(u([0-9a-f]{2,6})\)\)")
# No mark is longer: an answer is put back with so many bytes held.
MARK_BYTES = 12
_BOOLEAN = b'"http://www.w3.org/2001/XMLSchema#boolean", "value": "%b"'
BOOLEANS = [(_BOOLEAN % b"1", _BOOLEAN % b"true"), (_BOOLEAN % b"0", _BOOLEAN % b"false")]
_ONE = "VALUES ?enishi_one { 1 }"


def restate(text: str, columns: Collection[str], gaps: Collection[str]) -> str:
    """Return a query that means the same; `columns` are the variables it selects."""
    for name, restated in _RESTATED.items():
        if name in gaps:
            text = _edited(text, restated(list(tokenize(text)), columns))
    return text


def restored(match: re.Match[bytes]) -> bytes:
    """Return the character of a mark, as JSON has it."""
    return chr(int(match[1], 16)).encode()


def _edited(text: str, edits: list[Edit]) -> str:
    for start, end, words in sorted(edits, reverse=True):
        text = text[:start] + words + text[end:]
    return text


def _word(token: Token) -> str:
    return token.text.upper() if token.kind == "word" else ""


def _parents(tokens: list[Token]) -> list[tuple[int, ...]]:
    """Return for each token the indexes of the brackets that are open around it."""
    opened: list[int] = []
    found = []
    for index, token in enumerate(tokens):
        if token.kind == "close" and opened:
            opened.pop()
        found.append(tuple(opened))
        if token.kind == "open":
            opened.append(index)
    return found


def _end(token: Token) -> int:
    return token.start + len(token.text)


# -- constants -----------------------------------------------------------------------------


def _with_constants(tokens: list[Token], columns: Collection[str]) -> list[Edit]:
    parents = _parents(tokens)
    edits: list[Edit] = []
    for index in range(len(tokens) - 4):
        opening, end = index + 2, index + 4
        if _word(tokens[index]) != "VALUES" or tokens[index + 1].kind != "variable":
            continue
        if tokens[opening].text != "{" or tokens[end].text != "}" or len(parents[index]) != 1:
            continue
        variable, term = tokens[index + 1].text[1:], tokens[index + 3]
        if term.kind not in ("string", "iri", "name") or variable in columns:
            continue
        uses = [
            i
            for i, token in enumerate(tokens)
            if token.kind == "variable" and token.text[1:] == variable and i != index + 1
        ]
        if uses and all(_is_in_filter(tokens, parents[i], i) for i in uses):
            edits.append((tokens[index].start, _end(tokens[end]), ""))
            edits += [(tokens[i].start, _end(tokens[i]), term.text) for i in uses]
    return edits


def _is_in_filter(tokens: list[Token], parents: tuple[int, ...], index: int) -> bool:
    """Whether a use is in a FILTER of the outermost group, or of an OPTIONAL directly in it."""
    groups = [i for i in parents if tokens[i].text == "{"]
    rest = [i for i in parents if tokens[i].text != "{"]
    if not rest or len(groups) > 2 or (groups and rest[0] < groups[-1]):
        return False
    if len(groups) == 2 and _word(tokens[groups[1] - 1]) != "OPTIONAL":
        return False
    is_bound = _word(tokens[index - 2]) == "BOUND"
    return _word(tokens[rest[0] - 1]) == "FILTER" and not is_bound


# -- subqueries ----------------------------------------------------------------------------


def _with_rows_of_one(tokens: list[Token], columns: Collection[str]) -> list[Edit]:
    parents = _parents(tokens)
    edits: list[Edit] = []
    for index in range(1, len(tokens) - 2):
        if tokens[index].text != "{" or _word(tokens[index + 1]) != "SELECT":
            continue
        around = parents[index]
        close = next(
            i for i in range(index, len(tokens))
            if tokens[i].kind == "close" and parents[i] == around
        )  # fmt: skip
        beside = [
            _word(token)
            for i, token in enumerate(tokens[close:], close)
            if parents[i] == around and token.kind == "word"
        ]
        follows = _word(tokens[close + 1]) if close + 1 < len(tokens) else ""
        before = _word(tokens[index - 1])
        if "OPTIONAL" in beside and before not in ("UNION", "OPTIONAL", "MINUS", "GRAPH"):
            if follows != "UNION":
                edits.append((_end(tokens[close]), _end(tokens[close]), f" {_ONE} "))
    return _with_columns(tokens, columns, edits) if edits else []


def _with_columns(tokens: list[Token], columns: Collection[str], edits: list[Edit]) -> list[Edit]:
    """Return the edits with `SELECT *` spelt out, or its rows would have the column of one."""
    group = next((i for i, token in enumerate(tokens) if token.text == "{"), len(tokens))
    before = ("SELECT", "DISTINCT", "REDUCED")
    star = next(
        (
            t
            for i, t in enumerate(tokens[:group])
            if t.text == "*" and _word(tokens[i - 1]) in before
        ),
        None,
    )
    if star is None:
        return edits
    if not columns:
        return []
    names = " ".join(f"?{name}" for name in columns)
    return [*edits, (star.start, _end(star), names)]


# -- texts ---------------------------------------------------------------------------------


def _with_marks(tokens: list[Token], columns: Collection[str]) -> list[Edit]:
    parents = _parents(tokens)
    group = next((i for i, token in enumerate(tokens) if token.text == "{"), len(tokens))
    edits: list[Edit] = []
    for index, token in enumerate(tokens):
        if token.kind != "string" or token.text.isascii() or not parents[index]:
            continue
        call = parents[index][-1]
        if _word(tokens[call - 1]) in ("CONCAT", "GROUP_CONCAT"):
            if _is_only_shown(tokens, parents, call, group):
                marked = re.sub(r"[^\x00-\x7f]", lambda m: _MARK.format(ord(m[0])), token.text)
                edits.append((token.start, _end(token), marked))
    return edits


def _is_only_shown(
    tokens: list[Token], parents: list[tuple[int, ...]], call: int, group: int
) -> bool:
    """Whether what a call gives is named by AS, and the name stands in projections alone."""
    if not parents[call]:
        return False
    outer = parents[call][-1]
    close = next(
        (i for i in range(call, len(tokens)) if parents[i] == parents[call] and i > call
         and tokens[i].kind == "close"),
        len(tokens) - 1,
    )  # fmt: skip
    after = tokens[close + 1 : close + 3]
    if len(after) < 2 or _word(after[0]) != "AS" or call - 1 != outer + 1:
        return False
    name = after[1].text[1:]
    return all(
        i < group or _word(tokens[i - 1]) == "AS" or _is_projected(tokens, parents, i)
        for i, token in enumerate(tokens)
        if token.kind == "variable" and token.text[1:] == name
    )


def _is_projected(tokens: list[Token], parents: list[tuple[int, ...]], index: int) -> bool:
    """Whether a variable stands between SELECT and the group of a subquery."""
    for i in range(index - 1, -1, -1):
        if parents[i] == parents[index] and _word(tokens[i]) == "SELECT":
            return True
        if parents[i] == parents[index] and tokens[i].text == "}":
            return False
    return False


_RESTATED: dict[str, Callable[[list[Token], Collection[str]], list[Edit]]] = {
    "constants": _with_constants,
    "subqueries": _with_rows_of_one,
    "texts": _with_marks,
}
