"""SHACL validation of a graph: what the shapes find, tied to the lines and rows it comes from."""

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store
from rdflib import SH, Graph, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.term import Node

from validator import Endpoint, EndpointError, Report, Result, ValidatorError
from validator import validate as run_compiled
from validator.focus import Classes, focus_of
from validator.paths import read_path
from validator.shapes import Shape, Shapes
from validator.source import Source, StoreSource

from .errors import BuildError
from .origins import Origin, find_origins
from .quads import parse_turtle
from .terms import BASE

# The validators that can be chosen: ours, which makes queries of the shapes, and the reference.
VALIDATORS = ("compiled", "pyshacl")
VIOLATION = "Violation"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, order=True)
class Violation:
    """One result of the validation: which shape, which path, at which thing, and what it says.

    `document`: the slug of the document the thing was read from, `registers`, or "" if unknown.
    `where`: its lines there, or its row in the register. `focus`: the IRI without our base.
    """

    severity: str
    shape: str
    path: str
    document: str
    focus: str
    value: str
    message: str
    where: str
    message_ja: str = ""


@dataclass(frozen=True)
class Checked:
    """A shape that has targets: how many nodes it was checked on, and what it asks of them.

    `rules`: of each rule its name, and its message in Japanese and in English.
    """

    shape: str
    nodes: int
    rules: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Validation:
    """A whole validation: `report` as SHACL has it, the same for people, the shapes checked."""

    report: Report
    violations: list[Violation] = field(default_factory=list)
    checked: list[Checked] = field(default_factory=list)

    @property
    def blocking(self) -> int:
        """How many results there are in full that are more than a recommendation."""
        shown: dict[Node, set[str]] = {}
        for result in self.report.results:
            shown.setdefault(result.source_shape, set()).add(_local(result.severity))
        return sum(
            count for shape, count in self.report.counts.items() if VIOLATION in shown[shape]
        )

    @property
    def advisory(self) -> int:
        """How many results there are in full that stop nothing."""
        return self.report.total - self.blocking


def load_shapes(folder: Path) -> Graph:
    """Return all shapes of a folder as one graph. Raises BuildError if a file is no Turtle."""
    shapes = Graph()
    paths = sorted(folder.glob("*.ttl")) if folder.is_dir() else [folder]
    for path in paths:
        # Parsed twice: this parser's messages say what is wrong in a line a person can find.
        parse_turtle(path)
        shapes.parse(path, format="turtle")
    if not paths:
        raise BuildError(f"{folder}: found no file whose name ends in .ttl, expected SHACL shapes.")
    return shapes


def validate(
    data: Store | Endpoint | Iterable[Quad],
    shapes: Graph,
    *,
    validator: str = VALIDATORS[0],
    most: int | None = None,
    tables: Path | None = None,
    progress: Progress | None = None,
    count_nodes: bool = True,
) -> Validation:
    """Return what the shapes find in the union of all graphs of `data`.

    `validator`: one of VALIDATORS. `most`: how many results of each shape are shown; all are
    counted. `tables`: the folder the graph was made from, to name rows of registers. `progress`
    is told how many queries are done, and of how many. `count_nodes`: whether to tell on how many
    nodes each shape was checked.

    Raises BuildError for shapes that are ill-formed or refer to themselves, for an endpoint that
    does not answer, and if pyshacl is to look into an endpoint.
    """
    # rdflib logs a literal that is not of its datatype with a traceback; the shapes say it better.
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)
    store = data if isinstance(data, Store | Endpoint) else _store(data)
    source: Source = StoreSource(store) if isinstance(store, Store) else store
    try:
        if validator == "pyshacl":
            report = _by_pyshacl(store, shapes, most)
        else:
            report = run_compiled(store, shapes, most=most, progress=progress)
        checked = _check_counts(Shapes(shapes), source) if count_nodes else []
        origins = find_origins((str(r.focus) for r in report.results), source.select, tables)
    except EndpointError as error:
        reason = re.sub(r"<urlopen error (.*)>", r"\1", str(error))
        raise BuildError(f"{reason}; expected an endpoint that answers queries.") from error
    except ValidatorError as error:
        raise BuildError(str(error)) from error
    found = sorted(_violation(result, shapes, origins) for result in report.results)
    return Validation(report, found, checked)


def _store(quads: Iterable[Quad]) -> Store:
    store = Store()
    store.extend(quads)
    return store


def _check_counts(shapes: Shapes, source: Source) -> list[Checked]:
    if not shapes.targeted:
        raise BuildError("The shapes: found none with a target, expected one or more.")
    classes = Classes(source)
    return [_checked(shape, shapes, source, classes) for shape in shapes.targeted]


