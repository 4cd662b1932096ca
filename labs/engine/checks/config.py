"""Check types ``config.*``: the lines of FRR's running configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import frr, reading
from labs.engine.checks.base import NOT_RUNNING, ONLY_FRR, Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.fields import DAEMON, LINES
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field


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
