"""Federated queries made by chance from a seed: what is joined, and with which endpoint, and how.

Every query has a twin without SERVICE for one store that holds everything: the rows of an endpoint
stand there in the graph of its address.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

PREFIXES = """\
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX enishi: <https://w3id.org/enishi/ontology#>
PREFIX ic: <http://imi.go.jp/ns/core/rdf#>
PREFIX ndl: <http://ndl.go.jp/dcndl/terms/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX p: <http://www.wikidata.org/prop/>
PREFIX pq: <http://www.wikidata.org/prop/qualifier/>
PREFIX ps: <http://www.wikidata.org/prop/statement/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sacs: <http://data.e-stat.go.jp/lod/terms/sacs#>
PREFIX schema: <http://schema.org/>
PREFIX sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#>
PREFIX sdmx-measure: <http://purl.org/linked-data/sdmx/2009/measure#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX time: <http://data.e-stat.go.jp/lod/ontology/crossDomain/dimension/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX xl: <http://www.w3.org/2008/05/skos-xl#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
HOJIN = "http://hojin-info.go.jp/graph/hojin"
LABELS = """?m rdfs:label ?label ; enishi:prefecture/rdfs:label ?p .
FILTER(LANG(?label) = "ja" && LANG(?p) = "ja")"""
# Local patterns that bind ?m and a key; %s: which ?m are meant.
KEYS = {
    "area": '%s ?m skos:exactMatch ?area . FILTER(STRSTARTS(STR(?area), "http://data.e-stat"))',
    "digits": "%s ?m enishi:standardAreaCode ?digits .",
    "code": "%s ?m enishi:localGovernmentCode ?code .",
    "record": '%s ?m skos:closeMatch ?record . FILTER(STRSTARTS(STR(?record), "http://hojin"))',
    "title": f"%s {LABELS} BIND(CONCAT(STR(?p), STR(?label)) AS ?title)",
    "place": f"%s {LABELS}"
    ' BIND(IRI(CONCAT("https://jpsearch.go.jp/entity/place/", ?p, ".", ?label)) AS ?place)',
    "name": f'%s {LABELS} BIND(IRI(CONCAT("http://geonames.jp/resource/", ?p, ?label)) AS ?name)',
}
# Patterns of an endpoint by their key; # stands for a number that makes their variables distinct.
REMOTE: dict[str, dict[str, tuple[str, ...]]] = {
    "estat": {
        "area": (
            "?area sacs:latestCode ?d# . ?d# rdfs:label ?l# .",
            "?area sacs:latestCode/rdfs:label ?l# .",
            "?area sacs:latestCode ?d# . OPTIONAL { ?d# dcterms:valid ?end# }",
            "?area sacs:latestCode ?d# . ?d# sacs:administrativeClass ?c# FILTER(?c# != sacs:Town)",
            "?area sacs:latestCode ?d# . ?o# sdmx-dimension:refArea ?d# ;"
            " sdmx-measure:obsValue ?n# ; time:timePeriod ?y# .",
            "?area sacs:latestCode ?d# . ?o# sdmx-dimension:refArea ?d# ; time:timePeriod ?y# ;"
            ' sdmx-measure:obsValue ?n# . FILTER(?y# = "2020"^^xsd:gYear && ?n# > 50000)',
            "?area dcterms:identifier ?i# BIND(SUBSTR(?i#, 1, 2) AS ?s#)",
            "{ ?area dcterms:identifier ?x# } UNION { ?area sacs:latestCode ?x# }",
            "?area sacs:latestCode ?d# MINUS { ?d# sacs:administrativeClass sacs:City }",
            "?area sacs:latestCode ?d# FILTER NOT EXISTS { ?o# sdmx-dimension:refArea ?d# }",
            "?area sacs:latestCode ?d# VALUES ?t# { sacs:Town sacs:Village }"
            " ?d# sacs:administrativeClass ?t# .",
            "SELECT ?area (COUNT(?o#) AS ?n#) (SUM(?v#) AS ?s#) WHERE { ?area sacs:latestCode ?d# ."
            " ?o# sdmx-dimension:refArea ?d# ; sdmx-measure:obsValue ?v# } GROUP BY ?area",
            "SELECT ?area ?d# WHERE { ?area sacs:latestCode ?d# } ORDER BY DESC(?d#) LIMIT 40",
        ),
        "digits": (
            "?d# dcterms:identifier ?digits ; rdfs:label ?l# .",
            "?d# dcterms:identifier ?digits ; a sacs:StandardAreaCode ; rdfs:label ?l# ."
            ' FILTER(LANG(?l#) = "en")',
            "?d# dcterms:identifier ?digits . OPTIONAL { ?d# sacs:checkDigit ?k# }",
        ),
    },
    "wikidata": {
        "code": (
            "?i# wdt:P429 ?code ; wdt:P1082 ?n# .",
            '?i# wdt:P429 ?code ; rdfs:label ?l# . FILTER(LANG(?l#) = "en")',
            "?i# wdt:P429 ?code ; p:P1082 ?st# . ?st# ps:P1082 ?n# . OPTIONAL { ?st# pq:P585 ?t# }",
            "?i# wdt:P429 ?code FILTER NOT EXISTS { ?i# wdt:P1082 ?n# FILTER(?n# < 100000) }",
        ),
    },
    "ndl": {
        "title": (
            "?blank# xl:literalForm ?title . ?n# xl:prefLabel ?blank# .",
            "[ xl:literalForm ?title ; ndl:transcription ?r# ] .",
            "?n# xl:prefLabel/xl:literalForm ?title ; skos:inScheme ?s# .",
        ),
    },
    "jpsearch": {
        "place": (
            "?place schema:geo ?g# .",
            "?w# schema:spatial ?place ; rdfs:label ?t# .",
            "?place schema:name ?t# OPTIONAL { ?w# schema:spatial ?place }",
        ),
    },
    "dbpedia": {
        "name": (
            "?a# owl:sameAs ?name ; rdfs:label ?t# .",
            "?a# owl:sameAs ?name OPTIONAL { ?a# <http://dbpedia.org/ontology/isPartOf> ?of# }",
        ),
    },
    "gbizinfo": {
        "record": (
            "?record ic:名称 ?blank# . ?blank# ic:表記 ?t# .",
            f"GRAPH <{HOJIN}> {{ ?record ic:名称/ic:表記 ?t# ; ic:組織種別 ?k# }}",
            f"GRAPH <{HOJIN}> {{ ?record ic:ID/ic:識別値 ?i# }}",
            "?record ic:組織種別 ?k# OPTIONAL { ?record ic:住所 ?x# . ?x# ic:市区町村コード ?c# }",
        ),
    },
}
SERVICE = re.compile(r"SERVICE (SILENT )?")
NOTHING = re.compile(r"(?!)")
# In EXISTS the planner takes patterns of triples, VALUES, UNION and FILTER; it refuses others.
NOT_IN_EXISTS = re.compile("OPTIONAL|MINUS|BIND|SELECT|EXISTS|GRAPH")


