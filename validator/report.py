"""The report of a validation: results in a stable order, and as a graph (SHACL 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from .paths import Path
from .terms import sort_key


@dataclass(frozen=True)
class Result:
    """One violation.

    `path`: as SHACL writes it in SPARQL's words, "" if none; `path_node`: the predicate or a
    structure, to be copied into a graph; `messages`: the texts with their languages; `detail`:
    the results of the shape that a value does not conform to (sh:node).
    """

    focus: Node
    path: str
    value: Node | None
    source_shape: Node
    component: URIRef
    severity: URIRef
    message_literals: tuple[Literal, ...] = ()
    path_node: Path | None = field(default=None, compare=False)
    source_constraint: Node | None = None
    detail: "tuple[Result, ...]" = ()

    @property
    def messages(self) -> dict[str, str]:
        """The message of each language; "" for a text without one. Several are joined by lines."""
        found: dict[str, str] = {}
        for literal in self.message_literals:
            tag = literal.language or ""
            found[tag] = f"{found[tag]}\n{literal}" if tag in found else str(literal)
        return found

    @property
    def key(self) -> tuple[str, ...]:
        """What the order of a report is made of."""
        terms = (self.source_shape, self.focus, self.component, self.value)
        shape, focus, component, value = map(sort_key, terms)
        return (shape, self.path, focus, component, value)


@dataclass(frozen=True)
class Report:
    """What a validation found.

    `results`: by shape, path, focus node, component and value; not more of each shape than the
    limit. `counts`: how many each shape has in full, the shapes without any left out. `notes`:
    where the data do not allow what the specification asks for, one sentence in each language.
    """

    results: tuple[Result, ...]
    counts: Mapping[Node, int]
    notes: tuple[Mapping[str, str], ...] = ()

    @property
    def conforms(self) -> bool:
        """Whether nothing was found, of any severity (SHACL 3.6.1.1)."""
        return not self.counts

    @property
    def total(self) -> int:
        """How many results there are in full."""
        return sum(self.counts.values())

    def to_graph(self) -> Graph:
        """Return the report as a graph with one sh:ValidationReport."""
        graph = Graph()
        graph.bind("sh", SH)
        report = BNode()
        graph.add((report, RDF.type, SH.ValidationReport))
        graph.add((report, SH.conforms, Literal(self.conforms)))
        for result in self.results:
            graph.add((report, SH.result, _add_result(graph, result)))
        return graph


def _add_result(graph: Graph, result: Result) -> Node:
    node = BNode()
    graph.add((node, RDF.type, SH.ValidationResult))
    graph.add((node, SH.focusNode, result.focus))
    graph.add((node, SH.resultSeverity, result.severity))
    graph.add((node, SH.sourceConstraintComponent, result.component))
    graph.add((node, SH.sourceShape, result.source_shape))
    if result.path_node is not None:
        graph.add((node, SH.resultPath, result.path_node.add_to(graph)))
    if result.value is not None:
        graph.add((node, SH.value, result.value))
    if result.source_constraint is not None:
        graph.add((node, SH.sourceConstraint, result.source_constraint))
    for message in result.message_literals:
        graph.add((node, SH.resultMessage, message))
    for detail in result.detail:
        graph.add((node, SH.detail, _add_result(graph, detail)))
    return node
