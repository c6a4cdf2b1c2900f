"""The constraints of shapes/*.ttl, read once: what a page and a document say of them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from .entities import READING_ORDER, Ref, text_of
from .evaluation import own_query, run
from .examples import page_query
from .links import BASE

FOLDER = Path(__file__).resolve().parent.parent / "shapes"
NAMESPACE = BASE + "shapes#"


@dataclass(frozen=True)
class Constraint:
    """Its IRI, what it says, the terms on its path, whether it must hold or should."""

    iri: str
    sentence: Ref
    terms: tuple[str, ...]
    is_binding: bool

    @property
    def name(self) -> str:
        """The last part of its IRI, the anchor on the page."""
        return self.iri.removeprefix(NAMESPACE)


@dataclass(frozen=True)
class Group:
    """The constraints for the same things: classes, or `subjects` of a property."""

    classes: tuple[str, ...]
    subjects: tuple[str, ...]
    shapes: tuple[str, ...]
    constraints: tuple[Constraint, ...]

    @property
    def name(self) -> str:
        """The anchor of the group on the page."""
        return "of-" + self.shapes[0].removeprefix(NAMESPACE)


class Shapes:
    """All shapes of a folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read every file of the folder. Raises SyntaxError for one that is no Turtle."""
        texts = [path.read_bytes() for path in sorted(folder.glob("*.ttl"))]
        self.turtle = b"\n".join(texts)
        self.version = hashlib.sha256(self.turtle).hexdigest()[:12]
        found = Dataset(quad for text in texts for quad in parse(text, format=RdfFormat.TURTLE))
        # Nodes without a name are called the same in every process.
        found.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        self._quads: list[Quad] = sorted(found, key=str)

    @cached_property
    def triples(self) -> list[Triple]:
        """Every statement, sorted."""
        return [quad.triple for quad in self._quads]

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The constraints by what they are for: classes in their order, then others."""
        targets: dict[
            tuple[tuple[str, ...], tuple[str, ...]], dict[str, dict[str, Constraint]]
        ] = {}
        for shape, (classes, subjects, constraints) in self._node_shapes().items():
            of_target = targets.setdefault((tuple(sorted(classes)), tuple(sorted(subjects))), {})
            of_target[shape] = constraints
        groups = [
            Group(classes, subjects, tuple(shapes), tuple(_constraints(shapes.values())))
            for (classes, subjects), shapes in targets.items()
        ]
        return tuple(sorted((group for group in groups if group.constraints), key=_rank))

    @cached_property
    def constraints_of(self) -> dict[str, tuple[Constraint, ...]]:
        """The constraints on each term: on the things of a class, on the values of a property."""
        found: dict[str, dict[str, Constraint]] = {}
        for group in self.groups:
            for constraint in group.constraints:
                for term in (*constraint.terms, *(group.classes if not constraint.terms else ())):
                    found.setdefault(term, {})[constraint.iri] = constraint
        return {term: tuple(constraints.values()) for term, constraints in found.items()}

    @cached_property
    def groups_of(self) -> dict[str, tuple[Group, ...]]:
        """The groups of constraints for the things of each class."""
        classes = {name for group in self.groups for name in group.classes}
        return {
            name: tuple(group for group in self.groups if name in group.classes) for name in classes
        }

    def _node_shapes(self) -> dict[str, tuple[set[str], set[str], dict[str, Constraint]]]:
        store = Store()
        store.extend(self._quads)
        results = run(store, own_query(page_query("pages/shapes")))
        if not isinstance(results, QuerySolutions):
            raise TypeError("pages/shapes.rq: expected a SELECT query")
        shapes: dict[str, tuple[set[str], set[str], dict[str, Constraint]]] = {}
        for row in results:
            classes, subjects, constraints = shapes.setdefault(
                text_of(row["shape"]), (set(), set(), {})
            )
            classes.update({text_of(row["class"])} - {""})
            subjects.update({text_of(row["subjects_of"])} - {""})
            iri, term = text_of(row["constraint"]), text_of(row["term"])
            if iri:
                before = constraints[iri].terms if iri in constraints else ()
                terms = tuple(sorted({*before, *([term] if term else ())}))
                sentence = Ref(iri, text_of(row["ja"]), text_of(row["en"]))
                constraints[iri] = Constraint(
                    iri, sentence, terms, not isinstance(row["severity"], NamedNode)
                )
        return shapes


def _constraints(shapes: Iterable[dict[str, Constraint]]) -> list[Constraint]:
    """Return the constraints of shapes; those on the thing itself first, then what must hold."""
    constraints = [constraint for of_shape in shapes for constraint in of_shape.values()]
    return sorted(
        constraints,
        key=lambda constraint: (bool(constraint.terms), not constraint.is_binding, constraint.iri),
    )


def _rank(group: Group) -> tuple[int, int, str]:
    order = [READING_ORDER.index(name) for name in group.classes if name in READING_ORDER]
    return (len(group.classes) != 1, min(order, default=len(READING_ORDER)), group.shapes[0])
