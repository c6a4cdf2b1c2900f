"""The catalogue of a release in DCAT 3, as DCAT-AP profiles it, written to dcat.ttl."""

from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from .asking import select
from .build import Built
from .publication import (
    DATASET,
    DESCRIPTION,
    DESCRIPTIONS,
    ENDPOINT,
    HOME,
    LICENCE,
    NAME,
    PUBLISHER,
    RIGHTS,
    TITLE,
    Download,
    Format,
    Graph,
    Text,
    describe_publisher,
    describe_rights,
    issued,
)
from .recorder import document_iri
from .tables import read_table
from .terms import (
    BASE,
    DCAT,
    DCATAP,
    DCTERMS,
    FOAF,
    PROV,
    RDF,
    SKOS,
    SPDX,
    VCARD,
    XSD,
    graph,
)  # fmt: skip

FILE = f"{BASE}data/dcat.ttl"
CATALOG, SERVICE, CONTACT = (
    NamedNode(f"{FILE}#{name}") for name in ("catalog", "sparql", "contact")
)
# Where a person finds the files listed.
PAGE = NamedNode(f"{BASE}data")
IANA = "https://www.iana.org/assignments/media-types/"
EU = "http://publications.europa.eu/resource/authority/"
FILE_TYPES, THEMES = NamedNode(f"{EU}file-type"), NamedNode(f"{EU}data-theme")
JAPAN, THEME = NamedNode(f"{EU}country/JPN"), NamedNode(f"{EU}data-theme/GOVE")
LANGUAGES = NamedNode(f"{EU}language/JPN"), NamedNode(f"{EU}language/ENG")
PROTOCOL = NamedNode("https://www.w3.org/TR/sparql11-protocol/")
SHA256 = SPDX.checksumAlgorithm_sha256
KEYWORDS = (
    Text("地方公共団体", "local governments"),
    Text("自治体連携", "intermunicipal cooperation"),
    Text("自治体の国際交流", "international exchange of local governments"),
    Text("協定", "agreements"),
)
SERVICE_TITLE = Text("SPARQL エンドポイント", "SPARQL endpoint")
SERVICE_DESCRIPTION = Text(
    "全データへの SPARQL 1.1 による問い合わせ。制限は Service Description にある。",
    "Queries in SPARQL 1.1 over the whole graph; its Service Description tells the limits.",
)
CATALOG_TITLE = Text("縁 Enishi データカタログ", "Data catalogue of Enishi")


def describe_catalogue(
    built: Built, graphs: dict[str, Graph], downloads: Iterable[Download], release: str
) -> set[Triple]:
    """Return the catalogue: the whole graph, each named graph, every file, the endpoint."""
    day, days = issued(built), _days(built)
    found = _catalog(day) | _service(day) | _concepts() | describe_publisher() | describe_rights()
    found |= _dataset(DATASET, TITLE, DESCRIPTION, day)
    found |= _temporal(DATASET, "whole", days.get(None))
    found.add(Triple(DATASET, DCAT.version, Literal(release)))
    for slug, part in graphs.items():
        found |= _dataset(part.iri, part.title, part.description, day)
        found |= _temporal(part.iri, slug, days.get(part.iri))
        found.add(Triple(DATASET, DCTERMS.hasPart, part.iri))
        if slug in built.documents:
            found.add(Triple(part.iri, PROV.wasDerivedFrom, document_iri(slug)))
    for download in downloads:
        found |= _distribution(download, day)
    return found


def _catalog(day: Literal) -> set[Triple]:
    return {
        Triple(CATALOG, RDF.type, DCAT.Catalog),
        *CATALOG_TITLE.triples(CATALOG, DCTERMS.title),
        *DESCRIPTION.triples(CATALOG, DCTERMS.description),
        *_common(CATALOG),
        Triple(CATALOG, DCTERMS.issued, day),
        Triple(CATALOG, DCTERMS.modified, day),
        Triple(CATALOG, DCTERMS.spatial, JAPAN),
        Triple(CATALOG, DCAT.themeTaxonomy, THEMES),
        Triple(CATALOG, DCAT.service, SERVICE),
        Triple(CATALOG, FOAF.homepage, HOME),
        *(Triple(CATALOG, DCTERMS.language, language) for language in LANGUAGES),
    }


