"""The queries in server/queries: examples with their titles, and the numbers of the start page."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "queries"
_TITLE = re.compile(r"# (title|title-ja|for): (\S.*)")
AUDIENCES = ("officer", "engineer", "researcher")
# A query with names asks for them in one language, by this line.
_LANGUAGE = 'VALUES ?language { "ja" }'


@dataclass(frozen=True)
class Example:
    """A query to start from: its slug, titles, audience, and text without these lines."""

    slug: str
    title: str
    title_ja: str
    audience: str
    text: str

    def in_language(self, language: str) -> str:
        """Return the text that asks for names in ja or en."""
        return self.text.replace(_LANGUAGE, _LANGUAGE.replace("ja", language))


def read_example(path: Path) -> Example:
    """Return the example in a file. Raises ValueError for a missing title or audience."""
    head, titles = path.read_text(encoding="utf-8"), {}
    while match := _TITLE.match(head):
        titles[match[1]] = match[2].strip()
        head = head[match.end() :].lstrip("\n")
    missing = {"title", "title-ja", "for"} - set(titles)
    if missing:
        raise ValueError(f"{path}: found no line `# {min(missing)}: …`, expected one at the top.")
    if titles["for"] not in AUDIENCES:
        raise ValueError(
            f"{path}: found `# for: {titles['for']}`, expected one of {', '.join(AUDIENCES)}."
        )
    return Example(path.stem, titles["title"], titles["title-ja"], titles["for"], head)


def examples() -> list[Example]:
    """Return every example query, sorted by file name."""
    return [read_example(path) for path in sorted(FOLDER.glob("*.rq"))]


def number_query(name: str) -> str:
    """Return the text of a query of the start page's numbers."""
    return (FOLDER / "numbers" / f"{name}.rq").read_text(encoding="utf-8")
