"""The whole way from committed tables to a checked graph: map, derive, check."""

import datetime
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from pyoxigraph import NamedNode, Quad

from .checks.between import check_between
from .derived import add_members, add_ties
from .document import DATA, Document, document_slugs
from .document_graph import DocumentGraph
from .errors import BuildError
from .integrity import check_integrity
from .model import Activity, Agreement, Discrepancy, Observation, Thing
from .names import Names
from .quads import Quads, parse_turtle
from .register_graph import add_registers
from .terms import DCTERMS, RDFS, SKOS, graph, mint
from .validation import VALIDATORS, Validation, Violation, load_shapes, validate

ROOT = Path(__file__).resolve().parent.parent
LABELLING = {"codes": (SKOS.prefLabel,), "enishi": (DCTERMS.title,)}
COUNTED = {
    "activities": Activity,
    "agreements": Agreement,
    "observations": Observation,
}


@dataclass
class Built:
    """A graph in memory with what is known of its making."""

    quads: set[Quad]
    documents: dict[str, Document]
    things: dict[str, list[Thing]]
    validation: Validation | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    data: Path = DATA

    @property
    def violations(self) -> list[Violation]:
        """What the shapes found; nothing before `check_graph` has asked them."""
        return self.validation.violations if self.validation else []

    def discrepancies(self, slug: str) -> list[Discrepancy]:
        """Return the discrepancies of a document, by key."""
        found = [thing for thing in self.things[slug] if isinstance(thing, Discrepancy)]
        return sorted(found, key=lambda thing: thing.key)


def map_documents(data: Path = DATA) -> tuple[dict[str, Document], dict[str, list[Thing]], Names]:
    """Return every document with everything its mapping yields, and the names they use.

    Raises MappingError or TableError at the first row that has no meaning, BuildError if a
    document yields another number of things than its document.toml expects.
    """
    names = Names.load(data)
    documents = {slug: Document(slug, data) for slug in document_slugs(data)}
    things: dict[str, list[Thing]] = {}
    for slug, document in documents.items():
        module = _mapping(slug)
        things[slug] = list(module.map_document(document, names))
        document.finish()
        _expect(document, things[slug])
    for slug, discrepancy in check_between(documents, things):
        things[slug].append(discrepancy)
    return documents, things, names


def _mapping(slug: str) -> ModuleType:
    name = f"{__package__}.documents.{slug}"
    if not find_spec(name):
        raise BuildError(
            f"data/documents/{slug}: found no mappings/documents/{slug}.py, expected the mapping "
            "of the document."
        )
    return import_module(name)


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


def build_graph(data: Path = DATA, root: Path = ROOT) -> Built:
    """Return the whole graph, not yet validated. Raises EnishiError."""
    begun = time.perf_counter()
    documents, things, names = map_documents(data)
    quads = Quads()
    add_registers(quads, names.registers)
    ids = {slug: document.id for slug, document in documents.items()}
    activities: dict[NamedNode, Activity] = {}
    agreements: dict[NamedNode, Agreement] = {}
    for slug, document in documents.items():
        writer = DocumentGraph(quads, document, ids)
        writer.add_document(names)
        writer.add_things(things[slug])
        writer.add_corrections()
        for thing in things[slug]:
            if isinstance(thing, Activity):
                activities[mint("activity", document.id, thing.key)] = thing
            elif isinstance(thing, Agreement):
                agreements[mint("agreement", document.id, thing.key)] = thing
    newest = max((d.as_of for d in documents.values()), default=datetime.date.min)
    add_members(quads, names.registers, agreements.values(), newest)
    add_ties(quads, activities, agreements)
    quads.all.update(ontology_quads(root / "ontology"))
    check_integrity(quads.all, documents, data)
    seconds = {"map": time.perf_counter() - begun}
    return Built(quads.all, documents, things, seconds=seconds, data=data)


def ontology_quads(folder: Path) -> Iterator[Quad]:
    """Yield the ontology, codes and alignments in the graph `ontology`.

    Raises BuildError for a blank node: its name would differ from build to build.
    """
    for path in sorted(folder.glob("*.ttl")):
        for quad in parse_turtle(path):
            if not isinstance(quad.subject, NamedNode) or "BlankNode" in type(quad.object).__name__:
                raise BuildError(
                    f"{path}: found a blank node at {quad.subject} {quad.predicate}, expected IRIs."
                )
            yield Quad(quad.subject, quad.predicate, quad.object, graph("ontology"))
            # Codes and the vocabulary itself have labels like all the rest: no query needs to know.
            if quad.predicate in LABELLING.get(path.stem, ()):
                yield Quad(quad.subject, RDFS.label, quad.object, graph("ontology"))


def check_graph(
    built: Built,
    root: Path = ROOT,
    validator: str = VALIDATORS[0],
    shapes: Path | None = None,
) -> Validation:
    """Validate the graph; return what the shapes find, and keep it in `built`.

    `shapes`: a folder of others than ours. Raises BuildError if they cannot be read.
    """
    begun = time.perf_counter()
    built.validation = validate(
        built.quads,
        load_shapes(shapes or root / "shapes"),
        validator=validator,
        tables=built.data,
    )
    built.seconds["validate"] = time.perf_counter() - begun
    return built.validation
