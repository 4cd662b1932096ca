"""The labs of the audit: the attacked one, one that lacks a wall, and another learner's."""

from pathlib import Path

from labs.engine.definition.ad_hoc import ad_hoc_lab, link
from labs.engine.definition.spec import Kind, Lab, Limits, Link, Node, StartFile
from rigs.audit.attack import Attack
from rigs.audit.scene import FAR, INSTRUCTOR, LEARNER, ROUTER

KIT = Path(__file__).parent / "kit"
BIRD = b"router id 192.0.2.9;\nprotocol device {}\n"
SECRET = "of-the-instructor-only"  # noqa: S105 — a mark
LIMITS = Limits(memory=512, processes=150, disk=32)


def _file(path: str, content: bytes, *, executable: bool = False) -> StartFile:
    return StartFile(path=path, content=content, executable=executable)


def kit(attacks: list[Attack]) -> tuple[StartFile, ...]:
    """The attacks as files of a node in /run, so that nothing of them is in its root file system."""
    scripts = [_file(f"/run/audit/{name}", text.encode()) for name, text in (attack.script for attack in attacks)]
    tools = [
        _file(f"/run/audit/{path.name}", path.read_bytes(), executable=path.name == "try") for path in KIT.iterdir()
    ]
    return (*tools, *scripts)


def _link(a: str, b: str, number: int) -> Link:
    return link(a, b, (f"2001:db8:{number}::1/64",), (f"2001:db8:{number}::2/64",))


def _lab(nodes: list[Node], links: list[Link]) -> Lab:
    return ad_hoc_lab("audit", nodes, links, limits=LIMITS, folder=KIT)


def attacked_lab(attacks: list[Attack]) -> Lab:
    """An FRR router in the middle, the learner's host, a BIRD router, and an instructor's host with a secret."""
    return _lab(
        [
            Node(name=ROUTER, kind=Kind.FRR, daemons=("ospf6d",)),
            Node(name=LEARNER, kind=Kind.HOST, files=kit(attacks)),
            Node(name=FAR, kind=Kind.BIRD, files=(_file("/etc/bird/bird.conf", BIRD),)),
            Node(name=INSTRUCTOR, kind=Kind.HOST, learner=False, files=(_file("/run/secret", SECRET.encode()),)),
        ],
        [
            _link(f"{LEARNER}:eth0", f"{ROUTER}:eth0", 1),
            _link(f"{FAR}:eth0", f"{ROUTER}:eth1", 2),
            _link(f"{INSTRUCTOR}:eth0", f"{ROUTER}:eth2", 3),
        ],
    )


def control_lab(attacks: list[Attack]) -> Lab:
    """The same without routing daemons, so that it starts in a third of a second."""
    return _lab(
        [
            Node(name=ROUTER, kind=Kind.HOST),
            Node(name=LEARNER, kind=Kind.HOST, files=kit(attacks)),
            Node(name=INSTRUCTOR, kind=Kind.HOST, learner=False, files=(_file("/run/secret", SECRET.encode()),)),
        ],
        [_link(f"{LEARNER}:eth0", f"{ROUTER}:eth0", 1), _link(f"{INSTRUCTOR}:eth0", f"{ROUTER}:eth2", 3)],
    )


def other_lab() -> Lab:
    """The lab of another learner."""
    nodes = [Node(name="g1", kind=Kind.HOST), Node(name="g2", kind=Kind.HOST)]
    return _lab(nodes, [_link("g1:eth0", "g2:eth0", 9)])
