"""The front's end of the fetcher: starts its process, sends fetches, starts it again if it dies."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from itertools import count

from .allowance import Allowance
from .remote import Failed, Fetch, Fetched
from .wire import (
    ANSWER,
    CANCEL,
    FETCH,
    HEAD,
    READY,
    decode_answer,
    encode_answer,
    encode_fetch,
    frame,
    parse_head,
)

# A fetcher that dies again at once is started more and more slowly.
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
LIVED_SECONDS = 60.0
_GONE = encode_answer(
    Failed(
        "", "unreachable",
        "Federation: the process that asks other endpoints ended and is started again, expected"
        " it to answer.",
        "連合問い合わせ：ほかのエンドポイントに問い合わせるプロセスが終わり、再び始めています。",
    )
)  # fmt: skip


class FetcherError(Exception):
    """A fetcher that cannot start; it has said why on standard error."""


class FetcherLink:
    """A fetcher process and the fetches on their way to it and back."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Prepare to start a fetcher in an environment."""
        self._environment = dict(environment)
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[None] | None = None
        self._is_closing = False

    @property
    def pid(self) -> int:
        """The process that runs now, 0 if none does."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    async def start(self) -> None:
        """Start the process; return when it is ready. Raises FetcherError if it does not start."""
        reader = await self._begin()
        if reader is None:
            raise FetcherError("the process that asks other endpoints did not start")
        self._keeping = asyncio.create_task(self._keep(reader))

    async def fetch(self, load: bytes) -> bytes:
        """Return the answer to a fetch, both as the loads of frames (see wire.py).

        The first one starts the process. Cancelling it stops the work in the fetcher.
        """
        if self._keeping is None and not self._is_closing:
            starting = self._starting = self._starting or asyncio.create_task(self.start())
            try:
                await asyncio.shield(starting)
            except FetcherError:
                # The next fetch tries again, unless another one does already.
                if self._starting is starting:
                    self._starting = None
        if self._writer is None:
            return _GONE
        number = next(self._numbers)
        waiting: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        self._writer.write(frame(FETCH, number, load))
        try:
            answer = await waiting
        finally:
            del self._waiting[number]
            if waiting.cancelled() and self._writer is not None:
                self._writer.write(frame(CANCEL, number))
        return answer

    async def fetch_rows(self, fetch: Fetch, allowance: Allowance) -> Fetched | Failed:
        """Return the rows of a fetch, or why there are none."""
        return decode_answer(await self.fetch(encode_fetch(fetch, allowance)))

    def close(self) -> None:
        """End the process; what is on its way fails."""
        self._is_closing = True
        if self._keeping is not None:
            self._keeping.cancel()
        self._end()

    # -- the process -----------------------------------------------------------------------

    async def _begin(self) -> asyncio.StreamReader | None:
        """Start a process; return what it says once it is ready, None if it ends before."""
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "server.federation.fetcher"]
        with theirs:
            self._process = subprocess.Popen(
                [*command, "--fd", str(theirs.fileno()), "--parent", str(os.getpid())],
                pass_fds=[theirs.fileno()], env=self._environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
        reader, self._writer = await asyncio.open_unix_connection(sock=ours)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            kind, _, _ = parse_head(await reader.readexactly(HEAD.size))
            if kind == READY:
                return reader
        self._end()
        return None

    async def _keep(self, reader: asyncio.StreamReader | None) -> None:
        """Give out answers; when the process ends, start another one."""
        now = asyncio.get_running_loop().time
        pause = FIRST_PAUSE
        while True:
            begun = now()
            if reader is not None:
                await self._give_out(reader)
            self._end()
            pause = FIRST_PAUSE if now() - begun > LIVED_SECONDS else pause
            print("The process that asks other endpoints ended; starting it again in"
                  f" {pause:g} s.", file=sys.stderr, flush=True)  # fmt: skip
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            reader = await self._begin()

    async def _give_out(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            while True:
                kind, number, size = parse_head(await reader.readexactly(HEAD.size))
                load = await reader.readexactly(size)
                waiting = self._waiting.get(number)
                if kind == ANSWER and waiting is not None and not waiting.done():
                    waiting.set_result(load)

    def _end(self) -> None:
        """Let go of the process, and fail what it had."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            self._process = None
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(_GONE)
