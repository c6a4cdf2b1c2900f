"""The vocabulary is declared once, in both languages, and nothing outside it is used."""

import re
from collections import Counter
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, ORG, OWL, PROV, QB, RDF, RDFS, SDO, SKOS

from mappings.terms import PREFIXES
from server.prefixes import prefixes

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
ONTOLOGY = ROOT / "ontology"
ENISHI = "https://w3id.org/enishi/ontology#"
CODE = "https://w3id.org/enishi/id/code/"
ESCONV = "http://vocab.ciudadesabiertas.es/def/sector-publico/convenio#"
IMI = "http://imi.go.jp/ns/core/rdf#"

TURTLE_FILES = sorted([*ONTOLOGY.rglob("*.ttl"), *(ROOT / "shapes").rglob("*.ttl")])
SOURCE_FILES = sorted([*(ROOT / "mappings").rglob("*.py"), *(ROOT / "server").rglob("*.py")])
QUERY_FILES = sorted([*(ROOT / "server").rglob("*.rq"), *(SHARED / "contract").glob("*.rq")])

VOCABULARY = Graph().parse(ONTOLOGY / "enishi.ttl")
CODES = Graph().parse(ONTOLOGY / "codes.ttl")
ALIGNMENTS = Graph().parse(ONTOLOGY / "alignments.ttl")
TERMS = sorted(
    str(term).removeprefix(ENISHI)
    for term in set(VOCABULARY.subjects(RDFS.isDefinedBy, None))
    if str(term).startswith(ENISHI)
)
CLASSES = sorted(
    str(term).removeprefix(ENISHI) for term in VOCABULARY.subjects(RDF.type, OWL.Class)
)
CONCEPTS = sorted(
    str(concept).removeprefix(CODE) for concept in CODES.subjects(RDF.type, SKOS.Concept)
)
SCHEMES = sorted(
    str(scheme).removeprefix(CODE) for scheme in CODES.subjects(RDF.type, SKOS.ConceptScheme)
)
NINE_FIELDS = (
    "教育交流 文化交流 スポーツ交流 医療交流 経済交流（農業等） 経済交流（工業等） "
    "経済交流（商業等） 行政交流 その他交流"
)
JAPANESE = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uff66-\uff9f]")
PREFIX = re.compile(r"^@prefix ([a-z]*): <([^>]*)> \.$", re.MULTILINE)


def relative(path: Path) -> str:
    """Return the path below the root of the project."""
    return str(path.relative_to(ROOT))


def languages(graph: Graph, subject: URIRef, predicate: URIRef) -> list[str | None]:
    """Return the language of every value, sorted."""
    values = [v for v in graph.objects(subject, predicate) if isinstance(v, Literal)]
    return sorted(value.language for value in values)


def of_namespace(graph: Graph, namespace: str) -> set[str]:
    """Return the local names of a namespace that occur anywhere in the graph."""
    nodes = {str(n) for triple in graph for n in triple if isinstance(n, URIRef)}
    nodes |= {str(n.datatype) for n in graph.objects() if isinstance(n, Literal) and n.datatype}
    return {n.removeprefix(namespace) for n in nodes if n.startswith(namespace)}


@pytest.mark.parametrize("path", TURTLE_FILES, ids=relative)
def test_terms_and_codes_that_are_used_are_declared(path: Path) -> None:
    graph = Graph().parse(path)
    assert of_namespace(graph, ENISHI) <= set(TERMS)
    assert of_namespace(graph, CODE) <= {*CONCEPTS, *SCHEMES}


@pytest.mark.parametrize("path", TURTLE_FILES, ids=relative)
def test_every_prefix_is_used_and_sorted_after_our_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    prefixes = [prefix for prefix, _ in PREFIX.findall(text)]
    body = re.sub(r'"[^"]*"|<[^>]*>|^#.*$', "", PREFIX.sub("", text), flags=re.MULTILINE)
    assert [p for p in prefixes if not re.search(rf"(?<!\w){p}:", body)] == []
    ours = [p for p in prefixes if p in {"esh", "enishi", "code"}]
    assert prefixes == ours + sorted(set(prefixes) - set(ours))


# What these show is a tag that lies.
LYING = {f"{name}.invalid.ttl" for name in ("Agent-english", "Agent-japanese", "Titled-english")}


@pytest.mark.parametrize("path", [p for p in TURTLE_FILES if p.name not in LYING], ids=relative)
def test_language_tags_tell_the_truth(path: Path) -> None:
    for value in Graph().parse(path).objects():
        if isinstance(value, Literal) and value.language:
            assert value.language in {"en", "ja", "ja-Hira"}, value
            assert bool(JAPANESE.search(value)) == (value.language != "en"), value


