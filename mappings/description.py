"""What a release says of itself: VoID statistics and a DCAT dataset with its distributions."""

from collections import Counter, defaultdict

from pyoxigraph import Literal, NamedNode, Quad, Triple

from .terms import (
    BASE,
    DCAT,
    DCTERMS,
    GEONAMES,
    RDF,
    SAC,
    SKOS,
    VOID,
    WIKIDATA,
    XSD,
    en,
    integer,
    ja,
    mint,
)  # fmt: skip

DATASET = mint("dataset", "enishi")
LICENCE = NamedNode("https://creativecommons.org/licenses/by/4.0/")
TITLE = ja("縁 Enishi：日本の地方自治体の結びつき"), en("Enishi: ties of Japan's local governments")
# Where links lead: the last part of the linkset's IRI, the targets' namespace, the dataset.
TARGETS = (
    ("sac", SAC, "http://data.e-stat.go.jp/lod/sac/"),
    ("geonames", GEONAMES, "https://www.geonames.org/"),
    ("wikidata", WIKIDATA, "http://www.wikidata.org/"),
)
IANA = "https://www.iana.org/assignments/media-types/"
MEDIA = {".nq": "application/n-quads", ".ttl": "text/turtle", ".jsonld": "application/ld+json"}


def describe(quads: set[Quad], sizes: dict[str, int]) -> list[Triple]:
    """Return the description of a release, sorted.

    `sizes`: the release's files with their bytes; the kinds of MEDIA become distributions.
    """
    union = {quad.triple for quad in quads}
    triples = {
        *_about(DATASET, union),
        Triple(DATASET, RDF.type, DCAT.Dataset),
        Triple(DATASET, DCTERMS.license, LICENCE),
        Triple(DATASET, VOID.uriSpace, Literal(BASE + "id/")),
        *(Triple(DATASET, DCTERMS.title, title) for title in TITLE),
        *_partitions(union),
        *_linksets(union),
        *_distributions(sizes),
    }
    graphs: dict[NamedNode, set[Triple]] = defaultdict(set)
    for quad in quads:
        if isinstance(quad.graph_name, NamedNode):
            graphs[quad.graph_name].add(quad.triple)
    for graph, inside in graphs.items():
        triples.add(Triple(DATASET, VOID.subset, graph))
        triples.update(_about(graph, inside))
    return sorted(triples, key=str)


def _about(dataset: NamedNode, triples: set[Triple]) -> set[Triple]:
    """Return the counts of a dataset."""
    subjects = {triple.subject for triple in triples}
    objects = {triple.object for triple in triples}
    return {
        Triple(dataset, RDF.type, VOID.Dataset),
        Triple(dataset, VOID.triples, integer(len(triples))),
        Triple(dataset, VOID.distinctSubjects, integer(len(subjects))),
        Triple(dataset, VOID.distinctObjects, integer(len(objects))),
        Triple(dataset, VOID.properties, integer(len({t.predicate for t in triples}))),
    }


def _partitions(triples: set[Triple]) -> set[Triple]:
    """Return how many entities each class has and how many triples each property."""
    classes = Counter(t.object for t in triples if t.predicate == RDF.type)
    properties = Counter(t.predicate for t in triples)
    found: set[Triple] = set()
    for kind, role, term, counted, counts in (
        ("class", VOID.classPartition, VOID["class"], VOID.entities, classes),
        ("property", VOID.propertyPartition, VOID.property, VOID.triples, properties),
    ):
        for iri, count in counts.items():
            if isinstance(iri, NamedNode):
                part = NamedNode(f"{DATASET.value}/{kind}/{_short(iri)}")
                found |= {
                    Triple(DATASET, role, part),
                    Triple(part, term, iri),
                    Triple(part, counted, integer(count)),
                }
    return found


def _short(iri: NamedNode) -> str:
    """Return an IRI as one segment: host and last part, such as www.w3.org-label."""
    host = iri.value.partition("//")[2].partition("/")[0]
    name = iri.value.replace("#", "/").rpartition("/")[2]
    return f"{host}-{name}"


def _linksets(triples: set[Triple]) -> set[Triple]:
    """Return the sets of links to other datasets."""
    found: set[Triple] = set()
    for name, space, target in TARGETS:
        for predicate in (SKOS.exactMatch, SKOS.closeMatch):
            count = sum(
                t.predicate == predicate
                and isinstance(t.object, NamedNode)
                and t.object.value.startswith(space)
                for t in triples
            )
            if count:
                linkset = NamedNode(f"{DATASET.value}/links/{name}")
                found |= {
                    Triple(DATASET, VOID.subset, linkset),
                    Triple(linkset, RDF.type, VOID.Linkset),
                    Triple(linkset, VOID.subjectsTarget, DATASET),
                    Triple(linkset, VOID.objectsTarget, NamedNode(target)),
                    Triple(linkset, VOID.linkPredicate, predicate),
                    Triple(linkset, VOID.triples, integer(count)),
                }
    return found


def _distributions(sizes: dict[str, int]) -> set[Triple]:
    """Return a dcat:Distribution for each file."""
    found: set[Triple] = set()
    for name, size in sizes.items():
        media = next((m for suffix, m in MEDIA.items() if name.endswith(suffix)), None)
        if media:
            file = NamedNode(f"{BASE}data/{name}")
            found |= {
                Triple(DATASET, DCAT.distribution, file),
                Triple(DATASET, VOID.dataDump, file),
                Triple(file, RDF.type, DCAT.Distribution),
                Triple(file, DCAT.downloadURL, file),
                Triple(file, DCAT.mediaType, NamedNode(f"{IANA}{media}")),
                Triple(file, DCAT.byteSize, Literal(str(size), datatype=XSD.nonNegativeInteger)),
                Triple(file, DCTERMS.license, LICENCE),
            }
    return found
