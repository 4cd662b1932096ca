"""What cannot be of a lab's stages and their checks: told to the author, each at its place."""

from collections.abc import Mapping, Sequence
from typing import Any

from labs.engine.authoring import topology
from labs.engine.checks import TYPES, BadExpect
from labs.engine.definition import stimulus
from labs.engine.definition.spec import Kind
from labs.typed_yaml.shapes import PLACE, Problems, nearest


def check_stages(stages: Sequence[Any], nodes: Mapping[str, Any], links: Sequence[Any], problems: Problems) -> None:
    seen: dict[str, str] = {}
    stage_ids = set[str]()
    for stage in stages:
        if stage.get("id") in stage_ids:
            problems.add((*stage[PLACE], "id"), f'Another stage has the id "{stage["id"]}"; give each its own.')
        stage_ids.add(stage.get("id", ""))
        for check in stage.get("checks", ()):
            if check.get("id") in seen:
                where = seen[check["id"]]
                problems.add((*check[PLACE], "id"), f'A check of stage "{where}" has the id "{check["id"]}" already.')
            elif "id" in check:
                seen[check["id"]] = stage.get("id", "?")
            _check_check(check, nodes, links, problems)
    _check_needs([check for stage in stages for check in stage.get("checks", ())], problems)


def _check_check(check: Mapping[str, Any], nodes: Mapping[str, Any], links: Sequence[Any], problems: Problems) -> None:
    place = check[PLACE]
    kind = TYPES.get(check.get("type", ""))
    if kind is None and "type" in check:
        problems.add(
            (*place, "type"), f'There is no check type "{check["type"]}": {nearest(check["type"], list(TYPES))}'
        )
    for name in check.get("on", ()):
        if name not in nodes:
            problems.add((*place, "on"), f'There is no node "{name}": {nearest(name, list(nodes))}')
        elif (node_kind := nodes[name].get("kind")) is not None and kind and node_kind not in kind.KINDS:
            fitting = " or ".join(sorted(kind.KINDS))
            problems.add((*place, "on"), f"{kind.NAME} looks at a {fitting}; {name} is a {node_kind}.")
    known = {str(end) for end in topology.ends_of(links)}
    for action in check.get("do", ()):
        if "link" in action and action["link"] not in known:
            problems.add(
                (*action[PLACE], "link"),
                f'No link ends at "{action["link"]}": {nearest(action["link"], sorted(known))}',
            )
        wrong = any(found[: len(action[PLACE])] == action[PLACE] for found, _message in problems.found)
        if not wrong:
            _check_stimulus(action, nodes, problems)
    if kind is not None and "expect" in check:
        _check_expect(kind, check, nodes, problems)


def _check_stimulus(action: Mapping[str, Any], nodes: Mapping[str, Any], problems: Problems) -> None:
    of_link, of_roas = set(action) & set(stimulus.OF_LINK), set(action) & set(stimulus.OF_ROAS)
    if ("link" in action) == ("roas" in action):
        problems.add(action[PLACE], "Say to what something happens: either a link, or roas, a cache's file.")
    elif "link" in action and (not of_link or of_roas):
        problems.add(action[PLACE], "Say what happens to the link: up, rate, delay or loss.")
    elif "roas" in action and (of_link or "prefix" not in action):
        problems.add(action[PLACE], "Say whose ROA changes: prefix, with origin_as and max_length or neither.")
    elif "roas" in action:
        node = action["roas"].partition(":")[0]
        ours = [name for name, read in nodes.items() if read.get("learner") is False]
        if node not in ours:
            problems.add(
                (*action[PLACE], "roas"),
                f'"{node}" is no node of the instructor: {nearest(node, ours) if ours else ""}',
            )


def check_delays(stages: Sequence[Any], requires: Sequence[str], problems: Problems) -> None:
    for check in (check for stage in stages for check in stage.get("checks", ())):
        for action in check.get("do", ()):
            if "delay" in action and "netem" not in requires:
                problems.add(
                    (*action[PLACE], "delay"), "Not every kernel can delay packets; add netem to the lab's requires."
                )


def _check_expect(kind: Any, check: Mapping[str, Any], nodes: Mapping[str, Any], problems: Problems) -> None:
    place = check[PLACE]
    try:
        parsed = kind.parse(check["expect"])
    except BadExpect as bad:
        for path, message in bad.found:
            problems.add((*place, "expect", *path), message)
        return
    for name in parsed.nodes():
        if name not in nodes or nodes[name].get("kind") == Kind.SWITCH:
            usable = [n for n in nodes if nodes[n].get("kind") != Kind.SWITCH]
            problems.add((*place, "expect"), f'No node with a shell is called "{name}": {nearest(name, usable)}')
    if kind.NOT_BEFORE and not (check.get("do") and check.get("within")):
        problems.add(place, f"{kind.NAME} needs do (what changes) and within (seconds until it must be so).")


def _check_needs(checks: Sequence[Mapping[str, Any]], problems: Problems) -> None:
    by_id = {check["id"]: check for check in checks if "id" in check}
    for check in checks:
        for key, need in ((k, name) for k in ("needs", "control") for name in check.get(k, ())):
            if need not in by_id:
                problems.add((*check[PLACE], key), f'There is no check "{need}": {nearest(need, list(by_id))}')
            elif by_id[need].get("do") and not check.get("do"):
                problems.add(
                    (*check[PLACE], key), f'"{need}" has a do and is asked last; only a check with do can need it.'
                )
    if len(by_id) < len(checks):
        return  # one id for two checks, or none: told already
    for name, check in by_id.items():
        if circle := _circle(name, by_id):
            problems.add((*check[PLACE], "needs"), f"needs go in a circle: {' → '.join(circle)}; take one away.")
            return


def _circle(start: str, by_id: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Returns the way from a check back to itself, or nothing."""
    ways = [[start]]
    seen = set[str]()
    while ways:
        way = ways.pop()
        check = by_id.get(way[-1], {})
        for need in (*check.get("needs", ()), *check.get("control", ())):
            if need == start:
                return [*way, start]
            if need not in seen:
                seen.add(need)
                ways.append([*way, need])
    return []
