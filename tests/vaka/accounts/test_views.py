"""Signing up, signing in, and the second step."""

import re
import time
import unicodedata

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.test import Client, RequestFactory

from tests.builders import PASSWORD, make_person
from vaka.accounts import mail_limits, password_guesses
from vaka.accounts.models import User
from vaka.web import guess_delay
from vaka.web.person_names import MOST_LETTERS


def code_of_the_app(secret: str, *, steps_ago: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 - steps_ago))


def sign_up(client: Client, username: str, **more: str):
    fields = {"username": username, "password1": PASSWORD, "password2": PASSWORD, **more}
    return client.post("/accounts/signup/", fields, follow=True)


def sign_in(client: Client, login: str, password: str = PASSWORD):
    return client.post("/accounts/login/", {"login": login, "password": password}, follow=True)


def open_totp_page(client: Client) -> str:
    """Confirm the identity and open the page that sets up an authenticator app."""
    here = "/accounts/2fa/totp/activate/"
    assert client.get(here)["location"].startswith("/accounts/reauthenticate/")
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": here}, follow=True)
    return answer.content.decode()


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_sign_in_that_stands_in_the_way_says_why(client, db):
    assert 'id="why"' not in client.get("/accounts/login/").text
    asked = client.get("/progress/", follow=True)  # as the page of a lab does that was signed out in another tab
    assert "If you were signed in: you have signed out, perhaps in another tab" in asked.text


def test_a_visitor_creates_an_account_without_mail_and_is_signed_in(client, db):
    answer = sign_up(client, "mere")
    assert answer.status_code == 200
    assert is_signed_in(client)
    assert User.objects.get(username="mere").email == ""


def test_without_mail_an_e_mail_address_needs_no_confirmation(client, db, mailoutbox):
    sign_up(client, "mere", email="mere@reefnet.example")
    assert is_signed_in(client)
    assert mailoutbox == []


FULL_WIDTH = "\uff4d\uff45\uff52\uff45"  # as some keyboards write "mere"


def test_a_username_that_only_looks_different_is_the_same(client, db):
    sign_up(client, FULL_WIDTH)
    assert User.objects.get().username == "mere"
    again = Client()
    assert "Another account has this username" in sign_up(again, FULL_WIDTH).text
    sign_in(again, FULL_WIDTH)
    assert is_signed_in(again), "they type it as they chose it"


def test_an_earlier_username_in_another_form_still_signs_in(client, db):
    make_person("mere")
    earlier = make_person("earlier")
    User.objects.filter(pk=earlier.pk).update(username=FULL_WIDTH)
    sign_in(client, FULL_WIDTH)
    assert int(client.session["_auth_user_id"]) == earlier.pk


def test_a_username_that_is_too_long_in_its_plain_form_is_refused(client, db):
    page = sign_up(client, "\ufb03" * 60)  # a ligature: 3 letters each
    assert page.status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize("page", [sign_in, sign_up])
def test_a_username_is_cut_before_its_plain_form_is_made(client, ada, monkeypatch, page):
    """Letters of which each moves behind the one before take a time that grows with the square of their number."""
    lengths = []
    normalize = unicodedata.normalize

    def measured(form, written):
        lengths.append(len(written))
        return normalize(form, written)

    for module in ("unicodedata", "vaka.accounts.adapter", "vaka.accounts.forms", "vaka.accounts.password_guesses"):
        monkeypatch.setattr(f"{module}.normalize", measured, raising=False)
    page(client, "\u0301\u0316" * 5000)
    assert max(lengths, default=0) <= MOST_LETTERS
    assert not is_signed_in(client)


@pytest.mark.parametrize("login", ["ada", "ada@vaka.example", "ADA@vaka.example"])
def test_ada_signs_in_with_her_name_or_her_address(client, ada, login):
    sign_in(client, login)
    assert is_signed_in(client)


def test_the_page_reports_a_wrong_password(client, ada):
    answer = sign_in(client, "ada", "not this")
    assert not is_signed_in(client)
    assert "Not accepted" in answer.content.decode()


def test_forty_people_sign_up_and_in_from_one_address(db):
    for number in range(40):
        seat = Client()
        sign_up(seat, f"seat{number}")
        assert is_signed_in(seat), number
        again = Client()
        sign_in(again, f"seat{number}")
        assert is_signed_in(again), number


def test_after_setting_up_an_app_the_password_alone_is_not_enough(client, db):
    sign_up(client, "mere")
    text = open_totp_page(client)
    assert '<div class="qr"' in text
    assert "data:image" not in text
    secret = re.search(r'id="authenticator_secret"[^>]* value="([A-Z2-7]+)"', text)[1]
    codes = client.post("/accounts/2fa/totp/activate/", {"code": code_of_the_app(secret)}, follow=True)
    assert "recovery" in codes.content.decode().lower()

    client.post("/accounts/logout/")
    asked = sign_in(client, "mere")
    assert not is_signed_in(client), "the password alone is not enough now"
    assert asked.redirect_chain[-1][0].startswith("/accounts/2fa/authenticate/")


