"""All requests that one fetch takes: blocks of keys, then less at once where rows are cut."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, TypeVar

from ..limits import MEBIBYTE, Limits
from .addresses import Resolve, resolve
from .allowance import Allowance, Spending
from .answers import MalformedError, TooManyRowsError, clashing, read
from .cache import Cache, Kept
from .client import Answer, BusyError, Client
from .manners import Gate, Keys, requests_of
from .registry import Endpoint, Registry
from .remote import Failed, FederationError, Fetch, Fetched, Row, request_text
from .wording import failure, over_limit

Found = TypeVar("Found")
# An endpoint that wants to be asked later is asked so often in all.
MOST_TRIES = 4
# Larger answers are read in a thread, so that the others need not wait.
SMALL_BODY = 65_536


class Fetcher:
    """Answers fetches of any number of queries; has the connections, the turns, the kept answers.

    It belongs to one event loop.
    """

    def __init__(
        self, registry: Registry, limits: Limits, agent: str, ask: Resolve = resolve
    ) -> None:
        """Prepare to ask the endpoints of a registry, as `agent`; `ask` resolves names."""
        self._registry = registry
        self._limits = limits
        self._agent = agent
        self._ask = ask
        self._clients: dict[str, Client] = {}
        self._gates = {endpoint.name: Gate(endpoint) for endpoint in registry}
        self._running = asyncio.Semaphore(limits.federation_running)
        self._cache = Cache(limits.federation_cache_mib * MEBIBYTE, limits.federation_cache_seconds)
        # Blank nodes of two answers are never the same one, whatever their labels.
        self._mark = secrets.token_hex(4)
        self._numbers = count()

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()

    async def fetch(self, fetch: Fetch, allowance: Allowance | None = None) -> Fetched | Failed:
        """Return the rows of a fetch, all of them, or why not."""
        allowed = (allowance or Allowance.of(self._limits)).within(self._limits)
        endpoint = self._registry.get(fetch.endpoint)
        if endpoint is None:
            return failure(
                fetch.endpoint, "unknown", "found this name, expected an endpoint of the registry",
                "登録されていないエンドポイントです",
            ).failed  # fmt: skip
        deadline = asyncio.get_running_loop().time() + allowed.seconds
        spending = Spending(allowed, endpoint, deadline)
        try:
            async with asyncio.timeout_at(deadline), self._turn(spending):
                return await self._all(endpoint, fetch, spending)
        except TimeoutError:
            return spending.too_late().failed
        except FederationError as error:
            return error.failed

    @asynccontextmanager
    async def _turn(self, spending: Spending) -> AsyncIterator[None]:
        """Hold one of the places of fetches that run at once."""
        try:
            await self._running.acquire()
        except asyncio.CancelledError:
            # Told as what it is: the time was up before anything began.
            if asyncio.get_running_loop().time() < spending.deadline:
                raise
            most = self._limits.federation_running
            raise failure(
                spending.endpoint, "federation_running",
                f"found {most} fetches running all the time that was left to the query, expected"
                " fewer (federation_running)",
                f"問い合わせの残り時間のあいだ、ほかの取得が {most} 件走っていました"
                "（federation_running）",
            ) from None  # fmt: skip
        try:
            yield
        finally:
            self._running.release()

    async def _all(self, endpoint: Endpoint, fetch: Fetch, spending: Spending) -> Fetched:
        """Return the rows of a fetch; raise FederationError or TimeoutError."""
        _check(endpoint, fetch, spending)
        asked = requests_of(endpoint, fetch)
        spending.check_requests(sum(not self._is_kept(endpoint, fetch, keys) for keys in asked))
        found = await _each([self._block(endpoint, fetch, keys, spending) for keys in asked])
        parts = [part for of_block in found for part in of_block]
        if sum(map(_has_blank, parts)) > 1:
            raise failure(
                endpoint, "refused",
                "found blank nodes in the answers to several requests, of which nothing tells"
                " whether they are the same, expected IRIs or literals for so many keys or rows",
                "複数の要求の答えに空白ノードがあり、同じものかどうか分かりません",
            )  # fmt: skip
        return Fetched(
            tuple(row for part in parts for row in self._marked(part)),
            spending.requests, spending.received, max(spending.ages, default=None),
        )  # fmt: skip

    def _is_kept(self, endpoint: Endpoint, fetch: Fetch, keys: Keys) -> bool:
        return self._cache.get(endpoint.name, request_text(fetch, keys)) is not None

    def _marked(self, part: tuple[Row, ...]) -> tuple[Row, ...]:
        """Return rows with labels of blank nodes that no other answer has."""
        if not _has_blank(part):
            return part
        mark = f"_:f{self._mark}{next(self._numbers)}x"
        return tuple(
            tuple(mark + term[2:] if term and term.startswith("_:") else term for term in row)
            for row in part
        )

    # -- one block of keys -----------------------------------------------------------------

    async def _block(
        self, endpoint: Endpoint, fetch: Fetch, keys: Keys, spending: Spending
    ) -> list[tuple[Row, ...]]:
        """Return the rows of a block of keys, those of each request apart."""
        query = request_text(fetch, keys)
        rows, is_capped = await self._request(endpoint, fetch, query, spending)
        if not is_capped:
            spending.take_rows(len(rows))
            return [rows]
        if fetch.is_whole:
            raise failure(
                endpoint, "capped",
                f"found {len(rows)} rows, which is its limit, for a pattern that can be asked"
                " only as a whole, expected fewer",
                f"{len(rows)} 行で、エンドポイントの上限です。"
                "分けて問い合わせられない形なので、より少ない行が必要です",
            )  # fmt: skip
        if len(keys) < 2:
            return await self._pages(endpoint, fetch, query, len(rows), spending)
        half = len(keys) // 2
        one, other = await _each(
            [self._block(endpoint, fetch, some, spending) for some in (keys[:half], keys[half:])]
        )
        return one + other

    async def _pages(
        self, endpoint: Endpoint, fetch: Fetch, query: str, size: int, spending: Spending
    ) -> list[tuple[Row, ...]]:
        """Return the rows of a query page by page.

        They are sorted by all their terms: rows that are equal may change places, no others.
        """
        order = " ".join(f"?{name}" for name in fetch.variables)
        ordered = f"{query} ORDER BY {order}" if order else query
        pages: list[tuple[Row, ...]] = []
        while not pages or len(pages[-1]) == size:
            text = f"{ordered} LIMIT {size} OFFSET {len(pages) * size}"
            page, _ = await self._request(endpoint, fetch, text, spending)
            if len(page) > size:
                raise failure(
                    endpoint, "malformed",
                    f"found {len(page)} rows for a page, expected {size} as its LIMIT says",
                    f"LIMIT {size} のページに {len(page)} 行ありました",
                )  # fmt: skip
            if _has_blank(page):
                raise failure(
                    endpoint, "capped",
                    f"found {size} rows, which is its limit, with blank nodes, by which pages"
                    " cannot be sorted, expected fewer rows or no blank nodes",
                    f"空白ノードを含む行が上限の {size} 行に達し、ページに分けて集められません",
                )  # fmt: skip
            spending.take_rows(len(page))
            pages.append(page)
        return pages

    # -- one request -----------------------------------------------------------------------

    async def _request(
        self, endpoint: Endpoint, fetch: Fetch, query: str, spending: Spending
    ) -> tuple[tuple[Row, ...], bool]:
        """Return the rows of a request, kept or new, and whether they may be cut."""
        found = self._cache.get(endpoint.name, query)
        if found is None:
            kept = await self._new(endpoint, fetch, query, spending)
        else:
            kept, age = found
            spending.ages.append(age)
        limits = [most for most in (endpoint.row_limit, kept.most_rows) if most]
        return kept.rows, bool(limits) and len(kept.rows) >= min(limits)

    async def _new(self, endpoint: Endpoint, fetch: Fetch, query: str, spending: Spending) -> Kept:
        """Ask the endpoint, and again later where it wants that."""
        gate = self._gates[endpoint.name]
        for tries in count(1):
            async with gate.passing():
                try:
                    answer = await self._once(endpoint, query, spending)
                    break
                except BusyError as busy:
                    left = spending.deadline - asyncio.get_running_loop().time()
                    if tries == MOST_TRIES or busy.seconds >= left:
                        raise _still_busy(endpoint, busy, left) from None
                    gate.close_for(busy.seconds)
        rows = await self._read(endpoint, fetch, answer, spending)
        return self._cache.put(endpoint.name, query, rows, answer.most_rows)

    async def _once(self, endpoint: Endpoint, query: str, spending: Spending) -> Answer:
        """Send one request, and take its whole answer."""
        client = self._clients.get(endpoint.name)
        if client is None:
            client = self._clients[endpoint.name] = Client(endpoint, self._agent, self._ask)
        try:
            async with asyncio.timeout(endpoint.timeout_s):
                return await client.ask(query, spending)
        except TimeoutError:
            seconds = f"{endpoint.timeout_s:g}"
            raise failure(
                endpoint, "timeout", f"found no whole answer in {seconds} s, expected one",
                f"{seconds} 秒以内に全体の答えがありませんでした",
            ) from None  # fmt: skip

    async def _read(
        self, endpoint: Endpoint, fetch: Fetch, answer: Answer, spending: Spending
    ) -> tuple[Row, ...]:
        """Return the rows of an answer."""
        arguments = (
            answer.body, answer.result_format, fetch.variables, endpoint.variable_case,
            spending.rows_left(),
        )  # fmt: skip
        try:
            if len(answer.body) < SMALL_BODY:
                return tuple(read(*arguments))
            found = await asyncio.to_thread(_read_apart, *arguments)
            if isinstance(found, Exception):
                raise found
            return tuple(found)
        except TooManyRowsError:
            raise spending.too_many_rows() from None
        except MalformedError as error:
            raise failure(
                endpoint, "malformed", f"found {error}", f"答えが読めません（{error}）"
            ) from None


def _read_apart(*arguments: Any) -> list[Row] | Exception:
    """Return what `read` returns, or a copy of what it raises.

    A reader of the store must end in the thread where it began, and an error that is raised takes
    it along in its frames.
    """
    try:
        return read(*arguments)
    except (MalformedError, TooManyRowsError) as error:
        return type(error)(*error.args)


def _check(endpoint: Endpoint, fetch: Fetch, spending: Spending) -> None:
    """Raise for a fetch that cannot be answered, before anything is sent."""
    most = spending.allowance.most_keys
    if len(fetch.keys) > most:
        raise over_limit(endpoint, "federation_keys", len(fetch.keys), "key", most)
    if clash := clashing(fetch.variables, endpoint.variable_case):
        one, other = clash
        raise failure(
            endpoint, "refused",
            f"found ?{one} and ?{other}, expected variables that differ by more than case, which"
            " this endpoint changes",
            f"変数 ?{one} と ?{other} は大文字と小文字だけが異なり、"
            "このエンドポイントでは区別できません",
        )  # fmt: skip


def _still_busy(endpoint: Endpoint, busy: BusyError, left: float) -> FederationError:
    return failure(
        endpoint, "status",
        f"found status {busy.status} and the wish to be asked in {busy.seconds:.0f} s, expected an"
        f" answer in the {left:.0f} s that are left",
        f"状態コード {busy.status} で、{busy.seconds:.0f} 秒後に問い合わせるよう求められました。"
        f"残りは {left:.0f} 秒です",
    )  # fmt: skip


def _has_blank(rows: Sequence[Row]) -> bool:
    return any(term is not None and term.startswith("_:") for row in rows for term in row)


async def _each(work: Sequence[Coroutine[Any, Any, Found]]) -> list[Found]:
    """Return what each piece of work returns; the first that fails ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(piece) for piece in work]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
