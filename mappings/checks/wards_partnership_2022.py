"""What the chronology, its lists and the register say of the same thing, compared."""

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from ..chronology import Association, Company, Count, Entry, counting_day
from ..document import Document
from ..model import Discrepancy, Source
from ..register_tables import Registers
from ..terms import mint
from .chronology import check_chronology

TYPES = {"市": ("city", "designated-city"), "町": ("town",), "村": ("village",)}
_COUNTED = re.compile(r"(\d+)(市町村|町村|市|町|村|自治体|地域|団体)")
_BUREAU = re.compile(r"(\S+)管内(\d+)(市?町?村?)：")
_HEADING = re.compile(r"(\d+)道府県(\d+)団体|(\d+)企業")


@dataclass(frozen=True)
class Facts:
    """Everything the document says, resolved; `totals` are its printed totals by key."""

    document: Document
    registers: Registers
    entries: list[Entry]
    associations: list[Association]
    companies: list[Company]
    counts: list[Count]
    totals: dict[str, tuple[str, Source]]

    def municipalities(
        self, on: datetime.date, types: Iterable[str], **where: str
    ) -> set[NamedNode]:
        """Return the municipalities of these types there were on a day, where columns match."""
        day = on.isoformat()
        return {
            mint("municipality", row["standard_area_code"])
            for row in self.registers.municipalities
            if row["type"] in types and all(row[key] == value for key, value in where.items())
            if row["valid_from"] <= day and (not row["valid_to"] or day < row["valid_to"])
        }

    def members(self, body: NamedNode, on: datetime.date) -> set[NamedNode]:
        """Return the members an association has by the register on a day; another body itself."""
        for row in self.registers.associations:
            if mint("association", row["slug"]) == body:
                types = row["member_types"].split("|")
                return self.municipalities(on, types, prefecture=row["prefecture"])
        return {body}


def check(facts: Facts) -> Iterator[Discrepancy]:
    """Yield every contradiction found in the document, or between it and the register."""
    yield from check_chronology(
        facts.document, facts.entries, [*facts.associations, *facts.companies]
    )
    yield from check_groups(facts)
    yield from check_bureau_lists(facts)
    yield from check_member_counts(facts)
    yield from check_totals(facts)
    yield from check_changes(facts.counts)
    yield from check_yearly_totals(facts.counts)
    yield from check_signatories(facts)


def _differ(
    rule: str, what: str, readings: tuple[object, ...], ja: str, en: str,
    sources: Iterable[Source], concerns: Iterable[NamedNode] = (),
) -> Discrepancy:  # fmt: skip
    texts = tuple(str(reading) for reading in readings)
    return Discrepancy(f"{rule}-{what}", rule, texts, ja, en, tuple(sources), tuple(concerns))


def _types(unit: str) -> list[str]:
    return [code for word, codes in TYPES.items() if word in unit for code in codes]


def check_groups(facts: Facts) -> Iterator[Discrepancy]:
    """A number printed of a group (37市, 8地域11団体) is the number of those it stands for."""
    prefectures = {association.iri: association.name[:2] for association in facts.associations}
    for entry in facts.entries:
        day = entry.start.first_day()
        for name, bodies in entry.named.items():
            each = set().union(*(facts.members(body, day) for body in bodies))
            for number, unit in _COUNTED.findall(name):
                found = {
                    "自治体": len(each),
                    "地域": len({prefectures.get(body) for body in bodies}),
                    "団体": len(bodies),
                }.get(unit)
                if found is None:
                    found = len(each & facts.municipalities(day, _types(unit)))
                if found != int(number):
                    yield _differ(
                        "member-count", f"{entry.key}-{number}", (f"{number}{unit}", found),
                        f"「{name}」とあるが、該当するのは{found}である。",
                        f"“{name}” says {number}; those it stands for are {found}.",
                        [entry.source], bodies,
                    )  # fmt: skip


def check_bureau_lists(facts: Facts) -> Iterator[Discrepancy]:
    """Where all municipalities of a subprefecture are listed, the register lists the same."""
    for entry in facts.entries:
        for name, bodies in entry.named.items():
            match = _BUREAU.match(name)
            if not match:
                continue
            found: set[NamedNode] = set()
            for row in facts.registers.subprefectures:
                if row["name_ja"].startswith(match[1]):
                    day, types = entry.start.first_day(), _types(match[3])
                    found = facts.municipalities(day, types, subprefecture=row["slug"])
            if found != set(bodies):
                yield _differ(
                    "member-count", f"{entry.key}-register", (len(bodies), len(found)),
                    f"{match[1]}管内として挙げられた市町村は、同日に管内にあった市町村と異なる。",
                    "The municipalities listed are not those of the subprefecture on that day.",
                    [entry.source], found ^ set(bodies),
                )  # fmt: skip


