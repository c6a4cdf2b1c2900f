"""What breaks is mended without a person: killed processes, bad releases, full disks, floods."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mappings.release import write_release
from tests.serving import ROOT, Client, serving
from tests.test_server_release import write
from tests.test_serving import COUNT_EVERYTHING, children, get, health, metric, raw, start, until

FAKETIME = [
    path
    for path in map(Path, ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"))
    if (path / "faketime/libfaketime.so.1").exists()
]


@pytest.fixture(scope="module")
def release(small_release: Path) -> Path:
    """A server of a small release starts sooner, and these tests start many."""
    return small_release


def process_tree(client: Client) -> tuple[int, int, list[int]]:
    """Return the numbers of the front, the zygote and the workers."""
    (front,) = children(client.pid)
    (zygote,) = children(front)
    return front, zygote, children(zygote)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def processor_time(pid: int) -> float:
    """Return how many seconds a process has computed."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def answers(client: Client) -> bool:
    """Tell whether a query is answered now."""
    try:
        return get(client, f"ASK {{}} # {time.monotonic()}").status == 200
    except (OSError, http.client.HTTPException):
        client.close()
        return False


def test_a_killed_worker_fails_its_own_request_and_is_replaced(release):
    with serving(release, workers=3, query_seconds="20") as client:
        _, _, workers = process_tree(client)
        running = start(client, COUNT_EVERYTHING, "127.0.0.3")
        assert until(lambda: health(client)["busy"] == 1)
        assert until(lambda: max(map(processor_time, workers)) > 0.3)
        busy = max(workers, key=processor_time)
        os.kill(busy, signal.SIGKILL)
        answer = running.getresponse()
        problem = json.loads(answer.read())
        running.close()
        assert answer.status == problem["status"] == 500 and "log" in problem["detail"]
        assert answers(client)
        assert until(lambda: health(client)["idle"] == 3)
        assert metric(client, 'enishi_workers_ended_total{cause="crash"}') == 1


def test_a_killed_zygote_is_started_again(release):
    with serving(release, workers=2) as client:
        _, zygote, workers = process_tree(client)
        os.kill(zygote, signal.SIGKILL)
        assert until(lambda: not any(is_alive(pid) for pid in (zygote, *workers)))
        assert until(lambda: answers(client), 30)
        assert process_tree(client)[1] != zygote


def test_a_killed_front_is_started_again_and_connections_wait_for_it(release):
    with serving(release, workers=2) as client:
        front, zygote, workers = process_tree(client)
        os.kill(front, signal.SIGKILL)
        # The socket is the supervisor's: a client that connects now is answered, late.
        connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)
        connection.request("GET", "/sparql?query=ASK%7B%7D")
        assert connection.getresponse().status == 200
        connection.close()
        client.close()
        assert until(lambda: not any(is_alive(pid) for pid in (zygote, *workers)))
        assert process_tree(client)[0] != front


