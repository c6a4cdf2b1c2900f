"""A release is deterministic, whole, and never half-written."""

import errno
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from itertools import islice
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from mappings import release as release_module
from mappings.build import Built, build_graph, check_graph, ontology_quads
from mappings.document import DATA, Document
from mappings.errors import BuildError
from mappings.integrity import check_references
from mappings.model import Source
from mappings.quads import Quads, parse_turtle
from mappings.release import (
    current_manifest,
    inputs_digest,
    is_up_to_date,
    write_release,
)
from mappings.report import _where
from mappings.statements import Statements
from mappings.terms import ENISHI, RDF, graph, mint
from mappings.validation import load_shapes, validate
from mappings.validation_report import format_violations

ROOT = Path(__file__).resolve().parent.parent


def test_graph_conforms_to_every_shape(built):
    failed = [v for v in built.violations if v.severity == "Violation"]
    assert not failed, format_violations(failed)


def test_two_builds_give_the_same_bytes(built):
    assert list(build_graph().statements.lines()) == list(built.statements.lines())


def test_graph_has_no_blank_nodes(built):
    assert all(
        isinstance(term, NamedNode) for q in built.statements for term in (q.subject, q.graph_name)
    )


def test_manifest_names_every_file_with_its_hash(release):
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    found = {p.relative_to(release).as_posix() for p in release.rglob("*") if p.is_file()}
    assert set(manifest["files"]) == found - {"manifest.json"}
    for name, about in manifest["files"].items():
        content = (release / name).read_bytes()
        assert about == {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    assert manifest["release"] == manifest["files"]["enishi.nq"]["sha256"][:12]
    assert manifest["inputs"] == inputs_digest()


def test_n_quads_are_sorted_and_unique(release):
    lines = (release / "enishi.nq").read_bytes().splitlines()
    assert lines == sorted(set(lines))


def test_every_graph_has_its_dumps(release):
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    for name in manifest["graphs"]:
        for suffix in (".ttl", ".jsonld"):
            assert (release / "dumps" / (name + suffix)).stat().st_size > 0


def small(built: Built, *extra: Quad) -> Built:
    some = [*islice(built.statements, 10), *extra]
    return Built(Statements(some), built.documents, built.found)


def test_violation_stops_the_release(built, tmp_path):
    broken = Built(
        Statements([Quad(mint("tie", "a", "b"), RDF.type, ENISHI.Tie, graph("derived"))]), {}, {}
    )
    check_graph(broken)
    with pytest.raises(BuildError, match="4 violations, expected none"):
        write_release(broken, tmp_path)
    assert not (tmp_path / "current").exists()


def test_full_disk_leaves_the_release_before_in_place(built, tmp_path, monkeypatch):
    first = write_release(small(built), tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "enishi.nq")

    monkeypatch.setattr(release_module, "_write_dumps", full)
    other = small(built, Quad(mint("x", "1"), RDF.type, ENISHI.Activity, graph("x")))
    with pytest.raises(BuildError, match="No space left on device"):
        write_release(other, tmp_path)
    assert (tmp_path / "current").resolve() == first.resolve()
    assert not list((tmp_path / "releases").glob(".unfinished-*"))


def test_interrupted_build_leaves_nothing_half_written(built, tmp_path, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(release_module, "_write_dumps", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_release(small(built), tmp_path)
    assert current_manifest(tmp_path) is None
    assert not list((tmp_path / "releases").glob("[!.]*"))
    assert not list((tmp_path / "releases").glob(".unfinished-*"))


def test_killed_build_is_no_hindrance_to_the_next(tmp_path):
    command = [sys.executable, "-m", "mappings", "build", "--out", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as killed:
        while not list((tmp_path / "releases").glob(".unfinished-*/tables")):
            assert killed.poll() is None
            time.sleep(0.01)
        killed.kill()
    assert current_manifest(tmp_path) is None
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert is_up_to_date(tmp_path)
    assert not list((tmp_path / "releases").glob(".unfinished-*"))


BUILD = """
import os, sys
from pathlib import Path
from mappings.build import build_graph, check_graph
from mappings.release import write_release
os.umask(0o077)
built = build_graph()
check_graph(built)
write_release(built, Path(sys.argv[1]))
"""


def test_another_machine_gives_the_same_bytes(built, tmp_path):
    """Another hash seed, time zone, locale, umask and folder change no byte of any file."""
    changed = {"PYTHONHASHSEED": "1", "TZ": "Pacific/Apia", "LC_ALL": "C", "PYTHONUTF8": "0"}
    subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path / "there")],
        cwd=ROOT, env=os.environ | changed, check=True,
    )  # fmt: skip
    here = write_release(built, tmp_path / "here")
    there = tmp_path / "there" / "current"
    names = {path.relative_to(here) for path in here.rglob("*") if path.is_file()}
    assert names == {path.relative_to(there) for path in there.rglob("*") if path.is_file()}
    assert [n for n in names if (here / n).read_bytes() != (there / n).read_bytes()] == []


def test_dumps_have_their_statements_in_order(release):
    for path in (release / "dumps").glob("*.ttl"):
        subjects = [str(quad.subject) for quad in parse_turtle(path)]
        assert subjects == sorted(subjects), path.name


def test_same_graph_again_never_takes_the_release_away(built, tmp_path, monkeypatch):
    first = write_release(small(built), tmp_path)
    (first / "report.txt").write_text("torn", encoding="utf-8")
    folder = first.stat().st_ino
    replace, switched = os.replace, []

    def watched(source: Path, target: Path) -> None:
        replace(source, target)
        manifest = current_manifest(tmp_path)
        graph = (tmp_path / "current" / "enishi.nq").read_bytes()
        switched.append(manifest["files"]["enishi.nq"]["sha256"])
        assert switched[-1] == hashlib.sha256(graph).hexdigest()

    monkeypatch.setattr(release_module.os, "replace", watched)
    assert write_release(small(built), tmp_path) == first
    assert first.stat().st_ino == folder and len(switched) > 5
    assert (first / "report.txt").read_text(encoding="utf-8") != "torn"


def test_builds_into_one_folder_take_turns(built, tmp_path):
    """A build waits for another that writes there, and then leaves nothing of it half-done."""
    (tmp_path / "releases").mkdir()
    with (tmp_path / "releases" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=write_release, args=(small(built), tmp_path))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive() and not (tmp_path / "current").exists()
        (tmp_path / "releases" / ".unfinished-1").mkdir()
    waiting.join(10)
    assert (tmp_path / "current" / "manifest.json").exists()
    assert not list((tmp_path / "releases").glob(".unfinished-*"))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"inputs": 1}'])
