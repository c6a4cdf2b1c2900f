"""What the terms of other vocabularies are called: the graph says it of our own only."""

import csv
from functools import cache
from pathlib import Path

from .prefixes import prefixes

FILE = Path(__file__).resolve().parent.parent / "ontology" / "reused_terms.csv"


@cache
def reused_terms() -> dict[str, tuple[str, str]]:
    """Return the Japanese and English label of each term, by IRI."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {_expand(row["term"]): (row["ja"], row["en"]) for row in csv.DictReader(file)}


def _expand(name: str) -> str:
    """Return the IRI of a prefixed name; an IRI as it is, where no prefix is agreed."""
    prefix, _, local = name.partition(":")
    return prefixes()[prefix] + local if prefix in prefixes() else name
