"""Installing the site as a service: the order of the steps, what a second run does, and what is refused. systemctl, apt and the
site's commands are small programs that write down what they are asked.
"""

import fcntl
import json
import os
import signal
import stat

import pytest

NAME = "learn.example.org"


class Server:
    """A server in a folder. ``log``: what was run on it, in order."""

    def __init__(self, folder, modules, program):
        self.folder, self.modules, self.program = folder, modules, program
        self.install, self.releases = modules["install"], modules["releases"]
        self.etc, self.unit = folder / "etc/vaka", folder / "units/vaka.service"
        self.systemctl()
        program("apt-get", self.writes("apt-get"))
        program("apt-cache", "exit 0")
        program("caddy", "exit 0")
        program("nginx", "exit 0")
        program("runuser", "exit 0")
        program(
            "ss",
            f'cd {folder}; for one in caddy nginx; do [ -e $one.active ] && echo "((\\"$one\\",pid=7"; done; exit 0',
        )
        program("journalctl", "echo 'Port 8000 is taken by nginx.'")

    def writes(self, name):
        return f'echo "{name} $*" >> {self.folder}/log'

    def systemctl(self, start=":"):
        """Answer as systemctl does. ``start``: what else a start of the site does."""
        self.program(
            "systemctl",
            f"""
for unit; do :; done
active={self.folder}/$unit.active
case "$*" in --quiet*) [ -e $active ]; exit;; esac
{self.writes("systemctl")}
case "$*" in
  "restart vaka") {start}; touch $active;;
  reload-or-restart*) touch $active;;
  stop*|disable*) rm -f $active;;
esac
exit 0""",
        )

    def release(self, name="1.0-one", refuses=""):
        """Have a clone whose release is called ``name``. ``refuses``: a command of its site that fails."""
        release = self.releases.RELEASES / name
        for folder in ("docker/service", ".venv/bin", "courses", "labs", "platform"):
            (release / folder).mkdir(parents=True, exist_ok=True)
        (release / "docker/setup").write_text(
            f"import os\nprint('{name} set-up', os.environ['VAKA_STATE'], file=open({str(self.folder / 'log')!r}, 'a'))\n"
        )
        (release / "docker/service/vaka.service").write_text("[Service]\n")
        python = release / ".venv/bin/python"
        python.write_text(
            f'#!/bin/sh\n[ "$1" = -m ] && exit 0\nshift\necho "{name} $*" >> {self.folder}/log\n'
            f'[ "$1" = "{refuses}" ] && echo "because of the weather" && exit 1\nexit 0\n'
        )
        python.chmod(0o755)
        self.releases.copy = lambda tell: release
        return release

    def typed(self, words, tell):
        """Type ``docker/setup`` with these words, and return what was run."""
        (self.folder / "log").write_text("")
        what, *options = words.split()
        self.install.main(what, options, tell)
        return self.log()

    def log(self):
        return (self.folder / "log").read_text().splitlines()

    def has_data(self):
        (self.install.STATE / "database").mkdir(parents=True, exist_ok=True)
        (self.install.STATE / "database/db.sqlite3").touch()


