"""A server that does not answer, and a sign-in between: the page says so in time, and what was typed is not lost."""

import time

import pytest
from playwright.sync_api import Error, expect

from labs.engine.shared import pace
from tests.browser.test_pages import sign_in
from tests.browser.test_quiz import SWELL, site  # noqa: F401  the fixture
from tests.builders import PASSWORD
from vaka.accounts.models import BrowserSession
from vaka.web import guess_delay
from vaka.workshops.services import wrong_join_codes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAID_WITHIN = 5.0  # seconds
QUIET = ("autocomplete", "Password forms", "ERR_", "Failed to load", "422", "Service Worker registration")


@pytest.fixture
def ada(window, site):  # noqa: F811
    page = window(expected=QUIET, service_workers="block")  # so that the test can cut the line
    sign_in(page, site)
    page.goto(site + SWELL)
    return page


def written(page, question):
    return page.locator(f"#q-{question}").get_by_label("Your answer")


def test_a_dead_line_is_said_within_five_seconds_and_taken_back_by_itself(ada):
    bar = ada.locator("#connection")
    expect(bar).to_be_hidden()
    ada.route("**/*icon*", lambda route: None)  # it is never answered: nobody has said that the line is dead
    begun = time.monotonic()
    bar.wait_for(state="visible")
    assert time.monotonic() - begun < SAID_WITHIN + pace.seconds(1)  # the browser of a busy computer needs a moment
    expect(bar).to_contain_text("The server does not answer.")
    ada.unroute_all()
    expect(bar).to_be_hidden()


def test_a_form_is_not_sent_into_a_dead_line(ada):
    written(ada, "host").fill("2001:db8::1")
    ada.context.set_offline(True)
    expect(ada.locator("#connection")).to_be_visible()
    ada.get_by_role("button", name="Mark as done").click()
    expect(ada.locator("#connection")).to_contain_text("Nothing was sent")
    expect(written(ada, "host")).to_have_value("2001:db8::1")
    ada.context.set_offline(False)
    expect(ada.locator("#connection")).to_be_hidden()
    ada.locator("#q-host").get_by_role("button", name="Answer").click()
    expect(ada.locator("#q-host")).to_contain_text("Right")


def test_what_was_typed_to_join_survives_the_page_that_refuses_too_many_guesses(window, site, monkeypatch):  # noqa: F811
    monkeypatch.setattr(wrong_join_codes, "waiting", guess_delay.Places(0))
    monkeypatch.setattr(wrong_join_codes, "seconds", lambda: 1.0)
    page = window(expected=(*QUIET, "429"))
    page.goto(f"{site}/join/")
    page.get_by_label("Join code").fill("WRONG-CODE")
    page.get_by_label("Your name").fill("Ana Leota")
    page.get_by_role("button", name="Take a seat").click()
    expect(page.get_by_role("heading", name="Too many requests")).to_be_visible()
    page.goto(f"{site}/join/")
    expect(page.get_by_label("Join code")).to_have_value("WRONG-CODE")
    expect(page.get_by_label("Your name")).to_have_value("Ana Leota")


def test_back_to_the_answer_to_a_form_does_not_claim_that_the_server_is_away(window, site):  # noqa: F811
    page = window(expected=QUIET)
    sign_in(page, site)  # a page without a reader stays in the memory of the browser
    page.goto(f"{site}/join/")
    page.wait_for_function("navigator.serviceWorker.controller")
    page.get_by_label("Join code").fill("WRONG-CODE")
    page.get_by_role("button", name="Take a seat").click()
    expect(page.get_by_text("Not accepted").first).to_be_visible()
    page.get_by_role("link", name="Courses").first.click()
    page.wait_for_url(f"{site}/courses/")
    # No cache has the answer to a form. The browser says so, and asks before it sends the form again
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_back()


def test_an_answer_survives_a_sign_in(ada):
    written(ada, "host").fill("2001:db8::1")
    written(ada, "bits").fill("63")
    BrowserSession.objects.all().delete()
    ada.locator("#q-host").get_by_role("button", name="Answer").click()
    ada.get_by_label("Username or e-mail").fill("ada")
    ada.get_by_label("Password").fill(PASSWORD)
    ada.locator("main").get_by_role("button", name="Sign in").click()
    expect(ada.locator("#q-host")).to_contain_text("This was not sent. What you typed is filled in again")
    expect(written(ada, "host")).to_have_value("2001:db8::1")
    expect(written(ada, "bits")).to_have_value("63")
    ada.locator("#q-host").get_by_role("button", name="Answer").click()
    expect(ada.locator("#q-host")).to_contain_text("Right")


def test_an_answer_to_one_question_leaves_the_others_as_they_were_typed(ada):
    written(ada, "bits").fill("63")
    ada.locator("#q-which").get_by_role("checkbox").first.check()
    written(ada, "host").fill("2001:db8::1")
    ada.locator("#q-host").get_by_role("button", name="Answer").click()
    expect(ada.locator("#q-host")).to_contain_text("Right")
    expect(written(ada, "bits")).to_have_value("63")
    expect(ada.locator("#q-which").get_by_role("checkbox").first).to_be_checked()
    assert ada.evaluate("sessionStorage.getItem('vaka:typed')") is None


def test_an_order_that_cannot_be_read_stays_as_it_was_chosen(ada):
    written(ada, "bits").fill("63")
    selects = ada.locator("#q-steps select")
    for number, position in enumerate(("1", "1", "3")):
        selects.nth(number).select_option(position)
    ada.locator("#q-steps").get_by_role("button", name="Answer").click()
    expect(ada.locator("#q-steps")).to_contain_text("This did not count as a try.")
    chosen = ["1", "1", "3"]
    assert [selects.nth(number).input_value() for number in range(3)] == chosen
    expect(written(ada, "bits")).to_have_value("63")
    for question, text in (
        ("host", "2001:db8::1"),
        ("site", "2001:db8:1::/48"),
    ):  # other answers do not erase it, either
        written(ada, question).fill(text)
        ada.locator(f"#q-{question}").get_by_role("button", name="Answer").click()
        expect(ada.locator(f"#q-{question}")).to_contain_text("Right")
        assert [selects.nth(number).input_value() for number in range(3)] == chosen
        expect(written(ada, "bits")).to_have_value("63")
