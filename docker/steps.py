"""The building blocks of docker/setup: reports, and commands as root or as ourselves.

It uses Python 3.8 and the standard library only, because nothing else is installed yet.
"""

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from proxy import PROXIES as PROXIES  # docker/lab/build imports it from here
from proxy import told_by_sudo

CLONE = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("VAKA_STATE") or CLONE / ".vaka").resolve()
HOST = STATE / "host"  # what set-up keeps: uv, measurements, the process ID of an engine that it started
LOG = STATE / "log"

# Seconds until a command counts as hanging. The pace of this server is not measured yet, and a quiet download is no hang: so these
# are for a server 30 times slower than usual, and for a link that carries some KB a second
WITHIN, DOWNLOADS_WITHIN = 15 * 60, 8 * 3600
ENDS_WITHIN = 30  # after SIGTERM

OURS = ("VAKA_", "DATABASE_URL", "REDIS_URL", "CACHE_URL")  # prefixes of the site's settings


def which(name):
    """Like shutil.which, but it searches the sbin folders as well."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def installed(package):
    """Return whether a Debian package is installed."""
    asked = ["dpkg-query", "-W", "-f", "${db:Status-Status}", package]
    try:
        return (
            subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=WITHIN).stdout
            == b"installed"
        )
    except FileNotFoundError:
        return False


def is_debian():
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text().splitlines()


class Stop(Exception):
    """A step cannot continue. The message says what to type."""


class Teller:
    """Reports what is done and, unless quiet, what was done before."""

    def __init__(self, quiet):
        self.quiet = quiet

    def did(self, text):
        with suppress(OSError):  # the terminal may be gone
            print(f"set-up: {text}", flush=True)

    def fine(self, text):
        if not self.quiet:
            self.did(text)


_root = []  # the cached answer of can_be_root


def can_be_root():
    """Return whether we are root, or sudo works without a password."""
    if not _root:
        _root.append(os.geteuid() == 0 or (shutil.which("sudo") is not None and sudo_needs_no_password()))
    return _root[0]


def sudo_needs_no_password():
    asked = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=WITHIN)
    return asked.returncode == 0


def sudo(command, more=()):
    """Return the command with sudo in front, which keeps the variables that it needs."""
    told = told_by_sudo(os.environ, more)
    return ["sudo", "-n", *(["--preserve-env=" + ",".join(told)] if told else []), *command]


def root_command(command, why):
    """Return the command as root must run it: unchanged, or with sudo. Raises Stop if sudo would ask for a password."""
    if os.geteuid() == 0:
        return list(command)
    if can_be_root():
        return sudo(command)
    raise Stop(
        f"{why} needs root. Type `sudo -v`, or become root, and run this again. Or type yourself:\n    {' '.join(command)}"
    )


def run(command, why, within=WITHIN, **options):
    """Run a command and return its output. Raises Stop, with the end of the output, if it fails or takes too long."""
    status, said = finish(command, why, within, stderr=subprocess.STDOUT, **options)
    if status:
        raise Stop(f"{why} failed (status {status}).\n    {' '.join(map(str, command))}\nsaid\n    {_end_of(said)}")
    return said


def finish(command, why, within, **options):
    """Run a command and return its status and its output. Raises Stop, with the end of the output, if it takes too long.

    The output goes to a file: a program that the command left behind could hold a pipe open for ever.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, **options)
        try:
            process.wait(within)
            late = False
        except subprocess.TimeoutExpired:
            late = True
            _end(process)
        except BaseException:  # Ctrl-C, or a signal
            _end(process)
            raise
        output.seek(0)
        said = output.read().decode(errors="replace")
    if late:
        runs = "" if process.returncode is not None else f" It belongs to root and still runs (process {process.pid})."
        raise Stop(
            f"{why} did not end within {within / 60:.0f} minutes and was told to end.{runs}\n"
            f"    {' '.join(map(str, command))}\nsaid\n    {_end_of(said)}\n"
            "Check the network, the disk and the Docker engine, then run this again: it continues with what is missing."
        )
    return process.returncode, said


def _end(process):
    """End a process that takes too long. One of another user's (sudo's) can only be asked by root."""
    for end in (process.terminate, process.kill):
        with suppress(PermissionError, subprocess.TimeoutExpired):
            end()
            process.wait(ENDS_WITHIN)
            return


def _end_of(said):
    return "\n    ".join(said.strip().splitlines()[-12:])
