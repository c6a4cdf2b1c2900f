"""The body of a store's answer, read as a file that never ends too soon without an error."""

from collections.abc import Callable, Collection, Mapping
from http.client import HTTPException, HTTPResponse
from typing import IO, cast

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, parse_query_results

from .connection import Connection, StoreError, unreachable
from .gaps import BOOLEANS, MARK_BYTES, MARKED, restored

PIECE = 65_536


class Body:
    """Gives out the last piece of an answer only when it is known to be whole and still valid."""

    def __init__(
        self,
        response: HTTPResponse,
        connection: Connection,
        check: Callable[[], None],
        aliases: Mapping[str, str],
        gaps: Collection[str] = (),
    ) -> None:
        """Read a response; `check` raises where the answer is of another release.

        `aliases`: IRIs, and under which others the store holds them; `gaps`: see `gaps`.
        """
        self._response = response
        self._connection = connection
        self._check = check
        self._restored = [(a.encode(), iri.encode()) for iri, a in aliases.items()]
        self._restored += BOOLEANS if "booleans" in gaps else []
        self._has_marks = "texts" in gaps
        # What is put back may lie across two pieces; so much is held back.
        self._kept = max([MARK_BYTES, *(len(stored) for stored, _ in self._restored)])
        self._ready = b""
        self._held = b""
        self._has_ended = False

    def results(self) -> QuerySolutions | QueryBoolean:
        """Return the results, to be read once. Raises StoreError now or while they are read."""
        _refuse_partial(self._response, self._connection)
        try:
            return parse_query_results(cast(IO[bytes], self), QueryResultsFormat.JSON)
        except SyntaxError as error:
            raise self._no_results() from error

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end. Raises StoreError."""
        while not self._ready and not self._has_ended:
            self._fetch()
        size = len(self._ready) if size < 0 else size
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece

    def _fetch(self) -> None:
        try:
            piece = self._response.read(PIECE)
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise _cut() if isinstance(error, HTTPException) else unreachable(error) from error
        if piece:
            data = self._held + piece
            for stored, right in self._restored:
                data = data.replace(stored, right)
            data = MARKED.sub(restored, data) if self._has_marks else data
            # The last bytes wait: for the rest of what is put back, and for the check at the end.
            end = max(len(data) - self._kept, 0)
            self._ready, self._held = data[:end], data[end:]
            return
        self._has_ended = True
        if self._response.length:
            self._connection.close()
            raise _cut()
        if not self._held.rstrip().endswith(b"}"):
            raise self._no_results()
        self._check()
        self._ready, self._held = self._held, b""

    def _no_results(self) -> StoreError:
        self._connection.close()
        return StoreError(
            502,
            "answers in a form that is no SPARQL result",
            "SPARQL の結果ではない答えが返されました",
        )


class Capped(StoreError):
    """The store gives no more rows than a limit of its own."""

    def __init__(self, rows: str) -> None:
        """Make the problem of a limit of so many rows."""
        super().__init__(
            502,
            f"left rows out above its limit of {rows}; use LIMIT, or ask for less",
            f"ストアの上限の {rows} 行を超えます。LIMIT を使うか、範囲を狭めてください",
        )


def _cut() -> StoreError:
    return StoreError(
        502,
        "ended the transfer of its answer before it was whole",
        "答えの転送が途中で切れました",
    )


def _refuse_partial(response: HTTPResponse, connection: Connection) -> None:
    """Raise StoreError where the store says that it left something out (headers of Virtuoso)."""
    rows = response.headers.get("X-SPARQL-MaxRows")
    state = response.headers.get("X-SQL-State")
    if response.status == 200 and rows is None and state is None:
        return
    connection.close()
    if rows is not None:
        raise Capped(rows[:20])
    raise StoreError(
        502,
        f"gave a part of the answer alone (status {response.status}, {state or 'no state'})",
        "答えの一部だけが返されました",
    )
