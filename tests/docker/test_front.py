"""The web server in front: what is written for it, what is taken out again, and what is not taken for working."""

import stat

import pytest

from vaka import internet_exposure

NAME = "learn.example.org"
DEFAULT = ":80 {\n\troot * /usr/share/caddy\n}\n"
SYSTEMCTL = """
for unit; do :; done
case "$*" in --quiet*) [ -e {folder}/$unit.active ]; exit;; esac
echo "$*" >> {folder}/typed
case "$*" in reload-or-restart*) {start} touch {folder}/$unit.active;; *disable*) rm -f {folder}/$unit.active;; esac
exit 0"""
SS = """
for name in caddy nginx apache2; do
  [ -e {folder}/$name.active ] && echo "LISTEN 0 511 *:443 *:* users:((\\"$name\\",pid=7,fd=6),(\\"$name\\",pid=8,fd=6))"
done
exit 0"""


@pytest.fixture
def front(beside_setup, tmp_path, monkeypatch, program):
    """Web servers whose configuration is in a folder of ours. ``typed``: what systemctl was asked to do."""
    import front

    monkeypatch.setattr(front, "CADDYFILE", tmp_path / "Caddyfile")
    files = {"caddy": tmp_path / "vaka.caddyfile", "nginx": tmp_path / "conf.d/vaka.conf"}
    monkeypatch.setattr(front, "FILES", files)
    monkeypatch.setattr(front, "IMPORT", f"import {files['caddy']}")
    monkeypatch.setattr(front, "LISTENS_WITHIN", 0)
    (tmp_path / "Caddyfile").write_text(DEFAULT)

    def starts(start=""):
        program("systemctl", SYSTEMCTL.format(folder=tmp_path, start=start))

    starts()
    program("ss", SS.format(folder=tmp_path))
    for name in ("caddy", "nginx"):
        program(name, "exit 0")
    typed = tmp_path / "typed"
    for name, value in {
        "starts": starts,
        "typed": lambda: typed.read_text().splitlines() if typed.exists() else [],
        "forget": lambda: typed.unlink(missing_ok=True),
    }.items():
        monkeypatch.setattr(front, name, value, raising=False)
    return front


def test_caddy_gets_a_file_for_the_site_and_keeps_its_own(front, tell, said):
    front.ensure("caddy", NAME, None, {}, tell)
    assert front.CADDYFILE.read_text() == f"{DEFAULT}\n{front.IMPORT}\n"
    text = front.FILES["caddy"].read_text()
    assert f"\n{NAME} {{\n" in text
    assert "\n\ttls" not in text, "Caddy gets a certificate by itself"
    assert front.typed() == ["enable caddy", "reload-or-restart caddy"]
    before = list(said)
    front.forget()
    front.ensure("caddy", NAME, None, {}, tell)
    assert said == before
    assert front.typed() == []


def test_a_caddyfile_that_others_may_not_read_stays_closed(front, tell):
    front.CADDYFILE.chmod(0o640)
    front.ensure("caddy", NAME, None, {}, tell)
    front.leave("caddy", tell)
    assert stat.S_IMODE(front.CADDYFILE.stat().st_mode) == 0o640


def test_caddy_certifies_a_name_that_is_not_on_the_internet_itself(front, tell):
    assert front.LOCAL == internet_exposure.LOCAL
    front.ensure("caddy", "vaka.home.arpa", None, {}, tell)
    assert "\n\ttls internal\n" in front.FILES["caddy"].read_text()


def test_caddy_takes_a_certificate_that_is_given(front, tell):
    front.ensure("caddy", NAME, ("/etc/ssl/a KEY.pem", "/etc/ssl/b.pem"), {}, tell)
    assert '\n\ttls "/etc/ssl/a KEY.pem" "/etc/ssl/b.pem"\n' in front.FILES["caddy"].read_text()


def test_caddy_must_be_able_to_read_the_key_and_nginx_reads_it_as_root(front, steps, program):
    program("runuser", 'case "$*" in *key.pem) exit 1;; esac')
    front.must_read("nginx", ("/cert.pem", "/key.pem"))
    front.must_read("caddy", None)
    with pytest.raises(steps.Stop, match=r"account caddy, which cannot read /key\.pem"):
        front.must_read("caddy", ("/cert.pem", "/key.pem"))


def test_nginx_gets_name_and_certificate_and_logs_no_keys(front, tell):
    front.ensure("nginx", NAME, ("/c.pem", "/k.pem"), {}, tell)
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


