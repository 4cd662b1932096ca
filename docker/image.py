"""Builds the lab image for docker/setup: finds out what the build needs, and runs docker/lab/build."""

import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

import engine
import releases
from steps import (
    CLONE,
    DOWNLOADS_WITHIN,
    WITHIN,
    Stop,
    can_be_root,
    finish,
    installed,
    is_debian,
    root_command,
)

BUILD = CLONE / "docker/lab/build"
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
    if releases.RELEASES in BUILD.parents:  # there is no make
        said = said.replace("make image FRESH=1", f"sudo {releases.CURRENT}/docker/lab/build --fresh")
    seconds = time.monotonic() - begun
    is_news = seconds > 5 or "days old" in said
    (tell.did if is_news else tell.fine)(said.strip() or "the lab image is there")
    return seconds
