"""A small network where every kind of check has something to see.

h1 ─ r1 ─ r2 ─ h2, with b1 (BIRD) and a switched LAN at r1: sw bridges vic and evil, and r1 advertises there. r1 and r2 run
OSPFv2, OSPFv3, IS-IS, Babel, BFD and BGP; h1 is the RPKI cache, h2 has services, and a loop waits at 2001:db8:66::/64.

Beside it, six ─ xlat ─ four: an IPv6-only host with a CLAT, a NAT64, and a server of IPv4.
And isp ─ cpe ─ lan: a prefix is delegated. And the campus (tests.live.campus).

``python -m tests.live.crossroads`` records what it answers, for the unit tests.
"""

import json
import time
from pathlib import Path

from labs.engine.checks import TYPES
from labs.engine.definition.spec import Kind, Limits, Node, StartFile
from labs.engine.runtime.runner import runner
from tests.judged import BOTH
from tests.live.campus import campus
from tests.live.conftest import link, make_lab

RECORDED = Path(__file__).parents[1] / "fixtures/crossroads-frr-10.3-bird-2.17.json"

ROUTER = """hostname {n}
ip forwarding
ipv6 forwarding
interface eth0
 ip ospf area 0
 ip ospf hello-interval 1
 ip ospf dead-interval 4
 ip ospf network point-to-point
 ipv6 ospf6 area 0
 ipv6 ospf6 hello-interval 1
 ipv6 ospf6 dead-interval 4
 ipv6 ospf6 network point-to-point
 ip router isis CORE
 ipv6 router isis CORE
 isis network point-to-point
 isis hello-interval 1
 isis metric 15
exit
interface lo
 ip ospf area 0
 ipv6 ospf6 area 0
 ip router isis CORE
 ipv6 router isis CORE
exit
interface eth1
 ip ospf area 0
 ipv6 ospf6 area 0
 ip ospf hello-interval 1
 ip ospf dead-interval 4
 ip ospf network point-to-point
 ipv6 ospf6 hello-interval 1
 ipv6 ospf6 dead-interval 4
 ipv6 ospf6 network point-to-point
exit
interface eth2
 ip ospf area 0
 ip ospf passive
 ipv6 ospf6 area 0
 ipv6 ospf6 passive
exit
{lan}
router ospf
 ospf router-id 10.0.0.{i}
exit
router ospf6
 ospf6 router-id 10.0.0.{i}
exit
router isis CORE
 net 49.0001.0000.0000.000{i}.00
 is-type level-2-only
 lsp-gen-interval 1
 topology ipv6-unicast
exit
router babel
 network eth0
 network eth1
 redistribute ipv6 static
exit
bfd
 peer 2001:db8:12::{o} interface eth0
 exit
 {bfd}
exit
ipv6 route 2001:db8:66::/64 2001:db8:12::{o}
ipv6 route 2001:db8:ff:{i}::/64 blackhole
ipv6 prefix-list NO98 permit 2001:db8:98::/48 le 128
route-map IN deny 5
 match ipv6 address prefix-list NO98
route-map IN permit 10
route-map ALL permit 10
 set community 65000:7
exit
router bgp 6500{i}
 bgp router-id 10.0.0.{i}
 no bgp default ipv4-unicast
 neighbor 2001:db8:12::{o} remote-as 6500{o}
 neighbor 2001:db8:12::{o} timers 3 9
 neighbor 2001:db8:12::{o} password secret
 neighbor 2001:db8:12::{o} ttl-security hops 1
 neighbor 2001:db8:12::{o} local-role {role}
 {peer}
 address-family ipv6 unicast
  network 2001:db8:ff:{i}::/64
  neighbor 2001:db8:12::{o} activate
  neighbor 2001:db8:12::{o} soft-reconfiguration inbound
  neighbor 2001:db8:12::{o} route-map IN in
  neighbor 2001:db8:12::{o} route-map ALL out
  neighbor 2001:db8:12::{o} maximum-prefix 100
  {peer6}
 exit-address-family
exit
{rpki}
"""
R1 = ROUTER.format(
    n="r1",
    i=1,
    o=2,
    role="provider",
    bfd="peer 2001:db8:13::2 interface eth1\n exit",
    lan="interface eth3\n no ipv6 nd suppress-ra\n ipv6 nd ra-interval 3\n ipv6 nd prefix 2001:db8:3::/64\n"
    " ipv6 nd managed-config-flag\nexit",
    peer="neighbor 2001:db8:13::2 remote-as 65003",
    peer6="neighbor 2001:db8:13::2 activate\n  neighbor 2001:db8:13::2 route-map ALL in\n"
    "  neighbor 2001:db8:13::2 route-map ALL out\n  aggregate-address 2001:db8:ff::/48",
    rpki="rpki\n rpki cache tcp 2001:db8:1::10 3323 preference 1\nexit",
)
R2 = ROUTER.format(
    n="r2",
    i=2,
    o=1,
    role="customer",
    bfd="",
    lan="ipv6 route 2001:db8:98:1::/64 blackhole",
    peer="",
    peer6="network 2001:db8:98:1::/64",
    rpki="",
)
B1 = """router id 10.0.0.3;
protocol device {}
protocol direct { ipv6; ipv4; interface "eth0"; }
protocol kernel { ipv6 { export all; import none; }; learn off; }
protocol kernel { ipv4 { export all; import none; }; learn off; }
protocol static s6 { ipv6; route 2001:db8:b::/48 blackhole; route 2001:db8:b1::/48 blackhole; }
roa6 table r6;
protocol rpki rpki1 { roa6 { table r6; }; remote 2001:db8:1::10 port 3323; retry keep 2; refresh keep 30; expire keep 600; }
protocol bfd { neighbor 2001:db8:13::1 dev "eth0"; }
protocol ospf v3 o3 { ipv6; area 0 { interface "eth0", "eth1" { type ptp; hello 1; dead 4; cost 7; }; }; }
protocol ospf v2 o2 { ipv4; area 0 { interface "eth0" { type ptp; hello 1; dead 4; }; }; }
protocol babel { ipv6 { import all; export where source = RTS_STATIC; }; interface "eth0" { type wired; }; }
protocol bgp r1 { local 2001:db8:13::2 as 65003; neighbor 2001:db8:13::1 as 65001;
  ipv6 { import keep filtered; import table on;
         import filter { if roa_check(r6, net, bgp_path.last) = ROA_INVALID then reject;
                         if net ~ [2001:db8:ff:1::/64] then reject; accept; }; export where source = RTS_STATIC;
         import limit 50 action block; }; }
"""
VRPS = {
    "metadata": {"buildtime": "2026-01-01T00:00:00Z"},
    "roas": [
        {"prefix": "2001:db8:b::/48", "maxLength": 48, "asn": "AS65003"},
        {"prefix": "2001:db8:b1::/48", "maxLength": 64, "asn": "AS64999"},
    ],
}
UNBOUND = """server:
  interface: 2001:db8:2::10
  access-control: ::/0 allow
  do-not-query-localhost: no
  local-zone: "test." nodefault
  module-config: "dns64 iterator"
  dns64-prefix: 64:ff9b::/96
  username: ""
  chroot: ""
  pidfile: "/run/unbound.pid"
stub-zone:
  name: "vaka.test."
  stub-addr: 127.0.0.1@5353
stub-zone:
  name: "ipv4only.arpa."
  stub-addr: 127.0.0.1@5353
"""
R2_FIREWALL = """table inet f {
  counter seen { }
  chain forward { type filter hook forward priority 0;
    udp dport 9000 limit rate over 62 kbytes/second burst 8 kbytes drop
    tcp dport 81 drop
    icmpv6 type echo-request counter comment "echoes"
    udp dport 9 counter comment "discard"
  }
}
"""
R1_FIREWALL = """table ip6 sav { chain f { type filter hook forward priority 0;
  iifname "eth2" ip6 saddr != { 2001:db8:1::/64, fe80::/10 } drop
}
}
"""
SWITCH_FIREWALL = """table bridge guard { chain f { type filter hook forward priority 0;
  iifname "eth2" icmpv6 type nd-router-advert drop
  iifname "eth2" udp sport 547 udp dport 546 drop
}
}
"""
SWITCH = (
    "ip link add br0 type bridge mcast_snooping 0",
    *(f"ip link set eth{n} master br0 up" for n in range(3)),
    "ip link set br0 up",
    "ip addr add 2001:db8:3::2/64 dev br0 nodad",
    "bridge link set dev eth2 learning off",
    "nft -f /etc/guard.nft",
    "ip link add vx0 type vxlan id 100 dstport 4789 local 2001:db8:3::2 remote 2001:db8:3::1",
    "dnsmasq --port=0 --interface=br0 --dhcp-range=2001:db8:3::100,2001:db8:3::1ff,64,5m --leasefile-ro --user=root",
)
ROUTING = {"net.ipv6.conf.all.forwarding": "1", "net.ipv4.ip_forward": "1"}
NAT64 = """tun-device nat64
ipv4-addr 198.51.100.1
prefix 2001:db8:64::/96
dynamic-pool 198.51.100.0/24
data-dir /run
"""
CLAT = """tun-device clat
ipv4-addr 192.0.0.2
ipv6-addr 2001:db8:46::1
prefix 2001:db8:64::/96
map 192.0.0.1 2001:db8:46::2
data-dir /run
"""
# Debian's servers that delegate are not in the lab image; what the client makes of the answer is what is looked at.
DELEGATES = r"""use strict; use warnings; use Socket qw(:all);
my ($dev) = @ARGV;
socket(my $s, AF_INET6, SOCK_DGRAM, 0) or die "$!";
bind($s, pack_sockaddr_in6(547, inet_pton(AF_INET6, '::'))) or die "bind $!";
my $index = do { open my $f, '-|', "ip -o link show dev $dev" or die; (<$f> =~ /^(\d+):/)[0] };
setsockopt($s, IPPROTO_IPV6, IPV6_JOIN_GROUP, pack_ipv6_mreq(inet_pton(AF_INET6, 'ff02::1:2'), $index)) or die "join $!";
my $option = sub { pack('nn/a', @_) };
while (my $from = recv($s, my $in, 1500, 0)) {
    my ($kind, $id, $rest) = unpack('Ca3a*', $in);
    my %has; while (length $rest >= 4) { my ($code, $data, $more) = unpack('nn/aa*', $rest); $has{$code} = $data; $rest = $more }
    next unless defined $has{1} and defined $has{25};
    my $prefix = pack('NNC', 600, 900, 56) . inet_pton(AF_INET6, '2001:db8:e:100::');
    my $pd = substr($has{25}, 0, 4) . pack('NN', 300, 480) . $option->(26, $prefix);
    my $reply = $kind == 1 ? 2 : 7;
    my $ids = $option->(1, $has{1}) . $option->(2, pack('nna6', 3, 1, 'server'));
    send($s, pack('C', $reply) . $id . $ids . $option->(25, $pd), 0, $from);
}
"""
ALL = ("ospfd", "ospf6d", "isisd", "bfdd", "babeld", "bgpd")
DNSMASQ = (
    "dnsmasq --port=5353 --listen-address=127.0.0.1 --no-resolv --user=root --pid-file=/run/d.pid --auth-ttl=60"
    " --host-record=www.vaka.test,192.0.2.10,2001:db8:2::10 --host-record=v4.vaka.test,192.0.2.4"
    " --host-record=ipv4only.arpa,192.0.0.170 --txt-record=www.vaka.test,hello"
)


