"""A node's network as its learner has made it: read, and brought back into a node that was made anew.

Links, addresses, routes, rules, neighbours, sysctls and nft rules are read by our own binaries in the node's network. To bring
them back we read again and change only what differs, so doing it twice does no harm. What the kernel refuses is said.
"""

import asyncio
import json
import os
import re
from collections.abc import Mapping
from typing import Any

from labs.supervisor import kernel
from labs.supervisor.asks import run
from labs.supervisor.node import NodeSpace

State = dict[str, Any]

NFT = ("chroot", "/rootfs", "nft")  # the image's own: no include leads into our files
LARGEST = 2 * 1024 * 1024  # bytes of what one command prints
READING = b"route show table all proto boot\nroute show table all proto static\nrule\nneigh show nud permanent\n"
OF_THE_KERNEL = {"from all lookup local", "from all lookup main", "from all lookup default"}
RULE = re.compile(r"(\d+):\s+((?:not )?from .*)")
PASSING = re.compile(r"\s(linkdown|dead|offload|rt_offload|trap|rt_trap|pref medium|\[\w+\]|PERMANENT)\b")
WORDS = re.compile(r"[A-Za-z0-9 :./_@%+,-]{1,400}")  # an ip command of ours has these characters only
NAME = re.compile(r"[A-Za-z0-9_.@+-]{1,15}")
OURS = re.compile(r"^table netdev vaka_\w+ \{\n.*?^\}\n?", re.MULTILINE | re.DOTALL)  # of labs.supervisor.cables
SYSCTL = re.compile(r"[A-Za-z0-9_.@+-]+(/[A-Za-z0-9_.@+-]+){1,4}")
READ_ONLY = {"stable_secret", "nf_conntrack_count", "tcp_fastopen_key"}  # a secret, a count, a secret
FAILED = re.compile(rb"Command failed -:(\d+)")
DONE = re.compile("File exists|No such process|Cannot assign|Cannot find device")  # it is so already
MOST_TROUBLE, MOST_ALONE = 20, 200
# What makes a link of each kind: the words of ip, by the name of the fact that ip prints.
KINDS: dict[str, dict[str, str]] = {
    "bridge": {"stp_state": "stp_state", "priority": "priority", "forward_delay": "forward_delay", "ageing_time": "ageing_time",
               "mcast_snooping": "mcast_snooping", "vlan_filtering": "vlan_filtering", "vlan_default_pvid": "vlan_default_pvid"},
    "dummy": {},
    "ifb": {},
    "vlan": {"protocol": "protocol", "id": "id"},
    "vrf": {"table": "table"},
    "macvlan": {"mode": "mode"},
    "vxlan": {"id": "id", "group": "remote", "group6": "remote", "remote": "remote", "remote6": "remote", "local": "local",
              "local6": "local", "link": "dev", "port": "dstport"},
    **{kind: {"remote": "remote", "local": "local", "ttl": "ttl", "link": "dev"} for kind in ("gre", "gretap", "ipip", "sit")},
    **{kind: {"remote": "remote", "local": "local", "link": "dev", "proto": "mode"} for kind in ("ip6gre", "ip6gretap", "ip6tnl")},
}  # fmt: skip
UNTOUCHED = {  # of a new bridge; not every kernel can be told so
    "stp_state": 0,
    "priority": 32768,
    "forward_delay": 1500,
    "ageing_time": 30000,
    "mcast_snooping": 1,
    "vlan_filtering": 0,
    "vlan_default_pvid": 1,
}
FIRST = {"bridge", "vrf"}  # others are their members


class Unreadable(Exception):
    """A sentence: what of a node's network could not be read."""


async def read(space: NodeSpace, ports: Mapping[str, Any], kept: Mapping[str, list[str]]) -> State:
    """The state. PORTS are the ends of the lab's cables; KEPT has ip commands for those whose cable is pulled."""
    found, four, six, rules = await asyncio.gather(
        _output(space, "ip", "-d", "-j", "address"),
        _batch(space, "-4", "-o", lines=READING),
        _batch(space, "-6", "-o", lines=READING),
        _output(space, *NFT, "list", "ruleset"),
    )
    links = json.loads(found or b"[]", strict=False)
    state: State = {
        "links": {},
        "ports": {},
        "addresses": {},
        "4": _lines(four),
        "6": _lines(six),
        "sysctls": sysctls(space),
    }
    state["nft"] = OURS.sub("", rules.decode(errors="replace"))
    state["unknown"] = []
    for link in links:
        name = link["ifname"]
        if not NAME.fullmatch(name):
            state["unknown"].append(name)
            continue
        state["addresses"][name] = [words for address in link.get("addr_info", []) if (words := _address(address))]
        facts = {"up": "UP" in link["flags"] or name in kept, "mtu": link["mtu"], "address": link.get("address", "")}
        facts["master"] = link.get("master", "")
        if name == "lo" or name in ports:
            state["ports"][name] = facts
        elif (made := _made(link, links)) is not None:
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


