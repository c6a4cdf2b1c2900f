"""Cells of a list of projects: titles and venues without line breaks, and the bodies named."""

import datetime
import re
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode

from .errors import MappingError, UnknownName
from .foreign import Place
from .japanese_names import fold
from .names import Names
from .tables import read_table
from .terms import mint

_JAPANESE = r"\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
# 事業 ends a title; where another title follows it, the space between them is not a line break.
_TITLE_BREAK = re.compile(rf"(?<=[{_JAPANESE}])(?<!事業) (?=[{_JAPANESE}(])|(?<=\d) (?=\d)")
# A space after a whole name divides two places.
_VENUE_BREAK = re.compile(
    r"(?<![市区町村州国])(?<!豪州)(?<!ロシア)(?<!カナダ)(?<!アメリカ)(?<!アイルランド)"
    rf"(?<!ニュージーランド)(?<!オーストラリア)(?<=[{_JAPANESE})]) (?=[{_JAPANESE}])| (?=\()"
)
_AND = re.compile(r"[・+、]|又は|及び")


def fold_title(cell: str) -> str:
    """Return a title without the spaces that line breaks left.

    >>> fold_title("マディソン市国際姉妹都市締結1 5周年記念事業")
    'マディソン市国際姉妹都市締結15周年記念事業'
    >>> fold_title("農業青年派遣・受入事業 中学生台湾派遣事業")
    '農業青年派遣・受入事業 中学生台湾派遣事業'
    """
    return _TITLE_BREAK.sub("", cell)


def fold_venue(cell: str) -> str:
    """Return a venue without the spaces that line breaks left; nothing for 未定 or a dash.

    >>> fold_venue("帯広市、アメリカ ウィスコンシ ン州 マディソン市"), fold_venue("—")
    ('帯広市、アメリカ ウィスコンシン州 マディソン市', '')
    >>> fold_venue("オーストラリア 鷹栖町")
    'オーストラリア 鷹栖町'
    """
    return "" if cell in ("未定", "—") else _VENUE_BREAK.sub("", cell)


def place_iri(place: Place) -> NamedNode:
    """Return the IRI of a country, foreign government or foreign organization.

    >>> place_iri(Place("government", "CN/dalian", "大連市")).value
    'https://w3id.org/enishi/id/foreign/CN/dalian'
    """
    kind = {"country": "country", "government": "foreign", "organization": "organization"}
    return mint(kind[place.kind], *place.key.split("/"))


class Methods:
    """The table methods.csv: every row whose text a method cell contains applies."""

    def __init__(self, path: Path) -> None:
        """Read the table."""
        self._path = path
        self._rules = read_table(path, ("contains", "method"))

    def methods(self, cell: str) -> tuple[str, ...]:
        """Return the codes of scheme method, none for a blank cell.

        Raises MappingError for a part of the cell that no row accounts for.
        """
        found: dict[str, None] = {}
        for part in _AND.split(re.sub(r"\s", "", cell)):
            codes = [rule["method"] for rule in self._rules if rule["contains"] in part]
            if part and not codes:
                raise MappingError(
                    f"{self._path}: found no row for the method {part!r}, expected one."
                )
            found.update(dict.fromkeys(codes))
        return tuple(found)


@dataclass(frozen=True)
class NamedBodies:
    """The bodies a cell names, and those it says a body consists of or was proposed with."""

    bodies: tuple[NamedNode, ...]
    members: tuple[NamedNode, ...]


class Bodies:
    """Cuts a cell into the names of bodies, the longest known name at each place.

    The table bodies.csv has the phrases that are no name of ours: `kind` says which register
    `name` is of (agent, foreign, subprefecture, or none), `role` what it is: the body itself
    (self) or only a member of the body before it (member).
    """

    def __init__(self, path: Path, names: Names, prefecture: str, on: datetime.date) -> None:
        """Read the table; municipalities are those of `prefecture` on the day `on`."""
        self._names = names
        self._prefecture = prefecture
        self._on = on
        self._phrases: dict[str, list[dict[str, str]]] = {}
        for row in read_table(path, ("phrase", "name", "kind", "role", "note")):
            self._phrases.setdefault(fold(row["phrase"]), []).append(row)

    def read(self, cell: str) -> NamedBodies:
        """Return the bodies of a cell in print order. Raises UnknownName, AmbiguousName."""
        folded = fold(cell)
        bodies: list[NamedNode] = []
        members: list[NamedNode] = []
        position = 0
        while position < len(folded):
            if folded[position] == "、":
                position += 1
                continue
            end = self._longest(folded, position)
            part = folded[position:end]
            for row in self._phrases.get(part, [{"name": part, "kind": "agent", "role": "self"}]):
                if row["kind"] != "none":
                    (bodies if row["role"] == "self" else members).append(self._entity(row))
            position = end
        return NamedBodies(tuple(dict.fromkeys(bodies)), tuple(dict.fromkeys(members)))

    def _longest(self, folded: str, start: int) -> int:
        for end in range(len(folded), start, -1):
            part = folded[start:end]
            if part in self._phrases or self._is_agent(part):
                return end
        raise UnknownName(
            f"found {folded[start:]!r} in a cell of bodies, expected it to begin with a name of "
            "data/registers or a phrase of bodies.csv."
        )

    def _is_agent(self, name: str) -> bool:
        try:
            self._names.agent(name, self._prefecture, self._on)
        except UnknownName:
            return False
        return True

    def _entity(self, row: dict[str, str]) -> NamedNode:
        """Return the entity a row of bodies.csv names. Raises UnknownName."""
        if row["kind"] == "foreign":
            (place,) = self._names.foreign.parse(row["name"])
            return place_iri(place)
        if row["kind"] == "subprefecture":
            for known in self._names.registers.subprefectures:
                if known["name_ja"] == row["name"]:
                    return mint("subprefecture", known["slug"])
            raise UnknownName(f"found {row['name']!r}, expected the name of a subprefecture.")
        return self._names.agent(row["name"], self._prefecture, self._on)