def _common(resource: NamedNode) -> set[Triple]:
    return {
        Triple(resource, DCTERMS.publisher, PUBLISHER),
        Triple(resource, DCTERMS.license, LICENCE),
        Triple(resource, DCTERMS.rights, RIGHTS),
    }


def _service(day: Literal) -> set[Triple]:
    return {
        Triple(SERVICE, RDF.type, DCAT.DataService),
        *SERVICE_TITLE.triples(SERVICE, DCTERMS.title),
        *SERVICE_DESCRIPTION.triples(SERVICE, DCTERMS.description),
        *_common(SERVICE),
        *_found_by(SERVICE),
        Triple(SERVICE, DCTERMS.issued, day),
        Triple(SERVICE, DCAT.endpointURL, ENDPOINT),
        Triple(SERVICE, DCAT.endpointDescription, ENDPOINT),
        Triple(SERVICE, DCAT.servesDataset, DATASET),
        Triple(SERVICE, DCTERMS.conformsTo, PROTOCOL),
        Triple(PROTOCOL, RDF.type, DCTERMS.Standard),
        *Text("SPARQL 1.1 プロトコル", "SPARQL 1.1 Protocol").triples(PROTOCOL, DCTERMS.title),
    }


def _found_by(resource: NamedNode) -> set[Triple]:
    """Return what a dataset or service is found by, and whom to ask about it."""
    found = {
        Triple(resource, DCAT.theme, THEME),
        Triple(resource, DCAT.contactPoint, CONTACT),
        Triple(resource, DCAT.landingPage, HOME),
        Triple(resource, DCTERMS.accessRights, NamedNode(f"{EU}access-right/PUBLIC")),
    }
    for keyword in KEYWORDS:
        found |= keyword.triples(resource, DCAT.keyword)
    return found


def _dataset(dataset: NamedNode, title: Text, text: Text, day: Literal) -> set[Triple]:
    return {
        Triple(CATALOG, DCAT.dataset, dataset),
        Triple(dataset, RDF.type, DCAT.Dataset),
        *title.triples(dataset, DCTERMS.title),
        *text.triples(dataset, DCTERMS.description),
        *_common(dataset),
        *_found_by(dataset),
        Triple(dataset, DCTERMS.identifier, Literal(dataset.value)),
        Triple(dataset, DCTERMS.issued, day),
        Triple(dataset, DCTERMS.spatial, JAPAN),
        Triple(dataset, DCTERMS.accrualPeriodicity, NamedNode(f"{EU}frequency/IRREG")),
        *(Triple(dataset, DCTERMS.language, language) for language in LANGUAGES),
    }


def _days(built: Built) -> dict[object, list[Literal]]:
    """Return the first and the last day that each graph records, and under None the whole."""
    found: dict[object, set[Literal]] = defaultdict(set)
    for name, day in select(built.statements.store, "dcat/days"):
        found[name].add(day)
        found[None].add(day)
    order = attrgetter("value", "datatype.value")
    return {name: [min(days, key=order), max(days, key=order)] for name, days in found.items()}


def _temporal(dataset: NamedNode, slug: str, days: list[Literal] | None) -> set[Triple]:
    if not days:
        return set()
    period = NamedNode(f"{FILE}#period-{slug}")
    return {
        Triple(dataset, DCTERMS.temporal, period),
        Triple(period, RDF.type, DCTERMS.PeriodOfTime),
        Triple(period, DCAT.startDate, days[0]),
        Triple(period, DCAT.endDate, days[1]),
    }


