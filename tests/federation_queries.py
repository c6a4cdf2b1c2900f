"""Federated queries by the thousand, each beside the same query over one store with everything.

There `SERVICE <x> { … }` is `GRAPH <x#n> { … }`: a graph with the data of endpoint x, with blank
nodes of its own for the n-th SERVICE, as those of two answers are never the same. A SERVICE SILENT
that fails is `{ }`, and `SERVICE ?x` the union over the endpoints.

Where the engine itself lets a group see what is bound outside of it, both answers may be wrong in
their own way; such forms are left out where they are met often, and the comments say which.
"""

import random
from dataclasses import dataclass

import pyoxigraph as ox

from tests.federation_stores import StoreEndpoint, Stores, add, store_of

ONE, TWO, DOWN = "http://one.example/sparql", "http://two.example/sparql", "http://down.example/q"
NAMED, OTHER = "http://example.org/graph", "http://example.org/other"
# No further SERVICE begins once there are so many; those that are open may hold more.
COPIES = 8
LOCAL = """
:m1 :p :m2, :m3 ; :q 1, 2 ; :r :x1 . :m2 :p :m3 ; :q 2 ; :r :x2 . :m3 :p :m1 ; :q 3 .
:m4 :p :m4 ; :q 4 ; :r :x1, :x3 . :m5 :q 5 . _:l :bp :m1 ; :br :x2 . :m6 :n _:l, _:k .
_:k :bq 9 ; :bp :m2 .
"""
FIRST = """
:m1 :p :m4 ; :q 1, 7 ; :r :x1 . :m2 :p :m2, :m5 ; :q 2 . :m3 :r :x2, :x3 ; :q 3, 30 .
:m7 :p :m1 ; :q 4 ; :r :x1 . _:b :bp :m2 ; :bq 8 ; :br :x3 . :m1 :n _:b .
:m4 :n _:c, _:d . :m9 :q 1 .
"""
SECOND = """
:x1 :p :m1, :m2 ; :q 1 ; :r :m1 . :x2 :p :m3 ; :q 2, 3 . :m1 :q 1, 5 ; :r :x2 . :m2 :p :m3 .
:m3 :p :m1 ; :r :x1 ; :q 2 . :m8 :p :m3 . _:e :bp :m1 ; :bq 6 ; :bp :m2 .
:m2 :n _:e . :m5 :r :x3 ; :q 5 .
"""
GRAPH = ":m1 :p :m3 ; :q 2 . :m2 :r :x1 ; :p :m1 . :x1 :p :m2 ."


def local_store() -> ox.Store:
    """Return the data of this server."""
    store = store_of(LOCAL)
    add(store, GRAPH, NAMED)
    add(store, GRAPH.replace(":m2", ":m4").replace(":x1", ":x3"), OTHER)
    return store


def endpoints() -> Stores:
    """Return the endpoints: two that answer and one that does not."""
    return Stores(
        {
            ONE: StoreEndpoint("one", store_of(FIRST)),
            TWO: StoreEndpoint("two", store_of(SECOND)),
            DOWN: StoreEndpoint("down", None),
        }
    )


def whole_store() -> ox.Store:
    """Return a store with all data: that of each endpoint once for every SERVICE in a query."""
    store = local_store()
    for number in range(3 * COPIES):
        add(store, FIRST, f"{ONE}#{number}")
        add(store, SECOND, f"{TWO}#{number}")
    return store


# How deep groups nest; that of the outermost one.
DEPTH = 3


@dataclass(frozen=True)
class Pair:
    """A text with SERVICE, and the one that means the same over one store."""

    federated: str
    whole: str

    def __add__(self, other: "Pair | str") -> "Pair":
        """Return one after the other."""
        if isinstance(other, str):
            other = Pair(other, other)
        return Pair(self.federated + other.federated, self.whole + other.whole)

    def __radd__(self, other: str) -> "Pair":
        """Return a text before this."""
        return Pair(other + self.federated, other + self.whole)


EMPTY = Pair("", "")


