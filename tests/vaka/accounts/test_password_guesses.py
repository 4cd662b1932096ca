"""Guessing passwords and codes is slow, and it never delays the owner of an account for long."""

import asyncio
import contextlib
import re
import time
from hashlib import sha256
from ipaddress import ip_network
from itertools import count

import httpx
import pytest
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import caches
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from tests import servers
from tests.builders import PASSWORD, make_person, signed_in
from vaka.accounts import password_guesses
from vaka.asgi import django_application
from vaka.web import guess_delay

ROOM, ELSEWHERE = "198.51.100.7", "203.0.113.9"


def sign_in(client, login, password=PASSWORD, address=ROOM, **more):
    return client.post("/accounts/login/", {"login": login, "password": password}, REMOTE_ADDR=address, **more)


def is_signed_in(client):
    return "_auth_user_id" in client.session


def guess(times, login="ngozi", address=ROOM, **more):
    for n in range(times):
        sign_in(Client(), login, f"wrong {n}", address, **more)


@pytest.fixture
def ngozi_with_mail(ngozi):
    ngozi.email = "ngozi@vaka.example"
    ngozi.save()
    return ngozi


def test_wrong_passwords_are_counted_by_account_whichever_name_and_host_were_used(ngozi_with_mail, waits):
    hosts = ["localhost", "localhost:8000", "localhost:8001", "127.0.0.1:9", "vaka.example", "vaka.example:444"]
    for n, name in enumerate(["ngozi", "NGOZI", "ngozi@vaka.example", "Ngozi@VAKA.example", " ngozi ", "nGoZi"]):
        guess(1, name, address=f"203.0.113.{n}", headers={"host": hosts[n]})
    assert waits == [0] * password_guesses.FREE + [password_guesses.STEP]


def test_the_delay_has_a_limit_and_the_right_password_still_lets_ngozi_in(ngozi, waits):
    guess(60)
    assert waits == sorted(waits)
    assert waits[-1] == password_guesses.LONGEST
    waits.clear()
    browser = Client()
    sign_in(browser, "ngozi")
    assert is_signed_in(browser)
    assert waits == [password_guesses.LONGEST], "a right password is delayed as long, so the time reveals nothing"


def test_attacks_by_strangers_do_not_delay_a_browser_in_which_ngozi_signed_in_before(ngozi, ada, waits):
    hers = Client()
    sign_in(hers, "ngozi")
    hers.post("/accounts/logout/")
    guess(60)
    waits.clear()
    sign_in(hers, "ngozi")
    assert is_signed_in(hers)
    assert waits == [0]


def test_a_browser_known_for_one_account_is_delayed_at_another_account(ngozi, ada, waits):
    adas = Client()
    sign_in(adas, "ada")
    adas.post("/accounts/logout/")
    guess(20)
    waits.clear()
    sign_in(adas, "ngozi", "wrong")
    assert waits == [password_guesses.LONGEST]


def test_a_known_browser_is_delayed_by_its_own_guesses_and_its_cookie_does_not_identify_the_person(ngozi, waits):
    hers = Client()
    sign_in(hers, "ngozi")
    hers.post("/accounts/logout/")
    assert str(ngozi.pk) not in re.split(r"[.~:]", hers.cookies[password_guesses.COOKIE].value)
    for n in range(20):
        sign_in(hers, "ngozi", f"wrong {n}")
    assert waits[-1] == password_guesses.LONGEST


def test_a_forged_cookie_does_not_make_a_known_browser(ngozi, waits):
    guess(20)
    forger = Client()
    forger.cookies[password_guesses.COOKIE] = f"nonce.{'0' * 32}.{ngozi.pk}"
    waits.clear()
    sign_in(forger, "ngozi", "wrong")
    assert waits == [password_guesses.LONGEST]


