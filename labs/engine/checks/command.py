"""Check type ``command.output``: the output of a show command, of ip or of bridge."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of
from labs.engine.checks import patterns
from labs.engine.checks.base import NOT_RUNNING, Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.fields import DAEMON, LINES
from labs.engine.definition.spec import Kind, Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Word

IPROUTE2 = ("ip", "bridge")
READ_ONLY = ("show ", "eval ")
WRITES = frozenset(
    {"add", "del", "delete", "set", "change", "replace", "append", "flush", "restore", "exec", "-batch", "-b", "netns"}
)
COMMAND = Field(
    Word("a command such as show bgp summary, or ip -6 route", r"[ -~]{2,200}", 200),
    "on a router a command of its daemon that begins with show (BIRD also: eval); on any node ip or bridge with arguments.",
    required=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCheck(CheckType):
    """The output of one command that changes nothing."""

    command: str
    daemon: str = ""

    def mistakes(self) -> Iterable[str]:
        first, *words = self.command.split() or [""]
        if first in IPROUTE2:
            if bad := WRITES & set(words):
                yield f"A command must not change anything, but {sorted(bad)[0]} does."
        elif not self.command.startswith(READ_ONLY):
            yield "A command begins with show, with eval for BIRD, with ip or with bridge."

    def asks_of(self, node: Node) -> list[Ask]:
        first, *words = self.command.split()
        if first in IPROUTE2:
            return [{"ask": first, "node": node.name, "args": words}]
        return [daemon_of(node).output(self.command, self.daemon).ask]

    def command_on(self, node: Node) -> str:
        if self.command.split()[0] in IPROUTE2:
            return self.command
        return daemon_of(node).output(self.command, self.daemon).command

    def refused(self, node: Node, error: str) -> Text | None:
        return None if node.kind is Kind.HOST else Text(NOT_RUNNING, node=node.name)

    def output(self, answer: Answer) -> str:
        """The text; the output of ip and bridge is JSON."""
        if "json" in answer:
            printed = answer["json"]
        elif "outputs" in answer:
            outputs = untrusted.items(answer.get("outputs"))
            printed = outputs[-1] if outputs else ""
        else:
            printed = answer.get("output")
        return printed if isinstance(printed, str) else as_json(printed)


def as_json(value: Any) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOutput(CommandCheck):
    NAME: ClassVar = "command.output"
    ABOUT: ClassVar = (
        "The output of a command has these texts. Use it only where no other type fits: a new version may "
        "print other words."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "command": COMMAND,
        "daemon": DAEMON,
        "contains": Field(LINES, "texts that the output must contain."),
        "absent": Field(
            LINES, "texts that the output must not contain. Use contains or regex as well, or an empty output passes."
        ),
        "regex": Field(Word("a regular expression"), "a regular expression that must match somewhere."),
    }
    contains: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    regex: str = ""

    def mistakes(self) -> Iterable[str]:
        yield from CommandCheck.mistakes(self)
        if self.regex and not patterns.compiles(self.regex):
            yield "regex is not a regular expression of RE2 (no look-around, no backreferences)."
        if not (self.contains or self.regex):
            yield "Use contains or regex to say what the output must have: without it an empty answer passes."

    def expected(self) -> Text:
        words = patterns.with_pattern(listed([*self.contains, *(f"≠ {word}" for word in self.absent)]), self.regex)
        return Text(_("%(command)s with: %(words)s"), command=self.command, words=words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        text = untrusted.long_text(self.output(answers[0]))
        missing = [word for word in self.contains if word not in text]
        unmatched = "" if not self.regex or patterns.matches(self.regex, text, of_lines=True) else self.regex
        unwanted = [word for word in self.absent if word in text]
        if not missing and not unmatched and not unwanted:
            return self.passed(node, Text(_("The output is as expected")))
        if missing or unmatched:
            seen = Text(_("The output lacks: %(words)s"), words=patterns.with_pattern(listed(missing), unmatched))
            if seen.says(patterns.MATCHES):
                seen = Text(_("The output has no line that is as expected"))
            return self.failed(node, seen, text=text[:2000])
        return self.failed(node, Text(_("The output has: %(words)s"), words=listed(unwanted)), text=text[:2000])
