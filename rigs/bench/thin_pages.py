"""Measures pages over a thin link in Chromium: what a learner waits for whose line has a long round trip and a low rate."""

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, sync_playwright

from courses.loader import catalogue
from labs.engine.definition.spec import Lab
from labs.engine.runtime.client import LabClient
from labs.models import Job
from rigs.bench import learner
from rigs.bench.bench_site import BenchSite, workers
from rigs.bench.figures import percentile
from rigs.bench.thin_link import ThinLink
from vaka.ops import programs

DELAY = 0.3  # seconds one way
RATE = 256_000 / 8  # bytes a second
LOSS = 0.05  # of the segments, in the second round
PATIENCE = 120_000  # ms
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
TYPED = "show ipv6 route summary"
PROMPT = """() => /[#$>]/.test(document.querySelector('.shell-panel:not([hidden]) .xterm-rows')?.textContent)"""
# How long after each key the page shows something of it
WATCH = """() => {
    const layer = document.querySelector('.shell-panel:not([hidden]) .shell-predicted');
    window.shownAfter = [];
    let pressed;
    addEventListener('keydown', () => { pressed = performance.now(); }, { capture: true });
    new MutationObserver(() => {
        if (pressed) { shownAfter.push(performance.now() - pressed); pressed = undefined; }
    }).observe(layer, { childList: true });
}"""


def thin_pages(site: BenchSite, client: LabClient, lab: Lab) -> dict[str, float]:
    """Open each page with an empty cache, and use it. The figures are of a line without losses; those with losses are told."""
    chromium = shutil.which("chromium")
    if chromium is None:
        site.tell("The thin link is not measured, because this server has no Chromium.")
        return {}
    learner.has(client.session, lab)
    course, lesson = next(
        (course, lesson)
        for course in catalogue(settings.COURSE_CONTENT).values()
        for lesson in course.lessons()
        if lesson.lab == lab.id and lesson.quiz
    )
    learner.takes(course)
    walk = Walk(
        cookie=learner.in_process().cookies[settings.SESSION_COOKIE_NAME].value,
        lesson=reverse("courses:lesson", args=(course.id, lesson.id)),
        lab=reverse("labs:lab", args=(lab.id,)),
    )
    found: dict[str, float] = {}
    # Playwright runs an event loop, in which Django refuses queries: it gets a thread of its own
    with workers(site, settings.LAB_CATALOG), ThreadPoolExecutor(1) as beside:
        for loss in (LOSS, 0.0):
            found = beside.submit(walk.measure, chromium, loss).result()
            told = "  ".join(f"{key} {value:.2f}" for key, value in found.items())
            site.tell(f"thin link, {loss:.0%} loss  {told}")
    Job.objects.filter(session=UUID(client.session)).delete()
    return found


class Walk:
    """The walk of one learner through the site, with the time that each step takes."""

    def __init__(self, *, cookie: str, lesson: str, lab: str) -> None:
        self._cookie, self._lesson, self._lab = cookie, lesson, lab

    def measure(self, chromium: str, loss: float) -> dict[str, float]:
        link = ThinLink(delay=DELAY, rate=RATE, loss=loss)
        with link.open(), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            try:
                return {**self._reading(browser, link), **self._working(browser, link)}
            finally:
                browser.close()

    def _reading(self, browser: Browser, link: ThinLink) -> dict[str, float]:
        with self._page(browser, link) as page:
            first = _seconds(lambda: page.goto(programs.address() + "/"))
        with self._page(browser, link) as page:
            lesson = _seconds(lambda: page.goto(programs.address() + self._lesson))
            form = page.locator("form[id^=q-]").first
            choice = form.locator("input[name=pick]").first
            if choice.count():
                choice.check()

            def give() -> None:
                with page.expect_navigation():
                    form.get_by_role("button").first.click()

            answer = _seconds(give)
        return {"first_page_slow_s": first, "lesson_slow_s": lesson, "answer_slow_s": answer}

    def _working(self, browser: Browser, link: ThinLink) -> dict[str, float]:
        with self._page(browser, link) as page:

            def open_lab() -> None:
                page.goto(programs.address() + self._lab, wait_until="commit")
                page.wait_for_function(PROMPT)

            lab = _seconds(open_lab)
            page.wait_for_load_state()
            page.locator(".shell-predicted").wait_for(state="attached")
            page.wait_for_timeout(2000)  # until it is known what was typed before
            page.evaluate(WATCH)
            page.locator(".shell-panel:not([hidden]) .xterm-helper-textarea").focus()
            page.keyboard.type(TYPED, delay=150)
            echoes: list[float] = page.evaluate("shownAfter")
            # A key that was not predicted shows nothing before its echo, which takes a round trip at least
            echoes += [2000.0 * DELAY] * (len(TYPED) - len(echoes))

            def check() -> None:
                page.locator("#check").click()
                page.locator("#busy").wait_for(state="attached")
                page.locator("#busy").wait_for(state="detached")

            return {
                "lab_page_slow_s": lab,
                "check_slow_s": _seconds(check),
                "predicted_echo_ms": percentile(echoes, 0.95),
            }

    @contextmanager
    def _page(self, browser: Browser, link: ThinLink) -> Iterator[Page]:
        """A window of a browser that was never here."""
        proxy: Any = link.proxy
        context = browser.new_context(proxy=proxy, viewport={"width": 1280, "height": 800})
        context.set_default_timeout(PATIENCE)
        address = programs.address()
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": self._cookie, "url": address}])
        try:
            yield context.new_page()
        finally:
            context.close()


def _seconds(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began
