"""CSV tables as this project writes them: UTF-8, LF, a header row, cells as text."""

import csv
import io
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
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path}: found bytes that are no UTF-8 at offset {error.start}, expected UTF-8."
        ) from None
    rows = list(csv.reader(io.StringIO(text.removeprefix(BOM), newline="")))
    if not rows:
        raise TableError(f"{path}: found an empty file, expected a header row.")
    header = rows[0]
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


def format_table(rows: Iterable[dict[str, str]]) -> str:
    """Return rows (all with the same keys) as CSV text, columns in the first row's order."""
    rows = list(rows)
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
