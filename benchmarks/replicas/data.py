"""The data of all replicas, by the name of their endpoint in the registry."""

from collections.abc import Callable, Iterable

from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple

from mappings.register_tables import Registers

from . import dbpedia, estat, gbizinfo, jpsearch, ndl, wikidata
from .areas import Area

Source = Callable[[Registers, list[Area]], Iterable[Triple]]
SOURCES: dict[str, Source] = {
    "estat": lambda registers, areas: estat.triples(areas),
    "gbizinfo": lambda registers, areas: gbizinfo.triples(areas, registers.companies),
    "ndl": lambda registers, areas: ndl.triples(areas, registers),
    "jpsearch": lambda registers, areas: jpsearch.triples(areas),
    "wikidata": lambda registers, areas: wikidata.triples(areas, registers),
    "dbpedia": lambda registers, areas: dbpedia.triples(areas),
}  # fmt: skip
# The graph that the real endpoint keeps the data in, where a query has to know it.
GRAPHS: dict[str, NamedNode] = {"gbizinfo": gbizinfo.GRAPH}


def replica(name: str, registers: Registers, areas: list[Area]) -> list[Quad]:
    """Return what an endpoint of this name holds here, in a fixed order."""
    graph = GRAPHS.get(name, DefaultGraph())
    return [
        Quad(triple.subject, triple.predicate, triple.object, graph)
        for triple in SOURCES[name](registers, areas)
    ]
