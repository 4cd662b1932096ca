"""``manage.py doctor``: examines a server before a workshop, or when something is wrong. It changes nothing.

Each question has one line as its answer: what is good, or what is wrong and what to type.
"""

import os
import platform
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError
from labs.engine.runtime import flavours
from labs.engine.runtime.driver import Engine
from labs.engine.shared import pace
from labs.engine.shared.features import FEATURES, VETH
from labs.lifecycle import disk_space
from labs.registry import versions
from vaka import operator_commands
from vaka.ops import database_dump, ports, process_readiness, programs, tls_certificate
from vaka.ops.errors import CannotStart

LEAST_MEMORY = 2 << 30  # bytes; the site takes a good half of that
SOON = timedelta(days=14)  # before a certificate ends
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
APPARMOR = Path("/sys/module/apparmor/parameters/enabled")
CONTROL = (VETH,)  # each kernel has these
GOOD, BAD, NOTE = "good", "WRONG", "note"


@dataclass(frozen=True, slots=True)
class Answer:
    """One line. ``mark``: GOOD; BAD, if labs or people will fail; NOTE, if something may be meant so."""

    mark: str
    title: str
    text: str


def answers() -> Iterator[Answer]:
    """Yield the answers, one after the other: an engine that hangs delays only its own."""
    for question in (
        _system,
        _clock,
        _memory,
        _disks,
        _cgroups,
        _apparmor,
        _engine,
        _kernel,
        _database,
        _site,
        _address,
        _certificate,
        _mail,
    ):
        yield from question()


def _system() -> Iterator[Answer]:
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "an unknown system")
    yield Answer(
        GOOD,
        "System",
        f"{system}, Linux {platform.release()}, Python {platform.python_version()}",
    )


def _clock() -> Iterator[Answer]:
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if SYNCHRONISED.exists() or _says("timedatectl", "show", "--property=NTPSynchronized", "--value") == "yes":
        yield Answer(GOOD, "Clock", f"{now}, synchronised")
    else:
        text = "nothing synchronises it. If your watch disagrees, set it (date -s): certificates, exams and DNSSEC depend on it."
        yield Answer(NOTE, "Clock", f"{now}; {text}")


def _memory() -> Iterator[Answer]:
    known = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    total, free = (int(known[name].split()[0]) << 10 for name in ("MemTotal", "MemAvailable"))
    text = f"{total / (1 << 30):.1f} GB, of which {free / (1 << 30):.1f} GB are free"
    if total < LEAST_MEMORY:
        yield Answer(
            BAD,
            "Memory",
            f"{text}. Vaka needs 2 GB, and 4 GB for a class. `{operator_commands.manage('fits')}` says how many labs it carries.",
        )
    else:
        yield Answer(GOOD, "Memory", text)


def _disks() -> Iterator[Answer]:
    for disk in disk_space.measured(*disk_space.state_folders()):
        text = f"{disk.path} has {disk.gigabytes_free:.1f} GB left"
        if disk.is_nearly_full:
            yield Answer(
                BAD,
                "Disk",
                f"{text}: labs fail and work is not saved. `{operator_commands.manage('clean --dry-run')}` lists what can go.",
            )
        else:
            yield Answer(GOOD, "Disk", text)


def _cgroups() -> Iterator[Answer]:
    if Path("/sys/fs/cgroup/cgroup.controllers").exists():
        yield Answer(GOOD, "Control groups", "version 2")
    else:
        text = "version 1: memory of sockets is not charged to labs. Start the kernel with systemd.unified_cgroup_hierarchy=1."
        yield Answer(NOTE, "Control groups", text)


def _apparmor() -> Iterator[Answer]:
    if APPARMOR.exists() and APPARMOR.read_text().strip() == "Y":
        yield Answer(GOOD, "AppArmor", "enabled: a second wall around labs")
    else:
        yield Answer(
            NOTE,
            "AppArmor",
            "not enabled. Seccomp and capabilities hold without it. docs/threat-model.md says what it adds.",
        )


