"""Check type ``process.running``: the programs that run on a node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.comparison import CompareSet, Want
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRunning(CheckType):
    """The kernel cuts names at 15 characters. A program can change its own name, so this proves little."""

    NAME: ClassVar = "process.running"
    ABOUT: ClassVar = "Programs with these names run on the node."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "names": Field(CompareSet("text"), "the names; at most 15 characters each.", required=True),
    }
    names: Want

    def needs_control(self) -> bool:
        return self.names.accepts(())

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "processes", "node": node.name}]

    def command_on(self, node: Node) -> str:
        return "ps -e"

    def expected(self) -> Text:
        return Text(_("these programs run: %(names)s"), names=self.names)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        if not isinstance(answers[0].get("names"), list):
            return self.unknown(node, "no list of processes")
        names = {untrusted.text(name) for name in untrusted.items(answers[0].get("names"))}
        seen = Text(_("%(node)s runs: %(names)s"), node=node.name, names=listed(sorted(names), 20))
        if self.names.accepts(names):
            return self.passed(node, seen)
        return self.failed(
            node, seen, Text(_("The program was not started, or it has stopped. Read its last log lines."))
        )
