"""Proposes checks of addresses, kernel settings, router advertisements, programs, and lines of a configuration."""

import ipaddress
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labs.engine.adapters.node_state import beside
from labs.engine.definition.spec import Kind, Lab
from labs.engine.drafting.candidates import Candidate
from labs.engine.drafting.observed import Observed
from labs.engine.state.facts import BETWEEN, Section
from labs.engine.state.routing import held

ONLY_SPEED = re.compile(r"\btimers\b")  # such a line makes a lab quick, and teaches nothing
FORWARDING = {"net.ipv6.conf.all.forwarding": "IPv6", "net.ipv4.ip_forward": "IPv4"}
SENDS_RA = "no ipv6 nd suppress-ra"
# The field of ra.content that a line of FRR below an interface sets in a router advertisement
IN_RA = {"ipv6 nd rdnss ": "rdnss", "ipv6 nd router-preference ": "preference", "ipv6 nd ra-lifetime ": "lifetime"}
DAEMON_OF_BLOCK = {
    "router bgp": "bgpd",
    "route-map": "bgpd",
    "rpki": "bgpd",
    "router ospf6": "ospf6d",
    "router ospf": "ospfd",
    "router isis": "isisd",
}
DAEMON_OF_LINE = {
    "ipv6 ospf6 ": "ospf6d",
    "ip ospf ": "ospfd",
    "isis ": "isisd",
    "ipv6 route ": "mgmtd",
    "ip route ": "mgmtd",
    "ipv6 prefix-list ": "bgpd",
    "ip prefix-list ": "bgpd",
    "bgp ": "bgpd",
}


def propose_hosts(lab: Lab, steps: Sequence[Observed]) -> Iterator[Candidate]:
    """``steps``: the network untouched, and after each stage."""
    first, solved = steps[0], steps[-1]
    for node in lab.nodes:
        yield from _addresses(first, solved, node)
        yield from _settings(first, solved, node)
        yield from _advertisements(lab, first, solved, node)
        yield from _processes(lab, first, solved, node)


def _addresses(first: Observed, solved: Observed, node: str) -> Iterator[Candidate]:
    before, after = first.facts(node, Section.INTERFACES), solved.facts(node, Section.INTERFACES)
    for key, value in after.items():
        port, _space, what = key.partition(" ")
        old, now = before.get(key, "").split("\n"), value.split("\n")
        new = [address for address in now if address and address not in old]
        if what != "addresses" or old == now:
            continue
        if new:
            title = f"{node} has {' and '.join(new)} on {port}"
            expect: dict[str, Any] = {"interface": port, "addresses": new}
            yield Candidate(type="addr.present", title=title, on=node, expect=expect)
        if any(address and address not in now for address in old):
            title = f"{port} of {node} has the addresses of the plan, and no others"
            version = ipaddress.ip_interface(now[0] or old[0]).version
            expect = {"interface": port, "addresses": [one for one in now if one], "family": f"ipv{version}"}
            yield Candidate(type="addr.only", title=title, on=node, expect=expect)


def _settings(first: Observed, solved: Observed, node: str) -> Iterator[Candidate]:
    before = first.facts(node, Section.SETTINGS)
    for key, value in solved.facts(node, Section.SETTINGS).items():
        if value == before.get(key) or not value.isdecimal() or not (key in FORWARDING or ".all." not in key):
            continue
        if key.endswith(".forwarding") and key not in FORWARDING:
            continue  # it follows the one for all interfaces
        title = f"{node} forwards {FORWARDING[key]}" if key in FORWARDING else f"{key} is {value} on {node}"
        yield Candidate(type="sysctl.value", title=title, on=node, expect={"key": key, "value": int(value)})


