"""Where a thing in a report comes from: lines of a document, or a row of a register.

A message about the graph is of use to a person only if it leads to what that person can edit.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from .tables import read_table
from .terms import BASE

QUERY = Path(__file__).parent / "queries" / "origins.rq"
# The register that has the row of a thing, and the columns that are the key in its IRI.
REGISTERS = {
    "association": ("associations", ("slug",)),
    "company": ("companies", ("slug", "corporate_number")),
    "country": ("countries", ("iso_code",)),
    "department": ("departments", ("government", "slug")),
    "foreign": ("foreign_governments", ("slug",)),
    "municipality": ("municipalities", ("standard_area_code",)),
    "organization": ("organizations", ("slug",)),
    "prefecture": ("prefectures", ("code",)),
    "subprefecture": ("subprefectures", ("slug",)),
}
AT_ONCE = 500
MOST_LINES = 3

Select = Callable[[str], Iterable[Sequence[object]]]


@dataclass(frozen=True, order=True)
class Origin:
    """A document (its slug, or `registers`, or "" if nothing is known) and the place in it."""

    document: str
    where: str


def find_origins(things: Iterable[str], select: Select, data: Path | None) -> dict[str, Origin]:
    """Return the origin of each thing, by its IRI.

    `select`: gives the rows of a SELECT query over the graph. `data`: the folder of the tables,
    for the numbers of rows; None if the graph is not made from tables at hand.
    """
    wanted = sorted({thing for thing in things if _is_iri(thing)})
    lines: dict[str, set[tuple[str, int, int]]] = defaultdict(set)
    query = QUERY.read_text(encoding="utf-8")
    for start in range(0, len(wanted), AT_ONCE):
        names = " ".join(str(NamedNode(thing)) for thing in wanted[start : start + AT_ONCE])
        for thing, document, first, last in select(
            query.replace("VALUES ?thing {}", f"VALUES ?thing {{ {names} }}")
        ):
            if isinstance(thing, NamedNode) and isinstance(document, NamedNode):
                slug = document.value.rpartition("/")[2]
                lines[thing.value].add((slug, _number(first), _number(last)))
    return {
        thing: _of_name(thing, data)
        if _kind(thing) in REGISTERS or thing not in lines
        else _of_lines(lines[thing])
        for thing in wanted
    }


def _kind(thing: str) -> str:
    return thing.removeprefix(f"{BASE}id/").partition("/")[0]


def _is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


def _number(term: object) -> int:
    text = term.value if isinstance(term, Literal) else ""
    return int(text) if text.isdecimal() else 0


def _of_lines(found: set[tuple[str, int, int]]) -> Origin:
    """Return the first document with its lines, the first few of them.

    >>> _of_lines({("demo", 6, 7), ("demo", 2, 2)})
    Origin(document='demo', where='lines 2-2, 6-7')
    """
    slug = min(found)[0]
    spans = sorted((first, last) for document, first, last in found if document == slug)
    shown = ", ".join(f"{first}-{last}" for first, last in spans[:MOST_LINES])
    return Origin(slug, f"lines {shown}{' …' if len(spans) > MOST_LINES else ''}")


def _of_name(thing: str, data: Path | None) -> Origin:
    """Return what the IRI alone tells: a register and the row of the key, or a document's key."""
    name = thing.removeprefix(f"{BASE}id/")
    kind, _, key = name.partition("/")
    if name == thing:
        return Origin("", "")
    if kind in REGISTERS:
        table, columns = REGISTERS[kind]
        number = _rows(data / "registers" / f"{table}.csv", columns).get(key) if data else None
        row = f", row {number}" if number else f", {key}"
        return Origin("registers", f"{table}.csv{row}")
    if kind == "document":
        return Origin(key, "document.toml")
    if kind == "code":
        return Origin("ontology", "codes.ttl")
    document, _, row = key.partition("/")
    return Origin(document, f"{kind} {row}" if row else "")


@cache
def _rows(path: Path, columns: tuple[str, ...]) -> dict[str, int]:
    """Return the number of each row of a register by its key."""
    found: dict[str, int] = {}
    for number, row in enumerate(read_table(path), 2):
        found["/".join(row[column] for column in columns)] = number
        for column in columns:
            # A company goes by its corporate number, or by its slug if it has none.
            found.setdefault(row[column], number)
    return found
