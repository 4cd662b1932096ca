"""Two stories in Chromium: Sione joins, is helped and gets his certificate; Ngozi plans, runs and closes a workshop."""

import gc
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.utils import timezone
from playwright.sync_api import expect

from labs.lifecycle import services
from labs.models import State
from tests import builders, servers
from tests.browser.test_pages import SIZES
from tests.labs.conftest import *  # noqa: F403  its engine, broker and labs
from tests.vaka.workshops.conftest import fails, session_of, sits, works
from vaka.accounts.models import INSTRUCTORS
from vaka.credentials.models import Credential
from vaka.workshops.models import Workshop
from vaka.workshops.services import closing, help, observing, planning

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Django never closes what another thread has of SQLite in memory; it says so when that is collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
EXPECTED = ("WebSocket connection to", "ERR_NETWORK_CHANGED", "autocomplete", "Password forms", "409 (Conflict)")
PICTURES = os.environ.get("VAKA_TEST_PICTURES")  # a folder; somebody wants to look


@pytest.fixture
def site(queue):
    with servers.served(ASGIStaticFilesHandler(get_asgi_application())) as port:
        yield f"http://127.0.0.1:{port}"
    gc.collect()


@pytest.fixture
def ngozi(transactional_db):
    return builders.make_person("ngozi", name="Ngozi Eze", group=INSTRUCTORS)


@pytest.fixture
def open_as(window, site):
    """Open a window, signed in as somebody or nobody."""
    pages = []

    def opened(person, path, size="wide", **how):
        page = window(expected=EXPECTED, viewport=SIZES[size], **how)
        pages.append(page)
        if person:
            cookie = builders.signed_in(person).cookies["sessionid"].value
            page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
        page.goto(site + path)
        return page

    yield opened
    for page in pages:
        page.goto("about:blank")  # before the site goes, so that its streams do not break off


def is_clean(page, name):
    """At both sizes: nothing scrolls sideways, and axe finds nothing."""
    before = page.viewport_size
    for size in SIZES.values():
        page.set_viewport_size(size)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{size['width']}.png", full_page=size["width"] < 500)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], name
    page.set_viewport_size(before)


@pytest.fixture
def workshop(ngozi, lab):
    today = timezone.now().date()
    facts = {"first_day": today, "last_day": today, "place": "Apia", "seats": 30}
    made = planning.make(Workshop(title="Moana NOG 6", **facts), ngozi)
    session_of(made, labs=[lab.id], opened_at=timezone.now(), notes="Draw the cable first.")
    return made


NAMES = "Aishath Ibrahim,Ana Leota,Ariunaa Batbayar,Bishnu Gurung,Budi Santoso,Dara Vong,Nusrat Jahan,Dilani Perera"


def fill(workshop, lab, other_lab):
    """A room at work, in two labs."""
    workshop.agenda.update(labs=[lab.id, other_lab.id])
    for number, name in enumerate(f"{NAMES},{NAMES[::-1]},Nguyễn Thị Hà,Thiri Aung".split(",")):
        seat = sits(workshop, name)
        passed = [["on", "still", "file"], ["on", "still"], ["on", "still"], []][number % 4]
        failed = {1: ("file", "Nothing has written it yet."), 3: ("on", "")}.get(number % 4)
        there = other_lab if number % 5 == 2 else lab
        typed = timezone.now() - timedelta(minutes=number % 11)
        session = works(seat, there, passed, failed, minutes=4 + number, ago=2, active_at=typed)
        if failed and number % 4 == 1:
            fails(session, "file", 1 + number % 3)
        if number == 6:
            help.raise_hand(seat, "The cable is up, why no light?")


@pytest.fixture
def issuer(site, settings, tmp_path):
    """The site signs what it issues, with a key of its own."""
    settings.PUBLIC_URL, settings.ISSUER, settings.STATE_DIR = site, "Moana NOG", tmp_path


