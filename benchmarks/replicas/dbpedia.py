"""Articles on local governments, as the Japanese DBpedia writes them."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Triple

from mappings.terms import GEO, OWL, RDF, RDFS, XSD, Namespace, ja

from .areas import Area

DBO = Namespace("http://dbpedia.org/ontology/")
RESOURCES = "http://ja.dbpedia.org/resource/"
PLACE_NAMES = "http://geonames.jp/resource/"


def triples(areas: Iterable[Area]) -> Iterator[Triple]:
    """Yield an article for each place of today, named by its title: shared names by prefecture."""
    here = [area for area in areas if not area.ended]
    shared = Counter(area.name_ja for area in here)
    for area in here:
        name = area.name_ja
        title = f"{name}_({area.prefecture})" if shared[name] > 1 else name
        article = NamedNode(RESOURCES + title)
        yield Triple(article, RDF.type, DBO.Place)
        yield Triple(article, RDFS.label, ja(title.replace("_", " ")))
        yield Triple(article, OWL.sameAs, NamedNode(PLACE_NAMES + area.full_name))
        yield Triple(article, GEO.lat, Literal(area.lat, datatype=XSD.float))
        yield Triple(article, GEO.long, Literal(area.long, datatype=XSD.float))
        if area.kind != "prefecture":
            yield Triple(article, DBO.isPartOf, NamedNode(RESOURCES + area.prefecture))
