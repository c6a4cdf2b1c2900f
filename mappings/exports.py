"""The graph as files that other programs open: CSV tables, places as GeoJSON, ties as GraphML.

Each is what a query of `queries/` finds. Such a query gives the facts about a thing in rows of
their own (UNION), never their combinations; `read_rows` folds them into one row for each thing.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

from pyoxigraph import Store

from .asking import QUERIES, query_text, solutions
from .errors import BuildError
from .tables import format_table
from .terms import BASE

TABLES = tuple(sorted(path.stem for path in (QUERIES / "tables").glob("*.rq")))
SEPARATOR = "|"
GRAPHML = "http://graphml.graphdrawing.org/xmlns"
# Columns of one value: party_iri, party_ja and party_en tell of one party, in one order.
_PART = re.compile(r"_(iri|ja|en|document|lines)$")
_DIGITS = re.compile(r"(\d+)")
_TITLE = re.compile(r"^# (title|title-ja): (\S.*)$", re.MULTILINE)
NODE_KEYS = {
    "iri": "string", "label_ja": "string", "label_en": "string", "type": "string",
    "code": "string", "latitude": "double", "longitude": "double", "tie_count": "int",
}  # fmt: skip
EDGE_KEYS = {
    "iri": "string", "evidence_count": "int", "first_date": "string", "last_date": "string",
    "field_ja": "string", "field_en": "string", "kind_ja": "string", "kind_en": "string",
}  # fmt: skip

Row = dict[str, str]
Cells = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Rows:
    """What a query found: the columns it names and one row for each thing, in natural order."""

    columns: tuple[str, ...]
    rows: list[Row]


def query_titles(name: str) -> dict[str, str]:
    """Return what the query `name` finds is called, by language."""
    text = query_text(name)
    found = {"en" if key == "title" else "ja": title for key, title in _TITLE.findall(text)}
    if set(found) != {"ja", "en"}:
        raise BuildError(
            f"mappings/queries/{name}.rq: found the titles {sorted(found)}, expected the lines "
            "`# title: …` and `# title-ja: …`."
        )
    return found


def read_rows(store: Store, name: str) -> Rows:
    """Return what the query `name` finds, one row for each `?iri`, values joined by |.

    Raises BuildError if one of several values has a | in it.
    """
    rows_found = solutions(store, name)
    columns = tuple(variable.value for variable in rows_found.variables)
    group_of = [_PART.sub("", column) for column in columns]
    found: dict[str, dict[str, set[Cells]]] = defaultdict(lambda: defaultdict(set))
    for solution in rows_found:
        # Of dozens of columns a row has two or three.
        (_, iri), *bound = [(at, term) for at, term in enumerate(solution) if term is not None]
        cells: dict[str, list[tuple[str, str]]] = {}
        for at, term in bound:
            cells.setdefault(group_of[at], []).append((columns[at], term.value))
        of_thing = found[iri.value]
        for group, values in cells.items():
            of_thing[group].add(tuple(values))
    rows = []
    for iri in sorted(found, key=natural):
        row = dict.fromkeys(columns, "") | {columns[0]: iri}
        for values_of in found[iri].values():
            row |= _fold(values_of, f"{name}.rq, {iri}")
        rows.append(row)
    return Rows(columns, rows)


def natural(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts numbers inside texts as numbers.

    >>> sorted(["a/10", "a/9", "b"], key=natural)
    ['a/9', 'a/10', 'b']
    """
    parts = _DIGITS.split(text)
    return [(int(part), part) if at % 2 else (0, part) for at, part in enumerate(parts)]


def _fold(values: set[Cells], where: str) -> Row:
    """Return cells with the values side by side, in one order in every column."""
    if len(values) == 1:
        return dict(*values)
    if any(SEPARATOR in text for cells in values for _, text in cells):
        raise BuildError(f"{where}: found {SEPARATOR} in one of several values, expected none.")
    ordered = sorted(values, key=lambda cells: [natural(text) for _, text in cells])
    columns = dict.fromkeys(column for cells in ordered for column, _ in cells)
    return {
        column: SEPARATOR.join(dict(cells).get(column, "") for cells in ordered)
        for column in columns
    }


def as_csv(found: Rows) -> str:
    """Return rows as CSV."""
    return format_table(found.rows, found.columns)


def as_geojson(places: Rows) -> str:
    """Return places as a GeoJSON FeatureCollection (RFC 7946), a feature a line."""
    features = [
        {
            "type": "Feature",
            "id": row["iri"],
            "geometry": {
                "type": "Point",
                "coordinates": [float(row["longitude"]), float(row["latitude"])],
            },
            "properties": {
                **{name: row[name] for name in ("iri", "label_ja", "label_en", "type", "code")},
                "tie_count": int(row["tie_count"] or 0),
            },
        }
        for row in places.rows
    ]
    lines = (json.dumps(feature, ensure_ascii=False) for feature in features)
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(lines) + "\n]}\n"


def as_graphml(agents: Rows, ties: Rows) -> str:
    """Return agents as nodes and their ties as edges of an undirected GraphML graph."""
    root = ElementTree.Element("graphml", xmlns=GRAPHML)
    for kind, keys in (("node", NODE_KEYS), ("edge", EDGE_KEYS)):
        for name, type_ in keys.items():
            about = {"id": f"{kind}_{name}", "for": kind, "attr.name": name, "attr.type": type_}
            ElementTree.SubElement(root, "key", about)
    graph = ElementTree.SubElement(root, "graph", id="enishi", edgedefault="undirected")
    for row in agents.rows:
        node = ElementTree.SubElement(graph, "node", id=_node(row["iri"]))
        _add_data(node, "node", NODE_KEYS, row)
    for row in ties.rows:
        one, other = (_node(iri) for iri in row["between_iri"].split(SEPARATOR))
        edge = ElementTree.SubElement(graph, "edge", source=one, target=other)
        _add_data(edge, "edge", EDGE_KEYS, row)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add_data(
    element: ElementTree.Element, kind: str, keys: Mapping[str, str], row: Mapping[str, str]
) -> None:
    for name in keys:
        if row[name]:
            ElementTree.SubElement(element, "data", key=f"{kind}_{name}").text = row[name]


def _node(iri: str) -> str:
    """Return a node's id: GraphML wants a name token, in which / cannot stand."""
    return iri.removeprefix(f"{BASE}id/").replace("/", "-")


def exports(store: Store, folder: Path) -> list[Callable[[], None]]:
    """Return what writes tables/<class>.csv, places.geojson and ties.graphml, each on its own."""
    (folder / "tables").mkdir()

    def write_table(name: str) -> None:
        found = read_rows(store, f"tables/{name}")
        _write(folder / "tables" / f"{name}.csv", as_csv(found))
        if name == "tie":
            _write(folder / "ties.graphml", as_graphml(read_rows(store, "agents"), found))

    def write_places() -> None:
        _write(folder / "places.geojson", as_geojson(read_rows(store, "places")))

    return [*(partial(write_table, name) for name in TABLES), write_places]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
