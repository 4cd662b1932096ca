"""The values that a lab tells its learner: in the guide, and in the nodes and links that exist from the start.

A cause names the expected value only if it is one of these. Otherwise the diagnosis would reveal a part of the solution.
"""

import re

from labs.engine.adapters import untrusted
from labs.engine.cpu_budget import step
from labs.engine.definition.spec import Lab

ADDRESS = re.compile(r"[0-9a-fA-F]*:[0-9a-fA-F:]+(?:/\d+)?|\d+\.\d+\.\d+\.\d+(?:/\d+)?")
DEFAULT_MTU = "1500"


def is_given(lab: Lab, text: str) -> bool:
    """Whether the lab tells every address and prefix of this text."""
    return all(_is_told(lab, found[0]) for found in ADDRESS.finditer(text))


def _is_told(lab: Lab, value: str) -> bool:
    bare = value.partition("/")[0]
    if untrusted.address(bare) is None:
        return True
    return _in_guide(lab, value) or value in _of_links(lab)


def _of_links(lab: Lab) -> set[str]:
    """The addresses that nodes have from the start, with and without their length, and the prefixes of the links."""
    texts = [text for link in lab.links for end in link.ends for text in end.addresses]
    texts += [text for node in lab.nodes.values() for text in node.loopback]
    step(len(texts))
    bare = {text.partition("/")[0] for text in texts}
    return {*texts, *bare, *(str(untrusted.network(text)) for text in texts)}


def _in_guide(lab: Lab, word: str) -> bool:
    return bool(re.search(rf"(?<![\w:./-]){re.escape(word)}(?![\w:/]|-\w|\.\d)", lab.guide))


def gives_setting(lab: Lab, node: str, key: str) -> bool:
    """Whether the lab tells this sysctl: its guide names it, or the node has it from the start."""
    return key in lab.nodes[node].sysctls or _in_guide(lab, key)


def gives_mtu(lab: Lab, value: str) -> bool:
    return value == DEFAULT_MTU or _in_guide(lab, value)
