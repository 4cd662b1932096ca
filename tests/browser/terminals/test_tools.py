"""The tools of a terminal: text size, colours, search, copy and paste."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.terminals.locators import connection, finder, screen, type_in, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_lab_can_neither_write_to_the_clipboard_nor_disguise_links(at, opened):
    page = opened()
    page.get_by_role("tab", name="r1").click()
    type_in(page, "x")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("() => navigator.clipboard.writeText('mine')")
    at.relay.say(b"\x1b]52;c;aGVsbG8=\x07\x1b]8;;http://evil.example\x07click here\x1b]8;;\x07\r\n")

    expect(screen(page)).to_contain_text("click here")
    assert page.evaluate("() => navigator.clipboard.readText()") == "mine"
    assert (
        screen(page).get_by_text("click here").evaluate("text => getComputedStyle(text).textDecorationLine") == "none"
    )


def test_every_colour_that_a_lab_prints_is_readable(at, opened):
    page = opened()
    expect(connection(page)).to_contain_text("Connected")
    at.relay.say(b"\x1b[38;2;255;128;0morange\x1b[0m \x1b[38;5;201mpink\x1b[0m \x1b[30mblack\x1b[0m\r\n")
    expect(screen(page)).to_contain_text("black")

    def colour(text):
        return screen(page).get_by_text(text, exact=True).evaluate("text => getComputedStyle(text).color")

    assert colour("orange") == "rgb(255, 128, 0)"
    assert colour("pink") == "rgb(255, 0, 255)"
    assert min(int(part) for part in colour("black")[4:-1].split(",")) > 90  # on a ground that is nearly black


def test_the_text_size_is_changed_and_remembered(opened):
    page = opened()
    expect(connection(page)).to_contain_text("Connected")
    before = page.locator(".xterm-rows").first.evaluate("rows => parseFloat(getComputedStyle(rows).fontSize)")
    page.get_by_role("button", name="Larger text").click()
    page.reload()
    expect(connection(page)).to_contain_text("Connected")
    assert (
        page.locator(".xterm-rows").first.evaluate("rows => parseFloat(getComputedStyle(rows).fontSize)") == before + 1
    )


def test_a_phone_gets_a_row_of_missing_keys(at, opened):
    page = opened(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    expect(connection(page)).to_contain_text("Connected")
    page.get_by_role("button", name="Control, for the next key").tap()
    page.keyboard.type("c")
    page.get_by_role("button", name="Escape").tap()
    page.get_by_role("button", name="Up", exact=True).tap()

    until(page, lambda: bytes(at.relay.viewers[-1].typed) == b"\x03\x1b\x1b[A")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_ada_finds_old_output(at, opened):
    page = opened()
    page.get_by_role("tab", name="r1").click()
    type_in(page, "x")
    at.relay.say(b"".join(b"route %d via fe80::%x\r\n" % (n, n) for n in range(1, 301)))
    expect(screen(page)).to_contain_text("route 300 via")

    page.keyboard.press("Control+Shift+F")
    expect(page.get_by_role("textbox", name="Find in the terminal")).to_be_focused()
    page.keyboard.type("ROUTE 10")
    count = finder(page).get_by_role("status")
    expect(count).to_have_text("1 of 11")
    expect(screen(page)).to_contain_text("route 10 via")
    page.keyboard.press("Enter")
    expect(count).to_have_text("2 of 11")
    expect(screen(page)).to_contain_text("route 100 via")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(count).to_have_text("11 of 11")
    page.keyboard.type("x")
    expect(count).to_have_text("Not found")

    page.keyboard.press("Escape")
    expect(finder(page)).to_be_hidden()
    page.keyboard.type("and she types on")
    expect(screen(page)).to_contain_text("and she types on")


def test_the_search_follows_to_another_terminal(at, opened):
    page = opened()
    page.get_by_role("tab", name="r1").click()
    type_in(page, "needle")
    expect(screen(page)).to_contain_text("needle")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("textbox", name="Find in the terminal")).to_be_focused()
    page.keyboard.type("needle")
    count = finder(page).get_by_role("status")
    expect(count).to_have_text("1 of 1")

    page.get_by_role("tab", name="r3").click()
    expect(count).to_have_text("Not found")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(finder(page)).to_be_hidden()


@pytest.mark.parametrize("has_clipboard", [True, False], ids=["https", "http"])
def test_ada_copies_and_pastes(at, opened, has_clipboard):
    page = opened()
    if not has_clipboard:  # as a browser has it for a page that came without https
        page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', {value: undefined})")
        page.reload()
    page.get_by_role("tab", name="r1").click()
    type_in(page, "fe80--1")
    expect(screen(page)).to_contain_text("fe80--1")
    rows = screen(page).bounding_box()
    page.mouse.dblclick(rows["x"] + 60, rows["y"] + 7)
    page.keyboard.press("Control+Shift+C")
    if has_clipboard:
        page.context.grant_permissions(["clipboard-read"])
        until(page, lambda: page.evaluate("navigator.clipboard.readText()") == "fe80--1")

    for keys in ("Control+Shift+V", "Shift+Insert"):
        at.relay.viewers[-1].typed.clear()
        page.keyboard.press(keys)
        until(page, lambda: bytes(at.relay.viewers[-1].typed) == b"fe80--1")


def test_colours_are_chosen_and_remembered(at, opened):
    page = opened()
    type_in(page, "x")
    colours = page.get_by_role("combobox", name="Terminal colours")

    def ground():
        around = page.locator(".xterm-viewport").first.evaluate("it => getComputedStyle(it).backgroundColor")
        assert around == letters(), "a frame of another colour"
        return around

    def letters():
        return page.locator(".xterm-scrollable-element").first.evaluate("it => getComputedStyle(it).backgroundColor")

    assert ground() == "rgb(10, 21, 27)"
    colours.select_option(label="Light")
    assert ground() == "rgb(255, 255, 255)"
    at.relay.say(b"\x1b[93myellow\x1b[0m \x1b[97mwhite\x1b[0m\r\n")
    white = screen(page).get_by_text("white", exact=True)
    expect(white).to_be_visible()
    shade = white.evaluate("text => getComputedStyle(text).color")
    assert max(int(part) for part in shade[4:-1].split(",")) < 130  # on white
    colours.select_option(label="High contrast")
    page.reload()

    expect(connection(page)).to_contain_text("Connected")
    assert ground() == "rgb(0, 0, 0)"
    expect(colours).to_have_value("contrast")


@pytest.mark.parametrize("colours", ["Dark", "Light", "High contrast"])
def test_axe_finds_nothing(opened, colours):
    page = opened()
    page.get_by_role("combobox", name="Terminal colours").select_option(label=colours)
    expect(connection(page)).to_contain_text("Connected")
    page.get_by_role("button", name="Screen reader").click()
    page.get_by_role("button", name="Find").click()
    expect(finder(page)).to_be_visible()

    found = Axe().run(page, context="lab-terminals").response["violations"]

    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []
