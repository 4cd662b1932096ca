"""Brings a lab into the state that a block names, and types its lines there."""

import re
import secrets
import time
from collections.abc import Mapping
from contextlib import ExitStack

from courses.lab_references import state_of, up_to
from courses.output_block import OutputBlock, Step
from courses.output_file import Recorded
from courses.recording.hardware_addresses import drawn, with_stable_macs
from courses.recording.shown_lines import are_alike, selected
from labs.engine.authoring.filling import Filling
from labs.engine.definition.spec import Lab
from labs.engine.grading.grading import Outcome, grade
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.runner import Runner, Shell, type_solution
from labs.engine.shared import pace

# Of a shell: its node, whether it is a vtysh, and whether it types while another one runs
type Key = tuple[str, bool, bool]

UNTIL = pace.seconds(40.0)  # seconds until a line shows what its block waits for
PAUSE = 0.5  # seconds between two tries
LINE = pace.seconds(60.0)  # seconds for one line
LISTENING = 1.0  # seconds until a program that runs has begun, before others type


class NotRecorded(Exception):
    """An output could not be recorded. The text tells the author why."""


def record(block: OutputBlock, lab: Lab, runner: Runner, before: Recorded | None = None) -> Recorded:
    """Start the lab and record the block. An output that differs from BEFORE only in times and counters stays as it was.

    Raises NotRecorded and EngineError.
    """
    with runner.running(lab) as client:
        _bring_to_stage(block, lab, client)
        screen = _typed(block, lab, client)
    if before and are_alike(before.screen, screen):
        screen = before.screen
    return Recorded(state_of(lab, block.stage), screen)


def _bring_to_stage(block: OutputBlock, lab: Lab, client: LabClient) -> None:
    """Type the solution up to the stage, and wait until its checks pass. Checks that disturb the network are not made."""
    stages = up_to(lab, block.stage)
    type_solution(client, lab, stages)
    quiet = [check.id for stage in lab.stages if stage.id in stages for check in stage.checks if not check.do]
    for verdict in grade(lab, client, attempt=True, checks=quiet) if quiet else ():
        if verdict.outcome is not Outcome.PASSED:
            raise NotRecorded(
                f"After the stage {block.stage} of {lab.id}, the check {verdict.check} does not pass: {verdict.seen}. "
                "Correct the solution, or name another stage in the block."
            )


def _typed(block: OutputBlock, lab: Lab, client: LabClient) -> str:
    macs, shown = drawn(lab, client), list[str]()
    with ExitStack() as stack:
        prompts = _Prompts(client, Filling(lab.parameters), stack)
        for step in block.steps:
            line, printed = prompts.type(step, macs)
            if not step.quietly:
                shown += [f"{step.prompt}{line}", *([printed] if printed else [])]
    return "\n".join(shown)


class _Prompts:
    """The shells and vtyshs of a block. A block has one of each on a node, so that a line finds what the lines above it left."""

    def __init__(self, client: LabClient, filling: Filling, stack: ExitStack) -> None:
        self.client, self.filling, self.stack = client, filling, stack
        self.shells: dict[Key, Shell] = {}
        self.at: dict[Key, str] = {}  # the prompt that each of them shows

    def type(self, step: Step, macs: Mapping[str, str]) -> tuple[str, str]:
        """Type the line of a step. Return it with its values, and the part of the output that the step shows."""
        line = self.filling.fill(step.line)[0]
        options = {name: self.filling.fill(text)[0] for name, text in step.options.items()}
        until = time.monotonic() + UNTIL
        while True:
            printed = self._printed(step, line)
            shown = with_stable_macs(selected(printed, options), macs)
            if "until" not in options or re.search(options["until"], shown, re.M):
                return line, shown
            if time.monotonic() > until:
                raise NotRecorded(
                    f"{step.prompt}{line}\nshows nothing that matches {options['until']} within {UNTIL:.0f} s. "
                    f"Correct the option until. The node printed:\n{shown}"
                )
            time.sleep(PAUSE)

    def _printed(self, step: Step, line: str, *, aside: bool = False) -> str:
        key = (step.node, step.in_vtysh, aside)
        shell = self._shell(key, step)
        if not step.meanwhile:
            screen = shell.type(line, LINE)
        else:
            shell.send(line.encode() + b"\r")
            time.sleep(LISTENING)
            for other in step.meanwhile:
                self._printed(other, self.filling.fill(other.line)[0], aside=True)
            screen = shell.read_to_prompt(LINE)
        lines = screen.replace("\r\n", "\n").replace("\r", "").split("\n")
        self.at[key] = lines[-1]
        return "\n".join(lines[1:-1])

    def _shell(self, key: Key, step: Step) -> Shell:
        if key not in self.shells:
            shell = self.stack.enter_context(Shell(self.client, step.node, secrets.token_hex(8)))
            first = shell.type("vtysh" if step.in_vtysh else "", LINE)
            self.shells[key], self.at[key] = shell, first.replace("\r", "\n").split("\n")[-1]
        if self.at[key] != step.prompt:
            raise NotRecorded(
                f'Before "{step.line}" the prompt of {step.node} is "{self.at[key]}", and not "{step.prompt}". '
                "Correct the prompt in the block, or the lines before it."
            )
        return self.shells[key]