def _made(link: Mapping[str, Any], links: list[Any]) -> list[str] | None:
    """The words after ``link add name X`` that make this link again; None when we do not know its kind."""
    info = link.get("linkinfo", {})
    kind, data = info.get("info_kind", ""), info.get("info_data", {})
    lower = ["link", str(link["link"])] if kind in ("vlan", "macvlan") and "link" in link else []
    if kind == "veth":
        peer = next(
            (other for other in links if other["ifname"] == link.get("link") and "link_netnsid" not in link), None
        )
        if peer is None or not NAME.fullmatch(peer["ifname"]):
            return None
        return ["type", "veth", "peer", "name", peer["ifname"]] if link["ifindex"] < peer["ifindex"] else []
    if kind not in KINDS:
        return None
    words = [*lower, "type", kind]
    for fact, word in KINDS[kind].items():
        value = data.get(fact)
        if value in (None, "", "any", UNTOUCHED.get(fact)):
            continue
        words += [word, str(int(value) if isinstance(value, bool) else value)]
    return words


def _address(facts: Mapping[str, Any]) -> str:
    """An address in ip's words; empty for one that somebody else gives: a router, DHCP, or the kernel to lo."""
    if "local" not in facts or facts.get("dynamic") or facts.get("temporary") or facts.get("protocol") == "kernel_lo":
        return ""
    peer = ["peer", str(facts["address"])] if "address" in facts else []
    words = [facts["local"], *peer]
    words[-1] += f"/{facts['prefixlen']}"
    if facts["family"] == "inet6":
        words.append("nodad")
    elif facts.get("scope") not in (None, "global"):
        words += ["scope", str(facts["scope"])]
    return " ".join(words)


def _lines(output: bytes) -> list[str]:
    """Routes, rules and neighbours, each with its word in front, as ip takes them again."""
    found: list[str] = []
    for text in output.decode(errors="replace").splitlines():
        line = PASSING.sub("", text.replace("\\", " ")).strip()
        if rule := RULE.fullmatch(line):
            if rule[2] not in OF_THE_KERNEL:
                found.append(f"rule priority {rule[1]} {rule[2]}")
        elif " lladdr " in line:
            found.append(f"neigh {line}")
        elif line:
            found.append(f"route {' '.join(line.split())}")
    return found


def sysctls(space: NodeSpace) -> dict[str, str]:
    """All that can be set below net, in the node's network."""
    found: dict[str, str] = {}
    with kernel.network_of(space.pid):
        for folder, _folders, files, handle in os.fwalk("/proc/sys/net"):
            for name in files:
                if name in READ_ONLY:
                    continue
                try:
                    if not os.stat(name, dir_fd=handle).st_mode & 0o200:
                        continue
                    opened = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=handle)
                except OSError:
                    continue
                try:
                    found[f"{folder[14:]}/{name}"] = os.read(opened, 4096).decode(errors="replace").strip()
                except OSError:
                    continue
                finally:
                    os.close(opened)
    return found


async def bring_back(space: NodeSpace, saved: State, ports: Mapping[str, Any]) -> list[str]:
    """Make the node's network as it was saved; returns what could not be done, a sentence each."""
    now = await read(space, ports, {})
    trouble: list[str] = []
    await _change(space, ("ip",), _links(now, saved), trouble)
    _set(space, now["sysctls"], saved["sysctls"], trouble)
    await _change(space, ("ip",), _addresses(now, saved), trouble)
    for family in ("4", "6"):
        gone = [line for line in now[family] if line not in saved[family]]
        new = [line for line in saved[family] if line not in now[family]]
        lines = [_verb(line, "del") for line in gone] + [_verb(line, "add") for line in new]
        await _change(space, ("ip", f"-{family}"), lines, trouble)
    if now["nft"].strip() != saved["nft"].strip():
        status, _, errors = await run(space, *NFT, "-f", "-", stdin=f"flush ruleset\n{saved['nft']}".encode())
        if status:
            trouble.append(f"nft: {errors.decode(errors='replace').strip()[:200]}")
    return [f"{space.name}: {text}" for text in trouble[:MOST_TROUBLE]]


