"""The fetcher as a process: many at once, stopped when nobody waits, started again if it dies."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop

from server.federation.allowance import Allowance
from server.federation.cache import Cache
from server.federation.in_process import LocalFetcher
from server.federation.link import FetcherError, FetcherLink
from server.federation.registry import Endpoint, Registry
from server.federation.remote import Failed, Fetch, Fetched
from server.federation.wire import (
    MOST_BYTES,
    decode_answer,
    decode_fetch,
    encode_answer,
    encode_fetch,
    frame,
    parse_head,
)
from server.limits import Limits
from tests.replicas import Replica, running, table, write_registry

ROOT = Path(__file__).resolve().parent.parent
TURTLE = "@prefix : <http://t.example/> . :a :value 1, 2, 3 ."
FETCH = Fetch("it", "PREFIX : <http://t.example/>", ":a :value ?n", ("n",))
ALLOWED = Allowance.of(Limits())


@asynccontextmanager
async def linked(replica: Replica, tmp_path: Path, limits: dict[str, str] | None = None, **more):
    path = write_registry(tmp_path / "endpoints.toml", table("it", replica.url, **more))
    link = FetcherLink({**os.environ, "ENISHI_ENDPOINTS": str(path), **(limits or {})})
    await link.start()
    try:
        yield link
    finally:
        link.close()


def test_a_process_that_could_not_start_is_started_by_the_next_fetch(tmp_path):
    path = tmp_path / "endpoints.toml"

    async def run():
        link = FetcherLink({**os.environ, "ENISHI_ENDPOINTS": str(path)})
        try:
            failed = await asyncio.gather(*(link.fetch_rows(FETCH, ALLOWED) for _ in range(3)))
            write_registry(path, table("it", replica.url))
            return failed, await link.fetch_rows(FETCH, ALLOWED)
        finally:
            link.close()

    with running(Replica(TURTLE)) as replica:
        failed, after = asyncio.run(run())
    assert all(isinstance(found, Failed) and found.kind == "unreachable" for found in failed)
    assert isinstance(after, Fetched) and len(after.rows) == 3


@pytest.mark.parametrize("runs", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_fetch_comes_back_from_the_process(tmp_path, runs):
    async def run():
        async with linked(replica, tmp_path) as link:
            assert link.pid
            first = await link.fetch_rows(FETCH, ALLOWED)
            return first, await link.fetch_rows(FETCH, ALLOWED)

    with running(Replica(TURTLE)) as replica:
        first, again = runs(run())
    assert isinstance(first, Fetched) and len(first.rows) == 3 and first.requests == 1
    assert again.rows == first.rows and again.requests == 0 and again.age >= 0


def test_the_process_has_no_right_of_a_user_and_no_file_open(tmp_path):
    async def run():
        async with linked(replica, tmp_path) as link:
            await link.fetch_rows(FETCH, ALLOWED)
            folder = Path(f"/proc/{link.pid}/fd")
            opened = {name: os.readlink(folder / name) for name in os.listdir(folder)}
            return Path(f"/proc/{link.pid}/status").read_text(), opened

    with running(Replica(TURTLE)) as replica:
        status, opened = asyncio.run(run())
    about = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert about["NoNewPrivs"] == "1" and about["CapEff"].strip("0") == ""
    if os.geteuid() == 0:
        assert set(about["Uid"].split()) == {"65534"} and about["Groups"].strip() == ""
    files = {name for name, path in opened.items() if path.startswith("/") and name != "2"}
    assert {opened[name] for name in files} == {"/dev/null"}


def test_many_fetches_run_at_once_and_no_endpoint_gets_too_many(tmp_path):
    def act(handler, sent):
        time.sleep(0.05)
        replica.evaluate(handler, sent)

    async def run():
        limits = {"ENISHI_FEDERATION_RUNNING": "8", "ENISHI_FEDERATION_CACHE_SECONDS": "0"}
        async with linked(replica, tmp_path, limits, max_parallel=3) as link:
            fetches = [
                Fetch("it", FETCH.prologue, f":a :value ?n FILTER(?n > {-n})", ("n",))
                for n in range(20)
            ]
            return await asyncio.gather(*[link.fetch_rows(fetch, ALLOWED) for fetch in fetches])

    replica = Replica(TURTLE, act=act)
    with running(replica):
        found = asyncio.run(run())
    assert all(isinstance(answer, Fetched) and len(answer.rows) == 3 for answer in found)
    assert replica.most_at_once == 3 and len(replica.sent) == 20


def test_no_more_fetches_run_than_the_limit_says(tmp_path):
    def act(handler, sent):
        time.sleep(0.4)
        replica.evaluate(handler, sent)

    async def run():
        limits = {"ENISHI_FEDERATION_RUNNING": "1", "ENISHI_FEDERATION_SECONDS": "0.6"}
        limits["ENISHI_FEDERATION_CACHE_SECONDS"] = "0"
        async with linked(replica, tmp_path, limits, max_parallel=9) as link:
            return await asyncio.gather(*[link.fetch_rows(FETCH, ALLOWED) for _ in range(4)])

    replica = Replica(TURTLE, act=act)
    with running(replica):
        found = asyncio.run(run())
    assert replica.most_at_once == 1
    kinds = [answer.kind for answer in found if isinstance(answer, Failed)]
    assert "federation_running" in kinds and len(kinds) == 3


def test_a_fetch_nobody_waits_for_is_stopped(tmp_path):
    gone = threading.Event()

    def act(handler, sent):
        handler.connection.settimeout(5)
        try:
            if not handler.connection.recv(1):
                gone.set()
        except OSError:
            gone.set()
        handler.close_connection = True

    async def run():
        async with linked(replica, tmp_path) as link:
            task = asyncio.create_task(link.fetch_rows(FETCH, ALLOWED))
            while not replica.sent:
                await asyncio.sleep(0.01)
            task.cancel()
            assert await asyncio.to_thread(gone.wait, 4), "the connection to the endpoint is open"
            replica.act = None
            return await link.fetch_rows(FETCH, ALLOWED)

    replica = Replica(TURTLE, act=act)
    with running(replica):
        assert len(asyncio.run(run()).rows) == 3


def test_a_process_that_dies_fails_what_it_had_and_is_started_again(tmp_path, capfd):
    async def run():
        async with linked(replica, tmp_path) as link:
            first = link.pid
            task = asyncio.create_task(link.fetch_rows(FETCH, ALLOWED))
            while not replica.sent:
                await asyncio.sleep(0.01)
            os.kill(first, signal.SIGKILL)
            failed = await task
            replica.act = None
            until = time.monotonic() + 20
            while time.monotonic() < until:
                found = await link.fetch_rows(FETCH, ALLOWED)
                if isinstance(found, Fetched):
                    return failed, found, first, link.pid
                await asyncio.sleep(0.05)
            raise AssertionError(f"found {found}, expected rows")

    replica = Replica(TURTLE, act=lambda handler, _: time.sleep(2))
    with running(replica):
        failed, found, first, second = asyncio.run(run())
    assert isinstance(failed, Failed) and failed.kind == "unreachable" and "ended" in failed.en
    assert len(found.rows) == 3 and second not in (0, first)
    assert "starting it again" in capfd.readouterr().err


def test_close_ends_the_process_and_what_waits(tmp_path):
    async def run():
        async with linked(replica, tmp_path) as link:
            pid = link.pid
            task = asyncio.create_task(link.fetch_rows(FETCH, ALLOWED))
            while not replica.sent:
                await asyncio.sleep(0.01)
            link.close()
            return pid, await task, await link.fetch_rows(FETCH, ALLOWED)

    replica = Replica(act=lambda handler, _: time.sleep(1))
    with running(replica):
        pid, waiting, later = asyncio.run(run())
    assert waiting.kind == later.kind == "unreachable"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_process_dies_with_the_one_that_started_it(tmp_path):
    code = """if True:
        import asyncio, os, sys
        from server.federation.link import FetcherLink
        async def run():
            link = FetcherLink()
            await link.start()
            print(link.pid, flush=True)
            os.kill(os.getpid(), 9)
        asyncio.run(run())
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60)
    pid = int(done.stdout)
    until = time.monotonic() + 10
    while time.monotonic() < until and Path(f"/proc/{pid}").exists():
        state = Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0]
        if state == "Z":
            break
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("ENISHI_ENDPOINTS", "none.toml"), ("ENISHI_FEDERATION_SECONDS", "x"),
     ("ENISHI_CONTACT", "a b")],
)  # fmt: skip
def test_a_process_that_cannot_start_says_why(capfd, setting, value):
    async def run():
        link = FetcherLink({**os.environ, setting: value})
        with pytest.raises(FetcherError):
            await link.start()
        return link.pid

    assert asyncio.run(run()) == 0
    said = capfd.readouterr().err
    assert value in said and len(said.splitlines()) == 1


