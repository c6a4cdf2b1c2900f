"""From a document's text to its tables: the step `read`."""

from importlib import import_module
from pathlib import Path

from .document import Document
from .lines import Lines, Tables


def read_document(document: Document, sources: Path) -> Tables:
    """Return the tables of a document, with `lines`: who claimed which line of the text.

    Raises ReadError if the text is not the one expected or a line is not understood.
    """
    lines = Lines(document.text(sources), document.metadata["file"])
    reader = import_module(f".readers.{document.layout}", __package__)
    tables: Tables = reader.read(lines, document.settings)
    tables["lines"] = lines.ledger()
    return tables
