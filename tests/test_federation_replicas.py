"""Federated queries by chance, over HTTP to the replicas, beside one store that holds everything.

Planner, fetcher, engines and protocol are the real ones; the proxy's quirks are on and off.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad, QueryBoolean, QuerySolutions, Store

from benchmarks.replicas.areas import registered
from benchmarks.replicas.data import SOURCES
from benchmarks.replicas.joined import Federation
from benchmarks.replicas.quirks import KNOWN, Quirks
from benchmarks.replicas.servers import Replicas, missing, replicas
from mappings.quads import Quads
from mappings.register_graph import add_registers
from server.federation.registry import Registry
from server.federation.remote import FederationError
from tests.federated_queries import Federated, Maker

SEED = 2026
EACH = 110
# A tenth of all may be refused for blank nodes that come in several answers, each time with its
# reason; in truth far fewer are.
MOST_REFUSED = 0.1
HERE = [name for name in SOURCES if not missing(name)]
Answer = tuple[frozenset[str], Counter[frozenset[tuple[str, str]]]] | bool


@dataclass(frozen=True)
class Scene:
    """The local data, the replicas, and one store with all of it: the oracle."""

    local: Store
    oracle: Store
    running: Replicas
    towns: tuple[str, ...]

    @property
    def addresses(self) -> Mapping[str, str]:
        return {name: wrapper.endpoint for name, wrapper in self.running.wrappers.items()}


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    if not HERE:
        pytest.skip(missing("estat"))
    registers, areas = registered()
    quads = Quads()
    add_registers(quads, registers)
    local, oracle = Store(), Store()
    local.extend(quads.all)
    oracle.extend(Quad(*quad.triple) for quad in quads.all)
    towns = tuple(
        f"https://w3id.org/enishi/id/municipality/{area.code}"
        for area in areas
        if area.kind != "prefecture"
    )
    with replicas(HERE) as running:
        for name, wrapper in running.wrappers.items():
            there = NamedNode(wrapper.endpoint)
            oracle.extend(Quad(*quad.triple, there) for quad in running.data[name])
            # A graph that the endpoint names is one of its own, under GRAPH.
            oracle.extend(quad for quad in running.data[name] if quad.graph_name in GRAPHS)
        yield Scene(local, oracle, running, towns)


GRAPHS = {NamedNode("http://hojin-info.go.jp/graph/hojin")}


def answer_of(found: object) -> Answer:
    """Return an answer so that others may be compared with it; blank nodes are all one."""
    if isinstance(found, QueryBoolean):
        return bool(found)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    rows = (
        frozenset(
            (name, "_:" if isinstance(term, BlankNode) else str(term))
            for name, term in zip(names, row, strict=True)
            if term is not None
        )
        for row in found
    )
    return frozenset(names), Counter(rows)


def federation(scene: Scene, tmp_path: Path, quirks: Quirks, **changes: object) -> Federation:
    scene.running.switch(quirks)
    path = scene.running.write_registry(tmp_path / "endpoints.toml", **changes)
    return Federation(scene.local, Registry.read(path, may_be_local=True))


def queries(scene: Scene, seed: int) -> Iterator[Federated]:
    return Maker(scene.addresses, scene.towns, seed).queries(EACH)


@pytest.mark.parametrize("quirks", KNOWN)
def test_a_federated_answer_is_that_of_one_store(scene, tmp_path, quirks):
    switched, changes = KNOWN[quirks]
    compared, refused, wrong = 0, [], []
    with federation(scene, tmp_path, switched, **changes) as federated:
        for query in queries(scene, SEED + list(KNOWN).index(quirks)):
            expected = answer_of(scene.oracle.query(query.in_one_store))
            try:
                found = answer_of(federated.query(query.text))
            except FederationError as error:
                assert query.has_blank and error.failed.kind in ("refused", "capped"), (
                    error.failed, query.text,
                )  # fmt: skip
                refused.append(query.text)
                continue
            compared += 1
            if found != expected:
                wrong.append(query.text)
    assert wrong == []
    assert len(refused) <= MOST_REFUSED * EACH
    assert compared + len(refused) == EACH


def test_more_than_a_thousand_answers_are_compared():
    assert len(KNOWN) * EACH * (1 - MOST_REFUSED) >= 990 and len(KNOWN) * EACH >= 1_000


def test_a_cut_answer_is_an_error_or_silent(scene, tmp_path):
    """Whatever is asked, what is cut never passes for an answer."""
    silent = loud = 0
    with federation(scene, tmp_path, Quirks(is_cut=True)) as federated:
        for query in queries(scene, SEED - 1):
            before = sum(w.counts.requests for w in scene.running.wrappers.values())
            try:
                found = answer_of(federated.query(query.text))
            except FederationError as error:
                assert error.failed.kind == "malformed" and not query.is_silent
                assert error.failed.endpoint in query.endpoints
                loud += 1
                continue
            asked = sum(w.counts.requests for w in scene.running.wrappers.values()) > before
            assert not asked or query.is_silent, query.text
            text = query.without_service if asked else query.in_one_store
            assert found == answer_of(scene.oracle.query(text)), query.text
            silent += asked
    assert loud > EACH / 2 and silent > 0
