"""Networks of a site: a campus behind a packet filter, and hosts that get addresses, names and pages from services."""

from labs.engine.definition.spec import Check, Kind, Lab, Node
from rigs.diagnose.labs.building import cable, check, file, host, rig_lab, router

FIREWALL = """
flush ruleset
table inet site {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iifname "lo" accept
    meta l4proto ipv6-icmp accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    meta l4proto ipv6-icmp accept
    iifname "eth1" oifname "eth0" accept
    iifname "eth1" oifname "eth2" tcp dport { 22, 80, 443 } accept
    ip6 daddr 2001:db8:d::80 tcp dport { 80, 443 } accept
  }
}
"""
NGINX = """
worker_processes 1;
pid /run/nginx.pid;
error_log /run/nginx-error.log;
events {
  worker_connections 32;
}
http {
  access_log off;
  server {
    listen [::]:80;
    server_name www.example.net;
    default_type text/plain;
    location / {
      return 200 "Welcome to the site.";
    }
  }
  server {
    listen [::]:80 default_server;
    return 404;
  }
}
"""
WEB = "nginx </dev/null >/run/nginx.log 2>&1"


def _campus_checks() -> list[Check]:
    """The checks of ``campus``."""
    return [
        check("pc-out", "ping", "pc", to="2001:db8:0:2::10", at="out"),
        check("lab-out", "ping", "lab", to="2001:db8:0:2::10", at="out"),
        check("pc-lab", "ping", "pc", to="2001:db8:a:2::10", at="lab"),
        check("pc-https", "flow.allow", "pc", to="out", address="2001:db8:0:2::10", protocol="tcp", port=443),
        check(
            "page-inside", "service.http", "pc", to="2001:db8:d::80", host="www.example.net", body={"regex": "Welcome"}
        ),
        check(
            "page-outside",
            "service.http",
            "out",
            to="2001:db8:d::80",
            host="www.example.net",
            body={"regex": "Welcome"},
        ),
        check("ssh-inside", "flow.allow", "pc", to="web", address="2001:db8:d::80", protocol="tcp", port=22),
        check(
            "ssh-outside",
            "flow.block",
            "out",
            controls="page-outside",
            to="web",
            address="2001:db8:d::80",
            protocol="tcp",
            port=22,
            control={"port": 443},
        ),
        check(
            "closed",
            "flow.block",
            "out",
            controls="page-outside",
            to="pc",
            address="2001:db8:a:1::10",
            protocol="tcp",
            port=22,
            control={"to": "web", "address": "2001:db8:d::80", "port": 443},
        ),
        check("mtu", "path.mtu", "pc", "pc-out", to="2001:db8:0:2::10", mtu=">=1500"),
    ]


def campus() -> Lab:
    """An office behind a core router, a server in a DMZ, and a packet filter between them and the Internet."""
    nodes = [
        router(
            "fw",
            "nft -f /etc/nftables.conf",
            "ip -6 route add default via 2001:db8:0:1::1",
            "ip -6 route add 2001:db8:a::/48 via 2001:db8:c::2",
            files=(file("/etc/nftables.conf", FIREWALL),),
        ),
        router("core", "ip -6 route add default via 2001:db8:c::1"),
        host("pc", "ip -6 route add default via 2001:db8:a:1::1"),
        host("lab", "ip -6 route add default via 2001:db8:a:2::1"),
        host("web", "ip -6 route add default via 2001:db8:d::1", WEB, files=(file("/etc/nginx/nginx.conf", NGINX),)),
        router(
            "isp",
            "ip -6 route add 2001:db8:a::/48 via 2001:db8:0:1::2",
            "ip -6 route add 2001:db8:d::/64 via 2001:db8:0:1::2",
        ),
        host("out", "ip -6 route add default via 2001:db8:0:2::1", learner=False),
    ]
    links = [
        cable("isp:eth0", "fw:eth0", "2001:db8:0:1::1/64", "2001:db8:0:1::2/64"),
        cable("fw:eth1", "core:eth0", "2001:db8:c::1/64", "2001:db8:c::2/64"),
        cable("fw:eth2", "web:eth0", "2001:db8:d::1/64", "2001:db8:d::80/64"),
        cable("core:eth1", "pc:eth0", "2001:db8:a:1::1/64", "2001:db8:a:1::10/64"),
        cable("core:eth2", "lab:eth0", "2001:db8:a:2::1/64", "2001:db8:a:2::10/64"),
        cable("isp:eth1", "out:eth0", "2001:db8:0:2::1/64", "2001:db8:0:2::10/64"),
    ]
    checks = _campus_checks()
    return rig_lab("campus", nodes, links, checks)


