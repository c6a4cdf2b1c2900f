"""The registers as quads: governments, associations, companies, bodies, countries, links."""

from pyoxigraph import Literal, NamedNode

from .errors import BuildError
from .quads import Quads
from .register_tables import Registers
from .registers.codes import check_digit, corporate_number, corporate_number_is_valid
from .terms import (
    DCTERMS,
    ENISHI,
    GBIZINFO,
    GEONAMES,
    ORG,
    RDF,
    RDFS,
    SAC,
    SKOS,
    WIKIDATA,
    XSD,
    en,
    graph,
    ja,
    mint,
)  # fmt: skip

REGISTERS = graph("registers")
LINKSETS = graph("linksets")
TYPES = {
    "designated-city": (ENISHI.DesignatedCity, ENISHI.City),
    "city": (ENISHI.City,),
    "special-ward": (ENISHI.SpecialWard,),
    "town": (ENISHI.Town,),
    "village": (ENISHI.Village,),
}
CHANGES = {
    "new-establishment": ("新設", "new establishment"),
    "absorption": ("編入", "absorption"),
    "city-founding": ("市制施行", "founding of a city"),
    "town-founding": ("町制施行", "founding of a town"),
    "designation": ("政令指定都市移行", "designation as a city under ordinance"),
    "transfer": ("郡又は振興局の変更", "move to another district or subprefecture"),
}
Row = dict[str, str]


def add_registers(quads: Quads, registers: Registers) -> None:
    """Add every register to `quads`.

    Raises BuildError, with table and row, for a code whose check digit is wrong, a second row for
    one thing, or a slug that cannot stand in an IRI.
    """
    for table, add in (
        ("prefectures", _add_prefecture),
        ("subprefectures", _add_subprefecture),
        ("municipalities", _add_municipality),
        ("countries", _add_country),
        ("foreign_governments", _add_foreign_government),
        ("companies", _add_company),
        ("organizations", _add_organization),
        ("departments", _add_department),
        ("associations", _add_association),
    ):
        for number, row in enumerate(getattr(registers, table), 2):
            try:
                add(quads, row)
            except BuildError as error:
                raise BuildError(f"data/registers/{table}.csv, row {number}: {error}") from None
    _add_changes(quads, registers)


def _begin(quads: Quads, table: str, kind: str, row: Row, *parts: str) -> NamedNode:
    """Mint the IRI of a row and give it its labels."""
    iri = quads.mint_once(mint(kind, *parts), f"data/registers/{table}.csv")
    quads.add_labels(REGISTERS, iri, row["name_ja"], row["name_en"], row.get("aliases_ja", ""))
    if row.get("kana"):
        quads.add(REGISTERS, iri, (ENISHI.kana, Literal(row["kana"], language="ja-Hira")))
    return iri


def _add_codes(quads: Quads, iri: NamedNode, area_code: str, code: str, live: bool) -> None:
    if code != area_code + check_digit(area_code):
        raise BuildError(
            f"{iri.value}: found the local-government code {code!r}, expected "
            f"{area_code + check_digit(area_code)!r} with its check digit (JIS X 0402)."
        )
    quads.add(
        REGISTERS,
        iri,
        (ENISHI.localGovernmentCode, Literal(code)),
        (ENISHI.standardAreaCode, Literal(area_code)),
    )
    if live:
        _add_corporate_number(quads, iri, corporate_number(code))
    quads.add(LINKSETS, iri, (SKOS.exactMatch, NamedNode(f"{SAC}C{area_code}")))


def _add_corporate_number(quads: Quads, iri: NamedNode, number: str) -> None:
    quads.add(REGISTERS, iri, (ENISHI.corporateNumber, Literal(number)))
    # Close, not exact: what the number names there is a record on the corporation.
    quads.add(LINKSETS, iri, (SKOS.closeMatch, NamedNode(GBIZINFO + number)))


def _add_place(quads: Quads, iri: NamedNode, row: Row) -> None:
    quads.add_point(REGISTERS, iri, row["lat"], row["long"])
    if row.get("geonames"):
        quads.add(LINKSETS, iri, (SKOS.closeMatch, NamedNode(f"{GEONAMES}{row['geonames']}/")))
    if row.get("wikidata"):
        quads.add(LINKSETS, iri, (SKOS.exactMatch, NamedNode(WIKIDATA + row["wikidata"])))


def _add_prefecture(quads: Quads, row: Row) -> None:
    iri = _begin(quads, "prefectures", "prefecture", row, row["code"])
    quads.add_types(REGISTERS, iri, (ENISHI.Prefecture, ENISHI.LocalGovernment))
    _add_codes(quads, iri, row["code"] + "000", row["local_government_code"], live=True)
    quads.add(REGISTERS, iri, (ENISHI.isoCode, Literal(row["iso_code"])))
    _add_place(quads, iri, row)


def _add_subprefecture(quads: Quads, row: Row) -> None:
    iri = _begin(quads, "subprefectures", "subprefecture", row, row["slug"])
    quads.add_types(REGISTERS, iri, (ENISHI.Subprefecture,))
    quads.add(REGISTERS, iri, (ENISHI.prefecture, mint("prefecture", "01")))


