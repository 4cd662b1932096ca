"""The state of a network as plain data, and the differences between two states. ``reading`` asks the nodes for it.

States are compared: the live network with the solved one, or a learner's configuration with the model solution. So a state
holds nothing that differs between two networks that work alike, such as link-layer addresses, counters or ages.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from labs.engine.cpu_budget import step


class Section(StrEnum):
    """A kind of facts. The comment beside each shows its keys and values."""

    INTERFACES = "interfaces"  # "eth0 up": yes or no; "eth0 mtu": 1500; "eth0 addresses": those that were configured
    SETTINGS = "settings"  # a sysctl: its value
    ROUTES = "routes"  # a prefix of the main table: "static via 2001:db8::1 dev eth0", a line for each next hop
    RULES = "rules"  # 4 or 6: the policy rules of ip rule, a line for each
    FILTERS = "filters"  # family, table and chain of nftables: its head and its rules, as JSON without counters
    CONFIG = "config"  # the heads of a block of the configuration that runs, "" at the top: its lines
    FILES = "files"  # a file of a service in /etc: its lines
    SESSIONS = "sessions"  # a BGP neighbour: up or down
    ADJACENCIES = "adjacencies"  # protocol and interface: up or down
    DAEMONS = "daemons"  # a daemon: up or down; a protocol of BIRD: disabled; bird.conf: not read
    PROCESSES = "processes"  # the name of a program: runs


type Facts = Mapping[Section, Mapping[str, str]]  # of one node; a value with several lines is a list
type State = Mapping[str, Facts]  # by node

EFFECTS = frozenset({Section.SESSIONS, Section.ADJACENCIES})  # they follow from other facts, and are nobody's choice
BETWEEN = " / "  # the heads of nested blocks
UNKNOWN = "?"  # a value that is not the same in each solved network, so that nothing is compared with it


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact, and the same fact in the model. For a list: one line of it; None where there is no such line."""

    node: str
    section: Section
    key: str
    live: str | None
    model: str | None


def fact(state: State, node: str, section: Section, key: str) -> str | None:
    return state.get(node, {}).get(section, {}).get(key)


def lines(state: State, node: str, section: Section, key: str) -> list[str]:
    found = fact(state, node, section, key)
    return found.split("\n") if found else []


def differences(live: State, model: State, node: str, section: Section) -> Iterator[Difference]:
    """Yield the differences in a section of a node. A section that one state does not have is not known, so nothing differs."""
    mine, other = live.get(node, {}).get(section), model.get(node, {}).get(section)
    if mine is None or other is None:
        return
    for key in sorted(mine.keys() | other.keys()):
        step()
        yield from _of_key(node, section, key, mine.get(key), other.get(key))


def _of_key(node: str, section: Section, key: str, live: str | None, model: str | None) -> Iterator[Difference]:
    if live == model or model == UNKNOWN:
        return
    here, there = (live or "").split("\n"), (model or "").split("\n")
    if section is not Section.CONFIG and len(here) == len(there) == 1:
        yield Difference(node, section, key, live, model)
        return
    extra, missing = _without(here, there), _without(there, here)
    for line in missing:
        step(len(extra))
        # A line with the same beginning is the same statement with another value.
        same = next((one for one in extra if stem(one) == stem(line)), None)
        if same is not None:
            extra.remove(same)
        yield Difference(node, section, key, same, line)
    yield from (Difference(node, section, key, line, None) for line in extra)
    if not extra and not missing:
        yield Difference(node, section, key, live, model)  # only the order differs


def _without(some: list[str], others: list[str]) -> list[str]:
    """The lines that the other list has not, or not as often."""
    left = list(others)
    found = []
    for line in some:
        step()
        if line in left:
            left.remove(line)
        elif line:
            found.append(line)
    return found


def stem(line: str) -> tuple[str, ...]:
    """Return the subject of a statement: its words without the value, which is the last one."""
    words = line.removeprefix("no ").split()
    keep = 3 if words[:1] == ["neighbor"] else max(1, len(words) - 1)
    return tuple(words[:keep])


def as_json(state: State) -> dict[str, dict[str, dict[str, str]]]:
    return {node: {section.value: dict(found) for section, found in facts.items()} for node, facts in state.items()}


def from_json(stored: Mapping[str, Mapping[str, Mapping[str, str]]]) -> State:
    """Raises ValueError for a section that this version does not know."""
    return {node: {Section(name): found for name, found in facts.items()} for node, facts in stored.items()}
