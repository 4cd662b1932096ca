"""A newcomer in Chromium, with a wide window and a phone: what she does there, and what must hold on each page."""

import re
import shutil
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from courses.quiz import Choice, Match, Order
from labs.engine.authoring.parse import load_lab
from labs.engine.definition.solution import typed
from labs.engine.shared import pace
from tests.browser.conftest import FLAGS

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
PROMPT = re.compile(r"[\w@:~/.-]+(\([\w-]+\))?[#$>]")  # of bash and vtysh, alone on its line
SAY_LAST_LINE = """(rows) => [...rows.children].map((row) => row.textContent.replaceAll('\\u00a0', ' ').trim())
  .findLast(Boolean) ?? ''"""
NOT_OURS = "ERR_NETWORK_CHANGED"  # a container that starts beside us changes the network under the browser


class Windows:
    """Windows of one browser, and all that was wrong with what they loaded."""

    def __init__(self, browser, site):
        self.browser, self.site = browser, site
        self.said, self.elsewhere = [], []

    def open(self, size, **how):
        context = self.browser.new_context(viewport=size, **how)
        context.on("request", lambda request: self.note_request(request.url))
        context.on("weberror", lambda error: self.said.append(str(error.error)))
        context.on("console", self.note_word)
        page = context.new_page()
        page.set_default_timeout(pace.seconds(10_000))
        page.on("websocket", lambda socket: self.note_request(socket.url))
        return page

    def note_request(self, url):
        address = urlsplit(url)
        if address.scheme not in ("data", "blob", "about") and address.hostname != urlsplit(self.site).hostname:
            self.elsewhere.append(url)

    def note_word(self, message):
        # A terminal that connects again at the moment in which its lab stops gets no token, and the browser says so
        refused = "409" in message.text and message.location.get("url", "").endswith("/terminal-token")
        if message.type in ("error", "warning") and NOT_OURS not in message.text and not refused:
            self.said.append(f"{message.page.url if message.page else ''}: {message.text}")


@contextmanager
def windows(site):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            yield Windows(browser, site)
        finally:
            browser.close()


def solution_of(page, lab):
    """Return the lines that its learner types in the lab that runs on the page, by node, with her own numbers."""
    session = page.locator("lab-terminals").get_attribute("data-session")
    status = page.request.get(urljoin(page.url, f"/labs/sessions/{session}/status"))
    return typed(load_lab(lab, status.json()["seed"]))


def must_be_sound(page):
    """Nothing for axe to find, and no scrolling sideways."""
    page.wait_for_load_state()  # a page that has just begun to come has no document
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} scrolls sideways at {width}"
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], f"{page.url} at {width}"


# -- quizzes


def answer(page, question, given):
    """Answer a question with what `given` says, by what stands on the page, and send it."""
    form = page.locator(f"#q-{question.id}")
    match question:
        case Choice(options=options):
            words = {plain(option.html) for option in options if option.text in given}
            for label in form.locator("label.opt").all():
                if label.inner_text().strip() in words:
                    label.click()
        case Order(items=items):
            for text in items:
                form.get_by_label(text, exact=True).select_option(str(given.index(text) + 1))
        case Match():
            for left, right in given:
                form.get_by_label(left, exact=True).select_option(label=right)
        case _:
            form.get_by_label("Your answer").fill(str(given[0]))
    form.get_by_role("button", name=re.compile("^(Answer|Try again)$")).click()


def wrong_answer(question):
    """An answer to a choice that is not right."""
    return [next(option.text for option in question.options if not option.right)]


def plain(html):
    return re.sub(r"<[^>]*>", "", str(html)).strip()


# -- terminals


def type_on(page, node, lines):
    """Go to the node's tab and type line by line, each when the prompt is back. A long line ends in a row of its own."""
    page.get_by_role("tab", name=node, exact=True).click()
    expect(page.locator(f"#t-{node} textarea")).to_be_focused()
    for line in lines:
        wait_for_line(page, node, PROMPT.fullmatch)
        page.keyboard.type(line)
        wait_for_line(page, node, lambda last, line=line: last.endswith(line) or (bool(last) and line.endswith(last)))
        page.keyboard.press("Enter")
    wait_for_line(page, node, PROMPT.fullmatch)


def wait_for_line(page, node, wanted, tries=1000):
    rows = page.locator(f"#t-{node} .xterm-rows")
    last = ""
    for _ in range(tries):
        last = rows.evaluate(SAY_LAST_LINE)
        if wanted(last):
            return
        page.wait_for_timeout(10)
    raise AssertionError(f"The terminal of {node} says: {last!r}")