@dataclass(frozen=True)
class Federated:
    """A query with SERVICE, the endpoints it names, and whether it says SILENT of all of them."""

    text: str
    endpoints: frozenset[str]
    is_silent: bool

    @property
    def has_blank(self) -> bool:
        """Tell whether a variable stands for a blank node: rows that two requests cannot share."""
        return "?blank" in self.text

    @property
    def without_service(self) -> str:
        """The query with one empty solution in place of each endpoint's rows.

        As SILENT has it where the endpoint fails; for queries with one SERVICE that ends a group.
        """
        head, word, service = self.text.partition("SERVICE ")
        depth = 0
        for place, sign in enumerate(service):
            depth += (sign == "{") - (sign == "}")
            if sign == "}" and depth == 0:
                return f"{head}{{}}{service[place + 1 :]}" if word else head
        raise ValueError("a group of braces that is not closed")

    @property
    def in_one_store(self) -> str:
        """The query for one store with everything."""
        return SERVICE.sub("GRAPH ", self.text)


class Maker:
    """Makes queries: of municipalities of the registers, and of endpoints by their address."""

    def __init__(self, addresses: Mapping[str, str], towns: Sequence[str], seed: int) -> None:
        """Begin with a seed; `towns`: IRIs of municipalities."""
        self.random = Random(seed)
        self.addresses = addresses
        self.towns = towns
        self.number = 0

    def queries(self, count: int) -> Iterator[Federated]:
        """Yield so many queries, every way of joining in turn."""
        ways = (
            self.joined, self.reversed, self.optional, self.union, self.minus, self.exists,
            self.two, self.filtered, self.counted, self.limited, self.nested, self.with_values,
            self.in_variable, self.unbound, self.asked,
        )  # fmt: skip
        for number in range(count):
            yield ways[number % len(ways)]()

    def _which(self) -> str:
        """Return a pattern of some municipalities."""
        kind = self.random.randrange(4)
        if kind == 0:
            return f"?m enishi:prefecture <{self._prefecture()}> ."
        if kind == 1:
            return f"?m a enishi:SpecialWard ; enishi:prefecture <{self._prefecture('13')}> ."
        some = self.random.sample(self.towns, self.random.choice((1, 2, 5, 20, 60)))
        if kind == 2:
            # One of them twice: rows come as often as there are ways to them.
            some.append(some[0])
        return "VALUES ?m { " + " ".join(f"<{town}>" for town in some) + " }"

    def _prefecture(self, code: str = "") -> str:
        found = code or f"{self.random.randrange(1, 48):02}"
        return f"https://w3id.org/enishi/id/prefecture/{found}"

    def _draw(self, key: str = "", without: re.Pattern[str] = NOTHING) -> tuple[str, str, str]:
        """Return an endpoint's name, a key, and a pattern of that endpoint with this key."""
        found = [
            (name, by, pattern)
            for name in self.addresses
            for by, patterns in REMOTE[name].items()
            if key in ("", by)
            for pattern in patterns
            if not without.search(pattern)
        ]
        # By endpoint first: each is asked as often as the others.
        name = self.random.choice(sorted({name for name, _, _ in found}))
        self.number += 1
        _, by, pattern = self.random.choice([drawn for drawn in found if drawn[0] == name])
        return name, by, pattern.replace("#", str(self.number))

    def _service(self, name: str, pattern: str, silent: bool = False) -> str:
        word = "SILENT " if silent else ""
        return f"SERVICE {word}<{self.addresses[name]}> {{ {pattern} }}"

    def _query(self, where: str, *endpoints: str, head: str = "SELECT *", tail: str = "",
               is_silent: bool = False) -> Federated:  # fmt: skip
        text = f"{PREFIXES}{head} WHERE {{ {where} }}{tail}"
        return Federated(text, frozenset(endpoints), is_silent)

    def _simple(
        self, silent: bool = False, without: re.Pattern[str] = NOTHING
    ) -> tuple[str, str, str, str]:
        name, key, pattern = self._draw(without=without)
        local = KEYS[key] % self._which()
        return local, self._service(name, pattern, silent), name, key

    def joined(self) -> Federated:
        """Rows of here, then those of an endpoint; sometimes SILENT."""
        silent = self.random.random() < 0.3
        local, service, name, _ = self._simple(silent)
        return self._query(f"{local} {service}", name, is_silent=silent)

    def reversed(self) -> Federated:
        """The endpoint first, as text."""
        local, service, name, _ = self._simple()
        return self._query(f"{service} {{ {local} }}", name)

    def optional(self) -> Federated:
        """The endpoint's rows where it has any."""
        silent = self.random.random() < 0.3
        local, service, name, _ = self._simple(silent)
        return self._query(f"{local} OPTIONAL {{ {service} }}", name, is_silent=silent)

    def union(self) -> Federated:
        """One endpoint or the other, or the same twice."""
        name, key, pattern = self._draw()
        other, _, another = self._draw(key)
        local = KEYS[key] % self._which()
        where = f"{local} {{ {self._service(name, pattern)} }} UNION"
        return self._query(f"{where} {{ {self._service(other, another)} }}", name, other)

    def minus(self) -> Federated:
        """What the endpoint does not know."""
        local, service, name, _ = self._simple()
        return self._query(f"{local} MINUS {{ {service} }}", name)

    def exists(self) -> Federated:
        """What the endpoint knows, or does not, without its rows."""
        local, service, name, _ = self._simple(without=NOT_IN_EXISTS)
        word = self.random.choice(("EXISTS", "NOT EXISTS"))
        return self._query(f"{local} FILTER {word} {{ {service} }}", name)

    def two(self) -> Federated:
        """Two endpoints about the same municipalities."""
        name, key, pattern = self._draw()
        # A key that is computed in a SELECT of its own takes the store with everything seconds.
        other, by, another = self._draw(self.random.choice(("area", "digits", "code")))
        which = self._which()
        left = KEYS[key] % which
        right = f"{{ SELECT ?m ?{by} WHERE {{ {KEYS[by] % which} }} }}"
        where = f"{left} {self._service(name, pattern)}"
        where += f" {{ {right} {self._service(other, another)} }}"
        return self._query(where, name, other)

    def filtered(self) -> Federated:
        """A filter outside, on what is joined."""
        local, service, name, key = self._simple()
        keep = self.random.choice("0123456789")
        return self._query(f'{local} {service} FILTER(CONTAINS(STR(?{key}), "{keep}"))', name)

    def counted(self) -> Federated:
        """How many rows there are for each key."""
        local, service, name, key = self._simple()
        head = f"SELECT ?{key} (COUNT(*) AS ?count)"
        return self._query(f"{local} {service}", name, head=head, tail=f" GROUP BY ?{key}")

    def limited(self) -> Federated:
        """The first keys alone, in their order."""
        local, service, name, key = self._simple()
        tail = f" ORDER BY ?{key} LIMIT {self.random.randrange(1, 20)}"
        return self._query(f"{local} {service}", name, head=f"SELECT DISTINCT ?{key}", tail=tail)

    def nested(self) -> Federated:
        """A SELECT of its own around the endpoint."""
        local, service, name, key = self._simple()
        inner = f"{{ SELECT DISTINCT ?{key} WHERE {{ {service} }} }}"
        return self._query(f"{local} {inner}", name)

    def with_values(self) -> Federated:
        """Keys after the query, one of them open."""
        name, key, pattern = self._draw()
        local = KEYS[key] % "?m a enishi:Municipality ."
        some = self.random.sample(self.towns, 3)
        tail = f" VALUES ?m {{ {' '.join(f'<{town}>' for town in some)} }}"
        return self._query(f"{local} {self._service(name, pattern)}", name, tail=tail)

    def in_variable(self) -> Federated:
        """The endpoint in a variable."""
        name, key, pattern = self._draw()
        local = KEYS[key] % self._which()
        where = f"VALUES ?endpoint {{ <{self.addresses[name]}> }} {local}"
        return self._query(f"{where} SERVICE ?endpoint {{ {pattern} }}", name)

    def unbound(self) -> Federated:
        """A key that some rows lack."""
        name, key, pattern = self._draw()
        local = KEYS[key] % self._which()
        some = " ".join(f"<{town}>" for town in self.random.sample(self.towns, 3))
        where = f"VALUES ?m {{ {some} }} OPTIONAL {{ {local} }}"
        tail = f" FILTER(BOUND(?{key}))"
        return self._query(f"{where} {tail} {self._service(name, pattern)}", name)

    def asked(self) -> Federated:
        """Only whether there is a row."""
        local, service, name, _ = self._simple()
        return self._query(f"{local} {service}", name, head="ASK")
