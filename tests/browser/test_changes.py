"""The changes dialog, more time near the end, and the download of configurations, at two widths."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from labs.views import changes
from tests.browser.test_lab_page import *  # noqa: F403  its site and page
from tests.browser.test_lab_page import pytestmark  # noqa: F401
from tests.labs.views.helpers import ends_in

for _name in [name for name in globals() if name.startswith("test_")]:
    del globals()[_name]

OURS = "#panel, #changes-dialog"  # the rest of the page has tests of its own


@pytest.fixture
def relay(monkeypatch, engine, ready):
    inside = engine.client_of(ready)
    monkeypatch.setattr(changes, "LabClient", lambda relay, session: inside)
    inside.running = "hostname r1\n!\nipv6 route 2001:db8:aaaa:bbbb:cccc:dddd:eeee:1/128 2001:db8:aaaa:bbbb::1 eth0\n"
    inside.files["/etc/light"] = "on\n"
    return inside


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=str)
def test_the_changes_open_in_a_dialog_by_keyboard(page, lab, ready, relay, size):
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    ada.get_by_role("link", name="Show my changes").press("Enter")
    dialog = ada.get_by_role("dialog")
    expect(dialog).to_contain_text("running configuration")
    expect(dialog).to_contain_text("1 line added")
    found = Axe().run(ada, context=OURS.split(", "))
    assert found.violations_count == 0, found.generate_report()
    assert ada.evaluate("document.getElementById('changes-dialog').scrollWidth <= innerWidth")
    ada.screenshot(path=f"/tmp/changes-{size[0]}.png")
    ada.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(ada.get_by_role("link", name="Show my changes")).to_be_focused()


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=str)
def test_near_the_end_time_is_added_without_a_reload(page, lab, ready, relay, size):
    ends_in(ready, minutes=8)
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    ada.screenshot(path=f"/tmp/ending-{size[0]}.png")
    ada.evaluate("window.same = true")
    expect(ada.locator("#ending")).to_be_visible()
    ada.get_by_role("button", name="Add 20 min").press("Enter")
    expect(ada.locator("#ending")).to_have_count(0)
    expect(ada.locator("#left")).to_contain_text("28")
    assert ada.evaluate("window.same") is True
    assert ada.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_ten_and_two_minutes_are_announced_once(page, lab, ready, relay):
    ends_in(ready, minutes=10, seconds=7)  # the page must be there before that, on a busy computer too
    ada = page(f"/labs/{lab.id}/")
    expect(ada.locator("#say")).to_contain_text("10 minutes left")
    expect(ada.locator("#ending")).to_be_visible()


def test_the_configurations_are_downloaded_as_a_file(page, lab, ready, relay):
    ada = page(f"/labs/{lab.id}/")
    with ada.expect_download() as coming:
        ada.locator("#own-work").get_by_role("link", name="Download my configurations").click()
    assert coming.value.suggested_filename == "first-light.zip"
