"""Read the tokens of a query before it is evaluated: SERVICE, nesting, size, kind, dataset.

The parser of the store recurses, and a deep or long query ends the process; it also calls any
host that a SERVICE clause names. So a query is scanned first, and the scan must never see less
than the parser does. Where a text can be read in two ways (`?a<?b#>` is an IRI to a lexer and a
comparison with a comment to the parser) the scan assumes the worse one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ESCAPE = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_NAME = r"[0-9A-Za-z_\-\u0080-\U0010FFFF]"
_TOKEN = re.compile(
    rf"""
    (?P<space>[ \t\r\n]+)
  | (?P<comment>\#[^\r\n]*)
  | (?P<string>'''(?:[^'\\]|\\.|'(?!''))*''' | \"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"
             | '(?:[^'\\\r\n]|\\.)*' | "(?:[^"\\\r\n]|\\.)*")
  | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|{_ESCAPE})*>)
  | (?P<variable>[?$][0-9A-Za-z_\u0080-\U0010FFFF]+)
  | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<name>(?:{_NAME}(?:{_NAME}|\.)*+)?:(?:{_NAME}|[.:%]|\\[^\r\n])*+)
  | (?P<word>{_NAME}(?:{_NAME}|\.)*+)
  | (?P<open>[{{(\[])
  | (?P<close>[}})\]])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_UPDATES = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
)
# Functions whose value is another each time: an answer that holds one must not be kept.
_VOLATILE = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
# What a short text must not hold to be plain: see _plain_form.
_SPECIAL = ("service", "from", "now", "rand", "uuid", "bnode")
_PROLOGUE = re.compile(
    r"(?:[ \t\r\n]+|\#[^\r\n]*|(?:PREFIX[ \t\r\n]+[\w\-.]*:|BASE)[ \t\r\n]*<[^<>\s]*>)*+"
    r"(SELECT|ASK|CONSTRUCT|DESCRIBE)\b",
    re.IGNORECASE,
)
# After these a prefixed name is the name of a graph, whatever its prefix is called.
_BEFORE_GRAPH = frozenset({"GRAPH", "FROM", "NAMED"})


@dataclass(frozen=True)
class Token:
    """A piece of a query: its kind, its text, where it starts (from 0)."""

    kind: str
    text: str
    start: int


@dataclass(slots=True)
class Scan:
    """What a scan finds: positions are offsets in the text, None where there is nothing.

    `form` is SELECT, ASK, CONSTRUCT, DESCRIBE, the keyword of an update, or "". `is_volatile`:
    asked again, the query may be answered with other values.
    """

    form: str = ""
    tokens: int = 0
    has_dataset: bool = False
    is_volatile: bool = False
    service: int | None = None
    too_deep: int | None = None
    too_long: int | None = None


def tokenize(text: str) -> Iterator[Token]:
    """Yield the tokens of a query without white space and comments."""
    for match in _TOKEN.finditer(text):
        kind, start = match.lastgroup or "other", match.start()
        if kind == "word":
            # A run such as true.FILTER is matched whole, or a long one would be read n² times.
            for piece in re.finditer(r"[^.]+", match.group()):
                yield Token(kind, piece.group(), start + piece.start())
        elif kind not in ("space", "comment"):
            yield Token(kind, match.group(), start)


def is_doubtful(token: Token) -> bool:
    """Tell whether `<…>` could be a comparison whose right side hides a comment or string.

    No expression holds two slashes in a row, so an IRI with `//` first is certainly one.
    """
    return (
        token.kind == "iri"
        and "//" not in re.split(r"[#']", token.text, maxsplit=1)[0]
        and ("#" in token.text or "'" in token.text)
    )


def _calls_service(token: Token, previous: str, following: str) -> bool:
    if token.kind == "word":
        return "service" in token.text.lower()
    # The parser reads SERVICEex:a { as SERVICE ex:a {, without a space between.
    return (
        token.kind == "name"
        and "service" in token.text.split(":")[0].lower()
        and following == "{"
        and previous not in _BEFORE_GRAPH
    )


def _plain_form(text: str, max_depth: int, max_tokens: int) -> str:
    """Return the form of a query that shows without its tokens that nothing is special in it.

    Most queries do, and reading the tokens takes as long as answering one of them. Returns "" for
    a text to be read: one long enough to hold too many tokens, with so many brackets, wherever
    they stand, that they could be too deep, or with a word of _SPECIAL in it, even in a string.
    """
    lower = text.lower()
    if len(text) > max_tokens or any(map(lower.__contains__, _SPECIAL)):
        return ""
    if text.count("{") + text.count("(") + text.count("[") > max_depth:
        return ""
    match = _PROLOGUE.match(text)
    return match[1].upper() if match else ""


def scan(text: str, max_depth: int, max_tokens: int) -> Scan:
    """Return what a query holds. Never raises; the text may be no query at all.

    Above `max_depth` brackets in each other the text is too deep, above `max_tokens` words and
    signs outside VALUES rows it is too long.
    """
    if form := _plain_form(text, max_depth, max_tokens):
        return Scan(form)
    found = Scan()
    tokens = list(tokenize(text))
    doubtful = any(is_doubtful(token) for token in tokens)
    if doubtful:
        _assume_the_worst(text, found, max_depth, max_tokens)
    depth, previous, in_values = 0, "", ""
    for index, token in enumerate(tokens):
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        word = token.text.upper() if token.kind == "word" else token.text
        if token.kind == "open":
            depth += 1
            in_values = "data" if in_values == "head" and word == "{" else in_values
        elif token.kind == "close":
            depth -= 1
            in_values = "" if word == "}" else in_values
        elif _calls_service(token, previous, following) and found.service is None:
            found.service = token.start
        elif token.kind == "word":
            _note_keyword(found, word, depth)
            in_values = "head" if word == "VALUES" else in_values
        # Rows of VALUES do not make the parser recurse: they may be many.
        found.tokens += 0 if in_values == "data" else 1
        if depth > max_depth and found.too_deep is None:
            found.too_deep = token.start
        if found.tokens > max_tokens and found.too_long is None:
            found.too_long = token.start
        previous = word
    return found


def _note_keyword(found: Scan, word: str, depth: int) -> None:
    if not found.form and (word in _FORMS or word in _UPDATES):
        found.form = word
    if word.startswith("FROM") and depth == 0:
        found.has_dataset = True
    if word in _VOLATILE:
        found.is_volatile = True


def _assume_the_worst(text: str, found: Scan, max_depth: int, max_tokens: int) -> None:
    """Count everything in a doubtful text, also what stands in strings and comments."""
    service = re.search("service", text, re.IGNORECASE)
    found.service = service.start() if service else None
    opening = [match.start() for match in re.finditer(r"[{(\[]", text)]
    found.too_deep = opening[max_depth] if len(opening) > max_depth else None
    found.is_volatile = True
    pieces = [match.start() for match in re.finditer(rf"{_NAME}+|[^\s]", text)]
    found.too_long = pieces[max_tokens] if len(pieces) > max_tokens else None


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, both from 1.

    >>> line_and_column("ab\\ncd", 4)
    (2, 2)
    """
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")
