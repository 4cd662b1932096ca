"""Check type ``bfd.session`` (RFC 5880)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.comparison import Compare, Equal
from labs.engine.checks.fields import ANY_INTERFACE, PEER
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class BfdSession(RouterTable):
    NAME: ClassVar = "bfd.session"
    ABOUT: ClassVar = "A BFD session with this peer is in this state (RFC 5880)."
    KEYS: ClassVar = ("peer", "interface")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": PEER,
        "interface": ANY_INTERFACE,
        "state": Field(Compare("text"), "up, down or init. If left out: up, and any with present: false."),
        "multiplier": Field(Compare(), "the detection multiplier (FRR only)."),
        "interval": Field(Compare(), "the transmit interval, in milliseconds."),
        "present": HOW["present"],
    }
    DEFAULTS: ClassVar = {"state": Equal("up", untrusted.word)}
    EXPECTED: ClassVar = _("a BFD session with %(what)s")
    UNEXPECTED: ClassVar = _("no BFD session with %(what)s")
    MISSING: ClassVar = _(
        "No BFD session is configured: neither as a peer under bfd, nor by a routing protocol that uses BFD."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node).bfd_sessions()
