"""The state of a node's network as its learner has set it up: read, and restored into a new node.

Binaries of this container read links, addresses, routes, rules, neighbours, sysctls and nft rules in the node's network. To restore
them, we read the state again and change only what differs, so restoring twice does no harm. What the kernel refuses is reported.
"""

import asyncio
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from labs.supervisor.asks import run
from labs.supervisor.node import NodeSpace
from labs.supervisor.saved_work import bridge_tables, ip_batches, learner_links, sysctls

State = dict[str, Any]

NFT = ("chroot", "/rootfs", "nft")  # of the nodes' image, so that an include cannot read the supervisor's files
READING = (  # `show proto static` does not print "static"; so routes that come before lo are static
    b"route show table all proto static\nlink show dev lo\nroute show table all proto boot\n"
    b"rule\nneigh show nud permanent\nneigh show proxy\n"
)
OBJECTS = ("route", "rule", "neigh")  # of ip: what the lines of a state begin with
LABELS = "mpls/platform_labels"  # 0 means that MPLS is off
OF_THE_KERNEL = {"from all lookup local", "from all lookup main", "from all lookup default"}
L3MDEV = "from all lookup [l3mdev-table]"  # ip prints this, and accepts "l3mdev"
OF_A_VRF = ("1000", L3MDEV)  # the kernel adds it with the first VRF
RULE = re.compile(r"(\d+):\s+((?:not )?from .*)")
PASSING = re.compile(r"\s(?:(?:linkdown|dead|offload|rt_offload|trap|rt_trap|pref medium|PERMANENT)\b|\[\w+\])")
OURS = re.compile(r"^table netdev vaka_\w+ \{\n.*?^\}\n?", re.MULTILINE | re.DOTALL)  # of labs.supervisor.cables
OF_DAEMONS = re.compile(r" proto (?!static\b|boot\b)\S+")
LO = re.compile(r"\d+: \S+ <LOOPBACK")
OF_NEXTHOP = re.compile(r" (?:via \S+|dev \S+|nexthop .*)")  # a route by nexthop id does not repeat the nexthop
BEFORE: State = {"nexthops": [], "mpls": [], "bridge": []}  # what older saves lack


async def read(space: NodeSpace, ports: Mapping[str, Any], kept: Mapping[str, list[str]]) -> State:
    """Read the state. PORTS are the ends of the lab's cables; KEPT has the ip commands that restore ends of unplugged cables."""
    found, four, six, hops, rules = await asyncio.gather(
        ip_batches.output(space, "ip", "-d", "-j", "address"),
        ip_batches.ask(space, "-4", "-o", lines=READING),
        ip_batches.ask(space, "-6", "-o", lines=READING),
        ip_batches.output(space, "ip", "-o", "nexthop", "show"),
        ip_batches.output(space, *NFT, "list", "ruleset"),
    )
    links = sorted(json.loads(found or b"[]", strict=False), key=lambda link: int(link["ifindex"]))
    settings = sysctls.read(space)
    labels = (
        await ip_batches.output(space, "ip", "-f", "mpls", "-o", "route", "show")
        if settings.get(LABELS, "0") != "0"
        else b""
    )
    state: State = {
        "links": {},
        "ports": {},
        "addresses": {},
        "nexthops": parse_by_hand(hops),
        "4": parse_lines(four),
        "6": parse_lines(six),
        "mpls": [f"route {line}" for line in parse_by_hand(labels)],
        "bridge": await bridge_tables.read(space, links),
        "sysctls": settings,
        "nft": OURS.sub("", rules.decode(errors="replace")),
        "unknown": [],
    }
    for link in links:
        name = link["ifname"]
        if not learner_links.NAME.fullmatch(name):
            state["unknown"].append(name)
            continue
        state["addresses"][name] = [words for address in link.get("addr_info", []) if (words := address_words(address))]
        facts = learner_links.describe(link, up="UP" in link["flags"] or name in kept)
        if name == "lo" or name in ports:
            state["ports"][name] = facts
        elif (made := learner_links.made(link, links)) is not None:
            state["links"][name] = facts | {"made": made}
        elif link.get("link_type") in ("ether", "none") and "linkinfo" in link:
            state["unknown"].append(f"{name} ({link['linkinfo'].get('info_kind', '?')})")
    for name, lines in kept.items():
        for line in lines:
            what, _replace, rest = line.split(" ", 2)
            if what == "address":
                state["addresses"].setdefault(name, []).append(rest.replace(f" dev {name}", ""))
            else:
                state["6"].append(f"route {rest}")
    return state


def parse_by_hand(output: bytes) -> list[str]:
    """The lines that no daemon has set."""
    lines = (" ".join(PASSING.sub("", line).split()) for line in output.decode(errors="replace").splitlines())
    return [line for line in lines if line and not OF_DAEMONS.search(line)]


