"""Check types ``config.*``: the lines of FRR's running configuration."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.frr_daemon import FrrDaemon
from labs.engine.adapters.routing_daemon import Question
from labs.engine.checks.base import NOT_RUNNING, ONLY_FRR, Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.fields import DAEMON, LINES
from labs.engine.checks.file import NOT_SAVED
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field

OF_DAEMON = Field(
    DAEMON.shape,
    "the daemon of FRR that answers: mgmtd for static routes, RIP, and addresses and router advertisements of interfaces.",
    required=True,
)
# Since FRR 10, mgmtd keeps the whole configuration of some daemons, which print none of it, and a part of zebra's (seen in 10.3)
SILENT = frozenset({"staticd", "ripd", "ripngd"})
OF_MGMTD = re.compile(r"\s*(?:ip|ipv6) (?:route|address|nd) |\s*(?:interface|description) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigCheck(CheckType):
    """FRR's running configuration, as each daemon prints it."""

    KINDS: ClassVar = ONLY_FRR
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "daemon": OF_DAEMON,
        "lines": Field(LINES, "the lines; spaces at both ends do not count.", required=True),
    }
    WORDS: ClassVar[str]
    THERE: ClassVar[bool]
    daemon: str
    lines: tuple[str, ...] = ()

    def mistakes(self) -> Iterable[str]:
        if self.daemon in SILENT:
            yield f"{self.daemon} prints no lines of its own: mgmtd keeps its configuration since FRR 10. Write daemon: mgmtd."
        elif self.daemon == "zebra" and (kept := next(filter(OF_MGMTD.match, self.lines), None)):
            yield f"zebra does not print “{kept}”: mgmtd keeps this line since FRR 10. Write daemon: mgmtd."

    def question(self, node: Node) -> Question[str]:
        return FrrDaemon(node.name).running_config(self.daemon)

    def asks_of(self, node: Node) -> list[Ask]:
        return [self.question(node).ask]

    def command_on(self, node: Node) -> str:
        return self.question(node).command

    def expected(self) -> Text:
        return Text(self.WORDS, daemon=self.daemon, lines=listed(self.lines))

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def running(self, node: Node, answer: Answer) -> set[str] | None:
        """The lines of the running configuration; None if the answer is not a configuration."""
        text = self.question(node).read(answer)
        lines = _lines(text if isinstance(text, str) else "")
        return lines if any(line.startswith("frr version") for line in lines) else None

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        running = self.running(node, answers[0])
        if running is None:
            return self.unknown(node, "the answer is not a configuration")
        wrong = [line for line in self.lines if (" ".join(line.split()) in running) is not self.THERE]
        if not wrong:
            return self.passed(node, Text(_("The configuration is as expected")))
        seen = _("The configuration lacks: %(lines)s") if self.THERE else _("The configuration has: %(lines)s")
        return self.failed(node, Text(seen, lines=listed(wrong)))


def _lines(text: str) -> set[str]:
    return {" ".join(line.split()) for line in text.splitlines()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigContains(ConfigCheck):
    NAME: ClassVar = "config.contains"
    ABOUT: ClassVar = (
        "The running configuration has these lines. Use it to check how something was done, never as the "
        "only proof that it works."
    )
    WORDS: ClassVar = _("the configuration of %(daemon)s has: %(lines)s")
    THERE: ClassVar = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigAbsent(ConfigCheck):
    NAME: ClassVar = "config.absent"
    ABOUT: ClassVar = "The running configuration does not have these lines."
    WORDS: ClassVar = _("the configuration of %(daemon)s does not have: %(lines)s")
    THERE: ClassVar = False

    def needs_control(self) -> bool:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigSaved(ConfigCheck):
    """Lines without a meaning (!, exit) and lines that FRR writes by itself are not compared."""

    NAME: ClassVar = "config.saved"
    ABOUT: ClassVar = "The daemon's running configuration is saved in /etc/frr/frr.conf, so it survives a restart."
    FIELDS: ClassVar[Mapping[str, Field]] = {"daemon": OF_DAEMON}
    WORDS: ClassVar = _("the configuration of %(daemon)s is saved")
    THERE: ClassVar = True

    def asks_of(self, node: Node) -> list[Ask]:
        return [*ConfigCheck.asks_of(self, node), {"ask": "file", "node": node.name, "path": "/etc/frr/frr.conf"}]

    def command_on(self, node: Node) -> str:
        return "diff <(vtysh -c 'show running-config') /etc/frr/frr.conf"

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        running = self.running(node, answers[0])
        if running is None:
            return self.unknown(node, "the answer is not a configuration")
        ours = {
            line for line in running if line and not line.startswith(("!", "exit", "frr ", "end", "hostname", "log "))
        }
        saved = _lines(untrusted.long_text(answers[1].get("text")))
        # FRR gives a prefix list sequence numbers when it reads the list; the saved file may have none.
        missing = sorted(line for line in ours - saved if " seq " not in line)
        if not missing:
            return self.passed(node, Text(_("The whole configuration is in the file")))
        return self.failed(node, Text(_("Not in the file: %(lines)s"), lines=listed(missing)), Text(NOT_SAVED))