def test_one_password_tried_on_many_accounts_is_counted_by_network(db, ngozi, waits):
    for n in range(password_guesses.FREE_FROM[0] + 40):
        guess(1, f"person{n}")
    waits.clear()
    guess(1, "one-more")
    guess(1, "one-more", address=ELSEWHERE)
    assert waits == [password_guesses.LONGEST_FOR_OTHERS, password_guesses.CHECK_TAKES, 0]


@pytest.fixture
def guesses_from_the_room(db, waits):
    """Many wrong guesses from the address of a room, at names that nobody has, have been made."""
    guess_delay.count(*_network_counter(ROOM), add=password_guesses.FREE_FROM[0] + 40)


def _network_counter(address):
    (network,) = password_guesses.buckets_of(RequestFactory().post("/", REMOTE_ADDR=address))
    return f"network:{network}", password_guesses.WINDOW


def test_whatever_one_laptop_guesses_the_others_in_its_room_sign_in_within_seconds(ngozi, ada, all_wait_at_once):
    laptop = RequestFactory().post("/", REMOTE_ADDR=ROOM)
    for n in range(300):
        password_guesses.count_password(laptop, f"invented-{n}")
    for n in range(50):  # each name more often than costs nothing, until no place of the network is left
        for _ in range(password_guesses.FREE + 1):
            with contextlib.suppress(guess_delay.TooMany):
                password_guesses.count_password(laptop, f"often-{n}")
    assert password_guesses.WAITING.taken == password_guesses.FROM[0]
    for login in ("ngozi", "ada"):
        browser = Client()
        sign_in(browser, login, "a typing error")
        sign_in(browser, login)
        assert is_signed_in(browser)
    assert all_wait_at_once[-1] == password_guesses.LONGEST_FOR_OTHERS


def test_an_account_with_many_wrong_guesses_of_its_own_waits_as_long_as_its_network(
    ngozi, guesses_from_the_room, waits
):
    guess(password_guesses.FREE)
    waits.clear()
    guess(1)
    assert waits[0] == password_guesses.LONGEST


def test_guesses_at_many_accounts_share_the_places_of_their_network(db, nothing_free, all_wait_at_once):
    laptop = RequestFactory().post("/", REMOTE_ADDR=ROOM)
    with pytest.raises(guess_delay.TooMany):  # noqa: PT012  # which of them is refused is not the point
        for n in range(100):
            password_guesses.count_password(laptop, f"name-{n}")
    assert password_guesses.WAITING.taken == password_guesses.FROM[0]


def test_a_name_that_nobody_has_costs_no_hash_then_and_takes_as_long(ngozi, guesses_from_the_room, checked, waits):
    guess(3)
    of_ngozi = list(waits)
    waits.clear()
    guess(3, "nobody")
    assert waits == of_ngozi
    assert waits[1] == password_guesses.CHECK_TAKES, "rounded up, so that the time of the hash does not show"
    assert checked == ["ngozi"] * 3


def test_the_network_of_an_ipv6_address_is_its_64_bit_prefix(ngozi, waits):
    for n in range(password_guesses.FREE_FROM[0] + 40):
        guess(1, f"person{n}", address=f"2001:db8:7:8::{n:x}")
    waits.clear()
    guess(1, "x", address="2001:db8:7:8:ffff::1")
    guess(1, "y", address="2001:db8:7:9::1")
    assert waits == [password_guesses.LONGEST_FOR_OTHERS, password_guesses.CHECK_TAKES, 0]


@pytest.fixture
def wrong_from(waits):
    """Guess once from each address, at accounts that differ. Return the delay of each guess, in seconds."""

    def guesses(addresses):
        waits.clear()
        for n, address in enumerate(addresses):
            password_guesses.count_password(RequestFactory().post("/", REMOTE_ADDR=address), f"nobody-{n}")
        return list(waits)

    return guesses


@pytest.fixture
def nothing_free(monkeypatch):
    """The first wrong password for an account is delayed already."""
    monkeypatch.setattr(password_guesses, "FREE", 0)


