"""The start page, and /status for machines."""

from dataclasses import dataclass

from flask import Blueprint, Response, current_app, jsonify
from pyoxigraph import QuerySolutions

from .evaluation import admit, run
from .examples import Example, examples, number_query
from .release import Release
from .rendering import render_page

blueprint = Blueprint("pages", __name__)


@dataclass(frozen=True)
class Site:
    """What every page knows: the release, its numbers, its documents, the example queries."""

    release: Release
    numbers: dict[str, int]
    documents: tuple[dict[str, str], ...]
    examples: tuple[Example, ...]
    starter: str


def _rows(release: Release, name: str) -> list[dict[str, str]]:
    results = run(release.store, admit(number_query(name)))
    if not isinstance(results, QuerySolutions):
        raise TypeError(f"{name}.rq: expected a SELECT query")
    columns = [variable.value for variable in results.variables]
    return [
        {name: "" if row[name] is None else row[name].value for name in columns} for row in results
    ]


def survey(release: Release) -> Site:
    """Return what the pages show of a release: its queries run once, here."""
    numbers = {name: int(value) for name, value in _rows(release, "counts")[0].items()}
    documents = tuple(_rows(release, "documents"))
    return Site(release, numbers, documents, tuple(examples()), number_query("starter"))


@blueprint.get("/")
def index() -> Response:
    """Show what is in the graph, and a box to ask it."""
    return Response(render_page("index.html", query=""), mimetype="text/html")


@blueprint.get("/status")
def status() -> Response:
    """Return the release, its number of statements and its documents as JSON."""
    release = current_app.extensions["enishi"].release
    return jsonify(
        release=release.identifier, quads=release.quads, documents=list(release.documents)
    )
