"""All pages in Chromium: no axe findings, nothing blocked by the policy, no horizontal scrolling; and a passkey, end to end."""

import re
import shutil
import unicodedata
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.staticfiles import finders
from playwright.sync_api import expect
from pypdf import PdfReader

from courses.loader import catalogue
from tests.browser.conftest import FLAGS
from tests.builders import PASSWORD, make_person, signed_in
from vaka.accounts import signup_code
from vaka.accounts.models import INSTRUCTORS, AccountStatus, User
from vaka.web.markdown import render
from vaka.web.time_zones import without_alias

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OPEN = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/courses/"]
COURSE = ["/courses/first-steps/", "/courses/first-steps/ospfv3-in-one-area/"]
OWN = ["/", "/accounts/2fa/", "/accounts/password/change/", "/accounts/email/", "/accounts/logout/"]
# What is wider than the page, and what text of a figure is outside of it
OUTSIDE = """() => {
    const isWide = document.documentElement.scrollWidth > innerWidth;
    const inPage = (one) => one.getBoundingClientRect().right <= innerWidth + 1 || one.closest('.scroll, pre, svg, .vh');
    const wide = isWide ? [...document.querySelectorAll('main *')].filter((one) => !inPage(one)).map((one) => one.tagName) : [];
    const cut = [...document.querySelectorAll('main figure svg text')].filter((text) => {
        const [box, figure] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
        return box.right > figure.right + 1 || box.left < figure.left - 1 || box.bottom > figure.bottom + 1;
    });
    return [...wide, ...cut.map((text) => text.textContent)];
}"""
SIZES = {"wide": {"width": 1280, "height": 720}, "phone": {"width": 360, "height": 740}}


def open_sound(page, address: str) -> None:
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} scrolls sideways"
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], address


@pytest.fixture
def site(live_server):
    return live_server.url


@pytest.fixture
def people(transactional_db):
    return make_person("ada", name="Ada Lovelace")


def sign_in(page, site: str) -> None:
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("Username or e-mail").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_a_visitor_can_use_each_page(window, site, size, theme):
    page = window(viewport=SIZES[size], color_scheme=theme)
    for path in OPEN + COURSE:
        open_sound(page, site + path)


@pytest.mark.parametrize("size", SIZES)
def test_ada_can_use_each_page(window, site, people, size):
    page = window(viewport=SIZES[size], expected=("autocomplete", "Password forms"))
    sign_in(page, site)
    for path in OWN + COURSE:
        open_sound(page, site + path)


def test_a_table_of_four_columns_scrolls_alone_on_a_phone(window, site):
    page = window(viewport=SIZES["phone"])
    page.goto(f"{site}/courses/first-steps/ospfv3-in-one-area/")
    table = render(
        "| Interface | Address | Where it leads | Why it is there |\n|---|---|---|---|\n"
        + "| `2001:db8:0:12::1/64` " * 4
        + "|\n"
    )
    page.evaluate("html => document.querySelector('.prose').insertAdjacentHTML('afterbegin', html)", str(table))
    box = page.get_by_role("region", name="Table: Interface")
    box.focus()
    expect(box).to_be_focused()
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_no_lesson_scrolls_sideways_and_no_figure_cuts_its_text(window, site):
    page = window(viewport=SIZES["phone"], service_workers="block", expected=("Service Worker registration",))
    broken = {}
    for course in catalogue(settings.COURSE_CONTENT).values():
        for lesson in course.lessons():
            address = f"/courses/{course.id}/{lesson.id}/"
            page.goto(site + address)
            if found := page.evaluate(OUTSIDE):
                broken[address] = found
    assert broken == {}


def test_a_printed_lesson_is_complete_and_has_nothing_else(window, site):
    page = window(viewport={"width": 700, "height": 990})  # A4 within its margins
    page.goto(f"{site}/courses/first-steps/ospfv3-in-one-area/")
    page.emulate_media(media="print")
    for part in ("header.bar", ".foot", ".skip"):
        expect(page.locator(part)).to_be_hidden()
    for part in ("h1", "figure svg", ".worked .screen", ".prose table"):
        expect(page.locator(part).first).to_be_visible()
    cut = """() => [...document.querySelectorAll('main *')]
        .filter((part) => part.scrollWidth > part.clientWidth + 1 && !part.closest('.vh'))
        .filter((part) => !['visible', 'clip'].includes(getComputedStyle(part).overflowX))
        .map((part) => part.outerHTML.slice(0, 200))"""
    assert page.evaluate(cut) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert FOLDED in printed(page)


FOLDED = "The port was up, but no hellos arrived any more."  # behind a question of the lesson


