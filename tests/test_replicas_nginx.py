"""Two servers of one release behind nginx: one is killed, requests go on."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serving import Client, serving
from tests.stores import free_port

QUERY = "/sparql?query=SELECT+(COUNT(*)+AS+?n)+%7B?s+?p+?o%7D&format=json"
# As server/README.md has it: what one replica does not answer the other one is asked.
CONFIGURATION = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ }}
http {{
  log_format upstreams '$upstream_addr'; access_log {folder}/access.log upstreams;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream enishi {{
    server {first} max_fails=1 fail_timeout=2s;
    server {second} max_fails=1 fail_timeout=2s;
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://enishi;
      proxy_next_upstream error timeout http_502 http_503 non_idempotent;
      proxy_next_upstream_tries 2;
      proxy_connect_timeout 2s;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }}
  }}
}}
"""


@contextmanager
def balanced(folder: Path, first: Client, second: Client) -> Iterator[int]:
    """Run nginx before two servers; yield its port."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        pytest.skip("nginx is not installed (apt-get install nginx-light)")
    port = free_port()
    text = CONFIGURATION.format(
        folder=folder, port=port, first=f"127.0.0.1:{first.port}",
        second=f"127.0.0.1:{second.port}",
    )  # fmt: skip
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        for _ in range(200):
            if (folder / "nginx.pid").exists() or process.poll() is not None:
                break
            time.sleep(0.05)
        assert process.poll() is None, process.stderr and process.stderr.read()
        yield port
        process.terminate()


def get(port: int) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", QUERY)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


def post(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Content-Type": "application/sparql-query"}
    connection.request("POST", "/sparql", "ASK { ?s ?p ?o }", headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_one_of_two_replicas_may_be_killed(small_release: Path, tmp_path: Path):
    with (
        serving(small_release) as first,
        _dying(small_release) as second,
        balanced(tmp_path, first, second) as port,
    ):
        answers = [get(port) for _ in range(10)]
        assert {status for status, _ in answers} == {200}
        assert (
            len({json.loads(body)["results"]["bindings"][0]["n"]["value"] for _, body in answers})
            == 1
        )
        asked = set((tmp_path / "access.log").read_text().split())
        assert asked == {f"127.0.0.1:{first.port}", f"127.0.0.1:{second.port}"}
        os.kill(second.pid, signal.SIGKILL)
        assert [get(port) for _ in range(30)] == [answers[0]] * 30
        assert {post(port) for _ in range(10)} == {200}


@contextmanager
def _dying(release: Path) -> Iterator[Client]:
    """Serve; the server is killed by the test, which is no failure."""
    try:
        with serving(release) as client:
            yield client
    except AssertionError as error:
        assert "ended with -9" in str(error)