def _engine() -> Iterator[Answer]:
    engine = Engine(settings.SITE_ID_TEXT)
    try:
        engine.check()
        version = str(engine.client.version()["Version"])
        yield Answer(GOOD, "Docker engine", version)
        for name in ("", *sorted(_flavours_of_courses())):
            yield _of_image(engine, name)
    except EngineError as error:
        text = operator_commands.on_this_server(str(error))
        yield Answer(
            BAD, "Docker engine", text if text != str(error) else f"{error} Type: {operator_commands.set_up()}"
        )
    finally:
        engine.close()


def _of_image(engine: Engine, flavour: str) -> Answer:
    title, found = f"Lab image{f' {flavour}' if flavour else ''}", engine.image(flavour)
    if found is None:
        text = f"not built yet: the first lab that needs it waits for minutes. Type: {operator_commands.set_up()}"
        return Answer(NOTE, title, text)
    days = found.age.days
    text = f"built {days} days ago" if days else "built today"
    return (
        Answer(NOTE, title, f"{text}: its packages are old. Type: {operator_commands.build_image(fresh=True)}")
        if found.is_old
        else Answer(GOOD, title, text)
    )


def _flavours_of_courses() -> set[str]:
    return {lab.image for lab in _labs() if lab.image} & set(flavours.known())


def _labs() -> list[Lab]:
    return versions.all_labs()


def _kernel() -> Iterator[Answer]:
    needs: dict[str, list[str]] = {}
    for lab in _labs():
        for name in lab.requires:
            needs.setdefault(name, []).append(lab.id)
    if needs and not _work(CONTROL):
        text = f"not tried, as the account {_account()} may not make networks here. A lab that lacks something says so at its start"
        yield Answer(NOTE, "Kernel", f"{text}. Labs require {', '.join(sorted(needs))}.")
        return
    lacking = {name: ids for name, ids in sorted(needs.items()) if not _work(FEATURES[name].tries)}
    for name, ids in lacking.items():
        yield Answer(BAD, "Kernel", f"{name} is missing, so {', '.join(ids)} cannot start. {FEATURES[name].what_helps}")
    if not lacking:
        yield Answer(GOOD, "Kernel", f"it has what the labs require{': ' + ', '.join(sorted(needs)) if needs else ''}")


def _work(tries: Iterable[str]) -> bool:
    """Whether these commands succeed in a network of their own, as the supervisor tries them in a lab."""
    return (
        _says(
            "unshare",
            *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]),
            "--net",
            "sh",
            "-ec",
            "\n".join(tries),
        )
        is not None
    )


def _database() -> Iterator[Answer]:
    title = f"Database ({connection.vendor})"
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield Answer(BAD, title, f"it does not answer: {error}")
        return
    if not executor.loader.applied_migrations:
        yield Answer(NOTE, title, f"empty: the site has not been started yet. Type: {operator_commands.start()}")
    elif newer := database_dump.unknown([f"{app}.{one}" for app, one in executor.loader.applied_migrations]):
        yield Answer(BAD, title, f"a newer version of Vaka has used it ({newer[-1]}). Install that version.")
    elif waiting:
        yield Answer(NOTE, title, f"of an older version: the next start brings it up to date ({len(waiting)} steps)")
    else:
        yield Answer(GOOD, title, "it answers, and is of this version")


def _site() -> Iterator[Answer]:
    host = ports.reachable(programs.bind())
    # Without the certificate we cannot ask over HTTPS, only whether somebody listens
    asks = process_readiness.answers_http if not settings.CERT or _may_read(settings.CERT) else _listens
    if asks(host, settings.PORT):
        yield Answer(GOOD, "Site", f"it serves at port {settings.PORT}")
        missing = [name for name in ("worker", "starter", "saver") if not process_readiness.ready_mark(name).exists()]
        if missing:
            yield Answer(
                BAD,
                "Workers",
                f"not ready: {', '.join(missing)}. Read the log ({operator_commands.log(missing[0])}), and start the site again.",
            )
        return
    for port, variable in ((settings.PORT, "VAKA_PORT"), (settings.GATEWAY_PORT, "VAKA_GATEWAY_PORT")):
        if _listens(host, port):
            yield Answer(BAD, "Site", f"another program has port {port}. End it, or set {variable} to a free one.")
            return
    yield Answer(NOTE, "Site", f"it does not run. Type: {operator_commands.start()}")


