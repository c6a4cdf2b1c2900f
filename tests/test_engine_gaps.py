"""What the engine answers otherwise than SPARQL 1.1 says is restated; the rest is left alone."""

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from server.engine_gaps import Dataset, restate
from server.errors import Problem
from server.evaluation import admit, run
from server.limits import Limits

LIMITS = Limits()
EX = "https://example.org/"
PROLOGUE = f"PREFIX : <{EX}> "


@pytest.fixture(scope="module")
def store() -> Store:
    """Two named graphs with two statements and one, and one in the default graph."""
    store = Store()
    for graph, names in (("g1", "ab"), ("g2", "c")):
        for name in names:
            store.add(
                Quad(
                    NamedNode(EX + name),
                    NamedNode(EX + "p"),
                    Literal(name, language="en"),
                    NamedNode(EX + graph),
                )
            )
    store.add(Quad(NamedNode(EX + "a"), NamedNode(EX + "q"), NamedNode(EX + "z"), DefaultGraph()))
    return store


def ask(store: Store, text: str, named: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the rows of an answer, sorted, each value as N-Triples without the long IRIs."""
    results = run(store, admit(PROLOGUE + text, LIMITS, (), named))
    return sorted(
        tuple("" if term is None else str(term).replace(EX, "") for term in row) for row in results
    )


def integer(number: int) -> str:
    return f'"{number}"^^<http://www.w3.org/2001/XMLSchema#integer>'


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "SELECT ?g ?n { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s :p ?o } } }",
            [("<g1>", integer(2)), ("<g2>", integer(1))],
        ),
        (
            "SELECT ?g ?v { GRAPH ?g { VALUES ?v { 1 } } }",
            [("<g1>", integer(1)), ("<g2>", integer(1))],
        ),
        ("SELECT ?s { GRAPH ?g { ?s :p ?o MINUS { ?x :p ?y } } }", [("<a>",), ("<b>",), ("<c>",)]),
        # A blank node's label in each of the copies.
        ('SELECT ?g { GRAPH ?g { _:x :p "a"@en { SELECT * { } } } }', [("<g1>",)]),
        (
            "SELECT ?g ?n FROM NAMED :g2 { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s :p ?o } } }",
            [("<g2>", integer(1))],
        ),
        ("SELECT ?g ?n FROM :g2 { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s :p ?o } } }", []),
        # What the query writes in a string stays as it is.
        ('SELECT ("GRAPH ?g { VALUES" AS ?v) {}', [('"GRAPH ?g { VALUES"',)]),
        (
            "SELECT ?n { { GRAPH ?g { SELECT (COUNT(*) AS ?n) { :a :p ?o } } } FILTER(?g = :g1) }",
            [(integer(1),)],
        ),
    ],
)
def test_graph_with_a_variable_is_evaluated_once_for_each_named_graph(store, text, rows):
    assert ask(store, text) == rows


def test_the_named_graphs_of_the_protocol_are_the_ones(store):
    text = "SELECT ?g ?n { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s :p ?o } } }"
    assert ask(store, text, (EX + "g2", EX + "g2")) == [("<g2>", integer(1))]


@pytest.mark.parametrize("sign", "*?")
@pytest.mark.parametrize(
    ("pattern", "row"),
    [
        ("?x :p{} :nowhere", "<nowhere>"),
        (":nowhere :p{} ?x", "<nowhere>"),
        ("?x (:p|^:q){} <https://example.org/nowhere> .", "<nowhere>"),
        (":nowhere ^:p{} ?x FILTER(?x = :nowhere)", "<nowhere>"),
    ],
)
def test_a_path_of_length_zero_holds_where_its_end_is_in_no_statement(store, pattern, row, sign):
    assert ask(store, f"SELECT ?x {{ {pattern.format(sign)} }}") == [(row,)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SELECT ?x { ?x :q* :z }", [("<a>",), ("<z>",)]),
        ("SELECT ?x { GRAPH :g1 { ?x :p* :nowhere } }", []),
        ("SELECT * { :a :q ?x }", [("<z>",)]),
        ("SELECT ?x { ?s :q ?x . ?x :q* ?s }", []),
    ],
)
def test_other_paths_are_left_to_the_engine(store, text, rows):
    assert ask(store, text) == rows


def test_concatenated_labels_are_a_simple_literal(store):
    text = 'SELECT (GROUP_CONCAT(?o; SEPARATOR=")") AS ?all) { GRAPH :g2 { ?s :p ?o } }'
    assert ask(store, text) == [('"c"',)]
    text = "SELECT ?s { GRAPH :g2 { ?s :p ?o } } GROUP BY ?s HAVING(GROUP_CONCAT(?o) = 'c')"
    assert ask(store, text) == [("<c>",)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o } # GROUP_CONCAT(?x) GRAPH ?g { VALUES",
        "SELECT (COUNT(*) AS ?n) { ?s :p ?o }",
        "SELECT ?s { GRAPH ?g { ?s :p ?o } }",
        "SELECT ?s { GRAPH :g1 { ?s :p ?o MINUS { ?s :q ?o } } }",
        "SELECT ?s { GRAPH ?g { VALUES ?s { :a }",
        "SELECT ?s { ?s :p* ?o }",
        # Read in another way, the rest of the line would be a comment.
        "SELECT (GROUP_CONCAT(?a) AS ?b) { FILTER(?a<?b#>) \n) }",
    ],
)
def test_everything_else_is_left_as_it_is_written(text):
    never = Dataset(lambda: ["<urn:g>"], lambda prologue, term: False)
    assert restate(text, never, LIMITS.words) == text


def test_a_wrong_query_is_reported_from_its_own_text(store):
    with pytest.raises(Problem) as caught:
        ask(store, "SELECT ?g {\n GRAPH ?g { VALUES ?v { 1 } }\n ?s ?p }")
    assert "line 3" in caught.value.detail


def test_too_many_graphs_for_one_query_are_refused():
    many = Dataset(lambda: [f"<urn:{n}>" for n in range(1000)], lambda prologue, term: False)
    with pytest.raises(Problem) as caught:
        restate("SELECT * { GRAPH ?g { VALUES ?v { 1 } } }", many, LIMITS.words)
    assert caught.value.detail.startswith("GRAPH ?g around a subquery, VALUES or MINUS is")
    assert caught.value.extra["limit"] == "words"
