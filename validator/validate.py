"""A validation from beginning to end."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pyoxigraph as ox
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from . import constraints as c
from .datatypes import FOLDABLE
from .evaluate import Evaluation, Task, Violation
from .messages import default_messages, note
from .paths import Path
from .report import Report, Result
from .shapes import Shapes
from .source import Endpoint, Source, StoreSource
from .terms import OxTerm, short, to_rdflib

Progress = Callable[[int, int], None]


def validate(
    store: ox.Store | Endpoint,
    shapes: Graph,
    *,
    most: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Validate data against a shapes graph (SHACL 1.0, Core and SPARQL).

    `store`: the union of its graphs is what is validated; or an endpoint, its default graph.
    `most`: how many results of each shape the report shows; it counts all. `progress`: called
    with the number of queries done and of all.

    Raises ShapeError for an ill-formed shapes graph, RecursiveShape and CannotCompile (both
    ShapeErrors), EndpointError if an endpoint does not answer.
    """
    source: Source
    source = StoreSource(store) if isinstance(store, ox.Store) else store
    evaluation = Evaluation(source, Shapes(shapes))
    tasks = [task for shape in evaluation.shapes.targeted for task in evaluation.tasks(shape)]
    violations = _run(tasks, source.workers, progress)
    return replace(_report(violations, most), notes=tuple(_notes(evaluation)))


def _run(tasks: list[Task], workers: int, progress: Progress | None) -> list[Violation]:
    """Run tasks side by side: the store works outside Python's lock."""
    found: list[Violation] = []
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(task) for task in tasks]
        try:
            for number, future in enumerate(futures, 1):
                found += future.result()
                if progress is not None:
                    progress(number, len(tasks))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return found


def _notes(evaluation: Evaluation) -> Iterator[dict[str, str]]:
    """Yield what a reader must know about datatypes that the engine does not keep."""
    for shape in evaluation.shapes:
        for constraint in shape.constraints:
            if isinstance(constraint, c.Datatype) and constraint.datatype in evaluation.folded:
                values = {
                    "type": f"xsd:{constraint.datatype.rpartition('#')[2]}",
                    "kept": f"xsd:{FOLDABLE[constraint.datatype][1].rpartition('#')[2]}",
                    "shape": short(shape.node),
                }
                yield {tag: text.format_map(values) for tag, text in note("folded").items()}


def _report(violations: list[Violation], most: int | None) -> Report:
    counts: Counter[Node] = Counter(violation.shape.node for violation in violations)
    by_shape: dict[Node, list[Violation]] = defaultdict(list)
    for violation in violations:
        by_shape[violation.shape.node].append(violation)
    results: list[Result] = []
    for shape in sorted(by_shape, key=str):
        found = by_shape[shape]
        if most is not None and len(found) > most:
            found = sorted(found, key=_order)[:most]
        results += sorted((_result(violation) for violation in found), key=lambda r: r.key)
    return Report(tuple(results), counts)


def _order(violation: Violation) -> tuple[str, ...]:
    """Return the order of a shape's violations without making results of them."""
    focus, component = str(violation.focus), violation.constraint.component
    return (str(violation.path or ""), focus, component, str(violation.value or ""))


def _result(violation: Violation) -> Result:
    shape, constraint = violation.shape, violation.constraint
    path = shape.path
    iri = to_rdflib(violation.path)
    if isinstance(iri, URIRef):
        path = Path("predicate", iri)
    focus = to_rdflib(violation.focus)
    assert focus is not None
    return Result(
        focus=focus,
        path=_path_text(path),
        value=to_rdflib(violation.value),
        source_shape=shape.node,
        component=constraint.component,
        severity=shape.severity,
        message_literals=_messages(violation),
        path_node=path,
        source_constraint=_source_constraint(constraint),
        detail=tuple(_result(inner) for inner in violation.detail),
    )


def _source_constraint(constraint: c.Constraint) -> Node | None:
    if isinstance(constraint, c.Query) and not constraint.is_custom:
        return constraint.node
    return None


def _path_text(path: Path | None) -> str:
    """Return a path as text; of a single predicate the IRI alone."""
    if path is None:
        return ""
    return str(path.predicate) if path.predicate is not None else path.text


def _messages(violation: Violation) -> tuple[Literal, ...]:
    """Return the messages of a result: the shape's, or the constraint's, or the component's."""
    shape, constraint = violation.shape, violation.constraint
    if isinstance(constraint, c.Query):
        values: dict[str, str] = {name: _plain(term) for name, term in violation.bindings} | {
            name: str(term) for name, term in constraint.parameters if term is not None
        }
        found = constraint.messages or shape.messages
        if not found and "message" in dict(violation.bindings):
            message = to_rdflib(dict(violation.bindings)["message"])
            found = (message,) if isinstance(message, Literal) else ()
        if found:
            return tuple(_filled(message, values) for message in found)
    return shape.messages or default_messages(constraint)


def _plain(term: OxTerm) -> str:
    return str(term) if isinstance(term, ox.BlankNode | ox.Triple) else term.value


def _filled(message: Literal, values: dict[str, str]) -> Literal:
    """Return a message with {?name} and {$name} replaced (SHACL 5.2.1.2)."""
    text = re.sub(r"\{[?$](\w+)\}", lambda found: values.get(found[1], found[0]), str(message))
    return Literal(text, lang=message.language)
