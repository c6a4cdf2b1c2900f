"""The queries in server/queries: examples with their titles, and those behind the pages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode

FOLDER = Path(__file__).parent / "queries"
# Those that ask other endpoints, too.
FEDERATED = FOLDER / "federation"
_HEAD = ("title", "title-ja", "for", "about")
_TITLE = re.compile(rf"# ({'|'.join(_HEAD)}): (\S.*)")
AUDIENCES = ("officer", "engineer", "researcher")
TOPICS = ("ties", "agreements", "activities", "places", "documents", "graph", "others")
# A query with names asks for them in one language, by this line.
_LANGUAGE = 'VALUES ?language { "ja" }'


@dataclass(frozen=True)
class Example:
    """A query to start from: its slug, titles, audience, topic, and text without these lines."""

    slug: str
    title: str
    title_ja: str
    audience: str
    topic: str
    text: str

    def in_language(self, language: str) -> str:
        """Return the text that asks for names in ja or en."""
        return self.text.replace(_LANGUAGE, _LANGUAGE.replace("ja", language))


def read_example(path: Path) -> Example:
    """Return the example in a file. Raises ValueError for a missing title, audience or topic."""
    head, titles = path.read_text(encoding="utf-8"), {}
    while match := _TITLE.match(head):
        titles[match[1]] = match[2].strip()
        head = head[match.end() :].lstrip("\n")
    missing = set(_HEAD) - set(titles)
    if missing:
        raise ValueError(f"{path}: found no line `# {min(missing)}: …`, expected one at the top.")
    for name, known in (("for", AUDIENCES), ("about", TOPICS)):
        if titles[name] not in known:
            raise ValueError(
                f"{path}: found `# {name}: {titles[name]}`, expected one of {', '.join(known)}."
            )
    title, title_ja, audience, topic = (titles[name] for name in _HEAD)
    return Example(path.stem, title, title_ja, audience, topic, head)


def examples(folder: Path = FOLDER) -> list[Example]:
    """Return the example queries of a folder, sorted by file name."""
    return [read_example(path) for path in sorted(folder.glob("*.rq"))]


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.rq").read_text(encoding="utf-8")


Terms = NamedNode | Literal | Sequence[NamedNode]


def page_query(name: str, **terms: Terms) -> str:
    """Return the text of a query behind a page, `pages/facts` for instance.

    A term, or several, are put where the query leaves it open: `this=` in the line `VALUES ?this
    { UNDEF }`. The library writes them, escaped; no text of a request gets into a query in another
    way. Raises ValueError for a query that does not leave the variable open.
    """
    text = _text(name)
    for variable, term in terms.items():
        place = f"VALUES ?{variable} {{ UNDEF }}"
        if place not in text:
            raise ValueError(f"{name}.rq: found no line {place!r}, expected one.")
        words = " ".join(map(str, term)) if isinstance(term, Sequence) else str(term)
        text = text.replace(place, f"VALUES ?{variable} {{ {words} }}")
    return text


def read_page_queries() -> None:
    """Read every query behind a page: a confined worker process opens no file."""
    for path in FOLDER.rglob("*.rq"):
        _text(path.relative_to(FOLDER).with_suffix("").as_posix())
