"""Changes of municipalities since 1970, worked out from a gazetteer: pure functions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import TableError
from .gazetteer import Seat, current_seats

COLUMNS = ("date", "kind", "from_code", "from_name", "to_code", "to_name")
SINCE = "1970-01-01"
# Until its reversion Okinawa's municipalities were under another law and had no codes.
OKINAWA_SINCE = "1972-05-15"
NEW, ABSORPTION, CITY = "new-establishment", "absorption", "city-founding"
Row = dict[str, str]


@dataclass(frozen=True)
class Supplement:
    """What no package tells of the changes, written by hand.

    `rows`: complete changes. `renewed`: (date, code) of the mergers that made a new body under
    a code that stood before. `offices`: code of a former municipality whose office's address
    in the gazetteer does not tell where it lies, to the code of the municipality it joined.
    """

    rows: Sequence[Row]
    renewed: frozenset[tuple[str, str]]
    offices: Mapping[str, str]


def changes_of(named: Iterable[str], seats: Sequence[Seat], supplement: Supplement) -> list[Row]:
    """Return the changes that touch the municipalities with the codes `named`, by date.

    A municipality that ended lies in the one where its office stands; the change's kind follows
    from when that one began. Raises TableError if the supplement contradicts the gazetteer.
    """
    codes = set(named)
    codes |= {
        row["from_code"]
        for row in supplement.rows
        if row["kind"] == "designation" and row["to_code"] in codes
    }
    rows = [row for row in supplement.rows if {row["from_code"], row["to_code"]} & codes]
    by_hand = {(row["date"], row["from_code"]) for row in rows}
    mergers = _Mergers(seats, supplement)
    for code in sorted(codes & mergers.standing.keys()):
        found = mergers.into(code)
        rows += [row for row in found if (row["date"], row["from_code"]) not in by_hand]
    _check_renewed(rows, codes, supplement)
    return sorted(rows, key=lambda r: (r["date"], r["to_code"], r["from_code"]))


class _Mergers:
    """Finds which municipalities of the gazetteer ended in which."""

    def __init__(self, seats: Sequence[Seat], supplement: Supplement) -> None:
        self.standing = current_seats(seats)
        self._renewed = supplement.renewed
        self._designations = {
            row["to_code"]: row for row in supplement.rows if row["kind"] == "designation"
        }
        self._began = {(seat.code, seat.valid_from) for seat in seats}
        self._inside: dict[str, list[Seat]] = defaultdict(list)
        by_name = {(seat.prefecture, seat.name): seat.code for seat in self.standing.values()}
        for seat in seats:
            code = supplement.offices.get(seat.code) or _place(seat, by_name)
            if code and not seat.name.endswith("区"):
                self._inside[code].append(seat)

    def into(self, code: str) -> list[Row]:
        """Return the mergers into the standing body `code`, under its code of the day."""
        body = self.standing[code]
        since = OKINAWA_SINCE if body.prefecture == "沖縄県" else SINCE
        # Who began on a day when a neighbour ended took it in, before `body` in turn did so.
        founded = {seat.valid_from for seat in self._inside[code] if seat.code != code}
        designation = self._designations.get(code)
        own = {code, designation["from_code"]} if designation else {code}
        founded -= {date for own_code, date in self._began if own_code in own}
        ended = [
            seat
            for seat in self._inside[code]
            if seat.valid_to >= since and seat.code not in own and seat.valid_to not in founded
        ]
        together = Counter(seat.valid_to for seat in ended)
        rows = [self._row(body, seat, designation, together[seat.valid_to]) for seat in ended]
        heirs = {(row["date"], row["to_code"]) for row in rows} & self._renewed
        return rows + [_row(date, NEW, (to, body.name), (to, body.name)) for date, to in heirs]

    def _row(self, body: Seat, seat: Seat, designation: Row | None, together: int) -> Row:
        date, to_code = seat.valid_to, body.code
        if designation and date < designation["date"]:
            to_code = designation["from_code"]
        kind = ABSORPTION
        if (to_code, date) in self._began:
            raised = together == 1 and seat.name[:-1] == body.name[:-1]
            kind = CITY if raised else NEW
        elif (date, to_code) in self._renewed:
            kind = NEW
        return _row(date, kind, (seat.code, seat.name), (to_code, body.name))


def _place(seat: Seat, by_name: Mapping[tuple[str, str], str]) -> str | None:
    prefixes = (seat.address[:length] for length in range(7, 1, -1))
    found = (by_name.get((seat.prefecture, prefix)) for prefix in prefixes)
    return next((code for code in found if code), None)


def _row(date: str, kind: str, source: tuple[str, str], target: tuple[str, str]) -> Row:
    return dict(zip(COLUMNS, (date, kind, *source, *target), strict=True))


def _check_renewed(rows: Iterable[Row], codes: set[str], supplement: Supplement) -> None:
    found = {(row["date"], row["to_code"]) for row in rows}
    missing = sorted(pair for pair in supplement.renewed - found if pair[1] in codes)
    if missing:
        raise TableError(
            f"new_establishments.csv: found {missing[0][1]} on {missing[0][0]}, "
            "expected a day on which the gazetteer has a municipality end there."
        )


def periods(changes: Iterable[Row]) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Return by code when a municipality was founded, and when one ended and what followed it.

    A body renewed under its own code neither begins nor ends, nor does one that only got
    another code (designation, transfer): its successor's beginning stays open.
    """
    rows = list(changes)
    renewed = {(r["date"], r["to_code"]) for r in rows if r["from_code"] == r["to_code"]}
    founded = {
        row["to_code"]: row["date"]
        for row in rows
        if row["kind"] in (NEW, CITY) and (row["date"], row["to_code"]) not in renewed
    }
    ended = {
        row["from_code"]: (row["date"], row["to_code"])
        for row in rows
        if row["from_code"] != row["to_code"]
    }
    return founded, ended
