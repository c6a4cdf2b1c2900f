"""The register tables of data/registers, read as they are committed."""

from dataclasses import dataclass
from pathlib import Path

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
        """Read `data`/registers/*.csv. Raises TableError for a missing file or other columns."""
        folder = data / "registers"
        return cls(
            **{
                name: read_table(folder / f"{name}.csv", columns.split())
                for name, columns in COLUMNS.items()
            }
        )
