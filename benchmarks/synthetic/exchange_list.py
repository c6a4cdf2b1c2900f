"""One synthetic list of exchange as tables: in the layout of Bunkyo's list of 2024."""

import datetime
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from mappings.tables import write_table

from . import proportions
from .agents import Agent
from .writer import letters

MAPPING = "bunkyo_exchange_2024"
ROWS_PER_PARTNER = (2, 3)
LINES_PER_PAGE = proportions.LINES_PER_PAGE
TREATIES = (
    ("友好交流協定", "Friendship and exchange agreement"),
    ("災害時相互応援協定", "Agreement on mutual aid in disasters"),
    ("姉妹都市協定", "Sister city agreement"),
)  # fmt: skip
# The first of these that a title contains decides its kind; the last fits every other title.
KINDS = (
    ("協定の締結", "signing-ceremony"), ("講座", "lecture"), ("展示", "exhibition"),
    ("物産展", "product-sale"), ("スポーツ", "sports-exchange"), ("回", "promotion"),
)  # fmt: skip
REIWA = datetime.date(2019, 5, 1)
Row = dict[str, str]


def printed_day(day: datetime.date) -> str:
    """Return a day as the list prints it.

    >>> printed_day(datetime.date(2024, 4, 5)), printed_day(datetime.date(2018, 12, 1))
    ('R6.4.5', 'H30.12.1')
    """
    era, first = ("R", 2018) if day >= REIWA else ("H", 1988)
    return f"{era}{day.year - first}.{day.month}.{day.day}"


@dataclass
class Partner:
    """A partner with the name a list prints, prefecture first."""

    agent: Agent
    name: str
    name_en: str

    @property
    def order(self) -> tuple[bool, str]:
        """Where it stands in a list: prefectures first, by code."""
        return "/prefecture/" not in self.agent.iri, self.agent.iri


