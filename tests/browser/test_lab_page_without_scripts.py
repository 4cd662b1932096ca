"""The lab page without scripts, before they arrive, and printed."""

import re

import pytest
from playwright.sync_api import expect

from labs.models import LabSession
from tests.browser.lab_pages import *  # noqa: F403  its site and pages
from tests.browser.lab_pages import work_off

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Django never closes what another thread has of SQLite in memory; it says so when that is collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_without_scripts_the_page_works_by_reloading(page, lab, engine, queue):
    ada = page(f"/labs/{lab.id}/", java_script_enabled=False)
    ada.get_by_role("button", name="Start the lab").click()
    expect(ada.get_by_role("heading", name="Your lab is starting")).to_be_visible()
    work_off(queue)
    LabSession.objects.update(active_node="h1")  # something was typed; before that nothing has failed
    ada.reload()
    ada.get_by_role("button", name="Check my work").click()
    expect(ada).to_have_url(re.compile(f"/labs/{lab.id}/$"))
    work_off(queue)
    ada.reload()
    expect(ada.get_by_text("Likely cause").first).to_be_visible()
    ada.get_by_role("link", name="Reset …").click()
    ada.get_by_role("button", name="Reset", exact=True).click()
    expect(ada.locator("#now")).to_contain_text("Resetting")


def test_before_scripts_arrive_the_page_can_be_read_and_its_forms_work(page, lab, engine, queue):
    ada = page(f"/labs/{lab.id}/", expected=("ERR_BLOCKED_BY_CLIENT",), blocked=re.compile(r"\.m?js(\?|$)"))
    expect(ada.get_by_role("heading", name="Your task")).to_be_visible()
    ada.get_by_role("button", name="Start the lab").click()
    expect(ada.get_by_role("heading", name="Your lab is starting")).to_be_visible()
    work_off(queue)
    LabSession.objects.update(active_node="h1")
    ada.reload()
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#now")).to_contain_text("Checking your work")
    work_off(queue)
    ada.reload()
    expect(ada.get_by_text("Likely cause").first).to_be_visible()
    ada.get_by_text("Stop …").click()
    ada.get_by_role("button", name="Stop the lab").click()
    expect(ada.get_by_role("heading", name="Your lab is stopping")).to_be_visible()
    work_off(queue)
    ada.reload()
    expect(ada.get_by_role("heading", name="Your lab has stopped")).to_be_visible()


def test_the_printed_page_has_guide_checks_and_drawing_but_no_terminals(page, lab, engine, ready, queue):
    ada = page(f"/labs/{lab.id}/")
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#busy")).to_be_visible()
    work_off(queue)
    expect(ada.locator("#busy")).to_have_count(0)
    ada.emulate_media(media="print")
    for part in ("1. Forwarding", "Write it.", "h1 has the file", "Nothing has written it yet."):
        expect(ada.get_by_text(part).first).to_be_visible()  # the second stage is shut on the screen
    expect(ada.locator("#map svg.d")).to_be_visible()
    for part in ("#terminal", "#check", "#look", "#mine", "header.bar"):
        expect(ada.locator(part)).to_be_hidden()
    expect(ada.get_by_text("It is a sysctl.")).to_be_hidden()  # a hint
