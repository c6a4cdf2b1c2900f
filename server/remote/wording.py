"""Make of a query what may be sent to a store elsewhere, and what is done here with its answer.

A store gets SELECT and ASK alone, on graphs that are named to it, and nothing that only it would
understand: no function but casts, no dataset of the query's own choice, no comment. Graphs are made
here of its rows (`CONSTRUCT`, `DESCRIBE`), in the same way for every store.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from urllib.parse import urljoin

from ..errors import Problem
from ..query_text import Token, is_doubtful, line_and_column, tokenize

XSD = "http://www.w3.org/2001/XMLSchema#"
# Schemes of a store's own functions; they read files, call hosts and run programs there.
_INTERNAL = re.compile(r"<?(?:bif|sql|long|java|javascript|ext):", re.IGNORECASE)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_COMMENT = re.compile(r"#[^\r\n]*")
_UNESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")


@dataclass(frozen=True)
class Wording:
    """A query in pieces: its declarations, the variables and template of a graph, what follows.

    `form` is SELECT, ASK, CONSTRUCT or DESCRIBE; `head` what stands before the group (the whole
    projection of a SELECT), `template` the template of a CONSTRUCT with its brackets, `rest` the
    group and what follows; `default_graphs` and `named_graphs` those of FROM, None without any;
    `described` the IRIs that a DESCRIBE names.
    """

    form: str
    prologue: str
    head: str
    template: str
    rest: str
    variables: tuple[str, ...]
    described: tuple[str, ...]
    default_graphs: tuple[str, ...] | None
    named_graphs: tuple[str, ...] | None

    @property
    def text(self) -> str:
        """The SELECT or ASK to send: for a graph, the values of the variables in its template."""
        if self.form in ("SELECT", "ASK"):
            return f"{self.prologue} {self.head} {self.rest}"
        chosen = " ".join(self.variables) or "(1 AS ?nothing)"
        return f"{self.prologue} SELECT {chosen} {self.rest}"


class _Names:
    """The declarations of a query: resolves IRIs and prefixed names."""

    def __init__(self, base: str, prefixes: dict[str, str]) -> None:
        self.base, self.prefixes = base, dict(prefixes)

    def resolve(self, token: Token) -> str:
        """Return the IRI of a token; "" for a name whose prefix is not declared."""
        if token.kind == "iri":
            text = _UNESCAPED.sub(lambda m: chr(int(m[1] or m[2], 16)), token.text[1:-1])
            # Joining would take the empty fragment from a namespace.
            return text if _ABSOLUTE.match(text) else urljoin(self.base, text)
        prefix, _, local = token.text.partition(":")
        if prefix not in self.prefixes:
            return ""
        return self.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)


def word(text: str, base: str, prefixes: dict[str, str], aliases: dict[str, str]) -> Wording:
    """Return a query, which the embedded engine understands, in pieces to be sent.

    `prefixes` are declared besides the query's own; `aliases` are the IRIs that stand for others in
    the store. Raises Problem for what is not sent.
    """
    tokens = list(tokenize(text))
    names = _Names(base, prefixes)
    start = _read_prologue(tokens, names)
    _refuse_what_is_not_sent(text, tokens[start:], names)
    declared = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in names.prefixes.items())
    body, default_graphs, named_graphs = _cleaned(text, tokens[start:], names, aliases)
    form, *pieces, variables, described = _split(body)
    head, template, rest = pieces
    return Wording(
        form, f"BASE <{names.base}>\n{declared}", head, template, rest, variables, described,
        default_graphs, named_graphs,
    )  # fmt: skip


def _read_prologue(tokens: list[Token], names: _Names) -> int:
    """Read BASE and PREFIX; return where the query itself begins."""
    index = 0
    while index + 1 < len(tokens):
        keyword = tokens[index].text.upper() if tokens[index].kind == "word" else ""
        if keyword == "BASE":
            names.base = names.resolve(tokens[index + 1])
            index += 2
        elif keyword == "PREFIX" and index + 2 < len(tokens):
            prefix = tokens[index + 1].text.partition(":")[0]
            names.prefixes[prefix] = names.resolve(tokens[index + 2])
            index += 3
        else:
            break
    return index


def _refuse_what_is_not_sent(text: str, tokens: list[Token], names: _Names) -> None:
    for index, token in enumerate(tokens):
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if is_doubtful(token):
            raise _not_sent(text, token, "which can be read in two ways; put spaces around <")
        if token.kind not in ("iri", "name"):
            continue
        iri = names.resolve(token)
        if _INTERNAL.match(token.text) or _INTERNAL.match(iri) or "(" in token.text:
            raise _not_sent(text, token, "expected no function or term of the store's own")
        if following == "(" and not iri.startswith(XSD):
            raise _not_sent(
                text, token, "before a bracket, expected no function but SPARQL's own and casts"
            )


def _not_sent(text: str, token: Token, what: str) -> Problem:
    line, column = line_and_column(text, token.start)
    return Problem(
        400,
        f"Query line {line}, column {column}: found {token.text[:60]}, {what}.",
        f"問い合わせの {line} 行 {column} 文字目: {token.text[:60]} はストアに送れません。",
        query=text,
        line=line,
        column=column,
    )


def _cleaned(
    text: str, tokens: list[Token], names: _Names, aliases: dict[str, str]
) -> tuple[str, tuple[str, ...] | None, tuple[str, ...] | None]:
    """Return the text of tokens without comments and FROM, with aliases; and the graphs of FROM.

    The graphs are None where no FROM is.
    """
    default: list[str] = []
    named: list[str] = []
    pieces: list[str] = []
    end = tokens[0].start if tokens else len(text)
    until = -1
    for index, token in enumerate(tokens):
        # Between tokens there are white space, comments, and full stops after words.
        pieces.append(_COMMENT.sub(" ", text[end : token.start]))
        end = token.start + len(token.text)
        if token.kind == "word" and token.text.upper() == "FROM":
            is_named = tokens[index + 1].text.upper() == "NAMED"
            until = index + 1 + is_named
            (named if is_named else default).append(names.resolve(tokens[until]))
        if index <= until:
            continue
        iri = names.resolve(token) if aliases and token.kind in ("iri", "name") else ""
        pieces.append(f"<{aliases[iri]}>" if iri in aliases else token.text)
    pieces.append(_COMMENT.sub(" ", text[end:]))
    if until < 0:
        return "".join(pieces), None, None
    return "".join(pieces), tuple(default), tuple(named)


def _group_end(tokens: list[Token], start: int) -> int:
    """Return where the bracket that opens at `start` closes."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index].kind == "open") - (tokens[index].kind == "close")
        if depth == 0:
            return index
    return len(tokens) - 1


