"""Do the servers give the same answers? Counted before anything is timed."""

import json

from pyoxigraph import RdfFormat, parse

from .load import Question, ask
from .processes import Server


def count_rows(endpoint: str, question: Question) -> int:
    """Return the number of rows, or of different statements of a graph, in the answer."""
    answer = ask(endpoint, question)
    if question.accept == "text/turtle":
        return len({str(triple) for triple in parse(answer, format=RdfFormat.TURTLE)})
    return len(json.loads(answer)["results"]["bindings"])


def check_rows(servers: list[Server], mix: list[Question]) -> dict[str, int]:
    """Return the rows of each query. Raises SystemExit where servers differ, naming each."""
    rows: dict[str, int] = {}
    differences = []
    for question in mix:
        found = {}
        for server in servers:
            try:
                found[server.name] = count_rows(server.endpoint, question)
            except OSError as error:
                differences.append(f"{question.name}: {server.name}: found {error}, expected rows")
        if len(set(found.values())) > 1:
            listed = ", ".join(f"{name} {count}" for name, count in found.items())
            differences.append(f"{question.name}: found {listed}; expected the same number of rows")
        rows[question.name] = next(iter(found.values()), 0)
    if differences:
        raise SystemExit("\n".join(differences))
    return rows
