"""The lab page in Chromium: it updates itself and keeps open what the learner opened."""

import re
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from redis import Redis

from labs import events
from labs.engine.errors import LabGone
from labs.lifecycle import lab_failure, services, skip_to_stage
from labs.live import live_checks
from labs.models import CheckStatus, LabCost, LabSession, OpenedHint
from labs.pages import event_stream
from labs.registry import versions
from tests import builders
from tests.browser.lab_pages import *  # noqa: F403  its site and pages
from tests.browser.lab_pages import hear_the_stream_open, must_be_readable, until, work_off
from tests.labs.fakes import FakeCatalog

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Django never closes what another thread has of SQLite in memory; it says so when that is collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_the_dialog_says_what_a_skip_costs_and_skips(page, lab, ready, engine, queue, monkeypatch):
    monkeypatch.setattr(
        skip_to_stage, "type_solution", lambda fake, *what, on_node, **more: fake.is_solved() or on_node("r1")
    )
    ada = page(f"/labs/{lab.id}/")
    ada.evaluate("window.same = true")
    ada.locator("#open-file > summary").click()
    ada.get_by_role("link", name="Skip to this stage …").click()
    dialog = ada.get_by_role("dialog", name="Skip to “A file”")
    expect(dialog).to_contain_text("Forwarding 6 points")
    must_be_readable(ada)
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert queue() == 0
    ada.get_by_role("link", name="Skip to this stage …").click()
    dialog.get_by_role("button", name="Skip to this stage").click()
    expect(ada.locator("#now")).to_contain_text("Skipping to a stage")
    work_off(queue)
    expect(ada.locator("#stage-forwarding")).to_have_class("assist")
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#busy")).to_be_visible()
    work_off(queue)
    expect(ada.locator("#now")).to_contain_text("All checks pass, with help.")
    expect(ada.get_by_text("Best so far: 4 of 10 points")).to_be_visible()
    ada.locator("#stage-forwarding summary").first.click()
    expect(ada.locator("#check-on")).to_contain_text("Assisted")
    must_be_readable(ada)
    assert ada.evaluate("window.same")


def test_a_lab_starts_is_checked_reset_and_stopped_without_a_reload(page, lab, engine, queue):
    ada = page(f"/labs/{lab.id}/")
    ada.get_by_role("button", name="Start the lab").click()
    expect(ada.get_by_role("heading", name="Your lab is starting")).to_be_visible()
    ada.evaluate("window.same = true")
    work_off(queue)
    expect(ada.get_by_role("tab", name="r1")).to_be_visible()
    expect(ada.get_by_role("status").filter(has_text="Ready")).to_have_count(1)

    LabSession.objects.update(active_node="r1")  # she types: before that, nothing has failed
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#now")).to_contain_text("Checking your work")
    work_off(queue)
    failed = ada.locator("#verdict-on-fail")
    expect(failed).to_have_attribute("open", "")
    failed.locator("summary").first.click()
    failed.locator("summary").first.focus()

    ada.get_by_role("button", name="Check without a grade").click()
    expect(ada.locator("#busy")).to_be_visible()
    work_off(queue)
    expect(ada.locator("#say")).to_have_text("0 of 3 checks pass.")
    expect(failed).not_to_have_attribute("open", "")  # as she left it

    session = LabSession.objects.get()
    engine.client_of(session).is_solved()
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#busy")).to_be_visible()
    work_off(queue)
    expect(ada.locator("#say")).to_have_text("3 of 3 checks pass.")
    expect(ada.get_by_text("Best so far: 10 of 10 points")).to_be_visible()

    ada.get_by_role("link", name="Reset …").click()
    ada.get_by_label("Node to reset").select_option("r1")
    ada.get_by_role("button", name="Reset", exact=True).click()
    expect(ada.locator("#now")).to_contain_text("Resetting")
    work_off(queue)
    expect(ada.locator("#busy")).to_have_count(0)
    assert engine.client_of(session).resets == ["r1"]

    ada.get_by_text("Stop …").click()
    ada.get_by_role("button", name="Stop the lab").click()
    expect(ada.get_by_role("heading", name="Your lab is stopping")).to_be_visible()
    work_off(queue)
    expect(ada.get_by_role("heading", name="Your lab has stopped")).to_be_visible()
    assert ada.evaluate("window.same") is True


