"""The web server in front: what is written for it, and what is taken out again."""

import socket

import pytest

from vaka import internet_exposure

NAME = "learn.example.org"
DEFAULT = ":80 {\n\troot * /usr/share/caddy\n}\n"


@pytest.fixture
def front(beside_setup, tmp_path, monkeypatch, program):
    """Web servers whose configuration is in a folder of ours. ``typed``: what systemctl was asked to do."""
    import front

    monkeypatch.setattr(front, "CADDYFILE", tmp_path / "Caddyfile")
    files = {"caddy": tmp_path / "vaka.caddyfile", "nginx": tmp_path / "conf.d/vaka.conf"}
    monkeypatch.setattr(front, "FILES", files)
    monkeypatch.setattr(front, "IMPORT", f"import {files['caddy']}")
    (tmp_path / "Caddyfile").write_text(DEFAULT)
    program("systemctl", f'echo "$@" >> {tmp_path}/typed')
    typed = tmp_path / "typed"
    monkeypatch.setattr(front, "typed", lambda: typed.read_text().splitlines() if typed.exists() else [], raising=False)
    return front


def test_caddy_gets_a_file_for_the_site_and_keeps_its_own(front, tell, said):
    front.ensure("caddy", NAME, None, tell)
    assert front.CADDYFILE.read_text() == f"{DEFAULT}\n{front.IMPORT}\n"
    text = front.FILES["caddy"].read_text()
    assert f"\n{NAME} {{\n" in text
    assert "\n\ttls" not in text, "Caddy gets a certificate by itself"
    assert front.typed() == ["enable caddy", "reload-or-restart caddy"]
    before = list(said)
    front.ensure("caddy", NAME, None, tell)
    assert said == before
    assert front.typed()[2:] == ["--quiet is-active caddy"]


def test_caddy_certifies_a_name_that_is_not_on_the_internet_itself(front, tell):
    assert front.LOCAL == internet_exposure.LOCAL
    front.ensure("caddy", "vaka.home.arpa", None, tell)
    assert "\n\ttls internal\n" in front.FILES["caddy"].read_text()


def test_caddy_takes_a_certificate_that_is_given(front, tell):
    front.ensure("caddy", NAME, ("/etc/ssl/a KEY.pem", "/etc/ssl/b.pem"), tell)
    assert '\n\ttls "/etc/ssl/a KEY.pem" "/etc/ssl/b.pem"\n' in front.FILES["caddy"].read_text()


def test_nginx_gets_name_and_certificate_and_logs_no_keys(front, tell):
    front.ensure("nginx", NAME, ("/c.pem", "/k.pem"), tell)
    text = front.FILES["nginx"].read_text()
    for line in (
        f"server_name {NAME};",
        f"return 301 https://{NAME}$request_uri;",
        'ssl_certificate "/c.pem";',
        'ssl_certificate_key "/k.pem";',
        "access_log /var/log/nginx/vaka.log vaka_without_keys;",
    ):
        assert line in text
    assert "@" not in text.replace("~*^", "")


def test_another_front_takes_the_place_of_the_first(front, tell):
    front.ensure("caddy", NAME, None, tell)
    front.ensure("nginx", NAME, ("/c.pem", "/k.pem"), tell)
    assert front.CADDYFILE.read_text() == DEFAULT
    assert [name for name, file in front.FILES.items() if file.exists()] == ["nginx"]
    front.ensure("none", NAME, None, tell)
    assert not front.FILES["nginx"].exists()


def test_a_web_server_is_not_installed_beside_another_one(front, steps, new_needs, monkeypatch):
    monkeypatch.setattr(front, "installed", lambda package: False)
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setattr(front, "HTTPS", other.getsockname()[1])
        with pytest.raises(steps.Stop, match=r"choose --front none"):
            front.needs("caddy", new_needs())
    needed = new_needs()
    front.needs("none", needed)
    assert needed.packages == {}
    front.needs("caddy", needed)
    assert list(needed.packages) == ["caddy"]
    monkeypatch.setattr(front, "installed", lambda package: True)
    front.needs("nginx", needed)
    assert list(needed.packages) == ["caddy"]
