"""The queueing disciplines, classes and filters that a learner has set by ``tc``: read, and restored.

The text of tc differs from kind to kind. But for each kind, the attributes that the kernel reports are those that it accepts
(rtnetlink(7), RTM_GETQDISC and similar). So we keep the kernel's own attributes. A filter whose action refers to this lab, by the
number of a link or a table of rates, is left out. The queues of our own cables are not the learner's and are left out, too.
"""

import base64
import binascii
import os
import socket
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from labs.engine.shared import pace
from labs.supervisor import syscalls
from labs.supervisor.cables import OURS
from labs.supervisor.netlink import attribute, attributes, messages
from labs.supervisor.node import NodeSpace

Item = dict[str, Any]

MOST = 400  # items of one node
TIME = pace.seconds(2.0)
NEW = {"qdisc": 36, "class": 40, "filter": 44}
GET = {what: number + 2 for what, number in NEW.items()}
DELETE_QDISC = 37
REQUEST, ACK, DUMP, CREATE, REPLACE = 1, 4, 0x300, 0x400, 0x100
ERROR, DONE = 2, 3
ROOT, INGRESS = 0xFFFFFFFF, 0xFFFFFFF1
HOOKS = (0xFFFFFFF2, 0xFFFFFFF3)  # of clsact: ingress and egress
MESSAGE = struct.Struct("=BxxxiIII")  # tcmsg: family, interface, handle, parent, info
KIND, OPTIONS, STAB, CHAIN = 1, 2, 8, 11
KEPT = {KIND, OPTIONS, STAB, CHAIN}
HTB_INIT = 2
# By kind of filter: the option with its actions, and the option with flags that the kernel reports but does not accept
ACTIONS = {"u32": (7, 6), "flower": (3,), "matchall": (2,), "fw": (4, 2), "basic": (3, 4)}
FLAGS = {"u32": 11, "flower": 22, "matchall": 3}
SIMPLE = {b"gact", b"skbedit", b"vlan"}  # actions that mean the same in another lab


class TrafficControl:
    """The traffic control state of a node: ``items`` to be saved, and ``left_out``, a short text for each item that is not."""

    def __init__(self, space: NodeSpace) -> None:
        self.items: list[Item] = []
        self.left_out: list[str] = []
        with TcSocket(space) as tc:
            found = list(tc.all_of("qdisc"))
            named = [one for one in found if one["handle"] and one["handle"] >> 16 != OURS]
            self._keep(named)
            for one in named:
                if one["parent"] == ROOT:
                    self._keep(each for each in tc.all_of("class", one["dev"]) if _major(each) == one["handle"] >> 16)
                parents = HOOKS if one["kind"] == "clsact" else (one["handle"],)
                for parent in parents:
                    self._keep(tc.all_of("filter", one["dev"], parent))

    def _keep(self, items: Iterator[Item] | list[Item]) -> None:
        for item in items:
            lacking = why_left_out(item)
            if lacking is None:
                continue
            if lacking or len(self.items) >= MOST:
                self.left_out.append(f"tc {item['what']} on {item['dev']}: {lacking or 'too many'}")
            else:
                self.items.append(item)


def _major(item: Item) -> int:
    return int(item["handle"]) >> 16


def why_left_out(item: Item) -> str | None:
    """The reason why it cannot be saved: empty if it can; None if there is nothing to save, as the kernel creates it itself."""
    if item["what"] == "qdisc" and item["kind"] == "htb":
        _as_asked(item)
    if item["what"] != "filter":
        return ""
    kind, handle = item["kind"], item["handle"]
    options = _options(item)
    if not options or (kind == "u32" and handle == 0x80000000):
        return None
    if kind not in ACTIONS:
        return f"its kind, {kind}"
    for place in ACTIONS[kind]:
        for _number, action in attributes(options.get(place, b"")):
            name = dict(attributes(action)).get(1, b"").rstrip(b"\0")
            if name not in SIMPLE:
                return f"its action, {name.decode(errors='replace')[:16]}"
    if FLAGS.get(kind) in options:
        del options[FLAGS[kind]]
        _put_options(item, options)
    return ""


def _as_asked(item: Item) -> None:
    """Keep the major version of htb only: the kernel reports both halves and accepts the first."""
    options = _options(item)
    told = options[HTB_INIT]
    options[HTB_INIT] = struct.pack("=I", struct.unpack_from("=I", told)[0] >> 16) + told[4:]
    _put_options(item, options)


