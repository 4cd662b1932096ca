"""The lab in this container: build it, reset it, change its cables, and describe its state."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from labs.supervisor import bird_files_as_read, cables, daemons, features, node_teardown
from labs.supervisor.bird_files_as_read import BirdFiles
from labs.supervisor.cables import Cables
from labs.supervisor.children import exit_status
from labs.supervisor.commands import Commands, NotDone
from labs.supervisor.network import LinkFailed, Network
from labs.supervisor.node import NodeError, NodeSpace
from labs.supervisor.roas import NoRoas, Roas
from labs.supervisor.saved_work.restoring import Work

Tell = Callable[[dict[str, Any]], None]
AT_ONCE = 24  # nodes that start in parallel; more would only wait for a core


class LabError(Exception):
    """An operation failed; the text is a sentence for people and names the node."""


class Lab:
    """One lab. Its state is empty, then building, then ready or failed."""

    def __init__(self) -> None:
        self.state, self.error = "empty", ""
        self.network: Network | None = None
        self.cables, self.roas, self.commands = Cables(), Roas(), Commands()
        self.bird_files = BirdFiles()
        self._busy = asyncio.Lock()

    async def build(self, description: Mapping[str, Any], tell: Tell, saved: Callable[[Network], Work] | None) -> None:
        """Build the lab. TELL is called with each step and its seconds. SAVED reads the work to restore. Raises LabError."""
        if self.state != "empty":
            raise LabError("This container already has a lab.")
        self.state = "building"
        async with self._busy:
            began = time.monotonic()
            try:
                if lacking := features.missing(description["requires"]):
                    raise LabError(
                        f"The kernel of this server lacks features that the lab requires: {', '.join(lacking)}."
                    )
                network = self.network = Network(description)
                network.make_nodes_and_links()
                tell({"step": "nodes", "seconds": round(time.monotonic() - began, 3)})
                self._put_files(network, network.names())
                work = self._read(saved, network) if saved else None
                if work:
                    work.write_files(network)
                network.configure(network.names())
                tell({"step": "links", "seconds": round(time.monotonic() - began, 3)})
                await self._start(network, network.names(), work)
                if work:
                    await self._finish(network, work)
                tell({"step": "daemons", "seconds": round(time.monotonic() - began, 3)})
            except (NodeError, LinkFailed, OSError, RuntimeError, LabError) as error:
                self.state, self.error = "failed", str(error)
                raise LabError(str(error)) from error
            except Exception as error:  # a lab must not stay in the state "building"
                self.state, self.error = "failed", str(error)
                raise
            self.state = "ready"
            told = {"lacking": work.trouble} if work else {}
            tell({"step": "ready", "seconds": round(time.monotonic() - began, 3), **told})

    def _read(self, saved: Callable[[Network], Work], network: Network) -> Work:
        try:
            return saved(network)
        except (ValueError, TypeError, KeyError) as error:
            raise LabError(f"The saved work cannot be restored: {error}.") from None

    async def _finish(self, network: Network, work: Work) -> None:
        """Restore what the start commands have overwritten, and the parts of the work that need a running lab."""
        work.write_files(network, again=True)
        await work.bring_back_networks(network, again=True)
        for end, cable in work.cables.items():
            if network.has(end):
                try:
                    await self.cables.act(network, {**cable, "link": end, "lasting": True})
                except (LinkFailed, ValueError, TypeError) as error:
                    work.say(f"{end}: {error}")
        work.bring_back_queues(network)
        self.cables.mend(network)

    def _put_files(self, network: Network, names: list[str]) -> None:
        for name in names:
            daemons.put_files(network.space(name), network.lab["nodes"][name]["files"])

    async def _start(self, network: Network, names: list[str], work: Work | None = None) -> None:
        """Start nodes in parallel, so that each has its own time limit. The error is that of the first node that fails.

        The networks of WORK come first: a service can listen on an address only when the address is there.
        """
        if work:
            await work.bring_back_networks(network)
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(name: str) -> None:
            async with turn:
                await self._start_one(network, name, work)

        await asyncio.gather(*(one(name) for name in names))

    async def _start_one(self, network: Network, name: str, work: Work | None) -> None:
        spec, space = network.lab["nodes"][name], network.space(name)
        if work and work.of(name):
            await work.start_again(space, spec, self.bird_files)
            return
        if spec["kind"] == "switch" or (spec["kind"] == "host" and not spec["start"]):
            return
        try:
            status = await daemons.start(space, spec)
        except daemons.NotStarted as error:
            raise LabError(str(error)) from None
        if status:
            said = daemons.start_log(space)
            raise LabError(f"{name} did not start (status {status}). Its last output: {said or 'none'}")
        if bird_files_as_read.are_kept(spec):
            await self.bird_files.as_read(space)

    async def reset(
        self,
        name: str | None,
        tell: Tell,
        forget: Callable[[str], None],
        saved: Callable[[Network], Work] | None = None,
    ) -> None:
        """Reset a node, or all nodes, to the start of the lab, or to the work that SAVED reads.

        FORGET is called with each node, whose terminals end. Raises LabError; if the work cannot be read, nothing was reset.
        """
        network = self._ready()
        names = network.names() if name is None else [name]
        if name is not None and name not in network.lab["nodes"]:
            raise LabError(f"The lab has no node {name}.")
        async with self._busy:
            began = time.monotonic()
            work = self._read(saved, network) if saved else None
            hung = network.hung_on(name) if name else {}  # its links end with it
            try:
                for one in names:
                    forget(one)
                    self.bird_files.forget(one)
                await node_teardown.end(network.space(one) for one in names)
                for one in names:
                    with contextlib.suppress(ChildProcessError):
                        await exit_status(network.space(one).pid)
                if name is None:
                    network.close()
                    self.cables, self.roas, self.commands = Cables(), Roas(), Commands()
                    self.network = network = Network(network.lab)
                    network.make_nodes_and_links()
                    self._put_files(network, names)
                    if work:
                        work.write_files(network)
                    network.configure(names)
                else:
                    self.cables.forget(network, name)
                    self.roas.forget(name)
                    self.commands.forget(name)
                    network.replace(name)
                    await cables.hang(network, hung)
                    self._put_files(network, names)
                    if work:
                        work.write_files(network)
                tell({"step": "links", "seconds": round(time.monotonic() - began, 3)})
                await self._start(network, names, work)
                if work:
                    await self._finish(network, work)
            except (NodeError, LinkFailed, OSError, RuntimeError) as error:
                self.state, self.error = "failed", str(error)
                raise LabError(str(error)) from error
            told = {"lacking": work.trouble} if work else {}
            tell({"step": "ready", "seconds": round(time.monotonic() - began, 3), **told})

    async def end(self) -> None:
        """End all nodes, before the container ends."""
        if self.network:
            await node_teardown.end(map(self.network.space, self.names()))

    async def act(self, action: Mapping[str, Any]) -> None:
        """Change a cable: {"link": "r1:eth0"} with up, rate, delay or loss (labs.supervisor.cables); or the file of an RPKI
        cache: {"roas": "cache:/etc/vrps.json"} with prefix, origin_as and max_length (labs.supervisor.roas); or run commands on
        a node of the instructor: {"run": "north"} with commands and restore (labs.supervisor.commands). Raises LabError.
        """
        network = self._ready()
        if not set(action) & {"roas", "run"} and not network.has(str(action.get("link", ""))):
            raise LabError(f"The lab has no interface {action.get('link')}.")
        async with self._busy:
            try:
                if "run" in action:
                    await self.commands.act(network, action)
                elif "roas" in action:
                    self.roas.act(network, action)
                else:
                    await self.cables.act(network, action)
            except (LinkFailed, NoRoas, NotDone, OSError, ValueError) as error:
                raise LabError(str(error)) from error

    @contextlib.asynccontextmanager
    async def still(self) -> AsyncIterator[Network]:
        """The network of a ready lab, while no other operation changes it."""
        async with self._busy:
            network = self._ready()
            self.cables.mend(network)
            yield network

    def typed_on(self, name: str) -> None:
        """Note that somebody has pressed Enter in a terminal of the node."""
        spec = self.network.lab["nodes"].get(name, {}) if self.network else {}
        if bird_files_as_read.are_kept(spec):
            self.bird_files.soon(self.space(name))

    def space(self, name: str) -> NodeSpace:
        """The node with this name. Raises KeyError."""
        if self.network is None:
            raise KeyError(name)
        return self.network.space(name)

    def interfaces(self, name: str) -> list[str]:
        """The interfaces of the node that have a cable; an empty list if there is no such node."""
        nodes = self.network.lab["nodes"] if self.network else {}
        return list(nodes[name]["interfaces"]) if name in nodes else []

    def names(self) -> list[str]:
        """The names of the nodes; an empty list unless the lab is ready."""
        return self.network.names() if self.network and self.state == "ready" else []

    def describe(self) -> dict[str, Any]:
        if self.network and self.state == "ready" and not self._busy.locked():
            self.cables.mend(self.network)
        return {
            "state": self.state,
            "error": self.error,
            "cables": self.cables.describe(),
            "nodes": {name: {"up": self.space(name).up} for name in self.names()},
        }

    def _ready(self) -> Network:
        if self.state != "ready" or self.network is None:
            raise LabError("The lab is not ready.")
        return self.network
