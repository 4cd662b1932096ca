"""The pages around labs, in Chromium: roadmap, lessons, questions that come back, colours, the countdown in the header."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from courses import recall
from courses.loader import clear_cache
from courses.models import RecallCard
from labs.models import LabSession, State
from labs.registry.versions import newest
from tests.browser.test_pages import open_sound
from tests.builders import make_person, signed_in
from tests.courses.test_loader import COURSE, LESSON
from tests.courses.test_roadmap_drawing import MANY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (360, 1280, 1920)
LAB = "ospfv3-one-area"
FIRST = "/courses/first-steps/ipv6-addresses/"
MIDDLE = "/courses/first-steps/ospfv3-in-one-area/"


@pytest.fixture
def site(live_server):
    return live_server.url


@pytest.fixture
def ada(transactional_db):
    return make_person("ada", name="Ada Lovelace")


@pytest.fixture
def open_as(window, site):
    def opened(person, path, width=1280, **how):
        page = window(viewport={"width": width, "height": 740}, **how)
        page.context.add_cookies(
            [{"name": "sessionid", "value": signed_in(person).cookies["sessionid"].value, "url": site}]
        )
        page.goto(f"{site}{path}")
        return page

    return opened


@pytest.fixture
def many_courses(tmp_path, settings):
    for course, before in MANY.items():
        folder = tmp_path / "content" / course
        folder.mkdir(parents=True)
        head = COURSE.replace("id: waves", f"id: {course}").replace(
            "Reading waves", f"{course.title()} for small operators"
        )
        (folder / "course.yaml").write_text(f"{head}prerequisites: [{', '.join(before)}]\n")
        (folder / "010-swell.md").write_text(LESSON)
    settings.COURSE_CONTENT = Path(tmp_path / "content")
    clear_cache()
    yield
    clear_cache()


def running_lab(person, seconds: float) -> LabSession:
    facts = {"lab": LAB, "lab_version": newest(LAB).version, "state": State.READY, "ready_at": timezone.now()}
    return LabSession.objects.create(learner=person, ends_at=timezone.now() + timedelta(seconds=seconds), **facts)


def test_a_lesson_copies_the_commands_of_a_screen_without_prompts_and_answers(open_as, ada):
    page = open_as(ada, "/courses/first-steps/first-ebgp/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(page.locator(".prose .cmd button")).to_have_count(page.locator(".prose pre").count())
    rules = page.locator(".worked", has=page.get_by_role("region", name="The rules", exact=True))
    rules.get_by_role("button", name="Copy the commands").click()
    expect(rules.get_by_role("button", name="Copied")).to_be_focused()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0] == "ipv6 prefix-list OURS seq 5 permit 2001:db8:500::/48"
    assert copied[-1] == "neighbor 2001:db8:f2::1 route-map FROM-PEER in"
    assert len(copied) == 12
    seen = page.locator(".worked", has=page.get_by_role("region", name="A leak, seen by the peer"))
    seen.get_by_role("button", name="Copy the command", exact=True).click()
    expect(seen.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "birdc show route"


def test_the_running_lab_is_named_above_another_lab_where_that_one_begins(open_as, ada):
    running_lab(ada, seconds=3000)
    page = open_as(ada, "/labs/first-ebgp/", 1920)
    begins = page.evaluate(
        "['.running b', '.labbar h1'].map((one) => document.querySelector(one).getBoundingClientRect().left)"
    )
    assert begins[0] == pytest.approx(begins[1], abs=1)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_roadmap_can_be_read_at_every_width_and_the_list_says_the_same(open_as, many_courses, ada, site, width):
    page = open_as(ada, "/courses/", width)
    open_sound(page, f"{site}/courses/")
    sizes = page.evaluate(
        "[...document.querySelectorAll('.roadmap text')].filter((one) => one.checkVisibility())"
        ".map((one) => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a)"
    )
    assert len(sizes) >= 2 * len(MANY)
    assert min(sizes) >= 14
    sticks_out = page.evaluate(
        "[...document.querySelectorAll('.roadmap a')].filter((one) => one.checkVisibility()).filter((one) => {"
        " const box = one.querySelector('rect').getBoundingClientRect();"
        " return [...one.querySelectorAll('text')].some((text) => text.getBoundingClientRect().right > box.right); })"
        ".map((one) => one.textContent)"
    )
    assert sticks_out == []
    row = (
        page.get_by_role("row")
        .filter(has=page.get_by_role("link", name="Security for small operators", exact=True))
        .first
    )
    for before in ("Routing for small operators", "Dns for small operators"):
        expect(row.get_by_role("link", name=before)).to_be_visible()


def test_the_contents_of_a_lesson_stay_in_view_and_name_the_part_that_one_reads(open_as, ada):
    page = open_as(ada, MIDDLE)
    contents = page.get_by_role("navigation", name="In this lesson")
    last = contents.get_by_role("link", name="Now you")
    page.locator("#s-now-you").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('s-now-you').scrollIntoView()")
    expect(last).to_be_in_viewport()
    expect(last).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Mark as done", exact=True).click()
    expect(contents.get_by_text("Read", exact=True)).to_be_in_viewport()


def test_on_a_phone_the_contents_and_both_ways_are_in_a_bar_at_the_bottom(open_as, ada):
    page = open_as(ada, MIDDLE, 360)
    bar = page.get_by_role("navigation", name="Lesson", exact=True)
    expect(bar.get_by_role("link", name="Previous:")).to_be_in_viewport()
    expect(bar.get_by_role("link", name="Next:")).to_be_in_viewport()
    contents = page.get_by_role("navigation", name="In this lesson")
    expect(contents).to_be_hidden()
    bar.get_by_role("button", name="Contents").focus()
    page.keyboard.press("Enter")
    expect(contents).to_be_visible()
    contents.get_by_role("link", name="See it").focus()
    page.keyboard.press("Enter")
    expect(contents).to_be_hidden()
    expect(page.get_by_role("heading", name="See it")).to_be_in_viewport()


def test_previous_and_next_are_there_before_a_lesson_is_done(open_as, ada):
    page = open_as(ada, FIRST)
    ways = page.get_by_role("navigation", name="Previous and next lesson")
    ways.get_by_role("link", name="Next:").click()
    expect(
        page.get_by_role("navigation", name="Previous and next lesson").get_by_role("link", name="Previous:")
    ).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_question_that_came_back_is_answered_by_keyboard_alone(open_as, ada, site, width):
    recall.remember(ada, "first-ebgp-quiz", "silent", right=True)
    RecallCard.objects.update(due=timezone.now())
    page = open_as(ada, "/", width)
    page.get_by_role("link", name="Answer today’s questions").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/progress/questions/")
    open_sound(page, page.url)
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#next")).to_be_visible()
    open_sound(page, page.url)
    page.locator("#next").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="My progress")).to_be_visible()
    open_sound(page, page.url)


@pytest.mark.parametrize(("chosen", "system"), [("Dark", "light"), ("Light", "dark")])
def test_the_chosen_colours_come_with_the_page_and_have_enough_contrast(open_as, ada, site, chosen, system):
    page = open_as(ada, "/courses/", color_scheme=system, java_script_enabled=True)
    page.get_by_role("button", name=chosen, exact=True).click()
    expect(page.get_by_role("button", name=chosen, exact=True)).to_have_attribute("aria-pressed", "true")
    for path in ("/", "/courses/first-steps/", MIDDLE, "/labs/", "/progress/", "/me/"):
        open_sound(page, f"{site}{path}")
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 26, 34)"
        assert dark == (chosen == "Dark")
    assert f'data-theme="{chosen.lower()}"' in page.request.get(f"{site}/").text()[:300], "no script has to set it"
    page.get_by_role("button", name="As the system").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", chosen.lower())


def test_the_reader_stays_where_they_read_when_they_change_the_colours(open_as, ada):
    page = open_as(ada, MIDDLE)
    dark = page.get_by_role("button", name="Dark", exact=True)
    dark.scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    assert place > 0
    page.evaluate("document.body.dataset.mark = 'this page'")
    dark.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(dark).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="As the system")).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("[document.body.dataset.mark, scrollY]") == ["this page", place]
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_running_lab_is_counted_down_without_requests_until_it_ends(open_as, ada):
    session = running_lab(ada, 14)
    page = open_as(ada, MIDDLE)
    bar = page.locator("#running-lab")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    expect(bar).to_contain_text("OSPFv3")
    for _second in range(2):
        before = bar.inner_text()
        expect(bar).not_to_have_text(before)
        expect(bar).to_contain_text("sec")
    assert [url for url in asked if "/labs/" in url] == []
    LabSession.objects.filter(pk=session.pk).update(state=State.STOPPED)
    expect(bar).to_contain_text("has ended; what you typed is saved")
    expect(bar.locator("time")).to_be_hidden()
    assert len([url for url in asked if "/labs/" in url]) <= 1


def test_a_lab_that_was_extended_elsewhere_goes_on_when_its_old_time_is_up(open_as, ada):
    session = running_lab(ada, 12)
    page = open_as(ada, MIDDLE)
    expect(page.locator("#running-lab")).to_contain_text("sec")
    LabSession.objects.filter(pk=session.pk).update(ends_at=timezone.now() + timedelta(minutes=30))
    expect(page.locator("#running-lab")).to_contain_text("30 min")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_start_page_of_a_learner_leads_with_what_to_continue(open_as, ada, site, width):
    running_lab(ada, 3600)
    page = open_as(ada, "/", width)
    open_sound(page, f"{site}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Continue where you left off")
    expect(page.get_by_role("main").get_by_role("link", name="Back to my lab")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Overview")).to_have_count(0)
