"""The prefixes of the ontology, which a query may use without declaring them."""

import csv
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "ontology" / "prefixes.csv"


@cache
def prefixes() -> dict[str, str]:
    """Return the namespace of each prefix in ontology/prefixes.csv."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["prefix"]: row["namespace"] for row in csv.DictReader(file)}
