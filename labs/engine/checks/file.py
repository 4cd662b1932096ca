"""Check types ``file.*``: the files of a node."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import reading
from labs.engine.checks import patterns
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.fields import FILE_PATH, PRESENT
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field, ListOf, Word


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
            return self.unknown(node, "no word about the file")
        seen = Text(_("%(path)s is there") if exists else _("%(path)s is not there"), path=self.path)
        return self.passed(node, seen) if exists is self.present else self.failed(node, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent(CheckType):
    NAME: ClassVar = "file.content"
    ABOUT: ClassVar = "A file of the node holds these lines, or does not."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "path": Field(FILE_PATH, "the file.", required=True),
        "contains": Field(ListOf(Word(), 1), "texts that must stand in it; spaces at both ends of lines do not count."),
        "absent": Field(ListOf(Word(), 1), "texts that must not stand in it."),
        "regex": Field(
            Word("a regular expression"), "a regular expression that must match somewhere; ^ and $ are those of a line."
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
            yield "regex is no regular expression of RE2 (no look-around, no backreferences)."
        if not self.present and (self.contains or self.absent or self.regex):
            yield "present: false says that the file must not exist; leave out contains, absent and regex."

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "file", "node": node.name, "path": self.path}]

    def command_on(self, node: Node) -> str:
        return f"cat {self.path}"

    def expected(self) -> Text:
        if not self.present:
            return Text(_("no file %(path)s"), path=self.path)
        words = listed(
            [
                *self.contains,
                *(f"/{self.regex}/" for _once in range(bool(self.regex))),
                *(f"≠ {word}" for word in self.absent),
            ]
        )
        return Text(_("%(path)s with: %(words)s"), path=self.path, words=words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        exists = answers[0].get("exists")
        if not isinstance(exists, bool):
            return self.unknown(node, "no word about the file")
        if exists is not self.present:
            seen = (
                Text(_("%(path)s is there"), path=self.path)
                if exists
                else Text(_("%(path)s is not there"), path=self.path)
            )
            return self.failed(node, seen)
        if not exists:
            return self.passed(node, Text(_("%(path)s is not there"), path=self.path))
        return self._judge_text(node, answers[0])

    def _judge_text(self, node: Node, answer: Answer) -> Finding:
        content = "\n".join(line.strip() for line in reading.long_text(answer.get("text")).splitlines())
        missing = [word for word in self.contains if word.strip() not in content]
        if self.regex and not patterns.matches(self.regex, content, of_lines=True):
            missing.append(f"/{self.regex}/")
        unwanted = [word for word in self.absent if word.strip() in content]
        if not missing and not unwanted:
            return self.passed(node, Text(_("%(path)s is as wanted"), path=self.path))
        seen = Text(_("%(path)s lacks: %(words)s"), path=self.path, words=listed(missing))
        if not missing:
            seen = Text(_("%(path)s still has: %(words)s"), path=self.path, words=listed(unwanted))
        cause = Text(_("What you type into vtysh is in the file only after write memory."))
        return self.failed(node, seen, cause if self.path.startswith("/etc/frr/") else None, text=content[:2000])
