"""The command `publish`: its options, its progress, its sentences."""

import argparse
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..release import ReleaseError, open_release
from .connection import Address, StoreError
from .opening import store_setting
from .publish import publish
from .target import INSERT, Target

PUBLISH_EXAMPLES = """examples:
  python -m server publish --store http://localhost:8890/sparql
  ENISHI_STORE_USER=dba ENISHI_STORE_PASSWORD=… python -m server publish --store https://host/sparql
  python -m server publish --store http://localhost:3030/enishi/sparql --update \\
    http://localhost:3030/enishi/update
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `publish` but that of the release."""
    parser.add_argument(
        "--store", metavar="URL", help="where the store takes queries (default: ENISHI_STORE)"
    )
    parser.add_argument(
        "--update", default="", metavar="URL", help="where it takes updates, if it is elsewhere"
    )
    parser.add_argument(
        "--graphs",
        default="",
        metavar="URL|-",
        help="where it takes graphs (Graph Store Protocol); -: they are sent by INSERT DATA",
    )


def run_publish(arguments: argparse.Namespace, folder: Path) -> int:
    """Publish; return 0, or 1 with a sentence on standard error and the old release in place."""
    url = arguments.store or store_setting()
    if not url:
        raise ReleaseError("found no --store and no ENISHI_STORE, expected the store's address.")
    address = Address.read(url)
    for given in (arguments.update, arguments.graphs):
        if given not in ("", INSERT):
            Address.read(given)
    release = open_release(folder)
    bar: tqdm[Any] = tqdm(unit=" statements", disable=not sys.stderr.isatty())
    try:
        target = Target(address, arguments.update, arguments.graphs)
        with bar, closing(target):
            state, sent = publish(target, release, _Progress(bar))
    except StoreError as error:
        raise ReleaseError(f"{address.shown}: the store {error.what}.") from error
    print(
        f"{address.shown}: release {state.release}, {state.quads} statements in"
        f" {len(state.graphs)} graphs, each verified by count and hash; {sent} were sent."
    )
    return 0


class _Progress:
    """Shows on a terminal how many statements are in the store."""

    def __init__(self, bar: "tqdm[Any]") -> None:
        self._bar = bar

    def __call__(self, done: int, total: int, what: str) -> None:
        self._bar.total = total
        self._bar.n = done
        self._bar.set_description(what.rpartition("/")[2], refresh=True)
