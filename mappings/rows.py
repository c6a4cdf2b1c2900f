"""Rows of a document's tables, read strictly, and the corrections of their cells."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from .errors import MappingError, ResolutionError, TableError
from .model import Source

Found = TypeVar("Found")


@dataclass(frozen=True)
class Correction:
    """One line of corrections.csv: what is printed, what is meant, and why.

    `column` "*" means that the whole row is no record of its own; `printed` is then all its cells.
    """

    table: str
    row: str
    column: str
    printed: str
    corrected: str
    rule: str
    reason_ja: str
    reason_en: str
    lines: str

    @property
    def key(self) -> str:
        """Return the last part of its IRI: table, row and column, none of which it changes."""
        column = "row" if self.column == "*" else self.column.replace("_", "-")
        return f"{self.table.replace('_', '-')}-{self.row}-{column}"


class Row:
    """One record of a table: every cell is taken once, or ignored for a written reason."""

    def __init__(
        self, where: str, record: str, cells: dict[str, str], ignored: dict[str, str],
        corrections: tuple[Correction, ...],
    ) -> None:  # fmt: skip
        """Hold `cells` with corrections already in.

        `where` names table and row in messages, `record` is the key of its source record.
        """
        self.where = where
        self.record = record
        self.corrections = corrections
        self._cells = dict(cells)
        self._left = set(cells) - set(ignored)

    @property
    def key(self) -> str:
        """Return the row's key, by which corrections and IRIs name it."""
        self._left.discard("key")
        return self._cells["key"]

    @property
    def source(self) -> Source:
        """Return where it was read from: columns first_line, last_line and page, if it has one.

        Raises TableError or MappingError if these are not numbers, the last line after the first.
        """
        first, last = self.number("first_line"), self.number("last_line")
        if last < first:
            raise self.error("last_line", f"a line not before the first, {first}")
        self._left.discard("page")
        page = self.number("page") if self._cells.get("page") else None
        return Source(self.record, first, last, page)

    def number(self, column: str) -> int:
        """Return a cell that is a whole number from 1 up. Raises TableError or MappingError."""
        text = self.take(column)
        if not re.fullmatch(r"[1-9][0-9]*", text):
            raise self.error(column, "a whole number, one or more")
        return int(text)

    def take(self, column: str) -> str:
        """Return a cell. Raises TableError if the table has no such column."""
        if column not in self._cells:
            raise TableError(
                f"{self.where}: found no column {column!r}, expected it among "
                f"{', '.join(self._cells)}."
            )
        self._left.discard(column)
        return self._cells[column]

    def text(self, column: str) -> str:
        """Return a cell that is not blank. Raises TableError or MappingError."""
        text = self.take(column)
        if not text.strip():
            raise self.error(column, "a text")
        return text

    def resolve(self, column: str, look_up: Callable[[str], Found]) -> Found:
        """Return what `look_up` finds for a cell.

        Raises the ResolutionError of `look_up`, with table, row and column in front.
        """
        try:
            return look_up(self.take(column))
        except ResolutionError as error:
            raise type(error)(f"{self.where}, column {column}: {error}") from None

    def finish(self) -> None:
        """Raise TableError if a column was neither taken nor ignored in document.toml."""
        if self._left:
            raise TableError(
                f"{self.where}: nobody read the column {', '.join(sorted(self._left))}; "
                "expected it mapped, or in [ignored] of document.toml with the reason."
            )

    def error(self, column: str, expected: str) -> MappingError:
        """Return the error that this cell is not what was expected, for raising."""
        return MappingError(
            f"{self.where}, column {column}: found {self._cells[column]!r}, expected {expected}."
        )
