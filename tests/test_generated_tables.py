"""Generated tables are mapped as the documents are, by what maps Bunkyo's list."""

import csv
import re
from pathlib import Path

import pytest

from benchmarks.build import RML, write_rows
from benchmarks.generate_tables import generate_tables, generate_tables_anew
from mappings.__main__ import main
from mappings.build import Built, build_graph, check_graph
from mappings.errors import EnishiError
from mappings.validation import VIOLATION

SIZE = 90_000


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated") / "tables"
    generate_tables(folder, SIZE)
    return folder


@pytest.fixture(scope="module")
def made(tables: Path) -> Built:
    return build_graph(tables)


def test_they_build_into_the_size_asked_for_and_conform(made):
    assert abs(len(made.statements.store) - SIZE) < SIZE / 10
    found = [v for v in check_graph(made).violations if v.severity == VIOLATION]
    assert found == []


def test_they_have_what_real_lists_have(made):
    for slug, document in made.documents.items():
        found = made.found[slug]
        assert found.counts["Activity"] > 70
        assert found.counts["Agreement"] > 30
        assert found.discrepancies
        assert document.corrections


def test_the_same_seed_gives_the_same_tables(tables, tmp_path):
    generate_tables(tmp_path / "same", SIZE)
    generate_tables(tmp_path / "other", SIZE, seed=2)
    files = [path.relative_to(tables) for path in tables.rglob("*") if path.is_file()]
    same = [(tmp_path / "same" / f).read_bytes() == (tables / f).read_bytes() for f in files]
    assert all(same)
    list_ = next(f for f in files if f.name == "activities.csv")
    assert (tmp_path / "other" / list_).read_bytes() != (tables / list_).read_bytes()


def test_more_lists_than_there_are_municipalities_and_years_are_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"expected .* lists at most"):
        generate_tables(tmp_path, 10**9)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").touch()
    with pytest.raises(SystemExit, match="found other files"):
        generate_tables_anew(tmp_path, SIZE)


def test_build_from_another_folder_of_tables_is_a_release(tables, tmp_path, capsys):
    assert main(["build", "--data", str(tables), "--out", str(tmp_path)]) == 0
    assert re.search(r"release [0-9a-f]{12}: \d+ quads", capsys.readouterr().err)
    assert main(["build", "--data", str(tables), "--out", str(tmp_path), "--if-changed"]) == 0
    assert "is up to date" in capsys.readouterr().err
    path = next(tables.glob("documents/*/partners.csv"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n", encoding="utf-8")
    try:
        assert main(["build", "--data", str(tables), "--out", str(tmp_path), "--if-changed"]) != 0
    finally:
        path.write_text(text, encoding="utf-8")


def test_two_documents_of_one_id_stop_the_build(tables):
    one, other = sorted(tables.glob("documents/*/document.toml"))[:2]
    text = other.read_text(encoding="utf-8")
    identifier = re.search(r'^id = "(.*)"', one.read_text(encoding="utf-8"))[1]
    other.write_text(re.sub(r'^id = ".*"', f'id = "{identifier}"', text), encoding="utf-8")
    try:
        with pytest.raises(EnishiError, match=rf"id: found '{identifier}', which .* has already"):
            build_graph(tables)
    finally:
        other.write_text(text, encoding="utf-8")


def test_error_of_a_document_among_many_says_where_it_is(tables):
    """Many documents are mapped in processes of their own."""
    path = sorted(tables.glob("documents/*/activities.csv"))[3]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("R6.10.", "R6.13.", 1), encoding="utf-8")
    try:
        with pytest.raises(EnishiError, match=r"column period: found 'R6\.13"):
            build_graph(tables)
    finally:
        path.write_text(text, encoding="utf-8")


def test_rows_for_the_comparison_have_the_cells_that_its_mapping_names(tables, tmp_path):
    count = write_rows(tables, tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    text = RML.read_text(encoding="utf-8")
    named = set(re.findall(r'rml:reference "(\w+)"', text)) | set(re.findall(r"\{(\w+)\}", text))
    assert len(rows) == count > 0
    assert named <= set(rows[0])
