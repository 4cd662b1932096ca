"""The block of a lesson that names an output: the lab, its state, and the lines that are typed to get it.

    ```output first-ebgp after sessions
    quietly root@r1:~# ip link set eth2 down
    r1# show bgp ipv6 unicast summary
      from: ^Neighbor
    ```

The first line names a lab, and its state: ``untouched``, or ``after STAGE`` when the lab's own solution was typed up to that
stage. Behind ``own`` it can name values of the lab, as in ``own port``: each learner sees their own wherever one stands whole. A
number can mean anything, so it is not replaced without that.

Each other line is a prompt and what is typed there. ``quietly`` types a line that the lesson does not show. An indented line is
an option of the line above it. The text that came back is in a file beside the lesson (``courses.output_file``).
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

INFO = re.compile(
    r"output\s+(?P<lab>[a-z0-9-]+)\s+(?:untouched|after\s+(?P<stage>[a-z0-9-]+))(?:\s+own\s+(?P<own>\S.*))?"
)
STEP = re.compile(
    r"(?P<quietly>quietly\s+)?(?P<prompt>root@(?P<bash>[a-z0-9-]+):[^ #]*# |(?P<vtysh>[a-z0-9-]+)(?:\([a-z0-9-]+\))?# )(?P<line>.*)"
)
OPTION = re.compile(r"\s+(?P<name>[a-z]+):\s+(?P<text>.+?)\s*")
PATTERNS = {
    "only": "show only the lines that match",
    "drop": "do not show the lines that match",
    "from": "show the lines from the first that matches",
    "to": "show the lines up to the next that matches",
    "cut": "show … for the part of a line that matches",
    "until": "type the line again until what is shown matches",
}
MEANWHILE = "meanwhile"  # a line that is typed at another prompt while this one runs
OPTIONS = (*PATTERNS, MEANWHILE)


@dataclass(frozen=True, slots=True)
class Step:
    """A line that is typed at a prompt. ``options`` holds regular expressions by name, and ``meanwhile`` other steps."""

    node: str
    prompt: str
    line: str
    in_vtysh: bool
    quietly: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    meanwhile: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class OutputBlock:
    lab: str
    stage: str  # the stage that has been solved; empty: the lab is untouched
    steps: tuple[Step, ...]
    key: str  # names the block in the file of outputs: it changes with everything that the author wrote in the block
    line: int = 0  # in the lesson's file, for messages
    own: tuple[str, ...] = ()  # the values of the lab that are marked, as between << and >>

    @property
    def typed(self) -> str:
        """The text that the lesson shows until the output is recorded: the prompts with the lines that are typed there."""
        return "\n".join(f"{step.prompt}{step.line}" for step in self.steps if not step.quietly)


class BlockErrors(Exception):
    """``found`` holds each mistake as (lines below the opening line, what is wrong and what to do)."""

    def __init__(self, found: Sequence[tuple[int, str]]) -> None:
        super().__init__(found)
        self.found = found


def read_block(info: str, content: str) -> OutputBlock:
    """Read a block. INFO is the text after the ```. Raises BlockErrors."""
    info = info.strip()
    named = INFO.fullmatch(info)
    wrong: list[tuple[int, str]] = []
    if named is None:
        wrong.append((0, "Name the lab and its state: ```output LAB untouched, or ```output LAB after STAGE."))
    steps: list[Step] = []
    for number, line in enumerate(content.rstrip().splitlines(), 1):
        try:
            if option := OPTION.fullmatch(line):
                steps = [*steps[:-1], _with(steps, option["name"], option["text"])]
            else:
                steps.append(_step(line))
        except ValueError as error:
            wrong.append((number, str(error)))
    if not any(not step.quietly for step in steps) and not wrong:
        wrong.append(
            (0, "The block shows no line. Write a prompt and what is typed there, such as: r1# show ipv6 route")
        )
    if named is None or wrong:
        raise BlockErrors(wrong)
    # What is marked changes nothing in what the lab prints
    recorded = info[: named.start("own")].rstrip().removesuffix("own") if named["own"] else info
    key = _hash([" ".join(recorded.split()), content.rstrip()])
    return OutputBlock(named["lab"], named["stage"] or "", tuple(steps), key, own=tuple((named["own"] or "").split()))


def _step(line: str) -> Step:
    found = STEP.fullmatch(line.rstrip())
    if found is None or not found["line"].strip():
        raise ValueError(
            f'"{line.strip()}" is not a prompt with a line to type. Write only what is typed, such as "r1# show ipv6 route" or '
            '"root@h1:~# ip -6 addr"; "make outputs" records what comes back.'
        )
    node = found["bash"] or found["vtysh"]
    return Step(node, found["prompt"], found["line"].strip(), bool(found["vtysh"]), bool(found["quietly"]))


def _with(steps: Sequence[Step], name: str, text: str) -> Step:
    """Return the last step with one more option."""
    if name not in OPTIONS:
        raise ValueError(f'There is no option "{name}"; use one of {", ".join(OPTIONS)}.')
    if not steps:
        raise ValueError("An option belongs to the line above it, and there is none.")
    last = steps[-1]
    if name == MEANWHILE:
        return replace(last, meanwhile=(*last.meanwhile, _step(text)))
    if name in last.options:
        raise ValueError(f'The option "{name}" is there twice. Join the two with |.')
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text} is not a regular expression: {error}.") from error
    return replace(last, options={**last.options, name: text})


def _hash(what: object) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:12]
