"""What one query may still ask of others, and what it has asked so far."""

from dataclasses import dataclass, field, replace

from ..limits import MEBIBYTE, Limits
from .registry import Endpoint
from .remote import FederationError
from .wording import failure, over_limit


@dataclass(frozen=True)
class Allowance:
    """What a query may use in all its fetches; the seconds are those left.

    `requests`, `rows` and `received` (bytes, unpacked) are what its fetches have used before.
    """

    seconds: float
    most_requests: int
    most_rows: int
    most_received: int
    most_keys: int
    requests: int = 0
    rows: int = 0
    received: int = 0

    @classmethod
    def of(cls, limits: Limits) -> "Allowance":
        """Return what a new query may use."""
        return cls(
            limits.federation_seconds, limits.federation_requests, limits.federation_rows,
            limits.federation_mib * MEBIBYTE, limits.federation_keys,
        )  # fmt: skip

    def within(self, limits: Limits) -> "Allowance":
        """Return this allowance, cut to what the limits let any query use."""
        most = Allowance.of(limits)
        return replace(
            self,
            seconds=min(self.seconds, most.seconds),
            most_requests=min(self.most_requests, most.most_requests),
            most_rows=min(self.most_rows, most.most_rows),
            most_received=min(self.most_received, most.most_received),
            most_keys=min(self.most_keys, most.most_keys),
            requests=max(0, self.requests),
            rows=max(0, self.rows),
            received=max(0, self.received),
        )


@dataclass
class Spending:
    """What one fetch uses of an allowance; whatever passes it raises FederationError.

    `deadline`: the time of the event loop at which its seconds are over.
    """

    allowance: Allowance
    endpoint: Endpoint
    deadline: float
    requests: int = 0
    rows: int = 0
    received: int = 0
    ages: list[float] = field(default_factory=list)

    def check_requests(self, more: int) -> None:
        """Raise if so many more requests may not be sent."""
        found = self.allowance.requests + self.requests + more
        most = self.allowance.most_requests
        if found > most:
            raise over_limit(self.endpoint, "federation_requests", found, "request", most)

    def send(self) -> None:
        """Count a request that is sent now."""
        self.check_requests(1)
        self.requests += 1

    def receive(self, count: int) -> None:
        """Count bytes that came, unpacked."""
        self.received += count
        if self.bytes_left() < 0:
            most = self.allowance.most_received // MEBIBYTE
            raise over_limit(self.endpoint, "federation_mib", most, "MiB", most)

    def bytes_left(self) -> int:
        """Return how many bytes may still come."""
        return self.allowance.most_received - self.allowance.received - self.received

    def rows_left(self) -> int:
        """Return how many rows may still come."""
        return max(0, self.allowance.most_rows - self.allowance.rows - self.rows)

    def take_rows(self, count: int) -> None:
        """Count rows that are part of the answer."""
        self.rows += count
        if self.allowance.rows + self.rows > self.allowance.most_rows:
            raise self.too_many_rows()

    def too_many_rows(self) -> FederationError:
        """Return the failure of more rows than may come."""
        most = self.allowance.most_rows
        return over_limit(self.endpoint, "federation_rows", most, "row", most)

    def too_late(self) -> FederationError:
        """Return the failure of a fetch that is not whole when the seconds are over."""
        seconds = f"{self.allowance.seconds:.3g}"
        return failure(
            self.endpoint, "federation_seconds",
            f"found no whole answer in the {seconds} s that were left to the query, expected one"
            " (federation_seconds)",
            f"問い合わせの残り時間 {seconds} 秒のうちに答えがそろいませんでした"
            "（federation_seconds）",
        )  # fmt: skip
