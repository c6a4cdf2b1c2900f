"""CLAIR's survey of agreements in specific fields: a sheet an agreement, some of them repeated.

Sheets that tell of one agreement under several fields become one, keyed by the first of them.
"""

import re
from collections.abc import Iterator

from ..checks.clair_counts import check_counts
from ..checks.clair_sectoral_2012 import check_sheets
from ..clair import FIELDS, Sheet
from ..clair_cells import read_contents, read_sheets
from ..clair_statistics import BY_COUNTRY, BY_FIELD, Statistics, read_statistics
from ..clair_texts import Prose, one_agreement, read_prose
from ..dates import PartialDate
from ..document import Document
from ..errors import MappingError
from ..model import Agreement, Dataset, Observation, Thing, line_source
from ..names import Names
from ..tables import read_table

_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")


def map_document(document: Document, names: Names) -> Iterator[Thing]:
    """Yield agreements, the survey's statistics, and every contradiction found."""
    sheets = read_sheets(document, names)
    contents = read_contents(document, names, {sheet.key: sheet for sheet in sheets})
    prose = read_prose(document)
    groups = one_agreement(sheets)
    rules = Rules(document)
    for group in groups:
        yield rules.agreement(group, prose)
    rules.finish()
    statistics = read_statistics(document, names)
    yield from observations(statistics)
    yield from check_sheets(document, sheets, contents, groups, prose)
    yield from check_counts(names, statistics, sheets, groups)


class Rules:
    """The reviewed tables of this document: words for instruments, and notes."""

    def __init__(self, document: Document) -> None:
        """Read the tables of the folder `rules`."""
        folder = document.folder / "rules"
        self.document = document
        self.instruments = [
            (row["contains"], row["instrument"]) for row in read_table(folder / "instruments.csv")
        ]
        self.notes = {
            row["key"]: (row["ja"], row["en"]) for row in read_table(folder / "notes.csv")
        }
        self._noted: set[str] = set()

    def agreement(self, group: list[Sheet], prose: Prose) -> Agreement:
        """Return the agreement that a group of sheets tells of."""
        first = group[0]
        dates = first.dates
        told = [told for told in prose.dates if told.sheet == first.key]
        signed = [d for date in dates.signed for d in date.readings]
        signed += [t.date for t in told if t.says == "signed" and t.contradicts(dates)]
        renewed = [d for date in dates.renewed for d in date.readings]
        renewed += [t.date for t in told if t.says == "renewed"]
        fields = [FIELDS[sheet.field - 1] for sheet in group]
        fields += [code for sheet in group for code in sheet.sub_kinds]
        self._noted |= {first.key} & set(self.notes)
        return Agreement(
            key=first.key,
            title=first.printed.title,
            title_en=self.document.translate(first.printed.title),
            sources=tuple(sheet.source for sheet in group),
            parties=first.sides.parties,
            signed_on=_unique(signed),
            instrument=self.instrument(prose.instruments.get(first.key, first.printed.title)),
            fields=tuple(dict.fromkeys(fields)),
            departments=tuple(dict.fromkeys(d for sheet in group for d in sheet.departments)),
            pages=tuple(dict.fromkeys(page for sheet in group for page in sheet.pages)),
            renewed_on=_unique(renewed),
            valid_until=dates.valid_until,
            note=self.notes.get(first.key),
        )

    def instrument(self, title: str) -> str:
        """Return the code of the instrument a title, or a word of the prose, names last, outside
        brackets.

        Of words that end at one place the longest counts. Raises MappingError.

        >>> rules = Rules(Document("clair_sectoral_2012"))
        >>> rules.instrument("友好都市提携30周年記念事業における経済交流に関する覚書")
        'memorandum'
        >>> rules.instrument("宣言書（姉妹港提携）"), rules.instrument("共同宣言書（貿易協力港）")
        ('declaration', 'joint-declaration')
        """  # fmt: skip
        text = _BRACKETS.sub("", title)
        found = [
            (text.rfind(word) + len(word), len(word), code)
            for word, code in self.instruments
            if word in text
        ]
        if not found:
            raise MappingError(
                f"{self.document.slug}, rules/instruments.csv: found no word of {title!r}, "
                "expected one that names the instrument."
            )
        return max(found)[2]

    def finish(self) -> None:
        """Raise MappingError for notes on agreements there are not."""
        if unused := set(self.notes) - self._noted:
            raise MappingError(
                f"{self.document.slug}, rules/notes.csv: found a note on {min(unused)}, "
                "expected the key of an agreement."
            )


def _unique(dates: list[PartialDate]) -> tuple[PartialDate, ...]:
    return tuple(dict.fromkeys(dates))


def observations(statistics: Statistics) -> Iterator[Dataset | Observation]:
    """Yield the survey's two tables of counts; sums and その他 are no figures of their own."""
    for key, title, title_en, dimension, rows in (
        (BY_FIELD, "分野別の提携件数", "Number of agreements by field", "partyScope",
         statistics.by_field),
        (BY_COUNTRY, "国・地域別の提携等の件数", "Number of one-to-one agreements by country or "
         "region", "country", statistics.by_country),
    ):  # fmt: skip
        yield Dataset(
            key=key,
            title=title,
            title_en=title_en,
            source=line_source(rows[0].source.first_line, rows[-1].source.last_line),
            dimensions=("field", dimension),
            measures=("agreementCount", "repeatedCount"),
        )
        for row in rows:
            if row.of is None:
                continue
            for code, count in zip(FIELDS, row.counts, strict=False):
                if count is None:
                    continue
                yield Observation(
                    dataset=key,
                    key=f"{row.short}-{code}",
                    source=row.source,
                    dimensions={"field": code, dimension: row.of},
                    measures={"agreementCount": count.all, "repeatedCount": count.repeated},
                )