def _checked(shape: Shape, shapes: Shapes, source: Source, classes: Classes) -> Checked:
    focus = focus_of(shape.targets, classes)
    query = f"SELECT (COUNT(DISTINCT {focus.variable}) AS ?nodes) WHERE {{ {focus.pattern} }}"
    ((nodes,),) = source.select(query)
    graph = shapes.graph
    rules = [node for node in (shape.node, *graph.objects(shape.node, SH.property))]
    return Checked(
        _shape_name(shape.node, graph),
        int(nodes.value) if isinstance(nodes, Literal) else 0,
        tuple(
            sorted(
                (_shape_name(rule, graph), texts.get("ja", ""), texts.get("en", ""))
                for rule in rules
                if (texts := _texts(graph.objects(rule, SH.message)))
            )
        ),
    )


def _texts(messages: Iterable[Node]) -> dict[str, str]:
    """Return messages by language; a text without a language stands for each that is missing."""
    found = {str(getattr(m, "language", None) or ""): str(m) for m in messages}
    spare = found.get("en") or found.get("") or next(iter(found.values()), "")
    return {"en": spare, "ja": found.get("ja", spare)} if found else {}


def _violation(result: Result, shapes: Graph, origins: dict[str, Origin]) -> Violation:
    focus = str(result.focus)
    origin = origins.get(focus, Origin("", ""))
    texts = _texts(result.message_literals)
    return Violation(
        severity=_local(result.severity),
        shape=_shape_name(result.source_shape, shapes),
        path=re.split("[#/]", result.path)[-1] if re.match(r"\w+:[^|^() ]+$", result.path) else "",
        document=origin.document,
        focus=focus.removeprefix(BASE),
        value="" if result.value is None else str(result.value),
        message=texts.get("en", ""),
        where=origin.where,
        message_ja=texts.get("ja", ""),
    )


def _local(iri: Node) -> str:
    """Return the last part of an IRI."""
    return re.split("[#/]", str(iri))[-1]


def _shape_name(shape: Node, shapes: Graph) -> str:
    """Return what a shape is called; one without a name goes by the shape that has it."""
    if isinstance(shape, URIRef):
        return _local(shape) or str(shape)
    for owner in shapes.subjects(SH.property, shape):
        path = shapes.value(shape, SH.path)
        return f"{_shape_name(owner, shapes)}-{_local(path) if isinstance(path, URIRef) else ''}"
    return "a shape without a name"


def to_rdflib(quads: Iterable[Quad]) -> Graph:
    """Return the union of all named graphs as an rdflib graph."""
    graph = Graph()
    for quad in quads:
        graph.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    return graph


def _term(term: object) -> Node:
    if isinstance(term, NamedNode):
        return URIRef(term.value)
    if isinstance(term, Literal):
        if term.language:
            return RdflibLiteral(term.value, lang=term.language)
        return RdflibLiteral(term.value, datatype=URIRef(term.datatype.value))
    raise BuildError(
        f"found {term} in the data, expected IRIs and literals only: pyshacl is given no others."
    )


def _by_pyshacl(store: Store | Endpoint, shapes: Graph, most: int | None) -> Report:
    """Return the report of pyshacl as ours has it."""
    # pyshacl takes most of a second to import: commands that do not need it go without.
    from pyshacl import validate as run_pyshacl

    if isinstance(store, Endpoint):
        raise BuildError(
            f"{store.address}: found an endpoint for pyshacl, expected files or a folder, which "
            "it can load; the compiled validator asks an endpoint."
        )
    _, report, said = run_pyshacl(
        to_rdflib(store), shacl_graph=shapes, inference="none", advanced=False
    )
    if not isinstance(report, Graph):
        raise BuildError(f"pyshacl: found {said}")
    results = sorted(
        (_result(report, node) for node in report.objects(None, SH.result)), key=lambda r: r.key
    )
    counts: dict[Node, int] = {}
    shown = []
    for result in results:
        counts[result.source_shape] = counts.get(result.source_shape, 0) + 1
        if most is None or counts[result.source_shape] <= most:
            shown.append(result)
    return Report(tuple(shown), counts)


def _result(report: Graph, node: Node) -> Result:
    def one(term: URIRef) -> URIRef:
        return report.value(node, term) or URIRef("")  # type: ignore[return-value]

    path_node = report.value(node, SH.resultPath)
    path = read_path(report, path_node, "the report") if path_node is not None else None
    text = "" if path is None else str(path.predicate or path.text)
    messages = [m for m in report.objects(node, SH.resultMessage) if isinstance(m, RdflibLiteral)]
    return Result(
        focus=one(SH.focusNode),
        path=text,
        value=report.value(node, SH.value),
        source_shape=one(SH.sourceShape),
        component=one(SH.sourceConstraintComponent),
        severity=one(SH.resultSeverity),
        message_literals=tuple(sorted(messages, key=lambda m: (str(m.language), str(m)))),
        path_node=path,
        source_constraint=report.value(node, SH.sourceConstraint),
    )