def test_a_killed_supervisor_leaves_no_process_behind(release):
    command = [sys.executable, "-m", "server", "serve", "--port", "0", "--release", str(release)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:
        address = server.stdout.readline().decode().strip()
        client = Client(address, server.pid, [])
        front, zygote, workers = process_tree(client)
        server.kill()
        server.wait()
        assert until(lambda: not any(is_alive(pid) for pid in (front, zygote, *workers)))


def test_a_full_disk_loses_log_lines_and_nothing_else(release):
    with serving(release, workers=2, options=["--access-log", "/dev/full"]) as client:
        assert all(answers(client) for _ in range(5))
        assert until(lambda: metric(client, "enishi_log_lines_lost_total") >= 5)


@pytest.fixture
def current(tmp_path) -> Path:
    """A link to a release, as a build makes it."""
    write(tmp_path / "one")
    link = tmp_path / "current"
    link.symlink_to("one")
    return link


def switch(link: Path, name: str) -> None:
    new = link.with_name("new-link")
    new.symlink_to(name)
    new.replace(link)


def label(client: Client) -> str:
    """Return the one label of the one statement that is served."""
    query = f"SELECT ?o {{ ?s ?p ?o }} # {time.monotonic()}"
    body = json.loads(get(client, query).body)
    return body["results"]["bindings"][0]["o"]["value"]


def other_release(folder: Path) -> Path:
    text = (folder.parent / "one" / "enishi.nq").read_text(encoding="utf-8")
    return write(folder, text=text.replace("盛岡市", "宮古市"), release="ba9876543210")


@pytest.mark.parametrize("how", ["watched", "signalled"])
def test_a_new_release_is_served_without_a_dropped_request(current, how):
    with serving(current, workers=2) as client:
        assert label(client) == "盛岡市"
        tag = get(client, "SELECT ?o { ?s ?p ?o }").headers["ETag"]
        outcomes: list[object] = []
        stop = threading.Event()

        def ask() -> None:
            mine = Client(client.address, client.pid, [])
            while not stop.is_set():
                outcomes.append(label(mine))
            mine.close()

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        other_release(current.with_name("two"))
        switch(current, "two")
        if how == "signalled":
            os.kill(client.pid, signal.SIGHUP)
        assert until(lambda: label(client) == "宮古市", 30)
        stop.set()
        for thread in threads:
            thread.join()
        assert set(outcomes) <= {"盛岡市", "宮古市"} and "盛岡市" in outcomes
        assert health(client)["release"] == "ba9876543210"
        again = get(client, "SELECT ?o { ?s ?p ?o }")
        assert again.headers["ETag"] != tag and "宮古市" in again.body.decode()


def test_a_query_that_runs_while_the_release_changes_finishes_on_the_old_one(tmp_path, built):
    link = tmp_path / "current"
    # All municipalities, for a query that takes seconds.
    link.symlink_to(write_release(built, tmp_path / "build"))
    write(tmp_path / "one")
    other_release(tmp_path / "two")
    slow = (
        "SELECT (COUNT(*) AS ?n) { ?a a enishi:Municipality . ?b a enishi:Municipality ."
        " FILTER(CONCAT(STR(?a), STR(?b)) > '') }"
    )
    with serving(link, workers=2, query_seconds="60") as client:
        running = start(client, slow, "127.0.0.3")
        assert until(lambda: health(client)["busy"] == 1)
        switch(link, "two")
        os.kill(client.pid, signal.SIGHUP)
        assert until(lambda: health(client)["release"] == "ba9876543210", 30)
        counted = json.loads(running.getresponse().read())["results"]["bindings"][0]["n"]
        running.close()
        assert int(counted["value"]) > 1741**2
        (front,) = children(client.pid)
        assert until(lambda: len(children(front)) == 1)


@pytest.mark.parametrize("damage", ["truncated", "no manifest", "no link"])
def test_a_corrupt_release_is_not_served_and_the_one_before_goes_on(current, damage):
    with serving(current, workers=2) as client:
        two = other_release(current.with_name("two"))
        if damage == "truncated":
            (two / "enishi.nq").write_text("<a:b> <c:d")
        elif damage == "no manifest":
            (two / "manifest.json").unlink()
        else:
            shutil.rmtree(two)
        switch(current, "two")
        os.kill(client.pid, signal.SIGHUP)
        assert until(lambda: metric(client, "enishi_release_failures_total") >= 1)
        assert label(client) == "盛岡市" and health(client)["status"] == "ok"
        shutil.rmtree(two, ignore_errors=True)
        other_release(current.with_name("two"))
        assert until(lambda: label(client) == "宮古市", 30)


def test_a_release_too_large_for_memory_is_served_from_disk(current):
    for _ in range(2):
        with serving(current, workers=2, store_kind="disk") as client:
            assert health(client)["store"] == "disk" and label(client) == "盛岡市"
            assert get(client, "ASK {}").status == 200
            problem = json.loads(get(client, "SELECT * WHER {}").body)
            assert problem["line"] == 1
    assert [path.name for path in (current.parent / ".stores").iterdir()] != []


def test_a_thousand_silent_connections_hold_nobody_up(release):
    with serving(release, workers=2, idle_seconds=3) as client:
        silent = [socket.create_connection(("127.0.0.1", client.port)) for _ in range(1000)]
        try:
            assert answers(client)
            assert metric(client, "enishi_connections") >= 1000
            assert until(lambda: metric(client, "enishi_connections") < 10, 20)
            assert answers(client)
        finally:
            for connection in silent:
                connection.close()


def test_of_too_many_connections_the_idle_ones_make_room(release):
    with serving(release, workers=2, connections=50) as client:
        silent = [socket.create_connection(("127.0.0.1", client.port)) for _ in range(200)]
        try:
            assert answers(client)
            assert metric(client, "enishi_connections") <= 50
        finally:
            for connection in silent:
                connection.close()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Content-Length: 5000\r\n\r\nquery=ASK", 408),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nquery\r\n", 408),
        (b"X-Unfinished: ", 408),
    ],
    ids=["length", "chunked", "head"],
)
def test_a_request_that_never_ends_is_given_up(release, head, status):
    with serving(release, workers=2, request_seconds=1) as client:
        start_line = b"POST /sparql HTTP/1.1\r\nHost: x\r\n"
        text = raw(client, start_line + head, timeout=20)
        assert text.startswith(b"HTTP/1.1 %d " % status)
        assert b'"limit": "request_seconds"' in text and answers(client)


