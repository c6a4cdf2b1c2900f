"""The gate stops the faults of tests/faults/, each with a message that leads to what to mend.

The corpus is data: a case more is a table more in one of its files.
"""

import csv
import io
import re
import shutil
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, Quad, Store
from rdflib import Graph

from mappings.build import ROOT, Built, build_graph
from mappings.document import DATA
from mappings.errors import EnishiError
from mappings.integrity import check_integrity
from mappings.statements import Statements
from mappings.terms import BASE, ENISHI
from mappings.validation import VIOLATION, load_shapes, validate
from mappings.validation_report import format_violations

CORPUS = Path(__file__).parent / "faults"
PREFIXES = """
    PREFIX id: <https://w3id.org/enishi/id/>
    PREFIX enishi: <https://w3id.org/enishi/ontology#>
    PREFIX graph: <https://w3id.org/enishi/graph/>
    PREFIX dcterms: <http://purl.org/dc/terms/>
    PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#>
    PREFIX geosparql: <http://www.opengis.net/ont/geosparql#>
    PREFIX org: <http://www.w3.org/ns/org#>
    PREFIX prov: <http://www.w3.org/ns/prov#>
    PREFIX qb: <http://purl.org/linked-data/cube#>
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
Fault = dict[str, Any]


def read_faults(name: str) -> list[Fault]:
    found: list[Fault] = tomllib.loads((CORPUS / name).read_text(encoding="utf-8"))["fault"]
    return found


IN_TABLES = read_faults("tables.toml")
IN_QUADS = read_faults("quads.toml")


def test_corpus_is_large_and_no_two_faults_have_one_name():
    for faults in (IN_TABLES, IN_QUADS):
        assert len({fault["id"] for fault in faults}) == len(faults) >= 60
    assert all(fault["kind"] and fault["leads_to"] for fault in (*IN_TABLES, *IN_QUADS))


@pytest.mark.parametrize("fault", IN_TABLES, ids=lambda fault: fault["id"])
def test_fault_in_a_table_is_stopped_and_its_row_named(fault: Fault, tmp_path: Path) -> None:
    data = copy_data(fault["document"], tmp_path)
    put_into_table(fault, data)
    check_message(fault, message_for_tables(data))


@pytest.mark.parametrize("fault", IN_QUADS, ids=lambda fault: fault["id"])
def test_fault_in_the_quads_is_stopped_and_its_row_named(
    fault: Fault, built: Built, whole: "Whole"
) -> None:
    whole.store.update(PREFIXES + fault["update"])
    quads = set(whole.store)
    try:
        assert quads != whole.quads, "the update changes nothing"
        check_message(fault, message_for_store(built, whole))
    finally:
        whole.restore(quads)


@pytest.mark.parametrize("slug", sorted({fault["document"] for fault in IN_TABLES}))
def test_tables_without_a_fault_pass(slug: str, tmp_path: Path) -> None:
    assert message_for_tables(copy_data(slug, tmp_path)) == ""


def test_quads_without_a_fault_pass(built: Built, whole: "Whole") -> None:
    assert message_for_store(built, whole) == ""


class Whole:
    """The graph in a store that takes a fault and gives it back, and the shapes.

    Municipalities of which no document, association or fault speaks are left out: there are 1,700.
    """

    def __init__(self, quads: set[Quad]) -> None:
        self.store: Store = Statements(without_silent_municipalities(quads)).store
        # As the store writes them: it has the tags of languages in small letters.
        self.quads = set(self.store)
        self.shapes = all_shapes()

    def restore(self, quads: set[Quad]) -> None:
        for quad in quads - self.quads:
            self.store.remove(quad)
        self.store.extend(self.quads - quads)


@pytest.fixture(scope="module")
def whole(built: Built) -> Iterator[Whole]:
    whole = Whole(set(built.statements))
    yield whole
    assert set(whole.store) == whole.quads


def without_silent_municipalities(quads: set[Quad]) -> set[Quad]:
    named = set(re.findall(r"id/municipality/[0-9]+", (CORPUS / "quads.toml").read_text("utf-8")))
    kept = {NamedNode(BASE + name) for name in named}
    prefix = f"{BASE}id/municipality/"
    kept |= {quad.object for quad in quads if not quad.subject.value.startswith(prefix)}
    for _ in range(2):  # successors of former ones, and theirs
        kept |= {q.object for q in quads if q.subject in kept and q.predicate == ENISHI.succeededBy}
    return {q for q in quads if q.subject in kept or not q.subject.value.startswith(prefix)}


@cache
def all_shapes() -> Graph:
    return load_shapes(ROOT / "shapes")


def check_message(fault: Fault, message: str) -> None:
    assert message, "the gate lets it through"
    missing = [text for text in fault["leads_to"] if text not in message]
    assert not missing, f"{missing} not in: {message}"


def message_for_tables(data: Path) -> str:
    """Return what the gate says of tables; "" if it lets them through."""
    try:
        built = build_graph(data)
    except EnishiError as error:
        return str(error)
    found = validate(built.statements.store, all_shapes(), tables=data, count_nodes=False)
    return violations_text(found.violations)


def message_for_store(built: Built, whole: Whole) -> str:
    """Return what the gate says of the store; "" if it lets it through."""
    try:
        check_integrity(whole.store, built.documents, DATA)
    except EnishiError as error:
        return str(error)
    found = validate(whole.store, whole.shapes, tables=DATA, count_nodes=False)
    return violations_text(found.violations)


def violations_text(violations: list[Any]) -> str:
    return format_violations([v for v in violations if v.severity == VIOLATION])


def copy_data(slug: str, folder: Path) -> Path:
    """Return a copy of the registers and of one document."""
    data = folder / "data"
    shutil.copytree(DATA / "registers", data / "registers")
    shutil.copytree(DATA / "documents" / slug, data / "documents" / slug)
    return data


def put_into_table(fault: Fault, data: Path) -> None:
    """Make the change a fault describes."""
    in_document = data / "documents" / fault["document"] / fault["table"]
    path = data / fault["table"] if "/" in fault["table"] else in_document
    text = path.read_text(encoding="utf-8")
    if "replace" in fault:
        old, new = fault["replace"]
        assert text.count(old) == 1, f"{old} is {text.count(old)} times in {path.name}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    (number,) = [
        number for number, row in enumerate(rows)
        if fault["row"].items() <= dict(zip(header, row, strict=True)).items()
    ]  # fmt: skip
    rows[number : number + 1] = changed(fault, header, rows[number])
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *rows])


def changed(fault: Fault, header: list[str], row: list[str]) -> list[list[str]]:
    """Return the rows that stand in the place of a row."""
    new = dict(zip(header, row, strict=True))
    if "set" in fault:
        assert set(fault["set"]) <= set(header)
        return [list((new | fault["set"]).values())]
    if "drop" in fault:
        return []
    if "double" in fault:
        other = fault["double"] if isinstance(fault["double"], dict) else {}
        return [row, list((new | other).values())]
    if "swap" in fault:
        one, other = fault["swap"]
        return [list((new | {one: new[other], other: new[one]}).values())]
    at = header.index(fault["shift"] if "shift" in fault else fault["eat"])
    if "shift" in fault:
        return [[*row[:at], "", *row[at:-1]]]
    return [[*row[:at], *row[at + 1 :]]]
