"""An officer, an engineer and a researcher ask what they come for, and get right answers."""

import pytest
from pyoxigraph import Store

PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX enishi: <https://w3id.org/enishi/ontology#>
PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#>
PREFIX id: <https://w3id.org/enishi/id/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""


@pytest.fixture(scope="module")
def ask(store: Store):
    def run(query: str) -> list[tuple[str, ...]]:
        solutions = store.query(PREFIXES + query, use_default_graph_as_union=True)
        return [tuple(getattr(cell, "value", "") for cell in row) for row in solutions]

    return run


def test_officer_learns_who_works_with_morioka_on_what_by_which_section(ask):
    rows = ask("""SELECT ?partner ?title ?section ?last ?line WHERE {
      ?activity enishi:participant ?morioka, ?other ; dcterms:title ?title ;
        enishi:department/rdfs:label ?section ; enishi:end ?last ;
        prov:wasDerivedFrom/enishi:firstLine ?line .
      ?morioka rdfs:label "盛岡市"@ja . ?other rdfs:label ?partner .
      FILTER(?other != ?morioka && LANG(?title) = "ja" && LANG(?section) = "ja"
        && LANG(?partner) = "ja") }""")
    assert {row[0] for row in rows} == {"文京区"}
    assert len(rows) == 14
    assert {row[2] for row in rows} == {"アカデミー推進課", "経済課", "防災危機管理課"}
    assert max(row[3] for row in rows) == "2025-03-19"


def test_officer_learns_which_towns_stand_behind_hokkaidos_agreement(ask):
    rows = ask("""SELECT ?town ?signed WHERE {
      ?agreement enishi:party ?association ; enishi:signedOn ?signed .
      ?association rdfs:label "北海道町村会"@ja ; org:hasMember/rdfs:label ?town .
      FILTER(LANG(?town) = "ja") }""")
    towns = {row[0] for row in rows}
    assert len(towns) == 144
    assert "白糠町" in towns and "札幌市" not in towns
    assert {row[1] for row in rows} == {"2016-04-26"}


def test_officer_learns_what_gunmas_printed_counts_should_be(ask):
    rows = ask("""SELECT ?explanation WHERE {
      ?discrepancy a enishi:Discrepancy ; enishi:concerns/rdfs:label "群馬県市長会"@ja ;
        enishi:rule/skos:notation ?rule ; enishi:explanation ?explanation .
      FILTER(STR(?rule) = "swapped-values" && LANG(?explanation) = "ja") }""")
    assert len(rows) == 1 and "入れ替わ" in rows[0][0]


def test_engineer_joins_every_municipality_by_code_and_area_link(ask):
    rows = ask("""SELECT ?code ?area ?number ?sac WHERE {
      ?m a enishi:Municipality ; enishi:localGovernmentCode ?code ;
        enishi:standardAreaCode ?area ; enishi:corporateNumber ?number ; skos:exactMatch ?sac .
      FILTER NOT EXISTS { ?m enishi:validTo ?end }
      FILTER STRSTARTS(STR(?sac), "http://data.e-stat.go.jp/lod/sac/C") }""")
    assert len(rows) == 1741
    assert all(code[:5] == area and sac.endswith("/C" + area) for code, area, _, sac in rows)
    assert ("131059", "13105", "6000020131059", "http://data.e-stat.go.jp/lod/sac/C13105") in rows


def test_engineer_finds_an_abolished_town_and_its_successor(ask):
    assert ask("""SELECT ?label ?day WHERE {
      id:municipality\\/09367 enishi:succeededBy/rdfs:label ?label ; enishi:validTo ?day
      FILTER(LANG(?label) = "ja") }""") == [("栃木市", "2014-04-05")]


def test_researcher_gets_both_sides_date_and_sheet_of_an_agreement(ask):
    rows = ask("""SELECT ?title ?day ?country ?page WHERE {
      ?agreement a enishi:Agreement ; enishi:party id:municipality\\/09367, ?other ;
        dcterms:title ?title ; enishi:signedOn ?day ; prov:wasDerivedFrom ?record .
      ?other enishi:country/enishi:isoCode ?country .
      ?record enishi:page ?page FILTER(LANG(?title) = "ja") }""")
    assert {(row[1], row[2]) for row in rows} == {("2002-10-28", "CN")}
    assert {row[3] for row in rows} == {"15", "52"}


def test_researcher_can_trust_a_correction_to_say_what_is_printed(ask):
    assert ask("""SELECT ?printed ?corrected ?line WHERE {
      ?correction a enishi:Correction ; enishi:printed ?printed ; enishi:corrected ?corrected ;
        prov:wasDerivedFrom [ enishi:document id:document\\/bunkyo_exchange_2024 ;
          enishi:firstLine ?line ] FILTER CONTAINS(?corrected, "上天草市") }""") == [
        ("熊本市上天草市", "熊本県上天草市", "384")
    ]


def test_researcher_sees_a_tie_with_its_evidence(ask):
    rows = ask("""SELECT ?count (COUNT(?thing) AS ?found) WHERE {
      ?tie enishi:between id:municipality\\/13105, id:municipality\\/17201 ;
        enishi:evidenceCount ?count ; enishi:evidence ?thing } GROUP BY ?count""")
    assert len(rows) == 1 and rows[0][0] == rows[0][1]
    assert int(rows[0][0]) == 30
