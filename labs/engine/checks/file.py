"""Check types ``file.*``: the files of a node."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.checks import patterns
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.fields import FILE_PATH, PRESENT
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, ListOf, Word

NOT_SAVED = _(
    "Commands typed into vtysh change the running configuration. To save them to the file, type write memory."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileExists(CheckType):
    NAME: ClassVar = "file.exists"
    ABOUT: ClassVar = "The node has this file."
    FIELDS: ClassVar[Mapping[str, Field]] = {"path": Field(FILE_PATH, "the file.", required=True), "present": PRESENT}
    path: str
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "file", "node": node.name, "path": self.path}]

    def command_on(self, node: Node) -> str:
        return f"ls -l {self.path}"

    def expected(self) -> Text:
        return Text(_("a file %(path)s") if self.present else _("no file %(path)s"), path=self.path)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        exists = answers[0].get("exists")
        if not isinstance(exists, bool):
            return self.unknown(node, "the answer does not say whether the file exists")
        seen = Text(_("%(path)s exists") if exists else _("%(path)s does not exist"), path=self.path)
        return self.passed(node, seen) if exists is self.present else self.failed(node, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent(CheckType):
    NAME: ClassVar = "file.content"
    ABOUT: ClassVar = "A file on the node contains these texts, or does not."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "path": Field(FILE_PATH, "the file.", required=True),
        "contains": Field(
            ListOf(Word(), 1), "texts that the file must contain; spaces at both ends of a line do not count."
        ),
        "absent": Field(ListOf(Word(), 1), "texts that the file must not contain."),
        "regex": Field(
            Word("a regular expression"),
            "a regular expression that must match somewhere; ^ and $ match the ends of a line.",
        ),
        "present": PRESENT,
    }
    path: str
    contains: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    regex: str = ""
    present: bool = True

    def mistakes(self) -> Iterable[str]:
        if self.regex and not patterns.compiles(self.regex):
            yield "regex is not a regular expression of RE2 (no look-around, no backreferences)."
        if not self.present and (self.contains or self.absent or self.regex):
            yield "present: false says that the file must not exist; leave out contains, absent and regex."

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "file", "node": node.name, "path": self.path}]

    def command_on(self, node: Node) -> str:
        return f"cat {self.path}"

    def expected(self) -> Text:
        if not self.present:
            return Text(_("no file %(path)s"), path=self.path)
        words = listed([*self.contains, *(f"≠ {word}" for word in self.absent)])
        return Text(_("%(path)s with: %(words)s"), path=self.path, words=patterns.with_pattern(words, self.regex))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        exists = answers[0].get("exists")
        if not isinstance(exists, bool):
            return self.unknown(node, "the answer does not say whether the file exists")
        if exists is not self.present:
            seen = (
                Text(_("%(path)s exists"), path=self.path)
                if exists
                else Text(_("%(path)s does not exist"), path=self.path)
            )
            return self.failed(node, seen)
        if not exists:
            return self.passed(node, Text(_("%(path)s does not exist"), path=self.path))
        return self._judge_text(node, answers[0])

    def _judge_text(self, node: Node, answer: Answer) -> Finding:
        content = "\n".join(line.strip() for line in untrusted.long_text(answer.get("text")).splitlines())
        missing = [word for word in self.contains if word.strip() not in content]
        unmatched = "" if not self.regex or patterns.matches(self.regex, content, of_lines=True) else self.regex
        unwanted = [word for word in self.absent if word.strip() in content]
        if not missing and not unmatched and not unwanted:
            return self.passed(node, Text(_("%(path)s is as expected"), path=self.path))
        lacks = patterns.with_pattern(listed(missing), unmatched)
        seen = Text(_("%(path)s lacks: %(words)s"), path=self.path, words=lacks)
        if seen.says(patterns.MATCHES):
            seen = Text(_("%(path)s has no line that is as expected"), path=self.path)
        if not missing and not unmatched:
            seen = Text(_("%(path)s still has: %(words)s"), path=self.path, words=listed(unwanted))
        cause = Text(NOT_SAVED)
        return self.failed(node, seen, cause if self.path.startswith("/etc/frr/") else None, text=content[:2000])
