"""The whole way from committed tables to a checked graph: map, derive, check."""

import datetime
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from .checks.between import check_between
from .derived import add_members, labels_of, tie_quads
from .document import DATA, Document
from .document_graph import DocumentGraph
from .errors import BuildError
from .integrity import check_integrity
from .mapping import Found, load_documents, map_documents
from .model import Agreement, Discrepancy
from .names import Names
from .quads import Quads, parse_turtle
from .register_graph import add_registers
from .statements import Statements
from .terms import DCTERMS, RDFS, SKOS, graph
from .validation import VALIDATORS, Validation, Violation, load_shapes, validate

ROOT = Path(__file__).resolve().parent.parent
LABELLING = {"codes": (SKOS.prefLabel,), "enishi": (DCTERMS.title,)}


@dataclass
class Built:
    """A graph with what is known of its making."""

    statements: Statements
    documents: dict[str, Document]
    found: dict[str, Found]
    validation: Validation | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    data: Path = DATA

    @property
    def violations(self) -> list[Violation]:
        """What the shapes found; nothing before `check_graph` has asked them."""
        return self.validation.violations if self.validation else []

    def discrepancies(self, slug: str) -> list[Discrepancy]:
        """Return the discrepancies of a document, by key."""
        return sorted(self.found[slug].discrepancies, key=lambda thing: thing.key)


def build_graph(data: Path = DATA, root: Path = ROOT) -> Built:
    """Return the whole graph, not yet validated. Raises EnishiError."""
    begun = time.perf_counter()
    names = Names.load(data)
    documents = load_documents(data)
    statements, found = Statements(), {}
    registers = Quads()
    add_registers(registers, names.registers)
    statements.add(registers.all)
    for slug, lines, what in map_documents(documents, names):
        statements.add_lines(lines)
        found[slug] = what
    statements.add(_between(documents, found).all)
    derived = Quads()
    newest = max((d.as_of for d in documents.values()), default=datetime.date.min)
    agreements: list[Agreement] = [a for what in found.values() for a in what.agreements]
    add_members(derived, names.registers, agreements, newest)
    together = [pair for what in found.values() for pair in what.together]
    statements.add(derived.all)
    for ties in tie_quads(together, labels_of(registers)):
        statements.add(ties)
    statements.add(ontology_quads(root / "ontology"))
    check_integrity(statements.store, documents, data)
    seconds = {"map": time.perf_counter() - begun}
    return Built(statements, documents, found, seconds=seconds, data=data)


def _between(documents: Mapping[str, Document], found: Mapping[str, Found]) -> Quads:
    """Return what documents say of each other, noted in `found` too."""
    quads = Quads()
    ids = {slug: document.id for slug, document in documents.items()}
    agreements = {slug: what.agreements for slug, what in found.items()}
    for slug, discrepancy in check_between(documents, agreements):
        found[slug].discrepancies.append(discrepancy)
        found[slug].counts[Discrepancy.__name__] += 1
        writer = DocumentGraph(quads, documents[slug], ids, found[slug].concerned)
        writer.add_things([discrepancy])
    return quads


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
        built.statements.store,
        load_shapes(shapes or root / "shapes"),
        validator=validator,
        tables=built.data,
    )
    built.seconds["validate"] = time.perf_counter() - begun
    return built.validation
