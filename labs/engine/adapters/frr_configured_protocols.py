"""The BGP sessions and OSPF interfaces that FRR is configured for, and the state of each."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.routing_daemon import Answer
from labs.engine.adapters.routing_state import ConfiguredProtocols, ospf_state
from labs.engine.adapters.untrusted import fields, pairs

UP = ("Full", "2-Way")
OFF = ("Down", "Loopback")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "bgpd": ("show bgp summary json",),
    "ospf6d": ("show ipv6 ospf6 interface json", "show ipv6 ospf6 neighbor json"),
    "ospfd": ("show ip ospf interface json", "show ip ospf neighbor json"),
}


def reader(daemon: str) -> Callable[[Answer], ConfiguredProtocols]:
    """Return what reads the outputs of this daemon's COMMANDS."""

    def read(answer: Answer) -> ConfiguredProtocols:
        outputs = [fields(untrusted.load(text)) for text in untrusted.items(answer.get("outputs"))]
        if len(outputs) != len(COMMANDS[daemon]):
            return ConfiguredProtocols()
        return _sessions(outputs[0]) if daemon == "bgpd" else _interfaces(daemon, *outputs)

    return read


def _sessions(summary: Mapping[str, Any]) -> ConfiguredProtocols:
    found = ConfiguredProtocols()
    for _family, part in pairs(summary):
        for name, peer in pairs(fields(part).get("peers")):
            found.peers[name] = fields(peer).get("state") == "Established"
    return found


def _interfaces(daemon: str, interfaces: Mapping[str, Any], neighbours: Mapping[str, Any]) -> ConfiguredProtocols:
    found = ConfiguredProtocols()
    for name, one in pairs(interfaces.get("interfaces", interfaces)):
        told = fields(one)
        state = untrusted.text(told.get("ospf6InterfaceState") or told.get("state")) or "Down"
        if state in OFF or told.get("timerPassiveIface"):
            continue
        found.ospf[daemon, name] = False
        if state == "Waiting":
            found.waiting.add(name)
    for told in _neighbours(neighbours.get("neighbors")):
        name = untrusted.text(told.get("interfaceName") or told.get("ifaceName")).partition(":")[0]
        is_up = ospf_state(untrusted.text(told.get("state") or told.get("nbrState"))).startswith(UP)
        found.ospf[daemon, name] = found.ospf.get((daemon, name), False) or is_up
    return found


def _neighbours(listed: object) -> Iterator[Mapping[str, Any]]:
    """Yield the neighbours: ospf6d gives a list of all, ospfd a list for each router ID."""
    lists = [listed] if isinstance(listed, list) else [of_one for _router_id, of_one in pairs(listed)]
    for one in lists:
        yield from (fields(each) for each in untrusted.items(one))
