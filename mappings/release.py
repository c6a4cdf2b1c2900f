"""A release: a folder with the graph, its dumps, the report and a manifest of hashes.

It is written into a folder of its own and then switched to, so that nothing half-written is
ever served: `<out>/releases/<id>/` holds it, `<out>/current` is a link to the newest one. Builds
into one folder take turns.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, Triple, serialize

from .build import ROOT, Built
from .dcat import describe_catalogue
from .errors import BuildError
from .exports import load_store, write_exports
from .prov import describe_build
from .publication import describe_graphs, graph_slug, list_downloads, turtle
from .report import format_report
from .terms import DCAT, DCATAP, PREFIXES, SCHEMA, SPDX, VCARD, VOID
from .validation_report import FORMATS, write_validation
from .void import describe_dataset

INPUTS = ("data", "mappings", "ontology", "shapes", "validator")
INPUT_KINDS = {".py", ".csv", ".toml", ".ttl", ".rq", ".html"}


def inputs_digest(root: Path = ROOT) -> str:
    """Return the sha256 of everything a build reads: a release made from it is still the one."""
    digest = hashlib.sha256()
    paths = [path for folder in INPUTS for path in sorted((root / folder).rglob("*"))]
    for path in [*paths, root / "pyproject.toml"]:
        if path.suffix in INPUT_KINDS and path.is_file():
            name = path.relative_to(root).as_posix().encode()
            content = path.read_bytes()
            digest.update(b"%d %s %d " % (len(name), name, len(content)))
            digest.update(content)
    return digest.hexdigest()


def n_quads(quads: set[Quad]) -> bytes:
    """Return the quads as N-Quads, one a line, sorted: the same graph gives the same bytes."""
    text = serialize(quads, format=RdfFormat.N_QUADS) or b""
    return b"".join(sorted(text.splitlines(keepends=True)))


def current_manifest(out: Path) -> dict[str, object] | None:
    """Return the manifest of the release `<out>/current` points to, or None."""
    try:
        found = json.loads((out / "current" / "manifest.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def is_up_to_date(out: Path, root: Path = ROOT) -> bool:
    """Return whether the current release was made from these inputs and all its files are whole."""
    manifest = current_manifest(out) or {}
    if manifest.get("inputs") != inputs_digest(root):
        return False
    found = _hashes(out / "current")
    found.pop("manifest.json", None)
    return found == manifest.get("files")


def write_release(built: Built, out: Path, root: Path = ROOT) -> Path:
    """Write a release and make `<out>/current` point to it; return its folder.

    Raises BuildError if the graph has violations or the disk does not take it; what was the
    current release before stays so.
    """
    if built.validation is not None and built.validation.blocking:
        raise BuildError(
            f"the graph has {built.validation.blocking} violations, expected none; nothing was "
            "released."
        )
    graph = n_quads(built.quads)
    release = hashlib.sha256(graph).hexdigest()[:12]
    target = out / "releases" / release
    with _writing(out), _new_folder(out) as folder:
        (folder / "enishi.nq").write_bytes(graph)
        _write_dumps(built.quads, folder)
        write_exports(load_store(built.quads), folder)
        (folder / "report.txt").write_text(format_report(built), encoding="utf-8")
        if built.validation is not None:
            for suffix in FORMATS:
                write_validation(built.validation, folder / f"validation{suffix}")
        inputs = inputs_digest(root)
        _write_descriptions(built, folder, release, inputs, root)
        graphs = Counter(quad.graph_name for quad in built.quads)
        manifest = {
            "release": release,
            "quads": len(built.quads),
            "inputs": inputs,
            "documents": sorted(built.documents),
            "lines": {slug: found.line_counts() for slug, found in sorted(built.documents.items())},
            "graphs": {graph_slug(name): graphs[name] for name in sorted(graphs, key=str)},
            "downloads": [d.document() for d in list_downloads(folder, describe_graphs(built))],
            "files": _hashes(folder),
        }
        text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        _move(folder, target)
        _switch(out, release)
    return target


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    """Wait for other builds into `out` to end. Raises BuildError for what the disk refuses."""
    try:
        (out / "releases").mkdir(parents=True, exist_ok=True)
        # The system gives a lock up with the process, however that ends.
        with (out / "releases" / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise BuildError(
            f"{error.filename or out}: found {error.strerror}, expected room and permission to "
            "write a release; the release before stays in place."
        ) from None


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """Give a fresh folder that is gone afterwards unless it was moved away."""
    folder = out / "releases" / f".unfinished-{os.getpid()}"
    for left in (out / "releases").glob(".unfinished-*"):
        shutil.rmtree(left)
    try:
        folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move(folder: Path, target: Path) -> None:
    """Move a finished folder to `target`.

    If the same graph was released before, it may be the one being served: each file takes the
    place of the one before in one step, the manifest last, so that graph and manifest always fit.
    """
    if not target.exists():
        os.replace(folder, target)
        return
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: (path.name == "manifest.json", path)):
        place = target / path.relative_to(folder)
        place.parent.mkdir(exist_ok=True)
        os.replace(path, place)


def _switch(out: Path, release: str) -> None:
    link = out / f".current-{os.getpid()}"
    for left in out.glob(".current-*"):
        left.unlink()
    link.symlink_to(Path("releases") / release)
    os.replace(link, out / "current")


def _write_dumps(quads: set[Quad], folder: Path) -> None:
    """Write each named graph as Turtle and JSON-LD, statements in order."""
    by_graph: dict[str, list[Triple]] = defaultdict(list)
    for quad in quads:
        by_graph[graph_slug(quad.graph_name)].append(quad.triple)
    (folder / "dumps").mkdir()
    for name, triples in sorted(by_graph.items()):
        triples.sort(key=str)
        for suffix, format_ in ((".ttl", RdfFormat.TURTLE), (".jsonld", RdfFormat.JSON_LD)):
            content = serialize(triples, format=format_, prefixes=PREFIXES)
            (folder / "dumps" / (name + suffix)).write_bytes(content or b"")


def _write_descriptions(built: Built, folder: Path, release: str, inputs: str, root: Path) -> None:
    """Write void.ttl, prov.ttl and, last, the catalogue that lists every file before it."""
    graphs = describe_graphs(built)
    dataset = describe_dataset(built, graphs, list_downloads(folder, graphs))
    (folder / "void.ttl").write_bytes(turtle(dataset, {"void": VOID.iri}))
    made = describe_build(built, graphs, release, inputs, root)
    (folder / "prov.ttl").write_bytes(turtle(made, {"schema": SCHEMA.iri}))
    listed = list_downloads(folder, graphs)
    catalogue = describe_catalogue(built, graphs, listed, release)
    prefixes = {"dcat": DCAT.iri, "dcatap": DCATAP.iri, "spdx": SPDX.iri, "vcard": VCARD.iri}
    (folder / "dcat.ttl").write_bytes(turtle(catalogue, prefixes))


def _hashes(folder: Path) -> dict[str, dict[str, str | int]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "size": path.stat().st_size,
        }
        for path in files
    }
