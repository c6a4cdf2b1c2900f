"""What is asked of another server, and what comes back: the words between planner and fetcher.

A worker plans and has no network; the fetcher has the network and no graph. Both sides are plain
data, so that they can be sent from one process to the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

# A term as SPARQL writes it, prefixes resolved: <iri>, "text"@ja, "5"^^<iri>, or _:label for a
# blank node of an answer. None: unbound.
TermText = str
Row = tuple[TermText | None, ...]


@dataclass(frozen=True)
class Fetch:
    """Rows wanted of one endpoint: those of its pattern, restricted to keys if there are any.

    `endpoint`: the name of the endpoint in the registry.
    `prologue`: the PREFIX declarations that the pattern uses.
    `pattern`: the inside of the SERVICE group, without its braces.
    `variables`: the variables wanted back, without their question marks.
    `key_variables`: the variables of the keys, all bound in every row of the pattern.
    `keys`: distinct rows of terms, none unbound, no blank node; () with `key_variables` () asks
    for all rows.
    `is_flat`: the keys may stand in one group with the pattern; else the pattern keeps braces of
    its own.
    `is_whole`: the pattern must be asked once: asked in pieces its rows could differ (LIMIT, RAND).
    """

    endpoint: str
    prologue: str
    pattern: str
    variables: tuple[str, ...]
    key_variables: tuple[str, ...] = ()
    keys: tuple[tuple[TermText, ...], ...] = ()
    is_flat: bool = True
    is_whole: bool = False


@dataclass(frozen=True)
class Fetched:
    """What an endpoint answered: each row as it came, duplicates too, columns as `variables`.

    `requests`, `received` (bytes) and `age` (seconds of the oldest part that was kept from before,
    None where nothing was) are for the totals.
    """

    rows: tuple[Row, ...]
    requests: int = 0
    received: int = 0
    age: float | None = None


@dataclass(frozen=True)
class Failed:
    """Why an endpoint gave no complete answer: sentences in both languages, and what kind.

    `kind`: unknown, refused, unreachable, timeout, status, type, malformed, capped, or the name of
    the limit that was passed (federation_requests, federation_rows, federation_mib).
    """

    endpoint: str
    kind: str
    en: str
    ja: str


class FederationError(Exception):
    """A fetch that failed, raised in the worker."""

    def __init__(self, failed: Failed) -> None:
        """Keep what failed."""
        super().__init__(failed.en)
        self.failed = failed


@dataclass
class Totals:
    """What the fetches of one query came to."""

    requests: int = 0
    rows: int = 0
    received: int = 0
    age: float | None = None
    endpoints: list[str] = field(default_factory=list)


def request_text(fetch: Fetch, keys: Sequence[tuple[TermText, ...]]) -> str:
    """Return the query that asks an endpoint for the rows of some of the keys.

    >>> fetch = Fetch("estat", "", "?a <p> ?n", ("a", "n"), ("a",), (("<x>",),))
    >>> print(request_text(fetch, fetch.keys))
    SELECT ?a ?n WHERE { VALUES (?a) { (<x>) } ?a <p> ?n }
    """
    head = " ".join(f"?{name}" for name in fetch.variables) or "(1 AS ?row)"
    prologue = fetch.prologue + "\n" if fetch.prologue else ""
    if not fetch.key_variables:
        return f"{prologue}SELECT {head} WHERE {{ {fetch.pattern} }}"
    names = " ".join(f"?{name}" for name in fetch.key_variables)
    values = " ".join(f"({' '.join(key)})" for key in keys)
    pattern = fetch.pattern if fetch.is_flat else f"{{ {fetch.pattern} }}"
    return f"{prologue}SELECT {head} WHERE {{ VALUES ({names}) {{ {values} }} {pattern} }}"


def blocks(fetch: Fetch, most_keys: int, most_bytes: int) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Yield the keys in blocks for one request each; one empty block where there are no keys asked.

    A block has at most `most_keys` keys, and its request at most `most_bytes` bytes unless a
    single key takes more.
    """
    if not fetch.key_variables:
        yield ()
        return
    if fetch.is_whole:
        yield fetch.keys
        return
    room = most_bytes - len(request_text(fetch, ()).encode())
    block: list[tuple[str, ...]] = []
    size = 0
    for key in fetch.keys:
        added = sum(len(term.encode()) + 1 for term in key) + 2
        if block and (len(block) >= most_keys or size + added > room):
            yield tuple(block)
            block, size = [], 0
        block.append(key)
        size += added
    if block:
        yield tuple(block)
