"""Names to entities: one, or an error that says what the candidates were."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import NamedNode

from .errors import AmbiguousName, EndedName, UnknownName
from .foreign import ForeignPlaces
from .japanese_names import fold
from .register_tables import Registers
from .terms import mint


class Index:
    """Folded names of one kind of entity; a name may belong to several."""

    def __init__(self, kind: str) -> None:
        """Make an empty index of `kind`, which is the word used in messages."""
        self.kind = kind
        self._entities: dict[str, set[NamedNode]] = defaultdict(set)

    def add(self, entity: NamedNode, names: Iterable[str]) -> None:
        """Let `entity` be found under each of `names`."""
        for name in names:
            if name:
                self._entities[fold(name)].add(entity)

    def candidates(self, name: str) -> set[NamedNode]:
        """Return every entity of that name."""
        return self._entities.get(fold(name), set())

    def one(self, name: str) -> NamedNode:
        """Return the entity of that name. Raises UnknownName or AmbiguousName."""
        found = self.candidates(name)
        if not found:
            raise UnknownName(f"found {name!r}, expected the name of a {self.kind}.")
        if len(found) > 1:
            listed = ", ".join(sorted(iri.value.rsplit("/id/", 1)[1] for iri in found))
            raise AmbiguousName(
                f"found {name!r}, which {len(found)} entities share ({listed}); expected a name "
                "that says which, for instance with its prefecture."
            )
        return next(iter(found))


class Names:
    """Every name the registers know."""

    def __init__(self, registers: Registers, foreign: ForeignPlaces) -> None:
        """Index the registers' names."""
        self.registers = registers
        self.foreign = foreign
        self._qualified = Index("local government with its prefecture")
        self._bare = Index("local government")
        self._agents = Index("association, company or organization")
        self._departments: dict[NamedNode, Index] = {}
        self._periods: dict[NamedNode, tuple[str, str]] = {}
        self._successor_of: dict[NamedNode, NamedNode] = {}
        self._prefecture_of: dict[NamedNode, str] = {}
        self._index_governments()
        self._index_agents()

    @classmethod
    def load(cls, data: Path) -> "Names":
        """Read the registers from `data`/registers."""
        return cls(Registers.load(data), ForeignPlaces.load(data / "registers"))

    def _index_governments(self) -> None:
        prefecture_names = {}
        for row in self.registers.prefectures:
            iri = mint("prefecture", row["code"])
            prefecture_names[row["code"]] = row["name_ja"]
            self._prefecture_of[iri] = row["code"]
            self._qualified.add(iri, [row["name_ja"]])
        for row in self.registers.municipalities:
            iri = mint("municipality", row["standard_area_code"])
            names = [row["name_ja"], *row["aliases_ja"].split("|")]
            self._bare.add(iri, names)
            prefecture = prefecture_names[row["prefecture"]]
            self._qualified.add(iri, [prefecture + name for name in names if name])
            self._periods[iri] = (row["valid_from"], row["valid_to"])
            if row["succeeded_by"]:
                self._successor_of[iri] = mint("municipality", row["succeeded_by"])
            self._prefecture_of[iri] = row["prefecture"]

    def _index_agents(self) -> None:
        registers = self.registers
        for row in registers.associations:
            names = [row["name_ja"], *row["aliases_ja"].split("|")]
            self._agents.add(mint("association", row["slug"]), names)
        for row in registers.companies:
            names = [row["name_ja"], *row["aliases_ja"].split("|")]
            self._agents.add(mint("company", row["corporate_number"] or row["slug"]), names)
        for row in registers.organizations:
            names = [row["name_ja"], *row["aliases_ja"].split("|")]
            self._agents.add(mint("organization", row["slug"]), names)
        for row in registers.departments:
            kind = "prefecture" if len(row["government"]) == 2 else "municipality"
            government = mint(kind, row["government"])
            index = self._departments.setdefault(
                government, Index(f"department of {government.value.rsplit('/id/', 1)[1]}")
            )
            department = mint("department", row["government"], row["slug"])
            index.add(department, [row["name_ja"]])

    def _in_force(self, found: set[NamedNode], on: datetime.date | None) -> set[NamedNode]:
        def holds(iri: NamedNode) -> bool:
            start, end = self._periods.get(iri, ("", ""))
            if on is None:
                return not end
            return (not start or start <= on.isoformat()) and (not end or on.isoformat() < end)

        return {iri for iri in found if holds(iri)} if len(found) > 1 else found

    def _require_not_ended(self, name: str, iri: NamedNode, on: datetime.date) -> None:
        """Raise EndedName for a body that was no more on the day meant.

        One that began only later is let through: a document calls a body by the name it has when
        the document is written, also where it tells of the time before.
        """
        end = self._periods.get(iri, ("", ""))[1]
        if end and end <= on.isoformat():
            raise EndedName(
                f"found {name!r} for {on.isoformat()}, but that municipality ended on {end}; "
                f"expected the name of its successor, "
                f"{self._successor_of[iri].value.rsplit('/id/', 1)[1]}."
            )

    def local_government(
        self, name: str, prefecture: str | None = None, on: datetime.date | None = None
    ) -> NamedNode:
        """Return the prefecture or municipality called `name`.

        `name` begins with its prefecture (岩手県盛岡市), or `prefecture` (two-digit code) is given,
        or no other municipality of Japan bears the name. `on`: the day it is meant for, which
        decides between bodies that had one name at different times and rules out one that had
        ended by then. Raises UnknownName, AmbiguousName.
        """
        found = self._qualified.candidates(name)
        if not found:
            found = self._bare.candidates(name)
            if prefecture is not None:
                found = {iri for iri in found if self._prefecture_of[iri] == prefecture}
        found = self._in_force(found, on)
        if len(found) == 1:
            (iri,) = found
            if on is not None:
                self._require_not_ended(name, iri, on)
            return iri
        return (self._bare if found else self._qualified).one(name)

    def prefecture_of(self, government: NamedNode) -> str:
        """Return the two-digit prefecture code of a local government."""
        return self._prefecture_of[government]

    def agent(
        self, name: str, prefecture: str | None = None, on: datetime.date | None = None
    ) -> NamedNode:
        """Return the local government, association, company or organization called `name`.

        Raises UnknownName, AmbiguousName.
        """
        if self._agents.candidates(name):
            return self._agents.one(name)
        try:
            return self.local_government(name, prefecture, on)
        except EndedName:
            raise
        except UnknownName:
            raise UnknownName(
                f"found {name!r}, expected the name of a local government (with its prefecture), "
                "association, company or organization of data/registers."
            ) from None

    def department(self, government: NamedNode, name: str) -> NamedNode:
        """Return the department of `government` called `name`. Raises UnknownName."""
        index = self._departments.get(government)
        if index is None:
            raise UnknownName(
                f"found {name!r}, but data/registers/departments.csv has no department of "
                f"{government.value}."
            )
        return index.one(name)
