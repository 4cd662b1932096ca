"""Where attempts are made: a learner's node, another node of the same lab, and who must not notice."""

import ctypes
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from labs.engine.definition.ad_hoc import ad_hoc_lab, link
from labs.engine.definition.spec import Kind, Lab, Limits, Link, Node, StartFile
from labs.engine.errors import EngineError, RelayGone, TookTooLong
from labs.engine.runtime.client import Session
from labs.engine.runtime.driver import Engine
from labs.engine.runtime.runner import ESCAPES
from labs.engine.shared.wire import Kind as Frame
from rigs.audit.attempt import Attempt, Outcome, refused, through
from rigs.audit.patience import within
from rigs.audit.yard import Yard

KIT = Path(__file__).parent / "kit"
LEARNER, INSTRUCTOR, ROUTER, FAR = "h1", "i1", "r1", "b1"
BIRD = b"router id 192.0.2.9;\nprotocol device {}\n"
ANSWER = re.compile(r"=audit= (.*?) =end=", re.DOTALL)
DAEMONS = ("mgmtd", "zebra", "staticd", "ospf6d")
SECRET = "of-the-instructor-only"  # noqa: S105 — a mark
LIMITS = Limits(memory=512, processes=150, disk=32)
SCRIPT_SECONDS = 20  # of one attempt


def _file(path: str, content: bytes, *, executable: bool = False) -> StartFile:
    return StartFile(path=path, content=content, executable=executable)


def kit(attempts: list[Attempt]) -> tuple[StartFile, ...]:
    """The attempts as files of a node, in /run: nothing of them touches its root file system."""
    scripts = [_file(f"/run/audit/{name}", text.encode()) for name, text in (attempt.script for attempt in attempts)]
    tools = [
        _file(f"/run/audit/{path.name}", path.read_bytes(), executable=path.name == "try") for path in KIT.iterdir()
    ]
    return (*tools, *scripts)


def _link(a: str, b: str, number: int) -> Link:
    return link(a, b, (f"2001:db8:{number}::1/64",), (f"2001:db8:{number}::2/64",))


def _lab(nodes: list[Node], links: list[Link]) -> Lab:
    return ad_hoc_lab("audit", nodes, links, limits=LIMITS, folder=KIT)


def attacked_lab(attempts: list[Attempt]) -> Lab:
    """A FRR router in the middle, the learner's host, a BIRD router, and an instructor's host with a secret."""
    return _lab(
        [
            Node(name=ROUTER, kind=Kind.FRR, daemons=("ospf6d",)),
            Node(name=LEARNER, kind=Kind.HOST, files=kit(attempts)),
            Node(name=FAR, kind=Kind.BIRD, files=(_file("/etc/bird/bird.conf", BIRD),)),
            Node(name=INSTRUCTOR, kind=Kind.HOST, learner=False, files=(_file("/run/secret", SECRET.encode()),)),
        ],
        [
            _link(f"{LEARNER}:eth0", f"{ROUTER}:eth0", 1),
            _link(f"{FAR}:eth0", f"{ROUTER}:eth1", 2),
            _link(f"{INSTRUCTOR}:eth0", f"{ROUTER}:eth2", 3),
        ],
    )


def control_lab(attempts: list[Attempt]) -> Lab:
    """The same without routing daemons: it is there in a third of a second."""
    return _lab(
        [
            Node(name=ROUTER, kind=Kind.HOST),
            Node(name=LEARNER, kind=Kind.HOST, files=kit(attempts)),
            Node(name=INSTRUCTOR, kind=Kind.HOST, learner=False, files=(_file("/run/secret", SECRET.encode()),)),
        ],
        [_link(f"{LEARNER}:eth0", f"{ROUTER}:eth0", 1), _link(f"{INSTRUCTOR}:eth0", f"{ROUTER}:eth2", 3)],
    )


def other_lab() -> Lab:
    """The lab of another learner."""
    nodes = [Node(name="g1", kind=Kind.HOST), Node(name="g2", kind=Kind.HOST)]
    return _lab(nodes, [_link("g1:eth0", "g2:eth0", 9)])


Checks = dict[str, Callable[[], None]]


class Typed:
    """A terminal into which lines are typed, and what came back."""

    def __init__(self, session: Session, node: str, name: str) -> None:
        self.talk = session.open_terminal(node, name, rows=50, cols=400)
        self._drawn = 0
        self.text = ""

    def type(self, line: str) -> None:
        self.talk.send(line.encode() + b"\r")

    def until(self, pattern: re.Pattern[str], seconds: float) -> re.Match[str]:
        """Read on until the text has the pattern; raises TookTooLong."""
        until = time.monotonic() + seconds
        while not (found := pattern.search(self.text)):
            frame = self.talk.receive(max(0.01, until - time.monotonic()))
            if frame is None:
                raise TookTooLong("The terminal has ended.")
            if frame.kind is Frame.DATA:
                self.has_drawn(frame.payload)
                self.text = (self.text + ESCAPES.sub("", frame.payload.decode(errors="replace")))[-65_536:]
        self.text = self.text[found.end() :]
        return found

    def has_drawn(self, output: bytes) -> None:
        self._drawn += len(output)
        with suppress(RelayGone):  # the shell has ended; what it said is still to be read
            self.talk.send_json({"ack": self._drawn})

    def echo(self) -> None:
        """The shell must answer; what is typed does not hold the answer."""
        mark = os.urandom(4).hex()
        self.type(f"echo a''{mark}")
        self.until(re.compile(f"a{mark}"), within(5))

    def close(self) -> None:
        self.talk.close()


