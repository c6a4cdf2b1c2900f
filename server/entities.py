"""What a page says of an entity, gathered by the queries in queries/pages."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from .evaluation import Term
from .links import BASE
from .reused_terms import reused_terms

if TYPE_CHECKING:
    from .pages import Site

Row = dict[str, Term | None]
ENISHI = BASE + "ontology#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
ALTERNATIVE = "http://www.w3.org/2004/02/skos/core#altLabel"
DERIVED = "http://www.w3.org/ns/prov#wasDerivedFrom"
LATITUDE = "http://www.w3.org/2003/01/geo/wgs84_pos#lat"
LONGITUDE = "http://www.w3.org/2003/01/geo/wgs84_pos#long"
# The class a page is headed by is the first of these that an entity has.
CLASSES = tuple(
    ENISHI + name
    for name in (
        "DesignatedCity", "City", "SpecialWard", "Town", "Village", "Municipality", "Prefecture",
        "Subprefecture", "Association", "Company", "Organization", "Department",
        "ForeignGovernment", "Country", "Agreement", "Activity", "Period", "SourceDocument",
        "SourceRecord", "Correction", "Discrepancy", "Tie",
    )
)  # fmt: skip
# As one reads of them: the general before the special.
READING_ORDER = tuple(
    ENISHI + name
    for name in (
        "LocalGovernment", "Prefecture", "Municipality", "City", "DesignatedCity", "SpecialWard",
        "Town", "Village",
    )
) + CLASSES[7:]  # fmt: skip
AGENTS = frozenset(CLASSES[:14])
DOCUMENT = ENISHI + "SourceDocument"
COUNTRY = ENISHI + "Country"
AGENT_ROLES = frozenset(ENISHI + name for name in ("party", "participant", "organizer"))
TOPICS = frozenset(ENISHI + name for name in ("field", "activityKind", "instrument"))
# Told right under the name.
SUMMARY = tuple(
    ENISHI + name
    for name in (
        "kana", "prefecture", "subprefecture", "country", "region", "localGovernmentCode",
        "standardAreaCode", "corporateNumber", "isoCode", "signedOn", "start", "end", "venue",
    )
)  # fmt: skip
# Shown in places of their own, not among the facts.
ELSEWHERE = frozenset({RDF_TYPE, LABEL, DERIVED, ENISHI + "tie", ENISHI + "evidence"})


@dataclass(frozen=True)
class Ref:
    """Something with a name: its IRI, or a text; labels are "" where there is none."""

    value: str
    ja: str = ""
    en: str = ""
    is_iri: bool = True
    note: str = ""

    def label(self, language: str) -> str:
        """Return the name in ja or en, in the other language where there is none, or the IRI."""
        first, second = (self.ja, self.en) if language == "ja" else (self.en, self.ja)
        return first or second or self.value


@dataclass(frozen=True)
class Source:
    """A place in a document: lines from 1, page None where there is none."""

    record: str
    document: Ref
    first: int
    last: int
    page: int | None


@dataclass(frozen=True)
class Fact:
    """A property of an entity with its values, each with the graphs that state it."""

    name: Ref
    values: tuple[tuple[Ref, tuple[str, ...]], ...]


@dataclass
class Thing:
    """An agreement or activity in a table."""

    ref: Ref
    kind: str = ""
    dates: dict[str, str] = field(default_factory=dict)
    agents: dict[str, Ref] = field(default_factory=dict)
    topics: dict[str, Ref] = field(default_factory=dict)
    departments: dict[str, Ref] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)

    @property
    def date(self) -> str:
        """When it was signed or began, as precise as it is known; "" where it is not."""
        return self.dates.get("signedOn") or self.dates.get("start") or self.dates.get("end", "")

    @property
    def last_day(self) -> str:
        """The last day that is known of it."""
        return max(self.dates.get(name, "") for name in ("signedOn", "start", "end"))

    @property
    def year(self) -> str:
        """The year of its date; where there is none, the fiscal year it is listed in."""
        return self.date[:4] or self.dates.get("fiscalYear", "")


@dataclass(frozen=True)
class Partner:
    """Another side of an agent's ties: evidence, the years it spans, what it is about."""

    tie: str
    ref: Ref
    place: Ref | None
    count: int
    first: str
    last: str
    topics: tuple[Ref, ...]


@dataclass(frozen=True)
class Finding:
    """A correction or discrepancy that touches a thing."""

    ref: Ref
    kind: str
    text: Ref
    thing: str


