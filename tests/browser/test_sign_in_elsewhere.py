"""A page that is older than the last sign-in, in another tab: its buttons work, or it says that nothing was sent."""

import pytest
from playwright.sync_api import expect

from labs.models import Job, OpenedHint
from tests import builders
from tests.browser.lab_pages import *  # noqa: F403  its site and pages
from tests.browser.lab_pages import until, work_off

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Django never closes what another thread has of SQLite in memory; it says so when that is collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def sign_in_elsewhere(window, site, person):
    """Do to the cookies what a sign-in in another tab does: a new session, and a new CSRF token."""
    session = builders.signed_in(person).cookies["sessionid"].value
    cookies = {"sessionid": session, "csrftoken": "a1" * 16}
    window.context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])


def test_buttons_and_hints_of_an_older_tab_are_taken(page, site, ada, lab, ready, queue):
    tab = page(f"/labs/{lab.id}/")
    tab.evaluate("window.same = true")
    sign_in_elsewhere(tab, site, ada)
    tab.get_by_role("button", name="Check my work").first.click()
    expect(tab.locator("#busy")).to_be_visible()
    work_off(queue)
    assert [job.kind for job in Job.objects.all()] == ["attempt"]
    tab.evaluate("document.cookie = `csrftoken=${'b2'.repeat(16)}; path=/`")  # and once more: the panel is newer now
    tab.locator("details.hint").first.evaluate("hint => { hint.open = true; }")
    until(tab, OpenedHint.objects.exists)
    assert tab.evaluate("window.same")


def test_a_button_that_is_refused_says_so_after_the_reload(page, lab, ready):
    tab = page(f"/labs/{lab.id}/", expected=("403 (Forbidden)",))
    tab.context.clear_cookies(name="csrftoken")
    tab.get_by_role("button", name="Check my work").first.click()
    said = tab.locator("#connection")
    expect(said).to_have_text("This was not sent. Select it again.")
    tab.get_by_role("button", name="Check my work").first.click()
    expect(tab.locator("#busy")).to_be_visible()
    expect(said).to_be_hidden()
    assert Job.objects.count() == 1
