"""What the steps of docker/setup are made of: saying what is done, running commands as who must, Debian's packages.

Standard library and Python 3.8 only: nothing else is there yet.
"""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("VAKA_STATE") or CLONE / ".vaka").resolve()
HOST = STATE / "host"  # what set-up made on this machine: uv, stamps, the number of an engine that we started
LOG = STATE / "log"


# Where the way to the Internet leads through a proxy, and whom to believe there. Docker passes these on to a build by itself.
PROXIES = tuple(
    name
    for lower in ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
    for name in (lower, lower.upper())
)
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")


def which(name):
    """Like shutil.which, also for what lies in root's folders only."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def installed(package):
    """Whether a Debian package is there."""
    asked = ["dpkg-query", "-W", "-f", "${db:Status-Status}", package]
    try:
        return subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout == b"installed"
    except FileNotFoundError:
        return False


def is_debian():
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text().splitlines()


class Stop(Exception):
    """A step cannot go on; the text says what to type."""


class Teller:
    """Says what is done; what was there already is said only when not quiet."""

    def __init__(self, quiet):
        self.quiet = quiet

    def did(self, text):
        print(f"set-up: {text}", flush=True)

    def fine(self, text):
        if not self.quiet:
            self.did(text)


_root = []  # whether we can become root, once somebody has asked


def can_be_root():
    """Whether we are root, or sudo makes us root without asking for a password."""
    if not _root:
        _root.append(os.geteuid() == 0 or (shutil.which("sudo") is not None and sudo_needs_no_password()))
    return _root[0]


def sudo_needs_no_password():
    asked = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return asked.returncode == 0


def told_by_sudo(environment, more=()):
    """The names of the variables that a command needs as root too; MORE are names, or how names begin. No value is told to sudo."""
    wanted = (*PROXIES, *CERTIFICATES, "DOCKER_HOST")
    return sorted(name for name in environment if name in wanted or name.startswith(("PIP_", "UV_", *more)))


def sudo(command, more=()):
    """The command through sudo, with what it needs of our environment."""
    told = told_by_sudo(os.environ, more)
    return ["sudo", "-n", *(["--preserve-env=" + ",".join(told)] if told else []), *command]


def root_command(command, why):
    """The command as root: as it is, or through sudo, which must not ask for a password."""
    if os.geteuid() == 0:
        return list(command)
    if can_be_root():
        return sudo(command)
    raise Stop(
        f"{why} needs root. Type `sudo -v`, or become root, and run the same again. By hand:\n    {' '.join(command)}"
    )


def run(command, why, **options):
    """Run a command; when it fails, say which, and the end of what it printed."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    if done.returncode:
        tail = "\n    ".join(done.stdout.strip().splitlines()[-12:])
        raise Stop(f"{why} failed (status {done.returncode}).\n    {' '.join(map(str, command))}\nsaid\n    {tail}")
    return done.stdout


class Needs:
    """What only root can do and is not done yet: packages, and commands. All of it is known before any of it is done."""

    def __init__(self):
        self.packages = {}  # name: why
        self.commands = []
        self.signs_in_again = False  # groups are a session's

    def package(self, why, *names):
        for name in names:
            self.packages.setdefault(name, why)

    def command(self, *commands):
        self.commands += commands

    def install(self, tell):
        """Install the packages with one run of apt-get."""
        if not self.packages:
            return
        why = "; ".join(dict.fromkeys(self.packages.values()))
        if not shutil.which("apt-get"):
            raise Stop(f"{why}. Install {' '.join(self.packages)}: set-up knows Debian and Ubuntu only.")
        tell.did(f"{why}: installing {', '.join(self.packages)} with apt-get")
        environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
        for command in apt_get(self.packages):
            run(root_command([*environment, *command], why), " ".join(command[:2]))
        self.packages = {}

    def must_be_met(self):
        """Stop if something is lacking, and say what an administrator types, all of it and once."""
        if not (self.packages or self.commands):
            return
        commands = [*(apt_get(self.packages) if self.packages else []), *self.commands]
        typed = "".join(f"\n    sudo {' '.join(shlex.quote(word) for word in command)}" for command in commands)
        reasons = "".join(f"\n  - {why}" for why in dict.fromkeys(self.packages.values()))
        again = " after you have signed out and in again" if self.signs_in_again else ""
        raise Stop(
            f"Some of it only an administrator of this machine can do.{reasons}\n"
            f"With sudo yourself, type `sudo -v` and run the same again. Else an administrator types this, once:{typed}\n"
            f"Then run the same again{again}."
        )


def apt_get(packages):
    """The commands that install packages of Debian or Ubuntu."""
    return [["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]]
