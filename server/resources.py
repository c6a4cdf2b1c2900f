"""Every IRI of the graph as a page and as data: /id/…, /graph/… and the context of JSON-LD.

An address here is that of a document about the thing its IRI names: https://w3id.org redirects the
IRI to it, which is the 303 that linked data asks for. So a document is answered with 200, in the
form the client wants, and Content-Location names the address of that form alone.
https://www.w3.org/TR/cooluris/#r303gendocument
"""

import csv
import hashlib
import io
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping
from http import HTTPStatus

from flask import Blueprint, Response, current_app, redirect, request
from pyoxigraph import NamedNode, RdfFormat, Triple, serialize
from werkzeug.wrappers import Response as BaseResponse

from .documents import document, pages_of
from .entities import DOCUMENT, Entity, Filters, Thing
from .errors import Problem
from .links import BASE, canonical, iri_of, local_path
from .negotiation import GRAPHS, HTML, Choice, Format, best
from .prefixes import prefixes
from .protocol import BYTE_ORDER_MARK, FRESH_SECONDS
from .rendering import language, render_page
from .schema_org import schema_org
from .search_pages import NEAR, search_index

blueprint = Blueprint("resources", __name__)
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
TABLE = Format("csv", "text/csv")
# As addresses end; a page is the first choice of who has none.
FORMATS = {"html": HTML, **{fmt.suffix: fmt for fmt in GRAPHS}, "csv": TABLE}
_OFFERED = (HTML, *GRAPHS)
Makers = Mapping[str, Callable[[], bytes | str]]


def split_suffix(path: str) -> tuple[str, Format | None]:
    """Return a path without the suffix of a format, and the format, None where there is none."""
    stem, dot, suffix = path.rpartition(".")
    return (stem, FORMATS[suffix]) if dot and suffix in FORMATS else (path, None)


def _choice(fmt: Format | None, makers: Container[str]) -> Choice:
    if fmt is not None:
        return Choice(fmt, fmt.media_type)
    accept = request.headers.get("Accept")
    formats = tuple(offered for offered in _OFFERED if offered.name in makers)
    choice = best(accept, formats)
    if choice is None:
        works = ", ".join(offered.media_type for offered in formats)
        raise Problem(
            HTTPStatus.NOT_ACCEPTABLE,
            f"Found Accept: {accept}; this can be had as {works}.",
            f"Accept: {accept} では答えられません。使える形式: {works}。",
            formats=[offered.media_type for offered in formats],
        )
    return choice


def _links(path: str, iri: str, makers: Container[str]) -> str:
    """Return the Link header of a document about an IRI: its other forms, its licence."""
    root = request.script_root
    parts = [
        f'<{root}{path}.{suffix}>; rel="alternate"; type="{fmt.media_type}"'
        for suffix, fmt in FORMATS.items()
        if fmt.name in makers
    ]
    if "ttl" in makers:
        parts.append(f'<{root}{path}.ttl>; rel="describedby"; type="text/turtle"')
    parts.append(f'<{LICENCE}>; rel="license"')
    parts.append(f'<{iri}>; rel="canonical"')
    return ", ".join(parts)


def respond(iri: str, path: str, fmt: Format | None, makers: Makers, version: str = "") -> Response:
    """Return a document about an IRI in the format asked for, 304 where the client has it.

    `path`: its address here without a suffix; `makers`: what makes it, by the name of the format;
    `version`: of what it shows besides the release. Raises Problem: 406 where no format fits, 404
    for the suffix of a format that nothing makes.
    """
    if fmt is not None and fmt.name not in makers:
        raise unknown(request.path)
    choice = _choice(fmt, makers)
    site = current_app.extensions["enishi"]
    shown = language() if choice.format is HTML else ""
    # Links in a page depend on where the client sees the server.
    url = request.url if shown or choice.format is TABLE else ""
    parts = (site.edition, version, iri, choice.content_type, shown, url)
    tag = f"{choice.format.name}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:24]}"
    response = Response(content_type=choice.content_type)
    response.set_etag(tag)
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    response.headers["Link"] = _links(path, iri, makers)
    (suffix,) = [name for name, offered in FORMATS.items() if offered is choice.format]
    if fmt is None:
        response.headers["Content-Location"] = f"{request.script_root}{path}.{suffix}"
    if choice.format is TABLE:
        name = path.strip("/").replace("/", "-")
        response.headers["Content-Disposition"] = f'attachment; filename="enishi-{name}.csv"'
    response.make_conditional(request)
    if response.status_code != HTTPStatus.NOT_MODIFIED:
        response.set_data(makers[choice.format.name]())
    return response


