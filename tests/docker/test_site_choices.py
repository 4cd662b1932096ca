"""The choices of an operator: some are kept, and some do not fit together."""

import pytest

from tests.docker.conftest import NAME


def test_a_certificate_is_kept_by_the_path_that_certbot_leads_elsewhere(server, tell, tmp_path, monkeypatch):
    for name in ("cert", "key"):
        (tmp_path / f"{name}1.pem").touch()
        (tmp_path / f"{name}.pem").symlink_to(tmp_path / f"{name}1.pem")
    monkeypatch.chdir(tmp_path)
    server.typed(f"install --name {NAME} --front nginx --cert cert.pem --key key.pem", tell)
    assert f'ssl_certificate "{tmp_path}/cert.pem";' in (tmp_path / "vaka.conf").read_text()


def test_with_caddy_again_no_certificate_of_nginx_is_used(server, tell, tmp_path):
    for name in ("cert", "key"):
        (tmp_path / name).touch()
    server.typed(f"install --name {NAME} --front nginx --cert {tmp_path}/cert --key {tmp_path}/key", tell)
    server.typed("install --front caddy", tell)
    assert f'tls "{tmp_path}' not in (tmp_path / "vaka.caddyfile").read_text()
    server.typed(f"install --front caddy --cert {tmp_path}/cert --key {tmp_path}/key", tell)
    assert f'tls "{tmp_path}/cert"' in (tmp_path / "vaka.caddyfile").read_text()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("", "Which name do visitors type"),
        ("--name Learn_Here", "is no name of a server"),
        ("--name learn", "is no name of a server"),
        ("--name 'a.b{}'", "is no name of a server"),
        (f"--name {NAME} --front nginx", "nginx gets no certificate by itself"),
        (f"--name {NAME} --cert /etc/hostname", "Give both"),
        (f"--name {NAME} --cert /none.pem --key /none.key", r"/none\.pem does not exist"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_done(server, steps, tell, words, reason):
    with pytest.raises(steps.Stop, match=reason):
        server.typed(f"install {words}", tell)
    assert server.log() == []
    assert not server.etc.exists()


def test_data_stay_in_the_database_in_which_they_are(installed, steps, tell):
    with pytest.raises(steps.Stop, match="The data of this site are in sqlite"):
        installed.typed("install --database postgresql", tell)
