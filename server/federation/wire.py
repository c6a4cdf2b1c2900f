"""What is said over the socket of the fetcher: frames, and fetches and answers in them as JSON.

The front passes the loads on between worker and fetcher and reads none of them.
"""

import json
import struct
from dataclasses import asdict, fields
from typing import Any

from .allowance import Allowance
from .remote import Failed, Fetch, Fetched

# To the fetcher: fetch, or stop working on a fetch. From it: ready to begin, or an answer.
FETCH, CANCEL = b"F", b"C"
READY, ANSWER = b"R", b"A"
HEAD = struct.Struct(">cQI")
# More than any fetch or answer in order: a longer frame means that the other side is broken.
MOST_BYTES = 1 << 30

_TEXTS = ("endpoint", "prologue", "pattern")
_NAMES = ("variables", "key_variables")
_FLAGS = ("is_flat", "is_whole")


def frame(kind: bytes, number: int, load: bytes = b"") -> bytes:
    """Return a frame: its kind, the number of the fetch it is about, its load."""
    return HEAD.pack(kind, number, len(load)) + load


def parse_head(data: bytes) -> tuple[bytes, int, int]:
    """Return the kind, the number and the length of the load that a frame begins with.

    Raises ValueError for a load that is longer than any in order.
    """
    kind, number, size = HEAD.unpack(data)
    if size > MOST_BYTES:
        raise ValueError(f"found a frame of {size} bytes, expected {MOST_BYTES} at most")
    return kind, number, size


def encode_fetch(fetch: Fetch, allowance: Allowance) -> bytes:
    """Return a fetch and what its query may use as the load of a frame."""
    return _dump({"fetch": asdict(fetch), "allowance": asdict(allowance)})


def decode_fetch(load: bytes) -> tuple[Fetch, Allowance]:
    """Return what `encode_fetch` was given. Raises ValueError for anything else."""
    try:
        message = json.loads(load)
        return _fetch(dict(message["fetch"])), _allowance(dict(message["allowance"]))
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"found no fetch ({type(error).__name__})") from None


def _fetch(given: dict[str, Any]) -> Fetch:
    if any(type(given[name]) is not str for name in _TEXTS):
        raise ValueError("found no text, expected one")
    if any(type(given[name]) is not bool for name in _FLAGS):
        raise ValueError("found neither true nor false")
    lists = {name: _texts(given[name]) for name in _NAMES}
    keys = tuple(_texts(key) for key in given["keys"])
    width = len(lists["key_variables"])
    if any(len(key) != width for key in keys):
        raise ValueError(f"found a key of another number of terms, expected {width}")
    return Fetch(**{**given, **lists, "keys": keys})


def _texts(given: list[Any]) -> tuple[str, ...]:
    if any(type(text) is not str for text in given):
        raise ValueError("found no text, expected one")
    return tuple(given)


def _allowance(given: dict[str, Any]) -> Allowance:
    for about in fields(Allowance):
        if type(given[about.name]) not in ((int, float) if about.name == "seconds" else (int,)):
            raise ValueError(f"{about.name}: found no number, expected one")
    return Allowance(**given)


def encode_answer(answer: Fetched | Failed) -> bytes:
    """Return what came of a fetch as the load of a frame."""
    if isinstance(answer, Failed):
        return _dump({"failed": asdict(answer)})
    # Not by asdict: it would copy every row.
    about = {"requests": answer.requests, "received": answer.received, "age": answer.age}
    return _dump({"rows": answer.rows, **about})


def decode_answer(load: bytes) -> Fetched | Failed:
    """Return what `encode_answer` was given. Raises ValueError or KeyError for anything else."""
    message = json.loads(load)
    if "failed" in message:
        return Failed(**message["failed"])
    rows = tuple(map(tuple, message["rows"]))
    return Fetched(rows, message["requests"], message["received"], message["age"])


def _dump(message: dict[str, Any]) -> bytes:
    # A lone surrogate, which no text of SPARQL has, raises UnicodeEncodeError, a ValueError.
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
