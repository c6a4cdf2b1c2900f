"""The quirks of Virtuoso as Virtuoso has them: two of the registered endpoints run on it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.federation.in_process import LocalFetcher
from server.federation.registry import Registry
from server.federation.remote import Failed, Fetch, Fetched
from server.limits import Limits
from tests.replicas import table, write_registry

LIMIT = 50
AREAS, PER_AREA = 60, 3
START_SECONDS = 60
SETTINGS = """[Database]
DatabaseFile={folder}/v.db
ErrorLogFile={folder}/v.log
LockFile={folder}/v.lck
TransactionFile={folder}/v.trx
xa_persistent_file={folder}/v.pxa
[TempDatabase]
DatabaseFile={folder}/t.db
TransactionFile={folder}/t.trx
[Parameters]
ServerPort=127.0.0.1:{sql}
NumberOfBuffers=2000
[HTTPServer]
ServerPort=127.0.0.1:{http}
[SPARQL]
ResultSetMaxRows={limit}
MaxQueryExecutionTime=1
"""
DATA = f"""@prefix : <http://t.example/> .
{" ".join(f":a{n} :value {', '.join(str(n * 10 + i) for i in range(PER_AREA))} ." for n in range(AREAS))}
:b1 :part [ :n 1 ] . :b2 :part [ :n 2 ] . :text :text "  東京 <&> "@ja ."""  # noqa: E501
KEYS = tuple((f"<http://t.example/a{area}>",) for area in range(AREAS))
PREFIX = "PREFIX : <http://t.example/>"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Virtuoso that holds DATA and cuts answers to LIMIT rows."""
    if shutil.which("virtuoso-t") is None or shutil.which("isql-vt") is None:
        pytest.skip("Virtuoso is not installed (apt-get install virtuoso-opensource)")
    folder = tmp_path_factory.mktemp("virtuoso")
    sql, http = free_port(), free_port()
    settings = folder / "virtuoso.ini"
    settings.write_text(SETTINGS.format(folder=folder, sql=sql, http=http, limit=LIMIT))
    command = ["virtuoso-t", "+foreground", "+configfile", str(settings)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            load(folder, sql)
            yield f"http://127.0.0.1:{http}/sparql"
        finally:
            server.kill()


def load(folder: Path, port: int) -> None:
    script = folder / "load.sql"
    script.write_text(f"DB.DBA.TTLP('{DATA}', '', 'http://t.example/graph', 0);\n", "utf-8")
    until = time.monotonic() + START_SECONDS
    while True:
        command = ["isql-vt", f"127.0.0.1:{port}", "dba", "dba", str(script)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if "Done." in done.stdout:
            return
        assert time.monotonic() < until, done.stdout + done.stderr
        time.sleep(0.2)


def ask(url: str, tmp_path: Path, fetch: Fetch, **quirks: object) -> Fetched | Failed:
    path = write_registry(tmp_path / "endpoints.toml", table("it", url, **quirks))
    with LocalFetcher(Registry.read(path, may_be_local=True), Limits()) as fetcher:
        return fetcher.fetch(fetch)


@pytest.mark.parametrize("result_format", ["json", "xml"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("row_limit", [0, LIMIT])
def test_every_row_comes_though_it_cuts_answers(
    virtuoso, tmp_path, result_format, method, row_limit
):
    quirks = {"result_format": result_format, "method": method, "row_limit": row_limit}
    keyed = Fetch("it", PREFIX, "?a :value ?n", ("a", "n"), ("a",), KEYS)
    paged = Fetch("it", PREFIX, "?a :value ?n", ("a", "n"))
    for fetch in (keyed, paged):
        found = ask(virtuoso, tmp_path, fetch, **quirks)
        assert isinstance(found, Fetched), found
        assert len(found.rows) == len(set(found.rows)) == AREAS * PER_AREA
        assert found.requests > 1


@pytest.mark.parametrize("result_format", ["json", "xml"])
def test_its_blank_nodes_and_texts_are_read(virtuoso, tmp_path, result_format):
    fetch = Fetch("it", PREFIX, "?a :part ?b . ?b :n ?n", ("b", "n"))
    rows = ask(virtuoso, tmp_path, fetch, result_format=result_format).rows
    assert len(rows) == 2 and all(row[0].startswith("_:f") for row in rows)
    fetch = Fetch("it", PREFIX, ":text :text ?t", ("t",))
    rows = ask(virtuoso, tmp_path, fetch, result_format=result_format).rows
    assert rows == (('"  東京 <&> "@ja',),)


def test_what_it_says_of_a_wrong_pattern_is_told(virtuoso, tmp_path):
    found = ask(virtuoso, tmp_path, Fetch("it", "", "WRONG PATTERN", ("x",)))
    assert isinstance(found, Failed) and found.kind == "status"
    assert "400" in found.en and "syntax error" in found.en


def test_an_answer_in_part_is_no_answer(virtuoso, tmp_path):
    pattern = (
        "?a :value ?b . ?c :value ?d . ?e :value ?f . ?g :value ?h FILTER(?b + ?d + ?f < ?h - 9e9)"
    )
    found = ask(virtuoso, tmp_path, Fetch("it", PREFIX, pattern, ("a",)))
    assert isinstance(found, Failed) and found.kind in ("timeout", "status"), found
