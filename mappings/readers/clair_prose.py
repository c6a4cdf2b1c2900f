"""What is taken of the running prose of CLAIR's sheets: kinds of exchange, by keyword; dates,
parties and instruments that `settings` names; and where two sheets say the same.
"""  # fmt: skip

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import ReadError
from ..lines import Lines, Table

HEADING, NAMES, DATE, COURSE, ACTIVITIES, RESULTS, URL, CONTACT = range(8)
# Tables of what sheets tell, each with the setting of its name: sheet → entries of these columns.
TOLD = {
    "dates_in_text": ("says", "printed"),
    "parties_in_text": ("side", "says", "printed"),
    "instruments_in_text": ("printed",),
}
_MARKUP = re.compile(r"<[^>]*>|\W")
# Shorter texts, such as 特になし, can be the same by chance.
_LONG = 20


@dataclass(frozen=True)
class Sheet:
    """The lines of a sheet: those of each section by their numbers, without the heads."""

    field: int
    first: int
    last: int
    sections: dict[int, dict[int, str]]

    def text(self, *sections: int) -> str:
        """Return the text of sections, a line of print each; section 0 is the heading."""
        return "\n".join(line for s in sections for line in self.sections[s].values())


def sub_kinds(sheet: Sheet, key: str, settings: dict[str, Any]) -> Iterator[str]:
    """Yield the codes whose words stand in the title's, course's and activities' sections.

    A code's field is that of the sheet; `any_field` lists codes that hold in every field.
    """
    rules: dict[str, dict[str, Any]] = settings["sub_kinds"]
    denied = settings["sub_kinds_not"].get(key, [])
    for code, rule in rules.items():
        if rule["fields"] and sheet.field not in rule["fields"]:
            continue
        text = sheet.text(*rule["sections"])
        if code not in denied and any(re.search(pattern, text) for pattern in rule["words"]):
            yield code


def read_told(
    lines: Lines, sheets: Iterable[tuple[Sheet, dict[str, str]]], name: str,
    wanted: dict[str, list[dict[str, str]]],
) -> Table:  # fmt: skip
    """Return the table `name`: what its setting says of sheets, with the lines that print it.

    Raises ReadError for print that the sheet does not have.
    """
    return [
        {"key": f"{row['key']}-{count}"}
        | _located(lines, sheet, f"sheet {row['key']}", name, entry["printed"])
        | {"sheet": row["key"]}
        | {column: entry[column] for column in TOLD[name]}
        for sheet, row in sheets
        for count, entry in enumerate(wanted.get(row["key"], []), 1)
    ]


def _located(lines: Lines, sheet: Sheet, where: str, name: str, printed: str) -> dict[str, str]:
    """Return first and last line of print in a sheet's prose; … stands for words between."""
    fragments = printed.split("…")
    at = 0
    found: list[int] = []
    for part in (HEADING, COURSE, ACTIVITIES, URL):
        for number, line in sheet.sections[part].items():
            while at < len(fragments) and fragments[at] in line:
                line = line.split(fragments[at], 1)[1]
                found.append(number)
                at += 1
    if at < len(fragments):
        raise ReadError(
            f"{lines.where}, {where}: found no {fragments[at]!r} in its title and its sections "
            f"(3), (4) and (6), expected it, as [settings.{name}] of document.toml says."
        )
    return {"first_line": str(found[0]), "last_line": str(found[-1])}


def shared_texts(sheets: Iterable[tuple[Sheet, dict[str, str]]]) -> Table:
    """Return the table `shared_texts`: sections of prose that sheets of different Japanese
    sides have word for word in common, with the sheets they share them with.
    """  # fmt: skip
    groups: dict[tuple[int, str], list[tuple[Sheet, dict[str, str]]]] = defaultdict(list)
    for sheet, row in sheets:
        for section in (COURSE, ACTIVITIES, RESULTS):
            text = _MARKUP.sub("", sheet.text(section))
            if len(text) >= _LONG:
                groups[section, text].append((sheet, row))
    return [
        {
            "key": f"{row['key']}-{section}",
            "first_line": str(min(sheet.sections[section])),
            "last_line": str(max(sheet.sections[section])),
            "sheet": row["key"],
            "section": str(section),
            "same_as": "|".join(other["key"] for _, other in group if other is not row),
        }
        for (section, _), group in groups.items()
        if len({row["japan"] for _, row in group}) > 1
        for sheet, row in group
    ]
