"""Kernel memory that no memory limit counts: interfaces, their queues and addresses, and what hangs on them."""

from rigs.audit.uncharged_memory import ENOUGH, NETLINK, held_in_the_kernel
from rigs.audit.walls import KINDS, VNI_REQUESTS, WHOLE_LISTS, without

ATTACKS = (
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
)
