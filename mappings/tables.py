"""CSV tables as this project writes them: UTF-8, LF, a header row, cells as text."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from .errors import TableError

BOM = "\ufeff"


def read_table(path: Path, columns: Sequence[str] | None = None) -> list[dict[str, str]]:
    """Return the rows of a CSV file; `columns`, when given, are what it must have, in order.

    Raises TableError for a missing file, other columns, or a row of another length.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TableError(f"{path}: found no such file, expected a CSV table.") from None
    except OSError as error:
        raise TableError(f"{path}: found {error.strerror}, expected a CSV table.") from None
    except UnicodeDecodeError as error:
        raise TableError(not_utf8(path, error)) from None
    reader = csv.reader(io.StringIO(text.removeprefix(BOM), newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise TableError(
            f"{path}, line {reader.line_num}: found no CSV ({error}), expected cells in which "
            "every quotation mark is closed."
        ) from None
    if not rows:
        raise TableError(f"{path}: found an empty file, expected a header row.")
    header = rows[0]
    if len(set(header)) < len(header):
        raise TableError(
            f"{path}, row 1: found the columns {', '.join(header)}; expected each of them once."
        )
    if columns is not None and header != list(columns):
        raise TableError(
            f"{path}, row 1: found the columns {', '.join(header)}; expected {', '.join(columns)}."
        )
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(header):
            raise TableError(
                f"{path}, row {number}: found {len(row)} cells, expected {len(header)}."
            )
    return [dict(zip(header, row, strict=True)) for row in rows[1:]]


def not_utf8(path: Path, error: UnicodeDecodeError) -> str:
    """Return the message that a file is not UTF-8, with the line and byte where it is not."""
    line = error.object.count(b"\n", 0, error.start) + 1
    found = error.object[error.start]
    return f"{path}, line {line}: found the byte {found:#04x}, expected UTF-8."


def format_table(rows: Iterable[dict[str, str]], columns: Sequence[str] = ()) -> str:
    """Return rows (all with the same keys) as CSV text, columns as given or as in the first row."""
    rows = list(rows)
    names = columns or (list(rows[0]) if rows else [])
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, fieldnames=names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def write_table(path: Path, rows: Iterable[dict[str, str]]) -> None:
    """Write rows as a CSV file, whole or not at all. Raises TableError if the disk refuses it."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(format_table(rows), encoding="utf-8")
        os.replace(new, path)
    except OSError as error:
        raise TableError(
            f"{path}: found {error.strerror}, expected room and permission to write."
        ) from None
    finally:
        new.unlink(missing_ok=True)