def _variables(tokens: Iterable[Token]) -> Iterator[str]:
    seen = dict.fromkeys("?" + token.text[1:] for token in tokens if token.kind == "variable")
    yield from seen


def _split(text: str) -> tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]:
    """Return form, head, template, rest, variables and described terms."""
    tokens = list(tokenize(text))
    form = tokens[0].text.upper()
    group = next((i for i, token in enumerate(tokens) if token.text == "{"), len(tokens))
    start = tokens[group].start if group < len(tokens) else len(text)
    if form == "DESCRIBE":
        return _split_describe(text, tokens, group, start)
    if form != "CONSTRUCT":
        return form, text[:start], "", text[start:], (), ()
    end = _group_end(tokens, group)
    variables = tuple(_variables(tokens[group : end + 1]))
    after = tokens[end].start + 1
    # CONSTRUCT WHERE { … }: the group is the template too.
    rest = text[after:] if group == 1 else text[start:]
    return form, "", text[start:after], rest, variables, ()


def _split_describe(
    text: str, tokens: list[Token], group: int, start: int
) -> tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]:
    ends = ("WHERE", "ORDER", "LIMIT", "OFFSET", "GROUP", "HAVING", "VALUES")
    head = list(takewhile(lambda token: token.text.upper() not in ends, tokens[1:group]))
    described = tuple(token.text for token in head if token.kind in ("iri", "name"))
    variables = tuple(_variables(head)) or (("*",) if any(t.text == "*" for t in head) else ())
    return "DESCRIBE", "", "", text[start:], variables, described
