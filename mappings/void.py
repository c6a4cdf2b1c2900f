"""What a release is and how much it has: its description in VoID, written to void.ttl."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from pyoxigraph import Literal, NamedNode, Store, Triple

from .asking import select
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
LINKS = (SKOS.exactMatch, SKOS.closeMatch, OWL.sameAs)
# Datasets by their named graphs, each with how the names of its parts begin.
Parts = dict[NamedNode | None, tuple[NamedNode, str]]
EXAMPLES = (ENISHI.Municipality, ENISHI.Agreement, ENISHI.Activity, ENISHI.Tie)


def describe_dataset(
    built: Built, graphs: dict[str, Graph], downloads: Iterable[Download]
) -> set[Triple]:
    """Return the description of a release: the whole, each named graph, the sets of links."""
    store, day = built.statements.store, issued(built)
    whole = _statistics(store, {None: (DATASET, "")}, "whole")
    found = {
        *_head(),
        *describe_publisher(),
        *describe_rights(),
        *_about(DATASET, TITLE, DESCRIPTION, day),
        *whole,
        *_vocabularies_and_examples(store, whole),
        *_links(store),
        *_dumps(downloads),
    }
    for part in graphs.values():
        found |= {
            Triple(DATASET, VOID.subset, part.iri),
            *_about(part.iri, part.title, part.description, day),
        }
    parts: Parts = {part.iri: (part.iri, f"{slug}-") for slug, part in graphs.items()}
    return found | _statistics(store, parts, "graph")


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


def _statistics(store: Store, parts: Parts, scope: str) -> set[Triple]:
    """Return the counts of datasets, and of each of their classes and properties.

    `parts`: the datasets by named graph; None is the union of all, whose `scope` is "whole".
    """
    found: set[Triple] = set()
    for dataset, _, counts in _rows(store, parts, scope, "counts"):
        found |= _counts(dataset, *counts)
    numbers = {
        (dataset, term): 0
        for dataset, _ in parts.values()
        for term in (VOID.entities, VOID.classes, VOID.properties)
    }
    for dataset, _, (members,) in _rows(store, parts, scope, "entities"):
        numbers[dataset, VOID.entities] = int(members.value)
    for dataset, prefix, (class_, members, _) in _rows(store, parts, scope, "classes"):
        part = _part(f"{prefix}class", class_)
        numbers[dataset, VOID.classes] += 1
        found |= {
            Triple(dataset, VOID.classPartition, part),
            Triple(part, VOID["class"], class_),
            Triple(part, VOID.entities, members),
        }
    for dataset, prefix, (property_, *of_property) in _rows(store, parts, scope, "properties"):
        part = _part(f"{prefix}property", property_)
        numbers[dataset, VOID.properties] += 1
        found |= {
            Triple(dataset, VOID.propertyPartition, part),
            Triple(part, VOID.property, property_),
            *_counts(part, *of_property),
        }
    return found | {Triple(d, term, integer(number)) for (d, term), number in numbers.items()}


def _rows(
    store: Store, parts: Parts, scope: str, name: str
) -> Iterator[tuple[NamedNode, str, tuple[Any, ...]]]:
    """Yield the rows of a query of queries/void with the dataset they are about."""
    for row in select(store, f"void/{scope}-{name}"):
        graph_name, values = (None, row) if scope == "whole" else (row[0], row[1:])
        yield *parts[graph_name], values


def _counts(
    dataset: NamedNode, triples: Literal, subjects: Literal, objects: Literal
) -> set[Triple]:
    return {
        Triple(dataset, VOID.triples, triples),
        Triple(dataset, VOID.distinctSubjects, subjects),
        Triple(dataset, VOID.distinctObjects, objects),
    }


def _part(kind: str, term: NamedNode) -> NamedNode:
    """Return the IRI of the part of a dataset that a class or property makes."""
    for prefix, namespace in PREFIXES.items():
        if term.value.startswith(namespace):
            return NamedNode(f"{FILE}#{kind}-{prefix}-{term.value.removeprefix(namespace)}")
    name = re.sub(r"[^A-Za-z0-9]+", "-", term.value.partition("//")[2])
    return NamedNode(f"{FILE}#{kind}-{name}")


def _vocabularies_and_examples(store: Store, whole: set[Triple]) -> set[Triple]:
    """Return the vocabularies, and one resource of each class people come for.

    `whole`: the statistics, which name every property.
    """
    first = {class_: first for class_, _, first in select(store, "void/whole-classes")}
    terms = {triple.object for triple in whole if triple.predicate == VOID.property} | set(first)
    spaces = {re.sub(r"[^#/]*$", "", getattr(term, "value", "")) for term in terms}
    return {
        *(Triple(DATASET, VOID.vocabulary, NamedNode(space)) for space in spaces),
        *(
            Triple(DATASET, VOID.exampleResource, NamedNode(first[class_].value))
            for class_ in EXAMPLES
            if class_ in first
        ),
    }


def _links(store: Store) -> set[Triple]:
    """Return the sets of links to other datasets: one for each property and target.

    descriptions/targets.csv says where links lead, and how one gets on from there.
    """
    links = [
        quad.triple
        for predicate in LINKS
        for quad in store.quads_for_pattern(None, predicate, None, None)
    ]
    found: set[Triple] = set()
    for row in read_table(DESCRIPTIONS / "targets.csv"):
        by_predicate: dict[NamedNode, set[Triple]] = defaultdict(set)
        for link in links:
            if isinstance(link.object, NamedNode) and link.object.value.startswith(
                row["uri_space"]
            ):
                by_predicate[link.predicate].add(link)
        target = NamedNode(row["homepage"])
        for predicate, of_predicate in by_predicate.items():
            linkset = _part(f"links-{row['target']}", predicate)
            found |= _linkset(linkset, predicate, target, of_predicate)
            text = Text(row["description_ja"], row["description_en"])
            found |= text.triples(linkset, DCTERMS.description)
        if by_predicate:
            found |= _target(target, row)
    return found


def _linkset(
    linkset: NamedNode, predicate: NamedNode, target: NamedNode, links: set[Triple]
) -> set[Triple]:
    subjects = {link.subject for link in links}
    objects = {link.object for link in links}
    return {
        Triple(DATASET, VOID.subset, linkset),
        Triple(linkset, RDF.type, VOID.Linkset),
        Triple(linkset, VOID.subjectsTarget, DATASET),
        Triple(linkset, VOID.objectsTarget, target),
        Triple(linkset, VOID.linkPredicate, predicate),
        *_counts(linkset, integer(len(links)), integer(len(subjects)), integer(len(objects))),
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
