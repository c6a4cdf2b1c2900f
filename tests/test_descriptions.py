"""What a release says of itself is true, and its files open in the programs they are for."""

import csv
import dataclasses
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import networkx
import pytest
from pyoxigraph import Literal, Quad, RdfFormat, Store
from pyshacl import validate
from rdflib import DCAT, DCTERMS, PROV, RDF, SH, SKOS, VOID, Graph, Namespace, URIRef

from mappings.asking import QUERIES
from mappings.errors import BuildError
from mappings.exports import TABLES, query_titles, read_rows
from mappings.publication import KINDS, describe_graphs, list_downloads
from mappings.statements import Statements
from mappings.terms import ENISHI, RDFS, graph, mint
from mappings.terms import RDF as TYPES
from server.downloads import read_downloads
from server.release import ReleaseError, open_release
from tests.test_private_data import MAIL, PHONE
from tests.test_server_release import write

SUITE = Path(__file__).resolve().parents[2] / "shared/suites/dcat-ap/releases/3.0.0/html/shacl"
BASE = "https://w3id.org/enishi/"
DATASET = URIRef(f"{BASE}id/dataset/enishi")
RDFS_LABEL = URIRef(RDFS.label.value)
SPDX = Namespace("http://spdx.org/rdf/terms#")
IANA = "https://www.iana.org/assignments/media-types/"
FILE_TYPES = "http://publications.europa.eu/resource/authority/file-type/"
MEDIA = {
    ".nq": ("application/n-quads", "RDF_N_QUADS"),
    ".ttl": ("text/turtle", "RDF_TURTLE"),
    ".jsonld": ("application/ld+json", "JSON_LD"),
    ".csv": ("text/csv", "CSV"),
    ".html": ("text/html", "HTML"),
    ".geojson": ("application/geo+json", "GEOJSON"),
    # IANA has no media type for GraphML.
    ".graphml": ("None", "XML"),
    ".txt": ("text/plain", "TXT"),
}
# Nothing lists itself, and the manifest has the hash of all the rest.
UNLISTED = {"dcat.ttl", "manifest.json"}
BUNKYO, MORIOKA = f"{BASE}id/municipality/13105", f"{BASE}id/municipality/03201"


@pytest.fixture(scope="module")
def void(release: Path) -> Graph:
    return Graph().parse(release / "void.ttl")


@pytest.fixture(scope="module")
def dcat(release: Path) -> Graph:
    return Graph().parse(release / "dcat.ttl")


@pytest.fixture(scope="module")
def prov(release: Path) -> Graph:
    return Graph().parse(release / "prov.ttl")


def names_of_files(release: Path) -> set[str]:
    return {p.relative_to(release).as_posix() for p in release.rglob("*") if p.is_file()}


def count(store: Store, what: str, where: str, dataset: URIRef) -> int:
    """Return COUNT(what) over the whole, or over the graph that `dataset` is."""
    pattern = where if dataset == DATASET else f"GRAPH <{dataset}> {{ {where} }}"
    solutions = store.query(
        f"SELECT (COUNT({what}) AS ?n) WHERE {{ {pattern} }}", use_default_graph_as_union=True
    )
    return int(next(iter(solutions))[0].value)


def said(graph: Graph, subject: Any, predicate: URIRef) -> int:
    (value,) = graph.objects(subject, predicate)
    return int(value)


def datasets(graphs: list[str]) -> list[URIRef]:
    return [DATASET, *(URIRef(f"{BASE}graph/{name}") for name in graphs)]


@pytest.fixture(scope="module")
def described(release: Path) -> list[URIRef]:
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    return datasets(list(manifest["graphs"]))