@pytest.fixture
def server(beside_setup, tmp_path, monkeypatch, program):
    import environment_file
    import front
    import install
    import releases

    for folder in ("units", "var/lib", "opt/releases"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(environment_file, "FILE", tmp_path / "etc/vaka/vaka.env")
    monkeypatch.setattr(install, "SETTINGS", tmp_path / "etc/vaka/vaka.env")
    monkeypatch.setattr(install, "CHOICES", tmp_path / "etc/vaka/choices.json")
    monkeypatch.setattr(install, "STATE", tmp_path / "var/lib/vaka")
    monkeypatch.setattr(install, "BACKUPS", tmp_path / "backups")
    monkeypatch.setattr(install, "LOCK", tmp_path / "install.lock")
    monkeypatch.setattr(install, "UNIT_FILE", tmp_path / "units/vaka.service")
    monkeypatch.setattr(install, "COMMAND", tmp_path / "bin/vaka")
    monkeypatch.setattr(install, "must_be_a_server", lambda what: None)
    monkeypatch.setattr(install, "outlive_the_terminal", lambda: None)
    monkeypatch.setattr(install, "which", lambda name: None)
    monkeypatch.setattr(releases, "FOLDER", tmp_path / "opt")
    monkeypatch.setattr(releases, "RELEASES", tmp_path / "opt/releases")
    monkeypatch.setattr(releases, "CURRENT", tmp_path / "opt/current")
    monkeypatch.setattr(releases, "copy", None)
    monkeypatch.setattr(front, "CADDYFILE", tmp_path / "Caddyfile")
    monkeypatch.setattr(front, "FILES", {"caddy": tmp_path / "vaka.caddyfile", "nginx": tmp_path / "vaka.conf"})
    monkeypatch.setattr(front, "installed", lambda package: True)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    made = Server(tmp_path, {"install": install, "releases": releases}, program)
    made.release()
    return made


@pytest.fixture
def installed(server, tell):
    server.typed(f"install --name {NAME}", tell)
    server.has_data()
    return server


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


def test_an_upgrade_saves_the_labs_backs_up_and_resumes(installed, tell, monkeypatch):
    monkeypatch.setattr(installed.install, "which", lambda name: f"/usr/bin/{name}")
    installed.release("1.1-two")
    log = installed.typed("install", tell)
    backup = next(line for line in log if " backup " in line)
    assert backup.startswith(f"1.1-two backup {installed.folder}/backups/before-upgrade-")
    assert [line.split(" --hours")[0] for line in log] == [
        "1.1-two set-up /var/lib/vaka",
        f"1.1-two can_upgrade --backups {installed.folder}/backups",
        "1.0-one end_day",
        "systemctl stop vaka",
        backup,
        "systemctl daemon-reload",
        "systemctl enable vaka",
        "systemctl restart vaka",
        "1.1-two resume_all",
    ]
    assert 0 < float(log[-1].split()[-1]) < 1
    assert installed.releases.current().name == "1.1-two"


def test_the_release_of_before_stays_and_older_ones_go(installed, tell):
    for name in ("1.1-two", "1.2-three"):
        installed.release(name)
        installed.typed("install", tell)
    assert sorted(one.name for one in installed.releases.RELEASES.iterdir()) == ["1.1-two", "1.2-three"]


@pytest.mark.parametrize("refuses", ["can_upgrade", "end_day"])
def test_an_upgrade_that_is_refused_leaves_the_site_running(installed, steps, tell, refuses):
    if refuses == "end_day":  # of the version that runs
        installed.release("1.0-one", refuses)
    installed.release("1.1-two", refuses)
    with pytest.raises(steps.Stop, match="because of the weather"):
        installed.typed("install", tell)
    assert not any("stop vaka" in line or "restart" in line for line in installed.log())
    assert installed.releases.current().name == "1.0-one"


def test_a_backup_that_fails_leaves_the_site_and_its_labs_as_they_were(installed, steps, tell):
    installed.release("1.1-two", refuses="backup")
    with pytest.raises(steps.Stop, match="because of the weather"):
        installed.typed("install", tell)
    log = installed.log()
    assert log[log.index("systemctl stop vaka") + 2 : -1] == [
        "systemctl daemon-reload",
        "systemctl enable vaka",
        "systemctl restart vaka",
    ]
    assert log[-1].startswith("1.0-one resume_all --hours 0.")
    assert installed.releases.current().name == "1.0-one"


def test_labs_that_were_stopped_before_one_that_does_not_stop_are_resumed(installed, steps, tell):
    installed.release("1.0-one", refuses="end_day")
    installed.release("1.1-two")
    with pytest.raises(steps.Stop, match="because of the weather"):
        installed.typed("install", tell)
    assert "systemctl stop vaka" not in installed.log()
    assert installed.log()[-1].startswith("1.0-one resume_all --hours 0.")


def test_a_version_that_does_not_start_gives_way_to_the_one_before_with_its_data(installed, steps, tell):
    installed.release("1.1-two")
    installed.systemctl(start=f"case $(readlink {installed.releases.CURRENT}) in *two) exit 1;; esac")
    with pytest.raises(steps.Stop, match=r"(?s)Port 8000 is taken.*previous version serves again"):
        installed.typed("install", tell)
    log = installed.log()
    backup = next(line for line in log if " backup " in line).split()[-1]
    assert log[log.index("systemctl restart vaka") + 1 :] == [
        "systemctl disable --now vaka",
        "systemctl daemon-reload",
        f"1.0-one restore {backup}",
        "systemctl daemon-reload",
        "systemctl enable vaka",
        "systemctl restart vaka",
        log[-1],
    ]
    assert log[-1].startswith("1.0-one resume_all --hours 0.")
    assert installed.releases.current().name == "1.0-one"


def test_with_postgresql_the_release_of_before_is_ready_and_the_way_back_is_told(installed, steps, tell):
    with (installed.etc / "vaka.env").open("a") as settings:
        settings.write("DATABASE_URL=postgres://vaka@127.0.0.1/vaka\n")
    installed.release("1.1-two")
    installed.systemctl(start="exit 1")
    with pytest.raises(steps.Stop, match=r"(?s)The site did not start.*one after the other") as told:
        installed.typed("install", tell)
    log = installed.log()
    backup = next(line for line in log if " backup " in line).split()[-1]
    typed = [line.strip() for line in str(told.value).rpartition("one after the other:")[2].strip().splitlines()]
    assert [line.split(" -u")[0] for line in typed] == [
        "systemctl stop vaka",
        "runuser",
        "runuser",
        f"vaka restore {backup}",
        "systemctl enable --now vaka",
        "vaka resume_all",
    ]
    assert installed.releases.current().name == "1.0-one"
    assert not any(" restore " in line for line in log), "an operator must make room for the data first"


def test_a_way_back_that_fails_loses_no_reason_and_says_what_to_type(installed, steps, tell):
    installed.release("1.0-one", refuses="restore")
    installed.release("1.1-two")
    installed.systemctl(start="exit 1")
    with pytest.raises(steps.Stop) as told:
        installed.typed("install", tell)
    said = str(told.value)
    assert "Port 8000 is taken by nginx." in said
    assert "because of the weather" in said
    assert f"\n    vaka restore {installed.folder}/backups/before-upgrade-" in said
    assert installed.releases.current().name == "1.0-one", "its command reads the backup"


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=["Ctrl-C", "disk full"]
)
def test_a_site_does_not_stay_stopped_whatever_ends_the_backup(installed, tell, monkeypatch, error):
    def fails(release, tell):
        raise error

    monkeypatch.setattr(installed.install, "back_up", fails)
    installed.release("1.1-two")
    with pytest.raises(type(error)):
        installed.typed("install", tell)
    log = installed.log()
    assert log.index("systemctl stop vaka") < log.index("systemctl restart vaka")
    assert log[-1].startswith("1.0-one resume_all")


