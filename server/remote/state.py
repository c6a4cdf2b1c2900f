"""What a store says of the release in it: a graph of two statements that `publish` writes.

One statement names the edition, another one for each time something was published; as long as it
is the same, nothing has changed. The other holds all that is to be known of the release, as JSON.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pyoxigraph import Literal, QueryResultsFormat, QuerySolutions, parse_query_results

from ..errors import Problem
from .connection import Connection, StoreError

GRAPH = "urn:enishi:published"
SUBJECT = "urn:enishi:store"
EDITION = "urn:enishi:edition"
ABOUT = "urn:enishi:about"
# The edition while graphs are being put in place.
CHANGING = "changing"
NO_GRAPH = "urn:enishi:none"
JSON = "application/sparql-results+json"


@dataclass(frozen=True)
class GraphState:
    """What a graph of the release holds: how many statements, and their hash."""

    quads: int
    hash: str


@dataclass(frozen=True)
class State:
    """The release in a store, as far as a server must know it.

    `aliases`: IRIs of the release, and under which others the store holds them.
    """

    edition: str
    release: str
    quads: int
    graphs: Mapping[str, GraphState]
    documents: tuple[str, ...] = ()
    lines: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> str:
        """Return the state as JSON in ASCII."""
        members = asdict(self)
        return json.dumps({name: members[name] for name in members if name != "edition"})

    @classmethod
    def decode(cls, edition: str, text: str) -> "State":
        """Return the state in a JSON text. Raises StoreError for anything else."""
        try:
            members: dict[str, Any] = json.loads(text)
            graphs = {iri: GraphState(**about) for iri, about in members.pop("graphs").items()}
            documents = tuple(members.pop("documents"))
            return cls(edition, graphs=graphs, documents=documents, **members)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise StoreError(
                502,
                "holds no description of a release that this program knows; publish it again",
                "ストアにある版の説明を読み取れません。もう一度 publish してください",
            ) from error


def _asked(connection: Connection, predicate: str) -> list[str]:
    query = f"SELECT ?value {{ GRAPH <{GRAPH}> {{ <{SUBJECT}> <{predicate}> ?value }} }}"
    dataset = [("default-graph-uri", NO_GRAPH), ("named-graph-uri", GRAPH)]
    response = connection.ask([("query", query), *dataset], JSON)
    try:
        results = parse_query_results(response.read(), QueryResultsFormat.JSON)
        assert isinstance(results, QuerySolutions)
        return [term.value for row in results if isinstance(term := row["value"], Literal)]
    except (SyntaxError, AssertionError, OSError, ValueError) as error:
        connection.close()
        raise StoreError(
            502, "answers in a form that is no SPARQL result", "SPARQL の結果ではない答えです"
        ) from error


def edition_of(connection: Connection) -> str:
    """Return the edition in a store, "" where nothing was published. Raises StoreError."""
    return next(iter(_asked(connection, EDITION)), "")


def state_of(connection: Connection) -> State:
    """Return what the store holds. Raises StoreError where that is nothing, or is changing."""
    edition = edition_of(connection)
    if not edition:
        raise StoreError(
            503,
            "holds no release; run `python -m server publish`",
            "ストアに版がありません。`python -m server publish` を実行してください",
        )
    if edition == CHANGING:
        raise changing()
    texts = _asked(connection, ABOUT)
    if len(texts) != 1 or edition_of(connection) != edition:
        raise changing()
    return State.decode(edition, texts[0])


def changing() -> Problem:
    """Return the problem of a question asked while another release is put in place."""
    return StoreError(
        503,
        "is taking another release; try again soon",
        "ストアの版を入れ替えています。しばらくしてからもう一度試してください",
    )


def update_of(state: State) -> str:
    """Return the update operations that make a store tell a state and no other."""
    edition, about = Literal(state.edition), Literal(state.encode())
    return (
        f"DELETE WHERE {{ GRAPH <{GRAPH}> {{ <{SUBJECT}> ?p ?o }} }} ;\n"
        f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <{SUBJECT}> <{ABOUT}> {about} ;"
        f" <{EDITION}> {edition} }} }}"
    )


def changing_update() -> str:
    """Return the update operations that make a store say that it is changing."""
    return (
        f"DELETE WHERE {{ GRAPH <{GRAPH}> {{ <{SUBJECT}> <{EDITION}> ?o }} }} ;\n"
        f'INSERT DATA {{ GRAPH <{GRAPH}> {{ <{SUBJECT}> <{EDITION}> "{CHANGING}" }} }}'
    )
