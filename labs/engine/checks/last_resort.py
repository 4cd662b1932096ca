"""Checks of a node's processes, files and configuration, and of what a command says. A learner may write them as he likes: prefer
what a neighbour sees.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import jmespath
from jmespath.exceptions import JMESPathError

from labs.engine.adapters import bird, frr, reading
from labs.engine.checks import patterns
from labs.engine.checks.addresses import PRESENT
from labs.engine.checks.base import NOT_RUNNING, ONLY_FRR, WITH_SHELL, Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.compare import Compare, CompareSet, Want
from labs.engine.checks.host import FILE_PATH
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field, ListOf, Word

LINES = ListOf(Word(), 1)
DAEMON = Field(Word("a daemon of FRR such as bgpd", r"[a-z0-9]{1,16}", 16), "the daemon of FRR that is asked.")
LARGEST = 400_000  # characters of JSON that an expression is run over


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUp(CheckType):
    NAME: ClassVar = "node.up"
    ABOUT: ClassVar = "The node runs: a learner who ended its first process must reset it."
    KINDS: ClassVar = WITH_SHELL | {Kind.SWITCH}
    FIELDS: ClassVar[Mapping[str, Field]] = {"present": Field(PRESENT.shape, "false: it must be off.")}
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
            return self.unknown(node, "no word about the node")
        seen = Text(_("%(node)s runs") if up else _("%(node)s does not run"), node=node.name)
        if up is self.present:
            return self.passed(node, seen)
        return self.failed(node, seen, Text(_("A reset of this node brings it back to its start.")))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRunning(CheckType):
    """The names are those of the kernel, cut at 15 characters; a program may call itself as it likes."""

    NAME: ClassVar = "process.running"
    ABOUT: ClassVar = "Programs of these names run on the node."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "names": Field(CompareSet("text"), "the names; at most 15 characters of each.", required=True),
    }
    names: Want

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "processes", "node": node.name}]

    def command_on(self, node: Node) -> str:
        return "ps -e"

    def expected(self) -> Text:
        return Text(_("these programs run: %(names)s"), names=self.names)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        if not isinstance(answers[0].get("names"), list):
            return self.unknown(node, "no list of processes")
        names = {reading.text(name) for name in reading.items(answers[0].get("names"))}
        seen = Text(_("%(node)s runs: %(names)s"), node=node.name, names=listed(sorted(names), 20))
        if self.names.accepts(names):
            return self.passed(node, seen)
        return self.failed(node, seen, Text(_("It was not started, or it has ended: look at what it said last.")))


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
class ConfigCheck(CheckType):
    """FRR's running configuration, as its daemons themselves hold it."""

    KINDS: ClassVar = ONLY_FRR
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "daemon": Field(DAEMON.shape, DAEMON.about, required=True),
        "lines": Field(LINES, "the lines; spaces at both ends do not count.", required=True),
    }
    WORDS: ClassVar[str]
    THERE: ClassVar[bool]
    daemon: str
    lines: tuple[str, ...] = ()

    def asks_of(self, node: Node) -> list[Ask]:
        return [frr.ask(node.name, self.daemon, "show running-config")]

    def command_on(self, node: Node) -> str:
        return frr.command("show running-config")

    def expected(self) -> Text:
        return Text(self.WORDS, daemon=self.daemon, lines=listed(self.lines))

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        running = _lines(answers[0])
        if not any(line.startswith("frr version") for line in running):
            return self.unknown(node, "no configuration came back")
        off = [line for line in self.lines if (" ".join(line.split()) in running) is not self.THERE]
        if not off:
            return self.passed(node, Text(_("The configuration is as wanted")))
        seen = _("The configuration lacks: %(lines)s") if self.THERE else _("The configuration has: %(lines)s")
        return self.failed(node, Text(seen, lines=listed(off)))


