"""Clients in threads that ask one server again and again, each from an address of its own."""

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from .load import NO_CACHE
from .processes import Server

MOST_ANSWER = 30
MOST_REQUESTS = 100_000


@dataclass
class Seen:
    """What clients saw: seconds of answers, and how requests ended."""

    seconds: list[float] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)


class Client(threading.Thread):
    """Asks one server the same questions in turn until told to stop, with a pause between."""

    def __init__(
        self, server: Server, texts: list[str], address: str, pause: float, stop: threading.Event
    ) -> None:
        """Ask from the address `address` of this machine."""
        super().__init__(daemon=True)
        self.seen = Seen()
        self._texts = texts
        self._pause = pause
        self._stop_asking = stop
        split = urlsplit(server.endpoint)
        self._path = split.path
        self._connection = http.client.HTTPConnection(
            split.hostname or "", split.port, timeout=MOST_ANSWER, source_address=(address, 0)
        )

    def run(self) -> None:
        """Ask, and note how each request ended and how long it took."""
        for turn in range(MOST_REQUESTS):
            if self._stop_asking.is_set():
                break
            begun = time.perf_counter()
            end = self._ask(self._texts[turn % len(self._texts)])
            self.seen.seconds.append(time.perf_counter() - begun)
            self.seen.ends[end] += 1
            self._stop_asking.wait(self._pause)
        self._connection.close()

    def finish(self, seconds: float) -> Seen:
        """Return what was seen; a request that has not ended after `seconds` counts as such."""
        self.join(seconds)
        ends = Counter(self.seen.ends)
        if self.is_alive():
            ends["still running"] += 1
        return Seen(list(self.seen.seconds), ends)

    def _ask(self, text: str) -> str:
        try:
            self._connection.request("GET", f"{self._path}?query={quote(text)}", headers=NO_CACHE)
            answer = self._connection.getresponse()
            answer.read()
        except TimeoutError:
            self._connection.close()
            return f"not cut in {MOST_ANSWER} s"
        except (http.client.HTTPException, OSError) as error:
            self._connection.close()
            return f"broken off ({type(error).__name__})"
        return str(answer.status)
