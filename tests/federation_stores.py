"""Endpoints that are stores in this process: what a planned request gets there is really asked."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from server.engine_gaps import Dataset, restate
from server.federation.planner import federate
from server.federation.remote import (
    Failed,
    FederationError,
    Fetch,
    Fetched,
    Row,
    blocks,
    request_text,
)
from server.federation.rows import FUNCTIONS
from server.federation.steps import Restated
from server.links import BASE


@dataclass(frozen=True)
class KeyLimit:
    federation_keys: int = 50_000


@dataclass(frozen=True)
class StoreEndpoint:
    """A store that is asked by an address; without a store it always fails."""

    name: str
    store: ox.Store | None
    most_keys: int = 3
    block_bytes: int = 20_000


@dataclass
class Stores:
    """A registry of stores, which is also what fetches from them; `asked` keeps what was sent."""

    by_iri: dict[str, StoreEndpoint]
    asked: list[str] = field(default_factory=list)
    fetches: list[Fetch] = field(default_factory=list)

    def find(self, iri: str) -> StoreEndpoint | None:
        return self.by_iri.get(iri)

    def fetch(self, fetch: Fetch) -> Fetched:
        endpoint = next(one for one in self.by_iri.values() if one.name == fetch.endpoint)
        self.fetches.append(fetch)
        if endpoint.store is None:
            raise FederationError(
                Failed(fetch.endpoint, "unreachable", "Nobody answers.", "応答がありません。")
            )
        texts = [
            request_text(fetch, block)
            for block in blocks(fetch, endpoint.most_keys, endpoint.block_bytes)
        ]
        rows = [row for text in texts for row in ask(endpoint.store, text)]
        if len(texts) > 1 and any(cell and cell.startswith("_:") for row in rows for cell in row):
            # Of blank nodes in several answers nothing tells which are the same.
            texts = [request_text(fetch, fetch.keys)]
            rows = ask(endpoint.store, texts[0])
        self.asked.extend(texts)
        # Where no variable is wanted there is a column all the same, for a row to be one.
        rows = [row[: len(fetch.variables)] for row in rows]
        return Fetched(tuple(rows), len(texts), sum(map(len, texts)))


def ask(store: ox.Store, text: str) -> list[Row]:
    """Return the rows of a SELECT as SPARQL writes their terms."""
    graphs = [str(name) for name in store.named_graphs()]
    text = restate(text, Dataset(lambda: graphs, lambda *_: False), len(text) * 10)
    found = store.query(text, base_iri=BASE, custom_functions=FUNCTIONS)
    assert isinstance(found, ox.QuerySolutions)
    return [tuple(None if term is None else str(term) for term in row) for row in found]


def restated(text: str, local: ox.Store, stores: Stores, most_keys: int = 50_000) -> Restated:
    """Return a query with the rows of the stores in it."""
    return federate(text, lambda one: ask(local, one), stores.fetch, stores, KeyLimit(most_keys))


def answer(text: str, local: ox.Store, stores: Stores) -> list[Row]:
    """Return the rows of a federated SELECT."""
    return ask(local, restated(text, local, stores).text)


def bag(rows: Sequence[Row]) -> Counter[Row]:
    """Return rows as a multiset in which blank nodes have no names."""

    def cells(row: Row) -> Iterator[str | None]:
        for cell in row:
            yield "_:" if cell is not None and cell.startswith("_:") else cell

    return Counter(tuple(cells(row)) for row in rows)


def store_of(turtle: str, graph: str = "") -> ox.Store:
    """Return a store with Turtle in its default graph or a named one."""
    store = ox.Store()
    add(store, turtle, graph)
    return store


def add(store: ox.Store, turtle: str, graph: str = "") -> None:
    """Add Turtle to a graph of a store."""
    prefix = "@prefix : <http://example.org/> .\n"
    to_graph = ox.NamedNode(graph) if graph else ox.DefaultGraph()
    store.load(prefix + turtle, format=ox.RdfFormat.TURTLE, to_graph=to_graph)