@dataclass
class ExchangeList:
    """The list of a local government's exchange in a fiscal year."""

    number: int
    owner: Partner
    year: int
    partners: list[Partner]
    random: Random
    _rows: list[Row] = field(default_factory=list)
    _printed: list[Row] = field(default_factory=list)
    _titles: dict[str, str] = field(default_factory=dict)
    _lines: list[Row] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    @property
    def id(self) -> str:
        """The short id, in which no digits stand but the year's."""
        return f"exchange{letters(self.number)}-{self.year}"

    @property
    def slug(self) -> str:
        """The name of its folder."""
        return self.id.replace("-", "_")

    def write(self, folder: Path) -> None:
        """Write document.toml and every table into a folder that is not there yet."""
        self._fill()
        (folder / "rules").mkdir(parents=True)
        write_table(folder / "corrections.csv", self._correct())
        write_table(folder / "activities.csv", self._rows)
        write_table(folder / "partners.csv", self._printed)
        write_table(folder / "lines.csv", self._lines)
        titles = [{"ja": ja, "en": en} for ja, en in self._titles.items()]
        write_table(folder / "translations.csv", titles)
        kinds = [{"contains": part, "kind": kind} for part, kind in KINDS]
        write_table(folder / "rules" / "kinds.csv", kinds)
        (folder / "document.toml").write_text(self._metadata(), encoding="utf-8")

    def _fill(self) -> None:
        """Make the rows: partners in order of code, the rows of one in order of date."""
        self._line("header")
        on_page: list[Partner] = []
        treaties = set(self.random.sample(range(len(self.partners)), self._treaties()))
        springs = self.random.choices(range(120), k=len(self.partners))
        for index, partner in enumerate(sorted(self.partners, key=lambda p: p.order)):
            days = self._days(springs[index], self.random.choice(ROWS_PER_PARTNER))
            for number, day in enumerate(days):
                if partner not in on_page:
                    on_page.append(partner)
                self._add_row(partner, day, is_treaty=number == 0 and index in treaties)
                if len(self._rows) % LINES_PER_PAGE == 0:
                    self._end_page(on_page)
        self._end_page(on_page)

    def _treaties(self) -> int:
        return min(proportions.AGREEMENTS, len(self.partners))

    def _line(self, kind: str) -> str:
        number = str(len(self._lines) + 1)
        self._lines.append({"first_line": number, "last_line": number, "kind": kind, "note": ""})
        return number

    def _days(self, spring: int, count: int) -> list[datetime.date]:
        """Return days in order: the first early in the year, so that a step back parts partners."""
        first = datetime.date(self.year, 4, 1) + datetime.timedelta(spring)
        autumn = datetime.date(self.year, 10, 1)
        later = self.random.sample(range(170), count - 1)
        return [first, *(autumn + datetime.timedelta(days) for days in sorted(later))]

    def _add_row(self, partner: Partner, day: datetime.date, is_treaty: bool) -> None:
        key, line = str(len(self._rows) + 1), self._line("row")
        page = str(1 + len(self._rows) // LINES_PER_PAGE)
        lasts = self.random.random() < 0.3
        if is_treaty:
            treaty, treaty_en = self.random.choice(TREATIES)
            named = f"{self.owner.agent.ja}・{partner.agent.ja}{treaty}"
            named_en = f"{treaty_en} of {self.owner.agent.en} and {partner.agent.en}"
            title, title_en = f"{named}の締結", f"Conclusion of: {named_en}"
            self._titles[named] = named_en
            self._counts["agreements"] += 1
            lasts = False
        else:
            topic, topic_en = self.random.choice(proportions.TOPICS)
            form, form_en = self.random.choice(proportions.FORMS)
            counted, counted_en = ("2日間", "two-day ") if self._contradicts(lasts) else ("", "")
            title = f"{topic}{form}{counted}（第{key}回）"
            title_en = f"{topic_en}: {counted_en}{form_en}, no. {key}"
        self._titles[title] = title_en
        last = day + datetime.timedelta(2)
        period = f"{printed_day(day)}～{last.month}.{last.day}" if lasts else printed_day(day)
        section, _ = self.random.choice(proportions.SECTIONS)
        self._rows.append(
            {"key": key, "first_line": line, "last_line": line, "page": page, "title": title,
             "department": section, "period": period}
        )  # fmt: skip

    def _contradicts(self, lasts: bool) -> bool:
        """Tell whether the title of a row of three days is to count two."""
        is_one = lasts and self._counts["title-vs-period"] < proportions.DISCREPANCIES
        self._counts["title-vs-period"] += is_one
        return is_one

    def _end_page(self, on_page: list[Partner]) -> None:
        """Print the partners whose rows stand on the page."""
        for partner in on_page:
            line, key = self._line("row"), str(len(self._printed) + 1)
            self._printed.append(
                {"key": key, "first_line": line, "last_line": line, "page": self._rows[-1]["page"],
                 "name": partner.name}
            )  # fmt: skip
        on_page.clear()

    def _correct(self) -> list[Row]:
        """Print some titles wrongly; return the corrections that mend them."""
        corrections = []
        for row in self.random.sample(self._rows, proportions.CORRECTIONS):
            meant, row["title"] = row["title"], row["title"][0] + row["title"]
            corrections.append(
                {"table": "activities", "row": row["key"], "column": "title",
                 "printed": row["title"], "corrected": meant, "rule": "misprint",
                 "reason_ja": "最初の文字の重複。", "reason_en": "The first character is doubled.",
                 "lines": ""}
            )  # fmt: skip
        return corrections

    def _metadata(self) -> str:
        def both(ja: str, en: str) -> str:
            return f"{{ ja = {json.dumps(ja, ensure_ascii=False)}, en = {json.dumps(en)} }}"

        name, iri = self.owner.name, self.owner.agent.iri.strip("<>")
        title = both(f"{name}交流実績一覧 {self.year}", f"Exchange of {self.owner.name_en}")
        publisher = both(name, self.owner.name_en)
        expected = self._counts
        return f"""id = "{self.id}"
mapping = "{MAPPING}"
title = {title}
publisher = {publisher.removesuffix(" }")}, iri = "{iri}" }}
as_of = {self.year + 1}-03-31
fiscal_year = {self.year}
file = "{self.slug}.txt"
sha256 = "{self.number:064x}"
layout = "exchange_pdf"
main = "activities"
licence = {both("合成データ", "synthetic")}

[ignored.activities]

[ignored.partners]

[expect]
activities = {len(self._rows)}
agreements = {expected["agreements"]}

[expect.discrepancies]
title-vs-period = {expected["title-vs-period"]}

[settings]
"""
