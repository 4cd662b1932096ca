"""Check type ``bgp.session``: the state of a BGP session (RFC 4271, RFC 2545)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import routing_state
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.checks.base import Finding, differing, expected_values, listed, not_as_expected
from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.daemon_check import DaemonCheck
from labs.engine.checks.families import family_like, family_of
from labs.engine.checks.fields import PEER, PRESENT, VRF
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field

STATE_CAUSES: Mapping[str, str] = {
    "idle": _("%(node)s does not try to connect: it has no route to the peer's address, or the session is shut down."),
    "active": _(
        "The TCP connection to the peer fails. Check that %(node)s can reach the peer, and that the peer expects a session from "
        "this address."
    ),
    "connect": _("The TCP connection to the peer is not established yet. Check that %(node)s can reach the peer."),
    "opensent": _(
        "The TCP connection is established, but the peer rejects the OPEN message. Compare the AS numbers of both ends."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpSession(DaemonCheck):
    NAME: ClassVar = "bgp.session"
    ABOUT: ClassVar = "The router has a BGP session with this peer."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": PEER,
        "state": Field(Compare("text"), "Established if left out."),
        "remote_as": Field(Compare(), "the peer's AS number."),
        "received": Field(Compare(), "the number of prefixes accepted from the peer."),
        "sent": Field(Compare(), "the number of prefixes sent to the peer."),
        "family": family_like("peer's address"),
        "vrf": VRF,
        "present": PRESENT,
    }
    peer: AnyAddress
    state: Want | None = None
    remote_as: Want | None = None
    received: Want | None = None
    sent: Want | None = None
    family: str = ""
    vrf: str = ""
    present: bool = True

    def of_family(self) -> str:
        return self.family or family_of(self.peer)

    def question(self, node: Node) -> Question[list[routing_state.BgpSession]]:
        return daemon_of(node, self.vrf).bgp_sessions(self.of_family())

    def expected(self) -> Text:
        fields = {
            "state": self.state or "Established",
            "AS": self.remote_as,
            "received": self.received,
            "sent": self.sent,
        }
        words = {"peer": self.peer, "fields": expected_values(fields)}
        if self.present:
            return Text(_("a BGP session with %(peer)s, %(fields)s"), **words)
        return Text(_("no BGP session with %(peer)s, %(fields)s"), **words)

    def judge_known(self, node: Node, known: Sequence[routing_state.BgpSession]) -> Finding:
        here = [session for session in known if session.peer == self.peer]
        if not here:
            peers = listed(session.peer for session in known) or "–"
            seen = Text(_("%(node)s has sessions with: %(peers)s"), node=node.name, peers=peers)
            cause = Text(_("This neighbour is not configured, or not activated for the address family."))
            return self.failed(node, seen, cause) if self.present else self.passed(node, seen)
        at = here[0]
        up = self.state.accepts(at.state) if self.state else at.state.lower() == "established"
        wrong = differing(
            {
                "remote_as": (self.remote_as, at.remote_as),
                "received": (self.received, at.received),
                "sent": (self.sent, at.sent),
            }
        )
        counts = [("AS", at.remote_as), ("received", at.received), ("sent", at.sent)]
        shown = Text.fields({name: int(value) for name, value in counts if value is not None})
        seen = Text(_("The session with %(peer)s is %(state)s: %(seen)s"), peer=self.peer, state=at.state, seen=shown)
        if (up and not wrong) is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen)
        if not up:
            cause_of = STATE_CAUSES.get(at.state.lower())
            return self.failed(node, seen, Text(cause_of, node=node.name) if cause_of else None)
        return self.failed(node, seen, not_as_expected([wrong]))
