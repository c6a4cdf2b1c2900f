"""Printed names of foreign places, and what they stand for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .errors import AmbiguousName, ResolutionError, UnknownName
from .foreign_tokens import Entity, Link, Token, tokenize
from .japanese_names import fold
from .register_tables import COLUMNS
from .tables import read_table

Kind = Literal["country", "government", "organization"]


@dataclass(frozen=True)
class Country:
    """A country or region of ISO 3166-1."""

    iso_code: str
    name_ja: str
    name_en: str


@dataclass(frozen=True)
class Place:
    """What a stretch of print stands for: `key` is an ISO code or a register's slug."""

    kind: Kind
    key: str
    text: str


@dataclass
class _Context:
    """The country and region that names later in a cell lie in, once they are printed."""

    country: str = ""
    region: str = ""


class ForeignPlaces:
    """Finds countries, foreign governments and organizations of foreign states by name."""

    def __init__(
        self,
        countries: Iterable[Mapping[str, str]],
        governments: Iterable[Mapping[str, str]],
        organizations: Iterable[Mapping[str, str]] = (),
    ) -> None:
        """Index rows of the registers; organizations without a country are left out."""
        self._countries: dict[str, Country] = {}
        self._regions: dict[str, str] = {}
        self._names: dict[str, list[Entity]] = defaultdict(list)
        for row in countries:
            code = row["iso_code"]
            self._countries[code] = Country(code, row["name_ja"], row["name_en"])
            self._add(Entity("country", code, code), row)
        for row in governments:
            self._regions[row["slug"]] = row["region"]
            self._add(Entity("government", row["slug"], row["country"]), row)
        for row in organizations:
            if row["country"]:
                self._add(Entity("organization", row["slug"], row["country"]), row)

    @classmethod
    def load(cls, registers: Path) -> "ForeignPlaces":
        """Read the tables of the folder `registers`. Raises TableError."""
        names = ("countries", "foreign_governments", "organizations")
        return cls(*(read_table(registers / f"{n}.csv", COLUMNS[n].split()) for n in names))

    def country(self, text: str) -> Country:
        """Return the country called `text`, by any of its names. Raises UnknownName."""
        for entity in self._names.get(fold(text), ()):
            if entity.kind == "country":
                return self._countries[entity.key]
        raise UnknownName(f"found {text!r}, expected the name of a country.")

    def parse(
        self, text: str, *, default_country: str | None = None, ignore: Collection[str] = ()
    ) -> list[Place]:
        """Return the places a printed cell names, each once, in the order of print.

        A country or region followed by a place inside it (at once, after a space, ・ or colon,
        or in parentheses) says where that place lies; otherwise it is meant itself. Both hold
        for the names that follow, up to the next country. `default_country`: ISO code of the
        country preferred where none is printed. `ignore`: phrases of the cell that are no
        foreign place. Raises UnknownName for text no register accounts for, AmbiguousName for
        a name of several places, ResolutionError for a place printed in a region it is not in.
        """
        context = _Context()
        found: list[tuple[Entity, Token]] = []
        last: Entity | None = None
        for token in tokenize(text, self._names, ignore):
            entity = None
            if last is not None and token.link is not Link.LIST:
                entity = self._inside(token, last, context)
                if entity is not None:
                    found.pop()
            if entity is None:
                if last is not None and token.link is Link.ADJACENT:
                    raise ResolutionError(
                        f"{token.where}: found {token.text!r} right after {last.key}, "
                        "expected a place that lies in it, or a separator between them."
                    )
                entity = self._alone(token, context, default_country)
            found.append((entity, token))
            last = entity
        places: dict[Entity, Place] = {}
        for entity, token in found:
            places.setdefault(entity, Place(entity.kind, entity.key, token.text))
        return list(places.values())

    def _add(self, entity: Entity, row: Mapping[str, str]) -> None:
        for name in {fold(name) for name in (row["name_ja"], *row["aliases_ja"].split("|"))}:
            if name:
                self._names[name].append(entity)

    def _lies_in(self, entity: Entity, outer: Entity) -> bool:
        if outer.kind == "country":
            return entity.country == outer.key and entity.kind != "country"
        region = self._regions.get(entity.key, "") if entity.kind == "government" else ""
        while region and region != outer.key:
            region = self._regions[region]
        return bool(region)

    def _inside(self, token: Token, outer: Entity, context: _Context) -> Entity | None:
        """Return the place of that name inside `outer`, which then is the context."""
        nested = [entity for entity in token.candidates if self._lies_in(entity, outer)]
        if not nested:
            return None
        context.country = outer.country
        context.region = outer.key if outer.kind == "government" else ""
        return self._one(token, nested)

    def _alone(self, token: Token, context: _Context, default: str | None) -> Entity:
        """Return the place of that name, given what was printed before."""
        candidates = list(token.candidates)
        if context.country:
            region = Entity("government", context.region, context.country)
            country = Entity("country", context.country, context.country)
            for outer in (region, country):
                within = [entity for entity in candidates if self._lies_in(entity, outer)]
                if within:
                    return self._one(token, within)
            candidates = [entity for entity in candidates if entity.kind == "country"]
            if not candidates:
                raise UnknownName(
                    f"{token.where}: found {token.text!r}, expected a place in "
                    f"{self._countries[context.country].name_ja} or a country before it."
                )
        elif default:
            preferred = [entity for entity in candidates if entity.country == default]
            candidates = preferred or candidates
        entity = self._one(token, candidates)
        if entity.kind == "country":
            context.country = context.region = ""
        return entity

    def _one(self, token: Token, candidates: list[Entity]) -> Entity:
        if len(candidates) > 1:
            listed = ", ".join(sorted(f"{entity.kind} {entity.key}" for entity in candidates))
            raise AmbiguousName(
                f"{token.where}: found {token.text!r}, which several places are called "
                f"({listed}); expected the country or region before it."
            )
        return candidates[0]