@pytest.mark.parametrize(("steps_ago", "accepted"), [(1, True), (2, False)])
def test_a_code_is_accepted_one_step_late_as_rfc_6238_recommends(client, db, monkeypatch, steps_ago, accepted):
    """On a slow link, or where a clock is some seconds wrong, the code that was just shown is the one before."""
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now)
    sign_up(client, "mere")
    secret = re.search(r'value="([A-Z2-7]{16,})"', open_totp_page(client))[1]
    code = code_of_the_app(secret, steps_ago=steps_ago)
    page = client.post("/accounts/2fa/totp/activate/", {"code": code}, follow=True)
    assert ("<textarea" in page.content.decode()) is accepted


def test_a_code_that_was_used_is_not_accepted_again_for_as_long_as_it_is_valid(client, db, monkeypatch):
    """allauth forgets a used code after 30 seconds, and with the step of tolerance it is valid for 90."""
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now)
    sign_up(client, "mere")
    secret = re.search(r'value="([A-Z2-7]{16,})"', open_totp_page(client))[1]
    client.post("/accounts/2fa/totp/activate/", {"code": code_of_the_app(secret)}, follow=True)
    code = code_of_the_app(secret, steps_ago=-1)
    for again, seconds in enumerate((0, 31)):
        now += seconds
        client.post("/accounts/logout/")
        sign_in(client, "mere")
        client.post("/accounts/2fa/authenticate/", {"code": code})
        assert is_signed_in(client) is (again == 0)


def test_mere_signs_in_with_a_recovery_code_without_her_phone(client, db):
    sign_up(client, "mere")
    secret = re.search(r'value="([A-Z2-7]{16,})"', open_totp_page(client))[1]
    page = client.post("/accounts/2fa/totp/activate/", {"code": code_of_the_app(secret)}, follow=True)
    code = re.search(r"^([0-9]{8})\b", page.content.decode().split("<textarea")[1].split(">", 1)[1])[1]
    client.post("/accounts/logout/")
    sign_in(client, "mere")
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_signed_in(client)


@pytest.mark.parametrize(
    ("host", "secure", "offered"),
    [
        ("localhost:8000", False, True),
        ("127.0.0.1:8000", False, False),  # browsers do not accept an IP address for a passkey
        ("vaka.example", False, False),
        ("vaka.example", True, True),
        ("[::1]:8000", True, False),
    ],
)
def test_passkeys_are_offered_where_a_browser_can_use_them(client, db, host, secure, offered):
    page = client.get("/accounts/login/", headers={"host": host}, secure=secure).content.decode()
    assert ("passkey_login" in page) is offered


def test_the_server_sends_a_challenge_for_a_passkey(client, db):
    options = client.get("/accounts/2fa/webauthn/login/", headers={"host": "localhost", "accept": "application/json"})
    assert options.json()["request_options"]["publicKey"]["rpId"] == "localhost"


def test_without_mail_the_password_reset_page_says_whom_to_ask(client, db):
    assert "sends no e-mail" in client.get("/accounts/password/reset/").content.decode()


def reset(email, address="203.0.113.9"):
    return Client().post("/accounts/password/reset/", {"email": email}, REMOTE_ADDR=address)


def test_the_answer_to_a_password_reset_is_the_same_for_unknown_addresses_and_these_get_no_mail(settings, ada):
    settings.MAIL = True
    known, unknown = reset("ada@vaka.example"), reset("stranger@elsewhere.example")
    assert (known.status_code, known["location"]) == (unknown.status_code, unknown["location"])
    assert [message.to for message in mail.outbox] == [["ada@vaka.example"]]


@pytest.fixture
def each_address_alone(monkeypatch):
    """No two invented addresses share a counter."""
    monkeypatch.setattr(password_guesses, "NAMES", 1 << 64)


MANY_NETWORKS = [f"2001:db8:{n:x}::1" for n in range(100)]


@pytest.mark.usefixtures("each_address_alone")
def test_one_laptop_keeps_nobody_from_a_reset_link(settings, ada, waits):
    settings.MAIL = True
    sent = {reset(f"stranger-{n}@elsewhere.example").status_code for n in range(80)}
    sent |= {reset(f"somebody-{n % 10}@elsewhere.example").status_code for n in range(120)}
    assert sent == {302, 200}
    assert [reset("ada@vaka.example").status_code for _ in range(3)] == [302, 302, 200]
    assert len(mail.outbox) == mail_limits.FIRST_RESETS


