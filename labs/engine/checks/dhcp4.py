"""Check type ``dhcp4.lease``: what a DHCPv4 server leased (RFC 2131)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.checks.addr import AddressTable, is_inside
from labs.engine.checks.fields import INTERFACE
from labs.engine.checks.table_check import HOW, Row
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp4Lease(AddressTable):
    """An address that was leased has a lifetime; one that was configured by hand has none."""

    NAME: ClassVar = "dhcp4.lease"
    ABOUT: ClassVar = (
        "The interface has an IPv4 address with a lifetime, as a DHCP client configures its lease (RFC 2131)."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "prefix": Field(Address("prefix", 4), "the prefix that contains the address.", required=True),
        "present": HOW["present"],
    }
    KEYS: ClassVar = ("interface",)
    EXPECTED: ClassVar = _("a leased address with %(what)s")
    UNEXPECTED: ClassVar = _("no leased address with %(what)s")
    MISSING: ClassVar = _("There is no lease. Check that a DHCP client runs, and that a server answers on this link.")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {**row, "prefix": self.values["prefix"]}
            for row in AddressTable.of_kernel(self, printed)
            if row["dynamic"] and is_inside(row, self.values["prefix"])
        ]
