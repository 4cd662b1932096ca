"""The lab that the bench starts: eight FRR routers in a ring with four chords, five daemons each, dual stack."""

from pathlib import Path

from labs.engine.spec import Interface, Kind, Lab, Level, Limits, Link, Node

ROUTERS = 8
DAEMONS = ("bgpd", "ospf6d")  # beside mgmtd, zebra and staticd, which every FRR router has


def ring() -> Lab:
    """The lab: twelve links, an address of each family at every end."""
    names = [f"r{number}" for number in range(1, ROUTERS + 1)]
    around = [(names[i], names[(i + 1) % ROUTERS]) for i in range(ROUTERS)]
    across = [(names[i], names[i + ROUTERS // 2]) for i in range(ROUTERS // 2)]
    return Lab(
        id="bench-ring",
        title="Bench",
        summary="",
        level=Level.ADVANCED,
        minutes=5,
        nodes={name: _router(name, number) for number, name in enumerate(names, 1)},
        links=_links([*around, *across]),
        stages=(),
        limits=Limits(),
        requires=(),
        folder=Path(),
        version="0",
    )


def _router(name: str, number: int) -> Node:
    loopback = (f"192.0.2.{number}/32", f"2001:db8:ff::{number}/128")
    return Node(name=name, kind=Kind.FRR, daemons=DAEMONS, loopback=loopback)


def _links(pairs: list[tuple[str, str]]) -> tuple[Link, ...]:
    used: dict[str, int] = {}
    links = []
    for number, pair in enumerate(pairs, 1):
        ends = []
        for side, node in enumerate(pair, 1):
            interface = f"eth{used.setdefault(node, 0)}"
            used[node] += 1
            addresses = (f"198.51.100.{4 * number + side}/30", f"2001:db8:{number:x}::{side}/64")
            ends.append(Interface(node=node, name=interface, addresses=addresses))
        links.append(Link(a=ends[0], b=ends[1]))
    return tuple(links)
