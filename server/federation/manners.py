"""How an endpoint is asked: in requests of which size, how many at once, how soon again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from .registry import Endpoint
from .remote import Fetch, TermText, blocks, request_text

Keys = tuple[tuple[TermText, ...], ...]


class Gate:
    """Lets requests to one endpoint through: few at once, and none before it wants to be asked."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Take the manners of an endpoint from the registry."""
        self._room = asyncio.Semaphore(endpoint.max_parallel)
        self._pause = endpoint.pause_s
        self._next = 0.0

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Wait for a turn, and hold it."""
        now = asyncio.get_running_loop().time
        async with self._room:
            while (wait := self._next - now()) > 0:
                await asyncio.sleep(wait)
            self._next = now() + self._pause
            yield

    def close_for(self, seconds: float) -> None:
        """Let nothing through for a while."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)


def requests_of(endpoint: Endpoint, fetch: Fetch) -> list[Keys]:
    """Return the keys of each request that a fetch begins with; nothing is sent."""
    found = list(blocks(fetch, endpoint.most_keys, endpoint.block_bytes))
    if endpoint.method != "GET" or fetch.is_whole:
        return found
    return [piece for block in found for piece in _short_enough(endpoint, fetch, block)]


def _short_enough(endpoint: Endpoint, fetch: Fetch, keys: Keys) -> list[Keys]:
    """Return a block, halved until the address of its request is short enough."""
    sent = urlencode({"query": request_text(fetch, keys)})
    if len(endpoint.url) + 1 + len(sent) <= endpoint.block_bytes or len(keys) < 2:
        return [keys]
    half = len(keys) // 2
    return [
        piece
        for part in (keys[:half], keys[half:])
        for piece in _short_enough(endpoint, fetch, part)
    ]
