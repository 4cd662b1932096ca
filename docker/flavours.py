"""Builds the image flavours that the courses need, for docker/setup, and reports old ones.

The recipes are in docker/lab/flavours.
"""

import os
from pathlib import Path

from image import BUILD
from steps import CLONE, DOWNLOADS_WITHIN, OURS, WITHIN, finish, root_command, sudo

OLD = CLONE / "docker/old_flavours"
CATALOG = Path(os.environ.get("VAKA_LAB_CATALOG") or CLONE / "labs/catalog")


def build(python, as_root, tell):
    """Build the image flavours that the labs of the courses name.

    One that cannot be built is reported, and set-up goes on: the site tries again when a lab first needs it.
    A warning about old packages of any flavour is printed even when quiet.
    """
    build_needed(python, as_root, tell)
    command, why = [str(python), str(OLD)], "Reading the age of the image flavours"
    status, said = finish(root_command(command, why) if as_root else command, why, WITHIN)
    if status:
        tell.did("the age of the image flavours could not be found out; the reason is above")
    elif said.strip():
        tell.did(said.strip())


def build_needed(python, as_root, tell):
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