def file(path, text):
    return StartFile(path=path, content=text.encode(), executable=False)


def frr(name, text, **more):
    files = (file("/etc/frr/frr.conf", text), file("/etc/f.nft", more.pop("firewall")))
    loopback = (f"2001:db8:ff::{name[1]}/128", f"10.0.0.{name[1]}/32")
    return Node(name=name, kind=Kind.FRR, daemons=ALL, loopback=loopback, files=files, **more)


def crossroads():
    cache = (
        "stayrtr -bind [::]:3323 -cache /etc/vrps.json -checktime=false -metrics.addr '' -refresh 2 "
        "</dev/null >/run/s.log 2>&1 &"
    )
    nodes = [
        Node(
            name="h1",
            kind=Kind.HOST,
            start=("ip -6 route add default via 2001:db8:1::1", cache),
            files=(file("/etc/vrps.json", json.dumps(VRPS)),),
        ),
        frr(
            "r1",
            R1,
            firewall=R1_FIREWALL,
            start=("nft -f /etc/f.nft", "ip -6 rule add from 2001:db8:5::/64 table 100 pref 500"),
        ),
        frr("r2", R2, firewall=R2_FIREWALL, start=("nft -f /etc/f.nft", "ip link set eth2 mtu 1400")),
        Node(name="b1", kind=Kind.BIRD, learner=False, files=(file("/etc/bird/bird.conf", B1),)),
        Node(
            name="h2",
            kind=Kind.HOST,
            start=(
                "ip link set eth0 mtu 1400",
                "ip -6 route add default via 2001:db8:2::1",
                DNSMASQ,
                "unbound -c /etc/u.conf",
                "nginx",
            ),
            files=(file("/etc/u.conf", UNBOUND),),
        ),
        Node(name="sw", kind=Kind.HOST, start=SWITCH, files=(file("/etc/guard.nft", SWITCH_FIREWALL),)),
        Node(
            name="vic",
            kind=Kind.HOST,
            sysctls={"net.ipv6.conf.eth0.use_tempaddr": "2"},
            start=("dhcpcd -6 -b eth0 </dev/null >/run/dhcp.log 2>&1 &",),
            files=(file("/etc/dhcpcd.conf", "noipv6rs\nia_na 1\n"),),
        ),
        Node(name="evil", kind=Kind.HOST),
        *translators(),
        *delegation(),
    ]
    links = [
        link("r1:eth0", "r2:eth0", ["2001:db8:12::1/64", "10.1.2.1/24"], ["2001:db8:12::2/64", "10.1.2.2/24"]),
        link("r1:eth1", "b1:eth0", ["2001:db8:13::1/64", "10.1.3.1/24"], ["2001:db8:13::2/64", "10.1.3.2/24"]),
        link("h1:eth0", "r1:eth2", ["2001:db8:1::10/64"], ["2001:db8:1::1/64", "10.1.1.1/24"]),
        link("r2:eth1", "b1:eth1", ["2001:db8:23::2/64"], ["2001:db8:23::3/64"]),
        link("h2:eth0", "r2:eth2", ["2001:db8:2::10/64"], ["2001:db8:2::1/64"]),
        link("sw:eth0", "r1:eth3", [], ["2001:db8:3::1/64"]),
        link("sw:eth1", "vic:eth0"),
        link("sw:eth2", "evil:eth0"),
        link("six:eth0", "xlat:eth0", ["2001:db8:60::2/64"], ["2001:db8:60::1/64"]),
        link("xlat:eth1", "four:eth0", ["192.0.2.1/24"], ["192.0.2.2/24"]),
        link("isp:eth0", "cpe:eth0"),
        link("cpe:eth1", "lan:eth0"),
    ]
    more_nodes, more_links = campus()
    return make_lab([*nodes, *more_nodes], [*links, *more_links], limits=Limits(memory=1536), requires=("tun",))


