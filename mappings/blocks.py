"""Which rows belong to which partner, in lists whose partner column is torn or merged.

Both exchange lists are sorted: partners by local-government code, and the rows of one partner by
department or by date. A step back in that order is where one partner's block ends.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from .errors import MappingError


def steps_back(keys: Sequence[Any]) -> list[int]:
    """Return every index whose key is less than the one before it.

    >>> steps_back([1, 2, 2, 1, 5, 3])
    [3, 5]
    """
    return [i for i in range(1, len(keys)) if keys[i] < keys[i - 1]]


def blocks_around(anchors: Sequence[int], keys: Sequence[Any], where: str) -> list[int]:
    """Return the first row of each block when one row of each block (its anchor) is known.

    Between two anchors the order must step back exactly once. Raises MappingError.

    >>> blocks_around([0, 4], [1, 2, 3, 1, 2], "example")
    [0, 3]
    """
    back = steps_back(keys)
    starts = [0]
    for before, after in pairwise(anchors):
        between = [i for i in back if before < i <= after]
        if len(between) != 1:
            raise MappingError(
                f"{where}: between the partners printed at rows {before + 1} and {after + 1} the "
                f"order of department and date steps back {len(between)} times, expected once: "
                "the end of the first partner's block."
            )
        starts.append(between[0])
    return starts


def blocks_by_greatest_steps(days: Sequence[int], count: int, where: str) -> list[int]:
    """Return the first row of each of `count` blocks of rows in order of date.

    `days`: each row's first day as an ordinal. The greatest steps back part the blocks; the
    smallest of them must be at least twice the greatest step that parts none (rows of one
    partner are a few days out of order at most). Raises MappingError.

    >>> blocks_by_greatest_steps([1, 50, 49, 300, 5, 80], 2, "example")
    [0, 4]
    """
    steps = sorted(((days[i - 1] - days[i], i) for i in steps_back(days)), reverse=True)
    parting, within = steps[: count - 1], steps[count - 1 :]
    if len(parting) < count - 1:
        raise MappingError(
            f"{where}: dates step back {len(steps)} times, expected at least {count - 1} times "
            f"for {count} partners."
        )
    if within and parting and parting[-1][0] < 2 * within[0][0]:
        raise MappingError(
            f"{where}: a step back of {parting[-1][0]} days parts two partners and one of "
            f"{within[0][0]} days does not; expected a clear difference."
        )
    return sorted([0, *(i for _, i in parting)])
