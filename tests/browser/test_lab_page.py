"""The lab page in Chromium: it updates itself and keeps open what the learner opened."""

import gc
import re
import threading
import time
from collections import Counter

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from playwright.sync_api import expect
from redis import Redis

from labs import events
from labs.engine.errors import LabGone
from labs.lifecycle import jobs, lab_failure, services, starts
from labs.live import live_checks
from labs.models import LabCost, LabSession, State
from labs.registry import versions
from tests import builders, servers
from tests.labs.conftest import *  # noqa: F403  its engine, broker and labs
from vaka.web.static import StaticFiles

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Django never closes what another thread has of SQLite in memory; it says so when that is collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

# Terminals have tests of their own and no gateway here; a lab that starts beside us changes the network under the browser
EXPECTED = ("WebSocket connection to", "409 (Conflict)", "ERR_NETWORK_CHANGED")
FIRST_VISIT = 160_000  # bytes of a first visit, on the wire


@pytest.fixture
def site(queue):
    with servers.served(ASGIStaticFilesHandler(get_asgi_application())) as port:
        yield f"http://127.0.0.1:{port}"
    gc.collect()  # what is left over is this test's


@pytest.fixture
def page(window, site, ada):
    yield from pages_of(window, site, ada)


def pages_of(window, site, ada):
    pages = []

    def opened(address, *, expected=(), blocked=None, **how):
        page = window(expected=(*EXPECTED, *expected), **how)
        pages.append(page)
        if blocked:
            page.context.route(blocked, lambda route: route.abort("blockedbyclient"))
        cookie = builders.signed_in(ada).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
        page.goto(site + address)
        return page

    yield opened
    for page in pages:
        page.goto("about:blank")  # before the site goes, so that its stream does not break off


def work_off(queue):
    thread = threading.Thread(target=queue)
    thread.start()
    thread.join()


def hear_the_stream_open(window):
    """Load the page again, and wait until its event stream says hello."""
    window.add_init_script("""
        window.EventSource = class extends EventSource {
          constructor(...how) { super(...how); this.addEventListener('hello', () => { window.saidHello = true; }); }
        }""")
    window.reload()
    until(window, lambda: window.evaluate("window.saidHello === true"))


def until(window, holds):
    """Ask again until it holds. Playwright must get its turn meanwhile, or it hears nothing of the page."""
    ends = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ends
        window.wait_for_timeout(50)


def must_be_readable(window):
    found = Axe().run(window, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_the_dialog_says_what_a_skip_costs_and_skips(page, lab, ready, engine, queue, monkeypatch):
    monkeypatch.setattr(jobs, "type_solution", lambda fake, *what, on_node, **more: fake.is_solved() or on_node("r1"))
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

    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#now")).to_contain_text("Checking your work")
    work_off(queue)
    failed = ada.locator("#verdict-on-fail")
    expect(failed).to_have_attribute("open", "")
    failed.locator("summary").first.click()
    failed.locator("summary").first.focus()

    ada.get_by_role("button", name="Run checks now").click()
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


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=str)
@pytest.mark.parametrize("state", [None, State.REQUESTED, State.STARTING, State.READY, State.STOPPING, State.FAILED])
def test_the_page_is_usable_in_each_state(page, lab, ada, engine, size, state):
    if state:
        session = LabSession.objects.create(learner=ada, lab=lab.id, lab_version=lab.version)
        if state != State.REQUESTED:
            LabSession.objects.update(admitted_at=session.created_at)
        if state == State.READY:
            starts.start(session.pk, 1)
        LabSession.objects.update(state=state, error="It failed." if state == State.FAILED else "")
    window = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    must_be_readable(window)
    assert window.evaluate("document.documentElement.scrollWidth") <= size[0]


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


