"""A site on a LAN, as `make run LAN=…` opens it: over plain http, and over https with a certificate."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from websockets.sync.client import connect

from tests.live.whole_site import CLONE, Up
from tests.tls_certificates import certificate
from vaka.ops.demo import Demo
from vaka.ops.site_client import SiteClient
from vaka.ops.terminal_client import TerminalClient

pytestmark = pytest.mark.live

ROOM = "127.0.0.2"
PASSWORD = "a canoe finds its way"
SEATS = [f"seat{number}" for number in range(1, 31)]
TAKE_SEATS = f"""
from django.contrib.auth.hashers import make_password
from vaka.accounts.models import User
kept = make_password({PASSWORD!r})  # once: it takes as long as a sign-in
User.objects.bulk_create(User(username=name, password=kept) for name in {SEATS!r})
"""


@pytest.fixture
def start(tmp_path):
    sites = []

    def begin(**more):
        sites.append(Up(tmp_path / "state", tmp_path / "up.log", VAKA_LAN=ROOM, **more))
        return sites[-1].until_it_serves()

    yield begin
    for site in sites:
        site.end()


@pytest.fixture
def visit(settings):
    """Opens visitors of a site, each with cookies of its own; they know the site by its certificate."""
    opened = []

    def one(address):
        demo = Demo(address, settings.STATE_DIR, ("", ""), lambda text: None)
        opened.append(SiteClient(address, demo.tls))
        opened[-1].http.timeout = 180  # thirty at once on a slow machine
        return opened[-1]

    yield one
    for visitor in opened:
        visitor.http.close()


def sign_in(visitor, name, password=PASSWORD):
    """Fill in the form; what the page says then."""
    form = visitor.read("/accounts/login/").form(with_field="password")
    answer = visitor.http.post(
        form.action, data={**form.fields, "login": name, "password": password}, headers={"Referer": visitor.site + "/"}
    )
    return answer.text


def is_in(visitor):
    return "sessionid" in visitor.http.cookies


def sign_up(visitor, name):
    form = visitor.read("/accounts/signup/").form(with_field="password1")
    return visitor.send(form, username=name, password1=PASSWORD, password2=PASSWORD)


def work_in_a_lab(visitor, settings):
    """Start a lab, type in a terminal, be graded, stop."""
    demo = Demo(visitor.site, settings.STATE_DIR, ("sina", PASSWORD), lambda text: None)
    session = demo.start(visitor)
    token = visitor.send_for_json(f"/labs/sessions/{session}/terminal-token", node="r1")
    assert token["url"].startswith(f"{'wss' if demo.tls else 'ws'}://{ROOM}:")
    with TerminalClient(token["url"], token["token"], visitor.site, demo.tls) as terminal:
        terminal.wait_for_prompt()
        assert "42" in terminal.type("echo $((6 * 7))")
    with connect(token["url"], origin="http://evil.example", ssl=demo.tls, proxy=None) as page_of_another_site:
        assert "from the pages of this site only" in json.loads(page_of_another_site.recv(10))["closed"]
    points, _, verdicts = demo.grade(visitor, session)
    assert points <= 40
    assert set(verdicts.values()) <= {"passed", "failed", "waiting"}
    demo.stop(visitor, session)


def test_a_lan_over_plain_http(start, visit, settings):
    site = start()
    address = f"http://{ROOM}:{site.port}"
    said = site.log.read_text()
    assert f"Serving {address}" in said
    assert "trainee" not in said
    assert not (site.state / "credentials/demo_people.json").exists()
    with pytest.raises(httpx.ConnectError):  # it is served to the LAN only
        visit(f"http://127.0.0.1:{site.port}").read("/")

    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", TAKE_SEATS], cwd=CLONE, env=site.environment, check=True
    )
    browsers = [visit(address) for _ in SEATS]
    with ThreadPoolExecutor(len(browsers)) as everybody:
        list(everybody.map(sign_in, browsers, SEATS))
    assert [name for name, browser in zip(SEATS, browsers, strict=True) if not is_in(browser)] == []

    guesser = [visit(address) for _ in range(10)]
    with ThreadPoolExecutor(10) as guesses:
        list(guesses.map(lambda one: sign_in(one, "seat1", "a guess"), guesser))
    late = visit(address)
    sign_in(late, "seat1")
    assert is_in(late), "the right password waits, and gets in"
    neighbour = visit(address)
    sign_in(neighbour, "seat2")
    assert is_in(neighbour)

    stranger = visit(address)
    sign_up(stranger, "trainee")
    assert not is_in(stranger)
    sign_up(stranger, "sina")
    work_in_a_lab(stranger, settings)


def test_a_lan_over_https(start, visit, settings, tmp_path):
    cert, key = certificate(tmp_path, "learn.example")
    settings.CERT = str(cert)
    site = start(VAKA_CERT=str(cert), VAKA_KEY=str(key))
    assert f"Serving https://learn.example:{site.port}" in site.log.read_text()
    visitor = visit(f"https://{ROOM}:{site.port}")
    sign_up(visitor, "sina")
    assert is_in(visitor)
    assert all(cookie.secure for cookie in visitor.http.cookies.jar)
    work_in_a_lab(visitor, settings)
