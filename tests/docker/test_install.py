"""Installing the site as a service: the order of the steps, what a second run does, and what is refused."""

import fcntl
import json
import os
import signal
import stat

import pytest

from tests.docker.conftest import NAME


def test_the_first_install_goes_through_all_steps_in_order(server, tell):
    assert server.typed(f"install --name {NAME}", tell) == [
        "apt-get update -q",
        "apt-get install -y -q --no-install-recommends valkey-server",
        "systemctl disable --now valkey-server",
        "1.0-one set-up /var/lib/vaka",
        "systemctl daemon-reload",
        "systemctl enable vaka",
        "systemctl restart vaka",
        "systemctl enable caddy",
        "systemctl reload-or-restart caddy",
    ]
    settings = server.etc / "vaka.env"
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600
    lines = settings.read_text().splitlines()
    assert {f"VAKA_HOSTS={NAME}", "VAKA_HTTPS=yes", f"VAKA_GATEWAY_URL=wss://{NAME}/terminal"} <= set(lines)
    assert server.unit.read_text() == "[Service]\n"
    assert (server.folder / "bin/vaka").readlink() == server.releases.CURRENT / "docker/service/vaka"


def test_a_strict_umask_closes_nothing_that_the_accounts_must_read(server, tell):
    before = os.umask(0o077)
    try:
        server.typed(f"install --name {NAME}", tell)
    finally:
        os.umask(before)
    assert stat.S_IMODE(server.etc.stat().st_mode) == 0o755
    assert stat.S_IMODE((server.folder / "bin").stat().st_mode) == 0o755


def test_a_second_install_changes_nothing(installed, tell, said, monkeypatch):
    monkeypatch.setattr(installed.install, "which", lambda name: f"/usr/bin/{name}")
    said.clear()
    assert installed.typed("install", tell) == ["1.0-one set-up /var/lib/vaka"]
    assert said == [f"the site serves at https://{NAME}. For an administrator, type: sudo vaka people staff NAME"]


@pytest.mark.parametrize("ends", ["exit 1", "sleep 60"])
def test_a_set_up_that_does_not_succeed_leaves_the_site_running_and_claims_no_more(
    installed, steps, tell, monkeypatch, ends
):
    monkeypatch.setattr(installed.install, "DOWNLOADS_WITHIN", 1)
    release = installed.release("1.1-two")
    (release / "docker/setup").write_text(f"import os\nos.execvp('sh', ['sh', '-c', {ends!r}])\n")
    with pytest.raises(steps.Stop, match="A site that runs goes on as before") as told:
        installed.typed("install", tell)
    assert "was changed" not in str(told.value)
    assert not any("1.0-one" in line for line in installed.log())


def test_another_name_restarts_the_site_and_keeps_what_an_operator_wrote(installed, tell):
    settings = installed.etc / "vaka.env"
    settings.write_text(settings.read_text() + "VAKA_CONTACT=Ngozi\n")
    log = installed.typed("install --name lab.example.org", tell)
    assert [line for line in log if "1.0-one" in line or "vaka" in line.split()[-1:]] == [
        "1.0-one set-up /var/lib/vaka",
        "1.0-one can_upgrade --exams",
        "1.0-one end_day",
        "systemctl stop vaka",
        "systemctl enable vaka",
        "systemctl restart vaka",
        *[line for line in log if "resume_all" in line],
    ]
    lines = settings.read_text().splitlines()
    assert "VAKA_HOSTS=lab.example.org" in lines
    assert "VAKA_CONTACT=Ngozi" in lines


@pytest.mark.parametrize("words", ["install", f"install --name {NAME}"])
def test_names_that_an_operator_added_stay(installed, tell, words):
    settings = installed.etc / "vaka.env"
    settings.write_text(settings.read_text().replace(f"VAKA_HOSTS={NAME}", f"VAKA_HOSTS={NAME},other.example.org"))
    installed.typed(words, tell)
    assert f"VAKA_HOSTS={NAME},other.example.org" in settings.read_text()


def test_postgresql_is_installed_and_its_address_kept(server, tell, monkeypatch):
    monkeypatch.setattr(server.install, "installed", lambda package: False)
    monkeypatch.setattr(server.install.postgresql, "ensure", lambda tell: "postgres://vaka:pw@127.0.0.1/vaka")
    log = server.typed(f"install --name {NAME} --database postgresql", tell)
    assert "apt-get install -y -q --no-install-recommends postgresql valkey-server" in log
    assert "DATABASE_URL=postgres://vaka:pw@127.0.0.1/vaka" in (server.etc / "vaka.env").read_text().splitlines()
    monkeypatch.setattr(server.install.postgresql, "ensure", None)  # a second password would end the first
    server.typed("install", tell)


