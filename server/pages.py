"""The start page; /status and /limits for machines."""

import hashlib
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from pyoxigraph import Literal, NamedNode, QuerySolutions, QueryTriples, Triple

from .evaluation import Query, Term, own_query, run
from .examples import FEDERATED, Example, Terms, examples, page_query, read_page_queries
from .federation.joining import Federation, Joined
from .federation.registry import Registry
from .jsonld import Writer, context
from .limits import Limits
from .prefixes import prefixes
from .release import Release
from .rendering import render_page
from .reused_terms import reused_terms
from .shapes import Shapes
from .terms import Vocabulary
from .ties import Ties, read_ties

blueprint = Blueprint("pages", __name__)
# Statements above which a start would take minutes: agreements and activities are not in the
# search index then, and the vocabulary's page tells no uses. The pages say so.
LARGE = 500_000


@dataclass(frozen=True)
class Site:
    """What every page knows: the release, the limits, the example queries; numbers when asked."""

    release: Release
    limits: Limits
    examples: tuple[Example, ...]
    starter: str
    shapes: Shapes
    federation: Federation

    def reopened(self, release: Release) -> "Site":
        """Return the same over the same release, opened again by this process."""
        other = copy(self)
        object.__setattr__(other, "release", release)
        return other

    @property
    def is_large(self) -> bool:
        """Whether what would be made of every statement at the start is left out."""
        return self.release.quads > LARGE

    @cached_property
    def edition(self) -> str:
        """What a page depends on: the release, and every file that it is made with."""
        digest = hashlib.sha256(self.release.identifier.encode())
        for path in sorted(Path(__file__).parent.rglob("*")):
            if path.is_file() and path.suffix not in (".pyc", ".md"):
                digest.update(path.read_bytes())
        return digest.hexdigest()[:24]

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

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """The prefixes that a query need not declare; names of endpoints stand after SERVICE."""
        return (*prefixes(), *(endpoint.name for endpoint in self.federation.registry))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The terms of this release's ontology."""
        return Vocabulary(self)

    @cached_property
    def jsonld(self) -> Writer:
        """Writes graphs with the terms of this release's ontology."""
        rows = [(row["term"], row["kind"]) for row in self.ask("pages/context")]
        terms = [
            (value_of(term), value_of(kind).rpartition("#")[2])
            for term, kind in rows
            if term is not None and kind is not None
        ]
        return Writer(context(terms))

    @cached_property
    def ties(self) -> Ties:
        """Who is tied to whom."""
        return read_ties(self)

    @cached_property
    def graphs(self) -> dict[NamedNode, int]:
        """The named graphs and how many statements each has."""
        rows = [(row["graph"], row["size"]) for row in self.ask("numbers/graphs")]
        return {
            graph: int(value_of(size))
            for graph, size in rows
            if isinstance(graph, NamedNode) and size is not None
        }

    def statements_of(self, graph: NamedNode) -> list[Triple]:
        """Return every statement of a named graph, sorted."""
        return sorted(self._construct("pages/graph", this=graph), key=str)

    def describe(self, iri: NamedNode) -> list[Triple]:
        """Return the statements with an entity, and labels; those with it as subject first."""
        found = self._construct("pages/describe", this=iri)
        return sorted(found, key=lambda triple: (triple.subject != iri, str(triple)))

    def _construct(self, name: str, **terms: Terms) -> QueryTriples:
        results = run(self.release.store, own_query(page_query(name, **terms)))
        if not isinstance(results, QueryTriples):
            raise TypeError(f"{name}.rq: expected a CONSTRUCT query")
        return results

    def join(self, query: Query) -> Joined:
        """Return a query with the rows of others in it. Raises Problem as `Federation.join`."""
        return self.federation.join(query, self._solutions)

    def explain(self, query: Query) -> list[dict[str, Any]]:
        """Return what a query would ask of others. Raises Problem as `Federation.explain`."""
        return self.federation.explain(query, self._solutions)

    def _solutions(self, query: Query) -> QuerySolutions:
        results = run(self.release.store, query)
        assert isinstance(results, QuerySolutions)
        return results

    def ask(self, name: str, **terms: Terms) -> list[dict[str, Term | None]]:
        """Return the rows of a query behind a page, by column; terms as `page_query` has them."""
        results = run(self.release.store, own_query(page_query(name, **terms)))
        if not isinstance(results, QuerySolutions):
            raise TypeError(f"{name}.rq: expected a SELECT query")
        columns = [variable.value for variable in results.variables]
        return [{column: row[column] for column in columns} for row in results]


def value_of(term: Term) -> str:
    """Return the IRI, the text of a literal, or whatever else a term has to show."""
    return term.value if isinstance(term, (NamedNode, Literal)) else str(term)


def survey(release: Release, limits: Limits, registry: Registry) -> Site:
    """Return what the pages show of a release."""
    read_page_queries()
    reused_terms()
    site = Site(
        release,
        limits,
        (*examples(), *examples(FEDERATED)),
        page_query("numbers/starter"),
        Shapes(),
        Federation(registry, limits),
    )
    # Worker processes share what is there when they are forked.
    _ = site.jsonld, site.graphs, site.edition
    return site


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