def printed(page):
    """Return the text of the sheets, without the breaks of its lines."""
    sheets = PdfReader(BytesIO(page.pdf())).pages
    return " ".join("".join(sheet.extract_text() for sheet in sheets).split())


def letters(text):
    """Return a text without spaces, and with two letters where a font has one glyph for ff or fi."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_the_cards_of_a_role_play_can_be_cut_out_of_the_printed_lesson(window, site):
    page = window(viewport={"width": 700, "height": 990})
    page.goto(f"{site}/courses/how-the-internet-is-run/training-trainers/")
    cards = [letters(text) for text in page.locator("details.hint").all_text_contents()]
    sheets = [letters(sheet.extract_text()) for sheet in PdfReader(BytesIO(page.pdf())).pages]
    broken = [card[:60] for card in cards if not any(card[:30] in sheet and card[-30:] in sheet for sheet in sheets)]
    assert cards
    assert broken == []


# The colours of each element. The policy allows no style attributes, so nothing else can colour a page.
COLOURS = """() => [...document.querySelectorAll('html, body, body *')].map((part) => {
    const { colorScheme, color, backgroundColor, borderTopColor, fill } = getComputedStyle(part);
    return [part.tagName, part.className, colorScheme, color, backgroundColor, borderTopColor, fill].join(' ');
})"""


@pytest.mark.parametrize("by", ["the reader", "the system"])
@pytest.mark.parametrize(
    "path", ["first-steps/", "first-steps/ospfv3-in-one-area/", "first-steps/ospfv3-in-one-area/slides/"]
)
def test_what_is_dark_on_the_screen_is_printed_as_light_pages_are(window, site, path, by):
    """Regression: the colours of a reader's dark theme were printed, with black code on a background that was nearly black."""
    page = window(viewport={"width": 1000, "height": 700})
    page.goto(f"{site}/courses/{path}")
    page.emulate_media(media="print", color_scheme="light")
    light = page.evaluate(COLOURS)
    if by == "the system":
        page.emulate_media(media="print", color_scheme="dark")
    else:
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(COLOURS) == light
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("address", ["/courses/first-steps/ospfv3-in-one-area/", "/courses-project/first-steps/"])
def test_a_browser_that_cannot_style_what_is_folded_prints_it_and_folds_it_again(window, site, address):
    """Regression: only lessons and lab pages did."""
    page = window()
    page.add_init_script("CSS.supports = () => false")
    page.goto(site + address)
    page.locator("main .prose").first.evaluate("""prose => prose.insertAdjacentHTML('afterend',
        '<details id="folded">x</details><details id="menu" class="menu">x</details><details id="form"><form></form></details>')""")
    for event, is_open in (("beforeprint", True), ("afterprint", False)):
        page.evaluate(f"dispatchEvent(new Event('{event}'))")
        assert page.locator("#folded").evaluate("part => part.open") == is_open
        assert page.locator("details[open]:is(#menu, #form)").count() == 0
        assert page.locator(".prose details").evaluate_all(
            "(parts, open) => parts.every(one => one.open === open)", is_open
        )


def test_the_first_tab_stop_leads_to_the_content(window, site):
    page = window()
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#main$"))


