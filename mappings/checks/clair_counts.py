"""The figures CLAIR's survey prints, against each other and against its sheets counted."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..clair import FIELDS, Sheet
from ..clair_statistics import Count, CountRow, Statistics
from ..model import Discrepancy, line_source
from ..names import Names
from .clair_sectoral_2012 import differ

# The word of each field that every name of it contains.
_WORDS = ("教育", "文化", "スポーツ", "医療", "農業", "工業", "商業", "行政", "その他")
_ZERO = Count(0, 0)
_SUM = len(FIELDS)


def check_counts(
    names: Names, statistics: Statistics, sheets: Sequence[Sheet],
    groups: Sequence[Sequence[Sheet]],
) -> Iterator[Discrepancy]:  # fmt: skip
    """Yield every figure that does not agree with another, or with the sheets."""
    repeated = {sheet.key for group in groups for sheet in group[1:]}
    one_to_one = [sheet for sheet in sheets if sheet.sides.one_to_one]
    yield from check_headings(statistics)
    for table, rows in (("field", statistics.by_field), ("country", statistics.by_country)):
        yield from check_sums(table, rows)
    yield from check_tables_agree(statistics)
    yield from check_ranks(statistics.by_country)
    yield from check_figures(statistics)
    yield from check_field_counts(statistics, sheets, repeated)
    yield from check_country_counts(names, statistics.by_country, one_to_one, repeated)


def _values(row: CountRow) -> list[Count]:
    return [count or _ZERO for count in row.counts]


def _total(counts: Iterable[Count]) -> Count:
    return sum(counts, _ZERO)


def check_headings(statistics: Statistics) -> Iterator[Discrepancy]:
    """The head of a column names the field of its number."""
    for field in statistics.fields:
        word = _WORDS[int(field.key) - 1]
        wrong = [(label, line) for label, line in field.heads if word not in label]
        if wrong:
            yield differ(
                "heading", field.key, dict.fromkeys((field.name, *(label for label, _ in wrong))),
                f"分野一覧では「{field.name}」だが、表の見出しは「{wrong[0][0]}」である。番号により"
                f"{field.name}の列とする。",
                f"The list of fields has “{field.name}”, the head of the column “{wrong[0][0]}”; "
                "by its number it is the column of that field.",
                [field.source, *(line_source(line) for _, line in wrong)],
            )  # fmt: skip


def check_sums(table: str, rows: Sequence[CountRow]) -> Iterator[Discrepancy]:
    """The last figure of a row is the sum of the row, the last row that of the columns."""
    parts, last = rows[:-1], rows[-1]
    for row in rows:
        *counts, total = _values(row)
        if _total(counts) != total:
            yield differ(
                "printed-total", f"{table}-{row.short}-sum", (str(total), str(_total(counts))),
                f"{row.label}の合計は{total}とあるが、行の和は{_total(counts)}である。",
                f"The total of the row is {total}; the row adds up to {_total(counts)}.",
                [row.source],
            )  # fmt: skip
    for column, name in enumerate((*FIELDS, "total")):
        found = _total(_values(row)[column] for row in parts)
        if found != _values(last)[column]:
            yield differ(
                "printed-total", f"{table}-column-{name}",
                (str(_values(last)[column]), str(found)),
                f"列の合計は{_values(last)[column]}とあるが、列の和は{found}である。",
                f"The total of the column is {_values(last)[column]}; it adds up to {found}.",
                [row.source for row in rows],
            )  # fmt: skip


def check_tables_agree(statistics: Statistics) -> Iterator[Discrepancy]:
    """The second table sums up to the first table's row of one-to-one agreements."""
    one, other = statistics.by_field[0], statistics.by_country[-1]
    if _values(one) != _values(other):
        yield differ(
            "printed-total", "tables", (_print(one.counts), _print(other.counts)),
            "二つの表で1対1の提携の件数が異なる。",
            "The two tables differ in the numbers of one-to-one agreements.",
            [one.source, other.source],
        )  # fmt: skip


def _print(counts: Iterable[Count | None]) -> str:
    return " ".join(str(count or "-") for count in counts)


def check_ranks(rows: Sequence[CountRow]) -> Iterator[Discrepancy]:
    """A rank is one more than the number of countries with more agreements."""
    ranked = [(row, _values(row)[_SUM].all) for row in rows if row.rank]
    for row, count in ranked:
        rank = 1 + sum(other > count for _, other in ranked)
        if rank != row.rank:
            yield differ(
                "order", f"rank-{row.short}", (str(row.rank), str(rank)),
                f"{row.label}は{row.rank}位とあるが、件数では{rank}位である。",
                f"The printed rank is {row.rank}; by its count it is {rank}.", [row.source],
            )  # fmt: skip


