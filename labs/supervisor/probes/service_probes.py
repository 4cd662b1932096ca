"""Questions that use a service as a client in a node would: DNS, HTTP, any TCP port. Bounded in bytes and time."""

import asyncio
import ipaddress
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any

from labs.engine.shared import pace
from labs.supervisor import probe_marks, syscalls
from labs.supervisor.asks import Answer, NoAnswer, answers, patience
from labs.supervisor.node import NodeSpace
from labs.supervisor.probes import dns_message
from labs.supervisor.probes.cpu_starved_programs import CpuStarvedPrograms

Spaces = Callable[[str], NodeSpace]
BODY = 32 * 1024  # bytes of an HTTP reply that are read
BANNER, BANNER_SECONDS = 512, pace.seconds(0.5)
AGAIN = pace.seconds(0.7)  # after which a question over UDP is sent once more
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")


def _family(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    return socket.AF_INET6 if address.version == 6 else socket.AF_INET


async def connect(space: NodeSpace, ask: Mapping[str, Any]) -> socket.socket:
    """Open a TCP connection from the node. Raises NoAnswer with the reason."""
    target = ipaddress.ip_address(ask["dst"])
    made = syscalls.node_socket(space.pid, _family(target), socket.SOCK_STREAM)
    try:
        probe_marks.bind(made, str(ipaddress.ip_address(ask["source"])) if ask.get("source") else "")
        async with asyncio.timeout(patience(ask, 2.0)):
            await asyncio.get_running_loop().sock_connect(made, (str(target), int(ask["port"])))
    except TimeoutError:
        made.close()
        raise NoAnswer("refused", f"{target} port {ask['port']}: no answer in time.") from None
    except OSError as error:
        made.close()
        raise NoAnswer("refused", f"{target} port {ask['port']}: {error.strerror or error}.") from None
    except BaseException:
        made.close()
        raise
    return made


@answers("tcp")
async def _tcp(space: NodeSpace, ask: Mapping[str, Any], _: Spaces) -> Answer:
    """Try whether a port accepts connections, and what the server sends first, within BANNER_SECONDS, to a silent client."""
    try:
        made = await connect(space, ask)
    except NoAnswer as error:
        return {"connected": False, "error": str(error), "banner": ""}
    with made:
        try:
            async with asyncio.timeout(BANNER_SECONDS if ask.get("listen") else 0.01):
                banner = await asyncio.get_running_loop().sock_recv(made, BANNER)
        except (TimeoutError, OSError):
            banner = b""
    return {"connected": True, "error": "", "banner": banner.decode(errors="replace")}


@answers("http")
async def _http(space: NodeSpace, ask: Mapping[str, Any], _: Spaces) -> Answer:
    """Send one request; the reply is cut at BODY bytes. Redirects are not followed."""
    host, path = str(ask.get("host") or ask["dst"]), str(ask.get("path") or "/")
    method, sends = str(ask.get("method") or "GET"), str(ask.get("sends") or "").encode()
    if any(c in host + path for c in "\r\n\0 ") or method not in METHODS:
        raise NoAnswer("unreachable", "A host or path in HTTP cannot have spaces or line ends.")
    try:
        made = await connect(space, ask)
    except NoAnswer as error:
        return {"status": None, "error": str(error), "headers": {}, "body": ""}
    name = f"[{host}]" if ":" in host else host
    with made, CpuStarvedPrograms() as starved:
        said = bytearray()
        try:
            async with asyncio.timeout(patience(ask, 2.0)):
                loop = asyncio.get_running_loop()
                length = f"Content-Length: {len(sends)}\r\n" if sends or method in ("POST", "PUT") else ""
                head = (
                    f"{method} {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: vaka\r\n{length}Connection: close\r\n\r\n"
                )
                await loop.sock_sendall(made, head.encode() + sends)
                while len(said) < BODY and (chunk := await loop.sock_recv(made, 8192)):
                    said += chunk
        except TimeoutError:
            starved.must_be_few()  # otherwise use the part that has come so far
        except OSError:
            pass
    return parse_http(bytes(said[:BODY]))


def parse_http(reply: bytes) -> Answer:
    """Parse the reply of an HTTP server, which is hostile: status, at most 60 headers by lower-case name, and body."""
    head, _gap, body = reply.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    # isdecimal, because isdigit accepts superscripts, which int refuses
    if not first.startswith("HTTP/1.") or len(words) < 2 or not words[1].isdecimal():
        return {"status": None, "error": "The server does not speak HTTP.", "headers": {}, "body": first[:200]}
    headers = {
        key.strip().lower()[:80]: value.strip()[:300]
        for key, _colon, value in (line.partition(":") for line in lines[:60])
    }
    return {"status": int(words[1][:4]), "error": "", "headers": headers, "body": body.decode(errors="replace")}


@answers("dns")
async def _dns(space: NodeSpace, ask: Mapping[str, Any], _: Spaces) -> Answer:
    """Ask one server over UDP, and again over TCP if its reply was truncated."""
    query = dns_message.query(ask["name"], ask["type"], validate=bool(ask.get("dnssec")))
    with CpuStarvedPrograms() as starved:
        try:
            async with asyncio.timeout(patience(ask, 2.0)):
                said = await _over_udp(space, ask, query)
                if dns_message.is_truncated(said):
                    said = await _over_tcp(space, ask, query)
        except TimeoutError:
            error = "no answer in time"
        except OSError as failure:
            error = failure.strerror or str(failure)
        except NoAnswer as failure:
            error = str(failure)
        else:
            return _read(said, ask["type"], starved)
        starved.must_be_few()
    return {"rcode": None, "error": error, "answers": [], "validated": False}


def _read(said: bytes, record: str, starved: CpuStarvedPrograms) -> Answer:
    """Read a reply. A resolver whose own questions were not answered in time says SERVFAIL."""
    answer = dns_message.parse(said, record)
    if answer.get("rcode") == "SERVFAIL":
        starved.must_be_few()
    return answer


async def _over_udp(space: NodeSpace, ask: Mapping[str, Any], query: bytes) -> bytes:
    target = ipaddress.ip_address(ask["server"])
    loop = asyncio.get_running_loop()
    with syscalls.node_socket(space.pid, _family(target), socket.SOCK_DGRAM) as made:
        probe_marks.bind(made)
        await loop.sock_connect(made, (str(target), int(ask.get("port") or 53)))
        while True:
            await loop.sock_sendall(made, query)
            try:
                async with asyncio.timeout(AGAIN):
                    while True:
                        said = await loop.sock_recv(made, 4096)
                        if len(said) >= dns_message.HEADER and said[:2] == query[:2]:
                            return said
            except TimeoutError:
                continue


async def _over_tcp(space: NodeSpace, ask: Mapping[str, Any], query: bytes) -> bytes:
    loop, said = asyncio.get_running_loop(), b""
    where = {"dst": ask["server"], "port": ask.get("port") or 53, "seconds": ask.get("seconds", 2.0)}
    with await connect(space, where) as made:
        await loop.sock_sendall(made, struct.pack("!H", len(query)) + query)
        while len(said) < 2 or len(said) < 2 + struct.unpack_from("!H", said)[0]:
            if not (chunk := await loop.sock_recv(made, 65_537)):
                raise NoAnswer("refused", "The server closed the connection.")
            said += chunk
    reply = said[2 : 2 + struct.unpack_from("!H", said)[0]]
    if len(reply) < dns_message.HEADER:
        raise NoAnswer("refused", "The server's reply is too short.")
    return reply
