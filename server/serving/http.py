"""HTTP/1.1 as the front speaks it: requests in, answers out, over one connection.

httptools (the parser of Node.js) reads; limits on size and time are kept here. A request is
answered when those before it on its connection are. https://www.rfc-editor.org/rfc/rfc9112
"""

import asyncio
import re
import socket
import struct
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import httptools

from ..headers import EVERY_ANSWER_LINES
from .channel import Load

if TYPE_CHECKING:
    from .cache import Kept
    from .front import Front

# What may wait in memory for a client that reads slowly, before the worker must wait too.
HIGH_WATER = 1 << 20
# Requests a client may send ahead of the answers. Beyond, what came stays unread, for a request
# takes many times its bytes; so much is read at once.
AHEAD = 64
READ_BYTES = 4096
# So many are answered before other connections have their turn.
IN_A_TURN = 16
# How long what a refused client still sends is read and thrown away.
LINGER_SECONDS = 1.0
# A body up to this size is copied behind its head, to be sent with it.
COPIED_BYTES = 65_536
STATUS_LINES = {s.value: b"HTTP/1.1 %d %b\r\n" % (s, s.phrase.encode()) for s in HTTPStatus}
_HOST = re.compile(rb"[A-Za-z0-9._~\-]+(?::\d+)?|\[[0-9A-Fa-f:.]+\](?::\d+)?")
_METHOD = re.compile(r"[A-Z]{1,20}")


# A host may be as long as a head: no more are remembered than a server has names.
@lru_cache(maxsize=16)
def _is_host(value: bytes) -> bool:
    return _HOST.fullmatch(value) is not None


