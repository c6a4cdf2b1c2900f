"""The queries others run against the graph work as their first lines say."""

from pathlib import Path

import pytest
from pyoxigraph import Store

from mappings.build import Built
from mappings.mapping import read_things
from mappings.model import Activity, Agreement
from mappings.names import Names

CONTRACT = Path(__file__).resolve().parent.parent.parent / "shared" / "contract"


@pytest.fixture(scope="module")
def ask(store: Store):
    if not CONTRACT.is_dir():
        pytest.skip("the contract's queries are not at hand (../shared/contract)")

    def run(name: str) -> list[dict[str, str]]:
        text = (CONTRACT / f"{name}.rq").read_text(encoding="utf-8")
        solutions = store.query(text, use_default_graph_as_union=True)
        names = [variable.value for variable in solutions.variables]
        return [
            {name: row[name].value for name in names if row[name] is not None} for row in solutions
        ]

    return run


def things(built: Built, names: Names, kind: type) -> set[str]:
    return {
        f"{built.documents[slug].id}/{thing.key}"
        for slug, document in built.documents.items()
        for thing in read_things(document, names)
        if isinstance(thing, kind)
    }


def key(iri: str) -> str:
    return "/".join(iri.split("/")[-2:])


def test_activities_have_every_activity_with_its_lines(ask, built, names):
    rows = ask("activities")
    assert {key(row["activity"]) for row in rows} == things(built, names, Activity)
    for row in rows:
        assert int(row["first"]) <= int(row["last"])
    dated = sum("start" in row for row in rows)
    assert dated >= 0.9 * len(rows)


def test_agreements_have_two_parties_or_more_and_foreign_ones_a_country(ask, built, names):
    rows = ask("agreements")
    parties: dict[str, set[str]] = {}
    for row in rows:
        parties.setdefault(key(row["agreement"]), set()).add(row["party"])
        if "/foreign/" in row["party"] or "/country/" in row["party"]:
            assert len(row["country"]) == 2
        if "/municipality/" in row["party"]:
            assert row["prefecture"]
    assert any(party.endswith("/country/LU") for party in parties["clair-2012/2-22"])
    assert set(parties) == things(built, names, Agreement)
    assert min(map(len, parties.values())) >= 2


def test_agreement_sources_show_repeated_sheets(ask):
    sources: dict[str, int] = {}
    for row in ask("agreement_sources"):
        agreement = key(row["agreement"])
        sources[agreement] = sources.get(agreement, 0) + 1
    assert sources["clair-2012/1-1"] == 2
    assert max(sources.values()) >= 2


def test_associations_count_their_members(ask):
    rows = {row["label"]: row for row in ask("associations")}
    assert len(rows) == 14
    hokkaido = rows["北海道町村会"]
    assert hokkaido["members"] == hokkaido["count"] == hokkaido["printed"] == "144"
    gunma = rows["群馬県市長会"]
    assert (gunma["members"], gunma["printed"]) == ("12", "23")
    assert rows["特別区長会"]["members"] == "23"


def test_discrepancies_and_corrections_name_their_lines(ask, built, names):
    rows = ask("discrepancies")
    slugs = {row["document"].rpartition("/")[2] for row in rows}
    assert slugs == set(built.documents)
    corrections = sum(len(document.corrections) for document in built.documents.values())
    found = sum(len(built.discrepancies(slug)) for slug in built.documents)
    assert len({row["item"] for row in rows}) == corrections + found


def test_municipalities_are_1741_with_both_labels(ask):
    rows = ask("municipalities")
    current = [row for row in rows if "validTo" not in row]
    assert len(current) == len({row["code"] for row in current}) == 1741
    morioka = next(row for row in current if row["areaCode"] == "03201")
    assert (morioka["ja"], morioka["en"], morioka["code"]) == ("盛岡市", "Morioka City", "032018")
    assert all(row["corporateNumber"] and row["kana"] for row in current)


def test_observations_are_the_printed_figures(ask):
    counts: dict[str, dict[str, str]] = {}
    for row in ask("observations"):
        local = row["property"].rpartition("#")[2].rpartition("/")[2]
        counts.setdefault(row["observation"], {})[local] = row["value"]
    wards = [c for c in counts.values() if "partnerCount" in c]
    totals = [c for c in wards if c["partnerCategory"].endswith("/total")]
    total = {c["fiscalYear"]: c["partnerCount"] for c in totals}
    assert (total["2015"], total["2022"]) == ("660", "1105")


def test_participants_have_roles_and_prefectures(ask):
    rows = ask("participants")
    assert {row["role"] for row in rows} == {
        "participant", "organizer", "department", "place", "country",
    }  # fmt: skip
    for row in rows:
        if "/municipality/" in row["agent"]:
            assert row["prefecture"]


def test_places_that_take_part_all_have_coordinates(ask, store):
    located = {row["place"] for row in ask("places")}
    taking_part = store.query(
        """PREFIX enishi: <https://w3id.org/enishi/ontology#>
        SELECT DISTINCT ?place WHERE {
          ?x enishi:party|enishi:participant|enishi:organizer|enishi:targetPlace ?place .
          VALUES ?class { enishi:Municipality enishi:Prefecture enishi:ForeignGovernment }
          ?place a ?class }""",
        use_default_graph_as_union=True,
    )
    organizers = {row["place"].value for row in taking_part}
    without = sorted(
        place
        for place in organizers
        if not store.query(
            f"ASK {{ GRAPH ?g {{ <{place}> <http://www.w3.org/2003/01/geo/wgs84_pos#lat> ?l }} }}"
        )
    )
    assert not without
    assert located <= organizers


def test_ties_go_both_ways(ask):
    pairs = {(row["a"], row["b"]) for row in ask("ties")}
    assert pairs == {(b, a) for a, b in pairs}
    bunkyo, morioka = (f"https://w3id.org/enishi/id/municipality/{c}" for c in ("13105", "03201"))
    assert (bunkyo, morioka) in pairs
