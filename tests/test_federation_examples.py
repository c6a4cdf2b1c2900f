"""Each government endpoint has a worked example: run here against its replica."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, QuerySolutions, Store

from benchmarks.replicas.joined import Federation
from benchmarks.replicas.servers import REAL, Replicas, missing, replicas
from server.examples import FOLDER, Example, read_example
from server.federation.registry import Registry

EXAMPLES = [read_example(path) for path in sorted((FOLDER / "federation").glob("*.rq"))]
SERVICE = re.compile(r"SERVICE ([a-z]+): \{")
# The replicas know no addresses of companies: the registers have none.
MAY_BE_EMPTY = {"gbizinfo-companies": {"address"}}
each = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)
Rows = Counter[tuple[str, ...]]


def endpoint_of(example: Example) -> str:
    (name,) = SERVICE.findall(example.text)
    return str(name)


@pytest.fixture(scope="module")
def running() -> Iterator[Replicas]:
    with replicas([name for name in map(endpoint_of, EXAMPLES) if not missing(name)]) as found:
        yield found


def with_prefix(text: str, name: str, address: str) -> str:
    """Declare the prefix of an endpoint, as the application does for those of its registry."""
    return f"PREFIX {name}: <{address}>\n{text}"


def rows_of(found: object) -> Rows:
    assert isinstance(found, QuerySolutions)
    return Counter(tuple(str(term) for term in row) for row in found)


def test_there_is_an_example_for_every_endpoint_of_the_registry():
    registered = tomllib.loads(REAL.read_text(encoding="utf-8"))
    assert sorted(map(endpoint_of, EXAMPLES)) == sorted(registered)


@each
def test_example_declares_the_prefixes_it_uses_and_no_other(example: Example):
    name = r"[a-z][a-z0-9-]*"
    declared = re.findall(rf"PREFIX ({name}):", example.text)
    body = re.sub(r"#[^\n]*|PREFIX [^\n]*|<[^>]*>|\"[^\"]*\"", "", example.text)
    assert declared == sorted(set(re.findall(rf"(?<![?\w])({name}):\w", body)))


@each
def test_example_has_a_title_in_both_languages(example: Example):
    assert re.search("[ぁ-んァ-ン一-龥]", example.title_ja)
    assert example.title.isprintable() and re.match("[A-Z]", example.title)


@each
def test_example_answers_as_one_store_with_everything(
    example: Example, store: Store, running: Replicas, tmp_path: Path
):
    name = endpoint_of(example)
    if why := missing(name):
        pytest.skip(why)
    address = running.wrappers[name].endpoint
    everything = Store()
    everything.extend(Quad(*quad.triple) for quad in store)
    everything.extend(Quad(*quad.triple, NamedNode(address)) for quad in running.data[name])
    everything.extend(running.data[name])
    registry = Registry.read(running.write_registry(tmp_path / "x.toml"), may_be_local=True)
    by_language = {}
    for language in ("ja", "en"):
        text = with_prefix(example.in_language(language), name, address)
        expected = rows_of(everything.query(text.replace("SERVICE ", "GRAPH ")))
        running.wrappers[name].reset()
        with Federation(store, registry) as federation:
            found = federation.query(text)
            assert isinstance(found, QuerySolutions)
            variables = [variable.value for variable in found.variables]
            rows = rows_of(found)
        assert rows == expected and rows
        by_language[language] = rows.total()
        for at, variable in enumerate(variables):
            is_filled = any(row[at] != "None" for row in rows)
            assert is_filled == (variable not in MAY_BE_EMPTY.get(example.slug, ()))
        # An address, where GET is wanted, holds some of the keys only.
        assert running.wrappers[name].counts.requests <= 2
    assert by_language["ja"] == by_language["en"]
