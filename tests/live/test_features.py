"""Each kernel feature that a lab may require: where the supervisor says that the kernel has it, it is used for real.

Where it says no, a learner cannot make such a link either. So this tells the truth about itself on every kernel.
"""

import base64
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from labs.engine.definition.spec import Kind, Node
from labs.engine.errors import LabFailed
from labs.engine.shared.features import FEATURES
from tests.live.conftest import link, make_lab

pytestmark = pytest.mark.live

FAR = "2001:db8:5::2"  # b's address behind the feature; a has ::1
ON_CABLE = {"a": ("2001:db8::1", "192.0.2.1"), "b": ("2001:db8::2", "192.0.2.2")}
OTHER = {"a": "b", "b": "a"}
NUMBER = {"a": 1, "b": 2}
# A program that makes an interface, and hears what is sent out of it: the echo request of a ping
LISTENER = r"""
use Fcntl; sysopen(F, "/dev/net/tun", O_RDWR) or die "open: $!";
my $asked = pack("a16 s x22", "t0", 0x1001); ioctl(F, 0x400454ca, $asked) or die "ioctl: $!";
system "ip link set t0 up; ip -6 addr add 2001:db8:5::1/64 dev t0 nodad; (ping -c 3 -W 1 2001:db8:5::2 >/dev/null 2>&1 &)";
while (sysread F, my $p, 2000) {
  if (unpack("x6 C", $p) == 58 && unpack("x40 C", $p) == 128) { print "it heard ", "an echo\n"; exit }
}
"""


def tunnel(node, words):
    """Commands that make a tunnel interface over the cable, with an address in it."""
    mine, yours = ON_CABLE[node], ON_CABLE[OTHER[node]]
    filled = words.format(mine=mine[0], yours=yours[0], mine4=mine[1], yours4=yours[1])
    return [f"ip link add f0 {filled}", *addressed(node, "f0")]


def addressed(node, interface):
    return [f"ip link set {interface} up", f"ip -6 addr add 2001:db8:5::{NUMBER[node]}/64 dev {interface} nodad"]


