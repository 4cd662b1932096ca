"""A whole site on one machine, from the first port to the last container. ``manage.py up`` runs it."""

import fcntl
import json
import os
import stat
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from django.conf import settings

from labs.engine.errors import EngineError
from labs.engine.runtime.socket_memory import SocketMemoryGuard
from labs.engine.shared import pace
from vaka.ops import ports, privileges, programs, service_accounts, tls_certificate, welcome
from vaka.ops import state_folder as state
from vaka.ops.errors import CannotStart
from vaka.ops.programs import Program
from vaka.ops.service_accounts import Accounts
from vaka.ops.supervise import Supervisor, describe

BOUND_EVERY = 0.25  # seconds; a lab takes longer until anybody types in it
START_SECONDS = pace.seconds(60.0)
DEMO_SECONDS = pace.seconds(1200.0)  # all of its own limits are shorter
COMMAND_SECONDS = pace.seconds(300.0)  # for a command that the start waits for, as migrate


def tell(text: str) -> None:
    """Say what happens. On stderr: stdout is the demo's."""
    print(text, file=sys.stderr, flush=True)


class Site:
    """The processes of this clone's site, and the order in which they come and go."""

    def __init__(self) -> None:
        self.state = Path(settings.STATE_DIR).resolve()
        self.clone = programs.clone()
        self.accounts = service_accounts.unprivileged(os.geteuid())
        self.lock: IO[str] | None = None
        self.welcome = ""

    def run(self, *, demo: bool, serve: bool) -> int:
        """Start everything, do the main job if asked to, serve until told to stop, and leave nothing running."""
        tls_certificate.must_fit(settings.CERT, settings.KEY)
        ports.must_be_free(programs.bind(), settings.PORT, "VAKA_PORT")
        ports.must_be_free(programs.bind(), settings.GATEWAY_PORT, "VAKA_GATEWAY_PORT")
        self.lock = only_one(self.state)
        state.prepare(self.state, self.accounts)
        must_be_shared(self.accounts)
        self.settle()
        if self.accounts:
            privileges.open_the_way(self.accounts)
        supervisor = Supervisor(self.state, self.accounts, self.clone, tell)
        if self.accounts and (guard := SocketMemoryGuard(settings.SITE_ID_TEXT)).is_needed:
            supervisor.chore = BOUND_EVERY, guard.limit_new  # the workers are not root, and only root may
        status, result = 0, self.state / "log" / "demo.json"
        result.unlink(missing_ok=True)
        try:
            self.start(supervisor)
            if not supervisor.stopping:
                tell(self.welcome)
                status = self.do_the_main_job(supervisor, result) if demo else 0
            if serve and not supervisor.stopping:
                show(result)
                tell(f"Serving {settings.LAN_URL or programs.address()} until you press Ctrl-C.")
                supervisor.watch()
        finally:
            supervisor.stop()
            tls_certificate.forget(self.state / "run")
            forget_marks()
            left = remove_labs()
        if not serve:
            show(result)  # after all else: it is the last line
        return status or (1 if left else 0)

    def settle(self) -> None:
        """Fix for all processes what was found out here: the address in the room, and a certificate that they can read."""
        if self.accounts and os.environ.get("SUDO_USER"):
            os.environ["VAKA_SUDO"] = "1"  # the command that they print for people begins with sudo
        if settings.LAN:
            os.environ["VAKA_LAN"] = settings.LAN
        if settings.CERT:
            kept = tls_certificate.keep(settings.CERT, settings.KEY, self.state / "run", self.accounts)
            settings.CERT, settings.KEY = os.environ["VAKA_CERT"], os.environ["VAKA_KEY"] = kept
        welcome.tell_address(self.state / "run")

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
            # The files are not the site's: it only reads them
            Program(name="collectstatic", command=programs.manage(*static), engine=True),
        )
        supervisor.until_ready(first, pace.seconds(10))
        if not programs.broker_is_ours() and not programs.broker_answers():
            raise CannotStart(f"No Redis answers at REDIS_URL={settings.REDIS_URL}.")
        for program in rest:
            supervisor.begin(program)
        self.welcome = self.say_who_can_sign_in(supervisor)
        supervisor.until_ready(rest, START_SECONDS)

    def do(self, supervisor: Supervisor, *which: Program) -> None:
        """Run commands to their end, side by side."""
        started = []
        for program in which:
            with supervisor.log_of(program).open("ab") as log:
                started.append((program, supervisor.launch(program, log)))
        until = time.monotonic() + COMMAND_SECONDS
        while any(process.poll() is None for _, process in started) and not supervisor.stopping:
            supervisor.wait(0.05)
            if time.monotonic() > until:
                break
        for program, process in started:
            if process.poll() is None:
                process.kill()
            if process.wait() and not supervisor.stopping:
                ended = f"`manage.py {program.name}` ended ({describe(process.returncode)})."
                raise CannotStart(f"{ended} {supervisor.last_words(program)}")

    def do_the_main_job(self, supervisor: Supervisor, result: Path) -> int:
        """Run the demo beside the site; its steps go to our own output."""
        with result.open("xb") as file:
            if self.accounts:
                os.fchown(file.fileno(), self.accounts.engine.uid, self.accounts.engine.gid)
        program = Program(name="demo", command=programs.manage("demo", "--result", str(result)), engine=True)
        process = supervisor.launch(program, None)
        supervisor.watch(process, DEMO_SECONDS)
        if process.poll() is None:
            process.kill()
            if not supervisor.stopping:
                tell(f"The demo stopped: it did not end within {DEMO_SECONDS:.0f} s.")
        return abs(process.wait())

    def say_who_can_sign_in(self, supervisor: Supervisor) -> str:
        """Make the demo people, or end them; return what the terminal is to say. Only the account opens the database."""
        colours = "colours" if sys.stderr.isatty() else "plain"
        program = Program(name="people", command=programs.manage("people", "--welcome", colours))
        with tempfile.TemporaryFile() as said:
            process = supervisor.launch(program, said)
            until = time.monotonic() + COMMAND_SECONDS
            while process.poll() is None and not supervisor.stopping and time.monotonic() < until:
                supervisor.wait(0.05)
            if process.poll() is None:
                process.kill()
            status = process.wait()
            said.seek(0)
            text = said.read().decode(errors="replace").rstrip()
        if status and not supervisor.stopping:
            raise CannotStart(f"`manage.py people` ended ({describe(status)}). It said: {text[-800:]}")
        alone = f"All processes run as you (uid {os.getuid()}) and may use the engine. As root the site would not."
        return text if self.accounts else f"{text}\n{alone}"