def test_a_worker_that_sends_no_fetch_is_told(tmp_path):
    async def run():
        async with linked(replica, tmp_path) as link:
            broken = [b"", b"x", b"[]", b"{}", b"5", b'{"fetch":{},"allowance":{}}', b"[" * 99_999]
            return [
                decode_answer(await link.fetch(load)) for load in broken
            ], await link.fetch_rows(FETCH, ALLOWED)

    with running(Replica(TURTLE)) as replica:
        failures, found = asyncio.run(run())
    assert {failed.kind for failed in failures} == {"refused"}
    assert len(found.rows) == 3


# -- what is said over the socket ----------------------------------------------------------


def test_fetches_and_answers_survive_the_wire():
    fetch = Fetch(
        "it", "PREFIX : <x:>", '?a :p "東京\\n"@ja', ("a", "b"), ("a",), (("<x:1>",), ('"x"@ja',)),
        is_flat=False, is_whole=True,
    )  # fmt: skip
    assert decode_fetch(encode_fetch(fetch, ALLOWED)) == (fetch, ALLOWED)
    for answer in (
        Fetched((("<x:1>", None), ('"東"', "_:b")), 3, 500, 1.5), Fetched(((),) * 3),
        Failed("it", "timeout", "Late.", "遅い。"),
    ):  # fmt: skip
        assert decode_answer(encode_answer(answer)) == answer


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [("fetch", "endpoint", 5), ("fetch", "pattern", None), ("fetch", "is_whole", 1),
     ("fetch", "variables", [1]), ("fetch", "keys", [["a", "b"]]), ("fetch", "keys", [[1]]),
     ("fetch", "keys", 5), ("fetch", "more", 5), ("allowance", "rows", 1.5),
     ("allowance", "seconds", "x"), ("allowance", "requests", True), ("allowance", "more", 1)],
)  # fmt: skip
def test_a_fetch_of_other_parts_is_refused(part, name, value):
    fetch = Fetch("it", "", "?a ?p ?o", ("a",), ("a",), (("<x:1>",),))
    message = json.loads(encode_fetch(fetch, ALLOWED))
    message[part][name] = value
    with pytest.raises(ValueError):
        decode_fetch(json.dumps(message).encode())


