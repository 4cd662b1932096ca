"""Captures and cables beside the drawing: at two widths, by keyboard and mouse, and without scripts."""

from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from labs.engine.drawing import draw
from labs.lifecycle import captures, lab_access
from labs.models import LabSession, State
from labs.pages import event_stream
from labs.registry import versions
from tests.browser.test_lab_page import *  # noqa: F403  its site and page
from tests.browser.test_lab_page import pytestmark  # noqa: F401

for _name in [name for name in globals() if name.startswith("test_")]:
    del globals()[_name]

LINE = "12:01:02.000001 IP6 2001:db8:aaaa:bbbb:cccc:dddd:eeee:1 > 2001:db8:aaaa:bbbb::2: ICMP6, echo request, id 7, seq 1, length 8"


@pytest.fixture
def relay(monkeypatch, engine, ready, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    monkeypatch.setattr(lab_access, "client_of", engine.client_of)
    return engine.client_of(ready)


def is_well(page, size, part):
    found = Axe().run(page, context=[part])
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=str)
def test_packets_are_captured_by_keyboard_counted_and_viewed(page, lab, ready, relay, size):
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    ada.evaluate("window.same = true")
    ada.locator("#captures > summary").press("Enter")
    ada.get_by_label("Interface", exact=True).select_option("h1:eth0")
    ada.get_by_label("Filter").fill("icmp6")
    ada.get_by_label("Filter").press("Enter")
    row = ada.locator("#captured > li")
    expect(row).to_contain_text("Capturing")
    relay.hears(LINE, LINE)
    expect(row.locator("[data-packets]")).to_have_text("2")
    is_well(ada, size, "#map")
    relay.hears(*[LINE] * 38, *[f"{LINE} of a check"] * 2, over="time")
    expect(row).to_contain_text("40 packets")
    ada.get_by_role("link", name="View h1:eth0").press("Enter")
    dialog = ada.get_by_role("dialog")
    expect(dialog).to_contain_text("ICMP6, echo request")
    is_well(ada, size, "#capture-dialog")
    assert ada.evaluate("document.getElementById('capture-dialog').scrollWidth <= innerWidth")
    expect(dialog.get_by_text("of a check").first).to_be_visible()
    dialog.get_by_label("Hide 2 packets").press("Space")
    expect(dialog.get_by_text("of a check").first).to_be_hidden()
    expect(dialog.get_by_text(LINE).first).to_be_visible()
    ada.keyboard.press("Escape")
    with ada.expect_download() as coming:
        row.get_by_role("link", name="Download").click()
    assert coming.value.suggested_filename.startswith("first-light-h1-eth0-")
    row.get_by_text("Delete …").press("Enter")
    expect(row).to_be_visible()  # it asks first
    row.get_by_role("button", name="Delete the capture").press("Enter")
    expect(row).to_have_count(0)
    assert ada.evaluate("window.same") is True


def test_a_wrong_filter_is_reported_beside_the_form_and_can_be_corrected(page, lab, ready, relay):
    relay.refusal = "tcpdump: can't parse filter expression: syntax error"
    ada = page(f"/labs/{lab.id}/")
    ada.locator("#captures > summary").click()
    ada.get_by_label("Filter").fill("tcp prt 80")
    ada.get_by_role("button", name="Start capture").click()
    expect(ada.get_by_role("alert")).to_contain_text("syntax error")
    expect(ada.get_by_label("Filter")).to_have_value("tcp prt 80")


def settings_of(page):
    fields = ("#capture-interface", "#capture-filter", "#capture-seconds")
    return [page.locator(field).input_value() for field in fields]


@pytest.mark.parametrize("has_scripts", [True, False])
def test_the_form_keeps_the_settings_of_the_last_capture_also_in_the_next_lab(page, lab, ready, relay, has_scripts):
    ada = page(f"/labs/{lab.id}/", java_script_enabled=has_scripts)
    ada.locator("#captures > summary").click()
    ada.get_by_label("Interface", exact=True).select_option("r1:eth1")
    ada.get_by_label("Filter").fill("tcp port 179")
    ada.get_by_label("Seconds").fill("7")
    ada.get_by_role("button", name="Start capture").click()
    expect(ada.locator("#captured > li")).to_have_count(1)
    chosen = ["r1:eth1", "tcp port 179", "7"]
    assert settings_of(ada) == chosen
    ada.reload()
    assert settings_of(ada) == chosen
    again = LabSession.objects.get(pk=ready.pk)
    LabSession.objects.update(state=State.STOPPED)
    again.pk = uuid4()
    again.save(force_insert=True)
    ada.goto("about:blank")
    other_tab = page(f"/labs/{lab.id}/", java_script_enabled=has_scripts)
    assert settings_of(other_tab) == chosen


