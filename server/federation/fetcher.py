"""The process that alone may reach other servers: takes fetches from a socket, sends answers.

It is started with `--fd N --parent PID` by the front, has no release and no right of a user, and
ends when either is gone.
"""

import argparse
import asyncio
import codecs
import contextlib
import os
import signal
import socket
import sys
import traceback
from collections.abc import Mapping

import uvloop

from ..limits import MEBIBYTE, LimitError, Limits
from ..serving.confinement import become_nobody, die_with_parent
from .client import ContactError, tls, user_agent
from .fetching import Fetcher
from .registry import Registry, RegistryError
from .remote import Failed
from .wire import ANSWER, CANCEL, FETCH, HEAD, READY, decode_fetch, encode_answer, frame, parse_head

CANNOT_START = 3
# JSON of an answer is longer than what was received: brackets, quotes, escapes.
LONGER = 8


class Serving:
    """One socket: a task for each fetch, answers as they are ready."""

    def __init__(self, fetcher: Fetcher, limits: Limits, writer: asyncio.StreamWriter) -> None:
        """Answer over `writer`."""
        self._fetcher = fetcher
        self._most_bytes = LONGER * limits.federation_mib * MEBIBYTE
        self._writer = writer
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Take frames until the other side is gone, or sends what is none."""
        self._writer.write(frame(READY, 0))
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            while True:
                kind, number, size = parse_head(await reader.readexactly(HEAD.size))
                load = await reader.readexactly(size)
                if kind == FETCH and number not in self._tasks:
                    self._tasks[number] = asyncio.create_task(self._answer(number, load))
                elif kind == CANCEL and number in self._tasks:
                    self._tasks[number].cancel()
        for task in list(self._tasks.values()):
            task.cancel()
        await self._fetcher.close()

    async def _answer(self, number: int, load: bytes) -> None:
        try:
            found = await self._load(load)
            self._writer.write(frame(ANSWER, number, found))
            await self._writer.drain()
        finally:
            del self._tasks[number]

    async def _load(self, load: bytes) -> bytes:
        """Return the answer to a fetch, both as the loads of frames."""
        try:
            fetch, allowance = decode_fetch(load)
        except ValueError as error:
            return encode_answer(
                Failed("", "refused", f"A fetch: {error}.", f"取得の依頼が読めません（{error}）。")
            )
        try:
            answer = await self._fetcher.fetch(fetch, allowance)
        except Exception:
            # Whoever waits must hear of it, and the others go on.
            traceback.print_exc()
            answer = _broken(fetch.endpoint)
        # It may be long: meanwhile others are served.
        found = await asyncio.to_thread(encode_answer, answer)
        if len(found) > self._most_bytes:
            return encode_answer(_too_long(fetch.endpoint, self._most_bytes))
        return found


def _broken(endpoint: str) -> Failed:
    return Failed(
        endpoint, "unreachable",
        f"{endpoint}: found a mistake of Enishi's own while it was asked, expected an answer.",
        f"{endpoint}：問い合わせの途中で Enishi 自身の誤りがありました。",
    )  # fmt: skip


def _too_long(endpoint: str, most: int) -> Failed:
    return Failed(
        endpoint, "federation_mib",
        f"{endpoint}: found rows of more than {most // MEBIBYTE} MiB as JSON, expected fewer.",
        f"{endpoint}：行が JSON で {most // MEBIBYTE} MiB を超えました。",
    )  # fmt: skip


def _load_all() -> None:
    """Read what is read when it is first needed: nobody may not read it where it lies."""
    tls()
    for name in ("idna", "ascii", "latin-1", "utf-8", "utf-16"):
        codecs.lookup(name)


async def _serve(descriptor: int, registry: Registry, limits: Limits, agent: str) -> int:
    connection = socket.socket(fileno=descriptor)
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    fetcher = Fetcher(registry, limits, agent)
    await Serving(fetcher, limits, writer).serve(reader)
    return 0


def main(arguments: list[str], environment: Mapping[str, str] = os.environ) -> int:
    """Run the fetcher; return 0, or 3 with a sentence on standard error if it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m server.federation.fetcher")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    given = parser.parse_args(arguments)
    die_with_parent(given.parent)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    try:
        registry, limits = Registry.load(environment), Limits.read(environment)
        agent = user_agent(environment.get("ENISHI_CONTACT", ""))
    except (RegistryError, LimitError, ContactError) as error:
        print(error, file=sys.stderr)
        return CANNOT_START
    _load_all()
    become_nobody(given.parent)
    return uvloop.run(_serve(given.fd, registry, limits, agent))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
