"""What the front counts, for Prometheus (/metrics)."""

from functools import lru_cache

from prometheus_client import Counter, Gauge, Histogram, Info

REQUESTS = Counter("enishi_requests", "Requests answered", ["route", "status", "outcome"])
SECONDS = Histogram(
    "enishi_request_seconds", "Time from a whole request to the end of its answer", ["route"],
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip
BYTES = Counter("enishi_sent_bytes", "Bytes of answers sent")
ROWS = Counter("enishi_rows", "Rows of query results sent")
CACHE = Counter("enishi_cache_requests", "Requests looked up in the cache", ["result"])
CACHE_BYTES = Gauge("enishi_cache_bytes", "Bytes the kept answers take")
WORKERS = Gauge("enishi_workers", "Worker processes", ["state"])
WAITING = Gauge("enishi_waiting_requests", "Requests that wait for a worker")
ENDED = Counter("enishi_workers_ended", "Worker processes that were replaced", ["cause"])
CONNECTIONS = Gauge("enishi_connections", "Open connections of clients")
LINES_LOST = Counter("enishi_log_lines_lost", "Lines of the access log that were not written")
RELEASE = Info("enishi_release", "The release that is served")
RELEASE_FAILURES = Counter("enishi_release_failures", "Releases that could not be opened")

HITS = CACHE.labels("hit")
MISSES = CACHE.labels("miss")


@lru_cache(maxsize=1024)
def of(route: str, status: int, outcome: str) -> tuple[Counter, Histogram]:
    """Return the counter and the histogram of a kind of request: finding them takes long."""
    return REQUESTS.labels(route, str(status), outcome), SECONDS.labels(route)