def test_a_command_is_typed_on_its_node(page, lab, ready):
    ada = page(f"/labs/{lab.id}/")
    ada.evaluate("document.addEventListener('vaka:type', (event) => { window.typed = event.detail })")
    ada.get_by_role("button", name="Type this on r1").first.click()
    assert ada.evaluate("window.typed") == {"node": "r1", "text": "sysctl -w net.ipv6.conf.all.forwarding=1"}
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ada.get_by_role("button", name="Copy", exact=True).click()
    expect(ada.get_by_role("button", name="Copied")).to_be_focused()
    assert ada.evaluate("navigator.clipboard.readText()") == "sysctl -w net.ipv6.conf.all.forwarding=1"


def test_an_open_page_says_that_its_lab_was_removed(page, lab, engine, ready):
    ada = page(f"/labs/{lab.id}/")
    expect(ada.get_by_role("tab", name="r1")).to_be_visible()
    engine.loses(ready)
    thread = threading.Thread(target=lambda: lab_failure.give_up(ready, LabGone("No container.")))
    thread.start()
    thread.join()
    expect(ada.get_by_text("The lab was removed by somebody or something else, not by you.")).to_be_visible()
    expect(ada.get_by_role("button", name="Start again")).to_be_visible()


def test_a_waiting_learner_sees_the_queue_move_without_a_request(page, site, window, lab, ada, engine, queue, settings):
    settings.LAB_MEMORY_MB = 150
    LabCost.add_start(lab, memory=80 << 20, cpu=0.75, seconds=1)
    others = [services.request_session(builders.make_person(name), lab.id) for name in ("linus", "dalia", "chioma")]
    services.request_session(ada, lab.id)
    work_off(queue)
    waits = page(f"/labs/{lab.id}/", viewport={"width": 360, "height": 740})
    expect(waits.get_by_role("heading", name="You are number 3 in the queue")).to_be_visible()
    expect(waits.locator("#wait")).to_contain_text("All capacity is in use. Your lab starts when another lab stops, at")
    hear_the_stream_open(waits)  # what came before that, the page asks for
    asked = []
    waits.on("request", lambda request: asked.append(request.url))

    def gives_up(session):
        services.stop_session(session)
        queue()

    for session, place in ((others[1], 2), (others[2], 1)):
        thread = threading.Thread(target=gives_up, args=(session,))
        thread.start()
        thread.join()
        expect(waits.get_by_role("heading", name=f"You are number {place} in the queue")).to_be_visible()
    expect(waits.get_by_role("status")).to_contain_text("You are number 1 in the queue. All capacity is in use.")
    assert asked == []
    thread = threading.Thread(target=gives_up, args=(others[0],))
    thread.start()
    thread.join()
    expect(waits.get_by_role("tab", name="r1")).to_be_visible()


def test_the_first_failed_check_opens_on_request_though_a_live_check_left_it_closed(page, lab, engine, ready, queue):
    check = threading.Thread(target=lambda: live_checks.run(ready.pk, ["on", "still", "file"], last=True))
    check.start()
    check.join()
    ada = page(f"/labs/{lab.id}/")
    expect(ada.locator("#verdict-on-none")).not_to_have_attribute("open", "")
    LabSession.objects.update(active_node="r1")
    ada.get_by_role("button", name="Check my work").press("Control+Enter")
    expect(ada.locator("#busy")).to_be_visible()
    work_off(queue)
    expect(ada.locator("#verdict-on-fail")).to_have_attribute("open", "")
    expect(ada.locator("#map [data-node=r1]")).to_have_class(re.compile("lit"))  # the node that the check reads
    ada.locator("#verdict-on-fail > summary").click()
    expect(ada.locator("#map [data-node=r1]")).not_to_have_class(re.compile("lit"))


def test_a_changed_result_is_announced_and_what_is_open_stays_open(page, lab, engine, ready):
    def live_check():
        thread = threading.Thread(target=lambda: live_checks.run(ready.pk, ["on", "still", "file"], last=True))
        thread.start()
        thread.join()

    live_check()
    ada = page(f"/labs/{lab.id}/")
    ada.evaluate("window.same = true")
    failed = ada.locator("#verdict-on-none")
    expect(failed).not_to_have_attribute("open", "")  # she has not asked for a check yet
    failed.locator("summary").first.click()
    ada.locator("#checks-file > summary").click()

    engine.client_of(ready).files["/etc/light"] = "on\n"
    live_check()
    expect(ada.locator("#say")).to_have_text("Check 3 of 3 now passes.")
    expect(ada.locator("#check-file")).to_contain_text("Passed")
    expect(failed).to_have_attribute("open", "")

    engine.client_of(ready).files.clear()
    live_check()
    expect(ada.locator("#say")).to_have_text("0 of 3 checks pass.")
    expect(ada.locator("#check-file")).to_contain_text("Not started")  # it passed before anybody had worked
    assert ada.evaluate("window.same") is True


