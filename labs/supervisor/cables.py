"""Cables: unplug them, limit their rate, add delay and loss, and restore them.

Everything is done at both ends, in the networks of the nodes: by netem where the kernel has it, otherwise by tbf for the rate and
an nft rule for the loss. The learner is root there and can undo it, just as they could cut their own cable.
"""

import asyncio
import subprocess
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from labs.engine.shared import pace
from labs.engine.shared.cable import NO_DELAY, PLAIN, Cable
from labs.supervisor import features, syscalls
from labs.supervisor.network import LinkFailed, Network
from labs.supervisor.node import NodeSpace

RESTORE_SECONDS = 2.0  # if the kernel still refuses then, the learner has made it impossible
NFT = ("chroot", "/rootfs", "nft", "-f", "-")  # of the nodes' image: the supervisor needs it for this only
OURS = 0xCAB1  # the handle of our queue; a queue with another handle is the learner's
PACKETS_WAIT = "200ms"  # in the queue of a slow cable; packets that wait longer are dropped

End = tuple[str, str]


class Cables:
    """The cables that differ from the start of the lab, and how they were before a check changed them."""

    def __init__(self) -> None:
        self.now: dict[End, Cable] = {}
        self._before: dict[End, Cable] = {}

    async def act(self, network: Network, action: Mapping[str, Any]) -> None:
        """Change a cable. A ``lasting`` change is the learner's own and stays; any other is a check's, which ``undo`` reverts."""
        node, _, interface = str(action["link"]).partition(":")
        key = network.ends(node, interface)[0]
        for end, _port in network.ends(*key):
            if ended := network.space(end).ended:
                raise LinkFailed(ended)  # its end of the cable is gone, too
        now = self.now.get(key, PLAIN)
        if action.get("undo"):
            if key in self._before:
                before = self._before[key]
                await self._make(network, key, now, before, plug=before.up != now.up)
                del self._before[key]
            return
        wanted = now.changed(action)
        if wanted.delay and not has_netem():
            raise LinkFailed(NO_DELAY)
        if action.get("lasting"):
            self._before.pop(key, None)
        else:
            self._before.setdefault(key, now)
        await self._make(network, key, now, wanted, plug="up" in action)

    async def _make(self, network: Network, key: End, now: Cable, wanted: Cable, *, plug: bool) -> None:
        self.now[key] = wanted  # first, so that a change that fails half way can be undone
        if now.is_worse or wanted.is_worse:
            for node, interface in network.ends(*key):
                shape(network.space(node), interface, wanted)
        if plug:
            network.set_link(*key, up=wanted.up)
            if wanted.up:
                await restore(network, key)
        if wanted.is_plain:
            del self.now[key]

    def forget(self, network: Network, node: str) -> None:
        """Forget the cables of a node that is about to be reset, and remove our rules at their other ends."""
        for cables in (self.now, self._before):
            for key in [key for key in cables if node in (end[0] for end in network.ends(*key))]:
                cables.pop(key)
                for other, interface in network.ends(*key):
                    if other != node:
                        _drop_by_rule(network.space(other), interface, 0.0)
        network.forget_kept(node)

    def mend(self, network: Network) -> None:
        """Forget the changes that learners, who are root at the ends, have undone, so that ``describe`` is true."""
        for key, cable in list(self.now.items()):
            try:
                really = _really(network, key, cable)
            except OSError:
                continue  # the node has ended
            if really.up and not cable.up:
                network.restore(*key)
                network.forget_kept_of(key)
            if really.is_plain:
                del self.now[key]
            else:
                self.now[key] = really

    def describe(self) -> dict[str, dict[str, Any]]:
        """The changed cables, by the end that the lab names first."""
        return {":".join(key): cable.as_json() for key, cable in self.now.items()}


async def restore(network: Network, key: End) -> None:
    """Bring back what hung on the ends of a cable. Until the carrier is up, the kernel refuses routes through them."""
    until = time.monotonic() + pace.seconds(RESTORE_SECONDS)
    while not network.restore(*key) and time.monotonic() < until:
        await asyncio.sleep(0.05)


