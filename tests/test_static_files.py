"""Static files: addresses that change with the content, kept by browsers for good, and no more."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Store

from server import create_app
from server.static_files import FOLDER, StaticFiles

FILES = {
    "enishi.css": "a {}",
    "enishi.svg": "<svg/>",
    "bundle/tables.js": "import './part-ABCDEFGH.js';",
    "bundle/part-ABCDEFGH.js": "1;",
    "bundle/.ready": "",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def client_of(folder: Path) -> FlaskClient:
    return create_app({"STORE": Store(), "STATIC": folder}).test_client()


def test_every_file_of_a_page_has_an_address_that_is_kept_for_ever(tmp_path):
    client = client_of(write(tmp_path, FILES))
    html = client.get("/").text
    assert "/static/bundle/tables.js?v=" in html
    for name in ("enishi.css", "enishi.svg", "bundle/tables.js"):
        address = html.partition(f"/static/{name}?v=")[2].partition('"')[0]
        answer = client.get(f"/static/{name}?v={address}")
        assert answer.text == FILES[name]
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000"])
def test_an_address_without_the_version_is_asked_for_again(tmp_path, query):
    answer = client_of(write(tmp_path, FILES)).get("/static/enishi.css" + query)
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_what_the_bundler_names_by_content_is_kept_for_ever(tmp_path):
    answer = client_of(write(tmp_path, FILES)).get("/static/bundle/part-ABCDEFGH.js")
    assert "immutable" in answer.headers["Cache-Control"] and "javascript" in answer.mimetype


def test_an_address_changes_with_the_content(tmp_path):
    first = StaticFiles(write(tmp_path, FILES)).version("enishi.css")
    second = StaticFiles(write(tmp_path, {"enishi.css": "b {}"})).version("enishi.css")
    assert first != second


def test_a_hidden_file_and_one_outside_are_not_served(tmp_path):
    (tmp_path / "secret").write_text("x")
    client = client_of(write(tmp_path / "static", FILES))
    for name in ("bundle/.ready", "../secret", "%2e%2e/secret", "none"):
        assert client.get("/static/" + name).status_code == 404


def test_without_bundles_the_pages_name_no_script(tmp_path):
    plain = {name: text for name, text in FILES.items() if not name.startswith("bundle/")}
    client = client_of(write(tmp_path, plain))
    for path in ("/", "/sparql?format=html", "/sparql?query=ASK{}&format=html"):
        answer = client.get(path)
        assert answer.status_code == 200 and "<script" not in answer.text
        assert "bundle" not in answer.text


def test_the_files_of_the_project_are_served():
    assert {"enishi.css", "enishi.svg"} <= set(StaticFiles(FOLDER).bodies)
