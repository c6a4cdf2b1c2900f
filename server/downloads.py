"""The files of a release that people take away, as its manifest lists them."""

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Download:
    """A file of a release and what it is.

    `file` is its path in the release folder and below `/data/`; `kind` is whole, table, map,
    network, graph, description or report; `size` counts bytes.
    """

    file: str
    kind: str
    title_ja: str
    title_en: str
    format: str
    media_type: str
    size: int
    sha256: str

    def title(self, language: str) -> str:
        """Return what the file is called in ja or en."""
        return self.title_ja if language == "ja" else self.title_en


def read_downloads(listed: Any) -> tuple[Download, ...]:
    """Return the files in the order of a manifest's `downloads`; none where it has no such list.

    Raises ValueError for an entry that lacks something or has it of another type.
    """
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise ValueError(f"found {type(listed).__name__} for downloads, expected a list.")
    return tuple(_download(number, entry) for number, entry in enumerate(listed, 1))


def _download(number: int, entry: Any) -> Download:
    found = dict(entry) if isinstance(entry, dict) else {}
    titles = found.get("title")
    if isinstance(titles, dict):
        found |= {f"title_{language}": titles.get(language) for language in ("ja", "en")}
    values: dict[str, Any] = {}
    for field in fields(Download):
        value = found.get(field.name)
        if type(value) is not field.type:
            wanted = getattr(field.type, "__name__", field.type)
            raise ValueError(
                f"found {value!r} for downloads → {number} → {field.name},"
                f" expected a value of type {wanted}."
            )
        values[field.name] = value
    return Download(**values)
