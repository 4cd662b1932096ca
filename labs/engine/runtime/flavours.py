"""Image flavours: the lab image with more Debian packages, which a lab names by ``image:``.

A flavour is one file, docker/lab/flavours/NAME.toml. It imports the standard library only: docker/lab/build reads it too.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labs.engine.runtime.image import FLAVOURS, REPOSITORY, image_tag

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")  # Debian policy, 5.6.7
RECIPE_FILES = ("Dockerfile", "install", "service_folders.py")


class BadFlavour(ValueError):
    """The file of a flavour is wrong. The text names the file, and says what belongs there."""


@dataclass(frozen=True, slots=True)
class Flavour:
    name: str
    description: str
    packages: tuple[str, ...]
    folder: Path = FLAVOURS

    @property
    def tag(self) -> str:
        """The tag of its image, for example vaka-lab:3f2a9c01d4e5-dns: a hash of the lab image, the recipe and the packages."""
        digest = hashlib.sha256(f"{image_tag()}\0{' '.join(self.packages)}\0".encode())
        for name in RECIPE_FILES:
            digest.update((self.folder / name).read_bytes() + b"\0")
        return f"{REPOSITORY}:{digest.hexdigest()[:12]}-{self.name}"


def known(folder: Path = FLAVOURS) -> dict[str, Flavour]:
    """Return all flavours by name, in alphabetical order. Raises BadFlavour."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}


def tag_of(flavour: str) -> str:
    """Return the tag of the image from which a lab with this flavour starts; "" is the lab image. Raises KeyError."""
    return known()[flavour].tag if flavour else image_tag()


def _read(path: Path) -> Flavour:
    try:
        read: Mapping[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadFlavour(f"{path}: {error}") from None
    description, packages = read.get("description"), read.get("packages")
    if not NAME.fullmatch(path.stem):
        raise BadFlavour(f"{path}: the name has small letters, digits and hyphens, and begins with a letter.")
    if set(read) != {"description", "packages"}:
        raise BadFlavour(f"{path}: a flavour has a description and packages, and nothing else.")
    if not isinstance(description, str) or not description.strip():
        raise BadFlavour(f"{path}: description must be a text: what the packages are for.")
    if not isinstance(packages, list) or not packages or not all(_is_package(name) for name in packages):
        raise BadFlavour(f"{path}: packages must be a list of names of Debian packages.")
    return Flavour(path.stem, description, tuple(packages), path.parent)


def _is_package(name: object) -> bool:
    return isinstance(name, str) and PACKAGE.fullmatch(name) is not None