def test_the_page_says_that_checks_run_automatically_only_while_they_do(page, lab, engine, ready, broker):
    ada = page(f"/labs/{lab.id}/")
    expect(ada.get_by_text("run automatically")).to_be_hidden()
    with Redis.from_url(broker) as redis:
        redis.set(events.watched_key(ready.pk), 1, ex=5)
    ada.reload()
    expect(ada.get_by_text("run automatically")).to_be_visible()
    events.publish(ready.pk, "watch", on=False)
    expect(ada.get_by_text("run automatically")).to_be_hidden()


def test_a_check_without_a_connection_leaves_the_page_and_says_that_nothing_was_sent(page, lab, ready, queue):
    ada = page(f"/labs/{lab.id}/", expected=("ERR_INTERNET_DISCONNECTED", "Failed to load"))
    ada.evaluate("window.same = true")
    ada.context.route("**/check", lambda route: route.abort("internetdisconnected"))  # no event tells of it
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#connection")).to_contain_text("Nothing was sent")
    ada.context.set_offline(True)
    expect(ada.locator("#connection")).to_be_visible()
    ada.get_by_role("button", name="Check my work").click()
    ada.context.unroute_all()
    ada.context.set_offline(False)
    expect(ada.locator("#connection")).to_be_hidden()
    assert queue() == 0
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#busy")).to_be_visible()
    work_off(queue)
    assert ada.evaluate("window.same") is True


def test_the_guide_stays_where_the_reader_is_when_an_earlier_stage_breaks(page, lab, engine, ready):
    def live_check():
        thread = threading.Thread(target=lambda: live_checks.run(ready.pk, ["on", "still", "file"], last=True))
        thread.start()
        thread.join()

    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    live_check()
    ada = page(f"/labs/{lab.id}/")
    expect(ada.locator("#stage-file")).to_contain_text("You are here")
    expect(ada.locator("#open-file")).to_have_attribute("open", "")
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "0"  # as the stage of the file asks
    live_check()
    expect(ada.locator("#check-on")).to_contain_text("not true at this moment")
    CheckStatus.objects.update(since=timezone.now() - timedelta(seconds=6))
    live_check()  # which the watcher makes once more after a pass has ended
    expect(ada.locator("#stage-forwarding")).to_contain_text("Passed, does not pass now")
    expect(ada.locator("#stage-file")).to_contain_text("You are here")
    expect(ada.locator("#open-file")).to_have_attribute("open", "")


@pytest.fixture
def long_guide(lab, monkeypatch):
    """The lab has stages that take many screens each."""
    much = "".join(f"Line {number} of many.\n\n" for number in range(80))
    guide = f"## Forwarding {{#forwarding}}\n\n{much}## A file {{#file}}\n\nThe first line of the file.\n\n{much}"
    monkeypatch.setattr(versions, "_catalog", lambda root: FakeCatalog(replace(lab, guide=guide)))


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080), (360, 740)], ids=str)
def test_a_new_stage_opens_at_its_beginning(page, lab, engine, ready, long_guide, size):
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    hear_the_stream_open(ada)
    last = ada.locator("#open-forwarding .prose > p").last
    last.scroll_into_view_if_needed()
    before = last.bounding_box()
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    thread = threading.Thread(target=lambda: live_checks.run(ready.pk, ["on", "still", "file"], last=True))
    thread.start()
    thread.join()
    expect(ada.locator("#open-file")).to_have_attribute("open", "")
    assert last.bounding_box()["y"] == pytest.approx(before["y"], abs=30), "the reader stays where they read"
    ada.get_by_role("link", name="Next: A file").click()
    expect(ada.locator("#stage-file summary").first).to_be_in_viewport()
    expect(ada.get_by_text("The first line of the file.")).to_be_in_viewport()


def test_a_link_to_something_folded_unfolds_it(page, lab, ready):
    ada = page(f"/labs/{lab.id}/", viewport={"width": 360, "height": 740})
    stages = ada.get_by_role("list", name="Stages")
    expect(ada.locator("#open-file")).not_to_have_attribute("open", "")
    stages.get_by_role("link").nth(1).click()
    expect(ada.locator("#open-file")).to_have_attribute("open", "")
    checks = ada.locator("#checks")
    checks.locator("> summary").click()
    expect(checks).not_to_have_attribute("open", "")
    ada.get_by_role("navigation", name="Parts of the lab").get_by_role("link", name="Checks").click()
    expect(checks).to_have_attribute("open", "")


