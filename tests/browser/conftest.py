"""Chromium, and real servers for it. A message on its console fails the test, so that a blocked style is noticed."""

import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from labs.engine.shared import pace

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]
PINGED = "/static/web/icon"
LONG = pace.seconds(30_000)  # ms: a busy machine is slow, and what happens ends the wait
expect.set_options(timeout=LONG)


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright's loop runs in the main thread, where Django would refuse our synchronous queries.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def window(chromium):
    """Opens windows that fail the test if their console has a message; ``expected`` lists those that are allowed."""
    contexts, said = [], []

    def open_window(*, expected: tuple[str, ...] = (), **how):
        context = chromium.new_context(**how)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LONG)

        def note(text: str) -> None:
            if not any(part in text for part in expected):
                said.append(text)

        def hear(message) -> None:
            # A page that is still open asks whether its server answers (web/connection.js); the test has ended the server
            is_unanswered = PINGED in message.location.get("url", "") and "ERR_" in message.text
            if message.type in ("error", "warning") and not is_unanswered:
                note(message.text)

        page.on("console", hear)
        page.on("pageerror", lambda error: note(str(error)))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert said == []
