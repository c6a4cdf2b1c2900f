"""The endpoint keeps the SPARQL 1.1 Protocol; the cases carry the names of the W3C manifest."""

import json
import random
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlencode

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse
from werkzeug.test import TestResponse

from server import create_app
from server.errors import Problem
from server.limits import Limits
from server.protocol import Call, Parameters, Plans
from server.query_text import scan

LIMITS = Limits()
SUITE = Path(__file__).resolve().parents[2] / "shared/suites/w3c-rdf-tests/sparql11/protocol"
DATA = "http://kasei.us/2009/09/sparql/data/"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
DIRECT = "application/sparql-query"
FORM = "application/x-www-form-urlencoded"
DEFAULT_1_2 = [("default-graph-uri", f"{DATA}data{n}.rdf") for n in (1, 2)]
NAMED_1_2 = [("named-graph-uri", f"{DATA}data{n}.rdf") for n in (1, 2)]
ASK_DEFAULTS = f"ASK {{ <{DATA}data1.rdf> a ?type . <{DATA}data2.rdf> a ?type . }}"
ASK_NAMED = (
    f"ASK {{ GRAPH ?g1 {{ <{DATA}data1.rdf> a ?type }} GRAPH ?g2 {{ <{DATA}data2.rdf> a ?type }} }}"
)
ASK_FULL = (
    f"ASK {{ <{DATA}data3.rdf> a ?type GRAPH ?g1 {{ <{DATA}data1.rdf> a ?type }}"
    f" GRAPH ?g2 {{ <{DATA}data2.rdf> a ?type }} }}"
)


def protocol_store() -> Store:
    store = Store()
    for number in (1, 2, 3):
        name = NamedNode(f"{DATA}data{number}.rdf")
        store.add(Quad(name, NamedNode(TYPE), NamedNode("http://example.org/D"), name))
    return store


@pytest.fixture
def client() -> FlaskClient:
    return create_app({"STORE": protocol_store()}).test_client()


def get(client: FlaskClient, query: str, *more: tuple[str, str], **kwargs) -> TestResponse:
    return client.get("/sparql?" + urlencode([("query", query), *more]), **kwargs)


def post(client: FlaskClient, body: str | bytes, media_type: str | None, *more) -> TestResponse:
    return client.post("/sparql?" + urlencode(more), data=body, content_type=media_type)


def select(client: FlaskClient, query: str, *more: tuple[str, str]) -> list[str]:
    bindings = get(client, query, *more).json["results"]["bindings"]
    return sorted(row["s"]["value"].removeprefix(DATA) for row in bindings)


def test_query_get(client):
    response = get(client, "ASK {}", ("default-graph-uri", DATA + "data0.rdf"))
    assert response.json["boolean"] is True


def test_query_post_form(client):
    assert post(client, "query=ASK%20%7B%7D", FORM).json["boolean"] is True


def test_query_post_direct(client):
    assert post(client, "ASK {}", DIRECT).json["boolean"] is True


def test_query_dataset_default_graphs_get(client):
    assert get(client, ASK_DEFAULTS, *DEFAULT_1_2).json["boolean"] is True


def test_query_dataset_default_graphs_post(client):
    assert post(client, ASK_DEFAULTS, DIRECT, *DEFAULT_1_2).json["boolean"] is True


def test_query_dataset_named_graphs_get(client):
    assert get(client, ASK_NAMED, *NAMED_1_2).json["boolean"] is True


def test_query_dataset_named_graphs_post(client):
    assert post(client, ASK_NAMED, DIRECT, *NAMED_1_2).json["boolean"] is True


def test_query_dataset_full(client):
    dataset = [("default-graph-uri", DATA + "data3.rdf"), *NAMED_1_2]
    assert post(client, ASK_FULL, DIRECT, *dataset).json["boolean"] is True


def test_query_multiple_dataset(client):
    query = ASK_NAMED.replace("ASK", f"ASK FROM <{DATA}data3.rdf>")
    assert post(client, query, DIRECT, *NAMED_1_2).json["boolean"] is True


def test_default_graphs_of_the_protocol_hide_all_others(client):
    everything = "SELECT ?s { ?s ?p ?o }"
    assert select(client, everything, *DEFAULT_1_2[:1]) == ["data1.rdf"]
    assert select(client, "SELECT ?s { GRAPH ?g { ?s ?p ?o } }", *DEFAULT_1_2) == []
    assert select(client, everything, *NAMED_1_2) == []


