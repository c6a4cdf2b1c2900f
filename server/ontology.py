"""The vocabulary and the constraints as pages and as documents: /ontology, /shapes."""

from flask import Blueprint, Response, current_app

from .entities import Ref, named
from .links import iri_of
from .pages import Site
from .rendering import render_page, shorten
from .resources import FORMATS, Makers, rdf_makers, respond, respond_page, split_suffix, unknown
from .terms import ONTOLOGY

blueprint = Blueprint("ontology", __name__)
_RDF_AND_PAGE = {name: fmt for name, fmt in FORMATS.items() if name != "csv"}


@blueprint.get("/ontology")
@blueprint.get("/ontology.<suffix>")
@blueprint.get("/ontology/<path:version>")
def ontology(suffix: str = "", version: str = "") -> Response:
    """Return the vocabulary, or its version. Raises Problem (404) for one that is not here."""
    site: Site = current_app.extensions["enishi"]
    written = "/ontology" + (f".{suffix}" if suffix else f"/{version}" if version else "")
    path, fmt = split_suffix(written)
    vocabulary = site.vocabulary
    if iri_of(path) not in (ONTOLOGY, vocabulary.version_iri) or not vocabulary.triples:
        raise unknown(written)
    makers: Makers = {
        **rdf_makers(lambda: vocabulary.triples),
        "html": lambda: render_page(
            "ontology.html", vocabulary=vocabulary, shapes=site.shapes, path=path,
            formats=_RDF_AND_PAGE,
        ),
    }  # fmt: skip
    return respond(iri_of(path), path, fmt, makers, site.shapes.version)


@blueprint.get("/shapes")
@blueprint.get("/shapes.<suffix>")
def shapes(suffix: str = "") -> Response:
    """Return the constraints that the graph is checked against. Raises Problem as `respond`."""
    site: Site = current_app.extensions["enishi"]
    makers: Makers = {
        **rdf_makers(lambda: site.shapes.triples),
        # As people wrote it, with their comments.
        "ttl": lambda: site.shapes.turtle,
        "html": lambda: render_page(
            "shapes.html", shapes=site.shapes, path="/shapes", formats=_RDF_AND_PAGE, term=_term
        ),
    }
    return respond_page("shapes", suffix, makers, site.shapes.version)


def _term(iri: str) -> Ref:
    """Return a term with its label: the vocabulary's, that of a reused term, or its prefix."""
    site: Site = current_app.extensions["enishi"]
    found = next((t.ref for t in site.vocabulary.terms if t.ref.value == iri), named(Ref(iri)))
    return found if found.ja or found.en else Ref(iri, shorten(iri), shorten(iri))
