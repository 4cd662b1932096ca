"""VLANs and forwarding entries of bridges, as bridge of iproute2 6.15 prints them."""

import asyncio
import json
import time
from types import SimpleNamespace

from labs.supervisor.saved_work import bridge_tables, ip_batches

VLANS = [
    {"ifname": "eth0", "vlans": [{"vlan": 1, "flags": ["PVID", "Egress Untagged"]}, {"vlan": 5, "vlanEnd": 7}]},
    {"ifname": "br0", "vlans": [{"vlan": 5}]},
    {"ifname": "x; rm", "vlans": [{"vlan": 5}]},
]


def test_vlans_of_a_bridge_are_saved_with_their_flags():
    saved = bridge_tables.vlans(json.dumps(VLANS).encode(), {"br0"})
    assert saved == ["vlan vid 1 dev eth0 pvid untagged", "vlan vid 5-7 dev eth0", "vlan vid 5 dev br0 self"]
    assert bridge_tables.commands(["vlan vid 1 dev eth0 pvid untagged", "vlan vid 9 dev eth0"], saved) == [
        "vlan del vid 9 dev eth0",
        "vlan add vid 5-7 dev eth0",
        "vlan add vid 5 dev br0 self",
    ]


def test_only_hand_made_forwarding_entries_are_saved():
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


def test_bridge_is_asked_only_when_a_link_has_a_forwarding_table():
    assert bridge_tables.forward([{"linkinfo": {"info_kind": "vxlan"}}])
    assert not bridge_tables.forward([{"linkinfo": {"info_kind": "vlan"}}, {}])


def test_a_vxlan_entry_keeps_its_port_and_network_id():
    entry = {"mac": "02::2", "ifname": "vx0", "dst": "2001:db8::2", "port": 4790, "vni": 7, "state": "static"}
    assert bridge_tables.entries(json.dumps([entry]).encode(), ()) == [
        "fdb 02::2 dev vx0 dst 2001:db8::2 port 4790 vni 7 self static"
    ]


def test_an_entry_with_an_unusual_interface_name_is_skipped():
    entry = {"mac": "02::2", "ifname": "vx0; rm", "dst": "2001:db8::2", "state": "static"}
    assert bridge_tables.entries(json.dumps([entry, {}]).encode(), ()) == []


def test_ten_thousand_entries_are_compared_quickly():
    now = [f"vlan vid {number} dev eth0" for number in range(10_000)]
    began = time.process_time()
    assert bridge_tables.commands(now, now[::-1]) == []
    assert time.process_time() - began < 0.5


class KernelWithAVlanAwareBridge:
    """Answers ``bridge`` as Linux 6.12 does: an entry without a VLAN is also added to each VLAN of its port."""

    def __init__(self) -> None:
        self.vlans = [1]
        self.entries: set[int | None] = set()

    async def run(self, _space, *command, stdin=b"", limit=0):
        for line in stdin.decode().splitlines():
            words = line.split()
            number = int(words[words.index("vlan", 1) + 1]) if "vlan" in words[1:] else None
            if words[:2] == ["vlan", "add"]:
                self.vlans.append(int(words[words.index("vid") + 1]))
            elif words[:2] == ["fdb", "del"]:
                self.entries.remove(number)
            elif words[:2] == ["fdb", "replace"]:
                self.entries |= {number} if number else {None, *self.vlans}
        return 0, json.dumps(self.shown(command)).encode(), b""

    def shown(self, command):
        if "fdb" in command:
            entry = {"mac": "02::77", "ifname": "v1", "master": "br7", "state": "static"}
            return [entry | ({"vlan": number} if number else {}) for number in self.entries]
        if "vlan" in command:
            return [{"ifname": "v1", "vlans": [{"vlan": number} for number in self.vlans]}]
        return [{"ifname": "br7", "linkinfo": {"info_kind": "bridge"}}]


def test_an_entry_without_a_vlan_does_not_spread_to_vlans_that_came_later(monkeypatch):
    kernel = KernelWithAVlanAwareBridge()
    monkeypatch.setattr(ip_batches, "run", kernel.run)
    saved = [f"vlan vid {number} dev v1" for number in (1, 5, 6)]
    saved += ["fdb 02::77 dev v1 master static", "fdb 02::77 dev v1 master vlan 1 static"]
    trouble: list[str] = []
    asyncio.run(bridge_tables.bring_back(SimpleNamespace(name="h1"), saved, trouble))
    assert (kernel.vlans, kernel.entries, trouble) == ([1, 5, 6], {None, 1}, [])
