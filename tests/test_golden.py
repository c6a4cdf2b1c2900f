"""Hand-picked hard rows of each document give exactly the quads that were reviewed.

A golden file names its picks in comments (`# pick: id/activity/bunkyo-2022/83`), followed by
every quad about them, sorted.
"""

from pathlib import Path

import pytest

from mappings.document import document_slugs
from mappings.statements import Statements
from mappings.terms import BASE

GOLDEN = Path(__file__).resolve().parent / "golden"


@pytest.mark.parametrize("slug", document_slugs())
def test_hard_rows_give_the_reviewed_quads(slug, built):
    lines = (GOLDEN / f"{slug}.nq").read_text(encoding="utf-8").splitlines()
    picks = {BASE + line.removeprefix("# pick: ") for line in lines if line.startswith("# pick: ")}
    found = {q for q in built.statements if q.subject.value in picks}
    assert {q.subject.value for q in found} == picks
    expected = [line for line in lines if not line.startswith("#")]
    assert b"".join(Statements(found).lines()).decode().splitlines() == expected


def test_every_golden_file_belongs_to_a_document():
    assert {path.stem for path in GOLDEN.glob("*.nq")} == set(document_slugs())
