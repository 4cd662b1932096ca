"""Observes a running network for a draft: its state, the BGP paths of each router, and the settings of OSPF interfaces."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of, is_router
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.routing_state import OspfInterface
from labs.engine.checks.families import FAMILIES
from labs.engine.definition.spec import Lab
from labs.engine.runtime.client import LabClient
from labs.engine.state import reading
from labs.engine.state.facts import Section, State

SECONDS = 10.0

type Path = tuple[str, str]  # a prefix, and the AS path to it


@dataclass(frozen=True, slots=True)
class Observed:
    state: State
    paths: Mapping[str, frozenset[Path]] = field(default_factory=dict)  # by node: those that it has learned
    # Settings by node, protocol (ospf6, ospf) and interface
    ospf: Mapping[tuple[str, str, str], Mapping[str, Any]] = field(default_factory=dict)

    def facts(self, node: str, section: Section) -> Mapping[str, str]:
        return self.state.get(node, {}).get(section, {})


def observe(lab: Lab, client: LabClient) -> Observed:
    """Look at all nodes of a running lab. Answers that do not come are missing. Raises EngineError."""
    state = reading.take(lab, client)
    wanted = [
        (node.name, what, question)
        for node in lab.nodes.values()
        if is_router(node)
        for what, question in _questions(lab, node.name, state)
    ]
    answers = client.ask([question.ask for _node, _what, question in wanted], seconds=SECONDS) if wanted else []
    paths: dict[str, frozenset[Path]] = {}
    ospf: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for (node, what, question), answer in zip(wanted, answers, strict=True):
        told = question.read(answer) if answer.get("ok") is True else None
        if isinstance(told, list) and what == "bgp":
            found = frozenset((str(prefix), " ".join(path)) for prefix, path in told if path)
            paths[node] = paths.get(node, frozenset()) | found
        elif isinstance(told, list):
            ospf |= {(node, what, name): settings for name, settings in map(_interface, told) if name}
    return Observed(state, paths, ospf)


def _questions(lab: Lab, node: str, state: State) -> list[tuple[str, Question[Any]]]:
    daemon = daemon_of(lab.nodes[node])
    facts = state.get(node, {})
    found: list[tuple[str, Question[Any]]] = []
    if facts.get(Section.SESSIONS):
        found += [("bgp", daemon.bgp_paths(family)) for family in FAMILIES]
    protocols = {key.split()[0] for key in facts.get(Section.ADJACENCIES, {})}
    if "ospf6" in protocols:
        found.append(("ospf6", daemon.ospf3_interfaces()))
    if "ospf" in protocols:
        found.append(("ospf", daemon.ospf2_interfaces()))
    return found


def _interface(told: object) -> tuple[str, Mapping[str, Any]]:
    if isinstance(told, OspfInterface):
        return told.name, told.settings
    row = untrusted.fields(told)
    return untrusted.text(row.get("interface")), row
