"""The application: every page and document over one release, made anew for each process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from pyoxigraph import Store
from werkzeug.middleware.proxy_fix import ProxyFix

from . import (
    DEFAULT_RELEASE,
    crawling,
    errors,
    findings,
    indexes,
    maps,
    network,
    ontology,
    pages,
    paths,
    rendering,
    resources,
    search_pages,
    sparql,
    static_files,
    things,
)
from .federation.registry import Registry
from .headers import EVERY_ANSWER, PREFLIGHT
from .limits import Limits
from .release import Release, ReleaseError, open_release
from .remote.opening import open_remote


def _release(app: Flask) -> Release:
    """Return the release the configuration gives: as it is, a store, its address, or a folder."""
    store = app.config["STORE"]
    if store is None:
        return open_release(Path(app.config["RELEASE"]))
    if isinstance(store, Release):
        return store
    if isinstance(store, str):
        return open_remote(store, Path(app.config["RELEASE"]))
    if not isinstance(store, Store):
        raise ReleaseError(f"found STORE = {store!r}, expected a store, or its address.")
    return Release(store, app.config["RELEASE_ID"], len(store), tuple(app.config["DOCUMENTS"]))


def _headers(response: Response) -> Response:
    """Add what every answer carries: CORS, Vary, and what a page may load."""
    response.headers.update(EVERY_ANSWER)
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers.update(PREFLIGHT)
    return response


def make_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Return the application: defaults, then ENISHI_… of the environment, then `config`.

    STORE is a store, or an open Release, to serve as it is (a store with RELEASE_ID and
    DOCUMENTS), or the address of a SPARQL store; without one the folder RELEASE is opened.
    LIMITS are those of the environment. REPORT is where errors are reported, with {iri} for what
    is wrong; OLD_BASES are bases of IRIs that /resolve understands too. PROXIES is the number of
    trusted proxies in front, whose X-Forwarded-Host, -Proto and -Prefix say how the client sees
    the server.
    Raises ReleaseError when there is nothing to serve, LimitError for a setting that is no limit,
    RegistryError for a file of endpoints that is none.
    """
    app = Flask(__name__, static_folder=None)
    app.config.from_mapping(
        RELEASE=DEFAULT_RELEASE,
        STATIC=static_files.FOLDER,
        STORE=None,
        RELEASE_ID="unreleased",
        DOCUMENTS=(),
        REPORT="",
        OLD_BASES=(),
        PROXIES=0,
    )
    app.config.from_prefixed_env("ENISHI")
    for secret in ("STORE_USER", "STORE_PASSWORD"):
        app.config.pop(secret, None)
    app.config.from_mapping({"LIMITS": Limits.read(), **(config or {})})
    limits: Limits = app.config["LIMITS"]
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=limits.body_bytes, MAX_FORM_MEMORY_SIZE=limits.body_bytes
    )
    app.extensions["enishi"] = pages.survey(_release(app), limits, Registry.load())
    app.register_blueprint(resources.blueprint)
    app.register_blueprint(indexes.blueprint)
    app.register_blueprint(findings.blueprint)
    app.register_blueprint(things.blueprint)
    app.register_blueprint(ontology.blueprint)
    app.register_blueprint(crawling.blueprint)
    app.register_blueprint(sparql.blueprint)
    app.register_blueprint(pages.blueprint)
    maps.register(app)
    app.register_blueprint(network.blueprint)
    app.register_blueprint(paths.blueprint)
    static_files.register(app, Path(app.config["STATIC"]))
    errors.register(app)
    rendering.register(app)
    search_pages.register(app)
    app.after_request(_headers)
    count = app.config["PROXIES"]
    if count:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count, x_prefix=count
        )
    return app
