"""The start page; /status and /limits for machines."""

from dataclasses import dataclass
from functools import cached_property

from flask import Blueprint, Response, current_app, jsonify
from pyoxigraph import Literal, NamedNode, QuerySolutions

from .evaluation import Term, admit, run
from .examples import Example, examples, page_query, read_page_queries
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
        (row,) = self.ask("numbers/counts")
        return {name: int(term.value) for name, term in row.items() if isinstance(term, Literal)}

    @cached_property
    def documents(self) -> tuple[dict[str, str], ...]:
        """Titles and numbers of each document of the release."""
        return tuple(
            {name: "" if term is None else value_of(term) for name, term in row.items()}
            for row in self.ask("numbers/documents")
        )

    def ask(self, name: str, **terms: NamedNode | Literal) -> list[dict[str, Term | None]]:
        """Return the rows of a query behind a page, by column; terms as `page_query` has them."""
        results = run(self.release.store, admit(page_query(name, **terms), self.limits))
        if not isinstance(results, QuerySolutions):
            raise TypeError(f"{name}.rq: expected a SELECT query")
        columns = [variable.value for variable in results.variables]
        return [{column: row[column] for column in columns} for row in results]


def value_of(term: Term) -> str:
    """Return the IRI, the text of a literal, or whatever else a term has to show."""
    return term.value if isinstance(term, (NamedNode, Literal)) else str(term)


def survey(release: Release, limits: Limits) -> Site:
    """Return what the pages show of a release."""
    read_page_queries()
    return Site(release, limits, tuple(examples()), page_query("numbers/starter"))


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