def test_sione_joins_on_his_phone_raises_a_hand_is_helped_finishes_and_gets_his_certificate(
    open_as, workshop, ngozi, lab, engine, queue, issuer
):
    sione = open_as(None, f"/join/{workshop.code_shown}/", "phone", has_touch=True)
    is_clean(sione, "join")
    expect(sione.get_by_label("Code", exact=True)).to_have_value(workshop.code_shown)
    sione.get_by_label("Your name").fill("Sione Tupou")
    sione.get_by_role("button", name="Take a seat").click()
    expect(sione.get_by_text("Seat 1: Sione Tupou")).to_be_visible()
    is_clean(sione, "seat")
    sione.goto(sione.url.split("/workshops")[0] + "/courses/")

    room = open_as(ngozi, f"/workshops/{workshop.pk}/room")
    expect(room.get_by_role("link", name="Sione Tupou")).to_be_visible()
    room.evaluate("window.same = true")
    sione.get_by_text("Raise a hand").click()
    sione.get_by_label("What is it? One sentence helps.").fill("The session is up, why no routes?")
    sione.get_by_role("button", name="Raise it").click()
    raised = time.monotonic()
    asks = room.get_by_text("The session is up, why no routes?")
    expect(asks).to_be_visible(timeout=8000)
    assert time.monotonic() - raised < 8  # two seconds where a computer has nothing else to do
    expect(sione.locator("#strip").get_by_text("Your hand is up")).to_be_visible()
    assert room.evaluate("window.same")
    expect(room.locator("#say")).to_have_text("Who needs you: 1")

    room.get_by_label("Seats only, no names").check()
    expect(asks).to_be_hidden()
    expect(room.locator(".help-list .who")).to_be_hidden()
    room.reload()
    expect(room.get_by_label("Seats only, no names")).to_be_checked()
    room.get_by_label("Seats only, no names").uncheck()

    room.get_by_role("link", name="Help seat 1").click()
    is_clean(room, "tile")
    room.get_by_label("Message").fill("There is no policy on it. Look at lesson 3.")
    room.get_by_role("button", name="Say it").click()
    expect(sione.locator("#strip").get_by_text("There is no policy on it.")).to_be_visible()
    room.get_by_role("button", name="Done: I have helped").click()
    expect(sione.locator("#strip").get_by_text("Raise a hand")).to_be_visible()
    expect(room.get_by_text("Nobody. Walk around.")).to_be_visible()

    # He finishes
    seat = workshop.places.get()
    session = services.request_session(seat.user, lab.id)
    queue()
    engine.labs[str(session.pk)].is_solved()
    sione.goto(sione.url.split("/courses")[0] + f"/labs/{lab.id}/")
    sione.get_by_role("button", name="Check my work").click()
    expect(sione.locator("#busy")).to_be_visible()
    queue()
    expect(sione.get_by_text("Best so far: 10 of 10 points")).to_be_visible()
    expect(room.locator(".seats tbody tr").get_by_text("done")).to_be_visible()

    # Ngozi closes it: his lab is checked a last time, and stopped
    room.get_by_role("link", name="Moana NOG 6").click()
    room.get_by_role("link", name="Report").click()
    room.get_by_text("Close the workshop …").click()
    room.get_by_role("button", name="Close it").click()
    expect(room.get_by_text("Closed. 1 certificate waits for its holder.")).to_be_visible()
    is_clean(room, "report-closing")
    queue()
    closing.step()
    queue()
    session.refresh_from_db()
    assert session.state == State.STOPPED

    # He chooses the name on it and shows it
    sione.locator("#strip").get_by_role("link", name="Moana NOG 6").click()
    is_clean(sione, "seat-closed")
    sione.get_by_role("link", name="My certificates").click()
    is_clean(sione, "certificates")
    sione.get_by_role("link", name="Choose the name and publish").click()
    sione.get_by_label("Name on the certificate").fill("Sione Tupou")
    sione.get_by_label("Publish my certificate").check()
    sione.get_by_role("button", name="Publish").click()
    expect(sione.get_by_text("Your certificate is published.")).to_be_visible()
    is_clean(sione, "certificate-own")

    # Who has only the number checks it
    stranger = open_as(None, "/c/", "phone")
    stranger.get_by_label("Number of the certificate").fill(Credential.objects.get().shown_number)
    stranger.get_by_role("button", name="Verify").click()
    expect(stranger.get_by_role("heading", name="Sione Tupou")).to_be_visible()
    expect(stranger.get_by_text("Moana NOG 6").first).to_be_visible()
    is_clean(stranger, "certificate-public")


def test_sione_is_asked_whether_ngozi_may_type(open_as, workshop, ngozi, lab):
    seat = sits(workshop, "Sione Tupou")
    session = works(seat, lab, ["on"])
    sione = open_as(seat.user, f"/workshops/{workshop.pk}/mine", "phone")
    sione.goto(sione.url.split("/workshops")[0] + f"/labs/{lab.id}/")
    room = open_as(ngozi, f"/workshops/{workshop.pk}/room/1")
    room.get_by_role("button", name="Look on at the terminals").click()
    expect(room.get_by_role("heading", name="Beside Sione Tupou, seat 1")).to_be_visible()
    expect(sione.locator("#strip").get_by_text("Ngozi Eze looks on at your terminals.")).to_be_visible()
    room.get_by_role("button", name="Ask to type").click()
    sione.get_by_role("button", name="Allow").click()
    expect(room.get_by_text("You type too; it is shown to the trainee.")).to_be_visible()
    if PICTURES:
        sione.screenshot(path=Path(PICTURES) / "consent-360.png")
    sione.get_by_role("button", name="Type alone again").click()
    expect(room.get_by_text("You look on; it is shown to the trainee.")).to_be_visible()
    room.get_by_role("button", name="Leave").click()
    expect(sione.locator("#strip").get_by_text("looks on at your terminals")).to_have_count(0)
    assert observing.of_seat(seat) == []
    assert session.observers.get().ended_at


