"""Kernel memory that no memory limit counts: what sockets hold."""

from rigs.audit.attack import Attack
from rigs.audit.uncharged_memory import ENOUGH, MOST, held, held_in_the_kernel
from rigs.audit.walls import CGROUP2, FANOUT, MEMBERSHIPS, MULTICAST_TABLES, SOCKET_MEMORY, STREAMS, UNCHARGED

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


ATTACKS = (
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
    Attack(
        id="M53",
        title="tables of multicast routes, which are never freed (MRT_TABLE)",
        wall="the lab's seccomp filter refuses more than the first",
        perl="""
use Socket;
my ($held, $why) = (0, "");
socket(my $routing, AF_INET, SOCK_RAW, 2) or $why = $!;
for my $number (1000 .. 1400) {
    setsockopt($routing, 0, 209, pack("l", $number)) or do { $why = $!; last };
    $held += 1;
}
$held > 1 ? through("$held tables") : refused("$held tables: $why");
""",
        control=MULTICAST_TABLES,
    ),
)
