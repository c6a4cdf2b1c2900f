"""Generated federated queries have the answers they have over one store with all data in it."""

from collections import Counter

from server.errors import Problem
from server.federation.rows import is_blank
from tests.federation_queries import Maker, Pair, endpoints, local_store, whole_store
from tests.federation_stores import ask, bag, restated

QUERIES = 3000


def _outcome(pair: Pair, local: object, whole: object) -> set[str]:
    """Return what can be said of a query: wrong, refused, has rows, was asked by keys, …"""
    expected = ask(whole, pair.whole)
    stores = endpoints()
    try:
        plan = restated(pair.federated, local, stores)
    except Problem as problem:
        assert "blank nodes in the answer of" in problem.detail, (problem.detail, pair.federated)
        return {"refused"}
    said = {"right" if bag(ask(local, plan.text)) == bag(expected) else "wrong"}
    if "SERVICE" in plan.text:
        said.add("left")
    if expected:
        said.add("has rows")
    if any(fetch.key_variables for fetch in stores.fetches):
        said.add("by key")
    if any(is_blank(cell) for row in expected for cell in row):
        said.add("has blank nodes")
    return said


def test_generated_queries_are_answered_as_over_one_store() -> None:
    local, whole = local_store(), whole_store()
    counts: Counter[str] = Counter()
    wrong = []
    for seed in range(QUERIES):
        pair = Maker(seed).query()
        said = _outcome(pair, local, whole)
        counts.update(said)
        if "wrong" in said:
            wrong.append((seed, pair.federated))
    assert wrong == []
    assert counts["left"] == 0
    assert counts["right"] + counts["refused"] == QUERIES
    # So that the comparison says something: most are answered, many not with nothing.
    assert counts["right"] > 0.9 * QUERIES
    assert counts["has rows"] > 0.3 * QUERIES
    assert counts["by key"] > 0.3 * QUERIES
    assert counts["has blank nodes"] > 0.01 * QUERIES


def test_the_generator_makes_every_form() -> None:
    texts = [Maker(seed).query().federated for seed in range(QUERIES)]
    forms = (
        "OPTIONAL",
        "MINUS",
        "UNION",
        "BIND",
        "VALUES",
        "EXISTS",
        "SILENT",
        "SERVICE ?",
        "GRAPH",
    )
    counts = {form: sum(form in text for text in texts) for form in forms}
    assert min(counts.values()) > 100, counts


def test_the_comparison_sees_a_row_too_few() -> None:
    local, whole = local_store(), whole_store()
    pair = Pair(
        "PREFIX : <http://example.org/> SELECT * WHERE { ?a :p ?b SERVICE"
        " <http://one.example/sparql> { ?b :q 1, 7 } }",
        "PREFIX : <http://example.org/> SELECT * WHERE { ?a :p ?b GRAPH"
        " <http://one.example/sparql#0> { ?b :q 1 } }",
    )
    assert "right" in _outcome(pair, local, whole)
    other = Pair(pair.federated.replace("1, 7", "99"), pair.whole)
    assert "wrong" in _outcome(other, local, whole)
