"""Shapes run over data: each constraint of each shape as one query, for all focus nodes at once.

A shape within a shape (sh:node, sh:not, …) that is no condition of SPARQL is evaluated for all
value nodes at once, and the set of those that do not conform is joined here.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from pyoxigraph import Literal
from rdflib.term import Node

from . import constraints as c
from .conditions import Conditions
from .errors import CannotCompile
from .focus import Classes, Focus, focus_of
from .paths import Path
from .queries import count_query, query_of, select
from .run_query import run_query
from .shapes import Shape, Shapes
from .source import Source, folded_types
from .terms import OxTerm, text_of, to_rdflib

# Above so many nodes a query that lists them is longer than the data it saves to fetch.
MOST_LISTED = 500
# A predicate in so many property shapes is taken to be one of their own nodes only.
MOST_USES = 3


@dataclass(frozen=True)
class Violation:
    """A result before it is written: terms are pyoxigraph's.

    `path`: of a result that is not the shape's; `bindings`: the other columns of a query;
    `root`: the node that does not conform, if it is another than the focus node.
    """

    shape: Shape
    constraint: c.Constraint
    focus: OxTerm
    value: OxTerm | None = None
    path: OxTerm | None = None
    bindings: tuple[tuple[str, OxTerm], ...] = ()
    detail: "tuple[Violation, ...]" = ()
    root: OxTerm | None = None

    @property
    def at(self) -> OxTerm:
        """The node whose validation the violation is a result of."""
        return self.root or self.focus


Task = Callable[[], list[Violation]]


class Evaluation:
    """The evaluation of shapes over one source."""

    def __init__(self, source: Source, shapes: Shapes) -> None:
        """Prepare: the class hierarchy is asked for here."""
        self.source = source
        self.shapes = shapes
        self._classes = Classes(source)
        self._uses = Counter(shape.path.text for shape in shapes if shape.path is not None)
        self.folded = folded_types(source)
        self._conditions = Conditions(shapes, self._classes, self.folded)

    def tasks(self, shape: Shape) -> Iterator[Task]:
        """Yield what is to be run for a shape with targets; each may run in a thread of its own."""
        yield from self._tasks(shape, focus_of(shape.targets, self._classes))

    def _tasks(self, shape: Shape, focus: Focus) -> Iterator[Task]:
        if shape.deactivated:
            return
        tests: list[tuple[c.Constraint, str]] = []
        counts, others = _split_counts(shape)
        if counts:
            yield lambda: list(self._counts(shape, counts, focus))
        for constraint in others:
            if isinstance(constraint, c.PropertyRef):
                if shape.path is None:
                    yield from self._tasks(self.shapes[constraint.shape], focus)
                else:
                    yield self._nested_task(shape, constraint, focus)
                continue
            test = self._conditions.of(constraint, focus.values(shape.path).variable)
            if test is not None:
                tests.append((constraint, test))
            else:
                yield self._task(shape, constraint, focus)
        if tests:
            yield lambda: list(self._value_tests(shape, tests, focus))

    def _task(self, shape: Shape, constraint: c.Constraint, focus: Focus) -> Task:
        if isinstance(constraint, c.Query):
            return lambda: list(self._query(shape, constraint, focus))
        if isinstance(constraint, c.NodeRef):
            return lambda: list(self._node(shape, constraint, focus))
        if isinstance(constraint, c.Logical):
            return lambda: list(self._logical(shape, constraint, focus))
        if isinstance(constraint, c.Qualified):
            return lambda: list(self._qualified(shape, constraint, focus))
        return lambda: list(self._rows(shape, constraint, focus))

    def _nested_task(self, shape: Shape, constraint: c.PropertyRef, focus: Focus) -> Task:
        """Return the task of a property shape within one: its results are of each outer node."""

        def run() -> list[Violation]:
            found: dict[OxTerm, list[Violation]] = defaultdict(list)
            for violation in self._violations(constraint.shape, focus.values(shape.path)):
                found[violation.at].append(violation)
            pairs = self._pairs(focus, shape.path, found)
            return [replace(v, root=node) for node, value in pairs for v in found[value]]

        return run

    def _violations(self, node: Node, focus: Focus) -> list[Violation]:
        return [v for task in self._tasks(self.shapes[node], focus) for v in task()]

    def _bad(self, node: Node, focus: Focus) -> set[OxTerm]:
        """Return the nodes that do not conform to a shape."""
        return {violation.at for violation in self._violations(node, focus)}

    def _value_tests(
        self, shape: Shape, tests: list[tuple[c.Constraint, str]], focus: Focus
    ) -> Iterator[Violation]:
        """Test each value once for all conditions; which of them fail is asked of the bad ones."""
        values, is_focus = focus.values(shape.path), ""
        if shape.path is not None and focus.member and self._is_own(shape.path):
            values, is_focus = focus.values_first(shape.path)
        together = " && ".join(test for _, test in tests)
        columns = "".join(
            f" (COALESCE({test}, false) AS ?ok{number})"
            for number, (_, test) in enumerate(tests)
            if len(tests) > 1
        )
        pattern = f"{values.pattern} FILTER(!COALESCE({together}, false)) {is_focus}"
        both = {focus.variable: None, values.variable: None}
        for row in self.source.select(select(f"{' '.join(both)}{columns}", pattern)):
            node, value = row[0], row[len(both) - 1]
            assert node is not None
            for number, (constraint, _) in enumerate(tests):
                if len(tests) == 1 or getattr(row[len(both) + number], "value", "") == "false":
                    yield Violation(shape, constraint, node, value)

    def _is_own(self, path: Path) -> bool:
        """Tell whether a path is a predicate that few shapes speak of: rdfs:label is none."""
        return path.kind == "predicate" and self._uses[path.text] <= MOST_USES

    def _rows(self, shape: Shape, constraint: c.Constraint, focus: Focus) -> Iterator[Violation]:
        for row in self.source.select(query_of(constraint, focus, shape.path, shape.node)):
            node, value, third = (*row, None, None)[:3]
            assert node is not None
            path = third if isinstance(constraint, c.Closed) else None
            is_value = not isinstance(constraint, c.UniqueLang)
            yield Violation(shape, constraint, node, value if is_value else None, path)

    def _counts(
        self, shape: Shape, counts: list[c.MinCount | c.MaxCount], focus: Focus
    ) -> Iterator[Violation]:
        """Count the values of each node once, for the least and the most number of them."""
        assert shape.path is not None
        for node, number in self.source.select(count_query(focus, shape.path, counts)):
            assert node is not None and isinstance(number, Literal)
            for constraint in counts:
                too_few = isinstance(constraint, c.MinCount)
                found = int(number.value)
                if found < constraint.count if too_few else found > constraint.count:
                    yield Violation(shape, constraint, node)

    def _pairs(
        self, focus: Focus, path: Path | None, among: Iterable[OxTerm] | None = None
    ) -> list[tuple[OxTerm, OxTerm]]:
        """Return focus and value nodes; only those whose value is `among` some."""
        values = focus.values(path)
        wanted = None if among is None else set(among)
        if wanted is not None and not wanted:
            return []
        variables = " ".join({focus.variable: None, values.variable: None})
        found = []
        for row in self.source.select(select(variables, _listed(values, wanted))):
            node, value = row[0], row[-1]
            assert node is not None and value is not None
            if wanted is None or value in wanted:
                found.append((node, value))
        return found

    def _node(self, shape: Shape, constraint: c.NodeRef, focus: Focus) -> Iterator[Violation]:
        details: dict[OxTerm, list[Violation]] = defaultdict(list)
        for violation in self._violations(constraint.shape, focus.values(shape.path)):
            details[violation.at].append(violation)
        for node, value in self._pairs(focus, shape.path, details):
            detail = tuple(details[value])
            yield Violation(shape, constraint, node, value, detail=detail)

    def _logical(self, shape: Shape, constraint: c.Logical, focus: Focus) -> Iterator[Violation]:
        values = focus.values(shape.path)
        # A shape may be listed twice: each counts.
        bad = [self._bad(node, values) for node in constraint.shapes]
        if constraint.name == "and":
            found = self._pairs(focus, shape.path, {node for part in bad for node in part})
        elif constraint.name == "or":
            among = set.intersection(*bad) if bad else None
            found = self._pairs(focus, shape.path, among)
        else:
            one = 1 if constraint.name == "xone" else 0
            found = [
                pair
                for pair in self._pairs(focus, shape.path)
                if sum(pair[1] not in part for part in bad) != one
            ]
        for node, value in found:
            yield Violation(shape, constraint, node, value)

    def _qualified(
        self, shape: Shape, constraint: c.Qualified, focus: Focus
    ) -> Iterator[Violation]:
        query = self._qualified_query(shape, constraint, focus)
        if query is not None:
            for (node,) in self.source.select(query):
                assert node is not None
                yield Violation(shape, constraint, node)
            return
        values = focus.values(shape.path)
        bad = self._bad(constraint.shape, values)
        siblings = [self._bad(node, values) for node in constraint.siblings]
        counts: dict[OxTerm, int] = defaultdict(int)
        for node, value in self._pairs(focus, shape.path):
            if value not in bad and all(value in sibling for sibling in siblings):
                counts[node] += 1
        for node, _ in self._pairs(focus, None):
            is_min = constraint.name == "qualifiedMinCount"
            if counts[node] < constraint.count if is_min else counts[node] > constraint.count:
                yield Violation(shape, constraint, node)

    def _qualified_query(self, shape: Shape, constraint: c.Qualified, focus: Focus) -> str | None:
        """Return the query that counts values that conform, if that is a condition of SPARQL."""
        assert shape.path is not None
        values = focus.values(shape.path)
        value = values.variable
        own = self._conditions.conforms(constraint.shape, value)
        others = [self._conditions.conforms(node, value) for node in constraint.siblings]
        if own is None or shape.path.nullable:
            return None
        tests = [own]
        for other in others:
            if other is None:
                return None
            tests.append(f"!{other}")
        step = f"{focus.variable} {shape.path.text} {value} FILTER({' && '.join(tests)})"
        is_min = constraint.name == "qualifiedMinCount"
        if is_min and constraint.count == 1:
            return select(focus.variable, f"{focus.pattern} FILTER NOT EXISTS {{ {step} }}")
        inner = f"OPTIONAL {{ {step} }}" if is_min else step
        having = f"COUNT(DISTINCT {value}) {'<' if is_min else '>'} {constraint.count}"
        return (
            f"SELECT {focus.variable} WHERE {{ {focus.pattern} {inner} }}"
            f" GROUP BY {focus.variable} HAVING({having})"
        )

    def _query(self, shape: Shape, constraint: c.Query, focus: Focus) -> Iterator[Violation]:
        for found in run_query(self.source, self.shapes.graph, shape, constraint, focus):
            yield Violation(shape, constraint, found.focus, found.value, found.path, found.bindings)


def _split_counts(
    shape: Shape,
) -> tuple[list[c.MinCount | c.MaxCount], list[c.Constraint]]:
    """Return the constraints for which values have to be counted, and all others.

    None, one or another is seen without counting.
    """
    counts: list[c.MinCount | c.MaxCount] = []
    others: list[c.Constraint] = []
    for constraint in shape.constraints:
        if isinstance(constraint, c.MinCount | c.MaxCount) and constraint.count > 1:
            counts.append(constraint)
        elif not (isinstance(constraint, c.MinCount) and constraint.count == 0):
            others.append(constraint)
    return counts, others


def _listed(values: Focus, wanted: set[OxTerm] | None) -> str:
    """Return the pattern of values, with those that are wanted listed if they are few."""
    if wanted is None or len(wanted) > MOST_LISTED:
        return values.pattern
    terms = [to_rdflib(term) for term in wanted]
    try:
        names = " ".join(sorted(text_of(term) for term in terms if term is not None))
    except CannotCompile:
        # A blank node has no name that a query can list.
        return values.pattern
    return f"VALUES {values.variable} {{ {names} }} {values.pattern}"
