"""What is known of engines: engines.toml, read once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("engines.toml")


@dataclass(frozen=True)
class Engine:
    """Where an engine takes updates and graphs, what it stores and answers otherwise."""

    name: str
    update: str = ""
    graphs: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def engine_of(server: str) -> Engine:
    """Return what is known of the engine that calls itself so in the header Server."""
    for name, about in _table().items():
        if about["server"].lower() in server.lower():
            known = {key: value for key, value in about.items() if key != "server"}
            return Engine(name, **{**known, "gaps": tuple(known.get("gaps", ()))})
    return Engine("unknown")
