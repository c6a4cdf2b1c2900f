"""The files of a release are sent as they are, to fast clients and slow ones, and no other file."""

import hashlib
import json
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Client, serving


@pytest.fixture(scope="module")
def client(release: Path) -> Iterator[Client]:
    with serving(release) as client:
        yield client


def test_every_file_of_the_manifest_is_sent_as_it_is(client, release):
    manifest = json.loads(client.request("GET", "/data/manifest.json").body)
    assert manifest == json.loads((release / "manifest.json").read_bytes())
    for name, about in manifest["files"].items():
        answer = client.request("GET", f"/data/{name}")
        assert (answer.status, len(answer.body)) == (200, about["size"])
        assert hashlib.sha256(answer.body).hexdigest() == about["sha256"]
        assert answer.media_type != "application/octet-stream", name


def test_a_file_is_not_sent_to_who_has_it_or_wants_its_head_only(client):
    head = client.request("HEAD", "/data/enishi.nq")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["Content-Length"]) > 1_000_000
    again = client.request("GET", "/data/enishi.nq", if_none_match=head.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "path",
    ["/data/none.ttl", "/data/../manifest.json", "/data/%2e%2e/manifest.json",
     "/data//etc/passwd", "/data/dumps", "/data/dumps/"],
)  # fmt: skip
def test_nothing_but_a_file_of_the_manifest_is_sent(client, path):
    assert client.request("GET", path, accept="application/json").status == 404


def open_and_ask(client: Client, path: str) -> socket.socket:
    reading = socket.create_connection(("127.0.0.1", client.port))
    reading.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    reading.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    return reading


def test_a_slow_reader_gets_the_whole_file_and_others_need_not_wait(client, release):
    size = (release / "enishi.nq").stat().st_size
    client.close()
    with open_and_ask(client, "/data/enishi.nq") as reading:
        received = len(reading.recv(1000))
        for _ in range(3):
            time.sleep(0.3)
            assert client.request("GET", "/healthz").status == 200
            received += len(reading.recv(100_000))
        while data := reading.recv(1 << 20):
            received += len(data)
    assert received > size


def test_a_reader_who_stops_is_let_go(release):
    with serving(release, idle_seconds=1) as client:
        with open_and_ask(client, "/data/enishi.nq") as reading:
            reading.recv(1000)
            time.sleep(4)
            received = 1
            with pytest.raises(ConnectionResetError):
                while received:
                    received = len(reading.recv(1 << 20))
        assert client.request("GET", "/data/report.txt").status == 200


@pytest.mark.parametrize("damage", ["short", "unreadable"])
def test_a_file_damaged_since_is_broken_off(release, tmp_path, damage):
    folder = shutil.copytree(release, tmp_path / "release")
    with serving(folder) as client:
        (folder / "report.txt").unlink()
        if damage == "short":
            (folder / "report.txt").write_text("short")
        else:
            # It opens; reading it fails.
            (folder / "report.txt").mkdir()
        received = b""
        with open_and_ask(client, "/data/report.txt") as reading:
            with pytest.raises(ConnectionResetError):
                while data := reading.recv(1 << 20):
                    received += data
        assert received.count(b"HTTP/1.1") <= 1
        assert client.request("GET", "/healthz").status == 200


def test_the_page_of_the_data_lists_every_file(client, release):
    page = client.request("GET", "/data?lang=en", accept="text/html").body.decode()
    manifest = json.loads((release / "manifest.json").read_bytes())
    for name, about in manifest["files"].items():
        assert f'href="/data/{name}"' in page and f'title="{about["sha256"]}"' in page


@pytest.mark.parametrize(("path", "status"), [("/.well-known/void", 302), ("/data", 303)])
def test_programs_are_sent_to_the_description_of_the_data(client, path, status):
    answer = client.request("GET", path, accept="text/turtle")
    assert (answer.status, answer.headers["Location"]) == (status, "/data/void.ttl")
    assert client.request("GET", "/data/void.ttl").media_type == "text/turtle"
