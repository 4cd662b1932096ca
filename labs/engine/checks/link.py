"""Check type ``link.state``: the state of an interface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import untrusted
from labs.engine.checks.base import WITH_BRIDGE
from labs.engine.checks.comparison import Compare
from labs.engine.checks.fields import INTERFACE
from labs.engine.checks.table_check import HOW, KernelTable, Row
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState(KernelTable):
    NAME: ClassVar = "link.state"
    ABOUT: ClassVar = "The interface exists and is in this state."
    KINDS: ClassVar = WITH_BRIDGE
    KEYS: ClassVar = ("interface",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "up": Field(Flag(), "whether it is administratively up."),
        "carrier": Field(Flag(), "whether it has a carrier: the cable is connected, and the other end is up."),
        "mtu": Field(Compare(), "its MTU."),
        "mac": Field(Compare("text"), "its link-layer address, in lower case."),
        "kind": Field(Compare("text"), "veth, bridge, vlan, vxlan, vrf, dummy and so on."),
        "vlan": Field(Compare(), "its VLAN ID."),
        "master": Field(Compare("text"), "the bridge, bond or VRF that it belongs to."),
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("an interface with %(what)s")
    UNEXPECTED: ClassVar = _("no interface with %(what)s")
    MISSING: ClassVar = _("%(node)s has no interface with this name. Check that it was created, and on this node.")
    ARGS: ClassVar = ("-d", "link")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {
                "interface": untrusted.text(link.get("ifname")),
                "up": "UP" in untrusted.items(link.get("flags")),
                "carrier": "LOWER_UP" in untrusted.items(link.get("flags")),
                "mtu": untrusted.number(link.get("mtu")),
                "mac": untrusted.text(link.get("address")).lower(),
                "kind": untrusted.text(link_info(link).get("info_kind")),
                "vlan": untrusted.number(untrusted.fields(link_info(link).get("info_data")).get("id"))
                if link_info(link).get("info_kind") == "vlan"
                else None,
                "master": untrusted.text(link.get("master")),
            }
            for link in printed
        ]


def link_info(link: Row) -> Mapping[str, Any]:
    return untrusted.fields(link.get("linkinfo"))
