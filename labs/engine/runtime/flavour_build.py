"""Builds the image of a flavour when it is first needed, by the script that set-up uses too (docker/lab/build)."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from labs.engine.errors import ImageNotBuilt
from labs.engine.runtime.image import RECIPE
from labs.engine.shared import pace

SECONDS = pace.seconds(900.0)  # the largest takes a minute; a slow connection to Debian's mirrors takes the rest
SCRIPT = RECIPE / "build"
SAID = 1900  # characters: the end of the output, where apt says what is wrong


def build(flavour: str, *, seconds: float = SECONDS, script: Path = SCRIPT) -> None:
    """Build the image of this flavour unless the engine has it. Raises ImageNotBuilt with the end of the script's output."""
    with tempfile.TemporaryDirectory(prefix="vaka-") as folder, _started(flavour, script, folder) as process:
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise ImageNotBuilt(
                f"Building the image {flavour} took more than {seconds:.0f} s. {_by_hand(flavour, script)}"
            ) from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise ImageNotBuilt(
            said.strip()[-SAID:] or f"{script} ended with status {process.returncode}. {_by_hand(flavour, script)}"
        )


def _by_hand(flavour: str, script: Path) -> str:
    return f"Type it yourself, and read its output: {script} --flavour {flavour}"


def _started(flavour: str, script: Path, folder: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(script), "--flavour", flavour],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        env={**os.environ, "BUILDX_CONFIG": folder},  # the account that starts labs has no home
    )