def _add_municipality(quads: Quads, row: Row) -> None:
    code = row["standard_area_code"]
    iri = _begin(quads, "municipalities", "municipality", row, code)
    types = (*TYPES[row["type"]], ENISHI.Municipality, ENISHI.LocalGovernment)
    quads.add_types(REGISTERS, iri, types)
    _add_codes(quads, iri, code, row["local_government_code"], live=not row["valid_to"])
    quads.add(REGISTERS, iri, (ENISHI.prefecture, mint("prefecture", row["prefecture"])))
    if row["subprefecture"]:
        subprefecture = mint("subprefecture", row["subprefecture"])
        quads.add(REGISTERS, iri, (ENISHI.subprefecture, subprefecture))
    for column, term in (("valid_from", ENISHI.validFrom), ("valid_to", ENISHI.validTo)):
        if row[column]:
            quads.add(REGISTERS, iri, (term, Literal(row[column], datatype=XSD.date)))
    if row["succeeded_by"]:
        successor = mint("municipality", row["succeeded_by"])
        quads.add(REGISTERS, iri, (ENISHI.succeededBy, successor))
    _add_place(quads, iri, row)


def _add_changes(quads: Quads, registers: Registers) -> None:
    """Add a W3C ORG change event for each change between two municipalities of the register."""
    known = {row["standard_area_code"] for row in registers.municipalities}
    for row in registers.municipality_changes:
        if row["from_code"] in known - {row["to_code"]} and row["to_code"] in known:
            key = f"{row['date']}-{row['from_code']}-{row['to_code']}"
            iri = quads.mint_once(mint("change", key), "data/registers/municipality_changes.csv")
            kind, kind_en = CHANGES[row["kind"]]
            sides = f"{row['from_name']} → {row['to_name']}"
            quads.add(
                REGISTERS,
                iri,
                (RDF.type, ORG.ChangeEvent),
                (DCTERMS.date, Literal(row["date"], datatype=XSD.date)),
                (DCTERMS.description, ja(f"{sides}（{kind}）")),
                (DCTERMS.description, en(f"{sides} ({kind_en})")),
                (RDFS.label, ja(f"{sides}（{kind}）")),
                (RDFS.label, en(f"{sides} ({kind_en})")),
                (ORG.originalOrganization, mint("municipality", row["from_code"])),
                (ORG.resultingOrganization, mint("municipality", row["to_code"])),
            )


def _add_country(quads: Quads, row: Row) -> None:
    iri = _begin(quads, "countries", "country", row, row["iso_code"])
    quads.add_types(REGISTERS, iri, (ENISHI.Country,))
    # A state can be a party itself: whoever asks a party for its country finds its code as well.
    quads.add(
        REGISTERS,
        iri,
        (ENISHI.isoCode, Literal(row["iso_code"])),
        (ENISHI.country, iri),
    )
    _add_place(quads, iri, row)


def _add_foreign_government(quads: Quads, row: Row) -> None:
    country, slug = row["slug"].split("/")
    iri = _begin(quads, "foreign_governments", "foreign", row, country, slug)
    quads.add_types(REGISTERS, iri, (ENISHI.ForeignGovernment,))
    quads.add(REGISTERS, iri, (ENISHI.country, mint("country", row["country"])))
    if row["region"]:
        region = mint("foreign", *row["region"].split("/"))
        quads.add(REGISTERS, iri, (ENISHI.region, region))
    if row["iso_code"]:
        quads.add(REGISTERS, iri, (ENISHI.isoCode, Literal(row["iso_code"])))
    _add_place(quads, iri, row)


def _add_company(quads: Quads, row: Row) -> None:
    number = row["corporate_number"]
    iri = _begin(quads, "companies", "company", row, number or row["slug"])
    quads.add_types(REGISTERS, iri, (ENISHI.Company,))
    if number:
        if not corporate_number_is_valid(number):
            raise BuildError(
                f"data/registers/companies.csv, {row['slug']}: found the corporate number "
                f"{number}, expected 13 digits of which the first is the right check digit."
            )
        _add_corporate_number(quads, iri, number)


def _add_organization(quads: Quads, row: Row) -> None:
    iri = _begin(quads, "organizations", "organization", row, row["slug"])
    quads.add_types(REGISTERS, iri, (ENISHI.Organization,))
    if row["prefecture"]:
        quads.add(REGISTERS, iri, (ENISHI.prefecture, mint("prefecture", row["prefecture"])))
    if row["country"]:
        quads.add(REGISTERS, iri, (ENISHI.country, mint("country", row["country"])))


def _add_department(quads: Quads, row: Row) -> None:
    iri = _begin(quads, "departments", "department", row, row["government"], row["slug"])
    quads.add_types(REGISTERS, iri, (ENISHI.Department,))
    kind = "prefecture" if len(row["government"]) == 2 else "municipality"
    quads.add(REGISTERS, iri, (ORG.unitOf, mint(kind, row["government"])))


def _add_association(quads: Quads, row: Row) -> None:
    iri = _begin(quads, "associations", "association", row, row["slug"])
    quads.add_types(REGISTERS, iri, (ENISHI.Association,))
    quads.add(REGISTERS, iri, (ENISHI.prefecture, mint("prefecture", row["prefecture"])))
