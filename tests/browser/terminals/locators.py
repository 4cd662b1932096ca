"""Finds the parts of the terminals on a page."""

import time

from playwright.sync_api import expect

from labs.engine.shared import pace


def screen(page):
    return page.locator(".shell-panel:not([hidden]) .xterm-rows")


def connection(page):
    return page.locator("lab-terminals .tabs .end")


def until(page, holds):
    """Ask again until it holds. Playwright must get its turn meanwhile, or it hears nothing of the page."""
    ends = time.monotonic() + pace.seconds(20)
    while not holds():
        assert time.monotonic() < ends
        page.wait_for_timeout(20)


def finder(page):
    return page.get_by_role("search", name="Find in the terminal")


def type_in(page, text):
    expect(connection(page)).to_contain_text("Connected")
    page.keyboard.type(text)
