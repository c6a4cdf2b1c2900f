"""Every query of the project with terms in its open places, and answers that can be compared."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Store

from server.evaluation import Results, own_query, run
from server.examples import FEDERATED, FOLDER, Terms, page_query

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT.parent / "shared" / "contract"
BASE = "https://w3id.org/enishi/"
BUNKYO = NamedNode(BASE + "id/municipality/13105")
CLASS = BASE + "ontology#"
# An engine may join them in any order.
_JOINED = re.compile(r'GROUP_CONCAT\([^;]*;\s*SEPARATOR="([^"]*)"\)\s*AS\s*\?(\w+)')


def _some(store: Store, pattern: str) -> list[NamedNode]:
    query = f"PREFIX enishi: <{CLASS}> SELECT DISTINCT ?x {{ {pattern} }} ORDER BY ?x LIMIT 40"
    results = run(store, own_query(query))
    assert isinstance(results, QuerySolutions)
    return [term for row in results if isinstance(term := row["x"], NamedNode)]


def _open_places(store: Store) -> dict[str, dict[str, Terms]]:
    agreements = _some(store, "?x a enishi:Agreement")
    return {
        "all-findings": {"kind": NamedNode(CLASS + "Discrepancy")},
        "describe": {"this": BUNKYO},
        "document-pages": {"this": _some(store, "?x a enishi:SourceDocument")[0]},
        "facts": {"this": BUNKYO},
        "findings": {"thing": _some(store, "?f enishi:concerns ?x")},
        "graph": {"this": NamedNode(BASE + "graph/derived")},
        "inward": {"this": BUNKYO},
        "listed": {"kind": NamedNode(CLASS + "Activity")},
        "sources": {"thing": agreements},
        "things": {"this": BUNKYO},
        "things-named": {"thing": agreements},
        "ties": {"this": BUNKYO},
        "vocabulary": {"language": Literal("ja")},
    }


def every_query(store: Store) -> Iterator[tuple[str, str]]:
    """Yield name and text of each query of the server, and of the contract where it is at hand.

    Those that ask other endpoints are left out: their answers are others' matter.
    """
    places = _open_places(store)
    for path in sorted(set(FOLDER.rglob("*.rq")) - set(FEDERATED.iterdir())):
        name = path.relative_to(FOLDER).with_suffix("").as_posix()
        yield name, page_query(name, **places.get(path.stem, {}))
    for path in sorted(CONTRACT.glob("*.rq")):
        yield f"contract/{path.stem}", path.read_text(encoding="utf-8")


def comparable(results: Results, query: str) -> object:
    """Return an answer so that it equals another one exactly if it means the same.

    Rows are a multiset; what GROUP_CONCAT joined is compared part by part, in any order.
    """
    if isinstance(results, QueryBoolean):
        return bool(results)
    if isinstance(results, QueryTriples):
        return Counter(map(str, results))
    separators = {name: separator for separator, name in _JOINED.findall(query)}
    names = sorted(variable.value for variable in results.variables)
    rows: Counter[tuple[object, ...]] = Counter()
    for row in results:
        values: list[object] = []
        for name in names:
            term = row[name]
            if name in separators and isinstance(term, Literal):
                values.append(tuple(sorted(term.value.split(separators[name]))))
            else:
                values.append(str(term))
        rows[tuple(values)] += 1
    return (tuple(names), rows)
