"""Questions that send packets from a node: ping, flow and trace."""

import asyncio
import ipaddress
import os
import re
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from labs.supervisor import syscalls
from labs.supervisor.node import NodeSpace
from labs.supervisor.questions import Answer, answers, run

REPLY = re.compile(rb"bytes from ([0-9a-fA-F:.]+): ")
TROUBLE = re.compile(rb"^From ([0-9a-fA-F:.]+)[^ ]* icmp_seq=\d+ (.+)$", re.MULTILINE)
SUMMARY = re.compile(rb"(\d+) packets transmitted, (\d+) received")
SEQUENCE = re.compile(rb"icmp_seq=(\d+) ttl=")
MOST_HEARD = 4096


@answers("ping")
async def _ping(space: NodeSpace, question: Mapping[str, Any], space_of: Callable[[str], NodeSpace]) -> Answer:
    target = ipaddress.ip_address(question["dst"])
    count, interval = int(question.get("count", 1)), float(question.get("interval", 0.2))
    source = ["-I", str(ipaddress.ip_address(question["source"]))] if question.get("source") else []
    wait = float(question.get("seconds", 1.0))
    nonce = os.urandom(16)
    paced = ["-c", str(count), "-i", str(interval), "-W", str(wait), "-p", nonce.hex()]
    with _witness(space_of(question["at"]), target.version) if question.get("at") else nullcontext() as witness:
        (_, output, errors), (_, route, _) = await asyncio.gather(
            run(space, "ping", f"-{target.version}", "-n", *paced, *source, str(target)),
            run(space, "ip", "-j", "route", "get", str(target)),
        )
        arrived = witness and sum(nonce in packet for packet in syscalls.waiting(witness, MOST_HEARD))
    # With the far address on the near node, the near node itself answers
    local = b'"type":"local"' in route
    return {**parse_ping(output, errors), "local": local, "arrived": arrived}


def parse_ping(output: bytes, errors: bytes) -> Answer:
    """The output of ping: how many packets were sent and received, who answered, who reported errors, which were lost."""
    summary = SUMMARY.search(output)
    if not summary:
        said = (errors or output).decode(errors="replace").strip()[:300]
        return {"sent": 0, "received": 0, "from": [], "errors": [said], "lost": []}
    answered = {int(number) for number in SEQUENCE.findall(output)}
    reported = {f"{who.decode()}: {what.decode(errors='replace')}" for who, what in TROUBLE.findall(output)}
    return {
        "sent": int(summary[1]),
        "received": int(summary[2]),
        "from": sorted({found.decode() for found in REPLY.findall(output)}),
        "errors": sorted(reported)[:8],
        "lost": [number for number in range(1, int(summary[1]) + 1) if number not in answered],
    }


def _witness(space: NodeSpace, version: int) -> socket.socket:
    """A socket that receives the echo requests that reach a node, so that nobody on the way can answer in its place."""
    if version == 6:
        return syscalls.node_socket(space.pid, socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    return syscalls.node_socket(space.pid, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


@answers("flow")
async def _flow(space: NodeSpace, question: Mapping[str, Any], space_of: Callable[[str], NodeSpace]) -> Answer:
    """Send a nonce from one node to another over TCP or UDP. The flow has arrived when the nonce was read there.

    A port that a program of the node holds is an answer too: a learner may hold it, so that nothing can be said.
    """
    target = ipaddress.ip_address(question["dst"])
    family = socket.AF_INET6 if target.version == 6 else socket.AF_INET
    kind = socket.SOCK_DGRAM if question["protocol"] == "udp" else socket.SOCK_STREAM
    where = (str(target), int(question["port"]))
    nonce, seconds = os.urandom(16), float(question.get("seconds", 1.0))
    receiver = syscalls.node_socket(space_of(question["to"]).pid, family, kind)
    sender = syscalls.node_socket(space.pid, family, kind)
    with receiver, sender:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            receiver.bind(("::" if target.version == 6 else "0.0.0.0", where[1]))  # noqa: S104 — in the node's own network
        except OSError:
            return {"arrived": False, "held": True, "error": "", "source": ""}
        try:
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
async def _trace(space: NodeSpace, question: Mapping[str, Any], _: object) -> Answer:
    """The path hop by hop, by pings with a growing hop limit. Each router names itself in its answer (RFC 4443, 3.3)."""
    target = ipaddress.ip_address(question["dst"])
    hops: list[str | None] = []
    until = time.monotonic() + float(question.get("seconds", 8.0))
    for limit in range(1, 17):
        _, output, _errors = await run(
            space, "ping", f"-{target.version}", "-n", "-c", "1", "-W", "0.5", "-t", str(limit), str(target)
        )
        reply, on_the_way = REPLY.search(output), re.search(rb"^From ([0-9a-fA-F:.]+) ", output, re.MULTILINE)
        found = reply or on_the_way
        hops.append(found[1].decode() if found else None)
        if reply or time.monotonic() > until:  # the silent hops so far are an answer, too
            break
    return {"hops": hops}
