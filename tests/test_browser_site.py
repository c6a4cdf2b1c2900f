"""The pages in a real browser: found by search, in both languages, by keyboard, on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browsing import AXE, violations

PAGES = {
    "town": "/id/municipality/03201",
    "ward": "/id/municipality/13105",
    "agreement": "/id/agreement/clair-2012/1-2",
    "document": "/id/document/clair_sectoral_2012",
    "former": "/id/municipality/09367",
    "search": "/search",
    "agreements": "/agreements",
    "municipalities": "/municipalities",
    "discrepancies": "/discrepancies",
    "vocabulary": "/ontology",
    "shapes": "/shapes",
    "data": "/data",
}
ASKED = {"/search": {"q": "府中"}}


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_barrier_that_axe_finds(visitor, name):
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci)")
    path = PAGES[name]
    # Each page in one of two looks: together they have all there is.
    lang, scheme = (("ja", "light"), ("en", "dark"))[list(PAGES).index(name) % 2]
    page = visitor.open(path, lang=lang, scheme=scheme, **ASKED.get(path, {}))
    assert violations(page) == []


@pytest.mark.parametrize("name", ["ward", "agreement", "document", "search", "data"])
def test_a_page_fits_a_phone(visitor, name):
    path = PAGES[name]
    page = visitor.open(path, width=360, **ASKED.get(path, {}))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_town_is_found_while_typing_and_opened_by_keyboard(visitor):
    page = visitor.open("/")
    box = page.locator("#search")
    box.focus()
    page.keyboard.type("もりおか")
    expect(page.get_by_role("option").first).to_contain_text("盛岡市")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("盛岡市")


def test_escape_closes_the_suggestions_and_leaves_what_was_typed(visitor):
    page = visitor.open("/")
    box = page.locator("#search")
    box.focus()
    page.keyboard.type("津和野")
    suggestions = page.get_by_role("listbox")
    expect(suggestions).to_be_visible()
    page.keyboard.press("Escape")
    expect(suggestions).to_be_hidden()
    expect(box).to_have_value("津和野")


def test_the_other_language_is_the_same_page(visitor):
    page = visitor.open("/id/municipality/13105", lang="ja")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bunkyo Ward")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_everything_is_read_searched_and_saved_without_script(visitor):
    page = visitor.open("/", lang="en", has_script=False)
    page.get_by_role("searchbox").fill("Morioka")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Morioka City").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Morioka City")
    page.locator("select[name=year]").select_option("2023")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("of 14")
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV for Excel").click()
    assert saved.value.suggested_filename == "enishi-id-municipality-03201.csv"


def test_the_first_tab_leads_to_the_content(visitor):
    page = visitor.open("/id/municipality/03201")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
