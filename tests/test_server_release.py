"""A release is opened whole and checked, or refused with one sentence; so is the command line."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from server import create_app
from server.__main__ import main
from server.release import ReleaseError, open_release

ROOT = Path(__file__).resolve().parent.parent
QUADS = (
    "<https://w3id.org/enishi/id/municipality/03201>"
    ' <http://www.w3.org/2000/01/rdf-schema#label> "盛岡市"@ja'
    " <https://w3id.org/enishi/graph/registers> .\n"
)


def write(folder: Path, text: str = QUADS, **changed: object) -> Path:
    data = text.encode()
    manifest = {
        "release": "0123456789ab",
        "quads": 1,
        "files": {"enishi.nq": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}},
        "documents": ["bunkyo_exchange_2022"],
    }
    folder.mkdir(exist_ok=True)
    (folder / "enishi.nq").write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps({**manifest, **changed}))
    return folder


def test_a_release_is_loaded_with_its_manifest(tmp_path):
    release = open_release(write(tmp_path))
    assert (release.identifier, release.quads, len(release.store)) == ("0123456789ab", 1, 1)
    assert release.documents == ("bunkyo_exchange_2022",)


def test_changed_data_is_refused_naming_both_hashes(tmp_path):
    expected = hashlib.sha256(QUADS.encode()).hexdigest()
    changed = QUADS.replace("盛岡", "静岡").encode()
    (write(tmp_path) / "enishi.nq").write_bytes(changed)
    with pytest.raises(ReleaseError) as error:
        open_release(tmp_path)
    found = hashlib.sha256(changed).hexdigest()
    assert str(error.value) == (f"{tmp_path}/enishi.nq: found sha256 {found}, expected {expected}.")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"quads": 2}, "found 1 statements, expected 2"),
        ({"quads": True}, "found true for quads, expected a value of type int"),
        ({"release": None}, "found null for release"),
        ({"files": {}}, "found null for files → enishi.nq → sha256"),
        ({"documents": "x"}, 'found "x" for documents'),
    ],
)
def test_a_wrong_manifest_is_refused_naming_the_member(tmp_path, changed, sentence):
    with pytest.raises(ReleaseError, match=sentence):
        open_release(write(tmp_path, **changed))


def test_data_that_is_no_n_quads_is_refused(tmp_path):
    with pytest.raises(ReleaseError, match=r"enishi\.nq: expected N-Quads"):
        open_release(write(tmp_path, text="<a:a> <a:b> .\n"))


def test_missing_data_is_refused(tmp_path):
    (write(tmp_path) / "enishi.nq").unlink()
    with pytest.raises(ReleaseError, match=r"enishi\.nq: cannot be read"):
        open_release(tmp_path)


@pytest.mark.parametrize(("text", "found"), [("{", "expected JSON"), ("[]", "found list")])
def test_a_manifest_that_is_no_object_is_refused(tmp_path, text, found):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ReleaseError, match=found):
        open_release(tmp_path)


@pytest.mark.parametrize("command", [["serve"], ["query", "-"]])
def test_without_a_release_one_sentence_says_what_to_run(tmp_path, monkeypatch, capfd, command):
    query = tmp_path / "q.rq"
    query.write_text("ASK {}")
    arguments = [str(query) if part == "-" else part for part in command]
    assert main([*arguments, "--release", str(tmp_path / "none")]) == 1
    captured = capfd.readouterr()
    assert captured.out == "" and "make build" in captured.err
    assert captured.err.count("\n") == 1


def test_the_environment_chooses_the_release(tmp_path, monkeypatch):
    monkeypatch.setenv("ENISHI_RELEASE", str(write(tmp_path)))
    assert create_app().test_client().get("/status").json["release"] == "0123456789ab"


@pytest.mark.parametrize(
    ("query", "form", "expected"),
    [
        ("SELECT ?o { ?s ?p ?o }", "table", "o\n------\n盛岡市\n(1 rows)\n"),
        ("SELECT ?o { ?s ?p ?o }", "csv", "o\r\n盛岡市\r\n"),
        ("SELECT ?o { ?s ?p ?o }", "tsv", '?o\n"盛岡市"@ja\n'),
        ("ASK { ?s ?p ?o }", "table", "yes\n"),
        ("ASK { ?s ?p ?o }", "json", '{"head":{},"boolean":true}'),
        ("CONSTRUCT { <a:a> <a:b> ?o } { ?s ?p ?o }", "nt", '<a:a> <a:b> "盛岡市"@ja .\n'),
    ],
)
def test_query_prints_the_answer(tmp_path, capfdbinary, query, form, expected):
    file = tmp_path / "q.rq"
    file.write_text(query)
    release = write(tmp_path / "r")
    assert main(["query", str(file), "--release", str(release), "--format", form]) == 0
    assert capfdbinary.readouterr().out.decode() == expected


@pytest.mark.parametrize(
    ("query", "form", "sentence"),
    [
        (b"SELECT * WHER { }", "table", "Query line 1, column 10: found the word WHER"),
        (b"SELECT * { }", "ttl", "found --format ttl for SELECT, expected one of table, json"),
        (b"ASK {}", "rdfxml", "found --format rdfxml for ASK"),
        (b"ASK { SERVICE <http://127.0.0.1:9/> {} }", "json", "endpoint that is not registered"),
        (b"ASK {} # \xff", "json", "found byte 10 that is not UTF-8"),
    ],
)
def test_query_refuses_with_one_sentence_and_1(tmp_path, capsys, query, form, sentence):
    file = tmp_path / "q.rq"
    file.write_bytes(query)
    release = write(tmp_path / "r")
    assert main(["query", str(file), "--release", str(release), "--format", form]) == 1
    captured = capsys.readouterr()
    assert sentence in captured.err and captured.err.count("\n") == 1 and not captured.out


def test_query_without_its_file_is_refused(capsys):
    assert main(["query", "none.rq"]) == 1
    assert capsys.readouterr().err.startswith("none.rq: cannot be read")


@pytest.mark.parametrize(
    "arguments", [[], ["query"], ["query", "-", "--format", "xls"], ["serve", "--port", "x"]]
)
def test_wrong_usage_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2 and "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["query", "--help"]])
def test_help_shows_examples(arguments, capsys):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 0
    assert "examples:\n  python -m server" in capsys.readouterr().out


def test_a_port_in_use_is_one_sentence(tmp_path, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port, "--release", str(write(tmp_path))]) == 1
    assert capsys.readouterr().err == (
        f"127.0.0.1:{port} is in use; expected a free one (--port).\n"
    )


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_until_it_is_stopped(tmp_path, stop):
    command = [sys.executable, "-m", "server", "serve", "--port", "0", "--release"]
    with subprocess.Popen(
        [*command, str(write(tmp_path))],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            address = server.stdout.readline().strip()
            with urllib.request.urlopen(address + "status", timeout=10) as response:
                assert json.load(response)["quads"] == 1
            server.send_signal(stop)
            _, errors = server.communicate(timeout=10)
        finally:
            server.kill()
    assert (server.returncode, errors) == (0, "")
