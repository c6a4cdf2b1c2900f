"""HTTP to one store: SPARQL 1.1 Protocol and Graph Store Protocol, with Basic or Digest.

One address, no redirect, no proxy, no credentials in a message. Every failure is one sentence.
https://www.w3.org/TR/sparql11-protocol/ https://www.w3.org/TR/sparql11-http-rdf-update/
"""

import contextlib
import os
import re
import ssl
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPDigestAuthHandler, HTTPPasswordMgrWithDefaultRealm, Request

from ..errors import Problem
from ..release import ReleaseError
from .challenge import challenges

FORM = "application/x-www-form-urlencoded"
# A store that says nothing for so long is taken for dead; queries are given up on sooner.
SILENCE_SECONDS = 120.0
# How much of a store's own sentence is told.
TOLD = 200


class StoreError(Problem):
    """The store cannot be used now: 503 where it may soon be, else 502."""

    def __init__(self, status: int, what: str, what_ja: str) -> None:
        """Make the problem of what was found, a part of a sentence in each language."""
        super().__init__(
            status,
            f"The store behind this endpoint {what}.",
            f"この公開を支えるストアの問題です。{what_ja}。",
        )
        self.what = what


@dataclass(frozen=True)
class Address:
    """Where a store is and as whom it is asked. `repr` and messages have no credentials."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def read(cls, url: str, environment: Mapping[str, str] = os.environ) -> "Address":
        """Return a store's address with the credentials of ENISHI_STORE_USER and …_PASSWORD.

        Raises ReleaseError for what is no http or https address, or has credentials in it.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
            raise ReleaseError(
                f"ENISHI_STORE: found {cls._shown(url)!r}, expected an address such as"
                " https://host/sparql."
            )
        if parts.username is not None or parts.password is not None:
            raise ReleaseError(
                f"ENISHI_STORE: found a user or password in {cls._shown(url)!r}, expected them in"
                " ENISHI_STORE_USER and ENISHI_STORE_PASSWORD."
            )
        user = environment.get("ENISHI_STORE_USER", "")
        return cls(url, user, environment.get("ENISHI_STORE_PASSWORD", ""))

    @staticmethod
    def _shown(url: str) -> str:
        return re.sub(r"//[^/]*@", "//…@", url)

    @property
    def shown(self) -> str:
        """The address without what may be secret in it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{parts.path}"

    def at(self, url: str) -> "Address":
        """Return another address of the same store."""
        return Address(url, self.user, self.password)


class Connection:
    """A connection to a store that stays open from one request to the next.

    A process that was forked opens one of its own.
    """

    def __init__(self, address: Address, seconds: float = SILENCE_SECONDS) -> None:
        """Prepare to speak to the store at an address; nothing is sent yet."""
        self.address = address
        self._seconds = seconds
        self._parts = urlsplit(address.url)
        # Read before a worker may open no file any more.
        self._tls = ssl.create_default_context() if self._parts.scheme == "https" else None
        self._connection: HTTPConnection | None = None
        self._response: HTTPResponse | None = None
        self._process = 0
        # How the store calls itself, once it has answered.
        self.server = ""
        self._scheme = ""
        self._challenge: dict[str, str] = {}
        manager = HTTPPasswordMgrWithDefaultRealm()
        manager.add_password(None, address.url, address.user, address.password)
        self._digest = HTTPDigestAuthHandler(manager)

    def ask(self, parameters: Sequence[tuple[str, str]], accept: str) -> HTTPResponse:
        """Return the answer to a query (POST, form). Raises StoreError for anything but a 200."""
        body = urlencode(parameters).encode()
        return self.request("POST", body, {"Content-Type": FORM, "Accept": accept})

    def request(
        self, method: str, body: bytes, headers: Mapping[str, str], query: str = ""
    ) -> HTTPResponse:
        """Return the answer to a request that went well. Raises StoreError for any other.

        `query`: what is added to the address behind a question mark.
        """
        response = self._authorized(method, self._target(query), body, headers)
        self.server = response.headers.get("Server", "")
        if not 200 <= response.status < 300:
            raise self._refusal(response)
        return response

    def _target(self, query: str) -> str:
        joined = "&".join(part for part in (self._parts.query, query) if part)
        return (self._parts.path or "/") + (f"?{joined}" if joined else "")

    def _authorized(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> HTTPResponse:
        """Send a request, again with an answer to the store's challenge where there is one."""
        sent = {**headers, **self._authorization(method, target)}
        response = self._sent(method, target, body, sent)
        if response.status != 401 or not self.address.user:
            return response
        found = challenges(response.headers.get_all("WWW-Authenticate") or [])
        response.read()
        # With Digest the password itself is not sent.
        self._scheme = next((name for name in ("digest", "basic") if name in found), "")
        if not self._scheme:
            raise self._no_scheme(found)
        self._challenge = found[self._scheme]
        return self._sent(method, target, body, {**headers, **self._authorization(method, target)})

    @staticmethod
    def _no_scheme(found: Mapping[str, object]) -> StoreError:
        wanted = ", ".join(sorted(found)) or "nothing"
        return StoreError(
            502,
            f"asks for {wanted}, expected Basic or Digest authentication",
            f"認証方式が {wanted} です。Basic か Digest が必要です",
        )

    def _authorization(self, method: str, target: str) -> dict[str, str]:
        if not self._scheme:
            return {}
        if self._scheme == "basic":
            pair = f"{self.address.user}:{self.address.password}".encode()
            return {"Authorization": f"Basic {b64encode(pair).decode()}"}
        request = Request(self.address.url, method=method)
        request.full_url = f"{self._parts.scheme}://{self._parts.netloc}{target}"
        try:
            answer = self._digest.get_authorization(request, self._challenge)
        except ValueError as error:
            raise StoreError(
                502, f"asks for Digest in a form that is not known ({error})",
                f"Digest 認証の形式が不明です（{error}）",
            ) from error  # fmt: skip
        return {"Authorization": f"Digest {answer}"} if answer else {}

    def _sent(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> HTTPResponse:
        """Send; once more on a new connection where the store has closed the one before."""
        for is_last in (False, True):
            connection, is_used = self._opened()
            try:
                connection.request(method, target, body, dict(headers))
                self._response = connection.getresponse()
                return self._response
            except (OSError, HTTPException) as error:
                self.close()
                if is_last or not is_used or isinstance(error, TimeoutError):
                    raise unreachable(error) from error
        raise AssertionError

    def _opened(self) -> tuple[HTTPConnection, bool]:
        """Return a connection that is free, and whether it was used before."""
        if self._connection is not None and self._process == os.getpid():
            return self._connection, True
        host, port = self._parts.hostname or "", self._parts.port
        self._process = os.getpid()
        if self._tls is not None:
            self._connection = HTTPSConnection(host, port, timeout=self._seconds, context=self._tls)
        else:
            self._connection = HTTPConnection(host, port, timeout=self._seconds)
        return self._connection, False

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
        if self._response is not None:
            # It holds the socket itself where the store closes the connection after it.
            self._response.close()
        self._connection = self._response = None

    def _refusal(self, response: HTTPResponse) -> StoreError:
        status = response.status
        with contextlib.suppress(OSError, HTTPException):
            said = response.read(10_000).decode("utf-8", "replace")
            self.close()
            return _refusal(status, said)
        self.close()
        return _refusal(status, "")


def unreachable(error: Exception) -> StoreError:
    """Return the problem of a store that did not answer."""
    if isinstance(error, ssl.SSLError):
        reason = f"TLS: {error.reason or error}"
    elif isinstance(error, TimeoutError):
        reason = "no answer in time"
    elif isinstance(error, OSError):
        reason = error.strerror or str(error)
    else:
        reason = type(error).__name__
    return StoreError(
        503,
        f"cannot be reached ({reason}); try again soon",
        f"ストアに接続できません（{reason}）。しばらくしてからもう一度試してください",
    )


def _refusal(status: int, said: str) -> StoreError:
    if status in (401, 403):
        return StoreError(
            502,
            f"does not accept this server's credentials (status {status})",
            f"このサーバーの認証情報が受け付けられません（{status}）",
        )
    if status == 503:
        return StoreError(
            503, "says that it is busy (status 503); try again soon",
            "ストアが込み合っています（503）。しばらくしてからもう一度試してください",
        )  # fmt: skip
    if 300 <= status < 400:
        return StoreError(
            502, f"answers with a redirect (status {status}), which is not followed",
            f"転送（{status}）が返されました。転送先には接続しません",
        )  # fmt: skip
    text = " ".join(re.sub(r"<[^>]*>", " ", said).partition("SPARQL query:")[0].split())
    sentence = f": {text[:TOLD]}" if text else ""
    return StoreError(
        502, f"does not answer this query (status {status}){sentence}",
        f"ストアがこの問い合わせに答えません（{status}）{sentence}",
    )  # fmt: skip
