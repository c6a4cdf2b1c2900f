"""What a release publishes: its files with their titles and formats, its graphs, who and when.

Everything is taken from the data or from the tables in `descriptions/`, never from a clock: the
same tables give the same descriptions.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from .build import Built
from .errors import BuildError
from .exports import query_titles
from .tables import read_table
from .terms import BASE, DCTERMS, FOAF, PREFIXES, RDF, RDFS, XSD, en, graph, ja, mint

DESCRIPTIONS = Path(__file__).parent / "descriptions"
DATASET = mint("dataset", "enishi")
HOME = NamedNode(BASE)
ENDPOINT = NamedNode(f"{BASE}sparql")
LICENCE = NamedNode("https://creativecommons.org/licenses/by/4.0/")
PUBLISHER = NamedNode(f"{BASE}data/dcat.ttl#publisher")
KINDS = ("whole", "table", "map", "network", "graph", "description", "report")


@dataclass(frozen=True)
class Text:
    """The same text in Japanese and in English."""

    ja: str
    en: str

    def triples(self, subject: NamedNode, predicate: NamedNode) -> set[Triple]:
        """Return the statements that say it of `subject`."""
        return {Triple(subject, predicate, text) for text in (ja(self.ja), en(self.en))}


NAME = Text("縁 Enishi", "Enishi")
TITLE = Text("縁 Enishi：日本の地方自治体の結びつき", "Enishi: ties of Japan's local governments")
DESCRIPTION = Text(
    "日本の地方公共団体の協定等、活動その他の縁を、公表された文書から読み取り、典拠の行、訂正及び不一致と"
    "ともに記述した知識グラフ。",
    "Agreements, activities and other ties of Japan's local governments, read from published "
    "documents, each with the lines it comes from, corrections and discrepancies.",
)
RIGHTS = NamedNode(f"{BASE}data/dcat.ttl#rights")
SOURCES = Text(
    "Enishiと出典を表示すること。台帳の出典: 総務省 全国地方公共団体コード（PDL 1.0）、"
    "CODH「歴史的行政区域データセット」「geoshape」（CC BY 4.0）、GeoNames（CC BY 4.0）、"
    "ISO 3166とUnicode CLDR（国・地域）、Wikidata（CC0）。",
    "Name Enishi and the sources. Those of the registers: local-government codes of the Ministry "
    "of Internal Affairs and Communications (PDL 1.0); CODH historical administrative areas and "
    "geoshape (CC BY 4.0); GeoNames (CC BY 4.0); ISO 3166 and Unicode CLDR for countries and "
    "regions; Wikidata (CC0).",
)


def describe_rights() -> set[Triple]:
    """Return whom to name when the data are used."""
    return {
        Triple(RIGHTS, RDF.type, DCTERMS.RightsStatement),
        *SOURCES.triples(RIGHTS, RDFS.label),
    }


def describe_publisher() -> set[Triple]:
    """Return who publishes a release."""
    return {
        Triple(PUBLISHER, RDF.type, FOAF.Agent),
        Triple(PUBLISHER, FOAF.homepage, HOME),
        *NAME.triples(PUBLISHER, FOAF.name),
    }


@dataclass(frozen=True)
class Graph:
    """A named graph as it is described: `slug` is the last part of its IRI."""

    slug: str
    title: Text
    description: Text

    @property
    def iri(self) -> NamedNode:
        """The IRI of the graph, which is a dataset."""
        return graph(self.slug)


@dataclass(frozen=True)
class Format:
    """A format of files: what it is called, its media type, its code in the EU's list.

    `registered`: whether IANA lists the media type.
    """

    name: str
    media_type: str
    file_type: str
    registered: bool


@dataclass(frozen=True)
class Download:
    """A file of a release: `graph` is the slug of the graph whose dump it is, or ""."""

    file: str
    kind: str
    title: Text
    format: Format
    size: int
    sha256: str
    graph: str = ""

    @property
    def iri(self) -> NamedNode:
        """The file's address."""
        return NamedNode(f"{BASE}data/{self.file}")

    def document(self) -> dict[str, object]:
        """Return what the manifest says of the file."""
        return {
            "file": self.file,
            "kind": self.kind,
            "title": {"ja": self.title.ja, "en": self.title.en},
            "format": self.format.name,
            "media_type": self.format.media_type,
            "size": self.size,
            "sha256": self.sha256,
        }


