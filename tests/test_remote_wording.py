"""What of a query is sent to a store elsewhere, and what is restated for Virtuoso."""

import pytest
from pyoxigraph import Store

from server.errors import Problem
from server.links import BASE
from server.remote.challenge import challenges
from server.remote.gaps import restate
from server.remote.wording import word

EX = "https://example.org/"
PREFIX = f"PREFIX ex: <{EX}ns#>\n"
VIRTUOSO = ("constants", "subqueries", "texts")


def worded(text: str, aliases: dict[str, str] | None = None):
    return word(PREFIX + text, BASE, {}, aliases or {})


def restated(text: str, *columns: str) -> str:
    return " ".join(restate(text, columns, VIRTUOSO).split())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s { ?s ex:p 1.5, true . ?s ex:q 'a#b'@en # a comment }\n }",
        "ASK FROM ex:g FROM NAMED <h> { ?s ex:p+/^ex:q ?o FILTER(?o < 3 && xsd:integer(?o) > 1) }",
        "CONSTRUCT { ?s ex:p [ ex:q ?o ] } WHERE { ?s ex:p ?o } LIMIT 3",
        "CONSTRUCT WHERE { ?s ex:p ?o } ORDER BY ?s",
        'SELECT (COUNT(?s) AS ?n) { ?s ex:p "x"^^ex:t . FILTER(?s NOT IN (ex:a)) } GROUP BY ?o',
    ],
)
def test_what_is_sent_parses_and_has_neither_comment_nor_dataset(query: str):
    text = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n" + query
    Store().query(PREFIX + text, base_iri=BASE)
    sent = worded(text).text
    Store().query(sent)
    assert "comment" not in sent and "FROM" not in sent and "CONSTRUCT" not in sent


def test_namespaces_that_end_in_a_hash_stay():
    assert f"PREFIX ex: <{EX}ns#>" in worded("SELECT * { ?s ex:p ?o }").text


def test_the_dataset_of_a_query_is_read_with_base_and_prefixes():
    found = worded("SELECT * FROM <g> FROM NAMED ex:h { ?s ?p ?o }")
    assert found.default_graphs == (BASE + "g",) and found.named_graphs == (EX + "ns#h",)
    assert worded("SELECT * { ?s ?p ?o }").default_graphs is None


def test_an_alias_stands_for_its_iri_and_nothing_else():
    aliases = {EX + "ns#wkt": "urn:alias"}
    sent = worded('SELECT * { ?s ?p "a ex:wkt"^^ex:wkt ; ex:wktLiteral ?o }', aliases).text
    assert '"a ex:wkt"^^<urn:alias>' in sent and "ex:wktLiteral" in sent


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (<bif:getenv>('PATH') AS ?x) {}",
        "SELECT * { ?s ?p ?o FILTER(ex:function(?o)) }",
        "SELECT * { ?s <bif:contains> 'x' }",
        "PREFIX s: <sql:> SELECT * { ?s ?p ?o FILTER(false && s:x (1)) }",
        "SELECT * { ?s ?p ?a FILTER(?a<?b#>\n) }",
        "SELECT * { ?s ?p ?a FILTER(?a<bif:x(1)&&?b>2) }",
    ],
)
def test_what_only_a_store_would_understand_is_refused(query: str):
    with pytest.raises(Problem, match="line") as caught:
        worded(query)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (["Basic realm=x"], {"basic": {"realm": "x"}}),
        (['Digest realm="S, Q", nonce="n", qop="auth"', "Basic"], None),
        (["Negotiate"], {"negotiate": {}}),
        ([], {}),
    ],
)
def test_challenges_are_read(headers, found):
    expected = (
        found
        if found is not None
        else {"digest": {"realm": "S, Q", "nonce": "n", "qop": "auth"}, "basic": {}}
    )
    assert challenges(headers) == expected


def test_a_constant_that_filters_alone_read_is_put_there():
    text = (
        'SELECT ?n { VALUES ?l { "ja" } ?s ex:p ?n OPTIONAL { ?s ex:q ?m FILTER(LANG(?m) = ?l) } }'
    )
    assert restated(text, "n") == (
        'SELECT ?n { ?s ex:p ?n OPTIONAL { ?s ex:q ?m FILTER(LANG(?m) = "ja") } }'
    )


@pytest.mark.parametrize(
    "text",
    [
        'SELECT ?l { VALUES ?l { "ja" } ?s ex:p ?n FILTER(LANG(?n) = ?l) }',
        "SELECT ?n { VALUES ?l { ex:a } ?l ex:p ?n FILTER(?n != ?l) }",
        'SELECT ?n { VALUES ?l { "ja" "en" } ?s ex:p ?n FILTER(LANG(?n) = ?l) }',
        'SELECT ?n { VALUES ?l { "ja" } { ?s ex:p ?n FILTER(LANG(?n) = ?l) } }',
        "SELECT ?n { VALUES ?l { ex:a } ?s ex:p ?n FILTER(BOUND(?l)) }",
        'SELECT ?n { VALUES ?l { "ja" } BIND(CONCAT(?l, "x") AS ?n) }',
    ],
)
def test_a_constant_that_is_read_elsewhere_stays(text: str):
    assert restated(text, "l" if "SELECT ?l" in text else "n") == text


def test_a_row_of_one_stands_between_a_subquery_and_what_is_optional():
    text = (
        "SELECT ?c { { SELECT DISTINCT ?c { ?x a ?c } } OPTIONAL { ?c ex:p ?n } FILTER(?c != 1) }"
    )
    assert "} } VALUES ?enishi_one { 1 } OPTIONAL" in restated(text, "c")
    spelt = restated(text.replace("SELECT ?c", "SELECT *"), "c", "n")
    assert spelt.startswith("SELECT ?c ?n {") and "enishi_one" in spelt
    assert restated(text.replace("OPTIONAL { ?c ex:p ?n }", ""), "c").count("VALUES") == 0


def test_texts_that_are_joined_and_only_shown_are_marked():
    text = 'SELECT ?t { ?s ex:p ?n BIND(CONCAT(?n, "→市") AS ?t) }'
    assert '"((u2192))((u5e02))"' in restated(text, "t")
    assert "→" in restated(text.replace("}", 'FILTER(?t != "x") }'), "t")


def test_other_engines_get_the_query_as_it_is():
    text = 'SELECT ?t { VALUES ?l { "ja" } ?s ex:p ?n FILTER(LANG(?n) = ?l) }'
    assert restate(text, ["t"], ()) == text
