"""Check type ``dhcp6guard.blocks``: DHCPv6-Shield (RFC 7610)."""

from dataclasses import dataclass
from typing import ClassVar

from labs.engine.checks.raguard import RaGuard
from labs.engine.text import gettext_noop as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp6Guard(RaGuard):
    NAME: ClassVar = "dhcp6guard.blocks"
    ABOUT: ClassVar = (
        "A DHCPv6 server's message from this node does not reach the other one, while other packets do (RFC 7610)."
    )
    OPEN: ClassVar = _("The switch lets messages of a DHCPv6 server in by a port where no server is.")
    KIND: ClassVar = "dhcp6"
