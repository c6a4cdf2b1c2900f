"""Constraints on all values of a node together, each as one query that returns its violations."""

from rdflib.term import Node

from . import constraints as c
from .errors import CannotCompile
from .focus import Focus
from .paths import Path
from .terms import short, text_of


def query_of(constraint: c.Constraint, focus: Focus, path: Path | None, where: Node) -> str:
    """Return the query of a constraint: its first column is the focus node, its second the value.

    A third, of sh:closed, is the predicate. Raises CannotCompile if there is no query for it.
    """
    this = focus.variable
    match constraint:
        case c.MinCount(count):
            return _min_count(focus, path, count)
        case c.MaxCount(count):
            return _max_count(focus, path, count)
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


def _min_count(focus: Focus, path: Path | None, count: int) -> str:
    this, values = focus.variable, focus.values(path)
    assert path is not None
    if path.nullable:
        return _counted(this, values, values.pattern, f"< {count}")
    step = f"{this} {path.text} {values.variable}"
    if count == 1:
        return select(this, f"{focus.pattern} FILTER NOT EXISTS {{ {step} }}")
    return _counted(this, values, f"{focus.pattern} OPTIONAL {{ {step} }}", f"< {count}")


def _max_count(focus: Focus, path: Path | None, count: int) -> str:
    this, values = focus.variable, focus.values(path)
    assert path is not None
    if count == 0:
        return select(this, values.pattern)
    if count == 1 and path.is_simple:
        # A second value is looked for beside each: quicker than to group all of them.
        other = f"{this} {path.text} ?other ."
        test = f"FILTER(!sameTerm({values.variable}, ?other))"
        return select(this, f"{values.pattern} {other} {test}")
    return _counted(this, values, values.pattern, f"> {count}")


def _counted(this: str, values: Focus, pattern: str, test: str) -> str:
    having = f"HAVING(COUNT(DISTINCT {values.variable}) {test})"
    return f"SELECT {this} WHERE {{ {pattern} }} GROUP BY {this} {having}"


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
    tagged = f'{values.pattern} BIND(LCASE(LANG({value})) AS ?lang) FILTER(?lang != "")'
    return (
        f"SELECT {this} WHERE {{ {tagged} }} GROUP BY {this} ?lang"
        f" HAVING(COUNT(DISTINCT {value}) > 1)"
    )


def _equals(focus: Focus, path: Path | None, predicate: str) -> str:
    this, values = focus.variable, focus.values(path)
    value = values.variable
    ours = f"{values.pattern} FILTER NOT EXISTS {{ {this} {predicate} {value} }}"
    reached = [] if path is None else [f"NOT EXISTS {{ {this} {path.text} ?o }}"]
    itself = [f"!sameTerm(?o, {this})"] if path is None or path.nullable else []
    theirs = f"{focus.pattern} {this} {predicate} ?o . FILTER({' && '.join(reached + itself)})"
    pairs = f"{{ {ours} BIND({value} AS ?value) }} UNION {{ {theirs} BIND(?o AS ?value) }}"
    return select(f"{this} ?value", pairs)
