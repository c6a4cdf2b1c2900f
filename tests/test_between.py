"""Two documents that date one agreement differently are told of; those that agree are not."""

import pytest
from pyoxigraph import NamedNode, Quad

from mappings import build as build_module
from mappings.checks.between import check_between
from mappings.dates import PartialDate
from mappings.document import Document
from mappings.document_graph import DocumentGraph
from mappings.model import Agreement, Source
from mappings.quads import Quads
from mappings.terms import PROV, mint

SLUGS = ("bunkyo_exchange_2022", "clair_sectoral_2012")
PARTIES = (mint("municipality", "13105"), mint("municipality", "03201"))


def agreement(title: str, signed: PartialDate, parties: tuple[NamedNode, ...] = PARTIES):
    source = Source("a-1", 5, 7)
    return Agreement("a-1", title, title, (source,), parties, (signed,), "agreement")


@pytest.fixture
def documents():
    return {slug: Document(slug) for slug in SLUGS}


def found(documents, one: Agreement, other: Agreement):
    return list(check_between(documents, {SLUGS[0]: [one], SLUGS[1]: [other]}))


def test_other_dates_of_one_agreement_are_a_discrepancy_of_both(documents):
    one = agreement("友好都市協定", PartialDate(2019, 2, 20))
    other = agreement("文京区と盛岡市との友好都市協定", PartialDate(2018))
    ((slug, discrepancy),) = found(documents, one, other)
    assert slug == SLUGS[0]
    assert discrepancy.readings == ("2019-02-20", "2018")
    assert discrepancy.elsewhere == ((SLUGS[1], Source("a-1", 5, 7)),)
    quads = Quads()
    ids = {slug: document.id for slug, document in documents.items()}
    DocumentGraph(quads, documents[slug], ids).add_things([discrepancy])
    iri = mint("discrepancy", ids[slug], discrepancy.key)
    records = {
        q.object for q in quads.all if (q.subject, q.predicate) == (iri, PROV.wasDerivedFrom)
    }
    assert records == {mint("record", identifier, "a-1") for identifier in ids.values()}


@pytest.mark.parametrize(
    "other",
    [
        agreement("友好都市協定", PartialDate(2019)),
        agreement("友好都市協定", PartialDate(2019, 2)),
        agreement("災害時の協定", PartialDate(2018)),
        agreement("友好都市協定", PartialDate(2018), PARTIES[:1]),
    ],
)
def test_a_date_less_precise_or_another_agreement_is_none(documents, other):
    assert not found(documents, agreement("友好都市協定", PartialDate(2019, 2, 20)), other)


def test_the_build_asks(monkeypatch):
    asked: list[Quad | str] = []
    monkeypatch.setattr(build_module, "check_between", lambda *_: asked.append("asked") or ())
    build_module.build_graph()
    assert asked == ["asked"]
