"""Links that learners create, including kinds that the kernel here lacks."""

import pytest

from labs.supervisor.saved_work import learner_links

FACTS = {
    "ifindex": 7,
    "flags": ["UP"],
    "mtu": 1500,
    "txqlen": 1000,
    "link_type": "ether",
    "address": "02:00:00:00:00:07",
}


def link(kind, data=None, **more):
    """As ``ip -d -j link`` of iproute2 6.15 says it."""
    return FACTS | {"ifname": "x7", "linkinfo": {"info_kind": kind, "info_data": data or {}}} | more


GRE = {"remote": "2001:db8::2", "local": "2001:db8::1", "ttl": 64, "encap_limit": 4, "tclass": "0x00", "flowlabel": "0x00000",
       "ikey": "0.0.0.7", "okey": "0.0.0.7"}  # fmt: skip
BOND = {"mode": "802.3ad", "miimon": 100, "updelay": 0, "downdelay": 0, "use_carrier": 1, "arp_interval": 0, "min_links": 0,
        "xmit_hash_policy": "layer3+4", "ad_lacp_rate": "fast", "ad_select": "stable"}  # fmt: skip


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (link("vlan", {"protocol": "802.1Q", "id": 7, "flags": ["REORDER_HDR"]}, link="eth0"),
         "link eth0 type vlan protocol 802.1Q id 7"),
        (link("bond", BOND), "type bond mode 802.3ad miimon 100 xmit_hash_policy layer3+4 lacp_rate fast ad_select stable"),
        (link("bond", {"mode": "active-backup", "ad_lacp_rate": "slow"}), "type bond mode active-backup"),
        (link("bond", {"mode": "active-backup", "arp_interval": 200, "arp_ip_target": ["192.0.2.1", "192.0.2.2"]}),
         "type bond mode active-backup arp_interval 200 arp_ip_target 192.0.2.1,192.0.2.2"),
        (link("ip6gre", GRE), "type ip6gre remote 2001:db8::2 local 2001:db8::1 hoplimit 64 encaplimit 4 "
         "ikey 0.0.0.7 okey 0.0.0.7"),
        (link("gre", {"remote": "192.0.2.2", "local": "any", "ttl": 0, "pmtudisc": False, "iseq": True}),
         "type gre remote 192.0.2.2 nopmtudisc iseq"),
        (link("sit", {"proto": "ip6ip", "remote": "192.0.2.2", "local": "192.0.2.1", "ttl": 64, "pmtudisc": True}),
         "type sit remote 192.0.2.2 local 192.0.2.1 ttl 64 mode ip6ip"),
        (link("ip6tnl", {"proto": "any", "remote": "2001:db8::2", "ip6_tnl_f_ign_encap_limit": True}),
         "type ip6tnl remote 2001:db8::2 encaplimit none"),
        (link("vxlan", {"id": 9, "group6": "ff05::9", "link": "eth0", "port": 4789, "ttl": 5, "ageing": 300, "learning": True}),
         "type vxlan id 9 group ff05::9 dev eth0 ttl 5 dstport 4789"),
        (link("vxlan", {"id": 0, "port": 4789, "external": True, "learning": False}), "type vxlan dstport 4789 external"),
        (link("bridge", {"stp_state": 1, "priority": 4096, "vlan_filtering": 1, "vlan_protocol": "802.1ad", "hello_time": 200}),
         "type bridge stp_state 1 priority 4096 vlan_filtering 1 vlan_protocol 802.1ad"),
        (link("vrf", {"table": 10}), "type vrf table 10"),
        (link("wireguard"), "type wireguard"),
        (link("dummy"), "type dummy"),
    ],
)  # fmt: skip
def test_a_link_of_each_kind_becomes_the_arguments_that_create_it(made, words):
    assert " ".join(learner_links.made(made, [made])) == words


def test_a_link_of_an_unknown_kind_is_left_out():
    assert learner_links.made(link("gtp"), []) is None


def state(ports=(), made=()):
    return {
        "ports": dict(ports),
        "links": {name: facts | {"made": words.split()} for name, facts, words in made},
    }


PORT = {"up": True, "mtu": 1500, "address": "02:00:00:00:00:01", "master": "", "set": {}, "member": {}}


def test_a_bond_member_is_down_while_it_joins_and_lower_links_change_first():
    bond = {**PORT, "address": "", "mtu": 9000}
    saved = state(
        [("eth0", PORT | {"master": "bond0", "mtu": 9000})], [("bond0", bond, "type bond mode active-backup")]
    )
    lines = learner_links.commands(state([("eth0", PORT)]), saved)
    assert lines == [
        "link add name bond0 type bond mode active-backup",
        "link set dev eth0 down",
        "link set dev eth0 mtu 9000",
        "link set dev eth0 master bond0",
        "link set dev eth0 up",
        "link set dev bond0 mtu 9000",
        "link set dev bond0 up",
    ]


