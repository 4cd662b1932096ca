"""The network links that a learner has created in a node: read, and restored as arguments of ``ip link``.

``ip -d -j link`` prints what ``ip link add`` accepts, under other names. A property that is not listed here is left as the kernel
sets it.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

Link = dict[str, Any]

NAME = re.compile(r"[A-Za-z0-9_.@+-]{1,15}")
HARDWARE = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")  # the "address" of a tunnel is an IP address
ENDS = {"remote": "remote", "local": "local", "link": "dev"}  # of a tunnel
KEYS = {"ikey": "ikey", "okey": "okey"}
FOUR = {"ttl": "ttl", "tos": "tos", "fwmark": "fwmark"}
SIX = {"ttl": "hoplimit", "encap_limit": "encaplimit", "tclass": "tclass", "flowlabel": "flowlabel", "fwmark": "fwmark"}
# For each kind of link: the argument of ip, by the name of the property that ip prints.
KINDS: dict[str, dict[str, str]] = {
    "bond": {"mode": "mode", "miimon": "miimon", "updelay": "updelay", "downdelay": "downdelay", "arp_interval": "arp_interval",
             "arp_ip_target": "arp_ip_target", "min_links": "min_links", "xmit_hash_policy": "xmit_hash_policy",
             "ad_lacp_rate": "lacp_rate", "ad_select": "ad_select"},
    "bridge": {"stp_state": "stp_state", "priority": "priority", "forward_delay": "forward_delay", "hello_time": "hello_time",
               "max_age": "max_age", "ageing_time": "ageing_time", "mcast_snooping": "mcast_snooping",
               "mcast_querier": "mcast_querier", "vlan_filtering": "vlan_filtering", "vlan_protocol": "vlan_protocol",
               "vlan_default_pvid": "vlan_default_pvid", "group_fwd_mask": "group_fwd_mask"},
    "dummy": {},
    "geneve": {"id": "id", "remote": "remote", "remote6": "remote", "ttl": "ttl", "port": "dstport"},
    "ifb": {},
    "ipvlan": {"mode": "mode"},
    "macvlan": {"mode": "mode"},
    "macvtap": {"mode": "mode"},
    "vlan": {"protocol": "protocol", "id": "id"},
    "vrf": {"table": "table"},
    **dict.fromkeys(("vti", "vti6"), ENDS | KEYS | {"fwmark": "fwmark"}),
    "vxlan": {"id": "id", "group": "group", "group6": "group", "remote": "remote", "remote6": "remote", "local": "local",
              "local6": "local", "link": "dev", "ttl": "ttl", "port": "dstport", "ageing": "ageing"},
    "wireguard": {},
    **dict.fromkeys(("gre", "gretap"), ENDS | FOUR | KEYS),
    "ipip": ENDS | FOUR,
    "sit": ENDS | FOUR | {"proto": "mode"},
    **dict.fromkeys(("ip6gre", "ip6gretap"), ENDS | SIX | KEYS),
    "ip6tnl": ENDS | SIX | {"proto": "mode"},
}  # fmt: skip
# Properties that are an argument without a value
SAID = {("external", True): ["external"], ("learning", False): ["nolearning"], ("pmtudisc", False): ["nopmtudisc"],
        ("iseq", True): ["iseq"], ("oseq", True): ["oseq"], ("icsum", True): ["icsum"], ("ocsum", True): ["ocsum"],
        ("ip6_tnl_f_ign_encap_limit", True): ["encaplimit", "none"]}  # fmt: skip
FLAGS = {words[0] for words in SAID.values() if len(words) == 1}
SETTINGS = {"arp", "multicast", "promisc", "txqueuelen"}
VALUE = re.compile(r"[A-Za-z0-9.:/,+_@-]{1,80}")
UNTOUCHED = {  # the defaults of a new link, which are left out: some kernels do not accept them
    "stp_state": 0, "priority": 32768, "forward_delay": 1500, "hello_time": 200, "max_age": 2000, "ageing_time": 30000,
    "mcast_snooping": 1, "mcast_querier": 0, "vlan_filtering": 0, "vlan_protocol": "802.1Q", "vlan_default_pvid": 1,
    "group_fwd_mask": "0", "ttl": 0, "tos": "0", "miimon": 0, "updelay": 0, "downdelay": 0, "arp_interval": 0, "min_links": 0,
    "ageing": 300, "fwmark": "0", "tclass": "0x00", "flowlabel": "0x00000",
}  # fmt: skip
BY_MODE = {
    "ad_lacp_rate": "802.3ad",
    "ad_select": "802.3ad",
}  # properties that ip always prints and accepts in one mode only
# The kernel adds these to each network when its tunnel modules are loaded; nobody has created them
FALLBACKS = {"erspan0", "gre0", "gretap0", "ip6_vti0", "ip6gre0", "ip6tnl0", "ip_vti0", "sit0", "tunl0"}
LOWER = ("vlan", "macvlan", "macvtap", "ipvlan")  # created on top of another link
# The arguments of `ip link set X type bridge_slave` for a member of a bridge, and their defaults
MEMBER: dict[str, Any] = {
    "priority": 32, "hairpin": False, "guard": False, "root_block": False, "fastleave": False, "learning": True, "flood": True,
    "proxy_arp": False, "mcast_flood": True, "bcast_flood": True, "neigh_suppress": False, "vlan_tunnel": False,
    "isolated": False, "locked": False,
}  # fmt: skip


def describe(link: Mapping[str, Any], *, up: bool) -> Link:
    """The properties that any link has, including one with a cable."""
    flags, info = link["flags"], link.get("linkinfo", {})
    member = info.get("info_slave_data", {}) if info.get("info_slave_kind") == "bridge" else {}
    return {
        "up": up,
        "mtu": link["mtu"],
        "address": ""
        if info.get("info_kind") == "ifb"
        else link.get("address", ""),  # the address of an ifb cannot be set
        "master": link.get("master", ""),
        "set": {
            "arp": "off" if "NOARP" in flags else "on",
            "multicast": "on" if "MULTICAST" in flags else "off",
            "promisc": "on" if "PROMISC" in flags else "off",
            "txqueuelen": str(link.get("txqlen", 0)),
        },
        "member": {word: _word(member[word]) for word, first in MEMBER.items() if member.get(word, first) != first},
    }


def made(link: Mapping[str, Any], links: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """The arguments after ``link add name X`` that create this link again; None for an unknown kind."""
    if link["ifname"] in FALLBACKS:
        return []
    info = link.get("linkinfo", {})
    kind, data = info.get("info_kind", ""), info.get("info_data", {})
    if kind == "veth":
        peer = next(
            (other for other in links if other["ifname"] == link.get("link") and "link_netnsid" not in link), None
        )
        if peer is None or not NAME.fullmatch(peer["ifname"]):
            return None
        return ["type", "veth", "peer", "name", peer["ifname"]] if link["ifindex"] < peer["ifindex"] else []
    if kind not in KINDS:
        return None
    words = [*(["link", str(link["link"])] if kind in LOWER and "link" in link else []), "type", kind]
    if data.get("external"):
        return [*words, *(["dstport", str(data["port"])] if "port" in data else []), "external"]
    for fact, word in KINDS[kind].items():
        value = data.get(fact)
        if value in (None, "", "any", UNTOUCHED.get(fact)) or data.get("mode") != BY_MODE.get(fact, data.get("mode")):
            continue
        words += [
            word,
            ",".join(value) if isinstance(value, list) else str(int(value) if isinstance(value, bool) else value),
        ]
    for (fact, is_so), said in SAID.items():
        if data.get(fact) is is_so:
            words += said
    return words


def _word(value: Any) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def is_sound(name: str, link: Any) -> bool:
    """Whether a saved link has only values that ``describe`` and ``made`` can write.

    A save is hostile. Another argument of ``ip link``, such as netns, could move the link out of its node.
    """
    return bool(
        isinstance(link, dict)
        and NAME.fullmatch(name)
        and isinstance(link.get("up"), bool)
        and isinstance(link.get("mtu"), int)
        and isinstance(link.get("address"), str)
        and _is_name(link.get("master"), empty=True)
        and _are_settings(link.get("set", {}), SETTINGS)
        and _are_settings(link.get("member", {}), MEMBER)
        and _is_made(link.get("made", []))
    )


def _is_name(name: Any, *, empty: bool = False) -> bool:
    return isinstance(name, str) and bool(NAME.fullmatch(name) or (empty and not name))


def _are_settings(settings: Any, words: Collection[str]) -> bool:
    return isinstance(settings, dict) and all(
        word in words and isinstance(value, str) and VALUE.fullmatch(value) for word, value in settings.items()
    )


def _is_made(words: Any) -> bool:
    if not isinstance(words, list) or not all(isinstance(word, str) and VALUE.fullmatch(word) for word in words):
        return False
    match words:
        case []:
            return True
        case ["type", "veth", "peer", "name", peer]:
            return _is_name(peer)
        case ["link", lower, "type", kind, *rest] if kind in LOWER and _is_name(lower):
            pass
        case ["type", kind, *rest]:
            pass
        case _:
            return False
    values = {*KINDS.get(kind, {}).values(), "dstport", "encaplimit"}
    while rest and (rest[0] in FLAGS or (rest[0] in values and len(rest) > 1)):
        rest = rest[1 if rest[0] in FLAGS else 2 :]
    return kind in KINDS and not rest


def commands(now: Mapping[str, Mapping[str, Link]], saved: Mapping[str, Mapping[str, Link]]) -> list[str]:
    """The ip commands that restore links and ports. Saved links are in the order of their creation."""
    lines = [f"link del dev {name}" for name in now["links"] if name not in saved["links"]]
    lines += [
        f"link add name {name} {' '.join(link['made'])}"
        for name, link in saved["links"].items()
        if name not in now["links"] and link["made"]
    ]
    there = {**now["links"], **now["ports"]}
    bonds = {name for name, link in saved["links"].items() if "bond" in link["made"]}
    for name, wanted in {**saved["ports"], **saved["links"]}.items():
        lines += _as_it_was(name, there.get(name, {}), wanted, in_bond=wanted["master"] in bonds)
    return lines


def _as_it_was(name: str, was: Link, wanted: Link, *, in_bond: bool) -> list[str]:
    lines: list[str] = []
    up, new_master = was.get("up", False), wanted["master"] != was.get("master", "")
    new_address = wanted["address"] != was.get("address") and HARDWARE.fullmatch(wanted["address"]) and name != "lo"
    if up and (new_address or (new_master and in_bond)):
        lines.append(f"link set dev {name} down")
        up = False
    if new_address:
        lines.append(f"link set dev {name} address {wanted['address']}")
    if wanted["mtu"] != was.get("mtu"):
        lines.append(f"link set dev {name} mtu {wanted['mtu']}")
    if new_master:
        lines.append(f"link set dev {name} {f'master {wanted["master"]}' if wanted['master'] else 'nomaster'}")
    before = {} if new_master else was.get("member", {})
    for word in {**before, **wanted.get("member", {})}:
        value = wanted.get("member", {}).get(word, _word(MEMBER.get(word, "")))
        if value != before.get(word):
            lines.append(f"link set dev {name} type bridge_slave {word} {value}")
    lines += [
        f"link set dev {name} {word} {value}"
        for word, value in wanted.get("set", {}).items()
        if value != was.get("set", {}).get(word)
    ]
    if wanted["up"] != up:
        lines.append(f"link set dev {name} {'up' if wanted['up'] else 'down'}")
    return lines