@dataclass(frozen=True)
class Filters:
    """Which things of a table are shown, and in which order; "" is any."""

    year: str = ""
    topic: str = ""
    partner: str = ""
    kind: str = ""
    order: str = "newest"

    def choose(self, things: Iterable[Thing]) -> list[Thing]:
        """Return the things that pass, in order."""
        chosen = [
            thing
            for thing in things
            if self.year in ("", thing.year)
            and (not self.topic or self.topic in thing.topics)
            and (not self.partner or self.partner in thing.agents)
            and self.kind in ("", thing.kind)
        ]
        if self.order == "title":
            return sorted(chosen, key=lambda thing: (thing.ref.ja, thing.ref.value))
        chosen.sort(key=lambda thing: thing.ref.value)
        return sorted(chosen, key=lambda thing: thing.date, reverse=self.order != "oldest")


def text_of(term: Term | None) -> str:
    """Return an IRI or the text of a literal, "" for none."""
    return term.value if isinstance(term, (Literal, NamedNode)) else ""


def ref_of(row: Row, name: str) -> Ref:
    """Return what a column of a row has, with the labels beside it.

    The note of a literal is its language or its type.
    """
    term = row[name]
    note = ""
    if isinstance(term, Literal):
        note = term.language or term.datatype.value.rpartition("#")[2]
    return Ref(
        text_of(term), text_of(row.get(f"{name}_ja")), text_of(row.get(f"{name}_en")),
        isinstance(term, NamedNode), note,
    )  # fmt: skip


def named(ref: Ref) -> Ref:
    """Return it with the labels of a reused term where the graph has none."""
    if ref.ja or ref.en:
        return ref
    ja, en = reused_terms().get(ref.value, ("", ""))
    return replace(ref, ja=ja, en=en)


