"""The validator: what it says of ill-formed shapes, reports, limits, and data at an endpoint."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest
from rdflib import RDF, SH, Graph, URIRef

from tests.generated_shapes import PREFIXES
from validator import (
    CannotCompile,
    Endpoint,
    EndpointError,
    RecursiveShape,
    Report,
    ShapeError,
    validate,
)

EX = "http://example.org/"
PEOPLE = """
ex:a a ex:C ; ex:p 1 , 2 , 3 ; ex:q "x" .
ex:b a ex:C ; ex:p 4 .
ex:c a ex:D .
ex:D rdfs:subClassOf ex:C .
"""


def store_of(turtle: str) -> ox.Store:
    store = ox.Store()
    store.load(f"{PREFIXES}{turtle}", format=ox.RdfFormat.TURTLE)
    return store


def run(data: str, shapes: str, **options: int) -> Report:
    return validate(store_of(data), graph_of(shapes), **options)


def graph_of(turtle: str) -> Graph:
    return Graph().parse(data=PREFIXES + turtle, format="turtle")


def focus_nodes(report: Report) -> list[str]:
    return [str(result.focus).removeprefix(EX) for result in report.results]


WRONG = {
    "two paths": ("ex:S a sh:PropertyShape ; sh:path ex:p , ex:q .", "2 paths"),
    "no path": ("ex:S a sh:PropertyShape ; sh:minCount 1 .", "no sh:path"),
    "path that is a text": ('ex:S sh:path "p" ; sh:minCount 1 .', "no property path"),
    "path of one step": ("ex:S sh:path ( ex:p ) ; sh:minCount 1 .", "two or more"),
    "path in itself": (
        "_:x sh:inversePath _:x . ex:S sh:path _:x ; sh:minCount 1 .",
        "contains itself",
    ),
    "in without a list": ("ex:S a sh:NodeShape ; sh:in ex:a .", "well-formed list"),
    "list without an end": ("_:x rdf:first ex:a . ex:S sh:in _:x .", "well-formed list"),
    "kind that is none": ("ex:S sh:nodeKind ex:IRI .", "where one of sh:IRI"),
    "class that is a text": ('ex:S sh:class "C" .', "where an IRI belongs"),
    "count that is a text": ('ex:S sh:path ex:p ; sh:minCount "1" .', "whole number"),
    "count below zero": ("ex:S sh:path ex:p ; sh:maxCount -1 .", "whole number"),
    "two counts": ("ex:S sh:path ex:p ; sh:maxCount 1 , 2 .", "two values of sh:maxCount"),
    "pattern that is none": ('ex:S sh:pattern "(" .', "regular expression"),
    "flags that are none": ('ex:S sh:pattern "a" ; sh:flags "?" .', "regular expression"),
    "language with a language": ('ex:S sh:languageIn ( "en"@en ) .', "language tags"),
    "closed that is a number": ("ex:S a sh:NodeShape ; sh:closed 1 .", "true or false"),
    "misspelt": ("ex:S a sh:PropertyShape ; sh:path ex:p ; sh:minCuont 1 .", "sh:minCuont"),
    "count at a node": ("ex:S a sh:NodeShape ; sh:minCount 1 .", "belongs to a shape with sh:path"),
    "property without a path": ("ex:S sh:property [ sh:class ex:C ] .", "a shape with sh:path"),
    "two severities": ("ex:S a sh:NodeShape ; sh:severity sh:Info , sh:Warning .", "one IRI"),
    "message that is an IRI": ("ex:S a sh:NodeShape ; sh:message ex:m .", "a text belongs"),
    "class target that is a text": ('ex:S sh:targetClass "C" .', "an IRI belongs"),
    "two qualified shapes": (
        "ex:S sh:path ex:p ; sh:qualifiedMinCount 1 ;"
        " sh:qualifiedValueShape [ sh:class ex:C ] , [ sh:class ex:D ] .",
        "one belongs",
    ),
    "query without $this": (
        'ex:S a sh:NodeShape ; sh:sparql [ sh:select "SELECT ?x { ?x ?p ?o }" ] .',
        "does not return $this",
    ),
    "query that calls a server": (
        'ex:S a sh:NodeShape ; sh:sparql [ sh:select "SELECT $this'
        ' { SERVICE <http://127.0.0.1/> { $this ?p ?o } }" ] .',
        "SERVICE",
    ),
    "query that is an update": (
        'ex:S a sh:NodeShape ; sh:sparql [ sh:select "DROP ALL ; SELECT $this { }" ] .',
        "DROP",
    ),
    "query with a hidden keyword": (
        'ex:S a sh:NodeShape ; sh:sparql [ sh:select "SELECT $this'
        ' { \\\\u0053ERVICE <http://127.0.0.1/> { $this ?p ?o } }" ] .',
        "an escape",
    ),
    "query with open braces": (
        'ex:S a sh:NodeShape ; sh:sparql [ sh:select "SELECT $this { { $this ?p ?o }" ] .',
        "braces",
    ),
    "component without parameters": (
        'ex:K a sh:ConstraintComponent ; sh:validator [ sh:ask "ASK { }" ] .',
        "no required parameter",
    ),
    "prefix with two namespaces": (
        'ex:o sh:declare [ sh:prefix "x" ; sh:namespace "urn:a" ] ,'
        ' [ sh:prefix "x" ; sh:namespace "urn:b" ] . ex:S a sh:NodeShape ;'
        ' sh:sparql [ sh:prefixes ex:o ; sh:select "SELECT $this { $this ?p ?o }" ] .',
        "two namespaces",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_ill_formed_shapes_are_refused_in_one_sentence(name: str) -> None:
    shapes, said = WRONG[name]
    with pytest.raises(ShapeError) as error:
        run(PEOPLE, shapes)
    assert said in str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    "shapes",
    [
        "ex:S a sh:NodeShape ; sh:node ex:T . ex:T a sh:NodeShape ; sh:not ex:S .",
        "ex:S a sh:NodeShape ; sh:property [ sh:path ex:p ; sh:node ex:S ] .",
        "ex:S a sh:NodeShape ; sh:or ( ex:S ex:T ) .",
    ],
)
def test_recursion_is_refused_with_its_cycle(shapes: str) -> None:
    with pytest.raises(RecursiveShape, match=r"in a circle: .*example.org/[ST].* → "):
        run(PEOPLE, shapes)


def test_what_is_beyond_shacl_is_refused() -> None:
    with pytest.raises(CannotCompile, match="sh:js"):
        run(PEOPLE, "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:js [ sh:jsLibrary ex:l ] .")


def test_query_that_the_engine_refuses_is_an_error() -> None:
    shapes = 'ex:S sh:targetClass ex:C ; sh:sparql [ sh:select "SELECT $this { $this + ?o }" ] .'
    with pytest.raises(CannotCompile, match="refuses"):
        run(PEOPLE, shapes)


def test_values_of_shapes_cannot_end_a_token_early() -> None:
    nasty = '\\\\\\"] } SELECT * { ?s ?p ?o } #\\n'
    report = run(
        f'ex:a ex:p "{nasty}" .', f'ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:in ( "{nasty}" ) .'
    )
    assert report.conforms


def test_limit_keeps_the_full_count() -> None:
    shapes = "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:nodeKind sh:Literal ."
    report = run(PEOPLE, shapes, most=2)
    assert focus_nodes(report) == ["a", "b"]
    assert report.counts == {URIRef(EX + "S"): 3}
    assert report.total == 3
    assert not report.conforms


def test_order_is_the_same_every_time() -> None:
    shapes = """
    ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property ex:P , ex:Q ; sh:pattern "none" .
    ex:P sh:path ex:p ; sh:maxCount 1 ; sh:maxInclusive 2 ; sh:datatype xsd:string .
    ex:Q sh:path ex:q ; sh:minCount 1 .
    """
    first = run(PEOPLE, shapes)
    assert len(first.results) == 12
    for _ in range(5):
        assert run(PEOPLE, shapes).results == first.results


def test_progress_counts_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    shapes = graph_of("ex:S sh:targetClass ex:C ; sh:path ex:p ; sh:minCount 1 ; sh:class ex:C .")
    validate(store_of(PEOPLE), shapes, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]


def test_messages_come_in_their_languages_and_with_values() -> None:
    shapes = """
    ex:S sh:targetClass ex:C ; sh:path ex:p ; sh:maxCount 1 ; sh:message "One."@en , "一つ。"@ja .
    ex:T a sh:NodeShape ; sh:targetClass ex:C ; sh:sparql [ sh:message "{?value} of {$this}"@en ;
        sh:select "SELECT $this ?value { $this <http://example.org/q> ?value }" ] .
    ex:U sh:targetNode ex:c ; sh:path ex:q ; sh:minCount 1 .
    """
    found = {
        str(result.source_shape)[-1]: result.messages for result in run(PEOPLE, shapes).results
    }
    assert found["S"] == {"en": "One.", "ja": "一つ。"}
    assert found["T"] == {"en": f"x of {EX}a"}
    assert found["U"] == {"en": "There are fewer than 1 values.", "ja": "値が1個より少ない。"}


def test_report_is_a_standard_graph() -> None:
    shapes = "ex:S sh:targetNode ex:b ; sh:path [ sh:inversePath ex:p ] ; sh:minCount 1 ."
    graph = run(PEOPLE, shapes).to_graph()
    (report,) = graph.subjects(RDF.type, SH.ValidationReport)
    (result,) = graph.objects(report, SH.result)
    assert graph.value(report, SH.conforms).toPython() is False
    assert graph.value(graph.value(result, SH.resultPath), SH.inversePath) == URIRef(EX + "p")
    assert graph.value(result, SH.sourceConstraintComponent) == SH.MinCountConstraintComponent


def test_node_constraint_tells_why() -> None:
    shapes = """
    ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:node ex:T .
    ex:T a sh:NodeShape ; sh:property [ sh:path ( ex:q ex:q ) ; sh:minCount 2 ] .
    """
    report = run(PEOPLE, shapes)
    assert len(report.results) == 3
    for result in report.results:
        (detail,) = result.detail
        assert detail.component == SH.MinCountConstraintComponent
        assert detail.focus == result.value


def test_statement_in_two_graphs_counts_once() -> None:
    store = ox.Store()
    store.load(
        f"{PREFIXES} ex:g {{ ex:a ex:p 1 . }} ex:h {{ ex:a ex:p 1 . }}", format=ox.RdfFormat.TRIG
    )
    shapes = graph_of("ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:maxCount 1 .")
    assert validate(store, shapes).conforms
    shapes = graph_of("ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:minCount 2 .")
    assert not validate(store, shapes).conforms


def test_integer_types_that_the_store_does_not_keep_are_told() -> None:
    shapes = "ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:datatype xsd:byte ."
    report = run('ex:a ex:p "5"^^xsd:byte , "300"^^xsd:byte .', shapes)
    assert [str(result.value) for result in report.results] == ["300"]
    (note,) = report.notes
    assert "xsd:byte" in note["en"] and "xsd:byte" in note["ja"]


ILL_FORMED = {
    "boolean": ("true", "yes"),
    "decimal": ("-1.5", "1e3"),
    "integer": ("+3", "3.0"),
    "double": ("1.5E3", "1,5"),
    "date": ("2024-02-29", "2023-02-29"),
    "dateTime": ("2024-12-31T24:00:00", "2024-12-31T25:00:00"),
    "dateTimeStamp": ("2024-12-31T00:00:00Z", "2024-12-31T00:00:00"),
    "time": ("23:59:59.5+09:00", "23:60:00"),
    "gYear": ("2024", "24"),
    "gYearMonth": ("2024-12", "2024-13"),
    "gMonthDay": ("--02-29", "--02-30"),
    "duration": ("P1Y2M3DT4H", "P"),
    "dayTimeDuration": ("PT36H", "P1Y"),
    "hexBinary": ("0aFF", "0aF"),
    "base64Binary": ("YWJj", "YWJ"),
    "language": ("ja-JP", "日本語"),
}


@pytest.mark.parametrize("datatype", ILL_FORMED)
def test_ill_formed_literal_is_found(datatype: str) -> None:
    good, bad = ILL_FORMED[datatype]
    data = f'ex:a ex:p "{good}"^^xsd:{datatype} . ex:b ex:p "{bad}"^^xsd:{datatype} .'
    shapes = f"ex:S sh:targetSubjectsOf ex:p ; sh:path ex:p ; sh:datatype xsd:{datatype} ."
    assert focus_nodes(run(data, shapes)) == ["b"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT $this (COUNT(?x) AS ?n) { $this ex:p ?x } HAVING(COUNT(?x) < 2)", ["b", "c"]),
        ("SELECT $this ?value { $this ex:p ?value } ORDER BY DESC(?value) LIMIT 1", ["a", "b"]),
        ("SELECT $this { { SELECT $this { $this ex:p ?x } LIMIT 1 } }", ["a", "b"]),
    ],
)
def test_query_whose_answer_depends_on_the_node_is_run_for_each(
    query: str, expected: list[str]
) -> None:
    declared = 'ex:o sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/" ] .'
    constraint = f'sh:sparql [ sh:prefixes ex:o ; sh:select "{query}" ]'
    shapes = f"{declared} ex:S a sh:NodeShape ; sh:targetClass ex:C ; {constraint} ."
    assert focus_nodes(run(PEOPLE, shapes)) == expected


class Answers(BaseHTTPRequestHandler):
    """Answers queries from a store, as any endpoint does."""

    store: ox.Store
    asked: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        query = parse_qs(body)["query"][0]
        self.asked.append(query)
        results = self.store.query(query, use_default_graph_as_union=True)
        data = results.serialize(format=ox.QueryResultsFormat.JSON)
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[tuple[str, type[Answers]]]:
    handler = type("Handler", (Answers,), {"store": store_of(PEOPLE), "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sparql", handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_data_at_an_endpoint_give_the_same_report(endpoint: tuple[str, type[Answers]]) -> None:
    address, handler = endpoint
    shapes = graph_of("""
    ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:xone ( [ sh:class ex:D ] ex:P ) ;
        sh:property ex:P , ex:Q .
    ex:P sh:path ex:p ; sh:minCount 1 ; sh:maxCount 2 ; sh:maxInclusive 2 .
    ex:Q sh:path ex:q ; sh:minCount 1 ; sh:node ex:T .
    ex:T a sh:NodeShape ; sh:property [ sh:path ( ex:q ex:q ) ; sh:minCount 2 ] .
    """)
    report = validate(Endpoint(address), shapes)
    assert report.results == validate(store_of(PEOPLE), shapes).results
    assert len(report.results) == 9
    assert all(query.startswith("SELECT") for query in handler.asked)


def test_endpoint_that_renames_blank_nodes_is_told(endpoint: tuple[str, type[Answers]]) -> None:
    class Renaming:
        """A store whose blank nodes have other labels in each answer."""

        def query(self, query: str, **options: bool) -> ox.QuerySolutions:
            fresh = store_of("[] a ex:C . [] a ex:C .")
            return fresh.query(query, **options)

    address, handler = endpoint
    handler.store = Renaming()
    shapes = graph_of("ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:nodeKind sh:IRI .")
    with pytest.raises(EndpointError, match="other labels"):
        validate(Endpoint(address), shapes)


def test_endpoint_that_is_none_is_told(endpoint: tuple[str, type[Answers]]) -> None:
    shapes = graph_of("ex:S sh:targetClass ex:C ; sh:path ex:p ; sh:minCount 1 .")
    with pytest.raises(EndpointError, match="http or https"):
        validate(Endpoint("file:///etc/passwd"), shapes)
    with pytest.raises(EndpointError, match="no results in JSON"):
        validate(Endpoint("http://127.0.0.1:1/sparql"), shapes)
