"""Tables are read strictly: every column taken or ignored, every correction fits its cell."""

import errno

import pytest

from mappings.document import CORRECTION_COLUMNS, Document, document_slugs
from mappings.errors import MappingError, TableError
from mappings.tables import format_table, read_table, write_table

TOML = """id = "demo"
title = { ja = "試験一覧", en = "Demo list" }
publisher.ja = "文京区"
publisher.en = "Bunkyo Ward"
publisher.iri = "https://w3id.org/enishi/id/municipality/13105"
as_of = 2023-03-31
fiscal_year = 2022
file = "demo.txt"
sha256 = "00"
layout = "demo"
main = "activities"
licence = { ja = "試験", en = "demo" }
ignored = {}
expect = {}
"""
TABLE = "key,first_line,last_line,title\n1,3,3,あ\n2,4,4,い\n"


def demo(tmp_path, table=TABLE, corrections="", toml=TOML):
    folder = tmp_path / "documents" / "demo"
    folder.mkdir(parents=True)
    (folder / "document.toml").write_text(toml, encoding="utf-8")
    (folder / "activities.csv").write_text(table, encoding="utf-8")
    (folder / "lines.csv").write_text("first_line,last_line,kind,note\n1,9,row,\n", "utf-8")
    head = ",".join(CORRECTION_COLUMNS) + "\n"
    (folder / "corrections.csv").write_text(head + corrections, encoding="utf-8")
    return Document("demo", tmp_path)


def test_unread_column_is_an_error(tmp_path):
    row = next(demo(tmp_path).rows("activities"))
    assert (row.key, row.source.first_line) == ("1", 3)
    with pytest.raises(TableError, match=r"row 1: nobody read the column title"):
        row.finish()


def test_column_ignored_with_a_reason_is_no_error(tmp_path):
    toml = TOML.replace("ignored = {}", 'ignored = { activities = { title = "not needed" } }')
    row = next(demo(tmp_path, toml=toml).rows("activities"))
    assert row.key and row.source
    row.finish()


def test_renamed_column_is_an_error_that_lists_the_columns(tmp_path):
    row = next(demo(tmp_path, TABLE.replace("title", "件名")).rows("activities"))
    with pytest.raises(TableError, match=r"no column 'title', expected it among .*件名"):
        row.take("title")


def test_correction_replaces_what_is_printed(tmp_path):
    document = demo(tmp_path, corrections="activities,2,title,い,う,misprint,理由,reason,\n")
    assert [row.take("title") for row in document.rows("activities")] == ["あ", "う"]


@pytest.mark.parametrize(
    "line, message",
    [
        ("activities,2,title,ろ,う,misprint,理由,reason,\n", "found 'い', expected 'ろ'"),
        ("activities,9,title,い,う,misprint,理由,reason,\n", "a correction of row '9'"),
        ("activities,2,name,い,う,misprint,理由,reason,\n", "column name: found None"),
        ("activities,2,*,残り,,doubled-row,理由,reason,\n", "found 'い', expected '残り'"),
    ],
)
def test_correction_that_fits_no_cell_is_an_error(tmp_path, line, message):
    with pytest.raises(TableError, match=message):
        list(demo(tmp_path, corrections=line).rows("activities"))


def test_two_corrections_of_one_cell_are_an_error(tmp_path):
    line = "activities,2,title,い,う,misprint,理由,reason,\n"
    with pytest.raises(TableError, match="two corrections of activities-2-title"):
        _ = demo(tmp_path, corrections=line * 2).corrections


def test_dropped_row_is_not_among_the_rows(tmp_path):
    document = demo(tmp_path, corrections="activities,1,*,あ,,doubled-row,理由,reason,\n")
    assert [row.key for row in document.rows("activities")] == ["2"]
    assert [row.key for row in document.rows("activities", dropped=True)] == ["1"]


def test_duplicate_key_is_an_error(tmp_path):
    with pytest.raises(TableError, match=r"row 3: found the key '1'"):
        list(demo(tmp_path, TABLE.replace("\n2,", "\n1,")).rows("activities"))


def test_row_error_names_table_row_and_column(tmp_path):
    row = next(demo(tmp_path).rows("activities"))
    error = row.error("title", "a date")
    assert isinstance(error, MappingError)
    assert str(error) == (
        "activities.csv of demo, row 1, column title: found 'あ', expected a date."
    )


def test_table_with_a_short_row_is_an_error(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"row 3: found 1 cells, expected 2"):
        read_table(path)


def test_table_that_is_not_utf8_is_an_error(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("名前\n".encode("cp932"))
    with pytest.raises(TableError, match="line 1: found the byte 0x96, expected UTF-8"):
        read_table(path)


def test_table_survives_writing_and_reading(tmp_path):
    rows = [{"a": 'x,"y"', "b": "一\n二"}, {"a": "", "b": "z"}]
    path = tmp_path / "t.csv"
    path.write_text(format_table(rows), encoding="utf-8")
    assert read_table(path) == rows


def test_table_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    write_table(path, [{"a": "1"}])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("mappings.tables.os.replace", full)
    with pytest.raises(TableError, match=r"t\.csv: found No space left on device, expected room"):
        write_table(path, [{"a": "2"}])
    assert read_table(path) == [{"a": "1"}]
    assert [found.name for found in tmp_path.iterdir()] == ["t.csv"]


def test_unknown_document_is_an_error_that_lists_the_known():
    with pytest.raises(TableError, match=document_slugs()[0]):
        Document("nowhere")
