"""Measures one of our labs: its start until every prompt is usable, its memory, and its stop until nothing is left."""

import os
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from labs.engine.definition.spec import Kind, Lab, Node
from labs.engine.errors import LabFailed
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.runner import Shell
from labs.engine.shared.frr_daemons import ALWAYS_RUNNING
from rigs.bench.bench_site import BenchSite

START_SECONDS, STOP_SECONDS, SETTLE_SECONDS = 120.0, 30.0, 10.0
MEGABYTE = 1e6


def cold_start(site: BenchSite, lab: Lab) -> dict[str, float]:
    """Start a lab, use every prompt, measure its memory, and stop it."""
    name = str(uuid.uuid4())
    engine = site.engine
    try:
        session, shells, seconds = begin(site, lab, name)
        found = {"cold_s": seconds}
        for shell in shells:
            shell.type("exit")  # leaves vtysh; keys that are sent before bash reads again would be lost
            shell.send(b"exit\r")
            shell.close()
        found |= weigh(site, session, lab)
        found["stop_s"] = stop(site, name)
    finally:
        engine.remove(name)
    return found


def begin(site: BenchSite, lab: Lab, name: str) -> tuple[LabClient, list[Shell], float]:
    """Start a lab and use the prompt of every node. Returns the seconds."""
    began = time.monotonic()
    site.engine.start(name, lab, generation=1)
    session = LabClient(site.runner.relay, name)
    session.build(lab, seconds=START_SECONDS, on_step=lambda step, seconds: None)
    with ThreadPoolExecutor(len(lab.nodes)) as people:
        shells = list(people.map(lambda node: first_prompt(session, node), lab.nodes.values()))
    return session, shells, time.monotonic() - began


ASKED = {  # the input that shows that a prompt is usable, and the expected answer
    Kind.FRR: (("vtysh", "show version"), "FRRouting"),
    Kind.BIRD: (("birdc show status",), "up and running"),
    Kind.HOST: (("uname -s",), "Linux"),
}


def first_prompt(client: LabClient, node: Node) -> Shell:
    """Open a terminal and get an answer at its prompt."""
    shell = Shell(client, node.name)
    lines, answer = ASKED[node.kind]
    said = [shell.type(line) for line in lines][-1]
    if answer not in said:
        raise LabFailed(f"The prompt of {node.name} does not answer: {said[-200:]!r}")
    return shell


def weigh(site: BenchSite, client: LabClient, lab: Lab) -> dict[str, float]:
    """Return the memory of the lab without a terminal, of its daemons alone, and of one terminal."""
    _until(lambda: not client.terminals(), SETTLE_SECONDS, "The terminals did not close.")
    empty = site.engine.usage(client.session).memory
    found = {"memory_mb": empty / MEGABYTE}
    daemons = daemons_of(site, client.session)
    if daemons:
        found["daemons_mb"] = daemons / MEGABYTE
    shells = [Shell(client, node) for node in lab.nodes]
    found["terminal_mb"] = (site.engine.usage(client.session).memory - empty) / len(shells) / MEGABYTE
    for shell in shells:
        shell.close()
    return found


def processes(site: BenchSite, session: str) -> dict[int, str]:
    """Return the lab's processes, by their process IDs on the host."""
    found = site.engine.container_of(session)
    if found is None:
        return {}
    listed = site.engine.client.api.top(found.container, "-eo pid,comm")
    return {int(pid): name for pid, name in listed["Processes"]}


def daemons_of(site: BenchSite, session: str) -> int | None:
    """Return the bytes of the routing daemons alone (PSS); None unless we are root."""
    total = 0
    for pid, name in processes(site, session).items():
        if name not in (*ALWAYS_RUNNING, "bgpd", "ospf6d"):
            continue
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            return None
        total += next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def stop(site: BenchSite, session: str) -> float:
    """Return the seconds from the stop until no container, process or mount of the lab is left."""
    pids = [pid for pid in processes(site, session) if Path(f"/proc/{pid}").exists()]
    found = site.engine.container_of(session)
    seen = site.engine.client.api.inspect_container(found.container) if found else {}
    merged = (seen.get("GraphDriver", {}).get("Data") or {}).get("MergedDir")
    marks = [mark for mark in (seen.get("Id"), merged) if mark]
    began = time.monotonic()
    site.engine.remove(session)

    def nothing_left() -> bool:
        mounts = Path("/proc/self/mounts").read_text()
        return not any(_lives(pid) for pid in pids) and not any(mark in mounts for mark in marks)

    _until(nothing_left, STOP_SECONDS, "Processes or mounts of the lab are left.")
    _until(lambda: site.engine.container_of(session) is None, STOP_SECONDS, "The container is left.")
    return time.monotonic() - began


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _until(true: Callable[[], bool], seconds: float, else_: str) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise LabFailed(else_)
        time.sleep(0.002)
