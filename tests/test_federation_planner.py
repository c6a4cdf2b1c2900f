"""The planner of federated queries: what is asked of whom, and what stands in its place."""

import pytest

from server.errors import Problem
from server.federation.planner import explain
from server.federation.remote import FederationError, Fetch
from tests.federation_stores import (
    KeyLimit,
    StoreEndpoint,
    Stores,
    answer,
    ask,
    restated,
    store_of,
)

PREFIX = "PREFIX : <http://example.org/> "
LOCAL = """
:bunkyo :code "13105" ; :tie :kaiserslautern, :istanbul . :nerima :code "13120" ; :tie :haidian .
:kita :tie :xicheng . :at :endpoint <http://stat.example/sparql> . _:nobody :code "0" .
:hidden :tie _:blank .
"""
REMOTE = """
:bunkyo :population 240069 ; :name "Bunkyo"@en, "文京区"@ja . :nerima :population 752608 .
:chuo :population 169179 . :istanbul :in :turkey . :haidian :in :china . :xicheng :in :china .
:nerima :part [ :name "Oizumi" ], [ :name "Hikari" ] .
"""
STAT, DOWN = "http://stat.example/sparql", "http://down.example/sparql"


@pytest.fixture
def local():
    return store_of(LOCAL)


@pytest.fixture
def stores():
    return Stores(
        {
            STAT: StoreEndpoint("stat", store_of(REMOTE), most_keys=1000),
            DOWN: StoreEndpoint("down", None),
        }
    )


def _service(pattern: str) -> str:
    return f"SERVICE <{STAT}> {{ {pattern} }}"


def _fetch(text: str, local, stores: Stores) -> Fetch:
    """Return the one fetch of a query."""
    restated(PREFIX + text, local, stores)
    (fetch,) = stores.fetches
    return fetch


def _keys(text: str, local, stores: Stores) -> dict[str, set[str]]:
    """Return the keys of the one fetch of a query, by variable, without the namespace."""
    fetch = _fetch(text, local, stores)
    return {
        name: {key[column].removeprefix("<http://example.org/").rstrip(">") for key in fetch.keys}
        for column, name in enumerate(fetch.key_variables)
    }


def _problem(text: str, local, stores: Stores) -> Problem:
    with pytest.raises(Problem) as raised:
        restated(PREFIX + text, local, stores)
    assert raised.value.status == 400
    assert stores.fetches == []
    return raised.value


# -- keys ----------------------------------------------------------------------------------


def test_the_values_of_what_stands_before_are_sent(local, stores) -> None:
    text = f"SELECT ?a ?n WHERE {{ ?a :code ?c . {_service('?a :population ?n')} }}"
    fetch = _fetch(text, local, stores)
    assert fetch.variables == ("a", "n")
    assert fetch.key_variables == ("a",)
    assert sorted(fetch.keys) == [
        ("<http://example.org/bunkyo>",),
        ("<http://example.org/nerima>",),
    ]
    assert fetch.prologue == "PREFIX : <http://example.org/>"
    assert fetch.pattern == "?a :population ?n"
    assert (fetch.is_flat, fetch.is_whole) == (True, False)
    assert len(answer(PREFIX + text, local, stores)) == 2


def test_what_stands_behind_narrows_too(local, stores) -> None:
    text = f"SELECT * WHERE {{ {_service('?a :population ?n')} ?a :tie ?b . }}"
    assert _keys(text, local, stores) == {"a": {"bunkyo", "nerima", "kita", "hidden"}}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ('?a :code ?c FILTER(?c = "13105")', {"bunkyo"}),
        # What a FILTER sees of the remote rows is not known yet.
        ('?a :code ?c FILTER(?c = "13105" || ?n > 5)', {"bunkyo", "nerima"}),
        ("VALUES ?a { :bunkyo }", {"bunkyo"}),
        ("{ ?a :code '13105' } UNION { ?a :tie :haidian }", {"bunkyo", "nerima"}),
        ("?x :tie ?y BIND(?x AS ?a) FILTER(?y = :haidian)", {"nerima"}),
        ("?a :tie ?b MINUS { ?a :code ?c }", {"kita", "hidden"}),
        ("?a :tie ?b FILTER NOT EXISTS { ?a :code ?c }", {"bunkyo", "nerima", "kita", "hidden"}),
        ("{ SELECT ?a WHERE { ?a :tie ?b } ORDER BY DESC(?a) LIMIT 1 }", {"nerima"}),
        ("?a :tie ?b OPTIONAL { ?a :code ?c }", {"bunkyo", "nerima", "kita", "hidden"}),
    ],
)
def test_the_context_is_what_is_joined(group: str, expected: set[str], local, stores) -> None:
    text = f"SELECT * WHERE {{ {group} {_service('?a :population ?n')} }}"
    assert _keys(text, local, stores) == {"a": expected}


