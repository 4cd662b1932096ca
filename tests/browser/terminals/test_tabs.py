"""Tabs and sides: which terminals are shown, and how the learner and the page open them."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.terminals.locators import connection, screen, shows_last_row, type_in, until, viewer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_everything_works_by_keyboard(opened):
    page = opened()
    expect(connection(page)).to_contain_text("Connected")
    page.get_by_role("tab", name="r1").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="flood")).to_be_focused()
    expect(page.get_by_role("tab", name="flood")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    type_in(page, "from the keyboard\t")  # Tab goes to the shell
    expect(screen(page)).to_contain_text("from the keyboard")
    page.keyboard.press("Control+Shift+ArrowUp")
    expect(page.get_by_role("tab", name="r1")).to_be_focused()


def test_a_node_has_several_terminals(at, opened):
    page = opened()
    expect(connection(page)).to_contain_text("Connected")
    more = page.get_by_role("button", name="Open another terminal on this node")
    for number in (2, 3, 4):
        more.click()
        expect(connection(page)).to_contain_text("Connected")
        expect(page.get_by_role("tab", name=f"r1 {number}")).to_have_attribute("aria-selected", "true")
    expect(more).to_be_disabled()
    type_in(page, "fourth")
    expect(screen(page)).to_contain_text("fourth")

    page.reload()
    expect(screen(page)).to_contain_text("fourth")
    page.get_by_role("button", name="Close this terminal").click()

    expect(page.get_by_role("tab", name="r1 4")).to_have_count(0)
    assert {viewer.asked["terminal"] for viewer in at.relay.viewers} == {"1", "2", "3", "4"}


def test_the_page_types_a_command_for_ada(opened):
    page = opened()
    page.evaluate(
        """() => document.dispatchEvent(new CustomEvent('vaka:type', {detail: {node: 'r1', text: 'show version'}}))"""
    )

    expect(screen(page)).to_contain_text("r1# show version")
    page.keyboard.type("and she goes on")
    expect(screen(page)).to_contain_text("and she goes on")


def test_the_page_does_not_type_into_a_line_that_is_begun(at, opened):
    page = opened()
    page.get_by_role("tab", name="r1").click()
    type_in(page, "ping 2001")
    expect(screen(page)).to_contain_text("r1# ping 2001")
    page.evaluate(
        """() => document.dispatchEvent(new CustomEvent('vaka:type', {detail: {node: 'r1', text: 'show version'}}))"""
    )
    expect(
        page.get_by_text("The command line is not empty. Press Ctrl+C, then select the button again.")
    ).to_be_visible()
    assert b"version" not in bytes(viewer(at, "r1").typed)
    page.keyboard.type("::")
    expect(page.get_by_text("The command line is not empty.")).to_be_hidden()


def test_the_page_types_a_shell_command_for_vtysh_without_its_wrapping(opened):
    page = opened()
    page.evaluate(
        """() => document.dispatchEvent(new CustomEvent('vaka:type',
            {detail: {node: 'r1', text: "vtysh -c 'show ipv6 route'"}}))"""
    )
    expect(screen(page)).to_contain_text("r1# show ipv6 route")


@pytest.mark.parametrize(
    ("prompt", "text", "typed"),
    [
        (b"r1(config-if)# ", "vtysh -c 'show ipv6 route'", "r1(config-if)# do show ipv6 route"),
        (b"bird> ", "birdc show protocols", "bird> show protocols"),
    ],
)
def test_a_command_is_typed_as_what_waits_there_understands_it(at, opened, prompt, text, typed):
    page = opened()
    page.get_by_role("tab", name="r1").click()
    expect(connection(page)).to_contain_text("Connected")
    at.relay.say(b"\r\n" + prompt)
    expect(screen(page)).to_contain_text(prompt.decode().strip())
    page.evaluate(
        """(text) => document.dispatchEvent(new CustomEvent('vaka:type', {detail: {node: 'r1', text}}))""", text
    )
    expect(screen(page)).to_contain_text(typed)


@pytest.mark.parametrize(
    ("prompt", "advice"),
    [
        (b"r1(config)# ", "Type end, then exit, then select the button again."),
        (b"bird> ", "birdc is open here, and the command is for the shell."),
    ],
)
def test_a_command_for_the_shell_is_not_typed_into_another_program(at, opened, prompt, advice):
    page = opened()
    page.get_by_role("tab", name="r1").click()
    expect(connection(page)).to_contain_text("Connected")
    at.relay.say(b"\r\n" + prompt)
    expect(screen(page)).to_contain_text(prompt.decode().strip())
    page.evaluate(
        """() => document.dispatchEvent(new CustomEvent('vaka:type', {detail: {node: 'r1', text: 'ip -6 route'}}))"""
    )
    expect(page.get_by_text(advice)).to_be_visible()
    assert b"ip -6" not in bytes(viewer(at, "r1").typed)


def test_two_terminals_are_shown_side_by_side(at, opened):
    page = opened(viewport={"width": 1280, "height": 800})
    page.get_by_role("tab", name="r1").click()
    type_in(page, "on the left")
    page.get_by_role("button", name="Split").click()
    panels = page.get_by_role("tabpanel")
    expect(panels).to_have_count(2)
    page.get_by_role("tab", name="r3").click()  # it goes where one is
    expect(panels.nth(0).locator(".xterm-rows")).to_contain_text("on the left")
    expect(page.get_by_role("tabpanel", name="r3")).to_be_visible()
    left, right = panels.nth(0).bounding_box(), panels.nth(1).bounding_box()
    assert left["x"] + left["width"] <= right["x"] + 1
    assert abs(left["width"] - right["width"]) < 5

    page.keyboard.press("Control+Shift+ArrowLeft")
    type_in(page, ", again")
    expect(panels.nth(0).locator(".xterm-rows")).to_contain_text("on the left, again")
    assert [(it["id"]) for it in Axe().run(page, context="lab-terminals").response["violations"]] == []
    page.reload()
    expect(panels).to_have_count(2)
    expect(page.get_by_role("tab", selected=True)).to_have_text(["r1", "r3 view only"])

    page.get_by_role("button", name="One").focus()
    page.keyboard.press("Enter")
    expect(panels).to_have_count(1)
    expect(page.get_by_role("button", name="Split")).to_be_focused()


def test_no_row_of_a_terminal_is_cut_off_at_any_height(opened):
    page = opened(viewport={"width": 1280, "height": 900})
    expect(connection(page)).to_contain_text("Connected")
    shell = page.locator(".shell").first
    for height in (300, 304, 308, 312):
        shell.evaluate("(it, height) => { it.style.flex = `0 0 ${height}px` }", height)
        until(page, lambda: shell.bounding_box()["height"] == height and shows_last_row(shell))  # noqa: B023 - asked in this round only


@pytest.mark.parametrize("height", [180, 900])
def test_a_terminal_shows_its_prompt_when_its_tab_is_opened_after_the_pane_has_changed(at, opened, height):
    page = opened(viewport={"width": 1280, "height": 900})
    expect(connection(page)).to_contain_text("Connected")
    at.relay.say("".join(f"line {number}\r\n" for number in range(80)).encode() + b"r1# ")
    expect(screen(page)).to_contain_text("line 79")
    page.get_by_role("button", name="Open another terminal on this node").click()
    expect(page.get_by_role("tab", name="r1 2")).to_have_attribute("aria-selected", "true")
    expect(connection(page)).to_contain_text("Connected")
    page.locator(".shell-sides").evaluate(
        "(it, height) => { it.style.flex = `0 0 ${height}px`; it.style.minBlockSize = 0 }", height
    )
    page.wait_for_timeout(500)
    page.get_by_role("tab", name="r1", exact=True).click()
    expect(screen(page)).to_contain_text("line 79")
    shell = page.locator(".shell-panel:not([hidden]) .shell")
    until(page, lambda: shows_last_row(shell, with_text="r1# "))


def test_a_split_ends_when_the_window_becomes_narrow(opened):
    page = opened(viewport={"width": 1280, "height": 800})
    expect(connection(page)).to_contain_text("Connected")
    page.get_by_role("button", name="Split").click()
    page.get_by_role("button", name="Open another terminal on this node").click()
    expect(page.get_by_role("tab", name="flood 2")).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Close this terminal").click()
    expect(page.get_by_role("tabpanel")).to_have_count(2)

    page.set_viewport_size({"width": 800, "height": 800})

    expect(page.get_by_role("tabpanel")).to_have_count(1)
    expect(page.get_by_role("button", name="Split")).to_be_hidden()


def test_a_terminal_that_is_closed_while_it_connects_writes_nothing_to_the_console(at, opened):
    page = opened()
    expect(connection(page)).to_contain_text("Connected")
    at.link.rate = 400  # bytes a second: the handshake of a WebSocket takes half a second
    with page.expect_websocket() as connecting:
        page.get_by_role("button", name="Open another terminal on this node").click()
    expect(page.get_by_role("tab", name="r1 2")).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Close this terminal").click()
    expect(page.get_by_role("tab", name="r1 2")).to_have_count(0)
    at.link.rate = None
    until(page, connecting.value.is_closed)