UNBOUND = """
server:
  interface: 2001:db8:5::53
  access-control: 2001:db8::/32 allow
  do-ip4: no
  username: ""
  chroot: ""
  pidfile: /run/unbound.pid
  module-config: "iterator"
  local-zone: "example.net." static
  local-data: "www.example.net. AAAA 2001:db8:5::80"
  local-data: "mail.example.net. AAAA 2001:db8:5::25"
"""
RADVD = """
interface eth0 {
  AdvSendAdvert on;
  MinRtrAdvInterval 3;
  MaxRtrAdvInterval 4;
  AdvDefaultLifetime 30;
  prefix 2001:db8:1::/64 {
    AdvOnLink on;
    AdvAutonomous on;
  };
};
"""
ADVERTISE = "radvd -C /etc/radvd.conf -p /run/radvd.pid -m stderr </dev/null >/run/radvd.log 2>&1"


def _services_checks() -> list[Check]:
    """The checks of ``services``."""
    return [
        check(
            "advertised", "ra.content", "h1", interface="eth0", prefixes={"exact": ["2001:db8:1::/64"]}, lifetime=">0"
        ),
        check("address-1", "addr.slaac", "h1", interface="eth0", prefix="2001:db8:1::/64"),
        check("address-2", "addr.slaac", "h2", interface="eth0", prefix="2001:db8:1::/64"),
        check("default", "fib.default", "h1", protocol="ra"),
        check("reach", "ping", "h1", "address-1", "default", to="2001:db8:5::80", at="web"),
        check("reach-2", "ping", "h2", "address-2", to="2001:db8:5::53", at="dns"),
        check(
            "name",
            "dns.record",
            "h1",
            "reach",
            server="2001:db8:5::53",
            name="www.example.net",
            type="AAAA",
            addresses=["2001:db8:5::80"],
        ),
        check(
            "mail",
            "dns.record",
            "h2",
            "reach-2",
            server="2001:db8:5::53",
            name="mail.example.net",
            type="AAAA",
            addresses=["2001:db8:5::25"],
        ),
        check(
            "page",
            "service.http",
            "h1",
            "reach",
            to="2001:db8:5::80",
            host="www.example.net",
            body={"regex": "Welcome"},
        ),
    ]


def services() -> Lab:
    """A router that advertises a prefix to two hosts, and behind it a resolver and a web server."""
    nodes = [
        router(
            "r1",
            "ip -6 route add 2001:db8:5::/64 via 2001:db8:0:9::2",
            ADVERTISE,
            files=(file("/etc/radvd.conf", RADVD),),
        ),
        router("r2", "ip -6 route add 2001:db8:1::/64 via 2001:db8:0:9::1"),
        host("h1"),
        host("h2", learner=False),
        host(
            "dns",
            "ip -6 route add default via 2001:db8:5::1",
            "unbound -c /etc/unbound/lab.conf </dev/null >/run/unbound.log 2>&1",
            files=(file("/etc/unbound/lab.conf", UNBOUND),),
        ),
        host("web", "ip -6 route add default via 2001:db8:5::1", WEB, files=(file("/etc/nginx/nginx.conf", NGINX),)),
        Node(name="sw1", kind=Kind.SWITCH),
        Node(name="sw2", kind=Kind.SWITCH),
    ]
    links = [
        cable("r1:eth0", "sw1:p1", "2001:db8:1::1/64"),
        cable("h1:eth0", "sw1:p2"),
        cable("h2:eth0", "sw1:p3"),
        cable("r1:eth1", "r2:eth1", "2001:db8:0:9::1/64", "2001:db8:0:9::2/64"),
        cable("r2:eth0", "sw2:p1", "2001:db8:5::1/64"),
        cable("dns:eth0", "sw2:p2", "2001:db8:5::53/64"),
        cable("web:eth0", "sw2:p3", "2001:db8:5::80/64"),
    ]
    checks = _services_checks()
    return rig_lab("services", nodes, links, checks)
