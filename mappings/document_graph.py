"""What a document says as quads, with the source record of every thing."""

from collections.abc import Iterable, Mapping
from functools import singledispatchmethod

from pyoxigraph import Literal, NamedNode

from .document import Document
from .errors import ResolutionError, TableError
from .model import (
    Activity,
    Agreement,
    Dataset,
    Discrepancy,
    NamedAgent,
    Observation,
    PrintedCount,
    Source,
    Thing,
)
from .names import Names
from .quads import Quads
from .recorder import PROVENANCE, Recorder, document_iri
from .statistics_graph import add_dataset, add_observation
from .terms import DCTERMS, ENISHI, FOAF, PROV, RDF, SKOS, XSD, concept, en, integer, ja, mint, year

TRUE = Literal("true", datatype=XSD.boolean)


class DocumentGraph(Recorder):
    """Adds one document's things to the quads."""

    def __init__(
        self,
        quads: Quads,
        document: Document,
        ids: dict[str, str],
        concerned: Mapping[str, list[NamedNode]] | None = None,
    ) -> None:
        """Write into `quads`; `ids` maps every document's slug to its short id.

        `concerned`: what source records are about, as another writer of the document found it.
        """
        super().__init__(quads, document, ids)
        self.concerned: dict[str, list[NamedNode]] = dict(concerned or {})

    def add_document(self, names: Names) -> None:
        """Add what is known of the document itself."""
        metadata = self.document.metadata
        iri = document_iri(self.document.slug)
        title = metadata["title"]
        self.quads.add_types(PROVENANCE, iri, (ENISHI.SourceDocument,))
        self.quads.add_labels(PROVENANCE, iri, title["ja"], title["en"])
        self.quads.add(
            PROVENANCE,
            iri,
            (DCTERMS.title, ja(title["ja"])),
            (DCTERMS.title, en(title["en"])),
            (DCTERMS.publisher, self._publisher(names)),
            (DCTERMS.date, Literal(self.document.as_of.isoformat(), datatype=XSD.date)),
            (DCTERMS.identifier, Literal("sha256:" + metadata["sha256"])),
            (DCTERMS.rights, ja(metadata["licence"]["ja"])),
            (DCTERMS.rights, en(metadata["licence"]["en"])),
            (ENISHI.fiscalYear, year(self.document.fiscal_year)),
        )

    def _publisher(self, names: Names) -> NamedNode:
        where = f"{self.document.slug}, document.toml, publisher"
        try:
            named = names.agent(self.document.metadata["publisher"]["ja"])
        except ResolutionError as error:
            raise type(error)(f"{where}: {error}") from None
        if named != self.document.publisher:
            raise TableError(
                f"{where}.iri: found {self.document.publisher.value}, expected {named.value}, "
                "which its name stands for."
            )
        return named

    def add_things(self, things: Iterable[Thing]) -> None:
        """Add everything the document's mapping yields; discrepancies last: they touch others."""
        for thing in sorted(things, key=lambda thing: isinstance(thing, Discrepancy)):
            self._add(thing)

    def add_corrections(self) -> None:
        """Add corrections.csv; call it after the things the corrections concern."""
        for correction in self.document.corrections:
            sources = self.document.sources_of(correction)
            printed, corrected = correction.printed, correction.corrected
            iri = self.mint("correction", correction.key)
            self.quads.add_types(self.graph, iri, (ENISHI.Correction,))
            self.quads.add_labels(
                self.graph,
                iri,
                f"訂正: {printed or '（空欄）'} → {corrected or '（削除）'}",
                f"Correction: {printed or '(blank)'} → {corrected or '(removed)'}",
            )
            self.quads.add(
                self.graph,
                iri,
                (ENISHI.printed, Literal(printed)),
                (ENISHI.corrected, Literal(corrected)),
                (ENISHI.reason, ja(correction.reason_ja)),
                (ENISHI.reason, en(correction.reason_en)),
                (ENISHI.rule, concept("rule", correction.rule)),
                *((ENISHI.concerns, thing) for thing in self.concerned.get(sources[0].key, ())),
            )
            self.derive(iri, sources)

    def _derive_entity(self, iri: NamedNode, sources: Iterable[Source]) -> None:
        """Tie an entity to its records: corrections of these will concern it."""
        self.derive(iri, sources)
        for source in sources:
            self.concerned.setdefault(source.key, []).append(iri)

    @singledispatchmethod
    def _add(self, thing: Thing) -> None:
        raise TypeError(f"no quads for {type(thing).__name__}")

    @_add.register
    def _add_activity(self, thing: Activity) -> None:
        iri = self.mint("activity", thing.key)
        self.quads.add_types(self.graph, iri, (ENISHI.Activity,))
        self.add_title(iri, thing.title, thing.title_en)
        self.quads.add(
            self.graph,
            iri,
            (ENISHI.fiscalYear, year(thing.fiscal_year)),
            *((ENISHI.participant, agent) for agent in thing.participants),
            *((ENISHI.organizer, agent) for agent in thing.organizers),
            *((ENISHI.department, department) for department in thing.departments),
            *((ENISHI.country, country) for country in thing.countries),
            *((ENISHI.targetPlace, place) for place in thing.places),
            *((ENISHI.activityKind, concept("activity-kind", code)) for code in thing.kinds),
            *((ENISHI.method, concept("method", code)) for code in thing.methods),
            *((ENISHI.field, concept("field", code)) for code in thing.fields),
        )
        for term, text in (
            (ENISHI.venue, thing.venue),
            (ENISHI.theme, thing.theme),
            (ENISHI.periodText, thing.period_text),
        ):
            if text:
                self.quads.add(self.graph, iri, (term, ja(text)))
        if thing.subprefecture:
            self.quads.add(self.graph, iri, (ENISHI.subprefecture, thing.subprefecture))
        self._add_extent(iri, thing)
        self._derive_entity(iri, thing.sources)

    def _add_extent(self, iri: NamedNode, thing: Activity) -> None:
        extent = thing.extent
        if extent.start:
            self.quads.add(self.graph, iri, (ENISHI.start, extent.start.literal()))
        if extent.end:
            self.quads.add(self.graph, iri, (ENISHI.end, extent.end.literal()))
        if extent.open_end:
            self.quads.add(self.graph, iri, (ENISHI.openEnded, TRUE))
        if extent.approximate:
            self.quads.add(self.graph, iri, (ENISHI.approximate, TRUE))
        if len(extent.spans) < 2:
            return
        for number, span in enumerate(extent.spans, 1):
            period = self.mint("period", f"{thing.key}-{number}")
            self.quads.add(self.graph, iri, (ENISHI.period, period))
            self.quads.add(
                self.graph,
                period,
                (RDF.type, ENISHI.Period),
                (ENISHI.start, span.start.literal()),
            )
            self.quads.add_labels(self.graph, period, f"期間: {span}", f"Period: {span}")
            if span.end:
                self.quads.add(self.graph, period, (ENISHI.end, span.end.literal()))
            else:
                self.quads.add(self.graph, period, (ENISHI.openEnded, TRUE))

    @_add.register
    def _add_agreement(self, thing: Agreement) -> None:
        iri = self.mint("agreement", thing.key)
        self.quads.add_types(self.graph, iri, (ENISHI.Agreement,))
        self.add_title(iri, thing.title, thing.title_en)
        self.quads.add(
            self.graph,
            iri,
            (ENISHI.instrument, concept("instrument", thing.instrument)),
            *((ENISHI.party, party) for party in thing.parties),
            *((ENISHI.signedOn, date.literal()) for date in thing.signed_on),
            *((ENISHI.renewedOn, date.literal()) for date in thing.renewed_on),
            *((ENISHI.department, department) for department in thing.departments),
            *((ENISHI.field, concept("field", code)) for code in thing.fields),
            *((FOAF.page, NamedNode(page)) for page in thing.pages),
        )
        if thing.valid_until:
            self.quads.add(self.graph, iri, (ENISHI.validUntil, thing.valid_until.literal()))
        if thing.signed_at:
            signing = mint("activity", self.document.id, thing.signed_at)
            self.quads.add(self.graph, iri, (ENISHI.signedAt, signing))
        if thing.note:
            note, note_en = thing.note
            self.quads.add(self.graph, iri, (SKOS.note, ja(note)), (SKOS.note, en(note_en)))
        self._derive_entity(iri, thing.sources)

    @_add.register
    def _add_discrepancy(self, thing: Discrepancy) -> None:
        iri = self.mint("discrepancy", thing.key)
        self.quads.add_types(self.graph, iri, (ENISHI.Discrepancy,))
        readings = " / ".join(thing.readings)
        self.quads.add_labels(self.graph, iri, f"不一致: {readings}", f"Discrepancy: {readings}")
        mine = [entity for s in thing.sources for entity in self.concerned.get(s.key, ())]
        self.quads.add(
            self.graph,
            iri,
            *((ENISHI.reading, Literal(reading)) for reading in thing.readings),
            (ENISHI.explanation, ja(thing.explanation_ja)),
            (ENISHI.explanation, en(thing.explanation_en)),
            (ENISHI.rule, concept("rule", thing.rule)),
            *((ENISHI.concerns, entity) for entity in (*thing.concerns, *mine)),
        )
        self.derive(iri, thing.sources)
        for slug, source in thing.elsewhere:
            self.quads.add(self.graph, iri, (PROV.wasDerivedFrom, self.record(source, slug)))

    @_add.register
    def _add_printed_count(self, thing: PrintedCount) -> None:
        self.quads.add(
            self.graph, thing.association, (ENISHI.memberCountPrinted, integer(thing.count))
        )
        for source in thing.sources:
            derived = (PROV.wasDerivedFrom, self.record(source))
            self.quads.add(self.graph, thing.association, derived)

    @_add.register
    def _add_named_agent(self, thing: NamedAgent) -> None:
        self._derive_entity(thing.agent, thing.sources)

    @_add.register
    def _add_dataset(self, thing: Dataset) -> None:
        add_dataset(self, thing)

    @_add.register
    def _add_observation(self, thing: Observation) -> None:
        add_observation(self, thing)
