"""Check types ``addr.*``: the addresses of an interface."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import linux, untrusted
from labs.engine.adapters.untrusted import AnyNetwork
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, expected_values, listed
from labs.engine.checks.comparison import Compare
from labs.engine.checks.fields import ANY_INTERFACE, INTERFACE, PRESENT
from labs.engine.checks.table_check import HOW, KernelTable, Row
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, Flag, ListOf

DEPRECATED = _(
    "The address is deprecated: its preferred lifetime has ended, so the node does not use it for new connections "
    "(RFC 4862, 5.5.4)."
)
NOT_HERE = _(
    "The interface does not have the address. It is not configured there, it is configured on another interface, or its "
    "configuration is not in effect."
)
IN_PREFIX = Field(Address("prefix", 6), "the prefix that contains the address.", required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddrPresent(CheckType):
    NAME: ClassVar = "addr.present"
    ABOUT: ClassVar = (
        "The interface has these addresses, duplicate address detection has passed for them, and none is deprecated."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "addresses": Field(ListOf(Address("interface"), 1), "the addresses with their prefix length.", required=True),
        "present": PRESENT,
    }
    interface: str
    addresses: tuple[Any, ...]
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ip", "node": node.name, "args": ["addr"]}]

    def command_on(self, node: Node) -> str:
        return f"ip addr show dev {self.interface}"

    def expected(self) -> Text:
        words = {"interface": self.interface, "addresses": listed(self.addresses)}
        if self.present:
            return Text(_("%(interface)s has %(addresses)s"), **words)
        return Text(_("%(interface)s does not have %(addresses)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        printed = answers[0].get("json")
        here = [held for held in linux.addresses(printed) if held.interface == self.interface]
        if self.interface not in linux.interfaces(printed):
            seen = Text(_("%(node)s has no interface %(interface)s"), node=node.name, interface=self.interface)
            return self.failed(node, seen)
        usable = {(held.address, held.length) for held in here if held.usable or (held.deprecated and not self.present)}
        shown = Text(_("%(interface)s has %(seen)s"), interface=self.interface, seen=_addresses_in_words(here))
        found = [a for a in self.addresses if (a.ip, a.network.prefixlen) in usable]
        if len(found) == (len(self.addresses) if self.present else 0):
            return self.passed(node, shown)
        return self.failed(node, shown, self._cause(here))

    def _cause(self, here: Sequence[linux.InterfaceAddress]) -> Text | None:
        expected_here = {a.ip for a in self.addresses}
        mine = [held for held in here if held.address in expected_here]
        if not self.present:
            return None
        if any(held.duplicate for held in mine):
            return Text(_("Duplicate address detection found another node on the link with this address (RFC 4862)."))
        if any(held.tentative for held in mine):
            return Text(_("Duplicate address detection is still running. It takes about one second."))
        if any(held.deprecated for held in mine):
            return Text(DEPRECATED)
        if mine:
            return Text(_("The address is configured with another prefix length."))
        return Text(NOT_HERE)


def _addresses_in_words(here: Iterable[linux.InterfaceAddress]) -> str:
    words = [
        f"{h.address}/{h.length}"
        + (
            " (dadfailed)"
            if h.duplicate
            else " (tentative)"
            if h.tentative
            else " (deprecated)"
            if h.deprecated
            else ""
        )
        for h in here
    ]
    return listed(words) or "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddrOnly(CheckType):
    """Link-local addresses are not counted: the kernel makes them itself."""

    NAME: ClassVar = "addr.only"
    ABOUT: ClassVar = "The interface has exactly these addresses, besides link-local ones."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "addresses": Field(ListOf(Address("interface")), "all its addresses, with their prefix length.", required=True),
        "family": Field(Choice(("ipv6", "ipv4")), "only addresses of this family; both families if left out."),
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
        return Text(_("%(interface)s has exactly these addresses: %(addresses)s"), **words)

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
        seen = Text(_("%(interface)s has %(seen)s"), interface=self.interface, seen=shown)
        if here == wanted:
            return self.passed(node, seen)
        more = listed(sorted(f"{address}/{length}" for address, length in here - wanted))
        if more:
            return self.failed(node, seen, Text(_("These addresses are not expected: %(addresses)s"), addresses=more))
        return self.failed(node, seen, Text(NOT_HERE))


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressTable(KernelTable):
    ARGS: ClassVar = ("-d", "addr")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {
                "interface": untrusted.text(link.get("ifname")),
                "address": untrusted.address(info.get("local")),
                "length": untrusted.number(info.get("prefixlen")),
                "scope": untrusted.text(info.get("scope")),
                "dynamic": info.get("dynamic") is True,
                "temporary": info.get("temporary") is True,
                "made": info.get("mngtmpaddr") is True or info.get("temporary") is True,
                "state": _state(info),
            }
            for link in printed
            for info in map(untrusted.fields, untrusted.items(link.get("addr_info")))
        ]


def _state(info: Mapping[str, Any]) -> str:
    return next((word for word in ("dadfailed", "tentative", "deprecated") if info.get(word) is True), "usable")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddrScope(AddressTable):
    NAME: ClassVar = "addr.scope"
    ABOUT: ClassVar = "The interface has an address of this scope, for example a link-local one."
    KEYS: ClassVar = ("interface", "scope")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "scope": Field(Choice(("global", "link", "host")), "the scope.", required=True),
        "address": Field(Compare("address"), "the address."),
        "count": HOW["count"],
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("an address with %(what)s")
    UNEXPECTED: ClassVar = _("no address with %(what)s")
    MISSING: ClassVar = _("The interface has no address of this scope. Check that the interface is up.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddrSlaac(CheckType):
    NAME: ClassVar = "addr.slaac"
    ABOUT: ClassVar = (
        "The interface has a preferred address that the host made from a router advertisement (SLAAC, RFC 4862)."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "prefix": Field(Address("prefix", 6), "the advertised prefix.", required=True),
        "temporary": Field(Flag(), "true: a temporary address (RFC 8981) must be there too."),
        "present": PRESENT,
    }
    interface: str
    prefix: AnyNetwork
    temporary: bool = False
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ip", "node": node.name, "args": ["addr"]}]

    def command_on(self, node: Node) -> str:
        return f"ip -6 addr show dev {self.interface} scope global"

    def expected(self) -> Text:
        words = {"interface": self.interface, "prefix": self.prefix}
        if not self.present:
            return Text(_("%(interface)s has no SLAAC address in %(prefix)s"), **words)
        if self.temporary:
            return Text(_("%(interface)s has a stable and a temporary SLAAC address in %(prefix)s"), **words)
        return Text(_("%(interface)s has a SLAAC address in %(prefix)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        here = [held for held in linux.addresses(answers[0].get("json")) if held.interface == self.interface]
        inside = [held for held in here if held.address in self.prefix]
        made = [held for held in inside if held.dynamic and not held.tentative and not held.duplicate]
        preferred = [held for held in made if held.usable]
        stable, temporary = any(not held.temporary for held in preferred), any(held.temporary for held in preferred)
        seen = Text(_("%(interface)s has %(seen)s"), interface=self.interface, seen=_addresses_in_words(here))
        if (stable and (temporary or not self.temporary)) if self.present else not made:
            return self.passed(node, seen)
        if self.present and made and not stable:
            return self.failed(node, seen, Text(DEPRECATED))
        if self.present and inside and not made:
            return self.failed(
                node,
                seen,
                Text(
                    _(
                        "The address in this prefix was configured by hand, or duplicate address detection failed for it."
                    )
                ),
            )
        if not self.present:
            return self.failed(
                node,
                seen,
                Text(_("A router still advertises this prefix, or the lifetime of the address has not ended yet.")),
            )
        return self.failed(
            node,
            seen,
            Text(
                _(
                    "No router advertisement with this prefix and the A flag arrived, or the host does not accept it "
                    "(accept_ra, autoconf)."
                )
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AddrTemporary(AddressTable):
    NAME: ClassVar = "addr.temporary"
    ABOUT: ClassVar = "The interface has a temporary address in this prefix (RFC 8981), and it is preferred."
    FIELDS: ClassVar[Mapping[str, Field]] = {"interface": INTERFACE, "prefix": IN_PREFIX, "present": HOW["present"]}
    KEYS: ClassVar = ("interface",)
    EXPECTED: ClassVar = _("a temporary address with %(what)s")
    UNEXPECTED: ClassVar = _("no temporary address with %(what)s")
    MISSING: ClassVar = _(
        "Temporary addresses are disabled (use_tempaddr), or no router advertisement with this prefix arrived."
    )

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {**row, "prefix": self.values["prefix"]}
            for row in AddressTable.of_kernel(self, printed)
            if row["temporary"] and row["state"] == "usable" and is_inside(row, self.values["prefix"])
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddrDadOk(CheckType):
    NAME: ClassVar = "addr.dad_ok"
    ABOUT: ClassVar = (
        "The node has IPv6 addresses, and duplicate address detection has passed for all of them (RFC 4862)."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {"interface": ANY_INTERFACE}
    interface: str = ""

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ip", "node": node.name, "args": ["addr"]}]

    def command_on(self, node: Node) -> str:
        return f"ip -6 addr show {f'dev {self.interface} ' if self.interface else ''}".strip()

    def expected(self) -> Text:
        return Text(
            _("duplicate address detection has passed for every IPv6 address %(fields)s"),
            fields=expected_values({"dev": self.interface or None}),
        )

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        here = [
            held
            for held in linux.addresses(answers[0].get("json"))
            if held.address.version == 6 and self.interface in ("", held.interface) and not held.address.is_loopback
        ]
        bad = [held for held in here if held.duplicate or held.tentative]
        if not here:
            seen = Text(_("%(node)s has no IPv6 address on this interface"), node=node.name)
            return self.failed(node, seen, Text(_("Check that the interface is up.")))
        if not bad:
            return self.passed(
                node, Text(_("Duplicate address detection has passed on %(node)s for all addresses"), node=node.name)
            )
        words = listed(f"{held.address} ({'dadfailed' if held.duplicate else 'tentative'})" for held in bad)
        seen = Text(_("%(node)s cannot use these addresses: %(addresses)s"), node=node.name, addresses=words)
        cause = _("Another node on the link has the same address. Remove it there, or choose another address.")
        running = _("Duplicate address detection is still running. It takes about one second.")
        return self.failed(node, seen, Text(cause if any(held.duplicate for held in bad) else running))


def is_inside(row: Row, prefix: AnyNetwork) -> bool:
    return row["address"] is not None and row["address"] in prefix