def test_dataset_of_the_protocol_outranks_from(client):
    query = f"SELECT ?s FROM <{DATA}data3.rdf> {{ ?s ?p ?o }}"
    assert select(client, query) == ["data3.rdf"]
    assert select(client, query, *DEFAULT_1_2[:1]) == ["data1.rdf"]


def test_without_a_dataset_the_default_graph_is_the_union(client):
    assert select(client, "SELECT ?s { ?s ?p ?o }") == ["data1.rdf", "data2.rdf", "data3.rdf"]


def test_from_named_alone_leaves_the_default_graph_empty(client):
    assert select(client, f"SELECT ?s FROM NAMED <{DATA}data1.rdf> {{ ?s ?p ?o }}") == []


@pytest.mark.parametrize("query", ["SELECT (1 AS ?value) {}", "ASK {}"])
def test_query_content_type_select_and_ask(client, query):
    response = post(client, query, DIRECT)
    assert response.content_type == "application/sparql-results+json"
    assert "head" in response.json


@pytest.mark.parametrize(
    "query", [f"DESCRIBE <{DATA}data1.rdf>", "CONSTRUCT { <s> <p> 1 } WHERE {}"]
)
def test_query_content_type_describe_and_construct(client, query):
    response = post(client, query, DIRECT)
    assert response.content_type == "text/turtle; charset=utf-8"
    assert len(list(parse(response.data, format=RdfFormat.TURTLE))) == 1


@pytest.mark.parametrize(
    ("name", "status", "request_"),
    [
        ("bad_query_method", 405, {"method": "PUT", "query_string": {"query": "ASK {}"}}),
        (
            "bad_multiple_queries",
            400,
            {"query_string": "query=ASK%20%7B%7D&query=SELECT%20*%7B%7D"},
        ),
        (
            "bad_query_wrong_media_type",
            415,
            {"method": "POST", "data": "ASK {}", "content_type": "text/plain"},
        ),
        ("bad_query_missing_form_type", 415, {"method": "POST", "data": b"query=ASK%20%7B%7D"}),
        ("bad_query_missing_direct_type", 415, {"method": "POST", "data": b"ASK {}"}),
        (
            "bad_query_non_utf8",
            415,
            {
                "method": "POST",
                "data": "ASK {}".encode("utf-16"),
                "content_type": "application/sparql-query; charset=UTF-16",
            },
        ),
        (
            "bad_query_non_utf8, not declared",
            400,
            {"method": "POST", "data": "ASK {}".encode("utf-16"), "content_type": DIRECT},
        ),
        ("non-UTF-8 in a form", 400, {"query_string": "query=ASK%20%7B%7D%20%23%FF"}),
        ("bad_query_syntax", 400, {"query_string": {"query": "ASK {"}}),
        ("bad_update_get", 403, {"query_string": {"update": "CLEAR ALL"}}),
        (
            "update_post_form",
            403,
            {"method": "POST", "data": "update=CLEAR+ALL", "content_type": FORM},
        ),
        (
            "update_post_direct",
            403,
            {
                "method": "POST",
                "data": "CLEAR ALL",
                "content_type": "application/sparql-update",
            },
        ),
        ("an update sent as a query", 400, {"query_string": {"query": "CLEAR ALL"}}),
        ("no query in the form", 400, {"method": "POST", "data": "", "content_type": FORM}),
        ("relative graph", 400, {"query_string": {"query": "ASK {}", "default-graph-uri": "x"}}),
        ("unknown format", 400, {"query_string": {"query": "ASK {}", "format": "xls"}}),
    ],
)
def test_bad_request_is_a_problem_in_two_languages_that_scripts_may_read(
    client, name, status, request_
):
    response = client.open("/sparql", **request_)
    assert (response.status_code, name) == (status, name)
    assert response.content_type == "application/problem+json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    problem = response.json
    assert problem["status"] == status
    assert problem["detail"].endswith((".", ".")) and problem["detail_ja"].endswith("。")
    assert re.search("[ぁ-ん]", problem["detail_ja"]) and problem["title_ja"]


