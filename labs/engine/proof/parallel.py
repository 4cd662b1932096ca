"""Many labs at once, as many as the machine has room for, each in a container of its own."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from labs.engine.definition.spec import Lab
from labs.engine.errors import LabGone
from labs.engine.runtime.client import Session
from labs.engine.runtime.driver import Engine
from labs.engine.runtime.runner import Runner, runner
from labs.engine.runtime.shell import type_solution

A_CORE = 4  # labs that run beside each other for each core: most of their time they wait for timers


@dataclass(slots=True)
class Room:
    """What the machine has for labs: ``memory`` in bytes, ``cores``; ``weigh`` says how many bytes a lab takes."""

    memory: int
    cores: int
    weigh: Callable[[Lab], int]
    a_core: int = A_CORE
    _free: threading.Condition = field(default_factory=threading.Condition)
    _used: int = 0
    _starts: threading.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._starts = threading.Semaphore(self.cores)

    @property
    def at_once(self) -> int:
        return self.cores * self.a_core

    @contextmanager
    def for_one(self, lab: Lab) -> Iterator[None]:
        """Wait until the lab fits beside those that run. One that is larger than all of the room runs alone."""
        needed = min(self.weigh(lab), self.memory)
        with self._free:
            self._free.wait_for(lambda: self._used + needed <= self.memory)
            self._used += needed
        try:
            yield
        finally:
            with self._free:
                self._used -= needed
                self._free.notify_all()

    def busy(self) -> threading.Semaphore:
        """Held while a lab starts and while it is typed into: that keeps a core busy."""
        return self._starts


@dataclass(frozen=True, slots=True)
class Copy:
    """A lab that runs; ``start`` is how many seconds it took until every prompt was usable."""

    session: Session
    start: float
    engine: Engine

    def memory(self) -> int:
        """Bytes that it takes now."""
        return self.engine.usage(self.session.session).memory


@dataclass(slots=True)
class Yard:
    """Where labs run: the room, and the runner whose relay they share."""

    room: Room
    bench: Runner
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self, lab: Lab, typed: Lab | None = None) -> Iterator["Copy"]:
        """A fresh copy of the lab, with the solution of ``typed`` in it if one is given."""
        engine = Engine(self.bench.engine.site)
        with closing(engine), self.room.for_one(lab), ExitStack() as stack:
            with self.room.busy():
                if self._over.is_set():
                    raise LabGone("The others have ended.")
                began = time.monotonic()
                session = stack.enter_context(Runner(engine, self.bench.relay).running(lab))
                took = time.monotonic() - began
                if typed:
                    type_solution(session, typed)
            yield Copy(session, took, engine)

    def type(self, session: Session, lab: Lab) -> None:
        with self.room.busy():
            type_solution(session, lab)

    def all[Job, Done](self, jobs: Iterable[Job], do: Callable[[Job], Done]) -> Iterator[tuple[Job, Done]]:
        """Do all jobs side by side; yields each as it ends. What the first of them raises ends all of it, and so does a signal."""
        with ThreadPoolExecutor(self.room.at_once) as pool:
            doing = {pool.submit(do, job): job for job in jobs}
            try:
                for done in as_completed(doing):
                    yield doing[done], done.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._end()
                raise

    def _end(self) -> None:
        """Take the labs away, so that nobody waits for their checks any more."""
        self._over.set()
        with closing(Engine(self.bench.engine.site)) as engine:
            for session in engine.sessions():
                engine.remove(session)


@contextmanager
def yard(room: Room) -> Iterator[Yard]:
    """A yard with an engine's site of its own; raises what Engine.check raises."""
    with runner() as bench:
        bench.engine.check()
        yield Yard(room, bench)
