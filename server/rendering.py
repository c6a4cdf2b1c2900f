"""Pages in two languages: which one is shown, and the template."""

from unicodedata import east_asian_width
from urllib.parse import quote, urlencode

from flask import Flask, current_app, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from .prefixes import BASE

LANGUAGES = ("ja", "en")


def language() -> str:
    """Return the language of the page: ?lang= first, then Accept-Language, then Japanese."""
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(LANGUAGES, default="ja")


def render_page(template: str, **values: object) -> str:
    """Return the page `template`; in it t(ja, en) chooses the language."""
    lang = language()

    def choose(ja: str, en: str) -> str:
        return ja if lang == "ja" else en

    site = current_app.extensions["enishi"]
    return render_template(template, lang=lang, t=choose, site=site, **values)


def page_in(language: str) -> str:
    """Return the address of the page that is asked for, in a language."""
    parameters = {**request.args.to_dict(flat=False), "lang": [language]}
    return f"{request.script_root}{quote(request.path)}?{urlencode(parameters, doseq=True)}"


def _has_page(path: str) -> bool:
    """Tell whether the application answers GET at a path."""
    try:
        current_app.url_map.bind("").match(path)
    except HTTPException:
        return False
    return True


def page_of(iri: str) -> str:
    """Return where this site shows an entity of its own; what the graph says of it, at least."""
    path = iri.removeprefix(BASE)
    if _has_page("/" + path.partition("#")[0]):
        return f"{request.script_root}/{quote(path, safe='/#:')}"
    return url_for("sparql.sparql", query=f"DESCRIBE <{iri}>", format="html", lang=language())


def _pointer(before: str) -> str:
    """Return a mark to stand under the character after `before`, in a font of fixed width."""
    wide = "\u3000"
    return (
        "".join(
            "\t" if mark == "\t" else wide if east_asian_width(mark) in "WF" else " "
            for mark in before
        )
        + "^"
    )


def register(app: Flask) -> None:
    """Give the templates of `app` their filters."""
    app.jinja_env.filters["pointer"] = _pointer
    app.jinja_env.globals.update(page_of=page_of, page_in=page_in)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
