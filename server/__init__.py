"""The server: pages for people and SPARQL for machines over one release, read-only."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

DEFAULT_RELEASE = "build/current"


def create_app(config: Mapping[str, Any] | None = None) -> "Flask":
    """Return the application, as `application.make_app` says."""
    # The processes that only take requests and start others go without the pages: it takes a
    # third of a second to import them.
    from .application import make_app

    return make_app(config)
