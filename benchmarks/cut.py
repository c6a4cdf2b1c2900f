"""Send each hostile query: how long until it is answered, refused or cut, and how late that is.

python -m benchmarks.cut
"""

import http.client
import json
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from .hostile_queries import hostile_queries
from .peers import ROOT, enishi

LIMIT = 2.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def outcome(endpoint: str, query: str) -> str:
    """Send a query; return its status with the limit it met, or that it was broken off."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=10 * LIMIT)
    try:
        connection.request("POST", "/sparql", urlencode({"query": query}), FORM)
        response = connection.getresponse()
        body = response.read()
    except (http.client.IncompleteRead, ConnectionResetError):
        return "broken off"
    finally:
        connection.close()
    limit = json.loads(body).get("limit", "") if response.status >= 400 else ""
    return f"{response.status} {limit}".strip()


def main() -> None:
    settings = {"ENISHI_QUERY_SECONDS": str(LIMIT)}
    release = ROOT / "build" / "current"
    print("| query | outcome | s | s after the limit |\n|---|---|---|---|")
    late = []
    with (
        tempfile.TemporaryDirectory(prefix="enishi-") as folder,
        enishi(release, Path(folder), settings) as server,
    ):
        for name, query in hostile_queries().items():
            begun = time.monotonic()
            end = outcome(server.endpoint, query)
            seconds = time.monotonic() - begun
            late.append(max(seconds - LIMIT, 0.0))
            print(f"| {name} | {end} | {seconds:.2f} | {late[-1]:.2f} |", flush=True)
    print(f"\n{len(late)} queries, limit {LIMIT:g} s; the latest {max(late):.2f} s after it.")


if __name__ == "__main__":
    main()
