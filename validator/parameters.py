"""Parameters of SHACL Core read from a shapes graph: a reader for each predicate."""

from collections.abc import Callable, Iterator

import pyoxigraph as ox
from rdflib import SH, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from . import constraints as c
from .errors import ShapeError
from .paths import read_list
from .terms import short, string

Reader = Callable[[Graph, Node, Node, str], Iterator[c.Constraint]]

KINDS = {
    SH.IRI: ("IRI",),
    SH.BlankNode: ("BLANK",),
    SH.Literal: ("LITERAL",),
    SH.BlankNodeOrIRI: ("BLANK", "IRI"),
    SH.BlankNodeOrLiteral: ("BLANK", "LITERAL"),
    SH.IRIOrLiteral: ("IRI", "LITERAL"),
}


def _wrong(where: str, name: str, value: Node, expected: str) -> ShapeError:
    return ShapeError(f"{where} has {short(value)} as sh:{name}, where {expected} belongs.")


def _iri(value: Node, where: str, name: str) -> URIRef:
    if isinstance(value, URIRef):
        return value
    raise _wrong(where, name, value, "an IRI")


def _class(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
    yield c.Class(_iri(value, where, "class"))


def _datatype(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
    yield c.Datatype(_iri(value, where, "datatype"))


def _node_kind(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
    if value not in KINDS:
        expected = f"one of {', '.join(short(kind) for kind in KINDS)}"
        raise _wrong(where, "nodeKind", value, expected)
    yield c.NodeKind(KINDS[URIRef(str(value))])


def _range(name: str) -> Reader:
    def read(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
        if not isinstance(value, Literal):
            raise _wrong(where, name, value, "a literal")
        yield c.Range(name, value)

    return read


def _length(name: str) -> Reader:
    def read(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
        yield c.Length(name, whole_number(value, f"{where}: sh:{name}"))

    return read


def _pattern(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
    flags = [str(flag) for flag in graph.objects(node, SH.flags)] or [""]
    if not isinstance(value, Literal) or value.language or len(flags) > 1:
        raise _wrong(where, "pattern", value, "a text, with one sh:flags at most,")
    if not _is_pattern(str(value), flags[0]):
        with_flags = f" with sh:flags {flags[0]}" if flags[0] else ""
        raise _wrong(where, "pattern", value, f"a regular expression of XPath{with_flags}")
    yield c.Pattern(str(value), flags[0])


def _is_pattern(pattern: str, flags: str) -> bool:
    """Tell whether SPARQL can match with a pattern: the engine's word, a match or an error."""
    query = f'SELECT (REGEX("", {string(pattern)}, {string(flags)}) AS ?r) {{}}'
    (row,) = ox.Store().query(query)  # type: ignore[misc]
    return row["r"] is not None


def _language_in(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
    tags = read_list(graph, value, f"{where}: sh:languageIn")
    for tag in tags:
        if not isinstance(tag, Literal) or tag.language:
            raise _wrong(where, "languageIn", tag, "a list of language tags")
    yield c.LanguageIn(tuple(map(str, tags)))


def _in(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
    yield c.In(tuple(read_list(graph, value, f"{where}: sh:in")))


def _has_value(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
    yield c.HasValue(value)


def _unique_lang(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
    # The specification says "true": "1" is the same value, but another term.
    if true_or_false(value, f"{where}: sh:uniqueLang") and str(value) == "true":
        yield c.UniqueLang()


def _count(kind: type[c.MinCount] | type[c.MaxCount]) -> Reader:
    def read(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
        if len(list(graph.objects(node, SH[kind.parameter]))) > 1:
            raise ShapeError(f"{where} has two values of sh:{kind.parameter}, where one belongs.")
        yield kind(whole_number(value, f"{where}: sh:{kind.parameter}"))

    return read


def _pair(kind: type[c.Equals] | type[c.Disjoint]) -> Reader:
    def read(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
        yield kind(_iri(value, where, kind.parameter))

    return read


def _less_than(name: str) -> Reader:
    def read(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
        yield c.LessThan(name, _iri(value, where, name))

    return read


def _closed(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
    if not true_or_false(value, f"{where}: sh:closed"):
        return
    allowed = {
        path
        for shape in graph.objects(node, SH.property)
        for path in graph.objects(shape, SH.path)
        if isinstance(path, URIRef)
    }
    for head in graph.objects(node, SH.ignoredProperties):
        for ignored in read_list(graph, head, f"{where}: sh:ignoredProperties"):
            allowed.add(_iri(ignored, where, "ignoredProperties"))
    yield c.Closed(tuple(sorted(allowed)))


def _shape(kind: type[c.NodeRef] | type[c.PropertyRef]) -> Reader:
    def read(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
        if isinstance(value, Literal):
            raise _wrong(where, kind.parameter, value, "a shape")
        if kind is c.PropertyRef and (value, SH.path, None) not in graph:
            raise _wrong(where, "property", value, "a shape with sh:path")
        yield kind(value)

    return read


def _not(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
    if isinstance(value, Literal):
        raise _wrong(where, "not", value, "a shape")
    yield c.Logical("not", (value,))


def _logical(name: str) -> Reader:
    def read(graph: Graph, node: Node, value: Node, where: str) -> Iterator[c.Constraint]:
        yield c.Logical(name, tuple(read_list(graph, value, f"{where}: sh:{name}")))

    return read


READERS: dict[URIRef, Reader] = {
    SH["class"]: _class,
    SH.datatype: _datatype,
    SH.nodeKind: _node_kind,
    **{SH[name]: _range(name) for name in c.RANGES},
    **{SH[name]: _length(name) for name in ("minLength", "maxLength")},
    SH.pattern: _pattern,
    SH.languageIn: _language_in,
    SH["in"]: _in,
    SH.hasValue: _has_value,
    SH.uniqueLang: _unique_lang,
    SH.minCount: _count(c.MinCount),
    SH.maxCount: _count(c.MaxCount),
    SH.equals: _pair(c.Equals),
    SH.disjoint: _pair(c.Disjoint),
    **{SH[name]: _less_than(name) for name in c.PAIRS},
    SH.closed: _closed,
    SH.node: _shape(c.NodeRef),
    SH.property: _shape(c.PropertyRef),
    SH["not"]: _not,
    **{SH[name]: _logical(name) for name in ("and", "or", "xone")},
}


def flag(graph: Graph, node: Node, predicate: URIRef, where: str) -> bool:
    """Return a boolean of a node, false if it has none. Raises ShapeError for another value."""
    values = list(graph.objects(node, predicate))
    if len(values) > 1:
        raise ShapeError(f"{where} has {len(values)} values of {short(predicate)}, not one.")
    return bool(values) and true_or_false(values[0], f"{where}: {short(predicate)}")


def true_or_false(value: Node, where: str) -> bool:
    """Return the value of a boolean. Raises ShapeError if it is none."""
    if isinstance(value, Literal) and isinstance(value.value, bool):
        return value.value
    raise ShapeError(f"{where} has {short(value)}, where true or false belongs.")


def whole_number(value: Node, where: str) -> int:
    """Return the value of an integer that is not negative. Raises ShapeError if it is none."""
    if isinstance(value, Literal) and value.datatype == XSD.integer:
        number = value.value
        if isinstance(number, int) and number >= 0:
            return number
    raise ShapeError(f"{where} has {short(value)}, where a whole number of 0 or more belongs.")
