"""Check types ``bridge.*``: bridges and their ports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.checks.base import WITH_BRIDGE
from labs.engine.checks.comparison import Compare
from labs.engine.checks.fields import INTERFACE
from labs.engine.checks.table_check import HOW, KernelTable, Row
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag, Word

PORT = Field(INTERFACE.shape, "the port of the bridge.", required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeMember(KernelTable):
    NAME: ClassVar = "bridge.member"
    ABOUT: ClassVar = "The port belongs to a bridge, and is in this state."
    KINDS: ClassVar = WITH_BRIDGE
    KEYS: ClassVar = ("port", "bridge")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "port": PORT,
        "bridge": Field(INTERFACE.shape, "the bridge; any if left out."),
        "state": Field(Compare("text"), "forwarding, blocking, learning, listening or disabled."),
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("a bridge port with %(what)s")
    UNEXPECTED: ClassVar = _("no bridge port with %(what)s")
    MISSING: ClassVar = _("The port does not belong to this bridge (ip link set PORT master BRIDGE).")
    ASK: ClassVar = "bridge"
    ARGS: ClassVar = ("-d", "link")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {
                "port": untrusted.text(port.get("ifname")),
                "bridge": untrusted.text(port.get("master")),
                "state": untrusted.text(port.get("state")),
            }
            for port in printed
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgePort(KernelTable):
    NAME: ClassVar = "bridge.port"
    ABOUT: ClassVar = "A port of a bridge has these settings."
    KINDS: ClassVar = WITH_BRIDGE
    KEYS: ClassVar = ("port",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "port": PORT,
        "isolated": Field(Flag(), "whether it forwards only to ports that are not isolated."),
        "locked": Field(Flag(), "whether only known link-layer addresses may send (IEEE 802.1X)."),
        "learning": Field(Flag(), "whether it learns link-layer addresses."),
        "flood": Field(Flag(), "whether it floods frames to unknown addresses."),
        "mcast_flood": Field(Flag(), "whether it floods multicast that no listener has joined."),
        "guard": Field(Flag(), "whether BPDU guard is on: the port is disabled when it receives a BPDU."),
    }
    EXPECTED: ClassVar = _("a bridge port with the settings %(what)s")
    UNEXPECTED: ClassVar = EXPECTED
    MISSING: ClassVar = _("The port does not belong to a bridge.")
    ASK: ClassVar = "bridge"
    ARGS: ClassVar = ("-d", "link")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        names = [name for name in self.FIELDS if name != "port"]
        return [
            {"port": untrusted.text(port.get("ifname"))} | {n: port.get(n) is True for n in names} for port in printed
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeFdb(KernelTable):
    NAME: ClassVar = "bridge.fdb"
    ABOUT: ClassVar = "The forwarding database of a bridge or VXLAN has an entry for this link-layer address."
    KINDS: ClassVar = WITH_BRIDGE
    KEYS: ClassVar = ("mac", "port")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "mac": Field(Word("a link-layer address", r"[0-9a-f:]{17}", 17), "the address, in lower case.", required=True),
        "port": Field(INTERFACE.shape, "the port; any if left out."),
        "remote": Field(Compare("address"), "the remote VTEP of the VXLAN."),
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("a forwarding entry with %(what)s")
    UNEXPECTED: ClassVar = _("no forwarding entry with %(what)s")
    MISSING: ClassVar = _("The bridge learns an address when a frame from it arrives. Send one, for example with ping.")
    ASK: ClassVar = "bridge"
    ARGS: ClassVar = ("fdb", "show")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {
                "mac": untrusted.text(entry.get("mac")).lower(),
                "port": untrusted.text(entry.get("ifname")),
                "remote": untrusted.address(entry.get("dst")),
            }
            for entry in printed
        ]