@pytest.mark.parametrize(
    ("settings", "site", "gateway"),
    [
        ({}, "127.0.0.1:8000", "127.0.0.1:8001"),
        ({"VAKA_PORT": "9000", "VAKA_BIND": "0.0.0.0"}, "127.0.0.1:9000", "127.0.0.1:8001"),
        ({"VAKA_GATEWAY_PORT": "9001", "VAKA_BIND": "[fd00::1]"}, "[fd00::1]:8000", "[fd00::1]:9001"),
    ],
)
def test_requests_are_sent_to_where_the_settings_say_that_the_site_listens(front, tell, settings, site, gateway):
    front.ensure("nginx", NAME, ("/c.pem", "/k.pem"), settings, tell)
    text = front.FILES["nginx"].read_text()
    assert f"proxy_pass http://{site};" in text
    assert f"proxy_pass http://{gateway};" in text
    front.ensure("caddy", NAME, None, settings, tell)
    text = front.FILES["caddy"].read_text()
    assert f"reverse_proxy {site}\n" in text
    assert f"reverse_proxy {gateway}\n" in text


@pytest.mark.parametrize(("first", "second"), [("caddy", "nginx"), ("nginx", "caddy")])
def test_another_front_takes_the_ports_of_the_first(front, tell, said, new_needs, monkeypatch, first, second):
    monkeypatch.setattr(front, "installed", lambda package: package == first)
    front.ensure(first, NAME, ("/c.pem", "/k.pem"), {}, tell)
    front.needs(second, needed := new_needs())
    assert list(needed.packages) == [second], "our own previous web server is no reason against it"
    front.forget()
    front.ensure(second, NAME, ("/c.pem", "/k.pem"), {}, tell)
    assert front.typed() == [f"disable --now {first}", f"enable {second}", f"reload-or-restart {second}"]
    assert f"stopping {first}, as its ports are needed" in said
    assert [name for name, file in front.FILES.items() if file.exists()] == [second]
    assert (front.IMPORT in front.CADDYFILE.read_text()) == (second == "caddy")


def test_without_a_front_the_web_server_of_before_goes_on_for_its_other_sites(front, tell):
    front.ensure("nginx", NAME, ("/c.pem", "/k.pem"), {}, tell)
    front.forget()
    front.ensure("none", NAME, None, {}, tell)
    assert not front.FILES["nginx"].exists()
    assert front.typed() == ["reload-or-restart nginx"]


def test_a_configuration_that_the_web_server_refuses_is_taken_back_and_the_other_one_goes_on(
    front, steps, tell, program
):
    front.ensure("caddy", NAME, None, {}, tell)
    program("nginx", "echo 'cannot load certificate'; exit 1")
    front.forget()
    with pytest.raises(steps.Stop, match="cannot load certificate"):
        front.ensure("nginx", NAME, ("/c.pem", "/k.pem"), {}, tell)
    assert not front.FILES["nginx"].exists()
    assert front.FILES["caddy"].exists()
    assert front.typed() == []


def test_a_front_that_failed_does_not_count_as_working_the_next_time(front, steps, tell):
    front.starts("exit 1;")
    for _ in range(2):
        with pytest.raises(steps.Stop, match="reload-or-restart caddy failed"):
            front.ensure("caddy", NAME, None, {}, tell)
        assert front.CADDYFILE.read_text() == DEFAULT, "a restart for its other sites must succeed"
    assert front.typed().count("reload-or-restart caddy") == 2


def test_a_front_that_does_not_listen_is_told(front, steps, tell, program):
    program("ss", "exit 0")
    with pytest.raises(steps.Stop, match="nginx runs and does not listen on port 443"):
        front.ensure("nginx", NAME, ("/c.pem", "/k.pem"), {}, tell)


@pytest.mark.parametrize("is_installed", [True, False])
def test_no_web_server_is_set_up_beside_another_one(front, steps, new_needs, monkeypatch, tmp_path, is_installed):
    monkeypatch.setattr(front, "installed", lambda package: is_installed)
    (tmp_path / "apache2.active").touch()
    with pytest.raises(steps.Stop, match=r"Port 80 is taken by apache2.*choose --front none"):
        front.needs("caddy", new_needs())
    front.needs("none", new_needs())


def test_the_web_server_is_installed_once(front, new_needs, monkeypatch, tmp_path):
    monkeypatch.setattr(front, "installed", lambda package: False)
    front.needs("caddy", needed := new_needs())
    assert list(needed.packages) == ["caddy"]
    monkeypatch.setattr(front, "installed", lambda package: True)
    (tmp_path / "nginx.active").touch()
    front.needs("nginx", needed := new_needs())
    assert list(needed.packages) == []
