"""Content negotiation: which format an Accept header or a ?format= name asks for."""

from dataclasses import dataclass

from pyoxigraph import QueryResultsFormat, RdfFormat


@dataclass(frozen=True, eq=False)
class Format:
    """A format an answer can take: its short name, media type, other names of the same bytes."""

    name: str
    media_type: str
    aliases: tuple[str, ...] = ()
    writer: QueryResultsFormat | RdfFormat | None = None

    @property
    def suffix(self) -> str:
        """How the name of a file in this format ends."""
        return {"rdfxml": "rdf", "csv-excel": "csv"}.get(self.name, self.name)


@dataclass(frozen=True)
class Choice:
    """A format, and the media type to label it with: the one the client asked for."""

    format: Format
    media_type: str

    @property
    def content_type(self) -> str:
        """The Content-Type header."""
        if self.media_type.endswith(("json", "xml")):
            return self.media_type
        return f"{self.media_type}; charset=utf-8"


RESULTS = (
    Format(
        "json",
        "application/sparql-results+json",
        ("application/json", "text/json"),
        QueryResultsFormat.JSON,
    ),
    Format(
        "xml",
        "application/sparql-results+xml",
        ("application/xml", "text/xml"),
        QueryResultsFormat.XML,
    ),
    Format("csv", "text/csv", (), QueryResultsFormat.CSV),
    Format("tsv", "text/tab-separated-values", ("text/plain",), QueryResultsFormat.TSV),
)
GRAPHS = (
    Format("ttl", "text/turtle", ("application/x-turtle",), RdfFormat.TURTLE),
    Format("nt", "application/n-triples", ("text/plain",), RdfFormat.N_TRIPLES),
    Format("jsonld", "application/ld+json", ("application/json",), RdfFormat.JSON_LD),
    Format("rdfxml", "application/rdf+xml", ("application/xml", "text/xml"), RdfFormat.RDF_XML),
)
HTML = Format("html", "text/html", ("application/xhtml+xml",))
# A table for spreadsheets: the bytes of csv after a byte order mark, asked for by name only.
SPREADSHEET = Format("csv-excel", "text/csv", (), QueryResultsFormat.CSV)
PROBLEM = Format("problem", "application/problem+json")
PAGE_OR_PROBLEM = (PROBLEM, HTML)


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def media_ranges(accept: str | None) -> list[tuple[str, float]]:
    """Return the media ranges of an Accept header with their q; no header accepts everything.

    A range with a charset other than UTF-8 is left out: no answer has another one.

    >>> media_ranges("text/csv;charset=UTF-8, */*;q=0.1")
    [('text/csv', 1.0), ('*/*', 0.1)]
    """
    ranges = []
    for part in (accept or "*/*").split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        named = {
            name.strip(): value.strip().strip('"')
            for name, _, value in (item.partition("=") for item in parameters)
        }
        if media_type and named.get("charset", "utf-8") in ("utf-8", "utf8"):
            ranges.append((media_type, _quality(named.get("q", "1"))))
    return ranges


def _match(media_type: str, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """Return q and specificity (0 to 2) of the most specific range that covers a type."""
    found = (0.0, -1)
    family = media_type.split("/")[0] + "/*"
    for specificity, name in enumerate(("*/*", family, media_type)):
        for asked, quality in ranges:
            if asked == name and specificity >= found[1]:
                found = (quality, specificity)
    return found


def best(accept: str | None, formats: tuple[Format, ...]) -> Choice | None:
    """Return the format that fits an Accept header best, or None when none does.

    Higher q wins, then the type named more precisely, then the order of `formats`.
    """
    ranges = media_ranges(accept)
    candidates = []
    for order, fmt in enumerate(formats):
        for place, media_type in enumerate((fmt.media_type, *fmt.aliases)):
            quality, specificity = _match(media_type, ranges)
            if place and specificity < 2:
                continue
            if quality > 0:
                rank = (quality, specificity, -place, -order)
                candidates.append((rank, Choice(fmt, media_type)))
    return max(candidates, key=lambda candidate: candidate[0])[1] if candidates else None


def wants_page(accept: str | None) -> bool:
    """Tell whether a client would rather have a page than a problem document."""
    choice = best(accept, PAGE_OR_PROBLEM)
    return choice is not None and choice.format is HTML


def named(name: str, formats: tuple[Format, ...]) -> Choice | None:
    """Return the format with a short name, or None."""
    for fmt in formats:
        if fmt.name == name:
            return Choice(fmt, fmt.media_type)
    return None
