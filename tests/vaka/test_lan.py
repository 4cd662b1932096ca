"""The machine's address in a room, and the settings that follow from it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests import builders
from tests.tls_certificates import certificate
from vaka import lan
from vaka.lan import LocalAddress

CLONE = Path(__file__).resolve().parents[2]
ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
"""
IPV6 = """fe800000000000000042acfffe110002 02 40 20 80     eth0
fd000000000000000000000000000002 02 40 00 80     eth0
00000000000000000000000000000001 01 80 10 80       lo
"""
CABLE, WIFI = LocalAddress("eth0", "192.168.2.7"), LocalAddress("wlan0", "192.168.1.7")
ENGINE, ULA = LocalAddress("docker0", "172.17.0.1"), LocalAddress("eth0", "fd00::2")


def test_the_default_route_with_the_smallest_metric_says_which_network_is_the_room():
    assert lan.default_interface(ROUTES) == "eth0"
    assert lan.choose([WIFI, CABLE, ENGINE], "eth0") == "192.168.2.7"


def test_without_a_default_route_the_only_network_is_the_room():
    assert lan.default_interface(ROUTES.splitlines()[0]) == ""
    assert lan.choose([ENGINE, WIFI, ULA], "") == "192.168.1.7"


def test_without_ipv4_it_is_an_ipv6_address_that_can_stand_in_a_url():
    assert lan.in_table(IPV6) == [ULA]
    assert lan.choose([ENGINE, ULA], "eth0") == "fd00::2"


def test_of_two_networks_one_must_be_named():
    with pytest.raises(ImproperlyConfigured, match=r"make run LAN=ADDRESS.*192\.168\.1\.7 \(wlan0\)"):
        lan.choose([WIFI, CABLE], "")


def test_a_machine_in_no_network_says_so():
    with pytest.raises(ImproperlyConfigured, match=r"not connected to a network.*172\.17\.0\.1"):
        lan.choose([ENGINE], "")


@pytest.mark.parametrize(
    ("wanted", "found"), [("", ""), ("no", ""), ("0", ""), ("127.0.0.2", "127.0.0.2"), ("[2001:db8::7]", "2001:db8::7")]
)
def test_an_address_that_is_given_is_taken(wanted, found):
    assert lan.address(wanted) == found


@pytest.mark.parametrize("wanted", ["room.example", "fe80::1", "0.0.0.0", "300.1.1.1"])
def test_what_nobody_could_type_is_refused(wanted):
    with pytest.raises(ImproperlyConfigured):
        lan.address(wanted)


def test_a_certificate_says_its_names(tmp_path):
    cert, _ = certificate(tmp_path, "learn.example", "*.room.example")
    assert lan.names(str(cert)) == ["learn.example", ".room.example"]


def test_what_is_no_certificate_is_told(tmp_path):
    (tmp_path / "x.pem").write_text("hello")
    with pytest.raises(ImproperlyConfigured, match="not a certificate"):
        lan.names(str(tmp_path / "x.pem"))
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        lan.names(str(tmp_path / "none.pem"))


ASKED = """
import json
from django.conf import settings as s
print(json.dumps({name: getattr(s, name) for name in (
    "LAN", "LAN_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
    "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT", "SECURE_PROXY_SSL_HEADER", "SECURE_CROSS_ORIGIN_OPENER_POLICY")}))
"""


def settings_with(state: Path, **more: str) -> dict:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VAKA_")}
    environment |= {"VAKA_STATE": str(state), "DJANGO_SETTINGS_MODULE": "vaka.settings", **more}
    asked = subprocess.run([sys.executable, "-c", ASKED], cwd=CLONE, env=environment, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout)


def test_a_room_without_a_certificate_speaks_plain_http(tmp_path):
    found = settings_with(tmp_path, VAKA_LAN="192.0.2.7")
    assert found["LAN_URL"] == "http://192.0.2.7:8000"
    assert found["ALLOWED_HOSTS"][-1] == "192.0.2.7"
    assert found["CSRF_TRUSTED_ORIGINS"] == ["http://192.0.2.7:8000"]
    assert not found["SESSION_COOKIE_SECURE"]
    assert not found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_CROSS_ORIGIN_OPENER_POLICY"] is None


def test_a_room_with_a_certificate_has_its_name_and_safe_cookies_but_promises_nothing_for_a_year(tmp_path):
    cert, key = certificate(tmp_path, "learn.example")
    found = settings_with(tmp_path, VAKA_LAN="192.0.2.7", VAKA_CERT=str(cert), VAKA_KEY=str(key))
    assert found["LAN_URL"] == "https://learn.example:8000"
    assert {"learn.example", "192.0.2.7"} <= set(found["ALLOWED_HOSTS"])
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"] == 0
    assert found["SECURE_PROXY_SSL_HEADER"] is None, "a visitor could claim to have come over HTTPS"


def test_the_address_of_a_room_leads_nobody_to_their_own_computer(tmp_path):
    """Regression: a certificate that names localhost first gave the room the address https://localhost."""
    cert, key = certificate(tmp_path, "localhost", "learn.example")
    found = settings_with(tmp_path, VAKA_LAN="192.0.2.7", VAKA_CERT=str(cert), VAKA_KEY=str(key))
    assert found["LAN_URL"] == "https://learn.example:8000"


def test_a_room_on_one_computer_has_the_address_that_was_asked_for(tmp_path):
    assert settings_with(tmp_path, VAKA_LAN="127.0.0.1")["LAN_URL"] == "http://127.0.0.1:8000"


def test_alone_nothing_of_it_holds(tmp_path):
    found = settings_with(tmp_path)
    assert found["LAN"] == found["LAN_URL"] == ""
    assert found["CSRF_TRUSTED_ORIGINS"] == []
    assert found["SECURE_CROSS_ORIGIN_OPENER_POLICY"] == "same-origin"


def test_an_ipv6_room(tmp_path):
    found = settings_with(tmp_path, VAKA_LAN="2001:db8::7")
    assert found["LAN_URL"] == "http://[2001:db8::7]:8000"
    assert "[2001:db8::7]" in found["ALLOWED_HOSTS"]


def test_a_wrong_address_is_a_sentence_not_a_traceback(tmp_path):
    environment = {**os.environ, "VAKA_STATE": str(tmp_path), "DJANGO_SETTINGS_MODULE": "vaka.settings"}
    environment["VAKA_LAN"] = "everywhere"
    asked = subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=CLONE, env=environment, capture_output=True, text=True
    )
    assert asked.returncode == 1
    assert asked.stderr.startswith("LAN is 'everywhere'. Write 1, or one of this server's addresses")
    assert "Traceback" not in asked.stderr


def test_the_page_for_the_projector_shows_the_address_of_the_room(client, db, settings):
    settings.LAN, settings.LAN_URL = "192.0.2.7", "http://192.0.2.7:8000"
    text = client.get("/join/").content.decode()
    assert "http://192.0.2.7:8000</strong>" in text.replace("<wbr>", "")
    assert "<svg viewBox" in text
    assert "Other computers cannot open this address" not in text


def test_on_one_machine_the_page_for_the_projector_tells_operators_how_to_open_the_room(client, db):
    here = {"host": "localhost:8000"}
    learners = client.get("/join/", headers=here).content.decode()
    assert "Other computers cannot open this address." in learners
    assert "make run" not in learners
    client.force_login(builders.make_person("olga", is_staff=True))
    assert "make run LAN=1" in client.get("/join/", headers=here).content.decode()
    assert "make run LAN=1" not in client.get("/join/", headers={"host": "vaka.example"}).content.decode()