def test_settings_of_a_bridge_member_are_restored_or_reset_to_their_default():
    isolated, plain = PORT | {"master": "br0", "member": {"isolated": "on"}}, PORT | {"master": "br0"}
    there, wanted = state([("eth0", isolated)]), state([("eth0", plain)])
    assert learner_links.commands(there, wanted) == ["link set dev eth0 type bridge_slave isolated off"]
    assert learner_links.commands(wanted, there) == ["link set dev eth0 type bridge_slave isolated on"]
    assert learner_links.commands(there, there) == []


def test_a_link_of_an_older_save_is_restored():
    old = {name: value for name, value in PORT.items() if name not in ("set", "member")}
    assert learner_links.commands(state([("eth0", PORT)]), state([("eth0", old | {"mtu": 1400})])) == [
        "link set dev eth0 mtu 1400"
    ]


def test_tunnels_that_the_kernel_adds_itself_are_not_saved():
    """On a machine where the modules for tunnels are loaded, as set-up loads them on a stock kernel."""
    for name, kind in (("erspan0", "erspan"), ("gre0", "gre"), ("ip6tnl0", "ip6tnl"), ("sit0", "sit")):
        link = {"ifname": name, "ifindex": 7, "flags": [], "mtu": 1464, "linkinfo": {"info_kind": kind}}
        assert learner_links.made(link, [link]) == []


@pytest.mark.parametrize("kind", learner_links.KINDS)
def test_every_link_that_is_saved_is_also_accepted(kind):
    facts = dict.fromkeys(learner_links.KINDS[kind], 7) | dict(iter(learner_links.SAID))
    made = link(kind, facts, link="eth0")
    described = learner_links.describe(made | {"master": "br0"}, up=True)
    assert learner_links.is_sound("x7", described | {"made": learner_links.made(made, [made])})


def test_a_veth_pair_is_created_once():
    first, second = link("veth", link="x8"), link("veth", link="x7", ifname="x8", ifindex=8)
    assert learner_links.made(first, [first, second]) == ["type", "veth", "peer", "name", "x8"]
    assert learner_links.made(second, [first, second]) == []
    assert learner_links.made(first | {"link_netnsid": 0}, [first, second]) is None
    assert learner_links.made(first, [first]) is None
    odd = second | {"ifname": "x8;reboot"}
    assert learner_links.made(first | {"link": odd["ifname"]}, [first, odd]) is None


SOUND = PORT | {"made": ["type", "dummy"]}


@pytest.mark.parametrize(
    "made",
    [
        [],
        ["type", "veth", "peer", "name", "v2"],
        ["link", "eth0", "type", "vlan", "protocol", "802.1Q", "id", "7"],
        ["type", "vxlan", "dstport", "4789", "external"],
        ["type", "gre", "remote", "192.0.2.2", "nopmtudisc", "iseq"],
        ["type", "ip6tnl", "remote", "2001:db8::2", "encaplimit", "none"],
    ],
)
def test_a_saved_link_is_accepted(made):
    assert learner_links.is_sound("x7", SOUND | {"made": made})


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("x7 netns 1", {}),
        ("x; rm", {}),
        ("", {}),
        ("a" * 16, {}),
        ("x7", {"made": ["type", "veth", "peer", "name", "v2", "netns", "25"]}),
        ("x7", {"made": ["type", "dummy", "netns", "25"]}),
        ("x7", {"made": ["netns", "25", "type", "dummy"]}),
        ("x7", {"made": ["link", "eth0", "type", "dummy"]}),  # not made upon another
        ("x7", {"made": ["link", "eth0 netns 1", "type", "vlan"]}),
        ("x7", {"made": ["type", "tun"]}),
        ("x7", {"made": ["type"]}),
        ("x7", {"made": ["type", "vlan", "id"]}),
        ("x7", {"made": ["type", "vlan", "id", "7\nlink del eth0"]}),
        ("x7", {"made": "type dummy"}),
        ("x7", {"made": [7]}),
        ("x7", {"master": "br0 netns 1"}),
        ("x7", {"master": None}),
        ("x7", {"mtu": "1500 netns 1"}),
        ("x7", {"up": "yes"}),
        ("x7", {"address": 7}),
        ("x7", {"set": {"netns": "1"}}),
        ("x7", {"set": {"arp": "on netns 1"}}),
        ("x7", {"set": []}),
        ("x7", {"member": {"isolated": 1}}),
        ("x7", {"member": {"master": "br0"}}),
    ],
)
def test_a_forged_link_is_refused(name, change):
    assert not learner_links.is_sound(name, SOUND | change)


@pytest.mark.parametrize("what", [None, [], 7, {}, "type dummy"])
def test_a_value_that_is_not_a_link_is_refused(what):
    assert not learner_links.is_sound("x7", what)


def test_only_hardware_addresses_are_set():
    """A tunnel's address is its end."""
    tunnel = PORT | {"address": "192.0.2.1", "made": ["type", "sit"]}
    assert not any(
        "address" in line for line in learner_links.commands(state(), {"ports": {}, "links": {"t7": tunnel}})
    )


def test_a_link_that_was_not_saved_is_removed():
    there = {"ports": {}, "links": {"br0": SOUND}}
    assert learner_links.commands(there, state()) == ["link del dev br0"]
