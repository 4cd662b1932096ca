"""Has this kernel what the lab requires? Tried in a network namespace that nothing else uses and that goes away at once."""

import subprocess
from collections.abc import Iterable

from labs.engine.features import FEATURES


def missing(names: Iterable[str]) -> list[str]:
    """What the kernel does not do, each with what an operator can load."""
    lacking = []
    for name in names:
        lines, cure = FEATURES.get(name, ((), "a newer version of the lab image"))
        if not lines or not _work(lines):
            lacking.append(f"{name} ({cure})")
    return lacking


def _work(lines: tuple[str, ...]) -> bool:
    script = " && ".join(line if line.startswith("tc ") else f"ip {line}" for line in lines)
    done = subprocess.run(["unshare", "--net", "sh", "-c", script], capture_output=True, check=False, timeout=10)
    return done.returncode == 0
