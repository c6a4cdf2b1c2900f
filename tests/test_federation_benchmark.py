"""What the benchmark of federation counts: requests and bytes are the same on every machine."""

from contextlib import ExitStack
from dataclasses import replace

import pytest
from pyoxigraph import Quad

from benchmarks import federation, federation_engines
from benchmarks.federation_engines import ENGINES, IDEAL, OURS, Local
from benchmarks.peers import oxigraph_in_memory
from benchmarks.processes import PeerError
from benchmarks.replicas.areas import numbered, registered
from benchmarks.replicas.estat import triples
from benchmarks.replicas.quirks import wrapped
from benchmarks.replicas.servers import missing, served

# The others are not Enishi's: they are measured, not tested.
TESTED = (OURS, "Oxigraph (pyoxigraph)")


@pytest.fixture(scope="module")
def figures():
    if why := missing("estat"):
        pytest.skip(why)
    live = [area for area in registered()[1] if area.kind != "prefecture" and not area.ended]
    sizes = {federation.FEW: live, federation.MANY: [*live, *numbered(federation.MANY - len(live))]}
    quads = [Quad(*triple) for triple in triples(sizes[federation.MANY], years=(2020,))]
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr(federation, "ENGINES", {name: ENGINES[name] for name in TESTED})
        wrapper = stack.enter_context(
            wrapped(stack.enter_context(served(quads, oxigraph_in_memory)))
        )
        failed: list[str] = []
        found = federation.measure_all(wrapper, sizes, failed)
        assert failed == []
        yield found


def test_the_aims_of_requests_and_bytes_are_met_with_and_without_quirks(figures):
    assert federation.unmet(figures) == []
    assert set(figures) == {IDEAL, *TESTED, *(f"{OURS}, {name}" for name in federation.QUIRKS)}
    assert all(set(by_count) == set(federation.AIMS) for by_count in figures.values())


def test_an_aim_that_is_not_met_is_told(figures):
    worse = replace(figures[OURS][federation.FEW], requests=3, up=10_000_000, is_right=False)
    found = federation.unmet({**figures, OURS: {**figures[OURS], federation.FEW: worse}})
    assert len(found) == 3 and all(line.startswith("1,741 keys: ") for line in found)


def test_figures_are_told_as_a_table(figures):
    text = federation.report(figures, ["Comunica: found no npm, expected it."])
    assert f"| {OURS} | 2 |" in text and f"| {OURS} | 10 |" in text
    assert "Missing: Comunica" in text


def test_a_peer_that_fails_is_missing_and_the_others_are_measured(monkeypatch):
    if why := missing("estat"):
        pytest.skip(why)

    def broken(local: Local, wrapper: object) -> federation_engines.Rows:
        raise PeerError("Comunica: found that it failed.")

    monkeypatch.setattr(federation, "ENGINES", {"Comunica": broken, OURS: ENGINES[OURS]})
    areas = list(numbered(5))
    failed: list[str] = []
    with served([Quad(*t) for t in triples(areas)], oxigraph_in_memory) as endpoint:
        with wrapped(endpoint) as wrapper:
            found = federation.measure_all(wrapper, {5: areas}, failed)
    assert failed == ["5 keys: Comunica: found that it failed."]
    assert found[OURS][5].is_right and "Comunica" not in found