def test_a_function_nobody_defined_is_an_error_of_its_expression_alone(client):
    query = (
        "SELECT ?x (<http://example.org/f>(?x) AS ?y) (<http://example.org/g>() AS ?z)"
        " { VALUES ?x { 1 } }"
    )
    rows = get(client, query).json["results"]["bindings"]
    assert [list(row) for row in rows] == [["x"]]
    assert get(client, "ASK { FILTER(<http://example.org/f>(1)) }").json["boolean"] is False


def test_update_changes_nothing():
    store = protocol_store()
    client = create_app({"STORE": store}).test_client()
    post(client, "update=CLEAR+ALL", FORM)
    post(client, "CLEAR ALL", "application/sparql-update")
    get(client, "CLEAR ALL")
    assert len(store) == 3


@pytest.mark.parametrize(
    ("query", "line", "column", "found"),
    [
        ("SELECT ?s WHER { ?s ?p ?o }", 1, 11, "WHER, expected WHERE"),
        ("SELECT *\n{ ?s enisi:party ?o }", 2, 6, "PREFIX enisi: <"),
        ("SELECT * {\n  ?s ?p ?o\n  FILTER(?o > 1\n}", 4, 1, "found }"),
        ("ASK {\n ?s ?p ?o", 1, 5, "found { without an end"),
        ('ASK { ?s ?p "東京 }', 1, 13, 'found " without an end'),
        ("# 一覧\nDROP ALL", 2, 1, "read-only"),
        ("SELECT ?s { ?s ?p ?o } LIMIT x", 1, 30, "word x"),
        ("SELECT * { ?s ?p ?o } LIMIT ?n", 1, 29, "does not continue"),
    ],
)
def test_syntax_error_says_line_column_and_what_was_found(client, query, line, column, found):
    problem = get(client, query).json
    assert (problem["line"], problem["column"]) == (line, column)
    assert found in problem["detail"] and f"line {line}, column {column}" in problem["detail"]
    assert problem["text"] == query.split("\n")[line - 1]


SERVICE = "SERVICE <http://127.0.0.1:9/> { ?s ?p ?o }"


@pytest.mark.parametrize(
    "query",
    [
        f"ASK {{ {SERVICE} }}",
        f"ASK {{ {SERVICE.lower()} }}",
        f"ASK {{ {SERVICE.replace(' ', '')} }}",
        f"ASK {{ {SERVICE.replace(' <', ' SILENT <')} }}",
        f"ASK {{ {SERVICE.replace(' ', ' # x' + chr(10))} }}",
        "PREFIX ex: <http://127.0.0.1:9/> ASK { SERVICEex:a{} }",
        f"ASK {{ # \r {SERVICE} }}",
        f'ASK {{ BIND("""a"b""" AS ?x) {SERVICE} }}',
        f"ASK {{ BIND('\\'' AS ?x) {SERVICE} #'\n }}",
        f"ASK {{ ?s ?p true{SERVICE} }}",
        f"ASK {{ <http://a/\\u0041#> ?p ?o . {SERVICE} }}",
        # To a lexer these hold an IRI and a string, to the parser a comparison.
        f'ASK {{ FILTER(?a<?b#> """\n) {SERVICE} #"""\n}}',
        f"ASK {{ FILTER(?a<'''>''') {SERVICE} #'''\n}}",
    ],
)
def test_service_is_refused_however_it_is_written(client, query):
    response = get(client, query)
    assert response.status_code == 403
    assert "SERVICE" in response.json["detail"]


@pytest.mark.parametrize(
    "query",
    [
        'ASK { FILTER("SERVICE <http://x/> {}" != "") }',
        "ASK { FILTER('''\nSERVICE <http://x/> {}''' != \"\") }",
        "ASK { } # SERVICE <http://x/> {}",
        "ASK { FILTER NOT EXISTS { <http://x/SERVICE/#service> ?service ?o } }",
        "PREFIX service: <http://x/> ASK { FILTER NOT EXISTS { ?s service:service _:service } }",
        "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#> ASK {}",
        "PREFIX service: <http://x/> ASK { FILTER NOT EXISTS { GRAPH service:g { ?s ?p ?o } } }",
    ],
)
def test_the_word_service_elsewhere_is_no_call(client, query):
    assert get(client, query).json["boolean"] is True


def nested(depth: int) -> str:
    return "ASK " + "{" * depth + "}" * depth


def test_nesting_is_answered_up_to_the_limit_and_refused_above(client):
    assert get(client, nested(LIMITS.nesting)).json["boolean"] is True
    response = get(client, nested(LIMITS.nesting + 1))
    assert response.status_code == 400 and "nested" in response.json["detail"]


