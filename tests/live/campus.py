"""An island of the crossroads: r3, r4 and b5 (BIRD) on one LAN with h5 and h6.

They elect a DR and a BDR, and run RIP and RIPng. r3 and r4 are a virtual router and speak PIM, IGMP, LDP and EVPN. r3 reflects
the routes of iBGP. h5 listens to 239.1.2.3 and leases addresses; h6 takes one.
"""

from labs.engine.definition.ad_hoc import link
from labs.engine.definition.spec import Kind, Node, StartFile

ROUTER = """hostname r{i}
ip forwarding
ipv6 forwarding
interface eth0
 ip ospf area 0
 ip ospf hello-interval 1
 ip ospf dead-interval 4
 ip ospf priority {priority}
 ipv6 ospf6 area 0
 ipv6 ospf6 hello-interval 1
 ipv6 ospf6 dead-interval 4
 ipv6 ospf6 priority {priority}
 ip pim
 ip igmp
exit
interface lo
 ip ospf area 0
exit
router rip
 network eth0
 redistribute static
 timers basic 5 30 20
exit
router ripng
 network eth0
 redistribute static
 timers basic 5 30 20
exit
ip route 203.0.113.{i}/32 blackhole
ipv6 route 2001:db8:9{i}::/48 blackhole
router ospf
 ospf router-id 10.9.0.{i}
exit
router ospf6
 ospf6 router-id 10.9.0.{i}
exit
mpls ldp
 router-id 10.9.0.{i}
 discovery hello interval 1
 address-family ipv4
  discovery transport-address 10.9.0.{i}
  interface eth0
  exit
 exit-address-family
exit
route-map MINE permit 10
 set community 65010:7 no-export
 set large-community 65010:1:{i}
 set extcommunity rt 65010:77
exit
router bgp 65010
 bgp router-id 10.9.0.{i}
 bgp default local-preference 1{i}0
 no bgp default ipv4-unicast
 no bgp network import-check
 neighbor LAN peer-group
 neighbor LAN remote-as 65010
 neighbor LAN timers 3 9
 {peers}
 address-family ipv4 unicast
  network 198.51.100.{i}/32 route-map MINE
  neighbor LAN activate
  neighbor LAN soft-reconfiguration inbound
  {reflects}
 exit-address-family
 address-family ipv6 unicast
  network 2001:db8:8{i}::/48 route-map MINE
  neighbor LAN activate
  neighbor LAN soft-reconfiguration inbound
  {reflects}
 exit-address-family
 address-family l2vpn evpn
  neighbor 192.0.2.{other} activate
  advertise-all-vni
 exit-address-family
exit
"""
VRRP = """interface eth0
 vrrp 5 version 3
 vrrp 5 priority 10{i}
 vrrp 5 advertisement-interval 500
 vrrp 5 ip 192.0.2.254
exit
"""
B5 = """router id 10.9.0.5;
protocol device {}
protocol direct { ipv4; ipv6; interface "eth0"; }
protocol kernel { ipv4 { export all; import none; }; learn off; }
protocol kernel { ipv6 { export all; import none; }; learn off; }
protocol static s4 { ipv4; route 203.0.113.5/32 blackhole; }
protocol static s6 { ipv6; route 2001:db8:95::/48 blackhole; }
protocol rip rip4 { ipv4 { import all; export where source = RTS_STATIC; }; interface "eth0" { update time 5; }; }
protocol rip ng rip6 { ipv6 { import all; export where source = RTS_STATIC; }; interface "eth0" { update time 5; }; }
protocol ospf v2 o2 { ipv4; area 0 { interface "eth0" { type broadcast; hello 1; dead 4; priority 0; }; }; }
protocol ospf v3 o3 { ipv6; area 0 { interface "eth0" { type broadcast; hello 1; dead 4; priority 0; }; }; }
protocol bgp r3 { local 192.0.2.5 as 65010; neighbor 192.0.2.3 as 65010; hold time 9;
  ipv4 { import all; export none; };
  ipv6 { import all; next hop self; extended next hop on; export filter { if source != RTS_STATIC then reject;
    bgp_local_pref = 250; bgp_community.add((65010,9)); bgp_ext_community.add((rt, 65010, 88)); accept; }; }; }
"""
JOINS = (
    "perl -MSocket -e 'socket(S,AF_INET,SOCK_DGRAM,0); "
    'setsockopt(S,0,35,inet_aton("239.1.2.3").inet_aton("192.0.2.9")) or die $!; sleep 1e6\' </dev/null >/dev/null 2>&1 &'
)
LEASES = "dnsmasq --port=0 --interface=eth0 --dhcp-range=192.0.2.100,192.0.2.199,5m --leasefile-ro --user=root"
DAEMONS = ("ospfd", "ospf6d", "bgpd", "ripd", "ripngd", "pimd", "ldpd", "vrrpd")


def file(path, text):
    return StartFile(path=path, content=text.encode(), executable=False)


def router(i):
    other = 7 - i
    peers = {3: ("192.0.2.4", "192.0.2.5"), 4: ("192.0.2.3",)}[i]
    text = ROUTER.format(
        i=i,
        other=other,
        priority=200 - i * 10,
        peers="\n ".join(f"neighbor {peer} peer-group LAN" for peer in peers),
        reflects="neighbor LAN route-reflector-client" if i == 3 else "neighbor LAN weight 77",
    )
    return Node(
        name=f"r{i}",
        kind=Kind.FRR,
        daemons=DAEMONS,
        loopback=(f"10.9.0.{i}/32",),
        files=(file("/etc/frr/frr.conf", text), file("/etc/vrrp.conf", VRRP.format(i=i))),
        start=(
            "ip link add vrrp4-5 link eth0 type macvlan mode bridge",
            "ip link set dev vrrp4-5 address 00:00:5e:00:01:05",
            "ip addr add 192.0.2.254/24 dev vrrp4-5",
            "ip link set dev vrrp4-5 up",
            "ip link add br9 type bridge",
            "ip link set br9 up",
            f"ip link add vx9 type vxlan id 9 dstport 4789 local 10.9.0.{i} nolearning",
            "ip link set vx9 master br9 up",
            "vtysh -f /etc/vrrp.conf",
        ),
    )


def campus():
    """Its nodes and links."""
    nodes = [
        router(3),
        router(4),
        Node(name="b5", kind=Kind.BIRD, files=(file("/etc/bird/bird.conf", B5),)),
        Node(name="h5", kind=Kind.HOST, start=(JOINS, LEASES)),
        Node(
            name="h6",
            kind=Kind.HOST,
            files=(file("/etc/dhcpcd.conf", "ipv4only\nnoipv4ll\n"),),
            start=("dhcpcd -4 -b eth0 </dev/null >/run/dhcp.log 2>&1 &",),
        ),
        Node(name="lan5", kind=Kind.SWITCH),
    ]
    ends = {"r3": 3, "r4": 4, "b5": 5, "h5": 9}
    links = [link(f"{n}:eth0", f"lan5:p{i}", [f"192.0.2.{i}/24", f"2001:db8:5::{i}/64"]) for n, i in ends.items()]
    return nodes, [*links, link("h6:eth0", "lan5:p6")]