class Scene:
    """One running lab in which attempts are made."""

    def __init__(self, engine: Engine, session: Session) -> None:
        self.engine, self.session = engine, session
        self._terminals: list[Typed] = []
        self.yard: Yard  # where the others are; set in the product's lab

    def terminal(self, node: str) -> Typed:
        self._terminals.append(Typed(self.session, node, f"t{len(self._terminals)}"))
        return self._terminals[-1]

    def close(self) -> None:
        for typed in self._terminals:
            typed.close()

    def run(self, node: str, line: str, seconds: float = 10) -> str:
        """What a line typed on a node printed."""
        typed = self.terminal(node)
        try:
            typed.type(f"{line} 2>&1; printf '=%s= ' end")
            return typed.until(re.compile(r"(.*?)=end= ", re.DOTALL), within(seconds))[1]
        finally:
            typed.type("exit")
            typed.close()

    def make(self, attempt: Attempt) -> Outcome:
        """Make an attempt, and judge it."""
        if attempt.felt:
            self.yard.rest()
        typed = self.terminal(LEARNER)
        try:
            typed.type(f"/run/audit/try {attempt.id} {within(SCRIPT_SECONDS):.0f}")
            if attempt.beside and attempt.judge:
                return attempt.judge(self, "")
            said = typed.until(ANSWER, within(SCRIPT_SECONDS + 10))[1]
        except EngineError as error:
            said = f"NOTHING {error}"
        finally:
            typed.close()
        if attempt.judge:
            return attempt.judge(self, said)
        word, _, reason = said.partition(" ")
        # A script that says neither has not shown that it was refused.
        return refused(reason) if word == "REFUSED" else through(reason if word == "THROUGH" else said)

    def clear(self) -> None:
        """End all that an attempt left, and make its node anew."""
        self.session.reset(LEARNER, seconds=30, on_step=lambda step, seconds: None)


class Bystanders:
    """Host root, the second node of the attacked lab, and the other learner's lab: after each attempt they must work."""

    def __init__(self, attacked: Scene, other: Scene) -> None:
        second, others = attacked.terminal(INSTRUCTOR), other.terminal("g1")
        self.strangers: Checks = {
            "the host's root": _host_root,
            "the other lab's terminal": others.echo,
            "the other lab's network": lambda: _pings(other.session, "g1", "2001:db8:9::2"),
        }
        self.neighbours: Checks = {
            "the second node's terminal": second.echo,
            "the second node's network": lambda: _pings(attacked.session, INSTRUCTOR, "2001:db8:3::2"),
            "the router's daemons": lambda: _daemons(attacked.session),
        }

    def trouble(self) -> str:
        """What does not work any more, or an empty text."""
        return first_trouble({**self.strangers, **self.neighbours})


def first_trouble(checks: Checks) -> str:
    for who, check in checks.items():
        try:
            check()
        except (OSError, EngineError) as error:
            return f"{who}: {error}"
    return ""


def _pings(session: Session, node: str, target: str) -> None:
    answer = session.ask([{"ask": "ping", "node": node, "dst": target, "count": 1, "seconds": 2}])[0]
    if not answer.get("received"):
        raise OSError(f"no answer to a ping from {node}: {answer}")


def _daemons(session: Session) -> None:
    """FRR on the router and BIRD behind it answer."""
    questions: list[dict[str, Any]] = [
        {"ask": "vty", "node": ROUTER, "daemon": name, "commands": ["show version"]} for name in DAEMONS
    ]
    questions.append({"ask": "bird", "node": FAR, "command": "show status"})
    for answer in session.ask(questions, seconds=3):
        if not answer["ok"]:
            raise OSError(str(answer["error"]))


def _host_root() -> None:
    """Inotify, a fork, a file, a pseudoterminal: what one exhausted uid would have taken from everybody."""
    libc = ctypes.CDLL(None, use_errno=True)
    watching = libc.inotify_init1(os.O_CLOEXEC)
    if watching < 0:
        raise OSError(ctypes.get_errno(), "no inotify instance is left")
    os.close(watching)
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    with Path("/proc/self/status").open() as file:
        file.read(10)
    for end in os.openpty():
        os.close(end)
