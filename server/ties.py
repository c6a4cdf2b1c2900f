"""Who is tied to whom, all at once: what the map, the network and the paths are made from."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING
from unicodedata import normalize

from .entities import (
    CLASSES,
    ENISHI,
    LABEL,
    LATITUDE,
    LONGITUDE,
    RDF_TYPE,
    Ref,
    Row,
    ref_of,
    text_of,
)
from .links import BASE
from .projection import Place

if TYPE_CHECKING:
    from .pages import Site

# How agents are told apart at sight; the rest are other bodies.
KINDS = ("municipality", "prefecture", "foreign", "association", "other")
_KIND_OF = {
    "DesignatedCity": "municipality", "City": "municipality", "SpecialWard": "municipality",
    "Town": "municipality", "Village": "municipality", "Municipality": "municipality",
    "Prefecture": "prefecture", "Subprefecture": "prefecture", "ForeignGovernment": "foreign",
    "Country": "foreign", "Association": "association",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent that has a tie.

    `place`: latitude and longitude, None where there is none; `is_at_region` tells that they are
    those of its prefecture or country; `names`: every form of its name, folded.
    """

    ref: Ref
    kind: str
    region: Ref | None
    place: Place | None
    is_at_region: bool
    names: tuple[str, ...]

    @property
    def is_in_japan(self) -> bool:
        """Whether it is at home, as far as the graph tells."""
        abroad = self.region is not None and self.region.value.startswith(BASE + "id/country/")
        return self.kind != "foreign" and not abroad

    @property
    def key(self) -> str:
        """Its IRI without the part that all have in common: municipality/13105."""
        return self.ref.value.removeprefix(BASE + "id/")


