"""A guest makes the account of the seat their own."""

from urllib.parse import quote

import pytest
from django.test import Client

from labs.models import LabSession
from tests.builders import make_person, signed_in
from tests.vaka.workshops.conftest import joins, seat_of, sits
from vaka.accounts import first_password, password_links
from vaka.accounts.adapter import AccountAdapter
from vaka.accounts.first_password import UsernameTaken
from vaka.accounts.models import User
from vaka.workshops.services import devices
from vaka.workshops.views.join import COOKIE


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


CHANGED = {"password1": "another wide lagoon", "password2": "another wide lagoon"}
NEW = {"username": "ana", "password1": "a wide lagoon", "password2": "a wide lagoon"}


def follows_a_link(made_by, person):
    """Open a link to a new password in a browser that knows nobody."""
    browser = Client()
    page = browser.get(password_links.create_link(made_by, person).path, follow=True)
    return browser, page.redirect_chain[-1][0]


@pytest.mark.parametrize("way", ["page", "link"])
def test_a_guest_who_sets_a_password_has_an_account(way, workshop, item, ngozi, ngozi_client):
    guest = joins(workshop, "Ana")
    seat = seat_of(guest)
    cookie = guest.cookies[COOKIE].value
    code = devices.make_seat_code(seat, ngozi, lost=True)
    if way == "page":
        page = guest.get("/accounts/password/change/", follow=True)
        assert "Your seat has no password yet" in page.text
        browser, action = guest, page.redirect_chain[-1][0]
    else:
        browser, action = follows_a_link(ngozi, seat.user)
        assert "Your seat of the workshop becomes an account" in browser.get(action).text
    for wrong in ({"username": ""}, {"username": "ngozi"}, {"username": "guest-1"}, {"username": "a wide lagoons"}):
        assert browser.post(action, NEW | wrong).status_code == 200, wrong
        assert not User.objects.get(pk=seat.user_id).has_usable_password()
    assert browser.post(action, NEW).status_code == 302

    home = Client()
    home.post("/accounts/login/", {"login": "ana", "password": "a wide lagoon"})
    assert seat_of(home) == seat, "the work is that of the account"
    assert home.get(f"/workshops/{workshop.pk}/mine").status_code == 200
    seat.refresh_from_db()
    assert not seat.is_guest
    # No device, and no code that somebody else makes, opens an account that has a password
    assert not seat.devices.exists()
    device = Client()
    device.cookies[COOKIE] = cookie
    assert "can open the seat" not in device.get(f"/join/{workshop.join_code}/").text
    device.post("/join/", {"code": workshop.join_code, "return": "1"})
    assert "_auth_user_id" not in device.session
    assert ngozi_client.post(f"/workshops/{workshop.pk}/seats/1/code", {"lost": "1"}).status_code == 404
    assert "Seat code" not in ngozi_client.get(f"/workshops/{workshop.pk}/seats").text
    assert Client().post("/join/", {"seat_code": code}).status_code == 422
    assert User.objects.get(username="ana").check_password("a wide lagoon")


@pytest.mark.parametrize("way", ["password page", "seat page", "link"])
def test_where_the_site_sends_mail_a_guest_with_a_password_signs_in_without_an_address(way, workshop, ngozi, settings):
    settings.MAIL = settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    guest = joins(workshop, "Ana")
    seat = seat_of(guest)
    if way == "password page":
        guest.post("/accounts/password/set/", NEW)
    elif way == "seat page":
        guest.post(f"/workshops/{workshop.pk}/mine/account", {"username": "ana", "password": "a wide lagoon"})
    else:
        browser, action = follows_a_link(ngozi, seat.user)
        browser.post(action, NEW)
    home = Client()
    home.post("/accounts/login/", {"login": "ana", "password": "a wide lagoon"})
    assert "_auth_user_id" in home.session
    assert seat_of(home) == seat


