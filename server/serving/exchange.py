"""One request that the front lets a worker answer, from its arrival to the last byte."""

from typing import TYPE_CHECKING

from ..negotiation import wants_page
from ..protocol import Call, query_hash_of
from .cache import Kept
from .channel import Head, Load, Request
from .failures import failure
from .http import Connection, Message
from .metrics import ANSWERS
from .sending import ANSWERED, Sending

if TYPE_CHECKING:
    from .front import Front
    from .pool import Pool

# What of a request bears on its answer, besides method, address and body.
_BEARING = (
    b"accept", b"accept-encoding", b"accept-language", b"content-type", b"host",
    b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-prefix", b"forwarded",
)  # fmt: skip
# Failures of a query, which its author wants to read; where the server is full, no page helps.
_WITH_PAGE = frozenset(
    {"query_seconds", "federation_seconds", "query_memory_mib", "nesting", "crash"}
)
_MISS = b"Cache-Status: enishi; fwd=miss\r\n"
HIT = b"Cache-Status: enishi; hit\r\n"


class Exchange:
    """A request and what has become of it."""

    __slots__ = (
        "_collected", "_failed", "_head", "_is_fresh", "_outcome", "begun", "client", "connection",
        "front", "is_abandoned", "key", "message", "pool", "query_hash", "rows", "sent", "status",
    )  # fmt: skip
    pool: "Pool"

    def __init__(self, front: "Front", connection: Connection, message: Message) -> None:
        """Begin."""
        self.front = front
        self.connection = connection
        self.message = message
        self.client = connection.client
        self.begun = front.now()
        self.status = 0
        self.sent = 0
        self.rows = -1
        self.query_hash = ""
        self.is_abandoned = False
        self._head: Head | None = None
        # The body so far, as long as it may be kept.
        self._collected: list[Load] | None = None
        # Once it has failed: status, sentences and limit for the page that says so.
        self._failed: tuple[int, str, str, str] | None = None
        self._outcome = ANSWERED
        control = message.fields.get(b"cache-control", b"")
        self._is_fresh = b"no-cache" in control or b"no-store" in control
        bearing = tuple(map(message.fields.get, _BEARING))
        self.key = ("GET" if message.method == "HEAD" else message.method, message.target,
                    message.body, bearing)  # fmt: skip

    @property
    def may_be_kept(self) -> bool:
        """Whether a kept answer would do."""
        return self.message.method in ("GET", "HEAD", "POST") and not self._is_fresh

    @property
    def is_plain(self) -> bool:
        """Whether the same bytes are always answered alike: nothing depends on the client."""
        return (
            self.message.method == "GET"
            and self.message.keeps_alive
            and self.message.version == "1.1"
            and self.message.fields.get(b"if-none-match") is None
        )

    @property
    def load(self) -> bytes:
        """The request as a worker gets it; the second time, for the page of its failure."""
        message = self.message
        return Request(
            message.method, message.target, message.fields, message.body, self.client,
            self._failed,
        ).encode()  # fmt: skip

    def answer_from(self, kept: Kept) -> None:
        """Answer with what is kept; 304 if the client has it already."""
        known = self.message.fields.get(b"if-none-match")
        self.rows, self.query_hash = kept.rows, kept.query_hash
        ANSWERS.hits += 1
        lines = kept.lines + HIT
        if known is not None and (kept.etag in known or known.strip() == b"*"):
            self.status = 304
            self.connection.send_head(304, None, lines)
        elif kept.is_long and self.message.method != "HEAD":
            self.status = 200
            self.connection.send_head(200, kept.size, lines)
            reader = self.front.cache.read(kept)
            sending = Sending(self.front, self.connection, reader, kept.size, self._has_sent)
            self.front.send(sending, self.connection)
            return
        else:
            self.status, self.sent = 200, kept.size
            self.connection.send_head(200, kept.size, lines, kept.body)
        self.connection.finish()
        self.front.done(self, "hit")

    def _has_sent(self, outcome: str, sent: int) -> None:
        self.sent = sent
        self.front.done(self, "hit" if outcome == ANSWERED else outcome)

    # -- what the pool calls ---------------------------------------------------------------

    def whole(self, head: Head, body: bytes, rows: int) -> None:
        """Send an answer that came in one piece, and keep it."""
        if self.is_abandoned:
            return
        self._take(head)
        self.rows, self.sent = rows, len(body)
        self.connection.send_head(head.status, len(body), head.lines + _MISS, body)
        if self._is_to_be_kept(head):
            self._keep(head, [body])
        self.connection.finish()
        self.front.done(self, self._outcome)

    def _take(self, head: Head) -> None:
        self._head, self.status = head, head.status
        self.query_hash = head.query_hash.decode("ascii", "replace")
        if self._is_for_others(head):
            ANSWERS.misses += 1

    def _is_for_others(self, head: Head) -> bool:
        return head.keep and head.status == 200 and self.message.method != "HEAD"

    def _is_to_be_kept(self, head: Head) -> bool:
        """Whether to keep it; whoever asks anew gets what is kept already."""
        if not self._is_for_others(head):
            return False
        return not (self._is_fresh and self.front.cache.knows(self.key, head.etag))

    def begin(self, head: Head) -> None:
        """Send the head of the answer."""
        if self.is_abandoned:
            return
        self._take(head)
        if self._is_to_be_kept(head):
            self._collected = []
        self.connection.send_head(head.status, None, head.lines + _MISS)

    def more(self, data: Load) -> None:
        """Send a piece of the body, and keep it as long as the whole may be kept."""
        if self.is_abandoned:
            return
        self.sent += len(data)
        if self._collected is not None:
            cache = self.front.cache
            if self.sent > cache.most or not cache.take(len(data)):
                self.stop_collecting()
            else:
                self._collected.append(data)
        self.connection.send_body(data)

    def end(self, rows: int) -> None:
        """End the answer and keep it."""
        if self.is_abandoned:
            return
        self.rows = rows
        pieces = self._collected
        self.stop_collecting()
        if self._head is not None and pieces is not None:
            self._keep(self._head, pieces)
        self.connection.finish()
        self.front.done(self, self._outcome)

    def stop_collecting(self) -> None:
        """Let go of what was collected of the body."""
        if self._collected is not None:
            self.front.cache.give_back(sum(map(len, self._collected)))
        self._collected = None

    def _keep(self, head: Head, pieces: list[Load]) -> None:
        size = sum(map(len, pieces))
        kept = Kept(
            head.lines, pieces, size, head.etag, self.rows, self.query_hash, self.message.path
        )
        if not kept.is_long:
            kept.pieces = [b"".join(pieces)]
        self.front.cache.put(self.key, kept)

    def fail(self, reason: str, seconds: float | None) -> None:
        """Say what went wrong, or break off what was begun."""
        if self.is_abandoned:
            return
        self.query_hash = self.query_hash or self._hash_of_query()
        if self._head is not None:
            self.front.done(self, reason)
            self.connection.break_off()
        elif self._failed is None and reason in _WITH_PAGE and self._wants_page():
            failed = failure(reason, self.front.limits, seconds)
            self._failed = (failed.status, failed.en, failed.ja, failed.limit)
            self._outcome = reason
            self.pool.submit(self)
        else:
            self.front.fail(self, reason, seconds)

    def _wants_page(self) -> bool:
        accept = self.message.fields.get(b"accept")
        return wants_page(accept.decode("latin-1") if accept is not None else None)

    def _hash_of_query(self) -> str:
        message = self.message
        content_type = message.fields.get(b"content-type", b"")
        query_string = message.target.partition(b"?")[2]
        return query_hash_of(
            Call(message.method, query_string, content_type.decode("latin-1"), message.body)
        )
