"""Whom synthetic documents may name: the entities of the registers and the code lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from pyoxigraph import Literal, NamedNode, Quad

from mappings.terms import BASE, ENISHI, RDFS

from .proportions import PARTNERS_PER_DOCUMENT

KINDS = (
    "municipality", "prefecture", "subprefecture", "association", "company", "organization",
    "foreign", "country",
)  # fmt: skip
# So that queries about them find something in every release, as they do in the real one.
BUNKYO = "13105"
MORIOKA = "03201"


# The first year of which synthetic documents tell: whoever they name existed then.
FIRST_YEAR = "1975"


def _is_late(quad: Quad) -> bool:
    value = quad.object
    return (
        quad.predicate == ENISHI.validFrom
        and isinstance(value, Literal)
        and value.value > FIRST_YEAR
    )


@dataclass(frozen=True)
class Agent:
    """An entity with its labels; `key` is the last part of its IRI, `iri` stands in brackets."""

    iri: str
    key: str
    ja: str
    en: str


class Agents:
    """Agents by kind, and codes by scheme, each in the order of their IRIs."""

    def __init__(self, ground: Iterable[Quad]) -> None:
        """Find them in the statements of registers and ontology."""
        labels: dict[str, dict[str, str]] = {}
        codes: set[str] = set()
        gone: set[str] = set()
        for quad in ground:
            if not isinstance(quad.subject, NamedNode):
                continue
            iri = quad.subject.value
            if quad.predicate == ENISHI.validTo or _is_late(quad):
                gone.add(iri)
            elif quad.predicate == RDFS.label and isinstance(quad.object, Literal):
                labels.setdefault(iri, {})[quad.object.language or ""] = quad.object.value
            if iri.startswith(f"{BASE}id/code/") and iri.count("/") == BASE.count("/") + 3:
                codes.add(iri)
        self.by_kind: dict[str, list[Agent]] = {kind: [] for kind in KINDS}
        for iri, label in sorted(labels.items()):
            kind, _, key = iri.removeprefix(BASE + "id/").partition("/")
            if kind in self.by_kind and iri not in gone:
                agent = Agent(f"<{iri}>", key, label["ja"], label["en"])
                self.by_kind[kind].append(agent)
        self.codes: dict[str, list[str]] = {}
        for iri in sorted(codes):
            self.codes.setdefault(iri.split("/")[-2], []).append(f"<{iri}>")

    def owners(self, random: Random) -> list[Agent]:
        """Return every municipality in a random order, Bunkyo first."""
        municipalities = list(self.by_kind["municipality"])
        random.shuffle(municipalities)
        return sorted(municipalities, key=lambda agent: agent.key != BUNKYO)

    def draw(self, random: Random, kinds: dict[str, int], owner: Agent) -> list[Agent]:
        """Return the partners of a document, of kinds in the given proportions.

        Bunkyo's first partner is Morioka wherever it has municipalities as partners.
        """
        drawn = random.choices(list(kinds), list(kinds.values()), k=PARTNERS_PER_DOCUMENT)
        partners = [random.choice(self.by_kind[kind]) for kind in drawn]
        if owner.key == BUNKYO and "municipality" in kinds:
            morioka = next(a for a in self.by_kind["municipality"] if a.key == MORIOKA)
            partners.insert(0, morioka)
        return partners
