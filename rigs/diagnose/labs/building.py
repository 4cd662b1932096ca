"""Puts the labs of the rig together: small networks that are solved when they start, with fast timers."""

import textwrap
from collections.abc import Iterable
from typing import Any

from labs.engine.definition.ad_hoc import ad_hoc_lab, link
from labs.engine.definition.spec import Check, Kind, Lab, Link, Node, Stage, StartFile

KEEP = {"net.ipv6.conf.all.keep_addr_on_down": "1"}
FORWARDS = {"net.ipv6.conf.all.forwarding": "1", "net.ipv4.ip_forward": "1"}
FRR_FILE, BIRD_FILE = "/etc/frr/frr.conf", "/etc/bird/bird.conf"


def file(path: str, text: str) -> StartFile:
    return StartFile(path=path, content=textwrap.dedent(text).lstrip("\n").encode(), executable=False)


def frr(name: str, config: str, *daemons: str, loopback: tuple[str, ...] = (), start: tuple[str, ...] = ()) -> Node:
    text = f"hostname {name}\nipv6 forwarding\nip forwarding\n" + textwrap.dedent(config).lstrip("\n")
    files = (StartFile(path=FRR_FILE, content=text.encode(), executable=False),)
    return Node(name=name, kind=Kind.FRR, daemons=daemons, files=files, sysctls=KEEP, loopback=loopback, start=start)


def bird(name: str, config: str, *, loopback: tuple[str, ...] = (), learner: bool = False) -> Node:
    text = "protocol device { scan time 1; }\n" + textwrap.dedent(config).lstrip("\n")
    files = (StartFile(path=BIRD_FILE, content=text.encode(), executable=False),)
    return Node(name=name, kind=Kind.BIRD, files=files, sysctls=KEEP, loopback=loopback, learner=learner)


def host(name: str, *start: str, files: tuple[StartFile, ...] = (), learner: bool = True, **sysctls: str) -> Node:
    return Node(name=name, kind=Kind.HOST, start=start, files=files, learner=learner, sysctls=sysctls)


def router(name: str, *start: str, files: tuple[StartFile, ...] = ()) -> Node:
    """A host that forwards packets."""
    return Node(name=name, kind=Kind.HOST, start=start, files=files, sysctls=FORWARDS)


def cable(a: str, b: str, at_a: str = "", at_b: str = "") -> Link:
    return link(a, b, at_a.split(), at_b.split())


def check(name: str, kind: str, on: str, /, *needs: str, controls: str = "", **expect: Any) -> Check:
    """A check on one node, or on several that are separated by spaces."""
    return Check(
        id=name,
        type=kind,
        title=name.replace("-", " "),
        on=tuple(on.split()),
        expect=expect,
        within=10.0,
        needs=needs,
        control=tuple(controls.split()),
    )


def rig_lab(name: str, nodes: Iterable[Node], links: Iterable[Link], checks: Iterable[Check]) -> Lab:
    return ad_hoc_lab(name, nodes, links, stages=(Stage(id="network", title="The network", checks=tuple(checks)),))
