"""A shapes graph read as data: shapes, their targets, their constraints (SHACL 1.0, section 2)."""

from collections.abc import Iterator
from dataclasses import dataclass

from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

from . import constraints as c
from .custom import Component, read_components, read_sparql
from .errors import CannotCompile, RecursiveShape, ShapeError
from .parameters import READERS, flag, whole_number
from .paths import Path, read_list, read_path
from .terms import short

TARGETS = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
# What a shape says about itself, beside its constraints.
ABOUT = {
    SH.path, SH.severity, SH.message, SH.deactivated, SH.name, SH.description, SH.order, SH.group,
    SH.defaultValue, SH.flags, SH.ignoredProperties, SH.qualifiedMinCount, SH.qualifiedMaxCount,
    SH.qualifiedValueShapesDisjoint, SH.rule, SH.declare, SH.shapesGraph, SH.suggestedShapesGraph,
    SH.entailment, SH.prefixes, SH.select, SH.ask, SH.parameter, SH.labelTemplate, SH.validator,
    SH.nodeValidator, SH.propertyValidator, SH.optional, *TARGETS,
}  # fmt: skip
BEYOND = {SH.js, SH.target, SH.expression}
SHAPE_LISTS = (SH["and"], SH["or"], SH.xone)
SHAPE_VALUES = (SH.node, SH.property, SH["not"], SH.qualifiedValueShape)


@dataclass(frozen=True)
class Shape:
    """A node shape, or a property shape if it has a path. `targets`: predicate and term of each."""

    node: Node
    path: Path | None
    targets: tuple[tuple[URIRef, Node], ...]
    constraints: tuple[c.Constraint, ...]
    severity: URIRef
    messages: tuple[Literal, ...]
    deactivated: bool


class Shapes:
    """All shapes of a graph that a target leads to."""

    def __init__(self, graph: Graph) -> None:
        """Read a shapes graph.

        Raises ShapeError if it is ill-formed, RecursiveShape if a shape refers to itself, and
        CannotCompile for a constraint beyond SHACL 1.0.
        """
        self.graph = graph
        self.components: list[Component] = read_components(graph)
        self._shapes: dict[Node, Shape] = {}
        self._parents: dict[Node, list[Node]] = {}
        for parent, child in graph.subject_objects(SH.property):
            self._parents.setdefault(child, []).append(parent)
        for node in _shape_nodes(graph):
            self._shapes[node] = self._read(node)
        self._refuse_recursion()

    def __getitem__(self, node: Node) -> Shape:
        """Return a shape by its node."""
        if node not in self._shapes:
            self._shapes[node] = self._read(node)
        return self._shapes[node]

    def __iter__(self) -> Iterator[Shape]:
        """Yield all shapes in the order of their names."""
        yield from sorted(self._shapes.values(), key=lambda shape: str(shape.node))

    @property
    def targeted(self) -> list[Shape]:
        """The shapes that have targets, in the order of their names."""
        found = [s for s in self._shapes.values() if s.targets and not s.deactivated]
        return sorted(found, key=lambda shape: str(shape.node))

    def _read(self, node: Node) -> Shape:
        graph, where = self.graph, f"Shape {short(node)}"
        for predicate in graph.predicates(node):
            _refuse_unknown(predicate, where)
        paths = list(graph.objects(node, SH.path))
        if len(paths) > 1:
            raise ShapeError(f"{where} has {len(paths)} paths, where one belongs.")
        path = read_path(graph, paths[0], where) if paths else None
        if path is None and (node, RDF.type, SH.PropertyShape) in graph:
            raise ShapeError(f"{where} is a property shape, but has no sh:path.")
        return Shape(
            node=node,
            path=path,
            targets=tuple(_targets(graph, node, where)),
            constraints=tuple(self._constraints(node, path, where)),
            severity=_severity(graph, node, where),
            messages=tuple(_messages(graph, node, where)),
            deactivated=flag(graph, node, SH.deactivated, where),
        )

    def _constraints(self, node: Node, path: Path | None, where: str) -> Iterator[c.Constraint]:
        for predicate, reader in READERS.items():
            for value in sorted(self.graph.objects(node, predicate), key=str):
                yield from reader(self.graph, node, value, where)
        yield from self._qualified(node, where)
        if path is None:
            _refuse_on_node_shape(self.graph, node, where)
        for value in sorted(self.graph.objects(node, SH.sparql), key=str):
            if not flag(self.graph, value, SH.deactivated, where):
                yield read_sparql(self.graph, value, where)
        for component in self.components:
            yield from component.constraints(self.graph, node, path is not None, where)

    def _qualified(self, node: Node, where: str) -> Iterator[c.Constraint]:
        graph = self.graph
        shapes = list(graph.objects(node, SH.qualifiedValueShape))
        if len(shapes) > 1:
            raise ShapeError(
                f"{where} has {len(shapes)} values of sh:qualifiedValueShape, where one belongs."
            )
        disjoint = flag(graph, node, SH.qualifiedValueShapesDisjoint, where)
        for shape in shapes:
            siblings = self._siblings(node, shape) if disjoint else ()
            for name in ("qualifiedMinCount", "qualifiedMaxCount"):
                for count in graph.objects(node, SH[name]):
                    whole = whole_number(count, f"{where}: sh:{name}")
                    yield c.Qualified(name, whole, shape, siblings)

    def _siblings(self, node: Node, shape: Node) -> tuple[Node, ...]:
        """Return the qualified value shapes of the other property shapes of the same parents."""
        found = {
            other
            for parent in self._parents.get(node, [])
            for sibling in self.graph.objects(parent, SH.property)
            for other in self.graph.objects(sibling, SH.qualifiedValueShape)
        }
        return tuple(sorted(found - {shape}, key=str))

    def _refuse_recursion(self) -> None:
        done: set[Node] = set()
        for shape in list(self._shapes):
            self._walk(shape, (), done)

    def _walk(self, node: Node, above: tuple[Node, ...], done: set[Node]) -> None:
        if node in above:
            cycle = " → ".join(short(n) for n in (*above[above.index(node) :], node))
            raise RecursiveShape(f"Shapes refer to each other in a circle: {cycle}.")
        if node in done:
            return
        for constraint in self[node].constraints:
            for other in references(constraint):
                self._walk(other, (*above, node), done)
        done.add(node)