def test_a_frame_longer_than_any_in_order_is_refused():
    kind, number, size = parse_head(frame(b"F", 7, b"abc")[:13])
    assert (kind, number, size) == (b"F", 7, 3)
    with pytest.raises(ValueError, match="frame"):
        parse_head(b"F" + bytes(8) + (MOST_BYTES + 1).to_bytes(4, "big"))


# -- kept answers --------------------------------------------------------------------------


def test_kept_answers_are_bounded_in_bytes_and_age():
    now = [0.0]
    rows = (("<x:1>",),) * 10
    cache = Cache(10_000, 60, lambda: now[0])
    for number in range(100):
        cache.put("it", f"query {number}", rows, 0)
        assert cache.size <= 10_000
    assert cache.get("it", "query 0") is None and cache.get("other", "query 99") is None
    now[0] = 59
    kept, age = cache.get("it", "query 99")
    assert kept.rows == rows and age == 59
    now[0] = 60
    assert cache.get("it", "query 99") is None
    size = cache.size
    cache.put("it", "large", (("x" * 20_000,),), 0)
    assert cache.get("it", "large") is None and cache.size == size
    for nothing in (Cache(0, 60), Cache(1000, 0)):
        nothing.put("it", "query", (), 0)
        assert nothing.get("it", "query") is None and nothing.size == 0


def test_the_answer_used_least_goes_first():
    cache = Cache(3 * 900, 60)
    rows = (("<x:1>",),) * 4
    for name in "abc":
        cache.put("it", name, rows, 0)
    assert cache.get("it", "a")
    cache.put("it", "d", rows, 0)
    assert cache.get("it", "a") and cache.get("it", "d") and not cache.get("it", "b")


# -- TLS -----------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of data.example.org and localhost, and its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    path = tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=data.example.org", "-addext",
         "subjectAltName=DNS:data.example.org,DNS:localhost", "-keyout", str(path),
         "-out", str(path) + ".crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + Path(str(path) + ".crt").read_bytes())
    return path


@pytest.mark.parametrize("host", ["data.example.org", "other.example.org"])
@pytest.mark.parametrize("is_trusted", [True, False])
def test_tls_is_verified_by_name_though_the_address_is_pinned(
    certificate, monkeypatch, host, is_trusted
):
    from server.federation.client import tls

    async def ask(name: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    names: list[str] = []
    tls.cache_clear()
    with running(Replica(TURTLE), certificate=certificate, names=names) as replica:
        url = f"https://{host}:{replica.port}/sparql"
        text = {"ja": "試験", "en": "Test"}
        endpoint = Endpoint("it", url, text, text, "https://example.org/", loopback=True)
        with LocalFetcher(Registry({"it": endpoint}), Limits(), ask) as fetcher:
            found = fetcher.fetch(FETCH)
    tls.cache_clear()
    assert names == [host]
    if is_trusted and host == "data.example.org":
        assert len(found.rows) == 3
        assert replica.sent[0].headers["Host"] == f"{host}:{replica.port}"
    else:
        assert found.kind == "unreachable" and "certificate" in found.en.lower()
        assert replica.sent == []


def test_a_name_is_resolved_and_tls_spoken_without_any_right(certificate, tmp_path):
    async def run():
        path = write_registry(tmp_path / "endpoints.toml", table("it", url))
        settings = {"ENISHI_ENDPOINTS": str(path), "SSL_CERT_FILE": str(certificate)}
        link = FetcherLink({**os.environ, **settings})
        await link.start()
        try:
            return await link.fetch_rows(FETCH, ALLOWED)
        finally:
            link.close()

    names: list[str] = []
    with running(Replica(TURTLE, only_xml=True), certificate=certificate, names=names) as replica:
        url = f"https://localhost:{replica.port}/sparql"
        found = asyncio.run(run())
    assert isinstance(found, Fetched), found.en
    assert len(found.rows) == 3 and names == ["localhost"]
