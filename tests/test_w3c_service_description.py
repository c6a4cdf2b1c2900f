"""The running endpoint describes itself as the W3C's three service description tests expect.

The schema they mean is the vocabulary of SPARQL 1.1 Service Description, section 3.
"""

from collections.abc import Iterator

import pytest
from pyoxigraph import Literal as Text
from pyoxigraph import NamedNode, Quad
from rdflib import RDF, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from tests.serving import Client, serving, write_release
from tests.w3c_suite import cases, require_suite

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
GRAPHS = ("https://example.org/g1", "https://example.org/g2")
RDF_TYPES = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
    "application/ld+json": "json-ld",
}
ONE_IRI, ANY_IRI = "an IRI", "IRIs"
# Property: its domain, its range. A range of one of these two is met by IRIs from elsewhere.
PROPERTIES = {
    "endpoint": ("Service", ONE_IRI),
    "feature": ("Service", "Feature"),
    "defaultEntailmentRegime": ("Service", ANY_IRI),
    "entailmentRegime": ("NamedGraph", ANY_IRI),
    "defaultSupportedEntailmentProfile": ("Service", ANY_IRI),
    "supportedEntailmentProfile": ("NamedGraph", ANY_IRI),
    "extensionFunction": ("Service", ANY_IRI),
    "extensionAggregate": ("Service", ANY_IRI),
    "languageExtension": ("Service", ANY_IRI),
    "supportedLanguage": ("Service", "Language"),
    "propertyFeature": ("Service", ANY_IRI),
    "defaultDataset": ("Service", "Dataset"),
    "availableGraphs": ("Service", "GraphCollection"),
    "resultFormat": ("Service", ANY_IRI),
    "inputFormat": ("Service", ANY_IRI),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("GraphCollection", "NamedGraph"),
    "name": ("NamedGraph", ONE_IRI),
    "graph": ("NamedGraph", "Graph"),
}
# Class: the classes whose members are members of it too.
CLASSES = {
    "Service": (),
    "Feature": (),
    "Language": (),
    "Function": (),
    "Aggregate": (),
    "EntailmentRegime": (),
    "EntailmentProfile": (),
    "GraphCollection": ("Dataset",),
    "Dataset": (),
    "Graph": (),
    "NamedGraph": (),
}
INSTANCES = {
    "SPARQL10Query": "Language",
    "SPARQL11Query": "Language",
    "SPARQL11Update": "Language",
    "DereferencesURIs": "Feature",
    "UnionDefaultGraph": "Feature",
    "RequiresDataset": "Feature",
    "EmptyGraphs": "Feature",
    "BasicFederatedQuery": "Feature",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server of two graphs."""
    predicate = NamedNode("https://example.org/p")
    quads = {Quad(predicate, predicate, Text("o"), NamedNode(name)) for name in GRAPHS}
    with serving(write_release(tmp_path_factory.mktemp("sd"), quads)) as client:
        yield client


def described(client: Client, media_type: str) -> Graph:
    """Return the description in a format; the answer must be of that type."""
    answer = client.request("GET", "/sparql", accept=media_type)
    assert (answer.status, answer.media_type) == (200, media_type)
    return Graph().parse(data=answer.body, format=RDF_TYPES[media_type], publicID=client.endpoint)


@pytest.fixture
def description(client: Client) -> Graph:
    """The description as the running server gives it."""
    return described(client, "text/turtle")


def breaches(graph: Graph) -> list[str]:
    """Return where a description leaves the schema, in sentences."""
    found = [f"{term} is not of the vocabulary" for term in _unknown_terms(graph)]
    for name, (domain, range_) in PROPERTIES.items():
        for subject, value in graph.subject_objects(SD[name]):
            if not _is_a(graph, subject, domain):
                found.append(f"sd:{name} of {subject}, which is no sd:{domain}")
            if not _is_in_range(graph, value, range_):
                found.append(f"sd:{name} is {value}, expected {range_}")
    return [*found, *_missing(graph)]


def _unknown_terms(graph: Graph) -> set[URIRef]:
    known = {SD[name] for name in (*PROPERTIES, *CLASSES, *INSTANCES)}
    return {term for triple in graph for term in triple if term in SD and term not in known}


def _is_a(graph: Graph, node: URIRef | BNode, name: str) -> bool:
    classes = {SD[name], *(SD[narrower] for narrower in CLASSES[name])}
    return INSTANCES.get(str(node).removeprefix(str(SD))) == name or bool(
        classes & set(graph.objects(node, RDF.type))
    )


def _is_in_range(graph: Graph, value: URIRef | BNode | Literal, range_: str) -> bool:
    if range_ in (ONE_IRI, ANY_IRI):
        return isinstance(value, URIRef)
    return not isinstance(value, Literal) and _is_a(graph, value, range_)


def _missing(graph: Graph) -> Iterator[str]:
    """Yield what a description must have and this one has not, or has too often."""
    services = set(graph.subjects(RDF.type, SD.Service))
    if len(services) != 1:
        yield f"{len(services)} sd:Service, expected one"
    once = [(SD.Service, SD.endpoint), (SD.Service, SD.defaultDataset)]
    once += [(SD.Dataset, SD.defaultGraph), (SD.NamedGraph, SD["name"])]
    for class_, name in once:
        for node in graph.subjects(RDF.type, class_):
            number = len(set(graph.objects(node, name)))
            if number != 1:
                yield f"{number} {name} of {node}, expected one"
    for name in (SD.supportedLanguage, SD.resultFormat):
        if (None, name, None) not in graph:
            yield f"no {name}, expected one or more"


# rdflib's own reader of JSON-LD uses what rdflib calls deprecated.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("media_type", RDF_TYPES)
def test_returns_rdf(client, description, media_type):
    graph = described(client, media_type)
    assert len(graph) > 0
    assert isomorphic(graph, description)


def test_returns_rdf_to_a_client_that_names_no_type(client, description):
    answer = client.request("GET", "/sparql")
    assert (answer.status, answer.media_type) == (200, "text/turtle")
    assert isomorphic(Graph().parse(data=answer.body, format="turtle"), description)


def test_has_endpoint_triple(client, description):
    assert set(description.objects(None, SD.endpoint)) == {URIRef(client.endpoint)}


def test_conforms_to_schema(description):
    assert breaches(description) == []


def test_describes_the_graphs_of_the_release(description):
    assert set(description.objects(None, SD["name"])) == {URIRef(name) for name in GRAPHS}


@pytest.mark.parametrize(
    ("removed", "added", "breach"),
    [
        ((None, SD.endpoint, None), None, "0 .*endpoint of .*, expected one"),
        ((None, RDF.type, SD.Service), None, "0 sd:Service"),
        ((None, RDF.type, SD.NamedGraph), None, "which is no sd:NamedGraph"),
        ((None, SD["name"], None), None, "0 .*name of"),
        (None, (SD.endpoint, Literal("x")), "sd:endpoint is x, expected an IRI"),
        (None, (SD.supportedLanguage, SD.EmptyGraphs), "expected Language"),
        (None, (SD.defaultDataset, BNode("x")), "sd:defaultDataset is x, expected Dataset"),
        (None, (SD["feature"], SD.Quick), "Quick is not of the vocabulary"),
        (None, (SD.namedGraph, BNode("x")), "which is no sd:GraphCollection"),
    ],
)
def test_a_description_that_leaves_the_schema_is_noticed(description, removed, added, breach):
    service = description.value(None, RDF.type, SD.Service)
    if removed:
        description.remove(removed)
    if added:
        description.add((service, *added))
    with pytest.raises(AssertionError, match=breach):
        assert not breaches(description), "; ".join(breaches(description))


def test_the_suite_has_these_three_cases():
    require_suite()
    names = {case.name for case in cases(("ServiceDescriptionTest",))}
    assert names == {"returns-rdf", "has-endpoint-triple", "conforms-to-schema"}
