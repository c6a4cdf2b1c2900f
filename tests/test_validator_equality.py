"""The validator finds what pySHACL finds: the same focus, path, value, component and shape.

On the examples of this project's shapes, on the release, and on graphs made by chance. Where the
two differ, a table has a minimal case of each difference, and what the specification says.
"""

import csv
import logging
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pyrudof
import pyshacl
import pytest
from hypothesis import HealthCheck, given, settings
from pyshacl.errors import ReportableRuntimeError
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from benchmarks.shacl import core_alone, without_paths_back
from tests.generated_shapes import PREFIXES, Sample, samples
from validator import Report, validate
from validator.constraints import component_of
from validator.parameters import READERS
from validator.paths import read_path
from validator.terms import to_rdflib

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "shapes/examples").glob("*.ttl"))
Found = set[tuple[str, ...]]
# pySHACL leaves sh:value out where an ASK fails at a property shape: see the table.
ASK = URIRef("http://example.org/Ask")


def to_pyoxigraph(term: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(term.datatype) if term.datatype else None)


def store_of(graph: Graph) -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(*map(to_pyoxigraph, triple)) for triple in graph)
    return store


def text(term: Node | None) -> str:
    """Return a term as text: numbers by their value, language tags in small letters."""
    if isinstance(term, Literal) and term.datatype and not term.ill_typed:
        value = term.value
        number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        return f"{float(value) if number else value!r} {term.datatype}"
    if isinstance(term, Literal) and term.language:
        return Literal(str(term), lang=term.language.lower()).n3()
    return "" if term is None else term.n3()


def ours(report: Report) -> Found:
    return {
        (
            text(result.focus),
            "" if result.path_node is None else result.path_node.text,
            text(result.value) if result.component != ASK or not result.path else "",
            str(result.component).rpartition("#")[2],
            text(result.source_shape),
        )
        for result in report.results
    }


def of_pyshacl(data: Graph, shapes: Graph) -> Found:
    logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    assert isinstance(report, Graph)
    (head,) = report.subjects(RDF.type, SH.ValidationReport)
    found = set()
    for result in report.objects(head, SH.result):
        path = report.value(result, SH.resultPath)
        component = report.value(result, SH.sourceConstraintComponent)
        found.add(
            (
                text(report.value(result, SH.focusNode)),
                "" if path is None else read_path(report, path, "a report").text,
                text(report.value(result, SH.value)) if component != ASK or not path else "",
                str(component).rpartition("#")[2],
                text(report.value(result, SH.sourceShape)),
            )
        )
    return found


@pytest.fixture(scope="module")
def project_shapes() -> Graph:
    shapes = Graph()
    for path in sorted((ROOT / "shapes").glob("*.ttl")):
        shapes.parse(path)
    return shapes


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_of_the_shapes(path: Path, project_shapes: Graph) -> None:
    data = Graph().parse(path)
    assert ours(validate(store_of(data), project_shapes)) == of_pyshacl(data, project_shapes)


# The components that graphs made by chance have to break, each of them many times.
FOUND: Counter[str] = Counter()