def address_words(facts: Mapping[str, Any]) -> str:
    """An address as arguments of ip; empty for one that a router, DHCP or the kernel assigns.

    ``nodad``: it was checked for duplicates when it was saved, so that services can use it at once when it is restored.
    """
    if "local" not in facts or facts.get("dynamic") or facts.get("temporary") or facts.get("protocol") == "kernel_lo":
        return ""
    peer = ["peer", str(facts["address"])] if "address" in facts else []
    words = [facts["local"], *peer]
    words[-1] += f"/{facts['prefixlen']}"
    if facts["family"] == "inet6":
        if not facts.get("tentative") or facts.get("scope") == "link":  # the kernel checks its own link-local address
            words.append("nodad")
    elif facts.get("scope") not in (None, "global"):
        words += ["scope", str(facts["scope"])]
    return " ".join(words)


def parse_lines(output: bytes) -> list[str]:
    """Routes, rules and neighbours as arguments of ip, each with the name of its object in front."""
    found: list[str] = []
    for text in output.decode(errors="replace").splitlines():
        line = PASSING.sub("", text.replace("\\", " ")).strip()
        if LO.match(line):
            found = [f"{route} proto static" for route in found]
        elif rule := RULE.fullmatch(line):
            if rule[2] not in OF_THE_KERNEL and rule.groups() != OF_A_VRF:
                found.append(f"rule priority {rule[1]} {'l3mdev' if rule[2] == L3MDEV else rule[2]}")
        elif " lladdr " in line:
            found.append(f"neigh {line}")
        elif line.endswith(" proxy"):
            found.append(f"neigh proxy {line.removesuffix(' proxy')}")
        elif line:
            route = " ".join(line.split())
            found.append(f"route {OF_NEXTHOP.sub('', route) if ' nhid ' in route else route}")
    return found


async def bring_back(space: NodeSpace, saved: State, ports: Mapping[str, Any]) -> list[str]:
    """Restore the node's network. Returns a short text for each part that could not be restored."""
    saved = BEFORE | saved
    now = await read(space, ports, {})
    trouble: list[str] = []
    for part in ("links", "ports"):
        unsound = [name for name, link in saved[part].items() if not learner_links.is_sound(name, link)]
        trouble += [f"not understood: link {name[:80]!r}" for name in unsound]
        saved[part] = {name: link for name, link in saved[part].items() if name not in unsound}
    await ip_batches.change(space, ("ip",), learner_links.commands(now, saved), trouble)
    if saved["bridge"] or now["bridge"]:
        await bridge_tables.bring_back(space, saved["bridge"], trouble)
    trouble += sysctls.bring_back(space, now["sysctls"], saved["sysctls"])
    await ip_batches.change(space, ("ip",), address_commands(now, saved), trouble)
    await ip_batches.change(space, ("ip",), nexthop_commands(now["nexthops"], saved["nexthops"]), trouble)
    for family, words in (("4", ("-4",)), ("6", ("-6",)), ("mpls", ("-f", "mpls"))):
        await ip_batches.change(space, ("ip", *words), changes(now[family], saved[family]), trouble)
    if now["nft"].strip() != saved["nft"].strip():
        status, _, errors = await run(space, *NFT, "-f", "-", stdin=f"flush ruleset\n{saved['nft']}".encode())
        if status:
            trouble.append(f"nft: {errors.decode(errors='replace').strip()[:200]}")
    return [f"{space.name}: {text}" for text in trouble[: ip_batches.MOST_TROUBLE]]


def changes(now: Collection[str], saved: Collection[str]) -> list[str]:
    """The commands that turn the current routes, rules and neighbours into the saved ones."""
    there, wanted = set(now), set(saved)
    gone = [command(line, "del") for line in now if line not in wanted]
    return gone + [command(line, "add") for line in saved if line not in there]


def command(line: str, verb: str) -> str:
    """The ip command for a line of the state. A forged line with another object of ip gives no valid command."""
    what, _, rest = line.partition(" ")
    if what not in OBJECTS:
        return f"? {line}"
    if what == "neigh" and verb == "add" and not rest.startswith("proxy "):
        return f"neigh replace {rest} nud permanent"
    return f"{what} {verb} {rest}"


def nexthop_commands(now: list[str], saved: list[str]) -> list[str]:
    """The commands that restore nexthops; groups come last because they refer to others."""
    new = sorted((line for line in saved if line not in now), key=lambda line: " group " in line)
    gone = [f"nexthop del {' '.join(line.split()[:2])}" for line in now if line not in saved]
    return gone + [f"nexthop replace {line.partition(' scope ')[0]}" for line in new]


def address_commands(now: State, saved: State) -> list[str]:
    lines = []
    for name, wanted in saved["addresses"].items():
        there = now["addresses"].get(name, [])
        # Saved during its check for duplicates, which has ended meanwhile
        wanted = [words if words in there or f"{words} nodad" not in there else f"{words} nodad" for words in wanted]
        lines += [f"address del {words.removesuffix(' nodad')} dev {name}" for words in there if words not in wanted]
        lines += [f"address replace {words} dev {name}" for words in wanted if words not in there]
    return lines
