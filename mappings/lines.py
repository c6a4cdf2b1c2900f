"""The numbered lines of a document's text, each accounted for exactly once."""

from collections.abc import Iterator
from typing import Literal

from .errors import ReadError

Kind = Literal["row", "header", "noise", "blank"]
Table = list[dict[str, str]]
Tables = dict[str, Table]


class Lines:
    """Lines counted from 1, as the graph counts them; a reader claims each of them once."""

    def __init__(self, text: str, where: str) -> None:
        """Split `text` at line feeds only; `where` names the document in messages."""
        self.where = where
        self._lines = text.removesuffix("\n").split("\n")
        self._claims: dict[int, tuple[int, int, Kind, str]] = {}

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self._lines)

    def __getitem__(self, number: int) -> str:
        """Return line `number` (from 1) without its line feed."""
        return self._lines[number - 1]

    def numbered(self, first: int = 1, last: int | None = None) -> Iterator[tuple[int, str]]:
        """Yield (number, line) from `first` to `last`, both included."""
        for number in range(first, (last or len(self)) + 1):
            yield number, self[number]

    def claim(self, first: int, last: int, kind: Kind, note: str = "") -> None:
        """Account for lines `first` to `last`; `note` says why noise is noise.

        Raises ReadError if a line was accounted for before.
        """
        for number in range(first, last + 1):
            if number in self._claims:
                found = self._claims[number]
                raise ReadError(
                    f"{self.where}, line {number}: read twice, as {found[2]} "
                    f"({found[0]}-{found[1]}) and as {kind} ({first}-{last}); expected once."
                )
            self._claims[number] = (first, last, kind, note)

    def ledger(self) -> Table:
        """Return who claimed which lines, in order, as the table `lines`.

        Blank lines nobody claimed count as blank. Raises ReadError for any other unclaimed line.
        """
        for number, line in self.numbered():
            if number in self._claims:
                continue
            if line.strip():
                raise ReadError(
                    f"{self.where}, line {number}: found {line.strip()[:40]!r}, which is no row, "
                    "header or known noise of this layout; expected every line accounted for."
                )
            self._claims[number] = (number, number, "blank", "")
        rows: Table = []
        for number in sorted(self._claims):
            first, last, kind, note = self._claims[number]
            if number != first:
                continue
            if kind == "blank" and rows and rows[-1]["kind"] == "blank":
                rows[-1]["last_line"] = str(last)
                continue
            rows.append(
                {
                    "first_line": str(first),
                    "last_line": str(last),
                    "kind": kind,
                    "note": note,
                }
            )
        return rows
