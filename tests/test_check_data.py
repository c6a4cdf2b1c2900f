"""`check --store` works on anybody's data, and its exit code tells what it found."""

import io
import sys
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store
from rdflib import RDF, SH, Graph

from mappings import __main__ as command_line
from mappings.__main__ import main
from tests.serving import serving

PEOPLE = """
@prefix ex: <http://example.org/> .
ex:ada a ex:Person ; ex:name "Ada" .
ex:bob a ex:Person .
ex:cyd a ex:Person ; ex:name "Cyd", "Sid", 7 .
ex:dan a ex:Person .
"""
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <http://example.org/> .
ex:PersonShape a sh:NodeShape ; sh:targetClass ex:Person ; sh:property ex:name-rule .
ex:name-rule sh:path ex:name ; sh:minCount 1 ;
    sh:message "人は名前を持つ。"@ja, "A person has a name."@en .
"""
RECURSIVE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <http://example.org/> .
ex:A a sh:NodeShape ; sh:targetClass ex:Person ; sh:property [ sh:path ex:knows ; sh:node ex:A ] .
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "person.ttl").write_text(SHAPES, encoding="utf-8")
    (tmp_path / "people.ttl").write_text(PEOPLE, encoding="utf-8")
    return tmp_path


def check(folder: Path, store: object, *more: object) -> int:
    return main(["check", "--store", str(store), "--shapes", str(folder / "shapes"),
                 *map(str, more)])  # fmt: skip


@pytest.mark.parametrize("validator", ["compiled", "pyshacl"])
def test_file_with_violations_is_told_rule_by_rule(folder, validator, capsys):
    assert check(folder, folder / "people.ttl", "--validator", validator) == 1
    said = capsys.readouterr()
    assert "Violation: name-rule (name): 2\n" in said.out
    assert (
        "    A person has a name.\n    人は名前を持つ。\n    http://example.org/bob\n" in said.out
    )
    assert "1 shapes were checked on 4 nodes in all: 2 violations, 0 other results.\n" in said.out
    assert said.err == "error: the graph has 2 violations, expected none.\n"


def test_data_that_conform_exit_with_0(folder, capsys):
    (folder / "people.ttl").write_text(PEOPLE.replace("Person .", 'Person ; ex:name "X" .'))
    assert check(folder, folder / "people.ttl") == 0
    assert "4 nodes in all: 0 violations" in capsys.readouterr().out


def test_recommendation_that_is_not_followed_is_no_violation(folder, capsys):
    shapes = folder / "shapes" / "person.ttl"
    shapes.write_text(SHAPES.replace("sh:minCount 1", "sh:minCount 1 ; sh:severity sh:Warning"))
    assert check(folder, folder / "people.ttl") == 0
    said = capsys.readouterr().out
    assert "Warning: name-rule (name): 2" in said and "0 violations, 2 other results" in said


def test_every_kind_of_place_gives_the_same(folder, capsys):
    store = Store(str(folder / "store"))
    store.load(path=folder / "people.ttl", format=RdfFormat.TURTLE)
    store.flush()
    del store
    release = folder / "out" / "releases" / "1"
    release.mkdir(parents=True)
    (folder / "out" / "current").symlink_to("releases/1")
    quads = Store()
    quads.load(path=folder / "people.ttl", format=RdfFormat.TURTLE)
    quads.dump(release / "enishi.nq", RdfFormat.N_QUADS)
    (folder / "files").mkdir()
    graph = Graph().parse(folder / "people.ttl")
    graph.serialize(folder / "files" / "people.rdf", format="xml")
    (folder / "files" / "readme.md").write_text("not data")
    graph.serialize(folder / "people.nt", format="nt", encoding="utf-8")
    places = ("people.ttl", "store", "out", "out/current", "files", "people.nt")
    said = []
    for place in places:
        assert check(folder, folder / place) == 1, place
        said.append(capsys.readouterr().out)
    assert len(set(said)) == 1 and "bob" in said[0]


def test_several_files_are_one_graph(folder):
    (folder / "more.nt").write_text(
        "".join(
            f'<http://example.org/{name}> <http://example.org/name> "X" .\n'
            for name in ("bob", "dan")
        )
    )
    assert check(folder, folder / "people.ttl") == 1
    arguments = ["check", "--shapes", str(folder / "shapes"), "--store"]
    assert main([*arguments, str(folder / "people.ttl"), str(folder / "more.nt")]) == 0


def test_endpoint_is_checked_where_it_lies(small_release, tmp_path, capsys):
    (tmp_path / "shape.ttl").write_text(
        SHAPES.replace("ex:Person ;", "<https://w3id.org/enishi/ontology#Activity> ;")
        .replace("ex:name ;", "<https://w3id.org/enishi/ontology#theme> ;")
    )  # fmt: skip
    report = tmp_path / "report.txt"
    arguments = ["--shapes", str(tmp_path / "shape.ttl"), "--report", str(report), "--most", "1"]
    with serving(small_release) as client:
        assert main(["check", "--store", f"{client.address}/sparql", *arguments]) == 1
    at_endpoint = capsys.readouterr().out
    assert main(["check", "--store", str(small_release), *arguments]) == 1
    assert capsys.readouterr().out == at_endpoint
    assert "1 shapes were checked on 78 nodes" in at_endpoint and "are left out" in at_endpoint


def test_report_is_written_in_each_format(folder):
    for suffix in (".txt", ".ttl", ".html"):
        report = folder / f"report{suffix}"
        assert check(folder, folder / "people.ttl", "--report", report) == 1
        assert "A person has a name." in report.read_text(encoding="utf-8")
    graph = Graph().parse(folder / "report.ttl")
    (node,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert len(list(graph.objects(node, SH.result))) == 2


def test_most_shows_some_and_counts_all(folder, capsys):
    assert check(folder, folder / "people.ttl", "--most", 1) == 1
    said = capsys.readouterr()
    assert "bob" in said.out and "dan" not in said.out
    assert "2 violations" in said.out and "2 violations" in said.err


def wrong(folder: Path, name: str, text: str = "") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(
    ("store", "sentence"),
    [
        ("http://127.0.0.1:9/sparql", "http://127.0.0.1:9/sparql "),
        ("nowhere", "found no such file or folder, expected a SPARQL endpoint's address"),
        ("shapes", "found no statement, expected RDF data"),
        ("notes.md", "found the ending '.md', expected one of .ttl"),
        ("broken.ttl", "broken.ttl: found "),
        ("empty", "found neither a store, a release (enishi.nq) nor a file that ends in .ttl"),
    ],
)
def test_data_that_cannot_be_read_are_one_sentence(folder, store, sentence, capsys):
    wrong(folder, "notes.md", "# Notes")
    wrong(folder, "broken.ttl", "@prefix a: <http://a/> .\nbroken\n")
    wrong(folder, "shapes/person.ttl", SHAPES)
    (folder / "empty").mkdir()
    place = store if "://" in store else folder / store
    if store == "shapes":
        place = wrong(folder, "nothing.ttl", "# nothing\n")
    assert check(folder, place) == 2
    check_one_sentence(capsys.readouterr().err, sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "found no file whose name ends in .ttl, expected SHACL shapes"),
        ("@prefix sh:", "found "),
        ("# nothing\n", "found none with a target, expected one or more"),
        (RECURSIVE, "Shapes refer to each other in a circle"),
        (SHAPES.replace("sh:minCount 1", 'sh:minCount "one"'), "minCount"),
    ],
)
def test_shapes_that_cannot_be_used_are_one_sentence(folder, text, sentence, capsys):
    shapes = folder / "shapes" / "person.ttl"
    if text is None:
        shapes.unlink()
    else:
        shapes.write_text(text, encoding="utf-8")
    assert check(folder, folder / "people.ttl") == 2
    check_one_sentence(capsys.readouterr().err, sentence)


def check_one_sentence(said: str, sentence: str) -> None:
    assert said.startswith("error: ") and sentence in said
    assert len(said.splitlines()) == 1 and said.rstrip().endswith(".")


def test_wrong_use_exits_with_2(folder, capsys):
    assert check(folder, folder / "people.ttl", "--report", folder / "report.pdf") == 2
    assert "expected a name that ends in .txt, .ttl, .html" in capsys.readouterr().err
    two = ["http://127.0.0.1:9/sparql", str(folder / "people.ttl")]
    assert main(["check", "--store", *two, "--shapes", str(folder / "shapes")]) == 2
    assert "expected an endpoint alone" in capsys.readouterr().err
    assert check(folder, "http://127.0.0.1:9/sparql", "--validator", "pyshacl") == 2
    assert "found an endpoint for pyshacl" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        check(folder, folder / "people.ttl", "--most", "0")
    assert stopped.value.code == 2
    assert "found '0', expected a whole number, one or more" in capsys.readouterr().err


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


def test_terminal_shows_how_far_it_is(folder, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert command_line.main(
        ["check", "--store", str(folder / "people.ttl"), "--shapes", str(folder / "shapes")]
    ) == 1  # fmt: skip
    assert "validating" in terminal.getvalue() and "1/1" in terminal.getvalue()
