"""One source document: what is known of it, its tables, and its rows with corrections applied."""

import datetime
import hashlib
import re
import tomllib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode

from .errors import ReadError, TableError
from .model import Source, line_source
from .rows import Correction, Row
from .tables import not_utf8, read_table
from .terms import BASE

DATA = Path(__file__).resolve().parent.parent / "data"
CORRECTION_COLUMNS = (
    "table", "row", "column", "printed", "corrected", "rule", "reason_ja", "reason_en", "lines",
)  # fmt: skip
# The columns of a row that say which it is and where it stands, and are no cells of the document.
PLACE = ("key", "first_line", "last_line", "page")
TRANSLATION_COLUMNS = ("ja", "en")
_REQUIRED: dict[str, type] = {
    "id": str, "title": dict, "publisher": dict, "as_of": datetime.date, "fiscal_year": int,
    "file": str, "sha256": str, "layout": str, "main": str, "licence": dict, "ignored": dict,
    "expect": dict,
}  # fmt: skip
_OPTIONAL: dict[str, type] = {"settings": dict, "mapping": str}
_LINES = re.compile(r"[1-9]\d*(-[1-9]\d*)?(\|[1-9]\d*(-[1-9]\d*)?)*")
_IN_BOTH_LANGUAGES = ("title", "publisher", "licence")


