"""An access network: a provider delegates a prefix by DHCPv6 to a customer's router, which advertises a part of it."""

from dataclasses import replace

from labs.engine.definition.spec import Lab
from rigs.diagnose.labs.building import cable, check, file, host, rig_lab, router

KEA = """
{
  "Dhcp6": {
    "interfaces-config": { "interfaces": [ "eth0" ] },
    "lease-database": { "type": "memfile", "persist": false },
    "valid-lifetime": 600,
    "subnet6": [
      {
        "id": 1,
        "subnet": "2001:db8:f::/64",
        "interface": "eth0",
        "pd-pools": [
          {
            "prefix": "2001:db8:f000::",
            "prefix-len": 56,
            "delegated-len": 56
          }
        ]
      }
    ]
  }
}
"""
UPLINK = """
interface eth0 {
  AdvSendAdvert on;
  AdvManagedFlag on;
  MinRtrAdvInterval 3;
  MaxRtrAdvInterval 4;
  AdvDefaultLifetime 30;
};
"""
LAN = """
interface eth1 {
  AdvSendAdvert on;
  MinRtrAdvInterval 3;
  MaxRtrAdvInterval 4;
  AdvDefaultLifetime 30;
  prefix ::/64 {
    AdvOnLink on;
    AdvAutonomous on;
  };
};
"""
ASKS = """
ipv6only
noipv6rs
interface eth0
  ia_pd 1 eth1/1/64
"""
ADVERTISE = "radvd -C /etc/radvd.conf -p /run/radvd.pid -m stderr </dev/null >/run/radvd.log 2>&1"
SERVE = "kea-dhcp6 -c /etc/kea.conf </dev/null >/run/kea.log 2>&1 &"
ASK = "dhcpcd -6 -b eth0 </dev/null >/run/dhcp.log 2>&1 &"


def access_network() -> Lab:
    """A /56 for cpe from isp. The host in the customer's LAN makes its own address, and reaches a server behind isp."""
    isp = router(
        "isp",
        "mkdir -p /run/kea",
        SERVE,
        ADVERTISE,
        "ip -6 route add 2001:db8:f000::/56 via fe80::2 dev eth0",
        files=(file("/etc/kea.conf", KEA), file("/etc/radvd.conf", UPLINK)),
    )
    cpe = router("cpe", ASK, ADVERTISE, files=(file("/etc/dhcpcd.conf", ASKS), file("/etc/radvd.conf", LAN)))
    nodes = [
        isp,
        replace(cpe, sysctls={**cpe.sysctls, "net.ipv6.conf.eth0.accept_ra": "2"}),
        host("lan"),
        host("srv", "ip -6 route add default via 2001:db8:5::1", learner=False),
    ]
    links = [
        cable("isp:eth0", "cpe:eth0", "2001:db8:f::1/64 fe80::1/64", "fe80::2/64"),
        cable("cpe:eth1", "lan:eth0"),
        cable("isp:eth1", "srv:eth0", "2001:db8:5::1/64", "2001:db8:5::80/64"),
    ]
    checks = [
        check("uplink", "ra.content", "cpe", interface="eth0", managed=True, lifetime=">0"),
        check("default", "fib.default", "cpe", "uplink", protocol="ra"),
        check("delegated", "dhcp6.prefix_delegated", "cpe", prefix="2001:db8:f000::/56", length=56, dev=["eth1"]),
        check(
            "advertised",
            "ra.content",
            "lan",
            "delegated",
            interface="eth0",
            prefixes={"exact": ["2001:db8:f000:1::/64"]},
        ),
        check("address", "addr.slaac", "lan", "delegated", interface="eth0", prefix="2001:db8:f000:1::/64"),
        check("reach", "ping", "lan", "address", "default", to="2001:db8:5::80", at="srv"),
        check("web", "flow.allow", "lan", "reach", to="srv", address="2001:db8:5::80", protocol="tcp", port=443),
    ]
    return replace(rig_lab("access-network", nodes, links, checks), image="access")
