"""In Chromium: Sione joins, gets help and earns a certificate; Ngozi plans, runs and closes a workshop."""

import gc
import os
import re
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.utils import timezone
from playwright.sync_api import expect

from labs.engine.shared import pace
from labs.lifecycle import services
from labs.models import LabSession, State
from labs.pages import live_map, peerings
from labs.pages.live_map import Cell, LiveMap, Row
from labs.pages.peerings import Member, Pair, Peerings
from tests import builders, servers
from tests.browser.test_countdown import with_a_wrong_clock
from tests.browser.test_pages import SIZES
from tests.labs.conftest import *  # noqa: F403  its engine, broker and labs
from tests.vaka.workshops.conftest import adds_item, fails, has_labs, sits, works
from vaka.accounts.models import INSTRUCTORS
from vaka.credentials.models import Credential
from vaka.workshops.models import Workshop
from vaka.workshops.services import (
    agenda_items,
    closing,
    observing,
    pauses,
    raised_hands,
    seat_actions,
    workshop_changes,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Django never closes an SQLite connection in memory that another thread has; collecting it warns
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
EXPECTED = ("WebSocket connection to", "ERR_NETWORK_CHANGED", "autocomplete", "Password forms", "409 (Conflict)")
ROSTERS = Path(__file__).parents[1] / "fixtures" / "rosters"
PICTURES = os.environ.get("VAKA_TEST_PICTURES")  # a folder for screenshots


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
    """Open a window, signed in as a person or not at all."""
    pages = []

    def opened(person, path, size="wide", expected=(), **how):
        page = window(expected=(*EXPECTED, *expected), viewport=SIZES[size], **how)
        pages.append(page)
        if person:
            cookie = builders.signed_in(person).cookies["sessionid"].value
            page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
        page.goto(site + path)
        return page

    yield opened
    for page in pages:
        page.goto("about:blank")  # ends the event streams before the site stops


MISSING_SHAPES = """() => [...document.querySelectorAll('use')]
    .map((use) => use.getAttribute('href')).filter((id) => !document.querySelector(id))"""


def is_clean(page, name):
    """Assert at both sizes that nothing scrolls sideways, that each shape is there, and that axe finds no violation."""
    page.wait_for_load_state()
    before = page.viewport_size
    for size in SIZES.values():
        page.set_viewport_size(size)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{size['width']}.png", full_page=size["width"] < 500)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
        assert page.evaluate(MISSING_SHAPES) == [], name
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], name
    page.set_viewport_size(before)


@pytest.fixture
def workshop(ngozi, lab):
    today = timezone.now().date()
    facts = {"first_day": today, "last_day": today, "place": "Apia", "seat_count": 30}
    made = workshop_changes.make(Workshop(title="Moana NOG 6", **facts), ngozi)
    adds_item(made, labs=[lab.id], opened_at=timezone.now(), notes="Draw the cable first.")
    return made


def test_names_stay_hidden_until_the_sign_out_also_after_an_upgrade(open_as, ngozi, workshop):
    room = open_as(ngozi, f"/workshops/{workshop.pk}/room", expected=("EventSource",))
    expect(room.locator("#hide-names")).not_to_be_checked()
    room.evaluate("localStorage.setItem('seats-only', 'yes')")  # by 0.10.0
    room.reload()
    expect(room.locator("#hide-names")).to_be_checked()
    room.reload()
    expect(room.locator("#hide-names")).to_be_checked()
    room.get_by_role("button", name="Sign out").click()
    expect(room.get_by_role("link", name="Sign in").first).to_be_visible()
    assert room.evaluate("Object.keys(localStorage)") == []


def test_the_list_of_workshops_fits_a_phone(open_as, ngozi, workshop):
    days = {"first_day": date(2026, 11, 30), "last_day": date(2026, 12, 11)}
    workshop_changes.make(Workshop(title="Long", place="Antananarivo", **days), ngozi)
    page = open_as(ngozi, "/workshops/", "phone")
    expect(page.get_by_text("30 November 2026 – 11 December 2026")).to_be_visible()
    is_clean(page, "workshops")


