"""SHACL validation of the whole graph, and its report grouped by shape, path and document."""

import logging
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad
from rdflib import RDF, SH, Graph, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.term import Node

from .quads import parse_turtle
from .terms import BASE, ENISHI, PROV


@dataclass(frozen=True, order=True)
class Violation:
    """One result of the validation: which shape, which path, at which thing, and what it says.

    `where`: the lines of the document the thing was read from, or the graph that has it.
    """

    severity: str
    shape: str
    path: str
    document: str
    focus: str
    value: str
    message: str
    where: str


def load_shapes(folder: Path) -> Graph:
    """Return all shapes of a folder as one graph. Raises BuildError if a file is no Turtle."""
    shapes = Graph()
    for path in sorted(folder.glob("*.ttl")):
        # Parsed twice: this parser's messages say what is wrong in a line a person can find.
        parse_turtle(path)
        shapes.parse(path, format="turtle")
    return shapes


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
    raise TypeError(f"no blank nodes or triple terms in the graph: {term}")


def validate(quads: set[Quad], shapes: Graph) -> list[Violation]:
    """Return what the shapes find in the quads, sorted; empty if the graph conforms."""
    # pyshacl takes most of a second to import: commands that do not validate go without.
    from pyshacl import validate as pyshacl_validate

    # rdflib logs a literal that is not of its datatype with a traceback; the shapes say it better.
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)
    conforms, report, _ = pyshacl_validate(
        to_rdflib(quads), shacl_graph=shapes, inference="none", advanced=False
    )
    if conforms and not list(report.subjects(RDF.type, SH.ValidationResult)):
        return []
    places = _places(quads)
    return sorted(
        _violation(report, result, places)
        for result in report.subjects(RDF.type, SH.ValidationResult)
    )


def _places(quads: set[Quad]) -> dict[str, tuple[str, str]]:
    """Return for each derived thing its document and lines."""
    lines: dict[str, dict[str, str]] = defaultdict(dict)
    for quad in quads:
        if quad.predicate in (ENISHI.document, ENISHI.firstLine, ENISHI.lastLine):
            name = quad.predicate.value.rpartition("#")[2]
            lines[str(quad.subject)][name] = getattr(quad.object, "value", "")
    places: dict[str, tuple[str, str]] = {}
    for quad in quads:
        if quad.predicate == PROV.wasDerivedFrom and isinstance(quad.subject, NamedNode):
            record = lines[str(quad.object)]
            slug = record.get("document", "").rpartition("/")[2]
            place = f"lines {record.get('firstLine')}-{record.get('lastLine')}"
            places[quad.subject.value] = (slug, place)
    return places


def _violation(report: Graph, result: Node, places: dict[str, tuple[str, str]]) -> Violation:
    def value(term: URIRef) -> str:
        return str(report.value(result, term) or "")

    focus = value(SH.focusNode)
    document, where = places.get(focus, ("registers", focus.removeprefix(BASE)))
    messages = [
        m for m in report.objects(result, SH.resultMessage) if getattr(m, "language", "") == "en"
    ]
    return Violation(
        severity=value(SH.resultSeverity).rpartition("#")[2],
        shape=value(SH.sourceShape).rpartition("#")[2],
        path=_path(report.value(result, SH.resultPath)),
        document=document,
        focus=focus.removeprefix(BASE),
        value=value(SH.value),
        message=str(messages[0]) if messages else value(SH.resultMessage),
        where=where,
    )


def _path(path: object) -> str:
    """Return the last part of a predicate's IRI; "" for a path that is a structure."""
    return re.split("[#/]", path)[-1] if isinstance(path, URIRef) else ""


def format_violations(violations: list[Violation], most: int = 5) -> str:
    """Return the violations as text, grouped by shape, path and document; `most` of each group."""
    groups: dict[tuple[str, str, str, str], list[Violation]] = defaultdict(list)
    for v in violations:
        groups[(v.severity, v.shape, v.path, v.document)].append(v)
    out = []
    for (severity, shape, path, document), found in sorted(groups.items()):
        at = f" ({path})" if path else ""
        out.append(f"{severity}: {shape}{at} in {document}: {len(found)}")
        out.append(f"    {found[0].message}")
        for v in found[:most]:
            out.append(f"    {v.focus} [{v.where}] {v.value}".rstrip())
        if len(found) > most:
            out.append(f"    … and {len(found) - most} more")
    return "\n".join(out)
