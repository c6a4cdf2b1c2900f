"""Restate what the engine answers otherwise than SPARQL 1.1 says, in words it answers right.

Three forms, each found by a test of the W3C's suite and each rare:

* `GRAPH ?g { … }` around a subquery, VALUES or MINUS must be evaluated once for each named graph
  (18.6); the engine does it once over all of them. It becomes a union over the graphs.
* `?x path* <y>` and `?x path? <y>` hold for ?x = <y> even where <y> is in no statement (18.4);
  the engine finds nothing. Where that is so, the pattern becomes the one solution it has.
* GROUP_CONCAT gives a simple literal (18.5.1.7); the engine keeps a common language.

Everything else is left as it is written. A query the engine does not understand must be reported
from its own text, never from the restated one.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .errors import Problem
from .query_text import Token, is_doubtful, tokenize

# Looks at a text that are quicker than reading its tokens, which then decide.
_GRAPH = re.compile(r"graph\s*[?$]")
_PATH = re.compile(r"(?<=[>\w)])\s*[*?]\s*(?:[?$]\w|<|[\w\-]*:)")
_LONE_MARK = re.compile(r"\?(?!\w)")
_TERMS = frozenset({"iri", "name"})
_ENDS = {"}": "{", ")": "(", "]": "["}


@dataclass(slots=True)
class Dataset:
    """What a query is asked of, as far as restating it needs to know.

    `named_graphs`: IRIs in angle brackets. `is_absent`: whether a term, as the query writes it,
    is in no statement of the default graph; it is given the query's prologue.
    """

    named_graphs: Callable[[], list[str]]
    is_absent: Callable[[str, str], bool]


def restate(text: str, dataset: Dataset, most: int) -> str:
    """Return a query that means the same by SPARQL 1.1; most often the text itself.

    Raises Problem for one that would have more than `most` words and signs.
    """
    restated, lower = text, text.lower()
    if "group_concat" in lower:
        restated = _with_simple_literals(restated, list(tokenize(restated)))
    if ("*" in lower or _LONE_MARK.search(lower)) and _PATH.search(lower):
        restated = _with_paths_of_length_zero(restated, list(tokenize(restated)), dataset)
    if "graph" in lower and _GRAPH.search(lower):
        restated = _with_graphs_one_by_one(restated, list(tokenize(restated)), dataset, most)
    if restated != text and any(map(is_doubtful, tokenize(text))):
        # It can be read in two ways, and the one above may not be the engine's.
        return text
    return restated


def _word(token: Token) -> str:
    return token.text.upper() if token.kind == "word" else ""


def _matching(tokens: list[Token]) -> dict[int, int]:
    """Return for each opening bracket where its closing one is, and the other way round."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind == "open":
            opened.append(index)
        elif token.kind == "close" and opened and tokens[opened[-1]].text == _ENDS[token.text]:
            pairs[opened[-1]] = index
            pairs[index] = opened.pop()
    return pairs


def _replaced(text: str, edits: list[tuple[int, int, str]]) -> str:
    """Return the text with each stretch from one offset to another put as given."""
    for start, end, words in sorted(edits, reverse=True):
        text = text[:start] + words + text[end:]
    return text


def _end(token: Token) -> int:
    return token.start + len(token.text)


def _with_simple_literals(text: str, tokens: list[Token]) -> str:
    pairs = _matching(tokens)
    edits = []
    for index, token in enumerate(tokens[:-1]):
        close = pairs.get(index + 1)
        if _word(token) == "GROUP_CONCAT" and tokens[index + 1].text == "(" and close is not None:
            edits.append((token.start, token.start, "STR("))
            edits.append((_end(tokens[close]), _end(tokens[close]), ")"))
    return _replaced(text, edits)


# -- GRAPH ?g ------------------------------------------------------------------------------


def _with_graphs_one_by_one(text: str, tokens: list[Token], dataset: Dataset, most: int) -> str:
    pairs = _matching(tokens)
    edits = []
    until, size = -1, len(tokens)
    for index, close in _graph_groups(tokens, pairs):
        if index < until or not _evaluated_apart(tokens[index + 2 : close]):
            continue
        until = close
        graphs = _graphs_named(tokens) or dataset.named_graphs()
        size += len(graphs) * (close - index)
        if size > most:
            raise _too_long(tokens[index + 1].text, len(graphs), size, most)
        words = _union(text, tokens[index : close + 1], graphs)
        edits.append((tokens[index].start, _end(tokens[close]), words))
    return _replaced(text, edits)


