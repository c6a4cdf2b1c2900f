"""Behind nginx with another host, https and a sub-path, every link leads where it should."""

import http.client
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serving import serving

HOST = "data.example.jp"
PREFIX = "/enishi"
CONFIGURATION = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ }}
http {{
  access_log off; proxy_max_temp_file_size 0;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen unix:{folder}/nginx.sock;
    location {prefix}/ {{
      proxy_pass {address};
      proxy_set_header Host {host};
      proxy_set_header X-Forwarded-Host {host};
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-Prefix {prefix};
      proxy_set_header X-Forwarded-For $remote_addr;
    }}
  }}
}}
"""


class OverSocket(http.client.HTTPConnection):
    """A connection to a server on a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__(HOST, timeout=20)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


@contextmanager
def nginx(address: str, folder: Path) -> Iterator[Path]:
    """Run nginx in front of an address; yield its socket."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        pytest.skip("nginx is not installed")
    text = CONFIGURATION.format(folder=folder, address=address, host=HOST, prefix=PREFIX)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        for _ in range(200):
            if (folder / "nginx.sock").exists() or process.poll() is not None:
                break
            time.sleep(0.05)
        assert process.poll() is None, process.stderr and process.stderr.read()
        yield folder / "nginx.sock"
        process.terminate()


@pytest.fixture(scope="module")
def proxy(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("nginx")
    with (
        serving(release, options=["--proxies", "1"]) as client,
        nginx(client.address, folder) as at,
    ):
        yield at


def get(proxy: Path, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    connection = OverSocket(proxy)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, {k.lower(): v for k, v in response.getheaders()}, body


def test_links_of_pages_carry_the_sub_path(proxy):
    for path in ("/", "/id/municipality/03201", "/sparql?format=html", "/id/none/none"):
        _, _, page = get(proxy, PREFIX + path, Accept="text/html")
        local = [at for at in re.findall(r'(?:href|action|src)="([^"]*)"', page) if at[:1] == "/"]
        assert local and all(at.startswith(f"{PREFIX}/") for at in local), path


def test_addresses_of_documents_carry_host_scheme_and_sub_path(proxy):
    _, headers, _ = get(proxy, f"{PREFIX}/id/municipality/03201", Accept="text/turtle")
    assert headers["content-location"] == f"{PREFIX}/id/municipality/03201.ttl"
    assert f'<{PREFIX}/id/municipality/03201.jsonld>; rel="alternate"' in headers["link"]
    status, headers, _ = get(proxy, f"{PREFIX}/id/Municipality/03201")
    assert (status, headers["location"]) == (301, f"{PREFIX}/id/municipality/03201")
    _, _, description = get(proxy, f"{PREFIX}/sparql", Accept="text/turtle")
    assert f"<https://{HOST}{PREFIX}/sparql>" in description
    _, _, page = get(proxy, f"{PREFIX}/", Accept="text/html")
    assert f"https://{HOST}{PREFIX}/sparql" in page


def test_every_link_of_a_page_is_answered(proxy):
    _, _, page = get(proxy, f"{PREFIX}/id/municipality/09367", Accept="text/html")
    links = {at.partition("#")[0] for at in re.findall(r'href="(/[^"]*)"', page)}
    assert len(links) > 15
    found = {at: get(proxy, at.replace("&amp;", "&"))[0] for at in links}
    assert {at for at, status in found.items() if status != 200} == set()


def test_without_a_trusted_proxy_its_headers_say_nothing(release):
    with serving(release) as client:
        page = client.request(
            "GET", "/", accept="text/html", x_forwarded_host="evil.example",
            x_forwarded_prefix="/evil", x_forwarded_proto="https",
        )  # fmt: skip
    assert b"evil" not in page.body