@pytest.mark.parametrize("name", TERMS)
def test_term_has_one_label_and_one_definition_in_each_language(name: str) -> None:
    for predicate in (RDFS.label, SKOS.definition):
        assert languages(VOCABULARY, URIRef(ENISHI + name), predicate) == ["en", "ja"]
    assert languages(VOCABULARY, URIRef(ENISHI + name), SKOS.scopeNote) in ([], ["en", "ja"])


@pytest.mark.parametrize("name", TERMS)
def test_name_of_a_term_shows_its_kind(name: str) -> None:
    kinds = set(VOCABULARY.objects(URIRef(ENISHI + name), RDF.type))
    properties = {OWL.ObjectProperty, OWL.DatatypeProperty}
    assert (OWL.Class in kinds) == name[0].isupper()
    assert len(kinds & (properties | {OWL.Class})) == 1


def test_every_subject_of_the_vocabulary_is_a_term() -> None:
    header = URIRef(ENISHI.removesuffix("#"))
    subjects = {s for s in VOCABULARY.subjects() if s != header}
    assert subjects == {URIRef(ENISHI + name) for name in TERMS}


@pytest.mark.parametrize("name", ["Prefecture", "City", "SpecialWard", "Town", "Village"])
def test_kinds_of_local_government_are_formal_organizations(name: str) -> None:
    supers = set(VOCABULARY.transitive_objects(URIRef(ENISHI + name), RDFS.subClassOf))
    assert {URIRef(ENISHI + "LocalGovernment"), ORG.FormalOrganization} <= supers


def test_designated_city_is_a_city_and_a_city_a_municipality() -> None:
    supers = VOCABULARY.transitive_objects(URIRef(ENISHI + "DesignatedCity"), RDFS.subClassOf)
    assert {URIRef(ENISHI + "City"), URIRef(ENISHI + "Municipality")} <= set(supers)


def test_header_names_version_licence_and_prefix() -> None:
    header = URIRef(ENISHI.removesuffix("#"))
    assert languages(VOCABULARY, header, DCTERMS.title) == ["en", "ja"]
    version = VOCABULARY.value(header, OWL.versionInfo)
    assert VOCABULARY.value(header, OWL.versionIRI) == URIRef(f"{header}/{version}")
    assert VOCABULARY.value(header, DCTERMS.license) is not None


@pytest.mark.parametrize("name", CONCEPTS)
def test_concept_has_one_label_and_one_definition_in_each_language(name: str) -> None:
    for predicate in (SKOS.prefLabel, SKOS.definition):
        assert languages(CODES, URIRef(CODE + name), predicate) == ["en", "ja"]


@pytest.mark.parametrize("name", CONCEPTS)
def test_iri_of_a_concept_is_its_scheme_and_notation(name: str) -> None:
    scheme, notation = name.split("/")
    assert CODES.value(URIRef(CODE + name), SKOS.inScheme) == URIRef(CODE + scheme)
    assert CODES.value(URIRef(CODE + name), SKOS.notation) == Literal(notation)


@pytest.mark.parametrize("name", CONCEPTS)
def test_concept_is_at_the_top_or_has_a_broader_one_of_its_scheme(name: str) -> None:
    concept, scheme = URIRef(CODE + name), URIRef(CODE + name.partition("/")[0])
    broader = CODES.value(concept, SKOS.broader)
    at_the_top = (concept, SKOS.topConceptOf, scheme) in CODES
    assert at_the_top == (broader is None)
    assert at_the_top or (broader, SKOS.inScheme, scheme) in CODES


@pytest.mark.parametrize("scheme", SCHEMES)
def test_notations_and_labels_are_unique_in_their_scheme(scheme: str) -> None:
    assert languages(CODES, URIRef(CODE + scheme), RDFS.label) == ["en", "ja"]
    concepts = list(CODES.subjects(SKOS.inScheme, URIRef(CODE + scheme)))
    for predicate in (SKOS.notation, SKOS.prefLabel):
        values = Counter(v for concept in concepts for v in CODES.objects(concept, predicate))
        assert [value for value, times in values.items() if times > 1] == []


def test_nine_fields_bear_the_names_of_the_survey() -> None:
    tops = CODES.subjects(SKOS.topConceptOf, URIRef(CODE + "field"))
    labels = {
        str(v) for top in tops for v in CODES.objects(top, SKOS.prefLabel) if v.language == "ja"
    }
    assert labels == set(NINE_FIELDS.split())


