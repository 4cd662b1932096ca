"""Check type ``vxlan.vni``: VXLAN interfaces (RFC 7348)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.checks.comparison import Compare
from labs.engine.checks.link import link_info
from labs.engine.checks.table_check import HOW, KernelTable, Row
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag, Number


@dataclass(frozen=True, slots=True, kw_only=True)
class VxlanVni(KernelTable):
    NAME: ClassVar = "vxlan.vni"
    ABOUT: ClassVar = "The node has a VXLAN interface with this network identifier (VNI), and with these values."
    KEYS: ClassVar = ("vni",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "vni": Field(Number(1, 16777215), "the VNI.", required=True),
        "interface": Field(Compare("text"), "the interface."),
        "local": Field(Compare("address"), "the local address."),
        "remote": Field(Compare("address"), "the remote address, where there is only one."),
        "port": Field(Compare(), "the UDP port."),
        "learning": Field(Flag(), "whether it learns addresses from received frames."),
        "bridge": Field(Compare("text"), "the bridge that it belongs to."),
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("a VXLAN with %(what)s")
    UNEXPECTED: ClassVar = _("no VXLAN with %(what)s")
    MISSING: ClassVar = _("%(node)s has no VXLAN interface with this VNI.")
    ARGS: ClassVar = ("-d", "link", "show", "type", "vxlan")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {
                "vni": untrusted.number(data.get("id")),
                "interface": untrusted.text(link.get("ifname")),
                "local": untrusted.address(data.get("local6") or data.get("local")),
                "remote": untrusted.address(data.get("remote6") or data.get("remote")),
                "port": untrusted.number(data.get("port")),
                "learning": data.get("learning") is True,
                "bridge": untrusted.text(link.get("master")),
            }
            for link in printed
            if (data := untrusted.fields(link_info(link).get("info_data")))
        ]
