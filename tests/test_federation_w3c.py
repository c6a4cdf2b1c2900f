"""The W3C's tests of SERVICE, their endpoints served by stores."""

import pyoxigraph as ox
import pytest
from rdflib import Graph

from server.federation.rows import FUNCTIONS
from tests.federation_stores import StoreEndpoint, Stores, restated
from tests.w3c_suite import (
    MF,
    QT,
    SITE,
    SUITE,
    cases,
    path_of,
    read_results,
    require_suite,
    same_solutions,
)

CASES = {case.name: case for case in cases(["QueryEvaluationTest"]) if case.suite == "service"}
NAMES = ["service1", "service2", "service3", "service4a", "service5", "service6", "service7"]


def _load(store: ox.Store, address: str) -> ox.Store:
    store.load(path=str(path_of(address)), format=ox.RdfFormat.TURTLE, base_iri=address)
    return store


def _endpoints(name: str) -> Stores:
    """Return the endpoints of a test, as the manifest names them."""
    address = f"{SITE}service/manifest.ttl"
    graph = Graph().parse(path_of(address), format="turtle", publicID=address)
    stores = Stores({})
    for entry in graph.subjects(MF.action):
        if not str(entry).endswith(f"#{name}"):
            continue
        for number, data in enumerate(graph.objects(graph.value(entry, MF.action), QT.serviceData)):
            store = _load(ox.Store(), str(graph.value(data, QT.data)))
            iri = str(graph.value(data, QT.endpoint))
            stores.by_iri[iri] = StoreEndpoint(f"e{number}", store)
    return stores


def test_the_suite_has_no_other_tests() -> None:
    require_suite()
    assert sorted(CASES) == NAMES
    assert SUITE.is_dir()


@pytest.mark.parametrize("name", NAMES)
def test_service(name: str) -> None:
    require_suite()
    case = CASES[name]
    local = ox.Store()
    for address in case.data:
        _load(local, address)
    plan = restated(case.text, local, _endpoints(name))
    found = local.query(plan.text, base_iri=case.query, custom_functions=FUNCTIONS)
    answer = found.serialize(format=ox.QueryResultsFormat.XML)
    assert answer is not None
    expected = read_results(path_of(case.result).read_bytes(), ".srx", False)
    assert same_solutions(read_results(answer, ".srx", False), expected) is None
