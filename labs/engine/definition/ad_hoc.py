"""Labs without a folder: nodes and links that a benchmark, an audit or a test puts together in code."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from labs.engine.definition.spec import Interface, Lab, Level, Limits, Link, Node


def ad_hoc_lab(name: str, nodes: Iterable[Node], links: Iterable[Link], **more: Any) -> Lab:
    """Make a lab of these nodes and links. ``more`` are other fields of Lab, such as its limits."""
    fields: dict[str, Any] = {
        "title": name,
        "summary": "",
        "level": Level.ADVANCED,
        "minutes": 10,
        "stages": (),
        "limits": Limits(),
        "requires": (),
        "folder": Path(),
        "version": "0",
    }
    return Lab(id=name, nodes={node.name: node for node in nodes}, links=tuple(links), **(fields | more))


def link(a: str, b: str, at_a: Iterable[str] = (), at_b: Iterable[str] = ()) -> Link:
    """Make a link between two interfaces, each written NODE:NAME, with the addresses at either end."""
    (a_node, a_name), (b_node, b_name) = a.split(":"), b.split(":")
    return Link(
        a=Interface(node=a_node, name=a_name, addresses=tuple(at_a)),
        b=Interface(node=b_node, name=b_name, addresses=tuple(at_b)),
    )
