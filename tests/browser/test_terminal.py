"""Ada at her terminals, in a real browser, over a real gateway and broker; the lab is one of our own mind."""

import asyncio
import contextlib
import time
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from playwright.sync_api import expect

from labs import gateway
from labs.models import LabSession, State
from tests import servers
from tests.browser.slow_link import SlowLink, in_thread
from tests.fake_relay import FakeRelay

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory):
    with servers.broker(tmp_path_factory.mktemp("broker")) as url:
        yield url


@pytest.fixture
def at(settings, tmp_path, broker_url, ada, ada_client):
    """The site, its gateway, the link between gateway and browser, and the relay."""
    settings.REDIS_URL = broker_url
    settings.RELAY_SOCKET = tmp_path / "relay.sock"
    settings.ROOT_URLCONF = "tests.browser.terminal_page"
    session = LabSession.objects.create(learner=ada, lab="ospfv3", lab_version="0" * 12, state=State.READY)
    relay = FakeRelay()

    async def serve(started):
        async with relay.listening(settings.RELAY_SOCKET):
            started.set()
            await asyncio.Event().wait()

    with contextlib.ExitStack() as running:
        running.enter_context(in_thread(asyncio.new_event_loop(), serve))
        gateway_port = running.enter_context(servers.served(gateway.Gateway()))
        link = running.enter_context(SlowLink(gateway_port).open())
        settings.GATEWAY_PORT = link.port
        site_port = running.enter_context(servers.served(ASGIStaticFilesHandler(get_asgi_application())))
        cookie = ada_client.cookies["sessionid"].value
        yield SimpleNamespace(
            address=f"http://127.0.0.1:{site_port}/bench/",
            cookie={"name": "sessionid", "value": cookie, "url": f"http://127.0.0.1:{site_port}"},
            relay=relay,
            link=link,
            session=session,
        )


@pytest.fixture
def opened(at, window):
    def open_page(**how):
        page = window(**how)
        page.context.add_cookies([at.cookie])
        page.goto(at.address)
        return page

    return open_page


def screen(page):
    return page.locator(".shell-panel:not([hidden]) .xterm-rows")


def line(page):
    return page.locator("lab-terminals .tabs .end")


def finder(page):
    return page.get_by_role("search", name="Find in the terminal")


def type_in(page, text):
    expect(line(page)).to_contain_text("Linked")
    page.keyboard.type(text)


def test_ada_types_and_reads_the_echo_and_a_reload_finds_it_again(opened):
    page = opened()
    page.get_by_role("tab", name="r1").click()
    type_in(page, "show ipv6 route\n")
    expect(screen(page)).to_contain_text("r1# show ipv6 route")
    expect(line(page)).to_contain_text("ms")

    page.reload()

    expect(screen(page)).to_contain_text("r1# show ipv6 route")


def test_a_dropped_line_says_so_and_comes_back(at, opened):
    page = opened(expected=("WebSocket connection",))
    page.get_by_role("tab", name="r1").click()
    type_in(page, "hostname\n")
    expect(screen(page)).to_contain_text("hostname")

    at.link.cut()
    notice = page.get_by_role("status").filter(has_text="The line dropped")
    expect(notice).to_contain_text("Trying again in")
    expect(screen(page)).to_contain_text("hostname")  # what was there stays readable
    at.link.mend()

    expect(line(page)).to_contain_text("Linked", timeout=15000)
    expect(notice).to_be_hidden()
    expect(screen(page)).to_contain_text("hostname")
    page.keyboard.type("still there")
    expect(screen(page)).to_contain_text("still there")


def test_ctrl_c_stops_a_flood_on_a_slow_link(at, opened):
    at.link.rate = 200_000
    page = opened()
    page.get_by_role("link", name="The flood").click()
    expect(screen(page)).to_contain_text("goes on and on")
    time.sleep(1)

    page.keyboard.press("Control+c")
    pressed = time.monotonic()

    while b"\x03" not in at.relay.viewers[-1].typed:
        assert time.monotonic() - pressed < 1
        page.wait_for_timeout(10)
    expect(screen(page)).to_contain_text("^C", timeout=3000)


def test_a_lab_that_ends_closes_its_terminals_with_a_sentence(at, opened):
    page = opened()
    expect(line(page)).to_contain_text("Linked")

    LabSession.objects.filter(pk=at.session.pk).update(state=State.STOPPING)

    expect(page.get_by_text("The lab is not running.")).to_be_visible()
    expect(line(page)).to_have_text("Closed")


def test_look_only_is_said_and_types_nothing(at, opened):
    page = opened()
    page.get_by_role("tab", name="r3 look only").click()
    expect(line(page)).to_contain_text("Linked")

    page.keyboard.type("reload\n")
    page.wait_for_timeout(200)

    viewer = at.relay.viewers[-1]
    assert viewer.asked["mode"] == "view"
    assert viewer.typed == b""


def test_a_shell_that_ends_begins_anew_at_enter(opened):
    page = opened()
    page.get_by_role("tab", name="r1").click()
    type_in(page, "exit\n")
    page.keyboard.press("Control+d")
    expect(page.get_by_text("The shell has ended. Press Enter for a new one.")).to_be_visible()

    page.keyboard.press("Enter")

    expect(line(page)).to_contain_text("Linked")


