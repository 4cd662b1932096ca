"""Check that the kernel has the features that a lab requires, by trying each in a temporary network namespace."""

import subprocess
from collections.abc import Iterable

from labs.engine.shared import pace
from labs.engine.shared.features import FEATURES


def missing(names: Iterable[str]) -> list[str]:
    """The features that the kernel lacks, each with what an operator can do about it."""
    lacking = []
    for name in names:
        feature = FEATURES.get(name)
        if feature is None or not _work(feature.tries):
            lacking.append(f"{name} ({feature.what_helps if feature else 'a newer version of the lab image'})")
    return lacking


def _work(tries: Iterable[str]) -> bool:
    done = subprocess.run(
        ["unshare", "--net", "sh", "-ec", "\n".join(tries)], capture_output=True, check=False, timeout=pace.seconds(10)
    )
    return done.returncode == 0