def must_be_shared(accounts: Accounts | None) -> None:
    """Raise CannotStart when a SQLite file outside of the state folder is not for both accounts."""
    folder = privileges.database_folder()
    if accounts is None or folder is None or folder.is_relative_to(settings.STATE_DIR.resolve()):
        return
    file = Path(settings.DATABASES["default"]["NAME"])
    wanted = ((folder, 0o070), *([(file, 0o060)] if file.exists() else []))
    if any(path.stat().st_gid != accounts.site.gid or path.stat().st_mode & bits != bits for path, bits in wanted):
        raise CannotStart(
            f"The accounts {service_accounts.SITE} and {service_accounts.ENGINE} share the database {file}, "
            f"and its folder is not for both. "
            f"Type: chgrp -R {service_accounts.SITE} {folder} && chmod -R g+rwX {folder}"
        )
    if folder.stat().st_mode & stat.S_ISVTX:
        raise CannotStart(
            f"The folder {folder} of the database has a sticky bit: there the kernel refuses one account the files of "
            f"another (fs.protected_regular). Type: chmod -t {folder}"
        )


def forget_marks() -> None:
    """Remove sockets and marks that processes have left, or leave: one that is found says that its process is there."""
    ready = tuple(programs.ready_mark(name).name for name in programs.WORKERS)
    state.forget(settings.RELAY_SOCKET.parent, (settings.RELAY_SOCKET.name, *ready))
    state.forget(settings.BROKER_SOCKET.parent, (settings.BROKER_SOCKET.name,))


def show(result: Path) -> None:
    """Print what the demo measured, if it came so far."""
    if result.exists():
        print(result.read_text().strip(), flush=True)


def only_one(state: Path) -> IO[str]:
    """Hold the state folder for us alone; two sites over one database would remove each other's labs."""
    try:
        (state / "log").mkdir(parents=True, exist_ok=True)
        lock = os.fdopen(os.open(state / "log" / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    except PermissionError:
        raise CannotStart(
            f"{state} belongs to another user. Start as root as before, or set VAKA_STATE to a folder of yours."
        ) from None
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
    from labs.engine.runtime.driver import Engine

    try:
        Engine(settings.SITE_ID_TEXT).check()
    except EngineError as error:
        return str(error)
    return ""


def remove_labs() -> int:
    """Remove this site's lab containers; return how many are still there."""
    from labs.engine.runtime.driver import (
        Engine,  # here: it loads docker, and a site that cannot start should say so at once
    )

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
