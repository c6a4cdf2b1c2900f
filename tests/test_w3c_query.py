"""SPARQL 1.1 over HTTP answers what the W3C's tests of queries and of result formats expect.

What differs is in w3c_exceptions.csv, each with its reason; a difference is of the answer, or
only of the lexical form of a value in it.
"""

from collections.abc import Iterator

import pytest
from rdflib import XSD, BNode, Literal, URIRef

from tests.serving import Answer, Client, serving, write_release
from tests.w3c_suite import (
    ANSWER,
    LEXICAL_FORM,
    Case,
    Row,
    Solutions,
    cases,
    data_quads,
    exceptions_among,
    is_ordered,
    path_of,
    read_graph,
    read_result_set,
    read_results,
    require_suite,
    same_graph,
    same_solutions,
    table_of_exceptions,
)

KINDS = ("QueryEvaluationTest", "CSVResultFormatTest")
# Entailment regimes are not offered; federation has endpoints of its own to call.
OUT_OF_SCOPE = ("entailment", "service")
NO_GRAPH = "https://example.org/no-such-graph"
ACCEPT = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".ttl": "text/turtle",
}


@pytest.fixture(scope="module")
def evaluations() -> list[Case]:
    """The cases of SPARQL 1.1 Query and its result formats."""
    require_suite()
    return cases(KINDS, OUT_OF_SCOPE)


@pytest.fixture(scope="module")
def client(evaluations: list[Case], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server of every data file of the cases."""
    release = write_release(tmp_path_factory.mktemp("w3c"), data_quads(evaluations))
    with serving(release) as client:
        yield client


def dataset(case: Case) -> list[tuple[str, str]]:
    """Return the dataset of a case as parameters of the protocol.

    They outrank FROM, so a query with FROM gets none. A case without data gets a graph that
    does not exist: with no parameter at all it would see every file.
    """
    if "FROM <" in case.text:
        return []
    defaults = [("default-graph-uri", iri) for iri in case.data]
    named = [("named-graph-uri", iri) for iri in case.graphs]
    return [*defaults, *named] or [("default-graph-uri", NO_GRAPH)]


def ask(client: Client, case: Case, accept: str) -> Answer:
    """Return the answer to a case.

    IRIs in it are relative to its file, which the server does not know: the query has to say
    so. A BASE of its own comes later and wins.
    """
    return client.ask(f"BASE <{case.query}> {case.text}", accept, *dataset(case))


def difference(client: Client, case: Case) -> tuple[str | None, str]:
    """Return how the answer to a case differs, None when it does not, and both in full."""
    expected_text = path_of(case.result).read_bytes()
    suffix = path_of(case.result).suffix
    graph = read_graph(expected_text, case.result) if suffix == ".ttl" else None
    described = None if graph is None else read_result_set(graph)
    # A result described in RDF says nothing about the format of the answer.
    suffix = suffix if described is None else ".srj"
    answer = ask(client, case, ACCEPT[suffix])
    shown = f"{answer.status} {answer.body.decode()}\nexpected {expected_text.decode()}"
    if (answer.status, answer.media_type) != (200, ACCEPT[suffix]):
        return ANSWER, shown
    if graph is not None and described is None:
        return same_graph(read_graph(answer.body, case.result), graph), shown
    expected = described or read_results(expected_text, suffix, is_ordered(case.text))
    return same_solutions(read_results(answer.body, suffix, expected.ordered), expected), shown


def test_every_case_is_answered_as_expected_but_for_the_known_exceptions(
    client, evaluations, capsys
):
    found = {case.key: difference(client, case) for case in evaluations}
    differing = {key: kind for key, (kind, _) in found.items() if kind}
    with capsys.disabled():
        same = len(found) - list(differing.values()).count(ANSWER)
        print(f"\nSPARQL 1.1 query: {same} of {len(found)} cases answered as expected,", end=" ")
        print(f"{len(found) - len(differing)} of them in the same lexical forms")
    known = exceptions_among(evaluations)
    changed = {key for key in differing.keys() | known if differing.get(key) != known.get(key)}
    details = "\n".join(
        f"{key}: found {differing.get(key)}, expected {known.get(key)}: {found[key][1]}"
        for key in sorted(changed)
    )
    assert not changed, details


def test_the_cases_in_scope_are_232_evaluations_and_3_csv_formats(evaluations):
    kinds = [case.kind for case in evaluations]
    assert [kinds.count(kind) for kind in KINDS] == [232, 3]
    assert len({case.key for case in evaluations}) == 235


def test_every_exception_is_a_case_of_the_suite_and_says_how_it_differs():
    require_suite()
    every = cases((*KINDS, "PositiveSyntaxTest11", "NegativeSyntaxTest11"), OUT_OF_SCOPE)
    table = table_of_exceptions()
    assert table.keys() <= {case.key for case in every}
    assert set(table.values()) <= {ANSWER, LEXICAL_FORM}


def rows(*cells: Row, ordered: bool = False) -> Solutions:
    return Solutions(frozenset({"a", "b"}), cells, ordered)


def test_results_are_compared_up_to_the_names_of_blank_nodes():
    expected = rows({"a": BNode("x"), "b": BNode("y")}, {"a": BNode("y")})
    assert (
        same_solutions(rows({"a": BNode("2")}, {"a": BNode("1"), "b": BNode("2")}), expected)
        is None
    )
    joined = rows({"a": BNode("1"), "b": BNode("1")}, {"a": BNode("1")})
    assert same_solutions(joined, expected) == ANSWER


def test_results_are_compared_with_their_duplicates():
    once, twice = [{"a": URIRef("x:x")}], [{"a": URIRef("x:x")}] * 2
    assert same_solutions(rows(*twice), rows(*twice)) is None
    assert same_solutions(rows(*once), rows(*twice)) == ANSWER


def test_results_are_compared_in_order_only_where_it_is_expected():
    first, second = {"a": Literal("1")}, {"a": Literal("2")}
    assert same_solutions(rows(second, first), rows(first, second)) is None
    assert same_solutions(rows(second, first), rows(first, second, ordered=True)) == ANSWER


@pytest.mark.parametrize(
    ("found", "expected", "kind"),
    [
        (("2", XSD.decimal), ("2.0", XSD.decimal), LEXICAL_FORM),
        (("0.2", XSD.double), ("2.0E-1", XSD.double), LEXICAL_FORM),
        (("true", XSD.boolean), ("1", XSD.boolean), LEXICAL_FORM),
        (("2", XSD.integer), ("2", XSD.decimal), ANSWER),
        (("3", XSD.decimal), ("2.0", XSD.decimal), ANSWER),
        (("-3", XSD.integer), ("-3", XSD.negativeInteger), ANSWER),
        (("2", XSD.string), ("2.0", XSD.string), ANSWER),
    ],
)
def test_a_value_in_another_lexical_form_is_told_from_another_value(found, expected, kind):
    one, other = (
        rows({"a": Literal(text, datatype=datatype, normalize=False)})
        for text, datatype in (found, expected)
    )
    assert same_solutions(one, other) == kind


@pytest.mark.parametrize("truth", [True, False])
def test_truth_values_and_variables_are_compared(truth):
    assert same_solutions(Solutions(truth=truth), Solutions(truth=True)) == (
        None if truth else ANSWER
    )
    assert same_solutions(Solutions(frozenset({"a"})), Solutions(frozenset({"b"}))) == ANSWER