class Document:
    """A source document as committed: document.toml, tables, corrections and translations."""

    def __init__(self, slug: str, data: Path = DATA) -> None:
        """Open `data`/documents/`slug`. Raises TableError if its document.toml is not complete."""
        self.slug = slug
        self.folder = data / "documents" / slug
        path = self.folder / "document.toml"
        try:
            self.metadata: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            known = ", ".join(document_slugs(data))
            raise TableError(f"found no document {slug!r}, expected one of {known}.") from None
        except UnicodeDecodeError as error:
            raise TableError(not_utf8(path, error)) from None
        except (tomllib.TOMLDecodeError, OSError) as error:
            raise TableError(f"{path}: found {error}; expected a TOML file.") from None
        _check_metadata(path, self.metadata)
        self.id: str = self.metadata["id"]
        self.layout: str = self.metadata["layout"]
        # A later edition of a list is mapped as the one before.
        self.mapping: str = self.metadata.get("mapping", slug)
        self.main: str = self.metadata["main"]
        self.fiscal_year: int = self.metadata["fiscal_year"]
        self.as_of: datetime.date = self.metadata["as_of"]
        self.settings: dict[str, Any] = self.metadata.get("settings", {})
        self._used_translations: set[str] = set()
        self._tables: dict[str, dict[str, dict[str, str]]] = {}

    def text(self, sources: Path) -> str:
        """Return the document's text from the folder `sources`.

        Raises ReadError if the file is absent, or not the one the tables were read from.
        """
        path = sources / self.metadata["file"]
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise ReadError(
                f"{path}: found no such file, expected the text of {self.slug}."
            ) from None
        except OSError as error:
            raise ReadError(
                f"{path}: found {error.strerror}, expected the text of {self.slug}."
            ) from None
        digest = hashlib.sha256(content).hexdigest()
        if digest != self.metadata["sha256"]:
            raise ReadError(
                f"{path}: found {len(content)} bytes with sha256 {digest[:12]}…, expected "
                f"{self.metadata['sha256'][:12]}… of document.toml: cut short, or another edition."
            )
        return str(content, "utf-8")

    @property
    def publisher(self) -> NamedNode:
        """Return the IRI of who published it."""
        return NamedNode(self.metadata["publisher"]["iri"])

    @property
    def tables(self) -> list[str]:
        """Return the names of the tables its reader made."""
        own = {"corrections", "translations"}
        return sorted(p.stem for p in self.folder.glob("*.csv") if p.stem not in own)

    def line_counts(self) -> dict[str, int]:
        """Return how many lines of its text are rows, headers, noise and blank."""
        counts = dict.fromkeys(("row", "header", "noise", "blank"), 0)
        for span in read_table(self.folder / "lines.csv"):
            counts[span["kind"]] += int(span["last_line"]) - int(span["first_line"]) + 1
        return counts

    @cached_property
    def corrections(self) -> tuple[Correction, ...]:
        """Return corrections.csv.

        Raises TableError for two of one cell, a table there is not, a reason that is blank, a
        correction that changes nothing, or lines that are none.
        """
        path = self.folder / "corrections.csv"
        found = tuple(Correction(**row) for row in read_table(path, CORRECTION_COLUMNS))
        keys = [correction.key for correction in found]
        for key, correction in zip(keys, found, strict=True):
            if keys.count(key) > 1:
                raise TableError(f"{path}: found two corrections of {key}, expected one.")
            if correction.table not in self.tables:
                raise TableError(
                    f"{path}, correction of {key}, column table: found {correction.table!r}, "
                    f"expected one of {', '.join(self.tables)}."
                )
            for column in ("reason_ja", "reason_en"):
                if not getattr(correction, column).strip():
                    raise TableError(
                        f"{path}, correction of {key}, column {column}: found no text, expected "
                        "why the print is not followed."
                    )
            if correction.column != "*" and correction.printed == correction.corrected:
                raise TableError(
                    f"{path}, correction of {key}, column corrected: found "
                    f"{correction.corrected!r}, which is printed; expected another text."
                )
            if correction.lines and not _LINES.fullmatch(correction.lines):
                raise TableError(
                    f"{path}, correction of {key}, column lines: found {correction.lines!r}, "
                    "expected lines such as 57 or 244-245, several joined by |."
                )
        return found

    @cached_property
    def translations(self) -> dict[str, str]:
        """Return translations.csv: Japanese to English. Raises TableError for two, or for none."""
        path = self.folder / "translations.csv"
        found: dict[str, str] = {}
        for number, row in enumerate(read_table(path, TRANSLATION_COLUMNS), 2):
            if row["ja"] in found or not row["en"]:
                raise TableError(
                    f"{path}, row {number}: found {row['ja']!r} → {row['en']!r}, expected each "
                    "title once, with its English."
                )
            found[row["ja"]] = row["en"]
        return found

    def translate(self, text: str) -> str:
        """Return the English of a title. Raises TableError if translations.csv lacks it."""
        if text not in self.translations:
            raise TableError(
                f"{self.folder / 'translations.csv'}: found no row for {text!r}, "
                "expected its English."
            )
        self._used_translations.add(text)
        return self.translations[text]

    def finish(self) -> None:
        """Raise TableError for translations nobody asked for: their Japanese has changed."""
        unused = set(self.translations) - self._used_translations
        if unused:
            raise TableError(
                f"{self.folder / 'translations.csv'}: found a row for {min(unused)!r}, "
                "which no record uses; expected only titles of records."
            )

    def rows(self, table: str, dropped: bool = False) -> Iterator[Row]:
        """Yield the rows of a table with corrections applied; not those a correction drops.

        `dropped`: yield only those. Raises TableError if a correction fits no cell.
        """
        path = self.folder / f"{table}.csv"
        ignored: dict[str, str] = self.metadata["ignored"].get(table, {})
        wanted = [c for c in self.corrections if c.table == table]
        cells_by_key: dict[str, dict[str, str]] = {}
        for number, cells in enumerate(read_table(path), 2):
            if cells.get("key", "") in cells_by_key or not cells.get("key"):
                raise TableError(
                    f"{path}, row {number}: found the key {cells.get('key', '')!r}, expected one "
                    "that no other row has."
                )
            cells_by_key[cells["key"]] = cells
        if not cells_by_key:
            raise TableError(f"{path}: found a header row only, expected the rows of the document.")
        for correction in wanted:
            if correction.row not in cells_by_key:
                raise TableError(
                    f"{self.folder / 'corrections.csv'}: found a correction of row "
                    f"{correction.row!r} of {table}, expected a row that exists."
                )
        for key, cells in cells_by_key.items():
            self._check_lines(path, key, cells)
            mine = tuple(c for c in wanted if c.row == key)
            for correction in mine:
                self._correct(path, cells, correction)
            if any(c.column == "*" for c in mine) == dropped:
                where = f"{path.name} of {self.slug}, row {key}"
                yield Row(where, self.record_key(table, key), cells, ignored, mine)

    @cached_property
    def _row_lines(self) -> set[int]:
        """The lines of the text that lines.csv has as rows."""
        return {
            number
            for span in read_table(self.folder / "lines.csv")
            if span["kind"] == "row"
            for number in range(int(span["first_line"]), int(span["last_line"]) + 1)
        }

    def _check_lines(self, path: Path, key: str, cells: dict[str, str]) -> None:
        """Raise TableError for a row on lines that are no rows; what is no number Row refuses."""
        first, last = cells.get("first_line", ""), cells.get("last_line", "")
        if not (first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last)):
            return
        for number in range(int(first), int(last) + 1):
            if number not in self._row_lines:
                column = "first_line" if number == int(first) else "last_line"
                raise TableError(
                    f"{path.name} of {self.slug}, row {key}, column {column}: found the lines "
                    f"{first}-{last}, expected lines that lines.csv has as rows; {number} is none."
                )

    def sources_of(self, correction: Correction) -> tuple[Source, ...]:
        """Return the places a correction concerns: its row first, then its further lines."""
        cells = self._printed(correction.table)[correction.row]
        key = self.record_key(correction.table, correction.row)
        own = Row("", key, cells, {}, ()).source
        further = [text.partition("-") for text in correction.lines.split("|") if text]
        return own, *(line_source(int(first), int(last or first)) for first, _, last in further)

    def _printed(self, table: str) -> dict[str, dict[str, str]]:
        """Return the rows of a table as they are printed, by key."""
        if table not in self._tables:
            rows = read_table(self.folder / f"{table}.csv")
            self._tables[table] = {row["key"]: row for row in rows}
        return self._tables[table]

    def record_key(self, table: str, row: str) -> str:
        """Return the key of a row's source record: rows of the main table go by their own key."""
        return row if table == self.main else f"{table.replace('_', '-')}-{row}"

    def _correct(self, path: Path, cells: dict[str, str], correction: Correction) -> None:
        if correction.column == "*":
            written = [text for column, text in cells.items() if column not in PLACE and text]
            printed: str | None = " ".join(written)
        else:
            printed = cells.get(correction.column)
        if printed != correction.printed:
            raise TableError(
                f"{path}, row {correction.row}, column {correction.column}: found {printed!r}, "
                f"expected {correction.printed!r}, which corrections.csv says is printed."
            )
        if correction.column != "*":
            cells[correction.column] = correction.corrected