@pytest.mark.parametrize(
    "text",
    [
        "OPTIONAL { ?a :none ?c } SERVICE",
        "VALUES ?a { :bunkyo UNDEF } SERVICE",
        "{ ?a :code ?c } UNION { ?z :code ?c } SERVICE",
        "?z :tie ?b OPTIONAL { ?a :code ?b } SERVICE",
        "BIND(RAND() AS ?a) SERVICE",
        "{ SELECT ?z WHERE { ?a :code ?z } } SERVICE",
        "?z :code ?c FILTER NOT EXISTS { SERVICE }",
        "?a :code ?c { SELECT (COUNT(?a) AS ?z) WHERE { SERVICE } }",
        "?a :code ?c { SELECT ?a WHERE { SERVICE } LIMIT 1 }",
        "?a :code ?c { SELECT ?n WHERE { SERVICE } }",
    ],
)
def test_what_need_not_be_bound_is_no_key(text: str, local, stores) -> None:
    """Another row, or another variable of the same name, may need what the keys leave out."""
    group = text.replace("SERVICE", _service("?a :population ?n"))
    assert _keys(f"SELECT ?n WHERE {{ {group} }}", local, stores) == {}


def test_a_variable_the_pattern_may_leave_unbound_is_no_key(local, stores) -> None:
    pattern = "?z :population ?n OPTIONAL { ?z :in ?a }"
    text = f"SELECT * WHERE {{ ?a :code ?c . {_service(pattern)} }}"
    assert _keys(text, local, stores) == {}


def test_into_optional_goes_what_its_left_side_has(local, stores) -> None:
    """A key for ?b from behind would take a partner away, and let the row without one live."""
    service = _service("?a :population ?n . ?b :in ?in")
    text = f"SELECT * WHERE {{ ?a :code ?c OPTIONAL {{ {service} }} ?d :tie ?b }}"
    assert set(_keys(text, local, stores)) == {"a"}


def test_into_optional_goes_what_was_computed_before_it(local, stores) -> None:
    text = "SELECT * WHERE { ?x :tie :haidian BIND(?x AS ?a) OPTIONAL { SERVICE } }"
    text = text.replace("SERVICE", _service("?a :population ?n"))
    assert _keys(text, local, stores) == {"a": {"nerima"}}


def test_blank_nodes_are_never_sent(local, stores) -> None:
    text = f"SELECT * WHERE {{ ?x :tie ?b {_service('?b :in ?in')} }}"
    assert _keys(text, local, stores) == {"b": {"kaiserslautern", "istanbul", "haidian", "xicheng"}}


def test_nothing_is_asked_when_nothing_can_fit(local, stores) -> None:
    for group in ("?a :none ?c .", "?x :none ?y .", "?x :tie ?a FILTER(ISBLANK(?a))"):
        text = f"{PREFIX}SELECT * WHERE {{ {group} {_service('?a :population ?n')} }}"
        assert answer(text, local, stores) == []
    assert stores.fetches == []


def test_too_many_keys_are_refused_with_the_limit(local, stores) -> None:
    text = f"{PREFIX}SELECT * WHERE {{ ?a :tie ?b {_service('?a :population ?n')} }}"
    with pytest.raises(Problem, match="more than 3 keys") as raised:
        restated(text, local, stores, most_keys=3)
    assert raised.value.extra["limit"] == "federation_keys"
    assert stores.fetches == []


def test_the_rows_of_one_service_are_the_keys_of_the_next(local, stores) -> None:
    first, second = _service("?b :in :turkey"), _service("?a :name ?n")
    text = f"SELECT * WHERE {{ {first} ?a :tie ?b . {second} }}"
    restated(PREFIX + text, local, stores)
    assert [fetch.key_variables for fetch in stores.fetches] == [("b",), ("a",)]
    assert stores.fetches[1].keys == (("<http://example.org/bunkyo>",),)
    assert len(answer(PREFIX + text, local, stores)) == 2