def respond_with_html(make: Callable[[], str]) -> Response:
    """Return a page that stays the same while the site does; 304 where the client has it."""
    response = Response(mimetype="text/html")
    edition = current_app.extensions["enishi"].edition
    parts = repr((edition, language(), request.url))
    response.set_etag(hashlib.sha256(parts.encode()).hexdigest()[:24])
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    response.make_conditional(request)
    if response.status_code != HTTPStatus.NOT_MODIFIED:
        response.set_data(make())
    return response


def respond_page(name: str, suffix: str, makers: Makers, version: str = "") -> Response:
    """Return a page about the graph as a whole: /name, or /name.suffix in that format.

    Raises Problem as `respond` does.
    """
    written = f"/{name}.{suffix}" if suffix else f"/{name}"
    path, fmt = split_suffix(written)
    if path != f"/{name}":
        raise unknown(written)
    return respond(iri_of(path), path, fmt, makers, version)


def rdf_makers(triples: Callable[[], list[Triple]]) -> dict[str, Callable[[], bytes]]:
    """Return what makes each format of RDF from statements that are asked for when needed."""

    def written(writer: RdfFormat) -> bytes:
        return serialize(triples(), format=writer, prefixes=prefixes()) or b""

    makers: dict[str, Callable[[], bytes]] = {}
    for fmt in GRAPHS:
        writer = fmt.writer
        if isinstance(writer, RdfFormat) and writer != RdfFormat.JSON_LD:
            makers[fmt.name] = lambda writer=writer: written(writer)  # type: ignore[misc]
    makers["jsonld"] = lambda: current_app.extensions["enishi"].jsonld.write(triples())
    return makers


def _filters() -> Filters:
    asked = request.args.get
    return Filters(
        year=asked("year", ""), topic=asked("topic", ""), partner=asked("partner", ""),
        kind=asked("kind", ""), order=asked("order", "newest"),
    )  # fmt: skip


def _page(entity: Entity, path: str) -> str:
    filters = _filters()
    report = current_app.config["REPORT"]
    site = current_app.extensions["enishi"]
    source = document(site, entity.iri) if entity.kind.value == DOCUMENT else None
    return render_page(
        "entity.html", entity=entity, path=path, filters=filters, document=source,
        document_pages=pages_of(site, entity.iri) if source else (),
        described=schema_org(entity, request.url_root + path.lstrip("/")),
        chosen=filters.choose(entity.things), formats=FORMATS,
        report=report.replace("{iri}", entity.iri) if report else "",
    )  # fmt: skip


_COLUMNS = (
    "date", "last_day", "kind", "title_ja", "title_en", "agents_ja", "agents_en", "topics_ja",
    "topics_en", "departments_ja", "departments_en", "document_ja", "document_en", "lines", "iri",
)  # fmt: skip


def _table_row(thing: Thing) -> list[str]:
    row = [thing.date, thing.last_day, thing.kind, thing.ref.ja, thing.ref.en]
    documents = {source.document.value: source.document for source in thing.sources}
    for refs in (thing.agents, thing.topics, thing.departments, documents):
        row += ["|".join(ref.label(lang) for ref in refs.values()) for lang in ("ja", "en")]
    lines = "|".join(f"{source.first}–{source.last}" for source in thing.sources)
    return [*row, lines, thing.ref.value]