def test_brackets_in_strings_and_comments_are_not_nesting(client):
    query = f"ASK {{ FILTER('{'{(' * 99}' != '') }} # {'{' * 99}"
    assert get(client, query).json["boolean"] is True


@pytest.mark.parametrize(
    "query",
    [
        f"ASK {{ FILTER({'!' * 90_000}true) }}",
        f"ASK {{ ?s a{'/a' * 40_000} ?o }}",
        f"ASK {{ {{}}{'UNION{}' * 12_000} }}",
        f"ASK {{ FILTER(1{'&&1' * 30_000}) }}",
        f"ASK {{ ?s a ({'1 ' * 40_000}) }}",
        f"ASK {{ {'VALUES ?x{1}' * 8_000} }}",
    ],
    ids=["not", "path", "union", "and", "list", "values"],
)
def test_a_query_that_would_end_the_process_is_refused(client, query):
    response = post(client, query, DIRECT)
    assert response.status_code == 400 and "4000" in response.json["detail"]


def test_many_rows_of_values_are_welcome(client):
    rows = " ".join(f'("{number}")' for number in range(8_000))
    query = f"SELECT (COUNT(*) AS ?n) {{ VALUES (?x) {{ {rows} }} }}"
    result = post(client, query, DIRECT).json
    assert result["results"]["bindings"][0]["n"]["value"] == "8000"


def test_too_long_a_query_is_413(client):
    assert post(client, "ASK {}" + " " * 100_000, DIRECT).status_code == 413
    response = post(client, "ASK {}" + " " * 500_000, DIRECT)
    assert response.status_code == 413 and response.json["title"]


def test_scan_takes_linear_time_on_hostile_text():
    for text in ("a." * 50_000, "<a" * 50_000, "'''" * 33_333, '"' * 99_999, "a:" * 50_000):
        assert scan(text, LIMITS.nesting, LIMITS.words).form == ""


def test_head_has_the_headers_of_get_and_no_body(client):
    url = "/sparql?" + urlencode({"query": "ASK {}"})
    head, whole = client.head(url), client.get(url)
    assert head.data == b"" and head.headers["Content-Type"] == whole.headers["Content-Type"]
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


def test_options_allows_scripts_of_other_sites(client):
    headers = client.options("/sparql").headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    methods = set(headers["Access-Control-Allow-Methods"].split(", "))
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}
    assert "Content-Type" in headers["Access-Control-Allow-Headers"]


def test_csv_is_utf8_and_csv_for_excel_begins_with_a_byte_order_mark(client):
    query = 'SELECT ("盛岡市" AS ?s) {}'
    plain, excel = (
        get(client, query, ("format", "csv")),
        get(client, query, ("format", "csv-excel")),
    )
    assert plain.data.decode() == "s\r\n盛岡市\r\n"
    assert excel.data == b"\xef\xbb\xbf" + plain.data
    assert re.fullmatch(
        r'attachment; filename="enishi-[0-9a-f]{8}\.csv"', excel.headers["Content-Disposition"]
    )


def test_a_prefix_of_the_ontology_needs_no_declaration_and_may_be_another(client):
    data = f"<{DATA}data1.rdf>"
    assert get(client, f"ASK {{ {data} rdf:type ?type }}").json["boolean"] is True
    other = "PREFIX rdf: <http://example.org/> "
    assert get(client, f"{other} ASK {{ {data} rdf:type ?type }}").json["boolean"] is False


def test_service_description_tells_every_limit_and_its_value(client):
    about = Store()
    about.load(client.get("/sparql").data, RdfFormat.TURTLE)
    rows = about.query(
        "PREFIX schema: <https://schema.org/> SELECT ?name ?value {"
        " ?service schema:additionalProperty [ schema:propertyID ?name ; schema:value ?value ] }"
    )
    told = {row["name"].value: float(row["value"].value) for row in rows}
    limits = client.application.config["LIMITS"].document()
    assert told == {limit["name"]: limit["value"] for limit in limits}


