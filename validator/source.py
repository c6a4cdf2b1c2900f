"""Where the data are: a pyoxigraph store, or a SPARQL endpoint by its address."""

import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyoxigraph as ox
from rdflib import Graph, URIRef

from .datatypes import FOLDABLE
from .errors import CannotCompile, EndpointError
from .terms import OxTerm, to_pyoxigraph

Row = tuple[OxTerm | None, ...]
JSON = "application/sparql-results+json"


class Source(Protocol):
    """Something that answers SELECT queries over one graph."""

    @property
    def workers(self) -> int:
        """How many queries it may be asked at a time."""

    def select(self, query: str, this: OxTerm | None = None) -> list[Row]:
        """Return the rows of a SELECT, in the order of its variables; `this` pre-binds ?this."""

    def with_shapes(self, shapes: Graph, name: str) -> "Source":
        """Return the same data with the shapes as a graph of this name beside them."""


def folded_types(source: Source) -> frozenset[URIRef]:
    """Return the datatypes that an engine does not keep: of xsd:byte it makes xsd:integer."""
    columns = " ".join(
        f'(DATATYPE("{text}"^^<{datatype}>) AS ?d{number})'
        for number, (datatype, (text, _)) in enumerate(FOLDABLE.items())
    )
    (row,) = source.select(f"SELECT {columns} WHERE {{}}")
    return frozenset(
        datatype
        for datatype, found in zip(FOLDABLE, row, strict=True)
        if getattr(found, "value", "") != str(datatype)
    )


class StoreSource:
    """The union of all graphs of a pyoxigraph store."""

    def __init__(self, store: ox.Store, graphs: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph]
                 | None = None) -> None:  # fmt: skip
        """Read a store; `graphs`: those that are data, if not all."""
        # More than four threads wait for memory rather than for a processor.
        self.workers = min(4, os.cpu_count() or 1)
        self._store = store
        self._graphs = graphs

    def select(self, query: str, this: OxTerm | None = None) -> list[Row]:
        """Return the rows of a SELECT. Raises CannotCompile if the engine refuses it."""
        try:
            found = self._store.query(
                query,
                use_default_graph_as_union=self._graphs is None,
                default_graph=self._graphs,
                substitutions={ox.Variable("this"): this} if this is not None else None,
            )
        except SyntaxError as error:
            raise CannotCompile(f"The engine refuses a query ({error}): {query}") from error
        assert isinstance(found, ox.QuerySolutions)
        return [tuple(row) for row in found]

    def with_shapes(self, shapes: Graph, name: str) -> "StoreSource":
        """Return a copy of the store with the shapes beside the data."""
        copy = ox.Store()
        copy.bulk_extend(self._store)
        graphs = [ox.DefaultGraph(), *self._store.named_graphs()]
        graph = ox.NamedNode(name)
        for triple in shapes:
            subject, predicate, value = map(to_pyoxigraph, triple)
            assert isinstance(predicate, ox.NamedNode) and not isinstance(subject, ox.Literal)
            copy.add(ox.Quad(subject, predicate, value, graph))
        return StoreSource(copy, graphs)


@dataclass(frozen=True)
class Endpoint:
    """A SPARQL 1.1 endpoint: only queries go over, and results in JSON come back.

    `address`: of http or https. `timeout`: seconds that one query may take. The labels of blank
    nodes must mean the same in two answers, as with Oxigraph and Virtuoso: where they are needed
    and do not, the validation ends with EndpointError.
    """

    address: str
    timeout: float = 600
    headers: Mapping[str, str] | None = None
    workers: int = 1
    _checked: list[bool] = field(default_factory=list, compare=False, repr=False)

    def select(self, query: str, this: OxTerm | None = None) -> list[Row]:
        """Return the rows of a SELECT. Raises EndpointError if none come."""
        rows = self._select(query, this)
        if not self._checked and any(isinstance(t, ox.BlankNode) for row in rows for t in row):
            if set(self._select(query, this)) != set(rows):
                raise EndpointError(
                    f"{self.address} gives blank nodes other labels in each answer,"
                    " and the results of two queries cannot be joined."
                )
            self._checked.append(True)
        return rows

    def _select(self, query: str, this: OxTerm | None) -> list[Row]:
        if this is not None:
            raise CannotCompile(f"A query has to name the blank node {this}, and no endpoint can.")
        if urllib.parse.urlsplit(self.address).scheme not in ("http", "https"):
            raise EndpointError(f"{self.address} is no address of http or https.")
        request = urllib.request.Request(
            self.address,
            urllib.parse.urlencode({"query": query}).encode(),
            {"Accept": JSON, **(self.headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                body = answer.read()
            results = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
            assert isinstance(results, ox.QuerySolutions)
            rows = [tuple(row) for row in results]
        except urllib.error.HTTPError as error:
            said = error.read(500).decode("utf-8", "replace").strip()
            raise EndpointError(
                f"{self.address} answers {error.code} to a query: {said}"
            ) from error
        except (OSError, SyntaxError, ValueError, AssertionError) as error:
            raise EndpointError(f"{self.address} gives no results in JSON: {error}") from error
        return rows

    def with_shapes(self, shapes: Graph, name: str) -> "Endpoint":
        """Raise CannotCompile: an endpoint is only read."""
        raise CannotCompile("A query uses $shapesGraph, which an endpoint does not have.")