def check_figures(statistics: Statistics) -> Iterator[Discrepancy]:
    """A figure of the prose is that of the tables; a country has one name."""
    totals = statistics.by_field[-1]
    cells: dict[str, tuple[CountRow, int]] = {"total": (totals, _SUM)}
    for column, code in enumerate(FIELDS):
        cells[code] = cells[code.removeprefix("economy-")] = (totals, column)
    for row in (*statistics.by_field[:-1], *statistics.by_country[:-1]):
        cells[row.short] = (row, _SUM)
    for figure in statistics.figures:
        row, column = cells[figure.key]
        count = _values(row)[column].all
        if count != figure.count:
            yield differ(
                "text-vs-table", figure.key, (str(figure.count), str(count)),
                f"本文は{figure.count}件、表は{count}件である。",
                f"The text says {figure.count}, the table {count}.", [figure.source, row.source],
            )  # fmt: skip
        if figure.label != figure.corrected:
            yield differ(
                "name-mismatch", f"figure-{figure.key}", (figure.label, row.label),
                f"本文は「{figure.label}」、表は「{row.label}」である。表に従う。",
                f"The text has {figure.label}, the table {row.label}; the table is followed.",
                [figure.source, row.source],
            )  # fmt: skip


def _counter(repeated: set[str]) -> Callable[[Iterable[Sheet]], Count]:
    def count(sheets: Iterable[Sheet]) -> Count:
        keys = [sheet.key for sheet in sheets]
        return Count(len(keys), sum(key in repeated for key in keys))

    return count


def check_field_counts(
    statistics: Statistics, sheets: Sequence[Sheet], repeated: set[str]
) -> Iterator[Discrepancy]:
    """The first table counts the sheets: one-to-one, many-sided and all, field by field."""
    count = _counter(repeated)
    scopes: tuple[Callable[[Sheet], bool], ...] = (
        lambda sheet: sheet.sides.one_to_one,
        lambda sheet: not sheet.sides.one_to_one,
        lambda _: True,
    )
    for column, code in enumerate((*FIELDS, "total")):
        of_field = [s for s in sheets if column in (_SUM, s.field - 1)]
        of_field = of_field if column < _SUM else list(sheets)
        printed = [_values(row)[column] for row in statistics.by_field]
        found = [count(filter(scope, of_field)) for scope in scopes]
        if printed == found:
            continue
        labels = [row.label for row in statistics.by_field]
        readings = [
            "、".join(f"{label} {n}" for label, n in zip(labels, counts, strict=True))
            for counts in (printed, found)
        ]
        name = "合計" if column == _SUM else statistics.fields[column].name
        figures = [f.source for f in statistics.figures if f.key in ("one-to-one", "many-sided")]
        yield differ(
            "printed-total", f"field-{code}", readings,
            f"{name}は、表では{readings[0]}だが、調査票を数えると{readings[1]}である"
            "（括弧内は再掲）。",
            f"For {'all fields' if column == _SUM else code} the table prints {_english(printed)}; "
            f"the sheets count {_english(found)}.",
            [row.source for row in statistics.by_field]
            + (figures[:1] if column == _SUM else [sheet.source for sheet in of_field]),
        )  # fmt: skip


def _english(counts: Sequence[Count]) -> str:
    words = ("one-to-one", "many-sided", "in all")
    return ", ".join(
        f"{n.all} {word} ({n.repeated} repeated)" for n, word in zip(counts, words, strict=True)
    )


def check_country_counts(
    names: Names, rows: Sequence[CountRow], sheets: Sequence[Sheet], repeated: set[str]
) -> Iterator[Discrepancy]:
    """The second table counts the one-to-one sheets by country and field."""
    count = _counter(repeated)
    own = {row.short for row in rows}
    by_row: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in sheets:
        code = country_of(names, sheet)
        by_row[code if code in own else "others"].append(sheet)
        by_row["total"].append(sheet)
    for row in rows:
        mine = by_row[row.short]
        found = [count(s for s in mine if s.field == n) for n in range(1, _SUM + 1)]
        found.append(_total(found))
        printed = _values(row)
        columns = [i for i in range(_SUM + 1) if printed[i] != found[i]]
        if not columns:
            continue
        readings = [
            "、".join(f"{(*_WORDS, '合計')[i]} {counts[i]}" for i in columns)
            for counts in (printed, found)
        ]
        concerned = [s.source for s in mine if s.field - 1 in columns]
        english = [", ".join(f"{(*FIELDS, 'total')[i]} {c[i]}" for i in columns)
                   for c in (printed, found)]  # fmt: skip
        yield differ(
            "printed-total", f"country-{row.short}", readings,
            f"{row.label}は、表では{readings[0]}だが、調査票を数えると{readings[1]}である"
            "（括弧内は再掲）。",
            f"The table prints {english[0]}; the sheets count {english[1]} (repeated ones in "
            "brackets).",
            [row.source, *concerned],
        )  # fmt: skip


def country_of(names: Names, sheet: Sheet) -> str:
    """Return the ISO code of the country of a sheet's first foreign party."""
    kind, _, key = sheet.sides.foreign[0].value.partition("/id/")[2].partition("/")
    if kind != "organization":
        return key.partition("/")[0]
    return next(r["country"] for r in names.registers.organizations if r["slug"] == key)
