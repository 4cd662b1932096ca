"""The labs of this site.

The catalogue has the newest version of each; a session goes on with the one that it was started with.
"""

import shutil
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.http import Http404

from labs.engine.authoring.catalog import Catalog
from labs.engine.authoring.parse import load_lab
from labs.engine.definition.parameters import PLAIN
from labs.engine.definition.spec import Lab
from labs.typed_yaml.errors import AuthoringErrors

if TYPE_CHECKING:
    from labs.models import LabSession


class NoSuchLab(LookupError):
    """The site has no lab, or no such version of it."""


@cache
def _catalog(root: Path) -> Catalog:
    return Catalog(root)


@lru_cache(maxsize=512)
def _read(folder: Path, version: str, seed: int) -> Lab:
    return load_lab(folder, seed)


def all_labs() -> list[Lab]:
    return list(_catalog(Path(settings.LAB_CATALOG)).labs.values())


def newest(lab: str, seed: int = PLAIN) -> Lab:
    try:
        found = _catalog(Path(settings.LAB_CATALOG)).get(lab)
    except KeyError as error:
        raise NoSuchLab(lab) from error
    return _seeded(found, seed)


def version(lab: str, wanted: str, seed: int = PLAIN) -> Lab:
    """The lab as it was when a session of it began."""
    try:
        found = newest(lab)
    except NoSuchLab:
        found = None
    if found is None or found.version != wanted:
        folder = _folder(lab, wanted)
        if not folder.is_dir():
            raise NoSuchLab(f"{lab} {wanted}")
        found = _read(folder, wanted, PLAIN)
    return _seeded(found, seed)


def _seeded(lab: Lab, seed: int) -> Lab:
    """The lab with the numbers of a seed. One without parameters has those of its author only."""
    if not lab.parameters or seed == PLAIN:
        return lab
    try:
        return _read(lab.folder, lab.version, seed)
    except AuthoringErrors as error:
        raise NoSuchLab(f"{lab.id} {lab.version} with seed {seed}") from error


def of(session: "LabSession") -> Lab:
    """The lab that the session was started with, with its own numbers. Raises NoSuchLab."""
    return version(session.lab, session.lab_version, session.seed)


def newest_or_404(lab: str) -> Lab:
    """For pages: a lab that the site does not have is not found."""
    try:
        return newest(lab)
    except NoSuchLab as error:
        raise Http404(lab) from error


def of_or_404(session: "LabSession") -> Lab:
    """For pages: a session whose lab nobody kept is not found."""
    try:
        return of(session)
    except NoSuchLab as error:
        raise Http404(session.lab) from error


def keep(lab: Lab) -> None:
    """Keep a copy of the lab's folder, so that an upgrade of the site does not pull it from under a running session."""
    folder = _folder(lab.id, lab.version)
    if folder.is_dir() or lab.folder == folder:
        return
    half = folder.with_name(f"{folder.name}.{uuid4().hex}.new")  # forty start at once, each in a process of its own
    shutil.copytree(lab.folder, half)
    try:
        half.rename(folder)
    except OSError:  # another worker was faster
        shutil.rmtree(half, ignore_errors=True)


def kept_folders() -> list[Path]:
    """The folders of all versions that are kept, and of what was left when one was being copied."""
    return sorted(folder for folder in (Path(settings.STATE_DIR) / "labs").glob("*/*") if folder.is_dir())


def _folder(lab: str, version: str) -> Path:
    return Path(settings.STATE_DIR) / "labs" / lab / version
