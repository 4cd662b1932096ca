"""Other right answers to a lab: those of its author, and variants of the solution with other names or numbers, or with more lines.

All checks must pass on each of them, and the diagnosis must name no cause. A fault that is put into one shows whether the
diagnosis finds it although the network differs in style from the model solution.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from labs.engine.definition.spec import Kind, Lab
from rigs.diagnose.generators.sources import Source, sources, with_start

# Lines that define a name, and the numbers in lines that only set an order
LISTS = r"(?:ip|ipv6) prefix-list|bgp as-path access-list|bgp (?:large-)?community-list(?: standard| expanded)?"
FRR_NAMES = re.compile(rf"^\s*(?:route-map|{LISTS}) (\S+) ", re.MULTILINE)
BIRD_NAMES = re.compile(r"^\s*(?:filter|function|define) (\w+)", re.MULTILINE)
NUMBERED = r"(?m)^(\s*(?:no )?(?:(?:{lists}) {name} seq|route-map {name} (?:permit|deny))) (\d+)"
MORE_NUMBER = 200
FRR_FILE, BIRD_FILE = "/etc/frr/frr.conf", "/etc/bird/bird.conf"
MORE_ADDRESS = "3fff:ff:{number:x}::1/128"
UNUSED = ("ipv6 prefix-list UNUSED seq 5 permit any", "interface lo", "description mine")

type Rewritten = Callable[[str, str], str]  # of a text, for one name


def other_answers(lab: Lab) -> dict[str, Lab]:
    """Return the lab solved in other ways, by the name of the answer."""
    by_author = {name: replace(lab, solution={lab.stages[0].id: typed}) for name, typed in lab.answers.items()}
    made = {
        "other names": _with_each_name(lab, _renamed),
        "other numbers": _with_each_name(lab, _renumbered),
        "more than needed": _extended(lab),
        "tools beside": _with_tools(lab),
        "an address more": _with_address(lab),
        "typed twice": _typed_twice(lab),
    }
    return by_author | {name: one for name, one in made.items() if one != lab}


def _with_each_name(lab: Lab, rewritten: Rewritten) -> Lab:
    for node in lab.nodes:
        own = [source for source in sources(lab) if source.node == node]
        for name in _names(own):
            for source in own:
                now = next(one for one in sources(lab) if (one.node, one.part) == (node, source.part))
                text = rewritten("\n".join(now.lines), name)
                lab = now.put(lab, text.split("\n"))
    return lab


def _names(own: list[Source]) -> Iterator[str]:
    """The names that the learner's text defines, or those of a file if nothing is typed on the node."""
    typed = [source for source in own if source.part.startswith("typed ")]
    given = "\n".join(line for source in own if source not in typed for line in source.lines)
    texts = typed or [source for source in own if source.part in (FRR_FILE, BIRD_FILE)]
    for source in texts:
        pattern = BIRD_NAMES if source.part == BIRD_FILE else FRR_NAMES
        for name in dict.fromkeys(pattern.findall("\n".join(source.lines))):
            if not typed or name not in given:
                yield name


def _renamed(text: str, name: str) -> str:
    return re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", f"{name}_own", text)


def _renumbered(text: str, name: str) -> str:
    pattern = NUMBERED.format(lists=LISTS, name=re.escape(name))
    return re.sub(pattern, lambda match: f"{match[1]} {int(match[2]) + MORE_NUMBER}", text)


def _extended(lab: Lab) -> Lab:
    """The lab with statements that nothing uses, on each router of the learner."""
    for name, node in lab.nodes.items():
        if node.kind is Kind.FRR and node.learner:
            commands = " ".join(f"-c '{line}'" for line in ("configure terminal", *UNUSED))
            lab = with_start(lab, name, f"vtysh {commands}")
        elif node.kind is Kind.BIRD and node.learner:
            for source in [one for one in sources(lab) if (one.node, one.part) == (name, BIRD_FILE)]:
                lab = source.put(lab, ("define UNUSED = 1;", *source.lines))
    return lab


def _with_tools(lab: Lab) -> Lab:
    """The lab with an empty table of nftables and an unused pair of interfaces, on each node of the learner."""
    for name, node in lab.nodes.items():
        if node.learner and node.has_shell:
            lab = with_start(lab, name, "nft add table inet mine", "ip link add mine type veth peer name mine-end")
    return lab


def _with_address(lab: Lab) -> Lab:
    """The lab with an address of their own on the loopback interface of each node of the learner."""
    mine = [name for name, node in lab.nodes.items() if node.learner and node.has_shell]
    for number, name in enumerate(mine):
        lab = with_start(lab, name, f"ip -6 address add {MORE_ADDRESS.format(number=number)} dev lo")
    return lab


def _typed_twice(lab: Lab) -> Lab:
    """The lab with a learner who types each stage twice, because they are not sure."""
    solution = {
        stage: {node: (*lines, *lines) for node, lines in nodes.items()} for stage, nodes in lab.solution.items()
    }
    return replace(lab, solution=solution)