def test_release_with_a_broken_manifest_is_not_up_to_date(built, tmp_path, text):
    folder = write_release(small(built), tmp_path)
    assert is_up_to_date(tmp_path)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    assert not is_up_to_date(tmp_path)


def test_release_with_a_broken_file_is_not_up_to_date(built, tmp_path):
    folder = write_release(small(built), tmp_path)
    (folder / "enishi.nq").write_bytes(b"torn")
    assert not is_up_to_date(tmp_path)
    write_release(small(built), tmp_path)
    assert is_up_to_date(tmp_path)
    (folder / "report.txt").unlink()
    assert not is_up_to_date(tmp_path)


def test_folder_where_the_link_belongs_is_one_sentence(built, tmp_path):
    (tmp_path / "current").mkdir()
    with pytest.raises(BuildError, match="expected room and permission"):
        write_release(small(built), tmp_path)


def test_report_lists_lines_in_order():
    sources = tuple(Source(str(n), n, n + n % 2) for n in (30, 9, 21, 100))
    assert _where(sources) == "lines 9-10, 21-22, 30, 100"


def test_two_things_with_one_iri_stop_the_build():
    quads = Quads()
    quads.mint_once(mint("activity", "demo", "1"), "row 1")
    with pytest.raises(BuildError, match=r"row 2: found the IRI .*demo/1, which row 1 has already"):
        quads.mint_once(mint("activity", "demo", "1"), "row 2")


def test_iri_of_text_that_may_be_corrected_is_refused():
    with pytest.raises(BuildError, match="'盛岡市' in the IRI of a municipality"):
        mint("municipality", "盛岡市")


def test_violation_is_found_and_tied_to_its_lines(built):
    activity = mint("activity", "bunkyo-2022", "1")
    about = (activity, mint("record", "bunkyo-2022", "1"))
    keep = {q for q in built.statements if q.subject in about and q.predicate != ENISHI.fiscalYear}
    violations = validate(keep, load_shapes(ROOT / "shapes")).violations
    found = [v for v in violations if v.path == "fiscalYear"]
    assert [(v.severity, v.shape, v.document, v.where) for v in found] == [
        ("Violation", "Activity-fiscalYear", "bunkyo_exchange_2022", "lines 6-6")
    ]


def test_expected_counts_stop_a_document_that_changed(tmp_path):
    document = Document("bunkyo_exchange_2022")
    document.metadata["expect"] = {"activities": 3}
    from mappings.mapping import _expect

    with pytest.raises(BuildError, match="found 0 activities, expected 3"):
        _expect(document, [])
    assert document.folder.parent.parent == DATA


def test_broken_turtle_is_one_sentence_with_the_file(tmp_path):
    (tmp_path / "broken.ttl").write_text("@prefix a: <http://a/> .\nbroken\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"broken\.ttl: found .* expected Turtle\."):
        load_shapes(tmp_path)
    with pytest.raises(BuildError, match=r"broken\.ttl: found .*line 2.* expected Turtle\."):
        list(ontology_quads(tmp_path))


def test_blank_node_in_the_ontology_is_refused(tmp_path):
    (tmp_path / "o.ttl").write_text("<http://a/> <http://b/> [] .\n", encoding="utf-8")
    with pytest.raises(BuildError, match="found a blank node"):
        list(ontology_quads(tmp_path))


def test_reference_to_nothing_stops_the_build():
    quad = Quad(mint("activity", "demo", "1"), ENISHI.method, mint("code", "x", "y"), graph("d"))
    with pytest.raises(BuildError, match=r"code/x/y>?, about which nothing is said"):
        check_references(Statements({quad}).store)
