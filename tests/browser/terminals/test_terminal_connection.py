"""The connection of a terminal, in a real browser and over a real gateway and broker: also over slow and broken links."""

import random
import re

import pytest
from playwright.sync_api import expect

from labs.models import LabSession, State
from tests.browser.terminals.locators import connection, screen, type_in, until, viewer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
A_LOT = 200_000  # bytes: more than the window that a page acknowledges


def test_ada_reads_her_echo_and_finds_it_after_a_reload(opened):
    page = opened()
    page.get_by_role("tab", name="r1").click()
    type_in(page, "show ipv6 route")
    expect(screen(page)).to_contain_text("r1# show ipv6 route")
    expect(connection(page)).to_contain_text("ms")
    page.keyboard.press("Enter")

    page.reload()

    expect(screen(page)).to_contain_text("r1# show ipv6 route")


def test_the_socket_opens_while_its_token_is_on_the_way(opened):
    page = opened()
    held = []
    page.route("**/terminal-token", lambda route: held.append(route))  # Playwright marks the function
    with page.expect_websocket():
        page.get_by_role("tab", name="flood").click()
    until(page, lambda: held)
    expect(connection(page)).to_contain_text("Connecting")
    held[0].continue_()
    expect(connection(page)).to_contain_text("Connected")


def test_who_gets_no_token_has_no_socket_either(opened):
    page = opened(expected=("409",))
    page.route("**/terminal-token", lambda route: route.fulfill(status=409, json={"error": "The lab is not running."}))
    with page.expect_websocket() as opening:
        page.get_by_role("tab", name="flood").click()
    expect(page.get_by_role("status").filter(has_text="The lab is not running.")).to_be_visible()
    until(page, opening.value.is_closed)


@pytest.fixture
def calling(opened):
    """A second terminal of r1 whose token is on the way, and a function that lets it connect."""
    page, held = opened(), []
    page.clock.install()
    page.get_by_role("tab", name="r1").click()
    expect(connection(page)).to_contain_text("Connected")
    page.route("**/terminal-token", lambda route: held.append(route))  # Playwright marks the function
    page.get_by_role("button", name="Open another terminal").click()
    expect(page.locator(".shell-panel:not([hidden]) textarea")).to_be_focused()
    until(page, lambda: held)
    return page, lambda: [route.continue_() for route in held]


def test_what_is_typed_while_a_terminal_connects_is_sent_once_it_is_connected(at, calling):
    """Regression: the keys were lost, without a word."""
    page, connect = calling
    page.keyboard.type("show ipv6 rout")
    expect(connection(page)).to_contain_text("Connecting What you typed is sent then.")
    page.keyboard.type("e")
    connect()
    expect(screen(page)).to_contain_text("r1# show ipv6 route")
    expect(connection(page)).to_contain_text("Connected")
    page.keyboard.type("!")
    expect(screen(page)).to_contain_text("r1# show ipv6 route!")
    assert bytes(at.relay.viewers[-1].typed) == b"show ipv6 route!"


def test_what_is_too_long_to_wait_is_not_sent_at_all_and_the_page_says_so(at, calling):
    page, connect = calling
    page.keyboard.insert_text("x" * 1001)
    page.keyboard.type("reboot")
    expect(connection(page)).to_contain_text("What you typed was not sent")
    connect()
    expect(connection(page)).to_have_text("Connected")
    expect(page.locator(".shell-notice:visible")).to_contain_text("What you typed was not sent")
    type_in(page, "ip")
    expect(screen(page)).to_contain_text("r1# ip")
    assert bytes(at.relay.viewers[-1].typed) == b"ip"
    expect(page.locator(".shell-notice:visible")).to_have_count(0)


def test_what_has_waited_too_long_is_not_sent(at, calling):
    page, connect = calling
    page.keyboard.type("reboot")
    expect(connection(page)).to_contain_text("What you typed is sent then.")
    page.clock.run_for(16_000)
    expect(connection(page)).to_contain_text("What you typed was not sent")
    page.keyboard.type(" now")
    connect()
    expect(connection(page)).to_contain_text("Connected")
    assert not at.relay.viewers[-1].typed


def gauge(page):
    """Return the time of an echo that the page shows, in ms."""
    found = re.search(r"echo (\d+) ms", connection(page).inner_text())
    return int(found[1]) if found else None


@pytest.fixture
def far(at, opened):
    """A terminal over a link with a round trip of 600 ms."""
    at.link.delay = 0.3
    page = opened()
    page.get_by_role("tab", name="r1").click()
    expect(connection(page)).to_contain_text("Connected")
    page.wait_for_timeout(1500)
    return page


def test_the_time_of_an_echo_is_right_while_one_types_fast(far):
    for _burst in range(2):
        far.keyboard.type("show ipv6 route", delay=40)
        until(far, lambda: gauge(far) is not None)
        assert 550 <= gauge(far) < 1200
        far.wait_for_timeout(1500)
    assert 550 <= gauge(far) < 1200


def test_other_output_is_not_taken_for_an_echo(at, far):
    far.keyboard.type("z")
    at.relay.say(b"64 bytes from 2001:db8::1: icmp_seq=1 ttl=64 time=0.041 ms\r\n")  # it is there before the echo
    until(far, lambda: gauge(far) is not None)
    assert gauge(far) >= 550


