"""The VLANs and forwarding entries that a learner has set: read as lines that the ``bridge`` command accepts, and restored."""

import asyncio
import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labs.supervisor.node import NodeSpace
from labs.supervisor.saved_work import ip_batches

NAME = re.compile(r"[A-Za-z0-9_.@+-]{1,15}")
FORWARDING = ("bridge", "vxlan")  # kinds of links that have a forwarding table
BY_HAND = ("static", "permanent")


async def read(space: NodeSpace, links: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines of a node with these LINKS, which are as ip prints them."""
    if not forward(links):
        return []
    ports, table = await asyncio.gather(
        ip_batches.output(space, "bridge", "-j", "vlan", "show"),
        ip_batches.output(space, "bridge", "-j", "fdb", "show"),
    )
    own = {str(link.get("address")) for link in links}
    bridges = {link["ifname"] for link in links if link.get("linkinfo", {}).get("info_kind") == "bridge"}
    return vlans(ports, bridges) + entries(table, own)


async def bring_back(space: NodeSpace, saved: list[str], trouble: list[str]) -> None:
    """Restore VLANs and forwarding entries in two passes. What the kernel refuses is added to TROUBLE.

    The kernel adds what nobody asked for: a VLAN to a new bridge, and an entry without a VLAN to each VLAN of its port.
    """
    links = json.loads(await ip_batches.output(space, "ip", "-d", "-j", "link") or b"[]", strict=False)
    for _ in range(2):
        await ip_batches.change(space, ("bridge",), commands(await read(space, links), saved), trouble)


def forward(links: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a link has a forwarding table, so that ``bridge`` must be asked."""
    return any(link.get("linkinfo", {}).get("info_kind") in FORWARDING for link in links)


def vlans(output: bytes, bridges: Collection[str]) -> list[str]:
    """The output of ``bridge -j vlan show`` as one line for each range of VLANs."""
    lines = []
    for port in json.loads(output or b"[]", strict=False):
        name = port["ifname"]
        for vlan in port.get("vlans", []) if NAME.fullmatch(name) else []:
            last = f"-{vlan['vlanEnd']}" if "vlanEnd" in vlan else ""
            flags = [
                word
                for flag, word in (("PVID", "pvid"), ("Egress Untagged", "untagged"))
                if flag in vlan.get("flags", [])
            ]
            own = ["self"] if name in bridges else []
            lines.append(" ".join([f"vlan vid {vlan['vlan']}{last} dev {name}", *flags, *own]))
    return lines


def entries(output: bytes, own: Collection[str]) -> list[str]:
    """The entries that somebody set by hand, from the output of ``bridge -j fdb show``.

    OWN are the addresses of the node's links, which the kernel adds itself.
    """
    lines = []
    for entry in json.loads(output or b"[]", strict=False):
        name, mac, state = entry.get("ifname", ""), entry.get("mac", ""), entry.get("state", "")
        if state not in BY_HAND or not NAME.fullmatch(name):
            continue
        if "dst" in entry:
            more = [f"{word} {entry[word]}" for word in ("port", "vni", "src_vni", "via") if word in entry]
            lines.append(" ".join([f"fdb {mac} dev {name} dst {entry['dst']}", *more, "self", state]))
        elif "master" in entry and mac not in own:
            vlan = [f"vlan {entry['vlan']}"] if "vlan" in entry else []
            lines.append(" ".join([f"fdb {mac} dev {name} master", *vlan, state]))
    return lines


def commands(now: Sequence[str], saved: Sequence[str]) -> list[str]:
    """The commands that restore the saved tables. Entries are appended, as one address may have several."""
    there, wanted = set(now), set(saved)
    gone = [_verb(line, "del", "del") for line in now if line not in wanted]
    return gone + [_verb(line, "add", "append") for line in saved if line not in there]


def _verb(line: str, of_vlan: str, of_tunnel: str) -> str:
    what, rest = line.split(" ", 1)
    if what == "fdb" and " dst " not in rest:
        return f"fdb {'del' if of_tunnel == 'del' else 'replace'} {rest}"
    return f"{what} {of_tunnel if what == 'fdb' else of_vlan} {rest}"
