"""The lab image of this version of Vaka, and the age of its packages.

The tag is a hash of the recipe and the supervisor. A fresh build takes over that tag. It also gets a second tag with its time, and
labels with the packages that it was made from.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[3]
RECIPE_NAME = Path("docker/lab")  # in a clone
# An installed package has the recipe in a folder of its own: ``docker`` there is docker-py
_INSTALLED = REPO / "vaka_docker" / "lab"
RECIPE = _INSTALLED if _INSTALLED.is_dir() else REPO / RECIPE_NAME
FLAVOURS = RECIPE / "flavours"  # no part of the lab image: labs.engine.runtime.flavours
SUPERVISOR = REPO / "labs" / "supervisor"
BASE_TAG = "vaka-base:trixie"
REPOSITORY = "vaka-lab"
OLD = timedelta(days=30)  # of the packages; then instructors and administrators read that a fresh image should be built
FRESH = "make image FRESH=1"  # the command for it

# Labels of the image. Its containers inherit them, so they are few and short; lists of all packages are files in the image.
PACKAGES_AT, BASE_AT, PACKAGES, VERSIONS = "vaka.packages-at", "vaka.base-at", "vaka.packages", "vaka.versions"
FLAVOUR = "vaka.flavour"  # its name; a flavour inherits the times of the lab image on which it was built
LISTS = "/usr/share/vaka"  # in the image: the lists of packages
IN_LISTS = ("supervisor", "nodes")  # the packages that run PID 1; those that each node sees

# Packages that read what a learner or another node sends, or that labs consist of
NAMED = (
    *(
        "frr",
        "bird2",
        "stayrtr",
        "nginx-light",
        "unbound",
        "dnsmasq-base",
        "bind9-dnsutils",
        "radvd",
        "dhcpcd-base",
        "tayga",
    ),
    *("wireguard-tools", "nftables", "iproute2", "tcpdump", "curl", "libc6", "libssl3t64", "python3", "mininet"),
)


def modules_below(folder: Path) -> list[Path]:
    """The Python files in a folder and in its packages, but nothing that Python has compiled."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


# The files that the image takes from the project: the supervisor, and the modules that it shares with the engine.
IN_IMAGE = [
    REPO / "labs" / "__init__.py",
    REPO / "labs" / "engine" / "__init__.py",
    *modules_below(REPO / "labs" / "engine" / "shared"),
    *modules_below(SUPERVISOR),
]


def image_tag() -> str:
    """Return the tag that docker/lab/build builds and the driver starts, for example vaka-lab:3f2a9c01d4e5."""
    digest = hashlib.sha256()
    files = {path.relative_to(RECIPE): path for path in sorted(RECIPE.rglob("*")) if path.is_file()}
    # The engine applies the seccomp and AppArmor profiles at start; neither they nor the flavours are part of the image.
    outside = {"apparmor", "flavours", "seccomp.json", "__pycache__"}
    names = {path: RECIPE_NAME / inside for inside, path in files.items() if not outside & set(inside.parts)}
    for path in [*names, *IN_IMAGE]:
        name = names.get(path) or path.relative_to(REPO)
        digest.update(str(name).encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{REPOSITORY}:{digest.hexdigest()[:12]}"


def dated(tag: str, now: datetime) -> str:
    """Return the second tag of a build, for example vaka-lab:3f2a9c01d4e5-20260801T120000123. A later build leaves it."""
    return f"{tag}-{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}"


@dataclass(frozen=True, slots=True)
class Image:
    """A lab image on the engine. ``packages`` is a hash of the names and versions of all its packages.

    ``flavour`` is empty for the lab image itself. ``size`` is in bytes; a flavour shares all but its own layer with the lab image.
    """

    id: str
    tag: str
    packages_at: datetime
    base_at: datetime
    packages: str
    versions: dict[str, str]
    flavour: str = ""
    size: int = 0

    @property
    def age(self) -> timedelta:
        """The time since its packages were fetched; at least 0, in case the clock was set back."""
        return max(datetime.now(UTC) - self.packages_at, timedelta())

    @property
    def is_old(self) -> bool:
        return self.age >= OLD

    def as_json(self) -> dict[str, object]:
        names = ("id", "tag", "packages", "versions", "flavour", "size")
        fields = {name: getattr(self, name) for name in names}
        return {**fields, "packages_at": self.packages_at.isoformat(), "base_at": self.base_at.isoformat()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Image":
        """Read what ``as_json`` returned. Raises KeyError, TypeError or ValueError."""
        at: dict[str, Any] = {name: datetime.fromisoformat(str(stored[name])) for name in ("packages_at", "base_at")}
        rest = {name: stored[name] for name in ("id", "tag", "packages", "flavour", "size")}
        return cls(**rest, **at, versions=dict(stored["versions"]))


def labels(
    lists: Mapping[str, str], packages_at: datetime, base_at: datetime, *, flavour: str = "", more: Sequence[str] = ()
) -> dict[str, str]:
    """Return the labels of an image with these lists of packages, each of lines "name version".

    MORE: packages whose versions are shown, beside those of the lab image.
    """
    versions = dict[str, str]()
    for text in lists.values():
        versions |= dict(line.split(" ", 1) for line in text.splitlines())
    return {
        PACKAGES_AT: packages_at.isoformat(timespec="seconds"),
        BASE_AT: base_at.isoformat(timespec="seconds"),
        PACKAGES: hashlib.sha256("\0".join(lists[name] for name in sorted(lists)).encode()).hexdigest()[:12],
        VERSIONS: json.dumps({name: versions[name] for name in dict.fromkeys((*NAMED, *more)) if name in versions}),
        **({FLAVOUR: flavour} if flavour else {}),
    }


def read(image: str, tag: str, created: datetime, labels: Mapping[str, str], size: int = 0) -> Image:
    """Return the image with these labels. A time that no label gives is the time of its creation."""
    return Image(
        image,
        tag,
        packages_at(labels) or created,
        datetime.fromisoformat(labels[BASE_AT]) if BASE_AT in labels else created,
        labels.get(PACKAGES, ""),
        json.loads(labels.get(VERSIONS, "{}")),
        labels.get(FLAVOUR, ""),
        size,
    )


def packages_at(labels: Mapping[str, str]) -> datetime | None:
    """Return when the packages of a container's image were fetched. A container has the labels of its image."""
    return datetime.fromisoformat(labels[PACKAGES_AT]) if PACKAGES_AT in labels else None
