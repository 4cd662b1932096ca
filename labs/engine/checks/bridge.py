"""Check types ``bridge.*``: bridges and their ports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import reading
from labs.engine.checks.base import WITH_BRIDGE
from labs.engine.checks.comparison import Compare
from labs.engine.checks.fields import INTERFACE
from labs.engine.checks.table_check import HOW, KernelTable, Row
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag, Word

PORT = Field(INTERFACE.shape, "the port of the bridge.", required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeMember(KernelTable):
    NAME: ClassVar = "bridge.member"
    ABOUT: ClassVar = "The port belongs to a bridge and forwards."
    KINDS: ClassVar = WITH_BRIDGE
    KEYS: ClassVar = ("port", "bridge")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "port": PORT,
        "bridge": Field(INTERFACE.shape, "the bridge; any if left out."),
        "state": Field(Compare("text"), "forwarding, blocking, learning, listening or disabled."),
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("a bridge with %(what)s")
    UNWANTED: ClassVar = _("no bridge with %(what)s")
    MISSING: ClassVar = _("The port is in no such bridge (ip link set PORT master BRIDGE).")
    ASK: ClassVar = "bridge"
    ARGS: ClassVar = ("-d", "link")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {
                "port": reading.text(port.get("ifname")),
                "bridge": reading.text(port.get("master")),
                "state": reading.text(port.get("state")),
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
        "isolated": Field(Flag(), "whether it talks only to ports that are not isolated."),
        "locked": Field(Flag(), "whether only known link-layer addresses may send (802.1X)."),
        "learning": Field(Flag(), "whether it learns link-layer addresses."),
        "flood": Field(Flag(), "whether frames to unknown addresses leave by it."),
        "mcast_flood": Field(Flag(), "whether multicast leaves by it that nobody asked for."),
        "guard": Field(Flag(), "whether it ignores spanning tree (BPDU guard)."),
    }
    WANTED: ClassVar = _("a port of a bridge with %(what)s")
    UNWANTED: ClassVar = WANTED
    MISSING: ClassVar = _("The port is in no bridge.")
    ASK: ClassVar = "bridge"
    ARGS: ClassVar = ("-d", "link")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        names = [name for name in self.FIELDS if name != "port"]
        return [
            {"port": reading.text(port.get("ifname"))} | {n: port.get(n) is True for n in names} for port in printed
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeFdb(KernelTable):
    NAME: ClassVar = "bridge.fdb"
    ABOUT: ClassVar = "The bridge or VXLAN knows where this link-layer address is."
    KINDS: ClassVar = WITH_BRIDGE
    KEYS: ClassVar = ("mac", "port")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "mac": Field(
            Word("a link-layer address", r"[0-9a-f:]{17}", 17), "the address, in small letters.", required=True
        ),
        "port": Field(INTERFACE.shape, "the port; any if left out."),
        "remote": Field(Compare("address"), "the far end of the VXLAN."),
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("a forwarding entry with %(what)s")
    UNWANTED: ClassVar = _("no forwarding entry with %(what)s")
    MISSING: ClassVar = _("An entry is made when a frame from this address comes in. Did it send one?")
    ASK: ClassVar = "bridge"
    ARGS: ClassVar = ("fdb", "show")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {
                "mac": reading.text(entry.get("mac")).lower(),
                "port": reading.text(entry.get("ifname")),
                "remote": reading.address(entry.get("dst")),
            }
            for entry in printed
        ]
