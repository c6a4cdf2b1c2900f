"""What the benchmarks measure is what they say: the generated data and the mix of queries."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Store

from benchmarks.generate import generate, generate_anew
from benchmarks.load import Question, questions
from benchmarks.peers import enishi
from benchmarks.processes import memory
from benchmarks.rows import check_rows
from benchmarks.synthetic import proportions
from mappings.build import ROOT
from mappings.integrity import check_references
from mappings.terms import ENISHI, RDF
from mappings.validation import load_shapes, validate
from server.release import open_release

SMALL = 45_000


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated") / "release"
    generate(folder, SMALL)
    return folder


def counts(store: Store) -> Counter[str]:
    """Return how many things of each class there are."""
    types = store.quads_for_pattern(None, RDF.type, None)
    return Counter(quad.object.value.rpartition("#")[2] for quad in types)


def rows(store: Store, question: Question) -> int:
    return sum(1 for _ in store.query(question.text, use_default_graph_as_union=True))


def test_a_generated_release_opens_and_has_the_size_asked_for(generated):
    release = open_release(generated)
    assert SMALL <= release.quads < SMALL + 10_000
    assert len(release.documents) == counts(release.store)["SourceDocument"]


def test_a_generated_release_has_the_order_of_every_release(generated, release):
    for folder in (generated, release):
        lines = (folder / "enishi.nq").read_bytes().splitlines()
        assert lines == sorted(set(lines))


def test_a_generated_release_conforms_to_the_shapes(generated):
    store = open_release(generated).store
    check_references(store)
    violations = validate(store, load_shapes(ROOT / "shapes")).violations
    assert [v for v in violations if v.severity == "Violation"] == []


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(generated, tmp_path):
    generate(tmp_path / "same", SMALL)
    generate(tmp_path / "other", SMALL, seed=2)
    made = (generated / "enishi.nq").read_bytes()
    assert (tmp_path / "same" / "enishi.nq").read_bytes() == made
    assert (tmp_path / "other" / "enishi.nq").read_bytes() != made


def test_a_generated_release_keeps_the_proportions_of_the_real_one(generated, store):
    real, made = counts(store), counts(open_release(generated).store)
    assert made["Activity"] == proportions.ACTIVITIES * made["SourceDocument"]
    for name in ("Activity", "Agreement", "Correction", "Discrepancy", "Observation"):
        share = real[name] / real["SourceDocument"]
        assert made[name] / made["SourceDocument"] == pytest.approx(share, rel=0.1), name
    assert set(real) - {"ChangeEvent"} <= set(made) | {
        "DataStructureDefinition", "ComponentSpecification",
    }  # fmt: skip


def test_a_size_below_the_registers_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="found 1000, expected"):
        generate(tmp_path / "release", 1000)
    assert not (tmp_path / "release").exists()


def test_generating_anew_leaves_foreign_files_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(SystemExit, match="found other files"):
        generate_anew(tmp_path, SMALL)
    assert (tmp_path / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_a_query_of_the_mix_finds_rows_in_both_releases(question, generated, store):
    assert question.title.endswith((".", "?"))
    assert rows(store, question) > 0
    assert rows(open_release(generated).store, question) > 0


def test_servers_with_different_rows_are_named_with_the_query(generated, release, tmp_path):
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    mix = [question for question in questions() if question.name in ("point-lookup", "group")]
    with enishi(release, folders[0]) as real, enishi(generated, folders[1]) as other:
        assert check_rows([real, real], mix)["point-lookup"] == 2
        other = type(other)("the other", other.endpoint, other.process)
        with pytest.raises(SystemExit, match=r"^group: found Enishi \d+, the other \d+; expected"):
            check_rows([real, other], mix)


def test_memory_counts_every_process_of_a_server(release, tmp_path):
    with enishi(release, tmp_path) as server:
        weight = memory(server)
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        assert weight.processes > len(children.read_text().split())
        assert 10 < weight.pss <= weight.rss
    assert server.process.poll() is not None


def test_a_benchmark_that_is_terminated_ends_its_server(release):
    command = [sys.executable, "-m", "benchmarks.hostile", "--release", str(release)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as benchmark:
        children = Path(f"/proc/{benchmark.pid}/task/{benchmark.pid}/children")
        servers: list[Path] = []
        deadline = time.monotonic() + 60
        while not servers and time.monotonic() < deadline and benchmark.poll() is None:
            # Its help is asked for first; the server is what serves a release.
            found = [Path("/proc", pid) for pid in children.read_text().split()]
            servers = [path for path in found if b"--release" in commandline(path)]
            time.sleep(0.05)
        assert servers
        benchmark.terminate()
    assert benchmark.returncode == 143
    assert [path for path in servers if path.exists()] == []


def commandline(process: Path) -> bytes:
    """Return what a process was called with, nothing if it has ended."""
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def test_a_manifest_counts_every_graph(generated):
    manifest = json.loads((generated / "manifest.json").read_text())
    store = open_release(generated).store
    for name, count in manifest["graphs"].items():
        graph = NamedNode(f"{ENISHI.iri.removesuffix('ontology#')}graph/{name}")
        assert sum(1 for _ in store.quads_for_pattern(None, None, None, graph)) == count
