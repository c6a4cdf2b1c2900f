"""Focus nodes and value nodes as graph patterns."""

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

from rdflib import RDF, RDFS, SH, BNode, Literal, URIRef
from rdflib.term import Node

from .errors import CannotCompile
from .paths import Path
from .source import Source
from .terms import short, text_of, to_rdflib

A = text_of(RDF.type)
BELOW = text_of(RDFS.subClassOf)


class Classes:
    """The classes of the data: which lie below which."""

    def __init__(self, source: Source) -> None:
        """Ask the data for their class hierarchy, once."""
        self._source = source
        self._stated: dict[Node, bool] = {}
        self._lock = Lock()
        self._children: dict[Node, set[Node]] = {}
        for child, parent in source.select(f"SELECT DISTINCT ?a ?b {{ ?a {BELOW} ?b }}"):
            above = to_rdflib(parent)
            below = to_rdflib(child)
            if above is not None and below is not None:
                self._children.setdefault(above, set()).add(below)

    def instances(self, variable: str, cls: Node, fresh: str) -> str:
        """Return the pattern that a variable is an instance of a class or of one below it."""
        if isinstance(cls, Literal):
            raise CannotCompile(f"{short(cls)} is used as a class, where an IRI belongs.")
        found = self._below(cls)
        if any(isinstance(c, BNode) for c in found):
            # A class without a name is reached through the hierarchy only.
            return f"{variable} {A}/{BELOW}* {text_of(cls)} ."
        if len(found) == 1 or self._are_stated(cls, found):
            return f"{variable} {A} {text_of(cls)} ."
        names = " ".join(sorted(text_of(c) for c in found))
        return f"VALUES {fresh} {{ {names} }} {variable} {A} {fresh} ."

    def _are_stated(self, cls: Node, found: set[Node]) -> bool:
        """Tell whether all instances of the classes below a class are stated to be its own.

        Then one triple pattern finds them, and each of them once.
        """
        with self._lock:
            if cls not in self._stated:
                names = " ".join(sorted(text_of(c) for c in found - {cls}))
                others = f"VALUES ?c {{ {names} }} ?x {A} ?c ."
                test = f"FILTER NOT EXISTS {{ ?x {A} {text_of(cls)} }}"
                query = f"SELECT ?x WHERE {{ {others} {test} }} LIMIT 1"
                self._stated[cls] = not self._source.select(query)
            return self._stated[cls]

    def _below(self, cls: Node) -> set[Node]:
        found, waiting = {cls}, [cls]
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                if child not in found:
                    found.add(child)
                    waiting.append(child)
        return found


@dataclass(frozen=True)
class Focus:
    """Nodes to be validated: a pattern that binds a variable, several times perhaps.

    `depth`: how many paths were followed; it keeps the names of variables apart.
    `is_plain`: whether the pattern is one triple pattern over no other variable. `of`: the
    predicate, or the inverse of one (^…), whose subjects these are, if they are all of them.
    `member`: the pattern that a bound node is one of these, for EXISTS; "" where there is none.
    """

    pattern: str
    variable: str = "?v0"
    depth: int = 0
    is_plain: bool = False
    of: str = ""
    member: str = ""

    def values(self, path: Path | None) -> "Focus":
        """Return the value nodes; the focus nodes themselves if there is no path."""
        if path is None:
            return self
        value = f"?v{self.depth + 1}"
        known = "" if path.text == self.of else f"{self.pattern} "
        step = f"{known}{self.variable} {path.text} {value} ."
        if path.nullable:
            # A path of no length binds only nodes that the graph has: the focus node may not be.
            step = f"{{ {step} }} UNION {{ {self.pattern} BIND({self.variable} AS {value}) }}"
        return Focus(step, value, self.depth + 1)

    def values_first(self, path: Path) -> "tuple[Focus, str]":
        """Return all values of a path, and the test that what they belong to is a focus node.

        Where few values violate anything, and few other nodes have values of this path, that is
        quicker than to find the values of each focus node.
        """
        value = f"?v{self.depth + 1}"
        step = f"{self.variable} {path.text} {value} ."
        return Focus(step, value, self.depth + 1), f"FILTER EXISTS {{ {self.member} }}"

    def as_this(self, distinct: bool) -> str:
        """Return the pattern as one that binds ?this and shows no other variable."""
        if self.is_plain and not distinct:
            return self.pattern.replace(self.variable, "?this")
        return f"{{ SELECT DISTINCT ({self.variable} AS ?this) WHERE {{ {self.pattern} }} }}"


def focus_of(targets: Iterable[tuple[URIRef, Node]], classes: Classes) -> Focus:
    """Return the focus nodes of a shape's targets (SHACL 2.1.3)."""
    patterns, members, nodes = [], [], []
    of = ""
    for number, (predicate, term) in enumerate(targets):
        if predicate == SH.targetNode:
            nodes.append(text_of(term))
        elif predicate == SH.targetClass:
            patterns.append(classes.instances("?v0", term, f"?c{number}"))
            members.append(patterns[-1])
        else:
            of = text_of(term) if predicate == SH.targetSubjectsOf else f"^{text_of(term)}"
            # A node with many values is still one node: else its values are met squared.
            patterns.append(f"{{ SELECT DISTINCT ?v0 WHERE {{ ?v0 {of} ?t }} }}")
            members.append(f"?v0 {of} ?t{number}")
    member = "" if nodes else _union(members)
    if nodes:
        patterns.append(f"VALUES ?v0 {{ {' '.join(nodes)} }}")
    if len(patterns) == 1:
        plain = patterns[0].startswith("?v0 ") and patterns[0].count("?") == 1
        return Focus(patterns[0], is_plain=plain, of=of, member=member)
    return Focus(_union(patterns), member=member)


def _union(patterns: list[str]) -> str:
    if len(patterns) == 1:
        return patterns[0]
    return " UNION ".join(f"{{ {pattern} }}" for pattern in patterns)
