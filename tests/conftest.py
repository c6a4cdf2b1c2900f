"""What many tests need: the graph built once, a release of it, and the documents' texts."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pyoxigraph import NamedNode, RdfFormat, Store

from mappings.build import Built, build_graph, check_graph
from mappings.document import DATA, Document
from mappings.model import Activity, Agreement, Discrepancy, Thing
from mappings.names import Names
from mappings.release import write_release
from tests.browsing import BUNDLES, CHROMIUM, Visitor, chromium
from tests.serving import serving
from tests.serving import write_release as write_small_release

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
SMALL = ("hokkaido_international_2022", "ontology")
# Modules that take minutes. Begun last, one of them would run alone while the other cores wait.
LONGEST = (
    "test_virtuoso", "test_resources", "test_validator_equality", "test_browser_pictures",
    "test_browser_site", "test_federation_replicas", "test_remote_store",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first; the tests of a module stay in their order."""
    gone = [name for name in LONGEST if not Path(__file__).with_name(f"{name}.py").is_file()]
    assert not gone, f"found no modules {gone} in tests/, expected those of LONGEST"
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(scope="session")
def built() -> Built:
    """The checked graph of the committed tables."""
    built = build_graph()
    check_graph(built)
    return built


@pytest.fixture(scope="session")
def release(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release folder of the graph."""
    return write_release(built, tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="session")
def small_release(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of one document alone, for tests that start a server each."""
    graphs = {NamedNode(f"https://w3id.org/enishi/graph/{name}") for name in SMALL}
    quads = {quad for quad in built.statements if quad.graph_name in graphs}
    return write_small_release(tmp_path_factory.mktemp("small") / "release", quads)


@pytest.fixture(scope="session")
def store(release: Path) -> Store:
    """The released graph, loaded."""
    store = Store()
    store.bulk_load(path=release / "enishi.nq", format=RdfFormat.N_QUADS)
    return store


@pytest.fixture(scope="session")
def names() -> Names:
    """Every name the registers know."""
    return Names.load(DATA)


@pytest.fixture(scope="module")
def document(request: pytest.FixtureRequest) -> Document:
    """The document a test module is about: its SLUG."""
    return Document(request.module.SLUG)


@pytest.fixture(scope="module")
def things(document: Document, names: Names) -> list[Thing]:
    """Everything the document's mapping yields."""
    module = import_module(f"mappings.documents.{document.slug}")
    found = list(module.map_document(document, names))
    document.finish()
    return found


def of_kind(things: list[Thing], kind: type) -> dict[str, Any]:
    return {thing.key: thing for thing in things if isinstance(thing, kind)}


@pytest.fixture(scope="module")
def activities(things: list[Thing]) -> dict[str, Activity]:
    """The document's activities by key."""
    return of_kind(things, Activity)


@pytest.fixture(scope="module")
def agreements(things: list[Thing]) -> dict[str, Agreement]:
    """The document's agreements by key."""
    return of_kind(things, Agreement)


@pytest.fixture(scope="module")
def discrepancies(things: list[Thing]) -> dict[str, Discrepancy]:
    """The document's discrepancies by key."""
    return of_kind(things, Discrepancy)


@pytest.fixture(scope="session")
def sources() -> Path:
    """The folder of the documents' texts."""
    if not (SHARED / "sources").is_dir():
        pytest.skip("the documents' texts are not at hand (../shared/sources)")
    return SHARED / "sources"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; a test that needs it is skipped where it is not installed."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (apt-get install chromium fonts-noto-cjk)")
    if not (BUNDLES / ".ready").exists():
        pytest.skip("the pages have no interactive parts here (node and npm make them)")
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[str]:
    """The address of a server of the real release."""
    with serving(release) as client:
        yield client.address


@pytest.fixture
def visitor(browser: Browser, site: str) -> Iterator[Visitor]:
    """Opens pages of the site; afterwards no page may have complained on its console."""
    visitor = Visitor(browser, site)
    yield visitor
    visitor.leave()
    assert visitor.complaints == []
