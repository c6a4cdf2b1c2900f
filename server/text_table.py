"""A table for a terminal, where a Japanese character takes two columns."""

from unicodedata import east_asian_width

from .evaluation import Table


def width(text: str) -> int:
    """Return the number of terminal columns of a text.

    >>> width("盛岡 1")
    6
    """
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def render(table: Table) -> str:
    """Return the rows in columns, and their number; or yes and no."""
    if table.truth is not None:
        return "yes" if table.truth else "no"
    lines = [list(table.columns)]
    lines += [[_printable(cell.value) for cell in row] for row in table.rows]
    widths = [max(width(line[i]) for line in lines) for i in range(len(table.columns))]
    lines.insert(1, ["-" * size for size in widths])
    text = [
        "  ".join(
            cell + " " * (size - width(cell)) for cell, size in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    ]
    shown = len(table.rows)
    count = f"{table.total} rows" if shown == table.total else f"{shown} of {table.total} rows"
    return "\n".join([*text, f"({count})"])