def test_what_chooses_by_chance_is_asked_once(local, stores) -> None:
    """The keys are of the same two rows that the answer has."""
    text = f"{PREFIX}SELECT ?a ?n WHERE {{ {{ SELECT ?a {{ ?a :tie ?b }} LIMIT 2 }} SERVICE }}"
    plan = restated(text.replace("SERVICE", _service("?a :population ?n")), local, stores)
    assert "LIMIT" not in plan.text
    assert len(stores.fetches[0].keys) <= 2


# -- the request ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "is_flat"),
    [
        ("?a :population ?n", True),
        ("FILTER(?n > 1) ?a :population ?n OPTIONAL { ?a :name ?m }", True),
        ("OPTIONAL { ?a :name ?n } ?a :population ?n", False),
        ("?x :in ?in . OPTIONAL { ?x :name ?m } ?a :population ?n", True),
        ("?x :in ?in OPTIONAL { ?x :name ?m } ?a :population ?n", False),
        ("SELECT ?a (MAX(?m) AS ?n) WHERE { ?a :population ?m } GROUP BY ?a", False),
        ("{ ?a :population ?n } UNION { ?a :in ?n }", False),
    ],
)
def test_keys_stand_in_the_group_where_its_first_triples_bind_them(
    pattern: str, is_flat: bool, local, stores
) -> None:
    text = f"SELECT ?a ?n WHERE {{ ?a :code ?c . {_service(pattern)} }}"
    fetch = _fetch(text, local, stores)
    first = pattern.startswith("?x :in ?in . OPTIONAL")
    assert fetch.key_variables == ("a",)
    assert fetch.is_flat is (is_flat and not first)


@pytest.mark.parametrize(
    ("pattern", "is_whole"),
    [
        ("?a :population ?n FILTER(?n > 1)", False),
        ("SELECT ?a ?n WHERE { ?a :population ?n } ORDER BY ?n LIMIT 2", True),
        ("?a :population ?n BIND(RAND() AS ?r)", True),
        ("?a :population ?n FILTER(?n != 'LIMIT 1 RAND()')", False),
    ],
)
def test_what_differs_in_pieces_is_asked_whole(pattern: str, is_whole: bool, local, stores) -> None:
    fetch = _fetch(f"SELECT * WHERE {{ ?a :code ?c . {_service(pattern)} }}", local, stores)
    assert fetch.is_whole is is_whole


def test_only_variables_that_are_used_are_fetched(local, stores) -> None:
    text = f"SELECT ?a WHERE {{ ?a :code ?c . {_service('?a :population ?n ; :name ?m')} }}"
    assert _fetch(text + " ORDER BY ?m", local, stores).variables == ("a", "m")


@pytest.mark.parametrize("head", ["SELECT *", "SELECT (COUNT(DISTINCT *) AS ?x)", "DESCRIBE *"])
def test_a_star_needs_all_variables(head: str, local, stores) -> None:
    text = f"{head} WHERE {{ ?a :code ?c . {_service('?a :population ?n ; :name ?m')} }}"
    assert _fetch(text, local, stores).variables == ("a", "m", "n")


def test_duplicates_are_kept(local, stores) -> None:
    text = f"{PREFIX}SELECT (COUNT(*) AS ?all) WHERE {{ {_service(':bunkyo :name ?n')} }}"
    assert answer(text, local, stores)[0][0].startswith('"2"')
    assert stores.fetches[0].variables == ()


def test_comments_bases_and_prefixes_of_the_pattern(local, stores) -> None:
    text = f"""BASE <http://example.org/deep/> PREFIX e: <../> PREFIX unused: <http://u/>
        SELECT ?n WHERE {{ SERVICE <{STAT}> {{ # }} SERVICE <x> {{
          <../bunkyo> e:population ?n ; <#x\\u0041> ?y . # the end
          ?z a skos:Concept }} }}"""
    text = text.replace("; <#x\\u0041> ?y ", "")
    restated(text, local, stores)
    (fetch,) = stores.fetches
    assert fetch.pattern == "<http://example.org/bunkyo> e:population ?n . ?z a skos:Concept"
    assert fetch.prologue.splitlines() == [
        "PREFIX e: <http://example.org/>",
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>",
    ]


