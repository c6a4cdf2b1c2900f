"""Put a release into a store: new graphs beside the old ones, verified, then all at once in place.

A graph is loaded under a name of its own, made of its hash, and read back. When all are right, one
update request copies each to its published name and says which release is there; graphs that were
right already are not touched. So a load that was interrupted goes on where it ended, and until the
last request the release before is served.

The engine may not copy graphs in one transaction (Virtuoso does not). The request therefore first
makes the store say that it is changing; who asks through this application is told to try again.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from pyoxigraph import NamedNode, Store

from ..release import Release, ReleaseError
from .connection import StoreError
from .hashing import state_of_lines
from .state import CHANGING, GraphState, State, changing_update, edition_of, state_of, update_of
from .target import Target

# So many characters go into the store with one request; Virtuoso refuses longer updates.
BLOCK = 200_000
Report = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Wanted:
    """A graph to be published: its name, its lines of N-Triples as the store holds them, state."""

    name: str
    lines: list[str]
    state: GraphState

    @property
    def staged(self) -> str:
        """The name under which it is loaded: another one for other statements."""
        return f"{self.name}/staged-{self.state.hash[:16]}"


def wanted_graphs(store: Store, aliases: dict[str, str]) -> list[Wanted]:
    """Return the named graphs of a release. Raises ReleaseError for one with blank nodes."""
    graphs = []
    for name in sorted(store.named_graphs(), key=str):
        if not isinstance(name, NamedNode):
            raise ReleaseError(f"found the graph {name}, expected graphs named by IRIs.")
        quads = store.quads_for_pattern(None, None, None, name)
        lines = [_aliased(f"{quad.triple} .", aliases) for quad in quads]
        if any(line.startswith("_:") or " _:" in line.partition('"')[0] for line in lines):
            raise ReleaseError(f"{name.value}: found blank nodes, expected IRIs and literals.")
        graphs.append(Wanted(name.value, lines, state_of_lines(lines)))
    return graphs


def _aliased(line: str, aliases: dict[str, str]) -> str:
    for iri, alias in aliases.items():
        line = line.replace(f"<{iri}>", f"<{alias}>")
    return line


def publish(target: Target, release: Release, report: Report) -> tuple[State, int]:
    """Make the store hold a release and say so. May be called again, after whatever happened.

    Returns what the store says of it, and how many statements had to be sent.

    `report` is told the statements done, all there are, and what is being done. Raises StoreError,
    ReleaseError.
    """
    if not isinstance(release.store, Store):
        raise ReleaseError("found a release in a store elsewhere, expected one in a folder.")
    aliases = dict(target.engine.aliases)
    graphs = wanted_graphs(release.store, aliases)
    before = _before(target)
    total, done, sent = sum(graph.state.quads for graph in graphs), 0, 0
    staged = []
    for graph in graphs:
        if before.get(graph.name) != graph.state or not holds(target, graph.name, graph.state):
            sent += _stage(target, graph, partial(_told, report, done, total, graph.name))
            staged.append(graph)
        done += graph.state.quads
        report(done, total, graph.name)
    state = State(
        uuid.uuid4().hex, release.identifier, total,
        {graph.name: graph.state for graph in graphs}, release.documents, release.lines, aliases,
    )  # fmt: skip
    gone = [name for name in before if name not in state.graphs]
    report(done, total, "switch")
    target.update(_switch(staged, gone, state))
    _confirm(target, state, [graph.name for graph in staged])
    for graph in staged:
        target.drop(graph.staged)
    return state, sent


def _told(report: Report, before: int, total: int, name: str, loaded: int) -> None:
    report(before + loaded, total, name)


def _before(target: Target) -> dict[str, GraphState]:
    """Return the graphs that the store says it holds; none where it says nothing, or is amiss."""
    if edition_of(target.queries) in ("", CHANGING):
        return {}
    return dict(state_of(target.queries).graphs)


def holds(target: Target, name: str, state: GraphState) -> bool:
    """Tell whether a graph in the store has the statements it should have, by count and hash."""
    return target.count(name) == state.quads and target.state(name) == state


def _stage(target: Target, graph: Wanted, tell: Callable[[int], None]) -> int:
    """Load a graph under its staged name, if it is not there yet; return the statements sent.

    Raises StoreError.
    """
    if holds(target, graph.staged, graph.state):
        return 0
    target.drop(graph.staged)
    done = 0
    for block in blocks(graph.lines):
        target.load(graph.staged, block)
        done += len(block)
        tell(done)
    if not holds(target, graph.staged, graph.state):
        found = target.count(graph.staged)
        raise StoreError(
            502,
            f"holds other statements in {graph.name} than were sent: found {found}, or another"
            f" hash, expected {graph.state.quads}",
            f"{graph.name} の内容が送ったものと一致しません",
        )
    return done


def blocks(lines: list[str]) -> Iterator[list[str]]:
    """Yield lines in blocks of BLOCK characters, each of one line at least."""
    block: list[str] = []
    size = 0
    for line in lines:
        if block and size + len(line) > BLOCK:
            yield block
            block, size = [], 0
        block.append(line)
        size += len(line)
    if block:
        yield block


def _switch(staged: list[Wanted], gone: list[str], state: State) -> str:
    return " ;\n".join(
        [
            changing_update(),
            *(f"COPY <{graph.staged}> TO <{graph.name}>" for graph in staged),
            *(f"DROP SILENT GRAPH <{name}>" for name in gone),
            update_of(state),
        ]
    )


def _confirm(target: Target, state: State, names: list[str]) -> None:
    """Read what was put in place once more. Raises StoreError, and then nothing is served."""
    wrong = [name for name in names if not holds(target, name, state.graphs[name])]
    if wrong or edition_of(target.queries) != state.edition:
        target.update(changing_update())
        raise StoreError(
            502,
            f"did not put in place {', '.join(wrong) or 'the release'}: run publish again",
            f"{', '.join(wrong)} の入れ替えに失敗しました。もう一度実行してください",
        )
