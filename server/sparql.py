"""The endpoint /sparql as a page and for in-process callers; `protocol` says what it answers."""

from io import BytesIO

from flask import Blueprint, Response, current_app, jsonify, request

from .description import describe
from .drawings import chart_of, map_of
from .evaluation import run, tabulate
from .negotiation import GRAPHS, HTML
from .protocol import (
    FRESH_SECONDS,
    Call,
    Plan,
    choose,
    formats_of,
    parameters_and_query,
    plan,
    write_answer,
)
from .rendering import language, render_page
from .vocabulary import vocabulary

SHOWN_ROWS = 500

blueprint = Blueprint("sparql", __name__)


def call_of_request() -> Call:
    """Return the request that Flask is answering as a call of the endpoint."""
    return Call(
        request.method,
        request.query_string,
        request.headers.get("Content-Type", ""),
        request.get_data() if request.method == "POST" else b"",
        request.headers.get("Accept"),
    )


def _page(planned: Plan) -> Response:
    query = planned.query
    site = current_app.extensions["enishi"]
    joined = site.join(query)
    table = tabulate(run(site.release.store, joined.query), SHOWN_ROWS)
    page = render_page(
        "query.html", query=query.text, table=table, formats=formats_of(query),
        answer_map=map_of(table), chart=chart_of(table), joined=joined,
    )  # fmt: skip
    headers = [("Content-Type", planned.choice.content_type), *joined.headers()]
    return Response(page, headers=headers)


def _without_query(call: Call) -> Response:
    """Return the page to ask on, or the Service Description."""
    parameters, _ = parameters_and_query(call)
    choice = choose(parameters, call.accept, (*GRAPHS, HTML))
    if choice.format is HTML:
        page = render_page("query.html", query="", table=None, formats=(), joined=None)
        return Response(page, content_type=choice.content_type)
    assert choice.format.writer is not None
    site = current_app.extensions["enishi"]
    body = describe(site.release, site.limits, request.base_url, choice.format.writer)
    return Response(body, content_type=choice.content_type)


@blueprint.route("/sparql/", methods=["GET", "POST"])
@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query; without one, show the query page or the Service Description."""
    call = call_of_request()
    site = current_app.extensions["enishi"]
    planned = plan(call, site.limits)
    if planned is None:
        return _without_query(call)
    if planned.choice.format is HTML:
        return _page(planned)
    if planned.is_explained:
        return jsonify(requests=site.explain(planned.query))
    output = BytesIO()
    joined = site.join(planned.query)
    write_answer(site.release.store, joined.query, planned, output)
    headers = [*planned.headers(site.release.identifier), *joined.headers()]
    response = Response(output.getvalue(), headers=headers)
    response.make_conditional(request)
    return response


@blueprint.get("/sparql/vocabulary")
def terms() -> Response:
    """Return prefixes, classes and properties of the graph as JSON, for the query editor."""
    response = jsonify(vocabulary(current_app.extensions["enishi"], language()))
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    response.add_etag()
    response.make_conditional(request)
    return response