def check_member_counts(facts: Facts) -> Iterator[Discrepancy]:
    """A printed number of members is the register's on the day of signing; two may be swapped."""
    wrong = {}
    for association in facts.associations:
        found = len(facts.members(association.iri, association.signed.first_day()))
        if found != association.printed:
            wrong[association] = found
    done: set[Association] = set()
    for one, found in wrong.items():
        twin = next((a for a, n in wrong.items() if a.printed == found and n == one.printed), None)
        if one in done:
            continue
        if twin:
            done.add(twin)
            yield _differ(
                "swapped-values", f"{one.key}-{twin.key}",
                (
                    f"{one.name} {one.printed}・{twin.name} {twin.printed}",
                    f"{one.name} {found}・{twin.name} {wrong[twin]}",
                ),
                f"{one.name}に{one.printed}、{twin.name}に{twin.printed}とあるが、構成自治体は"
                f"それぞれ{found}、{wrong[twin]}であり、二つの数が入れ替わっている。",
                f"The list gives {one.printed} for the {one.name_en} and {twin.printed} for the "
                f"{twin.name_en}; they have {found} and {wrong[twin]}: the numbers are swapped.",
                [one.source, twin.source], [one.iri, twin.iri],
            )  # fmt: skip
        else:
            yield _differ(
                "member-count", one.key, (one.printed, found),
                f"{one.name}の構成自治体数は{one.printed}とあるが、締結日には{found}であった。",
                f"The list gives {one.printed} for the {one.name_en}; on signing it had {found}.",
                [one.source], [one.iri],
            )  # fmt: skip


def check_totals(facts: Facts) -> Iterator[Discrepancy]:
    """The total and the headings of the lists count their lines."""
    total, source = facts.totals["members"]
    found = sum(association.printed for association in facts.associations)
    if int(total) != found:
        yield _differ(
            "printed-total", "members", (total, found),
            f"合計は{total}とあるが、各行の和は{found}である。",
            f"The total says {total}; the lines add up to {found}.", [source],
        )  # fmt: skip
    counted = {
        "associations": (
            len({association.name[:2] for association in facts.associations}),
            len(facts.associations),
        ),
        "companies": (len(facts.companies),),
    }
    for key, numbers in counted.items():
        printed, source = facts.totals[key]
        match = _HEADING.fullmatch(printed)
        said = tuple(int(group) for group in match.groups() if group) if match else ()
        if said != numbers:
            listed = "・".join(map(str, numbers))
            yield _differ(
                "printed-total", key, (printed, listed),
                f"見出しは「{printed}」とあるが、一覧にあるのは{listed}である。",
                f"The heading says “{printed}”; the list has {listed}.", [source],
            )  # fmt: skip


def _by_year(counts: list[Count]) -> dict[int, dict[str, Count]]:
    years: dict[int, dict[str, Count]] = {}
    for count in counts:
        if count.fiscal_year is not None:
            years.setdefault(count.fiscal_year, {})[count.category] = count
    return years


def check_changes(counts: list[Count]) -> Iterator[Discrepancy]:
    """The change over all years is the last year's figure less the first one's."""
    years = _by_year(counts)
    for change in (count for count in counts if count.fiscal_year is None):
        first, last = years[min(years)][change.category], years[max(years)][change.category]
        found = (last.printed or 0) - (first.printed or 0)
        if change.printed != found:
            yield _differ(
                "printed-total", f"change-{change.category}", (change.printed, found),
                f"増減は{change.printed}とあるが、両年度の差は{found}である。",
                f"The change is given as {change.printed}; the two years differ by {found}.",
                [first.source, last.source, change.source],
            )  # fmt: skip


def check_yearly_totals(counts: list[Count]) -> Iterator[Discrepancy]:
    """A total that counts a partner once lies between its largest part and the sum of its parts."""
    for year, row in _by_year(counts).items():
        total = row["total"].printed or 0
        parts = [count.printed or 0 for name, count in row.items() if name != "total"]
        if not max(parts) <= total <= sum(parts):
            yield _differ(
                "printed-total", f"total-{year}", (total, f"{max(parts)}–{sum(parts)}"),
                f"{year}年度の合計{total}は、重複を除いた合計として取り得る範囲にない。",
                f"The total of fiscal year {year}, {total}, cannot be that of its parts.",
                [count.source for count in row.values()],
            )  # fmt: skip


def check_signatories(facts: Facts) -> Iterator[Discrepancy]:
    """The partners by agreement counted each year are the members of those who had signed."""
    printed, counted_on = facts.totals["counted-on"]
    for year, row in _by_year(facts.counts).items():
        count, on = row["agreement-signatory"], counting_day(printed, year).first_day()
        signed = [a for a in facts.associations if a.signed.first_day() <= on]
        later = [a for a in facts.associations if a not in signed]
        found = sum(association.printed for association in signed)
        if (count.printed or 0) != found:
            names = "、".join(f"{a.name}（{a.signed}）" for a in later)
            names_en = " and ".join(f"the {a.name_en} ({a.signed})" for a in later)
            yield _differ(
                "printed-total", f"agreement-signatory-{year}", (count.printed or 0, found),
                f"{on}現在として{count.printed}とあるが、同日までに締結した団体の構成自治体の和は"
                f"{found}である。{names}の締結はその後である。",
                f"{count.printed} are counted as of {on}, but the associations that had signed by "
                f"then have {found} members; {names_en} signed later.",
                [count.source, counted_on, *(a.source for a in later)],
                [a.iri for a in later],
            )  # fmt: skip
