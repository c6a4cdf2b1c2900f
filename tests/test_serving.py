"""Requests over HTTP to a real server: limits, streaming, cache, entity tags, coding, log."""

import gzip
import http.client
import io
import json
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
import zstandard

from server.limits import MEBIBYTE, Limits
from tests.serving import FORM, Answer, Client, serving

EVERYTHING = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
COUNT_EVERYTHING = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
MEGABYTES = "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 40000"
LABELS = "SELECT ?s ?l { ?s rdfs:label ?l } ORDER BY ?s ?l LIMIT 2000"
SETTINGS = {
    "query_seconds": "2", "waiting_seconds": "1", "workers": 4,
    "result_mib": 64, "cache_entry_mib": 16,
}  # fmt: skip


@pytest.fixture(scope="module")
def client(release: Path) -> Iterator[Client]:
    with serving(release, **SETTINGS) as client:
        yield client


def get(client: Client, query: str, *more: tuple[str, str], **headers: str) -> Answer:
    return client.request("GET", "/sparql?" + urlencode([("query", query), *more]), **headers)


def raw(client: Client, data: bytes, timeout: float = 10) -> bytes:
    """Send bytes as they are; return all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", client.port), timeout=timeout) as connection:
        connection.sendall(data)
        pieces = []
        while piece := connection.recv(65_536):
            pieces.append(piece)
        return b"".join(pieces)


def metric(client: Client, name: str) -> float:
    text = client.request("GET", "/metrics").body.decode()
    values = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(values[0]) if values else 0.0


def until(condition, seconds: float = 10) -> bool:
    """Tell whether something becomes true before long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def health(client: Client) -> dict:
    return json.loads(client.request("GET", "/healthz").body)


# -- limits --------------------------------------------------------------------------------