@pytest.mark.parametrize(("length", "free"), [(56, 300), (48, 1000)])
def test_a_line_with_many_networks_has_not_the_free_guesses_of_each_of_them(db, wrong_from, length, free):
    """A /56 is 256 networks, and a /48 is 65,536: each has 100 free guesses of its own."""
    line = list(ip_network(f"2001:db8:7::/{length}").subnets(new_prefix=length + 8))
    delays = wrong_from(str(line[n % len(line)][n]) for n in range(free + 300))
    assert set(delays[:free]) == {0}
    assert delays[free] > 0
    assert delays[-1] == password_guesses.LONGEST_FOR_OTHERS
    assert wrong_from(["2001:db8:8::1"]) == [0]


def test_ten_rooms_of_a_campus_mistype_at_once_and_wait_for_nothing(db, wrong_from):
    rooms = [f"2001:db8:7:{room:x}00::{seat:x}" for room in range(10) for seat in range(1, 31)]
    assert set(wrong_from(rooms * 3)) == {0}


def test_guesses_from_very_many_networks_delay_browsers_that_are_not_known_a_little(
    ngozi, waits, wrong_from, monkeypatch
):
    hers = Client()
    sign_in(hers, "ngozi")
    hers.post("/accounts/logout/")
    everywhere = [f"10.{n >> 8}.{n & 255}.1" for n in range(password_guesses.SITE.free + 1200)]
    delays = wrong_from(everywhere)
    assert set(delays[: password_guesses.SITE.free - 10]) == {0}
    assert delays == sorted(delays)
    assert delays[-1] == password_guesses.SITE.longest
    waits.clear()
    sign_in(hers, "ngozi")
    assert (is_signed_in(hers), waits) == (True, [0])
    waits.clear()
    elsewhere = Client()
    sign_in(elsewhere, "ngozi")
    assert (is_signed_in(elsewhere), waits) == (True, [password_guesses.SITE.longest])
    monkeypatch.setattr(password_guesses, "SITE_WAITING", guess_delay.Places(0))
    waits.clear()
    elsewhere = Client()
    sign_in(elsewhere, "ngozi")
    assert (is_signed_in(elsewhere), waits) == (True, [0]), "many networks keep nobody out"


@pytest.mark.parametrize(("length", "most"), [(56, 1), (48, 2)])
def test_a_line_with_many_networks_has_not_the_places_of_each_of_them(
    ngozi, all_wait_at_once, nothing_free, length, most
):
    line = list(ip_network(f"2001:db8:7::/{length}").subnets(new_prefix=length + 8))
    held = []
    for network in line:
        request = RequestFactory().post("/", REMOTE_ADDR=str(network[1]))
        with contextlib.suppress(guess_delay.TooMany):
            held.append((request, password_guesses.count_password(request, "ngozi")))
    assert len(held) in password_guesses.AT_AN_ACCOUNT[most:]
    password_guesses.count_password(RequestFactory().post("/", REMOTE_ADDR=ELSEWHERE), "ngozi")


def test_thirty_people_behind_one_address_with_two_typing_errors_each_are_not_delayed(db, waits):
    for n in range(30):
        make_person(f"seat{n}")
        for password in ("typo", "another", PASSWORD):
            browser = Client()
            sign_in(browser, f"seat{n}", password)
        assert is_signed_in(browser)
    assert set(waits) == {0}


def test_an_unknown_name_is_delayed_like_a_known_one(ngozi, waits):
    guess(8)
    of_ngozi = list(waits)
    waits.clear()
    guess(8, "nobody")
    assert waits == of_ngozi


@pytest.mark.parametrize("name", ["ngozi", "nobody"])
def test_an_unknown_name_has_as_many_places_as_a_known_one(ngozi, all_wait_at_once, nothing_free, name):
    for address in (ROOM, ELSEWHERE) * 10:
        with contextlib.suppress(guess_delay.TooMany):
            password_guesses.count_password(RequestFactory().post("/", REMOTE_ADDR=address), name)
    assert password_guesses.WAITING.taken == 2 * password_guesses.AT_AN_ACCOUNT[0]


