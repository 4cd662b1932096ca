"""The outputs of terminals for an author: the answers to lines that were typed, and of commands that they want to see."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labs.engine.definition.spec import Kind, Lab, Node
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.shell import Shell, answer_in, type_lines
from labs.engine.shared import pace
from labs.typed_yaml.authoring_errors import AuthoringError, AuthoringErrors
from labs.typed_yaml.shapes import nearest

TYPING_SECONDS = pace.seconds(300.0)
# Lines that vtysh, write memory and birdc print if nothing is wrong
CHATTER = re.compile(
    r"\s*|Hello, this is FRRouting .*|Copyright 1996-.*|Note: this version of vtysh never writes vtysh\.conf"
    r"|Warning: attempting direct configuration write without watchfrr\."
    r"|File permissions and ownership may be incorrect, or write may fail\."
    r"|Building Configuration\.\.\.|Integrated configuration saved to .*|\[OK\]|BIRD [\d.]+ ready\.|Reading configuration from .*"
)
ROUTER_SHELLS = {Kind.FRR: "vtysh", Kind.BIRD: "birdc"}


@dataclass(frozen=True, slots=True)
class Answer:
    """The output of a node's terminal after a line was typed. It comes from the lab, so it may be anything."""

    node: str
    line: str
    text: str

    @property
    def told(self) -> str:
        """The output without the usual messages of vtysh and birdc; in most cases it is empty."""
        return "\n".join(line for line in self.text.splitlines() if not CHATTER.fullmatch(line))

    def as_json(self) -> dict[str, str]:
        return {"node": self.node, "line": self.line, "text": self.text}


def type_and_listen(client: LabClient, lines: Mapping[str, Sequence[str]]) -> list[Answer]:
    """Type the lines, all nodes in parallel. Return the answers by node, in the order of the lines. Raises EngineError."""
    heard: dict[str, list[Answer]] = {node: [] for node in lines}
    type_lines(
        client,
        lines,
        seconds=TYPING_SECONDS,
        on_line=lambda node, line, screen: heard[node].append(Answer(node, line, answer_in(screen))),
    )
    return [answer for answers in heard.values() for answer in answers]


def read_commands(given: Sequence[str], lab: Lab) -> list[tuple[Node, str]]:
    """Read commands such as "r1: show bgp summary". Raises AuthoringErrors."""
    usable = [node.name for node in lab.nodes.values() if node.has_shell]
    found, wrong = list[tuple[Node, str]](), list[AuthoringError]()
    for text in given:
        name, _colon, command = (part.strip() for part in text.partition(":"))
        if not command:
            wrong.append(AuthoringError(f"--run {text!r}", 1, "Write NODE: COMMAND, such as r1: show bgp summary."))
        elif name not in usable:
            message = f'There is no node "{name}" with a shell: {nearest(name, usable)}'
            wrong.append(AuthoringError(f"--run {text!r}", 1, message))
        else:
            found.append((lab.nodes[name], command))
    if wrong:
        raise AuthoringErrors(wrong)
    return found


def run_commands(client: LabClient, commands: Sequence[tuple[Node, str]]) -> list[Answer]:
    """Run each command in a terminal of its node, one after the other. Raises EngineError."""
    answers = []
    for node, command in commands:
        with Shell(client, node.name, "run") as shell:
            answers.append(Answer(node.name, command, answer_in(shell.type(_at_bash(node, command)))))
            shell.leave()
    return answers


def _at_bash(node: Node, command: str) -> str:
    """Return what to type at the prompt of bash: "show …" on a router belongs to vtysh or birdc."""
    router = ROUTER_SHELLS.get(node.kind)
    if not router or command.split()[0] not in ("show", "sh"):
        return command
    return f"vtysh -c {shlex.quote(command)}" if router == "vtysh" else f"birdc {command}"
