"""Types into terminals of a lab as a learner does: for those who skip to a stage, the tests, the bench and authors."""

import re
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress

from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Lab
from labs.engine.errors import RelayGone, TookTooLong
from labs.engine.runtime.client import Session
from labs.engine.runtime.conversation import Conversation
from labs.engine.shared import pace
from labs.engine.shared.wire import Kind

PROMPT = re.compile(r"(?:^|[\r\n])[\w@:~/.-]+(?:\([\w-]+\))?[#$>] ?$")  # of bash, vtysh and birdc
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\][^\x07\x1b]*\x07")
LAST = 500  # characters at the end of a screen, in which a prompt stands
KEPT = 64 * 1024  # characters of a screen that are kept while we wait for a prompt: a node may print for ever
LINE = pace.seconds(20.0)  # seconds for one line
TYPING = pace.seconds(120.0)  # for the lines of all nodes
BUSY = re.compile(r"% (?:command failed, )?could not lock (?:candidate|running) DS")
BUSY_PAUSE, BUSY_TRIES = 0.1, 50  # seconds between two tries, and how many


def until_taken(type_it: Callable[[], str]) -> str:
    """Type a line anew for as long as FRR does not take it because something else of it holds its configuration.

    mgmtd holds it while it gives a daemon that has just started what it is to know, and for a moment after it has answered the
    line before (mended after FRR 10.3: pull request 22404). Who types by hand is too slow to meet it.
    """
    said = type_it()
    for _try in range(BUSY_TRIES):
        if not BUSY.search(said):
            break
        time.sleep(BUSY_PAUSE)
        said = type_it()
    return said


class Shell:
    """A terminal on a node, used as a person does: type a line, read what comes until the prompt is back."""

    def __init__(self, session: Session, node: str, terminal: str = "1") -> None:
        self.conversation: Conversation = session.open_terminal(node, terminal, rows=50, cols=200)
        self._drawn = 0
        self.read_to_prompt()

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def type(self, line: str, seconds: float = LINE) -> str:
        """The screen's text after the line was typed, up to the next prompt. Raises TookTooLong."""

        def type_it() -> str:
            self.conversation.send(line.encode() + b"\r")
            return self.read_to_prompt(seconds)

        return until_taken(type_it)

    def send(self, keys: bytes) -> None:
        self.conversation.send(keys)

    def read_to_prompt(self, seconds: float = LINE) -> str:
        """What came, without colours, up to a prompt."""
        text, until = "", time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            try:
                frame = self.conversation.receive(max(0.01, left))
            except TookTooLong:
                raise TookTooLong(f"No prompt came back. The screen says: {text[-300:]!r}") from None
            if frame is None:
                return text
            if frame.kind is Kind.DATA:
                self._drawn += len(frame.payload)
                self.conversation.send_json({"ack": self._drawn})
                text = (text + ESCAPES.sub("", frame.payload.decode(errors="replace")))[-KEPT:]
                if shows_prompt(text):
                    return text

    def leave(self, seconds: float = LINE) -> None:
        """End the shell, and wait until it has ended."""
        with suppress(RelayGone):  # it may be gone before we have taken its last word
            self.type("exit", seconds)

    def close(self) -> None:
        self.conversation.close()


def shows_prompt(text: str) -> bool:
    """Whether a prompt stands at the end. Pieces come by few characters, so each of them has us look at little of the screen."""
    return bool(PROMPT.search(text if len(text) <= LAST else f" {text[-LAST:]}"))  # what is cut off begins no line


def type_solution(
    session: Session,
    lab: Lab,
    stages: Collection[str] | None = None,
    *,
    seconds: float = TYPING,
    on_node: Callable[[str], None] = lambda node: None,
) -> None:
    """Type the solution of these stages, of all if None, into the nodes' terminals, all nodes side by side.

    ``on_node`` hears of each node that is done. Raises TookTooLong and what a session may raise.
    """
    type_lines(session, typed(lab, stages), seconds=seconds, on_node=on_node)


def type_lines(
    session: Session,
    parts: Mapping[str, Sequence[str]],
    *,
    seconds: float = TYPING,
    on_node: Callable[[str], None] = lambda node: None,
) -> None:
    """Type these lines into the nodes' terminals, all nodes side by side. A line without an end is told of with its node."""
    until = time.monotonic() + seconds
    terminal = secrets.token_hex(8)  # nobody else opens it meanwhile: he cannot know its name
    with ThreadPoolExecutor(max(1, len(parts))) as pool:
        doing = {pool.submit(_type, session, node, terminal, parts[node], until): node for node in parts}
        for done in as_completed(doing):
            done.result()
            on_node(doing[done])


def _type(session: Session, node: str, terminal: str, lines: Sequence[str], until: float) -> None:
    with Shell(session, node, terminal) as shell:
        for number, line in enumerate(lines, 1):
            try:
                shell.type(line, min(LINE, until - time.monotonic()))
            except TookTooLong as error:
                raise TookTooLong(f"{node}, typed line {number} ({line[:80]}): {error}") from None
        shell.leave(min(LINE, until - time.monotonic()))  # the lines end at the prompt of bash: nothing of us is left
