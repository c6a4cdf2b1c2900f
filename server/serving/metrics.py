"""What the front counts, for Prometheus (/metrics)."""

from bisect import bisect_left
from collections import Counter as Numbers
from collections import defaultdict
from collections.abc import Iterator

from prometheus_client import REGISTRY, Counter, Gauge, Info
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

CACHE_BYTES = Gauge("enishi_cache_bytes", "Bytes the kept answers take")
WORKERS = Gauge("enishi_workers", "Worker processes", ["state"])
WAITING = Gauge("enishi_waiting_requests", "Requests that wait for a worker")
ENDED = Counter("enishi_workers_ended", "Worker processes that were replaced", ["cause"])
CONNECTIONS = Gauge("enishi_connections", "Open connections of clients")
LINES_LOST = Counter("enishi_log_lines_lost", "Lines of the access log that were not written")
RELEASE = Info("enishi_release", "The release that is served")
RELEASE_FAILURES = Counter("enishi_release_failures", "Releases that could not be opened")

# Seconds.
BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_BUCKET_NAMES = (*map(str, map(float, BUCKETS)), "+Inf")


class Answers(Collector):
    """What is counted for every answer, in plain numbers until somebody asks for them.

    The library's own counters take a lock each, and for each answer there are five.
    """

    def __init__(self) -> None:
        """Begin at no answer."""
        self.hits = 0
        self.misses = 0
        self._bytes = 0
        self._rows = 0
        self._requests: Numbers[tuple[str, int, str]] = Numbers()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = defaultdict(float)

    def note(
        self, route: str, status: int, outcome: str, seconds: float, sent: int, rows: int
    ) -> None:
        """Count an answer of `sent` bytes; `rows` is -1 where there are none to count."""
        self._requests[route, status, outcome] += 1
        buckets = self._buckets.get(route)
        if buckets is None:
            buckets = self._buckets[route] = [0] * len(_BUCKET_NAMES)
        buckets[bisect_left(BUCKETS, seconds)] += 1
        self._seconds[route] += seconds
        self._bytes += sent
        if rows > 0:
            self._rows += rows

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        labels = ["route", "status", "outcome"]
        requests = CounterMetricFamily("enishi_requests", "Requests answered", labels=labels)
        for (route, status, outcome), number in self._requests.items():
            requests.add_metric([route, str(status), outcome], number)
        yield requests
        yield self._times()
        yield CounterMetricFamily("enishi_sent_bytes", "Bytes of answers sent", self._bytes)
        yield CounterMetricFamily("enishi_rows", "Rows of query results sent", self._rows)
        cache = CounterMetricFamily(
            "enishi_cache_requests", "Requests looked up in the cache", labels=["result"]
        )
        cache.add_metric(["hit"], self.hits)
        cache.add_metric(["miss"], self.misses)
        yield cache

    def _times(self) -> Metric:
        times = HistogramMetricFamily(
            "enishi_request_seconds", "Time from a whole request to the end of its answer",
            labels=["route"],
        )  # fmt: skip
        for route, buckets in self._buckets.items():
            upto = [sum(buckets[: index + 1]) for index in range(len(buckets))]
            pairs = list(zip(_BUCKET_NAMES, upto, strict=True))
            times.add_metric([route], pairs, self._seconds[route])
        return times


ANSWERS = Answers()
REGISTRY.register(ANSWERS)