def _check_metadata(path: Path, metadata: dict[str, Any]) -> None:
    """Raise TableError for a key too many or too few, or a value of another type."""
    keys = set(metadata)
    if not set(_REQUIRED) <= keys <= set(_REQUIRED) | set(_OPTIONAL):
        raise TableError(
            f"{path}: found the keys {', '.join(sorted(keys))}; "
            f"expected {', '.join(sorted(_REQUIRED))}."
        )
    for key, value in metadata.items():
        expected = (_REQUIRED | _OPTIONAL)[key]
        if type(value) is not expected:
            raise TableError(f"{path}, {key}: found {value!r}, expected a {expected.__name__}.")
    counts = dict(metadata["expect"])
    by_rule = counts.pop("discrepancies", {})
    if not isinstance(by_rule, dict):
        raise TableError(
            f"{path}, expect.discrepancies: found {by_rule!r}, expected a number for each rule."
        )
    for name, count in (*counts.items(), *by_rule.items()):
        if type(count) is not int:
            raise TableError(f"{path}, expect.{name}: found {count!r}, expected a number.")
    iri = metadata["publisher"].get("iri")
    if not isinstance(iri, str) or not iri.startswith(f"{BASE}id/"):
        raise TableError(
            f"{path}, publisher.iri: found {iri!r}, expected the IRI of an entity of the registers."
        )
    for key in _IN_BOTH_LANGUAGES:
        texts = metadata[key]
        if not all(isinstance(texts.get(language), str) for language in ("ja", "en")):
            raise TableError(f"{path}, {key}: found {texts!r}, expected a text for ja and for en.")


def document_slugs(data: Path = DATA) -> list[str]:
    """Return the slugs of all documents, sorted."""
    return sorted(p.parent.name for p in (data / "documents").glob("*/document.toml"))