def test_a_body_without_end_is_cut_at_its_limit(release):
    with serving(release, workers=2) as client:
        with socket.create_connection(("127.0.0.1", client.port), timeout=20) as connection:
            connection.sendall(
                b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
            )
            sent, answer = 0, b""
            connection.setblocking(False)
            while sent < 100_000_000 and not answer:
                try:
                    sent += connection.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")
                except BlockingIOError:
                    time.sleep(0.01)
                except OSError:
                    break
                try:
                    answer = connection.recv(65_536)
                except BlockingIOError:
                    continue
        assert answer.startswith(b"HTTP/1.1 413 ") and sent < 100_000_000
        assert answers(client)


def test_a_jump_of_the_clock_ends_no_query_and_spares_none(release, tmp_path):
    if not FAKETIME:
        pytest.skip("libfaketime is not installed (Debian: libfaketime)")
    clock = tmp_path / "clock"
    clock.write_text("+0")
    fake = {
        "LD_PRELOAD": str(FAKETIME[0] / "faketime/libfaketime.so.1"),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
    }
    with serving(release, workers=2, query_seconds="3", environment=fake) as client:
        for jump in ("+400d", "-400d"):
            running = start(client, COUNT_EVERYTHING + "#" + jump, "127.0.0.3")
            assert until(lambda: health(client)["busy"] == 1)
            clock.write_text(jump)
            assert answers(client)
            assert json.loads(running.getresponse().read())["limit"] == "query_seconds"
            running.close()
            date = client.request("GET", "/healthz").headers["Date"]
            year = time.gmtime(time.time() + 86400 * int(jump[:-1])).tm_year
            assert str(year) in date


def test_settings_that_are_no_limits_are_one_sentence(release):
    for setting, value, expected in (
        ("ENISHI_QUERY_SECONDS", "soon", "found 'soon', expected a number from 0.1 to 3600 (s)"),
        ("ENISHI_WORKERS", "-1", "found '-1', expected a whole number from 0 to 1000"),
        ("ENISHI_STORE_KIND", "tape", "found 'tape', expected auto, memory or disk"),
    ):
        run = subprocess.run(
            [sys.executable, "-m", "server", "serve", "--port", "0", "--release", str(release)],
            cwd=ROOT, env={**os.environ, setting: value}, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert run.returncode == 1 and run.stderr.count("\n") == 1
        assert f"{setting}: {expected}" in run.stderr
