"""A guest who comes back without end: each time signs in and writes a session."""

from django.test import Client

from tests.vaka.workshops.conftest import joins
from vaka.accounts.sign_ins import MOST
from vaka.workshops.services import seat_sign_in_delay
from vaka.workshops.views.join import COOKIE

FREE, LONGEST = seat_sign_in_delay.SLOWDOWN.free, seat_sign_in_delay.SLOWDOWN.longest


def come_back(workshop, device, **form):
    """Send the form from a browser that has the device's cookie and no session."""
    browser = Client()
    browser.cookies[COOKIE] = device
    return browser.post("/join/", {"code": workshop.join_code, **form})


def test_whoever_comes_back_without_end_waits_and_another_guest_does_not(workshop, waits):
    device = joins(workshop, "Ana").cookies[COOKIE].value
    for form in ({"return": "1"}, {"name": "Ana"}) * (FREE // 2 + 3):
        assert come_back(workshop, device, **form).status_code == 302
    delays = [delay for delay in waits if delay]
    assert delays[0] == 1
    assert delays[-1] == LONGEST
    waits.clear()
    joins(workshop, "Ben")
    assert waits == [0]


def test_not_many_wait_at_once_and_one_more_is_refused(workshop, all_wait_at_once):
    device = joins(workshop, "Ana").cookies[COOKIE].value
    codes = [come_back(workshop, device, **{"return": "1"}).status_code for _ in range(FREE + 3)]
    assert codes == [302] * (FREE - 1 + seat_sign_in_delay.OF_SEAT) + [429] * (4 - seat_sign_in_delay.OF_SEAT)


def test_the_newest_sign_ins_of_a_guest_stay(workshop, waits):
    device = joins(workshop, "Ana").cookies[COOKIE].value
    for _ in range(MOST + 3):
        come_back(workshop, device, **{"return": "1"})
    assert workshop.seats.get().user.browser_sessions.count() == MOST
