"""A SERVICE by itself: its endpoint, how its pattern may be asked, when it cannot be asked."""

from typing import Protocol

from .cursor import refuse
from .edits import Edits
from .elements import NONE, Element, Group, Names
from .remote import Failed, FederationError

# With one of these in a pattern, its solutions asked in pieces are not those asked at once.
_WHOLE = frozenset(
    {"LIMIT", "OFFSET", "SAMPLE", "GROUP_CONCAT", "RAND", "NOW", "UUID", "STRUUID", "BNODE"}
)


class Endpoint(Protocol):
    """What a plan needs to know of an endpoint."""

    @property
    def name(self) -> str:
        """What it is called in the registry."""

    @property
    def most_keys(self) -> int:
        """The most keys in a request."""

    @property
    def block_bytes(self) -> int:
        """The most bytes in a request."""


class Endpoints(Protocol):
    """The registry of endpoints."""

    def find(self, iri: str) -> Endpoint | None:
        """Return the endpoint at an IRI, None if it is not registered."""


def endpoint_of(endpoints: Endpoints, iri: str) -> Endpoint:
    """Return the endpoint at an IRI. Raises FederationError if it is not registered."""
    endpoint = endpoints.find(iri)
    if endpoint is None:
        short = iri[:200]
        raise FederationError(
            Failed(
                short,
                "unknown",
                f"SERVICE {short}: found an endpoint that is not registered,"
                " expected one of the registered endpoints; others are not asked.",
                f"SERVICE {short} は登録されたエンドポイントではありません。"
                "登録されたものだけに問い合わせます。",
            )
        )
    return endpoint


def is_flat(pattern: Group, keys: Names) -> bool:
    """Tell whether keys may stand in the group of the pattern itself.

    They may where its first triples bind them all: then the group is narrowed from its beginning.
    """
    first = next((element for element in pattern.elements if element.kind != "filter"), None)
    return first is not None and first.kind == "triples" and keys <= first.names


def is_whole(service: Element) -> bool:
    """Tell whether the pattern of a SERVICE must be asked in one request."""
    return bool(service.words & _WHOLE)


def unsafe_in_exists(service: Element, edits: Edits, exists: Group) -> Exception | None:
    """Return the problem of a SERVICE in EXISTS whose answer would depend on the solution tested.

    EXISTS puts the values of the solution in place of the variables (18.6). For triples that is
    the same as choosing among their solutions; for an expression or OPTIONAL it may not be.
    """
    outside = edits.names_outside(exists.start, exists.end)
    shared = service.names & outside
    if _only_selects(service.groups[0], shared):
        return None
    name = min(shared)
    return refuse(
        edits.parsed.text,
        service.start,
        f"found SERVICE in EXISTS with ?{name} or another variable from outside used otherwise than"
        " in triples, expected there only triples, VALUES, UNION and FILTERs on their variables",
        f"EXISTS の中の SERVICE で、外の変数 ?{name} などがトリプル以外にも使われています。"
        "そこではトリプル・VALUES・UNION と、それらの変数への FILTER だけが使えます",
    )


def _only_selects(group: Group, shared: Names) -> bool:
    simple = [e for e in group.elements if e.kind in ("triples", "values")]
    certain = NONE.union(*(element.certain for element in simple))
    for element in group.elements:
        mentioned = element.names & shared
        if element.kind in ("group", "union"):
            if not all(_only_selects(inner, shared) for inner in element.groups):
                return False
        elif element.kind in ("triples", "values", "filter"):
            if element.groups or not mentioned <= certain:
                return False
        elif mentioned:
            return False
    return True
