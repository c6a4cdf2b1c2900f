"""A fetch has all rows of an endpoint, whatever its quirks, or fails and says why."""

import gzip
import random
import time
from itertools import pairwise
from pathlib import Path

import pytest

from server.federation.allowance import Allowance
from server.federation.in_process import LocalFetcher
from server.federation.registry import Registry
from server.federation.remote import Failed, Fetch, Fetched
from server.limits import Limits
from tests.replicas import JSON, XML, Replica, running, table, write_registry

AREAS = 40
PER_AREA = 3
LIMITS = Limits(federation_cache_seconds=0, federation_seconds=20)
# Texts that a careless reader or writer of terms would change.
HARD = [r"\"quoted\"", r"back\\slash", r"two\nlines", r"tab\there", "  spaces  ", "東京 <&>", ""]


def turtle() -> str:
    lines = ["@prefix : <http://t.example/> ."]
    for area in range(AREAS):
        values = ", ".join(str(area * 10 + number) for number in range(PER_AREA))
        lines.append(f':a{area} :value {values} ; :name "area {area}"@en, "地域 {area}"@ja .')
    lines += [f':hard :text "{text}" .' for text in HARD]
    lines += [":b1 :part [ :n 1 ] .", ":b2 :part [ :n 2 ] ."]
    return "\n".join(lines)


PREFIX = "PREFIX : <http://t.example/>"
KEYS = tuple((f"<http://t.example/a{area}>",) for area in range(AREAS))
VALUES = Fetch("it", PREFIX, "?area :value ?number", ("area", "number"), ("area",), KEYS)
EVERY_NAME = Fetch("it", PREFIX, "?area :name ?name", ("area", "name"))
TEXTS = Fetch("it", PREFIX, ":hard :text ?text", ("text",))
EXPECTED = sorted(
    (key, f'"{area * 10 + number}"^^<http://www.w3.org/2001/XMLSchema#integer>')
    for area, (key,) in enumerate(KEYS)
    for number in range(PER_AREA)
)


def ask(replica: Replica, fetch: Fetch, tmp_path: Path, limits: Limits = LIMITS, **quirks):
    with running(replica):
        path = write_registry(tmp_path / "endpoints.toml", table("it", replica.url, **quirks))
        with LocalFetcher(Registry.read(path, may_be_local=True), limits) as fetcher:
            return fetcher.fetch(fetch)


def fails(found: Fetched | Failed, kind: str, *said: str) -> None:
    assert isinstance(found, Failed), f"found {found}, expected a failure"
    assert found.kind == kind, found.en
    assert found.endpoint == "it" and "Test (it)" in found.en and "試験（it）" in found.ja
    assert found.en.endswith(".") and found.ja.endswith("。")
    for part in said:
        assert part in found.en


# -- what is asked -------------------------------------------------------------------------


def test_a_fetch_without_keys_has_every_row(tmp_path):
    found = ask(Replica(turtle()), EVERY_NAME, tmp_path)
    assert len(found.rows) == 2 * AREAS and found.requests == 1 and found.received > 1000
    assert found.age is None


def test_keys_are_sent_in_blocks(tmp_path):
    replica = Replica(turtle())
    found = ask(replica, VALUES, tmp_path, block_keys=10)
    assert sorted(found.rows) == EXPECTED
    assert found.requests == len(replica.sent) == 4


def test_duplicate_rows_stay(tmp_path):
    fetch = Fetch("it", PREFIX, "{ ?area :value 0 } UNION { ?area :value 0 }", ("area",))
    assert ask(Replica(turtle()), fetch, tmp_path).rows == (("<http://t.example/a0>",),) * 2


def test_no_variables_wanted_still_counts_rows(tmp_path):
    fetch = Fetch("it", PREFIX, "?area :value 0, 1", ())
    assert ask(Replica(turtle()), fetch, tmp_path).rows == ((),)


def test_an_unbound_variable_is_none(tmp_path):
    fetch = Fetch("it", PREFIX, "?area :value 0 OPTIONAL { ?area :none ?x }", ("x", "area"))
    assert ask(Replica(turtle()), fetch, tmp_path).rows == ((None, "<http://t.example/a0>"),)


