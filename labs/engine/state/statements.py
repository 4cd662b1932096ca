"""Finds the statements of a configuration that concern a neighbour, a protocol or a prefix, by the facts of one or two states.

A statement names others: a neighbour its route-map, this one its prefix lists. They belong to it, however many steps away.
"""

import re
from collections.abc import Callable, Iterable

from labs.engine.cpu_budget import step
from labs.engine.state.facts import BETWEEN, Difference, Section, State, differences

STEPS = 4  # from a statement to what it names, and so on
DEFINES = re.compile(
    r"^(?:route-map|(?:ip|ipv6) (?:prefix-list|access-list)|bgp as-path access-list"
    r"|(?:ip |bgp )?(?:large-|ext)?community-list(?: standard| expanded)?|bgp (?:large-|ext)?community-list(?: standard| expanded)?"
    r"|filter|function|define|template \w+|roa[46] table|table)\s+([\w.-]+)"
)
WORD = re.compile(r"[\w.-]+")
OF_BGP, BIRD_BGP = "router bgp", "protocol bgp"
IGP_BLOCKS = (
    "router ospf",
    "router ospf6",
    "router isis",
    "router babel",
    "router rip",
    "router ripng",
    "protocol ospf",
)
IGP_WORDS = re.compile(r"^(?:no )?(?:ipv6 ospf6|ip ospf|isis|ip router isis|ipv6 router isis|babel)\b")
POLICY = re.compile(
    r"\b(?:route-map|prefix-list|filter-list|distribute-list|default-originate|send-community|soft-reconfiguration|next-hop-self"
    r"|as-override|remove-private-AS|allowas-in|unsuppress-map|weight|addpath-tx-all-paths|route-reflector-client"
    r"|route-server-client)\b|^(?:import|export|preference|next hop|gateway)\b"
)

type Chooses = Callable[[str, str], bool]  # whether a line of this block is chosen


def concerning(live: State, model: State, node: str, chooses: Chooses) -> list[Difference]:
    """The differences in the statements that are chosen, and in those that they name, in the order of the configuration."""
    names = _named(_lines(live, model, node), chooses)
    found = [
        one
        for one in differences(live, model, node, Section.CONFIG)
        if chooses(one.key, one.live or one.model or "") or _defines(one.key, one.live or one.model or "") in names
    ]
    # Of a block that is missing as a whole, its head says all.
    heads = {one.model for one in found if not one.key and one.live is None}
    found = [one for one in found if one.live is not None or one.key.split(BETWEEN)[0] not in heads]
    return sorted(
        found, key=lambda one: (one.key.count(BETWEEN) + bool(one.key), one.model is None, one.live is not None)
    )


def _lines(live: State, model: State, node: str) -> list[tuple[str, str]]:
    step(sum(len(state.get(node, {}).get(Section.CONFIG, {})) for state in (live, model)))
    return [
        (block, line)
        for state in (live, model)
        for block, value in state.get(node, {}).get(Section.CONFIG, {}).items()
        for line in value.split("\n")
    ]


def _named(every: list[tuple[str, str]], chooses: Chooses) -> set[str]:
    """The names of what the chosen statements use, and what these use, and so on."""
    words = {word for block, line in every if chooses(block, line) for word in WORD.findall(line)}
    defined = {name for block, line in every if (name := _defines(block, line))}
    found = words & defined
    for _turn in range(STEPS):
        step(len(every))
        more = {
            word for block, line in every if _defines(block, line) in found for word in WORD.findall(line)
        } & defined
        if more <= found:
            break
        found |= more
    return found


def _defines(block: str, line: str) -> str:
    """The name that the line helps to define: its own, or that of the block around it."""
    head = block.split(BETWEEN)[0] or line
    match = DEFINES.match(head)
    return match[1] if match else ""


# The statements that concern an item


def of_session(live: State, model: State, node: str, peers: Iterable[str]) -> Chooses:
    """The statements about these neighbours, but not the policies for their routes."""
    about = _about_neighbors(live, model, node, set(peers))

    def chooses(block: str, line: str) -> bool:
        if not block:
            return line.startswith((OF_BGP, "router id")) or (line.startswith(BIRD_BGP) and about(line, line))
        return about(block, line) and not POLICY.search(line)

    return chooses


def of_policy(live: State, model: State, node: str, peers: Iterable[str]) -> Chooses:
    """The statements about the routes from and to these neighbours."""
    about = _about_neighbors(live, model, node, set(peers))
    return lambda block, line: bool(block) and about(block, line)


def _about_neighbors(live: State, model: State, node: str, peers: set[str]) -> Chooses:
    every = _lines(live, model, node)
    groups = {
        words[3]
        for block, line in every
        if block.startswith(OF_BGP)
        and len(words := line.split()) > 3
        and words[1] in peers
        and words[2] == "peer-group"
    }
    blocks = {
        block.split(BETWEEN)[0]
        for block, line in every
        if block.startswith(BIRD_BGP) and line.startswith("neighbor ") and line.split()[1].split("%")[0] in peers
    }

    def about(block: str, line: str) -> bool:
        outer = block.split(BETWEEN)[0]
        if outer.startswith(BIRD_BGP):
            return outer in blocks
        words = line.removeprefix("no ").split()
        if not outer.startswith(OF_BGP):
            return False
        return words[1] in peers | groups if words[:1] == ["neighbor"] and len(words) > 1 else words[:1] == ["bgp"]

    return about


def of_origin(prefix: str) -> Chooses:
    """The statements that bring a prefix into BGP."""

    def chooses(block: str, line: str) -> bool:
        if block.startswith(OF_BGP):
            words = line.removeprefix("no ").split()
            return words[:1] == ["redistribute"] or (
                words[:1] in (["network"], ["aggregate-address"]) and prefix in words
            )
        if not block or block.startswith("protocol static"):
            return prefix in line.split() and "route" in line.split()
        return False

    return chooses


def of_igp(ports: Iterable[str]) -> Chooses:
    """The statements about OSPF, IS-IS and the like on these interfaces, and those of the whole protocol."""
    heads = {f"interface {port}" for port in ports}

    def chooses(block: str, line: str) -> bool:
        outer = block.split(BETWEEN)[0]
        if not outer:
            return line.startswith((*IGP_BLOCKS, "router id"))
        return outer.startswith(IGP_BLOCKS) or (outer in heads and bool(IGP_WORDS.match(line)))

    return chooses


def of_advertisements(ports: Iterable[str]) -> Chooses:
    heads = {f"interface {port}" for port in ports}
    return lambda block, line: (
        (block.split(BETWEEN)[0] in heads and " nd " in f" {line} ") or block.startswith("protocol radv")
    )


def of_static(prefix: str) -> Chooses:
    """The static routes to this prefix; of a default route FRR and BIRD write the same prefix."""

    def chooses(block: str, line: str) -> bool:
        by_hand = line.startswith(("ip route ", "ipv6 route ")) or block.startswith("protocol static")
        return by_hand and prefix in line.split()

    return chooses


def of_rpki() -> Chooses:
    return lambda block, line: (block or line).startswith(("rpki", "protocol rpki", "roa4 table", "roa6 table"))
