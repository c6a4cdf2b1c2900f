"""A query whose SERVICE groups are replaced one after the other; the rest stays as written."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from .cursor import refuse
from .elements import Element, Names
from .queries import Parsed, is_relative


class Edits:
    """Stretches of a query and what stands in their place."""

    def __init__(self, parsed: Parsed) -> None:
        """Begin without any."""
        self.parsed = parsed
        self._starts = [token.start for token in parsed.tokens]
        self._edits: dict[int, tuple[int, str]] = {}
        self._counts = Counter(self._names(0, len(parsed.text)))
        # Every variable of the query: names that a text put in its place must not take.
        self.taken = frozenset(self._counts)

    def _names(self, start: int, end: int) -> Iterator[str]:
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        for token in self.parsed.tokens[first:last]:
            if token.kind == "variable":
                yield token.text[1:]

    def names_outside(self, start: int, end: int) -> Names:
        """Return the variables that are used before `start` or from `end` on."""
        inside = Counter(self._names(start, end))
        return frozenset(name for name, count in self._counts.items() if count > inside[name])

    def wanted(self, element: Element, bound: Names) -> list[str]:
        """Return the variables that the rest of the query may see, of those an element binds."""
        if self.parsed.keeps_all:
            return sorted(bound)
        return sorted(bound & self.names_outside(element.start, element.end))

    def replace(self, element: Element, text: str) -> None:
        """Let a text stand for an element, with whatever was replaced in it."""
        for start in [s for s in self._edits if element.start <= s < element.end]:
            del self._edits[start]
        self._edits[element.start] = (element.end, text)

    def render(self, start: int, end: int) -> str:
        """Return a stretch of the query as it stands now."""
        pieces, place = [], start
        for first in sorted(s for s in self._edits if start <= s < end):
            until, text = self._edits[first]
            pieces.append(self.parsed.text[place:first] + text)
            place = until
        return "".join(pieces) + self.parsed.text[place:end]

    def resolve(self, offset: int, term: str) -> str:
        """Return the IRI of a term at an offset. Raises Problem if it has none."""
        try:
            return self.parsed.prologue.resolve(term)
        except ValueError:
            if term.startswith("<"):
                raise refuse(
                    self.parsed.text,
                    offset,
                    f"found {term}, expected an IRI",
                    f"{term} は IRI ではありません",
                ) from None
            raise undeclared(self.parsed.text, offset, term) from None

    def remote(self, start: int, end: int) -> tuple[str, str]:
        """Return a stretch for another server, and the declarations of the prefixes in it.

        Without comments, IRIs absolute. Raises Problem for a prefix that nobody declared.
        """
        used = dict[str, str]()
        pieces, place = [], start
        for token in self.parsed.tokens[bisect_left(self._starts, start) :]:
            if token.start >= end:
                break
            if token.start < place:
                continue
            if token.start > place:
                pieces.append(" ")
            place = token.start + len(token.text)
            if token.start in self._edits:
                place, words = self._edits[token.start]
            elif is_relative(token):
                words = f"<{self.resolve(token.start, token.text)}>"
            else:
                words = token.text
                if token.kind == "name" and not words.startswith("_:"):
                    prefix = words.partition(":")[0]
                    namespace = self.parsed.prologue.namespace(prefix)
                    if namespace is None:
                        raise undeclared(self.parsed.text, token.start, words)
                    used[prefix] = namespace
            pieces.append(words)
        declared = "\n".join(f"PREFIX {prefix}: <{used[prefix]}>" for prefix in sorted(used))
        return "".join(pieces).strip(), declared


def undeclared(text: str, offset: int, name: str) -> Exception:
    """Return the problem that a name has a prefix nobody declared."""
    prefix = name.partition(":")[0]
    line = f"PREFIX {prefix}: <…>"
    return refuse(
        text,
        offset,
        f"found {name}, but the prefix {prefix}: is not declared; expected {line} before the query",
        f"{name} の接頭辞 {prefix}: が宣言されていません。問い合わせの前に {line} と書いてください",
    )
