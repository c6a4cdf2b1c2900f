"""The cells of CLAIR's sheets and contents lines, read by the registers and reviewed tables."""

import re
from collections.abc import Mapping

from pyoxigraph import NamedNode

from .clair import DATE, ContentsLine, Dates, Printed, PrintedDate, Sheet, Sides, printed_date
from .dates import PartialDate
from .document import Document
from .errors import MappingError, ResolutionError
from .japanese import fold_digits
from .japanese_names import fold
from .names import Names
from .project_cells import place_iri
from .rows import Row
from .tables import read_table
from .terms import mint

REPEATED = "【再掲】"
# What a date of a section 提携年月日 can be.
ROLES = ("signed", "renewed", "year-end")
_PARTS = re.compile(r" / |(?:^|[\s、])[AB]\s|、")
_BRACKETS = re.compile(r"\s*[（(][^（）()]*[）)]$")


class Cells:
    """Reads the cells of this document by the registers and its own reviewed tables."""

    def __init__(self, document: Document, names: Names) -> None:
        """Read the tables of the folder `rules`."""
        self.names = names
        folder = document.folder / "rules"
        self._forms = {
            row["form"]: row["roles"].split("|") for row in read_table(folder / "date_forms.csv")
        }
        self._departments = {
            (row["government"], fold(row["printed"])): row["departments"].split("|")
            for row in read_table(folder / "departments.csv")
        }

    def dates(self, row: Row) -> Dates:
        """Return the dates of the column `date`. Raises MappingError."""
        text = re.sub(r"\s", "", fold_digits(row.take("date")))
        if not text:
            return Dates()
        try:
            found = [printed_date(match) for match in DATE.finditer(text)]
        except ValueError as error:
            raise row.error("date", f"dates that exist ({error})") from None
        form = DATE.sub("#", text)
        if form not in self._forms:
            raise row.error("date", f"one of the forms of rules/date_forms.csv ({form!r})")
        by_role: dict[str, list[PrintedDate]] = {role: [] for role in ROLES}
        for role, date in zip(self._forms[form], found, strict=True):
            by_role[role].append(date)
        signed = by_role["signed"]
        end = [PartialDate(date.by_western.year, 12, 31) for date in by_role["year-end"]]
        return Dates(tuple(signed), tuple(by_role["renewed"]), end[0] if end else None)

    def sides(self, row: Row, signed: Dates | None) -> Sides:
        """Return the parties of the columns japan and foreign on the day of signing.

        Raises MappingError.
        """
        sides = []
        for column, read in (
            ("japan", lambda cell: self.japanese(cell, signed)),
            ("foreign", self.foreign),
        ):
            try:
                sides.append(read(row.text(column)))
            except ResolutionError as error:
                raise row.error(column, f"parties of the registers ({error})") from None
        return Sides(sides[0], sides[1])

    def japanese(self, cell: str, dates: Dates | None) -> tuple[NamedNode, ...]:
        """Return the Japanese parties of a cell. Raises ResolutionError."""
        on = dates.signed[0].by_western.first_day() if dates and dates.signed else None
        found = []
        for name in re.split("[、・]", re.sub(r"\s", "", cell)):
            found.append(self.names.agent(name, None, on))
        return tuple(dict.fromkeys(found))

    def foreign(self, cell: str) -> tuple[NamedNode, ...]:
        """Return the foreign parties of a cell. Raises ResolutionError."""
        return tuple(place_iri(place) for place in self.names.foreign.parse(cell))

    def departments(self, row: Row, japan: tuple[NamedNode, ...]) -> tuple[NamedNode, ...]:
        """Return the departments of a sheet, each of the party its name begins with, or of the
        first. A bracket after a name, a body the department is the office of, is no part of it.
        Raises MappingError.
        """  # fmt: skip
        parts = [p.strip() for p in _PARTS.split(row.take("department")) if p and p.strip()]
        by_name = {self._short(party): party for party in japan}
        found = []
        for part in parts:
            owner = next((name for name in by_name if name and part.startswith(name)), "")
            government = by_name[owner] if owner else japan[0]
            name = _BRACKETS.sub("", part.removeprefix(owner).strip())
            code = government.value.rsplit("/", 1)[1]
            for whole in self._departments.get((code, fold(name)), [name]):
                try:
                    found.append(self.names.department(government, whole))
                except ResolutionError as error:
                    raise row.error("department", f"registered departments ({error})") from None
        return tuple(dict.fromkeys(found))

    def _short(self, party: NamedNode) -> str:
        """Return the name of a local government without its prefecture, "" for other bodies."""
        registers = self.names.registers
        for row in registers.prefectures:
            if mint("prefecture", row["code"]) == party:
                return row["name_ja"]
        for row in registers.municipalities:
            if mint("municipality", row["standard_area_code"]) == party:
                return row["name_ja"]
        return ""


def read_sheets(document: Document, names: Names) -> list[Sheet]:
    """Return the sheets in order. Raises MappingError for a cell that cannot be read."""
    cells = Cells(document, names)
    sheets = []
    for row in document.rows("sheets"):
        dates = cells.dates(row)
        sides = cells.sides(row, dates)
        sheets.append(
            Sheet(
                key=row.key,
                source=row.source,
                printed=_printed(row),
                sides=sides,
                field=_field(row),
                date_printed=row.take("date"),
                dates=dates,
                department_printed=row.take("department"),
                departments=cells.departments(row, sides.japan),
                pages=tuple(filter(None, row.take("url").split("|"))),
                sub_kinds=tuple(filter(None, row.take("sub_kinds").split("|"))),
            )
        )
        row.finish()
    return sheets


def _field(row: Row) -> int:
    """Return the field of a sheet, 1 to 9: what its key begins with and its heading prints."""
    if row.take("field") != row.key.partition("-")[0]:
        raise row.error("field", f"the field that the key {row.key} begins with")
    return row.number("field")


def read_contents(
    document: Document, names: Names, sheets: Mapping[str, Sheet]
) -> list[ContentsLine]:
    """Return the lines of the contents; a side is empty where its print names nobody.

    Raises MappingError if sheets and lines are not the same.
    """
    cells = Cells(document, names)
    found = []
    for row in document.rows("contents"):
        dates = sheets[row.key].dates if row.key in sheets else None
        sides: list[tuple[NamedNode, ...]] = []
        for column in ("japan", "foreign"):
            cell = row.take(column)
            try:
                sides.append(
                    cells.japanese(cell, dates) if column == "japan" else cells.foreign(cell)
                )
            except ResolutionError:
                sides.append(())
        both = Sides(sides[0], sides[1])
        page = row.number("sheet_page")
        found.append(ContentsLine(row.key, row.source, _printed(row), both, page))
        row.finish()
    lines = {line.key for line in found}
    for table, key in (
        *(("sheets", key) for key in sheets if key not in lines),
        *(("contents", key) for key in sorted(lines) if key not in sheets),
    ):
        other = "contents" if table == "sheets" else "sheets"
        raise MappingError(
            f"{table}.csv of {document.slug}, row {key}: found no row {key} in {other}.csv, "
            "expected a line of the contents for every sheet and a sheet for every line."
        )
    return found


def _printed(row: Row) -> Printed:
    mark = row.take("repeat_mark")
    if mark not in ("", REPEATED):
        raise MappingError(f"{row.where}: found the mark {mark!r}, expected {REPEATED} or none.")
    return Printed(row.take("japan"), row.take("foreign"), row.text("title"), mark)
