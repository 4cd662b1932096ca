"""A whole site on one machine, from the first port to the last container. ``manage.py up`` runs it."""

import fcntl
import json
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection

from labs.engine.errors import EngineError
from vaka.credentials import keys
from vaka.ops import account, certificate, ports, programs, view, welcome
from vaka.ops.errors import CannotStart
from vaka.ops.programs import Program
from vaka.ops.supervise import Supervisor, describe

START_SECONDS = 60.0


def tell(text: str) -> None:
    """Say what happens. On stderr: stdout is the demo's."""
    print(text, file=sys.stderr, flush=True)


class Site:
    """The processes of this clone's site, and the order in which they come and go."""

    def __init__(self) -> None:
        self.state = Path(settings.STATE_DIR).resolve()
        self.clone = programs.clone()
        self.who = account.unprivileged(os.geteuid())
        self.lock: IO[str] | None = None

    def run(self, *, demo: bool, serve: bool) -> int:
        """Start everything, do the main job if asked to, serve until told to stop, and leave nothing running."""
        certificate.must_fit(settings.CERT, settings.KEY)
        ports.must_be_free(programs.bind(), settings.PORT, "VAKA_PORT")
        ports.must_be_free(programs.bind(), settings.GATEWAY_PORT, "VAKA_GATEWAY_PORT")
        account.prepare(self.state, self.who)
        self.lock = only_one(self.state)
        self.settle()
        self.open_the_way()
        supervisor = Supervisor(self.state, self.who, self.clone, tell)
        status, result = 0, self.state / "log" / "demo.json"
        result.unlink(missing_ok=True)
        try:
            self.start(supervisor)
            if not supervisor.stopping:
                tell("\n".join(self.welcome()))
                status = self.do_the_main_job(supervisor, result) if demo else 0
            if serve and not supervisor.stopping:
                show(result)
                tell(f"Serving {settings.ROOM_URL or programs.address()} until you press Ctrl-C.")
                supervisor.watch()
        finally:
            supervisor.stop()
            certificate.forget(self.state / "run")
            forget_marks()
            left = remove_labs()
        if not serve:
            show(result)  # after all else: it is the last line
        return status or (1 if left else 0)

    def settle(self) -> None:
        """Fix for all processes what was found out here: the address in the room, and a certificate that they can read."""
        if settings.ROOM:
            os.environ["VAKA_LAN"] = settings.ROOM
        if settings.CERT:
            kept = certificate.keep(settings.CERT, settings.KEY, self.state / "run", self.who)
            settings.CERT, settings.KEY = os.environ["VAKA_CERT"], os.environ["VAKA_KEY"] = kept
        keys.make_file()  # now, and the account's: whoever signs first might be root
        if self.who:
            account.give(self.state / "credentials", self.who.uid, self.who.gid)
        welcome.tell_address(self.state / "run")

    def open_the_way(self) -> None:
        """Make sure that the unprivileged processes can reach their own files."""
        if self.who is None:
            return
        who = self.who
        view.carry_out(view.plan(self.needed(), lambda folder: view.may_enter(folder.stat(), who.uid, who.gid)))
        closed = [path for path in (self.clone / "manage.py", Path(__file__)) if not path.stat().st_mode & 0o004]
        if closed:
            raise CannotStart(
                f"The account {account.NAME} may not read {closed[0]}: the clone was made with a strict umask. "
                f"Type: cd {self.clone} && chmod go+rx . && git ls-tree -z --name-only HEAD | xargs -0 chmod -R go+rX"
            )

    def needed(self) -> Iterable[Path]:
        """What every process must reach, without links."""
        interpreter = Path(sys.executable).resolve()
        yield from (self.clone, self.state, Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve(), interpreter)
        yield programs.broker_binary().resolve()
        database = settings.DATABASES["default"]
        if database["ENGINE"].endswith("sqlite3"):
            yield Path(database["NAME"]).parent.resolve()
        engine = Path(os.environ.get("DOCKER_HOST", "").removeprefix("unix://") or "/var/run/docker.sock")
        if engine.is_absolute() and engine.exists():
            yield engine.resolve()

    def start(self, supervisor: Supervisor) -> None:
        """Bring everything up, in order: broker and database, then what needs them."""
        forget_marks()
        first = [program for program in programs.all_programs() if program.stops_last]
        rest = [program for program in programs.all_programs() if not program.stops_last]
        for program in first:
            supervisor.begin(program)
        static = ("collectstatic", "--no-input", "--verbosity=0")
        self.do(
            supervisor,
            Program(name="migrate", command=programs.manage("migrate", "--no-input")),
            Program(
                name="collectstatic", command=programs.manage(*static), engine=True
            ),  # root's files, the site reads
        )
        supervisor.until_ready(first, 10)
        if not programs.broker_is_ours() and not programs.broker_answers():
            raise CannotStart(f"No Redis answers at REDIS_URL={settings.REDIS_URL}.")
        for program in rest:
            supervisor.begin(program)
        self.do(supervisor, Program(name="people", command=programs.manage("people", "--quiet")))
        supervisor.until_ready(rest, START_SECONDS)

    def do(self, supervisor: Supervisor, *which: Program) -> None:
        """Run commands to their end, side by side."""
        started = []
        for program in which:
            with supervisor.log_of(program).open("ab") as log:
                started.append((program, supervisor.launch(program, log)))
        while any(process.poll() is None for _, process in started) and not supervisor.stopping:
            supervisor.wait(0.05)
        for program, process in started:
            if process.poll() is None:
                process.kill()
            if process.wait() and not supervisor.stopping:
                ended = f"`manage.py {program.name}` ended ({describe(process.returncode)})."
                raise CannotStart(f"{ended} {supervisor.last_words(program)}")

    def do_the_main_job(self, supervisor: Supervisor, result: Path) -> int:
        """Run the demo beside the site; its steps go to our own output."""
        process = supervisor.launch(
            Program(name="demo", command=programs.manage("demo", "--result", str(result)), engine=True), None
        )
        supervisor.watch(process)
        if process.poll() is None:
            process.kill()
        return abs(process.wait())

    def welcome(self) -> list[str]:
        try:
            return list(welcome.lines(self.state, alone=self.who is None, colours=sys.stderr.isatty()))
        finally:
            connection.close()  # the processes that we start later must not find it open


