"""A store elsewhere, asked as `pyoxigraph.Store` is: the same call, the same kinds of results.

Whatever keeps an answer from being complete is an error before its end: a cut transfer, rows the
store leaves out, another release put in place meanwhile.
"""

from collections.abc import Iterator, Sequence

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    Store,
    parse_query_results,
)

from ..errors import Problem
from .body import Body
from .connection import Address, Connection, StoreError
from .engines import engine_of
from .gaps import restate
from .state import JSON, NO_GRAPH, State, changing, edition_of, state_of
from .wording import Wording, word

Results = QuerySolutions | QueryBoolean | QueryTriples
# DESCRIBE asks for so many resources at once.
BLOCK = 200


class RemoteStore:
    """One release in a store elsewhere, read-only."""

    def __init__(self, address: Address) -> None:
        """Find out what the store holds. Raises StoreError."""
        self.address = address
        self._connection = Connection(address)
        # Whether the release is the same still is asked on another one, while an answer is read.
        self._watching = Connection(address)
        self.state: State = state_of(self._watching)
        self._engine = engine_of(self._watching.server)
        self._grammar = Store()

    def close(self) -> None:
        """Close its connections."""
        self._connection.close()
        self._watching.close()

    @property
    def is_like_embedded(self) -> bool:
        """Whether the engine is the embedded one's like, and its gaps are the same."""
        return "embedded" in self._engine.gaps

    def __len__(self) -> int:
        """Return the number of statements."""
        return self.state.quads

    def named_graphs(self) -> Iterator[NamedNode]:
        """Yield the named graphs of the release."""
        yield from map(NamedNode, self.state.graphs)

    def query(
        self,
        query: str,
        *,
        base_iri: str,
        prefixes: dict[str, str] | None = None,
        use_default_graph_as_union: bool = False,
        default_graph: Sequence[NamedNode] | None = None,
        named_graphs: Sequence[NamedNode] | None = None,
        custom_functions: object = None,
    ) -> Results:
        """Return the results, to be read once; see pyoxigraph.Store.query.

        Raises SyntaxError as the embedded engine does, Problem for what is not sent, StoreError
        where the store fails, also while the results are read.
        """
        del use_default_graph_as_union  # The default graph is the union, if no dataset is given.
        if custom_functions:
            raise Problem(
                400,
                "Found a call of a function that nobody defined, expected SPARQL's own and casts.",
                "定義されていない関数が呼ばれています。",
                query=query,
            )
        here = self._grammar.query(query, base_iri=base_iri, prefixes=prefixes)
        worded = word(query, base_iri, prefixes or {}, dict(self.state.aliases))
        dataset = self._dataset(worded, default_graph, named_graphs)
        if isinstance(here, QueryTriples):
            return self._graph(worded, dataset)
        columns = [v.value for v in here.variables] if isinstance(here, QuerySolutions) else []
        results = self._asked(restate(worded.text, columns, self._engine.gaps), dataset)
        return _truth(results) if worded.form == "ASK" else results

    def _dataset(
        self,
        worded: Wording,
        default: Sequence[NamedNode] | None,
        named: Sequence[NamedNode] | None,
    ) -> list[tuple[str, str]]:
        """Return the protocol's dataset: graphs of this release alone, each named."""
        defaults, names = worded.default_graphs, worded.named_graphs
        if default is not None and named is not None:
            defaults, names = tuple(g.value for g in default), tuple(g.value for g in named)
        ours = self.state.graphs
        chosen = ours if defaults is None else [g for g in dict.fromkeys(defaults) if g in ours]
        visible = ours if names is None else [g for g in dict.fromkeys(names) if g in ours]
        return [
            *(("default-graph-uri", graph) for graph in chosen or [NO_GRAPH]),
            *(("named-graph-uri", graph) for graph in visible or [NO_GRAPH]),
        ]

    def _asked(self, text: str, dataset: list[tuple[str, str]]) -> QuerySolutions | QueryBoolean:
        response = self._connection.ask([("query", text), *dataset], JSON)
        kind = response.headers.get_content_type()
        if kind not in (JSON, "application/json"):
            self._connection.close()
            raise StoreError(
                502, f"answers with {kind}, expected {JSON}",
                f"答えの形式が {kind} です。{JSON} が必要です",
            )  # fmt: skip
        aliases, gaps = self.state.aliases, self._engine.gaps
        return Body(response, self._connection, self._check, aliases, gaps).results()

    def _check(self) -> None:
        """Raise StoreError where the release is not the one this was opened with any more."""
        if edition_of(self._watching) != self.state.edition:
            raise changing()

    def _graph(self, worded: Wording, dataset: list[tuple[str, str]]) -> QueryTriples:
        if worded.form == "DESCRIBE":
            return self._description(worded, dataset)
        rows = self._solutions(worded.text, list(worded.variables), dataset)
        return self._constructed(worded.prologue, worded.template, worded.variables, rows)

    def _solutions(
        self, text: str, columns: list[str], dataset: list[tuple[str, str]]
    ) -> Iterator[str]:
        """Yield the rows of a query as rows of VALUES."""
        results = self._asked(restate(text, [c[1:] for c in columns], self._engine.gaps), dataset)
        assert isinstance(results, QuerySolutions)
        names = [variable.value for variable in results.variables]
        for row in results:
            terms = [row[column[1:]] if column[1:] in names else None for column in columns]
            if any(isinstance(term, BlankNode) for term in terms):
                raise Problem(
                    400,
                    "Found a blank node in the values for a graph, expected IRIs and literals.",
                    "グラフにする値に空白ノードがあります。",
                )
            yield f"({' '.join('UNDEF' if term is None else str(term) for term in terms)})"

    def _constructed(
        self, prologue: str, template: str, variables: Sequence[str], rows: Iterator[str]
    ) -> QueryTriples:
        """Return the graph that a template makes of rows, made by the embedded engine."""
        values = f"VALUES ({' '.join(variables)}) {{ {' '.join(rows)} }}"
        results = self._grammar.query(f"{prologue} CONSTRUCT {template} WHERE {{ {values} }}")
        assert isinstance(results, QueryTriples)
        return results

    def _description(self, worded: Wording, dataset: list[tuple[str, str]]) -> QueryTriples:
        """Return the statements with each resource as subject: what the embedded engine gives."""
        described = dict.fromkeys(worded.described)
        if worded.variables:
            found = self._asked(worded.text, dataset)
            assert isinstance(found, QuerySolutions)
            columns = [variable.value for variable in found.variables]
            terms = (row[column] for row in found for column in columns)
            described.update((str(t), None) for t in terms if isinstance(t, NamedNode))
        resources = list(described)
        rows: list[str] = []
        for start in range(0, len(resources), BLOCK):
            block = " ".join(resources[start : start + BLOCK])
            text = f"{worded.prologue} SELECT ?s ?p ?o {{ VALUES ?s {{ {block} }} ?s ?p ?o }}"
            rows += self._solutions(text, ["?s", "?p", "?o"], dataset)
        return self._constructed("", "{ ?s ?p ?o }", ("?s", "?p", "?o"), iter(rows))


def _truth(results: QuerySolutions | QueryBoolean) -> QueryBoolean:
    """Return the truth value of an ASK; Virtuoso gives it as a row with a number."""
    if isinstance(results, QueryBoolean):
        return results
    values = [row[0].value for row in results if isinstance(row[0], Literal)]
    text = "true" if values and values[0] in ("1", "true") else "false"
    truth = parse_query_results(f'{{"head":{{}},"boolean":{text}}}', QueryResultsFormat.JSON)
    assert isinstance(truth, QueryBoolean)
    return truth