def _too_long(variable: str, graphs: int, size: int, most: int) -> Problem:
    return Problem(
        400,
        f"GRAPH {variable} around a subquery, VALUES or MINUS is evaluated once for each of"
        f" {graphs} named graphs: found {size} words and signs, expected {most} at most;"
        " name fewer graphs with FROM NAMED.",
        f"GRAPH {variable} の中に副問い合わせ・VALUES・MINUS があるため、{graphs} 個の名前付き"
        f"グラフごとに評価します。語と記号が {size} 個になり、上限は {most} 個です。"
        "FROM NAMED でグラフを減らしてください。",
        limit="words",
    )


def _graph_groups(tokens: list[Token], pairs: dict[int, int]) -> Iterator[tuple[int, int]]:
    """Yield where each `GRAPH ?g { … }` begins and where its bracket closes."""
    for index, token in enumerate(tokens[:-2]):
        close = pairs.get(index + 2)
        is_open = tokens[index + 1].kind == "variable" and tokens[index + 2].text == "{"
        if _word(token) == "GRAPH" and is_open and close is not None:
            yield index, close


def _evaluated_apart(tokens: list[Token]) -> bool:
    return any(_word(token) in ("SELECT", "VALUES", "MINUS") for token in tokens)


def _graphs_named(tokens: list[Token]) -> list[str]:
    """Return the graphs of FROM NAMED, as the query writes them."""
    return [
        third.text
        for first, second, third in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if _word(first) == "FROM" and _word(second) == "NAMED" and third.kind in _TERMS
    ]


def _union(text: str, tokens: list[Token], graphs: list[str]) -> str:
    """Return `GRAPH ?g { … }` for each graph in turn."""
    variable, opening, closing = tokens[1].text, tokens[2], tokens[-1]
    if not graphs:
        return f"{{ VALUES {variable} {{ }} }}"
    parts = []
    for number, graph in enumerate(graphs):
        # One label must not stand in two groups.
        edits = [
            (_end(token), _end(token), f"_{number}")
            for token in tokens[3:-1]
            if token.kind == "name" and token.text.startswith("_:")
        ]
        shifted = [(s - opening.start, e - opening.start, words) for s, e, words in edits]
        group = _replaced(text[opening.start : _end(closing)], shifted)
        parts.append(f"{{ VALUES {variable} {{ {graph} }} GRAPH {graph} {group} }}")
    return "{ " + " UNION ".join(parts) + " }"


# -- paths of length zero ------------------------------------------------------------------


def _with_paths_of_length_zero(text: str, tokens: list[Token], dataset: Dataset) -> str:
    if any(_word(token) == "FROM" for token in tokens):
        # Which statements the query then sees is not looked up here.
        return text
    pairs = _matching(tokens)
    within = {i for start, end in _named_groups(tokens, pairs) for i in range(start, end)}
    prologue = text[: next((t.start for t in tokens if _word(t) in _FORMS), 0)]
    edits = []
    for index, token in enumerate(tokens):
        if token.text not in ("*", "?") or index in within:
            continue
        subject, end = _path_start(tokens, pairs, index) - 1, index + 1
        if not _is_alone(tokens, subject, end):
            continue
        variable, term = tokens[subject], tokens[end]
        if variable.kind != "variable":
            variable, term = term, variable
        if dataset.is_absent(prologue, term.text):
            words = f"VALUES {variable.text} {{ {term.text} }}"
            edits.append((tokens[subject].start, _end(tokens[end]), words))
    return _replaced(text, edits)


_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})


def _named_groups(tokens: list[Token], pairs: dict[int, int]) -> Iterator[tuple[int, int]]:
    """Yield the groups evaluated in a named graph, where the default graph does not count."""
    for index, token in enumerate(tokens[:-2]):
        if _word(token) == "GRAPH" and (close := pairs.get(index + 2)) is not None:
            yield index, close


def _path_start(tokens: list[Token], pairs: dict[int, int], index: int) -> int:
    """Return where the path begins that `*` or `?` at an index is the last sign of."""
    start = pairs.get(index - 1, index - 1)
    while start > 0 and tokens[start - 1].text in ("^", "!"):
        start -= 1
    return start


def _is_alone(tokens: list[Token], subject: int, end: int) -> bool:
    """Whether from subject to end there is one whole triple pattern, of a variable and a term."""
    if subject < 1 or end + 1 >= len(tokens):
        return False
    first, last, after = tokens[subject], tokens[end], tokens[end + 1]
    kinds = {first.kind, last.kind}
    return (
        "variable" in kinds
        and len(kinds & _TERMS) == 1
        and not any(token.text.startswith("_:") for token in (first, last))
        and tokens[subject - 1].text in ("{", "}", ".")
        and (after.text in ("}", ".", "{") or after.kind == "word")
    )
