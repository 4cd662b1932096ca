"""Measures grading: thirty checks of a solved lab in one pass, one check, and the same probes run bare.

Passes and bare passes take turns, so that what else this server does falls on both.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from labs.engine.checks import TYPES
from labs.engine.definition.spec import Check, Lab, Stage
from labs.engine.errors import LabFailed
from labs.engine.grading.grading import Outcome, grade
from labs.engine.runtime.client import LabClient
from rigs.bench.bench_site import BenchSite

SCRIPT = Path(__file__).with_name("grading_script.py")
SITE = "2001:db8:0"  # the prefix of ospfv3-one-area with its default parameters
LINKS = {"r1": {"eth2": "r2", "eth3": "r3"}, "r2": {"eth1": "r1", "eth3": "r3"}, "r3": {"eth1": "r1", "eth2": "r2"}}
TURNS, PASSES, SINGLE = 7, 5, 20  # turns (one, if only one run is wanted); passes in each; single checks


def thirty(lab: Lab) -> Lab:
    """Return the lab with thirty checks instead of its own: the questions of an OSPFv3 lab, at every router and link."""
    checks: list[Check] = []

    def add(kind: str, on: str, **expect: object) -> None:
        name = f"c{len(checks) + 1}"
        checks.append(Check(id=name, type=kind, title=name, on=(on,), expect=expect))

    for router, ends in LINKS.items():
        number = router[1]
        for interface, other in ends.items():
            add("ospf6.neighbor", router, interface=interface, router_id=f"10.0.0.{other[1]}")
            add("ospf6.interface", router, interface=interface, area=0, type="point-to-point", hello=1, dead=4)
            if (router, other) != ("r2", "r3"):
                add("ospf6.route", router, prefix=f"{SITE}:ff::{other[1]}/128", type="intra")
        add("addr.present", router, interface="lo", addresses=[f"{SITE}:ff::{number}/128"])
        add("sysctl.value", router, key="net.ipv6.conf.all.forwarding", value="1")
    for router, there in (("r1", "a3"), ("r2", "a1"), ("r2", "a3"), ("r3", "a1")):
        add("fib.route", router, prefix=f"{SITE}:{there}::/64", protocol="ospf")
    add("ping", "h1", to=f"{SITE}:a3::10", at="h2")
    add("ping", "h2", to=f"{SITE}:a1::10", at="h1")
    add("flow.allow", "h1", to="h2", address=f"{SITE}:a3::10", protocol="tcp", port=8443)
    return replace(lab, stages=(Stage(id="all", title="All", checks=tuple(checks)),))


def grading(site: BenchSite, client: LabClient, lab: Lab, turns: int) -> dict[str, float]:
    """Grade the solved and converged lab. Returns the seconds of a pass, of one check, and of the bare probes."""
    asked = thirty(lab)
    [*all_] = asked.checks()
    ours: list[float] = []
    bare: list[float] = []
    probes = probes_of(asked)
    for _ in range(turns):
        ours.append(median(_pass(asked, client) for _ in range(PASSES)))
        bare.append(median(run_bare(site, client, lab, probes)))
    single = [_pass(asked, client, all_[0].id) for _ in range(SINGLE)]
    site.tell("grade30_s  " + "  ".join(f"{seconds:.3f}" for seconds in ours))
    site.tell("bare       " + "  ".join(f"{seconds:.3f}" for seconds in bare))
    return {
        "grade30_s": median(ours),
        "grade1_s": median(single),
        "grade_bare_s": median(bare),
        "grade_over_bare": median(one / other for one, other in zip(ours, bare, strict=True)),
    }


def probes_of(lab: Lab) -> list[dict[str, Any]]:
    """Return the questions of all checks of a lab, each one once."""
    asks = [
        ask
        for check in lab.checks()
        for ask in TYPES[check.type].parse(check.expect).asks([lab.nodes[name] for name in check.on])
    ]
    distinct = {json.dumps(ask, sort_keys=True): ask for ask in asks}.values()
    return sorted(distinct, key=lambda ask: ask["ask"] != "ping")  # as the grader does: questions that wait come first


def _pass(lab: Lab, client: LabClient, check: str | None = None) -> float:
    began = time.monotonic()
    verdicts = grade(lab, client, attempt=False, checks=check and [check])
    took = time.monotonic() - began
    for verdict in verdicts:
        if verdict.outcome is not Outcome.PASSED:
            raise LabFailed(f"The solved lab does not pass {verdict.check}: {verdict.seen}")
    return took


def run_bare(site: BenchSite, client: LabClient, lab: Lab, probes: Sequence[dict[str, Any]]) -> list[float]:
    """Return the seconds of bare passes by the script's own clock. Nobody uses this lab, so the script may be root in it."""
    api = site.engine.client.api
    found = site.engine.container_of(client.session)
    assert found  # noqa: S101 - for the type checker: the lab runs
    told = {"nodes": _pids(site, found.container, lab), "probes": list(probes), "passes": PASSES}
    command = ["python3", "-I", "-c", SCRIPT.read_text(), json.dumps(told)]
    made = api.exec_create(found.container, command, privileged=True, user="0:0")
    said = api.exec_start(made["Id"]).decode()
    if api.exec_inspect(made["Id"])["ExitCode"]:
        raise LabFailed(f"The bare probes failed: {said[-400:]}")
    return [float(line) for line in said.split()]


def _pids(site: BenchSite, container: str, lab: Lab) -> dict[str, int]:
    """Return the PID, in the container, of one process of each node. Its host name tells the node."""
    look = "for p in /proc/[0-9]*; do echo ${p#/proc/} $(nsenter --uts=$p/ns/uts hostname); done"
    api = site.engine.client.api
    made = api.exec_create(container, ["sh", "-c", look], privileged=True, user="0:0")
    found: dict[str, int] = {}
    for line in api.exec_start(made["Id"]).decode().splitlines():
        pid, _, name = line.partition(" ")
        if name in lab.nodes:
            found.setdefault(name, int(pid))
    return found
