"""Constraints on all values of a node together, each as one query that returns its violations."""

from rdflib.term import Node

from . import constraints as c
from .errors import CannotCompile
from .focus import Focus
from .paths import Path
from .terms import short, text_of


def query_of(constraint: c.Constraint, focus: Focus, path: Path | None, where: Node) -> str:
    """Return the query of a constraint: its first column is the focus node, its second the value.

    A third, of sh:closed, is the predicate; the second of sh:uniqueLang is the language, no value.
    Raises CannotCompile if there is no query for it.
    """
    this = focus.variable
    match constraint:
        case c.MinCount(1) if path is not None:
            return _none(focus, path)
        case c.MaxCount(0):
            return select(this, focus.values(path).pattern)
        case c.MaxCount(1) if path is not None:
            return _another(focus, path)
        case c.HasValue(term):
            return _has_value(focus, path, text_of(term))
        case c.UniqueLang():
            return _unique_lang(focus, path)
        case c.Equals(predicate):
            return _equals(focus, path, text_of(predicate))
        case c.Disjoint(predicate):
            values = focus.values(path)
            same = f"{this} {text_of(predicate)} {values.variable} ."
            return select(_both(this, values.variable), f"{values.pattern} {same}")
        case c.LessThan(name, predicate):
            values = focus.values(path)
            value = values.variable
            other = f"{values.pattern} {this} {text_of(predicate)} ?o ."
            test = f"FILTER(!COALESCE({value} {c.PAIRS[name]} ?o, false))"
            # One result for each pair: the other value is a column so that pairs stay apart.
            return select(f"{_both(this, value)} ?o", f"{other} {test}")
        case c.Closed(allowed):
            values = focus.values(path)
            listed = ", ".join(text_of(predicate) for predicate in allowed)
            step = f"{values.pattern} {values.variable} ?p ?o ."
            test = f"FILTER(?p NOT IN ({listed}))" if listed else ""
            return select(f"{this} ?o ?p", f"{step} {test}")
    raise CannotCompile(f"Shape {short(where)}: no query is made of {short(constraint.component)}.")


def select(variables: str, pattern: str) -> str:
    """Return the query for the different solutions of a pattern."""
    return f"SELECT DISTINCT {variables} WHERE {{ {pattern} }}"


def _both(this: str, value: str) -> str:
    """Return the columns of focus and value node; no variable may be there twice."""
    return f"{this} ({this} AS ?value)" if value == this else f"{this} {value}"


def count_query(focus: Focus, path: Path, counts: list[c.MinCount | c.MaxCount]) -> str:
    """Return the query for the nodes with too few or too many values, and how many they have."""
    this, values = focus.variable, focus.values(path)
    number = f"COUNT(DISTINCT {values.variable})"
    signs = {c.MinCount: "<", c.MaxCount: ">"}
    tests = " || ".join(f"{number} {signs[type(one)]} {one.count}" for one in counts)
    has_least = any(isinstance(one, c.MinCount) for one in counts)
    if has_least and not path.nullable:
        # A node without any value is to be counted too.
        step = f"OPTIONAL {{ {this} {path.text} {values.variable} }}"
        pattern = f"{focus.pattern} {step}"
    else:
        pattern = values.pattern
    return f"SELECT {this} ({number} AS ?n) WHERE {{ {pattern} }} GROUP BY {this} HAVING({tests})"


def _none(focus: Focus, path: Path) -> str:
    """Return the query for the nodes without a value."""
    step = f"{focus.variable} {path.text} ?v"
    nothing = "FILTER(false)" if path.nullable else f"FILTER NOT EXISTS {{ {step} }}"
    return select(focus.variable, f"{focus.pattern} {nothing}")


def _another(focus: Focus, path: Path) -> str:
    """Return the query for the nodes with two values: quicker than to group all of them."""
    this, values = focus.variable, focus.values(path)
    value = values.variable
    other = f"{this} {path.text} ?other ."
    if path.nullable:
        other = f"{{ {other} }} UNION {{ {focus.pattern} BIND({this} AS ?other) }}"
        pattern = f"{{ {values.pattern} }} {{ {other} }}"
    else:
        pattern = f"{values.pattern} {other}"
    return select(this, f"{pattern} FILTER(!sameTerm({value}, ?other))")


def _has_value(focus: Focus, path: Path | None, term: str) -> str:
    this = focus.variable
    if path is None:
        return select(this, f"{focus.pattern} FILTER(!sameTerm({this}, {term}))")
    itself = f" && !sameTerm({this}, {term})" if path.nullable else ""
    test = f"FILTER(NOT EXISTS {{ {this} {path.text} {term} }}{itself})"
    return select(this, f"{focus.pattern} {test}")


def _unique_lang(focus: Focus, path: Path | None) -> str:
    this, values = focus.variable, focus.values(path)
    value = values.variable
    if path is not None and path.is_simple:
        # Another value beside each: quicker than to group all of them.
        other = f"{values.pattern} {this} {path.text} ?other ."
        same = f'LANG({value}) != "" && LCASE(LANG({value})) = LCASE(LANG(?other))'
        test = f"FILTER({same} && !sameTerm({value}, ?other))"
        return select(f"{this} (LCASE(LANG({value})) AS ?lang)", f"{other} {test}")
    tagged = f'{values.pattern} BIND(LCASE(LANG({value})) AS ?lang) FILTER(?lang != "")'
    return (
        f"SELECT {this} ?lang WHERE {{ {tagged} }} GROUP BY {this} ?lang"
        f" HAVING(COUNT(DISTINCT {value}) > 1)"
    )


def _equals(focus: Focus, path: Path | None, predicate: str) -> str:
    this, values = focus.variable, focus.values(path)
    value = values.variable
    stated = f"{focus.pattern} {this} {predicate} ?o ."
    if path is not None and path.is_simple:
        # MINUS reads each side once; NOT EXISTS would look into the middle of large nodes.
        reached = f"{focus.pattern} {this} {path.text} ?o ."
        pairs = (
            f"{{ {reached} MINUS {{ {this} {predicate} ?o }} }}"
            f" UNION {{ {stated} MINUS {{ {this} {path.text} ?o }} }}"
        )
        return select(f"{this} ?o", pairs)
    ours = f"{values.pattern} FILTER NOT EXISTS {{ {this} {predicate} {value} }}"
    tests = [] if path is None else [f"NOT EXISTS {{ {this} {path.text} ?o }}"]
    tests += [f"!sameTerm(?o, {this})"] if path is None or path.nullable else []
    theirs = f"{stated} FILTER({' && '.join(tests)})"
    pairs = f"{{ {ours} BIND({value} AS ?value) }} UNION {{ {theirs} BIND(?o AS ?value) }}"
    return select(f"{this} ?value", pairs)
