"""The list of sessions: usable at both widths, and refreshed, but not while a menu is open."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from labs.models import ClassSeat, LabSession, State
from tests.browser.test_pages import SIZES, open_sound, sign_in
from tests.builders import make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LAB = "ospfv3-one-area"


@pytest.fixture
def page(window, live_server):
    make_person("ada", name="Ada Lovelace", is_staff=True)  # who signs in, in tests of pages
    opened = window(viewport=SIZES["wide"])
    sign_in(opened, live_server.url)
    return opened


def running(name):
    now = timezone.now()
    facts = {"ready_at": now, "ends_at": now + timedelta(minutes=40), "state": State.READY}
    return LabSession.objects.create(learner=make_person(name), lab=LAB, lab_version="0", **facts)


def test_an_administrator_can_use_each_page(page, live_server):
    session = running("grace")
    ClassSeat.objects.create(session=session, user=make_person("linus"), nodes=["r2"])
    LabSession.objects.create(learner=make_person("sina"), lab=LAB, lab_version="0")
    sessions = f"{live_server.url}/labs/sessions/"
    for size in SIZES.values():
        page.set_viewport_size(size)
        for path in ("", "class", f"class?lab={LAB}", "end-of-day"):
            open_sound(page, f"{sessions}{path}")
        page.goto(sessions)
        page.locator("tbody summary").first.click()
        expect(page.get_by_role("button", name="Add 30 min")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def pass_time(page, seconds):
    """Let the timers of a page run. Every 2 s it asks whether the server answers, and must hear so before it goes on."""
    for _ in range(seconds // 2):
        with page.expect_response(lambda answer: "/web/icon" in answer.url):
            page.clock.run_for(2000)


def test_the_list_refreshes_itself_but_not_while_a_menu_is_open(page, live_server):
    running("grace")
    page.clock.install()
    page.goto(f"{live_server.url}/labs/sessions/")
    running("linus")
    pass_time(page, 6)
    expect(page.get_by_role("row", name="linus")).to_be_visible()
    page.locator("tbody summary").first.click()
    running("sina")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    pass_time(page, 12)
    assert [url for url in asked if "/labs/sessions/" in url] == []
    expect(page.get_by_role("row", name="sina")).to_have_count(0)
    page.get_by_role("button", name="Add 30 min").first.click()
    expect(page.get_by_text("30 minutes were added")).to_be_visible()
    expect(page.get_by_role("row", name="sina")).to_be_visible()
