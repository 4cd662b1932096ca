"""What the steps of docker/setup are made of: saying what is done, running commands as who must, Debian's packages.

Standard library and Python 3.8 only: nothing else is there yet.
"""

import os
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


class Apt:
    """Debian's and Ubuntu's packages. The lists are fetched once, before the first installation."""

    def __init__(self, tell):
        self.tell, self.fresh = tell, False

    def install(self, packages, why):
        if not shutil.which("apt-get"):
            raise Stop(f"{why}. Install {' '.join(packages)}: set-up knows Debian and Ubuntu only.")
        self.tell.did(f"{why}: installing {', '.join(packages)} with apt-get")
        environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
        if not self.fresh:
            run(root_command([*environment, "apt-get", "update", "-q"], why), "apt-get update")
            self.fresh = True
        run(
            root_command([*environment, "apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], why),
            "apt-get install",
        )
