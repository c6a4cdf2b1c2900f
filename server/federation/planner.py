"""Replace every SERVICE of a query by the rows that other servers have for it.

`SERVICE <x> { P }` becomes a group of inline data: all solutions of P at <x>, or those of them
that fit the context (contexts.py) by the values of variables that both always bind. What is left
is a query for this store alone, with the same answer as SPARQL 1.1 Federated Query defines.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..errors import Problem
from .book import Book
from .contexts import Context, Part
from .cursor import refuse
from .edits import Edits
from .elements import Element, Group, Names, Select
from .keys import Solutions, solve
from .queries import parse
from .remote import FederationError, Fetch, Fetched, Row
from .rows import FUNCTIONS, inline, is_blank
from .services import Endpoint, Endpoints, endpoint_of, is_flat, is_whole, unsafe_in_exists
from .steps import Limits, Restated, Step
from .surroundings import Place, Surroundings
from .syntax import check


def federate(
    query_text: str,
    ask: Callable[[str], list[Row]],
    fetch: Callable[[Fetch], Fetched],
    endpoints: Endpoints,
    limits: Limits,
) -> Restated:
    """Return the query with the rows of other servers in place of its SERVICE groups.

    `ask` evaluates a SELECT under the same dataset, with rows.FUNCTIONS as custom functions, and
    returns its rows as SPARQL writes terms. `fetch` raises FederationError. Raises Problem for a
    query that cannot be planned and FederationError for a fetch that failed without SILENT.
    """
    planner = _Planner(query_text, ask, fetch, endpoints, limits)
    planner.run()
    return Restated(planner.restated(), planner.book.totals, FUNCTIONS, tuple(planner.book.steps))


def explain(
    query_text: str,
    ask: Callable[[str], list[Row]],
    endpoints: Endpoints,
    limits: Limits,
) -> list[Step]:
    """Return what would be asked of whom, without asking. Raises what `federate` raises."""
    planner = _Planner(query_text, ask, None, endpoints, limits)
    planner.run()
    return planner.book.steps


@dataclass
class _Planner:
    text: str
    ask_store: Callable[[str], list[Row]]
    fetch: Callable[[Fetch], Fetched] | None
    endpoints: Endpoints
    limits: Limits

    def __post_init__(self) -> None:
        self.book = Book(self.fetch)
        self.parsed = parse(self.text)
        self.edits = Edits(self.parsed)
        self.around = Surroundings(self.edits, self.freeze)

    def run(self) -> None:
        """Replace every SERVICE. Raises Problem first for a query the store would not read."""
        check(self.parsed)
        self.select(self.parsed.select, Context(), Place())

    def restated(self) -> str:
        """Return the query as it stands now."""
        return self.edits.render(0, len(self.text))

    def ask(self, select: str) -> list[Row]:
        """Evaluate a SELECT of this module with the declarations and the dataset of the query."""
        head, where, rest = select.partition(" WHERE ")
        parsed = self.parsed
        return self.ask_store(f"{parsed.prologue.text}\n{head} {parsed.dataset}{where}{rest}")

    def freeze(self, element: Element, graph: str) -> bool:
        """Put the solutions of an element in its place, unless there are too many."""
        names = self.edits.wanted(element, element.bound)
        if not names:
            return False
        pattern = self.edits.render(element.start, element.end)
        pattern = f"GRAPH {graph} {{ {pattern} }}" if graph else pattern
        most = self.limits.federation_keys
        head = " ".join(f"?{name}" for name in names)
        rows = self.ask(f"SELECT {head} WHERE {{ {pattern} }} LIMIT {most + 1}")
        if len(rows) > most:
            return False
        self.edits.replace(element, inline(names, rows, self.edits.taken))
        return True

    # -- walking ---------------------------------------------------------------------------

    def select(self, select: Select, context: Context, place: Place) -> None:
        """Replace what is in a SELECT; the context is of those who use its solutions."""
        inner, values = Context(), select.values
        if not select.is_grouped and not select.is_cut:
            inner = context if select.plain is None else context.projected(select.plain)
        if not select.is_grouped and values is not None:
            # VALUES at the end is joined before anything is cut off (18.2.4.3).
            words = self.edits.render(values.start, values.end)
            inner = inner.with_parts([Part(words, values.bound, values.certain)])
        self.group(select.where, inner, place.apart(self.edits.taken))
        for group in select.groups:
            self.exists(group, place)

    def exists(self, group: Group, place: Place) -> None:
        """Replace what is in an EXISTS group: nothing from outside it is a context."""
        self.group(group, Context(), replace(place.apart(self.edits.taken), exists=group))

    def group(self, group: Group, context: Context, place: Place) -> None:
        """Replace every SERVICE in a group, in the order of the text."""
        for index, element in enumerate(group.elements):
            if not element.has_service:
                continue
            if element.kind in ("filter", "bind"):
                for inner in element.groups:
                    self.exists(inner, place)
            elif element.kind in ("optional", "minus"):
                around = self.around.own(group, place, index)
                narrowed = self.around.into_optional(group, around, context, index)
                self.group(element.groups[0], narrowed, place.apart(self.edits.taken))
            else:
                around = self.around.own(group, place, index)
                joined = context.with_parts(around.parts, around.is_open)
                self.joined(element, joined, place)

    def joined(self, element: Element, context: Context, place: Place) -> None:
        """Replace every SERVICE in an element that is joined with its context."""
        if element.kind == "service":
            self.service(element, context, place)
        elif element.select is not None:
            self.select(element.select, context, place)
        else:
            if element.kind == "graph":
                place = replace(place, graph=element.term)
            for inner in element.groups:
                self.group(inner, context, place)

    # -- SERVICE ---------------------------------------------------------------------------

    def service(self, element: Element, context: Context, place: Place) -> None:
        """Replace a SERVICE by its rows."""
        if place.exists is not None:
            reason = unsafe_in_exists(element, self.edits, place.exists)
            if reason is not None:
                raise reason
        pattern = element.groups[0]
        first = len(self.book.steps)
        try:
            if pattern.has_service:
                # Its other patterns lie at that server; the context holds there too.
                self.group(pattern, context, replace(place, graph="", is_here=False))
            text = self.rows_of(element, context, place)
        except FederationError as error:
            if not element.is_silent:
                raise
            self.book.failed(first, element, error)
            text = "{ }"
        self.edits.replace(element, text)
        if self.fetch is not None:
            self.around.done.add(element.start)

    def rows_of(self, element: Element, context: Context, place: Place) -> str:
        """Return the group that stands for a SERVICE. Raises FederationError."""
        if element.term.startswith(("?", "$")):
            return self.rows_of_each(element, context, place)
        endpoint = endpoint_of(self.endpoints, self.edits.resolve(element.start, element.term))
        solutions = self.solutions(element, context, element.groups[0].certain)
        return self.rows_at(element, endpoint, solutions, context.is_open, place)

    def rows_of_each(self, element: Element, context: Context, place: Place) -> str:
        """Return the group for SERVICE ?x: the rows of each endpoint that the context names."""
        name = element.term[1:]
        pattern = element.groups[0]
        solutions = self.solutions(element, context, pattern.certain | {name})
        column = solutions.names.index(name) if name in solutions.names else None
        if column is None or any(row[column] is None for row in solutions.rows):
            if self.fetch is None and context.is_open:
                self.book.steps.append(
                    Step(f"?{name}", element.start, element.is_silent, is_open=True)
                )
                return f"{{ VALUES ?{name} {{ }} }}"
            raise refuse(
                self.text,
                element.start,
                f"found SERVICE ?{name} where ?{name} is not always bound, expected what stands"
                " beside it to bind it to endpoints",
                f"SERVICE ?{name} の ?{name} に値のない場合があります。"
                "同じグループの中でエンドポイントに束縛してください",
            )
        groups = []
        for term in sorted({str(row[column]) for row in solutions.rows}):
            rows = tuple(row for row in solutions.rows if row[column] == term)
            of_one = Solutions(solutions.names, rows)
            text = self.rows_at_term(element, term, of_one, context.is_open, place)
            groups.append(f"{{ {inline([name], [(term,)], self.edits.taken)} {text} }}")
        if not groups:
            return f"{{ VALUES ?{name} {{ }} }}"
        return f"{{ {' UNION '.join(groups)} }}"

    def rows_at_term(
        self, element: Element, term: str, solutions: Solutions, is_open: bool, place: Place
    ) -> str:
        """Return the group for one endpoint of SERVICE ?x; "" where SILENT makes up for it."""
        first = len(self.book.steps)
        try:
            iri = term[1:-1] if term.startswith("<") else term
            endpoint = endpoint_of(self.endpoints, iri)
            return self.rows_at(element, endpoint, solutions, is_open, place)
        except FederationError as error:
            if not element.is_silent:
                raise
            self.book.failed(first, element, error)
            return ""

    def solutions(self, element: Element, context: Context, wanted: Names) -> Solutions:
        """Return what the context says of the wanted variables. Raises Problem above the limit."""
        most = self.limits.federation_keys
        found = solve(self.ask, context, wanted, most)
        if found is None:
            raise refuse(
                self.text,
                element.start,
                f"found more than {most} keys for SERVICE {element.term}, expected {most} at most",
                f"SERVICE {element.term} に送るキーが上限の {most} 個を超えています",
                limit="federation_keys",
            )
        return found

    def rows_at(
        self,
        element: Element,
        endpoint: Endpoint,
        solutions: Solutions,
        is_open: bool,
        place: Place,
    ) -> str:
        """Fetch the rows of a pattern at an endpoint; return them as a group."""
        pattern = element.groups[0]
        names = self.edits.wanted(element, pattern.bound)
        keys = solutions.keys(pattern.certain)
        text, declared = self.edits.remote(pattern.start + 1, pattern.end - 1)
        if pattern.has_service and len(text.encode()) > endpoint.block_bytes:
            raise self.too_long(element, endpoint, len(text.encode()))
        fetch = Fetch(
            endpoint.name,
            declared,
            text,
            tuple(names),
            keys.names,
            keys.rows if keys.names else (),
            is_flat(pattern, frozenset(keys.names)),
            is_whole(element),
        )
        step = Step(
            endpoint.name, element.start, element.is_silent, keys.names, fetch.variables,
            len(keys.rows) if keys.names or not keys.rows else None, is_open=is_open,
        )  # fmt: skip
        self.book.steps.append(step)
        rows: list[Row] = []
        if keys.rows:
            rows = self.book.rows(step, fetch, endpoint)
        elif element.is_silent and solutions.rows:
            # No row can fit a blank node; but whether the endpoint fails makes a difference.
            nothing = f"{{ {text} }} FILTER(false)"
            rows = self.book.rows(step, replace(fetch, pattern=nothing, key_variables=()), endpoint)
        if not place.is_here and any(is_blank(term) for row in rows for term in row):
            raise refuse(
                self.text,
                element.start,
                f"found blank nodes in the answer of {endpoint.name} to a SERVICE inside another,"
                " expected IRIs and literals, which alone can be sent on",
                f"入れ子の SERVICE への {endpoint.name} の答えに空白ノードがあり、"
                "外側のエンドポイントへ送れません",
            )
        return inline(names, rows, self.edits.taken)

    def too_long(self, element: Element, endpoint: Endpoint, size: int) -> Problem:
        """Return the problem that the rows of a nested SERVICE do not fit into a request."""
        most = endpoint.block_bytes
        return refuse(
            self.text,
            element.start,
            f"found {size} bytes to send to {endpoint.name} with the rows of the SERVICE inside it,"
            f" expected {most} at most",
            f"内側の SERVICE の行を含めて {endpoint.name} へ送るのは {size} バイトになり、"
            f"上限の {most} バイトを超えています",
        )
