"""Open a release folder read-only: its manifest, its statements in memory, both checked."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import RdfFormat, Store

DATA = "enishi.nq"
MANIFEST = "manifest.json"


class ReleaseError(Exception):
    """A release folder that cannot be served; its text is one sentence."""


@dataclass(frozen=True)
class Release:
    """A graph that is served: its id, the number of statements, the slugs of its documents."""

    store: Store
    identifier: str
    quads: int
    documents: tuple[str, ...]


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


def open_release(folder: Path) -> Release:
    """Return the release in `folder`, loaded into memory.

    Raises ReleaseError when the manifest or the data is missing, or differs from what the
    manifest says.
    """
    manifest = _manifest(folder)
    path = folder / MANIFEST
    identifier: str = _member(manifest, path, ("release",), str)
    quads: int = _member(manifest, path, ("quads",), int)
    documents: list[str] = _member(manifest, path, ("documents",), list)
    data = folder / DATA
    _check_hash(data, _member(manifest, path, ("files", DATA, "sha256"), str))
    store = Store()
    try:
        store.bulk_load(path=str(data), format=RdfFormat.N_QUADS)
    except SyntaxError as error:
        raise ReleaseError(f"{data}: expected N-Quads, found {error.msg}.") from error
    if len(store) != quads:
        raise ReleaseError(f"{data}: found {len(store)} statements, expected {quads}.")
    return Release(store, identifier, quads, tuple(documents))