class Maker:
    """Makes queries by chance, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        """Begin."""
        self.chance = random.Random(seed)
        self.services = 0
        self.fresh = 0
        self.graphs = 0
        # With blank nodes the order of rows is none, so LIMIT would choose by chance.
        self.has_blank = self.chance.random() < 0.3

    def one(self, *choices: str) -> str:
        return self.chance.choice(choices)

    def variable(self) -> str:
        return "?" + self.one("a", "b", "c", "a", "b", "d", "e")

    def new(self) -> str:
        self.fresh += 1
        return f"?v{self.fresh}"

    def node(self) -> str:
        if self.chance.random() < 0.85:
            return self.variable()
        return self.one(":m1", ":m2", ":m3", ":x1", ":x2")

    def triples(self) -> Pair:
        texts = []
        for _ in range(self.chance.choice((1, 1, 1, 2))):
            predicates = [":p", ":q", ":r", ":p", ":q", ":r", ":p/:r", ":p*", "^:p", ":p|:r", ":p+"]
            predicates += [":n", ":n", ":bp", ":bq", ":br", ":n/:bp"] if self.has_blank else []
            predicate = self.one(*predicates)
            target = self.node() if "q" not in predicate else self.one("?n", "?n", "?k", "2")
            texts.append(f"{self.node()} {predicate} {target} .")
        text = " ".join(texts)
        return Pair(text, text)

    def expression(self) -> str:
        one, two = self.one("?a", "?b", "?n", "?k", "?v1"), self.one("?c", "?n", "?k", "?d")
        return self.one(
            f"{one} = {two}", f"{one} != {two}", f"BOUND({one})", f"!BOUND({two})", f"{two} > 1",
            f"{one} IN (:m1, :m2, 2)", f"COALESCE({one}, 1) = 1 || ISIRI({two})", f"?n < {two} + 2",
        )  # fmt: skip

    def values(self) -> Pair:
        names = self.chance.sample(["?a", "?b", "?c", "?n"], self.chance.choice((1, 2)))
        rows = []
        for _ in range(self.chance.choice((1, 2, 3))):
            cells = (
                self.one("1", "2", "UNDEF") if name == "?n"
                else self.one(":m1", ":m2", ":m3", ":x1", "UNDEF")
                for name in names
            )  # fmt: skip
            rows.append(f"({' '.join(cells)})")
        text = f"VALUES ({' '.join(names)}) {{ {' '.join(rows)} }}"
        return Pair(text, text)

    def subquery(self, depth: int, remote: bool) -> Pair:
        group = self.group(depth - 1, remote)
        kind = self.chance.random()
        if kind < 0.4:
            head = self.one("SELECT DISTINCT ?a ?b", "SELECT ?a ?n", "SELECT *", "SELECT ?b ?c ?a")
            if "*" in head:
                return "{ SELECT * WHERE " + group + " }"
            return "{ " + f"{head} WHERE " + group + " }"
        if kind < 0.6 and not self.has_blank:
            name, other = self.one("?a", "?b"), self.one("?n", "?c")
            order = f" ORDER BY {name} {other} LIMIT {self.one('2', '5')} }}"
            return "{ " + f"SELECT {name} {other} WHERE " + group + order
        name, made = self.one("?a", "?b"), self.new()
        tail = f" GROUP BY {name}" + self.one("", " HAVING (COUNT(*) > 1)") + " }"
        made = self.one(f"(COUNT(*) AS {made})", f"(MIN(?n) AS {made})", f"(COUNT(?c) AS {made})")
        return "{ " + f"SELECT {name} {made} WHERE " + group + tail

    def exists(self) -> Pair:
        word = self.one("EXISTS", "NOT EXISTS")
        if self.services < COPIES and self.chance.random() < 0.5:
            inner = "{ " + self.maybe_triples() + self.service_of(self.simple()) + " }"
        else:
            inner = "{ " + self.triples() + " }"
        return f"FILTER {word} " + inner

    def maybe_triples(self) -> Pair:
        return self.triples() if self.chance.random() < 0.5 else EMPTY

    def simple(self) -> Pair:
        return "{ " + self.triples() + " }"

    def service_of(self, group: Pair) -> Pair:
        address = self.one(ONE, TWO)
        number = self.services
        self.services += 1
        return Pair(
            f"SERVICE <{address}> {group.federated} ", f"GRAPH <{address}#{number}> {group.whole} "
        )

    def service(self, depth: int, remote: bool) -> Pair:
        if self.services >= COPIES:
            return self.triples()
        kind = self.chance.random()
        if kind < 0.08:
            group = self.group(1, True)
            return Pair(f"SERVICE SILENT <{self.one(DOWN, 'x:y')}> {group.federated}", "{ }")
        if kind < 0.16 and not remote:
            return self.service_by_variable()
        group = self.group(depth - 1, True)
        return self.service_of(group)

    def service_by_variable(self) -> Pair:
        name, number = self.new(), self.services
        self.services += 1
        group = self.group(1, True, most=2)
        listed = " ".join(f"<{address}>" for address in (ONE, TWO))
        whole = " UNION ".join(
            f"{{ VALUES {name} {{ <{address}> }} GRAPH <{address}#{number}> {group.whole} }}"
            for address in (ONE, TWO)
        )
        return Pair(
            f"VALUES {name} {{ {listed} }} SERVICE {name} {group.federated} ", f"{{ {whole} }} "
        )

    def group(self, depth: int, remote: bool, most: int = 4) -> Pair:
        """Return a group; `remote`: it is for another server."""
        made = EMPTY
        for place in range(self.chance.choice(range(1, most + 1))):
            made = made + " " + self.element(depth, remote, place)
        return "{" + made + " }"

    def element(self, depth: int, remote: bool, place: int) -> Pair:
        kind = self.chance.random()
        if depth <= 0 or kind < 0.34:
            return self.triples()
        if kind < 0.50 + (0.1 if not remote else -0.1):
            return self.service(depth, remote)
        kind = self.chance.random()
        if kind < 0.2:
            return "OPTIONAL " + self.group(depth - 1, remote, 3)
        # The engine lets MINUS see what stands before an OPTIONAL around it: where no triples come
        # first in the group, its answer is another than SPARQL 1.1 defines (8.3.3).
        if kind < 0.32 and place:
            return "MINUS " + self.group(depth - 1, remote, 2)
        if kind < 0.45:
            return self.group(depth - 1, remote, 2) + " UNION " + self.group(depth - 1, remote, 2)
        if kind < 0.53:
            return self.group(depth - 1, remote, 3)
        if kind < 0.65:
            text = f"FILTER({self.expression()})"
            return Pair(text, text)
        if kind < 0.72:
            # The engine lets BIND in a group see what is bound outside of it (against 18.2.1).
            seen = "" if depth == DEPTH else "?a :q ?n . "
            value = self.one("?n + 1", "?a", "COALESCE(?n, 2)", ":m1")
            text = f"{seen}BIND({value} AS {self.new()})"
            return Pair(text, text)
        if kind < 0.80:
            return self.values()
        if kind < 0.90:
            return self.subquery(depth, remote)
        if kind < 0.95 and not remote:
            return self.graph(depth)
        # The engine lets EXISTS in a group see what is bound outside of it, too.
        return self.exists() if depth == DEPTH else self.triples()

    def graph(self, depth: int) -> Pair:
        """Return GRAPH with an IRI, or with a variable: the union over the graphs of this store."""
        group = self.group(depth - 1, False, 3)
        if self.chance.random() < 0.5:
            return f"GRAPH <{NAMED}> " + group
        # The engine binds the variable of a graph only where there are triples, and lets groups
        # inside see it: so it is in no expression.
        group = "{ " + self.triples() + " " + group + " }"
        self.graphs += 1
        name = f"?g{self.graphs}"
        whole = " UNION ".join(
            f"{{ VALUES {name} {{ <{graph}> }} GRAPH <{graph}> {group.whole} }}"
            for graph in (NAMED, OTHER)
        )
        return Pair(f"GRAPH {name} {group.federated} ", f"{{ {whole} }} ")

    def query(self) -> Pair:
        """Return a query with at least one SERVICE."""
        group = self.group(DEPTH, False)
        while not self.services:
            group = self.group(DEPTH, False)
        head = "PREFIX : <http://example.org/> "
        kind = self.chance.random()
        tail = self.values().federated if self.chance.random() < 0.15 else ""
        if kind < 0.45:
            names = "?a ?b ?c ?d ?e ?n ?k" + "".join(f" ?v{n + 1}" for n in range(self.fresh))
            return f"{head}SELECT {names} WHERE " + group + " " + tail
        if kind < 0.65:
            return f"{head}SELECT {self.one('', 'DISTINCT ')}?a ?n ?c WHERE " + group + " " + tail
        if kind < 0.75:
            return f"{head}SELECT (COUNT(*) AS ?all) (COUNT(DISTINCT ?b) AS ?few) WHERE " + group
        if kind < 0.85:
            return f"{head}SELECT ?a (COUNT(?b) AS ?count) (SUM(?n) AS ?sum) WHERE " + (
                group + " GROUP BY ?a"
            )
        if kind < 0.95 and not self.has_blank:
            return f"{head}SELECT ?a ?b ?n WHERE " + group + f" ORDER BY ?a ?b ?n LIMIT 7 {tail}"
        return f"{head}SELECT ?a WHERE " + group + " " + tail
