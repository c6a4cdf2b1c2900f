"""One request to one endpoint, and its whole answer: nothing else goes out, nothing partial in.

SPARQL 1.1 Protocol, https://www.w3.org/TR/sparql11-protocol/, by GET or by POST of a form. No
cookies, no credentials, no proxy of the environment.
"""

import re
import ssl
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlencode, urljoin

import aiohttp
from yarl import URL

from .addresses import AddressError, Resolve, resolve
from .allowance import Spending
from .answers import MEDIA_TYPES
from .headers import Gunzip, retry_after
from .pinning import connector
from .registry import Endpoint
from .remote import FederationError
from .wording import failure

ACCEPT = {
    "json": "application/sparql-results+json, application/sparql-results+xml;q=0.5",
    "xml": "application/sparql-results+xml, application/sparql-results+json;q=0.5",
}
MOST_REDIRECTS = 2
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PIECE = 65_536
# What a person may be told of an answer that went wrong.
QUOTED = 200
_CONTACT = re.compile(r"[!-'*-~]{3,200}")


class ContactError(ValueError):
    """A contact that cannot stand in a header; its text is one sentence."""


def user_agent(contact: str = "") -> str:
    """Return how Enishi names itself to others, with a mail address or URL to write to.

    Raises ContactError.
    """
    if contact and not _CONTACT.fullmatch(contact):
        raise ContactError(
            f"ENISHI_CONTACT: found {contact!r}, expected a mail address or a URL"
            " of visible ASCII characters without parentheses."
        )
    try:
        number = version("enishi")
    except PackageNotFoundError:
        number = "0"
    return f"Enishi/{number} ({contact or 'federated SPARQL'})"


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """Return how servers are verified: by the authorities this system trusts, read once."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Answer:
    """A whole answer: its format (json or xml), its body unpacked, the rows its server cut it to.

    `most_rows`: what the server itself says is its limit of rows; 0 if it says nothing.
    """

    result_format: str
    body: bytes
    most_rows: int = 0


class BusyError(Exception):
    """The endpoint asks to be asked again later."""

    def __init__(self, status: int, seconds: float) -> None:
        """Keep its status and how long it wants to be left alone."""
        super().__init__(f"status {status}")
        self.status = status
        self.seconds = seconds


class Client:
    """Requests to one endpoint over connections that stay open."""

    def __init__(self, endpoint: Endpoint, agent: str, ask: Resolve = resolve) -> None:
        """Prepare to ask an endpoint, as `agent`; `ask` resolves names."""
        self.endpoint = endpoint
        self._session = aiohttp.ClientSession(
            connector=connector(endpoint, ask, tls()),
            cookie_jar=aiohttp.DummyCookieJar(), trust_env=False,
            auto_decompress=False, raise_for_status=False,
            timeout=aiohttp.ClientTimeout(total=None),
            headers={
                "User-Agent": agent,
                "Accept": ACCEPT[endpoint.result_format],
                "Accept-Encoding": "gzip",
            },
        )  # fmt: skip

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def ask(self, query: str, spending: Spending) -> Answer:
        """Return the whole answer to a query.

        What is sent and received is counted in `spending`. Raises BusyError if the endpoint wants
        to be asked later, FederationError for anything else than whole results.
        """
        try:
            return await self._follow(query, spending)
        except AddressError as error:
            raise failure(
                self.endpoint, "refused", f"{error}, so nothing was sent",
                f"許されない番地のため、何も送りませんでした（{error}）",
            ) from None  # fmt: skip
        except aiohttp.ClientPayloadError:
            raise failure(
                self.endpoint, "malformed", "found an answer that was cut, expected a whole one",
                "答えが途中で切れていました。全体が必要です",
            ) from None  # fmt: skip
        except (aiohttp.ClientError, OSError, ValueError) as error:
            said = " ".join(str(error).split())[:QUOTED]
            raise failure(
                self.endpoint, "unreachable", f"found no answer ({said}), expected one",
                f"答えがありません（{said}）",
            ) from None  # fmt: skip

    async def _follow(self, query: str, spending: Spending) -> Answer:
        url = self.endpoint.url
        for _ in range(MOST_REDIRECTS + 1):
            location = await self._exchange(url, query, spending)
            if isinstance(location, Answer):
                return location
            url = self._registered(url, location)
        raise self._wrong_redirect("more than two redirects", "3 回以上の転送")

    async def _exchange(self, url: str, query: str, spending: Spending) -> Answer | str:
        """Send a query to a URL of the registry; return the answer, or where it is redirected."""
        spending.send()
        form = {"query": query}
        if self.endpoint.method == "GET":
            # The address is made here, so that it is sent as it was measured.
            target = URL(f"{url}?{urlencode(form)}", encoded=True)
            sending = self._session.get(target, allow_redirects=False)
        else:
            target = URL(url, encoded=True)
            sending = self._session.post(target, data=form, allow_redirects=False)
        async with sending as response:
            if response.status in REDIRECTS:
                return response.headers.get("Location", "")
            await self._check_head(response)
            body = await self._body(response, spending)
            limit = response.headers.get("X-SPARQL-MaxRows", "")
            most_rows = int(limit) if re.fullmatch(r"[0-9]{1,9}", limit) else 0
            return Answer(self._format(response), body, most_rows)

    def _registered(self, url: str, location: str) -> str:
        """Return the URL of the registry that a redirect names; the query is sent there anew."""
        there = urljoin(url, location).partition("?" if self.endpoint.method == "GET" else "\0")[0]
        is_downgrade = url.startswith("https:") and not there.startswith("https:")
        if not location or there not in self.endpoint.urls or is_downgrade:
            raise self._wrong_redirect(
                f"a redirect to {location[:QUOTED]!r}", f"{location[:QUOTED]!r} への転送"
            )
        return there

    def _wrong_redirect(self, en: str, ja: str) -> FederationError:
        return failure(
            self.endpoint, "refused", f"found {en}, expected an answer at a registered URL",
            f"{ja}がありました。登録された URL での答えが必要です",
        )  # fmt: skip

    async def _check_head(self, response: aiohttp.ClientResponse) -> None:
        """Raise for an answer whose head says that no complete results follow."""
        status = response.status
        wait = retry_after(response.headers.get("Retry-After", ""))
        if status in (429, 503) and wait is not None:
            raise BusyError(status, wait)
        if status != 200:
            said = await self._said(response)
            raise failure(
                self.endpoint, "status", f"found status {status}{said}, expected 200",
                f"状態コード {status} でした{said}。200 が必要です",
            )  # fmt: skip
        # Virtuoso answers 200 with some of the rows when its time is up, and says so here only.
        if state := response.headers.get("X-SQL-State"):
            raise failure(
                self.endpoint, "timeout",
                f"found an answer in part ({state[:20]!r}: its time was up), expected a whole one",
                f"時間切れで一部だけの答えでした（{state[:20]!r}）。全体が必要です",
            )  # fmt: skip
        self._format(response)

    async def _said(self, response: aiohttp.ClientResponse) -> str:
        """Return the begin of what an endpoint says of an error, in brackets."""
        head = response.headers
        if head.get("Content-Encoding") or not head.get("Content-Type", "").startswith(
            "text/plain"
        ):
            return ""
        text = (await response.content.read(PIECE)).decode("utf-8", "replace")
        shown = "".join(c if c.isprintable() else " " for c in text)
        return f" ({' '.join(shown.split())[:QUOTED]})"

    def _format(self, response: aiohttp.ClientResponse) -> str:
        """Return the format of the body: what its type says, whatever was asked for."""
        sent = response.headers.get("Content-Type")
        if sent is None:
            return self.endpoint.result_format
        found = MEDIA_TYPES.get(sent.partition(";")[0].strip().lower())
        if found is None:
            raise failure(
                self.endpoint, "type",
                f"found the type {sent[:QUOTED]!r}, expected SPARQL results in JSON or XML",
                f"種類 {sent[:QUOTED]!r} の答えでした。JSON か XML の SPARQL の結果が必要です",
            )  # fmt: skip
        return found

    async def _body(self, response: aiohttp.ClientResponse, spending: Spending) -> bytes:
        """Return the body, unpacked; never hold more of it than may come."""
        coding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if coding not in ("identity", "gzip", "x-gzip"):
            raise failure(
                self.endpoint, "type", f"found the coding {coding[:QUOTED]!r}, expected gzip",
                f"符号化 {coding[:QUOTED]!r} でした。gzip が必要です",
            )  # fmt: skip
        unpacker = None if coding == "identity" else Gunzip()
        body = bytearray()
        async for piece in response.content.iter_chunked(PIECE):
            if unpacker is not None:
                piece = unpacker.unpack(piece, spending.bytes_left() + 1)
            spending.receive(len(piece))
            body += piece
        if unpacker is not None and not unpacker.is_whole:
            raise aiohttp.ClientPayloadError("gzip is cut")
        return bytes(body)