def plain_hash(text, many):
    return int.from_bytes(sha256(text.encode()).digest()[:8]) % many


def test_nobody_can_compute_which_unknown_names_share_a_counter(db, waits):
    """Otherwise guesses at a twin would delay the next one at a name that does not exist, and not at one that does."""
    number = plain_hash("nobody", password_guesses.NAMES)
    twin = next(name for n in count() if plain_hash(name := f"twin{n}", password_guesses.NAMES) == number)
    guess(8, twin)
    waits.clear()
    guess(1, "nobody")
    assert waits == [0]


def test_nobody_can_compute_which_networks_share_a_counter(settings):
    request = RequestFactory().post("/", REMOTE_ADDR=ROOM)
    ours = password_guesses.buckets_of(request)
    settings.SECRET_KEY = "of another site"
    assert password_guesses.buckets_of(request) != ours


def test_invented_names_use_a_limited_number_of_counters(settings):
    assert {password_guesses.bucket(f"name {n}", 16) for n in range(500)} == set(range(16))
    of_three_windows = 3 * password_guesses.NAMES
    assert of_three_windows < settings.CACHES["default"]["OPTIONS"]["MAX_ENTRIES"], "a full cache drops counters"


@contextlib.asynccontextmanager
async def browser(port, address):
    """Open a new browser, whose requests arrive through a proxy on this server."""
    headers = {"X-Forwarded-For": address}
    base = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=30, trust_env=False) as client:
        await client.get("/accounts/login/")
        yield client


async def try_password(port, login, password, address):
    async with browser(port, address) as client:
        token = client.cookies["csrftoken"]
        fields = {"login": login, "password": password, "csrfmiddlewaretoken": token}
        return await client.post("/accounts/login/", data=fields)


@pytest.fixture
def port(transactional_db):
    with servers.served(django_application) as port:
        yield port


def test_parallel_guesses_are_not_cheaper_than_serial_ones(port, ngozi, monkeypatch):
    """Only a few requests for one account may wait. The others are refused, and their passwords are not checked."""
    monkeypatch.setattr(password_guesses, "STEP", 4.0)
    monkeypatch.setattr(password_guesses, "LONGEST", 4.0)

    async def play():
        return await asyncio.gather(*(try_password(port, "ngozi", "wrong", ROOM) for _ in range(30)))

    pages = [answer.text for answer in asyncio.run(play())]
    checked = sum("is wrong. Check them" in page for page in pages)
    assert checked == password_guesses.FREE + password_guesses.AT_AN_ACCOUNT[0]
    assert sum("was not checked" in page for page in pages) == len(pages) - checked


def test_ngozi_and_other_people_can_sign_in_while_attackers_are_delayed(port, ngozi, ada, monkeypatch):
    monkeypatch.setattr(password_guesses, "STEP", 3.0)
    monkeypatch.setattr(password_guesses, "LONGEST", 3.0)

    async def play():
        await asyncio.gather(*(try_password(port, "ngozi", "wrong", ELSEWHERE) for _ in range(password_guesses.FREE)))
        async with asyncio.TaskGroup() as group:
            for _ in range(password_guesses.AT_AN_ACCOUNT[0] + 5):
                group.create_task(try_password(port, "ngozi", "wrong", ELSEWHERE))
            while password_guesses.WAITING.taken < password_guesses.AT_AN_ACCOUNT[0]:
                await asyncio.sleep(0.01)
            hers = group.create_task(try_password(port, "ngozi", PASSWORD, ROOM))
            others = await try_password(port, "ada", PASSWORD, ROOM)
            assert password_guesses.WAITING.taken >= password_guesses.AT_AN_ACCOUNT[0], "they are still delayed"
        return others, hers.result()

    assert [answer.status_code for answer in asyncio.run(play())] == [302, 302]


