"""Check type ``capture.count``: the packets that pass an interface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.fields import INTERFACE
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Number, Word

MOST = 100  # packets that the supervisor counts


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureCount(CheckType):
    NAME: ClassVar = "capture.count"
    ABOUT: ClassVar = "This number of packets that match a filter pass an interface within some seconds."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "filter": Field(
            Word("a filter of tcpdump such as icmp6", r"[ -~]{1,300}", 300),
            "a filter of tcpdump that selects the packets.",
            required=True,
        ),
        "packets": Field(Compare(), "the number of packets; at most 100 are counted.", required=True),
        "seconds": Field(Number(0.5, 8, whole=False), "the duration of the capture; 2 if left out."),
    }
    interface: str
    filter: str
    packets: Want
    seconds: float = 2.0

    def asks_of(self, node: Node) -> list[Ask]:
        return [
            {
                "ask": "capture",
                "node": node.name,
                "interface": self.interface,
                "filter": self.filter,
                "seconds": self.seconds,
                "most": self._enough(),
            }
        ]

    def needs_control(self) -> bool:
        return self.packets.accepts(0)

    def one_failure_is_enough(self, finding: Finding) -> bool:
        return self.packets.accepts(0)

    def _enough(self) -> int:
        """The number of packets from which on further ones change nothing: then the capture ends."""
        after_all = self.packets.accepts(MOST)
        return next(n for n in range(MOST, 0, -1) if n == 1 or self.packets.accepts(n - 1) is not after_all)

    def command_on(self, node: Node) -> str:
        return f"timeout {self.seconds:g} tcpdump -nn -i {self.interface} '{self.filter}'"

    def expected(self) -> Text:
        words = {"packets": self.packets, "interface": self.interface, "filter": self.filter}
        return Text(_("%(packets)s packets on %(interface)s: %(filter)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        count = untrusted.whole(answers[0].get("count"))
        if count is None:
            return self.unknown(node, "nothing was counted")
        first = [untrusted.text(line) for line in untrusted.items(answers[0].get("first"))]
        seen = Text(_("%(count)s packets: %(first)s"), count=count, first=listed(first, 2) or "–")
        if self.packets.accepts(count):
            return self.passed(node, seen, first=first)
        return self.failed(node, seen, first=first)