@pytest.mark.parametrize("result_format", ["json", "xml"])
def test_terms_survive_in_either_format(tmp_path, result_format):
    found = ask(Replica(turtle()), TEXTS, tmp_path, result_format=result_format)
    assert {row[0] for row in found.rows} == {f'"{text}"' for text in HARD}


def test_a_request_names_enishi_and_carries_no_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("ENISHI_CONTACT", "https://example.org/contact")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "netrc").write_text("default login me password secret\n")
    replica = Replica(turtle())
    assert ask(replica, TEXTS, tmp_path).requests == 1
    headers = replica.sent[0].headers
    assert headers["User-Agent"].startswith("Enishi/")
    assert "https://example.org/contact" in headers["User-Agent"]
    assert headers["Accept"].startswith(JSON) and headers["Host"] == f"127.0.0.1:{replica.port}"
    assert not {"Authorization", "Cookie", "Proxy-Authorization", "Referer"} & set(headers)


def test_no_cookie_is_sent_back(tmp_path):
    def act(handler, sent):
        handler.whole(replica.json(sent.query), JSON, Set_Cookie="a=b; Path=/")

    replica = Replica(turtle(), act=act)
    assert ask(replica, VALUES, tmp_path, block_keys=10, max_parallel=1).requests == 4
    assert not any("Cookie" in sent.headers for sent in replica.sent)


# -- quirks --------------------------------------------------------------------------------