def formats() -> dict[str, Format]:
    """Return every format by the suffix of its files."""
    return {
        row["suffix"]: Format(
            row["name"], row["media_type"], row["file_type"], row["registered"] == "yes"
        )
        for row in read_table(DESCRIPTIONS / "formats.csv")
    }


def describe_graphs(built: Built) -> dict[str, Graph]:
    """Return every named graph of a build by its slug.

    Raises BuildError for a graph that is neither a document's nor in descriptions/graphs.csv.
    """
    path = DESCRIPTIONS / "graphs.csv"
    known = {
        row["graph"]: Graph(
            row["graph"],
            Text(row["title_ja"], row["title_en"]),
            Text(row["description_ja"], row["description_en"]),
        )
        for row in read_table(path)
    }
    for slug, document in built.documents.items():
        title, publisher, licence = (
            document.metadata[key] for key in ("title", "publisher", "licence")
        )
        day = document.as_of.isoformat()
        known[slug] = Graph(
            slug,
            Text(title["ja"], title["en"]),
            Text(
                f"{publisher['ja']}「{title['ja']}」（{day}現在）の記載。{licence['ja']}",
                f"What “{title['en']}” by {publisher['en']} (as of {day}) records. {licence['en']}",
            ),
        )
    slugs = {graph_slug(name) for name in built.statements.store.named_graphs()}
    if unknown := slugs - set(known):
        raise BuildError(
            f"{path}: found no row for the graph {min(unknown)}, expected its title there."
        )
    return {slug: known[slug] for slug in sorted(slugs)}


def graph_slug(name: object) -> str:
    """Return the last part of a graph's IRI; "" for the default graph."""
    return name.value.rpartition("/")[2] if isinstance(name, NamedNode) else ""


def issued(built: Built) -> Literal:
    """Return the newest day that what is in the release bears: it was not issued before."""
    modified = built.statements.store.quads_for_pattern(None, DCTERMS.modified, None, None)
    days = [document.as_of.isoformat() for document in built.documents.values()]
    days += [quad.object.value for quad in modified if isinstance(quad.object, Literal)]
    return Literal(max(days), datatype=XSD.date)


def list_downloads(
    folder: Path, graphs: dict[str, Graph], kinds: tuple[str, ...] = KINDS
) -> list[Download]:
    """Return the files of some kinds that are in a release folder now, by kind and name.

    Raises BuildError for a file nobody described.
    """
    known = formats()
    rows = read_table(DESCRIPTIONS / "files.csv", ("file", "kind", "title_ja", "title_en"))
    titles = {row["file"]: (row["kind"], Text(row["title_ja"], row["title_en"])) for row in rows}
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        about, slug = known.get(path.suffix), ""
        if name.startswith("dumps/") and path.stem in graphs:
            kind, slug, title = "graph", path.stem, graphs[path.stem].title
        elif name.startswith("tables/"):
            kind, title = "table", Text(**query_titles(f"tables/{path.stem}"))
        else:
            kind, title = titles.get(name, ("", Text("", "")))
        if about is None or kind not in KINDS:
            raise BuildError(
                f"{name}: found no kind, title or format of this file, expected them in "
                f"{DESCRIPTIONS / 'files.csv'} and formats.csv."
            )
        if kind not in kinds:
            continue
        size, digest = path.stat().st_size, file_digest(path)
        found.append(Download(name, kind, title, about, size, digest, slug))
    return sorted(found, key=lambda download: (KINDS.index(download.kind), download.file))


def file_digest(path: Path) -> str:
    """Return the sha256 of a file; of one that has not changed, without reading it again."""
    about = path.stat()
    return _digest(path, about.st_ino, about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=100_000)
def _digest(path: Path, *_: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def turtle(triples: Iterable[Triple], prefixes: dict[str, str]) -> bytes:
    """Return statements as Turtle, in order: the same statements give the same bytes."""
    ordered = sorted(triples, key=str)
    return serialize(ordered, format=RdfFormat.TURTLE, prefixes={**PREFIXES, **prefixes}) or b""