def test_a_site_that_cannot_be_started_again_does_not_hide_why_it_was_stopped(installed, steps, tell, said):
    installed.release("1.1-two", refuses="backup")
    installed.systemctl(start="exit 1")
    with pytest.raises(steps.Stop, match="because of the weather"):
        installed.typed("install", tell)
    assert "Port 8000 is taken by nginx." in said[-1]
    assert "systemctl start vaka && vaka resume_all" in said[-1]


def test_labs_that_are_not_resumed_do_not_make_the_upgrade_fail(installed, tell, said):
    installed.release("1.1-two", refuses="resume_all")
    installed.typed("install", tell)
    assert installed.releases.current().name == "1.1-two"
    (resumed,) = (line for line in said if "the labs wait" in line)
    assert "because of the weather" in resumed
    assert resumed.endswith("sudo vaka resume_all")


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


def test_a_first_start_that_fails_says_why(server, steps, tell):
    server.systemctl(start="exit 1")
    with pytest.raises(steps.Stop, match=r"(?s)The site did not start.*Port 8000 is taken by nginx"):
        server.typed(f"install --name {NAME}", tell)


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


def test_another_name_that_comes_to_nothing_leaves_the_settings_of_the_site_that_goes_on(installed, steps, tell):
    before = [(installed.etc / name).read_text() for name in ("vaka.env", "choices.json")]
    installed.release("1.0-one", refuses="end_day")
    with pytest.raises(steps.Stop, match="because of the weather"):
        installed.typed("install --name lab.example.org", tell)
    assert [(installed.etc / name).read_text() for name in ("vaka.env", "choices.json")] == before


@pytest.mark.parametrize("words", ["install --name lab.example.org", "uninstall"])
def test_the_labs_of_an_exam_are_not_ended(installed, steps, tell, words):
    installed.release("1.0-one", refuses="can_upgrade")
    with pytest.raises(steps.Stop, match=r"because of the weather\n.*systemctl stop vaka"):
        installed.typed(words, tell)
    assert not any("stop vaka" in line or line == "systemctl disable --now vaka" for line in installed.log())
    assert f"VAKA_HOSTS={NAME}" in (installed.etc / "vaka.env").read_text()


def test_a_version_that_cannot_be_asked_for_exams_is_not_ended_without_a_question(installed, steps, tell):
    python = installed.releases.current() / ".venv/bin/python"
    python.write_text("#!/bin/sh\necho 'unrecognized arguments: --exams'; exit 2\n")
    with pytest.raises(steps.Stop, match=r"(?s)cannot be asked whether an exam is open.*systemctl stop vaka"):
        installed.typed("uninstall", tell)
    assert installed.unit.exists()


def test_postgresql_is_installed_and_its_address_kept(server, tell, monkeypatch):
    monkeypatch.setattr(server.install, "installed", lambda package: False)
    monkeypatch.setattr(server.install.postgresql, "ensure", lambda tell: "postgres://vaka:pw@127.0.0.1/vaka")
    log = server.typed(f"install --name {NAME} --database postgresql", tell)
    assert "apt-get install -y -q --no-install-recommends postgresql valkey-server" in log
    assert "DATABASE_URL=postgres://vaka:pw@127.0.0.1/vaka" in (server.etc / "vaka.env").read_text().splitlines()
    monkeypatch.setattr(server.install.postgresql, "ensure", None)  # a second password would end the first
    server.typed("install", tell)


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


@pytest.mark.parametrize("words", [f"install --name {NAME}", "uninstall --data"])
def test_two_at_once_do_not_disturb_each_other(server, steps, tell, words):
    """Regression: a second install in another shell stopped the site under the upgrade of the first."""
    with (server.folder / "install.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(steps.Stop, match="Another `docker/setup install` or"):
            server.typed(words, tell)
        assert server.log() == []
    server.typed(f"install --name {NAME}", tell)


def test_data_stay_in_the_database_in_which_they_are(installed, steps, tell):
    with pytest.raises(steps.Stop, match="The data of this site are in sqlite"):
        installed.typed("install --database postgresql", tell)


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
    assert (installed.install.STATE / "database/db.sqlite3").exists()
    assert (installed.etc / "vaka.env").exists()
    assert f"{installed.etc}, {installed.install.STATE}" in said[-2]


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
    assert not installed.install.STATE.exists()
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