def test_done_pressed_twice_is_one_done_and_says_nothing_on_the_next_page(open_as, ngozi, workshop):
    seat = sits(workshop, "Sione Tupou")
    raised_hands.raise_hand(seat, "Why no routes?")
    room = open_as(ngozi, f"/workshops/{workshop.pk}/room")
    room.get_by_role("button", name="Done").dblclick()
    expect(room.get_by_text("Nobody needs help now.")).to_be_visible()
    room.goto(room.url + f"/{seat.number}")
    expect(room.get_by_role("heading", name="Sione Tupou")).to_be_visible()
    expect(room.get_by_text("This was done already")).to_have_count(0)


@pytest.mark.parametrize("place", ["room", "seats"])
def test_an_open_menu_leaves_the_page_by_escape_and_by_a_click_elsewhere(open_as, ngozi, workshop, place):
    sits(workshop, "Sione Tupou")
    page = open_as(ngozi, f"/workshops/{workshop.pk}/{place}")
    menu = page.locator("details.menu:not(.up)").last
    menu.locator("summary").click()
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    menu.locator("summary").click()
    page.mouse.click(5, 500)
    expect(menu).not_to_have_attribute("open", "")


NAMES = "Aishath Ibrahim,Ana Leota,Ariunaa Batbayar,Bishnu Gurung,Budi Santoso,Dara Vong,Nusrat Jahan,Dilani Perera"


def fill(workshop, lab, other_lab):
    """Fill the room with trainees who work in two labs."""
    has_labs(workshop, lab.id, other_lab.id)
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
            raised_hands.raise_hand(seat, "The cable is up, why no light?")


@pytest.fixture
def issuer(site, settings, tmp_path):
    """The site signs certificates with its own key."""
    settings.PUBLIC_URL, settings.ISSUER, settings.STATE_DIR = site, "Moana NOG", tmp_path


