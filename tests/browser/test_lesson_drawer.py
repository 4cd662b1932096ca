"""The lesson beside the lab, in Chromium: fetched when its drawer is opened, without its questions."""

import pytest
from playwright.sync_api import expect

from tests.browser.lab_pages import *  # noqa: F403  its site and pages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LAB = "/labs/slaac-two-routers/"
MODULE, LESSON = "/static/labs/lesson-drawer.js", "/courses-of/slaac-two-routers/"


def test_the_lesson_comes_once_without_its_questions_and_without_ids(page, engine):
    ada = page(LAB)
    asked = []
    ada.on("request", lambda request: asked.append(request.url))
    text = ada.locator("#lesson-text")
    for _opening in range(2):
        ada.locator("#lesson > summary").click()
        expect(text.locator("h1")).to_be_visible()
        ada.locator("#lesson > summary").click()
    assert [url for url in asked if url.endswith((MODULE, LESSON))] == [
        ada.url.replace(LAB, MODULE),
        ada.url.replace(LAB, LESSON),
    ]
    expect(text.locator("#quiz, form, nav, [id]:not([popover])")).to_have_count(0)


def test_each_block_of_code_has_a_button_that_copies_it(page, engine):
    ada = page("/labs/lin-find-your-way/")
    ada.locator("#lesson > summary").click()
    text = ada.locator("#lesson-text")
    expect(text.locator("h1")).to_be_visible()
    blocks = text.locator("pre:not(.screen), pre.screen[data-typed]").count()
    assert blocks
    expect(text.get_by_role("button", name="Copy")).to_have_count(blocks)  # also “Copy the commands”


def test_a_lesson_that_did_not_come_is_asked_for_at_the_next_opening(page, engine):
    """The module is imported from another address then: some browsers never ask for one again that could not be imported."""
    ada = page(LAB, expected=("Failed to load resource",), service_workers="block")  # so that the test can cut the line
    drawer, text = ada.locator("#lesson > summary"), ada.locator("#lesson-text")
    ada.route(f"**{MODULE}", lambda route: route.abort())  # but not with "?1"
    ada.route(f"**{LESSON}", lambda route: route.abort())
    for never_came in (MODULE, LESSON):
        with ada.expect_event("requestfailed") as failed:
            drawer.click()
        assert failed.value.url.endswith(never_came)
        expect(text.get_by_role("link", name="Open the lesson on its own page")).to_be_visible()
        drawer.click()
    ada.unroute(f"**{LESSON}")
    drawer.click()
    expect(text.locator("h1")).to_be_visible()
