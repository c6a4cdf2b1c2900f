"""Pages in two languages: which one is shown, and the template."""

import contextlib
from pathlib import Path
from unicodedata import east_asian_width
from urllib.parse import quote, urlencode

from flask import Flask, current_app, render_template, request
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from .links import local_path
from .prefixes import prefixes

LANGUAGES = ("ja", "en")
COMPILED = Path(__file__).resolve().parent.parent / "build" / "templates"


class CompiledTemplates(FileSystemBytecodeCache):
    """Templates compiled before; on a full or read-only disk they are compiled again."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template, if it can be."""
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


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
    return render_template(template, lang=lang, t=choose, site=site, switched=switched, **values)


def link_of(iri: str) -> str:
    """Return where a page links to for an IRI: our page about it, else the IRI; "" for no link."""
    path = local_path(iri)
    if path is None:
        return iri if iri.startswith(("https://", "http://")) else ""
    lang = request.args.get("lang", "")
    query = f"?lang={lang}" if lang in LANGUAGES else ""
    path, mark, fragment = path.partition("#")
    return request.script_root + path + query + mark + fragment


def switched(lang: str) -> str:
    """Return the address of this page in another language."""
    return with_arguments(lang=lang)


def with_arguments(**changed: str) -> str:
    """Return the address of this page with other arguments."""
    asked = {**request.args.to_dict(flat=False), **{name: [text] for name, text in changed.items()}}
    path = quote(request.path.removesuffix(".html"))
    return f"{request.script_root}{path}?{urlencode(asked, doseq=True)}"


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


GRAPHS = {
    "registers": ("台帳", "Registers"),
    "linksets": ("他のデータへのリンク", "Links to other data"),
    "derived": ("導いた文", "Derived statements"),
    "provenance": ("典拠の記録", "Source records"),
    "ontology": ("語彙とコード", "Ontology and codes"),
}


def _graph_slug(iri: str) -> str:
    return iri.rpartition("/")[2]


def _graph_name(iri: str, lang: str) -> str:
    """Return what a named graph is called: that of a document by the document's title."""
    slug = _graph_slug(iri)
    if slug in GRAPHS:
        return GRAPHS[slug][0 if lang == "ja" else 1]
    for document in current_app.extensions["enishi"].documents:
        if document["document"].endswith("/" + slug):
            return document[f"title_{lang}"] or slug
    return slug


def shorten(iri: str) -> str:
    """Return an IRI with its prefix, where there is one."""
    for prefix, namespace in prefixes().items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def register(app: Flask) -> None:
    """Give the templates of `app` their filters."""
    app.jinja_env.filters["graph_name"] = _graph_name
    app.jinja_env.filters["graph_slug"] = _graph_slug
    app.jinja_env.filters["link"] = link_of
    app.jinja_env.filters["shorten"] = shorten
    app.jinja_env.filters["sum_of_counts"] = lambda year: year[1] + year[2]
    app.jinja_env.globals["with_arguments"] = with_arguments
    app.jinja_env.filters["pointer"] = _pointer
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    # Compiled templates are kept for the next start, where they can be.
    with contextlib.suppress(OSError):
        COMPILED.mkdir(parents=True, exist_ok=True)
        app.jinja_env.bytecode_cache = CompiledTemplates(str(COMPILED))
