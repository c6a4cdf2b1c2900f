"""Every shape has messages, a valid example of its node and an invalid one breaking only it."""

import re
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import RDF, SH, Graph, Namespace, URIRef
from rdflib.term import Node

ROOT = Path(__file__).parent.parent
SHAPES = ROOT / "shapes"
EXAMPLES = SHAPES / "examples"
ONTOLOGY_OF_SHAPES = URIRef("https://w3id.org/enishi/shapes")
ESH = Namespace(f"{ONTOLOGY_OF_SHAPES}#")

SHAPE_FILES = sorted(SHAPES.glob("*.ttl"))
EXAMPLE_FILES = sorted(EXAMPLES.glob("*.ttl"))
ONTOLOGY_EXAMPLES = sorted((ROOT / "ontology" / "examples").glob("*.ttl"))
REQUIRED = Graph()
RECOMMENDED = Graph().parse(SHAPES / "recommended.ttl")
for _file in SHAPE_FILES:
    if _file.name != "recommended.ttl":
        REQUIRED.parse(_file)
EVERYTHING = REQUIRED + RECOMMENDED


def local_name(shape: Node) -> str:
    """Return the name of a shape without its namespace."""
    return str(shape).removeprefix(str(ESH))


def names(graph: Graph, kind: URIRef) -> list[str]:
    """Return the names of the shapes of one kind."""
    return sorted(local_name(shape) for shape in graph.subjects(RDF.type, kind))


NODE_SHAPES = names(EVERYTHING, SH.NodeShape)
PROPERTY_SHAPES = names(EVERYTHING, SH.PropertyShape)
NODE_SHAPES_WITH_A_RULE = [n for n in NODE_SHAPES if (ESH[n], SH.message, None) in EVERYTHING]
WITH_A_QUERY = sorted(local_name(shape) for shape in EVERYTHING.subjects(SH.sparql))
BREAKABLE = sorted(PROPERTY_SHAPES + NODE_SHAPES_WITH_A_RULE)


def broken(data: Path, shapes: Graph) -> set[str]:
    """Return the names of the shapes that the data break."""
    _, report, _ = validate(Graph().parse(data), shacl_graph=shapes, inference="none")
    assert isinstance(report, Graph)
    return {local_name(shape) for shape in report.objects(None, SH.sourceShape)}


@pytest.mark.parametrize("name", NODE_SHAPES)
def test_valid_example_breaks_no_shape(name: str) -> None:
    assert broken(EXAMPLES / f"{name}.valid.ttl", EVERYTHING) == set()


@pytest.mark.parametrize("name", NODE_SHAPES)
def test_valid_example_is_a_target_of_its_shape(name: str) -> None:
    example = Graph().parse(EXAMPLES / f"{name}.valid.ttl")
    shape = ESH[name]
    classes = set(EVERYTHING.objects(shape, SH.targetClass))
    predicates = set(EVERYTHING.objects(shape, SH.targetSubjectsOf))
    targets = classes & set(example.objects(None, RDF.type)) or predicates & set(
        example.predicates()
    )
    assert targets


@pytest.mark.parametrize("name", BREAKABLE)
def test_invalid_example_breaks_only_its_shape(name: str) -> None:
    example = EXAMPLES / f"{name}.invalid.ttl"
    recommended = (ESH[name], None, None) in RECOMMENDED
    assert broken(example, EVERYTHING if recommended else REQUIRED) == {name}


