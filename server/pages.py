"""The start page; /status and /limits for machines."""

from dataclasses import dataclass
from functools import cached_property

from flask import Blueprint, Response, current_app, jsonify
from pyoxigraph import QuerySolutions

from .evaluation import admit, run
from .examples import Example, examples, number_query
from .limits import Limits
from .release import Release
from .rendering import render_page

blueprint = Blueprint("pages", __name__)


@dataclass(frozen=True)
class Site:
    """What every page knows: the release, the limits, the example queries; numbers when asked."""

    release: Release
    limits: Limits
    examples: tuple[Example, ...]
    starter: str

    @cached_property
    def numbers(self) -> dict[str, int]:
        """How much the release holds of each kind."""
        return {name: int(value) for name, value in self._rows("counts")[0].items()}

    @cached_property
    def documents(self) -> tuple[dict[str, str], ...]:
        """Titles and numbers of each document of the release."""
        return tuple(self._rows("documents"))

    def _rows(self, name: str) -> list[dict[str, str]]:
        results = run(self.release.store, admit(number_query(name), self.limits))
        if not isinstance(results, QuerySolutions):
            raise TypeError(f"{name}.rq: expected a SELECT query")
        columns = [variable.value for variable in results.variables]
        return [
            {name: "" if row[name] is None else row[name].value for name in columns}
            for row in results
        ]


def survey(release: Release, limits: Limits) -> Site:
    """Return what the pages show of a release."""
    return Site(release, limits, tuple(examples()), number_query("starter"))


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


@blueprint.get("/limits")
def limits() -> Response:
    """Return every limit of the endpoint with its value and unit as JSON."""
    return jsonify(limits=current_app.extensions["enishi"].limits.document())