async def hang(network: Network, settings: Mapping[End, list[str]]) -> None:
    """Give the other ends of new links what hung on the old ones (``Network.hung_on``)."""
    network.keep(settings)
    for end in settings:
        await restore(network, end)
        network.forget_kept_of(end)


@cache
def has_netem() -> bool:
    return not features.missing(["netem"])


def _really(network: Network, key: End, cable: Cable) -> Cable:
    """The cable without those changes that are at neither end any more."""
    ends = [(network.space(node), interface) for node, interface in network.ends(*key)]
    up = cable.up or all(network.is_up(space, interface) for space, interface in ends)
    queue = (cable.rate or cable.delay or (cable.loss and has_netem())) and any(_has_queue(*end) for end in ends)
    lossy = cable.loss and (queue if has_netem() else any(_has_table(*end) for end in ends))
    return Cable(up, cable.rate if queue else 0, cable.delay if queue else 0, cable.loss if lossy else 0.0)


def _has_queue(space: NodeSpace, interface: str) -> bool:
    return f" {OURS:x}: root" in _run(space, ["tc", "qdisc", "show", "dev", interface, "root"], must=False)


def _has_table(space: NodeSpace, interface: str) -> bool:
    return bool(_run(space, list(NFT), f"list table {_table(interface)}\n", must=False))


def _table(interface: str) -> str:
    return f"netdev vaka_{interface.encode().hex()}"


def shape(space: NodeSpace, interface: str, cable: Cable) -> None:
    """Set rate, delay and loss of what leaves the interface. Raises LinkFailed with the kernel's reason."""
    words = queue_words(cable, netem=has_netem())
    _drop_by_rule(space, interface, cable.loss)
    _run(space, ["tc", "qdisc", "del", "dev", interface, "root"], must=False)
    if words:
        _run(space, ["tc", "qdisc", "add", "dev", interface, "root", "handle", f"{OURS:x}:", *words])


def queue_words(cable: Cable, *, netem: bool) -> list[str]:
    """The queueing discipline for each end of this cable, as arguments of ``tc qdisc``; an empty list if it needs none.

    Without netem, tbf limits the rate, and ``loss_rules`` drops packets.
    """
    if not netem:
        burst = max(4000, cable.rate * 1000 // 8 // 50)  # bytes: 20 ms at this rate, and at least two packets
        return ["tbf", "rate", f"{cable.rate}kbit", "burst", str(burst), "latency", PACKETS_WAIT] if cable.rate else []
    words: list[str] = []
    words += ["rate", f"{cable.rate}kbit"] if cable.rate else []
    words += ["delay", f"{cable.delay}ms"] if cable.delay else []
    words += ["loss", f"{cable.loss}%"] if cable.loss else []
    return ["netem", *words] if words else []


def _drop_by_rule(space: NodeSpace, interface: str, loss: float) -> None:
    if not has_netem():
        _run(space, list(NFT), loss_rules(interface, loss))


def loss_rules(interface: str, loss: float) -> str:
    """The nft commands that drop LOSS percent of what leaves the interface. They replace an earlier table in one step."""
    table = _table(interface)
    lines = [f"add table {table}", f"delete table {table}"]
    if loss:
        lines += [
            f"table {table} {{",
            "chain lossy {",
            f'type filter hook egress device "{interface}" priority 0',
            f"numgen random mod 10000 < {round(loss * 100)} drop" if loss < 100 else "drop",
            "}",
            "}",
        ]
    return "\n".join(lines) + "\n"


def _run(space: NodeSpace, command: list[str], text: str = "", *, must: bool = True) -> str:
    with syscalls.network_of(space.pid):
        done = subprocess.run(
            command, input=text, text=True, capture_output=True, check=False, timeout=pace.seconds(10)
        )
    if done.returncode and must:
        raise LinkFailed(f"{space.name}: {' '.join(done.stderr.split())[:300]}")
    return done.stdout
