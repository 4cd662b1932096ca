"""Asks about the running network: the registry of their kinds, and the kinds that read the state of a node.

An ask that needs a program joins only the net namespace of the node and runs a binary of this container, so the
learner can neither see nor trace it. Files and sockets of a node are opened by ``open_below``. Every answer is bounded in bytes,
time and depth. The messages are in docs/wire-protocol.md.
"""

import asyncio
import contextlib
import json
import os
import re
import stat
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from labs.engine.shared import pace
from labs.supervisor import ask_turns, remembered_answers, syscalls
from labs.supervisor.children import exit_status
from labs.supervisor.node import NodeSpace

LARGEST = 512 * 1024  # bytes of one answer
FILE_LARGEST = ERRORS_LARGEST = 64 * 1024
# Added to the seconds that an ask names. Several captures may start at once, and tcpdump starts slowly on a busy computer.
SLACK, SLACK_TO_LISTEN = pace.seconds(2.0), pace.seconds(5.0)
SYSCTL = re.compile(r"net\.[a-zA-Z0-9_.-]{1,120}")

Answer = dict[str, Any]


class NoAnswer(Exception):
    """The ask has no answer. ``kind`` says whose fault that is: see docs/wire-protocol.md."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


Answerer = Callable[[NodeSpace, Mapping[str, Any], Callable[[str], NodeSpace]], Awaitable[Answer]]
ANSWERERS: dict[str, Answerer] = {}


def answers(kind: str) -> Callable[[Answerer], Answerer]:
    """Register a function that answers asks of this kind."""

    def register(function: Answerer) -> Answerer:
        ANSWERERS[kind] = function
        return function

    return register


def patience(ask: Mapping[str, Any], usual: float) -> float:
    """Return the seconds to wait, on this server, for something that may not come: those that the ask names, or the usual ones."""
    return pace.seconds(float(ask.get("seconds", usual)))


def _lasts(ask: Mapping[str, Any]) -> float:
    """Return the seconds for which the ask itself lasts, which do not depend on the server."""
    return float(ask.get("until", 0)) + float(ask.get("steady", 0))


async def answer(ask: Mapping[str, Any], space_of: Callable[[str], NodeSpace], seconds: float) -> Answer:
    """Answer one ask, or say why there is no answer. Never raises."""
    try:
        space = space_of(ask["node"])
        said = await _answer(ask, space, space_of, seconds)
    except (KeyError, TypeError) as error:
        return {"ok": False, "kind": "unreachable", "error": f"Unknown ask or node: {error}."}
    # Checked last, because the node may have ended meanwhile: a probe in a network that is gone finds nothing
    if ask["ask"] != "up" and (ended := space.ended):
        return {"ok": False, "kind": "unreachable", "error": ended}
    return said


async def _answer(
    ask: Mapping[str, Any], space: NodeSpace, space_of: Callable[[str], NodeSpace], seconds: float
) -> Answer:
    def running(name: str) -> NodeSpace:
        there = space_of(name)
        if ended := there.ended:
            raise NoAnswer("unreachable", ended)
        return there

    answerer = ANSWERERS[ask["ask"]]
    slack = SLACK_TO_LISTEN if ask["ask"] == "capture" else SLACK
    try:
        async with asyncio.timeout(seconds), ask_turns.of(ask):
            async with asyncio.timeout(min(seconds, _lasts(ask) + patience(ask, seconds) + slack)):
                return {"ok": True, **await answerer(space, ask, running)}
    except NoAnswer as error:
        return {"ok": False, "kind": error.kind, "error": str(error)}
    except TimeoutError:
        return {"ok": False, "kind": "timeout", "error": f"{ask.get('node')} did not answer in time."}
    except KeyError:
        raise
    except Exception as error:  # one bad answer must not lose the other answers
        return {"ok": False, "kind": "unreachable", "error": f"{type(error).__name__}: {error}"[:300]}


async def run(space: NodeSpace, *command: str, stdin: bytes = b"", limit: int = LARGEST) -> tuple[int, bytes, bytes]:
    """Run a binary of this container in the node's network; returns (status, output, errors).

    The supervisor itself joins the network for the moment of the fork, which costs half of what nsenter costs.
    """
    with _file_of(stdin) as given, syscalls.network_of(space.pid):
        process = subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    with cast("IO[bytes]", process.stdout) as out, cast("IO[bytes]", process.stderr) as error:
        try:
            output, errors = await _read({out: limit, error: ERRORS_LARGEST})
            process.returncode = await exit_status(process.pid)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
    return process.returncode, output, errors


async def run_unless_known(space: NodeSpace, *command: str) -> tuple[int, bytes, bytes]:
    """Like ``run``, for a command that shows the state of the node's network. If that has not changed, the command is not run."""
    known = remembered_answers.of(space)
    if (remembered := await known.find(command)) is not None:
        return 0, remembered, b""
    begun = time.monotonic()
    status, output, errors = await run(space, *command)
    if status == 0:
        known.remember(command, begun, output)
    return status, output, errors


