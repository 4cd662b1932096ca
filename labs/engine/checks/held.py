"""Checks of all addresses of an interface together, and of how they came to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import linux, reading
from labs.engine.checks.addresses import ANY_INTERFACE, INTERFACE
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, listed, wanted
from labs.engine.checks.compare import Compare, CompareSet
from labs.engine.checks.table import HOW, KernelTable, Row
from labs.engine.definition.spec import Node
from labs.engine.runtime.budget import step
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, ListOf

PREFIX = Field(Address("prefix"), "the prefix that they lie in.", required=True)

REJECTED = ("unreachable", "blackhole", "prohibit")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddrOnly(CheckType):
    """Link-local addresses are not counted: the kernel makes them."""

    NAME: ClassVar = "addr.only"
    ABOUT: ClassVar = "The interface holds these addresses and no others, link-local ones aside."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "addresses": Field(ListOf(Address("interface")), "all its addresses, with their length.", required=True),
        "family": Field(Choice(("ipv6", "ipv4")), "only those of this family; both if left out."),
    }
    interface: str
    addresses: tuple[Any, ...]
    family: str = ""

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ip", "node": node.name, "args": ["addr"]}]

    def command_on(self, node: Node) -> str:
        return f"ip addr show dev {self.interface}"

    def expected(self) -> Text:
        words = {"interface": self.interface, "addresses": listed(self.addresses) or "–"}
        return Text(_("%(interface)s holds these addresses and no others: %(addresses)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        printed = answers[0].get("json")
        if self.interface not in linux.interfaces(printed):
            seen = Text(_("%(node)s has no interface %(interface)s"), node=node.name, interface=self.interface)
            return self.failed(node, seen)
        here = {
            (held.address, held.length)
            for held in linux.addresses(printed)
            if held.interface == self.interface
            and not held.address.is_link_local
            and self.family in ("", f"ipv{held.address.version}")
        }
        wanted = {(address.ip, address.network.prefixlen) for address in self.addresses}
        shown = listed(sorted(f"{address}/{length}" for address, length in here)) or "–"
        seen = Text(_("%(interface)s holds %(seen)s"), interface=self.interface, seen=shown)
        if here == wanted:
            return self.passed(node, seen)
        more = listed(sorted(f"{address}/{length}" for address, length in here - wanted))
        if more:
            return self.failed(node, seen, Text(_("There are more than wanted: %(addresses)s"), addresses=more))
        return self.failed(node, seen, Text(_("The address was not set on this interface, or was set on another one.")))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addresses(KernelTable):
    ARGS: ClassVar = ("-d", "addr")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {
                "interface": reading.text(link.get("ifname")),
                "address": reading.address(info.get("local")),
                "length": reading.number(info.get("prefixlen")),
                "scope": reading.text(info.get("scope")),
                "dynamic": info.get("dynamic") is True,
                "temporary": info.get("temporary") is True,
                "made": info.get("mngtmpaddr") is True or info.get("temporary") is True,
                "state": _state(info),
            }
            for link in printed
            for info in map(reading.fields, reading.items(link.get("addr_info")))
        ]


def _state(info: Mapping[str, Any]) -> str:
    return next((word for word in ("dadfailed", "tentative", "deprecated") if info.get(word) is True), "usable")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddrScope(_Addresses):
    NAME: ClassVar = "addr.scope"
    ABOUT: ClassVar = "The interface has an address of this scope; for example only a link-local one."
    KEYS: ClassVar = ("interface", "scope")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "scope": Field(Choice(("global", "link", "host")), "the scope.", required=True),
        "address": Field(Compare("address"), "the address."),
        "count": HOW["count"],
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("an address with %(what)s")
    UNWANTED: ClassVar = _("no address with %(what)s")
    MISSING: ClassVar = _("The interface has no address of this scope. Is it up?")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddrTemporary(_Addresses):
    NAME: ClassVar = "addr.temporary"
    ABOUT: ClassVar = "The interface has a temporary address in this prefix (RFC 8981), and it is preferred."
    FIELDS: ClassVar[Mapping[str, Field]] = {"interface": INTERFACE, "prefix": PREFIX, "present": HOW["present"]}
    KEYS: ClassVar = ("interface",)
    WANTED: ClassVar = _("a temporary address with %(what)s")
    UNWANTED: ClassVar = _("no temporary address with %(what)s")
    MISSING: ClassVar = _("Temporary addresses are off (use_tempaddr), or no advertisement with this prefix arrived.")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {**row, "prefix": self.values["prefix"]}
            for row in _Addresses.of_kernel(self, printed)
            if row["temporary"] and row["state"] == "usable" and _inside(row, self.values["prefix"])
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddrDadOk(CheckType):
    NAME: ClassVar = "addr.dad_ok"
    ABOUT: ClassVar = "There are IPv6 addresses, and none is a duplicate or still being tried (RFC 4862)."
    FIELDS: ClassVar[Mapping[str, Field]] = {"interface": ANY_INTERFACE}
    interface: str = ""

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ip", "node": node.name, "args": ["addr"]}]

    def command_on(self, node: Node) -> str:
        return f"ip -6 addr show {f'dev {self.interface} ' if self.interface else ''}".strip()

    def expected(self) -> Text:
        return Text(_("every IPv6 address is usable %(fields)s"), fields=wanted({"dev": self.interface or None}))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        here = [
            held
            for held in linux.addresses(answers[0].get("json"))
            if held.address.version == 6 and self.interface in ("", held.interface) and not held.address.is_loopback
        ]
        bad = [held for held in here if held.duplicate or held.tentative]
        if not here:
            seen = Text(_("%(node)s has no IPv6 address there"), node=node.name)
            return self.failed(node, seen, Text(_("Is the interface up?")))
        if not bad:
            return self.passed(node, Text(_("%(node)s can use all of them"), node=node.name))
        words = listed(f"{held.address} ({'dadfailed' if held.duplicate else 'tentative'})" for held in bad)
        seen = Text(_("%(node)s cannot use: %(addresses)s"), node=node.name, addresses=words)
        cause = _("Another node on the link has the address too: take it away there, or choose another one.")
        running = _("Duplicate address detection is still running. It takes a second.")
        return self.failed(node, seen, Text(cause if any(held.duplicate for held in bad) else running))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp6Lease(_Addresses):
    """An address that came by DHCPv6 has a lifetime, is alone (/128), and was not made from an advertisement."""

    NAME: ClassVar = "dhcp6.lease"
    ABOUT: ClassVar = "The interface holds an address that a DHCPv6 server leased (RFC 8415)."
    FIELDS: ClassVar[Mapping[str, Field]] = {"interface": INTERFACE, "prefix": PREFIX, "present": HOW["present"]}
    KEYS: ClassVar = ("interface",)
    WANTED: ClassVar = _("a leased address with %(what)s")
    UNWANTED: ClassVar = _("no leased address with %(what)s")
    MISSING: ClassVar = _(
        "No lease: does a client run, does the M flag tell it to, and does a server answer on this link?"
    )

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {**row, "prefix": self.values["prefix"]}
            for row in _Addresses.of_kernel(self, printed)
            if row["dynamic"] and not row["made"] and row["length"] == 128 and _inside(row, self.values["prefix"])
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp6PrefixDelegated(KernelTable):
    """A client rejects what it was delegated and does not use (RFC 8415, 18.2.10.1), and routes the parts that it gives out.

    That shows in the kernel, of any client. The lab image has a client (dhcpcd) and no server that delegates: a lab brings its own,
    or names the route to the customer, on the provider's node, as control.
    """

    NAME: ClassVar = "dhcp6.prefix_delegated"
    ABOUT: ClassVar = (
        "The router was delegated a prefix by DHCPv6 (RFC 8415, 6.3): it rejects what it does not use of it, and uses a part of it "
        "on these interfaces."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix, or one that it lies in.", required=True),
        "length": Field(Compare(), "the length of what was delegated."),
        "dev": Field(CompareSet("text"), "the interfaces that have a part of it."),
        "present": HOW["present"],
    }
    KEYS: ClassVar = ("prefix",)
    ARGS: ClassVar = ("-6", "route")
    WANTED: ClassVar = _("a delegated prefix with %(what)s")
    UNWANTED: ClassVar = _("no delegated prefix with %(what)s")
    MISSING: ClassVar = _(
        "Nothing was delegated: does a client on %(node)s ask for a prefix (ia_pd), and does the provider's server delegate?"
    )

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        routes = [(reading.network(route.get("dst")), route) for route in printed if route.get("protocol") == "dhcp"]
        wholes = {whole: list[str]() for whole, route in routes if whole is not None and route.get("type") in REJECTED}
        lengths = sorted({(whole.version, whole.prefixlen) for whole in wholes})
        for part, route in routes:
            step(len(lengths))
            if part is None:
                continue
            for version, length in lengths:
                if (
                    part.version == version
                    and length < part.prefixlen
                    and (above := part.supernet(new_prefix=length)) in wholes
                ):
                    wholes[above].append(reading.text(route.get("dev")))
        return [
            {
                "prefix": self.values["prefix"] if _part_of(whole, self.values["prefix"]) else whole,
                "length": whole.prefixlen,
                "dev": tuple(sorted(devices)),
            }
            for whole, devices in wholes.items()
        ]


def _part_of(narrow: Any, wide: Any) -> bool:
    return narrow is not None and narrow.version == wide.version and bool(narrow.subnet_of(wide))


def _inside(row: Row, prefix: Any) -> bool:
    return row["address"] is not None and row["address"] in prefix
