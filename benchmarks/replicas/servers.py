"""Replicas that run: Oxigraph's own server or Virtuoso, each behind a proxy with its quirks."""

import json
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, serialize

from ..peers import DATA, ROOT, Start, oxigraph_in_memory, program, system_program, virtuoso
from ..processes import PeerError
from .areas import registered
from .data import SOURCES, replica
from .quirks import Quirks, Wrapper, wrapped

REAL = ROOT / "server" / "federation" / "endpoints.toml"
# Japan Search and DBpedia run Virtuoso, too; one is enough to learn how it differs.
ENGINES: Mapping[str, Start] = {
    name: virtuoso if name == "gbizinfo" else oxigraph_in_memory for name in SOURCES
}


def missing(name: str) -> str:
    """Return in a sentence why the replica of an endpoint cannot run here; nothing if it can."""
    try:
        if ENGINES[name] is virtuoso:
            system_program("virtuoso-t", "virtuoso-opensource")
        else:
            program("oxigraph")
    except PeerError as error:
        return str(error)
    return ""


@dataclass(frozen=True)
class Replicas:
    """Running replicas: the proxy of each, and what it holds, by the name of the endpoint."""

    wrappers: Mapping[str, Wrapper]
    data: Mapping[str, Sequence[Quad]]

    def switch(self, quirks: Quirks) -> None:
        """Give every replica these quirks."""
        for wrapper in self.wrappers.values():
            wrapper.quirks = quirks

    def write_registry(self, path: Path, **changes: object) -> Path:
        """Write a registry of the replicas, as `registry_of` does, and return its path."""
        return registry_of(self.wrappers, path, **changes)


def registry_of(wrappers: Mapping[str, Wrapper], path: Path, **changes: object) -> Path:
    """Write a registry of endpoints by name, and return its path: ENISHI_ENDPOINTS for the server.

    What it says of an endpoint is what the real registry says, but for the address, the pause
    between requests (nobody else is disturbed here) and `changes`, which every table gets.
    """
    real = tomllib.loads(REAL.read_text(encoding="utf-8"))
    tables = []
    for name, wrapper in wrappers.items():
        here = {"url": wrapper.endpoint, "aliases": [wrapper.twin], "loopback": True}
        table = {**real[name], "pause_s": 0, **here, **changes}
        lines = [f"{key} = {_toml(value)}" for key, value in table.items()]
        tables.append("\n".join((f"[{name}]", *lines, "")))
    path.write_text("\n".join(tables), encoding="utf-8")
    return path


def _toml(value: object) -> str:
    """Return a value as TOML writes it.

    >>> _toml({"ja": "統計", "en": True})
    '{ja = "統計", en = true}'
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


@contextmanager
def served(quads: Iterable[Quad], start: Start) -> Iterator[str]:
    """Serve statements with an engine of benchmarks.peers; yield its endpoint's address.

    Raises PeerError where the engine is not installed, or does not start.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        serialize(quads, str(folder / DATA), format=RdfFormat.N_QUADS)
        with start(folder, folder) as server:
            yield server.endpoint


@contextmanager
def replicas(names: Iterable[str] = tuple(SOURCES)) -> Iterator[Replicas]:
    """Run the replicas of some endpoints, without quirks; they end with the block.

    Raises PeerError where an engine is not installed, or does not start.
    """
    registers, areas = registered()
    data = {name: replica(name, registers, areas) for name in names}
    with ExitStack() as stack:
        wrappers = {
            name: stack.enter_context(
                wrapped(stack.enter_context(served(quads, ENGINES[name])), Quirks())
            )
            for name, quads in data.items()
        }
        yield Replicas(wrappers, data)
