"""SHACL property paths (SHACL 2.3.1): read from a graph, written as SPARQL and as RDF."""

from dataclasses import dataclass

from rdflib import RDF, SH, BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from .errors import ShapeError
from .terms import short, text_of

REPEATED = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


@dataclass(frozen=True)
class Path:
    """A path. `kind`: predicate, ^ (inverse), / (sequence), | (alternative), *, + or ?."""

    kind: str
    predicate: URIRef | None = None
    parts: "tuple[Path, ...]" = ()

    @property
    def text(self) -> str:
        """The path as SPARQL 1.1 writes it.

        >>> p = Path("predicate", URIRef("urn:p"))
        >>> Path("*", parts=(Path("/", parts=(p, Path("^", parts=(p,)))),)).text
        '(<urn:p>/(^<urn:p>))*'
        """
        if self.predicate is not None:
            return text_of(self.predicate)
        if self.kind in "/|":
            return self.kind.join(part._inner for part in self.parts)
        inner = self.parts[0]._inner
        return f"^{inner}" if self.kind == "^" else f"{inner}{self.kind}"

    @property
    def _inner(self) -> str:
        bare = self.kind == "predicate"
        return self.text if bare else f"({self.text})"

    @property
    def nullable(self) -> bool:
        """Whether the path leads from a node to itself in no step."""
        if self.kind in "*?":
            return True
        if self.kind == "|":
            return any(part.nullable for part in self.parts)
        return bool(self.parts) and all(part.nullable for part in self.parts)

    @property
    def is_simple(self) -> bool:
        """Whether the path is a predicate or the inverse of one: one triple pattern."""
        return self.kind == "predicate" or (self.kind == "^" and self.parts[0].kind == "predicate")

    def add_to(self, graph: Graph) -> Node:
        """Write the path into a graph as RDF; return its node."""
        if self.predicate is not None:
            return self.predicate
        if self.kind == "/":
            return self._list(graph)
        node = BNode()
        if self.kind == "|":
            graph.add((node, SH.alternativePath, self._list(graph)))
        else:
            names = {"^": SH.inversePath} | {sign: name for name, sign in REPEATED.items()}
            graph.add((node, names[self.kind], self.parts[0].add_to(graph)))
        return node

    def _list(self, graph: Graph) -> Node:
        head = BNode()
        Collection(graph, head, [part.add_to(graph) for part in self.parts])
        return head


def read_path(graph: Graph, node: Node, where: str) -> Path:
    """Return the path at a node of a shapes graph.

    `where`: the shape, for errors. Raises ShapeError if the node is no path.
    """
    return _read(graph, node, where, ())


def _read(graph: Graph, node: Node, where: str, above: tuple[Node, ...]) -> Path:
    if node in above:
        raise ShapeError(f"The path of {where} contains itself.")
    above = (*above, node)
    if isinstance(node, URIRef):
        return Path("predicate", node)
    if (node, RDF.first, None) in graph:
        return _members(graph, node, "/", where, above)
    for predicate, value in graph.predicate_objects(node):
        if predicate == SH.inversePath:
            return Path("^", parts=(_read(graph, value, where, above),))
        if predicate == SH.alternativePath:
            return _members(graph, value, "|", where, above)
        if isinstance(predicate, URIRef) and predicate in REPEATED:
            return Path(REPEATED[predicate], parts=(_read(graph, value, where, above),))
    raise ShapeError(f"The path of {where} is {short(node)}, which is no property path.")


def _members(graph: Graph, head: Node, kind: str, where: str, above: tuple[Node, ...]) -> Path:
    nodes = read_list(graph, head, where)
    if len(nodes) < 2:
        raise ShapeError(f"A path of {where} lists {len(nodes)} paths, where two or more belong.")
    return Path(kind, parts=tuple(_read(graph, node, where, above) for node in nodes))


def read_list(graph: Graph, head: Node, where: str) -> list[Node]:
    """Return the members of a list. Raises ShapeError if it is no well-formed list."""
    nodes: list[Node] = []
    seen = set()
    while head != RDF.nil:
        first = list(graph.objects(head, RDF.first))
        rest = list(graph.objects(head, RDF.rest))
        if head in seen or len(first) != 1 or len(rest) != 1:
            raise ShapeError(f"{where} has {short(head)}, where a well-formed list belongs.")
        seen.add(head)
        nodes.append(first[0])
        head = rest[0]
    return nodes
