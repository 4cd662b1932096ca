"""Base class of the check types that send packets which the network must stop."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.checks.base import Answer, CheckType, Finding
from labs.engine.checks.fields import NODE_NAME
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag

TO = Field(NODE_NAME, "the node where the packets must arrive or not.", required=True)
ADDRESS = Field(Address("address"), "the address of that node.", required=True)
NOTHING = _("Nothing arrives at %(to)s, not even the packets that must pass. So this check proves nothing.")
LET_THROUGH = Field(Flag(), "true: the packets must arrive. It shows that a lab begins without the protection.")

NO_WAY = _("%(node)s has no route to %(to)s, so it cannot send the packets. Check its routes, and its default route.")
HELD = _(
    "A program on %(to)s uses the port on which this check listens. End the program: ss -lntup shows it on %(to)s."
)
NO_LINK = _("%(node)s cannot send on this interface. Check that the interface exists, and that it is up.")
NOT_SENT: Mapping[str, str] = {
    "unreachable": NO_WAY,
    "in use": HELD,
    "no such device": NO_LINK,
    "network is down": NO_LINK,
}


def cannot_send(node: Node, to: str, error: str) -> Text | None:
    """Return the reason why a node could not send packets of a check, by the words of its kernel."""
    found = next((cause for words, cause in NOT_SENT.items() if words in error.lower()), None)
    return Text(found, node=node.name, to=to) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardCheck(CheckType):
    """Sends packets that the network must stop, and others that must pass, and counts both where they arrive.

    The packets that must pass are the control: a network that is cut off proves nothing.
    """

    DISTURBS: ClassVar = True
    OPEN: ClassVar[str]
    to: str
    arrives: bool = False

    def nodes(self) -> tuple[str, ...]:
        return (self.to,)

    def proves_absence(self) -> bool:
        return not self.arrives

    def one_failure_is_enough(self, finding: Finding) -> bool:
        return not self.arrives and finding.evidence.get("arrived") is True

    @abstractmethod
    def counts(self, answer: Answer) -> tuple[int | None, int | None]:
        """Return the number of packets that arrived and must be stopped, and of those that must pass."""

    def refused(self, node: Node, error: str) -> Text | None:
        return cannot_send(node, self.to, error)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        false, honest = self.counts(answers[0])
        if false is None or honest is None:
            return self.unknown(node, "the answer does not say what arrived")
        words = {"to": self.to, "false": false, "honest": honest}
        seen = Text(
            _("Arrived at %(to)s: %(false)s packets that must be stopped, %(honest)s packets that must pass"), **words
        )
        if not honest:
            return self.failed(node, seen, Text(NOTHING, to=self.to))
        if bool(false) is self.arrives:
            return self.passed(node, seen)
        return self.failed(node, seen, None if self.arrives else Text(self.OPEN), arrived=True)
