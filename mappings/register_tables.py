"""The register tables of data/registers, read as they are committed."""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .errors import TableError
from .tables import read_table

Rows = list[dict[str, str]]

COLUMNS = {
    "prefectures": "code local_government_code name_ja kana name_en iso_code lat long geonames "
    "wikidata",
    "subprefectures": "slug name_ja kana name_en seat",
    "municipalities": "standard_area_code local_government_code name_ja kana name_en type "
    "prefecture subprefecture lat long geonames valid_from valid_to succeeded_by aliases_ja",
    "municipality_changes": "date kind from_code from_name to_code to_name",
    "countries": "iso_code name_ja name_en aliases_ja wikidata lat long",
    "foreign_governments": "slug country kind name_ja name_en region iso_code lat long geonames "
    "wikidata aliases_ja",
    "companies": "slug corporate_number name_ja name_en aliases_ja",
    "associations": "slug name_ja name_en prefecture member_types aliases_ja",
    "organizations": "slug name_ja name_en prefecture country aliases_ja",
    "departments": "government slug name_ja name_en",
}


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _within(limit: int) -> Callable[[str], bool]:
    return lambda text: bool(_DECIMAL.fullmatch(text)) and abs(float(text)) <= limit


def _like(pattern: str) -> Callable[[str], bool]:
    return lambda text: bool(re.fullmatch(pattern, text))


_DECIMAL = re.compile(r"-?\d{1,3}(\.\d+)?")
_PREFECTURE = (_like("0[1-9]|[1-3][0-9]|4[0-7]"), "a prefecture's code, 01 to 47")
_AREA = (_like("[0-9]{5}"), "a standard area code, five digits")
_DATE = (_is_date, "a day such as 2014-04-05")
_ISO = (_like("[A-Z]{2}(-[A-Z0-9]{1,3})?"), "an ISO 3166 code")
_PLACE = (_like("[A-Z]{2}/[a-z0-9-]+"), "a country's code and a slug such as CN/dalian")
# What a cell that is not blank looks like, by column, or by table and column.
CELLS: dict[str, tuple[Callable[[str], bool], str]] = {
    "standard_area_code": _AREA,
    "succeeded_by": _AREA,
    "from_code": _AREA,
    "to_code": _AREA,
    "local_government_code": (_like("[0-9]{6}"), "a local-government code, six digits"),
    "prefecture": _PREFECTURE,
    "prefectures code": _PREFECTURE,
    "country": (_like("[A-Z]{2}"), "a country's ISO 3166 code"),
    "iso_code": _ISO,
    "slug": (_like("[a-z0-9][a-z0-9-]*"), "a slug of a-z, 0-9 and -"),
    "foreign_governments slug": _PLACE,
    "region": _PLACE,
    "government": (_like("[0-9]{2}|[0-9]{5}"), "the code of a prefecture or municipality"),
    "municipalities type": (
        _like("designated-city|city|special-ward|town|village"), "the type of a municipality"
    ),
    "municipality_changes kind": (
        _like("new-establishment|absorption|(city|town)-founding|designation|transfer"),
        "a kind of change",
    ),
    "valid_from": _DATE,
    "valid_to": _DATE,
    "date": _DATE,
    "lat": (_within(90), "degrees from -90 to 90"),
    "long": (_within(180), "degrees from -180 to 180"),
    "geonames": (_like("[1-9][0-9]*"), "a GeoNames number"),
    "wikidata": (_like("Q[1-9][0-9]*"), "a Wikidata item such as Q17"),
    "kana": (_like(r"[\u3041-\u3096\u30fc]+"), "hiragana"),
}  # fmt: skip
NEVER_BLANK = {
    "standard_area_code", "local_government_code", "code", "iso_code", "slug", "name_ja", "name_en",
    "date", "kind", "type", "government",
}  # fmt: skip
MAY_BE_BLANK = {"foreign_governments iso_code"}


@dataclass(frozen=True)
class Registers:
    """All register tables; each row is a dict of text cells, several values joined by |."""

    prefectures: Rows
    subprefectures: Rows
    municipalities: Rows
    municipality_changes: Rows
    countries: Rows
    foreign_governments: Rows
    companies: Rows
    associations: Rows
    organizations: Rows
    departments: Rows

    @classmethod
    def load(cls, data: Path) -> "Registers":
        """Read `data`/registers/*.csv.

        Raises TableError for a missing file, other columns or a cell of another form.
        """
        folder = data / "registers"
        tables = {}
        for name, columns in COLUMNS.items():
            path = folder / f"{name}.csv"
            tables[name] = read_table(path, columns.split())
            _check_cells(path, tables[name])
        return cls(**tables)


def _check_cells(path: Path, rows: Rows) -> None:
    """Raise TableError for a table without rows, or a cell that is not of its column's form."""
    if not rows:
        raise TableError(f"{path}: found a header row only, expected rows.")
    for column in rows[0]:
        in_table = f"{path.stem} {column}"
        fits, expected = CELLS.get(in_table, CELLS.get(column, (bool, "a text")))
        may_be_blank = column not in NEVER_BLANK or in_table in MAY_BE_BLANK
        for number, row in enumerate(rows, 2):
            text = row[column]
            if not (fits(text) if text else may_be_blank):
                raise TableError(
                    f"{path}, row {number}, column {column}: found {text!r}, expected {expected}."
                )
