"""SHACL-SPARQL read from a shapes graph: sh:sparql, prefixes, constraint components."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rdflib import OWL, SH, Graph, Literal, URIRef
from rdflib.term import Node

from .constraints import Query
from .errors import CannotCompile, ShapeError
from .sparql_text import check_query
from .terms import short, text_of

VALIDATORS = (SH.nodeValidator, SH.propertyValidator, SH.validator)


@dataclass(frozen=True)
class Component:
    """A constraint component: its parameters by name, and the queries that validate.

    `required`: the names of the parameters that a shape must have for the component to apply.
    """

    node: URIRef
    parameters: tuple[tuple[str, URIRef], ...]
    required: frozenset[str]
    validators: tuple[tuple[URIRef, Query], ...]

    def constraints(
        self, graph: Graph, node: Node, is_property: bool, where: str
    ) -> Iterator[Query]:
        """Yield the constraints that the component makes of a shape's parameters."""
        values = {
            name: sorted(graph.objects(node, path), key=str) for name, path in self.parameters
        }
        if not all(values[name] for name in self.required):
            return
        query = self._validator(is_property, where)
        if len(self.parameters) == 1:
            ((name, found),) = values.items()
            for value in found:
                yield _with(query, {name: value})
            return
        for name, found in values.items():
            if len(found) > 1:
                raise ShapeError(f"{where} has {len(found)} values of ${name}, where one belongs.")
        yield _with(query, {name: found[0] if found else None for name, found in values.items()})

    def _validator(self, is_property: bool, where: str) -> Query:
        own = SH.propertyValidator if is_property else SH.nodeValidator
        for wanted in (own, SH.validator):
            for predicate, query in self.validators:
                if predicate == wanted:
                    return query
        kind = "property" if is_property else "node"
        raise CannotCompile(
            f"{where}: {short(self.node)} has no validator for a {kind} shape"
            f" ({short(own)} or sh:validator)."
        )


def _with(query: Query, values: dict[str, Node | None]) -> Query:
    return Query(
        of=query.of,
        node=query.node,
        text=query.text,
        is_ask=query.is_ask,
        parameters=tuple(values.items()),
        messages=query.messages,
    )


def read_components(graph: Graph) -> list[Component]:
    """Return the constraint components of a shapes graph. Raises ShapeError for a wrong one."""
    nodes = {n for predicate in VALIDATORS for n in graph.subjects(predicate, None)}
    return [_component(graph, node) for node in sorted(nodes, key=str)]


def _component(graph: Graph, node: Node) -> Component:
    where = f"Component {short(node)}"
    if not isinstance(node, URIRef):
        raise ShapeError(f"{where} is no IRI, and a constraint component has one.")
    parameters: list[tuple[str, URIRef]] = []
    required = set()
    for parameter in sorted(graph.objects(node, SH.parameter), key=str):
        path = graph.value(parameter, SH.path)
        if not isinstance(path, URIRef):
            raise ShapeError(f"{where}: the path of a parameter is {short(path)}, not an IRI.")
        name = re.split("[#/:]", path)[-1]
        parameters.append((name, path))
        if str(graph.value(parameter, SH.optional)).lower() not in ("true", "1"):
            required.add(name)
    if not required:
        raise ShapeError(f"{where} has no required parameter (sh:parameter), where one belongs.")
    validators = tuple(
        (predicate, _validator(graph, node, value, where))
        for predicate in VALIDATORS
        for value in sorted(graph.objects(node, predicate), key=str)
    )
    return Component(node, tuple(sorted(parameters)), frozenset(required), validators)


def _validator(graph: Graph, component: URIRef, node: Node, where: str) -> Query:
    asks, selects = list(graph.objects(node, SH.ask)), list(graph.objects(node, SH.select))
    if len(asks) + len(selects) != 1:
        raise ShapeError(
            f"{where}: validator {short(node)} has {len(asks) + len(selects)} queries,"
            " where one sh:ask or sh:select belongs."
        )
    text = str((asks or selects)[0])
    messages = _texts(graph, node, where) or _texts(graph, component, where)
    return _query(graph, component, node, text, bool(asks), messages, where)


def read_sparql(graph: Graph, node: Node, where: str) -> Query:
    """Return the constraint at a value of sh:sparql. Raises ShapeError if it is none."""
    queries = list(graph.objects(node, SH.select))
    if len(queries) != 1 or not isinstance(queries[0], Literal):
        raise ShapeError(
            f"{where}: {short(node)} has {len(queries)} values of sh:select,"
            " where one text belongs."
        )
    component = SH.SPARQLConstraintComponent
    messages = _texts(graph, node, where)
    return _query(graph, component, node, str(queries[0]), False, messages, where)


def _query(
    graph: Graph,
    component: URIRef,
    node: Node,
    text: str,
    is_ask: bool,
    messages: tuple[Literal, ...],
    where: str,
) -> Query:
    whole = _prefixes(graph, node, where) + text
    check_query(whole, is_ask, f"{where}: the query of {short(node)}")
    return Query(component, node, whole, is_ask, messages=messages)


def _texts(graph: Graph, node: Node, where: str) -> tuple[Literal, ...]:
    found = sorted(graph.objects(node, SH.message), key=lambda m: (str(m), short(m)))
    for value in found:
        if not isinstance(value, Literal):
            raise ShapeError(f"{where} has {short(value)} as sh:message, where a text belongs.")
    return tuple(m for m in found if isinstance(m, Literal))


def _prefixes(graph: Graph, node: Node, where: str) -> str:
    """Return the prologue of a query: what sh:prefixes and owl:imports of it declare."""
    declared: dict[str, str] = {}
    waiting, seen = list(graph.objects(node, SH.prefixes)), set()
    while waiting:
        ontology = waiting.pop()
        if ontology in seen:
            continue
        seen.add(ontology)
        waiting += graph.objects(ontology, OWL.imports)
        for declaration in graph.objects(ontology, SH.declare):
            prefix = str(graph.value(declaration, SH.prefix))
            namespace = str(graph.value(declaration, SH.namespace))
            if declared.setdefault(prefix, namespace) != namespace:
                raise ShapeError(f"{where}: prefix {prefix} is declared with two namespaces.")
    if any(not re.fullmatch(r"[\w.-]*", prefix) for prefix in declared):
        raise ShapeError(f"{where} declares {sorted(declared)}: one of them is no prefix.")
    return "".join(
        f"PREFIX {prefix}: {text_of(URIRef(namespace))}\n"
        for prefix, namespace in sorted(declared.items())
    )
