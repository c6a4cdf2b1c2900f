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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pyoxigraph import RdfFormat, parse, serialize

from .build import ROOT, Built
from .dcat import describe_catalogue
from .document import DATA
from .errors import BuildError
from .exports import exports
from .processes import beside, in_processes
from .prov import describe_build
from .publication import describe_graphs, file_digest, list_downloads, turtle
from .report import format_report
from .sorted_lines import batched
from .statements import Statements
from .terms import DCAT, DCATAP, PREFIXES, SCHEMA, SPDX, VCARD, VOID
from .validation_report import FORMATS, write_validation
from .void import describe_dataset

INPUTS = ("mappings", "ontology", "shapes", "validator")
# Where the statements of each graph wait to be written in other formats.
PARTS = ".parts"
LINES_AT_ONCE = 200_000
INPUT_KINDS = {".py", ".csv", ".toml", ".ttl", ".rq", ".html"}


def inputs_digest(root: Path = ROOT, data: Path = DATA) -> str:
    """Return the sha256 of everything a build reads: a release made from it is still the one."""
    digest = hashlib.sha256()
    paths = [(path, data) for path in sorted(data.rglob("*"))]
    paths += [(path, root) for folder in INPUTS for path in sorted((root / folder).rglob("*"))]
    for path, base in [*paths, (root / "pyproject.toml", root)]:
        if path.suffix in INPUT_KINDS and path.is_file():
            name = path.relative_to(base).as_posix().encode()
            content = path.read_bytes()
            digest.update(b"%d %s %d " % (len(name), name, len(content)))
            digest.update(content)
    return digest.hexdigest()


def current_manifest(out: Path) -> dict[str, object] | None:
    """Return the manifest of the release `<out>/current` points to, or None."""
    try:
        found = json.loads((out / "current" / "manifest.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def is_up_to_date(out: Path, root: Path = ROOT, data: Path = DATA) -> bool:
    """Return whether the current release was made from these inputs and all its files are whole."""
    manifest = current_manifest(out) or {}
    if manifest.get("inputs") != inputs_digest(root, data):
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
    with _writing(out), _new_folder(out) as folder:
        jobs = [*exports(built.statements.store, folder), *_reports(built, folder)]
        # In one process: each that reads the store comes to have pages of its own of it.
        with beside(jobs):
            digest, graphs = _write_graph(built.statements, folder)
            _write_dumps(folder, sorted(graphs))
            _write_dataset(built, folder)
            text = format_report(built, graphs.total())
            (folder / "report.txt").write_text(text, encoding="utf-8")
        release, inputs = digest[:12], inputs_digest(root, built.data)
        _write_descriptions(built, folder, release, inputs, root)
        manifest = {
            "release": release,
            "quads": graphs.total(),
            "inputs": inputs,
            "documents": sorted(built.documents),
            "lines": {slug: found.line_counts() for slug, found in sorted(built.documents.items())},
            "graphs": dict(sorted(graphs.items())),
            "downloads": [d.document() for d in list_downloads(folder, describe_graphs(built))],
            "files": _hashes(folder),
        }
        text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        target = out / "releases" / release
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


def _write_graph(statements: Statements, folder: Path) -> tuple[str, Counter[str]]:
    """Write enishi.nq, and the statements of each graph as N-Triples for its dumps.

    One a line and sorted: the same graph gives the same bytes. Return the file's sha256 and how
    many statements each graph has, by its slug.
    """
    digest, graphs = hashlib.sha256(), Counter[str]()
    (folder / PARTS).mkdir()
    with (folder / "enishi.nq").open("wb") as file:
        for lines in batched(statements.lines(), LINES_AT_ONCE):
            data = b"".join(lines)
            file.write(data)
            digest.update(data)
            by_graph: dict[bytes, list[bytes]] = defaultdict(list)
            for line in lines:
                triple, _, name = line.rpartition(b" <")
                by_graph[name].append(triple)
            for name, triples in by_graph.items():
                slug = name.rpartition(b"/")[2].removesuffix(b"> .\n").decode()
                graphs[slug] += len(triples)
                with (folder / PARTS / slug).open("ab") as part:
                    part.writelines(triple + b" .\n" for triple in triples)
    return digest.hexdigest(), graphs


def _write_dumps(folder: Path, slugs: list[str]) -> None:
    """Write each named graph as Turtle and JSON-LD, statements in order."""
    (folder / "dumps").mkdir()

    def write(slug: str) -> None:
        for suffix, format_ in ((".ttl", RdfFormat.TURTLE), (".jsonld", RdfFormat.JSON_LD)):
            triples = parse(path=folder / PARTS / slug, format=RdfFormat.N_TRIPLES)
            output = folder / "dumps" / (slug + suffix)
            serialize(triples, output, format=format_, prefixes=PREFIXES)

    for _ in in_processes(write, slugs):
        pass
    shutil.rmtree(folder / PARTS)


def _reports(built: Built, folder: Path) -> list[Callable[[], None]]:
    """Return what writes the report of the validation in each format."""
    if built.validation is None:
        return []
    return [
        partial(write_validation, built.validation, folder / f"validation{suffix}")
        for suffix in FORMATS
    ]


def _write_dataset(built: Built, folder: Path) -> None:
    """Write void.ttl."""
    graphs = describe_graphs(built)
    dumps = list_downloads(folder, graphs, ("whole", "graph"))
    dataset = describe_dataset(built, graphs, dumps)
    (folder / "void.ttl").write_bytes(turtle(dataset, {"void": VOID.iri}))


def _write_descriptions(built: Built, folder: Path, release: str, inputs: str, root: Path) -> None:
    """Write prov.ttl and, last, the catalogue that lists every file before it."""
    graphs = describe_graphs(built)
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
            "sha256": file_digest(path),
            "size": path.stat().st_size,
        }
        for path in files
    }
