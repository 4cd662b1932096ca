"""The site on which the benchmark measures: a state folder of its own, with real broker, relay, gateway and pages."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from labs.engine.runtime.driver import Engine
from labs.engine.runtime.runner import Runner
from labs.engine.shared import pace
from vaka.ops import process_readiness, programs, syscalls
from vaka.ops.errors import CannotStart
from vaka.ops.programs import Program

READY_SECONDS = pace.seconds(60.0)
BENCH = "vaka.bench"  # the label of containers and networks that are no labs


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSite:
    """The site of a measurement. ``label`` marks its objects on the engine; ``tell`` prints a line."""

    runner: Runner
    tell: Callable[[str], None]
    processes: dict[str, int]  # process IDs by the program's name

    @property
    def engine(self) -> Engine:
        return self.runner.engine

    @property
    def label(self) -> dict[str, str]:
        return {BENCH: self.engine.site}

    def name(self, what: str) -> str:
        return f"vaka-bench-{self.engine.site[:8]}-{what}"


@contextmanager
def bench_site(tell: Callable[[str], None]) -> Iterator[BenchSite]:
    """Yield the site. At the end no process and no container of it is left."""
    engine = Engine(settings.SITE_ID_TEXT)
    engine.check()
    for socket in (settings.RELAY_SOCKET, settings.BROKER_SOCKET):
        socket.parent.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    ready = BenchSite(runner=Runner(engine, settings.RELAY_SOCKET), tell=tell, processes={})
    try:
        gateway = next(program for program in programs.web() if program.name == "gateway")
        with _all_run(ready, programs.broker(), programs.relay(), gateway):
            yield ready
    finally:
        _sweep(engine)
        engine.close()


@contextmanager
def pages(site: BenchSite) -> Iterator[None]:
    """Run site and watcher too. Only the measurements that need them pay for them."""
    call_command("collectstatic", interactive=False, verbosity=0)
    program = next(one for one in programs.web() if one.name == "site")
    with _all_run(site, programs.watcher(), program):
        yield


@contextmanager
def workers(site: BenchSite, catalog: Path) -> Iterator[None]:
    """Run the workers of a site whose catalogue is this folder."""
    before = settings.LAB_CATALOG
    settings.LAB_CATALOG = catalog
    os.environ["VAKA_LAB_CATALOG"] = str(catalog)
    needed = programs.starter(), programs.worker()
    for program in needed:  # each round starts them again, and waits, so that their start is not measured
        process_readiness.ready_mark(program.name).unlink(missing_ok=True)
    try:
        with _all_run(site, *needed):
            yield
    finally:
        settings.LAB_CATALOG = before
        del os.environ["VAKA_LAB_CATALOG"]


@contextmanager
def _all_run(site: BenchSite, *needed: Program) -> Iterator[None]:
    with ExitStack() as processes:
        for program in needed:
            site.processes[program.name] = processes.enter_context(_runs(program))
            processes.callback(site.processes.pop, program.name)
        yield


@contextmanager
def _runs(program: Program) -> Iterator[int]:
    """Run the program and yield its process ID."""
    log = Path(settings.STATE_DIR) / f"{program.name}.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            program.command,
            cwd=programs.clone(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=partial(syscalls.die_with, os.getpid()),
        ) as process,
    ):
        if program.waited_for:
            syscalls.favour(process.pid)
        try:
            until = time.monotonic() + READY_SECONDS
            while not program.ready():
                if process.poll() is not None or time.monotonic() > until:
                    raise CannotStart(f"The {program.name} did not start. Its log ends with: {log.read_text()[-400:]}")
                time.sleep(0.02)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _sweep(engine: Engine) -> None:
    """Remove what an interrupted measurement has left."""
    for session in engine.sessions():
        engine.remove(session)
    api = engine.client.api
    ours = {"label": f"{BENCH}={engine.site}"}
    for container in api.containers(all=True, filters=ours):
        api.remove_container(container["Id"], force=True, v=True)
    for network in api.networks(filters=ours):
        api.remove_network(network["Id"])
