"""A guest makes the account of the seat their own."""

from django.test import Client

from labs.models import LabSession
from tests.vaka.workshops.conftest import joins, seat_of
from vaka.workshops.services import devices


def test_a_guest_creates_an_account_and_keeps_all_work(workshop, item, ngozi):
    ana = joins(workshop, "Ana")
    user = seat_of(ana).user
    had = LabSession.objects.create(learner=user, lab="first-light", lab_version="0")
    page = ana.post(f"/workshops/{workshop.pk}/mine/account", {"username": "ngozi", "password": "password"})
    assert page.status_code == 422
    ana.post(f"/workshops/{workshop.pk}/mine/account", {"username": "ana", "password": "a wide lagoon"})
    assert "Seat 1" in ana.get(f"/workshops/{workshop.pk}/mine").content.decode()
    home = Client()
    home.post("/accounts/login/", {"login": "ana", "password": "a wide lagoon"})
    assert int(home.session["_auth_user_id"]) == user.pk
    assert had.learner == user
    # the device can no longer open the seat: the account has a password now
    ana.logout()
    page = ana.get(f"/join/{workshop.join_code}/").content.decode()
    assert "can open the seat" not in page
    assert devices.redeem_seat_code(devices.make_seat_code(seat_of(home), ngozi, lost=False)) is None
