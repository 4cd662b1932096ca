"""A trouble ticket: its report, clock, hints and fault, at two widths and by keyboard."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from labs.engine.faults import PlacedFault
from labs.engine.translatable_text import Text
from labs.engine.trouble_tickets import preparation
from labs.engine.trouble_tickets.complaints import GENERIC
from labs.lifecycle import services
from labs.models import Attempt, LabSession, State, TroubleTicket
from tests.browser.lab_pages import work_off
from tests.browser.test_lab_page import *  # noqa: F403  its fixtures

for _name in [name for name in globals() if name.startswith("test_")]:
    del globals()[_name]

SIZES = [(1280, 800), (360, 740)]
TYPED = ["vtysh -c 'configure terminal' -c 'router bgp 64500' -c 'neighbor 2001:db8:0:12::2 remote-as 65009'"]


def sound(page, size):
    found = Axe().run(page, context="#panel")
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.fixture
def ticket(ready):
    """Ada's ticket, open for eight minutes and some."""
    report = Text(GENERIC[("bgp.", "rpki.")], node="up")
    cause = Text.plain("The AS numbers do not match: r1 expects its peer in AS 65009, but the peer is in AS 64511.")
    made = {
        "report": report.as_json(),
        "cause": cause.as_json(),
        "node": "r1",
        "where": "2001:db8:0:12::2",
        "typed": TYPED,
    }
    moments = {"opened_at": timezone.now(), "since": timezone.now(), "spent": 492.0}
    return TroubleTicket.objects.create(session=ready, seed=6, fault="bgp-as@r1:north", made=made, **moments)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_ticket_shows_its_report_and_its_hints_one_by_one(page, lab, ticket, size):
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    expect(ada.get_by_role("heading", name="Trouble ticket 7")).to_be_visible()
    before = ada.locator("#clock").inner_text()
    assert before.startswith("8:")
    expect(ada.locator("#clock")).not_to_have_text(before)
    ada.get_by_role("button", name="Show the node (costs 10 points)").press("Enter")
    expect(ada.get_by_text("The fault is on r1.")).to_be_visible()
    ada.get_by_role("button", name="Show where on the node").press("Enter")
    expect(ada.get_by_role("button", name="Show the cause (costs 30 points)")).to_be_visible()
    expect(ada.get_by_text("80 / 100")).to_be_visible()
    assert "65009" not in ada.content()
    sound(ada, size)
    ada.screenshot(path=f"/tmp/ticket-{size[0]}.png")


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_fixed_ticket_shows_the_fault_and_offers_another_ticket(page, lab, ada, ticket, size):
    now = timezone.now()
    TroubleTicket.objects.update(fixed_at=now, since=None, hints=1)
    shown = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    expect(shown.get_by_text("Fixed in 8:12")).to_be_visible()
    primary = shown.locator(".btn.go:visible")
    expect(primary).to_have_count(1)
    expect(primary).to_have_text("Continue the course")
    if size[0] >= 1024:
        expect(primary).to_be_in_viewport(ratio=1)
    expect(shown.locator("#typed")).to_contain_text("remote-as 65009")
    sound(shown, size)
    shown.screenshot(path=f"/tmp/ticket-fixed-{size[0]}.png")
    job = ticket.session.jobs.create(kind="attempt", ended_at=now)
    facts = {"lab": lab.id, "lab_version": lab.version, "kind": "attempt", "score": 10, "out_of": 10, "unknown": 0}
    moments = dict.fromkeys(("asked_at", "started_at", "finished_at"), now - timedelta(hours=1))
    Attempt.objects.create(session=ticket.session, job=job, learner=ticket.session.learner, **facts, **moments)
    LabSession.objects.update(state=State.STOPPED, stopped_at=now)
    shown.reload()
    expect(shown.get_by_role("button", name="Practise: find a fault")).to_be_visible()
    expect(shown.get_by_role("button", name="Open as a trouble ticket")).to_have_count(0)  # it would be the same
    expect(shown.locator("#ladder li")).to_have_count(3)
    sound(shown, size)
    shown.screenshot(path=f"/tmp/ticket-after-{size[0]}.png")


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_from_a_lab_that_is_passed_one_press_leads_to_a_fault(page, lab, ready, engine, queue, monkeypatch, size):
    def prepare(client, *_what, rank):
        placed = PlacedFault("forwarding", "forwarding", "r1", "ipv6", ("sysctl -w x=0",), ())
        return preparation.PreparedTicket(placed, Text.plain("“Nothing works here.”"), None)

    monkeypatch.setattr(preparation, "prepare", prepare)
    engine.client_of(ready).is_solved()
    services.request_check(ready)
    work_off(queue)
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    expect(ada.locator("#ladder li")).to_have_count(3)
    sound(ada, size)
    ada.locator("#practise").scroll_into_view_if_needed()
    ada.screenshot(path=f"/tmp/ending-{size[0]}.png")
    ada.get_by_role("button", name="Save and stop this lab, then practise: find a fault").click()
    expect(ada.get_by_text("Then your trouble ticket starts here by itself.")).to_be_visible()
    work_off(queue)  # the page hears of the end, and goes over to the ticket
    expect(ada.get_by_role("heading", name="Trouble ticket 1")).to_be_visible()
    expect(ada.locator("#rung")).to_contain_text("Easy")
    sound(ada, size)
