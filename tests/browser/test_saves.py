"""Saving work and resuming it, at two widths and by keyboard."""

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from labs.engine.runtime.client import Saved
from labs.lifecycle.saves import keep
from labs.models import LabSession, Save, State
from tests.browser.test_lab_page import *  # noqa: F403  its fixtures

for _name in [name for name in globals() if name.startswith("test_")]:
    del globals()[_name]

SIZES = [(1280, 800), (360, 740)]


def saved(session, number, reason=Save.Reason.STOP):
    return keep(
        session, Saved(b"%d" % number, ["h1: srv/a-very-long-name-of-a-file/that-is-too-large"]), reason, timezone.now()
    )


ROWS = """part => [...part.querySelectorAll('li')].map((row) => {
  const [text, button] = ['span', 'button'].map((name) => row.querySelector(name).getBoundingClientRect());
  return { begins: text.top, ends: Math.max(text.bottom, button.bottom), isAbove: text.top <= button.bottom };
})"""


def must_have_reasons_beside_their_buttons(page, part):
    """Each time and reason is beside its own button or above it, and ends before those of the next one begin."""
    rows = page.locator(part).evaluate(ROWS)
    assert all(row["isAbove"] for row in rows)
    assert all(row["ends"] <= below["begins"] for row, below in pairwise(rows)), rows


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_saved_work_is_offered_first(page, lab, ready, size):
    saved(ready, 0, Save.Reason.DEADLINE)
    saved(ready, 1, Save.Reason.STAGE)
    saved(ready, 2)
    LabSession.objects.update(state=State.STOPPED, stopped_at=timezone.now())
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    expect(ada.get_by_role("button", name="Start from the beginning")).to_be_visible()
    expect(ada.get_by_role("heading", name="Your saved work")).to_be_visible()
    ada.get_by_text("Earlier saves").press("Enter")
    expect(ada.locator("#earlier").get_by_role("button")).to_have_count(2)
    must_have_reasons_beside_their_buttons(ada, "#earlier")
    found = Axe().run(ada, context="#panel")
    assert found.violations_count == 0, found.generate_report()
    assert ada.evaluate("document.documentElement.scrollWidth") <= size[0]
    ada.screenshot(path=f"/tmp/saves-{size[0]}.png")
    ada.get_by_role("button", name="Resume where you left off").press("Enter")
    expect(ada.get_by_role("heading", name="Your saved work")).to_have_count(0)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_running_lab_shows_each_new_save_at_once(page, lab, ready, size):
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    expect(ada.get_by_role("button", name="Save now")).to_be_visible()
    saved(ready, 3, Save.Reason.CHANGE)
    expect(ada.get_by_text("Your work was saved at")).to_be_visible()
    assert ada.evaluate("document.documentElement.scrollWidth") <= size[0]
    ada.screenshot(path=f"/tmp/saved-{size[0]}.png")
    saved(ready, 4, Save.Reason.STAGE)
    ada.get_by_text("Go back to earlier work").click()
    expect(ada.locator("#go-back").get_by_role("button")).to_have_count(2)
    must_have_reasons_beside_their_buttons(ada, "#go-back")
