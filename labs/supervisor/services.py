"""Asks that use a service as a client would: DNS, HTTP, any TCP port. From a node's network, by us, bounded in bytes and time."""

import asyncio
import ipaddress
import os
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs.supervisor import kernel
from labs.supervisor.asks import Answer, NoAnswer, ask
from labs.supervisor.node import NodeSpace

Spaces = Callable[[str], NodeSpace]
BODY = 32 * 1024  # bytes of an HTTP answer that are read
BANNER = 512
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "DS": 43}
NAMES = {number: name for name, number in TYPES.items()}
CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


def _family(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    return socket.AF_INET6 if address.version == 6 else socket.AF_INET


async def connect(space: NodeSpace, question: Mapping[str, Any]) -> socket.socket:
    """A TCP connection from the node, or why there is none."""
    target = ipaddress.ip_address(question["dst"])
    made = kernel.node_socket(space.pid, _family(target), socket.SOCK_STREAM)
    try:
        if question.get("source"):
            made.bind((str(ipaddress.ip_address(question["source"])), 0))
        async with asyncio.timeout(float(question.get("seconds", 2.0))):
            await asyncio.get_running_loop().sock_connect(made, (str(target), int(question["port"])))
    except TimeoutError:
        made.close()
        raise NoAnswer("refused", f"{target} port {question['port']}: no answer in time.") from None
    except OSError as error:
        made.close()
        raise NoAnswer("refused", f"{target} port {question['port']}: {error.strerror or error}.") from None
    except BaseException:
        made.close()
        raise
    return made


@ask("tcp")
async def _tcp(space: NodeSpace, question: Mapping[str, Any], _: Spaces) -> Answer:
    """Whether a port takes connections, and what it says first, within half a second, to one who says nothing."""
    try:
        made = await connect(space, question)
    except NoAnswer as error:
        return {"connected": False, "error": str(error), "banner": ""}
    with made:
        try:
            async with asyncio.timeout(0.5 if question.get("listen") else 0.01):
                banner = await asyncio.get_running_loop().sock_recv(made, BANNER)
        except (TimeoutError, OSError):
            banner = b""
    return {"connected": True, "error": "", "banner": banner.decode(errors="replace")}


@ask("http")
async def _http(space: NodeSpace, question: Mapping[str, Any], _: Spaces) -> Answer:
    """One GET; the answer is cut at BODY bytes. Redirects are not followed."""
    host, path = str(question.get("host") or question["dst"]), str(question.get("path") or "/")
    if any(c in host + path for c in "\r\n\0 "):
        raise NoAnswer("unreachable", "A host or path in HTTP has no spaces and no line ends.")
    try:
        made = await connect(space, question)
    except NoAnswer as error:
        return {"status": None, "error": str(error), "headers": {}, "body": ""}
    name = f"[{host}]" if ":" in host else host
    with made:
        said = bytearray()
        try:
            async with asyncio.timeout(float(question.get("seconds", 2.0))):
                loop = asyncio.get_running_loop()
                request = f"GET {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: vaka\r\nConnection: close\r\n\r\n"
                await loop.sock_sendall(made, request.encode())
                while len(said) < BODY and (chunk := await loop.sock_recv(made, 8192)):
                    said += chunk
        except (TimeoutError, OSError):
            pass  # what came so far is read
    head, _gap, body = bytes(said[:BODY]).partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if not first.startswith("HTTP/1.") or len(words) < 2 or not words[1].isdigit():
        return {"status": None, "error": "It does not speak HTTP.", "headers": {}, "body": first[:200]}
    headers = {
        key.strip().lower()[:80]: value.strip()[:300] for key, _c, value in (h.partition(":") for h in lines[:60])
    }
    return {"status": int(words[1][:4]), "error": "", "headers": headers, "body": body.decode(errors="replace")}


@ask("dns")
async def _dns(space: NodeSpace, question: Mapping[str, Any], _: Spaces) -> Answer:
    """One question to one server, over UDP; an answer that was cut is asked for again over TCP."""
    query, number = _query(question["name"], TYPES[question["type"]], validate=bool(question.get("dnssec")))
    try:
        async with asyncio.timeout(float(question.get("seconds", 2.0))):
            said = await _over_udp(space, question, query)
            if said[2] & 0x02:
                said = await _over_tcp(space, question, query)
    except TimeoutError:
        return {"rcode": None, "error": "no answer in time", "answers": [], "validated": False}
    except OSError as error:
        return {"rcode": None, "error": error.strerror or str(error), "answers": [], "validated": False}
    except NoAnswer as error:
        return {"rcode": None, "error": str(error), "answers": [], "validated": False}
    return {"error": "", **_read(said, number)}


async def _over_udp(space: NodeSpace, question: Mapping[str, Any], query: bytes) -> bytes:
    target = ipaddress.ip_address(question["server"])
    loop = asyncio.get_running_loop()
    with kernel.node_socket(space.pid, _family(target), socket.SOCK_DGRAM) as made:
        await loop.sock_connect(made, (str(target), int(question.get("port") or 53)))
        while True:
            await loop.sock_sendall(made, query)
            try:
                async with asyncio.timeout(0.7):
                    while True:
                        said = await loop.sock_recv(made, 4096)
                        if len(said) >= 12 and said[:2] == query[:2]:
                            return said
            except TimeoutError:
                continue


async def _over_tcp(space: NodeSpace, question: Mapping[str, Any], query: bytes) -> bytes:
    loop, said = asyncio.get_running_loop(), b""
    where = {"dst": question["server"], "port": question.get("port") or 53, "seconds": question.get("seconds", 2.0)}
    with await connect(space, where) as made:
        await loop.sock_sendall(made, struct.pack("!H", len(query)) + query)
        while len(said) < 14 or len(said) < 2 + struct.unpack_from("!H", said)[0]:
            if not (chunk := await loop.sock_recv(made, 65_537)):
                raise NoAnswer("refused", "The server ended the connection.")
            said += chunk
    return said[2:]


def _query(name: str, kind: int, *, validate: bool) -> tuple[bytes, int]:
    """A question with EDNS; the DO and AD bits say that we know of DNSSEC (RFC 6840, 5.7)."""
    labels = [label.encode("idna") if label else b"" for label in name.rstrip(".").split(".")]
    written = b"".join(bytes([len(label)]) + label for label in labels if label) + b"\0"
    flags = 0x0120 if validate else 0x0100
    edns = b"\0" + struct.pack("!HHIH", 41, 1232, 0x8000 if validate else 0, 0)
    return os.urandom(2) + struct.pack("!HHHHH", flags, 1, 0, 0, 1) + written + struct.pack("!HH", kind, 1) + edns, kind


def _read(said: bytes, kind: int) -> Answer:
    flags, questions, answers = struct.unpack_from("!2xHHH", said)
    found: Answer = {
        "rcode": CODES.get(flags & 15, str(flags & 15)),
        "validated": bool(flags & 0x20),
        "authoritative": bool(flags & 0x400),
        "answers": [],
    }
    at = 12
    try:
        for _each in range(min(questions, 4)):
            at = _name(said, at)[1] + 4
        for _each in range(min(answers, 64)):
            _owner, at = _name(said, at)
            held, _class, ttl, size = struct.unpack_from("!HHIH", said, at)
            at += 10
            if at + size > len(said):
                break
            if held == kind or held == TYPES["CNAME"]:
                value = _value(said, at, size, held)
                found["answers"].append({"type": NAMES.get(held, str(held)), "value": value, "ttl": ttl})
            at += size
    except (struct.error, IndexError, ValueError):
        found["error"] = "the answer is malformed"
    return found


def _name(said: bytes, at: int) -> tuple[str, int]:
    """A name and the place behind it. A pointer leads only backwards, so that none goes in a circle (RFC 1035, 4.1.4)."""
    labels: list[str] = []
    end = None
    while said[at]:
        length = said[at]
        if length & 0xC0 == 0xC0:
            target = struct.unpack_from("!H", said, at)[0] & 0x3FFF
            end = at + 2 if end is None else end
            if target >= at:
                raise ValueError("A pointer of a name leads forwards.")
            at = target
            continue
        if length > 63 or len(labels) > 127 or at + 1 + length > len(said):
            raise ValueError("A label of a name is too long.")
        labels.append(said[at + 1 : at + 1 + length].decode("latin-1"))
        at += 1 + length
    return ".".join(labels) or ".", at + 1 if end is None else end


def _value(said: bytes, at: int, size: int, kind: int) -> str:
    data = said[at : at + size]
    match NAMES.get(kind):
        case "A" if size == 4:
            return str(ipaddress.IPv4Address(data))
        case "AAAA" if size == 16:
            return str(ipaddress.IPv6Address(data))
        case "NS" | "CNAME" | "PTR" | "SOA":
            return _name(said, at)[0]
        case "MX":
            return f"{struct.unpack_from('!H', data)[0]} {_name(said, at + 2)[0]}"
        case "SRV":
            return " ".join(map(str, struct.unpack_from("!HHH", data))) + f" {_name(said, at + 6)[0]}"
        case "TXT":
            return "".join(_strings(data))
    return data.hex()


def _strings(data: bytes) -> Iterator[str]:
    at = 0
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]].decode(errors="replace")
        at += 1 + data[at]