@pytest.mark.parametrize("path", SOURCE_FILES, ids=relative)
def test_code_uses_declared_terms_only(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    used = re.findall(r'\bENISHI(?:\.|\[")([A-Za-z]+)', text)
    used += re.findall(r"ontology#([A-Za-z]+)", text)
    assert set(used) - {"iri"} <= set(TERMS)


@pytest.mark.parametrize("path", SOURCE_FILES, ids=relative)
def test_code_uses_declared_codes_only(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    pairs = re.findall(r'\bconcept\(\s*"([a-z-]+)",\s*"([a-z0-9-]+)"', text)
    assert {f"{scheme}/{code}" for scheme, code in pairs} <= set(CONCEPTS)


@pytest.mark.parametrize("path", QUERY_FILES, ids=lambda path: path.name)
def test_query_uses_declared_terms_only(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"\benishi:([A-Za-z]+)", text)) <= set(TERMS)


@pytest.mark.parametrize("namespace", [DCTERMS, FOAF, ORG, PROV, QB, SDO, SKOS])
def test_aligned_terms_exist(namespace: type) -> None:
    used = of_namespace(ALIGNMENTS + VOCABULARY, str(namespace))
    assert used <= set(namespace.__annotations__)


def test_aligned_terms_of_the_agreement_ontology_exist() -> None:
    path = SHARED / "reference" / "esconv_agreement_ontology.ttl"
    if not path.exists():
        pytest.skip("The folder ../shared/reference is absent.")
    declared = of_namespace(Graph().parse(path), ESCONV)
    assert of_namespace(ALIGNMENTS, ESCONV) <= declared


def test_aligned_terms_of_the_imi_core_vocabulary_exist() -> None:
    path = SHARED / "reference" / "imi_core_2.4.1.imiv.txt"
    if not path.exists():
        pytest.skip("The folder ../shared/reference is absent.")
    text = path.read_text(encoding="utf-8")
    declared = set(re.findall(r"^(?:class|property) ic:(\S+)", text, re.MULTILINE))
    assert of_namespace(ALIGNMENTS, IMI) <= declared


def test_every_alignment_starts_from_a_term_of_ours() -> None:
    assert {str(subject) for subject in ALIGNMENTS.subjects()} <= {ENISHI + n for n in TERMS}


@pytest.mark.parametrize("name", CLASSES)
def test_glossary_lists_every_class_with_its_labels(name: str) -> None:
    term = URIRef(ENISHI + name)
    labels = {v.language: str(v) for v in VOCABULARY.objects(term, RDFS.label)}
    row = f"| {labels['ja']} | `{name}` | {labels['en']} |"
    assert row in (ONTOLOGY / "README.md").read_text(encoding="utf-8")


def test_glossary_uses_each_word_once_and_declared_terms_only() -> None:
    text = (ONTOLOGY / "README.md").read_text(encoding="utf-8")
    glossary = text.partition("## Glossary")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\S+) \| `(\w+)` \| ([^|]+) \|", glossary, re.MULTILINE)
    assert {code for _, code, _ in rows} <= set(TERMS)
    for column in zip(*rows, strict=True):
        assert len(set(column)) == len(column)
    for ja, code, en in rows:
        labels = {str(v) for v in VOCABULARY.objects(URIRef(ENISHI + code), RDFS.label)}
        assert labels == {ja, en}


def test_readme_lists_every_code_list() -> None:
    text = (ONTOLOGY / "README.md").read_text(encoding="utf-8")
    for scheme in SCHEMES:
        assert f"| `{scheme}` |" in text


@pytest.mark.parametrize("path", TURTLE_FILES, ids=relative)
def test_turtle_files_end_their_blocks_on_a_line_of_their_own(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "."
    assert [line for line in lines if line != line.rstrip()] == []


def test_the_list_of_prefixes_agrees_with_the_dumps_and_with_every_file():
    known = prefixes()
    assert set(known) == {*PREFIXES, "rdf", "schema"}
    assert {name: known[name] for name in PREFIXES} == PREFIXES
    for path in [*ROOT.glob("ontology/*.ttl"), *ROOT.glob("shapes/*.ttl")]:
        declared = re.findall(r"^@prefix (\w+): <([^>]*)>", path.read_text("utf-8"), re.MULTILINE)
        for name, namespace in declared:
            assert known.get(name, namespace) == namespace, f"{path.name}: {name}"