def test_staff_use_the_capacity_page_on_a_phone_and_on_a_wide_screen(
    window, site, olga, ada, linus, lab, other_lab, queue, settings
):
    settings.LAB_MEMORY_MB = 100
    for person in (linus, ada, builders.make_person("dalia", name="Dalia Haddad")):
        services.request_session(person, lab.id)
    cookie = builders.signed_in(olga).cookies["sessionid"].value
    for width in (1280, 360):
        room = window(viewport={"width": width, "height": 740})
        room.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
        room.goto(f"{site}/labs/staff/capacity/")
        found = Axe().run(room, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()
        assert room.evaluate("document.documentElement.scrollWidth") <= width
    room.get_by_role("button", name="Move to the front Dalia Haddad").press("Enter")
    expect(room.get_by_role("row", name="1 Dalia Haddad")).to_be_visible()


def test_without_scripts_the_page_works_by_reloading(page, lab, engine, queue):
    ada = page(f"/labs/{lab.id}/", java_script_enabled=False)
    ada.get_by_role("button", name="Start the lab").click()
    expect(ada.get_by_role("heading", name="Your lab is starting")).to_be_visible()
    work_off(queue)
    ada.reload()
    ada.get_by_role("button", name="Check my work").click()
    expect(ada).to_have_url(re.compile(f"/labs/{lab.id}/$"))
    work_off(queue)
    ada.reload()
    expect(ada.get_by_text("Likely cause").first).to_be_visible()
    ada.get_by_role("link", name="Reset …").click()
    ada.get_by_role("button", name="Reset", exact=True).click()
    expect(ada.locator("#now")).to_contain_text("Resetting")


def test_the_first_failed_check_opens_on_request_though_a_live_check_left_it_closed(page, lab, engine, ready, queue):
    look = threading.Thread(target=lambda: live_checks.run(ready.pk, ["on", "still", "file"], last=True))
    look.start()
    look.join()
    ada = page(f"/labs/{lab.id}/")
    expect(ada.locator("#verdict-on-none")).not_to_have_attribute("open", "")
    ada.get_by_role("button", name="Check my work").press("Control+Enter")
    expect(ada.locator("#busy")).to_be_visible()
    work_off(queue)
    expect(ada.locator("#verdict-on-fail")).to_have_attribute("open", "")
    expect(ada.locator("#map [data-node=r1]")).to_have_class(re.compile("lit"))  # where the evidence is from
    ada.locator("#verdict-on-fail > summary").click()
    expect(ada.locator("#map [data-node=r1]")).not_to_have_class(re.compile("lit"))


def test_a_changed_result_is_announced_and_what_is_open_stays_open(page, lab, engine, ready):
    def look():
        thread = threading.Thread(target=lambda: live_checks.run(ready.pk, ["on", "still", "file"], last=True))
        thread.start()
        thread.join()

    look()
    ada = page(f"/labs/{lab.id}/")
    ada.evaluate("window.same = true")
    failed = ada.locator("#verdict-on-none")
    expect(failed).not_to_have_attribute("open", "")  # she has not asked for a check yet
    failed.locator("summary").first.click()
    ada.locator("#checks-file > summary").click()

    engine.client_of(ready).files["/etc/light"] = "on\n"
    look()
    expect(ada.locator("#say")).to_have_text("Check 3 of 3 now passes.")
    expect(ada.locator("#check-file")).to_contain_text("Passed")
    expect(failed).to_have_attribute("open", "")

    engine.client_of(ready).files.clear()
    look()
    expect(ada.locator("#say")).to_have_text("Check 3 of 3 no longer passes.")
    expect(ada.locator("#check-file")).to_contain_text("Passed before")
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


def test_before_scripts_arrive_the_page_can_be_read_and_its_forms_work(page, lab, engine, queue):
    ada = page(f"/labs/{lab.id}/", expected=("ERR_BLOCKED_BY_CLIENT",), blocked=re.compile(r"\.m?js(\?|$)"))
    expect(ada.get_by_role("heading", name="Your task")).to_be_visible()
    ada.get_by_role("button", name="Start the lab").click()
    expect(ada.get_by_role("heading", name="Your lab is starting")).to_be_visible()
    work_off(queue)
    ada.reload()
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#now")).to_contain_text("Checking your work")
    work_off(queue)
    ada.reload()
    expect(ada.get_by_text("Likely cause").first).to_be_visible()
    ada.get_by_text("Stop …").click()
    ada.get_by_role("button", name="Stop the lab").click()
    expect(ada.get_by_role("heading", name="Your lab is stopping")).to_be_visible()
    work_off(queue)
    ada.reload()
    expect(ada.get_by_role("heading", name="Your lab has stopped")).to_be_visible()


def test_the_printed_page_has_guide_checks_and_drawing_but_no_terminals(page, lab, engine, ready, queue):
    ada = page(f"/labs/{lab.id}/")
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#busy")).to_be_visible()
    work_off(queue)
    expect(ada.locator("#busy")).to_have_count(0)
    ada.emulate_media(media="print")
    for part in ("1. Forwarding", "Write it.", "h1 has the file", "Nothing has written it yet."):
        expect(ada.get_by_text(part).first).to_be_visible()  # the second stage is shut on the screen
    expect(ada.locator("#map svg.d")).to_be_visible()
    for part in ("#terminal", "#check", "#look", "#mine", "header.bar"):
        expect(ada.locator(part)).to_be_hidden()
    expect(ada.get_by_text("It is a sysctl.")).to_be_hidden()  # a hint


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=str)
@pytest.mark.parametrize("address", ["/labs/", "/labs/long-gone/"])
def test_the_catalogue_is_usable(page, lab, ready, size, address):
    window = page(address, viewport={"width": size[0], "height": size[1]}, expected=("404 (Not Found)",))
    must_be_readable(window)
    assert window.evaluate("document.documentElement.scrollWidth") <= size[0]


