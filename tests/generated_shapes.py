"""Small graphs and shapes made by chance: every component of SHACL, with and without faults."""

from dataclasses import dataclass

from hypothesis import strategies as st

PREFIXES = """
@prefix ex: <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
NODES = [f"ex:n{number}" for number in range(5)]
BLANK = ["_:b0", "_:b1"]
CLASSES = ["ex:C", "ex:D", "ex:E"]
PREDICATES = ["ex:p", "ex:q", "ex:r"]
LITERALS = [
    '"a"', '"abc"', '"abcdef"', '"1"', '"x"@en', '"y"@en', '"z"@ja', '"w"@en-GB', "1", "5", "7",
    "2.5", "true", "ex:C", '"2020-01-01"^^xsd:date', '"2021-06-30"^^xsd:date',
    '"2020-01-01T00:00:00Z"^^xsd:dateTime', '"abc"^^xsd:integer',
]  # fmt: skip
# What pySHACL compares as SPARQL does: elsewhere it orders by rdflib, which orders anything.
COMPARABLE = ["1", "5", "2.5", "-3", '"a"', '"b"']
TAGGED = ['"v"@en', '"u"@en', '"x"@en', '"y"@en', '"z"@ja', '"w"@en-GB']
RANGES = ["minInclusive", "minExclusive", "maxInclusive", "maxExclusive"]
PAIRS = ["lessThan", "lessThanOrEquals"]
KINDS = ["IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"]
DATATYPES = ["xsd:string", "xsd:integer", "xsd:decimal", "xsd:date", "xsd:boolean",
             "rdf:langString", "ex:datatype", "xsd:dateTime"]  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """Data and shapes, as Turtle."""

    data: str
    shapes: str


def a_path(depth: int = 1) -> st.SearchStrategy[str]:
    """Return a strategy of paths."""
    plain = st.sampled_from(PREDICATES)
    if depth == 0:
        return plain
    inner = a_path(depth - 1)
    return st.one_of(
        plain,
        plain,
        inner.map(lambda p: f"[ sh:inversePath {p} ]"),
        st.tuples(inner, inner).map(lambda p: f"( {p[0]} {p[1]} )"),
        st.tuples(inner, inner).map(lambda p: f"[ sh:alternativePath ( {p[0]} {p[1]} ) ]"),
        inner.map(lambda p: f"[ sh:zeroOrMorePath {p} ]"),
        inner.map(lambda p: f"[ sh:oneOrMorePath {p} ]"),
        inner.map(lambda p: f"[ sh:zeroOrOnePath {p} ]"),
    )


def a_list(of: list[str], least: int = 1) -> st.SearchStrategy[str]:
    """Return a strategy of lists in Turtle."""
    return st.lists(st.sampled_from(of), min_size=least, max_size=3, unique=True).map(
        lambda members: f"( {' '.join(members)} )"
    )


def value_test() -> st.SearchStrategy[str]:
    """Return a strategy of constraints that any shape may have."""
    small = st.integers(0, 6)
    return st.one_of(
        st.sampled_from(CLASSES).map(lambda c: f"sh:class {c}"),
        st.sampled_from(DATATYPES).map(lambda d: f"sh:datatype {d}"),
        st.sampled_from(KINDS).map(lambda k: f"sh:nodeKind sh:{k}"),
        st.integers(1, 6).map(lambda n: f"sh:minLength {n}"),
        small.map(lambda n: f"sh:maxLength {n}"),
        st.sampled_from(
            ['sh:pattern "^a"', 'sh:pattern "B" ; sh:flags "i"', 'sh:pattern "n[0-2]$"']
        ),
        a_list(['"en"', '"ja"', '"en-GB"']).map(lambda tags: f"sh:languageIn {tags}"),
        a_list([*NODES, *LITERALS]).map(lambda terms: f"sh:in {terms}"),
        st.sampled_from([*NODES, '"a"', "1", '"x"@en']).map(lambda t: f"sh:hasValue {t}"),
        st.sampled_from(PREDICATES).map(lambda p: f"sh:equals {p}"),
        *[st.sampled_from(PREDICATES).map(lambda p: f"sh:disjoint {p}")] * 2,
        st.just("sh:closed true ; sh:ignoredProperties ( rdf:type ex:q )"),
    )


# Queries of each kind: joined with all nodes at once, or run for each.
QUERIES = {
    "filter": "SELECT $this ?value { $this ex:p ?value . FILTER(isLITERAL(?value)) }",
    "path": "SELECT $this ?path ?value { $this ?path ?value . FILTER(?path = ex:q) }",
    "no value": "SELECT $this { $this ex:p ?x ; ex:q ?y }",
    "absent": "SELECT $this { FILTER NOT EXISTS { $this ex:p ?any } }",
    "absent below": "SELECT $this ?value { $this ex:p ?value . FILTER NOT EXISTS"
    " { ?value ex:q ?z . FILTER(?z != $this) } }",
    "optional": "SELECT $this { OPTIONAL { ?x ex:p $this } FILTER(!BOUND(?x)) }",
    "union": "SELECT $this ?value { { $this ex:p ?value } UNION { BIND($this AS ?value)"
    " FILTER(isIRI($this)) } }",
    "nested": "SELECT $this { { { FILTER(isBLANK($this)) } } }",
    "grouped": "SELECT $this (COUNT(?x) AS ?n) { $this ex:p ?x } GROUP BY $this"
    " HAVING(COUNT(?x) > 1)",
    "subquery": "SELECT $this { { SELECT $this (COUNT(?x) AS ?n) { $this ex:p ?x }"
    " GROUP BY $this } FILTER(?n > 1) }",
    "distinct": "SELECT DISTINCT $this ?value WHERE { ?value ex:p $this . ?value ex:q ?other }",
}
COMPONENTS = """
ex:Ask a sh:ConstraintComponent ; sh:parameter [ sh:path ex:shorterThan ] ;
    sh:validator [ a sh:SPARQLAskValidator ;
        sh:ask "ASK { FILTER(isLITERAL($value) && STRLEN(STR($value)) < $shorterThan) }" ] .
