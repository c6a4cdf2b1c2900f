"""The rules of shapes/*.ttl, read once: what a page and a document say of them."""

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
class Rule:
    """One rule: its IRI, what it says, the terms on its path, whether it must hold or should."""

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
    """The rules for the same things: classes, or `subjects` of a property."""

    classes: tuple[str, ...]
    subjects: tuple[str, ...]
    shapes: tuple[str, ...]
    rules: tuple[Rule, ...]

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
        """The rules by what they are for: classes in the order of the vocabulary, then others."""
        targets: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, dict[str, Rule]]] = {}
        for shape, (classes, subjects, rules) in self._node_shapes().items():
            of_target = targets.setdefault((tuple(sorted(classes)), tuple(sorted(subjects))), {})
            of_target[shape] = rules
        groups = [
            Group(classes, subjects, tuple(shapes), tuple(_rules(shapes.values())))
            for (classes, subjects), shapes in targets.items()
        ]
        return tuple(sorted((group for group in groups if group.rules), key=_rank))

    @cached_property
    def rules_of(self) -> dict[str, tuple[Rule, ...]]:
        """The rules on each term: on the things of a class, on the values of a property."""
        found: dict[str, dict[str, Rule]] = {}
        for group in self.groups:
            for rule in group.rules:
                for term in (*rule.terms, *(group.classes if not rule.terms else ())):
                    found.setdefault(term, {})[rule.iri] = rule
        return {term: tuple(rules.values()) for term, rules in found.items()}

    @cached_property
    def groups_of(self) -> dict[str, tuple[Group, ...]]:
        """The groups of rules for the things of each class."""
        classes = {name for group in self.groups for name in group.classes}
        return {
            name: tuple(group for group in self.groups if name in group.classes) for name in classes
        }

    def _node_shapes(self) -> dict[str, tuple[set[str], set[str], dict[str, Rule]]]:
        store = Store()
        store.extend(self._quads)
        results = run(store, own_query(page_query("pages/shapes")))
        if not isinstance(results, QuerySolutions):
            raise TypeError("pages/shapes.rq: expected a SELECT query")
        shapes: dict[str, tuple[set[str], set[str], dict[str, Rule]]] = {}
        for row in results:
            classes, subjects, rules = shapes.setdefault(text_of(row["shape"]), (set(), set(), {}))
            classes.update({text_of(row["class"])} - {""})
            subjects.update({text_of(row["subjects_of"])} - {""})
            iri, term = text_of(row["rule"]), text_of(row["term"])
            if iri:
                before = rules[iri].terms if iri in rules else ()
                terms = tuple(sorted({*before, *([term] if term else ())}))
                sentence = Ref(iri, text_of(row["ja"]), text_of(row["en"]))
                rules[iri] = Rule(iri, sentence, terms, not isinstance(row["severity"], NamedNode))
        return shapes


def _rules(shapes: Iterable[dict[str, Rule]]) -> list[Rule]:
    """Return the rules of shapes; those on the thing itself first, then what must hold."""
    rules = [rule for of_shape in shapes for rule in of_shape.values()]
    return sorted(rules, key=lambda rule: (bool(rule.terms), not rule.is_binding, rule.iri))


def _rank(group: Group) -> tuple[int, int, str]:
    order = [READING_ORDER.index(name) for name in group.classes if name in READING_ORDER]
    return (len(group.classes) != 1, min(order, default=len(READING_ORDER)), group.shapes[0])
