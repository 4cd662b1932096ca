"""Points, waiting times and hints by check type, for checks that nobody has written: of an import, or drafted. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Default:
    points: int
    within: int  # seconds
    hint: str


CONVERGENCE = 60  # seconds: other systems keep the protocols' own timers, and OSPF elects a DR after 40 s
OTHERWISE = Default(2, 5, "Read what the check saw, and compare it with what it expects.")
DEFAULTS: Mapping[str, Default] = {
    "addr.present": Default(
        1, 5, "Which address does the plan give to this interface? ip addr shows those that it has."
    ),
    "process.running": Default(1, 5, "Is the daemon started, and did it accept its configuration?"),
    "sysctl.value": Default(1, 2, "sysctl shows and sets the settings of the kernel."),
    "file.content": Default(1, 2, "Read the file, and compare it with the plan."),
    "config.contains": Default(2, 5, "show running-config shows what the daemon has."),
    "config.absent": Default(2, 5, "show running-config shows what the daemon has."),
    "fib.route": Default(
        2,
        CONVERGENCE,
        "Which protocol should bring this route, and does it know it? ip route shows what the kernel has.",
    ),
    "bgp.session": Default(5, CONVERGENCE, "A session needs the neighbour's address and its AS number, on both sides."),
    "bgp.origination": Default(
        3, 10, "A router originates a prefix by a network statement or by redistribution, and needs a route for it."
    ),
    "bgp.route": Default(
        3, CONVERGENCE, "Is the session up, does the neighbour announce the prefix, and does a policy drop it?"
    ),
    "ospf.neighbor": Default(5, CONVERGENCE, "Both ends need the same area, timers and network type."),
    "ospf6.neighbor": Default(5, CONVERGENCE, "Both ends need the same area, timers and network type."),
    "ospf.interface": Default(3, CONVERGENCE, "show ip ospf interface shows area, cost and role."),
    "ospf.route": Default(3, CONVERGENCE, "Is the prefix advertised into OSPF, and are the adjacencies up?"),
    "ospf6.route": Default(3, CONVERGENCE, "Is the prefix advertised into OSPF, and are the adjacencies up?"),
    "isis.adjacency": Default(5, CONVERGENCE, "Both ends need the same level, and in level 1 the same area."),
    "isis.route": Default(3, CONVERGENCE, "Is IS-IS enabled on the interface that has the prefix?"),
    "bfd.session": Default(3, 20, "Both ends must ask for BFD."),
    "ping": Default(5, CONVERGENCE, "Follow the packet there, and its answer back: which router has no route?"),
    "reach.matrix": Default(
        10, CONVERGENCE, "Follow the packet there, and its answer back: which router has no route?"
    ),
    "service.http": Default(3, 10, "Does the server run, and does it answer at this address and port?"),
    "dns.record": Default(3, 10, "Ask the name server by dig, and read its answer."),
}


def of(check_type: str) -> Default:
    return DEFAULTS.get(check_type, OTHERWISE)
