"""What a plan is made within, what it asks, and what it comes to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pyoxigraph import NamedNode

from .remote import Totals
from .rows import Term


class Limits(Protocol):
    """The limits that a plan keeps."""

    @property
    def federation_keys(self) -> int:
        """How many keys a SERVICE may have."""


@dataclass
class Step:
    """What is asked of an endpoint for a SERVICE.

    `offset`: where the SERVICE is in the query. `keys`: how many, None where all rows are asked
    for. `request`: the text of the first request, "" if none is needed. `requests` and `sent`
    (bytes of their texts) are foreseen. `is_open`: an earlier answer decides how many keys there
    are; the numbers are upper bounds then. `rows`: how many came, None before they were fetched.
    """

    endpoint: str
    offset: int
    is_silent: bool
    key_variables: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    keys: int | None = None
    request: str = ""
    requests: int = 0
    sent: int = 0
    is_open: bool = False
    rows: int | None = None
    failure: str = ""


@dataclass(frozen=True)
class Restated:
    """A query without SERVICE, to be evaluated with `functions` as custom functions."""

    text: str
    totals: Totals
    functions: Mapping[NamedNode, Callable[..., Term | None]]
    steps: tuple[Step, ...]