@contextlib.contextmanager
def _file_of(text: bytes) -> Iterator[int]:
    """A file with this text that a program may read as its input."""
    handle = os.memfd_create("input")
    try:
        os.pwrite(handle, text, 0)
        yield handle
    finally:
        os.close(handle)


async def _read(limits: Mapping[IO[bytes], int]) -> list[bytes]:
    """Read pipes to their ends. Raises NoAnswer when one brings more than its limit."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    found, still = {pipe: bytearray() for pipe in limits}, set(limits)
    for pipe in limits:
        os.set_blocking(pipe.fileno(), False)
        loop.add_reader(pipe, ready.set)
    try:
        while still:
            await ready.wait()
            ready.clear()
            for pipe in list(still):
                piece = pipe.read(65_536)  # None if there is nothing yet
                if piece == b"":
                    still.discard(pipe)
                    loop.remove_reader(pipe)
                found[pipe] += piece or b""
                if len(found[pipe]) > limits[pipe]:
                    raise NoAnswer("too_big", f"More than {limits[pipe]} bytes came back.")
    finally:
        for pipe in still:
            loop.remove_reader(pipe)
    return [bytes(read) for read in found.values()]


@answers("ip")
async def _ip(space: NodeSpace, ask: Mapping[str, Any], _: object) -> Answer:
    arguments = [str(word) for word in ask["args"]]
    status, output, errors = await run_unless_known(space, "ip", "-j", *arguments)
    if status:
        raise NoAnswer("refused", errors.decode(errors="replace").strip()[:300])
    # ip prints an alias unescaped, with its control characters
    return {"json": json.loads(output or b"[]", strict=False)}


@answers("bridge")
async def _bridge(space: NodeSpace, ask: Mapping[str, Any], _: object) -> Answer:
    status, output, errors = await run(space, "bridge", "-j", *(str(word) for word in ask["args"]))
    if status:
        raise NoAnswer("refused", errors.decode(errors="replace").strip()[:300])
    return {"json": json.loads(output or b"[]", strict=False)}


@answers("up")
async def _up(space: NodeSpace, ask: Mapping[str, Any], _: object) -> Answer:
    return {"up": space.up}


@answers("sysctl")
async def _sysctl(space: NodeSpace, ask: Mapping[str, Any], _: object) -> Answer:
    key = ask["key"]
    if not SYSCTL.fullmatch(key) or ".." in key:
        raise NoAnswer("unreachable", "Only sysctls below net. can be read.")
    with syscalls.network_of(space.pid):
        try:
            return {"value": (Path("/proc/sys") / key.replace(".", "/")).read_text().strip()}
        except FileNotFoundError:
            raise NoAnswer("refused", f"There is no sysctl {key}.") from None


@answers("file")
async def _file(space: NodeSpace, ask: Mapping[str, Any], _: object) -> Answer:
    try:
        handle = space.open(ask["path"], os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return {"exists": False, "text": "", "truncated": False}
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return {"exists": False, "text": "", "truncated": False}
        changed = os.fstat(handle).st_mtime
        content = os.read(handle, FILE_LARGEST + 1)
    finally:
        os.close(handle)
    return {
        "exists": True,
        "text": content[:FILE_LARGEST].decode(errors="replace"),
        "truncated": len(content) > FILE_LARGEST,
        "changed": changed,
    }


def listing(space: NodeSpace, path: str) -> list[str]:
    """The names in a folder of the node, at most 200."""
    try:
        handle = space.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return []
    try:
        with os.scandir(handle) as entries:
            return [entry.name for entry, _ in zip(entries, range(200), strict=False)]
    finally:
        os.close(handle)