def references(constraint: c.Constraint) -> tuple[Node, ...]:
    """Return the shapes that a constraint refers to."""
    if isinstance(constraint, c.NodeRef | c.PropertyRef):
        return (constraint.shape,)
    if isinstance(constraint, c.Logical):
        return constraint.shapes
    if isinstance(constraint, c.Qualified):
        return (constraint.shape, *constraint.siblings)
    return ()


def _shape_nodes(graph: Graph) -> list[Node]:
    """Return every node of a graph that is a shape (SHACL 2.1)."""
    found = {n for kind in (SH.NodeShape, SH.PropertyShape) for n in graph.subjects(RDF.type, kind)}
    for predicate in (*TARGETS, *READERS, SH.sparql, SH.qualifiedValueShape):
        found |= set(graph.subjects(predicate, None))
    for predicate in SHAPE_VALUES:
        found |= set(graph.objects(None, predicate))
    for predicate in SHAPE_LISTS:
        for head in graph.objects(None, predicate):
            found |= set(read_list(graph, head, short(predicate)))
    # A parameter of a component may have constraints on its values, but is no shape of data.
    found -= set(graph.objects(None, SH.parameter))
    return sorted(found, key=str)


def _refuse_unknown(predicate: Node, where: str) -> None:
    if not str(predicate).startswith(str(SH)):
        return
    if predicate in BEYOND:
        raise CannotCompile(f"{where} has {short(predicate)}, which is beyond SHACL 1.0.")
    known = ABOUT | READERS.keys() | {SH.sparql, SH.qualifiedValueShape}
    if predicate not in known:
        raise ShapeError(f"{where} has {short(predicate)}, which is no parameter of SHACL 1.0.")


def _refuse_on_node_shape(graph: Graph, node: Node, where: str) -> None:
    for name in ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals"):
        if (node, SH[name], None) in graph:
            raise ShapeError(f"{where} has sh:{name}, which belongs to a shape with sh:path.")
    if (node, SH.qualifiedValueShape, None) in graph:
        raise ShapeError(
            f"{where} has sh:qualifiedValueShape, which belongs to a shape with sh:path."
        )


def _targets(graph: Graph, node: Node, where: str) -> Iterator[tuple[URIRef, Node]]:
    for predicate in TARGETS:
        for value in sorted(graph.objects(node, predicate), key=str):
            if predicate != SH.targetNode and not isinstance(value, URIRef):
                raise ShapeError(
                    f"{where} has {short(value)} as {short(predicate)}, where an IRI belongs."
                )
            yield predicate, value
    if isinstance(node, URIRef) and _is_class(graph, node):
        yield SH.targetClass, node


def _is_class(graph: Graph, node: Node) -> bool:
    """Tell whether a shape is a class, and so its own target (SHACL 2.1.3.3)."""
    if not {SH.NodeShape, SH.PropertyShape} & set(graph.objects(node, RDF.type)):
        return False
    above = {
        cls
        for kind in graph.objects(node, RDF.type)
        for cls in graph.transitive_objects(kind, RDFS.subClassOf)
    }
    return bool(above & {RDFS.Class, OWL.Class})


def _severity(graph: Graph, node: Node, where: str) -> URIRef:
    values = list(graph.objects(node, SH.severity)) or [SH.Violation]
    if len(values) > 1 or not isinstance(values[0], URIRef):
        raise ShapeError(
            f"{where} has {', '.join(map(short, values))} as sh:severity, where one IRI belongs."
        )
    return values[0]


def _messages(graph: Graph, node: Node, where: str) -> Iterator[Literal]:
    for value in sorted(graph.objects(node, SH.message), key=lambda m: (str(m), short(m))):
        if not isinstance(value, Literal):
            raise ShapeError(f"{where} has {short(value)} as sh:message, where a text belongs.")
        yield value
