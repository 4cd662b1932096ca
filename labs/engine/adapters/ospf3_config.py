"""The configuration of OSPFv3 on an interface, in one form for FRR and BIRD, from the node's running configuration."""

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass

from labs.engine.adapters import untrusted
from labs.engine.adapters.config_blocks import Line, bird_protocol_name
from labs.engine.adapters.node_state import Port, Seen
from labs.engine.cpu_budget import step
from labs.engine.definition.spec import Kind

OSPF6 = "ipv6 ospf6"
MOST_PATTERNS = 10  # of one line
QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Ospf3Config:
    seen: Seen
    port: Port
    on: bool = False
    passive: bool = False
    area: str = ""
    instance: str = "0"
    hello: str = "10"
    dead: str = "40"
    type: str = "broadcast"
    authentication: str = ""
    mtu: int = 0
    router_id: str = ""
    protocol: str = ""  # its name in BIRD

    @property
    def timers(self) -> str:
        return f"{self.hello}/{self.dead}"

    def __str__(self) -> str:
        return f"{self.seen.node.name}:{self.port.name}"


def runs_ospf3(seen: Seen) -> bool:
    return bool(seen.config.heads("router ospf6") or seen.config.heads("protocol ospf v3"))


def ospf3_config(seen: Seen, port: Port) -> Ospf3Config:
    return _of_bird(seen, port) if seen.node.kind is Kind.BIRD else _of_frr(seen, port)


def _of_frr(seen: Seen, port: Port) -> Ospf3Config:
    mode = f"interface {port.name}"

    def value(start: str, default: str = "") -> str:
        return seen.config.after(f"{OSPF6} {start}", mode) or default

    area = seen.config.after(f"{OSPF6} area", mode)
    authentication = seen.config.after(f"{OSPF6} authentication", mode) or ""
    return Ospf3Config(
        seen=seen,
        port=port,
        on=area is not None,
        passive=seen.config.find(f"{OSPF6} passive", mode) is not None,
        area=str(untrusted.area(area) or area or ""),
        instance=value("instance-id", "0"),
        hello=value("hello-interval", "10"),
        dead=value("dead-interval", "40"),
        type=value("network", "broadcast").split(" ")[0],
        authentication=authentication.split(" key ")[0],
        mtu=0 if seen.config.find(f"{OSPF6} mtu-ignore", mode) else int(untrusted.number(value("ifmtu")) or port.mtu),
        router_id=seen.config.after("ospf6 router-id", "router ospf6") or "",
    )


TYPES = {"ptp": "point-to-point", "pointopoint": "point-to-point", "ptmp": "point-to-multipoint", "bcast": "broadcast"}


def _of_bird(seen: Seen, port: Port) -> Ospf3Config:
    block = next(_bird_blocks(seen, port.name), None)
    router_id = seen.config.after("router id") or ""
    if block is None:
        return Ospf3Config(seen=seen, port=port, router_id=router_id)
    head, area, at = block
    inside = seen.config.block(head, area, at)

    def value(start: str) -> str:
        return next((rest for line in inside if (rest := line.rest(start)) is not None), "")

    hello = value("hello") or "10"
    count = untrusted.whole(value("dead count")) or 4
    passive = any(line.text in ("stub", "stub yes", "stub on") for line in inside)
    kind = value("type") or "broadcast"
    return Ospf3Config(
        seen=seen,
        port=port,
        on=True,
        passive=passive,
        area=str(untrusted.area(area.removeprefix("area ").strip()) or ""),
        instance=at.rsplit("instance ", 1)[1].strip() if "instance " in at else "0",
        hello=hello,
        dead=value("dead") if value("dead").isdigit() else str(count * (untrusted.whole(hello) or 10)),
        type=TYPES.get(kind, kind),
        authentication=value("authentication") if value("authentication") not in ("none", "") else "",
        mtu=port.mtu,
        router_id=next((r for line in seen.config.block(head) if (r := line.rest("router id"))), router_id),
        protocol=bird_protocol_name(head),
    )


def _bird_blocks(seen: Seen, port: str) -> Iterator[tuple[str, str, str]]:
    """The heads of protocol, area and interface whose pattern matches the port; ``ospf v3`` is OSPFv3."""
    for line in seen.config.lines:
        if len(line.heads) == 2 and line.heads[0].startswith("protocol ospf v3") and _matches(line, port):
            yield line.heads[0], line.heads[1], line.text


def _matches(line: Line, port: str) -> bool:
    if not line.text.startswith("interface "):
        return False
    patterns = QUOTED.findall(line.text)[:MOST_PATTERNS]
    step(20 * len(patterns))  # fnmatch compiles each of them
    return any(fnmatch.fnmatchcase(port, pattern[:40]) for pattern in patterns)
