"""One lab of sixty nodes: twenty FRR routers in a ring with chords, a BIRD router behind each, and a host behind that."""

import uuid
from dataclasses import replace
from statistics import median

from labs.engine.definition.ad_hoc import ad_hoc_lab, link
from labs.engine.definition.spec import Kind, Lab, Limits, Link, Node, StartFile
from rigs.bench.bench_site import BenchSite
from rigs.bench.cold_start import begin
from rigs.bench.floor import docker_run, floor
from rigs.bench.ring import DAEMONS

ROUTERS = 20
CONFIGURED = b"""log stderr all;
protocol device {}
protocol kernel { ipv6 { import all; export all; }; }
protocol ospf v3 { ipv6 { import all; export all; }; area 0 { interface "eth*"; }; }
"""


def large_lab(site: BenchSite, *, runs: int) -> dict[str, float]:
    """Return the seconds until sixty prompts are usable, less one empty container, and those of the bare script."""
    lab, ours, bare = sixty_nodes(), [], []
    for _ in range(runs):
        empty = docker_run(site)
        bare.append(floor(site, lab))
        name = str(uuid.uuid4())
        try:
            _session, shells, seconds = begin(site, lab, name)
            for shell in shells:
                shell.close()
        finally:
            site.engine.remove(name)
        ours.append(seconds - empty)
    return {"sixty_s": median(ours), "sixty_floor_s": median(bare)}


def sixty_nodes() -> Lab:
    """Return the lab: seventy links, and every kind of node with a prompt."""
    nodes: list[Node] = []
    links = [_link(f"r{n}:eth0", f"r{n % ROUTERS + 1}:eth1", n) for n in range(1, ROUTERS + 1)]
    links += [_link(f"r{n}:eth2", f"r{n + ROUTERS // 2}:eth2", 100 + n) for n in range(1, ROUTERS // 2 + 1)]
    for n in range(1, ROUTERS + 1):
        nodes += [_frr(n), _bird(n), _host(n)]
        links += [_link(f"r{n}:eth3", f"b{n}:eth0", 200 + n), _link(f"b{n}:eth1", f"h{n}:eth0", 300 + n)]
    return ad_hoc_lab("bench-sixty", nodes, links, minutes=5, limits=Limits(memory=4096))


def _frr(n: int) -> Node:
    loopback = (f"192.0.2.{n}/32", f"2001:db8:ff::{n}/128")
    return Node(name=f"r{n}", kind=Kind.FRR, daemons=DAEMONS, loopback=loopback)


def _bird(n: int) -> Node:
    content = f"router id 192.0.2.{100 + n};\n".encode() + CONFIGURED
    file = StartFile(path="/etc/bird/bird.conf", content=content, executable=False)
    return Node(name=f"b{n}", kind=Kind.BIRD, loopback=(f"2001:db8:fe::{n}/128",), files=(file,))


def _host(n: int) -> Node:
    return Node(name=f"h{n}", kind=Kind.HOST, start=(f"ip -6 route add default via 2001:db8:{300 + n:x}::1",))


def _link(a: str, b: str, number: int) -> Link:
    prefix = f"2001:db8:{number:x}::"
    return replace(link(a, b, (f"{prefix}1/64",), (f"{prefix}2/64",)), label=f"{prefix}/64")
