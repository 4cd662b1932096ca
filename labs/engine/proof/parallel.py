"""Runs many labs in parallel, as many as the machine's memory and cores allow, each in a container of its own."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from labs.engine.definition.spec import Lab
from labs.engine.errors import LabGone
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.driver import Engine
from labs.engine.runtime.runner import Runner, runner
from labs.engine.runtime.shell import type_solution

LABS_PER_CORE = 4  # that run at once: most of the time a lab waits for timers


@dataclass(slots=True)
class Capacity:
    """The capacity of the machine for labs: ``memory`` in bytes, ``cores``; ``memory_of`` says how many bytes a lab needs."""

    memory: int
    cores: int
    memory_of: Callable[[Lab], int]
    labs_per_core: int = LABS_PER_CORE
    _free: threading.Condition = field(default_factory=threading.Condition)
    _used: int = 0
    _busy: threading.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._busy = threading.Semaphore(self.cores)

    @property
    def most_labs(self) -> int:
        """The number of labs that may run at once."""
        return self.cores * self.labs_per_core

    @contextmanager
    def memory_for(self, lab: Lab) -> Iterator[None]:
        """Wait until the lab's memory is free and hold it. A lab that needs more than there is runs alone."""
        needed = min(self.memory_of(lab), self.memory)
        with self._free:
            self._free.wait_for(lambda: self._used + needed <= self.memory)
            self._used += needed
        try:
            yield
        finally:
            with self._free:
                self._used -= needed
                self._free.notify_all()

    def core(self) -> threading.Semaphore:
        """Hold this while a lab starts or is typed into: each keeps a core busy."""
        return self._busy


@dataclass(frozen=True, slots=True)
class RunningLab:
    """A lab that runs; ``start`` is how many seconds it took until every prompt was usable."""

    client: LabClient
    start: float
    engine: Engine

    def memory(self) -> int:
        """Return the bytes of memory that it uses now."""
        return self.engine.usage(self.client.session).memory


@dataclass(slots=True)
class ParallelRunner:
    """Starts labs within the machine's capacity. They share the relay of one runner."""

    capacity: Capacity
    runner: Runner
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self, lab: Lab, solved: Lab | None = None, *, save: bytes | None = None) -> Iterator[RunningLab]:
        """Start a fresh copy of the lab, with saved work if given. Type the solution of ``solved`` into it, if given."""
        engine = Engine(self.runner.engine.site)
        with closing(engine), self.capacity.memory_for(lab), ExitStack() as stack:
            with self.capacity.core():
                if self._ended.is_set():
                    raise LabGone("Another trial has failed, so all labs were stopped.")
                began = time.monotonic()
                client = stack.enter_context(Runner(engine, self.runner.relay).running(lab, save))
                took = time.monotonic() - began
                if solved:
                    type_solution(client, solved)
            yield RunningLab(client, took, engine)

    def type(self, client: LabClient, lab: Lab) -> None:
        """Type the lab's solution."""
        with self.capacity.core():
            type_solution(client, lab)

    def run_all[Trial, Result](
        self, trials: Iterable[Trial], run: Callable[[Trial], Result]
    ) -> Iterator[tuple[Trial, Result]]:
        """Run all trials in parallel; yield each when it ends. If one raises, or a signal arrives, all of them end."""
        with ThreadPoolExecutor(self.capacity.most_labs) as pool:
            running = {pool.submit(run, trial): trial for trial in trials}
            try:
                for done in as_completed(running):
                    yield running[done], done.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._end()
                raise

    def _end(self) -> None:
        """Remove all labs, so that no thread waits for a check any more."""
        self._ended.set()
        with closing(Engine(self.runner.engine.site)) as engine:
            for session in engine.sessions():
                engine.remove(session)


@contextmanager
def parallel_runner(capacity: Capacity) -> Iterator[ParallelRunner]:
    """A parallel runner with a site of its own on the engine. Raises what Engine.check raises."""
    with runner() as one:
        one.engine.check()
        yield ParallelRunner(capacity, one)
