"""Evaluate a query that was scanned: the one place that hands text to the store.

Everything that goes in and comes out is plain data, so that the work can be done elsewhere.
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import IO

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
)

from .diagnosis import syntax_problem
from .engine_gaps import Dataset, restate
from .errors import Problem
from .limits import Limits
from .links import BASE
from .prefixes import prefixes
from .query_text import Scan, line_and_column, scan
from .remote.store import RemoteStore

_UNKNOWN_FUNCTION = re.compile(r"The custom function <([^>]*)> is not supported")
Term = NamedNode | BlankNode | Literal | Triple
Function = Callable[..., Term | None]
Results = QuerySolutions | QueryBoolean | QueryTriples
Source = Store | RemoteStore


@dataclass(slots=True)
class Query:
    """A query the store may see, and the dataset the protocol gives it (None: none given).

    `words`: how many words and signs it may have when it is restated for the engine; `functions`:
    those it calls besides the engine's own.
    """

    text: str
    scan: Scan
    words: int
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    functions: Mapping[NamedNode, Function] = field(default_factory=dict)

    @property
    def makes_graph(self) -> bool:
        """Whether the answer is a graph, not rows or a truth value."""
        return self.scan.form in ("CONSTRUCT", "DESCRIBE")


@dataclass(frozen=True)
class Cell:
    """A term in a table of a page: kind is iri, literal, blank, triple or none."""

    kind: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Table:
    """The first rows of an answer, the number of all rows; or a truth value."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    truth: bool | None = None


def _place(text: str, offset: int) -> tuple[int, int, str, str]:
    line, column = line_and_column(text, offset)
    return line, column, f"Query line {line}, column {column}", f"{line} 行 {column} 文字目"


def _refuse(
    text: str, offset: int, status: int, detail: str, detail_ja: str, **extra: str
) -> Problem:
    line, column, place, place_ja = _place(text, offset)
    return Problem(
        status,
        f"{place}: {detail}.",
        f"問い合わせの {place_ja}: {detail_ja}。",
        query=text,
        line=line,
        column=column,
        **extra,
    )