def excel_csv(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """Return a table as CSV that Excel opens."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return BYTE_ORDER_MARK + output.getvalue().encode()


def table_of(things: Iterable[Thing]) -> bytes:
    """Return agreements and activities as CSV that Excel opens."""
    return excel_csv(_COLUMNS, (_table_row(thing) for thing in things))


def unknown(path: str) -> Problem:
    """Return the problem of an address that nothing has, with names that are near."""
    near = search_index().near(path.removeprefix("/id/"), NEAR)
    labels = [entry.label for entry in near]
    return Problem(
        HTTPStatus.NOT_FOUND,
        f"Found no entity with the address {path}; expected one that the graph names.",
        f"{path} という番地のものはグラフにありません。",
        near=[{"iri": label.iri, "ja": label.ja, "en": label.en} for label in labels],
    )


def _node(iri: str) -> NamedNode | None:
    try:
        return NamedNode(iri)
    except ValueError:
        return None


def _entity(iri: str) -> Entity | None:
    node = _node(iri)
    entity = Entity(current_app.extensions["enishi"], node) if node is not None else None
    return entity if entity is not None and entity.exists else None


@blueprint.get("/id/<path:key>")
def resource(key: str) -> BaseResponse:
    """Return a document about an entity, by its address, with or without a suffix."""
    path, fmt = split_suffix("/id/" + key)
    entity = _entity(iri_of(path))
    site = current_app.extensions["enishi"]
    if entity is None and path in ("/id/dataset/enishi", f"/id/release/{site.release.identifier}"):
        return _description(fmt, "void" if "dataset" in path else "prov")
    if entity is None:
        return _elsewhere(path, fmt)
    node = NamedNode(entity.iri)
    makers: Makers = {
        **rdf_makers(lambda: site.describe(node)),
        "html": lambda: _page(entity, path),
        "csv": lambda: table_of(_filters().choose(entity.things)),
    }
    return respond(entity.iri, local_path(entity.iri) or path, fmt, makers)


def _description(fmt: Format | None, name: str) -> BaseResponse:
    """Send to what describes the dataset or its release: a page for people, Turtle for others."""
    wanted = fmt or _choice(None, [offered.name for offered in _OFFERED]).format
    file = "" if wanted is HTML else f"{name}.ttl"
    return redirect(f"{request.script_root}/data/{file}", HTTPStatus.SEE_OTHER)


def _elsewhere(path: str, fmt: Format | None) -> BaseResponse:
    """Send who writes an address in another way to the right one. Raises Problem (404)."""
    tidy = unicodedata.normalize("NFKC", path).strip().rstrip("/")
    for written in (tidy, tidy.lower(), _with_upper_codes(tidy)):
        if written != path and _entity(iri_of(written)) is not None:
            suffix = next((f".{name}" for name, known in FORMATS.items() if known is fmt), "")
            address = request.script_root + (local_path(iri_of(written)) or "/") + suffix
            return redirect(address, HTTPStatus.MOVED_PERMANENTLY)
    raise unknown(path)


def _with_upper_codes(path: str) -> str:
    """Return a path with the code of a country in capitals, the rest in small letters."""
    parts = path.lower().split("/")
    return "/".join(part.upper() if len(part) == 2 and part != "id" else part for part in parts)


@blueprint.get("/graph/<path:slug>")
def graph(slug: str) -> BaseResponse:
    """Return a named graph: its statements, or a page about it."""
    path, fmt = split_suffix("/graph/" + slug)
    site = current_app.extensions["enishi"]
    node = _node(iri_of(path))
    if node is None or node not in site.graphs:
        raise unknown(path)
    makers: Makers = {
        **rdf_makers(lambda: site.statements_of(node)),
        "html": lambda: render_page(
            "graph.html", iri=node.value, path=path, size=site.graphs[node], formats=FORMATS
        ),
    }
    return respond(node.value, path, fmt, makers)


@blueprint.get("/resolve")
def resolve() -> BaseResponse:
    """Send to the page of an IRI, however it is written. Raises Problem (400, 404)."""
    asked = request.args.get("iri", "")
    bases = current_app.config["OLD_BASES"]
    found = canonical(asked, (bases,) if isinstance(bases, str) else tuple(bases))
    if found is None:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"Found iri={asked}, expected an IRI that begins with {BASE}.",
            f"iri={asked} は {BASE} で始まる IRI ではありません。",
        )
    return redirect(request.script_root + (local_path(found) or "/"), HTTPStatus.SEE_OTHER)


@blueprint.get("/data")
@blueprint.get("/data/")
def data() -> BaseResponse:
    """List the files to take away; who wants RDF is sent to the description of the data."""
    if _choice(None, [fmt.name for fmt in _OFFERED]).format is not HTML:
        return _description(None, "void")
    return Response(render_page("data.html"), mimetype="text/html")


@blueprint.get("/.well-known/void")
def well_known_void() -> BaseResponse:
    """Send to the description of the data. https://www.w3.org/TR/void/#well-known"""
    return redirect(f"{request.script_root}/data/void.ttl", HTTPStatus.FOUND)


@blueprint.get("/context.jsonld")
def jsonld_context() -> Response:
    """Return the context that our JSON-LD refers to."""
    body = current_app.extensions["enishi"].jsonld.context
    response = Response(body, content_type="application/ld+json")
    response.headers["Cache-Control"] = "public, max-age=86400"
    response.add_etag()
    response.make_conditional(request)
    return response
