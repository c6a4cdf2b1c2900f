"""Every example query has titles in both languages, parses, and finds something in the graph."""

import re

import pytest
from pyoxigraph import QuerySolutions, Store

from server.evaluation import Results, admit, run
from server.examples import AUDIENCES, FOLDER, Example, examples, read_example
from server.limits import Limits

EXAMPLES = examples()
DEAD_PREFIXES = re.compile(r"PREFIX (\w+):")


def ask(store: Store, query: str) -> Results:
    return run(store, admit(query, Limits()))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)
def test_example_has_a_title_in_both_languages(example: Example):
    assert re.search("[ぁ-んァ-ン一-龥]", example.title_ja)
    assert example.title.isprintable() and re.match("[A-Z0-9]", example.title)
    assert not example.text.startswith("# title")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)
def test_example_parses_on_an_empty_graph(example: Example):
    assert list(ask(Store(), example.text)) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)
def test_example_declares_the_prefixes_it_uses_and_no_other(example: Example):
    declared = DEAD_PREFIXES.findall(example.text)
    body = re.sub(r"#[^\n]*|PREFIX [^\n]*|<[^>]*>|\"[^\"]*\"", "", example.text)
    assert declared == sorted(set(re.findall(r"\b([a-z]+):[A-Za-z]", body)))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)
def test_example_finds_something_in_the_released_graph(example: Example, store: Store):
    assert next(iter(ask(store, example.text)), None) is not None


def test_every_audience_has_questions_on_several_topics():
    topics: dict[str, set[str]] = {}
    for example in EXAMPLES:
        topics.setdefault(example.audience, set()).add(example.topic)
    assert set(topics) == set(AUDIENCES) and all(len(found) > 2 for found in topics.values())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)
def test_example_fills_every_column_in_some_row(example: Example, store: Store):
    results = ask(store, example.text)
    if isinstance(results, QuerySolutions):
        columns = {variable.value for variable in results.variables}
        filled = {name for row in results for name in columns if row[name] is not None}
        assert filled == columns


def test_the_numbers_of_the_start_page_are_one_row_and_one_row_a_document(store: Store):
    counts = ask(store, (FOLDER / "numbers/counts.rq").read_text(encoding="utf-8"))
    assert isinstance(counts, QuerySolutions)
    (row,) = counts
    assert int(row["municipalities"].value) == 1741
    documents = list(ask(store, (FOLDER / "numbers/documents.rq").read_text(encoding="utf-8")))
    assert len(documents) == int(row["documents"].value) > 0
    total = sum(int(document["activities"].value) for document in documents)
    assert total == int(row["activities"].value) > 0


def test_morioka_is_answered_with_partner_section_and_date(store: Store):
    example = read_example(FOLDER / "morioka-partners.rq")
    rows = list(ask(store, example.text))
    assert "文京区" in {row["partner"].value for row in rows}
    assert any(row["section"] for row in rows)
    dates = [row["last_active"].value for row in rows if row["last_active"]]
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ("# title: A\n# for: officer\n# about: ties\n", "found no line `# title-ja"),
        ("# title: A\n# title-ja: あ\n# about: ties\n", "found no line `# for"),
        ("# title: A\n# title-ja: あ\n# for: officer\n", "found no line `# about"),
        ("# title: A\n# title-ja: あ\n# for: all\n# about: ties\n", "expected one of officer"),
        ("# title: A\n# title-ja: あ\n# for: officer\n# about: x\n", "expected one of ties"),
    ],
)
def test_an_example_without_titles_audience_or_topic_is_refused(tmp_path, head, found):
    path = tmp_path / "x.rq"
    path.write_text(head + "ASK {}\n")
    with pytest.raises(ValueError, match=found):
        read_example(path)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)
def test_example_finds_as_much_in_english(example: Example, store: Store):
    rows = {lang: len(list(ask(store, example.in_language(lang)))) for lang in ("ja", "en")}
    assert rows["ja"] == rows["en"]
