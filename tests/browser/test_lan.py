"""Pages on a local network without the Internet: no request to another host, an offline page, and links to a new password."""

import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from playwright.sync_api import expect

from tests.browser.test_pages import SIZES, open_sound, sign_in
from tests.builders import PASSWORD, make_person
from tests.servers import served
from vaka.accounts.models import INSTRUCTORS, MENTORS
from vaka.mentoring import services
from vaka.mentoring.models import Programme

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ["/", "/courses/", "/join/", "/courses/first-steps/", "/courses/first-steps/ospfv3-in-one-area/", "/labs/"]
PAGES += ["/labs/ospfv3-one-area/", "/accounts/2fa/", "/accounts/password/change/", "/accounts/email/", "/nowhere/"]

IN_CHARGE = """new Promise((done, fail) => {
    const worker = navigator.serviceWorker;
    if (worker.controller) done();
    worker.addEventListener("controllerchange", () => done());
    setTimeout(() => fail(new Error("No worker came.")), 8000);
})"""


@pytest.fixture
def site(live_server):
    return live_server.url


@pytest.fixture
def people(transactional_db):
    """Ada is in a mentoring programme that Ngozi coordinates, so Ngozi can make her a link to a new password."""
    ada = make_person("ada", name="Ada Lovelace")
    ngozi = make_person("ngozi", name="Ngozi Eze", group=INSTRUCTORS)
    mentor = make_person("grace", group=MENTORS)
    programme = Programme.objects.create(title="Reef mentors")
    programme.coordinators.add(ngozi)
    services.add_mentor(programme, mentor, ngozi)
    services.accept_invitation(services.invite(programme, mentor, mentor, ada), ada)


def test_pages_send_no_request_to_another_host(window, site, people):
    page = window(expected=("autocomplete", "Password forms", "404"))
    asked = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(f"{site}/accounts/signup/")
    sign_in(page, site)
    for path in PAGES:
        page.goto(site + path)
        page.wait_for_load_state("load")
    ours = urlsplit(site).hostname
    web = [address for address in asked if not address.startswith(("data:", "blob:"))]
    assert len(web) > len(PAGES)
    assert {urlsplit(address).hostname for address in web} == {ours}


def test_an_offline_page_says_what_to_do_while_the_server_does_not_answer(window, transactional_db):
    from vaka.asgi import django_application

    page = window(expected=("ERR_", "Failed to load"))
    with served(ASGIStaticFilesHandler(django_application)) as port:
        site = f"http://localhost:{port}"
        page.goto(f"{site}/accounts/login/")
        page.evaluate(IN_CHARGE)
        kept = page.evaluate(
            "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(c => c.keys()))))"
            ".then(found => found.flat().map(request => new URL(request.url).pathname))"
        )
        assert sorted(path for path in kept if not path.startswith("/static/")) == ["/offline/"]
    page.goto(f"{site}/accounts/signup/")
    expect(page.get_by_role("heading", name="The server does not answer")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.btn.go')).backgroundColor") != "rgba(0, 0, 0, 0)"
    found = Axe().run(page).response["violations"]
    assert [rule["id"] for rule in found] == []


@pytest.mark.parametrize("size", SIZES)
def test_the_join_offline_and_error_pages_are_clean(window, site, size):
    page = window(viewport=SIZES[size], expected=("404",))
    for path in ("/join/", "/offline/", "/nowhere/"):
        open_sound(page, site + path)


@pytest.mark.parametrize("size", SIZES)
def test_ngozi_makes_a_link_and_ada_sets_a_new_password_with_it(window, site, people, size):
    hers = window(viewport=SIZES[size], expected=("autocomplete", "Password forms"))
    hers.goto(f"{site}/accounts/login/")
    hers.get_by_label("Username or e-mail").fill("ngozi")
    hers.get_by_label("Password").fill(PASSWORD)
    hers.locator("main").get_by_role("button", name="Sign in").click()
    expect(hers.get_by_role("link", name="Ngozi Eze")).to_be_visible()
    open_sound(hers, f"{site}/people/?q=ada")
    hers.get_by_role("button", name="Create a reset link for ada").click()
    expect(hers.get_by_role("heading", name="Password reset link for Ada Lovelace")).to_be_visible()
    assert hers.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [rule["id"] for rule in Axe().run(hers).response["violations"]] == []
    link = hers.get_by_label("Link", exact=True).input_value()

    page = window(viewport=SIZES[size], expected=("autocomplete", "Password forms"))
    open_sound(page, link)
    page.get_by_label(re.compile("^New Password$", re.I)).fill("the tide comes twice")
    page.get_by_label(re.compile("again", re.I)).fill("the tide comes twice")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("heading", name="Your password was changed")).to_be_visible()
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("Username or e-mail").fill("ada")
    page.get_by_label("Password").fill("the tide comes twice")
    page.locator("main").get_by_role("button", name="Sign in").click()
    open_sound(page, f"{site}/me/")
    told = page.get_by_role("status").filter(has_text="Ngozi Eze created a password reset link")
    expect(told).to_be_visible()
    told.get_by_role("button", name="Dismiss this notice").click()
    expect(told).to_have_count(0)
    expect(page.get_by_role("heading", name="Password reset links")).to_be_visible()
