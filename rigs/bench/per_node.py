"""Measures the other way to build a lab: a container for each node, a Docker network for each link."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from labs.engine.definition.spec import Lab
from labs.engine.runtime.client import describe
from labs.engine.runtime.driver import Engine
from labs.engine.runtime.image import image_tag
from labs.engine.runtime.memory_limit import memory_limit_mb
from labs.supervisor.daemons import start_script
from rigs.bench.bench_site import BenchSite
from rigs.bench.echo import PATIENCE, Bare, raw_socket
from vaka.ops.errors import CannotStart

AT_ONCE = 8
START_SECONDS = 60.0
READY = b"ready"
CAPABILITIES = ["NET_ADMIN", "NET_RAW", "SYS_ADMIN"]
# In our image, /rootfs holds the nodes' files. The daemons are the same and start by the same script
COMMAND = (
    "mount --rbind /proc /rootfs/proc && mount --rbind /dev /rootfs/dev && mount -t tmpfs tmpfs /rootfs/run && "
    'chroot /rootfs /bin/bash -c "$START" >/dev/null 2>&1 && echo ready && exec sleep 600'
)


class Crew:
    """Engines for several threads: threads cannot share a client of docker-py."""

    def __init__(self, site: str, hands: int) -> None:
        self.hands = hands
        self._engines: SimpleQueue[Engine] = SimpleQueue()
        for _ in range(hands):
            engine = Engine(site)
            engine.client.ping()  # connects before the clock starts
            self._engines.put(engine)

    def each[Item](self, act: Callable[[Any, Item], object], items: Iterable[Item]) -> None:
        """Call ``act`` for all items side by side, each with its own docker client. Raises the first error."""

        def with_client(item: Item) -> None:
            engine = self._engines.get()
            try:
                act(engine.client.api, item)
            finally:
                self._engines.put(engine)

        with ThreadPoolExecutor(self.hands) as pool:
            list(pool.map(with_client, items))

    def close(self) -> None:
        while not self._engines.empty():
            self._engines.get().close()


@contextmanager
def crew(site: BenchSite, hands: int = AT_ONCE) -> Iterator[Crew]:
    opened = Crew(site.engine.site, hands)
    try:
        yield opened
    finally:
        opened.close()


def per_node(site: BenchSite, lab: Lab) -> float:
    """Return the seconds from the first network until vtysh answers on every node. ``cold`` waits for the same."""
    told = describe(lab)
    networks = {site.name(f"link{number}"): link for number, link in enumerate(told["links"], 1)}
    with crew(site) as hands:
        try:
            began = time.monotonic()
            hands.each(lambda api, item: _network(site, api, *item), enumerate(networks))
            hands.each(lambda api, node: _node(site, api, lab, node, networks), told["nodes"])
            return time.monotonic() - began
        finally:
            hands.each(remove_container, (site.name(node) for node in told["nodes"]))
            hands.each(_remove_network, networks)


def _network(site: BenchSite, api: Any, number: int, name: str) -> None:
    # The ranges for benchmarks (RFC 2544, RFC 5180), so that Docker's address pools do not run out
    subnets = [{"Subnet": f"198.18.{number}.0/29"}, {"Subnet": f"2001:2:0:{number:x}::/64"}]
    api.create_network(
        name,
        driver="bridge",
        internal=True,
        labels=site.label,
        enable_ipv6=True,
        ipam={"Driver": "default", "Config": subnets},
    )


def _node(site: BenchSite, api: Any, lab: Lab, node: str, networks: dict[str, Any]) -> None:
    """One node, with the limits that a node of ours has."""
    first, *others = (name for name, ends in networks.items() if any(end[0] == node for end in ends))
    made = api.create_container(
        image_tag(),
        ["sh", "-c", COMMAND],
        name=site.name(node),
        hostname=node,
        labels=site.label,
        environment={"START": start_script(describe(lab)["nodes"][node])},
        host_config=api.create_host_config(
            network_mode=first,
            cap_add=CAPABILITIES,
            security_opt=["seccomp=unconfined", "apparmor=unconfined"],
            mem_limit=f"{memory_limit_mb(lab) // len(lab.nodes)}m",
            memswap_limit=f"{memory_limit_mb(lab) // len(lab.nodes)}m",
            pids_limit=lab.limits.processes,
            nano_cpus=int(lab.limits.cpus * 1e9),
        ),
    )
    for other in others:
        api.connect_container_to_network(made["Id"], other)
    with raw_socket(api.attach_socket(made["Id"], params={"stdout": 1, "stream": 1})) as output:
        api.start(made["Id"])
        output.settimeout(START_SECONDS)
        if READY not in output.recv(4096):
            raise CannotStart(f"The daemons of {node} did not start in a container of their own.")
    prompt = Bare(api, made["Id"], ["chroot", "/rootfs", "vtysh"])
    try:
        prompt.send(b"show version\r")
        said = b""
        while b"FRRouting" not in said:
            said += prompt.receive(PATIENCE)
    finally:
        prompt.close()


def remove_container(api: Any, name: str) -> None:
    if api.containers(all=True, filters={"name": f"^/?{name}$"}):
        api.remove_container(name, force=True, v=True)


def _remove_network(api: Any, name: str) -> None:
    for network in api.networks(names=[f"^{name}$"]):
        api.remove_network(network["Id"])
