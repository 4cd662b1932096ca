"""Run commands on a node of the instructor, on behalf of a check, and the commands that undo them.

What undoes them is remembered before the first command runs. So it can be undone when the commands fail half way, and when the
attempt that made the change is cut off: {"run": node, "undo": true} needs nothing else.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from labs.engine.shared import pace
from labs.supervisor import daemons
from labs.supervisor.children import exit_status
from labs.supervisor.network import Network
from labs.supervisor.node import NodeSpace

SECONDS = pace.seconds(10.0)  # for the commands of one action, and for those that undo them


class NotDone(Exception):
    """The commands did not all end well; the text is a sentence for people."""


class Commands:
    """The nodes on which checks have run commands, with the commands that undo them."""

    def __init__(self) -> None:
        self._restore: dict[str, list[list[str]]] = {}

    async def act(self, network: Network, action: Mapping[str, Any]) -> None:
        """Run {"run": node, "commands": […], "restore": […]}; with ``undo`` run what undoes all that ran on the node."""
        name = str(action["run"])
        spec = network.lab["nodes"].get(name)
        if spec is None or spec["learner"] or spec["kind"] == "switch":
            raise NotDone(f"{name} is not a node of the instructor with a shell.")
        space = network.space(name)
        if not action.get("undo"):
            self._restore.setdefault(name, []).append([str(command) for command in action["restore"]])
            await _run(space, [str(command) for command in action["commands"]])
            return
        while waiting := self._restore.get(name):
            await _run(space, waiting[-1])
            waiting.pop()
        self._restore.pop(name, None)

    def forget(self, node: str) -> None:
        """Forget a node that is being reset: it is as at the start again."""
        self._restore.pop(node, None)


async def _run(space: NodeSpace, commands: Sequence[str]) -> None:
    """Raises NotDone with the last words of the command that failed."""
    pid = daemons.run_script(space, "\n".join(["set -e", *commands]), daemons.CHECK_LOG)
    try:
        async with asyncio.timeout(SECONDS):
            status = await exit_status(pid)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        await exit_status(pid)
        raise NotDone(f"The commands on {space.name} did not end within {SECONDS:.0f} seconds.") from None
    if status:
        said = daemons.start_log(space, daemons.CHECK_LOG)
        raise NotDone(f"A command on {space.name} ended with status {status}. Its last output: {said or 'none'}")
