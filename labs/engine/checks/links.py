"""Checks of interfaces, bridges and VXLANs: what stands below any address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import reading
from labs.engine.checks.addresses import INTERFACE
from labs.engine.checks.base import WITH_SHELL
from labs.engine.checks.compare import Compare
from labs.engine.checks.table import HOW, KernelTable, Row
from labs.engine.definition.spec import Kind
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag, Number, Word

WITH_BRIDGE = WITH_SHELL | {Kind.SWITCH}
PORT = Field(INTERFACE.shape, "the port of the bridge.", required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState(KernelTable):
    NAME: ClassVar = "link.state"
    ABOUT: ClassVar = "The interface is there and in this state."
    KINDS: ClassVar = WITH_BRIDGE
    KEYS: ClassVar = ("interface",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "up": Field(Flag(), "whether it was set up."),
        "carrier": Field(Flag(), "whether the cable is in, and the other end up."),
        "mtu": Field(Compare(), "its MTU."),
        "mac": Field(Compare("text"), "its link-layer address, in small letters."),
        "kind": Field(Compare("text"), "veth, bridge, vlan, vxlan, vrf, dummy and so on."),
        "vlan": Field(Compare(), "its VLAN."),
        "master": Field(Compare("text"), "the bridge, bond or VRF that it belongs to."),
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("an interface with %(what)s")
    UNWANTED: ClassVar = _("no interface with %(what)s")
    MISSING: ClassVar = _("%(node)s has no interface of this name. Was it made, and in this node?")
    ARGS: ClassVar = ("-d", "link")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {
                "interface": reading.text(link.get("ifname")),
                "up": "UP" in reading.items(link.get("flags")),
                "carrier": "LOWER_UP" in reading.items(link.get("flags")),
                "mtu": reading.number(link.get("mtu")),
                "mac": reading.text(link.get("address")).lower(),
                "kind": reading.text(_info(link).get("info_kind")),
                "vlan": reading.number(reading.fields(_info(link).get("info_data")).get("id"))
                if _info(link).get("info_kind") == "vlan"
                else None,
                "master": reading.text(link.get("master")),
            }
            for link in printed
        ]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class VxlanVni(KernelTable):
    NAME: ClassVar = "vxlan.vni"
    ABOUT: ClassVar = "There is a VXLAN with this network identifier, and it looks like this."
    KEYS: ClassVar = ("vni",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "vni": Field(Number(1, 16777215), "the network identifier.", required=True),
        "interface": Field(Compare("text"), "the interface."),
        "local": Field(Compare("address"), "the address it sends from."),
        "remote": Field(Compare("address"), "the far end, where there is only one."),
        "port": Field(Compare(), "the UDP port."),
        "learning": Field(Flag(), "whether it learns addresses from what comes in."),
        "bridge": Field(Compare("text"), "the bridge that it is in."),
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("a VXLAN with %(what)s")
    UNWANTED: ClassVar = _("no VXLAN with %(what)s")
    MISSING: ClassVar = _("%(node)s has no VXLAN with this identifier.")
    ARGS: ClassVar = ("-d", "link", "show", "type", "vxlan")

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {
                "vni": reading.number(data.get("id")),
                "interface": reading.text(link.get("ifname")),
                "local": reading.address(data.get("local6") or data.get("local")),
                "remote": reading.address(data.get("remote6") or data.get("remote")),
                "port": reading.number(data.get("port")),
                "learning": data.get("learning") is True,
                "bridge": reading.text(link.get("master")),
            }
            for link in printed
            if (data := reading.fields(_info(link).get("info_data")))
        ]


def _info(link: Row) -> Mapping[str, Any]:
    return reading.fields(link.get("linkinfo"))
