"""Where IRIs are found on this server."""

import pytest

from server.links import local_path


@pytest.mark.parametrize(
    ("iri", "path"),
    [
        ("https://w3id.org/enishi/id/municipality/13105", "/id/municipality/13105"),
        ("https://w3id.org/enishi/ontology#tie", "/ontology#tie"),
        ("https://w3id.org/enishi/graph/derived", "/graph/derived"),
        ('https://w3id.org/enishi/id/a"><b>?c', "/id/a%22%3E%3Cb%3E%3Fc"),
        ("https://w3id.org/enishi/id/盛岡", "/id/%E7%9B%9B%E5%B2%A1"),
        ("https://w3id.org/enishire/id/a", None),
        ("http://www.wikidata.org/entity/Q148", None),
        ("javascript:alert(1)", None),
    ],
)
def test_an_iri_of_ours_has_a_path_here(iri: str, path: str | None) -> None:
    assert local_path(iri) == path
