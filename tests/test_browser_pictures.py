"""Map, network and paths in a browser: with eyes, keyboard, phone and screen reader."""

import re

import pytest
from playwright.sync_api import Page, expect
from pyoxigraph import NamedNode

from server.links import BASE
from tests.browsing import AXE, Visitor, violations

EVIDENCE_COUNT = NamedNode(BASE + "ontology#evidenceCount")
PAGES = (
    ("/map", {}),
    ("/map", {"view": "world"}),
    ("/map", {"about": "富良野"}),
    ("/network", {"least": "2"}),
    ("/network", {"about": "municipality/13105"}),
    ("/path", {"from": "municipality/13105", "to": "foreign/CN/dalian"}),
    ("/id/municipality/13105", {}),
)
NAMES = ("map", "world", "which", "network", "around", "path", "entity")


def scale(page: Page) -> float:
    """Return how many times larger than at first the drawing is."""
    transform = page.locator("svg.picture > .content").get_attribute("transform") or "scale(1)"
    (found,) = re.findall(r"scale\(([\d.]+)\)", transform)
    return float(found)


def open_drawing(visitor: Visitor, path: str, **parameters) -> Page:
    page = visitor.open(path, **parameters)
    page.get_by_role("group", name="図の操作").wait_for()
    return page


@pytest.mark.parametrize("path", ["/map", "/network"])
def test_a_drawing_is_zoomed_and_moved_by_keys_and_buttons(visitor, path):
    page = open_drawing(visitor, path)
    page.locator("svg.picture").focus()
    for key in ("+", "+", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.locator("svg.picture > .content")).to_have_attribute(
        "transform", re.compile(r"scale\(2\.25\)")
    )
    before = page.locator("svg.picture > .content").get_attribute("transform")
    page.keyboard.press("ArrowRight")
    assert page.locator("svg.picture > .content").get_attribute("transform") != before
    page.get_by_role("button", name="縮小").click()
    page.wait_for_function("document.querySelector('.content').transform.baseVal[1].matrix.a < 2")
    assert scale(page) == pytest.approx(1.5)
    page.keyboard.press("0")
    assert scale(page) == 1


def test_a_wheel_alone_scrolls_the_page_and_with_ctrl_zooms(visitor):
    page = open_drawing(visitor, "/map")
    page.locator("svg.picture").hover()
    page.mouse.wheel(0, 200)
    page.wait_for_function("scrollY > 0")
    assert scale(page) == 1
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.wait_for_function("document.querySelector('.content').hasAttribute('transform')")
    assert scale(page) > 1


def test_more_names_are_shown_when_there_is_room(visitor):
    page = open_drawing(visitor, "/network")
    names = page.locator(".dot text:not(.hidden)")
    first = names.count()
    page.locator("svg.picture").focus()
    for _ in range(4):
        page.keyboard.press("+")
    sizes = page.locator(".dot .mark").evaluate_all(
        "marks => marks.map(mark => mark.getBoundingClientRect().width)"
    )
    assert first > 40 and max(sizes) < 60
    in_view = page.evaluate(
        """() => {
          const frame = document.querySelector("svg.picture").getBoundingClientRect();
          const middle = ({left, right, top, bottom}) => [(left + right) / 2, (top + bottom) / 2];
          const dots = [...document.querySelectorAll(".dot")].filter((dot) => {
            const [x, y] = middle(dot.querySelector(".mark").getBoundingClientRect());
            return x > frame.left && x < frame.right && y > frame.top && y < frame.bottom;
          });
          return [dots.length, dots.filter((dot) => !dot.querySelector(".hidden")).length];
        }"""
    )
    assert in_view[1] / in_view[0] > first / 442


def test_whoever_is_reached_by_tab_is_shown_with_its_ties(visitor):
    page = open_drawing(visitor, "/network", about="municipality/13105")
    bunkyo = page.locator('.dot[data-key="municipality/13105"]')
    bunkyo.focus()
    expect(page.locator(".told")).to_have_text(re.compile("文京区（東京都）: 縁 14"))
    expect(page.locator(".tie.near")).to_have_count(14)
    assert page.locator(".dot.near").count() == 15
    page.keyboard.press("Enter")
    page.wait_for_url("**/id/municipality/13105*")


def test_a_filter_changes_drawing_table_and_address_in_place(visitor, store):
    counts = store.quads_for_pattern(None, EVIDENCE_COUNT, None)
    strong = sum(int(quad.object.value) >= 10 for quad in counts)
    page = open_drawing(visitor, "/network")
    page.evaluate("window.stayed = true")
    page.locator("select[name=least]").select_option("10")
    expect(page.locator("tbody tr")).to_have_count(strong)
    assert page.locator("path.tie[data-ends]").count() == strong
    page.get_by_role("checkbox", name="都道府県・振興局").uncheck()
    expect(page.locator("tbody tr")).not_to_have_count(strong)
    assert page.evaluate("window.stayed") and "least=10" in page.url
    again = visitor.open("/network", least="10", has_script=False)
    assert again.locator("path.tie[data-ends]").count() == strong


def test_the_map_follows_a_name_and_the_heading_with_it(visitor):
    page = open_drawing(visitor, "/map")
    page.get_by_role("combobox", name="団体", exact=True).fill("文京区")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("文京区の縁の地図")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Map of the ties of Bunkyo Ward")


def test_a_dot_of_the_network_is_moved_with_its_lines_and_opens_nothing(visitor):
    page = open_drawing(visitor, "/network", about="municipality/13105")
    dot = page.locator('.dot[data-key="municipality/13105"]')
    line = page.locator('path.tie[data-ends~="municipality/13105"]').first
    dot.scroll_into_view_if_needed()
    before, path, address = dot.get_attribute("transform"), line.get_attribute("d"), page.url
    box = dot.locator(".mark").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 60, steps=5)
    page.mouse.up()
    assert dot.get_attribute("transform") != before and line.get_attribute("d") != path
    assert page.url == address and scale(page) == 1


@pytest.mark.parametrize(("path", "parameters"), PAGES, ids=NAMES)
def test_there_is_no_barrier(visitor, path, parameters):
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci)")
    # Each page in one of two looks: together they have all there is.
    looks = (("ja", "light"), ("en", "dark"))
    lang, scheme = looks[PAGES.index((path, parameters)) % 2]
    page = visitor.open(path, lang=lang, scheme=scheme, **parameters)
    page.wait_for_load_state("networkidle")
    assert violations(page) == []


@pytest.mark.parametrize(("path", "parameters"), PAGES, ids=NAMES)
@pytest.mark.parametrize("has_script", [True, False])
def test_a_phone_does_not_scroll_sideways(visitor, path, parameters, has_script):
    page = visitor.open(path, width=390, has_script=has_script, **parameters)
    page.wait_for_load_state("networkidle")
    boxes = page.locator("main > *, main figure, main svg.picture").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert max(boxes) <= 390