def test_somebody_with_many_accounts_cannot_take_all_places_from_one_network(ada, all_wait_at_once, nothing_free):
    """In browsers that are known, and at second steps, the places of each account are its own."""
    held = []
    with pytest.raises(guess_delay.TooMany):  # noqa: PT012  # which of them is refused is not the point
        for n in range(100):
            person = make_person(f"mallory-{n}")
            for _ in range(password_guesses.AT_A_CODE):
                request = RequestFactory().post("/", REMOTE_ADDR=ELSEWHERE)
                held.append((request, password_guesses.count_code(request, person)))
    assert len(held) == password_guesses.ALL_FROM[0]
    password_guesses.count_password(RequestFactory().post("/", REMOTE_ADDR=ROOM), "ada")
    assert password_guesses.WAITING.taken == len(held) + 1


@pytest.fixture
def long_delay(monkeypatch):
    """Each guess waits, for some seconds."""
    monkeypatch.setattr(password_guesses, "LONGEST", 3.0)
    monkeypatch.setattr(password_guesses, "STEP", 3.0)
    monkeypatch.setattr(password_guesses, "FREE", 0)


@pytest.fixture
def checked(monkeypatch):
    """The names whose passwords were checked."""
    names = []

    def authenticate(_self, _request, **credentials):
        names.append(credentials["username"])

    monkeypatch.setattr(AuthenticationBackend, "authenticate", authenticate)
    return names


@pytest.fixture
def checked_codes(monkeypatch):
    """The codes of an app that were checked."""
    codes = []
    monkeypatch.setattr(TOTP, "validate_code", lambda _self, code: codes.append(code))
    return codes


