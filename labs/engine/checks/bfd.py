"""Check type ``bfd.session`` (RFC 5880)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bird_tables, frr_tables
from labs.engine.checks.base import ROUTERS
from labs.engine.checks.comparison import Compare
from labs.engine.checks.fields import ANY_INTERFACE
from labs.engine.checks.table_check import HOW, RouterTable, Rows
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field


@dataclass(frozen=True, slots=True, kw_only=True)
class BfdSession(RouterTable):
    NAME: ClassVar = "bfd.session"
    ABOUT: ClassVar = "A BFD session with this peer is in this state (RFC 5880)."
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("peer", "interface")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": Field(Address("address"), "the peer's address.", required=True),
        "interface": ANY_INTERFACE,
        "state": Field(Compare("text"), "up, down or init; up is what is mostly wanted."),
        "multiplier": Field(Compare(), "how many packets may be lost (FRR only)."),
        "interval": Field(Compare(), "milliseconds between two packets that are sent."),
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("a BFD session with %(what)s")
    UNWANTED: ClassVar = _("no BFD session with %(what)s")
    MISSING: ClassVar = _("Nobody asked for this session: neither a peer of bfd, nor a routing protocol with bfd.")
    FRR: ClassVar = ("bfdd", "show bfd peers json")
    BIRD: ClassVar = "show bfd sessions"

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.bfd_sessions(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bird_tables.bfd_sessions(lines)
