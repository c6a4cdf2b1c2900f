"""Search for people and programs: /search, suggestions while typing, OpenSearch description."""

import json
from typing import Any
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    render_template,
    request,
    url_for,
)
from pyoxigraph import NamedNode

from .errors import Problem
from .links import BASE, local_path
from .negotiation import HTML, Format, best, named
from .protocol import FRESH_SECONDS
from .rendering import language, render_page
from .search import Entry, Found, Label, SearchIndex, kinds

PAGE_ENTRIES = 50
SUGGESTIONS = 8
NEAR = 6
MOST_CHARACTERS = 400
THINGS = tuple(NamedNode(f"{BASE}ontology#{name}") for name in ("Agreement", "Activity"))
JSON = Format("json", "application/json")

blueprint = Blueprint("search", __name__)


def register(app: Flask) -> None:
    """Let `app` search, with an index that is made now."""
    site = app.extensions["enishi"]
    entities, ties = site.ask("pages/search-entities"), site.ask("pages/search-ties")
    if site.is_large:
        entities = [row for row in entities if row["class"] not in THINGS]
    app.extensions["enishi_search"] = SearchIndex(entities, ties)
    app.register_blueprint(blueprint)


def search_index() -> SearchIndex:
    """Return the index of the application that is answering."""
    index: SearchIndex = current_app.extensions["enishi_search"]
    return index


def _address(iri: str) -> str:
    """Return where a link to an entity goes, in the language of the page."""
    path, mark, fragment = (local_path(iri) or "/").partition("#")
    return f"{request.script_root}{path}?lang={language()}{mark}{fragment}"


def _text() -> str:
    """Return what was typed. Raises Problem for a text longer than any name."""
    text = request.args.get("q", "").strip()
    if len(text) > MOST_CHARACTERS:
        raise Problem(
            400,
            f"The search text has {len(text)} characters, expected {MOST_CHARACTERS} at most.",
            f"検索する語が {len(text)} 字あります。上限は {MOST_CHARACTERS} 字です。",
        )
    return text


def _kind() -> str:
    """Return the kind asked for, or "" for all. Raises Problem for one that does not exist."""
    slug = request.args.get("kind", "")
    known = dict.fromkeys(kind.slug for kind in kinds().values())
    if slug and slug not in known:
        listed = ", ".join(known)
        raise Problem(
            400,
            f"Found kind={slug}, expected one of {listed}.",
            f"kind={slug} という種類はありません。使えるのは {listed} です。",
        )
    return slug


def _page_number(pages: int) -> int:
    """Return the number of the page of results asked for. Raises Problem for none there is."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= pages):
        raise Problem(
            400,
            f"Found page={text}, expected a number from 1 to {pages}.",
            f"page={text} はありません。1 から {pages} までの数を指定してください。",
        )
    return int(text)


def _format() -> Format:
    """Return the format asked for. Raises Problem."""
    name, formats = request.args.get("format", ""), (HTML, JSON)
    accept = request.headers.get("Accept")
    choice = named(name, formats) if name else best(accept, formats)
    if choice is None:
        found = f"format={name}" if name else f"Accept: {accept}"
        raise Problem(
            400 if name else 406,
            f"Found {found}, expected text/html (format=html) or application/json (format=json).",
            f"{found} では答えられません。使えるのは text/html（format=html）と"
            " application/json（format=json）です。",
        )
    return choice.format


def _json(**members: Any) -> Response:
    return Response(json.dumps(members, ensure_ascii=False) + "\n", mimetype=JSON.media_type)


def _label_document(label: Label) -> dict[str, Any]:
    return {
        "iri": label.iri,
        "path": local_path(label.iri),
        "label": {"ja": label.ja, "en": label.en},
    }


def entry_document(entry: Entry) -> dict[str, Any]:
    """Return an entry as it stands in a JSON answer."""
    return {
        **_label_document(entry.label),
        "kind": entry.kind.slug,
        "code": entry.code or None,
        "ties": entry.ties,
        "places": [_label_document(place) for place in entry.places],
        "date": entry.date or None,
        "ended": entry.ended or None,
        "successors": [_label_document(label) for label in entry.successors],
    }


def _address_of_page(number: int) -> str:
    """Return the address of another page of the same results."""
    asked = request.args.to_dict() | {"page": str(number)}
    return f"{request.script_root}{request.path}?{urlencode(asked)}"


def _near(found: Found, text: str) -> tuple[Entry, ...]:
    """Return names like those that were not found."""
    if found.left_out:
        return search_index().near(" ".join(found.left_out), NEAR)
    return () if found.kinds else search_index().near(text, NEAR)


@blueprint.get("/search")
def search() -> Response:
    """Show what is called or coded `q`; kind= keeps one kind, page= turns the pages."""
    answer, text, kind = _format(), _text(), _kind()
    found = search_index().search(text, kind)
    total = len(found.entries)
    pages = max(1, -(-total // PAGE_ENTRIES))
    number = _page_number(pages)
    shown = found.entries[(number - 1) * PAGE_ENTRIES : number * PAGE_ENTRIES]
    following = _address_of_page(number + 1) if number < pages else None
    if answer is JSON:
        return _json(
            query=text,
            total=total,
            left_out=list(found.left_out),
            kinds=[{"kind": k.slug, "ja": k.ja, "en": k.en, "count": n} for k, n in found.kinds],
            results=[entry_document(entry) for entry in shown],
            near=[entry_document(entry) for entry in _near(found, text)],
            next=following,
        )
    page = render_page(
        "search.html", address=_address, searched=text, kind=kind, found=found, shown=shown,
        total=total, first=(number - 1) * PAGE_ENTRIES + 1, near=_near(found, text),
        next=following, previous=_address_of_page(number - 1) if number > 1 else None,
    )  # fmt: skip
    return Response(page, mimetype="text/html")


def _suggestion(entry: Entry, lang: str) -> dict[str, str]:
    def chosen(ja: str, en: str) -> str:
        return ja if lang == "ja" else en

    labels = (entry.label.ja, entry.label.en)
    label, other = labels if lang == "ja" else labels[::-1]
    notes = [chosen(entry.kind.ja, entry.kind.en)]
    notes += [chosen(place.ja, place.en) for place in entry.places[:2]]
    if entry.ended:
        notes.append(chosen(f"{entry.ended} に廃止", f"until {entry.ended}"))
    return {
        "label": label,
        "other": "" if other == label else other,
        "note": chosen("・", ", ").join(notes),
        "href": _address(entry.label.iri),
    }


@blueprint.get("/suggest")
def suggest() -> Response:
    """Return a few entries for what is being typed as JSON, in the language of the page."""
    text = _text()
    entries = search_index().search(text).entries or search_index().near(text, SUGGESTIONS)
    lang = language()
    response = _json(
        query=text, suggestions=[_suggestion(entry, lang) for entry in entries[:SUGGESTIONS]]
    )
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return response


@blueprint.get("/opensearch.xml")
def description() -> Response:
    """Return the OpenSearch description, by which a browser adds the search to its own."""
    address = url_for("search.search", _external=True)
    body = render_template("opensearch.xml", address=address)
    return Response(body, mimetype="application/opensearchdescription+xml")
