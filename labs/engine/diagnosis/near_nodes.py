"""The nodes that a diagnosis reads: those on the way first, and then the nodes around them."""

from collections.abc import Sequence, Set

from labs.engine.adapters import node_state
from labs.engine.definition.spec import Lab, Node

NEAR = 12  # nodes that are read, the nearest first


def near(lab: Lab, names: Sequence[str], others: Set[str]) -> list[Node]:
    """These nodes, and then the nodes around them, link by link, without those of other seats."""
    found = list(dict.fromkeys(names))
    for here in found:
        found += [name for name in beside(lab, here) if name not in found]
    return [lab.nodes[one] for one in found if lab.nodes[one].has_shell and one not in others][:NEAR]


def beside(lab: Lab, name: str) -> list[str]:
    """The nodes on the links of this one, each once, in the order of its interfaces."""
    ends = (other for end in lab.interfaces(name) for other in node_state.beside(lab, name, end.name))
    return list(dict.fromkeys(other.node for other in ends))
