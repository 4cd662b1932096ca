"""Check types ``nat64.*``: NAT64 (RFC 6146) and the discovery of its prefix (RFC 7050)."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters.untrusted import AnyNetwork
from labs.engine.checks.base import Ask
from labs.engine.checks.dns import PORT, SERVER, DnsAaaaSynth
from labs.engine.checks.fields import PRESENT
from labs.engine.checks.flow import FLOW_FIELDS, FlowAllow, flow
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Nat64Prefix(DnsAaaaSynth):
    NAME: ClassVar = "nat64.prefix"
    ABOUT: ClassVar = "A host that asks the server for ipv4only.arpa discovers this NAT64 prefix (RFC 7050)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "server": SERVER,
        "port": PORT,
        "prefix": Field(Address("prefix", 6), "the NAT64 prefix.", required=True),
        "present": PRESENT,
    }


LENGTHS = (32, 40, 48, 56, 64, 96)  # of a NAT64 prefix (RFC 6052, 2.2)
TRANSLATED_FIELDS: Mapping[str, Field] = {
    **FLOW_FIELDS,
    "address": Field(Address("address", 4), "its IPv4 address.", required=True),
    "source": Field(
        Address("prefix", 4), "the IPv4 prefix of the NAT64; it contains the source address on arrival.", required=True
    ),
}


def embedded(prefix: ipaddress.IPv6Network, address: ipaddress.IPv4Address) -> ipaddress.IPv6Address:
    """Returns the IPv4-embedded IPv6 address for a NAT64 prefix; bits 64 to 71 are zero (RFC 6052, 2.2)."""
    at = prefix.prefixlen // 8
    kept = bytearray(prefix.network_address.packed)
    for byte in address.packed:
        at += at == 8
        kept[at] = byte
        at += 1
    return ipaddress.IPv6Address(bytes(kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class Nat64Flow(FlowAllow):
    """The source address that the IPv4 node sees proves the translation."""

    NAME: ClassVar = "nat64.flow"
    ABOUT: ClassVar = (
        "A flow from an IPv6 host reaches an IPv4 node through NAT64 (RFC 6146). The IPv4 node sees a source "
        "address of the NAT64."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **TRANSLATED_FIELDS,
        "prefix": Field(Address("prefix", 6), "the NAT64 prefix, such as 64:ff9b::/96.", required=True),
    }
    prefix: AnyNetwork

    def mistakes(self) -> Iterable[str]:
        if self.prefix.prefixlen not in LENGTHS:
            yield f"prefix must have one of the lengths {', '.join(map(str, LENGTHS))} (RFC 6052)."

    def _target(self) -> ipaddress.IPv6Address:
        return embedded(self.prefix, self.address)  # type: ignore[arg-type]  # FIELDS accept no other version

    def asks_of(self, node: Node) -> list[Ask]:
        return [flow(node.name, self.to, self._target(), self.protocol, self.port)]

    def command_on(self, node: Node) -> str:
        return f"nc -vz {'-u ' if self.protocol == 'udp' else ''}-w 2 {self._target()} {self.port}"

    def expected(self) -> Text:
        words = {"address": self._target(), "to": self.to, "source": self.source}
        return Text(_("a flow to %(address)s arrives at %(to)s from %(source)s"), **words)