QUIRKS = {
    "row limit": ({"row_limit": 7}, {"row_limit": 7}),
    "row limit of one area": ({"row_limit": PER_AREA}, {"row_limit": PER_AREA}),
    "row limit of one row": ({"row_limit": 1}, {"row_limit": 1}),
    "upper case": ({"is_upper": True}, {"variable_case": "upper"}),
    "only XML": ({"only_xml": True}, {}),
    "only GET": ({"only_method": "GET"}, {"method": "GET"}),
    "only GET, short addresses": ({"only_method": "GET"}, {"method": "GET", "block_bytes": 600}),
    "only POST": ({"only_method": "POST"}, {"method": "POST"}),
    "all": (
        {"row_limit": 7, "is_upper": True, "only_xml": True, "only_method": "GET"},
        {
            "row_limit": 7, "variable_case": "any", "result_format": "xml", "method": "GET",
            "block_bytes": 900,
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", QUIRKS)
def test_every_quirk_gives_the_same_rows(tmp_path, name):
    theirs, ours = QUIRKS[name]
    limits = Limits(federation_cache_seconds=0, federation_requests=1000)
    replica = Replica(turtle(), **theirs)
    found = ask(replica, VALUES, tmp_path, limits, max_parallel=4, **ours)
    assert isinstance(found, Fetched), found
    assert sorted(found.rows) == EXPECTED
    assert found.requests == len(replica.sent)


@pytest.mark.parametrize("seed", range(40))
def test_any_mix_of_quirks_gives_the_same_rows(tmp_path, seed):
    choose = random.Random(seed)
    row_limit, is_upper = choose.choice([0, 1, 2, 3, 5, 8, 50, 120]), choose.random() < 0.5
    method = choose.choice(["GET", "POST"])
    keys = tuple(choose.sample(KEYS, choose.randint(0, AREAS)))
    replica = Replica(
        turtle(), row_limit, is_upper, choose.random() < 0.5, choose.choice(["", method])
    )
    found = ask(
        replica,
        Fetch("it", PREFIX, "?area :value ?number", ("number", "area"), ("area",), keys),
        tmp_path,
        Limits(federation_cache_seconds=0, federation_requests=1000),
        row_limit=row_limit,
        variable_case="any" if is_upper else choose.choice(["", "any"]),
        method=method,
        result_format=choose.choice(["json", "xml"]),
        block_keys=choose.randint(1, 50),
        block_bytes=choose.randint(300, 5000),
        max_parallel=choose.randint(1, 8),
    )
    assert isinstance(found, Fetched), found
    wanted = {key for (key,) in keys}
    assert sorted(row[::-1] for row in found.rows) == [row for row in EXPECTED if row[0] in wanted]


def test_addresses_stay_short(tmp_path):
    replica = Replica(turtle())
    ask(replica, VALUES, tmp_path, method="GET", block_bytes=700)
    assert len(replica.sent) > 2
    assert all(len(sent.address) <= 700 for sent in replica.sent)


@pytest.mark.parametrize("row_limit", [1, 2, 79, 80, 81])
def test_pages_have_every_row_when_there_are_no_keys(tmp_path, row_limit):
    replica = Replica(turtle(), row_limit=row_limit)
    limits = Limits(federation_cache_seconds=0, federation_requests=1000)
    found = ask(replica, EVERY_NAME, tmp_path, limits, row_limit=row_limit)
    assert len(found.rows) == len(set(found.rows)) == 2 * AREAS
    # Exactly the limit is not taken for complete.
    assert found.requests == (1 if row_limit == 81 else 2 + 80 // row_limit)


def test_one_key_with_more_rows_than_the_limit_is_paged(tmp_path):
    replica = Replica(turtle(), row_limit=2)
    fetch = Fetch("it", PREFIX, "?area :value ?n", ("area", "n"), ("area",), KEYS[:1])
    assert sorted(ask(replica, fetch, tmp_path, row_limit=2).rows) == EXPECTED[:3]
    assert "ORDER BY ?area ?n LIMIT 2 OFFSET 2" in replica.sent[-1].query


def test_a_limit_that_only_the_server_tells_of_is_kept_to(tmp_path):
    def act(handler, sent):
        handler.whole(replica.json(sent.query), JSON, X_SPARQL_MaxRows="7")

    replica = Replica(turtle(), row_limit=7, act=act)
    assert sorted(ask(replica, VALUES, tmp_path).rows) == EXPECTED


def test_a_whole_pattern_that_is_cut_fails(tmp_path):
    fetch = Fetch("it", PREFIX, "?area :name ?name", ("area", "name"), is_whole=True)
    found = ask(Replica(turtle(), row_limit=80), fetch, tmp_path, row_limit=80)
    fails(found, "capped", "80 rows", "only as a whole")


def test_a_server_that_ignores_limit_fails(tmp_path):
    def act(handler, sent):
        handler.whole(replica.json(sent.query.partition(" ORDER BY")[0]), JSON)

    replica = Replica(turtle(), act=act)
    fails(ask(replica, EVERY_NAME, tmp_path, row_limit=50), "federation_requests")


def test_variables_that_differ_by_case_alone_are_refused_where_case_is_lost(tmp_path):
    fetch = Fetch("it", PREFIX, "?a :value ?A", ("a", "A"))
    replica = Replica(turtle(), is_upper=True)
    fails(ask(replica, fetch, tmp_path, variable_case="upper"), "refused", "?a and ?A")
    assert replica.sent == []


def test_changed_case_that_is_not_registered_fails(tmp_path):
    fails(ask(Replica(turtle(), is_upper=True), VALUES, tmp_path), "malformed", "?AREA", "?area")


# -- blank nodes ---------------------------------------------------------------------------


def test_blank_nodes_of_one_answer_keep_what_they_share(tmp_path):
    fetch = Fetch("it", PREFIX, "?a :part ?b . ?b :n ?n", ("a", "b", "n"))
    rows = ask(Replica(turtle()), fetch, tmp_path).rows
    assert len({row[1] for row in rows}) == 2
    assert all(row[1].startswith("_:f") for row in rows)


def test_blank_nodes_of_several_answers_are_refused(tmp_path):
    keys = (("<http://t.example/b1>",), ("<http://t.example/b2>",))
    fetch = Fetch("it", PREFIX, "?a :part ?b", ("a", "b"), ("a",), keys)
    fails(ask(Replica(turtle()), fetch, tmp_path, block_keys=1), "refused", "blank nodes")
    assert len(ask(Replica(turtle()), fetch, tmp_path).rows) == 2


def test_blank_nodes_are_not_paged(tmp_path):
    fetch = Fetch("it", PREFIX, "?a :part ?b", ("a", "b"))
    fails(ask(Replica(turtle()), fetch, tmp_path, row_limit=1), "capped", "blank nodes")


@pytest.mark.parametrize("first", [True, False])
def test_blank_nodes_as_virtuoso_writes_them_are_read(tmp_path, first):
    kind, value = '"type": "bnode"', '"value": "nodeID://b10"'
    both = f"{kind}, {value}" if first else f"{value}, {kind}"
    literal = '{"type": "literal", "value": "nodeID://b10"}'
    rows = f'{{"text": {{{both}}}}}, {{"text": {literal}}}'
    body = f'{{"head": {{"vars": ["text"]}}, "results": {{"bindings": [{rows}]}}}}'
    replica = Replica(act=lambda handler, _: handler.whole(body.encode()))
    rows = ask(replica, TEXTS, tmp_path).rows
    assert rows[0][0].startswith("_:f") and rows[0][0].endswith("xb10")
    assert rows[1][0] == '"nodeID://b10"'


# -- failures ------------------------------------------------------------------------------

OK = b'{"head":{"vars":["text"]},"results":{"bindings":[{"text":{"type":"literal","value":"x"}}]}}'
OK_XML = (
    b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="text"/></head>'
    b'<results><result><binding name="text"><literal>x</literal></binding></result></results>'
    b"</sparql>"
)


def answered(body: bytes, media_type: str | None = JSON, **more: str) -> Replica:
    return Replica(act=lambda handler, _: handler.whole(body, media_type, **more))


@pytest.mark.parametrize("length", range(len(OK)))
def test_json_cut_anywhere_fails(tmp_path, length):
    fails(ask(answered(OK[:length]), TEXTS, tmp_path), "malformed")


@pytest.mark.parametrize("length", range(0, len(OK_XML), 3))
def test_xml_cut_anywhere_fails(tmp_path, length):
    fails(ask(answered(OK_XML[:length], XML), TEXTS, tmp_path), "malformed")


def test_the_whole_answers_are_read(tmp_path):
    assert ask(answered(OK), TEXTS, tmp_path).rows == (('"x"',),)
    assert ask(answered(OK_XML, XML), TEXTS, tmp_path).rows == (('"x"',),)
    assert ask(answered(OK, None), TEXTS, tmp_path).rows == (('"x"',),)
    assert ask(answered(OK, "Application/JSON; charset=utf-8"), TEXTS, tmp_path).rows
    assert ask(answered(OK_XML, "text/xml;charset=UTF-8"), TEXTS, tmp_path).rows
    assert ask(answered(gzip.compress(OK), Content_Encoding="gzip"), TEXTS, tmp_path).rows
    two = gzip.compress(OK[:20]) + gzip.compress(OK[20:])
    assert ask(answered(two, Content_Encoding="gzip"), TEXTS, tmp_path).rows


WRONG = {
    "html": (b"<html>busy</html>", JSON, "malformed"),
    "html type": (b"<html>busy</html>", "text/html", "type"),
    "plain type": (OK, "text/plain", "type"),
    "csv": (b"text\nx\n", "text/csv", "type"),
    "true": (b'{"head":{},"boolean":true}', JSON, "malformed"),
    "xml true": (OK_XML.replace(b"<results>", b"<boolean/><results>"), XML, "malformed"),
    "an error": (b'{"error":"overload"}', JSON, "malformed"),
    "more after it": (OK + OK, JSON, "malformed"),
    "xml and more": (OK_XML + OK_XML, XML, "malformed"),
    "json as xml": (OK, XML, "malformed"),
    "xml as json": (OK_XML, JSON, "malformed"),
    "other variables": (OK.replace(b'"text"', b'"other"'), JSON, "malformed"),
    "no head": (OK.replace(b'"head":{"vars":["text"]},', b""), JSON, "malformed"),
    "bad UTF-8": (OK.replace(b'"x"', b'"\xff"'), JSON, "malformed"),
    "bad IRI": (
        OK.replace(b'"literal","value":"x"', b'"uri","value":"http://a/> <http://b/"'),
        JSON, "malformed",
    ),
    "relative IRI": (OK.replace(b'"literal","value":"x"', b'"uri","value":"a"'), JSON, "malformed"),
    "bad label": (
        OK.replace(b'"literal","value":"x"', b'"bnode","value":"a b"'), JSON, "malformed"
    ),
    "bad language": (
        OK.replace(b'"value":"x"', b'"value":"x","xml:lang":"ja } #"'), JSON, "malformed"
    ),
    "triple": (
        OK.replace(
            b'{"type":"literal","value":"x"}',
            b'{"type":"triple","value":{"subject":{"type":"uri","value":"a:s"},"predicate":'
            b'{"type":"uri","value":"a:p"},"object":{"type":"uri","value":"a:o"}}}',
        ), JSON, "malformed",
    ),
    "direction": (
        OK.replace(b'"value":"x"', b'"value":"x","xml:lang":"ja","its:dir":"ltr"'),
        JSON, "malformed",
    ),
    "deep JSON": (b'{"head":{"vars":["text"]},"x":' + b"[" * 200_000, JSON, "malformed"),
    "deep XML": (OK_XML.replace(b"<head>", b"<head>" + b"<a>" * 200_000), XML, "malformed"),
    "entity": (
        b'<!DOCTYPE s [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
        + OK_XML.replace(b">x<", b">&e;<"), XML, "malformed",
    ),
    "many laughs": (
        b'<!DOCTYPE s [<!ENTITY a "xxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        + OK_XML.replace(b">x<", b">&b;<"), XML, "malformed",
    ),
    "empty": (b"", JSON, "malformed"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_an_answer_that_is_no_results_fails(tmp_path, name):
    body, media_type, kind = WRONG[name]
    fails(ask(answered(body, media_type), TEXTS, tmp_path), kind)


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 403, 404, 429, 500, 503])
def test_any_status_but_200_fails(tmp_path, status):
    def act(handler, sent):
        handler.whole(
            b"" if status in (204, 304) else b"no <b>such</b>\nthing", "text/plain", status
        )

    fails(ask(Replica(act=act), TEXTS, tmp_path), "status", str(status))


def test_an_answer_in_part_with_status_200_fails(tmp_path):
    found = ask(answered(OK, X_SQL_State="S1TAT"), TEXTS, tmp_path)
    fails(found, "timeout", "in part")


def test_a_body_shorter_than_its_length_fails(tmp_path):
    def act(handler, sent):
        handler.send_response(200)
        handler.send_header("Content-Type", JSON)
        handler.send_header("Content-Length", str(len(OK) + 1))
        handler.end_headers()
        handler.wfile.write(OK)
        handler.close_connection = True

    fails(ask(Replica(act=act), TEXTS, tmp_path), "malformed", "cut")


def test_a_chunked_body_without_its_end_fails(tmp_path):
    def act(handler, sent):
        handler.send_response(200)
        handler.send_header("Content-Type", JSON)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(OK), OK))
        handler.close_connection = True

    fails(ask(Replica(act=act), TEXTS, tmp_path), "malformed", "cut")


def test_gzip_that_is_cut_or_none_fails(tmp_path):
    packed = gzip.compress(OK)
    for body in (packed[:-3], packed[:30], OK):
        fails(ask(answered(body, Content_Encoding="gzip"), TEXTS, tmp_path), "malformed")
    fails(ask(answered(packed, Content_Encoding="br"), TEXTS, tmp_path), "type", "br")


def test_a_connection_that_is_closed_at_once_fails(tmp_path):
    def act(handler, sent):
        handler.close_connection = True

    fails(ask(Replica(act=act), TEXTS, tmp_path), "unreachable")


def test_a_server_that_is_down_fails(tmp_path):
    with running(Replica()) as replica:
        url = replica.url
    path = write_registry(tmp_path / "endpoints.toml", table("it", url))
    with LocalFetcher(Registry.read(path, may_be_local=True), LIMITS) as fetcher:
        fails(fetcher.fetch(TEXTS), "unreachable")
        found = fetcher.fetch(Fetch("other", "", "?s ?p ?o", ("s",)))
    assert isinstance(found, Failed) and found.kind == "unknown"


def test_a_slow_server_fails_in_time(tmp_path):
    def act(handler, sent):
        time.sleep(1.5)

    fails(ask(Replica(act=act), TEXTS, tmp_path, timeout_s=0.2), "timeout", "0.2 s")


def test_a_body_that_drips_fails_in_time(tmp_path):
    def act(handler, sent):
        handler.send_response(200)
        handler.send_header("Content-Type", JSON)
        handler.send_header("Content-Length", str(len(OK)))
        handler.end_headers()
        for byte in OK[:15]:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.1)

    fails(ask(Replica(act=act), TEXTS, tmp_path, timeout_s=0.5), "timeout")


def test_one_failed_block_fails_the_fetch(tmp_path):
    def act(handler, sent):
        if "/a33>" in sent.query:
            handler.whole(b"broken", "text/plain", 500)
        else:
            replica.evaluate(handler, sent)

    replica = Replica(turtle(), act=act)
    fails(ask(replica, VALUES, tmp_path, block_keys=4), "status", "500 (broken)")


# -- asked to wait -------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_endpoint_is_asked_again_when_it_says(tmp_path, status):
    def act(handler, sent):
        if len(replica.sent) == 1:
            handler.whole(b"", "text/plain", status, Retry_After="1")
        else:
            replica.evaluate(handler, sent)

    replica = Replica(turtle(), act=act)
    found = ask(replica, TEXTS, tmp_path)
    assert len(found.rows) == len(HARD) and found.requests == 2
    assert replica.sent[1].at - replica.sent[0].at >= 1


def test_an_endpoint_that_stays_busy_fails(tmp_path):
    tries = {"0": 4, "3600": 1, "Fri, 31 Dec 2100 23:59:59 GMT": 1, "soon": 1}
    for wait, count in tries.items():
        more = {"Retry_After": wait}
        replica = Replica(act=lambda handler, _, more=more: handler.whole(b"", JSON, 429, **more))
        fails(ask(replica, TEXTS, tmp_path), "status", "429")
        assert len(replica.sent) == count


def test_no_more_requests_at_once_than_the_registry_says(tmp_path):
    def act(handler, sent):
        time.sleep(0.05)
        replica.evaluate(handler, sent)

    replica = Replica(turtle(), act=act)
    assert ask(replica, VALUES, tmp_path, block_keys=4, max_parallel=3).requests == 10
    assert replica.most_at_once == 3


def test_requests_keep_their_distance(tmp_path):
    replica = Replica(turtle())
    ask(replica, VALUES, tmp_path, block_keys=10, max_parallel=4, pause_s=0.1)
    times = [sent.at for sent in replica.sent]
    assert all(later - sooner > 0.09 for sooner, later in pairwise(times))


# -- redirects -----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_an_alias_is_followed(tmp_path, method, status):
    def act(handler, sent):
        if sent.path == "/sparql":
            query = handler.path.partition("?")
            handler.whole(b"", None, status, Location=f"/new{query[1]}{query[2]}")
        else:
            replica.evaluate(handler, sent)

    replica = Replica(turtle(), act=act)
    with running(replica):
        aliases = [replica.url.replace("/sparql", "/new")]
        text = table("it", replica.url, aliases=aliases, method=method)
        registry = Registry.read(write_registry(tmp_path / "e.toml", text), may_be_local=True)
        with LocalFetcher(registry, LIMITS) as fetcher:
            found = fetcher.fetch(TEXTS)
    assert len(found.rows) == len(HARD) and found.requests == 2
    assert [sent.method for sent in replica.sent] == [method] * 2
    assert replica.sent[0].query == replica.sent[1].query


def test_redirects_have_an_end(tmp_path):
    replica = Replica(act=lambda handler, _: handler.whole(b"", None, 302, Location="/sparql"))
    fails(ask(replica, TEXTS, tmp_path), "refused", "more than two redirects")
    assert len(replica.sent) == 3


# -- limits of a query ---------------------------------------------------------------------


def test_too_many_requests_are_not_begun(tmp_path):
    replica = Replica(turtle())
    limits = Limits(federation_cache_seconds=0, federation_requests=3)
    found = ask(replica, VALUES, tmp_path, limits, block_keys=10)
    fails(found, "federation_requests", "4 requests", "3 at most")
    assert replica.sent == []


def test_too_many_keys_are_not_begun(tmp_path):
    replica = Replica(turtle())
    limits = Limits(federation_cache_seconds=0, federation_keys=39)
    fails(ask(replica, VALUES, tmp_path, limits), "federation_keys", "40 keys", "39")
    assert replica.sent == []


def test_too_many_rows_fail(tmp_path):
    limits = Limits(federation_cache_seconds=0, federation_rows=119)
    for quirks in ({}, {"result_format": "xml"}, {"block_keys": 10}):
        found = ask(Replica(turtle()), VALUES, tmp_path, limits, **quirks)
        fails(found, "federation_rows", "more than 119 rows" if len(quirks) < 1 else "119")
    limits = Limits(federation_cache_seconds=0, federation_rows=120)
    assert len(ask(Replica(turtle()), VALUES, tmp_path, limits).rows) == 120


def test_a_body_without_end_is_left(tmp_path):
    def act(handler, sent):
        handler.send_response(200)
        handler.send_header("Content-Type", JSON)
        handler.end_headers()
        handler.close_connection = True
        while True:
            handler.wfile.write(b" " * 65_536)

    limits = Limits(federation_cache_seconds=0, federation_mib=1)
    fails(ask(Replica(act=act), TEXTS, tmp_path, limits), "federation_mib", "1 MiB")


def test_a_gzip_bomb_is_left(tmp_path):
    bomb = gzip.compress(b" " * (64 << 20))
    assert len(bomb) < 1 << 20
    limits = Limits(federation_cache_seconds=0, federation_mib=1)
    found = ask(answered(bomb, Content_Encoding="gzip"), TEXTS, tmp_path, limits)
    fails(found, "federation_mib", "1 MiB")


def test_what_the_query_used_before_counts(tmp_path):
    with running(Replica(turtle())) as replica:
        path = write_registry(tmp_path / "endpoints.toml", table("it", replica.url))
        with LocalFetcher(Registry.read(path, may_be_local=True), LIMITS) as fetcher:
            for limit, used in {
                "federation_requests": {"requests": 100},
                "federation_rows": {"rows": 200_000},
                "federation_mib": {"received": 64 << 20},
                "federation_seconds": {"seconds": 0.0},
            }.items():
                given = {**vars(Allowance.of(LIMITS)), **used}
                fails(fetcher.fetch(VALUES, Allowance(**given)), limit)
            # A worker that claims more than the limits gets no more than the limits.
            wide = Allowance(1e9, 10**9, 10**9, 10**12, 10**9, requests=99, rows=-5)
            assert len(fetcher.fetch(VALUES, wide).rows) == 120
            wide = Allowance(1e9, 10**9, 10**9, 10**12, 10**9, requests=100)
            fails(fetcher.fetch(VALUES, wide), "federation_requests", "101 requests")


def test_the_time_of_the_query_ends_a_fetch(tmp_path):
    limits = Limits(federation_cache_seconds=0, federation_seconds=0.5)
    replica = Replica(act=lambda handler, _: time.sleep(1.5))
    fails(ask(replica, TEXTS, tmp_path, limits), "federation_seconds", "0.5 s")


# -- kept answers --------------------------------------------------------------------------


def test_a_kept_answer_is_not_asked_for_again_and_tells_its_age(tmp_path):
    replica = Replica(turtle(), row_limit=50)
    with running(replica):
        path = write_registry(tmp_path / "e.toml", table("it", replica.url, row_limit=50))
        with LocalFetcher(Registry.read(path, may_be_local=True), Limits()) as fetcher:
            first = fetcher.fetch(VALUES)
            count = len(replica.sent)
            again = fetcher.fetch(VALUES)
    assert first.rows == again.rows and first.age is None
    assert again.age is not None and 0 <= again.age < 60
    assert (again.requests, again.received, len(replica.sent)) == (0, 0, count)


def test_a_failure_is_not_kept(tmp_path):
    def act(handler, sent):
        if len(replica.sent) == 1:
            handler.whole(b"", "text/plain", 500)
        else:
            replica.evaluate(handler, sent)

    replica = Replica(turtle(), act=act)
    with running(replica):
        path = write_registry(tmp_path / "e.toml", table("it", replica.url))
        with LocalFetcher(Registry.read(path, may_be_local=True), Limits()) as fetcher:
            fails(fetcher.fetch(TEXTS), "status")
            assert len(fetcher.fetch(TEXTS).rows) == len(HARD)
