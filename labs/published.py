"""The labs of this site.

The catalogue has the newest version of each; a session goes on with the one that it was started with.
"""

import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from labs.engine.catalog import Catalog
from labs.engine.parse import load_lab
from labs.engine.spec import Lab

if TYPE_CHECKING:
    from labs.models import LabSession


class NoSuchLab(LookupError):
    """The site has no lab, or no such version of it."""


@cache
def _catalog(root: Path) -> Catalog:
    return Catalog(root)


@cache
def _kept(folder: Path) -> Lab:
    return load_lab(folder)


def all_labs() -> list[Lab]:
    return list(_catalog(Path(settings.LAB_CATALOG)).labs.values())


def newest(lab: str) -> Lab:
    try:
        return _catalog(Path(settings.LAB_CATALOG)).get(lab)
    except KeyError as error:
        raise NoSuchLab(lab) from error


def version(lab: str, wanted: str) -> Lab:
    """The lab as it was when a session of it began."""
    try:
        found = newest(lab)
    except NoSuchLab:
        found = None
    if found and found.version == wanted:
        return found
    folder = _folder(lab, wanted)
    if not folder.is_dir():
        raise NoSuchLab(f"{lab} {wanted}")
    return _kept(folder)


def of(session: "LabSession") -> Lab:
    """The lab that the session was started with. Raises NoSuchLab."""
    return version(session.lab, session.lab_version)


def keep(lab: Lab) -> None:
    """Keep a copy of the lab's folder, so that an upgrade of the site does not pull it from under a running session."""
    folder = _folder(lab.id, lab.version)
    if folder.is_dir() or lab.folder == folder:
        return
    half = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(half, ignore_errors=True)
    shutil.copytree(lab.folder, half)
    try:
        half.rename(folder)
    except OSError:  # another worker was faster
        shutil.rmtree(half, ignore_errors=True)


def _folder(lab: str, version: str) -> Path:
    return Path(settings.STATE_DIR) / "labs" / lab / version