def _distribution(download: Download, day: Literal) -> set[Triple]:
    """Return a file, as a distribution of its graph or of the whole."""
    file, checksum = (NamedNode(f"{FILE}#{kind}-{download.file}") for kind in ("file", "sha256"))
    dataset = graph(download.graph) if download.graph else DATASET
    name = download.format.name
    title = Text(f"{download.title.ja}（{name}）", f"{download.title.en} ({name})")
    return {
        Triple(dataset, DCAT.distribution, file),
        Triple(file, RDF.type, DCAT.Distribution),
        *title.triples(file, DCTERMS.title),
        *title.triples(file, DCTERMS.description),
        Triple(file, DCTERMS.license, LICENCE),
        Triple(file, DCTERMS.issued, day),
        Triple(file, DCAT.accessURL, PAGE),
        Triple(file, DCAT.downloadURL, download.iri),
        # The shapes of DCAT-AP 3.0.0 want a decimal, where DCAT itself leaves the type open.
        Triple(file, DCAT.byteSize, Literal(str(download.size), datatype=XSD.decimal)),
        *_format(file, download.format),
        Triple(file, DCATAP.availability, NamedNode(f"{EU}planned-availability/STABLE")),
        *(Triple(file, DCTERMS.language, language) for language in LANGUAGES),
        Triple(file, SPDX.checksum, checksum),
        Triple(checksum, RDF.type, SPDX.Checksum),
        Triple(checksum, SPDX.algorithm, SHA256),
        Triple(checksum, SPDX.checksumValue, Literal(download.sha256, datatype=XSD.hexBinary)),
    }


def _format(file: NamedNode, about: Format) -> set[Triple]:
    """Return a file's format in the EU's list and, where it stands there, in IANA's."""
    type_ = NamedNode(f"{FILE_TYPES.value}/{about.file_type}")
    media = NamedNode(IANA + about.media_type)
    registered = {
        Triple(file, DCAT.mediaType, media),
        Triple(media, RDF.type, DCTERMS.MediaType),
    }
    return (registered if about.registered else set()) | {
        Triple(file, DCTERMS.format, type_),
        Triple(type_, RDF.type, DCTERMS.MediaTypeOrExtent),
        Triple(type_, SKOS.inScheme, FILE_TYPES),
        Triple(type_, DCTERMS.identifier, Literal(about.file_type)),
    }


def _concepts(path: Path = DESCRIPTIONS / "concepts.csv") -> set[Triple]:
    """Return what the codes are that the catalogue uses, and the other things it points to."""
    found = {
        Triple(HOME, RDF.type, FOAF.Document),
        Triple(CONTACT, RDF.type, VCARD.Kind),
        *NAME.triples(CONTACT, VCARD.fn),
        Triple(CONTACT, VCARD.hasURL, HOME),
        Triple(LICENCE, RDF.type, DCTERMS.LicenseDocument),
        Triple(LICENCE, DCTERMS.type, NamedNode("http://purl.org/adms/licencetype/Attribution")),
        Triple(
            PUBLISHER,
            DCTERMS.type,
            NamedNode("http://purl.org/adms/publishertype/NonProfitOrganisation"),
        ),
        Triple(SHA256, RDF.type, SPDX.ChecksumAlgorithm),
    }
    for row in read_table(path):
        iri, scheme = NamedNode(row["iri"]), NamedNode(row["scheme"])
        found |= {
            Triple(iri, RDF.type, SKOS.Concept),
            Triple(iri, RDF.type, NamedNode(row["class"])),
            Triple(iri, SKOS.inScheme, scheme),
            *Text(row["label_ja"], row["label_en"]).triples(iri, SKOS.prefLabel),
            Triple(scheme, RDF.type, SKOS.ConceptScheme),
            *Text(row["scheme_ja"], row["scheme_en"]).triples(scheme, DCTERMS.title),
        }
    return found
