"""The W3C test suites: their manifests read as cases, their data as one release, their results.

The suites lie beside the checkout and are no part of it.
"""

import csv
import io
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.query import Result
from rdflib.term import Identifier

TESTS = Path(__file__).resolve().parent
SUITE = TESTS.parents[1] / "shared/suites/w3c-rdf-tests/sparql11"
EXCEPTIONS = TESTS / "w3c_exceptions.csv"
# Where the suite is published; files have no other name in the graph than their address there.
SITE = "https://w3c.github.io/rdf-tests/sparql/sparql11/"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
RDF_FORMATS = {
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".ttl": ox.RdfFormat.TURTLE,
}
Row = Mapping[str, Identifier]
# How an answer can differ from the expected one, as the table of exceptions says it.
ANSWER, LEXICAL_FORM = "answer", "lexical form"


@dataclass(frozen=True)
class Case:
    """A test of a manifest; files are addresses under SITE."""

    suite: str
    name: str
    kind: str
    query: str
    data: tuple[str, ...] = ()
    graphs: tuple[str, ...] = ()
    result: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What names the case in the table of exceptions."""
        return self.suite, self.name

    @property
    def text(self) -> str:
        """The query."""
        return path_of(self.query).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Solutions:
    """The rows of a SELECT, in the order of the result if it has one, or the truth of an ASK."""

    variables: frozenset[str] = frozenset()
    rows: tuple[Row, ...] = ()
    ordered: bool = False
    truth: bool | None = None


def path_of(address: str) -> Path:
    """Return the file at an address of the suite."""
    return SUITE / address.removeprefix(SITE)


def require_suite() -> None:
    """Skip the test, saying why, where the suites are not at hand."""
    if not SUITE.is_dir():
        pytest.skip("the W3C suite is not at hand (../shared/suites)")


def cases(kinds: Iterable[str], without: Iterable[str] = ()) -> list[Case]:
    """Return the cases of some kinds in every folder but those `without`, by folder and order."""
    folders = sorted({path.parent.name for path in SUITE.glob("*/manifest.ttl")} - set(without))
    return [case for folder in folders for case in _manifest(folder) if case.kind in kinds]


def _manifest(folder: str) -> Iterator[Case]:
    address = f"{SITE}{folder}/manifest.ttl"
    graph = Graph().parse(path_of(address), format="turtle", publicID=address)
    for entries in graph.objects(None, MF.entries):
        for entry in graph.items(entries):
            yield _case(graph, folder, entry)


def _case(graph: Graph, folder: str, entry: Identifier) -> Case:
    action = graph.value(entry, MF.action)
    query = graph.value(action, QT.query) or graph.value(action, QT.request) or action
    return Case(
        suite=folder,
        name=str(entry).rpartition("#")[2],
        kind=str(graph.value(entry, RDF.type)).rpartition("#")[2],
        query=str(query),
        data=tuple(map(str, graph.objects(action, QT.data))),
        graphs=tuple(sorted(map(str, graph.objects(action, QT.graphData)))),
        result=str(graph.value(entry, MF.result) or ""),
    )


def data_quads(chosen: Iterable[Case]) -> set[ox.Quad]:
    """Return every data file of the cases as a graph named by its address."""
    addresses = sorted({address for case in chosen for address in (*case.data, *case.graphs)})
    return {
        quad for number, address in enumerate(addresses) for quad in _quads(address, f"f{number}")
    }


def _quads(address: str, label: str) -> Iterator[ox.Quad]:
    """Yield the statements of a file; its blank nodes get labels no other file has."""
    graph = ox.NamedNode(address)
    path = path_of(address)

    def local(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> object:
        return ox.BlankNode(label + term.value) if isinstance(term, ox.BlankNode) else term

    for quad in ox.parse(path=str(path), format=RDF_FORMATS[path.suffix], base_iri=address):
        yield ox.Quad(local(quad.subject), quad.predicate, local(quad.object), graph)


def table_of_exceptions() -> dict[tuple[str, str], str]:
    """Return how each case that is a known exception differs from what is expected."""
    with EXCEPTIONS.open(encoding="utf-8", newline="") as file:
        return {(row["suite"], row["test"]): row["difference"] for row in csv.DictReader(file)}


def exceptions_among(chosen: Iterable[Case]) -> dict[tuple[str, str], str]:
    """Return the known exceptions among some cases."""
    keys = {case.key for case in chosen}
    return {key: value for key, value in table_of_exceptions().items() if key in keys}


def is_ordered(query: str) -> bool:
    """Tell whether the outermost query orders its rows.

    >>> is_ordered("SELECT * { ?s ?p ?o } ORDER BY ?s LIMIT 3")
    True
    >>> is_ordered("SELECT * { { SELECT ?s { ?s ?p ?o } ORDER BY ?s } }")
    False
    """
    return re.search(r"\bORDER\s+BY\b", query.rpartition("}")[2], re.IGNORECASE) is not None


@contextmanager
def _literals_as_written() -> Iterator[None]:
    """Keep rdflib from rewriting literals: 01 stays 01 until values are to be compared."""
    before = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False
    try:
        yield
    finally:
        rdflib.NORMALIZE_LITERALS = before


def read_graph(text: bytes, base: str) -> Graph:
    """Return the graph of a Turtle text, literals as they are written."""
    with _literals_as_written():
        return Graph().parse(data=text, format="turtle", publicID=base)


def read_results(text: bytes, suffix: str, ordered: bool) -> Solutions:
    """Return the results in a text whose format is that of a file with this suffix."""
    if suffix in (".csv", ".tsv"):
        return _read_cells(text.decode("utf-8"), "," if suffix == ".csv" else "\t", ordered)
    with _literals_as_written():
        formats = {".srx": "xml", ".srj": "json"}
        result = Result.parse(io.BytesIO(text), format=formats[suffix])
        if result.type == "ASK":
            return Solutions(truth=result.askAnswer)
        rows = [{str(name): term for name, term in row.items()} for row in result.bindings]
    return Solutions(frozenset(map(str, result.vars or ())), tuple(rows), ordered)


def _read_cells(text: str, delimiter: str, ordered: bool) -> Solutions:
    """Return the cells of CSV or TSV as they are written.

    The end of a line may be CR LF, as the standard wants, or LF, as the suite has it.
    """
    quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    header, *lines = csv.reader(io.StringIO(text), delimiter=delimiter, quoting=quoting)
    rows = [
        {name: _cell(cell) for name, cell in zip(header, line, strict=True) if cell}
        for line in lines
    ]
    return Solutions(frozenset(header), tuple(rows), ordered)


def _cell(text: str) -> Identifier:
    """Return a cell as a term: a blank node, a number (to be compared by value), any text."""
    if text.startswith("_:"):
        return BNode(text[2:])
    number = re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text)
    return Literal(text, datatype=XSD.double if number else None, normalize=False)


def read_result_set(graph: Graph) -> Solutions | None:
    """Return the results a graph describes in the vocabulary of result sets, or None."""
    found = graph.value(None, RDF.type, RS.ResultSet)
    if found is None:
        return None
    truth = graph.value(found, RS.boolean)
    if truth is not None:
        return Solutions(truth=str(truth) == "true")
    solutions = list(graph.objects(found, RS.solution))
    places = {node: graph.value(node, RS["index"]) for node in solutions}
    ordered = bool(solutions) and None not in places.values()
    if ordered:
        solutions.sort(key=lambda node: int(str(places[node])))
    rows = tuple(
        {
            str(graph.value(binding, RS.variable)): graph.value(binding, RS.value)
            for binding in graph.objects(node, RS.binding)
        }
        for node in solutions
    )
    variables = frozenset(map(str, graph.objects(found, RS.resultVariable)))
    return Solutions(variables, rows, ordered)


def same_graph(found: Graph, expected: Graph) -> str | None:
    """Return how a graph differs from the expected one, None when it does not."""
    if isomorphic(found, expected):
        return None
    return LEXICAL_FORM if isomorphic(_values(found), _values(expected)) else ANSWER


def same_solutions(found: Solutions, expected: Solutions) -> str | None:
    """Return how results differ from the expected ones, None when they do not.

    Blank nodes may have other names. Rows are a multiset, or a sequence where `expected` is
    ordered.
    """
    if (found.truth, found.variables) != (expected.truth, expected.variables):
        return ANSWER
    ordered = expected.ordered
    return same_graph(_as_graph(found.rows, ordered), _as_graph(expected.rows, ordered))


def _values(graph: Graph) -> Graph:
    """Return the graph with one lexical form for each value."""
    values = Graph()
    for subject, predicate, term in graph:
        values.add((subject, predicate, as_value(term)))
    return values


def _float32(text: str) -> float:
    return float(struct.unpack("f", struct.pack("f", float(text)))[0])


_VALUES: dict[Identifier, Callable[[str], object]] = {
    XSD.integer: int,
    XSD.decimal: lambda text: Decimal(text).normalize() + 0,
    XSD.double: float,
    XSD.float: _float32,
    XSD.boolean: lambda text: text in ("1", "true"),
}


def as_value(term: Identifier) -> Identifier:
    """Return the term whose lexical form stands for all of the same value and datatype.

    A store that keeps values keeps no lexical forms, and a language tag is the same in any
    letter case (RDF 1.1 Concepts, 3.3). A value of another datatype is another value.

    >>> print(as_value(Literal("2.0", datatype=XSD.decimal, normalize=False)))
    2
    >>> print(as_value(Literal("x", lang="en-US")).language)
    en-us
    """
    if not isinstance(term, Literal):
        return term
    if term.language:
        return Literal(str(term), lang=term.language.lower())
    to_value = _VALUES.get(term.datatype)
    if to_value is None or term.ill_typed:
        return term
    return Literal(str(to_value(str(term))), datatype=term.datatype, normalize=False)


def _as_graph(rows: Sequence[Row], ordered: bool) -> Graph:
    """Return rows as a graph: one node for each different row, with its place or its number.

    So that the comparison of graphs, which renames blank nodes, is also that of results.
    """
    graph = Graph()
    counted = Counter(frozenset(row.items()) for row in rows)
    numbered = (
        ((row.items(), place) for place, row in enumerate(rows)) if ordered else counted.items()
    )
    for cells, number in numbered:
        node = BNode()
        graph.add((node, RS["index"], Literal(number)))
        for name, term in cells:
            graph.add((node, URIRef(f"variable:{name}"), term))
    return graph
