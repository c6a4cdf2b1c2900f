"""Read the answer of an endpoint: SPARQL results in JSON or XML, whole or not at all.

https://www.w3.org/TR/sparql11-results-json/ and https://www.w3.org/TR/rdf-sparql-XMLres/
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    parse_query_results,
)

from .remote import Row, TermText

MEDIA_TYPES = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
}
# Virtuoso writes <nodeID://b10001> for a blank node, which is no label of SPARQL.
_NODE_ID = re.compile(rb'("type"\s*:\s*"bnode"\s*,\s*"value"\s*:\s*")nodeID://([^"\\]*")')
_NODE_ID_FIRST = re.compile(rb'("value"\s*:\s*")nodeID://([^"\\]*"\s*,\s*"type"\s*:\s*"bnode")')
_NAMESPACE = "http://www.w3.org/2005/sparql-results#"
_LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"
_TERMS = frozenset({"uri", "literal", "bnode"})


class MalformedError(ValueError):
    """An answer that cannot be read; its text ends a sentence after "found"."""


class TooManyRowsError(Exception):
    """An answer of more rows than may come; it was not read to its end."""


def read(
    body: bytes, result_format: str, wanted: Sequence[str], case: str, most_rows: int
) -> list[Row]:
    """Return the rows of an answer, columns as `wanted`.

    `result_format`: json or xml. `case`: what the endpoint does to the names of variables, as in
    the registry. Raises MalformedError for an answer that is cut, wrong or lacks a variable, and
    TooManyRowsError for more than `most_rows` rows.
    """
    names, rows = _read_json(body) if result_format == "json" else _read_xml(body, most_rows)
    columns = _columns(names, wanted, case)
    found: list[Row] = []
    try:
        for row in rows:
            if len(found) >= most_rows:
                raise TooManyRowsError
            found.append(tuple([row[column] for column in columns]))
    except (SyntaxError, ValueError) as error:
        raise MalformedError(f"an answer that cannot be read ({_short(error)})") from None
    return found


def _columns(names: Sequence[str], wanted: Sequence[str], case: str) -> list[int]:
    """Return which column of the answer holds each variable wanted."""
    fold: Callable[[str], str] = str.casefold if case else str
    places = {fold(name): index for index, name in enumerate(names)}
    missing = [name for name in wanted if fold(name) not in places]
    if missing:
        listed = ", ".join(f"?{name}" for name in names) or "none"
        raise MalformedError(
            f"the variables {listed}, expected {', '.join(f'?{name}' for name in missing)} too"
        )
    if len(places) < len(names):
        raise MalformedError("two variables of one name")
    return [places[fold(name)] for name in wanted]


def clashing(wanted: Iterable[str], case: str) -> tuple[str, str] | None:
    """Return two variables that an endpoint which changes their case cannot tell apart."""
    seen: dict[str, str] = {}
    for name in wanted if case else ():
        if name.casefold() in seen:
            return seen[name.casefold()], name
        seen[name.casefold()] = name
    return None


def _text(term: object) -> TermText | None:
    """Return a term as SPARQL 1.1 writes it."""
    if term is None:
        return None
    if isinstance(term, Literal) and term.direction is not None:
        raise ValueError("a text with a base direction, which SPARQL 1.1 has not")
    if not isinstance(term, (NamedNode, BlankNode, Literal)):
        raise ValueError("a triple as a term, which SPARQL 1.1 has not")
    return str(term)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


# -- JSON ----------------------------------------------------------------------------------


def _read_json(body: bytes) -> tuple[list[str], Iterator[Row]]:
    if b"nodeID://" in body:
        body = _NODE_ID_FIRST.sub(rb"\1\2", _NODE_ID.sub(rb"\1\2", body))
    try:
        solutions = parse_query_results(body, format=QueryResultsFormat.JSON)
    except (SyntaxError, ValueError) as error:
        raise MalformedError(f"an answer that is no SPARQL results ({_short(error)})") from None
    if not isinstance(solutions, QuerySolutions):
        raise MalformedError("true or false, expected rows")
    names = [variable.value for variable in solutions.variables]
    return names, (tuple(map(_text, solution)) for solution in solutions)


# -- XML -----------------------------------------------------------------------------------


@dataclass
class _XmlReader:
    """Collects variables and rows from the events of expat.

    The store's own reader of this format takes a cut answer for a whole one and drops spaces at
    the ends of a text.
    """

    most_rows: int
    names: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)
    _row: dict[str, TermText | None] = field(default_factory=dict)
    _binding: str = ""
    _term: dict[str, str] | None = None
    _characters: list[str] = field(default_factory=list)

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Take the begin of an element."""
        namespace, _, local = name.rpartition(" ")
        if not self._path and (namespace, local) != (_NAMESPACE, "sparql"):
            raise ValueError(f"the element {local}, expected sparql of {_NAMESPACE}")
        self._path.append(local)
        if local == "variable" and self._path[1:2] == ["head"]:
            self.names.append(attributes["name"])
        elif local == "boolean":
            raise ValueError("true or false, expected rows")
        elif local == "result":
            self._row = {}
        elif local == "binding":
            self._binding = attributes["name"]
            if self._binding not in self.names or self._binding in self._row:
                raise ValueError(f"?{self._binding} twice in a row, or not in the head")
        elif self._path[-2:-1] == ["binding"]:
            if local not in _TERMS:
                raise ValueError(f"a term of the kind {local}")
            self._term, self._characters = attributes, []

    def characters(self, text: str) -> None:
        """Take a piece of text."""
        if self._term is not None:
            self._characters.append(text)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        local = self._path.pop()
        if local in _TERMS and self._term is not None:
            self._row[self._binding] = _xml_term(local, "".join(self._characters), self._term)
            self._term = None
        elif local == "binding" and self._binding not in self._row:
            raise ValueError(f"no term for ?{self._binding}")
        elif local == "result":
            if len(self.rows) >= self.most_rows:
                raise TooManyRowsError
            self.rows.append(tuple(map(self._row.get, self.names)))


def _xml_term(kind: str, text: str, attributes: dict[str, str]) -> TermText:
    if kind == "uri":
        return str(NamedNode(text.strip()))
    if kind == "bnode":
        return str(BlankNode(text.strip().removeprefix("nodeID://")))
    language, datatype = attributes.get(_LANGUAGE), attributes.get("datatype")
    if language:
        return str(Literal(text, language=language))
    return str(Literal(text, datatype=NamedNode(datatype)) if datatype else Literal(text))


def _refuse_doctype(*_: Any) -> None:
    raise ValueError("a document type, in which entities could be declared")


def _read_xml(body: bytes, most_rows: int) -> tuple[list[str], Iterator[Row]]:
    reader = _XmlReader(most_rows)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, KeyError, LookupError) as error:
        raise MalformedError(f"an answer that is no SPARQL results ({_short(error)})") from None
    return reader.names, iter(reader.rows)
