"""A node that holds too much in the kernel, in a real lab."""

import time
from contextlib import suppress

import pytest

from labs.engine.errors import LabFailed, RelayGone
from labs.engine.runtime.resource_sentences import sentences
from labs.engine.runtime.runner import Shell
from labs.engine.runtime.shell import answer_in
from labs.engine.shared import pace
from labs.supervisor.kernel_memory import neighbour_queues, proxied_queues

pytestmark = [pytest.mark.live, pytest.mark.alone]


def test_a_node_that_holds_too_much_in_the_kernel_is_ended_and_a_reset_brings_it_back(lab):
    fill = 'for my $n (1 .. 120000) { printf "neigh add fe80::%x:%x lladdr 2:: dev eth0 nud permanent\\n", $n >> 16, $n & 65535 }'
    with Shell(lab, "h2", "fills") as shell:
        shell.conversation.send(f"perl -e '{fill}' | sed s/2::/02:00:00:00:00:02/ | ip -6 -batch -\r".encode())
        until = time.monotonic() + pace.seconds(20)
        while lab.status()["nodes"]["h2"]["up"] and time.monotonic() < until:
            time.sleep(0.1)
    assert {name for name, node in lab.status()["nodes"].items() if not node["up"]} == {"h2"}
    with pytest.raises(LabFailed, match=r"h2 has stopped: it used more kernel memory than a lab may\. Reset it"):
        Shell(lab, "h2", "again")
    assert str(sentences(lab.resource_use())[0]).startswith(
        "Your node h2 has stopped, because it used more kernel memory"
    )
    lab.reset("h2", seconds=pace.seconds(30), on_step=lambda step, seconds: None)
    with Shell(lab, "h2", "again") as shell:
        assert "1 received" in shell.type("ping -c 1 2001:db8:1::10")


FORGER = """use Socket; socket my $s, 16, 3, 0 or die; my $done = pack "LSSLLL", 20, 3, 2, 0, 0, 0;
my $to = pack "SSLL", 16, 0, 1, 0; my $end = time + 60; while (time < $end) { send $s, $done, 0, $to }"""


def test_a_node_cannot_answer_the_guard_in_the_kernels_place(lab):
    """Root of a node may send to netlink sockets in its network. Our socket has the id 1: the first that the kernel gives PID 1."""
    fill = 'for my $n (1 .. 120000) { printf "neigh add fe80::%x:%x lladdr 2:: dev eth0 nud permanent\\n", $n >> 16, $n & 65535 }'
    with Shell(lab, "h2", "forges") as shell:
        for line in (f"perl -e '{FORGER}' &", f"perl -e '{fill}' | sed s/2::/02:00:00:00:00:02/ | ip -6 -batch -"):
            shell.conversation.send(f"{line}\r".encode())
        until = time.monotonic() + pace.seconds(20)
        while lab.status()["nodes"]["h2"]["up"] and time.monotonic() < until:
            time.sleep(0.1)
    assert not lab.status()["nodes"]["h2"]["up"]
    lab.reset("h2", seconds=pace.seconds(30), on_step=lambda step, seconds: None)


def test_disciplines_that_take_much_by_being_there_end_their_node(lab):
    """Rings as long as txqueuelen says, one more for each class: 0.7 MB each, and none of it charged. Linux 6.12 allows 32,767."""
    lines = (
        "ip link set eth0 txqueuelen 30000",
        "tc qdisc add dev eth0 root handle 1: htb",
        "for n in $(seq 16 135); do echo class add dev eth0 parent 1: classid 1:$n htb rate 1mbit; "
        "echo qdisc add dev eth0 parent 1:$n handle $n: pfifo_fast; done | tc -batch -",
    )
    with Shell(lab, "h1", "queues") as shell:
        with suppress(RelayGone):  # it may be ended at the first of them
            for line in (*lines, "while :; do :; done"):  # a reading is due once the lab has used CPU
                shell.conversation.send(f"{line}\r".encode())
                time.sleep(0.3)
        until = time.monotonic() + pace.seconds(20)
        while lab.status()["nodes"]["h1"]["up"] and time.monotonic() < until:
            time.sleep(0.1)
    assert {name for name, node in lab.status()["nodes"].items() if not node["up"]} == {"h1"}
    lab.reset("h1", seconds=pace.seconds(30), on_step=lambda step, seconds: None)


def circle(shell, queue):
    """Let one packet go in a circle. Each round leaves a copy in a queue that nothing empties, until it has QUEUE packets."""
    for line in (
        "ip link add a0 type veth peer name a1; ip link add b0 type veth peer name b1",
        "for n in a0 a1 b0 b1; do ip link set $n up; done; ip addr add 10.9.9.1/24 dev a0",
        "ip neigh add 10.9.9.9 lladdr 02:00:00:00:00:09 dev a0",
        "tc qdisc add dev b0 root handle 1: htb default 10; tc class add dev b0 parent 1: classid 1:10 htb rate 8bit",
        f"tc qdisc add dev b0 parent 1:10 handle 10: pfifo limit {queue}; nft add table netdev t",
        "nft 'add chain netdev t c { type filter hook ingress device a1 priority 0; }'",
        "nft add rule netdev t c dup to b0; nft add rule netdev t c fwd to a0",
    ):
        shell.type(line)
    with suppress(RelayGone):
        shell.conversation.send(b"echo x >/dev/udp/10.9.9.9/9\r")