def test_service_description_names_endpoint_graphs_and_formats(client):
    response = client.get("/sparql")
    assert response.content_type == "text/turtle; charset=utf-8"
    quads = {quad.triple for quad in parse(response.data, format=RdfFormat.TURTLE)}
    values = {
        (t.predicate.value.rpartition("#")[2], t.object.value)
        for t in quads
        if not isinstance(t.object, Triple)
    }
    assert ("endpoint", "http://localhost/sparql") in values
    assert (
        "supportedLanguage",
        "http://www.w3.org/ns/sparql-service-description#SPARQL11Query",
    ) in values
    assert {v for k, v in values if k == "name"} == {f"{DATA}data{n}.rdf" for n in (1, 2, 3)}
    assert sum(k == "resultFormat" for k, _ in values) == 8


def manifest_cases() -> list[dict]:
    """Return the requests of the W3C manifest: one for each case, in its order."""
    if not SUITE.is_dir():
        return []
    store = Store()
    store.bulk_load(
        (SUITE / "manifest.ttl").read_bytes(), RdfFormat.TURTLE, base_iri="http://m/manifest"
    )
    query = """
        PREFIX ht: <http://www.w3.org/2011/http#>
        PREFIX cnt: <http://www.w3.org/2011/content#>
        PREFIX mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#>
        PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
        SELECT ?case ?path ?method ?body ?encoding ?type ?expected ?format WHERE {
          ?case a mf:ProtocolTest ; mf:action/ht:requests/rdf:first ?request .
          ?request ht:absolutePath ?path ; ht:methodName ?method ; ht:resp ?response .
          OPTIONAL { ?request ht:body [ cnt:chars ?body ; cnt:characterEncoding ?encoding ] }
          OPTIONAL { ?request ht:headers/rdf:rest*/rdf:first
            [ ht:fieldName "content-type" ; ht:fieldValue ?type ] }
          OPTIONAL { ?response mf:expectedBoolean ?expected }
          OPTIONAL { ?response mf:expectedFormat ?format }
        }"""
    solutions = store.query(query)
    names = [variable.value for variable in solutions.variables]
    rows = [{name: row[name] and row[name].value for name in names} for row in solutions]
    return [{**row, "case": row["case"].rpartition("#")[2]} for row in rows]


def test_the_w3c_manifest_is_answered_as_it_expects(client):
    cases = manifest_cases()
    if not cases:
        pytest.skip("the W3C suite is not at hand (../shared/suites)")
    assert len({case["case"] for case in cases}) == 34
    for case in cases:
        body = (case["body"] or "").encode(case["encoding"] or "utf-8")
        response = client.open(
            case["path"], method=case["method"], data=body, content_type=case["type"]
        )
        refused = case["case"].startswith(("bad_", "update_"))
        if (refused and case["type"] != DIRECT) or case["case"] == "bad_query_non_utf8":
            assert 400 <= response.status_code < 500, case["case"]
            continue
        assert response.status_code == 200, case["case"]
        if case["expected"]:
            expected = case["case"].startswith("query_")
            assert json.loads(response.data)["boolean"] is expected, case["case"]
        if case["format"] == "RDF":
            assert response.mimetype == "text/turtle", case["case"]


def test_literal_terms_survive_the_way_through_json(client):
    response = get(client, 'SELECT ("縁"@ja AS ?s) {}')
    cell = response.json["results"]["bindings"][0]["s"]
    assert cell == {"type": "literal", "value": "縁", "xml:lang": "ja"}
    assert Literal(cell["value"], language="ja")


def test_a_plan_is_kept_when_its_call_comes_again_and_only_then():
    plans, call = Plans(Limits()), Call("GET", b"query=ASK%7B%7D")
    first, second, third = (plans.of(call) for _ in range(3))
    assert first is not second and second is third
    assert (first.query, first.choice) == (third.query, third.choice)
    assert plans.of(call._replace(accept="text/csv")).choice != third.choice
    assert plans.of(Call("GET", b"")) is None


def test_addresses_are_decoded_as_the_standard_library_does():
    chance = random.Random(1)
    for _ in range(20_000):
        size = chance.randrange(10)
        text = bytes(chance.choice(b"%%%%%09aAfF3dDgG=+\r\n .~\t\xe3") for _ in range(size))
        found: tuple[str, ...] | str
        try:
            expected = (unquote_to_bytes(text.replace(b"+", b" ")).decode("utf-8"),)
        except UnicodeDecodeError:
            expected = ()
        try:
            found = Parameters(b"query=" + text.replace(b"&", b"")).all("query")
        except Problem as problem:
            found = () if problem.status == 400 else "another problem"
        assert found == expected, text
