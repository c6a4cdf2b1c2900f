"""Constraints on one value as conditions of SPARQL: true where the value satisfies them."""

from itertools import count

from rdflib import Literal, URIRef
from rdflib.term import Node

from . import constraints as c
from .datatypes import FOLDABLE, well_formed
from .focus import Classes
from .shapes import Shape, Shapes
from .terms import string, text_of

KIND_TESTS = {"IRI": "isIRI", "BLANK": "isBLANK", "LITERAL": "isLITERAL"}


class Conditions:
    """Writes conditions; variables of its patterns have names of their own."""

    def __init__(self, shapes: Shapes, classes: Classes, folded: frozenset[URIRef]) -> None:
        """Write conditions for shapes over data with these classes.

        `folded`: the datatypes that the engine does not keep.
        """
        self._folded = folded
        self._shapes = shapes
        self._classes = classes
        self._numbers = count(1)

    def of(self, constraint: c.Constraint, variable: str) -> str | None:
        """Return the condition of a constraint on each value; None if it has none.

        An error in it counts as false.
        """
        if isinstance(constraint, c.VALUE_TESTS):
            return self._value_test(constraint, variable)
        if isinstance(constraint, c.NodeRef):
            return self.conforms(constraint.shape, variable)
        if isinstance(constraint, c.Logical):
            return self._logical(constraint, variable)
        return None

    def conforms(self, node: Node, variable: str) -> str | None:
        """Return the condition that a value conforms to a shape; None if it has none."""
        shape = self._shapes[node]
        if shape.deactivated:
            return "true"
        parts = [self._part(shape, constraint, variable) for constraint in shape.constraints]
        known = [f"COALESCE({part}, false)" for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return f"({' && '.join(known)})" if known else "true"

    def _part(self, shape: Shape, constraint: c.Constraint, variable: str) -> str | None:
        if isinstance(constraint, c.PropertyRef) and shape.path is None:
            return self.conforms(constraint.shape, variable)
        if shape.path is None:
            if isinstance(constraint, c.HasValue):
                return f"sameTerm({variable}, {text_of(constraint.term)})"
            return self.of(constraint, variable)
        if shape.path.nullable:
            return None
        step = f"{variable} {shape.path.text}"
        if isinstance(constraint, c.HasValue):
            return f"EXISTS {{ {step} {text_of(constraint.term)} }}"
        if isinstance(constraint, c.MinCount | c.MaxCount):
            return self._count(step, constraint)
        value = self._fresh()
        if isinstance(constraint, c.PropertyRef):
            inner = self.conforms(constraint.shape, value)
        else:
            inner = self.of(constraint, value)
        if inner is None:
            return None
        return f"NOT EXISTS {{ {step} {value} FILTER(!COALESCE({inner}, false)) }}"

    def _count(self, step: str, constraint: c.MinCount | c.MaxCount) -> str | None:
        one, other = self._fresh(), self._fresh()
        if isinstance(constraint, c.MinCount):
            if constraint.count == 0:
                return "true"
            return f"EXISTS {{ {step} {one} }}" if constraint.count == 1 else None
        if constraint.count == 0:
            return f"NOT EXISTS {{ {step} {one} }}"
        if constraint.count == 1:
            pair = f"{step} {one} . {step} {other}"
            return f"NOT EXISTS {{ {pair} FILTER(!sameTerm({one}, {other})) }}"
        return None

    def _logical(self, constraint: c.Logical, variable: str) -> str | None:
        parts = [self.conforms(shape, variable) for shape in constraint.shapes]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        if constraint.name == "not":
            return f"!{known[0]}"
        if constraint.name == "xone":
            return f"({' + '.join(f'IF({part}, 1, 0)' for part in known) or '0'}) = 1"
        if not known:
            return "true" if constraint.name == "and" else "false"
        return f"({(' && ' if constraint.name == 'and' else ' || ').join(known)})"

    def _value_test(self, constraint: c.Constraint, variable: str) -> str:
        match constraint:
            case c.Class(of):
                return f"EXISTS {{ {self._classes.instances(variable, of, self._fresh())} }}"
            case c.Datatype(datatype):
                form = well_formed(datatype, variable)
                same = f"DATATYPE({variable}) = {text_of(datatype)}"
                if datatype in self._folded:
                    # The value is all that is left to be tested.
                    kept = text_of(FOLDABLE[datatype][1])
                    same = f"DATATYPE({variable}) IN ({text_of(datatype)}, {kept})"
                return f"({same} && {form})" if form else same
            case c.NodeKind(kinds):
                tests = " || ".join(f"{KIND_TESTS[kind]}({variable})" for kind in kinds)
                return f"({tests})"
            case c.Range(name, bound):
                return f"({variable} {c.RANGES[name]} {text_of(bound)})"
            case c.Length(name, length):
                sign = ">=" if name == "minLength" else "<="
                return f"(STRLEN(STR({variable})) {sign} {length})"
            case c.Pattern(pattern, flags):
                with_flags = f", {string(flags)}" if flags else ""
                return f"REGEX(STR({variable}), {string(pattern)}{with_flags})"
            case c.LanguageIn(tags):
                tests = " || ".join(f"LANGMATCHES(LANG({variable}), {string(t)})" for t in tags)
                return f"({tests or 'false'})"
            case c.In(terms):
                return _one_of(variable, terms)
        raise TypeError(f"no test of a value: {constraint}")

    def _fresh(self) -> str:
        return f"?x{next(self._numbers)}"


def _one_of(variable: str, terms: tuple[Node, ...]) -> str:
    iris = [text_of(term) for term in terms if isinstance(term, URIRef)]
    tests = [f"{variable} IN ({', '.join(iris)})"] if iris else []
    # = would take 1 and 1.0 for the same: values are compared as terms.
    tests += [
        f"sameTerm({variable}, {text_of(term)})" for term in terms if isinstance(term, Literal)
    ]
    return f"({' || '.join(tests) or 'false'})"
