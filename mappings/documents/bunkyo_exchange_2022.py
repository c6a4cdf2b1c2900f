"""文京区「令和4年度の交流実績一覧」: one row is one activity of the ward with one partner.

The merged partner cell prints its name on some row of its block. Partners stand in order of
local-government code, a partner's rows in order of department and, within one, of date.
"""

import datetime
from collections.abc import Iterator

from ..blocks import blocks_around
from ..checks.exchange import check_rows
from ..document import Document
from ..errors import MappingError
from ..exchange import ExchangeRow, in_code_order, map_partners, map_rows, read_partners, read_rows
from ..model import Thing
from ..names import Names


def map_document(document: Document, names: Names) -> Iterator[Thing]:
    """Yield the activities of all rows, and what contradicts itself."""
    rows, partners = read_rows(document, names), read_partners(document, names)
    if partners != in_code_order(partners):
        raise MappingError(
            f"{document.slug}: found the partners in another order, expected 自治体コード順."
        )
    ranks = {name: rank for rank, name in enumerate(document.settings["departments"])}

    def order(row: ExchangeRow) -> tuple[int, datetime.date]:
        if row.department not in ranks or row.extent.start is None:
            raise MappingError(
                f"{document.slug}, row {row.key}: found the department {row.department!r}, "
                "expected one of [settings] departments, and a date."
            )
        return ranks[row.department], row.extent.start.first_day()

    lines = [row.source.first_line for row in rows]
    anchors = [lines.index(partner.source.first_line) for partner in partners]
    starts = blocks_around(anchors, [order(row) for row in rows], document.slug)
    ends = [*starts[1:], len(rows)]
    owned = [
        (row, partner)
        for partner, start, end in zip(partners, starts, ends, strict=True)
        for row in rows[start:end]
    ]
    yield from map_partners(partners)
    yield from map_rows(document, owned)
    yield from check_rows(document, owned, names)
