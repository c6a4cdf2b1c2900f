"""Over HTTP, what the W3C's syntax tests call a query is one, and what they do not is a 400."""

from collections.abc import Iterator

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from tests.serving import Client, serving, write_release
from tests.w3c_suite import ANSWER, Case, cases, exceptions_among, require_suite

POSITIVE, NEGATIVE = "PositiveSyntaxTest11", "NegativeSyntaxTest11"
JSON_OR_TURTLE = "application/sparql-results+json, text/turtle"


@pytest.fixture(scope="module")
def syntax_cases() -> list[Case]:
    """The cases of query syntax in every folder; 8 that must fail are updates, 3 call SERVICE."""
    require_suite()
    return cases((POSITIVE, NEGATIVE))


@pytest.fixture(scope="module")
def client(syntax_cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server of one statement: no query of the suite asks for it."""
    statement = Quad(
        NamedNode("https://example.org/s"),
        NamedNode("https://example.org/p"),
        Literal("o"),
        NamedNode("https://example.org/g"),
    )
    with serving(write_release(tmp_path_factory.mktemp("w3c"), {statement})) as client:
        yield client


def is_as_expected(case: Case, status: int) -> bool:
    """Tell whether a status fits a case.

    A call of another server may be refused or fail: only 400 would say that the text is no query.
    """
    if case.kind == NEGATIVE:
        return status == 400
    return status in (200, 403, 502, 504) if case.suite == "syntax-fed" else status == 200


def test_every_text_is_taken_or_refused_as_expected(client, syntax_cases, capsys):
    answers = {case.key: client.ask(case.text, JSON_OR_TURTLE) for case in syntax_cases}
    wrong = {
        case.key for case in syntax_cases if not is_as_expected(case, answers[case.key].status)
    }
    with capsys.disabled():
        right = len(answers) - len(wrong)
        print(f"\nSPARQL 1.1 query syntax: {right} of {len(answers)} cases as expected")
    known = exceptions_among(syntax_cases)
    changed = wrong ^ known.keys()
    assert not changed, "\n".join(
        f"{key}: {'wrong' if key in wrong else 'right'}: {answers[key]}" for key in sorted(changed)
    )
    assert set(known.values()) <= {ANSWER}


def test_what_is_refused_is_refused_for_its_syntax(client, syntax_cases):
    for case in syntax_cases:
        if case.kind == NEGATIVE:
            answer = client.ask(case.text, JSON_OR_TURTLE)
            assert answer.media_type == "application/problem+json", case
            assert b'"line"' in answer.body, (case, answer)


def test_the_cases_are_66_queries_and_48_texts_that_are_none(syntax_cases):
    kinds = [case.kind for case in syntax_cases]
    assert (kinds.count(POSITIVE), kinds.count(NEGATIVE)) == (66, 48)
    assert len({case.key for case in syntax_cases}) == 114
