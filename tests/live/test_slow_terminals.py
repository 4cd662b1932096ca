"""Typing on a real node in Chromium, over a connection with a long round trip and losses: what is shown early is what comes."""

import gc
from uuid import UUID

import pytest
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from playwright.sync_api import expect

from labs.models import LabSession, State
from labs.terminals import gateway
from rigs.bench.thin_link import ThinLink
from tests import servers
from tests.browser.conftest import chromium, window  # noqa: F401  the fixtures
from tests.browser.terminals.locators import line, screen

pytestmark = [
    pytest.mark.live,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ROUND_TRIP, LOSS = 0.6, 0.05  # seconds; of the segments
SHOWN_WITHIN = 50  # ms
PATIENT = 30_000  # ms
# The keys after which the page showed at once how the line will be, and the ms that each of these took
RECORD = """() => {
    const layer = document.querySelector('.shell-panel:not([hidden]) .shell-predicted');
    Object.assign(window, { early: '', took: [] });
    addEventListener('keydown', ({ key }) => {
        const pressed = performance.now();
        setTimeout(() => {
            if (!layer.childElementCount) return;
            early += key.length === 1 ? key : `<${key}>`;
            took.push(performance.now() - pressed);
        });
    }, { capture: true });
}"""
# The page has the answer to all that was typed: its effect is on the screen
ANSWERED = """() => {
    const { predictor } = document.querySelector('lab-terminals').current.screen.prediction ?? {};
    return predictor && predictor.answered >= predictor.sent;
}"""
PROMPT = "() => /[#$] *$/.test(document.querySelector('.shell-panel:not([hidden]) .xterm-rows').innerText.trimEnd())"


@pytest.fixture
def page(settings, tmp_path, bench, lab, ada, ada_client, window):  # noqa: F811  the fixture
    """Ada's page with a terminal on r1, and what it predicts."""
    settings.RELAY_SOCKET = bench.relay
    settings.ROOT_URLCONF = "tests.browser.terminals.terminal_page"
    LabSession.objects.create(pk=UUID(lab.session), learner=ada, lab="village", lab_version="0" * 12, state=State.READY)
    with servers.broker(tmp_path) as url:
        settings.REDIS_URL = url
        with servers.served(gateway.Gateway()) as port, ThinLink(to_port=port, delay=ROUND_TRIP / 2).open() as link:
            settings.GATEWAY_PORT = link.port
            with servers.served(ASGIStaticFilesHandler(get_asgi_application())) as site_port:
                site = f"http://127.0.0.1:{site_port}"
                page = window()
                page.set_default_timeout(PATIENT)
                key = ada_client.cookies["sessionid"].value
                page.context.add_cookies([{"name": "sessionid", "value": key, "url": site}])
                page.goto(f"{site}/terminals/")
                page.get_by_role("tab", name="r1").click()
                expect(line(page)).to_contain_text("Connected", timeout=PATIENT)
                expect(layer(page)).to_have_count(1, timeout=PATIENT)
                page.keyboard.press("Control+c")  # so that a prompt is there
                at_a_prompt(page)
                page.evaluate(RECORD)
                link.loss = LOSS
                yield page
                page.goto("about:blank")
    gc.collect()  # what is left over is this test's


def layer(page):
    return page.locator(".shell-panel:not([hidden]) .shell-predicted")


def at_a_prompt(page):
    page.wait_for_function(ANSWERED)
    page.wait_for_function(PROMPT)


def early(page):
    """The keys since the last question whose effect was shown before its echo."""
    return page.evaluate("() => { const keys = early; early = ''; return keys; }")


def must_agree(page, text):
    """The echo brings what was shown, and nothing of the layer is left."""
    expect(screen(page)).to_contain_text(text, timeout=PATIENT)
    expect(layer(page).locator("span")).to_have_count(0, timeout=PATIENT)


def test_what_is_typed_on_a_prompt_is_shown_at_once_and_comes_as_shown(page):
    page.keyboard.type("ip -6 rotue", delay=150)
    for _ in range(4):
        page.keyboard.press("Backspace")
    page.keyboard.type("ute shw", delay=150)
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("o")
    assert early(page) == "ip -6 rotue" + "<Backspace>" * 4 + "ute shw<ArrowLeft>o"
    assert max(page.evaluate("took")) < SHOWN_WITHIN
    must_agree(page, "ip -6 route show")


@pytest.mark.parametrize(
    ("program", "inside", "leave"),
    [("less /etc/passwd", "jj", "q"), ("vim.tiny /tmp/x", "ijj", "\x1b:q!\n"), ("top", "1", "q")],
    ids=lambda value: value.split()[0],
)
def test_a_program_that_repaints_shows_nothing_early_and_the_prompt_after_it_all(page, program, inside, leave):
    page.keyboard.type(f"{program}\n")
    page.wait_for_function(ANSWERED)
    early(page)
    for key in (*inside, *leave):
        page.keyboard.press({"\x1b": "Escape", "\n": "Enter"}.get(key, key))
    assert early(page) == ""
    at_a_prompt(page)
    page.keyboard.type("echo sea", delay=150)
    assert early(page) == "echo sea"
    must_agree(page, "echo sea")
