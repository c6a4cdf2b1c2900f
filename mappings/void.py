"""What a release is and how much it has: its description in VoID, written to void.ttl."""

import re
from collections import defaultdict
from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode, Triple

from .build import Built
from .publication import (
    DATASET,
    DESCRIPTION,
    DESCRIPTIONS,
    ENDPOINT,
    HOME,
    LICENCE,
    PUBLISHER,
    RIGHTS,
    TITLE,
    Download,
    Graph,
    Text,
    describe_publisher,
    describe_rights,
    issued,
)
from .tables import read_table
from .terms import (
    BASE,
    DCTERMS,
    ENISHI,
    FOAF,
    OWL,
    PREFIXES,
    RDF,
    SKOS,
    VOID,
    graph,
    integer,
)  # fmt: skip

FILE = f"{BASE}data/void.ttl"
FORMATS = "http://www.w3.org/ns/formats/"
SPACE = f"{BASE}id/"
SEARCH = NamedNode(f"{BASE}opensearch.xml")
TYPE = RDF.type
LINKS = (SKOS.exactMatch, SKOS.closeMatch, OWL.sameAs)
EXAMPLES = (ENISHI.Municipality, ENISHI.Agreement, ENISHI.Activity, ENISHI.Tie)


def describe_dataset(
    built: Built, graphs: dict[str, Graph], downloads: Iterable[Download]
) -> set[Triple]:
    """Return the description of a release: the whole, each named graph, the sets of links."""
    by_graph: dict[object, set[Triple]] = defaultdict(set)
    for quad in built.quads:
        by_graph[quad.graph_name].add(quad.triple)
    union: set[Triple] = set().union(*by_graph.values())
    day = issued(built)
    found = {
        *_head(),
        *describe_publisher(),
        *describe_rights(),
        *_about(DATASET, TITLE, DESCRIPTION, day),
        *_statistics(DATASET, "", union),
        *_vocabularies_and_examples(union),
        *_links(union),
        *_dumps(downloads),
    }
    for slug, part in graphs.items():
        found |= {
            Triple(DATASET, VOID.subset, part.iri),
            *_about(part.iri, part.title, part.description, day),
            *_statistics(part.iri, f"{slug}-", by_graph[part.iri]),
        }
    return found


def _head() -> set[Triple]:
    """Return what the description says of itself, and of the whole dataset alone."""
    here = NamedNode(FILE)
    return {
        Triple(here, RDF.type, VOID.DatasetDescription),
        Triple(here, FOAF.primaryTopic, DATASET),
        Triple(here, DCTERMS.license, LICENCE),
        Triple(DATASET, FOAF.homepage, HOME),
        Triple(DATASET, VOID.sparqlEndpoint, ENDPOINT),
        Triple(DATASET, VOID.openSearchDescription, SEARCH),
        Triple(DATASET, VOID.uriSpace, Literal(SPACE)),
        *(
            Triple(DATASET, VOID.feature, NamedNode(FORMATS + name))
            for name in ("N-Quads", "Turtle", "JSON-LD")
        ),
    }


def _about(dataset: NamedNode, title: Text, text: Text, day: Literal) -> set[Triple]:
    return {
        Triple(dataset, RDF.type, VOID.Dataset),
        *title.triples(dataset, DCTERMS.title),
        *text.triples(dataset, DCTERMS.description),
        Triple(dataset, DCTERMS.license, LICENCE),
        Triple(dataset, DCTERMS.rights, RIGHTS),
        Triple(dataset, DCTERMS.publisher, PUBLISHER),
        Triple(dataset, DCTERMS.issued, day),
    }


def _statistics(dataset: NamedNode, prefix: str, triples: set[Triple]) -> set[Triple]:
    """Return the counts of a dataset, and of each of its classes and properties."""
    classes: dict[NamedNode, set[object]] = defaultdict(set)
    properties: dict[NamedNode, set[Triple]] = defaultdict(set)
    for triple in triples:
        properties[triple.predicate].add(triple)
        if triple.predicate == TYPE and isinstance(triple.object, NamedNode):
            classes[triple.object].add(triple.subject)
    entities = {
        entity for found in classes.values() for entity in found
        if isinstance(entity, NamedNode) and entity.value.startswith(SPACE)
    }  # fmt: skip
    found = _counts(dataset, triples) | {
        Triple(dataset, VOID.properties, integer(len(properties))),
        Triple(dataset, VOID.classes, integer(len(classes))),
        Triple(dataset, VOID.entities, integer(len(entities))),
    }
    for class_, members in classes.items():
        part = _part(f"{prefix}class", class_)
        found |= {
            Triple(dataset, VOID.classPartition, part),
            Triple(part, VOID["class"], class_),
            Triple(part, VOID.entities, integer(len(members))),
        }
    for property_, inside in properties.items():
        part = _part(f"{prefix}property", property_)
        found |= {
            Triple(dataset, VOID.propertyPartition, part),
            Triple(part, VOID.property, property_),
            *_counts(part, inside),
        }
    return found