def test_a_link_to_a_part_of_a_folded_pane_unfolds_the_pane(page, lab, ready):
    ada = page(f"/labs/{lab.id}/", viewport={"width": 1280, "height": 800})
    ada.get_by_role("separator", name="Size of the guide").press("Enter")
    expect(ada.locator("#guide")).to_be_hidden()
    ada.get_by_role("list", name="Stages").get_by_role("link").nth(1).click()
    expect(ada.locator("#guide")).to_be_visible()
    expect(ada.locator("#open-file")).to_have_attribute("open", "")


def test_the_address_of_a_folded_stage_opens_it(page, lab, ready):
    ada = page(f"/labs/{lab.id}/#stage-file")
    expect(ada.locator("#open-file")).to_have_attribute("open", "")


def open_hint(window, number):
    failed = window.locator("#verdict-on-fail")
    if failed.get_attribute("open") is None:
        failed.locator("summary").first.click()
    window.get_by_text(f"Show a hint ({number} of 2)").click()


def test_a_hint_that_was_opened_while_the_link_was_lost_for_a_moment_is_counted(page, lab, ready, queue):
    """Regression: it waited for the event that the link is back, which comes only if its loss was noticed."""
    LabSession.objects.update(active_node="r1")
    services.request_check(ready)
    work_off(queue)
    tab = page(f"/labs/{lab.id}/", expected=("ERR_FAILED",))
    tab.route("**/opened-hint", lambda route: route.abort(), times=1)
    open_hint(tab, 1)
    expect(tab.get_by_text("Show a hint (1 of 2)")).to_be_visible()
    until(tab, lambda: OpenedHint.objects.count() == 1)


def test_hints_are_counted_in_two_tabs_after_a_reload_and_without_a_connection(page, lab, ready, engine, queue):
    """Regression: they were counted in the tab in which they were opened, and only there."""
    LabSession.objects.update(active_node="r1")
    services.request_check(ready)
    work_off(queue)
    ada, tab = page(f"/labs/{lab.id}/"), page(f"/labs/{lab.id}/", expected=("ERR_INTERNET_DISCONNECTED",))
    open_hint(ada, 1)
    until(ada, lambda: OpenedHint.objects.count() == 1)
    open_hint(tab, 1)  # the same one
    tab.context.set_offline(True)
    open_hint(tab, 2)
    expect(tab.get_by_text("It is net.ipv6.conf.all.forwarding.")).to_be_visible()
    assert OpenedHint.objects.count() == 1
    tab.context.set_offline(False)
    until(tab, lambda: OpenedHint.objects.count() == 2)
    until(
        tab,
        lambda: tab.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('vaka:hints')).length === 0"),
    )
    engine.client_of(ready).is_solved()
    LabSession.objects.update(active_node="r1")
    services.request_check(ready)
    work_off(queue)
    ada.reload()
    expect(ada.locator("#hints-used")).to_have_text("2")


KEPT = "() => [localStorage, sessionStorage].flatMap((storage) => Object.keys(storage))"


def test_a_sign_out_on_a_shared_laptop_leaves_nothing_that_the_lab_page_kept(page, lab, ready):
    """The next person in this tab read how many hints the person before had opened, and had their terminal read aloud."""
    ada = page(f"/labs/{lab.id}/")
    ada.evaluate("""() => {
      localStorage.setItem(`vaka:hints:${document.body.dataset.person}`, '[["/labs/", "hint-on-1"]]');
      localStorage.setItem('vaka:terminal-read', 'true');
    }""")
    ada.get_by_role("button", name="Sign out").click()
    ada.wait_for_url(re.compile(r":\d+/$"))
    assert ada.evaluate(KEPT) == []


def test_what_the_lab_page_stores_while_the_sign_out_is_on_its_way_goes_too(page, lab, ready):
    ada = page(f"/labs/{lab.id}/")
    store = "sessionStorage.setItem('vaka:terminal-rows', '[40, 120]')"  # as a terminal does when its size changes
    ada.evaluate(f"addEventListener('submit', () => setTimeout(() => {store}))")
    ada.get_by_role("button", name="Sign out").click()
    ada.wait_for_url(re.compile(r":\d+/$"))
    assert ada.evaluate(KEPT) == []


def test_a_page_that_missed_an_event_shows_at_the_next_heartbeat_what_is_true(
    page, lab, ready, engine, queue, monkeypatch
):
    monkeypatch.setattr(event_stream, "HEARTBEAT", 1.0)
    ada = page(f"/labs/{lab.id}/")
    hear_the_stream_open(ada)
    monkeypatch.setattr(events, "send", lambda *_: None)
    services.request_check(ready)
    work_off(queue)
    expect(ada.locator("#counts")).to_contain_text("Best so far")
