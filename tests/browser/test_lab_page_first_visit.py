"""The bytes of a first visit to a lab page."""

import gc
from collections import Counter

import pytest
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from playwright.sync_api import expect

from labs.lifecycle import starts
from labs.models import LabSession
from labs.registry import versions
from tests import servers
from tests.browser.lab_pages import *  # noqa: F403  its site and pages
from tests.browser.lab_pages import pages_of
from vaka.web.static_files import StaticFiles

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Django never closes what another thread has of SQLite in memory; it says so when that is collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

FIRST_VISIT = 160_000  # bytes of a first visit, on the wire


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
    ada.route("**/xterm.mjs", lambda route: held.append(route))  # Playwright takes no built-in method
    ada.goto(ada.url + f"{lab.id}/", wait_until="commit")
    expect(ada.get_by_role("tab", name="r1")).to_be_visible()
    assert held
    assert not {"lab.js", "drawing.js", "connection.js", "events"} & set(asked)
    with ada.expect_request("**/events"):
        for route in held:
            route.continue_()
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("#busy")).to_be_visible()
