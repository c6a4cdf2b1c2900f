"""Read WWW-Authenticate: which schemes a server offers (RFC 9110, 11.6.1)."""

import re
from collections.abc import Iterable
from urllib.request import parse_http_list, parse_keqv_list

_SCHEME = re.compile(r"([A-Za-z][\w\-]*)(?:\s+(.*)|$)", re.DOTALL)


def challenges(headers: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the parameters of each scheme that is offered, by its name in lower case.

    >>> challenges(['Basic realm="a, b", Digest realm="c", qop="auth"'])
    {'basic': {'realm': 'a, b'}, 'digest': {'realm': 'c', 'qop': 'auth'}}
    """
    found: dict[str, list[str]] = {}
    scheme = ""
    for part in (part for header in headers for part in parse_http_list(header)):
        match = _SCHEME.fullmatch(part)
        # `Digest realm="c"` begins a scheme, `qop="auth"` is a parameter of the one before.
        if match and "=" not in match[1]:
            scheme = match[1].lower()
            found[scheme] = []
            part = match[2] or ""
        if part and "=" in part and scheme:
            found[scheme].append(part)
    return {name: parse_keqv_list(parts) for name, parts in found.items()}
