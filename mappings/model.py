"""What a document says, before it is RDF: the things `map_document` yields."""

from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from .dates import Extent, PartialDate


@dataclass(frozen=True)
class Source:
    """The lines of the document a thing was read from: the key of the record, first and last line.

    `key` is a row's or sheet's key; for lines outside any row use `line_source`.
    """

    key: str
    first_line: int
    last_line: int
    page: int | None = None


def line_source(first: int, last: int | None = None) -> Source:
    """Return the source of lines that are no row: a heading, a printed total, a contents line.

    >>> line_source(105).key, line_source(80, 82).key
    ('L105', 'L80-82')
    """
    last = last or first
    return Source(f"L{first}" if first == last else f"L{first}-{last}", first, last)


@dataclass(frozen=True)
class Activity:
    """An event, project, meeting or visit the document records. IRIs are those of `names`.

    `theme` and `venue` are Japanese text as printed; `kinds` and `methods` codes of those schemes;
    `subprefecture` is the one the document lists it under.
    """

    key: str
    title: str
    title_en: str
    sources: tuple[Source, ...]
    fiscal_year: int
    extent: Extent
    period_text: str
    participants: tuple[NamedNode, ...] = ()
    organizers: tuple[NamedNode, ...] = ()
    departments: tuple[NamedNode, ...] = ()
    countries: tuple[NamedNode, ...] = ()
    places: tuple[NamedNode, ...] = ()
    kinds: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    venue: str = ""
    theme: str = ""
    subprefecture: NamedNode | None = None


@dataclass(frozen=True)
class Agreement:
    """A signed tie between two or more parties.

    `signed_on` has two values where the document leaves two open, or prints two signings;
    `signed_at` is the key of the activity of the same document that signed it; `note` (ja, en)
    says what a reader must know of a date that is inferred.
    """

    key: str
    title: str
    title_en: str
    sources: tuple[Source, ...]
    parties: tuple[NamedNode, ...]
    signed_on: tuple[PartialDate, ...]
    instrument: str
    fields: tuple[str, ...] = ()
    departments: tuple[NamedNode, ...] = ()
    pages: tuple[str, ...] = ()
    renewed_on: tuple[PartialDate, ...] = ()
    valid_until: PartialDate | None = None
    signed_at: str = ""
    note: tuple[str, str] | None = None


@dataclass(frozen=True)
class Discrepancy:
    """Two or more readings that cannot all be right, found by a rule of scheme `rule`."""

    key: str
    rule: str
    readings: tuple[str, ...]
    explanation_ja: str
    explanation_en: str
    sources: tuple[Source, ...]
    concerns: tuple[NamedNode, ...] = ()
    # Sources of other documents: (slug, source).
    elsewhere: tuple[tuple[str, Source], ...] = ()


@dataclass(frozen=True)
class PrintedCount:
    """A membership count printed for an association."""

    association: NamedNode
    count: int
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class NamedAgent:
    """An agent whose name stands on lines of its own, apart from the rows that are its."""

    agent: NamedNode
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Observation:
    """One figure of a document's own statistics.

    `dataset` is a key of the document's qb:DataSet; dimensions and measures are local names of
    our properties: fiscalYear takes an int, partnerCategory, field and partyScope a code, country
    an IRI; measures are ints. `counted_on` is the day the figure is as of, and where that is said.
    """

    dataset: str
    key: str
    source: Source
    dimensions: dict[str, int | str | NamedNode] = field(hash=False)
    measures: dict[str, int] = field(hash=False)
    counted_on: tuple[PartialDate, Source] | None = None


@dataclass(frozen=True)
class Dataset:
    """A table of the document's own statistics, titled in both languages.

    `attributes` are local names of properties that qualify its figures, such as countedOn.
    """

    key: str
    title: str
    title_en: str
    source: Source
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    attributes: tuple[str, ...] = ()


Thing = Activity | Agreement | Discrepancy | PrintedCount | NamedAgent | Observation | Dataset
