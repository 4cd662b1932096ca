"""Releases of an installed site: copies of a clone below /opt/vaka/releases. ``current`` leads to the one that runs.

Only root can change them, and a clone can change, or go, while its copy serves.
"""

import hashlib
import os
import re
import shutil
from pathlib import Path

from steps import CLONE

FOLDER = Path("/opt/vaka")
RELEASES, CURRENT = FOLDER / "releases", FOLDER / "current"
# By name, because everybody may read a release: a clone can also have the key of a certificate, or a backup
TOPS = (
    "CHANGELOG.md",
    "LICENSE",
    "LICENSE-CONTENT",
    "README.md",
    "courses",
    "docker",
    "docs",
    "labs",
    "manage.py",
    "platform",
    "pyproject.toml",
    "uv.lock",
)
CACHE = "__pycache__"


def taken():
    """Return what a release has of the clone's own folder."""
    return [path for name in TOPS if (path := CLONE / name).exists()]


def files():
    """Yield each file of a release. A link counts as itself."""
    for top in taken():
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if CACHE not in path.parts and (path.is_symlink() or path.is_file()):
                yield path


def version():
    return re.search(r'^version = "(.+)"$', (CLONE / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE).group(
        1
    )


def name():
    """Return the name of the clone's release: its version, and a hash of all its files. The same files have the same name."""
    mark = hashlib.sha256()
    for path in files():
        content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
        mark.update(f"{path.relative_to(CLONE)}\0{os.access(path, os.X_OK)}\0{len(content)}\0".encode() + content)
    return f"{version()}-{mark.hexdigest()[:10]}"


def copy(tell):
    """Copy the clone to its release unless it is there, and return the release's folder."""
    release = RELEASES / name()
    if release.is_dir():
        return release
    tell.did(f"copying this clone to {release}")
    part = RELEASES / f".{release.name}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for top in taken():
        if top.is_dir():
            shutil.copytree(top, part / top.name, symlinks=True, ignore=shutil.ignore_patterns(CACHE))
        else:
            shutil.copy(top, part / top.name)
    for path in (part, *part.rglob("*")):
        if not path.is_symlink():  # the accounts must read what a strict umask has closed
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    part.rename(release)
    return release


def current():
    """Return the release that is in use; None if there is none."""
    return CURRENT.resolve() if CURRENT.is_dir() else None


def use(release):
    """Have ``current`` lead to a release, from one moment to the next."""
    new = FOLDER / ".current"
    if new.is_symlink():
        new.unlink()
    new.symlink_to(release)
    new.replace(CURRENT)


def remove_all_but(kept, tell):
    """Remove the releases that are not in ``kept``."""
    for release in sorted(RELEASES.iterdir()):
        if release not in kept:
            tell.did(f"removing the release {release.name}")
            shutil.rmtree(release)
