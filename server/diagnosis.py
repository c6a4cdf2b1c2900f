"""Say what is wrong with a query that does not parse: where, what was found, what was expected."""

import difflib
import re

from .errors import Problem
from .prefixes import prefixes
from .query_text import Token, line_and_column, tokenize

_KEYWORDS = frozenset(
    """
    A ABS ADJUST ADD ALL AS ASC ASK AVG BASE BIND BNODE BOUND BY CEIL CLEAR COALESCE CONCAT
    CONSTRUCT CONTAINS COPY COUNT CREATE DATATYPE DAY DEFAULT DELETE DESC DESCRIBE DISTINCT DROP
    ENCODE_FOR_URI EXISTS FALSE FILTER FLOOR FROM GRAPH GROUP GROUP_CONCAT HASLANG HASLANGDIR
    HAVING HOURS IF IN INSERT INTO IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISTRIPLE ISURI LANG
    LANGDIR LANGMATCHES LATERAL LCASE LIMIT LOAD MAX MD5 MIN MINUS MINUTES MONTH MOVE NAMED NOT NOW
    OBJECT OFFSET OPTIONAL ORDER PREDICATE PREFIX RAND REDUCED REGEX REPLACE ROUND SAMETERM SAMPLE
    SECONDS SELECT SEPARATOR SHA1 SHA256 SHA384 SHA512 SILENT STR STRAFTER STRBEFORE STRDT STRENDS
    STRLANG STRLANGDIR STRLEN STRSTARTS STRUUID SUBJECT SUBSTR SUM TIMEZONE TO TRIPLE TRUE TZ
    UCASE UNDEF UNION URI USING UUID VALUES VERSION WHERE WITH YEAR
    """.split()
)
_UPDATE_WORDS = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY"})
_PAIRS = {"}": "{", ")": "(", "]": "["}
_POSITION = re.compile(r"error at (\d+):(\d+): (?:expected )?(.*)", re.DOTALL)
Finding = tuple[int, str, str]


def _first_word(tokens: list[Token]) -> Finding | None:
    """Find an update, or a word that is no keyword."""
    for token in tokens:
        word = token.text.upper()
        if token.kind != "word" or word[0].isdigit() or word[0] == "-" or word in ("E",):
            continue
        if word in _UPDATE_WORDS:
            return (
                token.start,
                f"found {word}, an update; expected SELECT, ASK, CONSTRUCT or DESCRIBE:"
                " this endpoint is read-only",
                f"更新の {word} があります。ここは読み取り専用で、"
                "SELECT・ASK・CONSTRUCT・DESCRIBE だけが使えます",
            )
        if word not in _KEYWORDS:
            near = difflib.get_close_matches(word, sorted(_KEYWORDS), 1)
            hint = f", expected {near[0]} perhaps" if near else ", which is no word of SPARQL"
            hint_ja = f"{near[0]} ではありませんか" if near else "SPARQL の語ではありません"
            found_ja = f"「{token.text}」という語があります。{hint_ja}"
            return token.start, f"found the word {token.text}{hint}", found_ja
    return None


def _prefix(tokens: list[Token]) -> Finding | None:
    """Find a prefixed name whose prefix nobody declared, the query or the ontology."""
    declared = set(prefixes())
    previous = ""
    for token in tokens:
        if token.kind == "name" and not token.text.startswith("_:"):
            prefix = token.text.split(":")[0]
            if previous == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared:
                line = f"PREFIX {prefix}: <…>"
                return (
                    token.start,
                    f"found {token.text}, but the prefix {prefix}: is not declared;"
                    f" expected {line} before the query",
                    f"{token.text} の接頭辞 {prefix}: が宣言されていません。"
                    f"問い合わせの前に {line} と書いてください",
                )
        previous = token.text.upper()
    return None


def _quotation(tokens: list[Token]) -> Finding | None:
    """Find a quotation mark without its end."""
    for token in tokens:
        if token.kind == "other" and token.text in "\"'":
            return (
                token.start,
                f"found {token.text} without an end; expected the same mark on the same line",
                f"{token.text} が閉じられていません。同じ行で閉じてください",
            )
    return None


def _bracket(tokens: list[Token]) -> Finding | None:
    """Find a bracket without its partner."""
    waiting: list[Token] = []
    for token in tokens:
        if token.kind == "open":
            waiting.append(token)
        elif token.kind == "close":
            if not waiting or waiting.pop().text != _PAIRS[token.text]:
                return (
                    token.start,
                    f"found {token.text}; expected an opening {_PAIRS[token.text]} before it,"
                    " and brackets closed in their order",
                    f"{token.text} に対応する {_PAIRS[token.text]} がありません",
                )
    if waiting:
        text = waiting[-1].text
        return (
            waiting[-1].start,
            f"found {text} without an end; expected the closing bracket",
            f"{text} が閉じられていません",
        )
    return None


def _parser(text: str, message: str) -> Finding:
    """Return what the parser says, for what the others do not find."""
    match = _POSITION.match(message)
    if match is None:
        return 0, f"found no query ({message})", f"問い合わせではありません（{message}）"
    lines = text.split("\n")
    line = min(int(match[1]), len(lines))
    offset = sum(len(before) + 1 for before in lines[: line - 1]) + int(match[2]) - 1
    expected = match[3] if len(match[3]) < 120 and "[_]" not in match[3] else ""
    ending = f" (the parser expected {expected})" if expected else ""
    return (
        min(offset, len(text)),
        f"found text that does not continue a SPARQL query here or just before{ending}",
        "ここ、またはすぐ前が SPARQL として読めません",
    )


def syntax_problem(text: str, message: str) -> Problem:
    """Return the problem for a query that the parser refused with `message`."""
    tokens = list(tokenize(text))
    findings = [check(tokens) for check in (_quotation, _first_word, _prefix)]
    first = min((found for found in findings if found), default=None)
    offset, found, found_ja = first or _bracket(tokens) or _parser(text, message)
    line, column = line_and_column(text, offset)
    shown = text.split("\n")[line - 1]
    return Problem(
        400,
        f"Query line {line}, column {column}: {found}.",
        f"問い合わせの {line} 行 {column} 文字目: {found_ja}。",
        query=text,
        line=line,
        column=column,
        text=shown[:500],
    )
