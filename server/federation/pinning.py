"""The connector of one endpoint: it goes to addresses that were checked, and to no others."""

import socket
import ssl
import time
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from .addresses import Resolve, check_address, checked_addresses, parse_url
from .registry import Endpoint

# A checked address is used for so long; then the name is resolved, and checked, once more.
PINNED_SECONDS = 300.0


class Pinned(AbstractResolver):
    """Gives the connector addresses that were checked, the same ones for a while."""

    def __init__(self, endpoint: Endpoint, ask: Resolve) -> None:
        """Resolve the hosts of an endpoint by `ask`."""
        self._endpoint = endpoint
        self._ask = ask
        self._known: dict[str, tuple[float, list[str]]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host. Raises AddressError, OSError."""
        # Only hosts of the registry come here: a redirect elsewhere is never followed.
        target = next(
            target for url in self._endpoint.urls if (target := parse_url(url)).host == host
        )
        until, addresses = self._known.get(host, (0.0, []))
        if time.monotonic() >= until:
            addresses = await checked_addresses(target, self._endpoint.loopback, self._ask)
            self._known[host] = (time.monotonic() + PINNED_SECONDS, addresses)
        return [
            ResolveResult(
                hostname=host, host=address, port=port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
            )
            for address in addresses
        ]  # fmt: skip

    async def close(self) -> None:
        """Nothing is open."""


def connector(endpoint: Endpoint, ask: Resolve, tls: ssl.SSLContext) -> aiohttp.TCPConnector:
    """Return the connector of an endpoint; the name stays in Host, in SNI and in the certificate.

    Using it raises AddressError for a forbidden address.
    """

    def open_socket(info: Any) -> socket.socket:
        # Whatever was resolved by whom, this is the last look before the connection.
        family, kind, protocol, _, address = info
        check_address(str(address[0]), endpoint.loopback)
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    return aiohttp.TCPConnector(
        resolver=Pinned(endpoint, ask), use_dns_cache=False, limit=0, ssl=tls,
        socket_factory=open_socket,
    )  # fmt: skip