class Entity:
    """One entity of the graph; what a part of its page needs is asked for when it is shown."""

    def __init__(self, site: "Site", iri: NamedNode) -> None:
        """Ask what the graph says of an IRI; `exists` tells whether it says anything."""
        self.iri = iri.value
        self._site = site
        self._node = iri
        self._facts = site.ask("pages/facts", this=iri)

    @property
    def exists(self) -> bool:
        """Whether there is a statement about it."""
        return bool(self._facts)

    def _values(self, property_: str) -> list[Row]:
        return [row for row in self._facts if text_of(row["property"]) == property_]

    @cached_property
    def ref(self) -> Ref:
        """Its IRI and labels."""
        labels = {r.note: r.value for r in (ref_of(row, "value") for row in self._values(LABEL))}
        return Ref(self.iri, labels.get("ja", ""), labels.get("en", ""))

    @cached_property
    def kind(self) -> Ref:
        """Its class: the one that says most."""
        types = {text_of(row["value"]): ref_of(row, "value") for row in self._values(RDF_TYPE)}
        known = next((types[name] for name in CLASSES if name in types), None)
        return named(known or next(iter(types.values()), Ref("")))

    @property
    def is_agent(self) -> bool:
        """Whether it can have ties."""
        return self.kind.value in AGENTS

    @cached_property
    def summary(self) -> list[Fact]:
        """What tells it from others at a glance: reading, place, codes."""
        facts = {fact.name.value: fact for fact in self.facts}
        return [facts[name] for name in SUMMARY if name in facts]

    @cached_property
    def position(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees (WGS 84)."""
        found = [[text_of(r["value"]) for r in self._values(p)] for p in (LATITUDE, LONGITUDE)]
        return (float(found[0][0]), float(found[1][0])) if all(found) else None

    @cached_property
    def successors(self) -> list[Ref]:
        """What a former municipality became part of."""
        return [ref_of(row, "value") for row in self._values(ENISHI + "succeededBy")]

    @cached_property
    def facts(self) -> list[Fact]:
        """Every statement but those with a place of their own, by property."""
        return _by_property(row for row in self._facts if text_of(row["property"]) not in ELSEWHERE)

    @cached_property
    def inward(self) -> list[Fact]:
        """What points to it, by property."""
        return _by_property(self._site.ask("pages/inward", this=self._node))

    @cached_property
    def sources(self) -> list[Source]:
        """The records it comes from itself."""
        return sources_of(self._site, [self.iri])[self.iri]

    @cached_property
    def things(self) -> list[Thing]:
        """The agreements and activities it has to do with, but itself."""
        rows = self._site.ask("pages/things", this=self._node)
        return gather_things(self._site, (r for r in rows if text_of(r["thing"]) != self.iri))

    @cached_property
    def partners(self) -> list[Partner]:
        """The other sides of its ties, those with most evidence first."""
        partners = {}
        for row in self._site.ask("pages/ties", this=self._node):
            other = ref_of(row, "other")
            shared = [thing for thing in self.things if other.value in thing.agents]
            days = [day for thing in shared for day in (thing.date, thing.last_day) if day]
            topics = Counter(topic for thing in shared for topic in thing.topics.values())
            place = Ref("", text_of(row["prefecture_ja"]), text_of(row["prefecture_en"]))
            partners[other.value] = Partner(
                text_of(row["tie"]), other, place if place.ja or place.en else None,
                int(text_of(row["count"])), min(days, default=""), max(days, default=""),
                tuple(topic for topic, _ in topics.most_common(3)),
            )  # fmt: skip
        return sorted(partners.values(), key=lambda p: (-p.count, p.ref.value))

    @cached_property
    def findings(self) -> list[Finding]:
        """Corrections and discrepancies that touch it or its things."""
        iris = [self.iri, *(thing.ref.value for thing in self.things)]
        rows = self._site.ask("pages/findings", thing=[NamedNode(iri) for iri in iris])
        found = {}
        for row in rows:
            text = Ref("", text_of(row["text_ja"]), text_of(row["text_en"]))
            ref = Ref(text_of(row["finding"]), text_of(row["label_ja"]), text_of(row["label_en"]))
            kind = text_of(row["kind"]).removeprefix(ENISHI)
            found[ref.value] = Finding(ref, kind, text, text_of(row["thing"]))
        return sorted(found.values(), key=lambda finding: finding.ref.value)

    @cached_property
    def years(self) -> list[tuple[str, int, int]]:
        """For each year from the first to the last: how many agreements and activities."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for thing in self.things:
            if thing.year:
                counts[thing.year][thing.kind] += 1
        if not counts:
            return []
        span = range(int(min(counts)), int(max(counts)) + 1)
        return [(str(y), counts[str(y)]["Agreement"], counts[str(y)]["Activity"]) for y in span]

    def choices(self) -> dict[str, list[Ref]]:
        """Return what the table of things can be filtered by: topics and partners."""
        topics = {iri: ref for thing in self.things for iri, ref in thing.topics.items()}
        agents = {iri: ref for thing in self.things for iri, ref in thing.agents.items()}
        agents.pop(self.iri, None)
        return {
            name: sorted(found.values(), key=lambda ref: ref.ja or ref.value)
            for name, found in (("topics", topics), ("agents", agents))
        }


def _by_property(rows: Iterable[Row]) -> list[Fact]:
    names: dict[str, Ref] = {}
    values: dict[str, dict[Ref, list[str]]] = defaultdict(dict)
    for row in rows:
        name = named(ref_of(row, "property"))
        names.setdefault(name.value, name)
        graphs = values[name.value].setdefault(ref_of(row, "value"), [])
        if "graph" in row:
            graphs.append(text_of(row["graph"]))
    return [
        Fact(names[iri], tuple((v, tuple(sorted(g))) for v, g in sorted(of.items(), key=_order)))
        for iri, of in sorted(values.items(), key=lambda item: _rank(item[0]))
    ]


def _order(item: tuple[Ref, list[str]]) -> tuple[str, str]:
    return (item[0].ja or item[0].value, item[0].value)


def _rank(property_: str) -> tuple[int, str]:
    """Our own properties first, then those of others."""
    return (0 if property_.startswith(ENISHI) else 1, property_)


def _add(thing: Thing, row: Row) -> None:
    """Take one of the values of a thing."""
    property_, value = text_of(row["property"]), ref_of(row, "value")
    name = property_.removeprefix(ENISHI)
    if property_ == RDF_TYPE:
        if value.value in (ENISHI + "Agreement", ENISHI + "Activity"):
            thing.kind = value.value.removeprefix(ENISHI)
    elif property_ == LABEL:
        ja = value.value if value.note == "ja" else thing.ref.ja
        en = value.value if value.note == "en" else thing.ref.en
        thing.ref = Ref(thing.ref.value, ja, en)
    elif property_ in AGENT_ROLES:
        thing.agents[value.value] = value
    elif property_ in TOPICS:
        thing.topics[value.value] = value
    elif name == "department":
        thing.departments[value.value] = value
    else:
        # Where a document leaves two dates open, the earlier one is shown.
        thing.dates[name] = min(value.value, thing.dates.get(name, value.value))


def gather_things(site: "Site", rows: Iterable[Row]) -> list[Thing]:
    """Return the agreements and activities whose values the rows hold, with their sources."""
    found: dict[str, Thing] = {}
    for row in rows:
        iri = text_of(row["thing"])
        _add(found.setdefault(iri, Thing(Ref(iri))), row)
    sources = sources_of(site, list(found))
    for iri, thing in found.items():
        thing.sources = sources[iri]
    return list(found.values())


def sources_of(site: "Site", iris: Sequence[str]) -> dict[str, list[Source]]:
    """Return where each of some things stands in the documents."""
    found: dict[str, list[Source]] = {iri: [] for iri in iris}
    if not iris:
        return found
    for row in site.ask("pages/sources", thing=[NamedNode(iri) for iri in iris]):
        page = text_of(row["page"])
        source = Source(
            text_of(row["record"]), ref_of(row, "document"), int(text_of(row["first"])),
            int(text_of(row["last"])), int(page) if page else None,
        )  # fmt: skip
        if source not in found[text_of(row["thing"])]:
            found[text_of(row["thing"])].append(source)
    return found