def test_the_endpoint_may_be_a_prefixed_or_relative_name(local, stores) -> None:
    for head, name in (("PREFIX s: <http://stat.example/>", "s:sparql"),
                       ("BASE <http://stat.example/x/>", "<../sparql>")):  # fmt: skip
        text = f"{head} {PREFIX} SELECT * {{ SERVICE {name} {{ :bunkyo :population ?n }} }}"
        assert len(answer(text, local, stores)) == 1


# -- blank nodes ---------------------------------------------------------------------------


def test_blank_nodes_of_an_answer_stay_blank_and_apart(local, stores) -> None:
    service = _service("?a :part ?p . ?p :name ?n")
    text = f"{PREFIX}SELECT ?p WHERE {{ ?a :code ?c . {service} FILTER(ISBLANK(?p)) }}"
    found = answer(text, local, stores)
    assert len(set(found)) == 2
    twice = f"{PREFIX}SELECT ?p WHERE {{ {service} {_service('?a :part ?p')} }}"
    assert answer(twice, local, stores) == []


def test_an_iri_of_an_answer_is_never_taken_for_a_blank_node(local) -> None:
    stores = Stores({STAT: StoreEndpoint("stat", store_of("<urn:blank:0:x> :p :o ."))})
    text = f"{PREFIX}SELECT ?s WHERE {{ {_service('?s :p ?o')} }}"
    assert answer(text, local, stores) == [("<urn:blank:0:x>",)]


def test_names_of_the_query_are_not_taken(local, stores) -> None:
    text = f"{PREFIX}SELECT ?raw0 ?raw1 WHERE {{ {_service('?raw1 :part ?raw0')} }}"
    assert len(answer(text, local, stores)) == 2


def test_blank_nodes_are_not_sent_on(local, stores) -> None:
    inner = _service("?a :part ?p")
    text = f"{PREFIX}SELECT * WHERE {{ SERVICE <{STAT}> {{ ?a :population ?n {inner} }} }}"
    with pytest.raises(Problem, match="blank nodes in the answer of stat"):
        restated(text, local, stores)


# -- SILENT, SERVICE ?x, nested ------------------------------------------------------------


@pytest.mark.parametrize("address", [DOWN, "http://unknown.example/sparql", "file:///etc/passwd"])
def test_silent_makes_up_for_a_failure(address: str, local, stores) -> None:
    text = f"{PREFIX}SELECT * WHERE {{ ?a :code ?c . SERVICE # loud\n<{address}> {{ ?a :p ?n }} }}"
    with pytest.raises(FederationError) as raised:
        restated(text, local, stores)
    assert raised.value.failed.kind in ("unknown", "unreachable")
    plan = restated(text.replace("# loud\n", "SILENT"), local, stores)
    assert len(ask(local, plan.text)) == 3
    assert plan.steps[0].failure


def test_silent_and_no_key_that_can_be_sent(local, stores) -> None:
    """An endpoint that answers has no row for a blank node; one that fails has the empty one."""
    text = f"{PREFIX}SELECT * WHERE {{ ?a :code '0' . SERVICE SILENT <{STAT}> {{ ?a :name ?n }} }}"
    assert answer(text, local, stores) == []
    assert len(answer(text.replace(STAT, DOWN), local, stores)) == 1


def test_an_endpoint_by_variable(local, stores) -> None:
    service = "SERVICE ?e { :bunkyo :population ?n }"
    text = f"{PREFIX}SELECT ?e ?n WHERE {{ :at :endpoint ?e {service} }}"
    assert [row[0] for row in answer(text, local, stores)] == [f"<{STAT}>"]


def test_each_endpoint_gets_its_own_keys(local, stores) -> None:
    other = "http://other.example/sparql"
    stores.by_iri[other] = StoreEndpoint("other", store_of(":nerima :name 'Other' ."))
    values = f"VALUES (?e ?a) {{ (<{STAT}> :bunkyo) (<{other}> :nerima) }}"
    text = f"{PREFIX}SELECT ?e ?a ?n WHERE {{ {values} SERVICE ?e {{ ?a :name ?n }} }}"
    assert len(answer(text, local, stores)) == 3
    assert [(fetch.endpoint, fetch.keys) for fetch in stores.fetches] == [
        ("other", (("<http://example.org/nerima>",),)),
        ("stat", (("<http://example.org/bunkyo>",),)),
    ]


