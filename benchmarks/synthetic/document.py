"""One synthetic document: a local government's list of a fiscal year, in the shape of real ones."""

import datetime
from random import Random

from mappings.terms import ENISHI, FOAF, PROV, QB, RDF, SKOS

from . import proportions
from .agents import Agent, Agents
from .n_quads import resource, text, typed
from .writer import DocumentWriter

TRUE = typed("true", "boolean")


class SyntheticDocument(DocumentWriter):
    """A document with everything it says."""

    def __init__(self, number: int, owner: Agent, agents: Agents, random: Random) -> None:
        """Write document `number` of `owner`; `random` decides everything else."""
        super().__init__(number, owner, agents, random)
        self._add_document()
        for add, count in (
            (self._add_department, proportions.DEPARTMENTS),
            (self._add_activity, proportions.ACTIVITIES),
            (self._add_agreement, proportions.AGREEMENTS),
            (self._add_correction, proportions.CORRECTIONS),
            (self._add_discrepancy, proportions.DISCREPANCIES),
            (self._add_observation, proportions.OBSERVATIONS),
        ):
            for thing in range(1, count + 1):
                add(thing)

    def _add_activity(self, number: int) -> None:
        thing, lines = resource("activity", self.id, str(number)), self.lines
        shares = proportions.ACTIVITY_SHARES
        has = {name: self._has(share) for name, share in shares.items()}
        agents = self._meet("activity", self._pick(proportions.AGENTS_PER_ACTIVITY))
        self.shared.append((thing, [agent.iri for agent in agents]))
        lines.say(thing, RDF.type, ENISHI.Activity)
        self._title(thing, agents, str(number))
        lines.say(thing, ENISHI.fiscalYear, typed(self.year, "gYear"))
        organizers = agents[:1] if has["organizer"] else []
        lines.say(thing, ENISHI.organizer, *(agent.iri for agent in organizers))
        lines.say(thing, ENISHI.participant, *(a.iri for a in agents[len(organizers) :]))
        lines.say(thing, ENISHI.activityKind, self._code("activity-kind"))
        place, country = self._any("foreign"), self._any("country")
        if has["targetPlace"]:
            # An activity names the country of its place.
            has["country"], country = True, resource("country", place.split("/")[-2])
        # What goes on has no end.
        has["openEnded"] = has["openEnded"] and not has["end"]
        for name, value in (
            ("department", self._random.choice(self._departments)),
            ("country", country),
            ("targetPlace", place),
            ("subprefecture", self._any("subprefecture")),
            ("method", self._code("method")),
            ("venue", text(f"{agents[-1].ja}市民会館", "ja")),
            ("theme", text(self._random.choice(proportions.TOPICS)[0], "ja")),
            ("approximate", TRUE),
            ("openEnded", TRUE),
        ):
            if has[name]:
                lines.say(thing, ENISHI[name], value)
        self._add_extent(thing, number, has)
        self._derive(thing, str(number))

    def _add_extent(self, thing: str, number: int, has: dict[str, bool]) -> None:
        day, lines = self._day(self.year), self.lines
        form = self._form(proportions.DATE_FORMS)
        last = day + datetime.timedelta(days=self._random.randrange(30))
        if has["start"]:
            lines.say(thing, ENISHI.start, self._date(day, form))
        if has["end"]:
            lines.say(thing, ENISHI.end, self._date(last, form))
        lines.say(thing, ENISHI.periodText, text(f"{day.year}.{day.month}.{day.day}", "ja"))
        for span in range(1, proportions.PERIODS + 1) if has["period"] else ():
            period = resource("period", self.id, f"{number}-{span}")
            lines.say(thing, ENISHI.period, period)
            lines.say(period, RDF.type, ENISHI.Period)
            lines.label(period, f"期間 {number}-{span}", f"Period {number}-{span}")
            lines.say(period, ENISHI.start, self._date(day, form))
            lines.say(period, ENISHI.end, self._date(last, form))

    def _add_agreement(self, number: int) -> None:
        key, lines = f"A{number}", self.lines
        thing = resource("agreement", self.id, key)
        has = {name: self._has(share) for name, share in proportions.AGREEMENT_SHARES.items()}
        agents = self._meet("agreement", self._pick(proportions.PARTIES_PER_AGREEMENT))
        self.shared.append((thing, [agent.iri for agent in agents]))
        lines.say(thing, RDF.type, ENISHI.Agreement)
        self._title(thing, agents, key)
        lines.say(thing, ENISHI.party, *(agent.iri for agent in agents))
        lines.say(thing, ENISHI.instrument, self._code("instrument"))
        day = self._day(self._random.randint(1975, self.year))
        form = self._form(proportions.SIGNING_FORMS)
        activity = resource("activity", self.id, str(number))
        for name, values in (
            ("signedOn", [self._date(day, form)]),
            ("renewedOn", [self._date(day + datetime.timedelta(days=1826), form)]),
            ("validUntil", [self._date(day + datetime.timedelta(days=3652), form)]),
            ("department", [self._random.choice(self._departments)]),
            ("signedAt", [activity]),
            ("field", self._some(self._agents.codes["field"], self._pick(proportions.FIELDS))),
        ):
            if has[name]:
                lines.say(thing, ENISHI[name], *values)
        if has["page"]:
            lines.say(thing, FOAF.page, f"<https://www.example.org/{self.id}/{key}>")
        if has["note"]:
            lines.say(thing, SKOS.note, text("合成の注記", "ja"), text("a synthetic note", "en"))
        self._derive(thing, key, self._pick(proportions.RECORDS_PER_AGREEMENT))

    def _concerned(self) -> str:
        return self._random.choice(self.shared)[0]

    def _add_correction(self, number: int) -> None:
        key, lines = f"C{number}", self.lines
        thing = resource("correction", self.id, key)
        printed, corrected = f"{self._owner.ja}{number}", self._owner.ja
        lines.say(thing, RDF.type, ENISHI.Correction)
        arrow = f"{printed} → {corrected}"
        lines.label(thing, f"訂正: {arrow}", f"Correction: {arrow}")
        lines.say(thing, ENISHI.printed, text(printed))
        lines.say(thing, ENISHI.corrected, text(corrected))
        reasons = text("数字が紛れ込んでいる。", "ja"), text("A number slipped in.", "en")
        lines.say(thing, ENISHI.reason, *reasons)
        lines.say(thing, ENISHI.rule, self._code("rule"))
        if self._has(proportions.CORRECTION_CONCERNS):
            lines.say(thing, ENISHI.concerns, self._concerned())
        lines.say(thing, PROV.wasDerivedFrom, self._random.choice(self._records))

    def _add_discrepancy(self, number: int) -> None:
        key, lines = f"D{number}", self.lines
        thing = resource("discrepancy", self.id, key)
        readings = f"{number}", f"{number + 1}"
        lines.say(thing, RDF.type, ENISHI.Discrepancy)
        both = " / ".join(readings)
        lines.label(thing, f"不一致: {both}", f"Discrepancy: {both}")
        lines.say(thing, ENISHI.reading, *(text(reading) for reading in readings))
        explanations = text("合計が合わない。", "ja"), text("The sum does not add up.", "en")
        lines.say(thing, ENISHI.explanation, *explanations)
        lines.say(thing, ENISHI.rule, self._code("rule"))
        if self._has(proportions.DISCREPANCY_CONCERNS):
            concerned = {self._concerned() for _ in range(proportions.CONCERNED)}
            lines.say(thing, ENISHI.concerns, *sorted(concerned))
        self._derive(thing, key, self._pick(proportions.RECORDS_PER_DISCREPANCY))

    def _add_observation(self, number: int) -> None:
        key, lines = f"O{number}", self.lines
        dataset = resource("dataset", self.id, "partners")
        thing = resource("observation", self.id, f"partners-{number}")
        if number == 1:
            lines.say(dataset, RDF.type, QB.DataSet)
            lines.label(dataset, "連携自治体数", "Numbers of partners")
            self._derive(dataset, key)
        lines.say(thing, RDF.type, QB.Observation)
        lines.label(thing, f"数値 {number}", f"Figure {number}")
        lines.say(thing, QB.dataSet, dataset)
        lines.say(thing, ENISHI.fiscalYear, typed(self.year - number, "gYear"))
        lines.say(thing, ENISHI.partnerCategory, self._code("partner-category"))
        lines.say(thing, ENISHI.partnerCount, typed(self._random.randrange(200), "integer"))
        lines.say(thing, PROV.wasDerivedFrom, self._records[-1])
