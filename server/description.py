"""The SPARQL 1.1 Service Description of the endpoint, with its limits."""

from collections.abc import Iterator

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    RdfFormat,
    Triple,
    serialize,
)

from .limits import Limits
from .release import Release

SD = "http://www.w3.org/ns/sparql-service-description#"
FORMATS = "http://www.w3.org/ns/formats/"
RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
TRIPLES = NamedNode("http://rdfs.org/ns/void#triples")
SCHEMA = "https://schema.org/"
INTEGER = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
RESULT_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
)


def _sd(name: str) -> NamedNode:
    return NamedNode(SD + name)


def _limits(service: BlankNode, limits: Limits) -> Iterator[Triple]:
    """Yield each limit as a schema:PropertyValue: SD has no term for it."""
    for about in limits.document():
        node = BlankNode(f"limit_{about['name']}")
        yield Triple(service, NamedNode(SCHEMA + "additionalProperty"), node)
        yield Triple(node, RDF_TYPE, NamedNode(SCHEMA + "PropertyValue"))
        yield Triple(node, NamedNode(SCHEMA + "propertyID"), Literal(about["name"]))
        yield Triple(node, NamedNode(SCHEMA + "value"), Literal(about["value"]))
        yield Triple(node, NamedNode(SCHEMA + "unitText"), Literal(about["unit"]))
        for language, text in about["label"].items():
            yield Triple(node, NamedNode(SCHEMA + "name"), Literal(text, language=language))


def _statements(release: Release, limits: Limits, endpoint: str) -> Iterator[Triple]:
    service, dataset, default = BlankNode("service"), BlankNode("dataset"), BlankNode("default")
    yield Triple(service, RDF_TYPE, _sd("Service"))
    yield Triple(service, _sd("endpoint"), NamedNode(endpoint))
    yield Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    yield Triple(service, _sd("feature"), _sd("UnionDefaultGraph"))
    yield Triple(service, _sd("feature"), _sd("BasicFederatedQuery"))
    for name in RESULT_FORMATS:
        yield Triple(service, _sd("resultFormat"), NamedNode(FORMATS + name))
    yield from _limits(service, limits)
    yield Triple(service, _sd("defaultDataset"), dataset)
    yield Triple(dataset, RDF_TYPE, _sd("Dataset"))
    yield Triple(dataset, _sd("defaultGraph"), default)
    yield Triple(default, RDF_TYPE, _sd("Graph"))
    yield Triple(default, TRIPLES, Literal(str(release.quads), datatype=INTEGER))
    graphs = [name for name in release.store.named_graphs() if isinstance(name, NamedNode)]
    for number, graph in enumerate(sorted(graphs, key=lambda graph: graph.value)):
        named_graph = BlankNode(f"graph{number}")
        yield Triple(dataset, _sd("namedGraph"), named_graph)
        yield Triple(named_graph, RDF_TYPE, _sd("NamedGraph"))
        yield Triple(named_graph, _sd("name"), graph)


def describe(
    release: Release, limits: Limits, endpoint: str, writer: RdfFormat | QueryResultsFormat
) -> bytes:
    """Return the description of the endpoint at the address `endpoint`."""
    if not isinstance(writer, RdfFormat):
        raise TypeError(f"found {writer}, expected an RDF format")
    prefixes = {"sd": SD, "format": FORMATS, "void": "http://rdfs.org/ns/void#", "schema": SCHEMA}
    return (
        serialize(_statements(release, limits, endpoint), format=writer, prefixes=prefixes) or b""
    )
