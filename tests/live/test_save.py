"""A learner's work is saved, its lab ends, and hours later another lab has it again. What is hostile in it hurts nobody."""

import json
import struct
import zlib
from pathlib import Path

import pytest

from labs.engine.authoring import parse
from labs.engine.authoring.catalog import Catalog
from labs.engine.definition.spec import Kind, Node, StartFile
from labs.engine.errors import LabFailed
from labs.engine.grading.grading import grade
from labs.engine.runtime.runner import Shell, type_solution
from tests.live.conftest import link, make_lab

pytestmark = pytest.mark.live
LABS = Catalog(Path(parse.__file__).parents[2] / "catalog").labs

BIRD = b"""router id 192.0.2.9;
protocol device {}
protocol static cold { ipv6; route 2001:db8:cc::/48 blackhole; }
protocol static warm { ipv6; route 2001:db8:c::/48 blackhole; }
"""
ON_H1 = (
    "ip -6 address add 2001:db8:1::99/64 dev eth0; ip -6 address del 2001:db8:1::10/64 dev eth0; ip link set eth0 mtu 1400",
    "ip -6 route del default; ip -6 route add default via 2001:db8:1::1 metric 77",
    "ip -6 route add 2001:db8:9::/48 via fe80::1 dev eth0; ip -6 rule add from 2001:db8:7::/48 lookup 100",
    "ip -6 route add blackhole 2001:db8:66::/48 table 100; ip -4 route add 198.51.100.0/24 dev eth0",
    "ip link add br7 type bridge forward_delay 400 mcast_snooping 0",
    "ip link add v1 type veth peer name v2; ip link set v1 master br7 up",
    "ip link set br7 up; ip link set v2 up; ip address add 192.0.2.1/24 dev br7",
    "ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 dev br7",
    "sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.eth0.forwarding=0 net.ipv4.ip_default_ttl=42",
    "nft add table inet mine; nft add chain inet mine in '{ type filter hook input priority 0; }'; "
    "nft add rule inet mine in tcp dport 7777 drop comment '\"mine\"'",
    "echo changed >> /etc/hosts; rm /etc/motd; echo 'nameserver 2001:db8::53' > /etc/resolv.conf; rm /etc/given",
    "mkdir -p /srv/deep/er; echo hi > /srv/deep/er/x; chmod 750 /srv/deep; chown 33:33 /srv/deep/er/x; ln -s /etc/shadow /srv/link",
    "mkfifo /srv/pipe; rm -r /etc/nftables* /etc/default; mkdir /etc/default; echo new > /etc/default/only",
    "echo note > /tmp/note; head -c 300000 /dev/urandom > /tmp/pcap",
    # What a class makes with ip link: a kernel that lacks a kind refuses it, before and after
    "ip link add vx7 type vxlan id 42 dstport 4789 local 2001:db8:1::99 nolearning; ip link set vx7 up master br7; "
    "ip link set vx7 type bridge_slave isolated on neigh_suppress on",
    "bridge fdb append 00:00:00:00:00:00 dev vx7 dst 2001:db8:1::1; bridge fdb append 00:00:00:00:00:00 dev vx7 dst 2001:db8:1::2",
    "bridge fdb add 02:00:00:00:00:77 dev v1 master static; bridge vlan add vid 5-7 dev v1; bridge vlan add vid 5 dev br7 self",
    "ip link add mv7 link eth0 type macvlan mode bridge; ip link set mv7 up mtu 1300; "
    "ip -6 addr add 2001:db8:77::1/64 dev mv7 nodad",
    "ip link add vlan7 link eth0 type vlan id 7; ip link add dummy7 type dummy; ip link add vrf7 type vrf table 77; "
    "ip link set vrf7 up",
    "ip link add bond7 type bond mode active-backup miimon 100; ip link set dummy7 master bond7; ip link set bond7 up",
    "ip link add gre7 type ip6gre local 2001:db8:1::99 remote 2001:db8:1::1 key 7; ip link add wg7 type wireguard",
    "ip link add sit7 type sit local 192.0.2.1 remote 192.0.2.2; ip link add tun7 type ip6tnl local ::1 remote ::2 mode ipip6",
    "ip link add ifb7 type ifb; ip link set ifb7 txqueuelen 77 up; ip link set v2 promisc on multicast off",
    "tc qdisc add dev v2 root handle 1: htb default 10; tc class add dev v2 parent 1: classid 1:10 htb rate 2mbit ceil 3mbit; "
    "tc qdisc add dev v2 parent 1:10 handle 10: tbf rate 1mbit burst 5k latency 50ms; "
    "tc filter add dev v2 parent 1: prio 3 protocol ip u32 match ip dst 198.51.100.0/24 flowid 1:10",
    "tc qdisc add dev eth0 root pfifo limit 77; tc qdisc add dev ifb7 clsact; tc filter add dev ifb7 egress protocol ipv6 u32 "
    "match u32 0 0 flowid 1:1",
    "ip nexthop add id 7 via 2001:db8:1::1 dev eth0; ip nexthop add id 8 group 7; ip -6 route add 2001:db8:78::/48 nhid 8 metric 9",
    "ip neigh add proxy 2001:db8:1::77 dev eth0; ip -4 rule add fwmark 7 lookup 77 priority 7; ip -6 route add 2001:db8:79::/48 "
    "encap ip6 dst 2001:db8::1 dev eth0; ip -4 route add 203.0.113.0/24 via 192.0.2.77 proto static mtu 1280",
    "truncate -s 1T /srv/huge; head -c 100 /dev/urandom > '/srv/odd\nname'",
)
SEEN_ON_H1 = (
    "ip -6 -o addr show dev eth0 scope global | grep -o '2001[^ ]*'; cat /sys/class/net/eth0/mtu",
    "ip -6 route show table all proto boot",
    "ip -6 rule; ip -4 route show proto boot; ip -d -br link show type bridge; ip -o link show v1 | grep -o 'master br7'",
    "ip -4 -o addr show dev br7 | grep -o '192[^ ]*'; ip neigh show nud permanent; cat /sys/class/net/br7/bridge/forward_delay",
    "cat /sys/class/net/eth0/address; cat /proc/sys/net/ipv6/conf/{all,eth0}/forwarding /proc/sys/net/ipv4/ip_default_ttl",
    "nft list ruleset",
    "ip -d -o link | grep -v ' br7:' | sed 's/^[0-9]*: //; s/@if[0-9]*//; s/ designated_port.*group_fwd_mask//; "
    "s/parentbus.*//; s/permaddr [^ ]*//; /^ifb7/s/ether [^ ]*//; s/state [A-Z]* mode//; s/ id 0x.*no 0x[0-9]//' | sort",
    "tc qdisc show | grep -v noqueue | sed 's, direct_packets_stat [0-9]*,,'",
    "tc class show dev v2; tc filter show dev v2; tc filter show dev ifb7 egress",
    "bridge -j fdb | tr '{' '\\n' | grep -E 'dst|static' | sed 's/[],]*$//' | sort",
    "bridge vlan; ip nexthop; ip neigh show proxy; ip -4 rule",
    "ip -6 route show proto boot; ip -4 route show proto static; cat /tmp/note",
    "cat /etc/hosts /etc/resolv.conf; ls /etc/motd /etc/given /etc/nftables.conf; ls /etc/default; cat /etc/default/only",
    "cd /srv; find . -path ./huge -prune -o -printf '%p %y %m %U %G %l\\n' | sort; cksum odd*; cd",
)


