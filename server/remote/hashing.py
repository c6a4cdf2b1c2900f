"""A hash of a graph that does not depend on the order of its statements.

The sum, modulo 2^256, of SHA-256 over each statement's line in canonical N-Triples: two sets of
statements without blank nodes have the same sum only if they are the same.
https://www.w3.org/TR/n-triples/#canonical-ntriples
"""

import hashlib
from collections.abc import Iterable

from .state import GraphState

_MODULUS = 1 << 256


def state_of_lines(lines: Iterable[str]) -> GraphState:
    """Return the number of statements and their hash, from distinct lines without line ends.

    >>> state_of_lines(["<a:a> <a:b> <a:c> .", "<a:d> <a:b> <a:c> ."]) == state_of_lines(
    ...     ["<a:d> <a:b> <a:c> .", "<a:a> <a:b> <a:c> ."])
    True
    """
    total = count = 0
    for line in lines:
        total += int.from_bytes(hashlib.sha256(line.encode()).digest(), "big")
        count += 1
    return GraphState(count, f"{total % _MODULUS:064x}")
