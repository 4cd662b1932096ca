"""The flavour access: an operator leases addresses and delegates a prefix, and a customer's router uses it."""

import json

import pytest

from labs.engine.definition.spec import Kind, Node
from rigs.diagnose.labs.access import HOOKS, ROUTE, ROUTE_PATH
from tests.live.conftest import link
from tests.live.flavoured import file, running

pytestmark = pytest.mark.live

POOL, WAN = "2001:db8:1000::/36", "2001:db8:1::/64"
# The link-local address, which Kea needs, is checked for duplicates while a lab starts
KEA6 = {
    "interfaces-config": {
        "interfaces": ["eth0"],
        "service-sockets-max-retries": 20,
        "service-sockets-retry-wait-time": 500,
    },
    "hooks-libraries": [{"library": HOOKS, "parameters": {"name": ROUTE_PATH, "sync": False}}],
    "lease-database": {"type": "memfile", "persist": True},
    "subnet6": [
        {
            "id": 1,
            "subnet": WAN,
            "interface": "eth0",
            "pools": [{"pool": "2001:db8:1::1000 - 2001:db8:1::1fff"}],
            "pd-pools": [{"prefix": "2001:db8:1000::", "prefix-len": 36, "delegated-len": 56}],
        }
    ],
}
KEA4 = {
    "interfaces-config": {"interfaces": ["eth0"]},
    "lease-database": {"type": "memfile", "persist": True},
    "subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.100 - 192.0.2.199"}]}],
}
RADVD = """interface eth0 {
  AdvSendAdvert on;
  AdvManagedFlag on;
  MinRtrAdvInterval 3;
  MaxRtrAdvInterval 4;
  prefix 2001:db8:1::/64 { AdvAutonomous off; };
};
"""
DHCPCD = """duid
noipv6rs
allowinterfaces wan lan
interface wan
  ipv6rs
  ia_na 1
  ia_pd 2 lan/0/64
interface lan
  noipv4
"""
ISP = (
    file("/etc/kea/kea-dhcp6.conf", json.dumps({"Dhcp6": KEA6})),
    file("/etc/kea/kea-dhcp4.conf", json.dumps({"Dhcp4": KEA4})),
    file("/etc/radvd.conf", RADVD),
    file(ROUTE_PATH, ROUTE, executable=True),
)
FORWARDS = {"net.ipv6.conf.all.forwarding": "1"}


@pytest.fixture(scope="module")
def access(runner):
    """An operator (isp), a customer's router (cpe) and a host at home."""
    nodes = [
        Node(name="isp", kind=Kind.HOST, files=ISP, sysctls=FORWARDS),
        Node(name="cpe", kind=Kind.HOST, files=(file("/etc/dhcpcd.conf", DHCPCD),), sysctls=FORWARDS),
        Node(name="home", kind=Kind.HOST),
    ]
    links = [link("isp:eth0", "cpe:wan", ["2001:db8:1::1/64", "192.0.2.1/24"]), link("cpe:lan", "home:eth0")]
    with running(runner, "access", nodes, links) as lab:
        yield lab


def test_an_operator_leases_and_delegates_and_a_customer_uses_it(access):
    access.type("isp", "kea-dhcp4 -c /etc/kea/kea-dhcp4.conf >/tmp/kea4.log 2>&1 &")
    access.type("isp", "kea-dhcp6 -c /etc/kea/kea-dhcp6.conf >/tmp/kea6.log 2>&1 &")
    access.type("isp", "radvd")
    # Without the name of an interface dhcpcd 10.1 ends in a node, and says nothing
    access.type("cpe", "dhcpcd -b wan")
    access.type("cpe", "dnsmasq --interface=lan --enable-ra --dhcp-range=::,constructor:lan,slaac,64")
    assert (
        access.unpassed(
            ("dhcp6.lease", "cpe", {"interface": "wan", "prefix": WAN}),
            ("dhcp4.lease", "cpe", {"interface": "wan", "prefix": "192.0.2.0/24"}),
            ("dhcp6.prefix_delegated", "cpe", {"prefix": POOL, "length": 56, "dev": ["lan"]}),
            ("fib.default", "cpe", {"dev": ["wan"]}),
            ("fib.route", "isp", {"prefix": "2001:db8:1000::/56", "dev": ["eth0"]}),
            ("addr.slaac", "home", {"interface": "eth0", "prefix": POOL}),
            ("ping", "home", {"to": "2001:db8:1::1", "at": "isp"}),
        )
        == []
    )
