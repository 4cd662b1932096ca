"""Questions whether packets arrive, and by which way: ping, flow and trace."""

import asyncio
import ipaddress
import socket
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from labs.engine.shared import pace
from labs.supervisor import netlink, probe_marks, syscalls
from labs.supervisor.asks import Answer, answers, patience
from labs.supervisor.node import NodeSpace
from labs.supervisor.probes import ping

MOST_HEARD = 4096
MOST_ERRORS = 8
MOST_HOPS, HOP_SECONDS = 16, 0.5  # of a trace
# rtnetlink(7): message types, the flag of a request, an attribute, where a route has its type, and one such type
NEW_ROUTE, GET_ROUTE, REQUEST, RTA_DST, TYPE_AT, LOCAL = 24, 26, 1, 1, 7, 2


@answers("ping")
async def _ping(space: NodeSpace, ask: Mapping[str, Any], space_of: Callable[[str], NodeSpace]) -> Answer:
    nonce = probe_marks.nonce()
    requests = ping.Requests(
        target=ipaddress.ip_address(ask["dst"]),
        source=ipaddress.ip_address(ask["source"]) if ask.get("source") else None,
        count=int(ask.get("count", 1)),
        interval=float(ask.get("interval", 0.2)),
        wait=patience(ask, 1.0),
        until=float(ask.get("until", 0)),
        steady=float(ask.get("steady", 0)),
        data=ping.data_of(nonce),
    )
    version = requests.target.version
    with _witness(space_of(ask["at"]), version) if ask.get("at") else nullcontext() as witness:
        # With the far address on the near node, the near node itself answers
        local = _is_local(space, requests.target)
        found = await ping.send(space, requests)
        arrived = witness and sum(nonce in packet for packet in syscalls.waiting(witness, MOST_HEARD))
    after, before = found.recovery(requests.steady)
    return {**described(found), "local": local, "arrived": arrived, "after": after, "before": before}


def described(found: ping.Echoes) -> Answer:
    """Return how many packets were sent and received, who answered, who reported errors, and which requests have no reply."""
    reported = {f"{report.by}: {report.what}" for report in found.reported.values()}
    return {
        "sent": found.sent,
        "received": len(found.answered),
        "from": sorted(set(found.answered.values())),
        "errors": [found.refused] if found.refused else sorted(reported)[:MOST_ERRORS],
        "lost": [number for number in range(1, found.sent + 1) if number not in found.answered],
    }


def _is_local(space: NodeSpace, target: ping.Address) -> bool:
    """Whether the node itself has the address: what ``ip route get`` calls a local route (rtnetlink(7))."""
    family, length = (socket.AF_INET6, 128) if target.version == 6 else (socket.AF_INET, 32)
    body = struct.pack("=BBBBBBBBI", family, length, 0, 0, 0, 0, 0, 0, 0) + netlink.attribute(RTA_DST, target.packed)
    with netlink.kernel_socket(space.pid) as asking:
        asking.send(struct.pack("=IHHII", 16 + len(body), GET_ROUTE, REQUEST, 0, 0) + body)
        answered = netlink.messages(asking.recv(4096))
    return any(kind == NEW_ROUTE and len(route) > TYPE_AT and route[TYPE_AT] == LOCAL for kind, route in answered)


def _witness(space: NodeSpace, version: int) -> socket.socket:
    """A socket that receives the echo requests that reach a node, so that nobody on the way can answer in its place."""
    if version == 6:
        return syscalls.node_socket(space.pid, socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    return syscalls.node_socket(space.pid, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


@answers("flow")
async def _flow(space: NodeSpace, ask: Mapping[str, Any], space_of: Callable[[str], NodeSpace]) -> Answer:
    """Send a nonce from one node to another over TCP or UDP. The flow has arrived when the nonce was read there.

    A port that a program of the node holds is an answer too: a learner may hold it, so that nothing can be said.
    """
    target = ipaddress.ip_address(ask["dst"])
    family = socket.AF_INET6 if target.version == 6 else socket.AF_INET
    kind = socket.SOCK_DGRAM if ask["protocol"] == "udp" else socket.SOCK_STREAM
    where = (str(target), int(ask["port"]))
    nonce, seconds = probe_marks.nonce(), patience(ask, 1.0)
    receiver = syscalls.node_socket(space_of(ask["to"]).pid, family, kind)
    sender = syscalls.node_socket(space.pid, family, kind)
    with receiver, sender:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            receiver.bind(("::" if target.version == 6 else "0.0.0.0", where[1]))  # noqa: S104 — in the node's own network
        except OSError:
            return {"arrived": False, "held": True, "error": "", "source": ""}
        try:
            probe_marks.bind(sender)
            async with asyncio.timeout(seconds):
                source = await _carry(sender, receiver, where, nonce, kind)
                return {"arrived": True, "error": "", "source": source}
        except TimeoutError:
            return {"arrived": False, "error": "timeout", "source": ""}
        except OSError as error:
            return {"arrived": False, "error": error.strerror or str(error), "source": ""}


async def _carry(
    sender: socket.socket, receiver: socket.socket, where: tuple[str, int], nonce: bytes, kind: int
) -> str:
    """The source address that the receiver saw, once the nonce has arrived. It shows address translation."""
    loop = asyncio.get_running_loop()
    if kind == socket.SOCK_DGRAM:
        await loop.sock_connect(sender, where)
        for _ in range(3):
            await loop.sock_sendall(sender, nonce)
        while True:
            data, source = await loop.sock_recvfrom(receiver, 64)
            if data == nonce:
                return _plain(source)
    receiver.listen(8)
    await loop.sock_connect(sender, where)
    await loop.sock_sendall(sender, nonce)
    while True:
        accepted, source = await loop.sock_accept(receiver)
        with accepted:
            if await loop.sock_recv(accepted, 64) == nonce:
                return _plain(source)


def _plain(source: tuple[str, int]) -> str:
    """The sender's address; IPv4-mapped addresses become IPv4 addresses."""
    return source[0].split("%")[0].removeprefix("::ffff:")


@answers("trace")
async def _trace(space: NodeSpace, ask: Mapping[str, Any], _: object) -> Answer:
    """The path hop by hop, by pings with a growing hop limit. Each router names itself in its answer (RFC 4443, 3.3)."""
    target = ipaddress.ip_address(ask["dst"])
    hops: list[str | None] = []
    until = time.monotonic() + patience(ask, 8.0)
    for limit in range(1, MOST_HOPS + 1):
        data = ping.data_of(probe_marks.nonce())
        found = await ping.send(
            space, ping.Requests(target=target, wait=pace.seconds(HOP_SECONDS), hops=limit, data=data)
        )
        on_the_way = next((report.by for report in found.reported.values()), None)
        hops.append(found.answered.get(1, on_the_way))
        if found.answered or time.monotonic() > until:  # the silent hops so far are an answer, too
            break
    return {"hops": hops}
