"""Reading and answering without a connection: lessons are kept for one person, and answers are handed in later, in their order."""

import time

import pytest
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from playwright.sync_api import expect

from courses import services
from courses.loader import catalogue, clear_cache
from courses.models import QuizAnswer
from labs.engine.shared import pace
from rigs.bench.thin_link import ThinLink
from tests import builders
from tests.browser.test_pages import sign_in
from tests.builders import PASSWORD
from tests.courses.test_loader import LESSON
from tests.courses.written import write_waves
from tests.servers import served
from vaka.accounts.models import BrowserSession

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SWELL = "/courses/waves/swell/"
SAID = ("autocomplete", "Password forms", "ERR_", "Failed to load", "Service Worker", "409", "navigation preload")
KEPT = """caches.has('kept').then(async (has) => has
    ? (await (await caches.open('kept')).keys()).map((request) => new URL(request.url).pathname).sort() : [])"""
ALL = [
    "/kept/",
    "/kept/courses/",
    "/kept/courses/waves/",
    SWELL.replace("/courses/", "/kept/courses/"),
    "/kept/glossary/",
]


@pytest.fixture
def waves(tmp_path, settings):
    folder = write_waves(tmp_path)
    settings.COURSE_CONTENT = tmp_path
    clear_cache()
    yield folder
    clear_cache()


@pytest.fixture
def link(transactional_db):
    """The line between browser and site. Its port stays while the line is cut."""
    from vaka.asgi import django_application

    with served(ASGIStaticFilesHandler(django_application)) as port, ThinLink(to_port=port).open() as line:
        yield line


@pytest.fixture
def people(waves, settings, transactional_db):
    ada, linus = builders.make_person("ada", name="Ada Lovelace"), builders.make_person("linus", name="Linus Torvalds")
    for person in (ada, linus):
        services.enrol(person, catalogue(settings.COURSE_CONTENT)["waves"])
    return {"ada": ada, "linus": linus}


@pytest.fixture
def site(link, people):
    return f"http://localhost:{link.port}"  # a service worker needs localhost or HTTPS


@pytest.fixture
def page(window, site):
    page = window(expected=SAID)
    sign_in(page, site)
    page.goto(site + SWELL)
    until_kept(page, ALL)
    return page


def until(page, script, expected):
    """Ask the page until it says this. Playwright's own wait takes a promise for a yes."""
    ends = time.monotonic() + pace.seconds(20)
    while (found := page.evaluate(script)) != expected:
        assert time.monotonic() < ends, found
        page.wait_for_timeout(100)


def until_kept(page, paths):
    until(page, KEPT, sorted(paths))


def form(page, question):
    return page.locator(f"#q-{question}")


def answer(page, question, text):
    form(page, question).get_by_label("Your answer").fill(text)
    form(page, question).get_by_role("button", name="Answer").click()


def tries():
    return list(QuizAnswer.objects.order_by("pk").values_list("question", "right"))


def test_ada_reads_and_answers_without_a_line_and_her_answers_are_handed_in_once_and_in_order(page, site, link):
    link.cut()
    page.goto(site + SWELL)
    expect(page.get_by_text("This is the copy that your browser keeps")).to_be_visible()
    answer(page, "host", "2001:db8::2")
    expect(form(page, "host")).to_contain_text("Waits in this browser")
    expect(form(page, "host")).to_contain_text("If you sign out, or somebody else signs in here, it is deleted")
    answer(page, "host", "2001:db8::1")
    answer(page, "bits", "63")
    page.get_by_role("link", name="Courses").click()
    page.get_by_role("link", name="Glossary").click()
    expect(page.get_by_text("A host makes its own address")).to_be_visible()
    page.goto(site + SWELL)
    expect(form(page, "bits")).to_contain_text("Waits in this browser")
    assert tries() == []
    link.mend()
    expect(form(page, "host")).to_contain_text("Handed in: question")
    expect(form(page, "host")).to_contain_text("Right")
    expect(form(page, "bits")).to_contain_text("Not right yet")
    assert tries() == [("host", False), ("host", True), ("bits", False)]
    page.get_by_role("link", name="Go on with the current page").click()
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()
    expect(form(page, "host")).to_contain_text("Right")
    assert page.evaluate("localStorage.getItem('vaka:waiting-answers')") is None  # so no page hands one in again
    page.reload()
    expect(form(page, "host")).to_contain_text("Right")
    assert len(tries()) == 3


def test_without_a_line_the_start_page_says_so_and_leads_to_the_kept_courses(page, site, link):
    link.cut()
    for path in ("/", "/kept/", "/me/progress"):  # what is kept at /kept/ is the list, for the worker only
        page.goto(site + path)
        expect(page.get_by_role("heading", name="The server does not answer")).to_be_visible()
    page.get_by_role("link", name="Read them here").click()
    expect(page.get_by_role("heading", name="Courses")).to_be_visible()


