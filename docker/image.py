"""The lab image of docker/setup: what its build needs, and the build (docker/lab/build, which any newer Python can run)."""

import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

import engine
from steps import CLONE, Stop, can_be_root, installed, is_debian, root_command

BUILD = CLONE / "docker/lab/build"
SUBORDINATE = "100000-165535"  # what useradd would have given; a namespace of a user's own needs ids


def needs(python, fresh, needed):
    """What only root can do so that the image can be built; little, where it is there already."""
    if not shutil.which("docker"):
        needed.package("the lab image is built with Docker's client", "docker-cli" if is_debian() else "docker.io")
    elif not has_buildx():
        name = "docker-buildx-plugin" if installed("docker-ce-cli") else "docker-buildx"
        needed.package("the lab image is built with Docker's buildx", name)
    if not (fresh or "base" in lacks(python)):
        return
    if not shutil.which("mmdebstrap"):
        needed.package("the lab image is built with mmdebstrap", "mmdebstrap", "debian-archive-keyring")
    if not can_be_root():
        if not shutil.which("newuidmap"):
            needed.package("without root the lab image is built in a namespace of your own", "uidmap")
        who = pwd.getpwuid(os.getuid()).pw_name
        if not all(has_subordinate_ids(who, Path(file)) for file in ("/etc/subuid", "/etc/subgid")):
            needed.command(["usermod", "--add-subuids", SUBORDINATE, "--add-subgids", SUBORDINATE, who])


def has_buildx():
    asked = subprocess.run(["docker", "buildx", "version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return asked.returncode == 0


def has_subordinate_ids(who, file):
    return file.exists() and any(
        line.split(":")[0] in (who, str(os.getuid())) for line in file.read_text().splitlines()
    )


def lacks(python):
    """What would have to be built, of "base" and "image"; all of it where the engine cannot be asked."""
    if engine.state() != "answers" or not shutil.which("docker"):
        return ["base", "image"]
    asked = subprocess.run([python, str(BUILD), "--lacks"], stdout=subprocess.PIPE, text=True)
    return asked.stdout.split()


def build(python, fresh, as_root, tell):
    """Build it from Debian's packages, if need be: no registry of images is asked. Returns its seconds.

    That its packages are old is said even when quiet.
    """
    begun = time.monotonic()
    command = [python, str(BUILD), *(["--fresh"] if fresh else [])]
    done = subprocess.run(
        root_command(command, "Building the lab image") if as_root else command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise Stop(
            f"The lab image could not be built (status {done.returncode}); why stands above.\n{done.stdout.strip()}"
        )
    seconds = time.monotonic() - begun
    is_news = seconds > 5 or "days old" in done.stdout
    (tell.did if is_news else tell.fine)(done.stdout.strip() or "the lab image is there")
    return seconds
