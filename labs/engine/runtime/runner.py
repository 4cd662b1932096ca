"""Runs labs without a site, for the audit, the benchmark, the live tests and authors: an engine, and a relay in a thread."""

import asyncio
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.engine.definition.spec import Lab
from labs.engine.runtime import flavour_build
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.driver import Engine
from labs.engine.runtime.relay import serve
from labs.engine.runtime.shell import ESCAPES, Shell, type_solution
from labs.engine.shared import pace

__all__ = ["ESCAPES", "START_SECONDS", "Runner", "Shell", "runner", "type_solution"]

START_SECONDS = pace.seconds(60.0)
_building = threading.Lock()  # many labs of one flavour may start at once


class Runner:
    """An engine and a relay of its own. It removes every lab that it starts."""

    def __init__(self, engine: Engine, relay: Path) -> None:
        self.engine, self.relay = engine, relay

    @contextmanager
    def running(self, lab: Lab, save: bytes | None = None, *, seconds: float = START_SECONDS) -> Iterator[LabClient]:
        """Start the lab, with saved work if given, and wait until every prompt is usable. The lab is removed at the end.

        The image of its flavour is built first if it is missing.
        """
        self._ensure_image(lab.image)
        name = str(uuid.uuid4())
        try:
            self.engine.start(name, lab, generation=1)
            session = LabClient(self.relay, name)
            session.lacking = session.build(lab, seconds=seconds, on_step=lambda step, seconds: None, save=save)
            yield session
        finally:
            self.engine.remove(name)

    def _ensure_image(self, flavour: str) -> None:
        if not flavour:
            return
        with _building:
            if self.engine.image(flavour) is None:
                flavour_build.build(flavour)


@contextmanager
def runner(site: str | None = None) -> Iterator[Runner]:
    """Make a runner. SITE separates its containers from those of other runners and sites."""
    site = site or uuid.uuid4().hex[:12]
    with tempfile.TemporaryDirectory(prefix="vaka-") as folder:
        relay = Path(folder) / "relay.sock"
        loop = asyncio.new_event_loop()
        task = loop.create_task(serve(relay, Engine(site)))
        thread = threading.Thread(target=_run, args=(loop, task), daemon=True)
        thread.start()
        while not relay.exists():
            time.sleep(0.005)
        try:
            yield Runner(Engine(site), relay)
        finally:
            loop.call_soon_threadsafe(task.cancel)
            thread.join(pace.seconds(10))


def _run(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(task)
    except asyncio.CancelledError:
        pass
    finally:
        others = asyncio.all_tasks(loop)
        for other in others:
            other.cancel()
        loop.run_until_complete(asyncio.gather(*others, return_exceptions=True))
        loop.close()
