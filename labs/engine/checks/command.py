"""Check type ``command.output``: the output of a show command, of ip or of bridge."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import bird, frr, reading
from labs.engine.checks import patterns
from labs.engine.checks.base import NOT_RUNNING, Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.fields import DAEMON, LINES
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Word

READ_ONLY = ("show ", "eval ")


COMMAND = Field(
    Word("a question such as show bgp summary, or ip -6 route", r"[ -~]{2,200}", 200),
    "on a router a question to its daemon that begins with show (BIRD also: eval); elsewhere ip or bridge with its words.",
    required=True,
)


WRITES = frozenset(
    {"add", "del", "delete", "set", "change", "replace", "append", "flush", "restore", "exec", "-batch", "-b", "netns"}
)


def ask_of(node: Node, command: str, daemon: str) -> Ask:
    """The same question in the words of the node's kind."""
    first, *words = command.split()
    if first in ("ip", "bridge"):
        return {"ask": first, "node": node.name, "args": words}
    return bird.ask(node.name, command) if node.kind is Kind.BIRD else frr.ask(node.name, daemon or "zebra", command)


def typed(node: Node, command: str) -> str:
    if command.split()[0] in ("ip", "bridge"):
        return command
    return bird.command(command) if node.kind is Kind.BIRD else frr.command(command)


def command_mistakes(command: str) -> Iterable[str]:
    first, *words = command.split() or [""]
    if first in ("ip", "bridge"):
        if bad := WRITES & set(words):
            yield f"A command only asks; {sorted(bad)[0]} changes something."
    elif not command.startswith(READ_ONLY):
        yield "A command begins with show, with eval for BIRD, with ip or with bridge."


def answered(answer: Answer) -> Any:
    """The text, or for ip and bridge the JSON."""
    if "json" in answer:
        return answer["json"]
    if "outputs" in answer:
        outputs = reading.items(answer.get("outputs"))
        return outputs[-1] if outputs else ""
    return answer.get("output")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOutput(CheckType):
    NAME: ClassVar = "command.output"
    ABOUT: ClassVar = "A question to a daemon or to the kernel brings back this text. The last resort: words change."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "command": COMMAND,
        "daemon": DAEMON,
        "contains": Field(LINES, "texts that must stand in it."),
        "absent": Field(LINES, "texts that must not stand in it. Name with it something that must, or silence passes."),
        "regex": Field(Word("a regular expression"), "a regular expression that must match somewhere."),
    }
    command: str
    daemon: str = ""
    contains: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    regex: str = ""

    def mistakes(self) -> Iterable[str]:
        yield from command_mistakes(self.command)
        if self.regex and not patterns.compiles(self.regex):
            yield "regex is no regular expression of RE2 (no look-around, no backreferences)."
        if not (self.contains or self.regex):
            yield "Say in contains or regex what must be there: without it an empty answer passes."

    def asks_of(self, node: Node) -> list[Ask]:
        return [ask_of(node, self.command, self.daemon)]

    def command_on(self, node: Node) -> str:
        return typed(node, self.command)

    def expected(self) -> Text:
        patterns = [f"/{self.regex}/"] if self.regex else []
        words = listed([*self.contains, *patterns, *(f"≠ {word}" for word in self.absent)])
        return Text(_("%(command)s with: %(words)s"), command=self.command, words=words)

    def refused(self, node: Node, error: str) -> Text | None:
        return None if node.kind is Kind.HOST else Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        said = answered(answers[0])
        text = reading.long_text(said if isinstance(said, str) else dumped(said))
        missing = [word for word in self.contains if word not in text]
        if self.regex and not patterns.matches(self.regex, text, of_lines=True):
            missing.append(f"/{self.regex}/")
        unwanted = [word for word in self.absent if word in text]
        if not missing and not unwanted:
            return self.passed(node, Text(_("The answer is as wanted")))
        if missing:
            return self.failed(node, Text(_("The answer lacks: %(words)s"), words=listed(missing)), text=text[:2000])
        return self.failed(node, Text(_("The answer has: %(words)s"), words=listed(unwanted)), text=text[:2000])


def dumped(said: object) -> str:
    try:
        return json.dumps(said)
    except (TypeError, ValueError, RecursionError):
        return ""
