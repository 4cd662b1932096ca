"""Check type ``node.up``: whether the node runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.checks.base import WITH_BRIDGE, Answer, Ask, CheckType, Finding
from labs.engine.checks.fields import PRESENT
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUp(CheckType):
    NAME: ClassVar = "node.up"
    ABOUT: ClassVar = "The node runs. If a learner has stopped its first process, the learner must reset the node."
    KINDS: ClassVar = WITH_BRIDGE
    FIELDS: ClassVar[Mapping[str, Field]] = {"present": Field(PRESENT.shape, "false: it must not run.")}
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "up", "node": node.name}]

    def command_on(self, node: Node) -> str:
        return "uptime"

    def expected(self) -> Text:
        return Text(_("the node runs") if self.present else _("the node does not run"))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        up = answers[0].get("up")
        if not isinstance(up, bool):
            return self.unknown(node, "the answer does not say whether the node runs")
        seen = Text(_("%(node)s runs") if up else _("%(node)s does not run"), node=node.name)
        if up is self.present:
            return self.passed(node, seen)
        return self.failed(node, seen, Text(_("Reset the node to bring it back to its initial state.")))
