"""The lab registry: the versions of this site's labs.

The catalogue has the newest version of each lab. A session keeps the version that it was started with.
"""

import shutil
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from django.conf import settings
from django.http import Http404

from labs.engine.authoring.catalog import Catalog
from labs.engine.authoring.parse import load_lab
from labs.engine.definition.parameters import PLAIN
from labs.engine.definition.spec import Lab
from labs.typed_yaml.authoring_errors import AuthoringErrors


class VersionedRow(Protocol):
    """A row of a certain lab version and its parameters: a session, a save, an attempt."""

    lab: str
    lab_version: str
    seed: int


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


def named(names: Sequence[str]) -> list[Lab]:
    """Return the labs of these names, or all of the catalogue for none. Raises NoSuchLab with the names that exist."""
    known = {lab.id: lab for lab in all_labs()}
    for name in names:
        if name not in known:
            raise NoSuchLab(f"There is no lab {name} here. There are: {', '.join(sorted(known))}.")
    return [known[name] for name in dict.fromkeys(names)] or sorted(known.values(), key=lambda lab: lab.id)


def newest(lab: str, seed: int = PLAIN) -> Lab:
    try:
        found = _catalog(Path(settings.LAB_CATALOG)).get(lab)
    except KeyError as error:
        raise NoSuchLab(f"The catalogue of this site has no lab {lab}. Choose one that it lists.") from error
    return _seeded(found, seed)


def version(lab: str, wanted: str, seed: int = PLAIN) -> Lab:
    """Return a version of a lab, from the catalogue or from the kept copies. Raises NoSuchLab."""
    try:
        found = newest(lab)
    except NoSuchLab:
        found = None
    if found is None or found.version != wanted:
        folder = kept_folder(lab, wanted)
        if not folder.is_dir():
            raise NoSuchLab(
                f"This site no longer has version {wanted} of the lab {lab}. Begin with the newest version, or restore the "
                "state folder from a backup of that time."
            )
        found = _kept(folder, lab, wanted)
    return _seeded(found, seed)


def _kept(folder: Path, lab: str, version: str) -> Lab:
    """Read a kept copy. An upgrade may have removed what it names, for example the flavour of its image."""
    try:
        return _read(folder, version, PLAIN)
    except AuthoringErrors as error:
        raise NoSuchLab(
            f"Version {version} of the lab {lab} cannot be used with this version of Vaka. Begin with the newest version."
        ) from error


def _seeded(lab: Lab, seed: int) -> Lab:
    """Return the lab with the parameters of a seed. A lab without parameters has its author's numbers only."""
    if not lab.parameters or seed == PLAIN:
        return lab
    try:
        return _read(lab.folder, lab.version, seed)
    except AuthoringErrors as error:
        raise NoSuchLab(
            f"Version {lab.version} of the lab {lab.id} cannot be made with the seed {seed}. Begin with another seed."
        ) from error


def of(row: VersionedRow) -> Lab:
    """Return the version that a session, a save or an attempt is of, with its parameters. Raises NoSuchLab."""
    return version(row.lab, row.lab_version, row.seed)


def title_of(lab: str) -> str:
    """Return the title of the lab's newest version; empty if the lab has left the catalogue."""
    try:
        return newest(lab).title
    except NoSuchLab:
        return ""


def newest_or_404(lab: str) -> Lab:
    """For pages: a lab that the site does not have is not found."""
    try:
        return newest(lab)
    except NoSuchLab as error:
        raise Http404(lab) from error


def of_or_404(row: VersionedRow) -> Lab:
    """For pages: a session whose version was not kept is not found."""
    try:
        return of(row)
    except NoSuchLab as error:
        raise Http404(row.lab) from error


def keep(lab: Lab) -> None:
    """Keep a copy of the lab's folder, so that sessions that run can use it after an upgrade of the site."""
    folder = kept_folder(lab.id, lab.version)
    if folder.is_dir() or lab.folder == folder:
        return
    # A name of its own, because several processes may start the same lab at once
    half = folder.with_name(f"{folder.name}.{uuid4().hex}.new")
    shutil.copytree(lab.folder, half)
    try:
        half.rename(folder)
    except OSError:  # another worker was faster
        shutil.rmtree(half, ignore_errors=True)


def kept_folders() -> list[Path]:
    """Return the folders of all kept versions, and of copies that were not finished."""
    return sorted(folder for folder in (Path(settings.STATE_DIR) / "labs").glob("*/*") if folder.is_dir())


def kept_folder(lab: str, version: str) -> Path:
    return Path(settings.STATE_DIR) / "labs" / lab / version
