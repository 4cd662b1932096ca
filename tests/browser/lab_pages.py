"""Lab pages in Chromium, with a site that has a fake engine: fixtures and helpers of their tests."""

import gc
import threading
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

from labs.engine.shared import pace
from tests import builders, servers
from tests.labs.conftest import *  # noqa: F403  its engine, broker and labs

# Terminals have tests of their own and no gateway here; a lab that starts beside us changes the network under the browser
EXPECTED = ("WebSocket connection to", "409 (Conflict)", "ERR_NETWORK_CHANGED")


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
    ends = time.monotonic() + pace.seconds(20)
    while not holds():
        assert time.monotonic() < ends
        window.wait_for_timeout(50)


SMALLEST = """() => Math.min(...[...document.querySelectorAll('svg.d text')].filter((text) => text.getClientRects().length).map(
  (text) => parseFloat(getComputedStyle(text).fontSize) * text.getBoundingClientRect().height / text.getBBox().height))"""


def smallest_text(window):
    """Return the size of the smallest visible text of the drawing, in pixels of the screen."""
    return round(window.evaluate(SMALLEST), 1)


def must_be_readable(window):
    found = Axe().run(window, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