def _listens(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
        tried.settimeout(pace.seconds(1.0))
        return tried.connect_ex((host, port)) == 0


def _address() -> Iterator[Answer]:
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if host in ("localhost", "127.0.0.1", "::1"):
        command = operator_commands.open_to_others()
        text = f"{settings.PUBLIC_URL}: other computers cannot open it. Type: {command}, or set VAKA_PUBLIC_URL."
        yield Answer(NOTE, "Address", text)
    else:
        yield Answer(GOOD, "Address", settings.PUBLIC_URL)


def _certificate() -> Iterator[Answer]:
    if settings.UNIT and settings.BEHIND_PROXY:
        yield _certificate_of_front()
        return
    if not settings.CERT:
        if settings.LAN:
            text = "none: passwords cross the network in the clear. docs/operating.md, “HTTPS in a room”, says how to have one."
            yield Answer(NOTE, "Certificate", text)
        return
    if not _may_read(settings.CERT):
        text = f"not examined, as the account {_account()} may not read {settings.CERT}. As root, type:"
        yield Answer(NOTE, "Certificate", f"{text} openssl x509 -noout -enddate -in {settings.CERT}")
        return
    try:
        until = tls_certificate.ends_at(settings.CERT)
    except CannotStart as error:
        yield Answer(BAD, "Certificate", str(error))
        return
    text = f"{settings.CERT} is valid until {until:%Y-%m-%d}"
    mark = _mark_of(until)
    yield Answer(mark, "Certificate", text if mark == GOOD else f"{text}. Renew it, and start the site again.")


def _account() -> str:
    """Return the account that examines. The command gives up root's rights on a site with accounts of its own."""
    return pwd.getpwuid(os.geteuid()).pw_name


def _may_read(path: str) -> bool:
    try:
        with Path(path).open("rb"):
            return True
    except PermissionError:
        return False
    except OSError:
        return True


def _certificate_of_front() -> Answer:
    """Say whether the web server in front on this server speaks HTTPS, and how long its certificate is valid."""
    name = urlsplit(settings.PUBLIC_URL).hostname or ""
    try:
        begun, until = tls_certificate.shown_in_front(name)
    except CannotStart as error:
        return Answer(NOTE, "Certificate", f"{error}. If the web server is on this server, start it (caddy or nginx).")
    # Caddy renews one when a third of its time is left, and those of its own authority are valid for 12 hours
    mark = _mark_of(until, min(SOON, (until - begun) / 4))
    text = f"the web server in front shows one for {name} that is valid until {until:%Y-%m-%d %H:%M} UTC"
    return Answer(mark, "Certificate", text if mark == GOOD else f"{text}. Renew it (Caddy does: journalctl -u caddy).")


def _mark_of(until: datetime, soon: timedelta = SOON) -> str:
    left = until - datetime.now(UTC)
    return BAD if left < timedelta() else NOTE if left < soon else GOOD


def _mail() -> Iterator[Answer]:
    if settings.MAIL:
        yield Answer(GOOD, "Mail", f"through {settings.MAIL_HOST}:{settings.MAIL_PORT}")
    else:
        yield Answer(
            NOTE, "Mail", "the site sends none. People who forget a password need a link from you (page People)."
        )


def _says(*command: str) -> str | None:
    """Return what a command prints; None if it fails or does not exist. Debian has some of them in /usr/sbin only."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    if shutil.which(command[0], path=path) is None:
        return None
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=pace.seconds(10.0), env={"PATH": path}
        )
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else done.stdout.strip()