def test_the_room_fits_a_projector_and_a_phone_and_keeps_what_is_chosen(open_as, workshop, ngozi, lab, other_lab):
    fill(workshop, lab, other_lab)
    room = open_as(ngozi, f"/workshops/{workshop.pk}/room")
    is_clean(room, "room")
    room.get_by_role("checkbox", name="Choose seat 3", exact=True).check()
    help.raise_hand(workshop.places.get(number=2), "A second hand")
    expect(room.get_by_text("A second hand")).to_be_visible()
    expect(room.get_by_role("checkbox", name="Choose seat 3", exact=True)).to_be_checked()
    room.get_by_text("Chosen seats …").click()
    is_clean(room, "room-acts")
    room.locator("#chosen").get_by_role("button", name="Add time").click()
    expect(room.get_by_text("Done at 1 seat.")).to_be_visible()
    room.keyboard.press("Tab")
    expect(room.get_by_text("Skip to the content")).to_be_focused()
    dark = open_as(ngozi, f"/workshops/{workshop.pk}/room", color_scheme="dark")
    is_clean(dark, "room-dark")
    dark.get_by_role("link", name="B Second wind").click()
    expect(dark.get_by_role("link", name="B Second wind")).to_have_attribute("aria-current", "page")
    is_clean(dark, "room-one-lab")
    dark.locator(".seats").get_by_role("link", name="Ariunaa Batbayar").click()
    expect(dark.get_by_text("Typed 2 min ago.")).to_be_visible()
    is_clean(dark, "tile-of-one-lab")
    dark.get_by_role("button", name="Add time").click()
    expect(dark.get_by_role("heading", name="Second wind")).to_be_visible()


def test_ngozi_plans_runs_and_closes_a_workshop(open_as, ngozi, lab):
    page = open_as(ngozi, "/workshops/")
    is_clean(page, "workshops")
    page.get_by_role("link", name="Make a workshop").click()
    is_clean(page, "make")
    page.get_by_label("Title").fill("Moana NOG 7")
    page.get_by_label("Place (optional)").fill("Suva")
    page.get_by_label("Seats").fill("4")
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("link", name="Add a session").click()
    page.get_by_label("Title").fill("First light")
    begins = timezone.now().replace(hour=0, minute=0)
    page.get_by_label("From", exact=True).fill(begins.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("To", exact=True).fill((begins + timedelta(hours=23)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("First light", exact=True).check()
    is_clean(page, "agenda")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Fits", exact=True)).to_be_visible()
    is_clean(page, "plan")
    page.get_by_role("link", name="Seats", exact=True).click()
    page.get_by_role("link", name="Show how to join").click()
    is_clean(page, "slide")
    page.get_by_role("link", name="Back to the seats").click()

    workshop = Workshop.objects.get()
    seat = sits(workshop, "Ana Leota")
    page.reload()
    page.get_by_text("Seat code").click()
    page.get_by_role("button", name="The old device is lost").click()
    expect(page.get_by_text("It works once")).to_be_visible()
    is_clean(page, "seats")
    page.get_by_role("link", name="Room", exact=True).last.click()
    page.get_by_role("button", name="Open: First light").click()
    session = works(seat, lab, ["on", "still"], ("file", "Nothing has written it yet."))
    fails(session, "file")
    page.get_by_role("button", name="Pause all").click()
    expect(page.get_by_text("The room is paused since")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("For you: notes and solution").scroll_into_view_if_needed()
    page.get_by_role("link", name="Moana NOG 7").click()
    page.get_by_role("link", name="Report").click()
    page.get_by_text("Close the workshop …").click()
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("Closed. 0 certificates wait")).to_be_visible()
    is_clean(page, "report")


def test_ngozi_takes_back_what_she_did_by_mistake(open_as, workshop, ngozi):
    sits(workshop, "Ana Leota")
    page = open_as(ngozi, f"/workshops/{workshop.pk}/seats")
    page.get_by_role("link", name="Change … Ana Leota").click()
    is_clean(page, "seat-change")
    page.get_by_label("Name", exact=True).fill("Ana Leota-Tupou")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("rowheader", name="Ana Leota-Tupou")).to_be_visible()
    page.get_by_role("link", name="Change … Ana Leota-Tupou").click()
    page.get_by_role("button", name="Free this seat").click()
    expect(page.get_by_text("Nobody has joined yet.")).to_be_visible()

    page.get_by_role("link", name="Report").click()
    page.get_by_text("Close the workshop …").click()
    page.get_by_role("button", name="Close it").click()
    page.get_by_text("It is closed", exact=True).click()
    is_clean(page, "report-closed")
    page.get_by_role("button", name="Open it again").click()
    expect(page.get_by_text("It is open again")).to_be_visible()

    workshop.agenda.update(opened_at=None)
    page.get_by_role("link", name="Plan", exact=True).click()
    page.get_by_role("link", name="Delete").click()
    is_clean(page, "workshop-delete")
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("link", name="Make a workshop")).to_be_visible()
    assert not Workshop.objects.exists()
