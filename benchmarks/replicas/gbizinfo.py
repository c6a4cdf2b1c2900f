"""Basic data of corporations, as gBizINFO writes them in its graph of corporations."""

from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from mappings.register_tables import Rows
from mappings.terms import GBIZINFO, RDF, Namespace, ja

from .areas import Area
from .estat import IC

HJ = Namespace("http://hojin-info.go.jp/ns/domain/biz/1#")
CODES = Namespace("http://imi.go.jp/ns/code_id/code/")
GRAPH = NamedNode("http://hojin-info.go.jp/graph/hojin")
DATA = "http://hojin-info.go.jp/data/"
# Kinds of corporations: a local government, a stock company, another that is registered.
GOVERNMENT, STOCK_COMPANY, OTHER = "201", "301", "399"


def triples(areas: Iterable[Area], companies: Rows) -> Iterator[Triple]:
    """Yield the record of each local government and company that has a corporate number."""
    for area in areas:
        if area.number:
            yield from _record(area.number, area.full_name, area.kana, GOVERNMENT)
            yield from _address(area)
    for row in companies:
        if number := row["corporate_number"]:
            kind = STOCK_COMPANY if "株式会社" in row["name_ja"] else OTHER
            yield from _record(number, row["name_ja"], "", kind)


def record(number: str) -> NamedNode:
    """Return the IRI of a corporation's basic data."""
    return NamedNode(GBIZINFO + number)


def _record(number: str, name: str, kana: str, kind: str) -> Iterator[Triple]:
    whole, base = NamedNode(DATA + number), record(number)
    identifier, title = BlankNode(f"id{number}"), BlankNode(f"name{number}")
    yield Triple(whole, RDF.type, HJ.法人情報型)
    yield Triple(whole, HJ.法人基本情報, base)
    yield Triple(base, RDF.type, HJ.法人基本情報型)
    yield Triple(base, IC.ID, identifier)
    yield Triple(identifier, RDF.type, IC.ID型)
    # Typed: who compares it with a plain string finds nothing.
    yield Triple(identifier, IC.識別値, Literal(number, datatype=IC.コード型))
    yield Triple(base, IC.名称, title)
    yield Triple(title, RDF.type, IC.名称型)
    yield Triple(title, IC.表記, ja(name))
    if kana:
        yield Triple(title, IC.カナ表記, Literal(kana, language="ja-Hira"))
    yield Triple(base, IC.組織種別, CODES[f"kind#{kind}"])


def _address(area: Area) -> Iterator[Triple]:
    node = BlankNode(f"address{area.number}")
    yield Triple(record(area.number), IC.住所, node)
    yield Triple(node, RDF.type, IC.住所型)
    yield Triple(node, IC.表記, ja(area.full_name))
    if area.kind != "prefecture":
        yield Triple(node, IC.市区町村コード, CODES[f"jisx0402#{area.code}"])
