"""What every synthetic document is made with: chance, the document itself, records, titles."""

import datetime
from random import Random

from mappings.terms import DCTERMS, ENISHI, ORG, PROV, RDF

from . import proportions
from .agents import Agent, Agents
from .n_quads import Lines, graph, resource, text, typed

PROVENANCE = graph("provenance")
REGISTERS = graph("registers")
YEARS = (2000, 2024)
FIRST_YEAR = 2022


def letters(number: int) -> str:
    """Return a number as letters: a document's short id has no digits but its year.

    >>> letters(0), letters(25), letters(26)
    ('a', 'z', 'ba')
    """
    rest, digit = divmod(number, 26)
    return (letters(rest) if rest else "") + chr(ord("a") + digit)


class DocumentWriter:
    """Has what a document says (`lines`), and which agents share which thing (`shared`)."""

    def __init__(self, number: int, owner: Agent, agents: Agents, random: Random) -> None:
        """Begin document `number` of `owner`; `random` decides everything else."""
        # The year of Bunkyo's first list: a query for days of it finds some in every release.
        self.year = random.randint(*YEARS) if number else FIRST_YEAR
        self.id = f"exchange{letters(number)}-{self.year}"
        self.slug = self.id.replace("-", "_")
        self.lines = Lines(self.slug)
        self.shared: list[tuple[str, list[str]]] = []
        self._random = random
        self._owner = owner
        self._agents = agents
        self._document = resource("document", self.slug)
        self._last_line = 3
        self._records: list[str] = []
        self._departments: list[str] = []
        self._partners = {
            "activity": agents.draw(random, proportions.PARTNERS_OF_ACTIVITY, owner),
            "agreement": agents.draw(random, proportions.PARTNERS_OF_AGREEMENT, owner),
        }

    def _pick(self, counts: dict[int, int]) -> int:
        return self._random.choices(list(counts), list(counts.values()))[0]

    def _has(self, share: float) -> bool:
        return self._random.random() < share

    def _some(self, values: list[str], count: int) -> list[str]:
        return self._random.sample(values, min(count, len(values)))

    def _any(self, kind: str) -> str:
        return self._random.choice(self._agents.by_kind[kind]).iri

    def _code(self, scheme: str) -> str:
        return self._random.choice(self._agents.codes[scheme])

    def _date(self, day: datetime.date, form: str) -> str:
        return typed(day.isoformat()[: {"date": 10, "gYearMonth": 7, "gYear": 4}[form]], form)

    def _form(self, forms: dict[str, int]) -> str:
        return self._random.choices(list(forms), list(forms.values()))[0]

    def _day(self, year: int) -> datetime.date:
        return datetime.date(year, 4, 1) + datetime.timedelta(days=self._random.randrange(330))

    def _meet(self, kind: str, number: int) -> list[Agent]:
        """Return the owner and partners, `number` together; those first in the list come often."""
        partners = list(self._partners[kind])
        met = {self._owner.iri: self._owner}
        while len(met) < number and partners:
            weights = [1 / (rank + 1) for rank in range(len(partners))]
            [place] = self._random.choices(range(len(partners)), weights)
            agent = partners.pop(place)
            met[agent.iri] = agent
        return list(met.values())

    def _add_document(self) -> None:
        document, lines, where = self._document, self.lines, PROVENANCE
        lines.say(document, RDF.type, ENISHI.SourceDocument, graph=where)
        ja, en = f"{self._owner.ja}交流事業一覧", f"Record of exchange of {self._owner.en}"
        year = f"fiscal year {self.year}"
        lines.title(document, f"{ja} {self.year}年度", f"{en}, {year}", graph=where)
        lines.say(document, DCTERMS.publisher, self._owner.iri, graph=where)
        as_of = typed(f"{self.year + 1}-03-31", "date")
        lines.say(document, DCTERMS.date, as_of, graph=where)
        lines.say(document, DCTERMS.identifier, text(f"synthetic:{self.id}"), graph=where)
        rights = text("計測のための合成データ", "ja"), text("synthetic, for measuring", "en")
        lines.say(document, DCTERMS.rights, *rights, graph=where)
        lines.say(document, ENISHI.fiscalYear, typed(self.year, "gYear"), graph=where)

    def _add_department(self, number: int) -> None:
        ja, en = self._random.choice(proportions.SECTIONS)
        department = resource("department", self._owner.key, f"{self.id}-{number}")
        self._departments.append(department)
        self.lines.say(department, RDF.type, ENISHI.Department, graph=REGISTERS)
        labels = f"{ja} 第{number}係", f"{en}, Group {number}"
        self.lines.label(department, *labels, graph=REGISTERS)
        self.lines.say(department, ORG.unitOf, self._owner.iri, graph=REGISTERS)

    def _derive(self, thing: str, key: str, count: int = 1) -> None:
        """Tie a thing to `count` records: one of its own, the others earlier ones."""
        earlier = self._some(self._records, count - 1)
        record, lines = resource("record", self.id, key), self.lines
        first = self._last_line + 1
        self._last_line = first + self._random.randrange(3)
        lines.say(record, RDF.type, ENISHI.SourceRecord, graph=PROVENANCE)
        lines.label(record, f"合成文書 {key}", f"Synthetic document {key}", graph=PROVENANCE)
        lines.say(record, ENISHI.document, self._document, graph=PROVENANCE)
        lines.say(record, ENISHI.firstLine, typed(first, "integer"), graph=PROVENANCE)
        lines.say(record, ENISHI.lastLine, typed(self._last_line, "integer"), graph=PROVENANCE)
        lines.say(record, DCTERMS.identifier, text(key), graph=PROVENANCE)
        if self._has(proportions.RECORD_HAS_PAGE):
            page = typed(1 + first // proportions.LINES_PER_PAGE, "integer")
            lines.say(record, ENISHI.page, page, graph=PROVENANCE)
        self._records.append(record)
        lines.say(thing, PROV.wasDerivedFrom, record, *earlier)

    def _title(self, thing: str, agents: list[Agent], key: str) -> None:
        ja, en = self._random.choice(proportions.TOPICS)
        form, form_en = self._random.choice(proportions.FORMS)
        names = "・".join(agent.ja for agent in agents[:3])
        names_en = " and ".join(agent.en for agent in agents[:3])
        self.lines.title(
            thing,
            f"{names}{ja}{form}（{self.year}年度第{key}号）",
            f"{en} {form_en} of {names_en}, no. {key} of {self.year}",
        )
