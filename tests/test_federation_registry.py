"""The registry takes endpoints in the plainest form and says of anything else what is wrong."""

import re
from pathlib import Path

import pytest

from server.federation.addresses import AddressError, check_address, parse_url
from server.federation.client import ContactError, user_agent
from server.federation.registry import BUILT_IN, Registry, RegistryError
from tests.replicas import table, write_registry

GOOD = "https://example.org/sparql"


def test_the_endpoints_that_come_with_enishi():
    registry = Registry.load({})
    names = [endpoint.name for endpoint in registry]
    assert names == ["estat", "gbizinfo", "ndl", "jpsearch", "wikidata", "dbpedia"]
    for endpoint in registry:
        assert endpoint.url.startswith("https://") and not endpoint.loopback
        assert set(endpoint.note) == {"ja", "en"}
        assert all(registry.find(url) is endpoint for url in endpoint.urls)
        assert registry.get(endpoint.name) is endpoint
        assert endpoint.most_keys < (endpoint.row_limit or 1 << 30)
    assert registry.get("other") is None and registry.find("https://example.org/") is None


def test_another_file_may_be_named_and_may_name_this_machine(tmp_path):
    url = "http://127.0.0.1:8080/sparql"
    path = write_registry(tmp_path / "mine.toml", table("mine", url, row_limit=10))
    registry = Registry.load({"ENISHI_ENDPOINTS": str(path)})
    endpoint = registry.find(url)
    assert endpoint is not None and endpoint.name == "mine" and endpoint.most_keys == 9
    assert registry.get("estat") is None


def test_only_a_named_file_may_name_this_machine(tmp_path):
    path = write_registry(tmp_path / "mine.toml", table("mine", "http://127.0.0.1:8080/sparql"))
    with pytest.raises(RegistryError, match="loopback: found true"):
        Registry.read(path)


WRONG = {
    "an unknown key": ({"rows": 5}, "[it]: found the key rows"),
    "a number for a text": ({"licence": 5}, "[it] licence: found 5, expected an IRI"),
    "no IRI": ({"licence": "CC BY"}, "[it] licence: found 'CC BY'"),
    "a text for a number": ({"row_limit": "5"}, "[it] row_limit: found '5', expected a whole"),
    "a fraction": ({"row_limit": 5.5}, "[it] row_limit: found 5.5"),
    "a flag for a number": ({"max_parallel": True}, "[it] max_parallel: found True"),
    "too many at once": ({"max_parallel": 65}, "from 1 to 64"),
    "none at once": ({"max_parallel": 0}, "from 1 to 64"),
    "no time": ({"timeout_s": 0}, "[it] timeout_s: found 0"),
    "another method": ({"method": "PUT"}, "[it] method: found 'PUT', expected one of 'GET'"),
    "another format": ({"result_format": "csv"}, "one of 'json', 'xml'"),
    "another case": ({"variable_case": "Upper"}, "[it] variable_case: found 'Upper'"),
    "a list of numbers": ({"aliases": [1]}, "[it] aliases: found [1], expected a list of URLs"),
    "a text for a list": ({"aliases": GOOD}, "[it] aliases: found"),
    "a URL twice": ({"aliases": [GOOD]}, "a second time"),
    "a flag in quotes": ({"loopback": "yes"}, "[it] loopback: found 'yes', expected true or false"),
    "no text in two languages": ({"note": "x"}, "[it] note: found 'x', expected {ja = …, en = …}"),
    "a URL that is empty": ({"url": ""}, "[it] url: found ''"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_registry_is_one_sentence(tmp_path, name):
    given, said = WRONG[name]
    text = table("it", **{"url": GOOD, "loopback": False, **given})
    path = write_registry(tmp_path / "endpoints.toml", text)
    with pytest.raises(RegistryError) as error:
        Registry.read(path, may_be_local=True)
    sentence = str(error.value)
    assert sentence.startswith(str(path)) and said in sentence and sentence.endswith(".")
    assert "expected" in sentence and "\n" not in sentence


def test_what_is_no_registry_is_one_sentence(tmp_path):
    for data, said in (
        (b"[it", "expected TOML"),
        (b"\xff", "expected TOML"),
        (b"x = 5", "[x]: found 5, expected a table"),
        (b"[It]", "[It]: expected a name of lower-case letters"),
        (b"[it]", "[it]: expected the key url"),
        (b"[it]\nurl = 'https://a.org/'\nlabel = {ja='x'}", "[it]: expected the key attribution"),
    ):
        path = tmp_path / "endpoints.toml"
        path.write_bytes(data)
        with pytest.raises(RegistryError) as error:
            Registry.read(path)
        assert said in str(error.value)
    with pytest.raises(RegistryError, match=re.escape("cannot be read (No such file")):
        Registry.load({"ENISHI_ENDPOINTS": str(tmp_path / "none.toml")})


def test_two_endpoints_share_no_url(tmp_path):
    one, two = table("one", GOOD, loopback=False), table("two", GOOD, loopback=False)
    path = write_registry(tmp_path / "endpoints.toml", one, two)
    with pytest.raises(RegistryError, match=r"\[two\]: found .* after \[one\]"):
        Registry.read(path)


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "https://xn--fsq.example.org:8890/sparql", "https://1.1.1.1/sparql",
     "https://[2606:4700::1111]:444/a/b", "https://a-b.example.org/sparql/a_b~c;d=e,f@g"],
)  # fmt: skip
def test_plain_urls_are_taken(url):
    target = parse_url(url)
    assert target.host in url and target.port in (80, 443, 444, 8890)
    if target.literal:
        check_address(target.literal)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1",
     "192.0.1.1", "2606:4700::1111", "2001:200::1", "2400:cb00::1"],
)  # fmt: skip
def test_public_addresses_may_be_reached(address):
    check_address(address)
    check_address(address, may_be_local=True)


@pytest.mark.parametrize(
    ("address", "may_be_local"),
    [("127.0.0.1", True), ("::1", True), ("10.0.0.1", True), ("fd00::1", True),
     ("192.168.1.1", True), ("169.254.1.1", False), ("fe80::1", False), ("fe80::1%lo", False),
     ("::1%lo", False), ("::ffff:127.0.0.1", False), ("::127.0.0.1", False), ("0.0.0.0", False),
     ("100.64.0.1", False), ("224.0.0.1", False), ("2002:7f00:1::", False), ("ff02::1", False),
     ("168.63.129.16", False), ("64:ff9b::1.1.1.1", False), ("4000::1", False), ("x", False)],
)  # fmt: skip
def test_local_addresses_need_leave_and_others_have_none(address, may_be_local):
    with pytest.raises(AddressError):
        check_address(address)
    if may_be_local:
        check_address(address, may_be_local=True)
    else:
        with pytest.raises(AddressError):
            check_address(address, may_be_local=True)


def test_a_contact_is_named_and_cannot_break_a_header():
    assert user_agent("mailto:data@example.org").endswith("(mailto:data@example.org)")
    for wrong in ("a\r\nX: y", "a b c", "連絡先", "x)(y", "x" * 300):
        with pytest.raises(ContactError, match="ENISHI_CONTACT: found"):
            user_agent(wrong)


def test_every_quirk_of_the_built_in_registry_is_explained():
    text = Path(BUILT_IN).read_text(encoding="utf-8")
    assert text.count("note = ") == text.count("\n[") == 6
