"""Base class of the check types that put one question to a node's routing daemon."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.base import NOT_CONFIGURED, NOT_RUNNING, ROUTERS, Answer, Ask, CheckType, Finding
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonCheck(CheckType):
    """A type says which question it asks, and judges what the daemon knows. It does not know which daemon that is."""

    KINDS: ClassVar = ROUTERS

    @abstractmethod
    def question(self, node: Node) -> Question[Any]: ...

    @abstractmethod
    def judge_known(self, node: Node, known: Any) -> Finding:
        """Judges what the question's ``read`` gave, unless that is Silent."""

    def asks_of(self, node: Node) -> list[Ask]:
        return [self.question(node).ask]

    def command_on(self, node: Node) -> str:
        return self.question(node).command

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = self.question(node).read(answers[0])
        return self.judge_silent(node, known) if isinstance(known, Silent) else self.judge_known(node, known)

    def judge_silent(self, node: Node, said: Silent) -> Finding:
        """Fails: the daemon answered with a sentence, or with nothing."""
        seen = Text(_("The daemon on %(node)s has no such table"), node=node.name)
        if said.words:
            seen = Text(_("The daemon on %(node)s answered: %(words)s"), node=node.name, words=said.words)
        return self.failed(node, seen, Text(NOT_CONFIGURED, node=node.name))
