"""The W3C's cases of the SPARQL 1.1 Protocol, sent over HTTP to a real server."""

import http.client
import json

import pytest

from tests.serving import serving, write_release
from tests.test_sparql_protocol import DIRECT, manifest_cases, protocol_store


@pytest.fixture(scope="module")
def cases() -> list[dict]:
    cases = manifest_cases()
    if not cases:
        pytest.skip("the W3C suite is not at hand (../shared/suites)")
    return cases


def send(port: int, case: dict) -> tuple[int, str, bytes]:
    """Send the request of a case; return status, media type and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = (case["body"] or "").encode(case["encoding"] or "utf-8")
    headers = {"Content-Type": case["type"]} if case["type"] else {}
    connection.request(case["method"], case["path"], body or None, headers)
    response = connection.getresponse()
    answer = response.status, response.headers.get_content_type(), response.read()
    connection.close()
    return answer


def is_as_expected(case: dict, status: int, media_type: str, body: bytes) -> bool:
    name = case["case"]
    if name.startswith(("bad_", "update_")):
        # The last request of an update case asks whether the update was made: here it never is.
        is_question = name.startswith("update_") and case["type"] == DIRECT
        return status == 200 if is_question else 400 <= status < 500
    if case["expected"]:
        return status == 200 and json.loads(body)["boolean"] is True
    return status == 200 and (case["format"] != "RDF" or media_type == "text/turtle")


def test_all_20_query_cases_are_answered_as_expected_and_every_update_refused(
    cases, tmp_path, capsys
):
    names = {case["case"] for case in cases}
    queries = {name for name in names if name.startswith("query_")}
    queries |= {name for name in names if name.startswith(("bad_query", "bad_multiple_queries"))}
    with serving(write_release(tmp_path, set(protocol_store())), workers=2) as client:
        wrong = {
            case["case"] for case in cases if not is_as_expected(case, *send(client.port, case))
        }
    with capsys.disabled():
        print(
            f"\nSPARQL 1.1 Protocol: {len(queries - wrong)} of {len(queries)} query cases", end=""
        )
        print(f", {len(names - queries - wrong)} of {len(names - queries)} updates refused")
    assert (wrong, len(queries), len(names)) == (set(), 20, 34)
