"""Which URLs may be registered, and which addresses a connection may go to.

A name is resolved here, every address it has is checked, and the connection is made to an address
that was checked: a name that answers otherwise a moment later is not asked again.
"""

import asyncio
import csv
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from pathlib import Path

# Host and port to every address the name has, as text.
Resolve = Callable[[str, int], Awaitable[list[str]]]
Network = IPv4Network | IPv6Network
# What an endpoint on the operator's own machine or network may have; nothing else is ever allowed.
LOCAL = frozenset({"loopback", "private"})
# Names that mean something on this machine or network only (RFC 6761, 6762, 8375, 9476), or that
# clouds and routers use so.
LOCAL_NAMES = re.compile(
    r"[^.]+|(?:.*\.)?(?:localhost|localdomain|local|internal|intranet|lan|home|corp|home\.arpa|onion"
    r"|alt)"
)
DEFAULT_PORTS = {"http": 80, "https": 443}

_URL = re.compile(
    r"(?P<scheme>[^:/?#]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<rest>#.*)?",
    re.DOTALL,
)
_VISIBLE = re.compile(r"[!-\[\]-~]+")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# A host whose last label looks like a number is an IPv4 address to many a library (0x7f.1, 127.1).
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)+")


class AddressError(ValueError):
    """A URL or an address that may not be asked; its text ends a sentence after "found …"."""


@dataclass(frozen=True)
class Target:
    """Where a URL leads: its scheme, its host (a name or a literal address), its port."""

    scheme: str
    host: str
    port: int

    @property
    def literal(self) -> str | None:
        """The address, if the host is one."""
        try:
            return str(ip_address(self.host))
        except ValueError:
            return None


def parse_url(url: str) -> Target:
    """Return where the URL of an endpoint leads.

    Only the plainest form is taken, in which no two libraries could see two hosts: lower case,
    ASCII, a name or a literal address, no user, port written only if needed, no query or fragment.
    Raises AddressError, which says what was found and expected.
    """
    if not _VISIBLE.fullmatch(url):
        raise AddressError("expected visible ASCII characters without a backslash")
    match = _URL.fullmatch(url)
    if match is None or match["scheme"] not in DEFAULT_PORTS:
        raise AddressError("expected http:// or https:// at its start, in lower case")
    if match["query"] is not None or match["rest"] is not None:
        raise AddressError("expected neither a query part (?) nor a fragment (#)")
    if "@" in match["authority"]:
        raise AddressError("expected no user or password before the host (@)")
    if not _PATH.fullmatch(match["path"]) or re.search(r"/\.{1,2}(?:/|$)|%2e", match["path"], re.I):
        raise AddressError("expected a path that begins with / and has no . or .. in it")
    host, port = _split(match["authority"], match["scheme"])
    return Target(match["scheme"], _check_host(host), port)


def _split(authority: str, scheme: str) -> tuple[str, int]:
    """Return host (with its brackets) and port."""
    match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::(.*))?", authority)
    if match is None:
        raise AddressError("expected a host, with : and a port after it or without")
    if match[2] is None:
        return match[1], DEFAULT_PORTS[scheme]
    if not re.fullmatch(r"[1-9][0-9]{0,4}", match[2]) or int(match[2]) > 65_535:
        raise AddressError("expected a port from 1 to 65535 after the host, in plain digits")
    if int(match[2]) == DEFAULT_PORTS[scheme]:
        raise AddressError(f"expected no port where it is that of {scheme}")
    return match[1], int(match[2])


def _check_host(host: str) -> str:
    """Return a host without brackets."""
    if host.startswith("["):
        try:
            literal = IPv6Address(host[1:-1])
        except ValueError:
            literal = None
        if literal is None or literal.scope_id or str(literal) != host[1:-1]:
            raise AddressError("expected an IPv6 address in its shortest form, without a zone")
        return str(literal)
    if not host:
        raise AddressError("expected a host")
    if _NUMBER.fullmatch(host):
        try:
            return str(IPv4Address(host))
        except ValueError:
            raise AddressError(
                "expected four decimal numbers without leading zeros for an IPv4 address"
            ) from None
    if not _NAME.fullmatch(host) or len(host) > 253:
        raise AddressError(
            "expected a host of lower-case letters, digits, - and dots between (xn-- for others)"
        )
    return host


@lru_cache(maxsize=1)
def forbidden_networks() -> tuple[tuple[Network, str, str], ...]:
    """Return the networks that no endpoint is in, each with its kind and the reason."""
    path = Path(__file__).with_name("forbidden_networks.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return tuple((ip_network(row["network"]), row["kind"], row["why"]) for row in rows)


def check_address(text: str, may_be_local: bool = False) -> None:
    """Raise AddressError for an address to which no connection may be made.

    `may_be_local` allows loopback and private addresses, and nothing else.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        raise AddressError("expected an IP address") from None
    kind, why = _kind(address)
    if kind and not (may_be_local and kind in LOCAL and "%" not in text):
        raise AddressError(f"expected a public address, but this one is {kind}: {why}")


def _kind(address: IPv4Address | IPv6Address) -> tuple[str, str]:
    """Return the kind of a forbidden address and the reason, empty for a public one."""
    found = [
        (network.prefixlen, kind, why)
        for network, kind, why in forbidden_networks()
        if network.version == address.version and address in network
    ]
    if found:
        _, kind, why = max(found)
        return kind, why
    # What the table does not know yet, the standard library may: both must agree.
    unknown = not address.is_global or address.is_multicast or address.is_reserved
    if unknown or (address.version == 6 and address not in ip_network("2000::/3")):
        return "reserved", "not global unicast"
    return "", ""


async def resolve(host: str, port: int) -> list[str]:
    """Return every address of a name, as the system knows them. Raises OSError if it has none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def checked_addresses(target: Target, may_be_local: bool, ask: Resolve) -> list[str]:
    """Return the addresses of a target, all of them checked.

    One forbidden address among them is enough to refuse the name: it is not meant for us.
    Raises AddressError for it, OSError for a name without an address.
    """
    addresses = [target.literal] if target.literal else await ask(target.host, target.port)
    if not addresses:
        raise OSError(f"{target.host} has no address")
    for address in addresses:
        try:
            check_address(address, may_be_local)
        except AddressError as error:
            raise AddressError(f"{target.host} is at {address}, {error}") from None
    return addresses