def _counts(dataset: NamedNode, triples: set[Triple]) -> set[Triple]:
    subjects = {triple.subject for triple in triples}
    objects = {triple.object for triple in triples}
    return {
        Triple(dataset, VOID.triples, integer(len(triples))),
        Triple(dataset, VOID.distinctSubjects, integer(len(subjects))),
        Triple(dataset, VOID.distinctObjects, integer(len(objects))),
    }


def _part(kind: str, term: NamedNode) -> NamedNode:
    """Return the IRI of the part of a dataset that a class or property makes."""
    for prefix, namespace in PREFIXES.items():
        if term.value.startswith(namespace):
            return NamedNode(f"{FILE}#{kind}-{prefix}-{term.value.removeprefix(namespace)}")
    name = re.sub(r"[^A-Za-z0-9]+", "-", term.value.partition("//")[2])
    return NamedNode(f"{FILE}#{kind}-{name}")


def _vocabularies_and_examples(triples: set[Triple]) -> set[Triple]:
    """Return the vocabularies, and one resource of each class people come for."""
    members: dict[NamedNode, set[str]] = defaultdict(set)
    terms = {triple.predicate for triple in triples}
    for triple in triples:
        if triple.predicate == TYPE and isinstance(triple.object, NamedNode):
            members[triple.object].add(getattr(triple.subject, "value", ""))
    spaces = {re.sub(r"[^#/]*$", "", term.value) for term in terms | set(members)}
    return {
        *(Triple(DATASET, VOID.vocabulary, NamedNode(space)) for space in spaces),
        *(
            Triple(DATASET, VOID.exampleResource, NamedNode(min(members[class_])))
            for class_ in EXAMPLES
            if class_ in members
        ),
    }


def _links(triples: set[Triple]) -> set[Triple]:
    """Return the sets of links to other datasets: one for each property and target.

    descriptions/targets.csv says where links lead, and how one gets on from there.
    """
    found: set[Triple] = set()
    for row in read_table(DESCRIPTIONS / "targets.csv"):
        by_predicate: dict[NamedNode, set[Triple]] = defaultdict(set)
        for triple in triples:
            if triple.predicate in LINKS and isinstance(triple.object, NamedNode):
                if triple.object.value.startswith(row["uri_space"]):
                    by_predicate[triple.predicate].add(triple)
        target = NamedNode(row["homepage"])
        for predicate, links in by_predicate.items():
            linkset = _part(f"links-{row['target']}", predicate)
            found |= _linkset(linkset, predicate, target, links)
            text = Text(row["description_ja"], row["description_en"])
            found |= text.triples(linkset, DCTERMS.description)
        if by_predicate:
            found |= _target(target, row)
    return found


def _linkset(
    linkset: NamedNode, predicate: NamedNode, target: NamedNode, links: set[Triple]
) -> set[Triple]:
    return {
        Triple(DATASET, VOID.subset, linkset),
        Triple(linkset, RDF.type, VOID.Linkset),
        Triple(linkset, VOID.subjectsTarget, DATASET),
        Triple(linkset, VOID.objectsTarget, target),
        Triple(linkset, VOID.linkPredicate, predicate),
        *_counts(linkset, links),
    }


def _target(target: NamedNode, row: dict[str, str]) -> set[Triple]:
    """Return what is said of a dataset that links lead to."""
    endpoint = row["endpoint"]
    return {
        Triple(target, RDF.type, VOID.Dataset),
        *Text(row["title_ja"], row["title_en"]).triples(target, DCTERMS.title),
        Triple(target, VOID.uriSpace, Literal(row["uri_space"])),
        *([Triple(target, VOID.sparqlEndpoint, NamedNode(endpoint))] if endpoint else []),
    }


def _dumps(downloads: Iterable[Download]) -> set[Triple]:
    """Return the addresses of the dumps: the whole's, and each graph's."""
    found: set[Triple] = set()
    for download in downloads:
        if download.kind == "whole":
            found.add(Triple(DATASET, VOID.dataDump, download.iri))
        elif download.graph:
            found.add(Triple(graph(download.graph), VOID.dataDump, download.iri))
    return found
