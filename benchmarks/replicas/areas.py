"""The local governments that the replicas know: those of the registers, more where size matters."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from mappings.document import DATA
from mappings.register_tables import Registers
from mappings.registers.codes import check_digit, corporate_number

SEED = "replica"


@dataclass(frozen=True)
class Area:
    """A prefecture or municipality; `number` is blank for one that is no more.

    `code` is the standard area code (5 digits), `number` the corporate number (13 digits).
    """

    code: str
    name_ja: str
    name_en: str
    kana: str
    kind: str
    prefecture: str
    lat: str
    long: str
    begun: str
    ended: str
    number: str

    @property
    def government_code(self) -> str:
        """The code of the local government: six digits, the last one checks the others."""
        return self.code + check_digit(self.code)

    @property
    def full_name(self) -> str:
        """The name after that of the prefecture, which alone names one place."""
        return self.name_ja if self.kind == "prefecture" else self.prefecture + self.name_ja


def areas(registers: Registers) -> list[Area]:
    """Return every prefecture and municipality of the registers, former ones too, by code."""
    found = [
        Area(
            code=row["code"] + "000", name_ja=row["name_ja"], name_en=row["name_en"],
            kana=row["kana"], kind="prefecture", prefecture=row["name_ja"], lat=row["lat"],
            long=row["long"], begun="", ended="",
            number=corporate_number(row["local_government_code"]),
        )
        for row in registers.prefectures
    ]  # fmt: skip
    names = {row["code"]: row["name_ja"] for row in registers.prefectures}
    for row in registers.municipalities:
        ended = row["valid_to"]
        found.append(
            Area(
                code=row["standard_area_code"], name_ja=row["name_ja"], name_en=row["name_en"],
                kana=row["kana"], kind=row["type"], prefecture=names[row["prefecture"]],
                lat=row["lat"], long=row["long"], begun=row["valid_from"], ended=ended,
                number="" if ended else corporate_number(row["local_government_code"]),
            )
        )  # fmt: skip
    return sorted(found, key=lambda area: area.code)


def registered() -> tuple[Registers, list[Area]]:
    """Return the registers of this checkout, and their local governments."""
    registers = Registers.load(DATA)
    return registers, areas(registers)


def numbered(count: int) -> Iterator[Area]:
    """Yield areas that are nowhere, for size alone: their codes begin where no prefecture's do."""
    for number in range(count):
        code = str(50_000 + number)
        yield Area(
            code=code, name_ja=f"区域{code}", name_en=f"Area {code}", kana="", kind="town",
            prefecture="", lat="0", long="0", begun="", ended="", number="",
        )  # fmt: skip


def drawn(*what: object) -> random.Random:
    """Return a generator whose numbers follow from the seed and what they are for."""
    return random.Random(":".join(map(str, (SEED, *what))))