def test_a_query_over_its_time_is_504_and_names_the_limit(client):
    answer = get(client, COUNT_EVERYTHING)
    problem = json.loads(answer.body)
    assert (answer.status, answer.media_type) == (504, "application/problem+json")
    assert (problem["limit"], problem["limit_value"], problem["limit_unit"]) == (
        "query_seconds", 2.0, "s",
    )  # fmt: skip
    assert "2 s" in problem["detail"] and "2 秒" in problem["detail_ja"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_client_may_ask_for_less_time_but_not_for_more(client):
    problem = json.loads(get(client, COUNT_EVERYTHING, ("timeout", "0.3")).body)
    assert problem["status"] == 504 and "0.3 s" in problem["detail"]
    page = get(client, COUNT_EVERYTHING, ("timeout", "0.4"), ("lang", "en"), accept="text/html")
    assert page.status == 504 and "0.4 s" in page.body.decode()
    problem = json.loads(get(client, COUNT_EVERYTHING, ("timeout", "900")).body)
    assert problem["status"] == 504 and "2 s" in problem["detail"]


@pytest.mark.parametrize("timeout", ["0", "-1", "soon", "nan"])
def test_a_time_that_is_none_is_refused(client, timeout):
    answer = get(client, "ASK {}", ("timeout", timeout))
    assert answer.status == 400 and f"timeout={timeout}" in json.loads(answer.body)["detail"]


def test_a_person_gets_a_page_about_the_limit_with_the_query_in_it(client):
    answer = get(client, COUNT_EVERYTHING, ("lang", "en"), accept="text/html")
    assert (answer.status, answer.media_type) == (504, "text/html")
    assert "ran longer than 2 s" in answer.body.decode()
    assert "<h1>The query took too long</h1>" in answer.body.decode()
    assert "?a ?b ?c" in answer.body.decode()


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_an_answer_that_is_cut_after_its_first_byte_is_broken_off(client, form):
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        get(client, EVERYTHING, ("format", form))
    client.close()


def test_an_answer_that_is_cut_is_broken_off_for_http_1_0_too(client):
    target = "/sparql?" + urlencode({"query": EVERYTHING})
    with pytest.raises(ConnectionResetError):
        raw(client, f"GET {target} HTTP/1.0\r\n\r\n".encode(), timeout=30)


def test_an_answer_with_too_many_bytes_is_broken_off_and_the_log_says_why(release):
    with serving(release, result_mib=1) as client:
        for form in ("json", "xml", "csv", "tsv"):
            with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
                get(client, MEGABYTES, ("format", form))
            client.close()
        assert until(lambda: sum(b'"outcome": "result_mib"' in n for n in client.log) == 4)
        assert get(client, "ASK {}").status == 200


def test_memory_is_limited_for_one_query(release):
    doubling = " ".join(f"BIND(CONCAT(?x{n},?x{n}) AS ?x{n + 1})" for n in range(31))
    query = f'SELECT (STRLEN(?x31) AS ?n) {{ BIND("a" AS ?x0) {doubling} }}'
    with serving(release, query_memory_mib=128, workers=2) as client:
        answer = get(client, query)
        assert (answer.status, json.loads(answer.body)["limit"]) == (507, "query_memory_mib")
        assert get(client, "ASK {}").status == 200


def test_queries_of_one_client_leave_workers_for_others(client):
    """Four run at once at most in all: one address gets its share, the others go on."""
    busy = [start(client, COUNT_EVERYTHING + "#" * n, "127.0.0.3") for n in range(8)]
    assert until(lambda: health(client)["waiting"] >= 4)
    answers = [connection.getresponse() for connection in busy]
    outcomes = sorted((a.status, json.loads(a.read()).get("limit")) for a in answers)
    for connection in busy:
        connection.close()
    assert outcomes == [(503, "waiting_seconds")] * 4 + [(504, "query_seconds")] * 4
    retry = next(a for a in answers if a.status == 503)
    assert int(retry.headers["Retry-After"]) > 0


def test_brief_requests_do_not_wait_for_a_long_one_that_came_among_them(client):
    """Where all have been brief, few workers get them, one behind the other."""
    for number in range(200):
        get(client, f"ASK {{}} # brief {number}")
    long = start(client, COUNT_EVERYTHING, "127.0.0.4")
    brief = [start(client, f"ASK {{}} # behind {n}", "127.0.0.5") for n in range(8)]
    answers = [connection.getresponse() for connection in brief]
    assert [answer.status for answer in answers] == [200] * 8
    assert health(client)["busy"] == 1
    for connection in (long, *brief):
        connection.close()


def test_a_full_queue_is_503_at_once(release):
    with serving(release, workers=1, waiting=0, query_seconds="3") as client:
        running = start(client, COUNT_EVERYTHING, "127.0.0.3")
        assert until(lambda: health(client)["busy"] == 1)
        # Behind a query that has only begun, one may be given ahead.
        time.sleep(0.2)
        answer = get(client, "ASK {}")
        assert (answer.status, json.loads(answer.body)["limit"]) == (503, "waiting")
        assert answer.headers["Retry-After"] == "1"
        running.close()


def start(client: Client, query: str, address: str) -> http.client.HTTPConnection:
    """Send a query from an address of its own and do not wait for the answer."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", client.port, timeout=30, source_address=(address, 0)
    )
    connection.request("GET", "/sparql?" + urlencode({"query": query}))
    return connection


def test_every_limit_is_told_with_its_value(client):
    told = {
        about["name"]: about["value"]
        for about in json.loads(client.request("GET", "/limits").body)["limits"]
    }
    expected = {about["name"] for about in Limits().document()}
    assert set(told) == expected
    assert (told["query_seconds"], told["workers"]) == (2.0, 4)


# -- workers -------------------------------------------------------------------------------


def test_work_stops_when_the_client_is_gone(client):
    connection = start(client, COUNT_EVERYTHING, "127.0.0.4")
    assert until(lambda: health(client)["busy"] == 1)
    before = metric(client, 'enishi_workers_ended_total{cause="client_gone"}')
    connection.close()
    assert until(lambda: health(client)["busy"] == 0, 1.0)
    assert metric(client, 'enishi_workers_ended_total{cause="client_gone"}') == before + 1


def workers_of(client: Client) -> list[int]:
    """Return the process numbers of the workers: the grandchildren of the front."""
    (front,) = children(client.pid)
    (zygote,) = children(front)
    return children(zygote)


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(number) for number in text.split()]


def test_workers_reach_no_network_and_open_no_file(client):
    assert health(client)["network_of_workers"] in ("none", "no descriptors")
    # None that a test before killed, or that is being forked, is to be read on its way.
    assert until(lambda: health(client)["idle"] == len(workers_of(client)))
    for pid in workers_of(client):
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"Max open files\s+0\s+0", limits)
        assert re.search(r"Max file size\s+0\s+0", limits)
        assert re.search(r"Max core file size\s+0\s+0", limits)
        opened = [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]
        assert sorted(re.sub(r"\d+", "", name) for name in opened) == [
            "/proc//statm", "pipe:[]", "socket:[]",
        ]  # fmt: skip
        if health(client)["network_of_workers"] == "none":
            own = os.readlink("/proc/self/ns/net")
            assert os.readlink(f"/proc/{pid}/ns/net") != own


@pytest.mark.parametrize(
    "query",
    [
        "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "LOAD <http://127.0.0.1:9/x>",
        "LOAD <file:///etc/passwd>",
    ],
)
def test_nothing_makes_the_endpoint_fetch(client, query):
    assert get(client, query).status in (400, 403)


@pytest.mark.parametrize("graph", ["http://127.0.0.1:9/x", "file:///etc/passwd"])
def test_from_names_a_graph_and_fetches_none(client, graph):
    answer = get(client, f"SELECT * FROM <{graph}> {{ ?s ?p ?o }}")
    assert json.loads(answer.body)["results"]["bindings"] == []


# -- streaming -----------------------------------------------------------------------------


def streaming(client: Client) -> socket.socket:
    """Ask for rows that never end, and read none of them yet."""
    connection = socket.create_connection(("127.0.0.1", client.port), timeout=10)
    target = "/sparql?" + urlencode({"query": EVERYTHING, "format": "tsv"})
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return connection


def test_the_first_row_comes_long_before_the_last(client):
    """The first rows are here while the query, which never ends, is still running."""
    with streaming(client) as connection:
        data = b""
        while data.count(b"\t") < 9:
            data += connection.recv(65_536)
        assert b"200 OK" in data and b"chunked" in data
        assert health(client)["busy"] == 1


def test_a_worker_outlives_an_answer_whose_client_is_gone(client):
    """It looks up between two pieces; the next query finds it, and what it has read, there."""
    # None that a test before killed is still among them.
    assert until(lambda: health(client)["idle"] == 4 == len(workers_of(client)))
    workers = workers_of(client)
    with streaming(client) as connection:
        connection.recv(65_536)
        assert health(client)["busy"] == 1
    assert until(lambda: health(client)["busy"] == 0, 1.0)
    assert workers_of(client) == workers
    assert get(client, LABELS).status == 200


def test_a_client_that_does_not_read_holds_no_worker_beyond_its_time(client):
    with streaming(client):
        assert until(lambda: health(client)["busy"] == 1)
        assert until(lambda: health(client)["busy"] == 0, 8)


class FrontMemory:
    """How much memory the front took at most since this began."""

    def __init__(self, client: Client) -> None:
        (front,) = children(client.pid)
        self._process = Path(f"/proc/{front}")
        # https://docs.kernel.org/filesystems/proc.html: 5 makes it forget the peak so far.
        (self._process / "clear_refs").write_text("5")
        self._before = self._most()

    def _most(self) -> int:
        text = (self._process / "status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) * 1024

    @property
    def grown(self) -> float:
        """The growth in MiB."""
        return (self._most() - self._before) / MEBIBYTE


def test_memory_of_the_front_stays_flat_however_much_goes_through(client):
    memory = FrontMemory(client)
    for _ in range(3):
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            get(client, EVERYTHING, ("format", "xml"))
        client.close()
    # Each sends 64 MiB before it is cut; what waits for a client is 1 MiB, what may be kept 16.
    assert memory.grown < 57


def test_who_asks_on_and_on_without_reading_takes_no_memory(client):
    """What waits for one client is 1 MiB and an answer, however many requests it has sent."""
    query = LABELS.replace("2000", "250") + " # asked on and on"
    size = len(get(client, query).body)
    target = "/sparql?" + urlencode({"query": query})
    asked = f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    last = asked.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert size < 65_536
    memory, times = FrontMemory(client), 200 * MEBIBYTE // size
    with socket.create_connection(("127.0.0.1", client.port), timeout=20) as connection:
        sender = threading.Thread(target=connection.sendall, args=[asked * times + last])
        sender.start()
        time.sleep(1)
        assert memory.grown < 20
        found, end = 0, b""
        while piece := connection.recv(1 << 20):
            found += (end + piece).count(b"HTTP/1.1 200 OK")
            end = piece[-14:]
        sender.join()
    assert found == times + 1


def test_requests_that_wait_for_those_before_them_take_little_memory(client):
    """A request takes many times its bytes: beyond some, what came is not even read."""
    asked = b"GET /limits HTTP/1.1\r\nHost:x\r\n\r\n"
    memory = FrontMemory(client)
    with ExitStack() as clients:
        for _ in range(40):
            connection = socket.create_connection(("127.0.0.1", client.port), timeout=5)
            clients.enter_context(connection).setblocking(False)
            with suppress(BlockingIOError):
                connection.send(asked * (MEBIBYTE // len(asked)))
        assert get(client, "ASK {} # beside them").status == 200
        time.sleep(1)
        assert memory.grown < 20


def test_kept_answers_on_their_way_to_slow_clients_are_counted(release):
    """Dropped for others while a client still reads them, they take memory all the same."""
    with (
        serving(release, cache_mib=32, cache_entry_mib=16, query_seconds=2) as client,
        ExitStack() as slow,
    ):
        get(client, "ASK {}")
        memory = FrontMemory(client)
        for number in range(16):
            target = "/sparql?" + urlencode({"query": f"{MEGABYTES} # {number}"})
            asked = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
            first = raw(client, asked)
            assert b"fwd=miss" in first[:2000] and 8 < len(first) / MEBIBYTE < 16
            connection = slow.enter_context(socket.socket())
            # What the system holds for it would be all of the answer.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", client.port))
            connection.sendall(asked)
            assert connection.recv(12) == b"HTTP/1.1 200"
        # What is kept, a piece or two for each client, and some.
        assert memory.grown < 32 + 16 + 15


# -- cache, entity tags, coding --------------------------------------------------------------


def test_a_repeated_query_does_not_reach_a_worker(client):
    query = "SELECT ?x { VALUES ?x { 1 } } # repeated"
    first, second, third = (get(client, query) for _ in range(3))
    assert first.headers["Cache-Status"] == "enishi; fwd=miss"
    assert second.headers["Cache-Status"] == third.headers["Cache-Status"] == "enishi; hit"
    assert first.body == second.body == third.body
    same = ("ETag", "Content-Type", "Vary", "Access-Control-Allow-Origin", "Content-Length")
    assert all(first.headers[name] == third.headers[name] for name in same)


def test_a_long_answer_is_kept_too_and_sent_again_whole(client):
    first, second = (get(client, MEGABYTES + " # long") for _ in range(2))
    assert first.headers["Transfer-Encoding"] == "chunked"
    assert second.headers["Cache-Status"] == "enishi; hit"
    assert int(second.headers["Content-Length"]) == len(second.body)
    assert first.body == second.body and len(first.body) > 8 * MEBIBYTE
    target = "/sparql?" + urlencode({"query": MEGABYTES + " # long"})
    assert client.request("HEAD", target).headers["Content-Length"] == str(len(first.body))
    known = get(client, MEGABYTES + " # long", if_none_match=first.headers["ETag"])
    assert (known.status, known.body) == (304, b"")
    # Asked anew it is the same, and stays what is kept.
    anew = get(client, MEGABYTES + " # long", cache_control="no-cache")
    assert anew.headers["Cache-Status"] == "enishi; fwd=miss" and anew.body == first.body
    assert get(client, MEGABYTES + " # long").headers["Cache-Status"] == "enishi; hit"


def test_a_kept_answer_is_one_for_each_form(client):
    query = "SELECT ?x { VALUES ?x { 1 } } # forms"
    accepts = ["text/csv", "application/sparql-results+xml", "application/json"]
    for _ in range(2):
        assert [get(client, query, accept=accept).media_type for accept in accepts] == accepts


def test_two_requests_in_one_packet_are_both_answered_each_time(client):
    one = "GET /sparql?query=ASK%7B%7D%23pipelined HTTP/1.1\r\nHost: x\r\n\r\n"
    last = one.replace("Host: x", "Host: x\r\nConnection: close")
    for _ in range(3):
        text = raw(client, (one + one + last).encode())
        assert text.count(b"HTTP/1.1 200 OK") == 3 and text.count(b'"boolean":true') == 3


def test_thousands_of_requests_in_one_packet_are_answered_in_order(client):
    get(client, "ASK {} # many")
    kept = "GET /sparql?query=ASK%20%7B%7D%20%23%20many HTTP/1.1\r\nHost: x\r\n\r\n"
    slow = f"GET /sparql?{urlencode({'query': LABELS + ' # many'})} HTTP/1.1\r\nHost: x\r\n\r\n"
    last = kept.replace("Host: x", "Host: x\r\nConnection: close")
    text = raw(client, (slow + kept * 3000 + last).encode(), timeout=30)
    assert text.count(b"HTTP/1.1 200 OK") == 3002 and text.count(b'"boolean":true') == 3001


def test_no_cache_asks_anew(client):
    query = "SELECT ?x { VALUES ?x { 1 } } # anew"
    for _ in range(2):
        answer = get(client, query, cache_control="no-cache")
        assert answer.headers["Cache-Status"] == "enishi; fwd=miss"


@pytest.mark.parametrize("function", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()"])
def test_what_changes_each_time_is_not_kept(client, function):
    query = f"SELECT ({function} AS ?x) {{}}"
    answers = [get(client, query) for _ in range(2)]
    assert answers[0].headers["Cache-Control"] == "no-store" and not answers[0].headers["ETag"]
    assert answers[1].headers["Cache-Status"] == "enishi; fwd=miss"
    assert answers[0].body != answers[1].body


def test_who_has_an_answer_gets_304_kept_or_not(client):
    query = "SELECT ?x { VALUES ?x { 1 } } # tag"
    tag = get(client, query).headers["ETag"]
    assert re.fullmatch(r'"json-[0-9a-f]{36}"', tag)
    for control in ("max-age=0", "no-cache"):
        answer = get(client, query, if_none_match=tag, cache_control=control)
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag)
    assert get(client, query, if_none_match='"other"').status == 200
    assert get(client, query, ("format", "csv"), if_none_match=tag).status == 200


def test_head_has_the_headers_of_get(client):
    target = "/sparql?" + urlencode({"query": LABELS})
    head, whole = client.request("HEAD", target), client.request("GET", target)
    assert head.status == 200 and head.body == b""
    for name in ("Content-Type", "ETag", "Cache-Control", "Vary", "Content-Disposition"):
        assert head.headers[name] == whole.headers[name]


def test_head_of_a_wrong_query_says_so(client):
    target = "/sparql?" + urlencode({"query": "SELECT * WHER {}"})
    head = client.request("HEAD", target)
    assert (head.status, head.body) == (400, b"")


UNPACK = {
    "gzip": gzip.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read(),
}


@pytest.mark.parametrize(("accepted", "coding"), [("gzip", "gzip"), ("gzip, zstd", "zstd")])
def test_answers_are_packed_for_who_can_unpack_them(client, accepted, coding):
    plain = get(client, LABELS)
    for _ in range(2):
        packed = get(client, LABELS, accept_encoding=accepted)
        assert packed.headers["Content-Encoding"] == coding
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert len(packed.body) * 3 < len(plain.body) and UNPACK[coding](packed.body) == plain.body
    assert packed.headers["ETag"] == plain.headers["ETag"][:-1] + f'-{coding}"'
    again = get(client, LABELS, accept_encoding=accepted, if_none_match=packed.headers["ETag"])
    assert again.status == 304


def test_file_names_tell_the_query_and_the_form(client):
    names = {
        form: get(client, LABELS, ("format", form)).headers["Content-Disposition"]
        for form in ("json", "csv", "csv-excel", "xml")
    }
    assert re.fullmatch(r'inline; filename="enishi-[0-9a-f]{8}\.json"', names["json"])
    assert names["csv"] == names["csv-excel"]
    assert re.fullmatch(r'attachment; filename="enishi-[0-9a-f]{8}\.csv"', names["csv"])


def test_csv_for_excel_begins_with_a_byte_order_mark_over_http(client):
    body = get(client, LABELS, ("format", "csv-excel")).body
    assert body.startswith(b"\xef\xbb\xbfs,l\r\n")


# -- what operators see ----------------------------------------------------------------------


def test_health_tells_release_and_workers(client, release):
    about = health(client)
    assert about["status"] == "ok" and about["release"] == release.name
    assert about["busy"] + about["idle"] == 4


def test_the_log_tells_hash_time_rows_and_outcome_and_no_word_of_the_query(client):
    query = "SELECT ?secret { VALUES ?secret { 1 2 3 } }"
    get(client, query, ("format", "csv"))
    get(client, query, ("format", "csv"))
    get(client, COUNT_EVERYTHING, ("timeout", "0.2"))

    def lines() -> list[dict]:
        return [json.loads(line) for line in client.log if b'"path": "/sparql"' in line][-3:]

    assert until(lambda: len(lines()) == 3 and lines()[-1]["outcome"] == "query_seconds")
    first, second, third = lines()
    assert (first["outcome"], second["outcome"]) == ("answered", "hit")
    assert first["rows"] == second["rows"] == 3 and first["status"] == 200
    assert first["query"] == second["query"] != third["query"]
    assert re.fullmatch(r"[0-9a-f]{16}", third["query"]) and third["status"] == 504
    assert third["ms"] > 100 and first["bytes"] > 0
    assert not any(b"secret" in line for line in client.log)


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ('SELECT * { VALUES ?x { "a" "b\\n\\"}},{\\"c" "d" } }', 3),
        ("SELECT * { VALUES ?x { } }", 0),
        ("SELECT (1 AS ?x) {}", 1),
        ("SELECT ?s { ?s ?p ?o } LIMIT 12345", 12345),
    ],
)
def test_rows_are_counted_in_every_form(client, form, query, rows):
    query += f" # {form}"
    get(client, query, ("format", form))
    lines = [line for line in client.log if b'"rows"' in line]
    assert until(
        lambda: json.loads([n for n in client.log if b'"rows"' in n][-1])["rows"] == rows
    ), lines[-1]


def test_metrics_count_requests_and_the_cache(client):
    hits = metric(client, 'enishi_cache_requests_total{result="hit"}')
    for _ in range(3):
        get(client, "ASK {} # metrics")
    assert metric(client, 'enishi_cache_requests_total{result="hit"}') == hits + 2
    assert metric(client, 'enishi_workers{state="idle"}') == 4


# -- protocol of the front -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b<script>\r\n\r\n", 400),
        (b"hello\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET http://other.example/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
        (b"GET /status HTTP/1.0\r\n\r\n", 200),
        (b"GET /status HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 200),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nquery",
            400,
        ),
        (b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n", 400),
        (b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"GET /" + b"x" * 140_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Y: " + b"z" * 140_000 + b"\r\n\r\n", 431),
        (
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Length: 5\r\n\r\n0\r\n\r\n",
            400,
        ),
    ],
    ids=["no-host", "two-hosts", "bad-host", "no-http", "tls", "absolute", "1.0", "upgrade",
         "two-lengths", "connect", "body", "address",
         "headers", "smuggling"],
)  # fmt: skip
def test_requests_at_the_edge_are_answered_or_refused_clearly(client, data, status):
    text = raw(client, data)
    assert text.startswith(b"HTTP/1.1 %d " % status)
    if status >= 400:
        head, _, body = text.partition(b"\r\n\r\n")
        assert b"application/problem+json" in head
        assert b"Access-Control-Allow-Origin: *" in head
        assert json.loads(body)["detail_ja"]


def test_a_client_that_expects_to_go_on_is_told_so(client):
    with socket.create_connection(("127.0.0.1", client.port), timeout=10) as connection:
        head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        head += b"Content-Type: application/sparql-query\r\nContent-Length: 6\r\n\r\n"
        connection.sendall(head)
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ASK {}")
        assert connection.recv(10_000).startswith(b"HTTP/1.1 200 OK")


def test_a_chunked_body_is_read(client):
    body = b"3\r\nASK\r\n3\r\n {}\r\n0\r\n\r\n"
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += b"Content-Type: application/sparql-query\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b'"boolean":true' in raw(client, head + body)


def test_a_request_in_single_bytes_is_read(client):
    data = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", client.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(len(data)):
            connection.sendall(data[number : number + 1])
        pieces = []
        while piece := connection.recv(65_536):
            pieces.append(piece)
        assert b'"boolean":true' in b"".join(pieces)


def test_the_address_of_a_client_is_what_a_trusted_proxy_says(release):
    with serving(release, workers=2, options=["--proxies", "1"]) as client:
        get(client, "ASK {} # proxied", x_forwarded_for="10.9.9.9, 203.0.113.7")
        assert until(lambda: any(b'"client": "203.0.113.7"' in line for line in client.log))


def test_what_comes_after_a_body_is_no_header(release):
    """A trailer could name another client than the proxy did."""
    body = b"6\r\nASK {}\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += b"X-Forwarded-For: 203.0.113.8\r\nContent-Type: application/sparql-query\r\n"
    with serving(release, workers=2, options=["--proxies", "1"]) as client:
        assert b"200 OK" in raw(client, head + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        assert until(lambda: any(b'"client": "203.0.113.8"' in line for line in client.log))


def test_many_clients_at_once_get_their_own_answers(client):
    wrong: list[object] = []

    def ask(number: int) -> None:
        connection = http.client.HTTPConnection(
            "127.0.0.1", client.port, timeout=30, source_address=(f"127.0.1.{number + 1}", 0)
        )
        for turn in range(20):
            value = number * 1000 + turn
            query = f"SELECT ?x {{ VALUES ?x {{ {value} }} }}"
            body = urlencode({"query": query})
            connection.request(
                "POST", "/sparql", body, {"Content-Type": FORM, "Accept": "text/csv"}
            )
            text = connection.getresponse().read()
            if text != f"x\r\n{value}\r\n".encode():
                wrong.append(text)
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_reset_in_the_middle_of_a_request_hurts_nobody(client):
    for _ in range(20):
        connection = socket.create_connection(("127.0.0.1", client.port), timeout=10)
        connection.sendall(b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nquery=")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    assert get(client, "ASK {}").status == 200
