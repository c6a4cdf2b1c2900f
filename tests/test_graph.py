"""The graph as a whole: records as the tables have them, ties as the evidence makes them."""

import datetime
import re
from itertools import permutations
from pathlib import Path

import pytest
from pyoxigraph import Store

from mappings.dates import PartialDate
from mappings.derived import add_members, members_on, tie_quads
from mappings.document import Document, document_slugs
from mappings.model import Agreement
from mappings.quads import Quads
from mappings.tables import read_table
from mappings.terms import BASE, ENISHI, ORG, RDFS, mint

IRIS = Path(__file__).resolve().parent / "golden" / "released_iris.txt"
PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX enishi: <https://w3id.org/enishi/ontology#>
PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#>
PREFIX geosparql: <http://www.opengis.net/ont/geosparql#>
PREFIX graph: <https://w3id.org/enishi/graph/>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""


@pytest.fixture(scope="module")
def ask(store: Store):
    def run(query: str) -> list[tuple[str, ...]]:
        solutions = store.query(PREFIXES + query, use_default_graph_as_union=True)
        return [tuple(getattr(cell, "value", "") for cell in row) for row in solutions]

    return run


@pytest.mark.parametrize("slug", document_slugs())
def test_records_have_the_lines_and_pages_of_their_rows(ask, slug):
    document = Document(slug)
    records = {
        iri.rpartition("/")[2]: place
        for iri, *place in ask(f"""SELECT ?record ?first ?last ?page {{ GRAPH graph:provenance {{
          ?record enishi:document <{BASE}id/document/{slug}> ; enishi:firstLine ?first ;
            enishi:lastLine ?last OPTIONAL {{ ?record enishi:page ?page }} }} }}""")
    }
    assert records
    rows = {
        document.record_key(table, row["key"]): row
        for table in set(document.tables) - {"lines"}
        for row in read_table(document.folder / f"{table}.csv")
    }
    for key, place in records.items():
        if span := re.fullmatch(r"L(\d+)(?:-(\d+))?", key):
            assert place[:2] == [span[1], span[2] or span[1]]
        else:
            row = rows[key]
            assert place == [row["first_line"], row["last_line"], row.get("page", "")], key


def test_every_table_row_of_the_main_table_is_a_record(ask):
    for slug in document_slugs():
        document = Document(slug)
        found = {
            iri.rpartition("/")[2]
            for (iri,) in ask(f"""SELECT DISTINCT ?record {{
              ?thing prov:wasDerivedFrom ?record .
              ?record enishi:document <{BASE}id/document/{slug}> }}""")
        }
        keys = {row["key"] for row in read_table(document.folder / f"{document.main}.csv")}
        assert keys <= {re.sub(r"(?<=^\d\d\d)-\d$", "", key) for key in found} | found


def test_documents_say_what_they_are_and_by_whose_leave(ask):
    rows = ask("""SELECT ?document ?property (COUNT(DISTINCT LANG(?value)) AS ?languages) {
      ?document a enishi:SourceDocument ; ?property ?value FILTER(ISLITERAL(?value)) }
      GROUP BY ?document ?property""")
    said: dict[str, dict[str, str]] = {}
    for document, name, languages in rows:
        said.setdefault(document.rpartition("/")[2], {})[re.split("[#/]", name)[-1]] = languages
    assert set(said) == set(document_slugs())
    for properties in said.values():
        assert properties == {
            "label": "2", "title": "2", "rights": "2",
            "date": "1", "identifier": "1", "fiscalYear": "1",
        }  # fmt: skip


def test_points_are_written_the_same_both_ways(ask):
    rows = ask("SELECT ?lat ?long ?wkt { ?place geo:lat ?lat ; geo:long ?long ; "
               "geosparql:asWKT ?wkt }")  # fmt: skip
    assert len(rows) > 2000
    for lat, long, wkt in rows:
        point = re.fullmatch(r"POINT\((\S+) (\S+)\)", wkt)
        assert (float(long), float(lat)) == (float(point[1]), float(point[2]))


def test_an_organization_lies_where_its_register_says(ask):
    (rows,) = ask(f"SELECT ?c {{ <{BASE}id/organization/bhutan-centre-for-studies> "
                  "enishi:country ?c }")  # fmt: skip
    assert rows == (f"{BASE}id/country/BT",)


