"""What a page tells search engines of an agent or a document, in the terms of schema.org."""

import json
from typing import Any

from markupsafe import Markup

from .entities import ALTERNATIVE, COUNTRY, DOCUMENT, ENISHI, Entity, Fact, Ref

_DCTERMS = "http://purl.org/dc/terms/"
_OWL_SAME = "http://www.w3.org/2002/07/owl#sameAs"
_EXACT = "http://www.w3.org/2004/02/skos/core#exactMatch"
_UNIT_OF = "http://www.w3.org/ns/org#unitOf"
_MEMBER_OF = "http://www.w3.org/ns/org#memberOf"
_GOVERNMENTS = (
    "DesignatedCity", "City", "SpecialWard", "Town", "Village", "Municipality", "Prefecture",
    "Subprefecture", "ForeignGovernment",
)  # fmt: skip
_TYPES = {
    **{ENISHI + name: "GovernmentOrganization" for name in _GOVERNMENTS},
    **{ENISHI + name: "Organization" for name in ("Association", "Organization", "Department")},
    ENISHI + "Company": "Corporation",
    COUNTRY: "Country",
    DOCUMENT: "CreativeWork",
}
_CODES = ("localGovernmentCode", "standardAreaCode", "corporateNumber", "isoCode")


def schema_org(entity: Entity, address: str) -> Markup | None:
    """Return an agent or a document as JSON-LD to stand in a page, None for anything else.

    `address`: where its page is seen. No sign in it can end the element that it stands in.
    """
    kind = _TYPES.get(entity.kind.value)
    if kind is None:
        return None
    facts = {fact.name.value: fact for fact in entity.facts}
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": kind,
        "@id": entity.iri,
        "url": address,
        "name": _names(entity.ref),
        "alternateName": [_text(value) for value in _values(facts, ALTERNATIVE)],
        "identifier": [
            {"@type": "PropertyValue", "propertyID": name, "value": value.value}
            for name in _CODES
            for value in _values(facts, ENISHI + name)
        ],
        "sameAs": [v.value for name in (_OWL_SAME, _EXACT) for v in _values(facts, name)],
        "parentOrganization": [_other(value) for value in _values(facts, _UNIT_OF)],
        "memberOf": [_other(value) for value in _values(facts, _MEMBER_OF)],
        "publisher": [_other(value) for value in _values(facts, _DCTERMS + "publisher")],
        "dateModified": [value.value for value in _values(facts, _DCTERMS + "date")],
        "usageInfo": [_text(value) for value in _values(facts, _DCTERMS + "rights")],
        **_place(entity, kind),
    }
    text = json.dumps({name: value for name, value in found.items() if value}, ensure_ascii=False)
    # An element of a page ends at "</", and a comment begins at "<!", wherever they stand.
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _values(facts: dict[str, Fact], property_: str) -> list[Ref]:
    return [value for value, _ in facts[property_].values] if property_ in facts else []


def _names(ref: Ref) -> list[dict[str, str]]:
    pairs = (("ja", ref.ja), ("en", ref.en))
    return [{"@value": name, "@language": lang} for lang, name in pairs if name]


def _text(value: Ref) -> Any:
    if value.note in ("ja", "en"):
        return {"@value": value.value, "@language": value.note}
    return value.value


def _other(ref: Ref) -> dict[str, Any]:
    return {"@id": ref.value, "name": _names(ref)}


def _place(entity: Entity, kind: str) -> dict[str, Any]:
    """Return where it lies: a country is a place itself, a body has one."""
    if entity.position is None:
        return {}
    latitude, longitude = entity.position
    geo = {"@type": "GeoCoordinates", "latitude": latitude, "longitude": longitude}
    return {"geo": geo} if kind == "Country" else {"location": {"@type": "Place", "geo": geo}}
