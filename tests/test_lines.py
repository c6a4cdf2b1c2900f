"""Every line of a document is accounted for exactly once."""

import pytest

from mappings.errors import ReadError
from mappings.lines import Lines


def test_unclaimed_line_is_an_error_with_its_number():
    lines = Lines("head\n\nrow\nstray\n", "list.txt")
    lines.claim(1, 1, "header")
    lines.claim(3, 3, "row")
    with pytest.raises(ReadError, match=r"list\.txt, line 4: found 'stray'"):
        lines.ledger()


def test_line_claimed_twice_is_an_error():
    lines = Lines("a\nb", "list.txt")
    lines.claim(1, 2, "row")
    with pytest.raises(ReadError, match="line 2: read twice"):
        lines.claim(2, 2, "noise")


def test_ledger_covers_every_line_and_joins_blank_ones():
    lines = Lines("head\n\n\nrow 1\nrow 1 goes on\n\n", "list.txt")
    lines.claim(1, 1, "header")
    lines.claim(4, 5, "row")
    spans = [f"{r['first_line']}-{r['last_line']} {r['kind']}" for r in lines.ledger()]
    assert spans == ["1-1 header", "2-3 blank", "4-5 row", "6-6 blank"]


def test_last_line_without_line_feed_counts():
    assert len(Lines("a\nb", "x")) == len(Lines("a\nb\n", "x")) == 2
