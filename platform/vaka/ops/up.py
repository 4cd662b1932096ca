"""Starts a whole site on one machine, serves, and stops it without leaving anything. ``manage.py up`` runs it."""

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
from vaka.ops import (
    ports,
    privileges,
    process_readiness,
    programs,
    site_lock,
    state_folder,
    system_accounts,
    systemd,
    tls_certificate,
    welcome,
)
from vaka.ops.errors import CannotStart
from vaka.ops.process_manager import ProcessManager, describe
from vaka.ops.programs import Program
from vaka.ops.system_accounts import Accounts

# Seconds; no learner can type in a new lab that soon. The guard looks a fixed number of times, so this is also its limit
BOUND_EVERY = pace.seconds(0.25)
START_SECONDS = pace.seconds(60.0)
DEMO_SECONDS = pace.seconds(1200.0)  # longer than the sum of the demo's own limits
COMMAND_SECONDS = pace.seconds(300.0)  # for a command that the start waits for, such as migrate


def tell(text: str) -> None:
    """Report progress on stderr. Stdout is for the demo's result."""
    print(text, file=sys.stderr, flush=True)


class Site:
    """The processes of this clone's site, and the order in which they start and stop."""

    def __init__(self) -> None:
        self.state = Path(settings.STATE_DIR).resolve()
        self.clone = programs.clone()
        self.accounts = system_accounts.unprivileged(os.geteuid())
        self.lock: IO[str] | None = None
        self.welcome = ""

    def run(self, *, demo: bool, serve: bool) -> int:
        """Start everything, run the demo if asked to, serve until told to stop, and leave nothing running."""
        tls_certificate.must_fit(settings.CERT, settings.KEY)
        ports.must_be_free(programs.bind(), settings.PORT, "VAKA_PORT")
        ports.must_be_free(programs.bind(), settings.GATEWAY_PORT, "VAKA_GATEWAY_PORT")
        self.lock = site_lock.take(self.state)
        state_folder.prepare(self.state, self.accounts)
        must_be_shared(self.accounts)
        self.settle()
        if self.accounts:
            privileges.make_reachable(self.accounts)
        manager = ProcessManager(self.state, self.accounts, self.clone, tell)
        if self.accounts and (guard := SocketMemoryGuard(settings.SITE_ID_TEXT)).is_needed:
            manager.periodic = BOUND_EVERY, guard.limit_new  # only root may, and the workers are not root
        status, result = 0, self.state / "log" / "demo.json"
        result.unlink(missing_ok=True)
        try:
            self.start(manager)
            if not manager.stopping:
                tell(self.welcome)
                systemd.say_ready()
                status = self.run_demo(manager, result) if demo else 0
            if serve and not manager.stopping:
                show(result)
                tell(f"Serving {welcome.address()} until you press Ctrl-C.")
                manager.watch()
        finally:
            manager.stop()
            tls_certificate.forget(self.state / "run")
            forget_marks()
            left = remove_labs()
        if not serve:
            show(result)  # the last line of the output
        return status or (1 if left else 0)

    def settle(self) -> None:
        """Pass on to all processes what was found out here: the LAN address, and a certificate that they can read."""
        if self.accounts and os.environ.get("SUDO_USER"):
            os.environ["VAKA_SUDO"] = "1"  # then the commands that they print begin with sudo
        if settings.LAN:
            os.environ["VAKA_LAN"] = settings.LAN
        if settings.CERT:
            kept = tls_certificate.keep(settings.CERT, settings.KEY, self.state / "run", self.accounts)
            settings.CERT, settings.KEY = os.environ["VAKA_CERT"], os.environ["VAKA_KEY"] = kept
        welcome.tell_address(self.state / "run")

    def start(self, manager: ProcessManager) -> None:
        """Start the processes in order: broker and database first, then those that need them."""
        forget_marks()
        first = [program for program in programs.all_programs() if program.stops_last]
        rest = [program for program in programs.all_programs() if not program.stops_last]
        for program in first:
            manager.begin(program)
        static = ("collectstatic", "--no-input", "--verbosity=0")
        self.do(
            manager,
            Program(name="migrate", command=programs.manage("migrate", "--no-input")),
            # Owned by the engine's account: the site only reads these files
            Program(name="collectstatic", command=programs.manage(*static), engine=True),
        )
        manager.until_ready(first, pace.seconds(10))
        if not programs.broker_is_ours() and not process_readiness.broker_answers():
            raise CannotStart(
                f"No Redis answers at REDIS_URL={settings.REDIS_URL}. Start it, or unset REDIS_URL to use the site's own broker."
            )
        for program in rest:
            manager.begin(program)
        self.welcome = self.say_who_can_sign_in(manager)
        manager.until_ready(rest, START_SECONDS)

    def do(self, manager: ProcessManager, *which: Program) -> None:
        """Run commands side by side and wait for their end. Raises CannotStart if one fails."""
        started = []
        for program in which:
            with manager.output_of(program) as output:
                started.append((program, manager.launch(program, output)))
        until = time.monotonic() + COMMAND_SECONDS
        while any(process.poll() is None for _, process in started) and not manager.stopping:
            manager.wait(0.05)
            if time.monotonic() > until:
                break
        for program, process in started:
            if process.poll() is None:
                process.kill()
            if process.wait() and not manager.stopping:
                ended = f"`manage.py {program.name}` ended ({describe(process.returncode)})."
                raise CannotStart(f"{ended} {manager.end_of_log(program)}")

    def run_demo(self, manager: ProcessManager, result: Path) -> int:
        """Run the demo against the site. It reports its steps on our own output."""
        with result.open("xb") as file:
            if self.accounts:
                os.fchown(file.fileno(), self.accounts.engine.uid, self.accounts.engine.gid)
        program = Program(name="demo", command=programs.manage("demo", "--result", str(result)), engine=True)
        process = manager.launch(program, None)
        manager.watch(process, DEMO_SECONDS)
        if process.poll() is None:
            process.kill()
            if not manager.stopping:
                tell(f"The demo stopped: it did not end within {DEMO_SECONDS:.0f} s.")
        return abs(process.wait())

    def say_who_can_sign_in(self, manager: ProcessManager) -> str:
        """Create the demo people, or disable them, and return the welcome text. A child process does it, as the site's account."""
        colours = "colours" if sys.stderr.isatty() else "plain"
        program = Program(name="people", command=programs.manage("people", "--welcome", colours))
        with tempfile.TemporaryFile() as said:
            process = manager.launch(program, said)
            until = time.monotonic() + COMMAND_SECONDS
            while process.poll() is None and not manager.stopping and time.monotonic() < until:
                manager.wait(0.05)
            if process.poll() is None:
                process.kill()
            status = process.wait()
            said.seek(0)
            text = said.read().decode(errors="replace").rstrip()
        if status and not manager.stopping:
            raise CannotStart(f"`manage.py people` failed ({describe(status)}): {text[-800:]}")
        alone = f"All processes run as you (uid {os.getuid()}) and may use the engine. As root, those on the network may not."
        return text if self.accounts else f"{text}\n{alone}"