def test_an_endpoint_by_variable_must_be_registered(local, stores) -> None:
    for value in ("<http://169.254.169.254/x>", '"text"', ":bunkyo"):
        text = f"{PREFIX}SELECT * WHERE {{ VALUES ?e {{ {value} }} SERVICE ?e {{ ?a :name ?n }} }}"
        with pytest.raises(FederationError) as raised:
            restated(text, local, stores)
        assert raised.value.failed.kind == "unknown"
        silent = text.replace("SERVICE", "SERVICE SILENT")
        assert len(answer(silent, local, stores)) == 1
    assert stores.fetches == []


def test_an_endpoint_by_variable_must_be_bound(local, stores) -> None:
    for group in ("", "OPTIONAL { :none :endpoint ?e }", "VALUES ?e { UNDEF }"):
        text = f"SELECT * WHERE {{ {group} SERVICE ?e {{ ?a :name ?n }} }}"
        assert "not always bound" in _problem(text, local, stores).detail


def test_a_service_in_a_service_is_fetched_first(local, stores) -> None:
    text = f"""{PREFIX}SELECT ?a ?in WHERE {{ ?a :code ?c . SERVICE <{STAT}> {{
        ?a :population ?n OPTIONAL {{ SERVICE <{STAT}> {{ ?a :in ?in . ?a :name ?m }} }} }} }}"""
    assert len(answer(text, local, stores)) == 2
    inner, outer = stores.fetches
    # In between stands what only the other server knows; the keys hold there all the same.
    assert inner.key_variables == outer.key_variables == ("a",)
    assert "SERVICE" not in outer.pattern


def test_a_nested_service_that_fails_fails_the_outer_one(local, stores) -> None:
    inner = f"SERVICE <{DOWN}> {{ ?a :p ?q }}"
    text = f"{PREFIX}SELECT * WHERE {{ ?a :code ?c SERVICE <{STAT}> {{ ?a :name ?n {inner} }} }}"
    with pytest.raises(FederationError):
        restated(text, local, stores)
    silent = text.replace(f"SERVICE <{STAT}", f"SERVICE SILENT <{STAT}")
    assert len(answer(silent, local, stores)) == 3


def test_exists_with_a_service(local, stores) -> None:
    for word, count in (("EXISTS", 2), ("NOT EXISTS", 1)):
        service = _service("?a :population ?n")
        text = f"{PREFIX}SELECT ?a WHERE {{ ?a :code ?c FILTER {word} {{ {service} }} }}"
        assert len(answer(text, local, stores)) == count


@pytest.mark.parametrize(
    "pattern",
    [
        "?z :population ?n FILTER(?c = '13105')",
        "?z :population ?n BIND(?a AS ?y)",
        "?z :population ?n OPTIONAL { ?a :name ?z }",
        "SELECT ?z WHERE { ?a :population ?z }",
    ],
)
def test_exists_whose_service_would_see_the_solution_is_refused(pattern, local, stores) -> None:
    text = f"SELECT ?a WHERE {{ ?a :code ?c FILTER EXISTS {{ {_service(pattern)} }} }}"
    assert "SERVICE in EXISTS" in _problem(text, local, stores).detail


