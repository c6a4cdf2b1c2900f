"""A release is deterministic, whole, and never half-written."""

import errno
import hashlib
import json
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, Store

from mappings import release as release_module
from mappings.build import Built, build_graph, check_references, ontology_quads
from mappings.document import DATA, Document
from mappings.errors import BuildError
from mappings.quads import Quads
from mappings.release import current_manifest, inputs_digest, n_quads, write_release
from mappings.terms import ENISHI, RDF, graph, mint
from mappings.validation import Violation, format_violations, load_shapes, validate

ROOT = Path(__file__).resolve().parent.parent


def test_graph_conforms_to_every_shape(built):
    failed = [v for v in built.violations if v.severity == "Violation"]
    assert not failed, format_violations(failed)


def test_two_builds_give_the_same_bytes(built):
    assert n_quads(build_graph().quads) == n_quads(built.quads)


def test_graph_has_no_blank_nodes(built):
    assert all(
        isinstance(term, NamedNode) for q in built.quads for term in (q.subject, q.graph_name)
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
    return Built({*list(built.quads)[:10], *extra}, built.documents, built.things)


def test_violation_stops_the_release(built, tmp_path):
    broken = small(built)
    broken.violations = [Violation("Violation", "S", "p", "d", "f", "v", "m", "w")]
    with pytest.raises(BuildError, match="1 violations, expected none"):
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
    assert not list((tmp_path / "releases").iterdir())


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
    keep = {q for q in built.quads if q.subject in about and q.predicate != ENISHI.fiscalYear}
    found = [v for v in validate(keep, load_shapes(ROOT / "shapes")) if v.path == "fiscalYear"]
    assert [(v.severity, v.shape, v.document, v.where) for v in found] == [
        ("Violation", "Activity-fiscalYear", "bunkyo_exchange_2022", "lines 6-6")
    ]


def test_expected_counts_stop_a_document_that_changed(tmp_path):
    document = Document("bunkyo_exchange_2022")
    document.metadata["expect"] = {"activities": 3}
    from mappings.build import _expect

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
        check_references({quad})


def test_description_counts_what_is_in_the_release(release, store):
    described = Store()
    described.load(path=release / "void.ttl", format=RdfFormat.TURTLE)
    prefix = "PREFIX void: <http://rdfs.org/ns/void#> PREFIX dcat: <http://www.w3.org/ns/dcat#> "

    def one(query: str) -> str:
        (row,) = described.query(prefix + query)
        return row[0].value

    dataset = "<https://w3id.org/enishi/id/dataset/enishi>"
    towns = str(ENISHI.Municipality)
    for said, pattern in (
        (f"{dataset} void:triples ?n", "?s ?p ?o"),
        (f"?part void:class {towns} ; void:entities ?n", f"?s a {towns}"),
    ):
        count = f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}"
        (row,) = store.query(count, use_default_graph_as_union=True)
        assert one(f"SELECT ?n {{ {said} }}") == row[0].value
    size = (release / "enishi.nq").stat().st_size
    file = "<https://w3id.org/enishi/data/enishi.nq>"
    assert one(f"SELECT ?n {{ {file} dcat:byteSize ?n }}") == str(size)
