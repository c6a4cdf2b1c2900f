"""Where things are found: their IRIs, which never change, and the addresses of their pages here."""

from urllib.parse import quote, unquote

BASE = "https://w3id.org/enishi/"
# Written with http, or without the scheme's letters in lower case, it is the same base.
_OTHER_BASES = ("http://w3id.org/enishi/",)


def local_path(iri: str) -> str | None:
    """Return the path of a page about one of our IRIs, None for an IRI of others.

    >>> local_path("https://w3id.org/enishi/id/country/CN")
    '/id/country/CN'
    >>> local_path("https://w3id.org/enishi/ontology#Tie")
    '/ontology#Tie'
    """
    if not iri.startswith(BASE):
        return None
    path, mark, fragment = iri[len(BASE) :].partition("#")
    return "/" + quote(path, safe="/:@!$&'()*+,;=~") + mark + quote(fragment, safe="/?:@~")


def iri_of(path: str) -> str:
    """Return the IRI whose page has a path, decoded already.

    >>> iri_of("/id/country/CN")
    'https://w3id.org/enishi/id/country/CN'
    """
    return BASE + path.lstrip("/")


def canonical(iri: str, old_bases: tuple[str, ...] = ()) -> str | None:
    """Return one of our IRIs however it is written, None for an IRI of others.

    It may be percent-encoded, written with http, or begin with a base of former times.

    >>> canonical("http://w3id.org/enishi/id/country%2FCN")
    'https://w3id.org/enishi/id/country/CN'
    """
    decoded = unquote(iri.strip())
    for base in (BASE, *_OTHER_BASES, *old_bases):
        if decoded.startswith(base):
            return BASE + decoded[len(base) :]
    return None
