"""Builds the lab image for docker/setup: finds out what the build needs, and runs docker/lab/build."""

import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

import engine
from steps import (
    CLONE,
    DOWNLOADS_WITHIN,
    OURS,
    WITHIN,
    Stop,
    can_be_root,
    finish,
    installed,
    is_debian,
    root_command,
    sudo,
)

BUILD = CLONE / "docker/lab/build"
CATALOG = Path(os.environ.get("VAKA_LAB_CATALOG") or CLONE / "labs/catalog")
SUBORDINATE = "100000-165535"  # as useradd would have given; a user namespace needs subordinate IDs


def needs(python, fresh, needed):
    """Add to ``needed`` what only root can do so that the image can be built."""
    if not shutil.which("docker"):
        needed.package("building the lab image needs Docker's client", "docker-cli" if is_debian() else "docker.io")
    elif not has_buildx():
        name = "docker-buildx-plugin" if installed("docker-ce-cli") else "docker-buildx"
        needed.package("building the lab image needs Docker's buildx", name)
    if not (fresh or "base" in lacks(python)):
        return
    if not shutil.which("mmdebstrap"):
        needed.package("building the lab image needs mmdebstrap", "mmdebstrap", "debian-archive-keyring")
    if not can_be_root():
        if not shutil.which("newuidmap"):
            needed.package("building the lab image without root needs a user namespace", "uidmap")
        who = pwd.getpwuid(os.getuid()).pw_name
        if not all(has_subordinate_ids(who, Path(file)) for file in ("/etc/subuid", "/etc/subgid")):
            needed.command(["usermod", "--add-subuids", SUBORDINATE, "--add-subgids", SUBORDINATE, who])


def has_buildx():
    asked = subprocess.run(
        ["docker", "buildx", "version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=WITHIN
    )
    return asked.returncode == 0


def has_subordinate_ids(who, file):
    return file.exists() and any(
        line.split(":")[0] in (who, str(os.getuid())) for line in file.read_text().splitlines()
    )


def lacks(python):
    """Return which of "base" and "image" must be built; both if the engine does not answer."""
    if engine.state() != "answers" or not shutil.which("docker"):
        return ["base", "image"]
    return finish([python, str(BUILD), "--lacks"], "Asking which images are missing", WITHIN)[1].split()


def build(python, fresh, as_root, tell):
    """Build the image from Debian's packages if it is missing, and return the seconds. No image registry is used.

    A warning about old packages is printed even when quiet.
    """
    begun = time.monotonic()
    command = [python, str(BUILD), *(["--fresh"] if fresh else [])]
    why = "Building the lab image"
    status, said = finish(root_command(command, why) if as_root else command, why, DOWNLOADS_WITHIN)
    if status:
        raise Stop(f"The lab image could not be built (status {status}). The reason is above.\n{said.strip()}")
    seconds = time.monotonic() - begun
    is_news = seconds > 5 or "days old" in said
    (tell.did if is_news else tell.fine)(said.strip() or "the lab image is there")
    return seconds


def build_flavours(python, as_root, tell):
    """Build the image flavours that the labs of the courses name.

    One that cannot be built is reported, and set-up goes on: the site tries again when a lab first needs it.
    """
    if not any(names_flavour(file) for file in CATALOG.glob("*/lab.yaml")):
        return  # reading the courses takes a second
    ask = [str(python), str(CLONE / "manage.py"), "lab_flavours"]
    if as_root and os.geteuid() != 0:  # what the site has written down is root's then
        ask = sudo(ask, OURS)
    status, said = finish(ask, "Asking which image flavours the courses need", WITHIN)
    if status:
        tell.did("the image flavours that the courses need could not be found out; the reason is above")
    names = said.split()
    if not names:
        return
    command = [str(python), str(BUILD), "--flavour", *names]
    why = "Building image flavours"
    status, said = finish(root_command(command, why) if as_root else command, why, DOWNLOADS_WITHIN)
    for line in said.splitlines():
        (tell.did if "built in" in line else tell.fine)(line)
    if status:
        tell.did("labs whose image could not be built do not start; the reason is above")


def names_flavour(file):
    return any(line.startswith("image:") for line in file.read_text(encoding="utf-8").splitlines())