def _lines(answer: Answer) -> set[str]:
    said = reading.items(answer.get("outputs"))
    return {" ".join(line.split()) for line in reading.long_text(said[-1] if said else "").splitlines()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigContains(ConfigCheck):
    NAME: ClassVar = "config.contains"
    ABOUT: ClassVar = (
        "The running configuration has these lines. For how something was done, never as the only proof that it works."
    )
    WORDS: ClassVar = _("the configuration of %(daemon)s has: %(lines)s")
    THERE: ClassVar = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigAbsent(ConfigCheck):
    NAME: ClassVar = "config.absent"
    ABOUT: ClassVar = "The running configuration does not have these lines."
    WORDS: ClassVar = _("the configuration of %(daemon)s does not have: %(lines)s")
    THERE: ClassVar = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigSaved(ConfigCheck):
    """Lines that stand for nothing (!, exit) and those that FRR writes by itself are not compared."""

    NAME: ClassVar = "config.saved"
    ABOUT: ClassVar = "What the daemon runs with is also in /etc/frr/frr.conf, so that it survives a restart."
    FIELDS: ClassVar[Mapping[str, Field]] = {"daemon": Field(DAEMON.shape, DAEMON.about, required=True)}
    WORDS: ClassVar = _("the configuration of %(daemon)s is saved")
    THERE: ClassVar = True

    def asks_of(self, node: Node) -> list[Ask]:
        return [*ConfigCheck.asks_of(self, node), {"ask": "file", "node": node.name, "path": "/etc/frr/frr.conf"}]

    def command_on(self, node: Node) -> str:
        return "diff <(vtysh -c 'show running-config') /etc/frr/frr.conf"

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        running = _lines(answers[0])
        if not any(line.startswith("frr version") for line in running):
            return self.unknown(node, "no configuration came back")
        ours = {
            line for line in running if line and not line.startswith(("!", "exit", "frr ", "end", "hostname", "log "))
        }
        saved = {" ".join(line.split()) for line in reading.long_text(answers[1].get("text")).splitlines()}
        # A prefix list is given a sequence number when it is read, and the saved file may have none.
        missing = sorted(line for line in ours - saved if " seq " not in line)
        if not missing:
            return self.passed(node, Text(_("All of it is in the file")))
        seen = Text(_("Not in the file: %(lines)s"), lines=listed(missing))
        return self.failed(node, seen, Text(_("What you type into vtysh is in the file only after write memory.")))


READ_ONLY = ("show ", "eval ")
COMMAND = Field(
    Word("a question such as show bgp summary, or ip -6 route", r"[ -~]{2,200}", 200),
    "on a router a question to its daemon that begins with show (BIRD also: eval); elsewhere ip or bridge with its words.",
    required=True,
)
WRITES = frozenset(
    {"add", "del", "delete", "set", "change", "replace", "append", "flush", "restore", "exec", "-batch", "-b", "netns"}
)


def _ask(node: Node, command: str, daemon: str) -> Ask:
    """The same question in the words of the node's kind."""
    first, *words = command.split()
    if first in ("ip", "bridge"):
        return {"ask": first, "node": node.name, "args": words}
    return bird.ask(node.name, command) if node.kind is Kind.BIRD else frr.ask(node.name, daemon or "zebra", command)


def _pasted(node: Node, command: str) -> str:
    if command.split()[0] in ("ip", "bridge"):
        return command
    return bird.command(command) if node.kind is Kind.BIRD else frr.command(command)


def _command_mistakes(command: str) -> Iterable[str]:
    first, *words = command.split() or [""]
    if first in ("ip", "bridge"):
        if bad := WRITES & set(words):
            yield f"A command only asks; {sorted(bad)[0]} changes something."
    elif not command.startswith(READ_ONLY):
        yield "A command begins with show, with eval for BIRD, with ip or with bridge."


def _said(answer: Answer) -> Any:
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
        yield from _command_mistakes(self.command)
        if self.regex and not patterns.compiles(self.regex):
            yield "regex is no regular expression of RE2 (no look-around, no backreferences)."
        if not (self.contains or self.regex):
            yield "Say in contains or regex what must be there: without it an empty answer passes."

    def asks_of(self, node: Node) -> list[Ask]:
        return [_ask(node, self.command, self.daemon)]

    def command_on(self, node: Node) -> str:
        return _pasted(node, self.command)

    def expected(self) -> Text:
        patterns = [f"/{self.regex}/"] if self.regex else []
        words = listed([*self.contains, *patterns, *(f"≠ {word}" for word in self.absent)])
        return Text(_("%(command)s with: %(words)s"), command=self.command, words=words)

    def refused(self, node: Node, error: str) -> Text | None:
        return None if node.kind is Kind.HOST else Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        said = _said(answers[0])
        text = reading.long_text(said if isinstance(said, str) else _dumped(said))
        missing = [word for word in self.contains if word not in text]
        if self.regex and not patterns.matches(self.regex, text, of_lines=True):
            missing.append(f"/{self.regex}/")
        unwanted = [word for word in self.absent if word in text]
        if not missing and not unwanted:
            return self.passed(node, Text(_("The answer is as wanted")))
        if missing:
            return self.failed(node, Text(_("The answer lacks: %(words)s"), words=listed(missing)), text=text[:2000])
        return self.failed(node, Text(_("The answer has: %(words)s"), words=listed(unwanted)), text=text[:2000])


def _dumped(said: object) -> str:
    try:
        return json.dumps(said)
    except (TypeError, ValueError, RecursionError):
        return ""


EMPTY: tuple[Any, ...] = (None, False, [], {}, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonMatch(CheckType):
    """An author's expression over a learner's data: it is short, they are bounded, and whatever it raises is a verdict."""

    NAME: ClassVar = "json.match"
    ABOUT: ClassVar = (
        "A JMESPath expression over the JSON of a daemon or of the kernel gives this; something that is not empty if no value is "
        "said. The way out when no type fits."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "command": Field(COMMAND.shape, f"{COMMAND.about} FRR's show needs json at its end.", required=True),
        "daemon": DAEMON,
        "query": Field(
            Word("a JMESPath expression", r"[ -~]{1,300}", 300), "the expression (jmespath.org).", required=True
        ),
        "value": Field(Compare("text"), "what it gives, compared as a text or a number."),
        "address": Field(Compare("address"), "the same, compared as an address."),
        "values": Field(CompareSet("text"), "what it gives, where that is a list."),
        "present": Field(PRESENT.shape, "false: it must give nothing (null, false or an empty list)."),
    }
    command: str
    query: str
    daemon: str = ""
    value: Want | None = None
    address: Want | None = None
    values: Want | None = None
    present: bool = True

    def mistakes(self) -> Iterable[str]:
        yield from _command_mistakes(self.command)
        try:
            jmespath.compile(self.query)
        except JMESPathError as error:
            yield f"query is no JMESPath expression: {str(error).splitlines()[0]}"
        if len([want for want in (self.value, self.address, self.values) if want]) > 1:
            yield "Say only one of value, address and values."

    def asks_of(self, node: Node) -> list[Ask]:
        return [_ask(node, self.command, self.daemon)]

    def command_on(self, node: Node) -> str:
        return _pasted(node, self.command)

    def expected(self) -> Text:
        words = {"query": self.query, "value": self.value or self.address or self.values or "…"}
        return Text(_("%(query)s gives %(value)s") if self.present else _("%(query)s does not give %(value)s"), **words)

    def refused(self, node: Node, error: str) -> Text | None:
        return None if node.kind is Kind.HOST else Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        said = _said(answers[0])
        text = said if isinstance(said, str) else _dumped(said)
        loaded = reading.load(text) if len(text) <= LARGEST else None
        if loaded is None:
            seen = Text(
                _("%(node)s answered, but not with JSON that we read: %(text)s"), node=node.name, text=text[:120]
            )
            return self.failed(node, seen)
        try:
            found = jmespath.search(self.query, loaded)
        except (JMESPathError, RecursionError, TypeError, ValueError, OverflowError, AttributeError) as error:
            return self.failed(
                node, Text(_("The expression does not fit the answer: %(error)s"), error=str(error)[:200])
            )
        seen = Text(_("%(query)s gives %(value)s"), query=self.query, value=_dumped(found)[:200])
        want = self.value or self.address or self.values
        good = want.accepts(found) if want else found not in EMPTY
        return self.passed(node, seen) if good is self.present else self.failed(node, seen)
