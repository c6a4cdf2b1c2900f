"""Open a release folder read-only: its manifest and its statements, both checked.

The statements lie in memory where they fit, and else in a store on disk beside the releases,
which is made once.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import RdfFormat, Store, __version__

from .downloads import Download, read_downloads

if TYPE_CHECKING:
    from .remote.store import RemoteStore

DATA = "enishi.nq"
MANIFEST = "manifest.json"
# What a graph takes in memory for each byte of its N-Quads, measured, rounded up.
MEMORY_FACTOR = 3


class ReleaseError(Exception):
    """A release folder that cannot be served; its text is one sentence."""


@dataclass(frozen=True)
class Release:
    """A graph that is served: its id, the number of statements, the slugs of its documents.

    `downloads`: the files that lie beside it, to be taken away.
    `lines`: how many lines of each document are rows, headers, noise and blank, where it is known.
    """

    store: "Store | RemoteStore"
    identifier: str
    quads: int
    documents: tuple[str, ...]
    downloads: tuple[Download, ...] = ()
    lines: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ReleaseError(f"{path}: found no release, expected one; run `make build`.") from error
    except OSError as error:
        raise ReleaseError(f"{path}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise ReleaseError(f"{path}: expected JSON in UTF-8, found {error}.") from error
    if not isinstance(manifest, dict):
        raise ReleaseError(f"{path}: found {type(manifest).__name__}, expected a JSON object.")
    return manifest


def _member(manifest: dict[str, Any], path: Path, names: tuple[str, ...], kind: type) -> Any:
    value: Any = manifest
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ReleaseError(
            f"{path}: found {json.dumps(value)} for {' → '.join(names)},"
            f" expected a value of type {kind.__name__}."
        )
    return value


def _lines(manifest: dict[str, Any], path: Path) -> dict[str, dict[str, int]]:
    """Return the lines of each document by kind; releases of former times do not tell them."""
    if "lines" not in manifest:
        return {}
    slugs: dict[str, Any] = _member(manifest, path, ("lines",), dict)
    return {
        slug: {
            kind: _member(manifest, path, ("lines", slug, kind), int)
            for kind in _member(manifest, path, ("lines", slug), dict)
        }
        for slug in slugs
    }


def downloads_of(folder: Path, identifier: str) -> tuple[Download, ...]:
    """Return the files of a release that lie in `folder`, none where it holds another release."""
    try:
        manifest = _manifest(folder)
        is_same = manifest.get("release") == identifier
        return read_downloads(manifest.get("downloads")) if is_same else ()
    except (ReleaseError, ValueError):
        return ()


def _check_hash(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ReleaseError(
            f"{path}: cannot be read ({error.strerror}), expected the file the manifest names."
        ) from error
    if found != expected:
        raise ReleaseError(f"{path}: found sha256 {found}, expected {expected}.")


def fits_in_memory(folder: Path) -> bool:
    """Tell whether the graph takes less than half of the memory that is free now.

    ENISHI_STORE_KIND=memory or disk decides it instead.
    """
    kind = os.environ.get("ENISHI_STORE_KIND", "auto")
    if kind not in ("auto", "memory", "disk"):
        raise ReleaseError(f"ENISHI_STORE_KIND: found {kind!r}, expected auto, memory or disk.")
    if kind != "auto":
        return kind == "memory"
    try:
        size = (folder / DATA).stat().st_size
    except OSError:
        return True
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    return size * MEMORY_FACTOR < free / 2


def open_release(folder: Path, in_memory: bool = True, is_checked: bool = False) -> Release:
    """Return the release in `folder`, in memory or in its store on disk.

    Raises ReleaseError when the manifest or the data is missing, or differs from what the
    manifest says. `is_checked`: it did not, a moment ago, and its store on disk is there.
    """
    folder = folder.resolve()
    manifest = _manifest(folder)
    path = folder / MANIFEST
    identifier: str = _member(manifest, path, ("release",), str)
    quads: int = _member(manifest, path, ("quads",), int)
    documents: list[str] = _member(manifest, path, ("documents",), list)
    try:
        downloads = read_downloads(manifest.get("downloads"))
    except ValueError as error:
        raise ReleaseError(f"{path}: {error}") from error
    data = folder / DATA
    if not is_checked:
        _check_hash(data, _member(manifest, path, ("files", DATA, "sha256"), str))
    store = _in_memory(data) if in_memory else _on_disk(data, identifier)
    if not is_checked and len(store) != quads:
        raise ReleaseError(f"{data}: found {len(store)} statements, expected {quads}.")
    lines = _lines(manifest, path)
    return Release(store, identifier, quads, tuple(documents), downloads, lines)


def _load(store: Store, data: Path) -> None:
    try:
        store.bulk_load(path=str(data), format=RdfFormat.N_QUADS)
    except SyntaxError as error:
        raise ReleaseError(f"{data}: expected N-Quads, found {error.msg}.") from error


def _in_memory(data: Path) -> Store:
    store = Store()
    _load(store, data)
    return store


def _on_disk(data: Path, identifier: str) -> Store:
    """Return the store on disk, made in a folder of its own and then moved into place."""
    stores = data.parent.parent / ".stores"
    place = stores / f"{identifier}-{__version__}"
    making = stores / f".making-{os.getpid()}"
    try:
        if not place.is_dir():
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir(parents=True)
            store = Store(str(making))
            _load(store, data)
            store.flush()
            del store
            os.replace(making, place)
        return Store.read_only(str(place))
    except OSError as error:
        raise ReleaseError(
            f"{place}: found {error.strerror or error}, expected room and permission for a store."
        ) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
