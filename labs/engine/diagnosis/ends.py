"""What each end of an OSPFv3 link is set to, in one form for FRR and BIRD, from the configuration that it runs with."""

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass

from labs.engine.adapters import reading
from labs.engine.adapters.config import Line
from labs.engine.adapters.node_state import Port, Seen
from labs.engine.definition.spec import Kind
from labs.engine.runtime.budget import step

OSPF6 = "ipv6 ospf6"
MOST_PATTERNS = 10  # of one line
QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class OspfEnd:
    seen: Seen
    port: Port
    on: bool = False
    passive: bool = False
    area: str = ""
    instance: str = "0"
    hello: str = "10"
    dead: str = "40"
    type: str = "broadcast"
    signed: str = ""
    mtu: int = 0
    router_id: str = ""
    protocol: str = ""  # BIRD's name of it

    @property
    def timers(self) -> str:
        return f"{self.hello}/{self.dead}"

    def __str__(self) -> str:
        return f"{self.seen.node.name}:{self.port.name}"


def ospf_end(seen: Seen, port: Port) -> OspfEnd:
    return _of_bird(seen, port) if seen.node.kind is Kind.BIRD else _of_frr(seen, port)


def _of_frr(seen: Seen, port: Port) -> OspfEnd:
    mode = f"interface {port.name}"

    def value(start: str, default: str = "") -> str:
        return seen.config.after(f"{OSPF6} {start}", mode) or default

    area = seen.config.after(f"{OSPF6} area", mode)
    signed = seen.config.after(f"{OSPF6} authentication", mode) or ""
    return OspfEnd(
        seen=seen,
        port=port,
        on=area is not None,
        passive=seen.config.find(f"{OSPF6} passive", mode) is not None,
        area=str(reading.area(area) or area or ""),
        instance=value("instance-id", "0"),
        hello=value("hello-interval", "10"),
        dead=value("dead-interval", "40"),
        type=value("network", "broadcast").split(" ")[0],
        signed=signed.split(" key ")[0],
        mtu=0 if seen.config.find(f"{OSPF6} mtu-ignore", mode) else int(reading.number(value("ifmtu")) or port.mtu),
        router_id=seen.config.after("ospf6 router-id", "router ospf6") or "",
    )


TYPES = {"ptp": "point-to-point", "pointopoint": "point-to-point", "ptmp": "point-to-multipoint", "bcast": "broadcast"}


def _of_bird(seen: Seen, port: Port) -> OspfEnd:
    block = next(_bird_blocks(seen, port.name), None)
    router_id = seen.config.after("router id") or ""
    if block is None:
        return OspfEnd(seen=seen, port=port, router_id=router_id)
    head, area, at = block
    inside = seen.config.within(head, area, at)

    def value(start: str) -> str:
        return next((rest for line in inside if (rest := line.rest(start)) is not None), "")

    hello = value("hello") or "10"
    count = reading.whole(value("dead count")) or 4
    passive = any(line.text in ("stub", "stub yes", "stub on") for line in inside)
    kind = value("type") or "broadcast"
    return OspfEnd(
        seen=seen,
        port=port,
        on=True,
        passive=passive,
        area=str(reading.area(area.removeprefix("area ").strip()) or ""),
        instance=at.rsplit("instance ", 1)[1].strip() if "instance " in at else "0",
        hello=hello,
        dead=value("dead") if value("dead").isdigit() else str(count * (reading.whole(hello) or 10)),
        type=TYPES.get(kind, kind),
        signed=value("authentication") if value("authentication") not in ("none", "") else "",
        mtu=port.mtu,
        router_id=next((r for line in seen.config.within(head) if (r := line.rest("router id"))), router_id),
        protocol=bird_name(head),
    )


def bird_name(head: str) -> str:
    """The protocol's name; BIRD makes one of its kind and a number where it has none."""
    last = head.split()[-1]
    return f"{head.split()[1]}1" if last in ("v2", "v3", head.split()[1]) else last


def _bird_blocks(seen: Seen, port: str) -> Iterator[tuple[str, str, str]]:
    """Protocol, area and interface whose pattern fits the port. Only the third version is OSPFv3."""
    for line in seen.config.lines:
        if len(line.mode) == 2 and line.mode[0].startswith("protocol ospf v3") and _names(line, port):
            yield line.mode[0], line.mode[1], line.text


def _names(line: Line, port: str) -> bool:
    if not line.text.startswith("interface "):
        return False
    patterns = QUOTED.findall(line.text)[:MOST_PATTERNS]
    step(20 * len(patterns))  # each is compiled
    return any(fnmatch.fnmatchcase(port, pattern[:40]) for pattern in patterns)
