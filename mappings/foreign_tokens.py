"""A printed cell cut into the names of foreign places it consists of."""

import enum
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .errors import UnknownName
from .japanese_names import fold, fold_with_offsets


class Link(enum.Enum):
    """What is printed between a name and the one before it."""

    ADJACENT = "nothing"
    CLOSE = "a space, middle dot, colon or opening parenthesis"
    LIST = "a comma, another separator or other words"


@dataclass(frozen=True)
class Entity:
    """A row of a register: `country` is the ISO code it belongs to, or its own."""

    kind: Literal["country", "government", "organization"]
    key: str
    country: str


@dataclass(frozen=True)
class Token:
    """A name in print, the rows it may mean, and where it stands."""

    text: str
    where: str
    candidates: tuple[Entity, ...]
    link: Link


# Words that belong to the wording of a list of places, whatever the document.
_PARTICLES = {
    fold(word) for word in "内 両市 及び 又は と を構成する市町村 の構成市町村 ノ構成市町村".split()
}
_OPENING = frozenset("(:[")
_LISTING = frozenset("、,;/)]&+。")
_SOFT = frozenset(" \u3000\t\r\n・·･-‐–—−")


class _Cell:
    """A printed cell, folded."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded, self.offsets = fold_with_offsets(text)

    def printed(self, start: int, end: int) -> str:
        """Return the print of folded characters `start` to `end`, without what follows."""
        limit = self.offsets[end] if end < len(self.folded) else len(self.text)
        return self.text[self.offsets[start] : limit].rstrip("".join(_SOFT))

    def gap_before(self, position: int) -> bool:
        """Tell whether a space or middle dot stands before a folded character."""
        if position == 0:
            return False
        between = self.text[self.offsets[position - 1] + 1 : self.offsets[position]]
        return any(character in _SOFT for character in between)

    def stands_alone(self, start: int, end: int) -> bool:
        """Tell whether a separator or an end of the cell is on both sides."""
        marks = _OPENING | _LISTING
        before = start == 0 or self.gap_before(start) or self.folded[start - 1] in marks
        last = end == len(self.folded)
        return before and (last or self.gap_before(end) or self.folded[end] in marks)

    def where(self, position: int) -> str:
        """Say where a folded character is printed."""
        return f"character {self.offsets[position] + 1} of {self.text!r}"


def tokenize(
    text: str, names: Mapping[str, Sequence[Entity]], ignore: Collection[str] = ()
) -> Iterator[Token]:
    """Yield the names in `text`, the longest that fits at each place.

    `names`: folded name → rows; `ignore`: further phrases to pass over. A name of a single
    character (米, 豪) counts only between separators. Raises UnknownName at text that is none
    of these.
    """
    cell = _Cell(text)
    passed = _PARTICLES | {fold(phrase) for phrase in ignore if fold(phrase)}
    longest = max(map(len, [*names, *passed]))
    position = 0
    link = Link.LIST
    while position < len(cell.folded):
        character = cell.folded[position]
        if character in _OPENING:
            link = Link.CLOSE if link is not Link.LIST else Link.LIST
            position += 1
        elif character in _LISTING:
            link = Link.LIST
            position += 1
        else:
            end = _match(cell, position, longest, names, passed)
            matched = cell.folded[position:end]
            if matched in names:
                if link is Link.ADJACENT and cell.gap_before(position):
                    link = Link.CLOSE
                yield Token(
                    cell.printed(position, end),
                    cell.where(position),
                    tuple(names[matched]),
                    link,
                )
                link = Link.ADJACENT
            else:
                link = Link.LIST
            position = end


def _match(
    cell: _Cell,
    start: int,
    longest: int,
    names: Mapping[str, Sequence[Entity]],
    passed: Collection[str],
) -> int:
    """Return where the longest known name or phrase that begins at `start` ends."""
    for end in range(min(len(cell.folded), start + longest), start, -1):
        part = cell.folded[start:end]
        if part in passed or (part in names and (len(part) > 1 or cell.stands_alone(start, end))):
            return end
    end = start + 1
    marks = _OPENING | _LISTING
    while end < len(cell.folded) and cell.folded[end] not in marks and not cell.gap_before(end):
        end += 1
    raise UnknownName(
        f"{cell.where(start)}: found {cell.printed(start, end)!r}, expected a country, "
        "foreign government or organization of the registers."
    )
