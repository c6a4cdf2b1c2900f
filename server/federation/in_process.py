"""Fetches without a process of their own: for a command that ends when it has its answer."""

import asyncio
import os
from collections.abc import Mapping
from types import TracebackType

from ..limits import Limits
from .addresses import Resolve, resolve
from .allowance import Allowance
from .client import user_agent
from .fetching import Fetcher
from .registry import Registry
from .remote import Failed, Fetch, Fetched


class LocalFetcher:
    """A fetcher in this process, called like a function; connections and kept answers last."""

    def __init__(
        self,
        registry: Registry | None = None,
        limits: Limits | None = None,
        ask: Resolve = resolve,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """Prepare to ask the endpoints of a registry, by default that of the environment.

        Raises RegistryError, LimitError or ContactError for a setting that is wrong.
        """
        self._registry = registry or Registry.load(environment)
        self._limits = limits or Limits.read(environment)
        self._agent = user_agent(environment.get("ENISHI_CONTACT", ""))
        self._ask = ask
        self._fetcher: Fetcher | None = None

    def __enter__(self) -> "LocalFetcher":
        """Begin."""
        self._runner = asyncio.Runner()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """Close the connections."""
        if self._fetcher is not None:
            self._runner.run(self._fetcher.close())
        self._runner.close()

    def fetch(self, fetch: Fetch, allowance: Allowance | None = None) -> Fetched | Failed:
        """Return the rows of a fetch, or why there are none."""
        return self._runner.run(self._fetch(fetch, allowance))

    async def _fetch(self, fetch: Fetch, allowance: Allowance | None) -> Fetched | Failed:
        if self._fetcher is None:
            self._fetcher = Fetcher(self._registry, self._limits, self._agent, self._ask)
        return await self._fetcher.fetch(fetch, allowance)
