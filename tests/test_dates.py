"""Dates are read as precisely as printed, and impossible ones are refused."""

import pytest

from mappings.dates import Extent, PartialDate, Span
from mappings.exchange import parse_period
from mappings.japanese import parse_dotted_extent, parse_era_date

PERIODS = {
    "R4.5.18": [("2022-05-18", "2022-05-18")],
    "R5.1.27~1.28": [("2023-01-27", "2023-01-28")],
    "R4.6.11~19": [("2022-06-11", "2022-06-19")],
    "R4.10.22~R5.1.29": [("2022-10-22", "2023-01-29")],
    "R4.10~R5.3": [("2022-10", "2023-03")],
    "R6.10.12～1.13": [("2024-10-12", "2025-01-13")],
    "R5.2.28, 3.18": [("2023-02-28", "2023-02-28"), ("2023-03-18", "2023-03-18")],
    "R7.1～2": [("2025-01", "2025-02")],
    "R6.4": [("2024-04", "2024-04")],
    "R6.5.24承認受け": [("2024-05-24", "2024-05-24")],
    "R6.10.23（昭和小） R6.10～12": [("2024-10-23", "2024-10-23"), ("2024-10", "2024-12")],
    "R6.10.3・10.10・10.17 ・10.24": [
        (f"2024-10-{day}", f"2024-10-{day}") for day in ("03", "10", "17", "24")
    ],
    "R7.2.8～2.9・2.11": [("2025-02-08", "2025-02-09"), ("2025-02-11", "2025-02-11")],
}


@pytest.mark.parametrize("text", PERIODS)
def test_period_cell_gives_its_spans(text):
    spans = parse_period(text, 2024).spans
    assert [(str(span.start), str(span.end)) for span in spans] == PERIODS[text]


@pytest.mark.parametrize("text", ["※ R2.4.1∼", "R6.6.17～", "※R4.3∼"])
def test_open_period_has_a_start_and_no_end(text):
    extent = parse_period(text, 2022)
    assert extent.open_end and extent.start and extent.end is None


def test_about_a_day_is_approximate():
    extent = parse_period("R6.11.22前後", 2024)
    assert extent.approximate and str(extent.start) == str(extent.end) == "2024-11-22"


@pytest.mark.parametrize("text", ["R4.13.1", "R5.2.30", "", "4.1", "R5.3.1~R4.3.1", "来春"])
def test_impossible_period_is_refused(text):
    with pytest.raises(ValueError):
        parse_dotted_extent(text)


@pytest.mark.parametrize(
    "text, date",
    [
        ("令和元年5月31日", "2019-05-31"),
        ("平成 1 1年 8 月 3 日", "1999-08-03"),
        ("平成7年", "1995"),
        ("昭和６１年１月", "1986-01"),
    ],
)
def test_era_date_keeps_its_precision(text, date):
    assert str(parse_era_date(text)) == date


@pytest.mark.parametrize("text", ["平成16年13月1日", "平成十六年", "2004年12月24日"])
def test_other_than_an_era_date_is_refused(text):
    with pytest.raises(ValueError):
        parse_era_date(text)


def test_extent_spans_from_the_earliest_start_to_the_latest_end():
    extent = Extent(
        (
            Span(PartialDate(2024, 10, 23), PartialDate(2024, 10, 23)),
            Span(PartialDate(2024, 10), PartialDate(2024, 12)),
        )
    )
    assert (str(extent.start), str(extent.end)) == ("2024-10", "2024-12")


def test_fiscal_year_begins_in_april():
    assert PartialDate(2023, 3, 31).fiscal_year() == 2022
    assert PartialDate(2023, 4, 1).fiscal_year() == 2023
