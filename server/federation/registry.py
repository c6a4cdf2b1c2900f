"""The endpoints that may be asked: one table each in a TOML file, and nothing else is reached.

The file is `endpoints.toml` beside this module, or the one that ENISHI_ENDPOINTS names.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .addresses import LOCAL_NAMES, AddressError, check_address, parse_url

BUILT_IN = Path(__file__).with_name("endpoints.toml")
SETTING = "ENISHI_ENDPOINTS"
LANGUAGES = ("ja", "en")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
# Values of `kind` in the metadata of a field: what TOML must hold there, in words.
_WORDS = {
    "url": "a URL in quotes",
    "urls": "a list of URLs in quotes",
    "text": "{ja = …, en = …}",
    "iri": "an IRI in quotes",
    "number": "a number",
    "whole": "a whole number",
    "choice": "one of",
    "flag": "true or false",
}


class RegistryError(ValueError):
    """A registry that cannot be used; its text is one sentence that names file, table and key."""


def _key(kind: str, low: float = 0, high: float = 0, of: tuple[str, ...] = (), **more: Any) -> Any:
    return field(metadata={"kind": kind, "low": low, "high": high, "of": of}, **more)


@dataclass(frozen=True)
class Endpoint:
    """A SPARQL endpoint of others: where it is, how it must be asked, whose its data are.

    `aliases`: other URLs that mean it (http and https, older addresses); a redirect may go there.
    `row_limit`: an answer with so many rows is not complete; 0 if no such limit is known.
    `method`: GET, or POST of a form. `result_format`: what is asked for, json or xml.
    `variable_case`: "upper" or "lower" where it changes the variables' names, "any" for both.
    `timeout_s`: seconds for one answer. `max_parallel`: requests at once. `pause_s`: seconds from
    the begin of one request to the next. `block_keys`, `block_bytes`: the most in one request;
    with GET the bytes of the whole address. `loopback`: it may be on this machine or network.
    """

    name: str
    url: str = _key("url")
    label: Mapping[str, str] = _key("text")
    attribution: Mapping[str, str] = _key("text")
    licence: str = _key("iri")
    note: Mapping[str, str] = _key("text", default_factory=dict)
    aliases: tuple[str, ...] = _key("urls", default=())
    row_limit: int = _key("whole", 0, 10_000_000, default=0)
    method: str = _key("choice", of=("GET", "POST"), default="POST")
    result_format: str = _key("choice", of=("json", "xml"), default="json")
    variable_case: str = _key("choice", of=("", "upper", "lower", "any"), default="")
    timeout_s: float = _key("number", 0.1, 600, default=30.0)
    max_parallel: int = _key("whole", 1, 64, default=2)
    pause_s: float = _key("number", 0, 60, default=0.0)
    block_keys: int = _key("whole", 1, 100_000, default=1000)
    block_bytes: int = _key("whole", 200, 10_000_000, default=200_000)
    loopback: bool = _key("flag", default=False)

    @property
    def urls(self) -> tuple[str, ...]:
        """Every URL that means this endpoint."""
        return (self.url, *self.aliases)

    @property
    def most_keys(self) -> int:
        """The most keys in a request: a row for each must stay below the limit of rows."""
        return max(1, min(self.block_keys, self.row_limit - 1 if self.row_limit else 1 << 30))


class Registry:
    """Endpoints by name and by URL."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        """Take endpoints whose URLs are distinct."""
        self._endpoints = dict(endpoints)
        self._by_url = {url: endpoint for endpoint in self for url in endpoint.urls}

    def __iter__(self) -> Iterator[Endpoint]:
        """Yield the endpoints in the order of the file."""
        return iter(self._endpoints.values())

    def get(self, name: str) -> Endpoint | None:
        """Return an endpoint by its name."""
        return self._endpoints.get(name)

    def find(self, iri: str) -> Endpoint | None:
        """Return the endpoint of which the IRI is the URL or an alias, character by character."""
        return self._by_url.get(iri)

    @classmethod
    def load(cls, environment: Mapping[str, str] = os.environ) -> "Registry":
        """Return the registry that the environment names, or the one that comes with Enishi.

        Raises RegistryError.
        """
        named = environment.get(SETTING, "")
        return cls.read(Path(named), may_be_local=True) if named else cls.read(BUILT_IN)

    @classmethod
    def read(cls, path: Path, may_be_local: bool = False) -> "Registry":
        """Return the registry in a TOML file; `may_be_local`: it may say `loopback = true`.

        Raises RegistryError.
        """
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise RegistryError(f"{path}: cannot be read ({error.strerror}).") from None
        except ValueError as error:
            raise RegistryError(f"{path}: expected TOML in UTF-8 ({error}).") from None
        endpoints = {
            name: _endpoint(f"{path}: [{name}]", name, table, may_be_local)
            for name, table in tables.items()
        }
        _check_distinct(path, endpoints)
        return cls(endpoints)


def _endpoint(where: str, name: str, table: Any, may_be_local: bool) -> Endpoint:
    if not isinstance(table, dict):
        raise RegistryError(f"{where}: found {table!r}, expected a table.")
    if not _NAME.fullmatch(name):
        raise RegistryError(
            f"{where}: expected a name of lower-case letters, digits and -, 32 at most."
        )
    known = {about.name: about for about in fields(Endpoint) if about.name != "name"}
    for key in table:
        if key not in known:
            raise RegistryError(f"{where}: found the key {key}, expected {', '.join(known)}.")
    for key in ("url", "label", "attribution", "licence"):
        if key not in table:
            raise RegistryError(f"{where}: expected the key {key}.")
    values = {
        key: _value(f"{where} {key}", value, known[key].metadata) for key, value in table.items()
    }
    endpoint = Endpoint(name=name, **values)
    if endpoint.loopback and not may_be_local:
        raise RegistryError(
            f"{where} loopback: found true, expected it only in a file that {SETTING} names."
        )
    for url in endpoint.urls:
        _check_url(f"{where} {'url' if url == endpoint.url else 'aliases'}", url, endpoint)
    return endpoint


def _value(where: str, value: Any, about: Mapping[str, Any]) -> Any:
    """Return a value as the dataclass holds it; raise RegistryError for a wrong one."""
    kind, words = about["kind"], _WORDS[about["kind"]]
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "text":
        fits = (
            isinstance(value, dict)
            and sorted(value) == sorted(LANGUAGES)
            and all(isinstance(text, str) and text.strip() for text in value.values())
        )
    elif kind == "urls":
        fits = isinstance(value, list) and all(isinstance(url, str) for url in value)
        value = tuple(value) if fits else value
    elif kind == "choice":
        fits = value in about["of"]
        words = f"{words} {', '.join(repr(choice) for choice in about['of'])}"
    elif kind in ("number", "whole"):
        fits = number and about["low"] <= value <= about["high"]
        fits = fits and (kind == "number" or isinstance(value, int))
        words = f"{words} from {about['low']:g} to {about['high']:g}"
    elif kind == "flag":
        fits = isinstance(value, bool)
    else:
        fits = isinstance(value, str) and value != ""
        if kind == "iri":
            fits = fits and re.fullmatch(r'https?://[^\s<>"{}|\\^`]+', value) is not None
    if not fits:
        raise RegistryError(f"{where}: found {value!r}, expected {words}.")
    return value


def _check_url(where: str, url: str, endpoint: Endpoint) -> None:
    """Raise RegistryError for a URL in another than the plain form, or of a forbidden address."""
    try:
        target = parse_url(url)
        if target.literal:
            check_address(target.literal, endpoint.loopback)
        elif LOCAL_NAMES.fullmatch(target.host) and not endpoint.loopback:
            raise AddressError("expected a host that has its name in the public DNS")
    except AddressError as error:
        raise RegistryError(f"{where}: found {url!r}, {error}.") from None


def _check_distinct(path: Path, endpoints: Mapping[str, Endpoint]) -> None:
    owners: dict[str, str] = {}
    for endpoint in endpoints.values():
        for url in endpoint.urls:
            if url in owners:
                raise RegistryError(
                    f"{path}: [{endpoint.name}]: found {url!r} a second time, after"
                    f" [{owners[url]}], expected each URL once."
                )
            owners[url] = endpoint.name