ex:Select a sh:ConstraintComponent ; sh:parameter [ sh:path ex:apartFrom ] ;
    sh:nodeValidator [ a sh:SPARQLSelectValidator ;
        sh:select "SELECT $this { $this $apartFrom ?x . FILTER(isIRI(?x)) }" ] ;
    sh:propertyValidator [ a sh:SPARQLSelectValidator ;
        sh:select "SELECT $this ?value { $this $PATH ?value . $this $apartFrom ?value }" ] .
"""


def query_test() -> st.SearchStrategy[str]:
    """Return a strategy of constraints in SPARQL, and of custom components."""
    full = {name: text.replace("ex:", "<http://example.org/>") for name, text in QUERIES.items()}
    for name, text in full.items():
        for local in "pq":
            text = text.replace(f"<http://example.org/>{local} ", f"<http://example.org/{local}> ")
            text = text.replace(f"<http://example.org/>{local})", f"<http://example.org/{local}>)")
        full[name] = text
    return st.one_of(
        st.sampled_from(sorted(full.values())).map(lambda q: f'sh:sparql [ sh:select "{q}" ]'),
        st.integers(1, 6).map(lambda n: f"ex:shorterThan {n}"),
        st.sampled_from(PREDICATES).map(lambda p: f"ex:apartFrom {p}"),
    )


def property_test() -> st.SearchStrategy[str]:
    """Return a strategy of constraints that only property shapes may have."""
    return st.one_of(
        st.integers(0, 3).map(lambda n: f"sh:minCount {n}"),
        st.integers(0, 1).map(lambda n: f"sh:maxCount {n}"),
        st.just("sh:uniqueLang true"),
    )


def distinct(parts: list[str]) -> list[str]:
    """Return the constraints, the first only of each parameter."""
    found: dict[str, str] = {}
    for part in parts:
        found.setdefault(part.split()[0], part)
    return list(found.values())


def comparison() -> st.SearchStrategy[str]:
    """Return a strategy of constraints that compare values."""
    return st.one_of(
        st.sampled_from(PAIRS).map(lambda name: f"sh:{name} ex:last"),
        st.tuples(st.sampled_from(RANGES), st.sampled_from(["1", "5", "2.5"])).map(
            lambda t: f"sh:{t[0]} {t[1]}"
        ),
    )


@st.composite
def shapes(draw: st.DrawFn) -> str:
    """Return a shapes graph: shapes refer only to those before them, so none is recursive."""
    count = draw(st.integers(2, 6))
    is_property: list[bool] = []
    blocks = []
    for number in range(count):
        with_path = draw(st.booleans())
        parts = draw(st.lists(st.one_of(*[value_test()] * 3, query_test()), max_size=3))
        if with_path:
            parts += draw(st.lists(property_test(), max_size=2))
        if number:
            parts += draw(st.lists(reference(is_property, with_path), max_size=2))
        parts = distinct(parts)
        kind = draw(st.integers(0, 5)) if with_path else None
        if kind in (0, 1):
            parts += ["sh:path ex:first", *draw(st.lists(comparison(), min_size=2, max_size=3))]
            parts = distinct(parts)
        elif kind in (2, 3):
            parts = distinct(["sh:uniqueLang true", "sh:path ex:label", *parts])
        elif with_path:
            parts.append(f"sh:path {draw(a_path())}")
        if number == count - 1 or draw(st.booleans()):
            parts.append(draw(target()))
        if draw(st.integers(0, 9)) == 0:
            parts.append(draw(st.sampled_from(["sh:deactivated true", "sh:severity sh:Warning"])))
        is_property.append(with_path)
        form = "sh:PropertyShape" if with_path else "sh:NodeShape"
        blocks.append(f"ex:S{number} a {form} ; {' ; '.join(parts)} .")
    return PREFIXES + COMPONENTS + "\n".join(blocks)


@st.composite
def reference(draw: st.DrawFn, is_property: list[bool], with_path: bool) -> str:
    """Return a constraint that refers to shapes already there."""
    names = [f"ex:S{number}" for number in range(len(is_property))]
    one = draw(st.sampled_from(names))
    nodes = [n for n, has_path in zip(names, is_property, strict=True) if not has_path]
    paths = [n for n, has_path in zip(names, is_property, strict=True) if has_path]
    choices = [
        f"sh:not {one}",
        *(f"sh:{name} {draw(a_list(names))}" for name in ("and", "or", "xone")),
    ]
    choices += [f"sh:node {draw(st.sampled_from(nodes))}"] * 2 if nodes else []
    choices += [f"sh:property {draw(st.sampled_from(paths))}"] * 3 if paths else []
    if with_path:
        name, most = draw(
            st.sampled_from([("qualifiedMinCount", 2), *[("qualifiedMaxCount", 0)] * 2])
        )
        count = draw(st.integers(0, most))
        disjoint = draw(st.sampled_from(["", " ; sh:qualifiedValueShapesDisjoint true"]))
        qualified = f"sh:qualifiedValueShape {one} ; sh:{name} {count}{disjoint}"
        choices += [qualified] * 2
    return draw(st.sampled_from(choices))


def target() -> st.SearchStrategy[str]:
    """Return a strategy of targets."""
    return st.one_of(
        st.sampled_from([*NODES, '"a"', "1"]).map(lambda node: f"sh:targetNode {node}"),
        st.sampled_from(CLASSES).map(lambda cls: f"sh:targetClass {cls}"),
        st.sampled_from(PREDICATES).map(lambda p: f"sh:targetSubjectsOf {p}"),
        st.sampled_from(PREDICATES).map(lambda p: f"sh:targetObjectsOf {p}"),
        st.just("sh:targetClass ex:C ; sh:targetSubjectsOf ex:p"),
        st.just("sh:targetNode ex:n0 , ex:n1 , ex:n2 , ex:n3"),
    )


def data() -> st.SearchStrategy[str]:
    """Return a strategy of graphs."""
    subject = st.sampled_from([*NODES, *BLANK])
    value = st.one_of(subject, st.sampled_from(LITERALS))
    statement = st.tuples(subject, st.sampled_from(PREDICATES), value)
    typed = st.tuples(subject, st.just("a"), st.sampled_from(CLASSES))
    compared = st.tuples(
        subject, st.sampled_from(["ex:first", "ex:last"]), st.sampled_from(COMPARABLE)
    )
    labelled = st.tuples(subject, st.just("ex:label"), st.sampled_from(TAGGED))
    statements = st.lists(
        st.one_of(statement, statement, typed, compared, compared, labelled),
        min_size=18,
        max_size=30,
    )
    hierarchy = st.sampled_from(["", "ex:D rdfs:subClassOf ex:C .", "ex:D rdfs:subClassOf ex:C ."
                                 " ex:E rdfs:subClassOf ex:D ."])  # fmt: skip
    return st.tuples(statements, hierarchy).map(
        lambda made: PREFIXES + made[1] + "\n".join(f"{s} {p} {o} ." for s, p, o in made[0])
    )


samples = st.builds(Sample, data(), shapes())
