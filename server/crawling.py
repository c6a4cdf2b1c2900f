"""What search engines ask for: /robots.txt, /sitemap.xml.

https://www.sitemaps.org/protocol.html: at most 50,000 addresses a file; a longer list is several
files, /sitemap-1.xml and on, which /sitemap.xml lists.
"""

from http import HTTPStatus

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for

from .entities import text_of
from .links import local_path
from .protocol import FRESH_SECONDS

blueprint = Blueprint("crawling", __name__)
ADDRESSES_IN_A_FILE = 50_000
# Besides the entities.
PAGES = (
    "/", "/agreements", "/activities", "/municipalities", "/countries", "/fields", "/documents",
    "/discrepancies", "/corrections", "/ontology", "/shapes", "/data/",
)  # fmt: skip


def addresses() -> list[str]:
    """Return the address of every page, as the client sees the server."""
    rows = current_app.extensions["enishi"].ask("pages/entities")
    paths = [*PAGES, *(local_path(text_of(row["thing"])) or "/" for row in rows)]
    return [request.url_root.rstrip("/") + path for path in paths]


def _xml(element: str, entry: str, found: list[str]) -> Response:
    body = render_template("sitemap.xml", element=element, entry=entry, addresses=found)
    response = Response(body, content_type="application/xml")
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return response


def _parts(found: list[str]) -> int:
    return -(-len(found) // ADDRESSES_IN_A_FILE)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Let robots read the pages but not ask queries, and tell them where the list is."""
    lines = (
        "User-agent: *",
        f"Disallow: {request.script_root}/sparql",
        f"Sitemap: {url_for('crawling.sitemap', _external=True)}",
    )
    return Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Return every address, or where they do not fit into one file the list of the files."""
    found = addresses()
    if _parts(found) == 1:
        return _xml("urlset", "url", found)
    files = [
        url_for("crawling.part", number=number + 1, _external=True)
        for number in range(_parts(found))
    ]
    return _xml("sitemapindex", "sitemap", files)


@blueprint.get("/sitemap-<int:number>.xml")
def part(number: int) -> Response:
    """Return one of the files that /sitemap.xml lists; 404 for a number beyond them."""
    found = addresses()
    if _parts(found) == 1 or not 1 <= number <= _parts(found):
        abort(HTTPStatus.NOT_FOUND)
    first = (number - 1) * ADDRESSES_IN_A_FILE
    return _xml("urlset", "url", found[first : first + ADDRESSES_IN_A_FILE])
