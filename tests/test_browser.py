"""The pages in a browser: the editor, and the form without it; for every eye and keyboard."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from pyoxigraph import Store

from server.evaluation import admit, run
from server.examples import examples
from server.limits import Limits
from tests.browsing import AXE, REFUSED, Visitor, violations

PAGES = (
    ("/", {}),
    ("/sparql", {"format": "html"}),
    ("/sparql", {"format": "html", "query": "SELECT * { ?town a enishi:SpecialWard } LIMIT 9"}),
    ("/sparql", {"format": "html", "query": "SELECT *\nWHER { ?s ?p ?o }"}),
)
NAMES = ("start", "query", "answer", "problem")
THREE = 'SELECT ?n ?x { VALUES (?n ?x) { (10 "b"@ja) (9 "") (2 "あ"@ja) } }'


def is_wrong(parameters: dict[str, str]) -> bool:
    return "WHER " in parameters.get("query", "")


def forgive_refusal(visitor: Visitor) -> None:
    """Take out what Chromium itself says of a query that is wrong on purpose; it must be there."""
    assert any(REFUSED in text for text in visitor.complaints)
    visitor.complaints[:] = [text for text in visitor.complaints if REFUSED not in text]


def write(page: Page, query: str) -> None:
    """Replace what the editor holds, as a person pastes it."""
    page.locator(".CodeMirror").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(query)


def column(page: Page, number: int) -> list[str]:
    cells = page.locator(f"#answer tbody tr > :nth-child({number})").all_inner_texts()
    return [cell.strip() for cell in cells]


def open_editor(visitor: Visitor, **parameters: str) -> Page:
    page = visitor.open("/sparql", format="html", **parameters)
    page.locator(".CodeMirror").wait_for()
    return page


def test_the_editor_asks_and_shows_rows_in_place(visitor):
    page = open_editor(visitor)
    page.evaluate("window.stayed = true")
    write(page, THREE)
    page.get_by_role("button", name="問い合わせる").click()
    expect(page.locator("#answer tbody tr")).to_have_count(3)
    expect(page.locator("main").get_by_role("status")).to_have_text("全 3 行")
    assert page.evaluate("window.stayed")


def test_the_address_is_a_link_to_query_and_answer(visitor):
    page = open_editor(visitor)
    write(page, THREE)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer tbody tr")).to_have_count(3)
    parts = urlsplit(page.url)
    parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert parts.path == "/sparql" and parameters["query"] == THREE
    again = visitor.open("/sparql", has_script=False, **parameters)
    assert column(again, 1) == ["10", "9", "2"]


def test_the_other_language_keeps_the_query_that_was_asked(visitor):
    page = open_editor(visitor)
    write(page, THREE)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer tbody tr")).to_have_count(3)
    page.get_by_role("link", name="English").click()
    expect(page.locator(".summary")).to_have_text("3 rows, all shown")


def test_nothing_is_asked_without_a_query(visitor):
    page = open_editor(visitor)
    write(page, "")
    page.keyboard.press("Delete")
    page.get_by_role("button", name="問い合わせる").click()
    expect(page.locator("main").get_by_role("status")).to_have_text("問い合わせ文がありません。")


def test_back_shows_the_query_before(visitor):
    page = open_editor(visitor)
    for number in (1, 2):
        write(page, f"SELECT ?n {{ VALUES ?n {{ {number} }} }}")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#answer tbody td")).to_have_text(str(number))
    page.go_back()
    expect(page.locator("#answer tbody td")).to_have_text("1")
    assert "{ 1 }" in page.locator(".CodeMirror-code").inner_text()


def test_without_script_the_form_answers(visitor):
    page = visitor.open("/sparql", format="html", has_script=False)
    page.get_by_label("問い合わせ文（SPARQL）").fill(THREE)
    page.get_by_role("button", name="問い合わせる").click()
    assert column(page, 1) == ["10", "9", "2"]
    assert page.locator("#answer th").all_inner_texts() == ["n", "x"]
    expect(page.get_by_role("button", name="整形")).to_be_hidden()


def test_a_column_is_sorted_by_its_heading_up_then_down(visitor):
    page = open_editor(visitor, query=THREE)
    heading = page.get_by_role("columnheader", name="n")
    heading.get_by_role("button").click()
    assert column(page, 1) == ["2", "9", "10"]
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.get_by_role("button").press("Enter")
    assert column(page, 1) == ["10", "9", "2"]
    page.get_by_role("columnheader", name="x").get_by_role("button").click()
    assert column(page, 2) == ["b", "あ", ""]
    assert heading.get_attribute("aria-sort") is None


def test_a_wrong_query_is_marked_where_it_is_wrong(visitor):
    page = open_editor(visitor, lang="en")
    write(page, "SELECT *\nWHER { ?s ?p ?o }")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("found the word WHER, expected WHERE")
    expect(page.locator(".CodeMirror .wrong")).to_have_text("WHER")
    expect(page.locator(".CodeMirror .wrong-line")).to_have_count(1)
    page.keyboard.insert_text("WHERE { VALUES ?x { 1 } } #")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer tbody tr")).to_have_count(1)
    expect(page.locator(".CodeMirror .wrong, .CodeMirror .wrong-line")).to_have_count(0)
    forgive_refusal(visitor)


def test_only_a_prefix_that_nobody_declares_is_marked(visitor):
    page = open_editor(visitor)
    mark = page.locator(".parseErrorIcon")
    write(page, "SELECT * { ?tie a enishi:Tie SERVICE estat: { ?area a ?class } }")
    expect(mark).to_have_count(0)
    write(page, "SELECT * { ?tie a enisi:Tie }")
    expect(mark).to_have_count(1)


def test_a_server_that_makes_no_page_is_heard_and_the_editor_stays(visitor):
    page = open_editor(visitor)
    detail = {"status": 503, "detail": "Full; try again.", "detail_ja": "込み合っています。"}
    kind = "application/problem+json"
    page.route(
        "**/sparql?query=*",
        lambda route: route.fulfill(status=400, content_type=kind, body=json.dumps(detail)),
    )
    write(page, THREE)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_have_text("込み合っています。")
    page.unroute("**/sparql?query=*")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer tbody tr")).to_have_count(3)
    page.route("**/sparql?query=*", lambda route: route.abort())
    # Another query: the browser may still have the answer to the last one.
    write(page, f"{THREE} LIMIT 2")
    page.keyboard.press("Control+Enter")
    expect(page.locator("main").get_by_role("status")).to_contain_text("サーバーに届きませんでした")
    visitor.complaints[:] = [text for text in visitor.complaints if "ERR_FAILED" not in text]
    forgive_refusal(visitor)


def test_a_wrong_query_in_the_address_is_marked_too(visitor):
    page = open_editor(visitor, query="SELECT * {\n  ?x ?y '𠮷', nope:a }")
    expect(page.locator(".CodeMirror .wrong")).to_have_text("nope")
    expect(page.locator(".CodeMirror-hint")).to_have_count(0)
    forgive_refusal(visitor)


def test_classes_and_properties_of_the_graph_are_completed_with_their_prefix(visitor):
    page = open_editor(visitor)
    write(page, "SELECT * {\n  ?s a ")
    page.keyboard.type("enishi:Spec")
    hint = page.locator(".CodeMirror-hint-active")
    expect(hint).to_have_text("enishi:SpecialWard  特別区")
    hint.press("Enter")
    page.keyboard.type(" ; enishi:stand")
    expect(page.locator(".CodeMirror-hint")).to_contain_text("標準地域コード")
    page.keyboard.press("Enter")
    page.keyboard.type(" ?code }")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer tbody tr")).to_have_count(23)
    assert parse_qs(urlsplit(page.url).query)["query"][0].startswith(
        "PREFIX enishi: <https://w3id.org/enishi/ontology#>"
    )


def test_the_list_of_completions_has_no_barrier_either(visitor):
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci)")
    page = open_editor(visitor)
    write(page, "SELECT * {\n  ?s a ")
    page.keyboard.press("Control+Space")
    assert page.get_by_role("listbox", name="補完の候補").get_by_role("option").count() > 20
    assert violations(page) == []


def test_a_class_is_completed_by_its_label(visitor):
    page = open_editor(visitor)
    write(page, "SELECT * {\n  ?s a 特別")
    page.keyboard.press("Control+Space")
    expect(page.locator(".CodeMirror-hint")).to_have_text(["enishi:SpecialWard  特別区"])
    page.keyboard.press("Enter")
    assert page.locator(".CodeMirror-code").inner_text().endswith("?s a enishi:SpecialWard")


def test_the_keyboard_gets_into_the_editor_and_out_of_it(visitor):
    page = open_editor(visitor)
    focused = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.name"
    page.locator(".CodeMirror").click()
    assert page.evaluate(focused) == "問い合わせ文（SPARQL）"
    for key in ("Escape", "Tab"):
        page.locator(".CodeMirror").click()
        page.keyboard.press(key)
        assert page.evaluate(focused) == "format"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(focused) == "問い合わせ文（SPARQL）"


def answer(store: Store, query: str) -> list[str]:
    return [str(row) for row in run(store, admit(query, Limits()))]


def test_formatting_leaves_every_answer_as_it_is(visitor, store):
    page = open_editor(visitor)
    for example in examples():
        page.evaluate(
            "text => document.querySelector('.CodeMirror').CodeMirror.setValue(text)", example.text
        )
        page.get_by_role("button", name="整形").click()
        formatted = page.wait_for_function(
            "text => { const now = document.querySelector('.CodeMirror').CodeMirror.getValue();"
            " return now !== text && now }",
            arg=example.text,
        ).json_value()
        assert answer(store, formatted) == answer(store, example.text)


def test_a_query_that_cannot_be_formatted_stays(visitor):
    page = open_editor(visitor)
    write(page, "SELECT ?x { ?a !(<a>|^<b>) ?x }")
    page.get_by_role("button", name="整形").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("整形できませんでした")
    assert page.locator(".CodeMirror-code").inner_text().endswith("!(<a>|^<b>) ?x }")


def test_an_answer_for_a_program_is_saved(visitor):
    page = open_editor(visitor, query=THREE)
    page.get_by_label("答えの形").select_option("csv-excel")
    with page.expect_download() as download:
        page.get_by_role("button", name="問い合わせる").click()
    assert download.value.suggested_filename.endswith(".csv")


def test_a_long_query_is_stopped(visitor):
    page = open_editor(visitor)
    write(page, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="中止").click()
    expect(page.locator("main").get_by_role("status")).to_have_text("中止しました。")
    expect(page.get_by_role("button", name="中止")).to_be_hidden()


@pytest.mark.parametrize(("lang", "scheme"), [("ja", "light"), ("en", "dark")])
@pytest.mark.parametrize(("path", "parameters"), PAGES, ids=NAMES)
def test_no_page_has_a_barrier_that_axe_finds(visitor, path, parameters, lang, scheme):
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci)")
    page = visitor.open(path, lang=lang, scheme=scheme, **parameters)
    if path == "/sparql":
        page.locator(".CodeMirror").wait_for()
    assert violations(page) == []
    if is_wrong(parameters):
        forgive_refusal(visitor)


@pytest.mark.parametrize(("path", "parameters"), PAGES, ids=NAMES)
def test_a_page_fits_a_phone(visitor, path, parameters):
    page = visitor.open(path, width=360, **parameters)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    if is_wrong(parameters):
        forgive_refusal(visitor)


def test_the_first_page_loads_little_script_and_the_editor_only_where_it_is(visitor):
    page = visitor.open("/")
    page.wait_for_load_state("networkidle")
    loaded = json.loads(
        page.evaluate(
            "JSON.stringify(performance.getEntriesByType('resource')"
            ".filter(({initiatorType, name}) => name.split('?')[0].endsWith('.js'))"
            ".map(({name, encodedBodySize}) => [name, encodedBodySize]))"
        )
    )
    assert loaded and sum(size for _, size in loaded) <= 150_000
    assert not any("editor" in name for name, _ in loaded)
