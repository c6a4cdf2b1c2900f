"""The report of a validation, by shape, path and document: as text, Turtle and an HTML page.

There is no time in it and no order of chance: the same graph and shapes give the same bytes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    serialize,
)
from rdflib import BNode, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.term import Node

from .errors import BuildError
from .terms import PREFIXES
from .validation import Validation, Violation

TEMPLATES = Path(__file__).parent / "templates"
SHACL = "http://www.w3.org/ns/shacl#"
SHOWN = 5


@dataclass(frozen=True)
class Group:
    """The results of one shape at one path in one document."""

    severity: str
    shape: str
    path: str
    document: str
    message: str
    message_ja: str
    found: tuple[Violation, ...]


def group_violations(violations: Iterable[Violation]) -> list[Group]:
    """Return the results by severity, shape, path and document; violations come first."""
    groups: dict[tuple[str, str, str, str], list[Violation]] = defaultdict(list)
    for v in violations:
        groups[(v.severity, v.shape, v.path, v.document)].append(v)
    order = sorted(groups, key=lambda key: (key[0] != "Violation", key))
    return [
        Group(*key, groups[key][0].message, groups[key][0].message_ja, tuple(sorted(groups[key])))
        for key in order
    ]


def format_violations(violations: Iterable[Violation], most: int | None = SHOWN) -> str:
    """Return the results as text, `most` of each group, with what its rule says in ja and en."""
    out = []
    for group in group_violations(violations):
        at = f" ({group.path})" if group.path else ""
        where = f" in {group.document}" if group.document else ""
        out.append(f"{group.severity}: {group.shape}{at}{where}: {len(group.found)}")
        out += [f"    {text}" for text in dict.fromkeys((group.message, group.message_ja)) if text]
        for v in group.found[:most]:
            place = f" [{v.where}]" if v.where else ""
            out.append(f"    {v.focus}{place} {v.value}".rstrip())
        if most is not None and len(group.found) > most:
            out.append(f"    … and {len(group.found) - most} more")
    return "\n".join(out)


def summarize(validation: Validation) -> tuple[str, str]:
    """Return in one sentence, ja and en, what was checked and what was found."""
    shapes = len(validation.checked)
    nodes = sum(checked.nodes for checked in validation.checked)
    broken, advised = validation.blocking, validation.advisory
    left_out = validation.report.total - len(validation.report.results)
    ja = f"{shapes}個のシェイプをのべ{nodes}個のノードで検査。違反{broken}件、その他{advised}件。"
    en = (
        f"{shapes} shapes were checked on {nodes} nodes in all: {broken} violations, "
        f"{advised} other results."
    )
    if left_out:
        ja += f"うち{left_out}件は省略した。"
        en += f" {left_out} of them are left out."
    return ja, en


def validation_text(validation: Validation) -> str:
    """Return the whole report as text, Japanese and English."""
    lines = [*summarize(validation), ""]
    if validation.violations:
        lines += [format_violations(validation.violations, None), ""]
    for checked in validation.checked:
        lines.append(f"{checked.shape}: {checked.nodes} nodes, {len(checked.rules)} rules")
        lines += [f"    {name}: {en} {ja if ja != en else ''}".rstrip()
                  for name, ja, en in checked.rules]  # fmt: skip
    return "\n".join(lines) + "\n"


def validation_turtle(validation: Validation) -> str:
    """Return the report as Turtle: one sh:ValidationReport (SHACL, section 3)."""
    found = Dataset(
        Quad(_ox(s), _ox(p), _ox(o))  # type: ignore[arg-type]
        for s, p, o in validation.report.to_graph()
    )
    # Nodes without a name are called the same in every run.
    found.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    triples = sorted((quad.triple for quad in found), key=str)
    prefixes = {**PREFIXES, "sh": SHACL}
    return (serialize(triples, format=RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()


def _ox(term: Node) -> NamedNode | BlankNode | Literal:
    if isinstance(term, URIRef):
        return NamedNode(str(term))
    if isinstance(term, RdflibLiteral):
        if term.language:
            return Literal(str(term), language=term.language)
        return Literal(str(term), datatype=NamedNode(str(term.datatype))) if term.datatype else (
            Literal(str(term))
        )  # fmt: skip
    assert isinstance(term, BNode)
    return BlankNode(str(term))


def validation_html(validation: Validation) -> str:
    """Return the report as an HTML page, Japanese and English side by side."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    ja, en = summarize(validation)
    return templates.get_template("validation.html").render(
        ja=ja, en=en, groups=group_violations(validation.violations), checked=validation.checked
    )


FORMATS: dict[str, Callable[[Validation], str]] = {
    ".txt": validation_text,
    ".ttl": validation_turtle,
    ".html": validation_html,
}


def write_validation(validation: Validation, path: Path) -> None:
    """Write the report in the format its file's name ends in.

    Raises BuildError for another ending, or if the disk refuses it.
    """
    if path.suffix not in FORMATS:
        raise BuildError(
            f"{path}: found the ending {path.suffix!r}, expected one of {', '.join(FORMATS)}."
        )
    try:
        path.write_text(FORMATS[path.suffix](validation), encoding="utf-8")
    except OSError as error:
        raise BuildError(
            f"{path}: found {error.strerror}, expected room and permission to write."
        ) from None