async def hang_up_while_waiting(client, path, fields):
    """Post the fields, and disconnect as soon as the request waits."""
    fields |= {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
    sent = asyncio.create_task(client.post(path, data=fields))
    while not password_guesses.WAITING.taken:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    sent.cancel()
    await asyncio.wait([sent])


def test_the_password_of_a_client_that_disconnects_is_never_checked_and_its_place_stays_taken(
    port, ngozi, long_delay, checked
):
    async def play():
        async with browser(port, ROOM) as client:
            begun = time.monotonic()
            await hang_up_while_waiting(client, "/accounts/login/", {"login": "ngozi", "password": PASSWORD})
            await asyncio.sleep(1)
            taken = password_guesses.WAITING.taken
            await asyncio.sleep(begun + password_guesses.LONGEST + 2 - time.monotonic())
            page = await client.get("/accounts/login/")
        return taken, password_guesses.WAITING.taken, page.headers.get_list("set-cookie")

    taken, afterwards, cookies = asyncio.run(play())
    assert (taken, afterwards) == (1, 0)
    assert checked == []
    assert not any("sessionid" in cookie for cookie in cookies)
    ngozi.refresh_from_db()
    assert ngozi.last_login is None


def test_the_code_of_a_client_that_disconnects_is_never_checked(port, with_app, checked_codes, monkeypatch):
    pending = Client()
    sign_in(pending, "ada")
    monkeypatch.setattr(password_guesses, "FREE", 0)
    monkeypatch.setattr(password_guesses, "LONGEST", 1.0)

    async def play():
        async with browser(port, ROOM) as client:
            client.cookies["sessionid"] = pending.cookies["sessionid"].value
            await hang_up_while_waiting(client, "/accounts/2fa/authenticate/", {"code": "123456"})
            await asyncio.sleep(1.5)

    asyncio.run(play())
    assert checked_codes == []


def test_passwords_and_codes_wait_before_they_are_checked(with_app, checked, checked_codes, monkeypatch):
    class Left(Exception):
        """The client has disconnected."""

    def leave(seconds):
        raise Left

    monkeypatch.setattr(guess_delay, "wait", leave)
    browser = signed_in(with_app)
    for path, fields in [
        ("/accounts/login/", {"login": "ada", "password": PASSWORD}),
        ("/accounts/reauthenticate/", {"password": PASSWORD}),
        ("/accounts/2fa/reauthenticate/", {"code": "123456"}),
    ]:
        with pytest.raises(Left):
            (Client() if "login" in path else browser).post(path, fields)
    assert (checked, checked_codes) == ([], [])


def test_several_site_processes_share_their_counters_in_redis(ngozi, waits, settings, tmp_path, monkeypatch):
    with servers.broker(tmp_path) as url:
        cache = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
        settings.CACHES = {"default": cache, "another process": cache}
        for process in ("default", "another process") * 4:
            monkeypatch.setattr(guess_delay, "cache", caches[process])
            guess(1)
        assert waits[-1] == 3 * password_guesses.STEP
        password_guesses.forget(ngozi)
        waits.clear()
        guess(1)
        assert waits == [0]


# All other pages that ask for a secret of an account


@pytest.fixture
def with_app(ada):
    TOTP.activate(ada, generate_totp_secret())
    RecoveryCodes.activate(ada)
    return ada


def test_second_step_codes_are_delayed_by_account_and_never_locked(with_app, waits):
    for n in range(20):
        browser = Client()
        sign_in(browser, "ada")
        browser.post("/accounts/2fa/authenticate/", {"code": f"{n:06}"}, REMOTE_ADDR=f"203.0.113.{n}")
    assert waits[-1] == password_guesses.LONGEST
    browser = Client()
    sign_in(browser, "ada")
    code = RecoveryCodes(with_app.authenticator_set.get(type="recovery_codes")).get_unused_codes()[0]
    browser.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_signed_in(browser)


def test_guessing_the_password_or_a_code_at_an_open_page_is_slow(with_app, ada_client, waits):
    for n in range(20):
        ada_client.post("/accounts/2fa/reauthenticate/", {"code": f"{n:06}"})
    assert waits[-1] > 0
    waits.clear()
    for n in range(9):
        ada_client.post("/accounts/reauthenticate/", {"password": f"wrong {n}"})
    assert waits[-1] > 0


def test_the_current_password_on_the_change_page_is_counted_like_other_passwords(ada, ada_client, waits):
    guess(password_guesses.FREE, "ada")
    waits.clear()
    fields = {"oldpassword": "wrong", "password1": "a wide lagoon", "password2": "a wide lagoon"}
    ada_client.post("/accounts/password/change/", fields)
    assert waits == [password_guesses.STEP]
    ada_client.post("/accounts/password/change/", fields | {"oldpassword": PASSWORD})
    ada.refresh_from_db()
    assert ada.check_password("a wide lagoon")


def test_the_administration_uses_the_sign_in_page_of_the_site(ngozi, db):
    admin = make_person("olga", is_staff=True)
    answer = Client().post("/admin/login/", {"username": "olga", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer["location"].startswith("/accounts/login/")
    answer = signed_in(admin).post("/admin/password_change/", {"old_password": "wrong"})
    assert answer["location"] == "/accounts/password/change/"


@pytest.mark.parametrize("name", ["account_request_login_code", "account_confirm_password_reset_code"])
def test_nobody_can_sign_in_with_a_code_by_mail(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_the_log_reports_guessing_without_the_passwords(ngozi, waits, caplog):
    guess(password_guesses.FREE + 1)
    assert any("A sign-in is delayed" in line for line in caplog.messages)
    assert "wrong 5" not in caplog.text


def test_the_guess_is_really_delayed(ngozi, monkeypatch):
    monkeypatch.setattr(password_guesses, "FREE", 0)
    monkeypatch.setattr(password_guesses, "LONGEST", 0.2)
    begun = time.monotonic()
    guess(1)
    assert time.monotonic() - begun >= 0.2
