"""From the tables of each document to what it says: its statements, and what the build asks."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from pyoxigraph import NamedNode, RdfFormat, serialize

from .document import DATA, Document, document_slugs
from .document_graph import DocumentGraph
from .errors import BuildError
from .model import Activity, Agreement, Discrepancy, Observation, Thing
from .names import Names
from .processes import in_processes
from .quads import Quads
from .terms import mint

COUNTED = {
    "activities": Activity,
    "agreements": Agreement,
    "observations": Observation,
}


@dataclass
class Found:
    """What a document says, without what only its statements need.

    `counts`: how many things of each class. `together`: the agents that share each agreement or
    activity. `concerned`: what each source record of an agreement is about.
    """

    counts: Counter[str]
    discrepancies: list[Discrepancy]
    agreements: list[Agreement]
    together: list[tuple[NamedNode, frozenset[NamedNode]]]
    concerned: dict[str, list[NamedNode]] = field(default_factory=dict)


def load_documents(data: Path = DATA) -> dict[str, Document]:
    """Return every document by its slug. Raises TableError, and BuildError for two of one id."""
    documents = {slug: Document(slug, data) for slug in document_slugs(data)}
    owners: dict[str, str] = {}
    for slug, document in documents.items():
        if (other := owners.setdefault(document.id, slug)) != slug:
            raise BuildError(
                f"{document.folder / 'document.toml'}, id: found {document.id!r}, which {other} "
                "has already; expected one of its own."
            )
    return documents


def map_documents(
    documents: Mapping[str, Document], names: Names
) -> Iterator[tuple[str, bytes, Found]]:
    """Yield of each document its slug, its statements as N-Quads, and what else it says.

    Raises MappingError or TableError at the first row that has no meaning, BuildError if a
    document yields another number of things than its document.toml expects.
    """
    ids = {slug: document.id for slug, document in documents.items()}

    def map_one(slug: str) -> tuple[str, bytes, Found]:
        document = documents[slug]
        quads = Quads()
        writer = DocumentGraph(quads, document, ids)
        # First: rows are the publisher's, and one that is wrong makes them look wrong.
        writer.add_document(names)
        things = read_things(document, names)
        writer.add_things(things)
        writer.add_corrections()
        lines = serialize(quads.all, format=RdfFormat.N_QUADS) or b""
        return slug, lines, _found(document, things, writer)

    yield from in_processes(map_one, list(documents))


def read_things(document: Document, names: Names) -> list[Thing]:
    """Return everything the mapping of a document yields.

    Raises MappingError, TableError or BuildError as `map_documents` does.
    """
    things = list(_module(document).map_document(document, names))
    document.finish()
    _expect(document, things)
    return things


def _module(document: Document) -> ModuleType:
    name = f"{__package__}.documents.{document.mapping}"
    if not document.mapping.isidentifier() or not find_spec(name):
        raise BuildError(
            f"data/documents/{document.slug}: found no mappings/documents/{document.mapping}.py, "
            "expected the mapping of the document."
        )
    return import_module(name)


def _found(document: Document, things: list[Thing], writer: DocumentGraph) -> Found:
    agreements = [thing for thing in things if isinstance(thing, Agreement)]
    together = [
        (mint("agreement", document.id, agreement.key), frozenset(agreement.parties))
        for agreement in agreements
    ] + [
        (
            mint("activity", document.id, thing.key),
            frozenset((*thing.participants, *thing.organizers)),
        )
        for thing in things
        if isinstance(thing, Activity)
    ]
    keys = {source.key for agreement in agreements for source in agreement.sources}
    return Found(
        Counter(type(thing).__name__ for thing in things),
        [thing for thing in things if isinstance(thing, Discrepancy)],
        agreements,
        [(iri, agents) for iri, agents in together if len(agents) > 1],
        {key: iris for key, iris in writer.concerned.items() if key in keys},
    )


def _expect(document: Document, things: list[Thing]) -> None:
    """Raise BuildError if there are more or fewer things than document.toml says.

    `discrepancies` there is a table: how many each rule finds. A cell changed by mistake often
    contradicts another one, and would else be published as a fault of the document.
    """
    found = Counter(type(thing) for thing in things)
    expected = dict(document.metadata["expect"])
    if "discrepancies" in expected:
        _expect_discrepancies(document, things, expected.pop("discrepancies"))
    for name, count in expected.items():
        if name not in COUNTED:
            raise BuildError(
                f"{document.slug}, document.toml [expect]: found {name!r}, expected one of "
                f"{', '.join(COUNTED)}, discrepancies."
            )
        if found[COUNTED[name]] != count:
            raise BuildError(
                f"{document.slug}: found {found[COUNTED[name]]} {name}, expected {count} "
                "(document.toml [expect])."
            )


def _expect_discrepancies(
    document: Document, things: list[Thing], expected: Mapping[str, int]
) -> None:
    found: dict[str, list[Discrepancy]] = {rule: [] for rule in expected}
    for thing in things:
        if isinstance(thing, Discrepancy):
            found.setdefault(thing.rule, []).append(thing)
    for rule, discrepancies in sorted(found.items()):
        if len(discrepancies) != expected.get(rule, 0):
            lines = sorted({(s.first_line, s.last_line) for d in discrepancies for s in d.sources})
            at = ", ".join(f"{first}-{last}" for first, last in lines) or "none"
            raise BuildError(
                f"{document.slug}: found {len(discrepancies)} discrepancies of the rule {rule} "
                f"(lines {at}), expected {expected.get(rule, 0)} (document.toml [expect])."
            )
