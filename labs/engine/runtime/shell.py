"""Types into terminals of a lab as a learner does: for learners who skip to a stage, tests, the benchmark and authors."""

import re
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress

from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Lab
from labs.engine.errors import RelayGone, TookTooLong
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.conversation import Conversation
from labs.engine.shared import pace
from labs.engine.shared.wire import Kind

PROMPT = re.compile(r"(?:^|[\r\n])[\w@:~/.-]+(?:\([\w-]+\))?[#$>] ?$")  # of bash, vtysh and birdc
ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])"
)  # ECMA-48: CSI, OSC, two bytes
LAST = 500  # characters at the end of a screen in which we look for a prompt
KEPT = 64 * 1024  # characters that we keep of a screen while we wait for a prompt: a node may print without end
LINE = pace.seconds(20.0)  # seconds for one line
TYPING = pace.seconds(120.0)  # for the lines of all nodes
BUSY = re.compile(r"% (?:command failed, )?could not lock (?:candidate|running) DS")
BUSY_PAUSE, BUSY_TRIES = 0.1, 50  # seconds between two tries; tries


def without_escapes(output: bytes) -> str:
    """Return the text of a terminal's output, without its escape sequences."""
    return ESCAPES.sub("", output.decode(errors="replace"))


def until_taken(type_it: Callable[[], str]) -> str:
    """Type a line again while FRR rejects it because its configuration is locked.

    mgmtd locks it while it configures a daemon that has just started, and for a moment after it has answered the line before
    (fixed after FRR 10.3: pull request 22404). A person types too slowly to notice.
    """
    screen = type_it()
    for _try in range(BUSY_TRIES):
        if not BUSY.search(screen):
            break
        time.sleep(BUSY_PAUSE)
        screen = type_it()
    return screen


class Shell:
    """A terminal on a node, used as a person does: type a line, and read until the prompt is back."""

    def __init__(self, client: LabClient, node: str, terminal: str = "1") -> None:
        self.conversation: Conversation = client.open_terminal(node, terminal, rows=50, cols=200)
        self._drawn = 0
        try:
            self.read_to_prompt()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def type(self, line: str, seconds: float = LINE) -> str:
        """Type a line. Return the text up to the next prompt. Raises TookTooLong."""

        def type_it() -> str:
            self.conversation.send(line.encode() + b"\r")
            return self.read_to_prompt(seconds)

        return until_taken(type_it)

    def send(self, keys: bytes) -> None:
        self.conversation.send(keys)

    def read_to_prompt(self, seconds: float = LINE) -> str:
        """Return the text up to a prompt, without escape sequences. Raises TookTooLong."""
        text, until = "", time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            try:
                frame = self.conversation.receive(max(0.01, left))
            except TookTooLong:
                raise TookTooLong(f"The prompt did not come back. The screen ends with: {text[-300:]!r}") from None
            if frame is None:
                return text
            if frame.kind is Kind.DATA:
                self._drawn += len(frame.payload)
                self.conversation.send_json({"ack": self._drawn})
                text = (text + without_escapes(frame.payload))[-KEPT:]
                if shows_prompt(text):
                    return text

    def leave(self, seconds: float = LINE) -> None:
        """End the shell, and wait until it has ended."""
        with suppress(RelayGone):  # the shell may end the conversation before our last acknowledgement
            self.type("exit", seconds)

    def close(self) -> None:
        self.conversation.close()


def shows_prompt(text: str) -> bool:
    """Whether the text ends with a prompt. Text arrives in small pieces, so we look only at the end of the screen."""
    # The space: a cut text does not begin a line
    return bool(PROMPT.search(text if len(text) <= LAST else f" {text[-LAST:]}"))


def answer_in(screen: str) -> str:
    """Return what a program printed: the screen without the line that was typed above it, and the prompt below it."""
    _echo, *printed = screen.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rpartition("\r")[2].rstrip() for line in printed[:-1]).strip("\n")


def type_solution(
    client: LabClient,
    lab: Lab,
    stages: Collection[str] | None = None,
    *,
    seconds: float = TYPING,
    on_node: Callable[[str], None] = lambda node: None,
) -> None:
    """Type the solution of these stages, or of all if None, into the nodes' terminals, all nodes in parallel.

    ``on_node`` is called for each node that is done. Raises TookTooLong and what a session may raise.
    """
    type_lines(client, typed(lab, stages), seconds=seconds, on_node=on_node)


def type_lines(
    client: LabClient,
    parts: Mapping[str, Sequence[str]],
    *,
    seconds: float = TYPING,
    on_node: Callable[[str], None] = lambda node: None,
    on_line: Callable[[str, str, str], None] = lambda node, line, screen: None,
) -> None:
    """Type these lines into the nodes' terminals, all nodes in parallel. An error names the node and the line that did not end.

    ``on_line`` is called with each node, line, and the screen up to the next prompt; in a thread of the node's own.
    """
    until = time.monotonic() + seconds
    terminal = secrets.token_hex(8)  # a random name, so that nobody else can open the terminal meanwhile
    with ThreadPoolExecutor(max(1, len(parts))) as pool:
        running = {pool.submit(_type, client, node, terminal, parts[node], until, on_line): node for node in parts}
        for done in as_completed(running):
            done.result()
            on_node(running[done])


def _type(
    client: LabClient,
    node: str,
    terminal: str,
    lines: Sequence[str],
    until: float,
    on_line: Callable[[str, str, str], None],
) -> None:
    with Shell(client, node, terminal) as shell:
        for number, line in enumerate(lines, 1):
            try:
                on_line(node, line, shell.type(line, min(LINE, until - time.monotonic())))
            except TookTooLong as error:
                raise TookTooLong(f"{node}, typed line {number} ({line[:80]}): {error}") from None
        shell.leave(min(LINE, until - time.monotonic()))  # the lines end at the bash prompt, so this ends the shell
