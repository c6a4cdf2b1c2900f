"""Watch a store for another edition, beside an event loop that must not wait."""

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor

from ..errors import Problem
from .connection import Address, Connection
from .state import CHANGING, edition_of

ANSWER_SECONDS = 5.0


class Watcher:
    """Knows the edition that the store held when it was last seen."""

    def __init__(self, url: str) -> None:
        """Prepare to ask the store at an address. Raises ReleaseError for one that is none."""
        self._connection = Connection(Address.read(url), ANSWER_SECONDS)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watcher")
        self._is_looking = False
        self.edition = ""

    def look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ask for the edition; it is known when the store has answered."""
        if not self._is_looking:
            self._is_looking = True
            loop.create_task(self._look(loop))

    async def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            with contextlib.suppress(Problem):
                found = await loop.run_in_executor(self._thread, edition_of, self._connection)
                if found not in ("", CHANGING):
                    self.edition = found
        finally:
            self._is_looking = False
