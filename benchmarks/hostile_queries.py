"""The queries of hostile_queries.toml, as they are sent."""

import tomllib
from pathlib import Path

FILE = Path(__file__).with_suffix(".toml")


def hostile_queries() -> dict[str, str]:
    """Return each query by its name."""
    queries = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        name: "".join(
            part if isinstance(part, str) else part[0] * part[1] for part in about["parts"]
        )
        for name, about in queries.items()
    }