@dataclass(frozen=True, slots=True)
class Evidence:
    """An agreement or activity behind a tie: its year, "" where it is not known, its topics."""

    iri: str
    year: str
    topics: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie between two agents, in the order of their IRIs."""

    iri: str
    ends: tuple[str, str]
    evidence: tuple[Evidence, ...]

    def other(self, end: str) -> str:
        """Return the end that is not `end`."""
        return self.ends[1] if end == self.ends[0] else self.ends[0]

    @property
    def count(self) -> int:
        """How many pieces of evidence there are."""
        return len(self.evidence)

    @property
    def years(self) -> str:
        """The first and the last year of the evidence, as one text."""
        known = sorted({piece.year for piece in self.evidence if piece.year})
        return "–".join(dict.fromkeys((known[0], known[-1]))) if known else ""


@dataclass(frozen=True)
class Wanted:
    """Which ties are shown; "" and the empty set are any."""

    topic: str = ""
    year: str = ""
    about: str = ""
    kinds: frozenset[str] = frozenset()
    least: int = 1


@dataclass(frozen=True)
class Ties:
    """Every tie of a release, and its agents by IRI."""

    agents: Mapping[str, Agent]
    ties: tuple[Tie, ...]
    topics: tuple[tuple[str, Ref, str], ...]

    @cached_property
    def of(self) -> dict[str, list[Tie]]:
        """The ties of each agent, those with most evidence first."""
        found: dict[str, list[Tie]] = defaultdict(list)
        for tie in sorted(self.ties, key=lambda tie: (-tie.count, tie.iri)):
            for end in tie.ends:
                found[end].append(tie)
        return dict(found)

    @cached_property
    def by_ties(self) -> list[Agent]:
        """The agents, those with most ties first."""
        return [self.agents[iri] for iri in sorted(self.of, key=lambda i: (-len(self.of[i]), i))]

    @cached_property
    def years(self) -> list[str]:
        """The years that evidence is from, the last one first."""
        known = {piece.year for tie in self.ties for piece in tie.evidence}
        return sorted(known - {""}, reverse=True)

    def choose(self, wanted: Wanted) -> list[Tie]:
        """Return the ties wanted, each with the evidence wanted, those with most first."""
        chosen = []
        for tie in self.of.get(wanted.about, ()) if wanted.about else self.ties:
            if wanted.kinds and not wanted.kinds.issuperset(self.agents[e].kind for e in tie.ends):
                continue
            pieces = tuple(
                piece
                for piece in tie.evidence
                if (not wanted.topic or wanted.topic in piece.topics)
                and wanted.year in ("", piece.year)
            )
            if len(pieces) >= wanted.least:
                chosen.append(Tie(tie.iri, tie.ends, pieces))
        return sorted(chosen, key=lambda tie: (-tie.count, tie.iri))

    def named(self, text: str) -> list[Agent]:
        """Return the agents that a text names: by IRI, key, or whole name in any form."""
        text = text.strip()
        for iri in (text, BASE + "id/" + text.lstrip("/").removeprefix("id/")):
            if iri in self.agents:
                return [self.agents[iri]]
        wanted = fold(text)
        return [agent for agent in self.agents.values() if wanted in agent.names]

    def paths(self, start: str, end: str, most: int) -> list[list[Tie]]:
        """Return shortest paths, at most so many: the ties from start to end; none if apart.

        Where there are several, those come first that follow the ties with most evidence.
        """
        return list(islice(self._walk(start, end, self._distances(end, start)), most))

    def _distances(self, end: str, start: str) -> dict[str, int]:
        """Return how many ties lead to `end`, from every agent no farther from it than `start`."""
        distances, waiting = {end: 0}, deque([end])
        while waiting and start not in distances:
            agent = waiting.popleft()
            for tie in self.of.get(agent, ()):
                other = tie.other(agent)
                if other not in distances:
                    distances[other] = distances[agent] + 1
                    waiting.append(other)
        return distances

    def _walk(self, start: str, end: str, distances: dict[str, int]) -> Iterator[list[Tie]]:
        if start == end:
            yield []
        for tie in self.of.get(start, ()):
            nearer = tie.other(start)
            if start in distances and distances.get(nearer, -1) == distances[start] - 1:
                for rest in self._walk(nearer, end, distances):
                    yield [tie, *rest]


def fold(text: str) -> str:
    """Return a text in the form names are compared in.

    >>> fold(" Ｂunkyo　Ward ")
    'bunkyo ward'
    """
    return " ".join(normalize("NFKC", text).casefold().split())


def read_ties(site: "Site") -> Ties:
    """Return every tie of the release that a site shows."""
    evidence = _evidence(site)
    ends: dict[str, set[str]] = defaultdict(set)
    pieces: dict[str, set[str]] = defaultdict(set)
    for row in site.ask("pages/all-ties"):
        of = ends if text_of(row["property"]) == ENISHI + "between" else pieces
        of[text_of(row["tie"])].add(text_of(row["value"]))
    ties = []
    for iri, both in sorted(ends.items()):
        if len(both) == 2:
            first, second = sorted(both)
            found = tuple(
                evidence.get(p, Evidence(p, "", frozenset())) for p in sorted(pieces[iri])
            )
            ties.append(Tie(iri, (first, second), found))
    return Ties(_agents(site), tuple(ties), _topics(site))


def _grouped(rows: Iterable[Row], subject: str) -> dict[str, dict[str, list[Ref]]]:
    """Return the values of each subject by property; the note of a literal is its language."""
    found: dict[str, dict[str, list[Ref]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[text_of(row[subject])][text_of(row["property"])].append(ref_of(row, "value"))
    return found


def _evidence(site: "Site") -> dict[str, Evidence]:
    found = {}
    for iri, values in _grouped(site.ask("pages/evidence"), "thing").items():
        dates = [values[ENISHI + name] for name in ("signedOn", "start", "end", "fiscalYear")]
        year = next((min(ref.value for ref in refs)[:4] for refs in dates if refs), "")
        topics = [*values[ENISHI + "field"], *values[ENISHI + "activityKind"]]
        found[iri] = Evidence(iri, year, frozenset(topic.value for topic in topics))
    return found


def _agents(site: "Site") -> dict[str, Agent]:
    regions = {text_of(row["agent"]): row for row in site.ask("pages/tied-agents-places")}
    rows = sorted(_grouped(site.ask("pages/tied-agents"), "agent").items())
    return {iri: _agent(iri, values, regions.get(iri)) for iri, values in rows}


def _agent(iri: str, values: Mapping[str, list[Ref]], region: Row | None) -> Agent:
    labels = {ref.note: ref.value for ref in values[LABEL]}
    types = {ref.value for ref in values[RDF_TYPE]}
    kind = next((c.removeprefix(ENISHI) for c in CLASSES if c in types), "")
    latitudes, longitudes = (values[name] for name in (LATITUDE, LONGITUDE))
    own = latitudes and longitudes
    place = (float(latitudes[0].value), float(longitudes[0].value)) if own else None
    if place is None and region is not None and region["latitude"] and region["longitude"]:
        place = (float(text_of(region["latitude"])), float(text_of(region["longitude"])))
    texts = [ref.value for refs in values.values() for ref in refs if not ref.is_iri]
    return Agent(
        Ref(iri, labels.get("ja", ""), labels.get("en", "")), _KIND_OF.get(kind, "other"),
        ref_of(region, "place") if region else None, place, not own,
        tuple(sorted({fold(text) for text in texts})),
    )  # fmt: skip


def _topics(site: "Site") -> tuple[tuple[str, Ref, str], ...]:
    """Return property, topic and broader topic, "" for none, in an order to choose from."""
    rows = site.ask("pages/evidence-topics")
    topics = [
        (
            text_of(row["property"]).removeprefix(ENISHI),
            ref_of(row, "topic"),
            text_of(row["broader"]),
        )
        for row in rows
    ]
    return tuple(sorted(topics, key=lambda t: (t[0] != "field", t[2] or t[1].value, t[1].value)))