def _options(item: Item) -> dict[int, bytes]:
    return dict(attributes(base64.b64decode(item["attributes"].get(str(OPTIONS), ""))))


def _put_options(item: Item, options: Mapping[int, bytes]) -> None:
    packed = b"".join(attribute(number, value) for number, value in options.items())
    item["attributes"][str(OPTIONS)] = base64.b64encode(packed).decode()


def bring_back(space: NodeSpace, saved: list[Item]) -> list[str]:
    """Restore the saved items where they differ. Returns a short text for each item that the kernel refused."""
    now = TrafficControl(space).items
    trouble: list[str] = []
    with TcSocket(space) as tc:
        for dev in sorted({str(item["dev"]) for item in [*now, *saved[:MOST]]}):
            wanted = [item for item in saved[:MOST] if item["dev"] == dev]
            there = [item for item in now if item["dev"] == dev]
            if wanted == there:
                continue
            for item in there:
                if item["what"] == "qdisc" and item["parent"] in (ROOT, INGRESS):
                    tc.delete(item)
            trouble += tc.make_all(wanted)
    return trouble


class TcSocket:
    """An rtnetlink socket in the network of a node."""

    def __init__(self, space: NodeSpace) -> None:
        self._socket = syscalls.netlink_socket(space.pid)
        self._socket.settimeout(TIME)
        with syscalls.network_of(space.pid):
            self._names = dict(socket.if_nameindex())
        self._numbers = {name: index for index, name in self._names.items()}

    def __enter__(self) -> "TcSocket":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def all_of(self, what: str, dev: str = "", parent: int = 0) -> Iterator[Item]:
        """The disciplines, classes or filters that the kernel has, of all interfaces or of DEV."""
        asked = MESSAGE.pack(0, self._numbers.get(dev, 0), 0, parent, 0)
        for body in self._ask(GET[what], REQUEST | DUMP, asked):
            _family, index, handle, parent, info = MESSAGE.unpack_from(body)
            facts = dict(attributes(body[MESSAGE.size :]))
            if index in self._names and KIND in facts:
                yield {
                    "what": what,
                    "dev": self._names[index],
                    "kind": facts[KIND].rstrip(b"\0").decode(errors="replace"),
                    "handle": handle,
                    "parent": parent,
                    "info": info if what == "filter" else 0,  # for others it is a reference count
                    "attributes": {
                        str(number): base64.b64encode(value).decode()
                        for number, value in facts.items()
                        if number in KEPT
                    },
                }

    def delete(self, item: Mapping[str, Any]) -> None:
        list(self._ask(DELETE_QDISC, REQUEST | ACK, MESSAGE.pack(0, self._numbers[item["dev"]], 0, item["parent"], 0)))

    def make_all(self, items: list[Item]) -> list[str]:
        """Create the items. A refused item is tried again as long as another succeeds, because its parent may come later."""
        left, errors = items, dict[int, str]()
        while left:
            errors = {number: error for number, item in enumerate(left) if (error := self._make(item))}
            if len(errors) == len(left):
                break
            left = [left[number] for number in errors]
        return [
            f"tc {left[number].get('what')} on {left[number].get('dev')}: {error}" for number, error in errors.items()
        ]

    def _make(self, item: Mapping[str, Any]) -> str:
        """Create one item; returns why not, or an empty text. The item is from a save, so it is hostile."""
        try:
            given = {int(number): base64.b64decode(value) for number, value in item["attributes"].items()}
            packed = b"".join(attribute(number, value) for number, value in given.items() if number in KEPT)
            numbers = (int(item[name]) for name in ("handle", "parent", "info"))
            asked = MESSAGE.pack(0, self._numbers[item["dev"]], *numbers) + packed
            flags = REQUEST | ACK | CREATE | (REPLACE if item["what"] == "qdisc" else 0)
            list(self._ask(NEW[item["what"]], flags, asked))
        except OSError as error:
            return error.strerror or str(error)
        except (KeyError, ValueError, TypeError, OverflowError, struct.error, binascii.Error, AttributeError):
            return "not understood"
        return ""

    def _ask(self, kind: int, flags: int, body: bytes) -> Iterator[bytes]:
        """The bodies of the answers. Raises OSError when the kernel refuses."""
        self._socket.send(struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body)
        while True:
            for said, content in messages(self._socket.recv(1 << 16)):
                if said == DONE:
                    return
                if said == ERROR:
                    number = -struct.unpack_from("=i", content)[0]
                    if number:
                        raise OSError(number, os.strerror(number))
                    return
                yield content