@pytest.mark.parametrize("words", [f"install --name {NAME}", "uninstall --data"])
def test_two_at_once_do_not_disturb_each_other(server, steps, tell, words):
    """Regression: a second install in another shell stopped the site under the upgrade of the first."""
    with (server.folder / "install.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(steps.Stop, match="Another `docker/setup install` or"):
            server.typed(words, tell)
        assert server.log() == []
    server.typed(f"install --name {NAME}", tell)


def test_a_unit_that_an_operator_wrote_is_left_alone(server, steps, tell):
    server.unit.write_text("[Service]\nExecStart=/srv/vaka\n")
    with pytest.raises(steps.Stop, match=r"install has not written it.*vaka restore"):
        server.typed(f"install --name {NAME}", tell)
    assert "srv" in server.unit.read_text()


def test_uninstall_leaves_a_unit_alone_that_an_operator_wrote(server, steps, tell):
    server.unit.write_text("[Service]\nExecStart=/srv/vaka\n")
    with pytest.raises(steps.Stop, match="belongs to no installed site"):
        server.typed("uninstall --data", tell)
    assert server.unit.exists()
    assert server.log() == []


def test_a_command_of_this_name_that_somebody_else_made_is_refused_before_anything_is_done(server, steps, tell):
    (server.folder / "bin/vaka").write_text("#!/bin/sh\n")
    with pytest.raises(steps.Stop, match="bin/vaka is there already"):
        server.typed(f"install --name {NAME}", tell)
    assert server.log() == []


def test_uninstall_leaves_settings_and_data_and_says_so(installed, tell, said):
    log = installed.typed("uninstall", tell)
    assert [line for line in log if "reload-or" not in line] == [
        "1.0-one can_upgrade --exams",
        "1.0-one end_day",
        "systemctl disable --now vaka",
        "systemctl daemon-reload",
    ]
    assert not installed.unit.exists()
    assert not (installed.folder / "opt").exists()
    assert not (installed.folder / "bin/vaka").is_symlink()
    assert not (installed.folder / "vaka.caddyfile").exists()
    assert (installed.state / "database/db.sqlite3").exists()
    assert (installed.etc / "vaka.env").exists()
    assert f"{installed.etc}, {installed.state}" in said[-2]


def test_uninstall_removes_nothing_while_labs_cannot_be_saved_and_says_how_to_go_on(installed, steps, tell):
    installed.release("1.0-one", refuses="end_day")
    with pytest.raises(steps.Stop, match=r"(?s)because of the weather.*all the same, stop the site before"):
        installed.typed("uninstall", tell)
    assert installed.unit.exists()


def test_uninstall_deletes_settings_and_data_if_told(installed, tell, monkeypatch):
    choices = json.loads((installed.etc / "choices.json").read_text())
    (installed.etc / "choices.json").write_text(json.dumps({**choices, "database": "postgresql"}))
    dropped = []
    monkeypatch.setattr(installed.install.postgresql, "drop", dropped.append)
    installed.typed("uninstall --data", tell)
    assert not installed.etc.exists()
    assert not installed.state.exists()
    assert len(dropped) == 1
    installed.typed("uninstall --data", tell)  # nothing is left to do


def test_an_install_goes_on_when_its_connection_is_lost(beside_setup, steps, monkeypatch):
    import install

    before = signal.getsignal(signal.SIGHUP)
    try:
        install.outlive_the_terminal()
        os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)

    def gone(*words, **options):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("builtins.print", gone)
    steps.Teller(quiet=False).did("starting the site")


def test_only_root_on_a_server_with_systemd_and_cgroup_2_installs(beside_setup, steps, tell, tmp_path, monkeypatch):
    import install

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("https_proxy", "http://proxy.example.org:3128")
    with pytest.raises(steps.Stop, match=r"Only root.*sudo --preserve-env=\S*https_proxy\S* docker/setup install"):
        install.main("install", ["--name", NAME], tell)
    with pytest.raises(steps.Stop, match="Only root can uninstall"):
        install.main("uninstall", [], tell)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(install, "SYSTEMD", tmp_path / "none")
    with pytest.raises(steps.Stop, match="Debian and Ubuntu with systemd only"):
        install.main("install", ["--name", NAME], tell)
    monkeypatch.setattr(install, "SYSTEMD", tmp_path)
    monkeypatch.setattr(install, "CGROUP2", tmp_path / "none")
    with pytest.raises(steps.Stop, match="This server has cgroup v1"):
        install.main("install", ["--name", NAME], tell)
