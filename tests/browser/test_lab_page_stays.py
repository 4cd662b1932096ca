"""The lab page keeps the reader's place, and shows what they asked for: results, a reload, the terminal in the whole window."""

import pytest
from playwright.sync_api import expect

from labs import events
from labs.live import live_checks
from tests.browser.lab_pages import *  # noqa: F403  its site and pages
from tests.browser.lab_pages import hear_the_stream_open, must_be_readable, until, work_off

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Django never closes what another thread has of SQLite in memory; it says so when that is collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SMALL = {"width": 1280, "height": 640}
TO_THE_END = """pane => {
  for (const part of pane.querySelectorAll('details')) part.open = true;
  pane.scrollTop = pane.scrollHeight;
  return pane.scrollTop;
}"""


def test_the_result_of_a_check_that_was_requested_comes_into_view_and_others_move_nothing(page, lab, ready, queue):
    ada = page(f"/labs/{lab.id}/", viewport=SMALL)
    hear_the_stream_open(ada)
    checks, button = ada.locator("#checks"), ada.locator("#check")
    button.click()
    expect(ada.locator("#busy")).to_be_attached()
    assert checks.evaluate(TO_THE_END) > 50
    work_off(queue)
    expect(ada.locator("#now")).to_contain_text("points.")
    expect(ada.locator("#now")).to_be_in_viewport(ratio=1)
    expect(button).to_be_focused()
    assert ada.evaluate("scrollY") == 0

    end = checks.evaluate(TO_THE_END)
    live_checks.run(ready.pk, ["on"], last=True)
    events.publish(ready.pk, "checks", at="2027-07-16T10:20:30+00:00", changed=True)
    expect(ada.locator("#last-run")).to_have_text("10:20:30")
    ada.wait_for_timeout(500)
    assert checks.evaluate("pane => pane.scrollTop") > end / 2


def test_a_reload_keeps_the_place_in_the_guide_and_what_was_opened_there(page, lab, ready):
    ada = page(f"/labs/{lab.id}/", viewport=SMALL)
    guide, last = ada.locator("#guide"), ada.locator("#stages > li").last
    expect(ada.locator("#guide .cmd").first).to_be_attached()  # the page is whole
    last.locator("details > summary").first.click()
    guide.evaluate("pane => { pane.scrollTop = 90; }")
    assert guide.evaluate("pane => pane.scrollTop") == 90
    top = last.bounding_box()["y"]
    ada.reload()
    expect(last.locator("details").first).to_have_attribute("open", "")
    until(ada, lambda: abs(last.bounding_box()["y"] - top) < 2)
    expect(ada.locator("#guide .cmd").first).to_be_attached()
    ada.wait_for_timeout(300)
    assert abs(last.bounding_box()["y"] - top) < 2
    guide.evaluate("pane => { pane.scrollTop = 0; }")
    ada.reload()
    expect(ada.locator("#guide .cmd").first).to_be_attached()
    assert guide.evaluate("pane => pane.scrollTop") == 0


@pytest.mark.parametrize("width", [1280, 360])
def test_the_terminal_in_the_whole_window_says_so_and_how_to_leave(page, lab, ready, width):
    ada = page(f"/labs/{lab.id}/", viewport={"width": width, "height": 700})
    full, leave = (
        ada.get_by_role("button", name="Full", exact=True),
        ada.get_by_role("button", name="Leave full screen"),
    )
    expect(full).to_have_attribute("aria-pressed", "false")
    expect(leave).to_be_hidden()
    full.click()
    expect(full).to_have_attribute("aria-pressed", "true")
    expect(leave).to_be_in_viewport(ratio=1)
    must_be_readable(ada)
    ada.keyboard.press("Escape")  # is for the shell
    expect(leave).to_be_visible()
    leave.click()
    expect(ada.locator("#guide")).to_be_visible()
    expect(full).to_have_attribute("aria-pressed", "false")
    full.click()
    ada.keyboard.press("Alt+Shift+Digit1")
    expect(leave).to_be_hidden()
    expect(full).to_have_attribute("aria-pressed", "false")


# How much lighter the boxes of other nodes are than those of the learner (WCAG 2.2, contrast ratio)
FILLED = """() => {
  const [own, other] = ['.own', '.oth'].map((kind) => {
    const [r, g, b] = getComputedStyle(document.querySelector(`#map rect${kind}`)).fill.match(/\\d+/g)
      .map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  });
  return Math.max(own / other, other / own);
}"""


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_learners_nodes_are_seen_to_be_filled_while_the_lab_does_not_run(page, lab, colours):
    ada = page(f"/labs/{lab.id}/", color_scheme=colours)
    assert ada.evaluate(FILLED) > 1.3
