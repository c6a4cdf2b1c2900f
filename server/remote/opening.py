"""Open the release that a store elsewhere holds."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..errors import Problem
from ..release import Release, ReleaseError, downloads_of
from .connection import Address
from .store import RemoteStore

SETTING = "ENISHI_STORE"


def store_setting(environment: Mapping[str, str] = os.environ) -> str:
    """Return the address of the store to serve from, "" for none."""
    return environment.get(SETTING, "").strip()


def open_remote(url: str, folder: Path) -> Release:
    """Return the release in the store at an address.

    The files that people take away are those in `folder`, where the same release lies there.
    Raises ReleaseError for an address that is none, a store that cannot be used.
    """
    address = Address.read(url)
    try:
        store = RemoteStore(address)
    except Problem as error:
        raise ReleaseError(f"{address.shown}: {error}") from error
    state = store.state
    release = Release(store, state.release, state.quads, state.documents, (), lines=state.lines)
    return replace(release, downloads=downloads_of(folder, state.release))
