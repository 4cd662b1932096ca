"""The lab page in Chromium in each state and size: readable, its panes, its header, its drawing; and the pages around it."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from labs.lifecycle import services, starts
from labs.models import LabSession, State
from tests import builders
from tests.browser.lab_pages import *  # noqa: F403  its site and pages
from tests.browser.lab_pages import must_be_readable, smallest_text, work_off

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Django never closes what another thread has of SQLite in memory; it says so when that is collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=str)
@pytest.mark.parametrize("state", [None, State.REQUESTED, State.STARTING, State.READY, State.STOPPING, State.FAILED])
def test_the_page_is_usable_in_each_state(page, lab, ada, engine, size, state):
    if state:
        session = LabSession.objects.create(learner=ada, lab=lab.id, lab_version=lab.version)
        if state != State.REQUESTED:
            LabSession.objects.update(admitted_at=session.created_at)
        if state == State.READY:
            starts.start(session.pk, 1)
        LabSession.objects.update(state=state, error="It failed." if state == State.FAILED else "")
    window = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    must_be_readable(window)
    assert window.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_administrators_use_the_capacity_page_on_a_phone_and_on_a_wide_screen(
    window, site, olga, ada, linus, lab, other_lab, queue, settings
):
    settings.LAB_MEMORY_MB = 100
    for person in (linus, ada, builders.make_person("dalia", name="Dalia Haddad")):
        services.request_session(person, lab.id)
    cookie = builders.signed_in(olga).cookies["sessionid"].value
    for width in (1280, 360):
        room = window(viewport={"width": width, "height": 740})
        room.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
        room.goto(f"{site}/labs/staff/capacity/")
        found = Axe().run(room, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()
        assert room.evaluate("document.documentElement.scrollWidth") <= width
    room.get_by_role("button", name="Put first in the queue Dalia Haddad").press("Enter")
    expect(room.get_by_role("row", name="1 Dalia Haddad")).to_be_visible()


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=str)
@pytest.mark.parametrize("address", ["/labs/", "/labs/long-gone/"])
def test_the_catalogue_is_usable(page, lab, ready, size, address):
    window = page(address, viewport={"width": size[0], "height": size[1]}, expected=("404 (Not Found)",))
    must_be_readable(window)
    assert window.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_on_a_phone_the_header_is_one_row_with_a_menu_and_the_bar_marks_the_part_in_view(page, lab, ready):
    ada = page(f"/labs/{lab.id}/", viewport={"width": 360, "height": 740})
    assert ada.locator("header.bar > div").first.bounding_box()["height"] <= 48
    courses = ada.get_by_role("banner").get_by_role("link", name="Courses")
    expect(courses).to_be_hidden()
    ada.get_by_role("button", name="Menu").focus()
    ada.keyboard.press("Enter")
    expect(courses).to_be_visible()
    must_be_readable(ada)
    ada.keyboard.press("Escape")
    expect(courses).to_be_hidden()
    bar = ada.get_by_role("navigation", name="Parts of the lab")
    expect(bar.get_by_role("link", name="Guide")).to_have_attribute("aria-current", "true")
    bar.get_by_role("link", name="Terminal").click()
    expect(bar.get_by_role("link", name="Terminal")).to_have_attribute("aria-current", "true")
    expect(bar.get_by_role("link", name="Guide")).not_to_have_attribute("aria-current", "true")


def test_on_a_phone_the_bar_leads_to_the_checks_also_when_all_have_passed(page, lab, ready, engine, queue):
    engine.client_of(ready).is_solved()
    services.request_check(ready)
    work_off(queue)
    ada = page(f"/labs/{lab.id}/", viewport={"width": 360, "height": 740})
    bar = ada.get_by_role("navigation", name="Parts of the lab")
    for name, part in (("Terminal", "#terminal"), ("Checks", "#checks > summary"), ("Drawing", "#map")):
        bar.get_by_role("link", name=name).click()
        expect(bar.get_by_role("link", name=name)).to_have_attribute("aria-current", "true")
        expect(ada.locator(part)).to_be_in_viewport()


@pytest.mark.parametrize(("width", "height"), [(360, 740), (390, 844), (800, 1024)])
def test_on_a_phone_the_work_can_be_checked_beside_each_part_of_the_lab(page, lab, ready, width, height):
    """Regression: the button was 1,800 pixels above the checks; only the one of a check without a grade was in view."""
    ada = page(f"/labs/{lab.id}/", viewport={"width": width, "height": height})
    ada.evaluate("""() => {  // a lab of ten stages
        const dots = document.querySelector('.dots');
        while (dots.children.length < 10) dots.append(dots.lastElementChild.cloneNode(true));
        document.querySelector('#progress').firstChild.textContent = '10 of 12 checks';
        document.querySelector('#progress .points').lastChild.textContent = '100 points';
    }""")
    button = ada.get_by_role("button", name="Check my work")
    for part in ("Guide", "Checks", "Drawing", "Terminal"):
        ada.get_by_role("navigation", name="Parts of the lab").get_by_role("link", name=part).click()
        expect(button).to_be_in_viewport(ratio=1)
    box, strip = button.bounding_box(), ada.locator(".where").bounding_box()
    assert min(box["width"], box["height"]) >= 44
    assert box["x"] + box["width"] <= width
    assert strip["height"] <= 48, "it takes the room of the terminal"
    assert ada.evaluate("document.documentElement.scrollWidth") == width
    button.click()
    expect(ada.locator("#busy")).to_be_visible()


def test_panes_are_moved_folded_reached_by_key_and_forgotten_at_the_sign_out(page, lab, ready):
    ada = page(f"/labs/{lab.id}/", viewport={"width": 1280, "height": 800})
    bar = ada.get_by_role("separator", name="Size of the guide")
    width = ada.locator("#reading").bounding_box()["width"]
    ada.evaluate("document.querySelector('#checks > summary + *').style.paddingBlockStart = '3000px'")
    assert ada.evaluate("document.documentElement.scrollHeight") == 800  # only panes scroll, however long they are
    box = bar.bounding_box()
    ada.mouse.move(box["x"] + 3, 400)
    ada.mouse.down()
    ada.mouse.move(box["x"] + 103, 400)
    ada.mouse.up()
    assert abs(ada.locator("#reading").bounding_box()["width"] - width - 100) < 8
    before = int(bar.get_attribute("aria-valuenow"))
    bar.press("ArrowLeft")
    expect(bar).to_have_attribute("aria-valuenow", str(before - 2))
    ada.get_by_role("separator", name="Size of the drawing").press("Enter")
    expect(ada.locator("#map")).to_be_hidden()
    ada.reload()
    expect(ada.locator("#map")).to_be_hidden()
    expect(bar).to_have_attribute("aria-valuenow", str(before - 2))

    ada.keyboard.press("Alt+Shift+Digit3")
    expect(ada.locator("#map > .scroll")).to_be_focused()
    ada.keyboard.press("Alt+Shift+Digit4")
    expect(ada.locator("textarea.xterm-helper-textarea").first).to_be_focused()
    ada.keyboard.press("Alt+Shift+Enter")
    expect(ada.locator("#guide")).to_be_hidden()
    box = ada.locator("#terminal").bounding_box()
    assert (box["width"], box["y"] + box["height"]) == pytest.approx((1280, 800), abs=1)
    ada.keyboard.press("Alt+Shift+Digit1")
    expect(ada.locator("#guide")).to_be_focused()
    must_be_readable(ada)
    ada.keyboard.press("Alt+Shift+Digit0")
    help_ = ada.get_by_role("table", name="Panes and their keys")
    expect(help_).to_be_visible()
    must_be_readable(ada)
    ada.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    ada.get_by_text("View", exact=True).click()
    expect(help_).to_be_visible()
    ada.get_by_role("heading", level=1).click()
    expect(help_).to_be_hidden()
    ada.get_by_role("button", name="Sign out").click()
    ada.wait_for_url(re.compile(r":\d+/$"))
    assert ada.evaluate("localStorage.getItem('vaka:panes')") is None


def test_folded_checks_stay_folded_until_a_key_or_a_link_leads_to_them(page, lab, ready):
    ada = page(f"/labs/{lab.id}/")
    checks = ada.locator("#checks > .of-stage").first
    expect(checks).to_be_visible()
    ada.locator("#checks > summary").click()
    ada.reload()
    expect(checks).to_be_hidden()
    ada.keyboard.press("Alt+Shift+Digit2")
    expect(checks).to_be_visible()
    ada.reload()
    expect(checks).to_be_visible()


YELLOW = """() => {
  const probe = document.createElement('i');
  probe.style.background = 'var(--land)';
  document.body.append(probe);
  const yellow = getComputedStyle(probe).backgroundColor;
  return [...document.querySelectorAll('body *')]
    .filter((one) => one !== probe && getComputedStyle(one).backgroundColor === yellow && !one.closest('.now'))
    .map((one) => one.outerHTML.slice(0, 120));
}"""


def test_the_lab_of_a_lesson_is_not_yellow(page, lab, ready):
    ada = page("/courses/first-steps/ospfv3-in-one-area/")
    expect(ada.locator("main .mine").first).to_be_visible()
    assert not [one for one in ada.evaluate(YELLOW) if "mine" in one]


def test_yellow_is_where_the_learner_is_and_nothing_else(page, lab, ready):
    ada = page(f"/labs/{lab.id}/")
    ada.add_style_tag(url="/static/workshops/seat-bar.css")
    ada.evaluate("""() => {
      Object.assign(document.getElementById('map-labels'), { hidden: false, ariaPressed: 'true' });
      document.querySelector('header').insertAdjacentHTML('beforeend', '<div class="seat-bar">Seat 3</div>');
    }""")
    assert ada.evaluate(YELLOW) == []


def test_the_offer_of_a_time_zone_leaves_the_lab_its_window(page, lab, ready):
    ada = page(f"/labs/{lab.id}/", viewport={"width": 1280, "height": 800}, timezone_id="Pacific/Fiji")
    offer = ada.get_by_text("Your browser is in Pacific/Fiji.")
    expect(offer).to_be_visible()
    parts = [ada.locator(name).bounding_box() for name in ("#time-zone", ".labbar", ".lab")]
    ends = [box["y"] + box["height"] for box in parts]
    assert [*(box["y"] for box in parts[1:]), 800] == pytest.approx(ends, abs=1)
    assert parts[1]["height"] < 60
    ada.get_by_role("button", name="Keep UTC").click()
    expect(offer).to_be_hidden()
    lab_box = ada.locator(".lab").bounding_box()
    assert lab_box["y"] + lab_box["height"] == pytest.approx(800, abs=1)


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080), (360, 740)], ids=str)
def test_the_text_of_the_drawing_is_never_small_and_the_bar_keeps_its_height(page, lab, ready, engine, queue, size):
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    assert smallest_text(ada) >= 12
    ada.locator("#map [data-node=r1]").focus()
    expect(ada.locator("#told")).to_have_text("r1: eth0 2001:db8::1/64, eth1")
    place = ada.locator(".where").bounding_box()["height"]
    engine.client_of(ready).is_solved()
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#busy")).to_be_visible()
    work_off(queue)
    expect(ada.locator("#progress")).to_contain_text("All done, 10 points")
    assert ada.locator(".where").bounding_box()["height"] == place
    expect(ada.locator("#achieved")).to_contain_text("10 of 10 points")
    ada.locator("#checks").evaluate("(it) => it.scrollTo(0, it.scrollHeight)")
    ada.get_by_role("link", name="All done").click()
    expect(ada.locator("#achieved")).to_be_in_viewport()
    must_be_readable(ada)
    assert ada.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize(("width", "columns"), [(360, 1), (900, 2), (1280, 2), (1920, 2)])
def test_the_solution_of_the_author_stands_beside_the_learners_changes(page, lab, ready, engine, queue, width, columns):
    """Regression: at 1280 and 1920 pixels the two stood one below the other, and could not be compared."""
    engine.client_of(ready).is_solved()
    services.request_check(ready)
    work_off(queue)
    ada = page(f"/labs/{lab.id}/", viewport={"width": width, "height": 800})
    ada.get_by_text("Compare with the author’s solution").click()
    pair = ada.locator("#model .beside", has_text="Your changes").first.locator("> div")
    theirs, own = (pair.nth(number).bounding_box() for number in (0, 1))
    assert (2 if own["x"] >= theirs["x"] + theirs["width"] else 1) == columns
    assert min(theirs["width"], own["width"]) >= (240 if width >= 1280 else 140)
    ada.locator("#terminal").scroll_into_view_if_needed()
    assert ada.locator("#terminal").bounding_box()["width"] >= min(width, 600)
    assert ada.evaluate("document.documentElement.scrollWidth") <= width


def test_the_end_of_a_lab_is_unfolded_on_paper(page, lab, ready, engine, queue):
    """Regression: only what stands in a text was unfolded, and the solution of the author was not printed."""
    engine.client_of(ready).is_solved()
    services.request_check(ready)
    work_off(queue)
    ada = page(f"/labs/{lab.id}/")
    solution = ada.locator("#model pre", has_text="echo on > /etc/light")
    expect(solution).to_be_hidden()
    ada.emulate_media(media="print")
    expect(solution).to_be_visible()
    expect(ada.locator("#stop")).to_be_hidden()


def test_the_end_of_a_lab_that_has_stopped_has_room(page, lab, ready, engine, queue):
    """Regression: at 1280 pixels it was 348 wide, beside a terminal in which nobody could type."""
    engine.client_of(ready).is_solved()
    services.request_check(ready)
    work_off(queue)
    LabSession.objects.update(state=State.STOPPED)
    ada = page(f"/labs/{lab.id}/", viewport={"width": 1280, "height": 800})
    assert ada.locator("#achieved").bounding_box()["width"] >= 500


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=str)
def test_the_end_of_a_lab_comes_into_view_and_verdicts_move_nothing(page, lab, ready, engine, queue, size):
    """Regression: the guide stayed in the middle of a stage, and what became of the work was above it."""
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    ada.evaluate("""() => {  // a long guide
        const sheet = new CSSStyleSheet();
        sheet.replaceSync('#stages { padding-block-end: 1500px }');
        document.adoptedStyleSheets = [sheet];
        document.getElementById('guide').scrollTop = 900;
        if (innerWidth < 1000) scrollTo(0, 900);
    }""")
    places = "() => [document.getElementById('guide').scrollTop, scrollY]"
    before = ada.evaluate(places)
    assert max(before) > 500
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("#busy")).to_have_count(1)
    work_off(queue)
    expect(ada.locator("#busy")).to_have_count(0)
    assert ada.evaluate(places) == pytest.approx(before, abs=40)  # lines of the checks come and go
    ada.evaluate("document.getElementById('stop').click()")
    expect(ada.get_by_role("heading", name="Your lab is stopping")).to_be_in_viewport()
    work_off(queue)
    expect(ada.get_by_role("heading", name="Your lab has stopped")).to_be_in_viewport()


def test_neither_the_first_save_nor_the_last_point_moves_the_guide(page, lab, ready, engine, queue):
    ada = page(f"/labs/{lab.id}/")
    guide, stage = ada.locator("#guide"), ada.locator("#stage-forwarding")
    height, top = guide.bounding_box()["height"], stage.bounding_box()["y"]
    ada.get_by_role("button", name="Save now").click()
    expect(ada.locator("#busy")).to_be_visible()
    work_off(queue)
    expect(ada.locator("#saved")).to_contain_text("Your work was saved at")
    assert stage.bounding_box()["y"] == top
    engine.client_of(ready).is_solved()
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#busy")).to_be_visible()
    work_off(queue)
    expect(ada.locator("#achieved")).to_be_visible()
    assert guide.bounding_box()["height"] == height


def test_the_notice_of_a_lost_connection_covers_no_button_of_the_lab(page, lab, ready):
    ada = page(f"/labs/{lab.id}/", viewport={"width": 1280, "height": 800})
    ada.evaluate("document.dispatchEvent(new CustomEvent('vaka:unsent'))")  # the longer of its two sentences
    notice, button = ada.locator("#connection").bounding_box(), ada.locator("#check").bounding_box()
    assert notice["y"] + notice["height"] <= button["y"]


@pytest.mark.parametrize("size", [(360, 740), (390, 844), (800, 1024), (1024, 768), (1100, 800), (1280, 800)], ids=str)
def test_checks_points_and_time_are_in_one_row_at_every_width(page, lab, ready, engine, queue, size):
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    expect(ada.locator("#progress .points")).to_have_text(", 0 points")
    parts = [ada.locator(name) for name in (".dots", "#progress", "#left")]
    button = "#check" if size[0] >= 1024 else "#check-here"
    places = [ada.locator(name) for name in (".where", ".dots", "#left", button)]
    before = [box for place in places for box in place.bounding_box().values()]
    engine.client_of(ready).is_solved()
    services.request_check(ready)
    work_off(queue)
    expect(ada.locator("#progress")).to_contain_text("All done, 10 points")
    assert [box for place in places for box in place.bounding_box().values()] == pytest.approx(before, abs=0.1)
    for part in (*parts, ada.locator("#progress .points")):
        expect(part).to_be_in_viewport(ratio=1)
    middles = [box["y"] + box["height"] / 2 for box in (part.bounding_box() for part in parts)]
    if size[0] <= 640:
        middles = middles[1:]  # beside the button there is room for two lines, and the stages have the first one
    assert max(middles) - min(middles) < 8  # side by side, not one below the other
    row = ada.locator(".where").bounding_box()
    for part in parts:
        box = part.bounding_box()
        assert box["x"] + box["width"] <= row["x"] + row["width"] + 1
    assert ada.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert ada.evaluate("parseFloat(getComputedStyle(document.getElementById('progress')).fontSize)") >= 12
    must_be_readable(ada)


@pytest.mark.parametrize("menu", ["panes-menu", "stop-menu"])
def test_on_a_phone_a_menu_of_the_bar_is_whole(page, lab, ready, menu):
    ada = page(f"/labs/{lab.id}/", viewport={"width": 360, "height": 740})
    ada.locator(f"#{menu} > summary").click()
    box = ada.locator(f"#{menu} > :not(summary)").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert ada.evaluate("document.documentElement.scrollWidth") == 360


def test_an_open_lesson_leaves_the_page_of_a_phone_its_width(page, engine):
    ada = page("/labs/slaac-two-routers/", viewport={"width": 360, "height": 740})
    ada.locator("#lesson > summary").click()
    expect(ada.locator("#lesson-text h1")).to_be_visible()
    assert ada.evaluate("document.documentElement.scrollWidth") == 360


def test_on_paper_a_wide_drawing_is_as_wide_as_the_sheet(page, lab, ready):
    """A sheet of A4 has 718 pixels between its margins, and it does not scroll."""
    ada = page(f"/labs/{lab.id}/", viewport={"width": 1280, "height": 800})
    ada.evaluate("""() => {
      document.querySelector('#map .least').setAttribute('width', 877);
      document.querySelector('#map .d').setAttribute('viewBox', '0 0 877 500');
    }""")
    ada.emulate_media(media="print")
    ada.set_viewport_size({"width": 718, "height": 1000})
    box = ada.locator("#map svg.d").bounding_box()
    assert box["x"] + box["width"] <= 718
    assert box["height"] == pytest.approx(box["width"] * 500 / 877, abs=2)
