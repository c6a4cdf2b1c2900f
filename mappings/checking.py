"""`check` on anybody's data: an endpoint, a folder with a store or a release, or RDF files."""

from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlsplit

from pyoxigraph import RdfFormat, Store

from validator import Endpoint

from .errors import EnishiError
from .validation import Progress, Validation, load_shapes, validate

# What an Oxigraph store has in its folder, and no release has.
OF_A_STORE = "CURRENT"
RELEASED = "enishi.nq"
SUFFIXES = {
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".trig": RdfFormat.TRIG,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
}


class CheckError(EnishiError):
    """The check could not be carried out: nothing is known of the data."""


def check_data(
    stores: Iterable[str],
    shapes: Path,
    *,
    validator: str,
    most: int | None = None,
    progress: Progress | None = None,
    begin: Callable[[str], None] = lambda step: None,
) -> Validation:
    """Return what the shapes of a folder or file find in the data.

    `stores`: the address of one endpoint, or paths of a store, releases, folders and files; the
    union of all their graphs is checked. `begin` is told each step.

    Raises CheckError if anything of it cannot be read or asked, with one sentence.
    """
    try:
        graph = load_shapes(_existing(shapes, "a folder or file of SHACL shapes"))
        data = open_data(list(stores), begin)
        begin("validating")
        return validate(data, graph, validator=validator, most=most, progress=progress)
    except EnishiError as error:
        raise CheckError(str(error)) from None


def open_data(stores: list[str], begin: Callable[[str], None]) -> Store | Endpoint:
    """Return an endpoint, a store on disk opened to be read, or files loaded into a store."""
    addresses = [name for name in stores if urlsplit(name).scheme in ("http", "https")]
    if addresses:
        if len(stores) > 1:
            raise CheckError(
                f"--store: found {addresses[0]} and {len(stores) - 1} more, expected an endpoint "
                "alone."
            )
        return Endpoint(addresses[0])
    paths = [_existing(Path(name), "a SPARQL endpoint's address, a folder or a file")
             for name in stores]  # fmt: skip
    if len(paths) == 1 and (paths[0] / OF_A_STORE).is_file():
        return _open_store(paths[0])
    store = Store()
    for file in (file for path in paths for file in _files(path)):
        begin(f"loading {file.name}")
        _load(store, file)
    if not len(store):
        raise CheckError(f"{', '.join(stores)}: found no statement, expected RDF data.")
    return store


def _existing(path: Path, expected: str) -> Path:
    if not path.exists():
        raise CheckError(f"{path}: found no such file or folder, expected {expected}.")
    return path


def _open_store(folder: Path) -> Store:
    try:
        return Store.read_only(str(folder))
    except OSError as error:
        raise CheckError(f"{folder}: found {error}, expected a store of Oxigraph.") from None


def _files(path: Path) -> list[Path]:
    """Return the RDF files of a path: of a release its graph alone, else every one there is."""
    if not path.is_dir():
        return [path]
    if (path / RELEASED).is_file():
        return [path / RELEASED]
    if (path / "current" / RELEASED).is_file():
        return [path / "current" / RELEASED]
    found = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
    if not found:
        raise CheckError(
            f"{path}: found neither a store, a release ({RELEASED}) nor a file that ends in "
            f"{', '.join(SUFFIXES)}; expected one of them."
        )
    return found


def _load(store: Store, path: Path) -> None:
    if path.suffix not in SUFFIXES:
        raise CheckError(
            f"{path}: found the ending {path.suffix!r}, expected one of {', '.join(SUFFIXES)}."
        )
    form = SUFFIXES[path.suffix]
    try:
        store.bulk_load(path=path, format=form, base_iri=path.resolve().as_uri())
    except SyntaxError as error:
        raise CheckError(f"{path}: found {error.msg}, expected {form.name}.") from None
    except OSError as error:
        raise CheckError(f"{path}: found {error.strerror or error}, expected RDF.") from None
