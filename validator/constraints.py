"""The constraints of SHACL 1.0 as data: one class each, its parameters and its component."""

from dataclasses import dataclass
from typing import ClassVar

from rdflib import SH, Literal, URIRef
from rdflib.term import Node

# The predicate of a parameter and the component of its constraint, by its local name.
PAIRS = {"lessThan": "<", "lessThanOrEquals": "<="}
RANGES = {"minExclusive": ">", "minInclusive": ">=", "maxExclusive": "<", "maxInclusive": "<="}


def component_of(parameter: str) -> URIRef:
    """Return the component of a parameter's local name.

    >>> str(component_of("minCount"))
    'http://www.w3.org/ns/shacl#MinCountConstraintComponent'
    """
    return URIRef(f"{SH}{parameter[0].upper()}{parameter[1:]}ConstraintComponent")


@dataclass(frozen=True)
class Constraint:
    """One constraint of a shape."""

    parameter: ClassVar[str] = ""

    @property
    def component(self) -> URIRef:
        """The IRI of its constraint component."""
        return component_of(self.parameter)


@dataclass(frozen=True)
class Class(Constraint):
    """Each value is an instance of a class, or of one below it."""

    parameter = "class"
    of: Node


@dataclass(frozen=True)
class Datatype(Constraint):
    """Each value is a well-formed literal of a datatype."""

    parameter = "datatype"
    datatype: URIRef


@dataclass(frozen=True)
class NodeKind(Constraint):
    """Each value is an IRI, a blank node, a literal, or one of two of these."""

    parameter = "nodeKind"
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Range(Constraint):
    """Each value compares with a literal. `name`: a key of RANGES."""

    name: str
    bound: Literal

    @property
    def component(self) -> URIRef:
        """The IRI of its constraint component."""
        return component_of(self.name)


@dataclass(frozen=True)
class Length(Constraint):
    """Each value's text has some length in characters. `name`: minLength or maxLength."""

    name: str
    length: int

    @property
    def component(self) -> URIRef:
        """The IRI of its constraint component."""
        return component_of(self.name)


@dataclass(frozen=True)
class Pattern(Constraint):
    """Each value's text matches a regular expression of XPath."""

    parameter = "pattern"
    pattern: str
    flags: str


@dataclass(frozen=True)
class LanguageIn(Constraint):
    """Each value has one of some languages."""

    parameter = "languageIn"
    tags: tuple[str, ...]


@dataclass(frozen=True)
class In(Constraint):
    """Each value is one of some terms."""

    parameter = "in"
    terms: tuple[Node, ...]


@dataclass(frozen=True)
class HasValue(Constraint):
    """One of the values is a term."""

    parameter = "hasValue"
    term: Node


@dataclass(frozen=True)
class UniqueLang(Constraint):
    """No two values have the same language tag."""

    parameter = "uniqueLang"


@dataclass(frozen=True)
class MinCount(Constraint):
    """There are so many values or more."""

    parameter = "minCount"
    count: int


@dataclass(frozen=True)
class MaxCount(Constraint):
    """There are so many values or fewer."""

    parameter = "maxCount"
    count: int


@dataclass(frozen=True)
class Equals(Constraint):
    """The values are those of a predicate."""

    parameter = "equals"
    predicate: URIRef


@dataclass(frozen=True)
class Disjoint(Constraint):
    """No value is one of a predicate."""

    parameter = "disjoint"
    predicate: URIRef


@dataclass(frozen=True)
class LessThan(Constraint):
    """Each value is less than each of a predicate. `name`: a key of PAIRS."""

    name: str
    predicate: URIRef

    @property
    def component(self) -> URIRef:
        """The IRI of its constraint component."""
        return component_of(self.name)


@dataclass(frozen=True)
class Closed(Constraint):
    """A value has no properties but these."""

    parameter = "closed"
    allowed: tuple[URIRef, ...]


@dataclass(frozen=True)
class NodeRef(Constraint):
    """Each value conforms to a shape."""

    parameter = "node"
    shape: Node


@dataclass(frozen=True)
class PropertyRef(Constraint):
    """Each value is a focus node of a property shape, whose results are results."""

    parameter = "property"
    shape: Node


@dataclass(frozen=True)
class Logical(Constraint):
    """Each value conforms to none of a shape (not), all (and), one (or), one only (xone)."""

    name: str
    shapes: tuple[Node, ...]

    @property
    def component(self) -> URIRef:
        """The IRI of its constraint component."""
        return component_of(self.name)


@dataclass(frozen=True)
class Qualified(Constraint):
    """So many values conform to a shape. `name`: qualifiedMinCount or qualifiedMaxCount.

    `siblings`: the shapes a counted value must not conform to.
    """

    name: str
    count: int
    shape: Node
    siblings: tuple[Node, ...]

    @property
    def component(self) -> URIRef:
        """The IRI of its constraint component."""
        return component_of(self.name)


@dataclass(frozen=True)
class Query(Constraint):
    """A constraint in SPARQL: sh:sparql, or a validator of a custom component.

    `text`: the query with its prefixes; `is_ask`: whether it is an ASK of each value;
    `parameters`: names and terms of a component's parameters, None where one is left out;
    `node`: the constraint's or validator's node; `is_custom`: whether it is a component's.
    """

    of: URIRef
    node: Node
    text: str
    is_ask: bool
    parameters: tuple[tuple[str, Node | None], ...] = ()
    messages: tuple[Literal, ...] = ()

    @property
    def component(self) -> URIRef:
        """The IRI of its constraint component."""
        return self.of

    @property
    def is_custom(self) -> bool:
        """Whether the query is a validator of a custom component."""
        return self.of != SH.SPARQLConstraintComponent


VALUE_TESTS = (Class, Datatype, NodeKind, Range, Length, Pattern, LanguageIn, In)
