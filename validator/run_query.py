"""Constraints written in SPARQL, run for all focus nodes at once where that is the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rdflib import BNode, Graph
from rdflib.term import Node

from .constraints import Query
from .errors import CannotCompile, ShapeError
from .focus import Focus
from .queries import select
from .shapes import Shape
from .source import Row, Source
from .sparql_text import has_aggregates, is_set_based, outline, substitute, tokens, with_focus
from .terms import OxTerm, short, text_of, to_rdflib

SHAPES_GRAPH = "urn:x-shacl:shapes"


@dataclass(frozen=True)
class Found:
    """A row of a query: the node, value and path it names, and its columns by name."""

    focus: OxTerm
    value: OxTerm | None
    path: OxTerm | None
    bindings: tuple[tuple[str, OxTerm], ...]


def run_query(
    source: Source, shapes: Graph, shape: Shape, constraint: Query, focus: Focus
) -> Iterator[Found]:
    """Yield what a query of a shape finds. Raises CannotCompile if the engine refuses it."""
    text = _bound(shape, constraint)
    rows: Iterable[Row]
    if constraint.is_ask:
        yield from _ask(source, shape, text, focus)
        return
    if "shapesGraph" in {token.name for token in tokens(text)}:
        source = source.with_shapes(shapes, SHAPES_GRAPH)
        text = substitute(text, {"shapesGraph": f"<{SHAPES_GRAPH}>"})
        rows = _each(source, text, focus)
    elif is_set_based(text):
        rows = _all(source, text, focus)
    else:
        rows = _each(source, text, focus)
    names = _names(text)
    for row in rows:
        bindings = {n: term for n, term in zip(names, row, strict=True) if term is not None}
        yield _found(bindings, shape, constraint)


def _found(bindings: dict[str, OxTerm], shape: Shape, constraint: Query) -> Found:
    if getattr(bindings.get("failure"), "value", "") == "true":
        raise ShapeError(f"Shape {short(shape.node)}: {short(constraint.node)} reports a failure.")
    this = bindings["this"]
    value = bindings.get("value", this if shape.path is None else None)
    return Found(this, value, bindings.get("path"), tuple(sorted(bindings.items())))


def _bound(shape: Shape, constraint: Query) -> str:
    """Return the query with its path, parameters and $currentShape put in."""
    values: dict[str, str | None] = {}
    names = {token.name for token in tokens(constraint.text)}
    for name, term in constraint.parameters:
        if name in names:
            values[name] = None if term is None else _text(term, shape, constraint)
    if "PATH" in names and shape.path is not None:
        values["PATH"] = f"({shape.path.text})" if shape.path.parts else shape.path.text
    if "currentShape" in names:
        values["currentShape"] = _text(shape.node, shape, constraint)
    return substitute(constraint.text, values)


def _text(term: Node, shape: Shape, constraint: Query) -> str:
    if isinstance(term, BNode):
        raise CannotCompile(
            f"Shape {short(shape.node)}: the query of {short(constraint.node)} has to name a"
            " blank node."
        )
    return text_of(term)


def _all(source: Source, text: str, focus: Focus) -> list[Row]:
    pattern = focus.as_this(distinct=has_aggregates(text))
    return source.select(with_focus(text, pattern))


def _each(source: Source, text: str, focus: Focus) -> Iterator[Row]:
    """Run a query for each node: where an answer for all would be another."""
    for (node,) in source.select(select(focus.variable, focus.pattern)):
        term = to_rdflib(node)
        if isinstance(term, BNode):
            yield from source.select(text, this=node)
        else:
            assert term is not None
            yield from source.select(substitute(text, {"this": text_of(term)}))


def _ask(source: Source, shape: Shape, text: str, focus: Focus) -> Iterator[Found]:
    """Yield the values for which an ASK is false: each is a solution that its pattern has not."""
    all_tokens = tokens(text)
    root = outline(all_tokens)
    prologue = "".join(t.text for t in all_tokens[: root.start])
    prologue = prologue[: prologue.upper().rindex("ASK")]
    body = "".join(token.text for token in all_tokens[root.start : root.end + 1])
    values = focus.values(shape.path)
    names = f"({focus.variable} AS ?this) ({values.variable} AS ?value)"
    inner = f"SELECT DISTINCT {names} WHERE {{ {values.pattern} }}"
    query = f"{prologue} " + select("?this ?value", f"{{ {inner} }} FILTER NOT EXISTS {body}")
    for this, value in source.select(query):
        assert this is not None and value is not None
        yield Found(this, value, None, (("this", this), ("value", value)))


def _names(text: str) -> list[str]:
    """Return the names of the columns of a SELECT, in order; after * those of the pattern."""
    names: list[str] = []
    depth = 0
    begun = False
    last = ""
    for token in tokens(text):
        if token.word == "SELECT":
            begun = True
        elif begun and token.word in ("{", "WHERE"):
            break
        elif begun and token.word in ("(", ")"):
            if token.word == ")" and depth == 1:
                names.append(last)
            depth += 1 if token.word == "(" else -1
        elif begun and token.name:
            last = token.name
            if depth == 0:
                names.append(token.name)
    return names
