"""The servers that are measured: Enishi and its peers, each in a temporary folder of its own."""

import http.client
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from .processes import PeerError, Server, free_port, running, wait_until_answering

ROOT = Path(__file__).resolve().parent.parent
HERE = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / "build" / "peers"
DATA = "enishi.nq"
# It reads some 20,000 statements a second and then answers in seconds what others do in
# milliseconds: beyond this it would take the time of the whole run.
RDFLIB_MOST = 300_000
Start = Callable[[Path, Path], AbstractContextManager[Server]]


def install_peers() -> None:
    """Install the servers of peers.txt, if they are not there yet. Raises PeerError."""
    install(HERE / "peers.txt", ENVIRONMENT)


def install(requirements: Path, environment: Path) -> None:
    """Install requirements into an environment of their own, if they are not there yet.

    Raises PeerError where pip fails.
    """
    wanted = requirements.read_text(encoding="utf-8")
    installed = environment / requirements.name
    if installed.is_file() and installed.read_text(encoding="utf-8") == wanted:
        return
    print(f"installing the peers into {environment.relative_to(ROOT)} …", file=sys.stderr)
    python = environment / "bin" / "python"
    for command in (
        [sys.executable, "-m", "venv", str(environment)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--requirement", str(requirements)],
    ):  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise PeerError(f"found that `{' '.join(command[1:4])}` failed: {' '.join(said)}")
    installed.write_text(wanted, encoding="utf-8")


def program(name: str) -> str:
    """Return the path of a program from pip: of build/peers, or of the environment that runs.

    Raises PeerError where it is in neither.
    """
    for folder in (ENVIRONMENT / "bin", Path(sys.executable).parent):
        if (folder / name).is_file():
            return str(folder / name)
    raise PeerError(
        f"{name}: found no such program in {ENVIRONMENT.relative_to(ROOT)} nor beside Python,"
        " expected pip to install it."
    )


def system_program(name: str, package: str) -> str:
    """Return the path of a program of the system. Raises PeerError where there is none."""
    found = shutil.which(name)
    if found is None:
        raise PeerError(f"{name}: found no such program, expected it (Debian: {package}).")
    return found


@contextmanager
def enishi(
    release: Path, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Serve a release with this checkout's server."""
    port = free_port()
    command = [sys.executable, "-m", "server", "serve", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--release", str(release), "--access-log", "off"]
    settings = {"PYTHONPATH": str(ROOT), **(environment or {})}
    with running(command, folder, settings) as process:
        output = folder / "output"
        begun = time.monotonic()
        while b"\n" not in output.read_bytes() and process.poll() is None:
            if time.monotonic() - begun > 60:
                raise PeerError("Enishi: found no address printed in 60 s, expected one.")
            time.sleep(0.02)
        yield wait_until_answering("Enishi", f"http://127.0.0.1:{port}/sparql", process, folder)


@contextmanager
def oxigraph_in_memory(release: Path, folder: Path) -> Iterator[Server]:
    """Serve the data from memory with Oxigraph's own server."""
    port = free_port()
    address = f"127.0.0.1:{port}"
    command = [program("oxigraph"), "serve", "--union-default-graph", "--bind", address]
    with running(command, folder) as process:
        name, endpoint = "Oxigraph, memory", f"http://{address}/query"
        server = wait_until_answering(name, endpoint, process, folder)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        with (release / DATA).open("rb") as data:
            size = str((release / DATA).stat().st_size)
            headers = {"Content-Type": "application/n-quads", "Content-Length": size}
            connection.request("POST", "/store", body=data, headers=headers)
        status = connection.getresponse().status
        connection.close()
        if status not in (201, 204):
            raise PeerError(f"{name}: found {status} for loading, expected 204.")
        yield server


@contextmanager
def oxigraph_on_disk(release: Path, folder: Path) -> Iterator[Server]:
    """Serve the data from disk with Oxigraph's own server."""
    port = free_port()
    place = str(folder / "data")
    load = [program("oxigraph"), "load", "--location", place, "--file", str(release / DATA)]
    subprocess.run(load, check=True, capture_output=True)
    command = [
        program("oxigraph"), "serve-read-only", "--union-default-graph", "--location", place,
        "--bind", f"127.0.0.1:{port}",
    ]  # fmt: skip
    with running(command, folder) as process:
        endpoint = f"http://127.0.0.1:{port}/query"
        yield wait_until_answering("Oxigraph, disk", endpoint, process, folder)


@contextmanager
def rdflib_endpoint(release: Path, folder: Path) -> Iterator[Server]:
    """Serve the data with rdflib-endpoint as its command line does."""
    with (release / DATA).open("rb") as data:
        count = sum(1 for _ in data)
    if count > RDFLIB_MOST:
        raise PeerError(
            f"rdflib-endpoint: found {count} statements, expected at most {RDFLIB_MOST}:"
            " beyond that it takes longer than the whole run."
        )
    port = free_port()
    command = [
        program("rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", str(port),
        str(release / DATA),
    ]  # fmt: skip
    with running(command, folder) as process:
        endpoint = f"http://127.0.0.1:{port}/"
        yield wait_until_answering("rdflib-endpoint", endpoint, process, folder)


@contextmanager
def virtuoso(release: Path, folder: Path) -> Iterator[Server]:
    """Serve the data with a Virtuoso of its own, filled by its bulk loader."""
    server_program = system_program("virtuoso-t", "virtuoso-opensource")
    isql = system_program("isql-vt", "virtuoso-opensource")
    port, sql_port = free_port(), free_port()
    settings = (HERE / "virtuoso.ini").read_text(encoding="utf-8")
    settings = settings.format(folder=folder, release=release, port=port, sql_port=sql_port)
    (folder / "virtuoso.ini").write_text(settings, encoding="utf-8")
    with running([server_program, "-f", "-c", str(folder / "virtuoso.ini")], folder) as process:
        endpoint = f"http://127.0.0.1:{port}/sparql"
        server = wait_until_answering("Virtuoso", endpoint, process, folder)
        # The name and password of every new database, which ends with this block.
        load = f"ld_dir('{release}', '{DATA}', 'urn:none'); rdf_loader_run(); checkpoint;"
        failed = "select ll_error from DB.DBA.load_list where ll_error is not null;"
        done = subprocess.run(
            [isql, f"127.0.0.1:{sql_port}", "dba", "dba", "ERRORS=STDOUT", f"exec={load}{failed}"],
            capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        if done.returncode or "0 Rows" not in done.stdout or "Error" in done.stdout:
            raise PeerError(f"Virtuoso: found that loading failed: {done.stdout.strip()[-300:]}")
        yield server


PEERS: dict[str, Start] = {
    "enishi": enishi,
    "oxigraph-memory": oxigraph_in_memory,
    "oxigraph-disk": oxigraph_on_disk,
    "rdflib-endpoint": rdflib_endpoint,
    "virtuoso": virtuoso,
}
# Enishi's settings for measuring, unless the environment says otherwise.
SETTINGS = {"ENISHI_QUERY_SECONDS": os.environ.get("ENISHI_QUERY_SECONDS", "60")}
