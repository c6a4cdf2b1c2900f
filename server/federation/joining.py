"""A query with SERVICE becomes one without: planned here, its rows asked for by who may.

What evaluates queries has no network: it is given a function that fetches, which in a worker asks
the front, and on the command line asks itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pyoxigraph import QuerySolutions

from ..errors import Problem
from ..limits import Limits
from ..query_text import scan
from .allowance import Allowance
from .planner import explain, federate
from .registry import Endpoint, Registry
from .remote import Failed, FederationError, Fetch, Fetched, Row, Totals
from .rows import FUNCTIONS
from .steps import Step

if TYPE_CHECKING:
    from ..evaluation import Query

Ask = Callable[["Query"], QuerySolutions]
Asker = Callable[[Fetch, Allowance], Fetched | Failed]
# What of an IRI may stand in a header (RFC 3986, 2); the rest is percent-encoded.
_IN_IRIS = ":/?#[]@!$&'()*+,;=%-._~"
# What is wrong, as HTTP says it; what is not named here is the other server's fault.
_STATUS = {
    "unknown": HTTPStatus.FORBIDDEN,
    "refused": HTTPStatus.FORBIDDEN,
    "timeout": HTTPStatus.GATEWAY_TIMEOUT,
    "federation_seconds": HTTPStatus.GATEWAY_TIMEOUT,
    "federation_running": HTTPStatus.SERVICE_UNAVAILABLE,
    "federation_requests": HTTPStatus.INSUFFICIENT_STORAGE,
    "federation_rows": HTTPStatus.INSUFFICIENT_STORAGE,
    "federation_mib": HTTPStatus.INSUFFICIENT_STORAGE,
    "federation_keys": HTTPStatus.INSUFFICIENT_STORAGE,
}


@dataclass(slots=True)
class Joined:
    """A query without SERVICE, what its fetches came to, and whom to thank for their rows."""

    query: "Query"
    totals: Totals | None = None
    endpoints: tuple[Endpoint, ...] = ()

    def headers(self) -> list[tuple[str, str]]:
        """Return what an answer says of it: totals, how old kept rows are, licences."""
        totals = self.totals
        if totals is None:
            return []
        parts = [f"requests={totals.requests}", f"rows={totals.rows}", f"bytes={totals.received}"]
        headers = [("Enishi-Federation", "; ".join(parts))]
        if totals.age is not None:
            headers.append(("Age", str(int(totals.age))))
        if self.endpoints:
            links = (
                f'<{quote(endpoint.licence, safe=_IN_IRIS)}>; rel="license";'
                f" title*=UTF-8'en'{quote(endpoint.attribution['en'], safe='')}"
                for endpoint in self.endpoints
            )
            headers.append(("Link", ", ".join(links)))
        return headers


class Federation:
    """The endpoints that queries may name, and how their rows are fetched."""

    def __init__(self, registry: Registry, limits: Limits, fetch: Asker | None = None) -> None:
        """Let `fetch` ask the endpoints of a registry, within the limits of a query.

        Without it no query is joined with anything.
        """
        self.registry = registry
        self.limits = limits
        self._fetch = fetch

    def fetch_with(self, fetch: Asker) -> None:
        """Let `fetch` ask from now on."""
        self._fetch = fetch

    def join(self, query: "Query", ask: Ask) -> Joined:
        """Return the query with rows in place of each SERVICE; as it is where it has none.

        `ask` evaluates a SELECT of ours on the same dataset. Raises Problem for a query that
        cannot be planned, and for an endpoint that gives no complete answer.
        """
        if query.scan.service is None or self._fetch is None:
            return Joined(query)
        totals = Totals()

        def fetch(wanted: Fetch) -> Fetched:
            return self._count(wanted, totals)

        try:
            restated = federate(query.text, _asking(query, ask), fetch, self.registry, self.limits)
        except FederationError as error:
            raise problem_of(error.failed, query.text) from error
        endpoints = [self.registry.get(name) for name in dict.fromkeys(totals.endpoints)]
        return Joined(
            _own(query, restated.text), totals, tuple(e for e in endpoints if e is not None)
        )

    def explain(self, query: "Query", ask: Ask) -> list[dict[str, Any]]:
        """Return what would be asked of whom, without asking. Raises Problem as `join` does."""
        try:
            steps = explain(query.text, _asking(query, ask), self.registry, self.limits)
        except FederationError as error:
            raise problem_of(error.failed, query.text) from error
        return [self._told(step) for step in steps]

    def _told(self, step: Step) -> dict[str, Any]:
        endpoint = self.registry.get(step.endpoint)
        about = {"url": endpoint.url, "licence": endpoint.licence} if endpoint is not None else {}
        return {
            "endpoint": step.endpoint, **about, "requests": step.requests, "keys": step.keys,
            "key_variables": step.key_variables, "variables": step.variables, "bytes": step.sent,
            "depends_on_an_earlier_answer": step.is_open, "silent": step.is_silent,
            "first_request": step.request, "failure": step.failure,
        }  # fmt: skip

    def _count(self, wanted: Fetch, totals: Totals) -> Fetched:
        allowance = replace(
            Allowance.of(self.limits), requests=totals.requests, rows=totals.rows,
            received=totals.received,
        )  # fmt: skip
        assert self._fetch is not None
        answer = self._fetch(wanted, allowance)
        if isinstance(answer, Failed):
            raise FederationError(answer)
        totals.requests += answer.requests
        totals.rows += len(answer.rows)
        totals.received += answer.received
        totals.endpoints.append(wanted.endpoint)
        ages = [age for age in (totals.age, answer.age) if age is not None]
        totals.age = max(ages, default=None)
        return answer


def _asking(query: "Query", ask: Ask) -> Callable[[str], list[Row]]:
    """Return what evaluates a text on the dataset of a query, and gives terms as texts."""

    def rows(text: str) -> list[Row]:
        found = ask(_own(query, text))
        return [tuple(None if term is None else str(term) for term in row) for row in found]

    return rows


def _own(query: "Query", text: str) -> "Query":
    """Return a text that was made from a query, on its dataset; it calls no other server.

    That it does not is looked at once more: the store would call any address.
    """
    words = len(text)
    found = scan(text, words, words)
    if found.service is not None:
        raise Problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "Found a SERVICE that was not resolved, expected none; nothing was evaluated.",
            "解決されない SERVICE が残りました。評価はしていません。",
            query=query.text,
        )
    called = {name: function for name, function in FUNCTIONS.items() if name.value in text}
    return replace(
        query, text=text, scan=replace(found, is_volatile=True), words=words, functions=called
    )


def problem_of(failed: Failed, text: str) -> Problem:
    """Return the problem of a query of which another endpoint gave no complete answer."""
    status = _STATUS.get(failed.kind, HTTPStatus.BAD_GATEWAY)
    extra: dict[str, Any] = {"endpoint": failed.endpoint, "reason": failed.kind}
    if failed.kind.startswith("federation_"):
        extra["limit"] = failed.kind
    return Problem(status, failed.en, failed.ja, query=text, **extra)
