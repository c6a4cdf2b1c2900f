"""A store that a release is published into: asked, updated, loaded a block at a time.

Where updates and whole graphs are sent to is told by options or known of the engine.
"""

from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urljoin

from pyoxigraph import Literal, QuerySolutions

from .body import Body, Capped
from .connection import FORM, Address, Connection, StoreError, unreachable
from .engines import engine_of
from .hashing import state_of_lines
from .state import JSON, NO_GRAPH, GraphState

INSERT = "-"
# Statements are read back in parts of about so many, or fewer where the store caps its answers.
PART = 100_000
MOST_DIGITS = 4


class Target:
    """A store with its three addresses."""

    def __init__(self, address: Address, update: str = "", graphs: str = "") -> None:
        """Find out which engine it is. Raises StoreError where it cannot be reached.

        `graphs`: "-" for a store whose graphs are to be loaded by INSERT DATA.
        """
        self._queries = Connection(address)
        query = [("query", "ASK {}"), ("default-graph-uri", NO_GRAPH)]
        response = self._queries.ask(query, JSON)
        self.engine = engine_of(response.headers.get("Server", ""))
        response.read()
        update = update or urljoin(address.url, self.engine.update)
        graphs = graphs or (self.engine.graphs and urljoin(address.url, self.engine.graphs))
        graphs = "" if graphs == INSERT else graphs
        self._updates = Connection(address.at(update))
        self._graphs = Connection(address.at(graphs)) if graphs else None

    @property
    def queries(self) -> Connection:
        """The connection that queries go over."""
        return self._queries

    def close(self) -> None:
        """Close its connections."""
        for connection in (self._queries, self._updates, self._graphs):
            if connection is not None:
                connection.close()

    def update(self, text: str) -> None:
        """Run update operations as one request. Raises StoreError."""
        body = urlencode({"update": text}).encode()
        self._read(self._updates, "POST", body, {"Content-Type": FORM}, "")

    def drop(self, graph: str) -> None:
        """Remove a graph that may not be there."""
        self.update(f"DROP SILENT GRAPH <{graph}>")

    def load(self, graph: str, lines: Sequence[str]) -> None:
        """Add statements, lines of N-Triples, to a graph: by the Graph Store Protocol if it can."""
        text = "\n".join(lines) + "\n"
        if self._graphs is None:
            self.update(f"INSERT DATA {{ GRAPH <{graph}> {{\n{text}}} }}")
            return
        headers = {"Content-Type": "application/n-triples"}
        name = urlencode({"graph": graph})
        self._read(self._graphs, "POST", text.encode(), headers, name)

    @staticmethod
    def _read(
        connection: Connection, method: str, body: bytes, headers: Mapping[str, str], query: str
    ) -> None:
        response = connection.request(method, body, headers, query)
        try:
            response.read()
        except (OSError, HTTPException) as error:
            connection.close()
            raise unreachable(error) from error

    def count(self, graph: str) -> int:
        """Return how many statements a graph has."""
        rows = self._rows(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}", graph)
        # All are read, or the connection would not be free.
        return sum(int(row[0].value) for row in rows if isinstance(row[0], Literal))

    def state(self, graph: str) -> GraphState:
        """Return the number of statements in a graph and their hash, by reading them all.

        They are read in parts, by the first digits of the MD5 of the subjects: in more of them
        where the store leaves rows out of an answer.
        """
        count, digits = self.count(graph), 0
        while count > PART * 16**digits:
            digits += 1
        while True:
            try:
                return state_of_lines(self._lines(graph, digits))
            except Capped:
                if digits == MOST_DIGITS:
                    raise
                digits += 1

    def _lines(self, graph: str, digits: int) -> Iterator[str]:
        """Yield the statements of a graph as lines of canonical N-Triples."""
        for number in range(16**digits):
            wanted = f"{number:0{digits}x}" if digits else ""
            part = f'FILTER(STRSTARTS(MD5(STR(?s)), "{wanted}"))' if digits else ""
            query = f"SELECT ?s ?p ?o {{ GRAPH <{graph}> {{ ?s ?p ?o }} {part} }}"
            for row in self._rows(query, graph):
                yield f"{row[0]} {row[1]} {row[2]} ."

    def _rows(self, query: str, graph: str) -> Iterator[Any]:
        dataset = [("default-graph-uri", NO_GRAPH), ("named-graph-uri", graph)]
        response = self._queries.ask([("query", query), *dataset], JSON)
        results = Body(response, self._queries, lambda: None, {}, self.engine.gaps).results()
        if not isinstance(results, QuerySolutions):
            raise StoreError(502, "answers a SELECT with no rows", "SELECT に行が返されません")
        yield from results
