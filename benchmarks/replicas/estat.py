"""The area codes and the population cube, as the statistics LOD of e-Stat writes them."""

from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Triple

from mappings.terms import DCTERMS, ORG, QB, RDF, RDFS, SAC, XSD, Namespace, en, integer, ja, year

from .areas import Area, drawn

SACS = Namespace("http://data.e-stat.go.jp/lod/terms/sacs#")
IC = Namespace("http://imi.go.jp/ns/core/rdf#")
DIMENSION = Namespace("http://data.e-stat.go.jp/lod/ontology/g00200502/dimension/")
CODE = Namespace("http://data.e-stat.go.jp/lod/ontology/g00200502/code/")
CROSS_DOMAIN = Namespace("http://data.e-stat.go.jp/lod/ontology/crossDomain/dimension/")
SDMX_DIMENSION = Namespace("http://purl.org/linked-data/sdmx/2009/dimension#")
SDMX_MEASURE = Namespace("http://purl.org/linked-data/sdmx/2009/measure#")
OBSERVATIONS = "http://data.e-stat.go.jp/lod/dataset/replica/"
POPULATION = CODE["indicator-A1101"]
CLASSES = {
    "prefecture": "Prefecture", "designated-city": "DesignatedCity", "city": "City",
    "special-ward": "SpecialWard", "town": "Town", "village": "Village",
}  # fmt: skip
YEARS = (2015, 2020)
# Nobody's figures: between these a population is drawn.
MOST = {"prefecture": 9_000_000, "designated-city": 3_000_000, "village": 5_000}
USUAL_MOST = 300_000
# The day on which area codes begin where the register tells no other.
FIRST_DAY = "1970-04-01"


def population(area: Area, when: int) -> int:
    """Return the figure that the replica gives for an area: drawn, not counted."""
    return drawn("population", area.code, when).randrange(100, MOST.get(area.kind, USUAL_MOST))


def plain(area: Area) -> NamedNode:
    """Return the code without a day, to which Enishi links."""
    return NamedNode(f"{SAC}C{area.code}")


def dated(area: Area) -> NamedNode:
    """Return the code with the day from which it holds, as this replica has it."""
    return NamedNode(f"{plain(area).value}-{(area.begun or FIRST_DAY).replace('-', '')}")


def triples(areas: Iterable[Area], years: Iterable[int] = YEARS) -> Iterator[Triple]:
    """Yield the area codes, and the population of each area that still is, in some years."""
    wanted = tuple(years)
    for area in areas:
        yield from _codes(area)
        for when in wanted if not area.ended else ():
            yield from _observation(area, when)


def _codes(area: Area) -> Iterator[Triple]:
    code, here = plain(area), dated(area)
    yield Triple(code, RDF.type, SACS.PlainStandardAreaCode)
    yield Triple(code, DCTERMS.identifier, Literal(area.code))
    yield Triple(code, SACS.latestCode, here)
    yield Triple(here, RDF.type, SACS.StandardAreaCode)
    yield Triple(here, DCTERMS.identifier, Literal(area.code))
    yield Triple(here, SACS.checkDigit, Literal(area.government_code[-1]))
    yield Triple(here, SACS.administrativeClass, SACS[CLASSES[area.kind]])
    yield Triple(here, RDFS.label, ja(area.name_ja))
    yield Triple(here, RDFS.label, en(area.name_en))
    if area.kana:
        yield Triple(here, RDFS.label, Literal(area.kana, language="ja-hrkt"))
    yield Triple(here, IC.表記, ja(area.name_ja))
    yield Triple(here, DCTERMS.issued, Literal(area.begun or FIRST_DAY, datatype=XSD.date))
    if area.ended:
        yield Triple(here, DCTERMS.valid, Literal(area.ended, datatype=XSD.date))
        event = NamedNode(f"http://data.e-stat.go.jp/lod/sace/replica-{area.code}")
        yield Triple(event, RDF.type, SACS.CodeChangeEvent)
        yield Triple(event, ORG.originalOrganization, here)
        yield Triple(event, DCTERMS.date, Literal(area.ended, datatype=XSD.date))


def _observation(area: Area, when: int) -> Iterator[Triple]:
    node = NamedNode(f"{OBSERVATIONS}population-{area.code}-{when}")
    yield Triple(node, RDF.type, QB.Observation)
    yield Triple(node, DIMENSION.indicator, POPULATION)
    yield Triple(node, CROSS_DOMAIN.timePeriod, year(when))
    yield Triple(node, SDMX_DIMENSION.refArea, dated(area))
    yield Triple(node, SDMX_MEASURE.obsValue, integer(population(area, when)))