@pytest.fixture(scope="module")
def hamlet():
    """A host, a FRR and a BIRD router, all the learner's, and an instructor's host."""
    frr = StartFile(
        path="/etc/frr/frr.conf", content=b"hostname r1\nipv6 route 2001:db8:77::/48 blackhole\n", executable=False
    )
    given = StartFile(path="/etc/given", content=b"given\n", executable=False)
    default = ("ip -6 route add default via 2001:db8:1::1", "echo clobbered > /etc/resolv.conf")
    nodes = [
        Node(name="h1", kind=Kind.HOST, start=default, files=(given,)),
        Node(name="r1", kind=Kind.FRR, daemons=("ospf6d", "bgpd"), files=(frr,)),
        Node(name="b1", kind=Kind.BIRD, files=(StartFile(path="/etc/bird/bird.conf", content=BIRD, executable=False),)),
        Node(name="i1", kind=Kind.HOST, learner=False),
    ]
    links = [
        link("h1:eth0", "r1:eth0", ["2001:db8:1::10/64"], ["2001:db8:1::1/64"]),
        link("r1:eth1", "b1:eth0", ["2001:db8:2::1/64"], ["2001:db8:2::2/64"]),
        link("i1:eth0", "r1:eth2", ["2001:db8:3::2/64"], ["2001:db8:3::1/64"]),
    ]
    return make_lab(nodes, links)


