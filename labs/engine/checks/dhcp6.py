"""Check types ``dhcp6.*``: what a DHCPv6 server leased or delegated (RFC 8415)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import untrusted
from labs.engine.checks.addr import IN_PREFIX, AddressTable, is_inside
from labs.engine.checks.comparison import Compare, CompareSet
from labs.engine.checks.fields import INTERFACE
from labs.engine.checks.table_check import HOW, KernelTable, Row
from labs.engine.cpu_budget import step
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field

REJECTED = ("unreachable", "blackhole", "prohibit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp6Lease(AddressTable):
    """An address leased by DHCPv6 has a lifetime and the length /128, and was not made from a router advertisement."""

    NAME: ClassVar = "dhcp6.lease"
    ABOUT: ClassVar = "The interface has an address that a DHCPv6 server leased (RFC 8415)."
    FIELDS: ClassVar[Mapping[str, Field]] = {"interface": INTERFACE, "prefix": IN_PREFIX, "present": HOW["present"]}
    KEYS: ClassVar = ("interface",)
    EXPECTED: ClassVar = _("a leased address with %(what)s")
    UNEXPECTED: ClassVar = _("no leased address with %(what)s")
    MISSING: ClassVar = _(
        "There is no lease. Check that a DHCPv6 client runs, that router advertisements have the M flag, and "
        "that a server answers on "
        "this link."
    )

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {**row, "prefix": self.values["prefix"]}
            for row in AddressTable.of_kernel(self, printed)
            if row["dynamic"]
            and not row["made"]
            and row["length"] == 128
            and row["state"] == "usable"
            and is_inside(row, self.values["prefix"])
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp6PrefixDelegated(KernelTable):
    """A client has an unreachable route for the delegated prefix (RFC 8415, 18.2.10.1), and a route for each part that it assigns.

    The kernel shows this for any client. The lab image has a client (dhcpcd), but no server that delegates prefixes: a lab brings
    its own, or uses the route to the customer on the provider's node as its control.
    """

    NAME: ClassVar = "dhcp6.prefix_delegated"
    ABOUT: ClassVar = (
        "A DHCPv6 server has delegated a prefix to the router (RFC 8415, 6.3). The router rejects packets to unused parts of it, "
        "and uses a part of it on these interfaces."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix", 6), "the delegated prefix, or a prefix that contains it.", required=True),
        "length": Field(Compare(), "the length of the delegated prefix."),
        "dev": Field(CompareSet("text"), "the interfaces that use a part of it."),
        "present": HOW["present"],
    }
    KEYS: ClassVar = ("prefix",)
    ARGS: ClassVar = ("-6", "route")
    EXPECTED: ClassVar = _("a delegated prefix with %(what)s")
    UNEXPECTED: ClassVar = _("no delegated prefix with %(what)s")
    MISSING: ClassVar = _(
        "No prefix was delegated. Check that a client on %(node)s asks for a prefix (ia_pd), and that the "
        "provider's server delegates "
        "one."
    )

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        routes = [(untrusted.network(route.get("dst")), route) for route in printed if route.get("protocol") == "dhcp"]
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
                    wholes[above].append(untrusted.text(route.get("dev")))
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
