"""The W3C data shapes test suite, Core and SPARQL: every report is the expected one.

The suite lies beside the checkout and is no part of it.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import RDF, SH, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.term import Node

from validator import ShapeError, validate

TESTS = Path(__file__).resolve().parent
SUITE = TESTS.parents[1] / "shared/suites/w3c-shacl"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
COUNTS = {"core": 98, "sparql": 23}
# What a report has to say; sh:detail and messages are the engine's own.
COMPARED = (
    SH.focusNode,
    SH.value,
    SH.resultPath,
    SH.resultSeverity,
    SH.sourceConstraint,
    SH.sourceConstraintComponent,
    SH.sourceShape,
)


@dataclass(frozen=True)
class Case:
    """A case of the suite, by its file; `suite`: core or sparql."""

    suite: str
    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(SUITE / self.suite).with_suffix("").as_posix()


def cases() -> list[Case]:
    """Return the cases by file: one of them is in no manifest."""
    found = [
        Case(suite, path)
        for suite in COUNTS
        for path in sorted((SUITE / suite).rglob("*.ttl"))
        if "sht:Validate" in path.read_text(encoding="utf-8")
    ]
    return found


@contextmanager
def literals_as_written() -> Iterator[None]:
    """Keep rdflib from rewriting literals: "1"^^xsd:boolean is not true here."""
    rdflib.NORMALIZE_LITERALS = False
    yield
    rdflib.NORMALIZE_LITERALS = True


def read(path: Path) -> Graph:
    with literals_as_written():
        return Graph().parse(path, format="turtle", publicID=path.as_uri())


def exceptions() -> dict[tuple[str, str], str]:
    with (TESTS / "w3c_shacl_exceptions.csv").open(encoding="utf-8", newline="") as file:
        return {(row["suite"], row["test"]): row["reason"] for row in csv.DictReader(file)}


def store_of(graph: Graph) -> ox.Store:
    """Return the graph as a store, its blank nodes with the names they have in it."""
    store = ox.Store()
    store.extend(ox.Quad(*map(to_pyoxigraph, triple)) for triple in graph)
    return store


def to_pyoxigraph(term: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(term.datatype) if term.datatype else None)


def comparable(graph: Graph, messages: set[Node]) -> Graph:
    """Return what is compared of a report: no details, no messages but the expected ones."""
    out = Graph()
    (report,) = graph.subjects(RDF.type, SH.ValidationReport)
    out.add((report, SH.conforms, Literal(str(graph.value(report, SH.conforms)) == "true")))
    for result in graph.objects(report, SH.result):
        out.add((report, SH.result, result))
        for predicate in COMPARED:
            for value in graph.objects(result, predicate):
                out.add((result, predicate, by_value(value)))
                if predicate == SH.resultPath:
                    copy_structure(graph, value, out)
        for message in graph.objects(result, SH.resultMessage):
            if message in messages:
                out.add((result, SH.resultMessage, message))
    return name_shared(out, report)


def by_value(term: Node) -> Node:
    """Return a decimal without the zeros at its end: the store keeps its value, not its form."""
    if isinstance(term, Literal) and term.datatype == XSD.decimal and "." in term:
        return Literal(str(term).rstrip("0").rstrip("."), datatype=XSD.decimal, normalize=False)
    return term


def copy_structure(graph: Graph, node: Node, out: Graph) -> None:
    if isinstance(node, BNode) and (node, None, None) not in out:
        for predicate, value in graph.predicate_objects(node):
            out.add((node, predicate, value))
            copy_structure(graph, value, out)


def name_shared(graph: Graph, report: Node) -> Graph:
    """Return the graph with the blank nodes of shapes and data as IRIs: they are the file's."""
    results = set(graph.objects(report, SH.result))

    def named(term: Node, predicate: Node) -> Node:
        shared = predicate not in (SH.result, SH.resultPath, RDF.rest, RDF.first)
        if isinstance(term, BNode) and term not in results and shared and term in files_nodes:
            return URIRef(f"urn:node:{term}")
        return term

    files_nodes = {o for _, p, o in graph if p in (SH.focusNode, SH.value, SH.sourceShape)}
    files_nodes |= {o for _, p, o in graph if p == SH.sourceConstraint}
    out = Graph()
    for s, p, o in graph:
        out.add((s, p, named(o, p)))
    return out


def difference(case: Case) -> str:
    """Return how a case differs from what is expected, or nothing."""
    manifest = read(case.path)
    ((test, expected),) = manifest.subject_objects(MF.result)
    action = manifest.value(test, MF.action)
    files = {
        predicate: str(manifest.value(action, predicate)).removeprefix("file://")
        for predicate in (SHT.dataGraph, SHT.shapesGraph)
    }
    graphs = {
        path: manifest if path == str(case.path) else read(Path(path)) for path in files.values()
    }
    shapes = graphs[files[SHT.shapesGraph]]
    try:
        report = validate(store_of(graphs[files[SHT.dataGraph]]), shapes)
    except ShapeError as error:
        return "" if expected == SHT.Failure else f"a failure: {error}"
    if expected == SHT.Failure:
        return "no failure"
    wanted = Graph()
    for triple in manifest:
        wanted.add(triple)
    messages = set(manifest.objects(None, SH.resultMessage))
    found = comparable(report.to_graph(), messages)
    if isomorphic(found, comparable(only(wanted, expected), messages)):
        return ""
    return f"another report: {found.serialize()}"


def only(graph: Graph, report: Node) -> Graph:
    """Return a graph without the other reports in it."""
    for other in list(graph.subjects(RDF.type, SH.ValidationReport)):
        if other != report:
            graph.remove((other, None, None))
    return graph


ALL = cases() if SUITE.is_dir() else []


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.suite}/{case.name}")
def test_report_is_the_expected_one(case: Case) -> None:
    reason = exceptions().get((case.suite, case.name))
    found = difference(case)
    if reason is None:
        assert found == ""
    else:
        assert found, f"no longer an exception ({reason})"


def test_suite_is_complete_and_its_exceptions_are_cases() -> None:
    if not ALL:
        pytest.skip("the W3C suite is not at hand (../shared/suites)")
    for suite, count in COUNTS.items():
        assert len([case for case in ALL if case.suite == suite]) == count
    assert exceptions().keys() <= {(case.suite, case.name) for case in ALL}