# -- what cannot be read -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT * { SERVICE <http://stat.example/sparql> { ?a :p ?b }", "the end of the query"),
        ("SELECT * { SERVICE { ?a :p ?b } }", "found {"),
        ("SELECT * { SERVICE 'x' { ?a :p ?b } }", "found 'x'"),
        ("SELECT * { SERVICE _:b { ?a :p ?b } }", "found _:b"),
        ("SELECT * { SERVICE <x:y> { ?a :p } }", "found }"),
        ("SELECT * { SERVICE <x:y> { ?a :p ?b ?c } }", "found ?c"),
        ("SELECT * { SERVICEx:y { ?a :p ?b } }", "found {"),
        ("SELECT * { ?a :p ?b . \\u0053ERVICE <x:y> { ?a :p ?b } }", "found \\"),
        ("SELECT * { ?a :p ?b LATERAL { SERVICE <x:y> { ?a :p ?b } } }", "found LATERAL"),
        ("SELECT * { ?a :p ?b FILTER(?a<?b&&?b>?a) SERVICE <x:y> { ?a :p ?b } }", "found <?b&&?b>"),
        ("SELECT * { ?a <p#> ?b SERVICE <x:y> { ?a :p ?b } }", "found <p#>"),
        ("SELECT * { SERVICE <x:y> { ?a :p ?b } } LIMIT SERVICE", "found SERVICE"),
        ("SELECT * { SERVICE <x:y> { ?a :p ?b } FILTER({ ?a :p ?b }) }", "found {"),
        ("INSERT { ?a :p ?b } WHERE { SERVICE <x:y> { ?a :p ?b } }", "found INSERT"),
        ("CONSTRUCT { SERVICE <x:y> { ?a :p ?b } } WHERE { ?a :p ?b }", "found SERVICE"),
        (f"SELECT * {{ SERVICE <{STAT}> {{ ?a no:p ?b }} }}", "found no:p"),
        ("SELECT * " + "{ " * 200 + "SERVICE <x:y> { }" + "} " * 200, "deeper than"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text, found, local, stores) -> None:
    problem = _problem(text, local, stores)
    assert found in problem.detail
    assert problem.detail.startswith("Query line 1, column ")
    assert problem.detail_ja.startswith("問い合わせの 1 行 ")


def test_service_that_is_none(local, stores) -> None:
    """In strings, comments, IRIs, variables and names it is no keyword."""
    text = f"""{PREFIX}PREFIX service: <http://example.org/>
      SELECT ?service WHERE {{ # SERVICE <x> {{ ?a ?b ?c }}
        VALUES ?x {{ "SERVICE <x> {{ }}" 'SERVICE' <http://example.org/SERVICE> service:SERVICE }}
        ?service service:code ?SERVICE . {_service("?service :population ?n")} }}"""
    plan = restated(text, local, stores)
    assert len(stores.fetches) == 1
    assert len(ask(local, plan.text)) == 8


def test_a_deep_query_within_the_limits(local, stores) -> None:
    service = _service("?a :population ?n")
    text = f"{PREFIX}SELECT * {'{ ' * 62} ?a :code ?c {service} {'} ' * 62}"
    assert len(answer(text, local, stores)) == 2


@pytest.mark.parametrize(
    "form",
    [
        "ASK {0}",
        "ASK WHERE {0}",
        "CONSTRUCT {{ ?a :has ?n }} WHERE {0}",
        "DESCRIBE ?a :bunkyo WHERE {0}",
        "SELECT REDUCED ?a (?n + 1 AS ?more) FROM <http://g.example/> FROM NAMED :g {0}",
        "SELECT ?c (SUM(?n) AS ?sum) {0} GROUP BY ?c HAVING (SUM(?n) > 1) ORDER BY DESC(?sum) ?c",
        "SELECT ?a {0} GROUP BY ?a (STR(?n) AS ?s) ORDER BY STRLEN(?s) LIMIT 5 OFFSET 1",
        "SELECT ?a {0} VALUES (?a ?n) {{ (:bunkyo 1) (:nerima UNDEF) }}",
    ],
)
def test_every_form_is_read(form: str, local, stores) -> None:
    group = f"{{ ?a :code ?c . {_service('?a :population ?n')} }}"
    plan = restated(PREFIX + form.format(group), local, stores)
    assert "SERVICE" not in plan.text
    local.query(plan.text)


@pytest.mark.parametrize(
    "triples",
    [
        "?a :code ?c ; :tie ?b, ?d ; .",
        "?a :code ?c . [] :tie ?b . [ :tie ?d ] .",
        "?a :code ?c . ?l :list (1 ?b [ :tie +5.2 ] 'x'@ja true -1e5 '5'^^:t) .",
        "?a ^:tie/!(:p|^:q)*/(:x|a)+/:y? ?c.",
        "?a :code ?c.?b :tie 5.?d :tie 5.5.",
        "GRAPH ?g { ?a :code ?c } .",
    ],
)
def test_triples_are_read_as_they_are_written(triples: str, local, stores) -> None:
    fetch_text = f"SELECT ?a WHERE {{ {triples} {_service('?a :population ?n')} }}"
    plan = restated(PREFIX + fetch_text, local, stores)
    local.query(plan.text)


