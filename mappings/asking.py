"""Ask a store with a query of `queries/`."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pyoxigraph import QuerySolutions, Store

QUERIES = Path(__file__).parent / "queries"


@cache
def query_text(name: str) -> str:
    """Return the text of the query `name`, such as tables/tie."""
    return (QUERIES / f"{name}.rq").read_text(encoding="utf-8")


def solutions(store: Store, name: str) -> QuerySolutions:
    """Return what the query `name`, a SELECT, finds in the union of all graphs."""
    found = store.query(query_text(name), use_default_graph_as_union=True)
    if not isinstance(found, QuerySolutions):
        raise TypeError(f"{name}.rq: expected a SELECT")
    return found


def select(store: Store, name: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the query `name`: a term or None for each of its variables, in order."""
    for solution in solutions(store, name):
        yield tuple(solution)
