"""The modules of docker/setup, imported as it imports them: from its own folder."""

import os
import stat
from pathlib import Path

import pytest

DOCKER = Path(__file__).parents[2] / "docker"
NAME = "learn.example.org"  # of a site that is installed
# Like sudo with env_reset, as it is installed everywhere: only the variables that are named get through
SUDO = r"""
kept=""
while [ $# -gt 0 ]; do case "$1" in
  -n) shift;;
  --preserve-env=*) kept=$(echo "${1#*=}" | tr , ' '); shift;;
  *) break;;
esac; done
[ "$1" = true ] && exit 0
told=""
for name in PATH $kept; do eval "value=\$$name"; told="$told $name=$value"; done
exec env -i $told "$@"
"""


@pytest.fixture(autouse=True)
def beside_setup(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCKER))


@pytest.fixture
def steps():
    import steps

    return steps


@pytest.fixture
def new_needs():
    from needs import Needs

    return Needs


@pytest.fixture
def said():
    """The lines of a teller of set-up."""
    return []


@pytest.fixture
def tell(steps, said):
    teller = steps.Teller(quiet=False)
    teller.did = said.append
    return teller


@pytest.fixture
def without_root(monkeypatch, steps):
    """An ordinary user who has no sudo."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(steps, "_root", [False])


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a small program on PATH, before all others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def put(name, text):
        file = folder / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return file

    return put


@pytest.fixture
def with_sudo(monkeypatch, steps, program):
    """An ordinary user who has sudo."""
    program("sudo", SUDO)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(steps, "_root", [])


class Server:
    """A server in a folder. ``log``: what was run on it, in order.

    systemctl, apt and the site's commands are small programs that write down what they are asked.
    """

    def __init__(self, folder, modules, program):
        self.folder, self.modules, self.program = folder, modules, program
        self.install, self.upgrade, self.releases = modules["install"], modules["upgrade"], modules["releases"]
        self.state = folder / "var/lib/vaka"
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
        (self.state / "database").mkdir(parents=True, exist_ok=True)
        (self.state / "database/db.sqlite3").touch()


@pytest.fixture
def server(beside_setup, tmp_path, monkeypatch, program):
    import environment_file
    import front
    import install
    import installed_site
    import releases
    import site_choices
    import upgrade

    for folder in ("units", "var/lib", "opt/releases"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(environment_file, "FILE", tmp_path / "etc/vaka/vaka.env")
    monkeypatch.setattr(site_choices, "FILE", tmp_path / "etc/vaka/choices.json")
    monkeypatch.setattr(installed_site, "STATE", tmp_path / "var/lib/vaka")
    monkeypatch.setattr(installed_site, "BACKUPS", tmp_path / "backups")
    monkeypatch.setattr(install, "LOCK", tmp_path / "install.lock")
    monkeypatch.setattr(installed_site, "UNIT_FILE", tmp_path / "units/vaka.service")
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
    made = Server(tmp_path, {"install": install, "releases": releases, "upgrade": upgrade}, program)
    made.release()
    return made


@pytest.fixture
def installed(server, tell):
    server.typed(f"install --name {NAME}", tell)
    server.has_data()
    return server
