"""The IRIs we mint and borrow: the only place that spells them."""

import re

from pyoxigraph import Literal, NamedNode

from .errors import BuildError

BASE = "https://w3id.org/enishi/"
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class Namespace:
    """A namespace whose attributes are its terms.

    >>> Namespace("http://example.org/#").title
    <NamedNode value=http://example.org/#title>
    """

    def __init__(self, iri: str) -> None:
        """Make the namespace `iri`, which ends in # or /."""
        self.iri = iri

    def __getattr__(self, name: str) -> NamedNode:
        """Return the term `name`."""
        if name.startswith("_"):
            raise AttributeError(name)
        # Kept as an attribute: it is made once.
        term = self.__dict__[name] = NamedNode(self.iri + name)
        return term

    def __getitem__(self, name: str) -> NamedNode:
        """Return the term `name`, for names that are no Python identifier."""
        return NamedNode(self.iri + name)


ENISHI = Namespace(BASE + "ontology#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
DCTERMS = Namespace("http://purl.org/dc/terms/")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
GEO = Namespace("http://www.w3.org/2003/01/geo/wgs84_pos#")
GEOSPARQL = Namespace("http://www.opengis.net/ont/geosparql#")
ORG = Namespace("http://www.w3.org/ns/org#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
PROV = Namespace("http://www.w3.org/ns/prov#")
QB = Namespace("http://purl.org/linked-data/cube#")
RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SCHEMA = Namespace("https://schema.org/")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
VOID = Namespace("http://rdfs.org/ns/void#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")

# How the Turtle and JSON-LD of a release abbreviate them.
PREFIXES = {
    "enishi": ENISHI.iri, "id": BASE + "id/", "dcterms": DCTERMS.iri, "foaf": FOAF.iri,
    "geo": GEO.iri, "geosparql": GEOSPARQL.iri, "org": ORG.iri, "owl": OWL.iri,
    "prov": PROV.iri, "qb": QB.iri, "rdfs": RDFS.iri, "skos": SKOS.iri, "xsd": XSD.iri,
}  # fmt: skip

GEONAMES = "https://sws.geonames.org/"
WIKIDATA = "http://www.wikidata.org/entity/"
SAC = "http://data.e-stat.go.jp/lod/sac/"
GBIZINFO = "http://hojin-info.go.jp/data/basic/"


def mint(kind: str, *parts: str) -> NamedNode:
    """Return the IRI of a resource, such as id/municipality/13105.

    Raises BuildError for a part that is not short stable ASCII.

    >>> mint("agreement", "clair-2012", "1-1").value
    'https://w3id.org/enishi/id/agreement/clair-2012/1-1'
    """
    for part in (kind, *parts):
        if not _SEGMENT.fullmatch(part):
            raise BuildError(
                f"found {part!r} in the IRI of a {kind}, expected ASCII letters, digits, - _ and ."
            )
    return NamedNode(f"{BASE}id/{'/'.join((kind, *parts))}")


def graph(name: str) -> NamedNode:
    """Return the IRI of a named graph: a document's slug, or registers, linksets, derived …"""
    return NamedNode(f"{BASE}graph/{name}")


def concept(scheme: str, code: str) -> NamedNode:
    """Return the IRI of a code of ontology/codes.ttl."""
    return mint("code", scheme, code)


def ja(text: str) -> Literal:
    """Return a Japanese literal."""
    return Literal(text, language="ja")


def en(text: str) -> Literal:
    """Return an English literal."""
    return Literal(text, language="en")


def integer(number: int) -> Literal:
    """Return an xsd:integer."""
    return Literal(str(number), datatype=XSD.integer)


def year(number: int) -> Literal:
    """Return an xsd:gYear."""
    return Literal(f"{number:04}", datatype=XSD.gYear)