def _advertisements(lab: Lab, first: Observed, solved: Observed, node: str) -> Iterator[Candidate]:
    """Propose checks of the advertisements that the hosts of a link receive, and of the addresses and routes made of them."""
    for block, value in solved.facts(node, Section.CONFIG).items():
        head, _space, port = block.partition(" ")
        if head != "interface" or SENDS_RA not in value.split("\n"):
            continue
        is_new = SENDS_RA not in first.facts(node, Section.CONFIG).get(block, "").split("\n")
        prefixes = [str(at.network) for on, at in held(solved.state, node) if on == port and not at.ip.is_link_local]
        source = next(
            (
                a.split("/")[0]
                for end in lab.interfaces(node)
                if end.name == port
                for a in end.addresses
                if _is_local(a)
            ),
            "",
        )
        expect: dict[str, Any] = {"source": source} if source else {}
        old = first.facts(node, Section.CONFIG).get(block, "").split("\n")
        told = [_told(line) for line in value.split("\n") if line not in old]
        for end in beside(lab, node, port):
            if lab.nodes[end.node].kind is not Kind.HOST:
                continue
            yield from _received(node, end.node, end.name, expect, prefixes if is_new else [], told)


def _is_local(address: str) -> bool:
    return ipaddress.ip_interface(address).ip.is_link_local


def _told(line: str) -> tuple[str, Any]:
    for beginning, name in IN_RA.items():
        if line.startswith(beginning):
            value: Any = line.removeprefix(beginning).split()[0]
            return name, {"exact": [value]} if name == "rdnss" else int(value) if value.isdecimal() else value
    return "", None


def _received(
    router: str,
    host: str,
    port: str,
    expect: Mapping[str, Any],
    prefixes: Sequence[str],
    told: Sequence[tuple[str, Any]],
) -> Iterator[Candidate]:
    base = {"interface": port} | dict(expect)
    if prefixes:
        yield Candidate(
            type="ra.content",
            title=f"{host} receives {' and '.join(prefixes)} from {router}",
            on=host,
            expect=base | {"prefixes": {"exact": list(prefixes)}, "autonomous": True, "lifetime": ">0"},
            with_node=router,
        )
        yield from (
            Candidate(
                type="addr.slaac",
                title=f"{host} has made an address in {prefix}",
                on=host,
                expect={"interface": port, "prefix": prefix},
            )
            for prefix in prefixes
        )
    for name, value in told:
        if name:
            title = f"{host} reads the right {name} in the advertisements of {router}"
            yield Candidate(type="ra.content", title=title, on=host, expect=base | {name: value}, with_node=router)
            if name == "preference" and "source" in expect:
                title = f"{host} has {router} as a router of {value} preference"
                wanted = {"via": {"exact": [expect["source"]]}, "preference": value, "protocol": "ra"}
                yield Candidate(type="fib.default", title=title, on=host, expect=wanted, with_node=router)


def _processes(lab: Lab, first: Observed, solved: Observed, node: str) -> Iterator[Candidate]:
    new = sorted(solved.facts(node, Section.PROCESSES).keys() - first.facts(node, Section.PROCESSES).keys())
    if new and lab.nodes[node].kind is Kind.HOST:
        yield Candidate(
            type="process.running", title=f"{' and '.join(new)} runs on {node}", on=node, expect={"names": new}
        )


def propose_lines(lab: Lab, first: Observed, solved: Observed, missing: Mapping[str, set[str]]) -> Iterator[Candidate]:
    """The last resort: that a line is in the configuration, for the typed lines (by node) that no other check notices."""
    for node, typed in missing.items():
        if lab.nodes[node].kind is not Kind.FRR:
            continue
        for block, value in solved.facts(node, Section.CONFIG).items():
            old = first.facts(node, Section.CONFIG).get(block, "").split("\n")
            for line in value.split("\n"):
                daemon = _daemon(block, line)
                if line in typed and line not in old and daemon and not ONLY_SPEED.search(line):
                    title = f"{node} is configured with: {line}"
                    expect = {"daemon": daemon, "lines": [line]}
                    yield Candidate(type="config.contains", title=title, on=node, expect=expect)


def _daemon(block: str, line: str) -> str:
    head = block.split(BETWEEN)[0]
    for beginning, daemon in itertools.chain(DAEMON_OF_BLOCK.items(), DAEMON_OF_LINE.items()):
        if (head if beginning in DAEMON_OF_BLOCK else line).startswith(beginning):
            return daemon
    return "mgmtd" if head.startswith("interface ") else ""