def test_void_counts_are_those_of_the_graph(void, store, described):
    for dataset in described:
        for predicate, what, where in (
            (VOID.distinctSubjects, "DISTINCT ?s", "?s ?p ?o"),
            (VOID.distinctObjects, "DISTINCT ?o", "?s ?p ?o"),
            (VOID.properties, "DISTINCT ?p", "?s ?p ?o"),
            (VOID.classes, "DISTINCT ?o", "?s a ?o"),
            (VOID.triples, "*", "?s ?p ?o"),
            (VOID.entities, "DISTINCT ?s", f'?s a ?c FILTER(STRSTARTS(STR(?s), "{BASE}id/"))'),
        ):
            found = said(void, dataset, predicate)
            assert found == count(store, what, where, dataset), (dataset, predicate)


def test_every_class_has_its_partition(void, store, described):
    for dataset in described:
        parts = list(void.objects(dataset, VOID.classPartition))
        assert len(parts) == said(void, dataset, VOID.classes)
        for part in parts:
            (class_,) = void.objects(part, VOID["class"])
            found = said(void, part, VOID.entities)
            assert found == count(store, "DISTINCT ?s", f"?s a <{class_}>", dataset)


def test_every_property_has_its_partition(void, store, described):
    for dataset in described:
        parts = list(void.objects(dataset, VOID.propertyPartition))
        assert len(parts) == said(void, dataset, VOID.properties)
        for part in parts:
            (term,) = void.objects(part, VOID.property)
            where = f"?s <{term}> ?o"
            assert said(void, part, VOID.triples) == count(store, "*", where, dataset)
        term, part = max((void.value(part, VOID.property), part) for part in parts)
        where = f"?s <{term}> ?o"
        subjects, objects = VOID.distinctSubjects, VOID.distinctObjects
        assert said(void, part, subjects) == count(store, "DISTINCT ?s", where, dataset)
        assert said(void, part, objects) == count(store, "DISTINCT ?o", where, dataset)


def test_every_link_to_another_dataset_is_in_a_linkset(void, store):
    linksets = set(void.subjects(RDF.type, VOID.Linkset))
    total = 0
    for linkset in linksets:
        (predicate,) = void.objects(linkset, VOID.linkPredicate)
        (target,) = void.objects(linkset, VOID.objectsTarget)
        (space,) = void.objects(target, VOID.uriSpace)
        assert (DATASET, VOID.subset, linkset) in void
        where = f'?s <{predicate}> ?o FILTER(STRSTARTS(STR(?o), "{space}"))'
        found = said(void, linkset, VOID.triples)
        assert found == count(store, "*", where, DATASET)
        total += found
    assert {void.value(linkset, VOID.objectsTarget) for linkset in linksets} == {
        URIRef("http://data.e-stat.go.jp/lod/sac/"),
        URIRef("https://info.gbiz.go.jp/"),
        URIRef("https://www.geonames.org/"),
        URIRef("http://www.wikidata.org/"),
    }
    assert total == count(store, "*", "?s ?p ?o", URIRef(f"{BASE}graph/linksets"))


def test_every_named_graph_is_a_subset_with_its_dumps(void, release, described):
    for dataset in described[1:]:
        assert (DATASET, VOID.subset, dataset) in void
        name = str(dataset).rpartition("/")[2]
        assert {str(dump) for dump in void.objects(dataset, VOID.dataDump)} == {
            f"{BASE}data/dumps/{name}{suffix}" for suffix in (".ttl", ".jsonld")
        }
    assert set(void.objects(DATASET, VOID.dataDump)) == {URIRef(f"{BASE}data/enishi.nq")}
    for dump in void.objects(None, VOID.dataDump):
        assert (release / str(dump).removeprefix(f"{BASE}data/")).is_file()


def test_void_tells_where_to_ask_and_what_to_look_at(void, store):
    assert set(void.objects(DATASET, VOID.sparqlEndpoint)) == {URIRef(f"{BASE}sparql")}
    (space,) = void.objects(DATASET, VOID.uriSpace)
    examples = list(void.objects(DATASET, VOID.exampleResource))
    assert len(examples) == 4
    for example in examples:
        assert example.startswith(space)
        assert count(store, "*", f"<{example}> ?p ?o", DATASET) > 1
    used = set(void.objects(DATASET, VOID.vocabulary))
    assert {URIRef(ENISHI.iri), URIRef(str(SKOS)), URIRef(str(PROV))} <= used
    assert all(str(vocabulary).endswith(("#", "/")) for vocabulary in used)


