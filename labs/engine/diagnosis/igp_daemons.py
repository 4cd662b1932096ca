"""Finds the interior routing protocols of a router that do not run: a daemon of FRR, or a disabled protocol of BIRD."""

from collections.abc import Iterator
from dataclasses import replace

from labs.engine.adapters.config_blocks import bird_protocol_name
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.node_state import Seen
from labs.engine.cpu_budget import step
from labs.engine.diagnosis import routing_protocols
from labs.engine.diagnosis.causes import Cause, cause

BGP = "bgp"


def not_running(seen: Seen, version: int) -> Iterator[Cause]:
    """Yield those that bring routes of this version of IP and do not run. With another one that runs, none of them is sure."""
    name = seen.node.name
    daemons = [
        one
        for one in seen.node.daemons
        if routing_protocols.may_bring(routing_protocols.PROTOCOL_OF_DAEMON.get(one, ""), version)
    ]
    protocols = [bird_protocol_name(head) for head in seen.config.heads("protocol ") if _brings(head, version)]
    step(len(daemons) + len(protocols))
    found = [
        *(cause("daemon-down", "ps -e", name, a=one, node=name) for one in daemons if one in seen.silent),
        *(
            cause("protocol-off", daemon_of(seen.node).show_bgp_summary(), name, a=one, node=name)
            for one in protocols
            if one in seen.off
        ),
    ]
    is_sure = len(found) == len(daemons) + len(protocols)
    yield from (replace(one, is_sure=is_sure) for one in found)


def _brings(head: str, version: int) -> bool:
    """Whether a protocol of BIRD is an interior one that brings routes of this version. OSPFv3 may bring those of either one."""
    words = head.split()
    kind = words[1] if len(words) > 1 else ""
    if kind == BGP or kind not in routing_protocols.BIRD_KINDS:
        return False
    if kind == "ospf":
        return version == 4 or words[2:3] == ["v3"]
    return routing_protocols.may_bring("ripng" if words[2:3] == ["ng"] else kind, version)