def _verb(line: str, verb: str) -> str:
    what, rest = line.split(" ", 1)
    if what == "neigh" and verb == "add":
        return f"neigh replace {rest} nud permanent"
    return f"{what} {verb} {rest}"


def _links(now: State, saved: State) -> list[str]:
    lines = [f"link del {name}" for name in now["links"] if name not in saved["links"]]
    order = sorted(saved["links"].items(), key=lambda item: not FIRST & set(item[1]["made"][:2]))
    lines += [
        f"link add name {name} {' '.join(link['made'])}"
        for name, link in order
        if name not in now["links"] and link["made"]
    ]
    there = {**now["links"], **now["ports"]}
    for name, wanted in {**saved["links"], **saved["ports"]}.items():
        was = there.get(name, {})
        if wanted["address"] and name != "lo" and wanted["address"] != was.get("address") and ":" in wanted["address"]:
            lines += [f"link set {name} down", f"link set {name} address {wanted['address']}"]
            was = {**was, "up": False}
        if wanted["mtu"] != was.get("mtu"):
            lines.append(f"link set {name} mtu {wanted['mtu']}")
        if wanted["master"] != was.get("master", ""):
            lines.append(
                f"link set {name} master {wanted['master']}" if wanted["master"] else f"link set {name} nomaster"
            )
        if wanted["up"] != was.get("up", False):
            lines.append(f"link set {name} {'up' if wanted['up'] else 'down'}")
    return lines


def _addresses(now: State, saved: State) -> list[str]:
    lines = []
    for name, wanted in saved["addresses"].items():
        there = now["addresses"].get(name, [])
        lines += [f"address del {words.removesuffix(' nodad')} dev {name}" for words in there if words not in wanted]
        lines += [f"address replace {words} dev {name}" for words in wanted if words not in there]
    return lines


def _set(space: NodeSpace, now: Mapping[str, str], saved: Mapping[str, str], trouble: list[str]) -> None:
    """Write the sysctls that differ: those of all interfaces first, for they change those of each."""
    general = {
        key: value for key, value in saved.items() if "/all/" in key or "/default/" in key or "/conf/" not in key
    }
    for part in (general, {key: value for key, value in saved.items() if key not in general}):
        different = {key: value for key, value in part.items() if now.get(key) not in (None, value)}
        if not different:
            continue
        with kernel.network_of(space.pid):
            root = os.open("/proc/sys/net", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                for key, value in different.items():
                    if error := _write(root, key, value):
                        trouble.append(f"sysctl net/{key}: {error}")
            finally:
                os.close(root)
        now = sysctls(space)


def _write(root: int, key: str, value: str) -> str:
    if not SYSCTL.fullmatch(key) or key.rsplit("/", 1)[-1] in READ_ONLY:
        return "not to be set"
    try:
        handle = kernel.open_below(root, key, os.O_WRONLY)
    except OSError as error:
        return error.strerror or str(error)
    try:
        os.write(handle, value.encode()[:4096])
    except OSError as error:
        return error.strerror or str(error)
    finally:
        os.close(handle)
    return ""


async def _change(space: NodeSpace, ip: tuple[str, ...], lines: list[str], trouble: list[str]) -> None:
    """Run ip commands, all of them whatever becomes of one."""
    good = [line for line in lines if WORDS.fullmatch(line)]
    trouble += [f"not understood: {line[:80]!r}" for line in lines if line not in good]
    if not good:
        return
    status, _, errors = await run(space, *ip, "-force", "-batch", "-", stdin="\n".join(good).encode(), limit=LARGEST)
    if not status:
        return
    # Some errors end a batch there and then: from the first one on, each line by itself
    first = FAILED.search(errors)
    for line in good[int(first[1]) - 1 if first else 0 :][:MOST_ALONE]:
        status, _, errors = await run(space, *ip, *line.split())
        said = " ".join(errors.decode(errors="replace").split())
        if status and not DONE.search(said):
            trouble.append(f"ip {line[:80]}: {said[:80]}")


async def _batch(space: NodeSpace, *options: str, lines: bytes) -> bytes:
    return await _output(space, "ip", *options, "-force", "-batch", "-", stdin=lines)


async def _output(space: NodeSpace, *command: str, stdin: bytes = b"") -> bytes:
    status, output, errors = await run(space, *command, stdin=stdin, limit=LARGEST)
    if status and not output and command[0] != "ip":
        raise Unreadable(f"{command[-1]}: {errors.decode(errors='replace').strip()[:200]}")
    return output