def test_every_dataset_is_titled_and_described_in_both_languages(void, dcat, described):
    catalogued = set(dcat.objects(None, DCAT.dataset))
    assert catalogued == set(described)
    resources = {
        (dcat, subject)
        for class_ in (DCAT.Catalog, DCAT.Dataset, DCAT.Distribution, DCAT.DataService)
        for subject in dcat.subjects(RDF.type, class_)
    }
    for graph_, subject in [*((void, dataset) for dataset in described), *resources]:
        for predicate in (DCTERMS.title, DCTERMS.description):
            languages = [text.language for text in graph_.objects(subject, predicate)]
            assert sorted(languages) == ["en", "ja"], (subject, predicate)


def test_descriptions_are_dated_by_the_data(void, dcat, built):
    (day,) = set(void.objects(None, DCTERMS.issued)) | set(dcat.objects(None, DCTERMS.issued))
    newest = max(document.as_of for document in built.documents.values())
    dated = [
        quad.object.value for quad in built.statements
        if quad.predicate.value == str(DCTERMS.modified)
    ]  # fmt: skip
    assert str(day) == max(newest.isoformat(), *dated)


def test_every_file_is_a_distribution_with_its_size_and_hash(dcat, release):
    listed = {}
    for file in dcat.subjects(RDF.type, DCAT.Distribution):
        (address,) = dcat.objects(file, DCAT.downloadURL)
        (checksum,) = dcat.objects(file, SPDX.checksum)
        assert set(dcat.objects(checksum, SPDX.algorithm)) == {SPDX.checksumAlgorithm_sha256}
        name = str(address).removeprefix(f"{BASE}data/")
        assert name not in listed
        listed[name] = (
            int(dcat.value(file, DCAT.byteSize)),
            str(dcat.value(checksum, SPDX.checksumValue, any=False)).lower(),
            str(dcat.value(file, DCAT.mediaType, any=False)).removeprefix(IANA),
            str(dcat.value(file, DCTERMS.format, any=False)).removeprefix(FILE_TYPES),
        )
        assert len(list(dcat.subjects(DCAT.distribution, file))) == 1
    assert set(listed) == names_of_files(release) - UNLISTED
    for name, (size, sha256, media, form) in listed.items():
        content = (release / name).read_bytes()
        assert (size, sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert (media, form) == MEDIA[Path(name).suffix]


def test_every_dataset_says_under_what_terms_and_whom_to_name(void, dcat, described):
    for found in (void, dcat):
        for dataset in described:
            (licence,) = found.objects(dataset, DCTERMS.license)
            assert str(licence) == "https://creativecommons.org/licenses/by/4.0/"
            (rights,) = found.objects(dataset, DCTERMS.rights)
            texts = {text.language: str(text) for text in found.objects(rights, RDFS_LABEL)}
            assert set(texts) == {"ja", "en"} and all("GeoNames" in t for t in texts.values())


def test_catalogue_has_the_endpoint(dcat):
    (service,) = dcat.subjects(RDF.type, DCAT.DataService)
    assert dcat.value(service, DCAT.endpointURL, any=False) == URIRef(f"{BASE}sparql")
    assert (service, DCAT.servesDataset, DATASET) in dcat


def dcat_ap(name: str) -> Graph:
    if not SUITE.is_dir():
        pytest.skip("the shapes of DCAT-AP are not at hand (../shared/suites)")
    return Graph().parse(SUITE / f"{name}.ttl")


def results(data: Graph, shapes: Graph, severity: URIRef | None = None) -> list[tuple[str, str]]:
    _, report, _ = validate(data, shacl_graph=shapes, inference="none")
    return sorted(
        (str(report.value(found, SH.resultPath)), str(report.value(found, SH.focusNode)))
        for found in report.subjects(RDF.type, SH.ValidationResult)
        if severity in (None, report.value(found, SH.resultSeverity))
    )


@pytest.mark.parametrize("name", ["shapes", "range", "deprecateduris"])
def test_catalogue_conforms_to_dcat_ap(dcat, name):
    assert results(dcat, dcat_ap(name)) == []


def test_catalogue_follows_the_recommendations_of_dcat_ap(dcat, built):
    """But for graphs that record no day, and the outline of Japan, which is not ours to draw."""
    found = results(dcat, dcat_ap("shapes_recommended"))
    japan = "http://publications.europa.eu/resource/authority/country/JPN"
    undated = {"derived", "linksets", "ontology", "provenance", "registers"}
    assert found == sorted(
        [
            *((str(DCTERMS.temporal), f"{BASE}graph/{name}") for name in undated),
            (str(DCAT.bbox), japan),
            (str(DCAT.centroid), japan),
        ]
    )


def test_catalogue_uses_the_code_lists_of_dcat_ap(dcat):
    """But for what is no EU body, and the hash: the shape wants https where SPDX has http."""
    shapes = dcat_ap("mdr-vocabularies.shape")
    publisher = f"{BASE}data/dcat.ttl#publisher"
    for path, focus in results(dcat, shapes, SH.Violation):
        assert path == str(SPDX.algorithm) or focus in (
            publisher,
            str(SPDX.checksumAlgorithm_sha256),
        )


def test_catalogue_without_titles_or_sizes_breaks_dcat_ap(dcat):
    broken = Graph() + dcat
    broken.remove((None, DCTERMS.title, None))
    assert {path for path, _ in results(broken, dcat_ap("shapes"))} == {str(DCTERMS.title)}
    broken = Graph() + dcat
    broken.remove((None, RDF.type, DCTERMS.MediaType))
    assert {path for path, _ in results(broken, dcat_ap("range"))} == {str(DCAT.mediaType)}


def test_release_is_derived_from_the_texts_of_every_document(prov, built, release):
    entity = URIRef(f"{BASE}id/release/{release.name}")
    found = {}
    for document in prov.objects(entity, PROV.wasDerivedFrom):
        found[str(document).rpartition("/")[2]] = str(prov.value(document, DCTERMS.identifier))
        assert len(list(prov.objects(document, DCTERMS.title))) == 2
        assert prov.value(document, PROV.wasAttributedTo)
    assert found == {
        slug: f"sha256:{document.metadata['sha256']}" for slug, document in built.documents.items()
    }
    for slug in built.documents:
        mine = set(prov.objects(URIRef(f"{BASE}graph/{slug}"), PROV.wasDerivedFrom))
        assert mine == {URIRef(f"{BASE}id/document/{slug}")}


def test_build_names_software_and_tables_but_no_time(prov, release):
    entity = URIRef(f"{BASE}id/release/{release.name}")
    (build,) = prov.objects(entity, PROV.wasGeneratedBy)
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    assert str(prov.value(build, DCTERMS.identifier)) == f"sha256:{manifest['inputs']}"
    (software,) = prov.objects(build, PROV.wasAssociatedWith)
    version = URIRef("https://schema.org/softwareVersion")
    assert re.fullmatch(r"\d+\.\d+\.\d+", str(prov.value(software, version)))
    libraries = set(prov.objects(software, DCTERMS.requires))
    assert {str(library).rpartition("#")[2] for library in libraries} == {
        "pyoxigraph", "pyshacl", "rdflib"
    }  # fmt: skip
    used = {str(prov.value(thing, DCTERMS.identifier)) for thing in prov.objects(build, PROV.used)}
    registers = Path(__file__).resolve().parent.parent / "data" / "registers"
    for table in registers.glob("*.csv"):
        assert f"sha256:{hashlib.sha256(table.read_bytes()).hexdigest()}" in used
    times = {PROV.startedAtTime, PROV.endedAtTime, PROV.generatedAtTime}
    assert not times & set(prov.predicates())


def test_manifest_lists_every_file_with_what_it_is(release):
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    assert {entry["file"] for entry in manifest["downloads"]} == set(manifest["files"])
    kinds = [entry["kind"] for entry in manifest["downloads"]]
    assert set(kinds) == set(KINDS) and kinds == sorted(kinds, key=KINDS.index)
    for entry in manifest["downloads"]:
        about = manifest["files"][entry["file"]]
        assert (entry["size"], entry["sha256"]) == (about["size"], about["sha256"])
        assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", entry["title"]["ja"])
        assert re.fullmatch(r"[^\u3040-\u30ff\u4e00-\u9fff]+", entry["title"]["en"])


def test_no_two_files_are_called_the_same(release):
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    for language in ("ja", "en"):
        called = [(entry["title"][language], entry["format"]) for entry in manifest["downloads"]]
        assert len(set(called)) == len(called)


def test_server_reads_the_list(release, tmp_path):
    downloads = open_release(release).downloads
    assert {download.file for download in downloads} == names_of_files(release) - {"manifest.json"}
    first = downloads[0]
    assert (first.file, first.kind, first.media_type) == (
        "enishi.nq", "whole", "application/n-quads"
    )  # fmt: skip
    assert (first.title("ja"), first.title("en")) == ("全データ", "The whole graph")
    assert open_release(write(tmp_path)).downloads == ()


@pytest.mark.parametrize(
    ("listed", "sentence"),
    [
        ({}, "found dict for downloads, expected a list"),
        ([1], "found None for downloads → 1 → file, expected a value of type str"),
        ([{"file": "a", "kind": "whole"}], "found None for downloads → 1 → title_ja"),
    ],
)
def test_a_wrong_list_is_refused_naming_the_member(tmp_path, listed, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        read_downloads(listed)
    with pytest.raises(ReleaseError, match=r"manifest\.json: " + re.escape(sentence)):
        open_release(write(tmp_path, downloads=listed))


def test_file_nobody_described_stops_the_release(built, tmp_path):
    (tmp_path / "surprise.nq").write_bytes(b"")
    with pytest.raises(BuildError, match=r"surprise\.nq: found no kind, title or format"):
        list_downloads(tmp_path, {})


def test_graph_nobody_described_stops_the_release(built):
    quad = Quad(mint("x", "1"), TYPES.type, ENISHI.Activity, graph("surprise"))
    with pytest.raises(BuildError, match="found no row for the graph surprise"):
        describe_graphs(dataclasses.replace(built, statements=Statements([quad])))


def read_csv(release: Path, name: str) -> list[dict[str, str]]:
    text = (release / "tables" / f"{name}.csv").read_bytes().decode("utf-8")
    assert not text.startswith("\ufeff")
    return list(csv.DictReader(text.splitlines(keepends=True), strict=True))


CLASSES = {
    name: "http://purl.org/linked-data/cube#Observation" if name == "observation"
    else ENISHI.iri + "".join(part.capitalize() for part in name.split("-"))
    for name in TABLES
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_table_has_a_row_for_each_thing_of_its_class(release, store, name):
    rows = read_csv(release, name)
    solutions = store.query(
        f"SELECT DISTINCT ?s {{ ?s a <{CLASSES[name]}> }}", use_default_graph_as_union=True
    )
    assert sorted(row["iri"] for row in rows) == sorted(s[0].value for s in solutions)
    assert all(row["label_ja"] and row["label_en"] for row in rows)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_a_table_has_something_in_it(release, name):
    rows = read_csv(release, name)
    assert [column for column in rows[0] if not any(row[column] for row in rows)] == []


@pytest.mark.parametrize("name", TABLES)
def test_names_stand_in_the_order_of_their_iris(release, store, name):
    labels: dict[str, dict[str, str]] = {}
    for quad in store.quads_for_pattern(None, RDFS.label, None):
        if isinstance(quad.object, Literal):
            labels.setdefault(quad.subject.value, {})[quad.object.language] = quad.object.value
    for row in read_csv(release, name):
        stems = [c.removesuffix("_iri") for c in row if c.endswith("_iri") and row[c]]
        for stem in stems:
            iris = row[f"{stem}_iri"].split("|")
            assert len(set(iris)) == len(iris)
            for language in ("ja", "en"):
                expected = "|".join(labels[iri][language] for iri in iris)
                assert row[f"{stem}_{language}"] == expected


def test_table_of_agreements_says_what_the_graph_says(release, store):
    (row,) = (
        row for row in read_csv(release, "agreement")
        if row["iri"] == f"{BASE}id/agreement/bunkyo-2024/118"
    )  # fmt: skip
    assert row["label_ja"] == "友好都市協定" and row["signed_on"] == "2024-10-13"
    assert row["party_ja"] == "文京区|うるま市"
    assert row["source_document"] == "bunkyo_exchange_2024|bunkyo_exchange_2024"
    assert row["source_lines"] == "372-372|402-402"
    parties = sum(len(row["party_iri"].split("|")) for row in read_csv(release, "agreement"))
    assert parties == count(store, "*", f"?s <{ENISHI.iri}party> ?o", DATASET)


def test_codes_keep_their_zeros(release):
    rows = {row["iri"]: row for row in read_csv(release, "municipality")}
    morioka = rows[MORIOKA]
    assert (morioka["local_government_code"], morioka["type"]) == ("032018", "City")
    assert morioka["standard_area_code"] == "03201"
    assert {row["type"] for row in rows.values()} == {
        "City", "DesignatedCity", "SpecialWard", "Town", "Village"
    }  # fmt: skip


def about(name: str, *objects: str) -> set[Quad]:
    """Return an activity with participants, each called as its number and a |."""
    activity, graph_ = mint("activity", "demo", name), graph("demo")
    found = {Quad(activity, TYPES.type, ENISHI.Activity, graph_)}
    for number in objects:
        agent = mint("organization", number)
        found.add(Quad(activity, ENISHI.participant, agent, graph_))
        found.add(Quad(agent, RDFS.label, Literal(f"ja {number}", language="ja"), graph_))
        found.add(Quad(agent, RDFS.label, Literal(f"en {number}", language="en"), graph_))
    return found


def test_values_of_one_thing_are_joined_in_natural_order():
    store = Statements(about("10", "2", "10", "1") | about("9", "2")).store
    first, second = read_rows(store, "tables/activity").rows
    assert (first["participant_ja"], second["participant_ja"]) == ("ja 2", "ja 1|ja 2|ja 10")
    assert second["participant_iri"].split("|")[2] == f"{BASE}id/organization/10"
    assert second["organizer_iri"] == ""


def test_separator_inside_one_of_several_values_is_refused():
    quads = {
        Quad(mint("activity", "demo", "1"), ENISHI.theme, Literal(text, language="ja"), graph("d"))
        for text in ("a|b", "c")
    }
    store = Statements(about("1") | quads).store
    with pytest.raises(BuildError, match=r"demo/1: found \| in one of several values"):
        read_rows(store, "tables/activity")


def test_one_value_may_have_the_separator_in_it(release):
    rows = read_csv(release, "correction")
    assert any("|" in row["printed"] for row in rows)


EXPORTED = sorted([*QUERIES.glob("*.rq"), *QUERIES.glob("tables/*.rq")])


@pytest.mark.parametrize("path", EXPORTED, ids=lambda path: path.stem)
def test_every_query_is_titled_in_both_languages(path):
    titles = query_titles(path.relative_to(QUERIES).with_suffix("").as_posix())
    assert set(titles) == {"ja", "en"}


def test_every_place_with_coordinates_is_on_the_map(release, store):
    places = json.loads((release / "places.geojson").read_text(encoding="utf-8"))
    lat = "http://www.w3.org/2003/01/geo/wgs84_pos#lat"
    assert places["type"] == "FeatureCollection" and set(places) == {"type", "features"}
    assert len(places["features"]) == count(store, "DISTINCT ?s", f"?s <{lat}> ?o", DATASET)
    for feature in places["features"]:
        assert set(feature) == {"type", "id", "geometry", "properties"}
        longitude, latitude = feature["geometry"]["coordinates"]
        assert feature["geometry"]["type"] == "Point"
        assert -180 <= longitude <= 180 and -90 <= latitude <= 90
        properties = feature["properties"]
        assert properties["iri"] == feature["id"]
        assert all(properties[name] for name in ("label_ja", "label_en", "type"))
    by_iri = {feature["id"]: feature for feature in places["features"]}
    assert by_iri[BUNKYO]["geometry"]["coordinates"] == [139.752473, 35.707976]
    assert by_iri[BUNKYO]["properties"]["code"] == "13105"
    ties = f"<{BUNKYO}> <{ENISHI.iri}tie> ?o"
    assert by_iri[BUNKYO]["properties"]["tie_count"] == count(store, "*", ties, DATASET)
    prefecture = by_iri[f"{BASE}id/prefecture/13"]["properties"]
    assert (prefecture["type"], prefecture["code"]) == ("Prefecture", "13000")


def test_ties_open_as_a_network(release, store):
    network = networkx.read_graphml(release / "ties.graphml")
    assert not network.is_directed() and not networkx.number_of_selfloops(network)
    agents = count(store, "DISTINCT ?s", f"?s <{ENISHI.iri}tie> ?o", DATASET)
    ties = count(store, "DISTINCT ?s", f"?s a <{ENISHI.iri}Tie>", DATASET)
    assert (network.number_of_nodes(), network.number_of_edges()) == (agents, ties)
    for _, about_node in network.nodes(data=True):
        assert about_node["label_ja"] and about_node["label_en"] and about_node["type"]
    for node, degree in network.degree:
        assert network.nodes[node]["tie_count"] == degree
    total = sum(about_edge["evidence_count"] for *_, about_edge in network.edges(data=True))
    assert total == count(store, "*", f"?s <{ENISHI.iri}evidence> ?o", DATASET)


def test_tie_has_its_first_and_last_date(release, store):
    network = networkx.read_graphml(release / "ties.graphml")
    node = {about_node["iri"]: name for name, about_node in network.nodes(data=True)}
    tie = network.edges[node[BUNKYO], node[MORIOKA]]
    terms = "|".join(f"<{ENISHI.iri}{name}>" for name in ("start", "end", "signedOn"))
    solutions = store.query(
        f"SELECT ?day {{ <{tie['iri']}> <{ENISHI.iri}evidence>/({terms}) ?day }}",
        use_default_graph_as_union=True,
    )
    days = [solution[0].value for solution in solutions]
    assert (tie["first_date"], tie["last_date"]) == (min(days), max(days))
    assert network.nodes[node[BUNKYO]]["latitude"] == pytest.approx(35.707976)


@pytest.mark.parametrize(
    ("suffix", "form"), [(".ttl", RdfFormat.TURTLE), (".jsonld", RdfFormat.JSON_LD)]
)
def test_dumps_of_the_graphs_are_the_graph(release, store, suffix, form):
    dumped = Store()
    for path in (release / "dumps").glob(f"*{suffix}"):
        dumped.load(path=path, format=form, to_graph=graph(path.stem))
    assert set(dumped) == set(store)


def test_no_file_has_a_way_to_reach_a_person(release):
    """The dumps say what enishi.nq says. Of an address the end is enough, and faster to find."""
    end_of_mail = re.compile(MAIL.pattern.replace("]+[@", "][@"))
    # Put together here, so that the pattern is tried and no address stands in the project.
    assert end_of_mail.search("@".join(("post", "example.jp")))
    for name in names_of_files(release):
        if not name.startswith("dumps/"):
            text = (release / name).read_text(encoding="utf-8")
            for pattern in (PHONE, end_of_mail):
                assert not (found := pattern.search(text)), (name, found)
