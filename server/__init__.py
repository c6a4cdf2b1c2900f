"""The server: pages for people and SPARQL for machines over one release, read-only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from pyoxigraph import Store

from . import errors, pages, rendering, sparql
from .release import Release, ReleaseError, open_release

DEFAULT_RELEASE = "build/current"
# A form carries a query of 100 kB with up to three bytes for one.
MAX_REQUEST = 400_000
POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'"
)


def _release(app: Flask) -> Release:
    """Return the release the configuration gives: a store as it is, or a folder to open."""
    store = app.config["STORE"]
    if store is None:
        return open_release(Path(app.config["RELEASE"]))
    if not isinstance(store, Store):
        raise ReleaseError(f"found STORE = {store!r}, expected a store in memory.")
    return Release(store, app.config["RELEASE_ID"], len(store), tuple(app.config["DOCUMENTS"]))


def _headers(response: Response) -> Response:
    """Add what every answer carries: CORS, Vary, and what a page may load."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "Content-Type, Link, ETag, Retry-After"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = "Accept, Accept-Language, Content-Type"
        response.headers["Access-Control-Max-Age"] = "86400"
    response.vary.update(["Accept", "Accept-Language"])
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Return the application: defaults, then ENISHI_… of the environment, then `config`.

    STORE is a store to serve as it is (with RELEASE_ID and DOCUMENTS); without one the folder
    RELEASE is opened. Raises ReleaseError when there is nothing to serve.
    """
    app = Flask(__name__)
    app.config.from_mapping(
        RELEASE=DEFAULT_RELEASE,
        STORE=None,
        RELEASE_ID="unreleased",
        DOCUMENTS=(),
        MAX_CONTENT_LENGTH=MAX_REQUEST,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST,
    )
    app.config.from_prefixed_env("ENISHI")
    app.config.from_mapping(config or {})
    app.extensions["enishi"] = pages.survey(_release(app))
    app.register_blueprint(sparql.blueprint)
    app.register_blueprint(pages.blueprint)
    errors.register(app)
    rendering.register(app)
    app.after_request(_headers)
    return app
