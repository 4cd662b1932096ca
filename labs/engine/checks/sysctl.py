"""Check type ``sysctl.value``: the settings of the kernel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.checks.base import Answer, Ask, CheckType, Finding
from labs.engine.checks.comparison import Compare, Want
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Word

SYSCTL_KEY = Word("a network setting such as net.ipv6.conf.all.forwarding", r"net\.[A-Za-z0-9_.:/-]+", 120)


@dataclass(frozen=True, slots=True, kw_only=True)
class SysctlValue(CheckType):
    NAME: ClassVar = "sysctl.value"
    ABOUT: ClassVar = "A sysctl of the node's kernel has this value."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "key": Field(SYSCTL_KEY, "the setting.", required=True),
        "value": Field(Compare("text"), "its value.", required=True),
    }
    key: str
    value: Want

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "sysctl", "node": node.name, "key": self.key}]

    def command_on(self, node: Node) -> str:
        return f"sysctl {self.key}"

    def expected(self) -> Text:
        return Text(_("%(key)s = %(value)s"), key=self.key, value=self.value)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        value = answers[0].get("value")
        if not isinstance(value, str):
            return self.unknown(node, "no value")
        seen = Text(_("%(key)s = %(value)s"), key=self.key, value=" ".join(value[:400].split()))
        if self.value.accepts(" ".join(value[:400].split())):
            return self.passed(node, seen)
        return self.failed(
            node, seen, Text(_("Set it with sysctl -w. A file in /etc/sysctl.d takes effect only after a restart."))
        )
