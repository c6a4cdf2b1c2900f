"""The vocabulary and the shapes are pages and documents that say all of them, in both languages."""

import csv
import html
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, RdfFormat, Store, parse
from rdflib import RDF, RDFS, SH, SKOS, Graph, URIRef
from rdflib.compare import isomorphic

from server import create_app
from server.release import open_release
from server.reused_terms import FILE, reused_terms

ROOT = Path(__file__).resolve().parent.parent
ENISHI = "https://w3id.org/enishi/ontology#"
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
SUFFIXES = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
}


@pytest.fixture(scope="module")
def client(release: Path) -> FlaskClient:
    return create_app({"STORE": open_release(release)}).test_client()


@pytest.fixture(scope="module")
def terms() -> Graph:
    return Graph().parse(ROOT / "ontology" / "enishi.ttl")


@pytest.fixture(scope="module")
def shapes() -> Graph:
    found = Graph()
    for path in sorted((ROOT / "shapes").glob("*.ttl")):
        found.parse(path)
    return found


def sections(page: str) -> dict[str, str]:
    """Return the part of each term on the page, by its anchor, as text a reader sees."""
    parts = re.findall(r'<section class="term" id="([^"]*)".*?</section>', page, re.S)
    whole = re.findall(r'<section class="term" id="[^"]*".*?</section>', page, re.S)
    return dict(zip(parts, map(html.unescape, whole), strict=True))


def in_language(graph: Graph, subject: URIRef, property_: URIRef, lang: str) -> str:
    (found,) = [str(o) for o in graph.objects(subject, property_) if o.language == lang]
    return found


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_term_has_its_place_with_label_and_definition(client, terms, lang):
    found = sections(client.get(f"/ontology?lang={lang}", headers={"Accept": "text/html"}).text)
    defined = {term for term in terms.subjects(RDFS.isDefinedBy) if str(term).startswith(ENISHI)}
    assert {ENISHI + name for name in found} == set(map(str, defined)) and len(found) > 70
    for term in defined:
        part = found[str(term).removeprefix(ENISHI)]
        for property_ in (RDFS.label, SKOS.definition):
            assert in_language(terms, term, property_, lang) in part
        for value in terms.objects(term, RDFS.range):
            assert f"/ontology?lang={lang}#" in part or f'href="{value}"' in part


def test_each_term_says_how_often_the_release_uses_it_and_shows_one_use(client, store):
    statements = {(quad.subject, quad.predicate, quad.object) for quad in store}
    uses = Counter(p.value for _, p, _ in statements if p != TYPE)
    uses.update(o.value for _, p, o in statements if p == TYPE and isinstance(o, NamedNode))
    for name, part in sections(client.get("/ontology.html?lang=en").text).items():
        told = re.search(r"Uses in this release</dt><dd>([0-9,]+)<", part)[1]
        assert int(told.replace(",", "")) == uses[ENISHI + name], name
        example = re.search(r"<dt>Example</dt><dd>(.*?)</dd>", part)
        assert bool(example) == bool(uses[ENISHI + name])
        assert example is None or '<a href="/id/' in example[1]


def test_a_term_leads_to_what_checks_it_to_its_code_list_and_to_other_vocabularies(client):
    found = sections(client.get("/ontology.html?lang=en").text)
    assert "#Agreement-party" in found["party"] and "two parties or more" in found["party"]
    assert "/shapes?lang=en#of-Agreement" in found["Agreement"]
    assert "/id/code/field?lang=en" in found["field"]
    assert 'href="https://schema.org/Event" rel="noreferrer">schema:Event' in found["Activity"]
    assert "#LocalGovernment" in found["Municipality"] and "#City" in found["Municipality"]


def test_every_code_list_is_linked(client, store):
    scheme = NamedNode("http://www.w3.org/2004/02/skos/core#ConceptScheme")
    page = client.get("/ontology.html").text
    schemes = {q.subject.value for q in store.quads_for_pattern(None, TYPE, scheme, None)}
    assert len(schemes) == 7
    assert all(f'href="/id/code/{iri.rpartition("/")[2]}"' in page for iri in schemes)


def test_the_formats_of_the_ontology_hold_the_statements_of_its_graph(client, store):
    graph = NamedNode("https://w3id.org/enishi/graph/ontology")
    expected = {str(quad.triple) for quad in store.quads_for_pattern(None, None, None, graph)}
    assert len(expected) > 1500
    for suffix, fmt in SUFFIXES.items():
        answer = client.get(f"/ontology.{suffix}")
        assert {str(quad.triple) for quad in parse(answer.data, format=fmt)} == expected, suffix
    document = client.get("/ontology.jsonld").json
    context = client.get("/context.jsonld").json["@context"]
    data = json.dumps({"@context": context, "@graph": document["@graph"]}).encode()
    assert {str(q.triple) for q in parse(data, format=RdfFormat.JSON_LD)} == expected


def test_the_version_answers_and_no_other(client, terms):
    version = terms.value(URIRef("https://w3id.org/enishi/ontology"), URIRef(
        "http://www.w3.org/2002/07/owl#versionIRI"))  # fmt: skip
    path = str(version).removeprefix("https://w3id.org/enishi")
    page = client.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 200 and f'<{version}>; rel="canonical"' in page.headers["Link"]
    assert client.get(f"{path}.ttl").data == client.get("/ontology.ttl").data
    assert client.get("/ontology/0.0.1").status_code == 404