def admit(
    text: str,
    limits: Limits,
    default_graphs: tuple[str, ...] = (),
    named_graphs: tuple[str, ...] = (),
) -> Query:
    """Return the query ready for evaluation.

    Raises Problem for a text that is too long or too deep.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > limits.query_bytes:
        raise Problem(
            413,
            f"The query has {size} bytes, expected {limits.query_bytes} at most.",
            f"問い合わせが {size} バイトあります。上限は {limits.query_bytes} バイトです。",
            limit="query_bytes",
        )
    found = scan(text, limits.nesting, limits.words)
    if found.too_deep is not None:
        raise _refuse(
            text,
            found.too_deep,
            400,
            f"found brackets nested deeper than {limits.nesting},"
            f" expected {limits.nesting} at most",
            f"括弧の入れ子が {limits.nesting} 段を超えています",
            limit="nesting",
        )
    if found.too_long is not None:
        raise _refuse(
            text,
            found.too_long,
            400,
            f"found more than {limits.words} words and signs outside VALUES rows,"
            f" expected {limits.words} at most; put long lists in VALUES",
            f"VALUES の行を除く語と記号が {limits.words} 個を超えています。"
            "長い一覧は VALUES に書いてください",
            limit="words",
        )
    if not default_graphs and not named_graphs:
        return Query(text, found, limits.words)
    return Query(text, found, limits.words, default_graphs, named_graphs)


def own_query(text: str) -> Query:
    """Return a query that this program wrote: its length is no matter, time and memory are."""
    words = len(text)
    return Query(text, scan(text, words, words), words)


def _graphs(iris: tuple[str, ...], parameter: str) -> list[NamedNode]:
    graphs = []
    for iri in iris:
        try:
            graphs.append(NamedNode(iri))
        except ValueError as error:
            raise Problem(
                400,
                f"Found {parameter}={iri}, expected an absolute IRI.",
                f"{parameter}={iri} は絶対 IRI ではありません。",
            ) from error
    return graphs


def run(store: Source, query: Query) -> Results:
    """Return the results, to be read once. Raises Problem for a query that cannot be run.

    The store calls any address that a SERVICE names, so a query that has one is refused here;
    `federation.joining` makes it one that has none. A query that leaves out the declarations of
    prefixes the ontology uses is understood.
    """
    if query.scan.service is not None:
        raise _refuse(
            query.text,
            query.scan.service,
            403,
            "found SERVICE, expected a query on this graph alone; other servers are not called",
            "SERVICE があります。ほかのサーバーは呼び出せません",
        )
    text = query.text
    if isinstance(store, Store) or store.is_like_embedded:
        text = restate(text, _dataset_of(store, query), query.words)
    try:
        if text != query.text:
            with contextlib.suppress(SyntaxError):
                return _understand(store, replace(query, text=text))
        return _understand(store, query)
    except SyntaxError as error:
        raise syntax_problem(query.text, str(error)) from error
    except RuntimeError as error:
        # The planner's own sentence: a function that nobody defined, for instance.
        raise Problem(
            400,
            f"The query cannot be evaluated: {error}.",
            f"この問い合わせは評価できません: {error}。",
            query=query.text,
        ) from error


def _understand(store: Source, query: Query) -> Results:
    """Evaluate; where that fails, with the prefixes of the ontology declared.

    Raises SyntaxError, of the text as it is.
    """
    try:
        return _ask_with_functions(store, query, None)
    except SyntaxError as error:
        try:
            return _ask_with_functions(store, query, prefixes())
        except SyntaxError:
            raise error from None


def _dataset_of(store: Source, query: Query) -> Dataset:
    def named_graphs() -> list[str]:
        if query.named_graphs is not None:
            return [f"<{iri}>" for iri in dict.fromkeys(query.named_graphs)]
        if query.scan.has_dataset:
            return []
        return [str(name) for name in store.named_graphs() if isinstance(name, NamedNode)]

    def is_absent(prologue: str, term: str) -> bool:
        pattern = f"{{ {{ {term} ?p ?o }} UNION {{ ?s ?p {term} }} }}"
        try:
            return not _understand(store, replace(query, text=f"{prologue}\nASK {pattern}"))
        except SyntaxError:
            return False

    return Dataset(named_graphs, is_absent)


def _ask_with_functions(store: Source, query: Query, declared: dict[str, str] | None) -> Results:
    """Evaluate; a call of a function nobody defined is an error of its expression alone.

    SPARQL 1.1, 17.6 wants that; the engine refuses the whole query instead.
    """
    unknown = dict(query.functions)
    while True:
        try:
            return _ask(store, query, declared, unknown)
        except RuntimeError as error:
            found = _UNKNOWN_FUNCTION.search(str(error))
            if found is None or NamedNode(found[1]) in unknown:
                raise
            unknown[NamedNode(found[1])] = lambda *_: None


def _ask(
    store: Source,
    query: Query,
    declared: dict[str, str] | None,
    functions: dict[NamedNode, Function],
) -> Results:
    if query.default_graphs is None or query.named_graphs is None:
        return store.query(
            query.text,
            base_iri=BASE,
            prefixes=declared,
            custom_functions=functions or None,
            use_default_graph_as_union=not query.scan.has_dataset,
        )
    return store.query(
        query.text,
        base_iri=BASE,
        prefixes=declared,
        custom_functions=functions or None,
        default_graph=[*_graphs(query.default_graphs, "default-graph-uri")],
        named_graphs=[*_graphs(query.named_graphs, "named-graph-uri")],
    )


def write(results: Results, writer: QueryResultsFormat | RdfFormat, output: IO[bytes]) -> None:
    """Write the results to `output`, piece by piece, in a format that fits their kind."""
    if isinstance(results, QueryTriples) and isinstance(writer, RdfFormat):
        results.serialize(output, format=writer)
    elif not isinstance(results, QueryTriples) and isinstance(writer, QueryResultsFormat):
        results.serialize(output, format=writer)
    else:
        raise TypeError(f"found {type(results).__name__}, which cannot be written as {writer}")


def _cell(term: Term | None) -> Cell:
    if term is None:
        return Cell("none", "")
    if isinstance(term, NamedNode):
        return Cell("iri", term.value)
    if isinstance(term, Literal):
        datatype = term.datatype.value.rpartition("#")[2]
        note = term.language or ("" if datatype == "string" else datatype)
        return Cell("literal", term.value, note)
    return Cell("blank" if isinstance(term, BlankNode) else "triple", str(term))


def tabulate(results: Results, limit: int) -> Table:
    """Return the first `limit` rows for people to read, and how many rows there are."""
    if isinstance(results, QueryBoolean):
        return Table((), (), 1, bool(results))
    graph = isinstance(results, QueryTriples)
    columns = (
        ("subject", "predicate", "object")
        if isinstance(results, QueryTriples)
        else tuple(variable.value for variable in results.variables)
    )
    rows: list[tuple[Cell, ...]] = []
    total = 0
    for result in results:
        total += 1
        if total <= limit:
            terms = result if graph else (result[name] for name in columns)
            rows.append(tuple(_cell(term) for term in terms))
    return Table(columns, tuple(rows), total)