def test_ties_are_those_that_the_evidence_makes(ask):
    shared: dict[tuple[str, str], set[str]] = {}
    agents: dict[str, set[str]] = {}
    for thing, agent in ask("""SELECT DISTINCT ?thing ?agent {
      ?thing enishi:party|enishi:participant|enishi:organizer ?agent }"""):
        agents.setdefault(thing, set()).add(agent)
    for thing, bodies in agents.items():
        for pair in permutations(bodies, 2):
            shared.setdefault(pair, set()).add(thing)
    assert set(ask("SELECT ?a ?b { GRAPH graph:derived { ?a enishi:tie ?b } }")) == set(shared)
    counts = {}
    for a, b, count in ask("""SELECT ?a ?b ?count { GRAPH graph:derived {
      ?tie a enishi:Tie ; enishi:between ?a, ?b ; enishi:evidenceCount ?count
      FILTER(?a != ?b) } }"""):
        counts[a, b] = int(count)
    assert counts == {pair: len(things) for pair, things in shared.items()}


def test_a_tie_is_called_by_its_two_agents():
    a, b = mint("municipality", "13105"), mint("foreign", "CN", "dalian")
    labels = {a: {"ja": "文京区", "en": "Bunkyo"}, b: {"ja": "大連市", "en": "Dalian"}}
    (quads,) = tie_quads([(mint("activity", "demo", "1"), {a, b})], labels)
    ties = {quad.subject.value for quad in quads if quad.predicate == ENISHI.between}
    assert ties == {BASE + "id/tie/foreign-CN-dalian/municipality-13105"}
    called = {quad.object.value for quad in quads if quad.predicate == RDFS.label}
    assert called == {"大連市と文京区の縁", "Tie between Dalian and Bunkyo"}


def test_an_abolished_town_is_no_member_from_its_last_day_on(names):
    tochigi = {"prefecture": "09", "member_types": "town"}
    iwafune = mint("municipality", "09367")
    assert iwafune in members_on(names.registers, tochigi, datetime.date(2014, 4, 4))
    assert iwafune not in members_on(names.registers, tochigi, datetime.date(2014, 4, 5))


def test_members_are_those_of_the_day_of_the_first_agreement(names):
    parties = (mint("association", "hokkaido-towns-villages"), mint("association", "special-wards"))
    days = (PartialDate(2016, 4, 26), PartialDate(2004, 1, 1), PartialDate(2020, 1, 1))
    signed = [
        Agreement(str(number), "題", "title", (), parties, (day,), "agreement")
        for number, day in enumerate(days)
    ]
    row = next(r for r in names.registers.associations if r["slug"] == "hokkaido-towns-villages")
    quads = Quads()
    add_members(quads, names.registers, signed, datetime.date(2022, 12, 12))
    found = {q.object for q in quads.all if (q.subject, q.predicate) == (parties[0], ORG.hasMember)}
    assert mint("municipality", "01553") in found  # Tokoro, absorbed by Kitami in 2006
    assert found == set(members_on(names.registers, row, datetime.date(2004, 1, 1)))


def test_everything_has_one_label_in_each_language(built):
    labels: dict[str, list[str]] = {quad.subject.value: [] for quad in built.statements}
    for quad in built.statements:
        if quad.predicate == RDFS.label:
            assert quad.object.value.strip(), quad
            labels[quad.subject.value].append(quad.object.language)
    ours = {iri: found for iri, found in labels.items() if iri.startswith(BASE)}
    assert len(ours) > 5000
    assert {iri for iri, found in ours.items() if sorted(found) != ["en", "ja"]} == set()


def test_a_tie_is_labelled_by_its_two_agents(ask):
    tie = f"<{BASE}id/tie/municipality-03201/municipality-13105>"
    assert set(ask(f"SELECT ?label {{ {tie} rdfs:label ?label }}")) == {
        ("盛岡市と文京区の縁",), ("Tie between Morioka City and Bunkyo Ward",),
    }  # fmt: skip


def test_a_released_iri_stays(built):
    """Ties, periods, records and findings follow from the rest, and may go with a mend of it."""
    here = {quad.subject.value.removeprefix(BASE) for quad in built.statements}
    released = IRIS.read_text(encoding="utf-8").split()
    assert len(released) > 1000
    assert not set(released) - here
