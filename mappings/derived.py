"""What follows from the documents: members of associations, ties and their evidence."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations

from pyoxigraph import Literal, NamedNode, Quad

from .model import Agreement
from .quads import Quads
from .register_tables import Registers
from .terms import ENISHI, ORG, RDF, RDFS, graph, integer, mint

DERIVED = graph("derived")
TIES_AT_ONCE = 2000


def members_on(
    registers: Registers, association: dict[str, str], day: datetime.date
) -> list[NamedNode]:
    """Return the municipalities an association's rule makes its members on `day`, by the register.

    The rule: all municipalities of its prefecture of the types in `member_types`.
    """
    types = association["member_types"].split("|")
    on = day.isoformat()
    return [
        mint("municipality", row["standard_area_code"])
        for row in registers.municipalities
        if row["prefecture"] == association["prefecture"]
        and row["type"] in types
        and (not row["valid_from"] or row["valid_from"] <= on)
        and (not row["valid_to"] or on < row["valid_to"])
    ]


def add_members(
    quads: Quads,
    registers: Registers,
    agreements: Iterable[Agreement],
    today: datetime.date,
) -> None:
    """Add each association's members on the day it first signed an agreement, else `today`."""
    signed: dict[NamedNode, datetime.date] = {}
    for agreement in agreements:
        for party in agreement.parties:
            for date in agreement.signed_on:
                signed[party] = min(signed.get(party, date.first_day()), date.first_day())
    for row in registers.associations:
        iri = mint("association", row["slug"])
        members = members_on(registers, row, signed.get(iri, today))
        for member in members:
            quads.add(DERIVED, iri, (ORG.hasMember, member))
            quads.add(DERIVED, member, (ORG.memberOf, iri))
        quads.add(DERIVED, iri, (ENISHI.memberCount, integer(len(members))))


def tie_quads(
    together: Iterable[tuple[NamedNode, Collection[NamedNode]]],
    labels: Mapping[NamedNode, Mapping[str, str]],
) -> Iterator[set[Quad]]:
    """Yield, many at a time, a tie between every two agents that share an agreement or activity.

    The parties of an agreement share it; so do organizers and participants of an activity. A
    place an activity only aims at does not take part in it.

    `together`: agreements and activities with those who share them. `labels`: of every agent.
    """
    quads = Quads()
    evidence: dict[tuple[NamedNode, NamedNode], list[NamedNode]] = defaultdict(list)
    for iri, agents in together:
        for pair in combinations(sorted(agents, key=str), 2):
            evidence[pair].append(iri)
    for number, ((a, b), things) in enumerate(evidence.items(), 1):
        tie = mint("tie", _short(a), _short(b))
        one, other = labels[a], labels[b]
        quads.add_labels(
            DERIVED,
            tie,
            f"{one['ja']}と{other['ja']}の縁",
            f"Tie between {one['en']} and {other['en']}",
        )
        quads.add(DERIVED, a, (ENISHI.tie, b))
        quads.add(DERIVED, b, (ENISHI.tie, a))
        quads.add(
            DERIVED,
            quads.mint_once(tie, "derived ties"),
            (RDF.type, ENISHI.Tie),
            (ENISHI.between, a),
            (ENISHI.between, b),
            (ENISHI.evidenceCount, integer(len(things))),
            *((ENISHI.evidence, thing) for thing in things),
        )
        if number % TIES_AT_ONCE == 0:
            yield quads.take()
    yield quads.take()


def labels_of(quads: Quads) -> dict[NamedNode, dict[str, str]]:
    """Return what everything in `quads` is called, by language."""
    found: dict[NamedNode, dict[str, str]] = defaultdict(lambda: {"ja": "", "en": ""})
    for quad in quads.all:
        if quad.predicate == RDFS.label and isinstance(quad.subject, NamedNode):
            if isinstance(quad.object, Literal):
                found[quad.subject][quad.object.language or ""] = quad.object.value
    return found


def _short(agent: NamedNode) -> str:
    """Return an agent's IRI as one segment: municipality-13105, foreign-CN-dalian."""
    return agent.value.partition("/id/")[2].replace("/", "-")