def test_every_example_belongs_to_a_shape() -> None:
    expected = {f"{name}.valid.ttl" for name in NODE_SHAPES}
    expected |= {f"{name}.invalid.ttl" for name in BREAKABLE}
    assert {path.name for path in EXAMPLE_FILES} == expected


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=lambda path: path.name)
def test_first_line_of_an_example_says_why(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    verdict = "Valid" if path.name.endswith(".valid.ttl") else "Invalid"
    assert first.startswith(f"# {verdict}: ")
    assert first.endswith(".")


@pytest.mark.parametrize("name", BREAKABLE)
def test_every_rule_has_one_message_in_each_language(name: str) -> None:
    messages = {m.language: str(m) for m in EVERYTHING.objects(ESH[name], SH.message)}
    assert len(list(EVERYTHING.objects(ESH[name], SH.message))) == 2
    # One sentence each, as the pages of the shapes and the reports show it.
    assert re.fullmatch(r"[A-Z]((?!\. )[^\n])*[^.]\.", messages["en"])
    assert re.fullmatch(r"[^。\n]+。", messages["ja"])
    assert re.search("[ぁ-ん]", messages["ja"]) and not re.search("[ぁ-ん一-龥]", messages["en"])


def test_no_two_rules_say_the_same() -> None:
    messages = [str(m) for name in BREAKABLE for m in EVERYTHING.objects(ESH[name], SH.message)]
    assert len(set(messages)) == len(messages)


@pytest.mark.parametrize("name", PROPERTY_SHAPES)
def test_property_shape_belongs_to_the_node_shape_of_its_name(name: str) -> None:
    owners = {local_name(shape) for shape in EVERYTHING.subjects(SH.property, ESH[name])}
    assert owners == {name.partition("-")[0]}


@pytest.mark.parametrize("name", NODE_SHAPES)
def test_node_shape_has_a_target(name: str) -> None:
    targets = (SH.targetClass, SH.targetSubjectsOf)
    assert any((ESH[name], target, None) in EVERYTHING for target in targets)


def test_shapes_keep_to_the_core_of_shacl_and_to_queries() -> None:
    assert not set(EVERYTHING.predicates()) & {SH.js, SH.rule, SH.target}


@pytest.mark.parametrize("name", WITH_A_QUERY)
def test_query_of_a_rule_keeps_to_what_shacl_lets_it_say(name: str) -> None:
    """Section 5.2.1 and appendix A of SHACL: what a query for values may not have."""
    (constraint,) = EVERYTHING.objects(ESH[name], SH.sparql)
    assert set(EVERYTHING.objects(constraint, SH.prefixes)) == {ONTOLOGY_OF_SHAPES}
    assert set(EVERYTHING.objects(constraint, SH.message)) == set(), "the rule has the messages"
    query = str(EVERYTHING.value(constraint, SH.select))
    assert re.match(r"\s*SELECT (DISTINCT )?\$this \?value WHERE {", query)
    assert not re.search(r"\b(VALUES|MINUS|SERVICE|AS \?this)\b", query)
    declared = {str(p) for p in EVERYTHING.objects(None, SH.prefix)}
    assert set(re.findall(r"(?<![\w/?\"])([a-z]+):[A-Za-z]", query)) <= declared


def test_only_recommendations_have_a_severity() -> None:
    assert set(REQUIRED.objects(None, SH.severity)) == set()
    for name in names(RECOMMENDED, SH.PropertyShape):
        assert set(RECOMMENDED.objects(ESH[name], SH.severity)) == {SH.Warning}


@pytest.mark.parametrize("path", SHAPE_FILES, ids=lambda path: path.name)
def test_head_of_a_shapes_file_says_what_it_covers(path: Path) -> None:
    covers, does_not = path.read_text(encoding="utf-8").splitlines()[:2]
    assert covers.startswith("# Covers ")
    assert does_not.startswith("# Does not cover ")


@pytest.mark.parametrize("path", ONTOLOGY_EXAMPLES, ids=lambda path: path.name)
def test_example_of_the_ontology_is_valid(path: Path) -> None:
    assert broken(path, REQUIRED) == set()


def test_code_lists_are_valid() -> None:
    assert broken(ROOT / "ontology" / "codes.ttl", REQUIRED) == set()


def test_every_class_of_the_vocabulary_has_a_shape() -> None:
    ontology = Graph().parse(ROOT / "ontology" / "enishi.ttl")
    owl_class = URIRef("http://www.w3.org/2002/07/owl#Class")
    declared = set(ontology.subjects(RDF.type, owl_class))
    assert declared <= set(EVERYTHING.objects(None, SH.targetClass))
