"""The documents' own statistics as a W3C Data Cube."""

from pyoxigraph import Literal, NamedNode

from .model import Dataset, Observation
from .recorder import Recorder
from .terms import ENISHI, QB, RDF, concept, integer, mint, year

CODED = {"partnerCategory": "partner-category", "field": "field", "partyScope": "party-scope"}


def add_dataset(recorder: Recorder, thing: Dataset) -> None:
    """Add a qb:DataSet and its structure, whose components have IRIs of their own."""
    iri = recorder.mint("dataset", thing.key)
    structure = recorder.mint("structure", thing.key)
    quads, graph = recorder.quads, recorder.graph
    quads.add(graph, iri, (RDF.type, QB.DataSet), (QB.structure, structure))
    recorder.add_title(iri, thing.title, thing.title_en)
    recorder.derive(iri, (thing.source,))
    quads.add(graph, structure, (RDF.type, QB.DataStructureDefinition))
    labels = (f"{thing.title}の構造", f"Structure of: {thing.title_en}")
    quads.add_labels(graph, structure, *labels)
    for role, terms in (
        (QB.dimension, thing.dimensions),
        (QB.measure, thing.measures),
        (QB.attribute, thing.attributes),
    ):
        for term in terms:
            component = recorder.mint("component", f"{thing.key}-{term}")
            labels = (f"{thing.title}: {term}", f"{thing.title_en}: {term}")
            quads.add_labels(graph, component, *labels)
            quads.add(graph, component, (RDF.type, QB.ComponentSpecification), (role, ENISHI[term]))
            quads.add(graph, structure, (QB.component, component))


def add_observation(recorder: Recorder, thing: Observation) -> None:
    """Add a qb:Observation with its dimensions and measures."""
    iri = recorder.mint("observation", f"{thing.dataset}-{thing.key}")
    dataset = mint("dataset", recorder.document.id, thing.dataset)
    recorder.quads.add(
        recorder.graph,
        iri,
        (RDF.type, QB.Observation),
        (QB.dataSet, dataset),
        *((ENISHI[name], _dimension(name, value)) for name, value in thing.dimensions.items()),
        *((ENISHI[name], integer(count)) for name, count in thing.measures.items()),
    )
    recorder.quads.add_labels(
        recorder.graph,
        iri,
        f"数値: {thing.dataset} {thing.key}",
        f"Figure: {thing.dataset} {thing.key}",
    )
    recorder.derive(iri, (thing.source,))
    if thing.counted_on:
        day, source = thing.counted_on
        recorder.quads.add(recorder.graph, iri, (ENISHI.countedOn, day.literal()))
        recorder.derive(iri, (source,))


def _dimension(name: str, value: int | str | NamedNode) -> NamedNode | Literal:
    if isinstance(value, NamedNode):
        return value
    return year(value) if isinstance(value, int) else concept(CODED[name], value)