def must_be_shared(accounts: Accounts | None) -> None:
    """Raise CannotStart if both accounts cannot write to a SQLite file outside the state folder."""
    folder = privileges.database_folder()
    if accounts is None or folder is None or folder.is_relative_to(settings.STATE_DIR.resolve()):
        return
    file = Path(settings.DATABASES["default"]["NAME"])
    wanted = ((folder, 0o070), *([(file, 0o060)] if file.exists() else []))
    if any(path.stat().st_gid != accounts.site.gid or path.stat().st_mode & bits != bits for path, bits in wanted):
        raise CannotStart(
            f"The accounts {system_accounts.SITE} and {system_accounts.ENGINE} must both write to the database {file}, "
            f"but the permissions of its folder do not allow that. "
            f"Type: chgrp -R {system_accounts.SITE} {folder} && chmod -R g+rwX {folder}"
        )
    if folder.stat().st_mode & stat.S_ISVTX:
        raise CannotStart(
            f"The folder {folder} of the database has the sticky bit, so the kernel does not let one account open the "
            f"other's files (fs.protected_regular). Type: chmod -t {folder}"
        )


def forget_marks() -> None:
    """Remove old sockets and ready files: a process whose file exists counts as running."""
    ready = tuple(process_readiness.ready_mark(name).name for name in programs.WORKERS)
    state_folder.forget(settings.RELAY_SOCKET.parent, (settings.RELAY_SOCKET.name, *ready))
    state_folder.forget(settings.BROKER_SOCKET.parent, (settings.BROKER_SOCKET.name,))


def show(result: Path) -> None:
    """Print what the demo measured, if it got that far."""
    if result.exists():
        print(result.read_text().strip(), flush=True)


def what_is_wrong_with_the_engine() -> str:
    from labs.engine.runtime.driver import Engine

    try:
        Engine(settings.SITE_ID_TEXT).check()
    except EngineError as error:
        return str(error)
    return ""


def remove_labs() -> int:
    """Remove this site's lab containers. Returns how many are left."""
    # Imported here: it loads docker, and errors at start should come at once
    from labs.engine.runtime.driver import Engine

    try:
        engine = Engine(settings.SITE_ID_TEXT)
        found = list(engine.sessions())
        if found:
            tell(f"Removing {len(found)} lab{'s' if len(found) > 1 else ''}.")
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(engine.remove, found))
        left = list(engine.sessions())
    except EngineError as error:
        tell(f"Containers of labs may be left on the engine: {error}")
        return 1
    if left:
        tell(f"These containers are still on the engine: {json.dumps(left)}")
    return len(left)
