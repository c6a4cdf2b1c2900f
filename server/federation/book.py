"""What is asked for a query, step by step, and what it comes to."""

from collections.abc import Callable

from .elements import Element
from .remote import FederationError, Fetch, Fetched, Row, Totals, blocks, request_text
from .rows import renamed
from .services import Endpoint
from .steps import Step


class Book:
    """Fetches rows and counts them; without a function that fetches it only foresees."""

    def __init__(self, fetch: Callable[[Fetch], Fetched] | None) -> None:
        """Begin with nothing asked."""
        self._fetch = fetch
        self.totals = Totals()
        self.steps: list[Step] = []

    def failed(self, first: int, element: Element, error: FederationError) -> None:
        """Note why a SILENT service has no rows."""
        if len(self.steps) == first:
            self.steps.append(Step(error.failed.endpoint, element.start, True))
        self.steps[-1].failure = error.failed.en

    def rows(self, step: Step, fetch: Fetch, endpoint: Endpoint) -> list[Row]:
        """Return the rows of a fetch and count them; none where this is only foreseen."""
        if self._fetch is None:
            texts = [
                request_text(fetch, block)
                for block in blocks(fetch, endpoint.most_keys, endpoint.block_bytes)
            ]
            step.request, step.requests = texts[0], len(texts)
            step.sent = sum(len(text.encode()) for text in texts)
            return []
        found = self._fetch(fetch)
        rows = renamed(fetch.endpoint, found.rows)
        step.rows, step.requests = len(rows), found.requests
        totals = self.totals
        totals.requests += found.requests
        totals.rows += len(rows)
        totals.received += found.received
        if found.age is not None:
            totals.age = max(found.age, totals.age or 0.0)
        if fetch.endpoint not in totals.endpoints:
            totals.endpoints.append(fetch.endpoint)
        return rows
