"""The site of the chaos test, on an engine and in namespaces of its own. The host is not touched."""

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection

from labs.engine.runtime.driver import Engine
from labs.models.pool_size import PoolSize
from rigs.chaos.learner import Learner
from rigs.chaos.own_engine import OwnEngine
from rigs.child_site import ChildSite
from vaka.accounts.models import User
from vaka.ops import programs

# A part of each process's command line; the broker overwrites its own
MARKS = {
    "broker": "-server ",
    "relay": "manage.py relay",
    "worker": " -n worker@",
    "starter": " -n starter@",
    "saver": " -n saver@",
    "beat": " beat ",
    "watcher": "manage.py watcher",
    "site": "vaka.asgi",
    "gateway": "labs.terminals.gateway",
}
CELERY = ("worker", "starter", "saver")  # each has child processes with the same command line
PASSWORD = "for-the-chaos-only"  # noqa: S105 — of temporary accounts on a site that nobody else reaches


class ChaosSite(ChildSite):
    """The site, its engine, and its learners."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "up.log")
        self.folder = folder
        self.state = Path(settings.STATE_DIR)
        self.engine = OwnEngine(folder / "engine")
        self.address = programs.address()
        self.learners: dict[str, Learner] = {}

    # The site

    def processes(self) -> dict[str, list[int]]:
        """Return the process IDs of the site by name; the first of each is the one that ``up`` started."""
        found: dict[str, list[int]] = {}
        told, socket = f"VAKA_STATE={self.state}\0".encode(), f"unixsocket:{self.state}/"
        others = [folder for folder in Path("/proc").glob("[0-9]*") if int(folder.name) != os.getpid()]
        for folder in sorted(others, key=lambda folder: int(folder.name)):
            with suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if command and (socket in command or told in (folder / "environ").read_bytes()):
                    for name, mark in MARKS.items():
                        if mark in command:
                            found.setdefault(name, []).append(int(folder.name))
        return found

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to one of the site's processes, which must exist."""
        os.kill(self.processes()[name][0], number)

    @contextmanager
    def workers_hold_still(self) -> Iterator[Callable[[], None]]:
        """Keep the workers from taking new tasks. Yields a function that ends this before the block does."""
        held = [self.processes()[name][0] for name in CELERY]
        for number in held:
            os.kill(number, signal.SIGSTOP)

        def go_on() -> None:
            while held:
                with suppress(ProcessLookupError):
                    os.kill(held.pop(), signal.SIGCONT)

        try:
            yield go_on
        finally:
            go_on()

    # Queries

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Query the database directly."""
        with sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=30) as database:
            return database.execute(sql, values).fetchall()

    def containers(self) -> dict[str, str]:
        """Return the running containers by session."""
        engine = Engine(settings.SITE_ID_TEXT, self.engine.address)
        try:
            return {name: found.container for name, found in engine.sessions().items() if found.running}
        finally:
            engine.close()

    def raw_containers(self) -> list[str]:
        """Return every container of the engine."""
        engine = Engine(settings.SITE_ID_TEXT, self.engine.address)
        try:
            return [str(one["Id"])[:12] for one in engine.client.api.containers(all=True)]
        finally:
            engine.close()

    # People

    def enrol(self, *names: str) -> None:
        hashed = make_password(PASSWORD)
        for name in names:
            User.objects.get_or_create(username=name, defaults={"password": hashed})
        connection.close()
        for name in names:
            self.learners[name] = Learner(name, PASSWORD, self.address)

    def keep_ready(self, lab: str) -> None:
        """Keep one copy of this lab in the pool."""
        PoolSize.objects.create(lab=lab, reserved=1, most=1)
        connection.close()


@contextmanager
def chaos_site(folder: Path, source: str) -> Iterator[ChaosSite]:
    """Yield a serving site on an engine with the image. At the end nothing of either is left."""
    ready = ChaosSite(folder)
    with ExitStack() as ending:
        ending.callback(ready.engine.pull_the_plug)
        ready.engine.start()
        ready.engine.bring_image(source)
        ending.callback(ready.engine.stop)
        ending.callback(ready.stop)
        ready.start()
        yield ready
        for learner in ready.learners.values():
            learner.close()
