"""What the sheets of CLAIR's survey, its contents, and repeats of a sheet say, compared."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from pyoxigraph import NamedNode

from ..clair import ContentsLine, Line, PrintedDate, Sheet
from ..clair_texts import PartyTold, Prose, SharedText, Told, same_print, title_core
from ..document import Document
from ..japanese_names import fold
from ..model import Discrepancy, Source

# Words by which the contents stand for names and particulars of a title.
_ABBREVIATED = re.compile(r"両都市|[のノ等「」『』()、,]")
_CITY = re.compile(r"[ァ-ヶー]+市")

# What a date in the prose tells, by the word for it in the table dates_in_text.
_TOLD_JA = {
    "signed": "「{}」に締結したと述べる",
    "before": "「{}」の出来事を提携より前の経緯として述べる",
    "after": "「{}」に終わった取組を提携後のものとして掲げる",
}
_TOLD_EN = {
    "signed": "of its signing in {}",
    "before": "of something in {} that led up to it",
    "after": "of work that ended in {} as done since then",
}
# What the print tells of parties, by the word for it in the table parties_in_text.
_PARTIES_TOLD = {
    "parties": (
        "題名又は本文は「{printed}」が加わるものとして述べる。",
        "the title or the text tells of {printed} as taking part.",
    ),
    "joined": (
        "本文には「{printed}」とあり、提携年月日「{date}」の後に加わったものがある。",
        "by the text (“{printed}”) one of them joined after the date of the sheet, {date}.",
    ),
    "page": (
        "ホームページの欄の説明は「{printed}」を挙げる。",
        "the remark on its web address is about {printed}.",
    ),
}


def differ(
    rule: str, what: str, readings: Iterable[str], ja: str, en: str, sources: Iterable[Source],
    concerns: Iterable[NamedNode] = (),
) -> Discrepancy:  # fmt: skip
    """Return the discrepancy of a rule; its key is the rule with `what`."""
    return Discrepancy(
        f"{rule}-{what}", rule, tuple(readings), ja, en, tuple(sources), tuple(concerns)
    )


def check_sheets(
    document: Document, sheets: Sequence[Sheet], contents: Sequence[ContentsLine],
    groups: Sequence[Sequence[Sheet]], prose: Prose,
) -> Iterator[Discrepancy]:  # fmt: skip
    """Yield every contradiction between sheets, contents, dates and prose."""
    for sheet in sheets:
        yield from check_era_years(sheet)
        yield from check_survey_date(document, sheet)
        yield from check_title_names(sheet)
    yield from check_told(sheets, prose.dates)
    yield from check_parties_told(sheets, prose.parties)
    yield from check_shared_texts(sheets, prose.shared)
    swapped = list(check_order(sheets, contents))
    yield from (discrepancy for _, discrepancy in swapped)
    moved = {key for keys, _ in swapped for key in keys}
    yield from check_contents(sheets, [line for line in contents if line.key not in moved])
    yield from check_pages(contents)
    yield from check_repeats(groups, contents)
    yield from check_likely_repeats(groups)
    yield from check_repeated_cells(groups)


def _all_dates(sheet: Sheet) -> tuple[PrintedDate, ...]:
    return (*sheet.dates.signed, *sheet.dates.renewed)


def check_era_years(sheet: Sheet) -> Iterator[Discrepancy]:
    """The era year of a date and the western year beside it are the same year."""
    for number, date in enumerate(_all_dates(sheet), 1):
        if len(date.readings) > 1:
            era, western = map(str, date.readings)
            yield differ(
                "era-western-year", sheet.key if number == 1 else f"{sheet.key}-{number}",
                (era, western),
                f"提携年月日「{sheet.date_printed}」の元号の年は{date.by_era.year}年、併記の西暦は"
                f"{date.by_western.year}年である。どちらとも決められないため、両方を載せる。",
                f"The era year of the printed date is {date.by_era.year}, the western year beside "
                f"it {date.by_western.year}. Nothing decides between them; both are given.",
                [sheet.source],
            )  # fmt: skip


def check_survey_date(document: Document, sheet: Sheet) -> Iterator[Discrepancy]:
    """No agreement is dated after the survey."""
    for date in _all_dates(sheet):
        if min(reading.first_day() for reading in date.readings) > document.as_of:
            yield differ(
                "impossible-date", sheet.key, (sheet.date_printed, str(document.as_of)),
                "提携年月日が調査時期より後である。", "The date is later than the survey.",
                [sheet.source],
            )  # fmt: skip


def check_title_names(sheet: Sheet) -> Iterator[Discrepancy]:
    """A foreign city named in the title is a party: it stands in the cell of foreign parties."""
    cells = fold(sheet.printed.foreign)
    for name in dict.fromkeys(_CITY.findall(sheet.printed.title)):
        if fold(name.removesuffix("市")) not in cells:
            yield differ(
                "name-mismatch", sheet.key, (name, sheet.printed.foreign),
                f"題名は{name}との提携とするが、海外の自治体の欄は「{sheet.printed.foreign}」である。"
                "欄に従う。",
                f"The title names {name} as the partner, the cell of the foreign side "
                f"{sheet.printed.foreign}. The cell is followed.",
                [sheet.source],
            )  # fmt: skip


def check_told(sheets: Sequence[Sheet], told: Sequence[Told]) -> Iterator[Discrepancy]:
    """The date of a sheet agrees with what its prose tells of the signing."""
    by_key = {sheet.key: sheet for sheet in sheets}
    for entry in told:
        sheet = by_key[entry.sheet]
        if entry.says == "renewed" or not entry.differs(sheet.dates):
            continue
        what = _TOLD_JA[entry.says].format(entry.printed)
        when = f"{'fiscal year ' if entry.fiscal else ''}{entry.date}"
        yield differ(
            "date-vs-text", entry.key, (sheet.date_printed, entry.printed),
            f"提携年月日は「{sheet.date_printed}」だが、本文は{what}。",
            f"The sheet dates the agreement {sheet.dates.signed[0].by_western}, but its text tells "
            f"{_TOLD_EN[entry.says].format(when)}.",
            [sheet.source, entry.source],
        )  # fmt: skip


def check_parties_told(sheets: Sequence[Sheet], told: Sequence[PartyTold]) -> Iterator[Discrepancy]:
    """The parties of a sheet are those that its title, its prose and its web address tell of."""
    by_key = {sheet.key: sheet for sheet in sheets}
    for entry in told:
        sheet = by_key[entry.sheet]
        years = [date.by_era.year for date in sheet.dates.signed]
        if entry.says == "joined" and entry.year <= min(years):
            continue
        cell = sheet.printed.japan if entry.side == "japan" else sheet.printed.foreign
        ja, en = _PARTIES_TOLD[entry.says]
        facts = {"cell": cell, "printed": entry.printed, "date": sheet.date_printed}
        heads = {"japan": ("日本", "Japanese"), "foreign": ("海外", "foreign")}[entry.side]
        yield differ(
            "party-vs-text", entry.key, (cell, entry.printed),
            f"{heads[0]}の自治体の欄は「{cell}」だが、{ja.format(**facts)}欄に従う。",
            f"The cell of the {heads[1]} side has {cell}, but {en.format(**facts)} The cell is "
            "followed.",
            [sheet.source, entry.source],
        )  # fmt: skip


def check_shared_texts(
    sheets: Sequence[Sheet], shared: Sequence[SharedText]
) -> Iterator[Discrepancy]:
    """No two sheets of different Japanese sides have a section word for word in common."""
    by_key = {sheet.key: sheet for sheet in sheets}
    texts = {(text.sheet, text.section): text for text in shared}
    for text in shared:
        for other in text.same_as:
            # Each pair is listed from both ends.
            if text.sheet > other:
                continue
            pair = (by_key[text.sheet], by_key[other])
            twin = texts[other, text.section]
            names = [f"{s.key}（{s.printed.japan}、{s.printed.foreign}）" for s in pair]
            yield differ(
                "shared-text", f"{text.key}-{other}", names,
                f"調査票{names[0]}と{names[1]}は({text.section})の文章が一字一句同じであり、一方に"
                "他方の文章が載ったものとみられる。",
                f"Section ({text.section}) of the sheets {pair[0].key} and {pair[1].key} is the "
                "same word for word though their Japanese sides differ; the text of one seems to "
                "have been printed in the other.",
                [text.source, twin.source, *(s.source for s in pair)],
            )  # fmt: skip


def _same_sides(one: Line, other: Line) -> bool:
    return set(one.sides.parties) == set(other.sides.parties)


def check_order(
    sheets: Sequence[Sheet], contents: Sequence[Line]
) -> Iterator[tuple[tuple[str, str], Discrepancy]]:
    """Two neighbours of the contents stand in the order of their sheets; keys come along."""
    by_key = {line.key: line for line in contents}
    for one, two in pairwise(sheets):
        first, second = by_key[one.key], by_key[two.key]
        if _same_sides(one, first) or not (_same_sides(one, second) and _same_sides(two, first)):
            continue
        yield (one.key, two.key), differ(
            "order", f"{one.key}-{two.key}",
            (f"{first.printed.title}、{second.printed.title}",
             f"{one.printed.title}、{two.printed.title}"),
            f"目次と調査票で{one.key}と{two.key}の順が入れ替わっている。番号は調査票に従う。",
            f"The contents list {one.key} and {two.key} the other way round than the sheets; the "
            "numbers of the sheets are followed.",
            [first.source, second.source, one.source, two.source],
        )  # fmt: skip


def check_contents(sheets: Sequence[Sheet], contents: Sequence[Line]) -> Iterator[Discrepancy]:
    """A line of the contents names the parties and the title of its sheet."""
    by_key = {sheet.key: sheet for sheet in sheets}
    for line in contents:
        sheet = by_key[line.key]
        compared = (
            ("japan", "日本の自治体", "the Japanese side", line.printed.japan,
             sheet.printed.japan, set(line.sides.japan) == set(sheet.sides.japan)),
            ("foreign", "海外の自治体", "the foreign side", line.printed.foreign,
             sheet.printed.foreign, set(line.sides.foreign) == set(sheet.sides.foreign)),
            ("title", "題名", "the title", line.printed.title, sheet.printed.title,
             _abbreviates(line.printed.title, sheet.printed.title)),
        )  # fmt: skip
        for what, ja, en, listed, printed, same in compared:
            if not same:
                yield differ(
                    "contents-vs-sheet", f"{line.key}-{what}", (listed, printed),
                    f"{ja}は、目次では「{listed}」、調査票では「{printed}」である。調査票に従う。",
                    f"For {en} the contents have “{listed}”, the sheet “{printed}”. The sheet is "
                    "followed.",
                    [line.source, sheet.source],
                )  # fmt: skip


def _abbreviates(listed: str, title: str) -> bool:
    """Tell whether all of a title in the contents stands in the sheet's, in this order.

    >>> _abbreviates("教育交流等に関する覚書", "福山市と北京市との教育交流に関する覚書")
    True
    >>> _abbreviates("経済産業交流に関する覚書", "川崎市と瀋陽市との経済交流に関する覚書")
    False
    """  # fmt: skip
    rest = iter(_ABBREVIATED.sub("", fold(title)))
    return all(character in rest for character in _ABBREVIATED.sub("", fold(listed)))


def check_pages(contents: Sequence[ContentsLine]) -> Iterator[Discrepancy]:
    """The pages of the contents rise from line to line."""
    for one, two in pairwise(contents):
        before, page = one.sheet_page, two.sheet_page
        if page <= before:
            yield differ(
                "order", f"page-{two.key}", (f"{one.key}: {before}", f"{two.key}: {page}"),
                "目次のページが前の行より後ろになっていない。",
                "The page in the contents is not after that of the line before.",
                [one.source, two.source],
            )  # fmt: skip


def check_repeats(
    groups: Sequence[Sequence[Sheet]], contents: Sequence[Line]
) -> Iterator[Discrepancy]:
    """Sheet and contents line of an agreement bear the mark 再掲 from its second sheet on."""
    lines = {line.key: line for line in contents}
    for group in groups:
        for position, sheet in enumerate(group):
            line, expected = lines[sheet.key], position > 0
            places = (("目次", "the contents", line), ("調査票", "the sheet", sheet))
            wrong = [p for p in places if bool(p[2].printed.repeat_mark) != expected]
            if not wrong:
                continue
            ja = "と".join(place[0] for place in wrong)
            en = " and ".join(place[1] for place in wrong)
            marked, first = (
                ("印がない", "no mark") if expected else ("印がある", "the mark"),
                group[0],
            )
            fact = f"{first.key}の再掲" if expected else "初出"
            yield differ(
                "repeat-mark", sheet.key, (f"{ja}: {marked[0]}", fact),
                f"{sheet.key}は{fact}だが、{ja}に「再掲」の{marked[0]}。",
                f"{sheet.key} tells of "
                + (f"the agreement of {first.key} again" if expected else "an agreement first")
                + f", but {en} bear{'s' if len(wrong) == 1 else ''} {marked[1]} of repetition.",
                [line.source, sheet.source, *([first.source] if expected else [])],
            )  # fmt: skip


def check_likely_repeats(groups: Sequence[Sequence[Sheet]]) -> Iterator[Discrepancy]:
    """Two agreements do not share parties and title and differ in their dates alone."""
    for one, other in combinations([group[0] for group in groups], 2):
        titles = (title_core(one.printed.title), title_core(other.printed.title))
        if titles[0] == titles[1] and _same_sides(one, other):
            yield differ(
                "repeat-mark", f"{one.key}-{other.key}", (one.date_printed, other.date_printed),
                "当事者と題名が同じで、提携年月日だけが異なる。",
                "Parties and title are the same, only the dates differ.",
                [one.source, other.source],
            )  # fmt: skip


def check_repeated_cells(groups: Sequence[Sequence[Sheet]]) -> Iterator[Discrepancy]:
    """The sheets of one agreement print one title, one department and one web address."""
    for first, *repeats in groups:
        for sheet in repeats:
            compared = (
                ("title", "題名", "title", first.printed.title, sheet.printed.title,
                 same_print(first.printed.title, sheet.printed.title)),
                ("department", "担当部署", "department", first.department_printed,
                 sheet.department_printed, first.departments == sheet.departments),
                ("page", "ホームページ", "web address", "、".join(first.pages),
                 "、".join(sheet.pages), first.pages == sheet.pages),
            )  # fmt: skip
            for what, ja, en, one, other, same in compared:
                followed = (
                    (f"{first.key}に従う。", "The first is followed.") if what == "title"
                    else ("両方を載せる。", "Both are given.")
                )  # fmt: skip
                if not same:
                    yield differ(
                        "repeat-vs-first", f"{sheet.key}-{what}", (one, other),
                        f"同じ提携の{ja}が、調査票{first.key}では「{one}」、{sheet.key}では「{other}」"
                        f"である。{followed[0]}",
                        f"The {en} of one agreement is “{one}” on the sheet {first.key}, “{other}” "
                        f"on {sheet.key}. {followed[1]}",
                        [first.source, sheet.source],
                    )  # fmt: skip