def test_an_answer_on_a_page_whose_line_dies_waits_too(page, link):
    link.cut()
    expect(page.locator("#connection")).to_be_visible()
    answer(page, "host", "2001:db8::1")
    expect(form(page, "host")).to_contain_text("Waits in this browser")
    link.mend()
    expect(form(page, "host")).to_contain_text("Handed in")
    assert tries() == [("host", True)]


def test_an_answer_stands_beside_what_is_said_of_it_also_on_a_page_that_was_loaded_since(page, site, link):
    link.cut()
    page.goto(site + SWELL)
    answer(page, "host", "2001:db8::1")
    page.goto(f"{site}/courses/")
    page.goto(site + SWELL)
    expect(form(page, "host")).to_contain_text("Waits in this browser")
    link.mend()
    expect(form(page, "host")).to_contain_text("Right")
    expect(form(page, "host").get_by_label("Your answer")).to_have_value("2001:db8::1")


def test_a_double_click_without_a_line_is_one_try(page, site, link):
    link.cut()
    page.goto(site + SWELL)
    form(page, "bits").get_by_label("Your answer").fill("63")
    form(page, "bits").get_by_role("button", name="Answer").dblclick()
    expect(form(page, "bits")).to_contain_text("Waits in this browser")
    link.mend()
    expect(form(page, "bits")).to_contain_text("Handed in")
    assert tries() == [("bits", False)]


def test_a_sign_out_leaves_nothing_for_the_next_person(page, site, link):
    page.locator("header").get_by_role("button", name="Sign out").click()
    expect(page.locator("header").get_by_role("link", name="Sign in")).to_be_visible()
    until_kept(page, [])
    link.cut()
    page.goto(site + SWELL)
    expect(page.get_by_role("heading", name="The server does not answer")).to_be_visible()


def test_a_session_that_ended_elsewhere_leaves_nothing_once_the_server_was_heard(page, site, link):
    BrowserSession.objects.all().delete()
    page.goto(f"{site}/courses/")
    until_kept(page, [])
    link.cut()
    page.goto(site + SWELL)
    expect(page.get_by_role("heading", name="The server does not answer")).to_be_visible()


def test_pages_are_not_kept_longer_than_the_session(page, site, link):
    page.evaluate("""async () => {
        const cache = await caches.open('kept');
        const list = await (await cache.match('/kept/')).json();
        await cache.put('/kept/', Response.json({ ...list, until: Date.now() - 1 }));
    }""")
    link.cut()
    page.goto(site + SWELL)
    expect(page.get_by_role("heading", name="The server does not answer")).to_be_visible()
    assert page.evaluate(KEPT) == []


def test_what_ada_answered_is_neither_shown_to_linus_nor_handed_in_as_linus(page, site, link, people):
    link.cut()
    page.goto(site + SWELL)
    answer(page, "host", "2001:db8::77")
    BrowserSession.objects.all().delete()
    link.mend()
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("Username or e-mail").fill("linus")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Linus Torvalds")).to_be_visible()
    page.goto(site + SWELL)
    expect(form(page, "host")).not_to_contain_text("2001:db8::77")
    expect(form(page, "host")).not_to_contain_text("Waits")
    assert page.evaluate("localStorage.getItem('vaka:waiting-answers')") is None
    assert tries() == []


def test_her_answers_survive_the_end_of_her_own_session(page, site, link):
    link.cut()
    page.goto(site + SWELL)
    answer(page, "host", "2001:db8::1")
    BrowserSession.objects.all().delete()
    link.mend()
    expect(form(page, "host")).to_contain_text("Sign in again")
    page.goto(f"{site}/accounts/login/?next={SWELL}")
    page.get_by_label("Username or e-mail").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(form(page, "host")).to_contain_text("Handed in")
    assert tries() == [("host", True)]


def test_a_changed_lesson_replaces_the_one_that_was_kept(page, site, link, waves):
    (waves / "010-swell.md").write_text(LESSON + "\nThe moon pulls at [SLAAC]{term}.\n")
    clear_cache()
    page.evaluate("navigator.serviceWorker.ready.then(({ active }) => active.postMessage('keep now'))")
    changed = """caches.open('kept').then(async (cache) =>
        (await (await cache.match('/kept/courses/waves/swell/')).text()).includes('The moon pulls'))"""
    until(page, changed, True)
    link.cut()
    page.goto(site + SWELL)
    expect(page.get_by_text("The moon pulls at")).to_be_visible()
