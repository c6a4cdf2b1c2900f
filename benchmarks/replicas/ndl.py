"""Authority names with their readings, as the National Diet Library writes them in SKOS-XL."""

from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from mappings.register_tables import Registers
from mappings.terms import FOAF, RDF, RDFS, SKOS, Namespace

from .areas import Area

XL = Namespace("http://www.w3.org/2008/05/skos-xl#")
NDL = Namespace("http://ndl.go.jp/dcndl/terms/")
SCHEMES = Namespace("http://id.ndl.go.jp/auth#")
# The library's own numbers are not ours to give.
NAMES = "http://id.ndl.go.jp/auth/ndlna/replica-"


def triples(areas: Iterable[Area], registers: Registers) -> Iterator[Triple]:
    """Yield a name for each local government that still is, each company and each association."""
    for area in areas:
        if not area.ended:
            yield from _authority(area.code, area.full_name, area.kana, SCHEMES.geographicNames)
    for row in (*registers.companies, *registers.associations):
        yield from _authority(row["slug"], row["name_ja"], "", SCHEMES.corporateNames)


def _authority(key: str, name: str, kana: str, scheme: NamedNode) -> Iterator[Triple]:
    node, label = NamedNode(NAMES + key), BlankNode(f"label{key}")
    yield Triple(node, RDF.type, SKOS.Concept)
    yield Triple(node, RDFS.label, Literal(name))
    yield Triple(node, SKOS.inScheme, scheme)
    yield Triple(node, XL.prefLabel, label)
    yield Triple(label, XL.literalForm, Literal(name))
    if kana:
        yield Triple(label, NDL.transcription, Literal(kana, language="ja-Kana"))
    if scheme == SCHEMES.corporateNames:
        entity = NamedNode(f"http://id.ndl.go.jp/auth/entity/replica-{key}")
        yield Triple(node, FOAF.primaryTopic, entity)
        yield Triple(entity, RDF.type, FOAF.Organization)