def test_sione_joins_on_a_phone_gets_help_finishes_and_earns_a_certificate(
    open_as, workshop, ngozi, lab, engine, queue, issuer
):
    sione = open_as(None, f"/join/{workshop.code_shown}/", "phone", has_touch=True)
    is_clean(sione, "join")
    expect(sione.get_by_label("Join code", exact=True)).to_have_value(workshop.code_shown)
    sione.get_by_label("Your name").fill("Sione Tupou")
    sione.get_by_role("button", name="Take a seat").click()
    expect(sione.get_by_text("Seat 1: Sione Tupou")).to_be_visible()
    is_clean(sione, "seat")
    sione.goto(sione.url.split("/workshops")[0] + "/courses/")

    room = open_as(ngozi, f"/workshops/{workshop.pk}/room")
    expect(room.get_by_role("link", name="Sione Tupou")).to_be_visible()
    room.evaluate("window.same = true")
    sione.get_by_text("Raise hand").click()
    sione.get_by_label("What do you need help with? One sentence is enough.").fill("The session is up, why no routes?")
    sione.get_by_role("button", name="Ask for help").click()
    raised = time.monotonic()
    asks = room.get_by_text("The session is up, why no routes?")
    expect(asks).to_be_visible(timeout=pace.seconds(8000))
    assert time.monotonic() - raised < pace.seconds(8)  # two seconds on an idle computer
    expect(sione.locator("#seat-bar").get_by_text("Your hand is raised")).to_be_visible()
    assert room.evaluate("window.same")
    expect(room.locator("#room-status")).to_have_text("Help needed: 1")

    room.get_by_label("Hide names").check()
    expect(asks).to_be_hidden()
    expect(room.locator(".help-list .who")).to_be_hidden()
    room.reload()
    expect(room.get_by_label("Hide names")).to_be_checked()
    room.get_by_label("Hide names").uncheck()

    room.get_by_role("link", name="Help seat 1").click()
    is_clean(room, "room-seat")
    room.get_by_label("Message").fill("There is no policy on it. Look at lesson 3.")
    room.get_by_role("button", name="Send message").click()
    expect(sione.locator("#seat-bar").get_by_text("There is no policy on it.")).to_be_visible()
    sione.locator("#seat-bar").get_by_role("button", name="Dismiss: There is no policy").click()
    expect(sione.locator("#seat-bar").get_by_text("There is no policy on it.")).to_have_count(0)
    room.get_by_role("button", name="Mark as done", exact=True).click()
    expect(sione.locator("#seat-bar").get_by_text("Raise hand")).to_be_visible()
    expect(room.get_by_text("Nobody needs help now.")).to_be_visible()

    # Sione finishes the lab
    seat = workshop.seats.get()
    session = services.request_session(seat.user, lab.id)
    queue()
    engine.labs[str(session.pk)].is_solved()
    sione.goto(sione.url.split("/courses")[0] + f"/labs/{lab.id}/")
    sione.get_by_role("button", name="Check my work").click()
    expect(sione.locator("#busy")).to_be_visible()
    queue()
    expect(sione.get_by_text("Best so far: 10 of 10 points")).to_be_visible()
    expect(room.locator(".seats tbody tr").get_by_text("done")).to_be_visible()

    # Ngozi closes the workshop: Sione's lab is checked one last time and stopped
    room.get_by_role("link", name="Moana NOG 6").click()
    room.get_by_role("link", name="Report").click()
    room.get_by_text("Close workshop …").click()
    room.get_by_role("button", name="Close workshop", exact=True).click()
    expect(room.get_by_text("Workshop closed. 1 certificate awarded so far.")).to_be_visible()
    is_clean(room, "report-closing")
    queue()
    closing.continue_closing()
    queue()
    session.refresh_from_db()
    assert session.state == State.STOPPED

    # Sione chooses the name on the certificate and publishes it
    sione.locator("#seat-bar").get_by_role("link", name="Moana NOG 6").click()
    is_clean(sione, "seat-closed")
    sione.get_by_role("link", name="My certificates").click()
    is_clean(sione, "certificates")
    sione.get_by_role("link", name="Choose the name and publish").click()
    sione.get_by_label("Name on the certificate").fill("Sione Tupou")
    sione.get_by_label("Publish my certificate").check()
    sione.get_by_role("button", name="Publish").click()
    expect(sione.get_by_text("Your certificate is published.")).to_be_visible()
    is_clean(sione, "certificate-own")

    # A visitor who has only the number verifies the certificate
    stranger = open_as(None, "/c/", "phone")
    stranger.get_by_label("Number of the certificate").fill(Credential.objects.get().shown_number)
    stranger.get_by_role("button", name="Verify").click()
    expect(stranger.get_by_role("heading", name="Sione Tupou")).to_be_visible()
    expect(stranger.get_by_text("Moana NOG 6").first).to_be_visible()
    is_clean(stranger, "certificate-public")


def test_the_question_for_a_raised_hand_fits_the_phone_on_each_page(open_as, workshop, lab):
    seat = sits(workshop, "Sione Tupou")
    for path in (f"/labs/{lab.id}/", "/courses/"):
        sione = open_as(seat.user, path, "phone", has_touch=True)
        sione.locator("#raise-hand summary").tap()
        form = sione.locator("#raise-hand form")
        expect(form).to_be_visible()
        box = form.bounding_box()
        assert box["x"] >= 0, path
        assert box["x"] + box["width"] <= SIZES["phone"]["width"], path


def test_a_message_does_not_take_away_the_question_that_is_being_written(open_as, workshop, ngozi, lab):
    seat = sits(workshop, "Sione Tupou")
    sione = open_as(seat.user, "/courses/", "phone", has_touch=True)
    bar = sione.locator("#seat-bar")
    question = sione.get_by_label("What do you need help with? One sentence is enough.")
    seat_actions.send_message(workshop, [seat], ngozi, "Ten minutes left.")
    expect(bar.get_by_text("Ten minutes left.")).to_be_visible()
    bar.get_by_text("Raise hand").tap()
    question.fill("The session is up,")
    question.evaluate("(input) => input.blur()")  # the keyboard of the phone is put away
    seat_actions.send_message(workshop, [seat], ngozi, "Two minutes left.")
    expect(bar.get_by_text("Two minutes left.")).to_be_visible()
    expect(question).to_have_value("The session is up,")
    question.focus()
    seat_actions.send_message(workshop, [seat], ngozi, "One minute left.")
    sione.wait_for_timeout(500)
    question.blur()
    expect(bar.get_by_text("One minute left.")).to_be_visible()
    expect(question).to_have_value("The session is up,")


