"""A lesson with a quiz in Chromium: by keyboard, without JavaScript, at both widths, and without findings of axe."""

import pytest
from playwright.sync_api import expect

from courses.loader import clear_cache
from tests.browser.test_pages import SIZES, open_sound, sign_in
from tests.builders import make_person
from tests.courses.written import write_waves

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SWELL = "/courses/waves/swell/"


@pytest.fixture
def site(live_server, tmp_path, settings):
    write_waves(tmp_path)
    settings.COURSE_CONTENT = tmp_path
    clear_cache()
    make_person("ada", name="Ada Lovelace")
    yield live_server.url
    clear_cache()


@pytest.mark.parametrize("size", SIZES)
def test_ada_answers_by_keyboard_and_each_page_is_usable(window, site, size):
    page = window(viewport=SIZES[size], expected=("autocomplete", "Password forms"))
    sign_in(page, site)
    page.goto(site + SWELL)
    field = page.locator("#q-host").get_by_label("Your answer")
    field.fill("2001:db8::2")
    field.press("Enter")
    expect(page.locator("#q-host")).to_contain_text("Not right yet")
    page.locator("#q-host").get_by_label("Your answer").fill("2001:DB8:0::1")
    page.keyboard.press("Enter")
    expect(page.locator("#q-host")).to_contain_text("Right")
    page.get_by_role("button", name="SLAAC").press("Enter")
    expect(page.get_by_text("A host makes its own address").first).to_be_visible()
    for path in (SWELL, "/courses/waves/", "/glossary/", "/search/?q=horizon", "/progress/", "/me/"):
        open_sound(page, site + path)


def test_what_was_typed_and_not_sent_is_there_when_one_comes_back_from_a_link(window, site):
    """Regression: a look into the glossary, and the half-written answer was gone: pages of a person are kept by no browser."""
    page = window(viewport=SIZES["wide"], expected=("autocomplete", "Password forms"))
    sign_in(page, site)
    page.goto(site + SWELL)
    page.locator("#q-host").get_by_label("Your answer").fill("2001:db8::7")
    page.locator("#q-who").get_by_label("A router").check()
    page.evaluate("document.querySelector('a[href^=\"/courses/waves/\"]:not([href*=swell])').click()")
    page.wait_for_url(lambda url: "swell" not in url)
    page.goto(site + "/progress/")
    page.goto(site + SWELL)
    expect(page.locator("#q-host").get_by_label("Your answer")).to_have_value("2001:db8::7")
    expect(page.locator("#q-who").get_by_label("A router")).to_be_checked()
    page.locator("#q-who").get_by_role("button", name="Answer").click()
    expect(page.locator("#q-who")).to_contain_text("Right")
    expect(page.locator("#q-host").get_by_label("Your answer")).to_have_value("2001:db8::7")
    page.goto(site + "/progress/")
    page.goto(site + SWELL)
    expect(page.locator("#q-who")).to_contain_text("Right")  # a finished question is not filled in again
    page.get_by_role("button", name="Sign out").first.evaluate("button => button.form.requestSubmit()")
    page.wait_for_url(lambda url: "/courses/" not in url)
    assert page.evaluate("sessionStorage.getItem('vaka:typed')") is None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_visitor_sees_that_no_field_can_be_filled_in(window, site, theme):
    """Regression: only the round buttons were grey; lists and text fields looked as those of a person who can answer."""
    page = window(viewport=SIZES["phone"], color_scheme=theme)
    open_sound(page, site + SWELL)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    fields = page.locator("#quiz :is(select, textarea, input.written)")
    assert fields.count() > 1
    for field in fields.all():
        assert field.evaluate("field => getComputedStyle(field).backgroundColor") != ground
        assert field.evaluate("field => getComputedStyle(field).cursor") == "not-allowed"


def test_a_quiz_works_without_javascript(window, site):
    page = window(java_script_enabled=False, viewport=SIZES["phone"])
    sign_in(page, site)
    page.goto(site + SWELL)
    page.locator("#q-who").get_by_label("A router").check()
    page.locator("#q-who").get_by_role("button", name="Answer").click()
    expect(page.locator("#q-who")).to_contain_text("Right")
