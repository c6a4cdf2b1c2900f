"""Every line of every document is accounted for, and every row says where it stands."""

import pytest

from mappings.document import Document, document_slugs
from mappings.tables import read_table


def spans(slug: str, kind: str | None = None) -> list[tuple[int, int]]:
    rows = read_table(Document(slug).folder / "lines.csv", "first_line last_line kind note".split())
    wanted = [row for row in rows if kind in (None, row["kind"])]
    return [(int(row["first_line"]), int(row["last_line"])) for row in wanted]


@pytest.mark.parametrize("slug", document_slugs())
def test_lines_are_accounted_for_without_gap_or_overlap(slug):
    following = 1
    for first, last in spans(slug):
        assert first == following <= last
        following = last + 1


@pytest.mark.parametrize("slug", document_slugs())
def test_last_line_of_the_text_is_the_last_accounted_for(slug, sources):
    text = Document(slug).text(sources)
    assert spans(slug)[-1][1] == len(text.removesuffix("\n").split("\n"))


@pytest.mark.parametrize("slug", document_slugs())
def test_every_row_of_a_table_stands_in_lines_that_are_rows(slug):
    document = Document(slug)
    claimed = {n for first, last in spans(slug, "row") for n in range(first, last + 1)}
    for table in set(document.tables) - {"lines"}:
        for row in read_table(document.folder / f"{table}.csv"):
            stands = set(range(int(row["first_line"]), int(row["last_line"]) + 1))
            assert stands and stands <= claimed, f"{table}, {row['key']}"


@pytest.mark.parametrize("slug", document_slugs())
def test_every_line_that_is_a_row_is_in_a_table(slug):
    document = Document(slug)
    stands = {
        n
        for table in set(document.tables) - {"lines"}
        for row in read_table(document.folder / f"{table}.csv")
        for n in range(int(row["first_line"]), int(row["last_line"]) + 1)
    }
    assert {n for first, last in spans(slug, "row") for n in range(first, last + 1)} <= stands


@pytest.mark.parametrize("slug", document_slugs())
def test_noise_says_why_it_is_noise(slug):
    rows = read_table(Document(slug).folder / "lines.csv")
    assert all(row["note"] for row in rows if row["kind"] == "noise")
