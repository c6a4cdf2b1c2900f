"""RDF terms: between rdflib and pyoxigraph, and as the text of a query."""

import re

import pyoxigraph as ox
from rdflib import BNode, Literal, URIRef
from rdflib.term import Node

from .errors import CannotCompile, ShapeError

OxTerm = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

# What the grammar of SPARQL does not allow between < and >.
NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
SH = "http://www.w3.org/ns/shacl#"


def text_of(term: Node) -> str:
    """Return an IRI or literal as SPARQL; nothing in it can end the token early.

    Raises ShapeError for an IRI that is none, CannotCompile for a blank node: no query can name it.

    >>> text_of(Literal('a"b', lang="en"))
    '"a\\\\"b"@en'
    """
    if isinstance(term, URIRef):
        if NOT_IN_IRI.search(term):
            raise ShapeError(f"<{term}> is no IRI: it has a character that must be escaped.")
        return f"<{term}>"
    if isinstance(term, Literal):
        quoted = string(str(term))
        if term.language:
            return f"{quoted}@{term.language}"
        return f"{quoted}^^{text_of(term.datatype)}" if term.datatype else quoted
    raise CannotCompile(f"A blank node ({term}) is used as a value, where a query needs its name.")


def string(text: str) -> str:
    """Return a text as a SPARQL string.

    >>> string("two\\nlines")
    '"two\\\\nlines"'
    """
    return '"' + re.sub(r'[\\"\n\r\t]', lambda found: ESCAPES[found[0]], text) + '"'


def to_rdflib(term: OxTerm | None) -> Node | None:
    """Return a term of an answer as rdflib has it, its lexical form kept."""
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = URIRef(term.datatype.value)
        if datatype.endswith("#string"):
            return Literal(term.value)
        return Literal(term.value, datatype=datatype, normalize=False)
    raise CannotCompile(f"A triple term ({term}) is in the data, and SHACL 1.0 knows none.")


def to_pyoxigraph(term: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return a term of a shapes graph as pyoxigraph has it."""
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    assert isinstance(term, Literal)
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(term.datatype) if term.datatype else None)


def short(term: Node | None) -> str:
    """Return a term as a reader of a message knows it: sh:path, <IRI>, "text", _:b0.

    >>> short(URIRef("http://www.w3.org/ns/shacl#path"))
    'sh:path'
    """
    if isinstance(term, URIRef):
        return f"sh:{term.removeprefix(SH)}" if term.startswith(SH) else f"<{term}>"
    if isinstance(term, Literal):
        suffix = f"@{term.language}" if term.language else ""
        return f"{string(str(term))}{suffix}"
    return f"_:{term}" if isinstance(term, BNode) else "nothing"


def sort_key(term: Node | None) -> str:
    """Return what terms are sorted by; unlike n3() it accepts ill-formed literals.

    >>> sort_key(Literal("1,5", datatype=URIRef("urn:d")))
    '"1,5" urn:d'
    """
    datatype = term.datatype if isinstance(term, Literal) else None
    return "" if term is None else f"{short(term)} {datatype}" if datatype else short(term)
