"""The engines that benchmarks.federation compares: each joins local data with an endpoint."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import rdflib
from pyoxigraph import (
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    parse_query_results,
    serialize,
)

from server.federation.registry import Registry
from server.federation.remote import Fetch, request_text
from server.limits import Limits

from . import comunica
from .peers import oxigraph_in_memory
from .replicas.joined import Federation
from .replicas.quirks import FORM, JSON, Quirks, Wrapper
from .replicas.servers import registry_of, served

IDEAL, OURS = "one request with all keys", "Enishi"
NAMES = ("town", "area", "n")
PREFIXES = """\
PREFIX enishi: <https://w3id.org/enishi/ontology#>
PREFIX sacs: <http://data.e-stat.go.jp/lod/terms/sacs#>
PREFIX sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#>
PREFIX sdmx-measure: <http://purl.org/linked-data/sdmx/2009/measure#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX time: <http://data.e-stat.go.jp/lod/ontology/crossDomain/dimension/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
LOCAL = "?town a enishi:Municipality ; skos:exactMatch ?area ."
REMOTE = (
    "?area sacs:latestCode ?dated . ?o sdmx-dimension:refArea ?dated ;"
    ' time:timePeriod "2020"^^xsd:gYear ; sdmx-measure:obsValue ?n .'
)
Rows = Counter[tuple[str, ...]]


class Local:
    """The local data, in the form that each engine wants it; made when first asked for."""

    def __init__(self, quads: list[Quad], stack: ExitStack) -> None:
        """Keep the statements; servers end with the stack."""
        self.quads = quads
        self._stack = stack

    @cached_property
    def store(self) -> Store:
        """The data in an Oxigraph store."""
        store = Store()
        store.extend(self.quads)
        return store

    @cached_property
    def graph(self) -> rdflib.Graph:
        """The data in an rdflib graph."""
        text = serialize([quad.triple for quad in self.quads], format=RdfFormat.N_TRIPLES)
        return rdflib.Graph().parse(data=text or b"", format="nt")

    @cached_property
    def endpoint(self) -> str:
        """The data behind an endpoint of their own, whose requests are not counted."""
        return self._stack.enter_context(served(self.quads, oxigraph_in_memory))

    def prepare(self) -> None:
        """Make every form now, so that nothing of it is measured."""
        _ = self.store, self.graph, self.endpoint


Engine = Callable[[Local, Wrapper], Rows]


def _query(wrapper: Wrapper) -> str:
    return (
        f"{PREFIXES}SELECT ?town ?area ?n WHERE {{ {LOCAL}"
        f" SERVICE <{wrapper.endpoint}> {{ {REMOTE} }} }}"
    )


def _solutions(found: object) -> QuerySolutions:
    if not isinstance(found, QuerySolutions):
        raise TypeError("the query is a SELECT")
    return found


def _rows(found: object) -> Rows:
    return Counter(tuple(row[name].value for name in NAMES) for row in _solutions(found))


def ideal(local: Local, wrapper: Wrapper) -> Rows:
    """Send one request with all keys, join by hand."""
    query = f"{PREFIXES}SELECT ?area ?town WHERE {{ {LOCAL} }}"
    found = _solutions(local.store.query(query, use_default_graph_as_union=True))
    towns = {area.value: town.value for area, town in found}
    keys = tuple((f"<{area}>",) for area in towns)
    used = "".join(line + "\n" for line in PREFIXES.splitlines() if _is_used(line))
    fetch = Fetch("estat", used.strip(), REMOTE, ("area", "n"), ("area",), keys)
    form = urlencode({"query": request_text(fetch, keys)}).encode()
    request = Request(wrapper.endpoint, form, {"Accept": JSON, "Content-Type": FORM})
    with urlopen(request) as answer:
        rows = _solutions(parse_query_results(answer.read(), format=QueryResultsFormat.JSON))
    return Counter((towns[area.value], area.value, n.value) for area, n in rows)


def _is_used(declaration: str) -> bool:
    """Tell whether the remote pattern uses the prefix of a declaration."""
    return f" {declaration.split()[1]}" in f" {REMOTE}".replace("^^", " ")


def ours(local: Local, wrapper: Wrapper) -> Rows:
    """Enishi's planner and fetcher, and the store for the whole."""
    changes: dict[str, object] = {}
    limits = Limits()
    if wrapper.quirks != Quirks():
        method = wrapper.quirks.method or "POST"
        # An address must stay short, and there may be as many requests as that takes.
        size = 7_500 if method == "GET" else 150_000
        changes = {"row_limit": wrapper.quirks.row_cap or 0, "method": method, "block_bytes": size}
        limits = Limits(federation_requests=1_000)
    with TemporaryDirectory() as name:
        path = registry_of({"estat": wrapper}, Path(name) / "endpoints.toml", **changes)
        registry = Registry.read(path, may_be_local=True)
    with Federation(local.store, registry, limits) as federation:
        return _rows(federation.query(_query(wrapper)))


def oxigraph(local: Local, wrapper: Wrapper) -> Rows:
    """Oxigraph's own SERVICE, in its Python package."""
    return _rows(local.store.query(_query(wrapper), use_default_graph_as_union=True))


def by_rdflib(local: Local, wrapper: Wrapper) -> Rows:
    """The SERVICE of rdflib."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: Iterable[object] = local.graph.query(_query(wrapper))
        return Counter(tuple(str(row[name]) for name in NAMES) for row in found)  # type: ignore[index]


def by_comunica(local: Local, wrapper: Wrapper) -> Rows:
    """Comunica's SERVICE, over an endpoint with the local data."""
    return _rows(comunica.ask(local.endpoint, _query(wrapper)))


ENGINES: dict[str, Engine] = {
    OURS: ours,
    "Oxigraph (pyoxigraph)": oxigraph,
    "rdflib": by_rdflib,
    "Comunica": by_comunica,
}