def test_the_page_of_a_seat_follows_the_agenda_and_the_close_and_keeps_what_is_being_typed(
    open_as, workshop, ngozi, lab
):
    """Regression: an item that was closed again stayed until a reload, and so did the page of a workshop that was closed."""
    seat, item = sits(workshop, "Sione Tupou"), workshop.agenda.get()
    sione = open_as(seat.user, f"/workshops/{workshop.pk}/mine")
    sione.evaluate("window.same = true")
    sione.get_by_text("Create an account to keep your work").click()
    username = sione.get_by_label("Username")
    username.fill("sione")
    heading = sione.get_by_role("heading", name=item.title)
    expect(heading).to_be_visible()

    agenda_items.close_item(item, ngozi)
    expect(heading).to_have_count(0)
    expect(sione.get_by_text("Your instructor has not opened an agenda item yet.")).to_be_visible()
    agenda_items.open_item(item, ngozi)
    expect(heading).to_be_visible()

    session = works(seat, lab)
    closing.close(workshop, ngozi)
    expect(sione.get_by_text("it is checked one last time")).to_be_visible()
    LabSession.objects.filter(pk=session.pk).update(state=State.STOPPED)
    closing.continue_closing()
    expect(sione.get_by_role("link", name="My certificates")).to_be_visible()
    workshop.refresh_from_db()
    closing.reopen(workshop, ngozi)
    expect(sione.get_by_text("This workshop is closed.")).to_have_count(0)
    expect(username).to_have_value("sione")
    assert sione.evaluate("window.same"), "the page was not loaded again"


def test_sione_gives_and_withdraws_permission_to_type(open_as, workshop, ngozi, lab):
    seat = sits(workshop, "Sione Tupou")
    session = works(seat, lab, ["on"])
    sione = open_as(seat.user, f"/workshops/{workshop.pk}/mine", "phone")
    sione.goto(sione.url.split("/workshops")[0] + f"/labs/{lab.id}/")
    room = open_as(ngozi, f"/workshops/{workshop.pk}/room/1")
    room.get_by_role("button", name="Observe terminals").click()
    expect(room.get_by_role("heading", name="Observing Sione Tupou, seat 1")).to_be_visible()
    expect(sione.locator("#seat-bar").get_by_text("Ngozi Eze is observing your terminals.")).to_be_visible()
    room.get_by_role("button", name="Ask to type").click()
    sione.get_by_role("button", name="Allow").click()
    expect(room.get_by_text("You can type. The trainee can see this.")).to_be_visible()
    is_clean(room, "observer")
    if PICTURES:
        sione.screenshot(path=Path(PICTURES) / "consent-360.png")
    sione.get_by_role("button", name="Withdraw permission").click()
    expect(room.get_by_text("You are observing. The trainee can see this.")).to_be_visible()
    room.get_by_role("button", name="Stop observing").click()
    expect(sione.locator("#seat-bar").get_by_text("is observing your terminals")).to_have_count(0)
    assert observing.observers_of(seat) == []
    assert session.observers.get().ended_at


