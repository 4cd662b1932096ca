"""Runs ip and bridge in a node's network: many lines at once, and one by one from the first that fails."""

import re

from labs.supervisor.asks import run
from labs.supervisor.node import NodeSpace

LARGEST = 2 * 1024 * 1024  # bytes of the output of one command
WORDS = re.compile(r"[A-Za-z0-9 :./_@%+,-]{1,400}")  # the characters of a command that we run
FAILED = re.compile(rb"Command failed -:(\d+)")
DONE = re.compile("File exists|No such process|Cannot assign|Cannot find device")  # the state is already as wanted
MOST_TROUBLE, MOST_ALONE = 20, 200


class Unreadable(Exception):
    """A part of a node's network could not be read; the text says which."""


async def output(space: NodeSpace, *command: str, stdin: bytes = b"") -> bytes:
    """The output of one command. Raises Unreadable if another command than ip or bridge fails."""
    status, printed, errors = await run(space, *command, stdin=stdin, limit=LARGEST)
    if status and not printed and command[0] not in ("ip", "bridge"):
        raise Unreadable(f"{command[-1]}: {errors.decode(errors='replace').strip()[:200]}")
    return printed


async def ask(space: NodeSpace, *options: str, lines: bytes) -> bytes:
    """The output of a batch of questions to ip."""
    return await output(space, "ip", *options, "-force", "-batch", "-", stdin=lines)


async def change(space: NodeSpace, program: tuple[str, ...], lines: list[str], trouble: list[str]) -> None:
    """Run commands of ip or bridge, and continue when one fails."""
    good = [line for line in lines if WORDS.fullmatch(line)]
    trouble += [f"not understood: {line[:80]!r}" for line in lines if not WORDS.fullmatch(line)][:MOST_TROUBLE]
    if not good:
        return
    status, _, errors = await run(
        space, *program, "-force", "-batch", "-", stdin="\n".join(good).encode(), limit=LARGEST
    )
    if not status:
        return
    # Some errors end a batch, so from the first error on each line runs by itself
    first = FAILED.search(errors)
    for line in good[int(first[1]) - 1 if first else 0 :][:MOST_ALONE]:
        status, _, errors = await run(space, *program, *line.split())
        said = " ".join(errors.decode(errors="replace").split())
        if status and not DONE.search(said):
            trouble.append(f"{program[0]} {line[:80]}: {said[:80]}")