@dataclass(slots=True)
class Message:
    """A request as it came.

    `path`: cut where no path of ours goes on. `fields`: the headers, names in lower case, several
    of one name joined by commas. `head_bytes`: how long the head was.
    """

    method: str = ""
    target: bytes = b""
    path: str = ""
    fields: dict[bytes, bytes] = field(default_factory=dict)
    head_bytes: int = 0
    body: bytes = b""
    version: str = "1.1"
    keeps_alive: bool = True
    is_wrong: str = ""


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, front: "Front") -> None:
        """Wait for the client."""
        self.front = front
        self.address = ""
        self.busy: Message | None = None
        self.since = 0.0
        self.kept: Kept | None = None
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)
        self._message = Message()
        self._head_bytes = 0
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._in_message = False
        self._ahead: deque[Message] = deque()
        self._is_closing = False
        self._is_chunked = False
        self._is_bodiless = False
        self._is_going_on = False
        self._is_full = False
        self._unread = b""
        self._answered_in_turn = 0
        self._completed = 0
        self._unsent = 0

    # -- what comes ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet a client, unless too many are connected."""
        # uvloop's transports have the methods of asyncio.Transport, not its name.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(HIGH_WATER)
        peer = transport.get_extra_info("peername")
        self.address = peer[0] if isinstance(peer, tuple) else "local"
        self.since = self.front.now()
        self.front.connected(self)

    def data_received(self, data: bytes) -> None:
        """Read what came; a request known by its very bytes is answered at once."""
        if self._unread:
            self._unread += data
            return
        self._answered_in_turn = 0
        is_free = not (self.busy or self._in_message or self._ahead or self._is_full)
        if is_free and not self._is_closing:
            if (kept := self.front.cache.same_bytes(data)) is not None:
                self.front.answer_again(self, kept)
                return
        self.kept, self._completed = None, 0
        self._read(data)
        if is_free and self.kept and self._completed == 1 and not self._in_message:
            # Nothing but this one request was in these bytes.
            self.front.cache.remember_bytes(data, self.kept)

    def _read(self, data: bytes) -> None:
        """Read requests, as many as may wait; leave the rest unread."""
        position = 0
        while position < len(data) and not self._is_closing:
            if len(self._ahead) > AHEAD:
                self._unread = data[position:]
                self._transport.pause_reading()
                return
            self._feed(data[position : position + READ_BYTES])
            position += READ_BYTES

    def _read_on(self) -> None:
        """Read what was left unread, and then what comes."""
        data, self._unread = self._unread, b""
        self._read(data)
        if not self._unread and not self._is_closing:
            self._transport.resume_reading()

    def _feed(self, data: bytes) -> None:
        if not self._in_message or not self._message.method:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            self._refuse("crash")
            raise
        except httptools.HttpParserUpgrade:
            # The request itself is answered; another protocol is not spoken here.
            self._is_closing = True
            if self.busy is None:
                self._transport.close()
        except httptools.HttpParserError:
            if not self._is_closing:
                self._refuse("bad_request")
        is_in_head = self._in_message and not self._message.method
        if is_in_head and self._head_bytes > self.front.limits.head_bytes:
            self._refuse("head_bytes")

    def on_message_begin(self) -> None:
        """Begin a request."""
        if not self._in_message:
            self.since = self.front.now()
        self._in_message = True
        self._message = Message()
        self._body.clear()
        self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        self._message.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes after the body (RFC 9110, 6.5.1) is none, and is not kept."""
        message, name = self._message, name.lower()
        if message.method:
            return
        message.head_bytes += len(name) + len(value) + 4
        before = message.fields.get(name)
        message.fields[name] = value if before is None else before + b", " + value

    def on_headers_complete(self) -> None:
        """Judge a request by its head."""
        message = self._message
        message.method = self._parser.get_method().decode("latin-1")
        message.version = self._parser.get_http_version()
        message.keeps_alive = self._parser.should_keep_alive()
        message.head_bytes += len(message.target)
        self._head_bytes = 0
        message.is_wrong = self._fault_of(message)
        message.path = message.target.partition(b"?")[0][:200].decode("latin-1")
        if message.is_wrong:
            self._queue(message)
            self._is_closing = True
        elif message.fields.get(b"expect", b"").lower() == b"100-continue":
            if self.busy is None and not self._ahead:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _fault_of(self, message: Message) -> str:
        """Return what is wrong with the head of a request, "" where nothing is."""
        limits = self.front.limits
        if message.head_bytes > limits.head_bytes:
            return "head_bytes"
        host = message.fields.get(b"host")
        # Two hosts, joined by a comma, are none.
        if not _is_host(host) if host is not None else message.version == "1.1":
            return "bad_request"
        if not message.target.startswith(b"/") and message.target != b"*":
            if wrong := self._absolute(message):
                return wrong
        length = message.fields.get(b"content-length")
        if length is None:
            return ""
        if not length.isdigit():
            return "bad_request"
        return "body_bytes" if int(length) > limits.body_bytes else ""

    def _absolute(self, message: Message) -> str:
        """Take the path from an address in absolute form (RFC 9112, 3.2.2)."""
        match = re.fullmatch(rb"https?://[^/?#]+(.*)", message.target, re.IGNORECASE)
        if match is None:
            return "bad_request"
        message.target = match[1] if match[1].startswith(b"/") else b"/" + match[1]
        return ""

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body."""
        if self._is_closing:
            return
        self._body_bytes += len(data)
        if self._body_bytes > self.front.limits.body_bytes:
            self._message.is_wrong = "body_bytes"
            self._queue(self._message)
            self._is_closing = True
        else:
            self._body.append(data)

    def on_message_complete(self) -> None:
        """Queue a whole request."""
        self._in_message = False
        self._completed += 1
        if self._is_closing:
            return
        self._message.body = b"".join(self._body)
        self._body.clear()
        self._queue(self._message)

    def _queue(self, message: Message) -> None:
        self._ahead.append(message)
        self._next()

    def _next(self) -> None:
        """Answer the next request, if one is here, and those behind it that are done at once.

        None as long as the client does not read the answers before.
        """
        if self._is_going_on:
            return
        self._is_going_on = True
        while self._ahead and self.busy is None and not self._is_full:
            if self._answered_in_turn >= IN_A_TURN:
                self._wait_for_turn()
                break
            self._answered_in_turn += 1
            message = self.busy = self._ahead.popleft()
            self.since = self.front.now()
            self.front.answer(self, message)
        self._is_going_on = False
        if self._unread and not self._ahead:
            # Not now: this may be a call of the parser's.
            self.front.later(0, self._read_on)

    def _wait_for_turn(self) -> None:
        if self._answered_in_turn == IN_A_TURN:
            self._answered_in_turn += 1
            self.front.later(0, self._take_turn)

    def _take_turn(self) -> None:
        self._answered_in_turn = 0
        self._next()

    def _refuse(self, reason: str) -> None:
        """Answer what is no request, and close."""
        self._is_closing = True
        self._in_message = False
        self._queue(Message(is_wrong=reason, keeps_alive=False))

    def eof_received(self) -> bool:
        """Take the end of what a client sends for its leaving: nothing tells the two apart."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop what is done for a client that is gone."""
        self._is_closing = True
        self.front.disconnected(self)
        self.busy = None
        self._ahead.clear()
        self._unread = b""

    def pause_writing(self) -> None:
        """Let the worker wait: the client does not keep up."""
        self._is_full = True
        self.front.pause(self)

    def resume_writing(self) -> None:
        """Let the worker go on, and the next request be answered."""
        self._is_full = False
        self.front.resume(self)
        self._next()

    # -- what goes -------------------------------------------------------------------------

    @property
    def client(self) -> str:
        """The address limits count by: the client's, or what a trusted proxy says it is."""
        proxies = self.front.proxies
        if proxies and self.busy is not None:
            said = self.busy.fields.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
            if len(said) >= proxies and said[-proxies].strip():
                return said[-proxies].strip()[:64]
        return self.address

    def is_late(self, now: float) -> bool:
        """Tell whether a request, or the next one, should have come by now."""
        if self.busy is not None:
            return False
        unsent = self._transport.get_write_buffer_size()
        if unsent != self._unsent:
            # The client still reads the last answer.
            self._unsent, self.since = unsent, now
        limits = self.front.limits
        return now - self.since > (
            limits.request_seconds if self._in_message else limits.idle_seconds
        )

    def time_out(self) -> None:
        """Close a connection on which nothing, or nothing whole, came in time."""
        if self._in_message:
            self._refuse("request_seconds")
        else:
            self.close()

    def send_head(self, status: int, length: int | None, lines: bytes, body: Load = b"") -> None:
        """Send the beginning of an answer; `length` None: it is not known. `body`: all of it."""
        message = self.busy
        if message is None:
            return
        first = STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status
        parts: list[Load] = [first, lines, EVERY_ANSWER_LINES]
        self._is_bodiless = message.method == "HEAD" or status in (204, 304)
        self._is_chunked = False
        if length is not None:
            parts.append(b"Content-Length: %d\r\n" % length)
        elif not self._is_bodiless and message.version == "1.1":
            self._is_chunked = True
            parts.append(b"Transfer-Encoding: chunked\r\n")
        elif not self._is_bodiless:
            message.keeps_alive = False
        if not message.keeps_alive or self._is_closing:
            parts.append(b"Connection: close\r\n")
        parts += (self.front.date_line, b"\r\n")
        if self._is_bodiless or len(body) > COPIED_BYTES:
            self._transport.write(b"".join(parts))
            self.send_body(body)
        else:
            parts.append(body)
            self._transport.write(b"".join(parts))

    def send_body(self, data: Load) -> None:
        """Send a piece of the body."""
        if self.busy is None or self._is_bodiless or not data:
            return
        if self._is_chunked:
            self._transport.writelines([b"%x\r\n" % len(data), data, b"\r\n"])
        else:
            self._transport.write(data)

    def finish(self) -> None:
        """End the answer; go on to the next request or close."""
        message = self.busy
        if message is None:
            return
        if self._is_chunked and not self._is_bodiless:
            self._transport.write(b"0\r\n\r\n")
        self.busy = None
        self.since = self.front.now()
        if message.keeps_alive and not self._is_closing and not self.front.is_stopping:
            self._next()
            return
        self._is_closing = True
        self._ahead.clear()
        if message.is_wrong and self._transport.can_write_eof():
            # A client still sending would lose the answer if the rest were not read.
            self._transport.write_eof()
            self.front.later(LINGER_SECONDS, self._transport.close)
        else:
            self._transport.close()

    def send_again(self, lines: bytes, body: Load) -> None:
        """Send a kept answer to a request that was not even read: a plain GET, 200."""
        length = b"Content-Length: %d\r\n" % len(body)
        parts = (STATUS_LINES[200], lines, EVERY_ANSWER_LINES, length, self.front.date_line)
        self._transport.writelines([b"".join(parts), b"\r\n", body])

    def break_off(self) -> None:
        """End an answer so that no client can take it for whole: no last chunk, a reset."""
        self.busy = None
        self._is_closing = True
        connected: socket.socket = self._transport.get_extra_info("socket")
        if connected is not None:
            linger = struct.pack("ii", 1, 0)
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()

    def close(self) -> None:
        """Close a connection that waits for a request; one whose client stopped reading, hard."""
        self._is_closing = True
        if self._transport.get_write_buffer_size():
            self.break_off()
        else:
            self._transport.close()