@settings(
    max_examples=600,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(samples)
def test_graphs_made_by_chance(sample: Sample) -> None:
    data = Graph().parse(data=sample.data, format="turtle")
    shapes = Graph().parse(data=sample.shapes, format="turtle")
    found = ours(validate(store_of(data), shapes))
    FOUND.update(component for _, _, _, component, _ in found)
    assert found == of_pyshacl(data, shapes)


def test_every_component_was_broken_by_chance() -> None:
    names = {component_of(str(name).rpartition("#")[2]) for name in READERS}
    names |= {SH.QualifiedMinCountConstraintComponent, SH.QualifiedMaxCountConstraintComponent}
    names |= {SH.SPARQLConstraintComponent, ASK, URIRef("http://example.org/Select")}
    # sh:property has no results of its own.
    names -= {component_of("property")}
    broken = {str(name).rpartition("#")[2]: FOUND[str(name).rpartition("#")[2]] for name in names}
    if not FOUND:
        pytest.skip("no graphs were made: run the whole file")
    assert {name for name, count in broken.items() if count < 5} == set()


@pytest.fixture(scope="module")
def core_shapes(project_shapes: Graph) -> Graph:
    """The shapes without their queries."""
    return core_alone(project_shapes)


def damaged(quads: list[ox.Quad], one_of: int) -> ox.Store:
    """Quads without one of so many: labels, types, codes, ends of ties are lost."""
    kept = [quad for number, quad in enumerate(sorted(quads, key=str)) if number % one_of]
    store = ox.Store()
    store.extend(kept)
    return store


@pytest.fixture(scope="module")
def damaged_release(store: ox.Store) -> ox.Store:
    return damaged(list(store), 300)


def as_rdflib(store: ox.Store) -> Graph:
    data = Graph()
    for quad in store:
        data.add(tuple(map(to_rdflib, (quad.subject, quad.predicate, quad.object))))
    return data


def test_damaged_release_beside_pyshacl(core_shapes: Graph, damaged_release: ox.Store) -> None:
    found = ours(validate(damaged_release, core_shapes))
    assert len(found) > 200
    assert found == of_pyshacl(as_rdflib(damaged_release), core_shapes)


@pytest.mark.parametrize("slug", ["bunkyo_exchange_2022", "wards_partnership_2022"])
def test_damaged_document_beside_pyshacl(project_shapes: Graph, store: ox.Store, slug: str) -> None:
    """With the queries, which pySHACL runs for each node: on a document, not on all of them."""
    graph = ox.NamedNode(f"https://w3id.org/enishi/graph/{slug}")
    few = damaged(list(store.quads_for_pattern(None, None, None, graph)), 20)
    found = ours(validate(few, project_shapes))
    assert len(found) > 20
    assert found == of_pyshacl(as_rdflib(few), project_shapes)


def results_of_pyrudof(data: str, shapes: Graph, file: Path) -> Found:
    """Return focus, component and shape of each result. Raises InternalError where it panics."""
    file.write_text(data, encoding="utf-8")
    rudof = pyrudof.Rudof(pyrudof.RudofConfig())
    rudof.read_data(str(file), pyrudof.RDFFormat.NTriples)
    rudof.read_shacl(shapes.serialize(format="turtle"), pyrudof.ShaclFormat.Turtle)
    return {
        (entry.focus_node, entry.constraint_component, entry.source_shape)
        for entry in rudof.validate_shacl()
    }


def test_damaged_release_beside_pyrudof(
    core_shapes: Graph, damaged_release: ox.Store, tmp_path: Path
) -> None:
    shapes = without_paths_back(core_shapes)
    lines = {f"{q.subject} {q.predicate} {q.object} .\n" for q in damaged_release}
    theirs = results_of_pyrudof("".join(sorted(lines)), shapes, tmp_path / "damaged.nt")
    report = validate(damaged_release, shapes)
    found = {(str(r.focus), str(r.component), str(r.source_shape)) for r in report.results}
    assert theirs == found and len(found) > 200


def differences() -> list[dict[str, str]]:
    with (ROOT / "tests/shacl_differences.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", differences(), ids=lambda row: f"{row['tool']}-{row['component']}")
def test_known_difference_is_still_there(row: dict[str, str], tmp_path: Path) -> None:
    data = Graph().parse(data=PREFIXES + row["data"], format="turtle")
    shapes = Graph().parse(data=PREFIXES + row["shapes"], format="turtle")
    found = ours(validate(store_of(data), shapes))
    assert {text(URIRef("http://example.org/S"))} == {shape for *_, shape in found}
    assert row["specification_says"] == "violation"
    said = outcome_of_pyrudof(data, shapes, tmp_path) if row["tool"] == "pyrudof" else None
    assert (said or outcome(data, shapes)) == row["tool_says"]


def outcome_of_pyrudof(data: Graph, shapes: Graph, folder: Path) -> str:
    """Return what pyrudof says, in the words of the table."""
    try:
        found = results_of_pyrudof(data.serialize(format="nt"), shapes, folder / "data.nt")
    except pyrudof.InternalError:
        return "error"
    return "violation" if found else "none"


def outcome(data: Graph, shapes: Graph) -> str:
    """Return what pySHACL says, in the words of the table."""
    logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)
    try:
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    except ReportableRuntimeError:
        return "error"
    results = list(report.subjects(RDF.type, SH.ValidationResult))
    if results and not list(report.objects(results[0], SH.value)):
        return "no value"
    return "violation" if results else "none"
