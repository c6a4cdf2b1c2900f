"""A place in the tokens of a query, and the sentences that say what was expected there."""

import re
from collections.abc import Iterator

from ..errors import Problem
from ..query_text import Token, is_doubtful, line_and_column, tokenize

_WHOLE = re.compile(r"[-+]?\d+")
_REST = re.compile(r"\d+(?:[eE]-?\d+)?")
# The parser of the store and this one take a step of Python's stack for each of these.
MOST_DEPTH = 120


def _with_dots(text: str) -> Iterator[Token]:
    """Yield the tokens with the dots that the tokenizer leaves in words and names."""
    tokens = list(tokenize(text))
    number = 0
    while number < len(tokens):
        token = tokens[number]
        end = token.start + len(token.text)
        after = tokens[number + 1] if number + 1 < len(tokens) else None
        number += 1
        if token.kind == "name":
            name = token.text.rstrip(".")
            # A dot after a backslash is part of the name.
            name += "." if name.endswith("\\") else ""
            yield Token("name", name, token.start)
            for place in range(token.start + len(name), end):
                yield Token("other", ".", place)
        elif token.kind == "word" and text[end : end + 1] == ".":
            is_decimal = (
                after is not None
                and after.start == end + 1
                and _WHOLE.fullmatch(token.text)
                and _REST.fullmatch(after.text)
            )
            if is_decimal and after is not None:
                number += 1
                yield Token("word", f"{token.text}.{after.text}", token.start)
            else:
                yield token
                yield Token("other", ".", end)
        else:
            yield token


class Cursor:
    """The tokens of a query, read from left to right."""

    def __init__(self, text: str) -> None:
        """Read the tokens. Raises Problem for a text that can be read in two ways."""
        self.text = text
        self.tokens = list(_with_dots(text))
        self.at = 0
        self._end = Token("end", "the end of the query", len(text))
        for token in self.tokens:
            if is_doubtful(token):
                raise self.refuse(
                    token,
                    f"found {token.text}, which may be an IRI or a comparison, expected spaces"
                    " around < and > in a query with SERVICE, and an absolute IRI with //",
                    f"{token.text} は IRI とも比較とも読めます。SERVICE のある問い合わせでは"
                    " < と > の前後に空白を置き、IRI は // のある絶対 IRI で書いてください",
                )

    def peek(self, ahead: int = 0) -> Token:
        """Return the token at the place, or `ahead` of it."""
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else self._end

    def word(self, ahead: int = 0) -> str:
        """Return the word there in capitals; "" if there is none."""
        token = self.peek(ahead)
        return token.text.upper() if token.kind == "word" else ""

    def sign(self, ahead: int = 0) -> str:
        """Return the bracket or sign there; "" if there is none."""
        token = self.peek(ahead)
        return token.text if token.kind in ("open", "close", "other") else ""

    def take(self) -> Token:
        """Return the token at the place and go on."""
        token = self.peek()
        self.at += 1
        return token

    def skip(self, text: str) -> bool:
        """Go on if this word (in capitals) or sign is there; tell whether it was."""
        if text in (self.word(), self.sign()):
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> Token:
        """Return the word or sign and go on. Raises Problem if something else is there."""
        if text not in (self.word(), self.sign()):
            raise self.unexpected(text)
        return self.take()

    @property
    def end(self) -> int:
        """Where the token before the place ends (an offset in the text)."""
        before = self.tokens[self.at - 1]
        return before.start + len(before.text)

    def names(self, first: int) -> frozenset[str]:
        """Return the variables of the tokens from a place up to this one."""
        return frozenset(
            token.text[1:] for token in self.tokens[first : self.at] if token.kind == "variable"
        )

    def words(self, first: int) -> frozenset[str]:
        """Return the words, in capitals, of the tokens from a place up to this one."""
        return frozenset(
            token.text.upper() for token in self.tokens[first : self.at] if token.kind == "word"
        )

    def unexpected(self, expected: str) -> Problem:
        """Return the problem that something else was expected at the place."""
        token = self.peek()
        return self.refuse(
            token,
            f"found {token.text[:60]}, expected {expected}",
            f"「{token.text[:60]}」があります。ここに書けるのは {expected} です",
        )

    def refuse(self, token: Token, en: str, ja: str, **extra: str) -> Problem:
        """Return a problem at a token; the sentences have no place and no full stop."""
        return refuse(self.text, token.start, en, ja, **extra)


def refuse(text: str, offset: int, en: str, ja: str, **extra: str) -> Problem:
    """Return a problem at an offset of a query; the sentences have no place and no full stop."""
    line, column = line_and_column(text, offset)
    return Problem(
        400,
        f"Query line {line}, column {column}: {en}.",
        f"問い合わせの {line} 行 {column} 文字目: {ja}。",
        query=text,
        line=line,
        column=column,
        **extra,
    )