def test_everything_works_by_keyboard(opened):
    page = opened()
    expect(line(page)).to_contain_text("Linked")
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
    expect(line(page)).to_contain_text("Linked")
    more = page.get_by_role("button", name="Another terminal on this node")
    for number in (2, 3, 4):
        more.click()
        expect(line(page)).to_contain_text("Linked")
        expect(page.get_by_role("tab", name=f"r1 {number}")).to_have_attribute("aria-selected", "true")
    expect(more).to_be_disabled()
    type_in(page, "fourth")
    expect(screen(page)).to_contain_text("fourth")

    page.reload()
    expect(screen(page)).to_contain_text("fourth")
    page.get_by_role("button", name="Put this terminal away").click()

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


def test_a_lab_does_not_write_to_the_clipboard_or_dress_up_addresses(at, opened):
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


def test_a_lab_prints_in_colour_and_every_colour_can_be_read(at, opened):
    page = opened()
    expect(line(page)).to_contain_text("Linked")
    at.relay.say(b"\x1b[38;2;255;128;0morange\x1b[0m \x1b[38;5;201mpink\x1b[0m \x1b[30mblack\x1b[0m\r\n")
    expect(screen(page)).to_contain_text("black")

    def colour(text):
        return screen(page).get_by_text(text, exact=True).evaluate("text => getComputedStyle(text).color")

    assert colour("orange") == "rgb(255, 128, 0)"
    assert colour("pink") == "rgb(255, 0, 255)"
    assert min(int(part) for part in colour("black")[4:-1].split(",")) > 90  # on a ground that is nearly black


def test_letters_grow_and_are_remembered(opened):
    page = opened()
    expect(line(page)).to_contain_text("Linked")
    before = page.locator(".xterm-rows").first.evaluate("rows => parseFloat(getComputedStyle(rows).fontSize)")
    page.get_by_role("button", name="Larger letters").click()
    page.reload()
    expect(line(page)).to_contain_text("Linked")
    assert (
        page.locator(".xterm-rows").first.evaluate("rows => parseFloat(getComputedStyle(rows).fontSize)") == before + 1
    )


def test_a_phone_has_the_keys_that_it_lacks(at, opened):
    page = opened(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    expect(line(page)).to_contain_text("Linked")
    page.get_by_role("button", name="Control, for the next key").tap()
    page.keyboard.type("c")
    page.get_by_role("button", name="Escape").tap()
    page.get_by_role("button", name="Up", exact=True).tap()
    page.wait_for_timeout(200)

    assert bytes(at.relay.viewers[-1].typed) == b"\x03\x1b\x1b[A"
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_ada_finds_what_was_printed_long_ago(at, opened):
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


def test_the_search_goes_along_to_another_terminal(at, opened):
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
    page.wait_for_timeout(200)

    for keys in ("Control+Shift+V", "Shift+Insert"):
        at.relay.viewers[-1].typed.clear()
        page.keyboard.press(keys)
        page.wait_for_timeout(200)
        assert bytes(at.relay.viewers[-1].typed) == b"fe80--1", keys


def test_colours_are_chosen_and_remembered(at, opened):
    page = opened()
    type_in(page, "x")
    colours = page.get_by_role("combobox", name="Colours of the terminals")

    def ground():
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

    expect(line(page)).to_contain_text("Linked")
    assert ground() == "rgb(0, 0, 0)"
    expect(colours).to_have_value("contrast")


def test_two_terminals_stand_side_by_side(at, opened):
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
    expect(page.get_by_role("tab", selected=True)).to_have_text(["r1", "r3 look only"])

    page.get_by_role("button", name="One").focus()
    page.keyboard.press("Enter")
    expect(panels).to_have_count(1)
    expect(page.get_by_role("button", name="Split")).to_be_focused()


def test_a_split_ends_where_the_window_is_narrow(opened):
    page = opened(viewport={"width": 1280, "height": 800})
    expect(line(page)).to_contain_text("Linked")
    page.get_by_role("button", name="Split").click()
    page.get_by_role("button", name="Another terminal on this node").click()
    expect(page.get_by_role("tab", name="flood 2")).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Put this terminal away").click()
    expect(page.get_by_role("tabpanel")).to_have_count(2)

    page.set_viewport_size({"width": 800, "height": 800})

    expect(page.get_by_role("tabpanel")).to_have_count(1)
    expect(page.get_by_role("button", name="Split")).to_be_hidden()


@pytest.mark.parametrize("colours", ["Dark", "Light", "High contrast"])
def test_axe_finds_nothing(opened, colours):
    page = opened()
    page.get_by_role("combobox", name="Colours of the terminals").select_option(label=colours)
    expect(line(page)).to_contain_text("Linked")
    page.get_by_role("button", name="Screen reader").click()
    page.get_by_role("button", name="Find").click()
    expect(finder(page)).to_be_visible()

    found = Axe().run(page, context="lab-terminals").response["violations"]

    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []
