"""Federated queries answered in this process: planned, fetched over HTTP, joined by the store."""

from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples, Store

from server.federation.in_process import LocalFetcher
from server.federation.planner import federate
from server.federation.registry import Registry
from server.federation.remote import Failed, FederationError, Fetch, Fetched, Row
from server.federation.rows import FUNCTIONS
from server.limits import Limits

Answer = QuerySolutions | QueryBoolean | QueryTriples


class Federation:
    """A store, and the endpoints of a registry that its queries may name."""

    def __init__(self, store: Store, registry: Registry, limits: Limits | None = None) -> None:
        """Prepare; the default graph of a query is the union of all graphs."""
        self._store = store
        self._registry = registry
        self._limits = limits or Limits()
        self._fetcher = LocalFetcher(registry, self._limits)

    def __enter__(self) -> "Federation":
        """Begin."""
        self._fetcher.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        """Close the connections."""
        self._fetcher.__exit__(None, None, None)

    def query(self, text: str) -> Answer:
        """Return the answer to a query.

        Raises Problem for one that cannot be planned, FederationError for an endpoint that gave no
        complete answer.
        """
        restated = federate(text, self._ask, self._fetch, self._registry, self._limits)
        return self._evaluate(restated.text)

    def _evaluate(self, text: str) -> Answer:
        return self._store.query(text, use_default_graph_as_union=True, custom_functions=FUNCTIONS)

    def _ask(self, text: str) -> list[Row]:
        found = self._evaluate(text)
        if not isinstance(found, QuerySolutions):
            raise TypeError("the planner asks SELECT queries")
        return [tuple(None if term is None else str(term) for term in row) for row in found]

    def _fetch(self, fetch: Fetch) -> Fetched:
        found = self._fetcher.fetch(fetch)
        if isinstance(found, Failed):
            raise FederationError(found)
        return found