FRR = (
    "configure terminal", "no ipv6 route 2001:db8:77::/48 blackhole", "ipv6 route 2001:db8:88::/48 blackhole",
    "interface eth0", "description left", "ipv6 ospf6 area 0", "exit",
    "route-map OUT permit 10", "set local-preference 7", "exit",
    "router bgp 64500", "neighbor 2001:db8:2::2 remote-as 64501", "neighbor 192.0.2.2 remote-as 64502",
    "address-family ipv4 unicast", "neighbor 192.0.2.2 route-map OUT out", "exit-address-family",
    "address-family ipv6 unicast", "neighbor 2001:db8:2::2 activate", "neighbor 2001:db8:2::2 route-map OUT out",
    "redistribute connected", "exit-address-family", "exit", "end",
)  # fmt: skip


@pytest.fixture(scope="module")
def resumed(runner, hamlet):
    """Return the answers of h1, r1 and b1 before and after, the save, and what did not come back."""
    before, after = {}, {}
    with runner.running(hamlet) as session:
        with Shell(session, "h1") as shell:
            for line in ON_H1:
                shell.type(line)
        with Shell(session, "r1") as shell:
            shell.type("vtysh")
            for line in FRR:
                shell.type(line)
        with Shell(session, "b1") as shell:
            shell.type("sed -i s/:c::/:d::/ /etc/bird/bird.conf; birdc configure; birdc disable cold")
            shell.type("sleep 2")  # she looks at it, and edits on
            shell.type("sed -i s/:d::/:e::/ /etc/bird/bird.conf; echo 'nonsense' > /etc/bird/new.conf")
        session.do({"link": "b1:eth0", "up": False, "lasting": True})
        session.do({"link": "i1:eth0", "loss": 30, "rate": 900, "lasting": True})
        collect_outputs(session, before)
        saved = session.save()
    with runner.running(hamlet, save=saved.packed) as session:
        collect_outputs(session, after)
        yield before, after, saved, session.lacking


def collect_outputs(session, found):
    for node, lines in {
        "h1": SEEN_ON_H1,
        "r1": (
            "vtysh -c 'show running-config'",
            "tc qdisc show dev eth2 root | sed 's/ seed [0-9]*//'",
            "nft list ruleset",
        ),
        "b1": (
            "birdc show protocols",
            "birdc show route",
            "cat /etc/bird/*.conf",
            "tc qdisc | sed 's/ seed [0-9]*//'; nft list ruleset",  # netem draws one each time
        ),
    }.items():
        with Shell(session, node, "look") as shell:
            found[node] = [shell.type(f"{line}; echo") for line in lines]
    found["cables"] = session.status()["cables"]


def test_everything_comes_back_on_a_host(resumed):
    before, after, _, lacking = resumed
    assert lacking == []
    for was, now in zip(before["h1"], after["h1"], strict=True):
        assert now == was
    assert any("nameserver 2001:db8::53" in said for said in after["h1"])


def test_frr_runs_what_it_ran_and_not_what_its_file_says(resumed):
    before, after, _, _ = resumed
    assert after["r1"] == before["r1"]
    assert "2001:db8:77" not in after["r1"][0]
    assert after["r1"][0].count("route-map OUT out") == 2