def forget_marks() -> None:
    """Remove sockets and marks that processes have left, or leave: who finds one thinks that its process is there."""
    for mark in (settings.RELAY_SOCKET, settings.BROKER_SOCKET, *settings.RUN_DIR.glob("*.ready")):
        mark.unlink(missing_ok=True)


def show(result: Path) -> None:
    """Print what the demo measured, if it came so far."""
    if result.exists():
        print(result.read_text().strip(), flush=True)


def only_one(state: Path) -> IO[str]:
    """Hold the state folder for us alone; two sites over one database would remove each other's labs."""
    lock = os.fdopen(os.open(state / "log" / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = lock.read().strip()
        raise CannotStart(
            f"This site is running already (process {holder}); its state is in {state}. Stop that one first."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def what_is_wrong_with_the_engine() -> str:
    from labs.engine.driver import Engine

    try:
        Engine(settings.SITE_ID_TEXT).check()
    except EngineError as error:
        return str(error)
    return ""


def remove_labs() -> int:
    """Remove this site's lab containers; return how many are still there."""
    from labs.engine.driver import Engine  # here: it loads docker, and a site that cannot start should say so at once

    try:
        engine = Engine(settings.SITE_ID_TEXT)
        found = list(engine.sessions())
        if found:
            tell(f"Removing {len(found)} lab{'s' if len(found) > 1 else ''}.")
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(engine.remove, found))
        left = list(engine.sessions())
    except EngineError as error:
        tell(f"Labs may be left on the engine: {error}")
        return 1
    if left:
        tell(f"Still on the engine: {json.dumps(left)}")
    return len(left)