@pytest.mark.parametrize("name", ["ana", "Ana"])
@pytest.mark.parametrize("way", ["password page", "seat page", "link"])
def test_of_two_guests_who_choose_one_username_at_the_same_moment_one_is_refused(
    way, name, workshop, ngozi, monkeypatch
):
    guest = joins(workshop, "Ana")
    seat = seat_of(guest)
    checks = AccountAdapter.clean_username

    def meanwhile(*given, **more):
        cleaned = checks(*given, **more)
        make_person(name)
        return cleaned

    monkeypatch.setattr(AccountAdapter, "clean_username", meanwhile)
    if way == "seat page":
        address = f"/workshops/{workshop.pk}/mine/account"
        page = guest.post(address, {"username": "ana", "password": "a wide lagoon"})
        assert page.status_code == 422
    else:
        browser, action = follows_a_link(ngozi, seat.user) if way == "link" else (guest, "/accounts/password/set/")
        page = browser.post(action, NEW, follow=True)
        assert page.status_code == 200
        assert "username" in page.context["form"].fields, "the form is there again"
    assert "Another account has this username. Choose another one." in page.text
    assert User.objects.get(pk=seat.user_id).is_guest
    assert "_auth_user_id" in guest.session


@pytest.mark.parametrize("way", ["password page", "seat page"])
def test_a_username_is_stored_in_its_plain_form(way, workshop):
    guest = joins(workshop, "Ana")
    seat = seat_of(guest)
    address = "/accounts/password/set/" if way == "password page" else f"/workshops/{workshop.pk}/mine/account"
    for typed, is_accepted in (("\uff4e\uff47\uff4f\uff5a\uff49", False), ("\uff41\uff4e\uff41", True)):  # ngozi, ana
        guest.post(address, NEW | {"username": typed, "password": "a wide lagoon"})
        assert User.objects.get(pk=seat.user_id).is_guest is not is_accepted
    assert User.objects.get(pk=seat.user_id).username == "ana"


def test_no_device_and_no_code_opens_a_seat_whose_guest_got_a_password_from_an_administrator(
    workshop, item, ngozi, ngozi_client
):
    guest = joins(workshop, "Ana")
    cookie, seat = guest.cookies[COOKIE].value, seat_of(guest)
    code = devices.make_seat_code(seat, ngozi, lost=True)
    seat.user.set_password("a wide lagoon")
    seat.user.save()
    device = Client()
    device.cookies[COOKIE] = cookie
    device.post("/join/", {"code": workshop.join_code, "return": "1"})
    assert "_auth_user_id" not in device.session
    assert ngozi_client.post(f"/workshops/{workshop.pk}/seats/1/code").status_code == 404
    assert Client().post("/join/", {"seat_code": code}).status_code == 422
    assert User.objects.get(pk=seat.user_id).check_password("a wide lagoon")


def test_a_password_that_is_set_while_a_seat_code_is_used_stays(workshop, item, ngozi, monkeypatch):
    seat = sits(workshop, "Ana")
    code = devices.make_seat_code(seat, ngozi, lost=True)
    forgets = User.set_unusable_password

    def meanwhile(user):
        mine = User.objects.get(pk=user.pk)
        mine.set_password("a wide lagoon")
        mine.save()
        forgets(user)

    monkeypatch.setattr(User, "set_unusable_password", meanwhile)
    assert devices.redeem_seat_code(code) is None
    assert User.objects.get(pk=seat.user_id).check_password("a wide lagoon")


@pytest.mark.parametrize("way", ["webauthn/add", "totp/activate"])
def test_a_guest_sets_a_password_before_any_other_way_to_sign_in(way, workshop, item):
    guest = joins(workshop, "Ana")
    page = f"/accounts/2fa/{way}/"
    answer = guest.get(page, follow=True)
    (action, _status) = answer.redirect_chain[-1]
    assert action == f"/accounts/password/set/?next={quote(page, safe='')}"
    assert "Set a username and a password first" in answer.text
    assert answer.context["redirect_field_value"] == page
    assert guest.post("/accounts/password/set/", NEW | {"next": page})["location"] == page, (
        "they come back by themselves"
    )


