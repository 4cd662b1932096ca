"""Check type ``ping``: echo requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_interface
from typing import ClassVar, Self

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.fields import AT, PRESENT, SOURCE, TARGET
from labs.engine.definition.spec import Lab, Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Number

OWN_ADDRESS = _("%(to)s is an address of %(node)s itself, so the requests did not leave the node.")
NOT_ROUTED = _("The address belongs to another node. Remove it from this node, so that the packets are routed there.")
NOT_ARRIVED = _("%(received)s replies came back, but no request arrived at %(at)s")
OTHER_NODE = _("Another node on the path answers. Find out which other node has this address too.")
NO_REPLY = _(
    "No reply came back. Follow the path hop by hop, there and back. Each router on the path needs a route to both ends."
)
NO_REPLY_ON_LINK = _(
    "No reply came back. Both ends share a link, so no router is between them. Compare their addresses, with the lengths, and see "
    "whether the link is up."
)
REPORT = ": "  # behind the address of the node that reports an error; the kernel's own words have none


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(CheckType):
    NAME: ClassVar = "ping"
    ABOUT: ClassVar = "The address replies to echo requests."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TARGET,
        "at": AT,
        "source": SOURCE,
        "count": Field(Number(1, 20), "the number of requests; 2 if left out."),
        "received": Field(Compare(), "the number of replies; at least one if left out."),
        "present": Field(
            PRESENT.shape,
            "false: no reply may come back. Name a check in needs that proves that the path itself works.",
        ),
    }
    to: AnyAddress
    at: str | None = None
    source: AnyAddress | None = None
    count: int = 2
    received: Want | None = None
    present: bool = True
    neighbours: frozenset[str] = frozenset()  # the nodes that share a link with the address, as far as the lab tells it

    def placed(self, lab: Lab) -> Self:
        ends = [end for link in lab.links for end in link.ends]
        near = (end.node for end in ends if any(self.to in ip_interface(text).network for text in end.addresses))
        return replace(self, neighbours=frozenset(near))

    def nodes(self) -> tuple[str, ...]:
        return (self.at,) if self.at else ()

    def asks_of(self, node: Node) -> list[Ask]:
        source = str(self.source) if self.source else None
        ask = {"ask": "ping", "node": node.name, "dst": str(self.to), "count": self.count, "interval": 0.1}
        return [ask | {"seconds": 1.0 + 0.1 * self.count, "source": source, "at": self.at}]

    def command_on(self, node: Node) -> str:
        return f"ping -c {self.count} {f'-I {self.source} ' if self.source else ''}{self.to}"

    def expected(self) -> Text:
        if not self.present:
            return Text(_("no reply from %(to)s"), to=self.to)
        return Text(_("%(to)s replies %(fields)s"), to=self.to, fields=self.received or "")

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        sent, received, errors = self._counts(answers[0])
        if sent < 1:
            return self.unknown(node, listed(errors) or "nothing was sent")
        seen = Text(
            _("%(received)s replies to %(sent)s requests %(errors)s"),
            received=received,
            sent=sent,
            errors=listed(errors, 3),
        )
        if self.present and (faked := self._from_wrong_node(node, answers[0], received)):
            return faked
        good = self.received.accepts(received) if self.received else received > 0
        if good is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen, Text(_("The address replies, but it should not be reachable.")))
        return self.failed(node, seen, Text(NO_REPLY_ON_LINK if node.name in self.neighbours else NO_REPLY))

    def _from_wrong_node(self, node: Node, answer: Answer, received: int) -> Finding | None:
        """A failure if the replies do not come from the node that should have received the requests."""
        if answer.get("local") is True:
            return self.failed(node, Text(OWN_ADDRESS, node=node.name, to=self.to), Text(NOT_ROUTED))
        if self.at and received and untrusted.whole(answer.get("arrived")) == 0:
            return self.failed(node, Text(NOT_ARRIVED, received=received, at=self.at), Text(OTHER_NODE))
        return None

    def _counts(self, answer: Answer) -> tuple[int, int, list[str]]:
        errors = sorted({untrusted.text(error) for error in untrusted.items(answer.get("errors"))})
        sent, received = untrusted.whole(answer.get("sent")) or 0, untrusted.whole(answer.get("received")) or 0
        # A request that the kernel could not send (no route) was still tried: its error is the answer.
        return (self.count if errors and not sent else sent), received, errors


def is_same_failure(before: Text, now: Text) -> bool:
    """Whether both sentences say of the same failure what was seen.

    A node on the path reports an error when it has given up, and not for each request. So it may be reported once and not the next
    time, though nothing has changed.
    """
    told = [str(seen.params.get("errors", "")) for seen in (before, now)]
    if all(told) or any(words and REPORT not in words for words in told):
        return before == now
    return before.msgid == now.msgid and _without_errors(before) == _without_errors(now)


def _without_errors(seen: Text) -> dict[str, object]:
    return {name: value for name, value in seen.params.items() if name != "errors"}