def test_ada_adds_a_passkey_and_signs_in_with_it_alone(window, site, people):
    page = window(expected=("autocomplete", "Password forms"))
    finger = page.context.new_cdp_session(page)
    finger.send("WebAuthn.enable")
    finger.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in(page, site)
    page.goto(f"{site}/accounts/2fa/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.locator("input[type=checkbox]").check()
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url("**/accounts/2fa/recovery-codes/")
    page.get_by_role("button", name="Sign out").click()

    page.goto(f"{site}/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()


def test_after_signing_out_the_back_button_shows_nothing_of_ada(chromium, site, people):
    """In a browser that keeps whole pages for the back button, as people have it and tests mostly do not."""
    keeps = {"args": FLAGS, "ignore_default_args": ["--disable-back-forward-cache"]}
    browser = chromium.browser_type.launch(executable_path=shutil.which("chromium"), **keeps)
    try:
        page = browser.new_page()
        sign_in(page, site)
        for path in ("/labs/", "/courses/"):
            page.goto(f"{site}{path}")
            expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()
        page.goto(f"{site}/accounts/logout/")
        page.locator("main").get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("link", name="Ada Lovelace")).to_have_count(0)
        for _ in range(3):
            page.evaluate("history.back()")
            page.wait_for_timeout(700)
            expect(page.get_by_role("main")).to_be_visible()
            expect(page.get_by_text("Ada Lovelace")).to_have_count(0)
    finally:
        browser.close()


def test_on_a_shared_laptop_each_person_is_offered_its_time_zone_once(window, site, people):
    page = window(timezone_id="Pacific/Fiji")
    offer = page.get_by_text("Your browser is in Pacific/Fiji.")

    def use_as(person):
        page.context.clear_cookies()
        page.context.add_cookies(
            [{"name": "sessionid", "value": signed_in(person).cookies["sessionid"].value, "url": site}]
        )
        page.goto(f"{site}/courses/")

    use_as(people)
    expect(offer).to_be_visible()
    with page.expect_response("**/me/time-zone"):
        page.get_by_role("button", name="Keep UTC").click()
    page.reload()
    expect(offer).to_be_hidden()
    use_as(make_person("linus"))
    expect(offer).to_be_visible()
    use_as(people)
    expect(offer).to_be_hidden()


def test_what_a_tab_keeps_of_a_person_is_gone_once_somebody_else_uses_it(window, site, people):
    """Regression: after the end of a session without a sign-out, the next person's tab had the names of the nodes of the first."""
    page = window(timezone_id="UTC")

    def use_as(person):
        page.context.clear_cookies()
        if person:
            cookie = signed_in(person).cookies["sessionid"].value
            page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
        page.goto(f"{site}/courses/")

    def kept():
        return page.evaluate(
            "Object.keys({ ...sessionStorage, ...localStorage }).filter((key) => key !== 'vaka:person').sort()"
        )

    use_as(people)
    page.evaluate("""() => {
        for (const key of ['vaka:terminals:/labs/sessions/1', 'vaka:typed', 'other']) sessionStorage.setItem(key, '{}');
        for (const key of ['vaka:hints:1', 'vaka:terminal-size']) localStorage.setItem(key, '[]');
    }""")
    ours = kept()
    page.reload()
    assert kept() == ours
    use_as(None)
    assert kept() == ours, "the same person may sign in again"
    use_as(people)
    assert kept() == ours
    use_as(make_person("linus"))
    assert kept() == ["other"]


def test_the_offer_has_the_name_that_the_account_gets(window, site, people):
    """Regression: Chromium calls the zone Asia/Katmandu, and the account was then in Asia/Kathmandu."""
    page = window(timezone_id="Asia/Kathmandu")
    sign_in(page, site)
    expect(page.get_by_text("Your browser is in Asia/Kathmandu.")).to_be_visible()
    present = {}
    for name in page.evaluate("Intl.supportedValuesOf('timeZone')"):
        if (other := without_alias(name)) != name:
            present[name] = other
    script = Path(finders.find("web/time-zone-offer.js")).read_text()
    assert dict(re.findall(r"^  '(.+)': '(.+)',$", script, re.M)) == present


@pytest.mark.parametrize("mode", ["code", "approval", "closed"])
def test_sign_up_works_on_a_phone_by_keyboard_and_without_scripts(window, site, people, settings, mode):
    settings.SIGNUP = mode
    ngozi = make_person("ngozi", name="Ngozi Eze", group=INSTRUCTORS)
    code = signup_code.renew(ngozi).shown
    open_sound(window(viewport=SIZES["phone"]), f"{site}/accounts/signup/")
    page = window(viewport=SIZES["phone"], java_script_enabled=False)
    page.goto(f"{site}/accounts/signup/")
    if mode == "closed":
        expect(page.get_by_role("heading", name="Sign-up is closed")).to_be_visible()
        return
    page.get_by_label("Sign-up code" if mode == "code" else "Username").focus()
    for text in ([code] if mode == "code" else []) + ["mere", "", PASSWORD, PASSWORD]:
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="mere")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_an_administrator_approves_an_account_and_renews_the_code_without_scripts(window, site, people, settings, size):
    settings.SIGNUP = "code"
    olga = make_person("olga", name="Olga Ilina")
    User.objects.filter(pk=olga.pk).update(is_staff=True)
    User.objects.filter(username="ada").update(account_status=AccountStatus.WAITING)
    cookie = {"name": "sessionid", "value": signed_in(olga).cookies["sessionid"].value, "url": site}
    seen = window(viewport=SIZES[size])
    seen.context.add_cookies([cookie])
    open_sound(seen, f"{site}/people/")
    page = window(viewport=SIZES[size], java_script_enabled=False)
    page.context.add_cookies([cookie])
    page.goto(f"{site}/people/")
    expect(page.get_by_role("link", name="People 1 wait for approval")).to_be_visible()
    page.get_by_role("button", name="Approve ada").click()
    expect(page.get_by_text("The account of Ada Lovelace is approved.")).to_be_visible()
    page.get_by_role("button", name="Create a code").click()
    expect(page.get_by_text(signup_code.current().shown)).to_be_visible()
    page.get_by_role("button", name="Revoke the code").click()
    expect(page.get_by_text("There is no sign-up code")).to_be_visible()