def test_an_account_is_sent_a_limited_number_of_reset_links_whoever_requests_them(settings, ada):
    settings.MAIL = True
    spelled = ["ada@vaka.example", "ADA@vaka.example"]
    answers = [reset(spelled[n % 2], network) for n, network in enumerate(MANY_NETWORKS)]
    assert len(mail.outbox) == mail_limits.MOST_RESETS
    assert "Use the newest one" in answers[-1].text
    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body)[0]
    assert Client().get(link)["location"].endswith("-set-password/"), "who is refused has links that work"


def test_a_limit_does_not_tell_whether_an_address_has_an_account(settings, ada):
    settings.MAIL = True
    known, unknown = (
        [reset(email, network) for network in MANY_NETWORKS] for email in ("ada@vaka.example", "x@y.example")
    )
    assert [answer.status_code for answer in known] == [answer.status_code for answer in unknown]
    assert known[-1].text.count("Use the newest one") == unknown[-1].text.count("Use the newest one") == 1


@pytest.mark.usefixtures("each_address_alone")
def test_requests_of_the_same_network_for_more_links_are_limited(settings, db, waits):
    settings.MAIL = True
    emails = [f"person-{n % 40}@elsewhere.example" for n in range(400)]
    assert [reset(email).status_code for email in emails].count(302) == 40 * mail_limits.FIRST_RESETS + 60


@pytest.mark.usefixtures("each_address_alone")
@pytest.mark.parametrize(("length", "most"), [(56, 120), (48, 600)])
def test_a_line_with_many_networks_can_request_a_limited_number_of_password_resets(settings, ada, waits, length, most):
    settings.MAIL = True
    request = RequestFactory().post("/")
    for n in range(most):
        network = (n % 20) << (0 if length == 56 else 8)  # 20 networks of a /56, or 20 departments of a /48
        request.META["REMOTE_ADDR"] = f"2001:db8:7:{network:x}::{n:x}"
        for _ in range(mail_limits.FIRST_RESETS + 1):
            mail_limits.count_reset(request, f"stranger-{n}@elsewhere.example")
    last = f"2001:db8:7:{0xFE if length == 56 else 0xFE00:x}::1"
    assert [reset("ada@vaka.example", last).status_code for _ in range(3)] == [302, 302, 200]
    assert "Your network has sent too many of these requests" in reset("ada@vaka.example", last).text
    assert reset("ada@vaka.example", "2001:db8:8::1").status_code == 302


def sign_up_somebody(username, address):
    fields = {
        "username": username,
        "email": f"{username}@elsewhere.example",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    return Client().post("/accounts/signup/", fields, REMOTE_ADDR=address)


@pytest.mark.parametrize(("length", "most"), [(64, 200), (56, 400), (48, 2000)])
def test_sign_ups_from_one_line_are_limited_where_they_send_mail(settings, db, waits, length, most):
    settings.MAIL = True
    request = RequestFactory().post("/")
    for n in range(most):
        network = (n % 20) << {64: 64, 56: 0, 48: 8}[length] & 0xFFFF
        request.META["REMOTE_ADDR"] = f"2001:db8:7:{network:x}::{n:x}"
        mail_limits.count_sign_up(request)
    last = {64: "2001:db8:7::1", 56: "2001:db8:7:fe::1", 48: "2001:db8:7:fe00::1"}[length]
    assert "Your network has sent too many of these requests" in sign_up_somebody("new", last).text
    assert not User.objects.filter(username="new").exists()
    assert sign_up_somebody("new", "2001:db8:8::1").status_code == 302


def test_forms_that_no_sign_up_comes_of_do_not_count(settings, db):
    settings.MAIL = True
    assert {Client().post("/accounts/signup/", {"username": "new"}).status_code for _ in range(201)} == {200}
    assert sign_up_somebody("new", "127.0.0.1").status_code == 302


def test_resets_from_very_many_networks_are_delayed_and_not_refused(settings, ada, waits):
    settings.MAIL = True
    guess_delay.count("mail:reset_password", mail_limits.WINDOW, add=mail_limits.RESETS.site.free + 1000)
    assert reset("ada@vaka.example", "198.51.100.7").status_code == 302
    assert waits == [mail_limits.RESETS.site.longest]


def test_signing_in_never_redirects_to_another_site(client, ada):
    fields = {"login": "ada", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post("/accounts/login/", fields)["location"] == "/"


def test_the_administration_asks_for_the_second_step_too(client, db):
    answer = client.get("/admin/")
    assert client.get(answer["location"])["location"].startswith("/accounts/login/")


def test_linus_may_not_open_the_administration(linus_client):
    assert linus_client.get("/admin/", follow=True).status_code == 403


def test_roles_are_groups(ada, grace, ngozi):
    assert (ada.is_mentor, ada.is_instructor) == (False, False)
    assert (grace.is_mentor, grace.is_instructor) == (True, False)
    assert (ngozi.is_mentor, ngozi.is_instructor) == (False, True)