def test_bird_runs_by_what_it_had_read_and_its_file_is_as_edited(resumed):
    _, after, _, _ = resumed
    assert "cold       Static     master6    down" in after["b1"][0]
    assert "2001:db8:d::/48" in after["b1"][1]
    assert ":e::" in after["b1"][2]
    assert "nonsense" in after["b1"][2]


def test_cables_are_as_they_were_and_not_twice(resumed):
    before, after, _, _ = resumed
    plain = {"up": True, "rate": 0, "delay": 0, "loss": 0.0}
    assert after["cables"] == {"r1:eth1": plain | {"up": False}, "i1:eth0": plain | {"loss": 30.0, "rate": 900}}
    assert after["r1"][1:] == before["r1"][1:]
    assert after["r1"][1].count("rate 900Kbit") == 1
    assert after["r1"][2].count("chain lossy") == ("netem" not in after["r1"][1])


def test_what_is_too_large_is_left_out_and_that_is_said(resumed):
    _, _, saved, _ = resumed
    assert sorted(saved.left_out) == ["h1: srv/huge", "h1: tmp/pcap"]
    assert len(saved.packed) < 100_000


@pytest.mark.parametrize("name", ["first-ebgp", "rov-hijacker"])
def test_what_was_solved_is_solved_again_without_a_key(runner, name):
    lab = LABS[name]
    with runner.running(lab) as session:
        type_solution(session, lab)
        saved = session.save()
    assert saved.left_out == []
    with runner.running(lab, save=saved.packed) as session:
        assert session.lacking == []
        assert sum(verdict.points for verdict in grade(lab, session, attempt=True)) == 100


LISTENS = """\
for address in $(cat /etc/listen); do
    nc -6 -lk "$address" 8080 </dev/null >/dev/null 2>&1 &
done"""


def test_a_service_listens_on_addresses_of_the_learner_after_a_resume(runner):
    """It starts when they are there, also one on an interface of the learner's, and one that was checked for duplicates."""
    node = Node(
        name="h1",
        kind=Kind.HOST,
        sysctls={"net.ipv6.conf.eth0.accept_dad": "1"},
        start=("touch /etc/listen", "sh /etc/listen-all"),
        files=(StartFile(path="/etc/listen-all", content=LISTENS.encode(), executable=False),),
    )
    others = Node(name="i1", kind=Kind.HOST, learner=False)
    lab = make_lab([node, others], [link("h1:eth0", "i1:eth0", ["2001:db8:1::10/64"], ["2001:db8:1::1/64"])])
    wanted = ["2001:db8:1::10", "2001:db8:1::80", "2001:db8:7::1"]
    with runner.running(lab) as session:
        with Shell(session, "h1") as shell:
            shell.type("ip -6 address add 2001:db8:1::80/64 dev eth0; ip link add v1 type veth peer v2")
            shell.type("ip link set v1 up; ip link set v2 up; ip -6 address add 2001:db8:7::1/64 dev v1; sleep 2.5")
            shell.type(f"echo {' '.join(wanted)} > /etc/listen")
        saved = session.save()
    with runner.running(lab, save=saved.packed) as session:
        assert session.lacking == []
        with Shell(session, "h1") as shell:
            said = shell.type("ss -Htln sport = :8080")
    assert [address for address in wanted if f"[{address}]:8080" not in said] == []


def forged(*records):
    """A save that no supervisor of ours wrote."""
    packed = b""
    for head, content in [({"kind": "save", "format": 1}, b""), *records]:
        text = json.dumps(head).encode()
        packed += struct.pack("!II", len(text), len(content)) + text + content
    return zlib.compress(packed)


def of_h1(path, kind="file", content=b"bad", **more):
    return {"kind": kind, "node": "h1", "path": path, "mode": 0o6777, "uid": 10**12, "gid": 5, **more}, content


