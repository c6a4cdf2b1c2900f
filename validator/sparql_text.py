"""Queries of shapes as text: what SHACL-SPARQL allows, and how $this gets its nodes.

A query of a shape speaks of one node, $this. Run once for each node it would be slow; so the nodes
are put into it as a pattern: at the head of every group that has to know $this. Where the answer
for many nodes at once would not be that for each (an aggregate over no GROUP BY, say), `plan` says
so, and the query is run for each node.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from .errors import ShapeError

TOKEN = re.compile(
    r"""
    (?P<space>\s+|\#[^\n\r]*)
    |(?P<iri><[^\x00-\x20<>"{}|^`\\]*>)
    |(?P<string>\"\"\"(?:(?:\"|\"\")?(?:[^"\\]|\\.))*\"\"\"
        |'''(?:(?:'|'')?(?:[^'\\]|\\.))*'''
        |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
    |(?P<variable>[?$]\w+)
    |(?P<word>@?[\w\u00b7.-]*:(?:[\w\u00b7.:%-]|\\.)*|@?[\w-]+)
    |(?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
FORBIDDEN = {
    "SERVICE", "MINUS", "VALUES", "CONSTRUCT", "DESCRIBE", "FROM", "INSERT", "DELETE", "LOAD",
    "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH", "USING",
}  # fmt: skip
AGGREGATES = {"COUNT", "SUM", "AVG", "MIN", "MAX", "SAMPLE", "GROUP_CONCAT"}


@dataclass
class Token:
    """A token of a query: its kind (a group of TOKEN) and text."""

    kind: str
    text: str

    @property
    def word(self) -> str:
        """The keyword a token may be, in capitals; a mark as it is."""
        return self.text.upper() if self.kind in ("word", "mark") else ""

    @property
    def name(self) -> str:
        """The name of a variable, or nothing."""
        return self.text[1:] if self.kind == "variable" else ""


@dataclass
class Group:
    """A { } of a query. `before`: the tokens between it and the brace or group before it.

    `start`, `end`: the indexes of its braces among the tokens.
    """

    start: int
    before: list[Token]
    end: int = 0
    groups: "list[Group]" = field(default_factory=list)

    @property
    def role(self) -> str:
        """What makes the group: EXISTS, OPTIONAL, GRAPH, or nothing of these."""
        words = [token.word for token in self.before if token.kind != "space"]
        if words[-1:] and words[-1] in ("EXISTS", "OPTIONAL"):
            return words[-1]
        return "GRAPH" if "GRAPH" in words[-2:-1] else ""


def tokens(text: str) -> list[Token]:
    """Return a query's tokens, none left out."""
    return [Token(str(found.lastgroup), found[0]) for found in TOKEN.finditer(text)]


def check_query(text: str, is_ask: bool, where: str) -> None:
    """Refuse what a query of a shape may not have (SHACL appendix A and 5.2.1).

    Raises ShapeError: for SERVICE, MINUS, VALUES, updates; for a new value of $this; for a
    subquery that does not return it.
    """
    all_tokens = tokens(text)
    for token in all_tokens:
        if token.kind == "word" and token.word in FORBIDDEN:
            raise ShapeError(f"{where} has {token.word}, which a query of a shape may not have.")
        if token.kind == "mark" and token.text == "\\":
            # \u0053ERVICE would be SERVICE to some engines.
            raise ShapeError(f"{where} has an escape (\\) outside texts and IRIs.")
    form = "ASK" if is_ask else "SELECT"
    if form not in (token.word for token in all_tokens):
        raise ShapeError(f"{where} has no {form}, where one belongs.")
    significant = [token for token in all_tokens if token.kind != "space"]
    bound = {"this", "value"} if is_ask else {"this"}
    for token, following in pairwise(significant):
        if token.word == "AS" and following.name in bound | {"shapesGraph", "currentShape"}:
            raise ShapeError(f"{where} gives ${following.name} a value, but it has one.")
    if "this" not in _projected(all_tokens, 0) and not is_ask:
        raise ShapeError(f"{where} does not return $this.")
    for group in walk(outline(all_tokens)):
        _check_subquery(all_tokens, group, is_ask, where)


def _check_subquery(all_tokens: list[Token], group: Group, is_ask: bool, where: str) -> None:
    following = (t for t in all_tokens[group.start + 1 :] if t.kind != "space")
    if next(following, Token("mark", "")).word != "SELECT":
        return
    needed = {"this"} if not is_ask else {"value"}
    if not needed <= _projected(all_tokens, group.start + 1):
        names = " and ".join(f"${name}" for name in sorted(needed))
        raise ShapeError(f"{where} has a subquery that does not return {names} by name.")


def _projected(all_tokens: list[Token], start: int) -> set[str]:
    """Return the names between the first SELECT after `start` and its group."""
    names: set[str] = set()
    begun = False
    for token in all_tokens[start:]:
        begun = begun or token.word == "SELECT"
        if begun and token.text == "{":
            break
        if begun:
            names.add(token.name)
    return names - {""}


def outline(all_tokens: list[Token]) -> Group:
    """Return the outermost group of a query. Raises ShapeError if braces do not match."""
    root = Group(-1, [])
    stack = [root]
    since = 0
    for index, token in enumerate(all_tokens):
        if token.text == "{" and token.kind == "mark":
            group = Group(index, all_tokens[since:index])
            stack[-1].groups.append(group)
            stack.append(group)
        elif token.text == "}" and token.kind == "mark":
            stack.pop().end = index
        else:
            continue
        since = index + 1
        if not stack:
            break
    if len(stack) != 1 or len(root.groups) != 1:
        raise ShapeError("A query of a shape has braces that do not match.")
    return root.groups[0]


def walk(group: Group) -> list[Group]:
    """Return a group and all in it."""
    return [group, *(inner for part in group.groups for inner in walk(part))]


def is_set_based(text: str) -> bool:
    """Tell whether a query gives for many nodes at once what it gives for each."""
    all_tokens = tokens(text)
    words = {token.word for token in all_tokens}
    if words & {"LIMIT", "OFFSET"} or "shapesGraph" in {token.name for token in all_tokens}:
        return False
    root = outline(all_tokens)
    if "GROUP" in words or words & AGGREGATES:
        # One grouping only, and by $this: any other is rare, and right when run for each node.
        if len([token for token in all_tokens if token.word == "SELECT"]) > 1:
            return False
        tail = all_tokens[root.end :]
        keys = [index for index, token in enumerate(tail) if token.word == "GROUP"]
        ends = [i for i, token in enumerate(tail) if token.word in ("HAVING", "ORDER")]
        if not keys or "this" not in {t.name for t in tail[keys[0] : min(ends, default=None)]}:
            return False
    return not any(g.role == "GRAPH" and _mentions(all_tokens, g, "this") for g in walk(root))


def has_aggregates(text: str) -> bool:
    """Tell whether a query counts or groups."""
    return bool({token.word for token in tokens(text)} & (AGGREGATES | {"GROUP"}))


def _mentions(all_tokens: list[Token], group: Group, name: str) -> bool:
    return any(token.name == name for token in all_tokens[group.start : group.end])


def with_focus(text: str, pattern: str) -> str:
    """Return a query with a pattern that binds $this at the head of each group that needs it."""
    all_tokens = tokens(text)
    heads: set[int] = set()
    _heads(all_tokens, outline(all_tokens), heads, True)
    return "".join(
        f"{token.text} {pattern} " if index in heads else token.text
        for index, token in enumerate(all_tokens)
    )


def _heads(all_tokens: list[Token], group: Group, heads: set[int], outermost: bool) -> None:
    if group.role in ("EXISTS", "GRAPH"):
        # EXISTS is evaluated for each solution around it, and knows its $this.
        return
    following = (t for t in all_tokens[group.start + 1 :] if t.kind != "space")
    is_subquery = next(following, Token("mark", "")).word == "SELECT"
    needs = outermost or (group.role != "OPTIONAL" and _mentions(all_tokens, group, "this"))
    if needs and not is_subquery:
        heads.add(group.start)
    for part in group.groups:
        _heads(all_tokens, part, heads, False)


def substitute(text: str, values: Mapping[str, str | None]) -> str:
    """Return a query with variables replaced by terms, as pre-binding wants (SHACL 5.3).

    `values`: for each name the text of a term or path; None for one that is not bound at all and
    stays a variable. BOUND() of a replaced variable is known.
    """
    parts = re.split(r"(?i)\bBOUND\s*\(\s*[?$](\w+)\s*\)", text)
    in_string = any(t.kind == "string" and "bound" in t.text.lower() for t in tokens(text))
    if not in_string:
        text = parts[0] + "".join(
            _bound(name, values) + rest for name, rest in zip(parts[1::2], parts[2::2], strict=True)
        )
    out: list[str] = []
    # In SELECT … { and GROUP BY …, and outside parentheses, a bare term may not stand.
    clause, depth, before = "", 0, ""
    selects = seen = 0
    for token in tokens(text):
        if token.word in ("SELECT", "GROUP"):
            clause, depth = token.word, 0
            selects += token.word == "SELECT"
        elif token.word in ("{", "}", "WHERE", "HAVING", "ORDER", "LIMIT", "OFFSET"):
            clause = ""
        elif clause and token.word in ("(", ")"):
            depth += 1 if token.word == "(" else -1
        value = values.get(token.name) if token.name else None
        if value is None or before == "AS":
            out.append(token.text)
        elif clause and depth == 0:
            # Only the outermost SELECT returns it by its name.
            seen += 1
            name = token.name if clause == "SELECT" and selects == 1 else f"{token.name}_{seen}"
            out.append(f"({value} AS ?{name})")
        else:
            out.append(value)
        before = token.word if token.kind != "space" else before
    return "".join(out)


def _bound(name: str, values: Mapping[str, str | None]) -> str:
    if name not in values:
        return f"BOUND(?{name})"
    return "(false)" if values[name] is None else "(true)"
