"""What the front sends by itself, a piece at a time, as fast as the client reads."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from .channel import PIECE, Load
from .http import Connection

if TYPE_CHECKING:
    from .front import Front

ANSWERED = "answered"


class Source(Protocol):
    """Bytes to be sent."""

    def read(self, most: int, /) -> Load:
        """Return the next bytes; none where there should be more is a fault.

        `most`: how many to take at once of what does not lie in pieces.
        """

    def close(self) -> None:
        """Let go of them."""


class Sending:
    """A body on its way to a client, whose head was sent."""

    def __init__(
        self,
        front: "Front",
        connection: Connection,
        source: Source,
        size: int,
        tell: Callable[[str, int], None],
    ) -> None:
        """Prepare to send `size` bytes; `tell` gets the outcome and how many were sent."""
        self.moved = front.now()
        self._front = front
        self._connection = connection
        self._source: Source | None = source
        self._left = size
        self._sent = 0
        self._tell = tell
        self._is_paused = False

    def pause(self) -> None:
        """Wait: the client does not keep up."""
        self._is_paused = True

    def resume(self) -> None:
        """Go on."""
        self._is_paused = False
        self.go_on()

    def go_on(self) -> None:
        """Send the next piece; one in a turn of the loop, that nobody waits for long."""
        if self._is_paused or self._source is None:
            return
        data = self._source.read(min(PIECE, self._left))
        self.moved = self._front.now()
        if not data:
            # There is less than was announced: what was sent must not pass as whole.
            self.stop("crash")
            return
        self._left -= len(data)
        self._sent += len(data)
        self._connection.send_body(data)
        if self._left:
            self._front.later(0, self.go_on)
        else:
            self._close(ANSWERED)
            self._connection.finish()

    def stop(self, outcome: str) -> None:
        """Break off: the client is gone, or reads no more."""
        if self._source is not None:
            self._close(outcome)
            self._connection.break_off()

    def _close(self, outcome: str) -> None:
        if self._source is not None:
            self._source.close()
        self._source = None
        self._front.sent(self._connection)
        self._tell(outcome, self._sent)
