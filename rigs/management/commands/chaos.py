"""``manage.py chaos``: breaks a site in every phase of a session with ``rigs.chaos``, and reports what learners saw."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from labs.engine.errors import EngineError
from rigs import temporary_site
from vaka.ops import syscalls
from vaka.ops.errors import CannotStart
from vaka.ops.site_client import Unexpected
from vaka.unbuffered_command import UnbufferedCommand

SOURCE = "VAKA_CHAOS_SOURCE"  # the address of the engine that has the image
DISKS = {"state": "192m", "engine": "1600m"}  # small enough to be filled


class Command(UnbufferedCommand):
    help = (
        "Break everything that can break, in every phase of a session's life, on a site and an engine of its own, "
        "and say what learners saw, how long it took, and what was left. Needs root."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("words", nargs="*", help="only faults with one of these words in their name")
        parser.add_argument(
            "--soak",
            type=int,
            default=0,
            metavar="N",
            help="instead, start and stop labs N times and report what is left",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if os.geteuid() != 0:
            raise CommandError("The chaos test starts a Docker engine of its own, which needs root.")
        if not temporary_site.is_ours():
            self.become_isolated()
        logging.getLogger("httpx").setLevel(logging.WARNING)
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        folder = Path(settings.STATE_DIR).parent
        try:
            good = self.soak(folder, options["soak"]) if options["soak"] else self.chaos(folder, options["words"])
        except (EngineError, CannotStart, Unexpected, TimeoutError) as reason:
            raise CommandError(f"The chaos test stopped: {reason}") from None
        except KeyboardInterrupt:
            raise CommandError("The chaos test was interrupted.", returncode=130) from None
        finally:
            kept = os.environ.get("VAKA_CHAOS_LOGS")
            if kept and (folder / "up.log").exists():
                shutil.copytree(folder / "state" / "log", kept, dirs_exist_ok=True)
                shutil.copy(folder / "up.log", kept)
            for name in DISKS:
                subprocess.run(["umount", "-l", str(folder / name)], check=False)
            shutil.rmtree(folder, ignore_errors=True)
        if not good:
            sys.exit(1)

    def chaos(self, folder: Path, words: list[str]) -> bool:
        from rigs.chaos.chaos_site import chaos_site
        from rigs.chaos.faults import FAULTS
        from rigs.chaos.leftovers import left_at_the_end
        from rigs.chaos.run import chaos, closing

        wanted = [fault for fault in FAULTS if not words or any(word in fault.name for word in words)]
        with chaos_site(folder, os.environ[SOURCE]) as ready:
            outcomes, left = chaos(ready, wanted, self.tell)
            ready.stop()
            left += (more := left_at_the_end(ready))
            for what in more:
                self.tell(f"LEFT at the end: {what}")
        self.tell(closing(outcomes, left))
        return not left and all(outcome.seconds is not None for outcome in outcomes)

    def soak(self, folder: Path, times: int) -> bool:
        from rigs.chaos.chaos_site import chaos_site
        from rigs.chaos.leftovers import left_at_the_end
        from rigs.chaos.soak import soak

        with chaos_site(folder, os.environ[SOURCE]) as ready:
            left = soak(ready, times, self.tell)
            ready.stop()
            left += left_at_the_end(ready)
        for what in left:
            self.tell(f"LEFT: {what}")
        self.tell(f"{times} starts and stops, {len(left)} left")
        return not left

    def become_isolated(self) -> None:
        """Become a process with disks, mounts and a network of its own, and an empty state folder."""
        from rigs.chaos import chaos_labs

        folder = Path(tempfile.mkdtemp(prefix="vaka-chaos-"))
        folder.chmod(0o755)
        os.unshare(os.CLONE_NEWNS | os.CLONE_NEWNET)
        syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
        for name, size in DISKS.items():
            (folder / name).mkdir()
            syscalls.mount("tmpfs", folder / name, "tmpfs", data=f"size={size},mode=755")
        for command in ("link set lo up", "link add vaka-chaos type bridge", "addr add 198.18.0.1/24 dev vaka-chaos"):
            subprocess.run(["ip", *command.split()], check=True)
        chaos_labs.write(folder / "labs", Path(settings.LAB_CATALOG))
        state, docker = folder / "state", f"unix://{folder}/engine/docker.sock"
        source = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
        more = {SOURCE: source, "DOCKER_HOST": docker, "VAKA_LAB_CATALOG": str(folder / "labs")}
        temporary_site.become(temporary_site.environment(state, **more))
