"""Measures saving a used lab of four routers, and resuming it until prompts and configuration are there."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from statistics import median

from labs.engine.definition.spec import Lab
from labs.engine.errors import LabFailed
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.runner import Shell
from rigs.bench.bench_site import BenchSite
from rigs.bench.cold_start import START_SECONDS, first_prompt
from rigs.bench.ring import ring

ROUTERS = ("r1", "r2", "r3", "r4")
SAVES = 3
WORK = (
    "configure terminal",
    "ipv6 prefix-list OURS permit 2001:db8:500::/48",
    "route-map OUT permit 10",
    "match ipv6 address prefix-list OURS",
    "exit",
    "ipv6 route 2001:db8:500::/48 blackhole",
    "router bgp 64500",
    "neighbor 2001:db8:99::2 remote-as 64501",
    "address-family ipv6 unicast",
    "network 2001:db8:500::/48",
    "neighbor 2001:db8:99::2 route-map OUT out",
    "end",
    "exit",
    "echo work >> /etc/hosts; ip -6 address add 2001:db8:77::1/128 dev lo",
)
MARK = "neighbor 2001:db8:99::2 route-map OUT out"


def save_and_resume(site: BenchSite, runs: int) -> dict[str, float]:
    """Save and resume the lab, and return the medians."""
    whole = ring()
    links = tuple(link for link in whole.links if all(end.node in ROUTERS for end in link.ends))
    lab = replace(whole, nodes={name: whole.nodes[name] for name in ROUTERS}, links=links)
    saves, resumes = list[float](), list[float]()
    with site.runner.running(lab) as session:
        with ThreadPoolExecutor(len(ROUTERS)) as people:
            list(people.map(lambda node: _work(session, node), ROUTERS))
        for _ in range(SAVES):
            began = time.monotonic()
            packed = session.save().packed
            saves.append(time.monotonic() - began)
    for _ in range(min(runs, 3)):
        resumes.append(_resume(site, lab, packed))
    site.tell(f"save {len(packed) / 1000:.0f} kB  " + "  ".join(f"{seconds:.2f}" for seconds in saves))
    site.tell("resume  " + "  ".join(f"{seconds:.2f}" for seconds in resumes))
    return {"save_s": median(saves), "resume_s": median(resumes)}


def _work(client: LabClient, node: str) -> None:
    with Shell(client, node) as shell:
        shell.type("vtysh")
        for line in WORK:
            shell.type(line)


def _resume(site: BenchSite, lab: Lab, packed: bytes) -> float:
    """Return the seconds until every prompt answers and every router has its configuration again."""
    name = str(uuid.uuid4())
    try:
        began = time.monotonic()
        site.engine.start(name, lab, generation=1)
        session = LabClient(site.runner.relay, name)
        lacking = session.build(lab, seconds=START_SECONDS, on_step=lambda step, seconds: None, save=packed)
        with ThreadPoolExecutor(len(ROUTERS)) as people:
            shells = list(people.map(lambda node: first_prompt(session, node), lab.nodes.values()))
        asks = [{"ask": "vty", "node": node, "daemon": "bgpd", "commands": ["show running-config"]} for node in ROUTERS]
        there = all(MARK in answer["outputs"][0] for answer in session.ask(asks))
        seconds = time.monotonic() - began
        for shell in shells:
            shell.close()
    finally:
        site.engine.remove(name)
    if lacking or not there:
        raise LabFailed(f"What was saved did not come back: {lacking or MARK}")
    return seconds
