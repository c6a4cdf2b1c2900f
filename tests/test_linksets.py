"""Links to other datasets: only sure ones, described so that a reader knows how to get on."""

import re

import pytest
from pyoxigraph import NamedNode, QuerySolutions, Store

from mappings.publication import DESCRIPTIONS
from mappings.registers.codes import corporate_number_is_valid
from mappings.tables import read_table
from mappings.terms import BASE, GBIZINFO, SAC

TARGETS = read_table(DESCRIPTIONS / "targets.csv")
PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX enishi: <https://w3id.org/enishi/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX void: <http://rdfs.org/ns/void#>
"""


def rows(store: Store, query: str) -> list[tuple[str, ...]]:
    found = store.query(PREFIXES + query, use_default_graph_as_union=True)
    assert isinstance(found, QuerySolutions)
    return [tuple(term.value for term in row) for row in found]


def targets_of(store: Store, space: str) -> list[tuple[str, str]]:
    found = store.quads_for_pattern(None, None, None, NamedNode(f"{BASE}graph/linksets"))
    pairs = [(quad.subject.value, quad.object.value) for quad in found]
    return [(subject, there) for subject, there in pairs if there.startswith(space)]


def test_links_to_gbizinfo_are_those_of_the_corporate_numbers(store: Store):
    numbers = rows(store, "SELECT ?body ?number { ?body enishi:corporateNumber ?number }")
    assert sorted(targets_of(store, GBIZINFO)) == sorted(
        (body, GBIZINFO + number) for body, number in numbers
    )
    assert all(corporate_number_is_valid(number) for _, number in numbers)
    assert len({number for _, number in numbers}) == len(numbers) == 47 + 1741 + 4


def test_a_municipality_that_is_no_more_has_no_corporate_data(store: Store):
    former = {body for (body,) in rows(store, "SELECT ?body { ?body enishi:validTo ?day }")}
    assert former and not former & {body for body, _ in targets_of(store, GBIZINFO)}


def test_area_codes_are_linked_without_a_day(store: Store):
    found = targets_of(store, SAC)
    assert all(re.fullmatch("C[0-9]{5}", there.removeprefix(SAC)) for _, there in found)
    codes = rows(store, "SELECT ?body ?code { ?body enishi:standardAreaCode ?code }")
    assert sorted(found) == sorted((body, f"{SAC}C{code}") for body, code in codes)


@pytest.mark.parametrize("row", TARGETS, ids=lambda row: row["target"])
def test_a_linkset_says_how_to_get_on_from_there(row, release):
    void = Store()
    void.load(path=release / "void.ttl")
    found = rows(
        void,
        "SELECT ?linkset ?text { ?linkset a void:Linkset ; dcterms:description ?text ;"
        f" void:objectsTarget <{row['homepage']}> }}",
    )
    texts = {text for _, text in found}
    assert texts == {row["description_ja"], row["description_en"]}
    endpoints = rows(void, f"SELECT ?e {{ <{row['homepage']}> void:sparqlEndpoint ?e }}")
    assert endpoints == ([(row["endpoint"],)] if row["endpoint"] else [])
