"""文京区「令和６年度交流実績一覧」: one row is one activity of the ward with one partner.

The partners' names are torn off and listed at the page ends in another order, and blocks run
across pages. Partners stand in order of local-government code, a partner's rows in order of date.
"""

from collections.abc import Iterator

from ..blocks import blocks_by_greatest_steps
from ..checks.exchange import check_rows
from ..document import Document
from ..errors import MappingError
from ..exchange import (
    ExchangeRow,
    Partner,
    in_code_order,
    map_partners,
    map_rows,
    read_partners,
    read_rows,
)
from ..model import Thing
from ..names import Names


def map_document(document: Document, names: Names) -> Iterator[Thing]:
    """Yield the activities of all rows, the agreements they mention, what contradicts itself."""
    rows, printed = read_rows(document, names), read_partners(document, names)
    partners = in_code_order(printed)
    days = [row.extent.start.first_day().toordinal() for row in rows if row.extent.start]
    starts = blocks_by_greatest_steps(days, len(partners), document.slug)
    ends = [*starts[1:], len(rows)]
    owned = [
        (row, _on_page(printed, partner, row))
        for partner, start, end in zip(partners, starts, ends, strict=True)
        for row in rows[start:end]
    ]
    check_pages(document, printed, owned)
    yield from map_partners(printed)
    yield from map_rows(document, owned)
    yield from check_rows(document, owned, names)


def _on_page(printed: list[Partner], partner: Partner, row: ExchangeRow) -> Partner:
    """Return the partner as the row's own page prints it, where it does."""
    same = [p for p in printed if p.iri == partner.iri]
    return next((p for p in same if p.source.page == row.source.page), same[0])


def check_pages(
    document: Document, printed: list[Partner], owned: list[tuple[ExchangeRow, Partner]]
) -> None:
    """Raise MappingError unless each page prints exactly the partners whose rows stand on it."""
    for page in sorted({p.source.page or 0 for p in printed}):
        named = {p.iri for p in printed if p.source.page == page}
        found = {p.iri for row, p in owned if row.source.page == page}
        if named != found:
            wrong = min(named ^ found, key=str).value
            raise MappingError(
                f"{document.slug}, page {page}: the order of dates and the names printed at the "
                f"page's end disagree about {wrong}; expected the same partners."
            )