def keys():
    """A private key and its public one, as `wg` writes them."""
    private = X25519PrivateKey.generate()
    raw = {"encoding": serialization.Encoding.Raw}
    secret = private.private_bytes(
        **raw, format=serialization.PrivateFormat.Raw, encryption_algorithm=serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(**raw, format=serialization.PublicFormat.Raw)
    return base64.b64encode(secret).decode(), base64.b64encode(public).decode()


WIREGUARD = {"a": keys(), "b": keys()}


def wireguard(node):
    other = OTHER[node]
    return [
        f"echo {WIREGUARD[node][0]} > /tmp/key",
        "ip link add f0 type wireguard",
        f"wg set f0 private-key /tmp/key listen-port 51820 peer {WIREGUARD[other][1]} allowed-ips ::/0 "
        f"endpoint [{ON_CABLE[other][0]}]:51820",
        *addressed(node, "f0"),
    ]


LABELS = ["sysctl -qw net.mpls.platform_labels=1000", "sysctl -qw net.mpls.conf.eth0.input=1"]
SEGMENTS = ["sysctl -qw net.ipv6.conf.all.seg6_enabled=1", "sysctl -qw net.ipv6.conf.eth0.seg6_enabled=1"]
BRIDGE = [
    "ip link add br0 type bridge vlan_filtering 1 mcast_snooping 0",
    "ip link set eth0 master br0",
    "bridge vlan del vid 1 dev eth0",
    "bridge vlan add vid 5 pvid untagged dev eth0",
    "bridge vlan add vid 5 pvid untagged dev br0 self",
]

# What is typed on a and on b, by feature; then a pings FAR
USES = {
    "bond": lambda node: (
        [
            "ip link add f0 type bond mode active-backup",
            "ip link set eth0 down",
            "ip link set eth0 master f0",
            *addressed(node, "f0"),
        ]
        if node == "a"
        else addressed(node, "eth0")
    ),
    "bridge_vlan": lambda node: [*BRIDGE, *addressed(node, "br0")],
    "dummy": lambda node: (
        ["ip link add f0 type dummy", *addressed(node, "f0")]
        if node == "b"
        else [f"ip -6 route add {FAR}/128 via 2001:db8::2"]
    ),
    "gre": lambda node: tunnel(node, "type ip6gre local {mine} remote {yours}"),
    "ip6tnl": lambda node: tunnel(node, "type ip6tnl local {mine} remote {yours} mode any"),
    "macvlan": lambda node: (
        ["ip link add f0 link eth0 type macvlan mode bridge", *addressed(node, "f0")]
        if node == "b"
        else addressed(node, "eth0")
    ),
    "mpls": lambda node: (
        [*LABELS, f"ip -6 addr add {FAR}/128 dev lo", "ip -f mpls route add 200 dev lo"]
        if node == "b"
        else [*LABELS, f"ip -6 route add {FAR}/128 encap mpls 200 via 2001:db8::2 dev eth0"]
    ),
    "netem": lambda node: [
        *(["tc qdisc add dev eth0 root netem delay 300ms"] if node == "a" else []),
        *addressed(node, "eth0"),
    ],
    "seg6": lambda node: (
        [*SEGMENTS, f"ip -6 addr add {FAR}/128 dev lo"]
        if node == "b"
        else [*SEGMENTS, f"ip -6 route add {FAR}/128 encap seg6 mode encap segs 2001:db8::2 dev eth0"]
    ),
    "sit": lambda node: tunnel(node, "type sit local {mine4} remote {yours4}"),
    "vlan": lambda node: ["ip link add f0 link eth0 type vlan id 5", *addressed(node, "f0")],
    "vrf": lambda node: (
        ["ip link add f0 type vrf table 5", "ip link set f0 up", "ip link set eth0 master f0", *addressed(node, "eth0")]
        if node == "a"
        else addressed(node, "eth0")
    ),
    "vxlan": lambda node: tunnel(node, "type vxlan id 5 dstport 4789 local {mine} remote {yours}"),
    "wireguard": wireguard,
}
PINGS = {"vrf": f"ping -I f0 -c 1 -W 2 {FAR}"}

# What a kernel without it must refuse a learner too
REFUSED = {
    **{name: feature.tries[-1] for name, feature in FEATURES.items()},
    "gre": "ip link add f0 type gre local 192.0.2.1 remote 192.0.2.2 || ip link add f1 type ip6gre local ::1 remote ::2",
    "netem": "tc qdisc add dev eth0 root netem delay 1ms",
    "macvlan": "ip link add f0 link eth0 type macvlan",
    "vlan": "ip link add f0 link eth0 type vlan id 5",
    "mpls": "sysctl -qw net.mpls.platform_labels=1000 && ip -f mpls route add 100 dev lo",
    "bridge_vlan": "ip link add v0 type bridge vlan_filtering 1 && bridge vlan add vid 5 dev v0 self",
}


def lab_with(*requires):
    cable = link("a:eth0", "b:eth0", ["2001:db8::1/64", "192.0.2.1/24"], ["2001:db8::2/64", "192.0.2.2/24"])
    return make_lab([Node(name="a", kind=Kind.HOST), Node(name="b", kind=Kind.HOST)], [cable], requires=requires)


def test_each_feature_is_tried_here():
    assert set(USES) | {"tun"} == set(FEATURES)


@pytest.mark.parametrize("name", sorted(FEATURES))
def test_a_feature_is_there_and_works_or_the_lab_says_so_and_it_does_not(name, runner, shell_on):
    refused = ""
    try:
        with runner.running(lab_with(name)) as session:
            print(f"{name}: the kernel has it")
            is_used(name, session, shell_on)
    except LabFailed as error:
        refused = str(error)
    if refused:
        print(f"{name}: the kernel lacks it")
        assert f"lacks features that the lab requires: {name} ({FEATURES[name].what_helps})" in refused
        with runner.running(lab_with()) as session:
            is_refused(name, session, shell_on)


def is_used(name, session, shell_on):
    shells = {node: shell_on(session, node) for node in "ab"}
    if name == "tun":
        shells["a"].type(f"cat > /tmp/listen <<'END'\n{LISTENER.strip()}\nEND", 10)
        assert "it heard an echo" in shells["a"].type("timeout 20 perl /tmp/listen", 30)
        return
    for node, shell in shells.items():
        for line in USES[name](node):
            said = shell.type(f"{line} && echo 'that is' done", 15)
            assert "that is done" in said, f"{name} on {node}: {said}"
    said = ""
    for _ in range(20):  # a link that has just come up may need a second
        said = shells["a"].type(PINGS.get(name, f"ping -c 1 -W 2 {FAR}"), 10)
        if "1 received" in said:
            break
        time.sleep(0.2)
    assert "1 received" in said, f"{name}: {said}"
    if name == "netem":
        assert float(said.rpartition(" = ")[2].split("/")[0]) >= 300
    if name == "bridge_vlan":
        shells["a"].type("bridge vlan del vid 5 dev eth0")
        assert "0 received" in shells["a"].type(f"ping -c 1 -W 1 {FAR}", 10)


def is_refused(name, session, shell_on):
    shell = shell_on(session, "a")
    line = REFUSED[name]
    assert "that is refused" in shell.type(f"({line}) || echo 'that is' refused", 15)
