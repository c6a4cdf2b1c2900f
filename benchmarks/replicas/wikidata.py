"""Items with their codes and populations, as Wikidata writes them."""

from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Triple

from mappings.register_tables import Registers
from mappings.terms import RDFS, WIKIDATA, XSD, Namespace, en, integer, ja

from .areas import Area
from .estat import YEARS, population

DIRECT = Namespace("http://www.wikidata.org/prop/direct/")
CLAIM = Namespace("http://www.wikidata.org/prop/")
STATED = Namespace("http://www.wikidata.org/prop/statement/")
QUALIFIED = Namespace("http://www.wikidata.org/prop/qualifier/")
WIKIBASE = Namespace("http://wikiba.se/ontology#")


def triples(areas: Iterable[Area], registers: Registers) -> Iterator[Triple]:
    """Yield the items of countries and local governments.

    Countries and prefectures have the numbers of Wikidata where the registers know them; the
    others are not Wikidata's.
    """
    items = {row["code"] + "000": row["wikidata"] for row in registers.prefectures}
    for row in registers.countries:
        if row["wikidata"]:
            country = NamedNode(WIKIDATA + row["wikidata"])
            yield Triple(country, RDFS.label, ja(row["name_ja"]))
            yield Triple(country, RDFS.label, en(row["name_en"]))
            yield Triple(country, DIRECT.P297, Literal(row["iso_code"]))
    for area in areas:
        if not area.ended:
            yield from _government(area, items.get(area.code) or f"replica-{area.code}")


def _government(area: Area, name: str) -> Iterator[Triple]:
    item = NamedNode(WIKIDATA + name)
    yield Triple(item, RDFS.label, ja(area.name_ja))
    yield Triple(item, RDFS.label, en(area.name_en))
    yield Triple(item, DIRECT.P429, Literal(area.government_code))
    for when in YEARS:
        statement = NamedNode(f"{WIKIDATA}statement/replica-{area.code}-{when}")
        value = Literal(f"+{population(area, when)}", datatype=XSD.decimal)
        yield Triple(item, CLAIM.P1082, statement)
        yield Triple(statement, STATED.P1082, value)
        day = Literal(f"{when}-10-01T00:00:00Z", datatype=XSD.dateTime)
        yield Triple(statement, QUALIFIED.P585, day)
        rank = WIKIBASE.PreferredRank if when == max(YEARS) else WIKIBASE.NormalRank
        yield Triple(statement, WIKIBASE.rank, rank)
    yield Triple(item, DIRECT.P1082, integer(population(area, max(YEARS))))