# -- explain -------------------------------------------------------------------------------


def test_explain_asks_nobody(local, stores) -> None:
    text = f"""{PREFIX}SELECT * WHERE {{ ?a :code ?c . {_service("?a :population ?n")}
        SERVICE SILENT <{STAT}> {{ ?n :of ?x }} }}"""
    first, second = explain(text, lambda one: ask(local, one), stores, KeyLimit())
    assert stores.fetches == []
    assert (first.endpoint, first.keys, first.requests) == ("stat", 2, 1)
    assert first.request.startswith("PREFIX : <http://example.org/>\nSELECT ?a ?n WHERE { VALUES")
    assert first.sent == len(first.request.encode())
    assert (first.is_open, second.is_open) == (False, True)
    assert second.is_silent


def test_totals_count_what_came(local, stores) -> None:
    first, second = _service("?a :name ?n"), _service("?a :in ?i")
    text = f"{PREFIX}SELECT * WHERE {{ ?a :code ?c {first} {second} }}"
    plan = restated(text, local, stores)
    assert (plan.totals.requests, plan.totals.rows) == (2, 2)
    assert plan.totals.endpoints == ["stat"]
    assert [step.rows for step in plan.steps] == [2, 0]
    assert plan.functions


def test_rows_that_do_not_fit_into_a_request_are_not_sent_on(local, stores) -> None:
    stores.by_iri[STAT] = StoreEndpoint("stat", store_of(REMOTE), block_bytes=150)
    inner = _service("?b :in ?in")
    text = f"{PREFIX}SELECT * WHERE {{ SERVICE <{STAT}> {{ ?a :population ?n {inner} }} }}"
    with pytest.raises(Problem, match="bytes to send to stat"):
        restated(text, local, stores)
    assert len(stores.fetches) == 1


def test_values_at_the_end_narrow_before_a_limit(local, stores) -> None:
    text = f"SELECT * WHERE {{ {_service('?a :population ?n')} }} LIMIT 5 VALUES ?a {{ :bunkyo }}"
    assert _keys(text, local, stores) == {"a": {"bunkyo"}}


def test_values_at_the_end_of_groups_are_of_the_groups(local, stores) -> None:
    service = _service("?a :population ?n")
    text = f"SELECT ?a (MAX(?n) AS ?m) WHERE {{ {service} }} GROUP BY ?a VALUES ?a {{ :bunkyo }}"
    assert _keys(text, local, stores) == {}


def test_an_expression_with_exists_is_read_too(local, stores) -> None:
    service = _service("?a :population ?n")
    text = f"{PREFIX}SELECT ?a (EXISTS {{ {service} }} AS ?has) WHERE {{ ?a :code ?c }}"
    plan = restated(text, local, stores)
    assert len(stores.fetches) == 1
    assert sorted(row[1][1] for row in ask(local, plan.text)) == ["f", "t", "t"]


@pytest.mark.parametrize(
    ("group", "column"),
    [
        # What the store says of its own text, at the place in the text of the user.
        ("SERVICE <http://stat.example/sparql> { ?a :p ?b } ?a no:p ?b .", 80),
        ("SERVICE <http://stat.example/sparql> { ?a :p ?b } FILTER(STRLEN(?a ?b) = 1)", None),
        ("SERVICE <http://stat.example/sparql> { ?a :p ?b FILTER(?a +) }", None),
        ("SERVICE <http://stat.example/sparql> { ?a :p ?b } BIND(1 AS ?b)", None),
    ],
)
def test_what_the_store_does_not_understand_is_told_before_anything_is_asked(
    group: str, column: int | None, local, stores
) -> None:
    text = f"SELECT * WHERE {{ {group} }}"
    problem = _problem(text, local, stores)
    assert problem.query == PREFIX + text
    assert problem.extra["line"] == 1
    if column is not None:
        assert problem.extra["column"] == len(PREFIX) + text.index("no:p") + 1


def test_an_endpoint_with_a_prefix_nobody_declared(local, stores) -> None:
    problem = _problem("SELECT * WHERE { SERVICE no:where { ?a :p ?b } }", local, stores)
    assert "no:where" in problem.detail