def test_what_is_being_chosen_for_a_capture_survives_an_update_of_the_page(page, lab, ready, relay):
    ada = page(f"/labs/{lab.id}/")
    ada.locator("#captures > summary").click()
    ada.get_by_label("Interface", exact=True).select_option("h1:eth0")
    ada.get_by_label("Filter").fill("icmp6")
    captures.begin(ready, ready.learner, "r1:eth1", "tcp", 7)  # in another window
    expect(ada.locator("#captured > li")).to_have_count(1)
    assert settings_of(ada) == ["h1:eth0", "icmp6", "30"]


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=str)
def test_a_second_click_on_stop_does_not_open_the_menu_that_deletes(page, lab, ready, relay, size):
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    ada.locator("#captures > summary").click()
    ada.get_by_role("button", name="Start capture").click()
    stop = ada.get_by_role("button", name="Stop", exact=True)
    stop.scroll_into_view_if_needed()
    where = stop.bounding_box()
    relay.hears(LINE, over="stop")
    stop.click()
    expect(ada.get_by_role("link", name="View")).to_be_visible()
    delete = ada.get_by_text("Delete …").bounding_box()
    beside = delete["x"] + delete["width"] <= where["x"] or where["x"] + where["width"] <= delete["x"]
    below = delete["y"] + delete["height"] <= where["y"] or where["y"] + where["height"] <= delete["y"]
    assert beside or below, (where, delete)
    ada.get_by_text("Delete …").click()
    asks = ada.locator("#captured details form").bounding_box()
    assert asks["x"] >= 0
    assert asks["x"] + asks["width"] <= size[0]


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=str)
def test_a_cable_is_selected_in_the_drawing_and_its_loss_is_shown(page, lab, ready, relay, size):
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    line = ada.locator("a[data-cable='1'] line")
    line.dispatch_event("click")
    expect(ada.get_by_label("Cable", exact=True)).to_be_focused()
    expect(ada.get_by_label("Cable", exact=True)).to_have_value("1")
    ada.get_by_label("Loss").fill("12.5")
    ada.get_by_label("Loss").press("Enter")
    expect(ada.locator("#changed-cables")).to_contain_text("r1:eth1 – up:eth0: 12.5 % loss")
    expect(ada.locator("svg.d text", has_text="lossy")).to_be_visible()
    is_well(ada, size, "#map")
    ada.reload()
    ada.locator("#cables > summary").click()
    ada.get_by_label("Cable", exact=True).select_option("1")
    expect(ada.get_by_label("Loss")).to_have_value("12.5")
    ada.get_by_label("plugged in").uncheck()
    ada.get_by_role("button", name="Change the cable").click()
    expect(ada.locator("svg.d text", has_text="down")).to_be_visible()


def test_without_scripts_captures_and_cables_are_plain_forms(page, lab, ready, relay):
    ada = page(f"/labs/{lab.id}/", java_script_enabled=False)
    ada.locator("#cables > summary").click()
    ada.get_by_label("Rate").fill("64")
    ada.get_by_role("button", name="Change the cable").click()
    expect(ada.locator("svg.d text", has_text="slow")).to_be_visible()
    ada.locator("#captures > summary").click()
    ada.get_by_role("button", name="Start capture").click()
    relay.hears(LINE, over="time")
    ada.locator("#captures > summary").click()
    ada.get_by_role("button", name="Stop", exact=True).click()
    ada.locator("#captures > summary").click()
    ada.get_by_role("link", name="View").click()
    expect(ada.get_by_role("heading", name="Packets on")).to_be_visible()
    expect(ada.get_by_text("ICMP6, echo request")).to_be_visible()


def test_the_controls_below_the_drawing_are_visible_whatever_its_size(page, ada):
    session = LabSession.objects.create(learner=ada, lab="", lab_version="", state=State.READY, ends_at=timezone.now())
    by_height = sorted(versions.all_labs(), key=lambda lab: draw(lab).height)
    for lab in (*by_height[::5], *by_height[-2:]):
        LabSession.objects.filter(pk=session.pk).update(lab=lab.id, lab_version=lab.version)
        shown = page(f"/labs/{lab.id}/", viewport={"width": 1280, "height": 800})
        box = shown.locator(".topo").bounding_box()
        for name in ("addresses", "cables", "captures"):
            line = shown.locator(f"#{name} > summary").bounding_box()
            assert line["y"] + line["height"] <= box["y"] + box["height"], f"{name} of {lab.id}"
        shown.goto("about:blank")  # its terminals would ask for nodes of the next lab


def test_a_page_that_is_loaded_again_many_times_keeps_its_stream_of_events(page, lab, ready, relay):
    ada = page(f"/labs/{lab.id}/")
    for _time in range(event_stream.MOST_OPEN + 4):
        with ada.expect_response(lambda answer: answer.url.endswith("/events")) as begun:
            ada.reload()
        assert begun.value.status == 200
