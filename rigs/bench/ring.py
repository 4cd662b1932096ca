"""The labs that the benchmark starts: FRR routers in a ring with chords, five daemons each, dual stack."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from labs.engine.definition.improvised import improvised, link
from labs.engine.definition.spec import Kind, Lab, Link, Node

ROUTERS = 8
DAEMONS = ("bgpd", "ospf6d")  # in addition to mgmtd, zebra and staticd, which every FRR router runs


def ring(routers: int = ROUTERS) -> Lab:
    """Return the lab, with an address of each family at every link end. ``routers`` must be even."""
    names = [f"r{number}" for number in range(1, routers + 1)]
    around = [(names[i], names[(i + 1) % routers]) for i in range(routers)]
    across = [(names[i], names[i + routers // 2]) for i in range(routers // 2)]
    nodes = (_router(name, number) for number, name in enumerate(names, 1))
    return improvised(f"bench-ring-{routers}", nodes, _links([*around, *across]), minutes=5)


def _router(name: str, number: int) -> Node:
    loopback = (f"192.0.2.{number}/32", f"2001:db8:ff::{number}/128")
    return Node(name=name, kind=Kind.FRR, daemons=DAEMONS, loopback=loopback)


def _links(pairs: list[tuple[str, str]]) -> Iterator[Link]:
    used: dict[str, int] = {}
    for number, pair in enumerate(pairs, 1):
        ends, addresses = [], []
        for side, node in enumerate(pair, 1):
            ends.append(f"{node}:eth{used.setdefault(node, 0)}")
            used[node] += 1
            addresses.append((f"198.51.100.{4 * number + side}/30", f"2001:db8:{number:x}::{side}/64"))
        yield link(*ends, *addresses)


def publish(lab: Lab, catalog: Path) -> None:
    """Write the lab into a catalogue, so that a site can start it."""
    folder = catalog / lab.id
    folder.mkdir(parents=True)
    check: dict[str, object] = {"id": "there", "type": "addr.present", "title": "r1 is there", "on": ["r1"]}
    check["expect"] = {
        "interface": "lo",
        "addresses": [address for address in lab.nodes["r1"].loopback if ":" in address],
    }
    described = {
        "id": lab.id,
        "title": lab.title,
        "summary": "Routers in a ring.",
        "level": lab.level.value,
        "minutes": lab.minutes,
        "nodes": {
            name: {"kind": "frr", "daemons": list(node.daemons), "loopback": list(node.loopback)}
            for name, node in lab.nodes.items()
        },
        "links": [
            {
                side: {"interface": str(end), "addresses": list(end.addresses)}
                for side, end in zip("ab", link.ends, strict=True)
            }
            for link in lab.links
        ],
        "stages": [{"id": "there", "title": "There", "checks": [check]}],
    }
    (folder / "lab.yaml").write_text(yaml.safe_dump(described, sort_keys=False))
    (folder / "guide.md").write_text("# Bench\n\nRouters in a ring.\n\n## There {#there}\n\nNothing is to do.\n")
    (folder / "solution").mkdir()
    (folder / "solution" / "r1.sh").write_text("ip -6 address show dev lo\n")
