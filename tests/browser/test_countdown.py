"""The time left: the lab page, the header of other pages and the list of sessions say the same, whatever clock a laptop has."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from labs import events
from labs.live import live_checks
from labs.models import LabSession
from tests.browser.test_lab_page import *  # noqa: F403  its site and page
from tests.browser.test_lab_page import hear_the_stream_open, pytestmark  # noqa: F401
from tests.labs.views.helpers import ends_in

for _name in [name for name in globals() if name.startswith("test_")]:
    del globals()[_name]

# As on a laptop whose battery for the clock is empty
WRONG_CLOCK = """(minutes => {
  const Right = Date;
  window.Date = class extends Right {
    constructor(...when) { super(...(when.length ? when : [Date.now()])); }
    static now() { return Right.now() + minutes * 60_000; }
  };
})(MINUTES)"""
# What the countdown has shown since the page was loaded
SHOWN = """window.shown = [];
  addEventListener('DOMContentLoaded', () => setInterval(() => {
    const now = document.querySelector('#left, #running-lab time')?.textContent;
    if (now !== window.shown.at(-1)) window.shown.push(now);
  }, 10));"""


def with_a_wrong_clock(window, minutes):
    window.add_init_script(WRONG_CLOCK.replace("MINUTES", str(minutes)))
    window.add_init_script(SHOWN)
    window.reload()


def shown(window):
    return [int(re.search(r"\d+", text)[0]) for text in window.evaluate("window.shown") if text]


@pytest.mark.parametrize("minutes", [-7, 7])
@pytest.mark.parametrize("address", ["/labs/first-light/", "/courses/"])
def test_a_laptop_with_a_wrong_clock_counts_down_the_time_of_the_server(page, lab, ready, address, minutes):
    ends_in(ready, minutes=70, seconds=40)
    ada = page(address)
    with_a_wrong_clock(ada, minutes)
    countdown = ada.locator("#left, #running-lab time")
    expect(countdown).to_have_text("71 min")
    ada.wait_for_timeout(1500)
    expect(countdown).to_have_text("71 min")
    assert set(shown(ada)) == {71}


def test_times_of_day_are_in_the_time_zone_of_the_account_and_not_in_that_of_the_browser(page, lab, ready):
    live_checks.run(ready.pk, ["on"], last=True)
    ada = page(f"/labs/{lab.id}/", timezone_id="Pacific/Fiji")
    expect(ada.locator("#last-run")).to_have_text(f"{ready.check_statuses.first().seen_at:%H:%M:%S}")
    hear_the_stream_open(ada)
    events.publish(ready.pk, "checks", at="2999-01-01T10:20:30Z", changed=False)
    expect(ada.locator("#last-run")).to_have_text("10:20:30")


def test_an_update_of_the_page_never_counts_up(page, lab, ready, queue):
    ends_in(ready, minutes=70, seconds=3)
    ada = page(f"/labs/{lab.id}/")
    ada.add_init_script(SHOWN)
    hear_the_stream_open(ada)
    for _second in range(8):
        events.publish(ready.pk, "saved", at=timezone.now().isoformat())  # the page fetches its panel
        ada.wait_for_timeout(500)
    expect(ada.locator("#left")).to_have_text("70 min")
    assert shown(ada) == sorted(shown(ada), reverse=True)
    minutes = LabSession.objects.get(pk=ready.pk).minutes_left()
    assert minutes == shown(ada)[-1], "the list of sessions says the same"
