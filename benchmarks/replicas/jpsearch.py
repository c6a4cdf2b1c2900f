"""Places and the works of collections about them, as Japan Search writes them."""

from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Triple

from mappings.terms import RDF, RDFS, Namespace, en, ja

from .areas import Area, drawn

SCHEMA = Namespace("http://schema.org/")
PLACES = "https://jpsearch.go.jp/entity/place/"
WORKS = "https://jpsearch.go.jp/data/replica-"
KINDS = Namespace("https://jpsearch.go.jp/term/type/")
MOST_WORKS = 4
_DIGITS = "0123456789bcdefghjkmnpqrstuvwxyz"


def place(area: Area) -> NamedNode:
    """Return the IRI of a place: the prefecture's name, a full stop, the municipality's name."""
    names = dict.fromkeys((area.prefecture, area.name_ja))
    return NamedNode(PLACES + ".".join(names))


def geohash(lat: float, long: float, length: int = 5) -> str:
    """Return the geohash of a place in degrees.

    >>> geohash(57.64911, 10.40744, 11)
    'u4pruydqqvj'
    """
    spans = [[-180.0, 180.0], [-90.0, 90.0]]
    found, bits = [], 0
    for step in range(length * 5):
        span, value = spans[step % 2], (long, lat)[step % 2]
        middle = sum(span) / 2
        bits = bits * 2 + (value >= middle)
        span[value < middle] = middle
        if step % 5 == 4:
            found.append(_DIGITS[bits])
            bits = 0
    return "".join(found)


def triples(areas: Iterable[Area]) -> Iterator[Triple]:
    """Yield each place of today, and some works about it: how many is drawn."""
    for area in areas:
        if area.ended:
            continue
        here = place(area)
        yield Triple(here, RDFS.label, Literal(area.name_ja))
        yield Triple(here, SCHEMA.name, ja(area.name_ja))
        yield Triple(here, SCHEMA.name, en(area.name_en))
        hash_ = geohash(float(area.lat), float(area.long))
        yield Triple(here, SCHEMA.geo, NamedNode(f"http://geohash.org/{hash_}"))
        for number in range(drawn("works", area.code).randrange(MOST_WORKS)):
            work = NamedNode(f"{WORKS}{area.code}-{number}")
            yield Triple(work, RDF.type, KINDS["絵画" if number % 2 else "写真"])
            yield Triple(work, RDFS.label, Literal(f"見本{number + 1}（{area.name_ja}）"))
            yield Triple(work, SCHEMA.spatial, here)