def test_a_password_has_no_echo_to_measure(at, far):
    at.relay.echoes = False
    far.keyboard.type("secret", delay=40)
    far.wait_for_timeout(1500)
    far.keyboard.press("Enter")
    at.relay.say(b"\r\nr1 is secret\r\nr1# ")
    expect(screen(far)).to_contain_text("r1 is secret")
    assert gauge(far) is None


def test_during_a_replay_input_arrives_and_queries_are_not_answered(at, opened):
    page = opened()
    page.get_by_role("tab", name="r1").click()
    type_in(page, "show")
    expect(screen(page)).to_contain_text("r1# show")
    asking = b"\x1b[6n\x1b[c\x1b]11;?\x07"  # where is the cursor, what are you, what is your colour
    next(iter(at.relay.rings.values())).extend(
        b"an old line\r\n" * 2_000 + random.Random(6).randbytes(20_000).hex("\n").encode() + asking + b"\r\nr1# "
    )

    at.link.rate = 20_000  # more than a second for what is old
    page.reload()
    page.get_by_role("tab", name="r1").click()
    type_in(page, "ip route")

    expect(screen(page)).to_contain_text("r1# ip route")
    assert bytes(at.relay.viewers[-1].typed) == b"ip route"


def test_a_lost_connection_is_reported_and_reconnects(at, opened):
    page = opened(expected=("WebSocket connection",))
    page.get_by_role("tab", name="r1").click()
    type_in(page, "hostname\n")
    expect(screen(page)).to_contain_text("hostname")

    at.link.cut()
    notice = page.get_by_role("status").filter(has_text="The connection was lost")
    expect(notice).to_contain_text("Reconnecting in")
    expect(screen(page)).to_contain_text("hostname")  # what was there stays readable
    at.link.mend()

    expect(connection(page)).to_contain_text("Connected")
    expect(notice).to_be_hidden()
    expect(screen(page)).to_contain_text("hostname")
    page.keyboard.type("still there")
    expect(screen(page)).to_contain_text("still there")


def test_ctrl_c_stops_a_flood_on_a_slow_link(at, opened):
    at.link.rate = 200_000
    page = opened()
    page.get_by_role("link", name="The flood").click()
    expect(screen(page)).to_contain_text("goes on and on")
    until(page, lambda: viewer(at, "flood").sent > A_LOT)
    page.keyboard.press("Control+c")
    # If keys waited for the output, they would wait for ever: only Ctrl-C ends it
    until(page, lambda: b"\x03" in viewer(at, "flood").typed)
    expect(screen(page)).to_contain_text("^C")


def test_a_slow_link_that_is_far_behind_says_so_and_still_accepts_keys_at_once(at, opened):
    at.link.rate = 2_000
    page = opened()
    page.get_by_role("link", name="The flood").click()
    expect(connection(page)).to_have_text("Catching up…")
    aloud = page.get_by_role("status").filter(has_text="Catching up…")
    expect(aloud).to_have_count(1)  # also for who does not see it

    page.keyboard.press("Control+c")
    # What is under way to the browser takes a minute at this rate, so a key that waited for it would be too late
    until(page, lambda: b"\x03" in viewer(at, "flood").typed)

    at.link.rate = None
    expect(connection(page)).to_contain_text("Connected")
    expect(aloud).to_have_count(0)


def test_a_lab_that_ends_closes_its_terminals_with_a_reason(at, opened):
    page = opened()
    expect(connection(page)).to_contain_text("Connected")

    LabSession.objects.filter(pk=at.session.pk).update(state=State.STOPPING)

    expect(page.get_by_text("The lab is not running.")).to_be_visible()
    expect(connection(page)).to_have_text("Closed")


def test_a_view_only_terminal_says_so_and_types_nothing(at, opened):
    page = opened()
    page.get_by_role("tab", name="r3 view only").click()
    expect(connection(page)).to_contain_text("Connected")

    page.keyboard.type("reload\n")
    viewer = at.relay.viewers[-1]
    said = len(viewer.said)
    at.relay.say(b"\r\nmore of r3")
    until(page, lambda: len(viewer.said) > said)  # its acknowledgement goes the way of the keys, after them

    assert viewer.asked["mode"] == "view"
    assert viewer.typed == b""


def with_an_ended_shell(opened):
    page = opened()
    page.get_by_role("tab", name="r1").click()
    type_in(page, "exit\n")
    page.keyboard.press("Control+d")
    expect(page.get_by_text("The shell has ended. Press Enter for a new one.")).to_be_visible()
    return page


def test_a_shell_that_a_reset_or_skip_has_ended_opens_again_by_itself(opened):
    page = with_an_ended_shell(opened)

    page.evaluate("document.dispatchEvent(new CustomEvent('vaka:nodes-reset'))")  # lab.js, when the job has ended

    expect(connection(page)).to_contain_text("Connected")


def test_enter_starts_a_new_shell_after_one_has_ended(opened):
    page = with_an_ended_shell(opened)

    page.keyboard.press("Enter")

    expect(connection(page)).to_contain_text("Connected")