def test_the_room_fits_a_projector_and_a_phone_and_keeps_the_selected_seats(open_as, workshop, ngozi, lab, other_lab):
    fill(workshop, lab, other_lab)
    room = open_as(ngozi, f"/workshops/{workshop.pk}/room")
    is_clean(room, "room")
    room.get_by_role("checkbox", name="Select seat 3", exact=True).check()
    room.locator("#needs").hover()  # under a pointer the list still shows what is new, and Done removes it
    raised_hands.raise_hand(workshop.seats.get(number=2), "A second hand")
    expect(room.get_by_text("A second hand")).to_be_visible()
    expect(room.get_by_role("checkbox", name="Select seat 3", exact=True)).to_be_checked()
    room.get_by_role("button", name="Done: seat 2", exact=True).click()
    expect(room.get_by_text("A second hand")).to_have_count(0)
    assert not workshop.seats.get(number=2).hands.filter(lowered_at=None).exists()
    expect(room.locator("#selected")).to_have_text("Selected: 1")
    room.locator("#seat-action").get_by_text("Labs …").click()
    is_clean(room, "room-actions")
    room.locator("#seat-action").get_by_role("button", name="Add time").click()
    expect(room.get_by_text("Done at 1 seat.")).to_be_visible()
    room.keyboard.press("Tab")
    expect(room.get_by_text("Skip to the content")).to_be_focused()
    dark = open_as(ngozi, f"/workshops/{workshop.pk}/room", color_scheme="dark")
    is_clean(dark, "room-dark")
    dark.get_by_role("link", name="B Second wind").click()
    expect(dark.get_by_role("link", name="B Second wind")).to_have_attribute("aria-current", "page")
    is_clean(dark, "room-one-lab")
    dark.locator(".seats").get_by_role("link", name="Ariunaa Batbayar").click()
    typed = re.compile(r"Last typed [2-9] min ago\.")  # a slow machine is here a minute later
    expect(dark.get_by_text(typed)).to_be_visible()
    is_clean(dark, "room-seat-of-one-lab")
    dark.get_by_role("button", name="Add time").click()
    expect(dark.get_by_role("heading", name="Second wind")).to_be_visible()


