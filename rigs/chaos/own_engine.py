"""A Docker engine of our own, for faults that would hurt others on a shared one."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from labs.engine.errors import EngineError
from labs.engine.runtime.driver import Engine
from labs.engine.runtime.image import image_tag
from vaka.ops import syscalls
from vaka.ops.errors import CannotStart

START_SECONDS, STOP_SECONDS = 30.0, 20.0
CGROUPS = Path("/sys/fs/cgroup")


class OwnEngine:
    """Runs in the mount and network namespaces of its parent, so the host's engine does not notice it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "docker.sock"
        self.address = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "dockerd.log"

    def start(self) -> None:
        at = {"--data-root": "data", "--exec-root": "exec", "--pidfile": "docker.pid"}
        places = [word for option, name in at.items() for word in (option, str(self.folder / name))]
        no_network = ["--bridge=vaka-chaos", "--iptables=false", "--ip6tables=false", "--ip-forward=false"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["dockerd", "-H", self.address, *places, *no_network],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=partial(syscalls.die_with, os.getpid()),
            )
        until = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise CannotStart(f"The engine did not start. Its log ends with: {self._log.read_text()[-600:]}")
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with_engine = Engine("chaos", self.address)
            with_engine.client.ping()
            with_engine.close()
        except (EngineError, OSError, Exception):  # noqa: BLE001 — docker-py raises anything when the engine is half up
            return False
        return True

    def bring_image(self, source: str) -> None:
        """Copy the lab image from the host's engine."""
        theirs, ours = Engine("chaos", source), Engine("chaos", self.address)
        try:
            theirs.check()
            image: Any = theirs.client.images.get(image_tag()).save(named=True)
            ours.client.images.load(image)
        finally:
            theirs.close()
            ours.close()

    def stop(self) -> None:
        """Stop the engine as an administrator does. Its containers end with it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.pull_the_plug()
        self._process = None

    def pull_the_plug(self) -> None:
        """Kill everything at once, as a power cut does. Only the data folder is left, and nothing in /run."""
        for number in self.processes():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        if self._process:
            self._process.wait()
            self._process = None
        until = time.monotonic() + 5
        while self.processes() and time.monotonic() < until:
            time.sleep(0.02)
        for place in self.mounts():
            subprocess.run(["umount", "-l", place], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder / "exec", ignore_errors=True)
        (self.folder / "docker.pid").unlink(missing_ok=True)
        self.forget_cgroups()

    def processes(self) -> list[int]:
        """Return the processes of the engine, its containerd, its shims and its containers."""
        found, parents, tops = [], {}, set()
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, ValueError, IndexError):
                number = int(entry.name)
                parents[number] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if f"{self.folder}/".encode() in (entry / "cmdline").read_bytes() and number != os.getpid():
                    name = (entry / "comm").read_text().strip()
                    if name.startswith(("dockerd", "containerd")):
                        tops.add(number)
        for number in parents:
            at = number
            while at > 1 and at not in tops:
                at = parents.get(at, 0)
            if at in tops:
                found.append(number)
        return found

    def mounts(self) -> list[str]:
        """Return the mounts below its folders, the deepest first."""
        places = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        below = [place for place in places if place.startswith((f"{self.folder}/data/", f"{self.folder}/exec/"))]
        return sorted(below, key=len, reverse=True)

    def cgroups(self) -> list[Path]:
        """Return the control groups of its containers. They are named after the containers, so all are its own."""
        containers = self.folder / "data" / "containers"
        names = {entry.name for entry in containers.iterdir()} if containers.is_dir() else set()
        return [path for name in names for path in CGROUPS.glob(f"*/docker/{name}")]

    def forget_cgroups(self) -> None:
        for path in self.cgroups():
            with suppress(OSError):
                path.rmdir()
