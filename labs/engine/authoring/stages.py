"""Reports the mistakes in a lab's stages and their checks, each at its place in lab.yaml."""

from collections.abc import Mapping, Sequence
from typing import Any

from labs.engine.authoring import topology
from labs.engine.checks import TYPES, BadExpect
from labs.engine.checks.base import ROUTERS, CheckType
from labs.engine.definition import stimulus
from labs.engine.definition.spec import Kind
from labs.typed_yaml.shapes import PLACE, Problems, nearest


def check_stages(stages: Sequence[Any], nodes: Mapping[str, Any], links: Sequence[Any], problems: Problems) -> None:
    stage_of: dict[str, str] = {}  # by the id of a check
    stage_ids = set[str]()
    for stage in stages:
        if stage.get("id") in stage_ids:
            problems.add(
                (*stage[PLACE], "id"), f'Another stage has the id "{stage["id"]}". Give each stage an id of its own.'
            )
        stage_ids.add(stage.get("id", ""))
        for check in stage.get("checks", ()):
            if check.get("id") in stage_of:
                where = stage_of[check["id"]]
                problems.add(
                    (*check[PLACE], "id"),
                    f'A check of stage "{where}" has the id "{check["id"]}" already. Choose another id.',
                )
            elif "id" in check:
                stage_of[check["id"]] = stage.get("id", "?")
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
            problems.add(
                (*place, "on"),
                f"{kind.NAME} needs a node of kind {fitting}; {name} is a {node_kind}. Name another node.",
            )
    known = {str(end) for end in topology.ends_of(links)}
    for action in check.get("do", ()):
        if "link" in action and action["link"] not in known:
            problems.add(
                (*action[PLACE], "link"),
                f'No link has the end "{action["link"]}": {nearest(action["link"], sorted(known))}',
            )
        is_wrong = any(found[: len(action[PLACE])] == action[PLACE] for found, _message in problems.found)
        if not is_wrong:
            _check_stimulus(action, nodes, problems)
    if kind is not None and "expect" in check:
        _check_expect(kind, check, nodes, problems)


def _check_stimulus(action: Mapping[str, Any], nodes: Mapping[str, Any], problems: Problems) -> None:
    place = action[PLACE]
    kinds = [name for name in stimulus.THINGS if name in action]
    if len(kinds) != 1:
        problems.add(
            place,
            "A stimulus needs one of link, roas and run. Name the link, the cache's file or the node that it changes.",
        )
        return
    [kind] = kinds
    if foreign := [key for name, keys in stimulus.OF.items() if name != kind for key in keys if key in action]:
        problems.add(
            place, f"A stimulus with {kind} has no {foreign[0]}. Remove {foreign[0]}, or write a stimulus of its own."
        )
    elif kind == "link" and not set(action) & set(stimulus.OF_LINK):
        problems.add(place, "A stimulus with link needs up, rate, delay or loss. Write what happens to the link.")
    elif kind == "roas" and "prefix" not in action:
        problems.add(place, "A stimulus with roas needs prefix. Add origin_as and max_length if the prefix has a ROA.")
    elif kind == "run" and set(stimulus.OF_RUN) - set(action):
        problems.add(place, "A stimulus with run needs commands, and the commands of restore that undo them.")
    elif kind != "link":
        node = action[kind].partition(":")[0]
        ours = [n for n, read in nodes.items() if read.get("learner") is False and read.get("kind") != Kind.SWITCH]
        if node not in ours:
            message = f'"{node}" is not a node of the instructor (learner: false): {nearest(node, ours) if ours else "add one."}'
            problems.add((*place, kind), message)


def check_delays(stages: Sequence[Any], requires: Sequence[str], problems: Problems) -> None:
    for check in (check for stage in stages for check in stage.get("checks", ())):
        for action in check.get("do", ()):
            if "delay" in action and "netem" not in requires:
                problems.add(
                    (*action[PLACE], "delay"), "Not every kernel can delay packets. Add netem to the lab's requires."
                )


def _check_expect(
    kind: type[CheckType], check: Mapping[str, Any], nodes: Mapping[str, Any], problems: Problems
) -> None:
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
            problems.add((*place, "expect"), f'There is no node "{name}" with a shell: {nearest(name, usable)}')
    for name in check.get("on", ()):
        if parsed.vrf_name() and kind.KINDS == ROUTERS and nodes.get(name, {}).get("kind") == Kind.BIRD:
            problems.add(
                (*place, "expect", "vrf"), f"{name} runs BIRD, which cannot be asked about a VRF. Leave vrf out."
            )
    if kind.NOT_BEFORE and not (check.get("do") and check.get("within")):
        problems.add(place, f"{kind.NAME} needs do (what changes) and within (seconds until it must pass).")


def _check_needs(checks: Sequence[Mapping[str, Any]], problems: Problems) -> None:
    by_id = {check["id"]: check for check in checks if "id" in check}
    for check in checks:
        for key, need in ((k, name) for k in ("needs", "control") for name in check.get(k, ())):
            if need not in by_id:
                problems.add((*check[PLACE], key), f'There is no check "{need}": {nearest(need, list(by_id))}')
            elif by_id[need].get("do") and not check.get("do"):
                problems.add(
                    (*check[PLACE], key), f'"{need}" has a do, so it is made last. Only a check with do can need it.'
                )
    if len(by_id) < len(checks):
        return  # a check has no id, or that of another one: reported above
    for name, check in by_id.items():
        if circle := _circle(name, by_id):
            problems.add(
                (*check[PLACE], "needs"),
                f"These checks need each other in a circle: {' → '.join(circle)}. Remove one of them from needs or control.",
            )
            return


def _circle(start: str, by_id: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the chain of needs and controls from a check back to itself; empty if there is none."""
    chains = [[start]]
    seen = set[str]()
    while chains:
        chain = chains.pop()
        check = by_id.get(chain[-1], {})
        for need in (*check.get("needs", ()), *check.get("control", ())):
            if need == start:
                return [*chain, start]
            if need not in seen:
                seen.add(need)
                chains.append([*chain, need])
    return []
