"""A learner's work is saved, its lab ends, and hours later another lab has it again. What is hostile in it hurts nobody."""

import json
import struct
import zlib
from pathlib import Path

import pytest

from labs.engine import parse
from labs.engine.catalog import Catalog
from labs.engine.errors import LabFailed
from labs.engine.grading import grade
from labs.engine.spec import Kind, Node, StartFile
from labs.engine.workbench import Shell, type_solution
from tests.live.conftest import link, make_lab

pytestmark = pytest.mark.live
LABS = Catalog(Path(parse.__file__).parents[1] / "catalog").labs

BIRD = b"router id 192.0.2.9;\nprotocol device {}\nprotocol static cold { ipv6; route 2001:db8:c::/48 blackhole; }\n"
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
    "truncate -s 1T /srv/huge; head -c 100 /dev/urandom > '/srv/odd\nname'",
)
SEEN_ON_H1 = (
    "ip -6 -o addr show dev eth0 scope global | grep -o '2001[^ ]*'; cat /sys/class/net/eth0/mtu",
    "ip -6 route show table all proto boot",
    "ip -6 rule; ip -4 route show proto boot; ip -d -br link show type bridge; ip -o link show v1 | grep -o 'master br7'",
    "ip -4 -o addr show dev br7 | grep -o '192[^ ]*'; ip neigh show nud permanent; cat /sys/class/net/br7/bridge/forward_delay",
    "cat /sys/class/net/eth0/address; cat /proc/sys/net/ipv6/conf/{all,eth0}/forwarding /proc/sys/net/ipv4/ip_default_ttl",
    "nft list ruleset",
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
def resumed(bench, hamlet):
    """What h1, r1 and b1 said before and after, the save, and what did not come back."""
    before, after = {}, {}
    with bench.running(hamlet) as session:
        with Shell(session, "h1") as shell:
            for line in ON_H1:
                shell.type(line)
        with Shell(session, "r1") as shell:
            shell.type("vtysh")
            for line in FRR:
                shell.type(line)
        with Shell(session, "b1") as shell:
            shell.type("birdc disable cold; sed -i s/:c::/:d::/ /etc/bird/bird.conf")
        session.do({"link": "b1:eth0", "up": False, "lasting": True})
        look(session, before)
        saved = session.save()
    with bench.running(hamlet, save=saved.packed) as session:
        look(session, after)
        yield before, after, saved, session.lacking


def look(session, found):
    for node, lines in {
        "h1": SEEN_ON_H1,
        "r1": ("vtysh -c 'show running-config'",),
        "b1": ("birdc show protocols",),
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


def test_bird_and_the_cable_are_as_they_were(resumed):
    _, after, _, _ = resumed
    assert "cold       Static     master6    down" in after["b1"][0]
    assert after["cables"] == {"r1:eth1": {"up": False, "rate": 0, "delay": 0, "loss": 0.0}}


def test_what_is_too_large_is_left_out_and_that_is_said(resumed):
    _, _, saved, _ = resumed
    assert saved.left_out == ["h1: srv/huge"]
    assert len(saved.packed) < 100_000


@pytest.mark.parametrize("name", ["first-ebgp", "rov-hijacker"])
def test_what_was_solved_is_solved_again_without_a_key(bench, name):
    lab = LABS[name]
    with bench.running(lab) as session:
        type_solution(session, lab)
        saved = session.save()
    assert saved.left_out == []
    with bench.running(lab, save=saved.packed) as session:
        assert session.lacking == []
        assert sum(verdict.points for verdict in grade(lab, session, attempt=True)) == 100


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


def test_a_forged_save_reaches_nothing_but_its_own_node(bench, hamlet):
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
    with bench.running(hamlet, save=forgery) as session:
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
def test_what_is_no_save_fails_its_lab_with_a_sentence(bench, hamlet, what):
    with pytest.raises(LabFailed, match="cannot be brought back"), bench.running(hamlet, save=what):
        pass