def test_a_format_that_is_not_made_is_refused(client):
    for path in ("/ontology.csv", "/shapes.csv", "/ontology.none", "/shapes.none", "/fields.ttl"):
        answer = client.get(path)
        assert answer.status_code == 404 and path in answer.json["detail"]
    assert client.get("/shapes", headers={"Accept": "text/csv"}).status_code == 406
    refused = client.get("/fields", headers={"Accept": "text/turtle"})
    assert refused.status_code == 406 and refused.json["formats"] == ["text/html"]


def test_a_client_that_has_a_document_is_told_so(client):
    for path in ("/ontology.ttl", "/shapes.ttl", "/shapes.html", "/discrepancies.csv"):
        tag = client.get(path).headers["ETag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304, path


def test_a_graph_without_an_ontology_has_no_vocabulary():
    client = create_app({"STORE": Store(), "RELEASE_ID": "none"}).test_client()
    assert client.get("/ontology").status_code == 404
    assert client.get("/shapes.ttl").status_code == 200


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_constraint_is_a_row_with_its_sentence_severity_and_property(client, shapes, lang):
    page = client.get(f"/shapes?lang={lang}", headers={"Accept": "text/html"}).text
    rows = {r[0]: html.unescape(r[1]) for r in re.findall(r'<tr id="(.*?)">(.*?)</tr>', page, re.S)}
    said = {subject for subject in shapes.subjects(SH.message) if isinstance(subject, URIRef)}
    assert {str(shape).partition("#")[2] for shape in said} == set(rows) and len(rows) > 150
    for shape in said:
        row = rows[str(shape).partition("#")[2]]
        assert in_language(shapes, shape, SH.message, lang) in row
        should = shapes.value(shape, SH.severity) == SH.Warning
        words = {"ja": ("必須", "推奨"), "en": ("must", "should")}[lang]
        assert f"<td>{words[should]}</td>" in row
        path = shapes.value(shape, SH.path)
        if isinstance(path, URIRef) and str(path).startswith(ENISHI):
            assert f"/ontology?lang={lang}#{str(path).removeprefix(ENISHI)}" in row


def test_constraints_stand_with_the_class_they_are_for(client, shapes):
    page = client.get("/shapes.html").text
    groups = dict(re.findall(r'<section id="of-([^"]*)"(.*?)</section>', page, re.S))
    for shape in shapes.subjects(RDF.type, SH.NodeShape):
        for part in shapes.objects(shape, SH.property):
            (holder,) = [
                n for n, text in groups.items() if f'id="{part.partition("#")[2]}"' in text
            ]
            targets = set(shapes.objects(shape, SH.targetClass))
            shown = set(
                shapes.objects(URIRef(f"{shape.partition('#')[0]}#{holder}"), SH.targetClass)
            )
            assert targets == shown, part


def test_the_formats_of_the_shapes_are_the_files_of_the_shapes(client, shapes):
    for suffix, name in (("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml")):
        found = Graph().parse(data=client.get(f"/shapes.{suffix}").data, format=name)
        assert isomorphic(found, shapes), suffix
    assert b"# Covers" in client.get("/shapes.ttl").data


def test_the_shapes_are_written_in_the_same_way_by_every_process(client, release):
    other = create_app({"STORE": open_release(release)}).test_client()
    assert other.get("/shapes.nt").data == client.get("/shapes.nt").data


def test_every_predicate_and_class_of_the_release_has_a_label_in_both_languages(store):
    used = {quad.predicate for quad in store}
    used |= {q.object for q in store.quads_for_pattern(None, TYPE, None, None)}
    missing = []
    for term in used:
        said = store.quads_for_pattern(term, LABEL, None, None)
        labels = {q.object.language for q in said if isinstance(q.object, Literal)}
        reused = reused_terms().get(term.value, ("", ""))
        if not labels >= {"ja", "en"} and not all(reused):
            missing.append(term.value)
    assert len(used) > 120 and not missing


def test_reused_terms_are_listed_once_in_order_and_are_not_ours():
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [row["term"] for row in rows]
    assert names == sorted(names, key=lambda name: (name.startswith("http:"), name))
    assert len(set(names)) == len(names) == len(reused_terms())
    for row in rows:
        assert row["ja"] and row["en"].isascii() and not row["term"].startswith("enishi:")
    assert all(iri.startswith("http") for iri in reused_terms())


def test_facts_are_headed_by_words_not_by_prefixed_names(client):
    for path in ("document/clair_sectoral_2012", "municipality/13105", "code/field/culture",
                 "record/hokkaido-2022/9", "association/gunma-cities", "country/CN"):  # fmt: skip
        for lang in ("ja", "en"):
            page = client.get(f"/id/{path}.html?lang={lang}").text
            headings = re.findall(r"<dt>(?:<a [^>]*>)?([^<]*)", page)
            assert headings and not [h for h in headings if re.search(r"^\w+:\w|http", h)], path
