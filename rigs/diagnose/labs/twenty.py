"""A network of 20 nodes: it shows how long a diagnosis takes where not all nodes can be read."""

from labs.engine.definition.spec import Lab, Link
from rigs.diagnose.labs.building import bird, cable, check, host, rig_lab

ROUTERS = 14  # in a ring
HOSTS = (1, 4, 7, 8, 11, 14)  # the routers that have a host
CONFIG = """router id 10.0.0.{number};
protocol kernel {{
  ipv6 {{
    export where source = RTS_OSPF;
  }};
}}
protocol ospf v3 core {{
  ipv6 {{
    import all;
    export none;
  }};
  area 0 {{
    interface "eth0", "eth1" {{
      type ptp;
      hello 1;
      dead 4;
    }};
    interface "eth2" {{
      stub;
    }};
  }};
}}
"""


def twenty() -> Lab:
    """14 routers with BIRD and OSPFv3 in a ring, and six hosts."""
    nodes = [bird(f"r{n}", CONFIG.format(number=n), learner=n % 2 == 1) for n in range(1, ROUTERS + 1)]
    nodes += [host(f"h{n}", f"ip -6 route add default via 2001:db8:{n:x}00::1") for n in HOSTS]
    links = [_ring(n, n % ROUTERS + 1) for n in range(1, ROUTERS + 1)]
    links += [cable(f"r{n}:eth2", f"h{n}:eth0", f"2001:db8:{n:x}00::1/64", f"2001:db8:{n:x}00::10/64") for n in HOSTS]
    checks = [
        check("adjacency", "ospf6.neighbor", "r1", interface="eth0", router_id="10.0.0.2"),
        check("route-4", "fib.route", "r1", "adjacency", prefix="2001:db8:400::/64"),
        check("near", "ping", "h1", "route-4", to="2001:db8:400::10", at="h4"),
        check("far", "ping", "h1", to="2001:db8:800::10", at="h8"),
        check("across", "ping", "h4", to="2001:db8:b00::10", at="h11"),
        check("around", "ping", "h7", to="2001:db8:e00::10", at="h14"),
    ]
    return rig_lab("twenty", nodes, links, checks)


def _ring(one: int, other: int) -> Link:
    """The link from eth0 of a router to eth1 of the next."""
    prefix = f"2001:db8:0:{one:x}"
    return cable(f"r{one}:eth0", f"r{other}:eth1", f"{prefix}::1/64", f"{prefix}::2/64")