def test_after_the_first_password_the_guest_is_on_the_start_page_which_leads_to_the_seat(workshop, item):
    guest = joins(workshop, "Ana")
    asked = guest.get("/accounts/password/change/", follow=True)
    page = guest.post(asked.redirect_chain[-1][0], NEW, follow=True)
    assert page.redirect_chain == [("/", 302)]
    assert f'href="/workshops/{workshop.pk}/mine"' in page.text
    elsewhere = guest.post("/accounts/password/change/", {"oldpassword": "a wide lagoon"} | CHANGED)
    assert elsewhere["location"] == "/accounts/password/change/", "a changed password leads nowhere else"


def test_the_first_password_leads_to_no_other_site(workshop):
    guest = joins(workshop, "Ana")
    assert guest.post("/accounts/password/set/", NEW | {"next": "https://elsewhere.example/"})["location"] == "/"


def test_a_guest_whose_username_was_taken_meanwhile_still_comes_back(workshop, monkeypatch):
    guest = joins(workshop, "Ana")
    monkeypatch.setattr("vaka.accounts.forms.set_first_password", _is_taken)
    again = guest.post("/accounts/password/set/", NEW | {"next": "/accounts/2fa/totp/activate/"}, follow=True)
    assert again.context["redirect_field_value"] == "/accounts/2fa/totp/activate/"


def _is_taken(*_given):
    raise UsernameTaken


def test_somebody_with_a_passkey_alone_keeps_the_username(db):
    person = make_person("linus")
    person.set_unusable_password()
    person.save()
    browser = signed_in(person)
    assert "username" not in browser.get("/accounts/password/set/").context["form"].fields
    browser.post("/accounts/password/set/", NEW)
    person.refresh_from_db()
    assert (person.username, person.check_password("a wide lagoon")) == ("linus", True)


@pytest.mark.parametrize("again", [{"username": "ana", "password": "a wide lagoon"}, {"username": "", "password": ""}])
def test_a_guest_who_sends_the_form_again_reads_that_there_is_an_account(again, workshop, item):
    ana, where = joins(workshop, "Ana"), f"/workshops/{workshop.pk}/mine/account"
    ana.post(where, {"username": "ana", "password": "a wide lagoon"})
    page = ana.post(where, again, follow=True)
    assert page.redirect_chain == [(f"/workshops/{workshop.pk}/mine", 302)]
    assert "this seat has a username and a password already" in page.content.decode()


@pytest.mark.parametrize("way", ["seat page", "page", "link"])
def test_of_two_first_passwords_at_the_same_moment_the_first_one_counts(way, workshop, ngozi, monkeypatch):
    """Two devices of a seat, or a button that is pressed twice: each reads that its password is the one."""
    guest = joins(workshop, "Ana")
    user = seat_of(guest).user
    checks = AccountAdapter.clean_username

    def meanwhile(*given, **more):
        name = checks(*given, **more)
        first_password.set_first_password(User.objects.get(pk=user.pk), "first", "a first lagoon")
        return name

    monkeypatch.setattr(AccountAdapter, "clean_username", meanwhile)
    if way == "seat page":
        guest.post(f"/workshops/{workshop.pk}/mine/account", {"username": "ana", "password": "a wide lagoon"})
    else:
        browser, action = follows_a_link(ngozi, user) if way == "link" else (guest, "/accounts/password/set/")
        browser.post(action, NEW)
    user.refresh_from_db()
    assert user.username == "first"
    assert user.check_password("a first lagoon")


def test_a_first_password_for_an_account_that_was_just_deleted_is_no_error(workshop):
    guest = joins(workshop, "Ana").session["_auth_user_id"]
    stale = User.objects.get(pk=guest)
    User.objects.filter(pk=guest).delete()
    with pytest.raises(first_password.NotAGuest):
        first_password.set_first_password(stale, "ana", "a wide lagoon")
