"""Check type ``bgp.session``: the state of a BGP session (RFC 4271, RFC 2545)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bird, frr
from labs.engine.adapters.reading import AnyAddress
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.base import (
    NOT_RUNNING,
    ROUTERS,
    Answer,
    Ask,
    CheckType,
    Finding,
    differing,
    listed,
    not_as_wanted,
    wanted,
)
from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.fields import PRESENT
from labs.engine.checks.ospf3 import silent
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field

STATE_CAUSES: Mapping[str, str] = {
    "idle": _("The session does not even try: the peer's address has no route, or the session is shut down."),
    "active": _(
        "The TCP connection to the peer fails: can %(node)s reach it, and does it expect a session from this address?"
    ),
    "connect": _("The TCP connection to the peer is not there yet: can %(node)s reach it?"),
    "opensent": _("The peer took the connection and did not like our OPEN: compare the AS numbers of both ends."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpSession(CheckType):
    NAME: ClassVar = "bgp.session"
    ABOUT: ClassVar = "The router has a session with this peer."
    KINDS: ClassVar = ROUTERS
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": Field(Address("address"), "the peer's address.", required=True),
        "state": Field(Compare("text"), "Established if left out."),
        "remote_as": Field(Compare(), "the peer's AS number."),
        "received": Field(Compare(), "prefixes taken from the peer."),
        "sent": Field(Compare(), "prefixes sent to the peer."),
        "family": Field(Choice(("ipv6", "ipv4")), "the address family; ipv6 if left out."),
        "present": PRESENT,
    }
    peer: AnyAddress
    state: Want | None = None
    remote_as: Want | None = None
    received: Want | None = None
    sent: Want | None = None
    family: str = "ipv6"
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, bird.SESSIONS)]
        return [frr.ask(node.name, "bgpd", frr.sessions_question(self.family))]

    def command_on(self, node: Node) -> str:
        return (
            bird.command(bird.SESSIONS) if node.kind is Kind.BIRD else frr.command(frr.sessions_question(self.family))
        )

    def expected(self) -> Text:
        fields = {
            "state": self.state or "Established",
            "AS": self.remote_as,
            "received": self.received,
            "sent": self.sent,
        }
        words = {"peer": self.peer, "fields": wanted(fields)}
        if self.present:
            return Text(_("a BGP session with %(peer)s, %(fields)s"), **words)
        return Text(_("no BGP session with %(peer)s, %(fields)s"), **words)

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = bird.sessions(answers[0]) if node.kind is Kind.BIRD else frr.sessions(answers[0])
        if isinstance(known, Silent):
            return silent(self, node, known)
        here = [session for session in known if session.peer == self.peer]
        if not here:
            peers = listed(session.peer for session in known) or "–"
            seen = Text(_("%(node)s has sessions with %(peers)s"), node=node.name, peers=peers)
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
        return self.failed(node, seen, not_as_wanted([wrong]))