class Scale:
    """An application that counts what it sends, by path."""

    def __init__(self, application):
        self.application, self.sent = application, Counter()

    async def __call__(self, scope, receive, send):
        async def weigh(message):
            heads = sum(len(name) + len(value) + 4 for name, value in message.get("headers", ()))
            self.sent[scope["path"]] += heads + len(message.get("body", b""))
            await send(message)

        await self.application(scope, receive, weigh if scope["type"] == "http" else send)


@pytest.fixture
def scale(settings, tmp_path):
    """The site as it is served: hashed and compressed files, and a scale before it."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "vaka.web.static_storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    return Scale(StaticFiles(get_asgi_application()))


def has_all_it_fetches_by_itself(window, scale):
    """Wait until nothing has come for half a second."""
    before = -1
    while before != (before := sum(scale.sent.values())):
        window.wait_for_timeout(500)


def test_the_first_visit_to_a_running_lab_needs_few_bytes(window, scale, queue, ada, engine):
    biggest = versions.newest("rov-hijacker")
    session = LabSession.objects.create(learner=ada, lab=biggest.id, lab_version=biggest.version)
    LabSession.objects.update(admitted_at=session.created_at)
    starts.start(session.pk, 1)
    with servers.served(scale) as port:
        for page in pages_of(window, f"http://127.0.0.1:{port}", ada):
            opened = page(f"/labs/{biggest.id}/")
            expect(opened.get_by_role("tab", name="r1")).to_be_visible()
            has_all_it_fetches_by_itself(opened, scale)
            total = sum(scale.sent.values())
            opened.locator("#lesson > summary").click()
            expect(opened.locator("#lesson-text h1")).to_be_visible()
            expect(opened.locator("#guide")).to_be_hidden()  # the lesson is in its place
    gc.collect()
    print(f"lab_page_first_visit_bytes {total}", dict(scale.sent.most_common()))
    assert total <= FIRST_VISIT


def test_what_can_wait_is_loaded_after_the_terminal(page, lab, ready):
    ada = page("/labs/")
    asked, held = [], []
    ada.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    ada.route("**/xterm.mjs", lambda route: held.append(route))  # Playwright takes no bound method
    ada.goto(ada.url + f"{lab.id}/", wait_until="commit")
    expect(ada.get_by_role("tab", name="r1")).to_be_visible()
    assert held
    assert not {"lab.js", "drawing.js", "connection.js", "events"} & set(asked)
    with ada.expect_request("**/events"):
        for route in held:
            route.continue_()
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("#busy")).to_be_visible()


@pytest.mark.parametrize("menu", ["panes-menu", "stop-menu"])
def test_on_a_phone_a_menu_of_the_bar_is_whole(page, lab, ready, menu):
    ada = page(f"/labs/{lab.id}/", viewport={"width": 360, "height": 740})
    ada.locator(f"#{menu} > summary").click()
    box = ada.locator(f"#{menu} > :not(summary)").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert ada.evaluate("document.documentElement.scrollWidth") == 360


def test_an_open_lesson_leaves_the_page_of_a_phone_its_width(page, engine):
    ada = page("/labs/slaac-two-routers/", viewport={"width": 360, "height": 740})
    ada.locator("#lesson > summary").click()
    expect(ada.locator("#lesson-text h1")).to_be_visible()
    assert ada.evaluate("document.documentElement.scrollWidth") == 360


def test_on_a_phone_the_header_is_one_row_with_a_menu_and_the_bar_marks_the_part_in_view(page, lab, ready):
    ada = page(f"/labs/{lab.id}/", viewport={"width": 360, "height": 740})
    assert ada.locator("header.bar > div").first.bounding_box()["height"] <= 48
    courses = ada.get_by_role("banner").get_by_role("link", name="Courses")
    expect(courses).to_be_hidden()
    ada.get_by_role("button", name="Menu").focus()
    ada.keyboard.press("Enter")
    expect(courses).to_be_visible()
    must_be_readable(ada)
    ada.keyboard.press("Escape")
    expect(courses).to_be_hidden()
    bar = ada.get_by_role("navigation", name="Parts of the lab")
    expect(bar.get_by_role("link", name="Guide")).to_have_attribute("aria-current", "true")
    bar.get_by_role("link", name="Terminal").click()
    expect(bar.get_by_role("link", name="Terminal")).to_have_attribute("aria-current", "true")
    expect(bar.get_by_role("link", name="Guide")).not_to_have_attribute("aria-current", "true")


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
    def look():
        thread = threading.Thread(target=lambda: live_checks.run(ready.pk, ["on", "still", "file"], last=True))
        thread.start()
        thread.join()

    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    look()
    ada = page(f"/labs/{lab.id}/")
    expect(ada.locator("#stage-file")).to_contain_text("You are here")
    expect(ada.locator("#open-file")).to_have_attribute("open", "")
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "0"  # as the stage of the file asks
    look()
    expect(ada.locator("#stage-forwarding")).to_contain_text("Failed")
    expect(ada.locator("#stage-file")).to_contain_text("You are here")
    expect(ada.locator("#open-file")).to_have_attribute("open", "")


def test_panes_are_moved_folded_reached_by_key_and_forgotten_at_the_sign_out(page, lab, ready):
    ada = page(f"/labs/{lab.id}/", viewport={"width": 1280, "height": 800})
    bar = ada.get_by_role("separator", name="Size of the guide")
    width = ada.locator("#reading").bounding_box()["width"]
    ada.evaluate("document.querySelector('#checks > summary + *').style.paddingBlockStart = '3000px'")
    assert ada.evaluate("document.documentElement.scrollHeight") == 800  # only panes scroll, however long they are
    box = bar.bounding_box()
    ada.mouse.move(box["x"] + 3, 400)
    ada.mouse.down()
    ada.mouse.move(box["x"] + 103, 400)
    ada.mouse.up()
    assert abs(ada.locator("#reading").bounding_box()["width"] - width - 100) < 8
    before = int(bar.get_attribute("aria-valuenow"))
    bar.press("ArrowLeft")
    expect(bar).to_have_attribute("aria-valuenow", str(before - 2))
    ada.get_by_role("separator", name="Size of the drawing").press("Enter")
    expect(ada.locator("#map")).to_be_hidden()
    ada.reload()
    expect(ada.locator("#map")).to_be_hidden()
    expect(bar).to_have_attribute("aria-valuenow", str(before - 2))

    ada.keyboard.press("Alt+Shift+Digit3")
    expect(ada.locator("#map > .scroll")).to_be_focused()
    ada.keyboard.press("Alt+Shift+Digit4")
    expect(ada.locator("textarea.xterm-helper-textarea").first).to_be_focused()
    ada.keyboard.press("Alt+Shift+Enter")
    expect(ada.locator("#guide")).to_be_hidden()
    box = ada.locator("#terminal").bounding_box()
    assert (box["width"], box["y"] + box["height"]) == pytest.approx((1280, 800), abs=1)
    ada.keyboard.press("Alt+Shift+Digit1")
    expect(ada.locator("#guide")).to_be_focused()
    must_be_readable(ada)
    ada.keyboard.press("Alt+Shift+Digit0")
    help_ = ada.get_by_role("table", name="Panes and their keys")
    expect(help_).to_be_visible()
    must_be_readable(ada)
    ada.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    ada.get_by_text("View", exact=True).click()
    expect(help_).to_be_visible()
    ada.get_by_role("heading", level=1).click()
    expect(help_).to_be_hidden()
    ada.get_by_role("button", name="Sign out").click()
    ada.wait_for_url(re.compile(r":\d+/$"))
    assert ada.evaluate("localStorage.getItem('vaka:panes')") is None


def test_the_offer_of_a_time_zone_leaves_the_lab_its_window(page, lab, ready):
    ada = page(f"/labs/{lab.id}/", viewport={"width": 1280, "height": 800}, timezone_id="Pacific/Fiji")
    offer = ada.get_by_text("Your browser is in Pacific/Fiji.")
    expect(offer).to_be_visible()
    parts = [ada.locator(name).bounding_box() for name in ("#time-zone", ".labbar", ".lab")]
    ends = [box["y"] + box["height"] for box in parts]
    assert [*(box["y"] for box in parts[1:]), 800] == pytest.approx(ends, abs=1)
    assert parts[1]["height"] < 60
    ada.get_by_role("button", name="Keep UTC").click()
    expect(offer).to_be_hidden()
    lab_box = ada.locator(".lab").bounding_box()
    assert lab_box["y"] + lab_box["height"] == pytest.approx(800, abs=1)


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080), (360, 740)], ids=str)
def test_the_text_of_the_drawing_is_never_small_and_the_bar_keeps_its_height(page, lab, ready, engine, queue, size):
    ada = page(f"/labs/{lab.id}/", viewport={"width": size[0], "height": size[1]})
    least = ada.evaluate("""() => {
      const drawing = document.querySelector('#map svg.d');
      const sizes = [...drawing.querySelectorAll('text')].map((text) => parseFloat(getComputedStyle(text).fontSize));
      return Math.min(...sizes) * drawing.getScreenCTM().a;
    }""")
    assert least >= 12  # px
    ada.locator("#map [data-node=r1]").focus()
    expect(ada.locator("#told")).to_have_text("r1: eth0 2001:db8::1/64, eth1")
    place = ada.locator(".where").bounding_box()["height"]
    engine.client_of(ready).is_solved()
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#busy")).to_be_visible()
    work_off(queue)
    expect(ada.locator("#progress")).to_have_text("3 of 3 checks, 10 points")
    assert ada.locator(".where").bounding_box()["height"] == place
    expect(ada.locator("#achieved")).to_contain_text("10 of 10 points")
    must_be_readable(ada)
    assert ada.evaluate("document.documentElement.scrollWidth") <= size[0]
