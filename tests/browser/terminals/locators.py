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


def shows_last_row(shell, with_text=""):
    """Whether the last row of a terminal that has this text is seen whole.

    A terminal may make its rows again between two questions, so both boxes are read in one.
    """
    return shell.evaluate(
        """(shell, text) => {
            const row = [...shell.querySelectorAll(".xterm-rows > div")].findLast(it => it.textContent.includes(text))
            if (!row) return false
            const last = row.getBoundingClientRect(), room = shell.getBoundingClientRect()
            return room.top <= last.top && last.bottom <= room.bottom
        }""",
        with_text,
    )


def finder(page):
    return page.get_by_role("search", name="Find in the terminal")


def type_in(page, text):
    expect(connection(page)).to_contain_text("Connected")
    page.keyboard.type(text)


def viewer(at, node):
    """The newest terminal of the node at the relay. Terminals connect side by side, so the last one may be another node's."""
    return [one for one in at.relay.viewers if one.asked["node"] == node][-1]