SMALLEST_LETTERS = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let least = Infinity;
  while (texts.nextNode()) {
    const holder = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || holder.closest('script, noscript')) continue;
    least = Math.min(least, parseFloat(getComputedStyle(holder).fontSize));
  }
  return least;
}"""


def test_the_projector_can_be_read_from_the_back_and_follows_the_room(open_as, workshop, ngozi, lab, other_lab):
    fill(workshop, lab, other_lab)
    page = open_as(ngozi, f"/workshops/{workshop.pk}/projector")
    page.set_viewport_size({"width": 1920, "height": 1080})
    assert page.evaluate(SMALLEST_LETTERS) >= 48  # 12 of the pixels that the last row sees
    assert page.evaluate("document.querySelector('.join').getBoundingClientRect().bottom <= innerHeight")
    assert page.evaluate(
        "[...document.querySelectorAll('.progress > *')].every((one) => one.getBoundingClientRect().bottom <= innerHeight)"
    )
    assert Axe().run(page).response["violations"] == []
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "projector-1920.png")
    pauses.pause(workshop, ngozi)
    expect(page.get_by_text("PAUSED")).to_be_visible()


def test_the_clock_of_the_projector_is_that_of_the_server(open_as, workshop, ngozi):
    page = open_as(ngozi, f"/workshops/{workshop.pk}/projector")
    with_a_wrong_clock(page, 7 * 60)
    right = [f"{timezone.now() + timedelta(minutes=later):%H:%M}" for later in (0, 1)]
    page.wait_for_timeout(1500)
    assert page.locator("#clock").inner_text() in right


@pytest.mark.parametrize("address", ["/labs/first-light/", "/courses/"])
def test_the_time_left_of_a_lab_stands_still_in_a_pause(open_as, workshop, ngozi, lab, address):
    seat = sits(workshop, "Ana")
    works(seat, lab, minutes=30)
    LabSession.objects.update(ends_at=timezone.now() + timedelta(seconds=110))
    page = open_as(seat.user, address)
    countdown = page.locator("#left, #running-lab time")
    expect(countdown).to_contain_text("sec")
    pauses.pause(workshop, ngozi)
    expect(page.get_by_text("left, paused")).to_be_visible()
    before = countdown.inner_text()
    page.wait_for_timeout(2500)
    expect(countdown).to_have_text(before)
    workshop.refresh_from_db()
    pauses.resume(workshop, ngozi)
    expect(page.get_by_text("left, paused")).to_have_count(0)
    expect(countdown).not_to_have_text(before)
    assert int(countdown.inner_text().split()[0]) < int(before.split()[0]), "it goes on where it stood"


NETWORKS = [*range(64496, 64508), 64509, 64510, *range(65536, 65548)]


def map_of_an_exchange():
    """A map of 26 networks: one has an invalid route, one a leak, one floods the route server, and one has no session."""

    def cell(asn, other):
        kinds = {(64497, 64500): "invalid", (64499, 64500): "leak", (64500, 64499): "oneway", (64501, 64502): "unknown"}
        return Cell("self" if asn == other else "none" if 64507 in (asn, other) else kinds.get((asn, other), "both"))

    flood = [(f"3fff:509:{n:x}::/48 64509", "invalid") for n in range(0x110, 0x114)]
    dropped = {64499: [("3fff:509::/32 64499 64509", "leak")], 64509: flood}
    rows = [
        Row(
            asn, "r", asn != 64507, [cell(asn, other) for other in NETWORKS], dropped.get(asn, []), 297 * (asn == 64509)
        )
        for asn in NETWORKS
    ]
    return LiveMap(rows)


def peerings_of_an_exchange():
    """26 networks at the route server but one, with three bilateral sessions and one of each kind that is none."""
    kinds = {
        **dict.fromkeys([(64496, 64497), (64496, 65547), (65540, 64509)], "direct"),
        (64500, 64501): "down",
        (64502, 65536): "asked",
    }
    kinds |= {(b, a): {"asked": "wanted"}.get(kind, kind) for (a, b), kind in kinds.items()}
    at = timezone.now()

    def pair(asn, other):
        kind = "self" if asn == other else kinds.get((asn, other), "none" if 64507 in (asn, other) else "server")
        return Pair(other, kind, 1, at) if kind == "direct" else Pair(other, kind)

    return Peerings(
        [
            Member(asn, f"r{n}", asn != 64507, at, 25, 1, [pair(asn, other) for other in NETWORKS])
            for n, asn in enumerate(NETWORKS, 1)
        ]
    )


@pytest.fixture
def exchange(workshop, ngozi, lab, monkeypatch):
    now = timezone.now()
    running = {"lab_version": lab.version, "is_class": True, "state": State.READY, "ready_at": now}
    LabSession.objects.create(learner=ngozi, lab=lab.id, **running)
    monkeypatch.setattr(live_map, "of", lambda session: map_of_an_exchange())
    monkeypatch.setattr(peerings, "of", lambda session: peerings_of_an_exchange())
    return f"/workshops/{workshop.pk}/map/"


IS_WHOLE = """(({ scrollHeight, clientHeight, scrollWidth, clientWidth }) =>
    scrollHeight <= clientHeight && scrollWidth <= clientWidth)(document.querySelector('.scroll'))"""
SMALLEST_IN_TABLE = (
    """Math.min(...[...document.querySelectorAll('th, td')].map((one) => parseFloat(getComputedStyle(one).fontSize)))"""
)


def fills_the_screen(page, name):
    """The table of 26 networks is on the screen as a whole, and its letters can be read."""
    for width, height in ((1280, 720), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png")
        assert page.evaluate("document.querySelector('.legend').getBoundingClientRect().bottom <= innerHeight")
        assert page.evaluate(IS_WHOLE)
        assert page.evaluate(SMALLEST_IN_TABLE) >= 12


def test_the_live_map_fits_the_projector_and_shows_a_shape_for_each_state(open_as, ngozi, exchange):
    page = open_as(ngozi, exchange)
    is_clean(page, "live-map")
    fills_the_screen(page, "live-map")


def test_who_peers_with_whom_fits_the_projector_and_is_a_list_on_a_phone(open_as, ngozi, exchange):
    page = open_as(ngozi, exchange)
    page.get_by_role("link", name="Who peers with whom").click()
    expect(page.get_by_text("25 of 26 networks at the route server")).to_be_visible()
    expect(page.get_by_role("link", name="Who peers with whom")).to_have_attribute("aria-current", "page")
    is_clean(page, "peerings")
    fills_the_screen(page, "peerings")
    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.get_by_role("table")).to_be_hidden()
    expect(page.get_by_text("directly with AS 65547")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "peerings-360.png")


def test_ngozi_plans_runs_and_closes_a_workshop(open_as, ngozi, lab):
    page = open_as(ngozi, "/workshops/")
    is_clean(page, "workshops")
    page.get_by_role("link", name="Create workshop").click()
    is_clean(page, "create")
    page.get_by_label("Title").fill("Moana NOG 7")
    page.get_by_label("Place (optional)").fill("Suva")
    page.get_by_label("Number of seats").fill("4")
    page.get_by_label("Name of the Wi-Fi").fill("Reef")
    page.get_by_label("Password of the Wi-Fi").fill("coral and sand")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Add agenda item").click()
    page.get_by_label("Title").fill("First light")
    begins = timezone.now().replace(hour=0, minute=0)
    page.get_by_label("From", exact=True).fill(begins.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("To", exact=True).fill((begins + timedelta(hours=23)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("First light", exact=True).check()
    is_clean(page, "agenda-item")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Fits", exact=True)).to_be_visible()
    is_clean(page, "plan")
    page.get_by_role("link", name="Seats", exact=True).click()
    page.get_by_role("link", name="Show how to join").click()
    is_clean(page, "slide")
    page.get_by_role("link", name="Back to the seats").click()
    page.get_by_label("CSV file").set_input_files(ROSTERS / "google-forms.csv")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_label("Meaning of column 5, Country")).to_have_value("country")
    is_clean(page, "roster-columns")
    page.get_by_role("link", name="Cancel").click()

    workshop = Workshop.objects.get()
    seat = sits(workshop, "Ana Leota")
    page.reload()
    page.locator("summary", has_text="Seat code").click()
    page.get_by_role("button", name="Replace a lost device").click()
    expect(page.get_by_text("It works once")).to_be_visible()
    is_clean(page, "seats")
    page.get_by_role("link", name="Room", exact=True).last.click()
    page.get_by_text("Agenda …").click()
    is_clean(page, "room-agenda")
    page.get_by_role("button", name="Open: “First light”").click()
    session = works(seat, lab, ["on", "still"], ("file", "Nothing has written it yet."))
    fails(session, "file")
    page.get_by_role("button", name="Pause all").click()
    expect(page.get_by_text("The room has been paused since")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    page.get_by_text("Notes and solutions").scroll_into_view_if_needed()
    page.get_by_role("link", name="Moana NOG 7").click()
    page.get_by_role("link", name="Report").click()
    page.get_by_text("Close workshop …").click()
    page.get_by_role("button", name="Close workshop", exact=True).click()
    expect(page.get_by_text("Workshop closed. 0 certificates awarded")).to_be_visible()
    is_clean(page, "report")


def test_ngozi_corrects_a_seat_reopens_a_workshop_and_deletes_it(open_as, workshop, ngozi):
    sits(workshop, "Ana Leota")
    page = open_as(ngozi, f"/workshops/{workshop.pk}/seats")
    page.get_by_role("link", name="Change … Ana Leota").click()
    is_clean(page, "seat-change")
    page.get_by_label("Name", exact=True).fill("Ana Leota-Tupou")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("rowheader", name="Ana Leota-Tupou")).to_be_visible()
    page.get_by_role("link", name="Change … Ana Leota-Tupou").click()
    page.get_by_role("button", name="Free this seat").click()
    expect(page.get_by_text("Nobody has joined yet.")).to_be_visible()

    page.get_by_role("link", name="Report").click()
    page.get_by_text("Close workshop …").click()
    page.get_by_role("button", name="Close workshop", exact=True).click()
    page.get_by_text("Workshop closed", exact=True).click()
    is_clean(page, "report-closed")
    page.get_by_role("button", name="Reopen workshop").click()
    expect(page.get_by_text("The workshop is open again")).to_be_visible()

    workshop.agenda.update(opened_at=None)
    page.get_by_role("link", name="Plan", exact=True).click()
    page.get_by_role("link", name="Delete …").click()
    is_clean(page, "workshop-delete")
    page.get_by_role("button", name="Delete workshop").click()
    expect(page.get_by_role("link", name="Create workshop")).to_be_visible()
    assert not Workshop.objects.exists()
