"""Collects quads and sees that no two things get one IRI."""

from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from .errors import BuildError
from .terms import GEO, GEOSPARQL, RDF, RDFS, SKOS, XSD, en, ja


def parse_turtle(path: Path) -> list[Quad]:
    """Return the statements of a Turtle file. Raises BuildError with file and line."""
    try:
        return list(parse(path.read_bytes(), format=RdfFormat.TURTLE))
    except SyntaxError as error:
        raise BuildError(f"{path}: found {error.msg}, expected Turtle.") from None


class Quads:
    """A set of quads in the making."""

    def __init__(self) -> None:
        """Begin with none."""
        self.all: set[Quad] = set()
        self._minted: dict[NamedNode, str] = {}

    def take(self) -> set[Quad]:
        """Return the quads made so far, and go on with none; IRIs that are taken stay so."""
        taken, self.all = self.all, set()
        return taken

    def mint_once(self, iri: NamedNode, where: str) -> NamedNode:
        """Return `iri`. Raises BuildError if something else was given it before."""
        if iri in self._minted:
            raise BuildError(
                f"{where}: found the IRI {iri.value}, which {self._minted[iri]} has already; "
                "expected one of its own."
            )
        self._minted[iri] = where
        return iri

    def add(
        self,
        graph: NamedNode,
        subject: NamedNode,
        *statements: tuple[NamedNode, NamedNode | Literal],
    ) -> None:
        """Add statements (predicate, object) about `subject` to `graph`."""
        for predicate, value in statements:
            self.all.add(Quad(subject, predicate, value, graph))

    def add_types(self, graph: NamedNode, subject: NamedNode, types: Iterable[NamedNode]) -> None:
        """State every class of `subject`, superclasses too: queries need no reasoning."""
        self.add(graph, subject, *((RDF.type, type_) for type_ in types))

    def add_labels(
        self, graph: NamedNode, subject: NamedNode, label: str, label_en: str, aliases: str = ""
    ) -> None:
        """Add the two labels, and `aliases` (Japanese, joined by |) as alternatives."""
        self.add(graph, subject, (RDFS.label, ja(label)), (RDFS.label, en(label_en)))
        for alias in aliases.split("|"):
            if alias and alias != label:
                self.add(graph, subject, (SKOS.altLabel, ja(alias)))

    def add_point(self, graph: NamedNode, subject: NamedNode, lat: str, long: str) -> None:
        """Add WGS84 coordinates given as decimal text, if there are any."""
        if lat and long:
            self.add(
                graph,
                subject,
                (GEO.lat, Literal(lat, datatype=XSD.decimal)),
                (GEO["long"], Literal(long, datatype=XSD.decimal)),
                (
                    GEOSPARQL.asWKT,
                    Literal(f"POINT({long} {lat})", datatype=GEOSPARQL.wktLiteral),
                ),
            )
