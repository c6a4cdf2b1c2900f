"""The other direction: engines of others join into Enishi by SERVICE."""

import json
import re
import subprocess
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pyoxigraph import (
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    parse_query_results,
    serialize,
)

from benchmarks import comunica
from benchmarks.peers import DATA, oxigraph_in_memory, virtuoso
from benchmarks.replicas.areas import registered
from benchmarks.replicas.data import replica
from benchmarks.replicas.quirks import JSON
from benchmarks.replicas.servers import missing, served
from mappings.quads import Quads
from mappings.register_graph import add_registers
from tests.serving import Client, serving, write_release

QUERY = """
PREFIX enishi: <https://w3id.org/enishi/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sacs: <http://data.e-stat.go.jp/lod/terms/sacs#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?area ?dated ?ward ?code ?name WHERE {
  ?area sacs:latestCode ?dated . ?dated sacs:administrativeClass sacs:SpecialWard .
  SERVICE <ENISHI> { ?ward skos:exactMatch ?area ; enishi:localGovernmentCode ?code ;
    rdfs:label ?name ; enishi:prefecture <https://w3id.org/enishi/id/prefecture/13> }
}
"""
WARDS, LABELS = 23, 2
# What a Virtuoso needs before whoever asks it may write SERVICE, as its manual has it.
GRANTS = (
    'grant execute on DB.DBA.SPARQL_SINV_IMP to "SPARQL";'
    'grant select on DB.DBA.SPARQL_SINV_2 to "SPARQL";'
)
Rows = Counter[tuple[str, ...]]


def rows_of(found: Iterable[Iterable[object]]) -> Rows:
    return Counter(tuple(map(str, row)) for row in found)


@pytest.fixture(scope="module")
def registers() -> set[Quad]:
    quads = Quads()
    add_registers(quads, registered()[0])
    return quads.all


@pytest.fixture(scope="module")
def estat() -> list[Quad]:
    return replica("estat", *registered())


@pytest.fixture(scope="module")
def enishi(registers, tmp_path_factory) -> Iterator[Client]:
    release = write_release(tmp_path_factory.mktemp("release") / "registers", registers)
    with serving(release) as client:
        yield client


@pytest.fixture(scope="module")
def expected(registers, estat) -> Rows:
    """What one store with everything answers."""
    store = Store()
    store.extend(estat)
    here = NamedNode("http://enishi.test/")
    store.extend(Quad(q.subject, q.predicate, q.object, here) for q in registers)
    found = store.query(QUERY.replace("SERVICE <ENISHI>", f"GRAPH {here}"))
    assert isinstance(found, QuerySolutions)
    rows = rows_of(found)
    assert rows.total() == len(rows) == WARDS * LABELS
    return rows


def test_comunica_joins_into_enishi(enishi, estat, expected):
    if not comunica.PROGRAM.exists():
        pytest.skip("Comunica is not installed (python -m benchmarks.federation installs it)")
    if why := missing("estat"):
        pytest.skip(why)
    with served(estat, oxigraph_in_memory) as source:
        found = comunica.ask(source, QUERY.replace("ENISHI", enishi.endpoint))
        assert rows_of(found) == expected


def test_virtuoso_joins_into_enishi(enishi, estat, expected):
    if why := missing("gbizinfo"):
        pytest.skip(why)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        serialize(estat, str(folder / DATA), format=RdfFormat.N_QUADS)
        with virtuoso(folder, folder) as server:
            settings = (folder / "virtuoso.ini").read_text(encoding="utf-8")
            (address, *_) = re.findall(r"^ServerPort = (\S+)", settings, re.MULTILINE)
            login = ["isql-vt", address, "dba", "dba", "ERRORS=STDOUT", f"exec={GRANTS}"]
            said = subprocess.run(login, capture_output=True, text=True, check=True).stdout
            assert "Error" not in said, said
            form = urlencode({"query": QUERY.replace("ENISHI", enishi.endpoint)}).encode()
            request = urllib.request.Request(server.endpoint, form, {"Accept": JSON})
            with urllib.request.urlopen(request, timeout=60) as answer:
                body = answer.read()
    found = parse_query_results(body, format=QueryResultsFormat.JSON)
    assert isinstance(found, QuerySolutions) and rows_of(found) == expected


def test_enishi_was_asked_in_its_own_words(enishi):
    """What the engines sent is in the log: each request a query, none refused."""
    lines = [json.loads(line) for line in enishi.log]
    asked = [line for line in lines if line["path"] == "/sparql"]
    if not asked:
        pytest.skip("neither Comunica nor Virtuoso is installed")
    assert {line["status"] for line in asked} == {200}
