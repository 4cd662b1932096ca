"""The sockets of routing daemons in a node: how FRR is asked over its vty, and BIRD over its control socket.

A program of the learner's may listen there, so the answers are bounded as those of any ask (``labs.supervisor.asks``).
"""

import asyncio
import os
import re
import stat
from collections.abc import Mapping
from typing import Any

from labs.engine.shared import pace, unix_socket
from labs.supervisor.asks import LARGEST, Answer, NoAnswer, answers
from labs.supervisor.node import NodeSpace

CLOSED = "The daemon closed its socket."
DAEMON = re.compile(r"[a-z0-9]{1,16}")
BIRD_LINE = re.compile(rb"(\d{4})([ -])(.*)")


async def _connect(space: NodeSpace, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a daemon's socket in the node through a descriptor, so that the learner's path is resolved only once."""
    try:
        handle = space.open(path, os.O_PATH)
    except OSError:
        raise NoAnswer("refused", f"Nothing listens on {path}.") from None
    try:
        if not stat.S_ISSOCK(os.fstat(handle).st_mode):
            raise NoAnswer("refused", f"{path} is not a socket.")
        made = await unix_socket.connect_async(f"/proc/self/fd/{handle}")
        return await asyncio.open_unix_connection(sock=made, limit=LARGEST)
    except ConnectionError:
        raise NoAnswer("refused", f"Nothing listens on {path}.") from None
    finally:
        os.close(handle)


@answers("vty")
async def _vty(space: NodeSpace, ask: Mapping[str, Any], _: object) -> Answer:
    """Ask an FRR daemon over its vty socket: 0.1 to 0.3 ms a command, where vtysh takes 20 ms."""
    daemon = ask["daemon"]
    if not DAEMON.fullmatch(daemon):
        raise NoAnswer("unreachable", "No such daemon.")
    reader, writer = await _connect(space, f"/run/frr/{daemon}.vty")
    try:
        outputs: list[str] = []
        for command in ("enable", *ask["commands"]):
            writer.write(str(command).encode() + b"\0")
            outputs.append(await _vty_answer(reader))
        return {"outputs": outputs[1:]}
    except ConnectionError:  # the daemon closed before it had read everything
        raise NoAnswer("refused", CLOSED) from None
    finally:
        writer.close()


async def _vty_answer(reader: asyncio.StreamReader) -> str:
    """Read up to the end mark, which is three zero bytes and a status."""
    buffer = bytearray()
    while not (len(buffer) >= 4 and buffer[-4:-1] == b"\0\0\0"):
        chunk = await reader.read(65_536)
        if not chunk:
            raise NoAnswer("refused", CLOSED)
        buffer += chunk
        if len(buffer) > LARGEST:
            raise NoAnswer("too_big", f"More than {LARGEST} bytes came back.")
    return bytes(buffer[:-4]).decode(errors="replace")


@answers("bird")
async def _bird(space: NodeSpace, ask: Mapping[str, Any], _: object) -> Answer:
    """Ask BIRD over its control socket, in restricted mode.

    Each line begins with a code. A code followed by a space ends the answer.
    """
    reader, writer = await _connect(space, "/run/bird/bird.ctl")
    try:
        await _bird_answer(reader)
        outputs = []
        for command in ("restrict", ask["command"]):
            writer.write(str(command).encode() + b"\n")
            outputs.append(await _bird_answer(reader))
        return {"output": outputs[1]}
    except ConnectionError:
        raise NoAnswer("refused", CLOSED) from None
    finally:
        writer.close()


async def bird_do(space: NodeSpace, command: str) -> None:
    """Run a BIRD command that changes its state, as the learner may do."""
    async with asyncio.timeout(pace.seconds(2)):
        reader, writer = await _connect(space, "/run/bird/bird.ctl")
        try:
            await _bird_answer(reader)
            writer.write(command.encode() + b"\n")
            await _bird_answer(reader)
        finally:
            writer.close()


async def _bird_answer(reader: asyncio.StreamReader) -> str:
    lines, size = [], 0
    while True:
        try:
            line = (await reader.readline()).rstrip(b"\n")
        except ValueError:  # a single line is longer
            raise NoAnswer("too_big", f"More than {LARGEST} bytes came back.") from None
        size += len(line) + 1
        if not line:
            raise NoAnswer("refused", CLOSED)
        if size > LARGEST:
            raise NoAnswer("too_big", f"More than {LARGEST} bytes came back.")
        match = BIRD_LINE.fullmatch(line)
        lines.append((match[3] if match else line.removeprefix(b" ")).decode(errors="replace"))
        if match and match[2] == b" ":
            return "\n".join(text for text in lines if text)
