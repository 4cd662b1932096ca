"""Check type ``dhcp6guard.blocks``: DHCPv6-Shield (RFC 7610)."""

from dataclasses import dataclass
from typing import ClassVar

from labs.engine.checks.raguard import RaGuard
from labs.engine.translatable_text import gettext_noop as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp6Guard(RaGuard):
    NAME: ClassVar = "dhcp6guard.blocks"
    ABOUT: ClassVar = (
        "A DHCPv6 server message from this node does not reach the other node, while other packets do (RFC 7610)."
    )
    OPEN: ClassVar = _(
        "The switch accepts DHCPv6 server messages on a port without a server. DHCPv6-Shield must drop them there."
    )
    KIND: ClassVar = "dhcp6"
