"""Writes the solution of a lab that was solved by hand: the lines that turn the state before a stage into the state after it."""

from collections.abc import Iterator, Mapping, Sequence

from labs.engine.definition.spec import Kind, Lab
from labs.engine.drafting.observed import Observed
from labs.engine.state.facts import BETWEEN, Section

HEAD = "# Drafted from the states before and after each stage. Read it: the order of the lines is FRR's, not yours."
ENTER, LEAVE = ("vtysh", "configure terminal"), ("end", "write memory", "exit")
BY_HAND = ("boot", "static")


def solution_files(lab: Lab, steps: Sequence[Observed]) -> dict[str, str]:
    """Return the text of solution/NODE.sh by node. ``steps``: the network untouched, and after each stage."""
    files: dict[str, list[str]] = {}
    for stage, before, after in zip(lab.stages, steps, steps[1:], strict=False):
        for node in lab.nodes.values():
            lines = list(typed(before, after, node.name, is_frr=node.kind is Kind.FRR)) if node.learner else []
            if lines:
                files.setdefault(node.name, [HEAD])
                files[node.name] += [f"# stage: {stage.id}", *lines]
    named = {line for lines in files.values() for line in lines}
    for stage in lab.stages:  # a stage in which nothing changed has to be named too
        if files and f"# stage: {stage.id}" not in named:
            return {node: _with_every_stage(lab, lines) for node, lines in files.items()}
    return {node: "\n".join(lines) + "\n" for node, lines in files.items()}


def _with_every_stage(lab: Lab, lines: Sequence[str]) -> str:
    parts: dict[str, list[str]] = {f"# stage: {stage.id}": [] for stage in lab.stages}
    at = ""
    for line in lines[1:]:
        at = line if line in parts else at
        if line != at:
            parts[at].append(line)
    return "\n".join([lines[0], *(line for mark, inside in parts.items() for line in (mark, *inside))]) + "\n"


def typed(before: Observed, after: Observed, node: str, *, is_frr: bool) -> Iterator[str]:
    """Yield the lines that a learner types on a node."""
    yield from _settings(before, after, node, is_frr=is_frr)
    if is_frr:
        configuration = list(_configuration(before.facts(node, Section.CONFIG), after.facts(node, Section.CONFIG)))
        yield from (*ENTER, *configuration, *LEAVE) if configuration else ()
    else:
        yield from _addresses(before, after, node)
        yield from _routes(before, after, node)


def not_typed(lab: Lab, before: Observed, after: Observed) -> list[str]:
    """Return what changed and cannot be turned into lines, a few words each."""
    found = []
    for node in lab.nodes.values():
        for section, what in (
            (Section.FILTERS, "rules of nftables"),
            (Section.RULES, "policy rules"),
            (Section.PROCESSES, "programs"),
        ):
            if before.facts(node.name, section) != after.facts(node.name, section):
                found.append(f"{node.name}: {what}")
        is_bird = node.kind is Kind.BIRD
        if is_bird and before.facts(node.name, Section.CONFIG) != after.facts(node.name, Section.CONFIG):
            found.append(f"{node.name}: bird.conf")
    return found


def _configuration(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """The lines of FRR's configuration that are new, and those that have gone with a no in front, block by block."""
    heads = {part for block in after for part in _path(block)}
    for block, value in after.items():
        old, now = before.get(block, "").split("\n"), value.split("\n")
        gone = [_undone(line) for line in old if line and line not in now]
        new = [line for line in now if line and line not in old and line not in heads and not _opens_nothing(line)]
        created = [head for head in _path(block)[-1:] if head not in str(before)] if block else []
        if gone or new or created:
            path = _path(block)
            yield from path
            yield from (*gone, *new)
            yield from ["exit"] * len(path)
    for block in before.keys() - after.keys():
        path = _path(block)
        if len(path) == 1 and not path[0].startswith("interface "):
            yield f"no {path[0]}"


def _path(block: str) -> list[str]:
    return block.split(BETWEEN) if block else []


def _opens_nothing(line: str) -> bool:
    """An interface without settings of its own is only a head."""
    return line.startswith(("interface ", "address-family "))


def _undone(line: str) -> str:
    return line.removeprefix("no ") if line.startswith("no ") else f"no {line}"


def _settings(before: Observed, after: Observed, node: str, *, is_frr: bool) -> Iterator[str]:
    old = before.facts(node, Section.SETTINGS)
    changed = {key: value for key, value in after.facts(node, Section.SETTINGS).items() if old.get(key) != value}
    for key, value in changed.items():
        parts = key.split(".")
        general = ".".join([*parts[:3], "all", *parts[4:]]) if len(parts) > 4 else ""
        if (general == key or general not in changed) and not (is_frr and key.endswith(("forwarding", "ip_forward"))):
            yield f"sysctl -w {key}={value}"


def _addresses(before: Observed, after: Observed, node: str) -> Iterator[str]:
    old = before.facts(node, Section.INTERFACES)
    for key, value in after.facts(node, Section.INTERFACES).items():
        port, _space, what = key.partition(" ")
        if what == "addresses":
            had, has = old.get(key, "").split("\n"), value.split("\n")
            yield from (f"ip addr del {one} dev {port}" for one in had if one and one not in has)
            yield from (f"ip addr add {one} dev {port}" for one in has if one and one not in had)


def _routes(before: Observed, after: Observed, node: str) -> Iterator[str]:
    old = before.facts(node, Section.ROUTES)
    for prefix, value in after.facts(node, Section.ROUTES).items():
        protocol, _space, rest = value.partition(" ")
        if value != old.get(prefix) and protocol in BY_HAND and "\n" not in value:
            family = "-6" if ":" in prefix else "-4"
            drops, _space, way = (
                rest.partition(" ") if rest.startswith(("blackhole", "unreachable")) else ("", "", rest)
            )
            yield " ".join(filter(None, ("ip", family, "route replace", drops, prefix, "" if drops else way)))
