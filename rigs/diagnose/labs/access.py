"""An access network: a provider leases and delegates by DHCPv6, and a customer's router advertises a part of its prefix."""

import json
from dataclasses import replace

from labs.engine.definition.spec import Lab, StartFile
from rigs.diagnose.labs.building import FORWARDS, cable, check, file, host, rig_lab, router

UPLINK, DELEGATED = "2001:db8:f::/64", "2001:db8:f000::/56"
HOOKS = "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_run_script.so"
# Kea calls it for each lease: the provider's router needs a route to the prefix that it has delegated
ROUTE_PATH = "/usr/share/kea/scripts/route"
ROUTE = r"""#!/bin/sh
[ "$1" = leases6_committed ] || exit 0
for i in $(seq 0 $((LEASES6_SIZE - 1))); do
  eval "type=\$LEASES6_AT${i}_TYPE prefix=\$LEASES6_AT${i}_ADDRESS length=\$LEASES6_AT${i}_PREFIX_LEN"
  [ "$type" = IA_PD ] && ip -6 route replace "$prefix/$length" via "$QUERY6_REMOTE_ADDR" dev "$QUERY6_IFACE_NAME"
done
exit 0
"""
POOLS = {"prefix": "2001:db8:f000::", "prefix-len": 56, "delegated-len": 56}
# The link-local address, which Kea needs, is checked for duplicates while a lab starts
SOCKETS = {"interfaces": ["eth0"], "service-sockets-max-retries": 20, "service-sockets-retry-wait-time": 500}
KEA = {
    "interfaces-config": SOCKETS,
    "hooks-libraries": [{"library": HOOKS, "parameters": {"name": ROUTE_PATH, "sync": False}}],
    "lease-database": {"type": "memfile", "persist": False},
    "subnet6": [
        {
            "id": 1,
            "subnet": UPLINK,
            "interface": "eth0",
            "pools": [{"pool": "2001:db8:f::1000 - 2001:db8:f::1fff"}],
            "pd-pools": [POOLS],
        }
    ],
}
RADVD = """
interface {port} {{
  AdvSendAdvert on;
  AdvManagedFlag {managed};
  MinRtrAdvInterval 3;
  MaxRtrAdvInterval 4;
  AdvDefaultLifetime 30;
  prefix {prefix} {{
    AdvOnLink on;
    AdvAutonomous {autonomous};
  }};
}};
"""
ASKS = """
duid
noipv6rs
allowinterfaces eth0 eth1
interface eth0
  noipv4
  ipv6rs
  ia_na 1
  ia_pd 2 eth1/0/64
interface eth1
  noipv4
"""
ADVERTISE = "radvd -C /etc/radvd.conf -p /run/radvd.pid -m stderr </dev/null >/run/radvd.log 2>&1"
# Without the name of an interface dhcpcd ends in a node
ASK = "dhcpcd -b eth0 </dev/null >/run/dhcp.log 2>&1"


def access_network() -> Lab:
    """The host in the customer's LAN makes its own address from the delegated prefix, and reaches a server behind the provider."""
    isp = router(
        "isp",
        "mkdir -p /run/kea",
        "kea-dhcp6 -c /etc/kea/kea-dhcp6.conf </dev/null >/run/kea.log 2>&1 &",
        ADVERTISE,
        files=(
            file("/etc/kea/kea-dhcp6.conf", json.dumps({"Dhcp6": KEA}, indent=2)),
            file("/etc/radvd.conf", RADVD.format(port="eth0", managed="on", prefix=UPLINK, autonomous="off")),
            StartFile(path=ROUTE_PATH, content=ROUTE.encode(), executable=True),
        ),
    )
    lan = RADVD.format(port="eth1", managed="off", prefix="2001:db8:f000::/64", autonomous="on")
    cpe = router("cpe", ASK, ADVERTISE, files=(file("/etc/dhcpcd.conf", ASKS), file("/etc/radvd.conf", lan)))
    nodes = [
        isp,
        replace(cpe, sysctls=FORWARDS | {"net.ipv6.conf.eth0.accept_ra": "2"}),
        host("lan"),
        host("srv", "ip -6 route add default via 2001:db8:5::1", learner=False),
    ]
    links = [
        cable("isp:eth0", "cpe:eth0", "2001:db8:f::1/64"),
        cable("cpe:eth1", "lan:eth0"),
        cable("isp:eth1", "srv:eth0", "2001:db8:5::1/64", "2001:db8:5::80/64"),
    ]
    checks = [
        check("uplink", "ra.content", "cpe", interface="eth0", managed=True, lifetime=">0"),
        check("lease", "dhcp6.lease", "cpe", interface="eth0", prefix=UPLINK, within=20.0),
        check("delegated", "dhcp6.prefix_delegated", "cpe", prefix=DELEGATED, length=56, dev=["eth1"], within=20.0),
        check("default", "fib.default", "cpe", "uplink", dev=["eth0"]),
        check("back", "fib.route", "isp", "delegated", prefix=DELEGATED, dev=["eth0"]),
        check("address", "addr.slaac", "lan", interface="eth0", prefix="2001:db8:f000::/64"),
        check("reach", "ping", "lan", "address", to="2001:db8:5::80", at="srv"),
        check("web", "flow.allow", "lan", "reach", to="srv", address="2001:db8:5::80", protocol="tcp", port=443),
    ]
    return replace(rig_lab("access-network", nodes, links, checks), image="access")
