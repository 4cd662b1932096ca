"""Shared by the supervisor's tests. Nothing here imitates the kernel: files, sockets and processes are real ones, of this user.

Mininet is in the lab image only. Live tests cover what the supervisor uses of it. Here, empty classes replace Mininet's, so that
the modules can be imported.
"""

import asyncio
import importlib.util
import os
import socket
import sys
import tempfile
import time
import types
from pathlib import Path

import pytest


class Anything:
    """Takes any arguments, and does nothing."""

    def __init__(self, *args, **kwargs):
        self.nameToNode, self.hosts = {}, []

    def build(self):
        pass


def stand_in(module, *names):
    sys.modules[module] = made = types.ModuleType(module)
    for name in names:
        setattr(made, name, type(name, (Anything,), {}))


if importlib.util.find_spec("mininet") is None:
    stand_in("mininet")
    stand_in("mininet.link", "Intf", "Link")
    stand_in("mininet.net", "Mininet")
    stand_in("mininet.node", "Node")
    stand_in("mininet.topo", "Topo")

from labs.supervisor import conntrack, daemon_sockets, syscalls  # noqa: E402, F401 — to register asks
from labs.supervisor.asks import answer  # noqa: E402
from tests.labs.supervisor.netlink_answers import NUMBER  # noqa: E402


@pytest.fixture
def tmp_path():
    """A folder with a short path: the path of a Unix socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="vaka-") as folder:
        yield Path(folder)


class Folder:
    """A node that is only a folder of files, which the supervisor's own openat2 opens."""

    def __init__(self, name, base):
        self.name, self.base, self.pid = name, base, os.getpid()
        self.up, self.ended = True, ""
        (base / "upper").mkdir(parents=True)
        self.path = base / "upper"
        self.root = os.open(self.path, os.O_PATH | os.O_DIRECTORY)

    def open(self, path, flags):
        return syscalls.open_below(self.root, path, flags)


class Folders:
    """A network of such nodes. All belong to the learner, except those whose name begins with i."""

    def __init__(self, base, *names):
        self.spaces = {name: Folder(name, base / name) for name in names}
        node = {"kind": "host", "daemons": [], "interfaces": {"eth0": []}}
        self.lab = {"nodes": {name: node | {"learner": not name.startswith("i")} for name in names}}

    def space(self, name):
        return self.spaces[name]

    def names(self):
        return list(self.spaces)


@pytest.fixture
def folders(tmp_path):
    """A function that makes a network of nodes with these names."""
    made = []

    def make(*names):
        made.append(Folders(tmp_path / f"network{len(made)}", *names))
        return made[-1]

    yield make
    for network in made:
        for space in network.spaces.values():
            os.close(space.root)


@pytest.fixture
def node(folders):
    return folders("h1").space("h1")


@pytest.fixture
def ask(node):
    """Ask one question; returns the answer."""

    def put(question, seconds=1.0, space_of=None):
        nodes = {"h1": node}
        return asyncio.run(answer({"node": "h1", **question}, space_of or nodes.__getitem__, seconds))

    return put


@pytest.fixture
def dumps(monkeypatch):
    """A socket with prepared answers; nobody reads the requests."""
    monkeypatch.setattr(time, "monotonic_ns", lambda: NUMBER)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(0.2)

    def say(*datagrams):
        for datagram in datagrams:
            theirs.send(datagram)
        return ours

    with ours, theirs:
        yield say


@pytest.fixture
def conntrack_questions(monkeypatch):
    """The sockets and requests by which the kernel is asked to load conntrack; it is not asked."""
    asked = []

    class Asking:
        def __init__(self, *kind):
            asked.append(kind)

        def __enter__(self):
            return self

        def __exit__(self, *_error):
            pass

        def send(self, request):
            asked.append(request)

    monkeypatch.setattr(conntrack.socket, "socket", Asking)
    return asked
