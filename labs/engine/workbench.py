"""Labs without a site: for the audit, the bench, the live tests and authors. An engine, a relay in a thread, and sessions."""

import asyncio
import re
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.engine.client import Conversation, Session
from labs.engine.driver import Engine
from labs.engine.errors import TookTooLong
from labs.engine.relay import serve
from labs.engine.solution import typed
from labs.engine.spec import Lab
from labs.engine.wire import Kind

START_SECONDS = 60.0
PROMPT = re.compile(r"(?:^|[\r\n])[\w@:~/.-]+(?:\([\w-]+\))?[#$>] ?$")  # of bash, vtysh and birdc
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\][^\x07]*\x07")


class Shell:
    """A terminal on a node, used as a person does: type a line, read what comes until the prompt is back."""

    def __init__(self, session: Session, node: str, terminal: str = "1") -> None:
        self._talk: Conversation = session.open_terminal(node, terminal, rows=50, cols=200)
        self._drawn = 0
        self.read_to_prompt()

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def type(self, line: str, seconds: float = 20.0) -> str:
        """The screen's text after the line was typed, up to the next prompt. Raises TookTooLong."""
        self._talk.send(line.encode() + b"\r")
        return self.read_to_prompt(seconds)

    def send(self, keys: bytes) -> None:
        self._talk.send(keys)

    def read_to_prompt(self, seconds: float = 20.0) -> str:
        """What came, without colours, up to a prompt."""
        text, until = "", time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            try:
                frame = self._talk.receive(max(0.01, left))
            except TookTooLong:
                raise TookTooLong(f"No prompt came back. The screen says: {text[-300:]!r}") from None
            if frame is None:
                return text
            if frame.kind is Kind.DATA:
                self._drawn += len(frame.payload)
                self._talk.send_json({"ack": self._drawn})
                text += ESCAPES.sub("", frame.payload.decode(errors="replace"))
                if PROMPT.search(text):
                    return text

    def close(self) -> None:
        self._talk.close()


class Workbench:
    """An engine and a relay of its own; what it starts, it removes."""

    def __init__(self, engine: Engine, relay: Path) -> None:
        self.engine, self.relay = engine, relay

    @contextmanager
    def running(self, lab: Lab) -> Iterator[Session]:
        """A session of the lab, every prompt usable; removed at the end."""
        name = str(uuid.uuid4())
        try:
            self.engine.start(name, lab, generation=1)
            session = Session(self.relay, name)
            session.build(lab, seconds=START_SECONDS, on_step=lambda step, seconds: None)
            yield session
        finally:
            self.engine.remove(name)


@contextmanager
def workbench(site: str | None = None) -> Iterator[Workbench]:
    """A workbench; SITE keeps its containers apart from any other's."""
    site = site or uuid.uuid4().hex[:12]
    with tempfile.TemporaryDirectory(prefix="vaka-") as folder:
        relay = Path(folder) / "relay.sock"
        loop = asyncio.new_event_loop()
        task = loop.create_task(serve(relay, Engine(site)))
        thread = threading.Thread(target=_run, args=(loop, task), daemon=True)
        thread.start()
        while not relay.exists():
            time.sleep(0.005)
        try:
            yield Workbench(Engine(site), relay)
        finally:
            loop.call_soon_threadsafe(task.cancel)
            thread.join(10)


def _run(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(task)
    except asyncio.CancelledError:
        pass
    finally:
        others = asyncio.all_tasks(loop)
        for other in others:
            other.cancel()
        loop.run_until_complete(asyncio.gather(*others, return_exceptions=True))
        loop.close()


def type_solution(session: Session, lab: Lab) -> None:
    """Solve the lab as a learner would: every line typed into the node's terminal."""
    for node, lines in typed(lab).items():
        with Shell(session, node, "solver") as shell:
            for line in lines:
                shell.type(line)
