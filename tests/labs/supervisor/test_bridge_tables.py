"""What a learner has set by ``bridge``: read as bridge of iproute2 6.15 prints it, and set again."""

import json
import time

from labs.supervisor import bridge_tables

VLANS = [
    {"ifname": "eth0", "vlans": [{"vlan": 1, "flags": ["PVID", "Egress Untagged"]}, {"vlan": 5, "vlanEnd": 7}]},
    {"ifname": "br0", "vlans": [{"vlan": 5}]},
    {"ifname": "x; rm", "vlans": [{"vlan": 5}]},
]


def test_the_vlans_of_a_bridge_are_kept_each_with_its_flags():
    saved = bridge_tables.vlans(json.dumps(VLANS).encode(), {"br0"})
    assert saved == ["vlan vid 1 dev eth0 pvid untagged", "vlan vid 5-7 dev eth0", "vlan vid 5 dev br0 self"]
    assert bridge_tables.commands(["vlan vid 1 dev eth0 pvid untagged", "vlan vid 9 dev eth0"], saved) == [
        "vlan del vid 9 dev eth0",
        "vlan add vid 5-7 dev eth0",
        "vlan add vid 5 dev br0 self",
    ]


def test_of_a_table_only_what_was_put_there_by_hand_is_kept():
    table = [
        {"mac": "00:00:00:00:00:00", "ifname": "vx0", "dst": "2001:db8::2", "flags": ["self"], "state": "permanent"},
        {"mac": "02:00:00:00:00:02", "ifname": "eth0", "vlan": 5, "flags": [], "master": "br0", "state": "static"},
        {"mac": "02:00:00:00:00:03", "ifname": "eth0", "flags": [], "master": "br0", "state": ""},
        {"mac": "02:00:00:00:00:01", "ifname": "eth0", "flags": [], "master": "br0", "state": "permanent"},
        {"mac": "33:33:00:00:00:01", "ifname": "eth0", "flags": ["self"], "state": "permanent"},
    ]
    saved = bridge_tables.entries(json.dumps(table).encode(), {"02:00:00:00:00:01", "00:00:00:00:00:00"})
    assert bridge_tables.commands([], saved) == [
        "fdb append 00:00:00:00:00:00 dev vx0 dst 2001:db8::2 self permanent",
        "fdb replace 02:00:00:00:00:02 dev eth0 master vlan 5 static",
    ]


def test_an_empty_answer_has_no_vlans_and_no_entries():
    assert bridge_tables.vlans(b"", set()) == bridge_tables.entries(b"", set()) == []


def test_there_is_something_to_ask_bridge_where_a_link_has_a_table():
    assert bridge_tables.forward([{"linkinfo": {"info_kind": "vxlan"}}])
    assert not bridge_tables.forward([{"linkinfo": {"info_kind": "vlan"}}, {}])


def test_an_entry_of_a_vxlan_keeps_its_port_and_network():
    entry = {"mac": "02::2", "ifname": "vx0", "dst": "2001:db8::2", "port": 4790, "vni": 7, "state": "static"}
    assert bridge_tables.entries(json.dumps([entry]).encode(), ()) == [
        "fdb 02::2 dev vx0 dst 2001:db8::2 port 4790 vni 7 self static"
    ]


def test_an_entry_with_a_name_that_we_would_not_type_is_passed_over():
    entry = {"mac": "02::2", "ifname": "vx0; rm", "dst": "2001:db8::2", "state": "static"}
    assert bridge_tables.entries(json.dumps([entry, {}]).encode(), ()) == []


def test_ten_thousand_entries_are_compared_in_no_time():
    now = [f"vlan vid {number} dev eth0" for number in range(10_000)]
    began = time.process_time()
    assert bridge_tables.commands(now, now[::-1]) == []
    assert time.process_time() - began < 0.5
