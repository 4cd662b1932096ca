"""Which lab image belongs to this version of Vaka: its tag is a hash of all that goes into it."""

import hashlib
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent.parent
RECIPE = REPO / "docker" / "lab"
SUPERVISOR = REPO / "labs" / "supervisor"
BASE_TAG = "vaka-base:trixie"
REPOSITORY = "vaka-lab"

# What the image takes from the package: the supervisor and the wire that it shares with the engine.
IN_IMAGE = [
    REPO / "labs" / "__init__.py",
    REPO / "labs" / "engine" / "__init__.py",
    REPO / "labs" / "engine" / "cable.py",
    REPO / "labs" / "engine" / "features.py",
    REPO / "labs" / "engine" / "running.py",
    REPO / "labs" / "engine" / "wire.py",
    *sorted(SUPERVISOR.glob("*.py")),
]


def image_tag() -> str:
    """The tag that docker/lab/build makes and the driver starts, for example vaka-lab:3f2a9c01d4e5."""
    digest = hashlib.sha256()
    recipe = [path for path in sorted(RECIPE.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    # The seccomp and AppArmor profiles are applied by the engine at start; they are no part of the image.
    recipe = [path for path in recipe if path.name != "seccomp.json" and "apparmor" not in path.parts]
    for path in [*recipe, *IN_IMAGE]:
        digest.update(str(path.relative_to(REPO)).encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{REPOSITORY}:{digest.hexdigest()[:12]}"
