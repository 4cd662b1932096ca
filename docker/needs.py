"""Collects what only an administrator can do, before the first of it is done: packages, and commands as root.

It uses Python 3.8 and the standard library only, because nothing else is installed yet.
"""

import shlex
import shutil
import time

from steps import DOWNLOADS_WITHIN, Stop, root_command, run

# Nothing is asked, also by Ubuntu's needrestart, which only lists what it would restart: with the engine, labs would end
UNASKED = ("env", "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_MODE=l", "LC_ALL=C")
LOCK_WITHIN, AGAIN = 30 * 60, 5  # seconds to wait for another program that installs, such as the updates after a boot


class Needs:
    """Packages to install and commands to run as root."""

    def __init__(self):
        self.packages = {}  # name: why
        self.commands = []
        self.signs_in_again = False  # a new group takes effect at the next sign-in

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
            raise Stop(
                f"{why}. Set-up can install packages on Debian and Ubuntu only. Install {' '.join(self.packages)} yourself."
            )
        tell.did(f"{why}: installing {', '.join(self.packages)} with apt-get")
        for command in apt_get(self.packages):
            run_apt(command, why, tell)
        self.packages = {}

    def must_be_met(self):
        """Raise Stop if something is missing. The message lists all that an administrator must type."""
        if not (self.packages or self.commands):
            return
        commands = [*(apt_get(self.packages) if self.packages else []), *self.commands]
        typed = "".join(f"\n    sudo {' '.join(shlex.quote(word) for word in command)}" for command in commands)
        reasons = "".join(f"\n  - {why}" for why in dict.fromkeys(self.packages.values()))
        again = " after signing out and in again" if self.signs_in_again else ""
        raise Stop(
            f"Some steps need an administrator of this server.{reasons}\n"
            f"If you have sudo, type `sudo -v` and run this again. Otherwise an administrator types this, once:{typed}\n"
            f"Then run this again{again}."
        )


def run_apt(command, why, tell):
    """Run apt-get, and wait while another program holds its lock. apt's own limit (DPkg::Lock::Timeout) is not for lists."""
    until = time.monotonic() + LOCK_WITHIN
    waits = False
    while True:
        try:
            run(root_command([*UNASKED, *command], why), " ".join(command[:2]), within=DOWNLOADS_WITHIN)
            return
        except Stop as failed:
            if "Could not get lock" not in str(failed) or time.monotonic() > until:
                raise
        if not waits:
            tell.did("another program installs packages: waiting for it")
        waits = True
        time.sleep(AGAIN)


def apt_get(packages):
    """Return the commands that install packages on Debian or Ubuntu."""
    return [["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]]
