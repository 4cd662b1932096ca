"""Runs a whole site (``manage.py up``) as a child process, for commands that use it as people do."""

import os
import subprocess
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from labs.engine.shared import pace
from vaka.ops import programs, syscalls
from vaka.ops.errors import CannotStart

UP_SECONDS = pace.seconds(120.0)
STOP_SECONDS = pace.seconds(15.0)


class ChildSite:
    """A site with our own settings. Its output goes to the file ``log``."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.up: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when the site serves. Raises CannotStart with the end of its output."""
        with self.log.open("ab") as output:
            begun = output.tell()
            self.up = subprocess.Popen(
                programs.manage("up"),
                cwd=programs.clone(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=partial(syscalls.die_with, os.getpid()),
            )
        until = time.monotonic() + UP_SECONDS
        while "Serving" not in (said := self.log.read_text(errors="replace")[begun:]):
            if self.up.poll() is not None or time.monotonic() > until:
                raise CannotStart(f"The site did not start. Its output ends with: {said[-800:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        if self.up:
            self.up.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.up.wait(STOP_SECONDS)
            if self.up.poll() is None:
                self.up.kill()
                self.up.wait()
            self.up = None
