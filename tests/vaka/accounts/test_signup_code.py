"""The sign-up code: who gets in with it, when it is not valid any more, and what wrong ones cost."""

from contextlib import suppress

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client, RequestFactory

from tests.vaka.accounts.test_signup import account, sign_up
from vaka.accounts import password_guesses, signup_code
from vaka.accounts.models import AccountStatus
from vaka.web import guess_delay


def test_the_sign_up_page_asks_for_the_code_that_an_administrator_created(mode, olga_client):
    mode("code")
    assert "Sign-up code" in Client().get("/accounts/signup/").content.decode()
    sign_up("mere", signup_code="ABCD-EFGH")
    assert account("mere") is None, "there is no code yet"
    olga_client.post("/people/code/new")
    code = signup_code.current()
    assert code.shown in olga_client.get("/people/").content.decode()
    wrong = sign_up("mere", signup_code="ABCD-EFGH").content.decode()
    assert "This sign-up code is wrong" in wrong
    sign_up("mere")
    assert account("mere") is None
    sign_up("mere", signup_code=f" {code.shown.lower()} ")
    assert account("mere").account_status == AccountStatus.KNOWN


def test_a_replaced_or_revoked_code_is_not_valid(mode, ngozi, olga_client):
    mode("code")
    old = signup_code.renew(ngozi).code
    new = signup_code.renew(ngozi).code
    sign_up("mere", signup_code=old)
    assert account("mere") is None
    sign_up("mere", signup_code=new)
    assert account("mere")
    olga_client.post("/people/code/revoke")
    sign_up("tui", signup_code=new)
    assert account("tui") is None
    assert "There is no sign-up code" in olga_client.get("/people/").content.decode()
    assert LogEntry.objects.count() == 3


def test_guessing_sign_up_codes_is_slow_and_shares_its_counter_with_join_codes(mode, ngozi, waits):
    mode("code")
    signup_code.renew(ngozi)
    for n in range(signup_code.GUESSES.free // 2):
        sign_up(f"a{n}", signup_code="ABCD-EFGH")
        Client().post("/join/", {"code": "ABCD-EFGH", "name": "Guess"})
    waits.clear()
    sign_up("b", signup_code="ABCD-EFGH")
    assert waits[-1] > 0


def delayed_code(address, typed="ABCD-EFGH"):
    """Send a sign-up code that still waits when the next one comes."""
    return signup_code.is_right(RequestFactory().post("/accounts/signup/", REMOTE_ADDR=address), typed)


@pytest.fixture
def many_wrong_codes(ngozi, all_wait_at_once):
    """There were so many wrong codes that all wait."""
    guess_delay.count("codes", signup_code.GUESSES.window, add=1000)
    return signup_code.renew(ngozi).code


def send_until_refused(address):
    held = []
    with suppress(guess_delay.TooMany):
        while True:
            held.append(delayed_code(address))
    return held


def test_wrong_sign_up_codes_keep_nobody_from_signing_in(many_wrong_codes):
    send_until_refused("203.0.113.9")
    assert password_guesses.WAITING.taken == 0


def test_one_network_cannot_take_the_places_of_all_other_sign_up_codes(many_wrong_codes):
    held = send_until_refused("203.0.113.9")
    assert len(held) == password_guesses.FROM[0]
    delayed_code("198.51.100.7")
    assert signup_code.WAITING.taken == password_guesses.FROM[0] + 1


def test_a_line_with_many_networks_has_not_the_places_of_each_of_them(many_wrong_codes):
    held = []
    with suppress(guess_delay.TooMany):
        held.extend(delayed_code(f"2001:db8:7:{n:x}00::1") for n in range(100))
    assert len(held) == password_guesses.FROM[2]


def test_the_right_sign_up_code_works_when_no_place_is_free(many_wrong_codes):
    for n in range(signup_code.WAITING.most):
        delayed_code(f"203.0.113.{n}")
    with pytest.raises(guess_delay.TooMany):
        delayed_code("198.51.100.7")
    assert delayed_code("198.51.100.7", many_wrong_codes)


def test_a_sign_up_code_waits_before_it_is_checked(many_wrong_codes, monkeypatch):
    class Left(Exception):
        """The client has disconnected."""

    def leave(seconds):
        raise Left

    monkeypatch.setattr(guess_delay, "wait", leave)
    monkeypatch.setattr(signup_code, "current", lambda: pytest.fail("The code was checked."))
    with pytest.raises(Left):
        delayed_code("198.51.100.7", many_wrong_codes)
    assert signup_code.WAITING.taken == 1
