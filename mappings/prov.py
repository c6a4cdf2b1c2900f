"""How a release was made: documents, tables and software, in PROV, written to prov.ttl.

It has no time in it and no version that differs from machine to machine: a library stands with
the versions Enishi asks for.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from .build import Built
from .publication import DATASET, HOME, NAME, PUBLISHER, TITLE, Graph, Text, describe_publisher
from .recorder import document_iri
from .terms import BASE, DCTERMS, PROV, RDF, RDFS, SCHEMA, XSD, en, mint

FILE = f"{BASE}data/prov.ttl"
# What takes part in a build; the rest of the dependencies serve.
LIBRARIES = ("pyoxigraph", "pyshacl", "rdflib")
SOFTWARE = NamedNode(f"{FILE}#enishi")
BUILD = Text("版の作成", "Build of the release")
_REQUIREMENT = re.compile(r"([A-Za-z0-9_-]+)(.*)")


def release_iri(release: str) -> NamedNode:
    """Return the IRI of one release, whatever release is served."""
    return mint("release", release)


def describe_build(
    built: Built, graphs: dict[str, Graph], release: str, inputs: str, root: Path
) -> set[Triple]:
    """Return what the release was derived from and what made it.

    `inputs`: the sha256 of everything a build reads.
    """
    entity, activity = release_iri(release), NamedNode(f"{FILE}#build")
    found = {
        *describe_publisher(),
        Triple(entity, RDF.type, PROV.Entity),
        Triple(entity, PROV.specializationOf, DATASET),
        *TITLE.triples(entity, DCTERMS.title),
        Triple(entity, DCTERMS.identifier, Literal(release)),
        Triple(entity, PROV.wasGeneratedBy, activity),
        Triple(entity, PROV.wasAttributedTo, PUBLISHER),
        Triple(PUBLISHER, RDF.type, PROV.Agent),
        Triple(DATASET, RDF.type, PROV.Entity),
        Triple(activity, RDF.type, PROV.Activity),
        *BUILD.triples(activity, RDFS.label),
        Triple(activity, DCTERMS.identifier, Literal(f"sha256:{inputs}")),
        Triple(activity, PROV.wasAssociatedWith, SOFTWARE),
        *_software(root / "pyproject.toml"),
    }
    for slug, document in built.documents.items():
        found |= _document(document_iri(slug), document.metadata, document.as_of.isoformat())
        found |= {
            Triple(entity, PROV.wasDerivedFrom, document_iri(slug)),
            Triple(activity, PROV.used, document_iri(slug)),
        }
    for slug, graph in graphs.items():
        found |= {
            Triple(graph.iri, RDF.type, PROV.Entity),
            *graph.title.triples(graph.iri, DCTERMS.title),
            Triple(graph.iri, PROV.wasGeneratedBy, activity),
            Triple(entity, DCTERMS.hasPart, graph.iri),
        }
        if slug in built.documents:
            found.add(Triple(graph.iri, PROV.wasDerivedFrom, document_iri(slug)))
    for table, about in _registers(built.data / "registers"):
        found |= {*about, Triple(activity, PROV.used, table)}
    return found


def _document(iri: NamedNode, metadata: dict[str, Any], day: str) -> set[Triple]:
    """Return a source document, with the sha256 of the text that was read."""
    publisher = NamedNode(metadata["publisher"]["iri"])
    names = Text(metadata["publisher"]["ja"], metadata["publisher"]["en"])
    title = Text(metadata["title"]["ja"], metadata["title"]["en"])
    return {
        Triple(iri, RDF.type, PROV.Entity),
        *title.triples(iri, DCTERMS.title),
        Triple(iri, DCTERMS.identifier, Literal(f"sha256:{metadata['sha256']}")),
        Triple(iri, DCTERMS.date, Literal(day, datatype=XSD.date)),
        Triple(iri, DCTERMS.publisher, publisher),
        Triple(iri, PROV.wasAttributedTo, publisher),
        Triple(publisher, RDF.type, PROV.Agent),
        *names.triples(publisher, RDFS.label),
    }


def _registers(folder: Path) -> Iterator[tuple[NamedNode, set[Triple]]]:
    """Yield each table of the registers with what is said of it."""
    for path in sorted(folder.glob("*.csv")):
        table = NamedNode(f"{FILE}#register-{path.stem}")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        name = path.stem.replace("_", " ")
        yield (
            table,
            {
                Triple(table, RDF.type, PROV.Entity),
                *Text(f"台帳 {path.name}", f"Register of {name}").triples(table, RDFS.label),
                Triple(table, DCTERMS.identifier, Literal(f"sha256:{digest}")),
            },
        )


def _software(path: Path) -> set[Triple]:
    """Return Enishi with its version, and the libraries it builds with."""
    project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    found = {
        Triple(SOFTWARE, RDF.type, PROV.SoftwareAgent),
        *NAME.triples(SOFTWARE, RDFS.label),
        Triple(SOFTWARE, SCHEMA.softwareVersion, Literal(project["version"])),
        Triple(SOFTWARE, SCHEMA.url, HOME),
    }
    for requirement in project["dependencies"]:
        if (match := _REQUIREMENT.fullmatch(requirement)) and match[1] in LIBRARIES:
            library = NamedNode(f"{FILE}#{match[1]}")
            found |= {
                Triple(SOFTWARE, DCTERMS.requires, library),
                Triple(library, RDF.type, PROV.SoftwareAgent),
                Triple(library, RDFS.label, en(match[1])),
                Triple(library, SCHEMA.softwareVersion, Literal(match[2])),
            }
    return found
