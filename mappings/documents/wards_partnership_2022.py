"""特別区全国連携プロジェクト: the chronology, its agreements and the counts of partners by year."""

from collections.abc import Iterator

from ..checks.wards_partnership_2022 import Facts, check
from ..chronology import Association, Company, Count, Entry, counting_day, read_entries
from ..dates import PartialDate
from ..document import Document
from ..errors import MappingError
from ..japanese import parse_era_date, western_year
from ..model import (
    Activity,
    Agreement,
    Dataset,
    Observation,
    PrintedCount,
    Source,
    Thing,
    line_source,
)
from ..names import Names
from ..rows import Row

WARDS = "特別区長会"
DATASET = "partner-counts"
CATEGORIES = {
    "各区交流自治体": "ward-exchange",
    "全国連携 HP会員登録自治体": "website-member",
    "広域連携協定締結自治体": "agreement-signatory",
    "合計": "total",
}
CHANGE = "27→4年度"
# The eras of this table: years of Heisei stand above 20, those of Reiwa below.
_LAST_REIWA = 20


def map_document(document: Document, names: Names) -> Iterator[Thing]:
    """Yield activities, agreements, printed counts, observations and discrepancies."""
    associations = [_association(row, names) for row in document.rows("agreements")]
    companies = [_company(row, names) for row in document.rows("company_agreements")]
    counts = [_count(row) for row in document.rows("partner_counts")]
    entries = read_entries(document, names, associations)
    totals: dict[str, tuple[str, Source]] = {}
    for row in document.rows("totals"):
        totals[row.key] = (row.take("printed"), row.source)
        row.finish()
    facts = Facts(document, names.registers, entries, associations, companies, counts, totals)
    yield from (_activity(document, entry) for entry in entries)
    yield from _association_agreements(document, names, entries, associations)
    for company in companies:
        yield _agreement(document, names, entries, "包括連携協定", [company])
    for association in associations:
        yield PrintedCount(association.iri, association.printed, (association.source,))
    yield from _statistics(counts, *totals["counted-on"])
    yield from check(facts)


def _signed(row: Row) -> PartialDate:
    try:
        return parse_era_date(row.take("signed_printed"))
    except ValueError as error:
        raise row.error("signed_printed", f"an era date ({error})") from None


def _number(row: Row, column: str) -> int:
    text = row.take(column).replace(",", "")
    if not text.removeprefix("+").isdigit():
        raise row.error(column, "a number")
    return int(text)


def _english(name: str, register: list[dict[str, str]]) -> str:
    return next(row["name_en"] for row in register if row["name_ja"] == name)


def _association(row: Row, names: Names) -> Association:
    name, iri = row.take("association"), row.resolve("association", names.agent)
    found = Association(
        key=row.key,
        source=row.source,
        iri=iri,
        name=name,
        name_en=_english(name, names.registers.associations),
        signed=_signed(row),
        printed=_number(row, "count_printed"),
    )
    row.finish()
    return found


def _company(row: Row, names: Names) -> Company:
    name, iri = row.take("company"), row.resolve("company", names.agent)
    name_en = _english(name, names.registers.companies)
    found = Company(row.key, row.source, iri, name, name_en, _signed(row))
    former = row.take("former_printed")
    if former and names.agent(former.removeprefix("（旧：").removesuffix("）")) != found.iri:
        raise row.error("former_printed", "a former name of the company")
    row.finish()
    return found


def _count(row: Row) -> Count:
    category, year = row.take("category"), row.take("year_printed")
    if category not in CATEGORIES:
        raise row.error("category", f"one of {', '.join(CATEGORIES)}")
    none = row.take("count_printed") == "—"
    count = Count(
        key=row.key,
        source=row.source,
        category=CATEGORIES[category],
        fiscal_year=None if year == CHANGE else _fiscal_year(row, year),
        printed=None if none else _number(row, "count_printed"),
    )
    row.finish()
    return count


def _fiscal_year(row: Row, text: str) -> int:
    number = text.removesuffix("年度")
    if number != "元" and not number.isdigit():
        raise row.error("year_printed", f"a fiscal year such as 27年度, or {CHANGE}")
    reiwa = number == "元" or int(number) < _LAST_REIWA
    return western_year("令和" if reiwa else "平成", number)


def _activity(document: Document, entry: Entry) -> Activity:
    methods: dict[str, str] = document.settings["methods"]
    return Activity(
        key=entry.key,
        title=entry.title,
        title_en=document.translate(entry.title),
        sources=(entry.source,),
        fiscal_year=entry.start.fiscal_year(),
        extent=entry.extent,
        period_text=entry.period_text,
        participants=entry.participants,
        kinds=entry.kinds,
        methods=tuple(code for text, code in methods.items() if text in entry.title),
        venue=entry.venue,
        theme=entry.theme,
    )


def _association_agreements(
    document: Document, names: Names, entries: list[Entry], associations: list[Association]
) -> Iterator[Agreement]:
    """Yield one agreement for each line of the list, or for the lines that one paper covers."""
    papers: list[list[str]] = document.settings["one_paper"]
    by_key = {association.key: association for association in associations}
    covered = {key for paper in papers for key in paper[1:]}
    for association in associations:
        if association.key in covered:
            continue
        paper = next((p for p in papers if p[0] == association.key), [association.key])
        parties = [by_key[key] for key in paper]
        yield _agreement(document, names, entries, "連携協定", parties)


def _agreement(
    document: Document, names: Names, entries: list[Entry], word: str,
    others: list[Association] | list[Company],
) -> Agreement:  # fmt: skip
    first, parties = others[0], [other.iri for other in others]
    ceremonies = [
        entry.key
        for entry in entries
        if "signing-ceremony" in entry.kinds and set(parties) <= set(entry.participants)
    ]
    if len(ceremonies) != 1:
        raise MappingError(
            f"{document.slug}, {first.key}: found {len(ceremonies)} rows of a signing ceremony "
            f"with {first.name}, expected one."
        )
    title = f"{WARDS}と{'・'.join(other.name for other in others)}との{word}"
    return Agreement(
        key=first.key,
        title=title,
        title_en=document.translate(title),
        sources=tuple(other.source for other in others),
        parties=(names.agent(WARDS), *parties),
        signed_on=tuple(dict.fromkeys(other.signed for other in others)),
        instrument="agreement",
        signed_at=ceremonies[0],
    )


def _statistics(
    counts: list[Count], counted_on: str, counted_on_source: Source
) -> Iterator[Dataset | Observation]:
    lines = [count.source.first_line for count in counts]
    yield Dataset(
        key=DATASET,
        title="連携自治体数の推移",
        title_en="Number of partner municipalities by year",
        source=line_source(min(lines), max(lines)),
        dimensions=("fiscalYear", "partnerCategory"),
        measures=("partnerCount",),
        attributes=("countedOn",),
    )
    for count in counts:
        if count.fiscal_year is None or count.printed is None:
            continue
        yield Observation(
            dataset=DATASET,
            key=f"{count.category}-{count.fiscal_year}",
            source=count.source,
            dimensions={"fiscalYear": count.fiscal_year, "partnerCategory": count.category},
            measures={"partnerCount": count.printed},
            counted_on=(counting_day(counted_on, count.fiscal_year), counted_on_source),
        )