NETWORK = {
    "links": {"x; rm": {"made": ["type", "bridge"], "address": "", "mtu": 1, "master": "", "up": True}},
    "ports": {},
    "addresses": {"eth0": ["::1/128 dev eth0\nlink del eth0"]},
    "4": ["route 10.0.0.0/8\nlink del eth0"],
    "6": [],
    "sysctls": {"../kernel/hostname": "bad", "ipv4/ip_forward": "1"},
    "nft": 'include "/etc/shadow"\n',
}
STATE = {
    "network": NETWORK,
    "whole": False,
    "left_out": [],
    "down": ["all; down"],
    "frr": None,
    "daemons": ["bgpd; reboot"],
}


def test_a_forged_save_reaches_nothing_but_its_own_node(runner, hamlet):
    forgery = forged(
        of_h1("etc/out", "link", b"/proc/1/root"),
        of_h1("etc/out/tmp/bad"),
        of_h1("../../../bad"),
        of_h1("run/bad"),
        of_h1("/bad"),
        of_h1("a//bad"),
        of_h1("dev/bad", "device"),
        of_h1("proc/sys/kernel/hostname"),
        ({"kind": "file", "node": "i1", "path": "etc/bad", "mode": 0o644}, b"bad"),
        ({"kind": "file", "node": "nobody", "path": "etc/bad"}, b"bad"),
        of_h1("etc/fine", mode=0o644),
        ({"kind": "state", "node": "h1"}, json.dumps(STATE).encode()),
        ({"kind": "cables"}, b'{"h1:nothing": {"up": false}, "": {}}'),
    )
    with runner.running(hamlet, save=forgery) as session:
        assert any("etc/out/tmp/bad" in text for text in session.lacking)
        with Shell(session, "h1") as shell:
            said = shell.type(
                "ls -d /bad /tmp/bad /run/bad /dev/bad; cat /etc/fine /proc/sys/net/ipv4/ip_forward; hostname; ip -br link; echo"
            )
        assert said.count("No such file") == 4
        assert "bad1\r\nh1\r\n" in said.replace("bad\r\n", "bad") or "bad1" in said
        assert "eth0" in said
        with Shell(session, "i1") as shell:
            assert "No such file" in shell.type("ls /etc/bad; echo")


@pytest.mark.parametrize("what", [b"", b"nonsense", zlib.compress(b"\0" * 60_000_000), forged()[:-6]])
def test_what_is_no_save_fails_its_lab_with_a_sentence(runner, hamlet, what):
    with pytest.raises(LabFailed, match="cannot be restored"), runner.running(hamlet, save=what):
        pass


TYPED = {
    "h1": (
        "echo mine > /root/mine; ip -6 address add 2001:db8:1::77/64 dev eth0; echo secret > /root/.bash_history; echo",
    ),
    "r1": ("vtysh -c 'configure terminal' -c 'ipv6 route 2001:db8:88::/48 blackhole'",),
}
HAS = {
    "h1": "cat /root/mine; ip -6 -o addr show dev eth0 scope global | grep -c '::77/64'; echo",
    "r1": "vtysh -c 'show running-config' | grep -c 2001:db8:88; echo",
}


def says(session):
    found = {}
    for node, line in HAS.items():
        with Shell(session, node, "says") as shell:
            found[node] = shell.type(line)
    return {"h1": "mine" in found["h1"].splitlines(), "r1": "1" in found["r1"].splitlines()}


def test_a_running_lab_goes_back_to_a_save_and_so_does_one_of_its_nodes(runner, hamlet):
    def reset(session, node, save=None):
        return session.reset(node, seconds=40, on_step=lambda step, seconds: None, save=save)

    with runner.running(hamlet) as session:
        for node, lines in TYPED.items():
            with Shell(session, node) as shell:
                for line in lines:
                    shell.type(line)
        whole, only_h1 = session.save().packed, session.save(nodes=["h1"]).packed
        reset(session, None)
        assert says(session) == {"h1": False, "r1": False}
        assert reset(session, "h1", only_h1) == []
        assert says(session) == {"h1": True, "r1": False}, "of one node, and nothing of another"
        reset(session, "h1")
        assert reset(session, None, whole) == []
        assert says(session) == {"h1": True, "r1": True}
        with pytest.raises(LabFailed):
            reset(session, None, b"forged")
        assert says(session) == {"h1": True, "r1": True}, "what cannot be read resets nothing"