def test_a_packet_that_goes_in_a_circle_ends_its_node_though_the_lab_uses_no_cpu(lab):
    """The kernel's own threads handle it, at nobody's cost."""
    with Shell(lab, "h1", "circles") as shell:
        circle(shell, 400_000)
        until = time.monotonic() + pace.seconds(4)
        while lab.status()["nodes"]["h1"]["up"] and time.monotonic() < until:
            time.sleep(0.2)
        ended = {name for name, node in lab.status()["nodes"].items() if not node["up"]}
    lab.reset("h1", seconds=pace.seconds(30), on_step=lambda step, seconds: None)
    assert ended == {"h1"}


def test_what_a_class_does_with_queues_is_too_little_to_matter(lab):
    with Shell(lab, "h1", "honest") as shell:
        shell.type(
            "tc qdisc add dev eth0 root handle 1: htb default 10; for n in $(seq 10 30); do "
            "tc class add dev eth0 parent 1: classid 1:$n htb rate 1mbit; tc qdisc add dev eth0 parent 1:$n handle $n: pfifo; done"
        )
        assert "30:" in shell.type("tc qdisc show dev eth0; timeout 2 sh -c 'while :; do :; done'")
    assert all(node["up"] for node in lab.status()["nodes"].values())
    lab.reset("h1", seconds=pace.seconds(30), on_step=lambda step, seconds: None)


def test_queues_for_neighbours_stay_short_and_a_search_for_a_whole_network_ends_nobody(lab):
    """Root of a node may make them longer by the sysctl and by netlink, on the lab's interfaces and on their own."""
    add = "ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up; ip addr add 10.7.0.1/16 dev d0"
    sweep = "for n in $(seq 1 250); do echo x >/dev/udp/10.7.1.$n/9; done"  # each leaves a closed socket
    lengths = "cat /proc/sys/net/ipv[46]/neigh/*[0-9]/unres_qlen_bytes | sort -u"
    with Shell(lab, "h1", "searches") as shell:
        shell.type(f"{add}; echo 9000000 >/proc/sys/net/ipv6/neigh/eth0/unres_qlen_bytes")
        shell.type("ip ntable change name arp_cache dev d0 queue 9000")
        shell.type(sweep, seconds=pace.seconds(30))
        shell.type("timeout 1 sh -c 'while :; do :; done'; sleep 1")
        assert answer_in(shell.type(lengths)) == str(neighbour_queues.SHORT)
        assert "1 received" in shell.type("ping -c 1 -s 20000 2001:db8:1::1")
    assert all(node["up"] for node in lab.status()["nodes"].values())
    lab.reset("h1", seconds=pace.seconds(30), on_step=lambda step, seconds: None)


def test_the_guard_may_read_what_only_root_may_in_the_network_of_a_node(lab):
    """Below /proc/net/vlan, for example. The host's root would own these files if a network were made before its ids are mapped."""
    with Shell(lab, "h1", "reads") as shell:
        assert int(answer_in(shell.type("find /proc/net/ -maxdepth 1 | wc -l"))) > 20
        assert answer_in(shell.type("find /proc/net/ -maxdepth 1 ! -uid 0 | wc -l")) == "0"


ASKS = r"""for my $n (1 .. 3) {
my ($at, $mac) = `ip -o link show a$n` =~ /^(\d+).*ether (\S+)/; $mac = pack "H12", $mac =~ s/://gr; socket my $s, 17, 3, 0;
my $to = pack "SnlSCCa8", 17, 0x806, $at, 0, 0, 6, $mac;
for my $host (1 .. 65) {
my $ask = pack "nnCCna6C4x6C4", 1, 0x800, 6, 4, 1, $mac, 10, 9, $n, 2, 10, 7, 1, $host;
send $s, "\xff" x 6 . $mac . "\x08\x06" . $ask, 0, $to } }"""


def test_packets_for_proxied_neighbours_are_dropped_though_their_delay_was_set_back(lab):
    """The kernel tells the length of its queue for all networks; each asking packet waits as long as the delay was."""
    links = "for n in 1 2 3; do ip link add a$n type veth peer name b$n; ip link set a$n up; ip link set b$n up; done"
    settings = (
        "cd /proc/sys/net/ipv4; echo 1 >ip_forward; for n in 1 2 3; do ip addr add 10.9.$n.1/24 dev b$n; "
        "echo 1 >conf/b$n/proxy_arp; echo 360000 >neigh/b$n/proxy_delay; done"
    )
    length = "ip -s ntable show name arp_cache 2>/dev/null | grep -o 'proxy_qlen [0-9]*' | head -1 | cut -d' ' -f2"

    def waiting():
        return int(answer_in(shell.type(length)))

    with Shell(lab, "h1", "asks") as shell:
        shell.type(f"{links}; {settings}; ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up")
        shell.type("ip addr add 10.7.0.1/16 dev d0")
        shell.type(f"cat >/root/asks.pl <<'END'\n{ASKS}\nEND")
        # The guard may empty the queue before its length is read, but hardly five times
        most = max(int(answer_in(shell.type(f"perl /root/asks.pl; {length}"))) for _ in range(5))
        shell.type("for n in 1 2 3; do echo 80 >/proc/sys/net/ipv4/neigh/b$n/proxy_delay; done")
        # The last time before may have been in vain, as packets came faster than they were dropped
        until = time.monotonic() + proxied_queues.PAUSE + pace.seconds(5)
        while waiting() > proxied_queues.LONG and time.monotonic() < until:
            time.sleep(0.2)
        assert waiting() <= proxied_queues.LONG < most
    assert all(node["up"] for node in lab.status()["nodes"].values())
    lab.reset("h1", seconds=pace.seconds(30), on_step=lambda step, seconds: None)