def translators():
    clat, nat64 = ("tayga -c /etc/clat.conf", "tayga -c /etc/nat64.conf")
    yield Node(
        name="six",
        kind=Kind.HOST,
        sysctls=ROUTING,
        files=(file("/etc/clat.conf", CLAT),),
        start=(
            f"{clat} --mktun",
            "ip link set clat up",
            "ip addr add 192.0.0.1/32 dev clat",
            "ip route add default dev clat",
            "ip -6 route add 2001:db8:46::/64 dev clat",
            "ip -6 route add default via 2001:db8:60::1",
            clat,
        ),
    )
    yield Node(
        name="xlat",
        kind=Kind.HOST,
        sysctls=ROUTING,
        files=(file("/etc/nat64.conf", NAT64),),
        start=(
            f"{nat64} --mktun",
            "ip link set nat64 up",
            "ip route add 198.51.100.0/24 dev nat64",
            "ip -6 route add 2001:db8:64::/96 dev nat64",
            "ip -6 route add 2001:db8:46::/64 via 2001:db8:60::2",
            nat64,
        ),
    )
    yield Node(name="four", kind=Kind.HOST, start=("ip route add 198.51.100.0/24 via 192.0.2.1",))


def delegation():
    asks = "ipv6only\nnoipv6rs\ninterface eth0\n ia_pd 1 eth1/1/64\n"
    yield Node(
        name="isp",
        kind=Kind.HOST,
        files=(file("/etc/delegates.pl", DELEGATES),),
        start=("perl /etc/delegates.pl eth0 </dev/null >/run/delegates.log 2>&1 &",),
    )
    yield Node(
        name="cpe",
        kind=Kind.HOST,
        sysctls=ROUTING,
        files=(file("/etc/dhcpcd.conf", asks),),
        start=("dhcpcd -6 -b eth0 </dev/null >/run/dhcp.log 2>&1 &",),
    )
    yield Node(name="lan", kind=Kind.HOST)


def record(session, lab):
    """Record the answers of the network to the checks of tests.judged, for the unit tests: each ask with its answer.

    What was recorded before is kept; without that file all is asked.
    """
    known = json.loads(RECORDED.read_text()) if RECORDED.exists() else []
    asks = {}
    for name, on, *expects in BOTH:
        for expect in expects:
            if expect is not None:
                for ask in TYPES[name].parse(expect).asks([lab.nodes[node] for node in on.split()]):
                    asks[json.dumps(ask, sort_keys=True)] = ask
    for ask, _answer in known:
        asks.pop(json.dumps(ask, sort_keys=True), None)
    return known + [[ask, answer] for ask in asks.values() for [answer] in [session.ask([ask], seconds=12)]]


if __name__ == "__main__":
    with runner() as opened, opened.running(crossroads()) as session:
        time.sleep(30)
        RECORDED.write_text(json.dumps(record(session, crossroads()), indent=0, ensure_ascii=False) + "\n")
