"""Starts processes, restarts those that end, and leaves none behind."""

import math
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.conf import settings

from labs.engine.shared import pace
from vaka import logs, operator_commands
from vaka.ops import syscalls, system_accounts, systemd
from vaka.ops.errors import CannotStart
from vaka.ops.programs import Program

CALM = 60.0  # seconds; a process that ran longer has failed for a new reason, and its restart delay begins again
LARGEST_LOG = 10 << 20
LOOK_AT_LOGS = 60.0  # seconds between two readings of the sizes of the logs of running programs
# Seconds for SIGTERM, for SIGQUIT, and for the broker at the end
GENTLE, FIRM, LAST = (pace.seconds(limit) for limit in (1.2, 0.9, 0.5))


def pause_before(deaths: int) -> float:
    """Return the seconds before the next start, after this many failures in a row."""
    return float(min(30.0, 0.5 * 2 ** max(0, deaths - 1)))


@dataclass(slots=True)
class Running:
    program: Program
    process: subprocess.Popen[bytes]
    pidfd: int
    began: float = field(default_factory=time.monotonic)


class ProcessManager:
    """Keeps programs running until it is told to stop."""

    def __init__(
        self, state: Path, accounts: system_accounts.Accounts | None, cwd: Path, tell: Callable[[str], None]
    ) -> None:
        self.state, self.accounts, self.cwd, self.tell = state, accounts, cwd, tell
        self.running: dict[str, Running] = {}
        self.deaths: dict[str, int] = {}
        self.waiting: list[tuple[float, Program]] = []
        self.stopping = False
        self.logs_seen = time.monotonic()
        self.periodic: tuple[float, Callable[[], None]] | None = None  # seconds, and what to call that often
        self.selector = selectors.DefaultSelector()
        self.wake, self.waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.selector.register(self.wake, selectors.EVENT_READ)
        signal.set_wakeup_fd(self.waker, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)

    def _asked_to_stop(self, number: int, frame: object) -> None:
        self.stopping = True

    # Starting

    def launch(self, program: Program, output: IO[bytes] | None) -> subprocess.Popen[bytes]:
        """Start a process as its account. It is killed when we end, for whatever reason."""
        us = os.getpid()
        who = (self.accounts.engine if program.engine else self.accounts.site) if self.accounts else None

        def settle() -> None:  # runs in the new process, after the change of user
            syscalls.die_with(us)
            if who:
                syscalls.no_new_privileges()

        process = subprocess.Popen(
            program.command,
            cwd=self.cwd,
            env=system_accounts.environment(
                os.environ, may_use_engine=program.engine, lowered=who is not None, state=self.state
            )
            | {logs.PROGRAM: program.name},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C in the terminal reaches only us
            user=who.uid if who else None,
            group=who.gid if who else None,
            extra_groups=who.groups if who else None,
            umask=0o027,
            preexec_fn=settle,
        )
        if program.waited_for:
            syscalls.favour(process.pid)
        return process

    def start(self, program: Program) -> None:
        with self.output_of(program) as output:
            process = self.launch(program, output)
        running = Running(program, process, os.pidfd_open(process.pid))
        self.selector.register(running.pidfd, selectors.EVENT_READ)
        self.running[program.name] = running

    def log_of(self, program: Program) -> Path:
        return self.state / "log" / f"{program.name}.log"

    @contextmanager
    def output_of(self, program: Program) -> Iterator[IO[bytes]]:
        """Yield where a program prints: its log, or the journal if systemd runs the site."""
        with systemd.journal_of(program.name) if settings.UNIT else self.log_of(program).open("ab") as output:
            yield output

    def begin(self, program: Program) -> None:
        """Start a program for the first time. An overlong log is rotated first."""
        log = self.log_of(program)
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        self.start(program)

    def rotate_logs(self) -> None:
        """Copy overlong logs of running programs and empty them: the programs keep the files open, and append.

        The lines that a program writes between the copy and the cut are lost.
        """
        self.logs_seen = time.monotonic()
        for running in self.running.values():
            log = self.log_of(running.program)
            with suppress(OSError):  # a full disk: the next look tries again
                if log.stat().st_size > LARGEST_LOG:
                    older = log.with_suffix(".log.1")
                    older.unlink(missing_ok=True)
                    with log.open("rb") as source, older.open("xb") as target:  # x: follows no link
                        shutil.copyfileobj(source, target)
                    os.truncate(log, 0)

    def until_ready(self, programs: list[Program], seconds: float) -> None:
        """Wait until all are ready. Raises CannotStart if one ends, or takes too long."""
        end = time.monotonic() + seconds
        left = list(programs)
        while left and not self.stopping:
            left = [program for program in left if not program.ready()]
            if not left:
                return
            self.wait(0.1)
            for program in left:
                if program.name not in self.running:
                    raise CannotStart(f"The {program.name} ended while it was starting. {self.end_of_log(program)}")
            if time.monotonic() > end:
                raise CannotStart(f"The {left[0].name} is not ready after {seconds:.0f} s. {self.end_of_log(left[0])}")

    def end_of_log(self, program: Program) -> str:
        if settings.UNIT:
            return f"To see why, type: {operator_commands.log(program.name)}"
        lines = [logs.readable(line) for line in self.log_of(program).read_text(errors="replace").splitlines()[-8:]]
        return "\n    ".join([f"The end of {self.log_of(program)}:", *lines])

    # Watching

    def wait(self, seconds: float | None) -> None:
        """Wait until a process ends, a signal comes or the time is up. Then restart the processes that are due."""
        now = time.monotonic()
        due = [when - now for when, _ in self.waiting]
        every = [self.periodic[0]] if self.periodic else []
        every += [self.logs_seen + LOOK_AT_LOGS - now] if self.running else []
        limits = [max(0.0, limit) for limit in (*due, *every, *([] if seconds is None else [seconds]))]
        if self.periodic:
            self.periodic[1]()
        for key, _ in self.selector.select(min(limits) if limits else None):
            if key.fd == self.wake:
                with suppress(BlockingIOError):
                    os.read(self.wake, 512)
        for running in list(self.running.values()):
            if running.process.poll() is not None:
                self._has_ended(running)
        self._restart_what_is_due()
        if time.monotonic() - self.logs_seen >= LOOK_AT_LOGS:
            self.rotate_logs()

    def _has_ended(self, running: Running) -> None:
        program = running.program
        self._forget(running)
        if self.stopping:
            return
        calm = time.monotonic() - running.began > CALM
        self.deaths[program.name] = 1 if calm else self.deaths.get(program.name, 0) + 1
        pause = pause_before(self.deaths[program.name])
        self.tell(
            f"The {program.name} ended ({describe(running.process.returncode)}); it starts again in {pause:g} s. "
            f"Its log: {operator_commands.log(program.name) if settings.UNIT else self.log_of(program)}"
        )
        self.waiting.append((time.monotonic() + pause, program))

    def _restart_what_is_due(self) -> None:
        now = time.monotonic()
        due = [program for when, program in self.waiting if when <= now and not self.stopping]
        self.waiting = [(when, program) for when, program in self.waiting if when > now]
        for program in due:
            self.start(program)

    def _forget(self, running: Running) -> None:
        """Drop a process that has ended, and kill what is left of its process group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(running.process.pid, signal.SIGKILL)
        self.selector.unregister(running.pidfd)
        os.close(running.pidfd)
        self.running.pop(running.program.name, None)

    def watch(self, until: subprocess.Popen[bytes] | None = None, seconds: float = math.inf) -> None:
        """Keep everything running until we are told to stop, the given process has ended, or the time is up."""
        end = time.monotonic() + seconds
        while not self.stopping and (until is None or until.poll() is None) and time.monotonic() < end:
            self.wait(None if until is None else 0.2)

    # Stopping

    def stop(self) -> None:
        """End all processes within 3 s times the pace of the server. The broker is last, because the others still use it."""
        self.stopping = True
        self.waiting.clear()
        first = [running for running in self.running.values() if not running.program.stops_last]
        self._end(first, signal.SIGTERM, GENTLE)
        self._end(first, signal.SIGQUIT, FIRM)  # Celery drops its running tasks; they will be delivered again
        self._end(first, signal.SIGKILL, LAST)
        rest = list(self.running.values())
        self._end(rest, signal.SIGTERM, LAST)
        self._end(rest, signal.SIGKILL, LAST)

    def close(self) -> None:
        """Close the descriptors that we wait on. No process may be running."""
        signal.set_wakeup_fd(-1)
        self.selector.close()
        os.close(self.wake)
        os.close(self.waker)

    def _end(self, which: list[Running], number: signal.Signals, seconds: float) -> None:
        left = [running for running in which if running.program.name in self.running]
        for running in left:
            with suppress(ProcessLookupError):
                running.process.send_signal(number)
        end = time.monotonic() + seconds
        while any(running.program.name in self.running for running in left) and time.monotonic() < end:
            self.wait(end - time.monotonic())


def describe(status: int) -> str:
    return f"status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"
