"""Reads what a router says of its own BGP sessions: which are established, and which its own prefix limit has stopped.

BIRD lists a session that its limit has stopped as down, like one that is disabled. The reason beside it tells them apart.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from labs.engine.adapters import bird, untrusted
from labs.engine.adapters.daemons import daemon_of, is_router
from labs.engine.adapters.node_state import PROTOCOLS, Answers, Asks, Seen
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.routing_state import ConfiguredProtocols
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.cpu_budget import step
from labs.engine.definition.spec import Node

SESSIONS = "sessions"
STOPPED = re.compile(r"^(?P<name>\S+)\s+\S+\s+\S+\s+(?!up\b)\S+.*\bRoute limit exceeded")


@dataclass(frozen=True, slots=True)
class SeenWithSessions(Seen):
    """A node with the states of its BGP sessions."""

    over_limit: frozenset[str] = frozenset()  # the names in BIRD of those that a limit has stopped
    established: frozenset[AnyAddress] | None = None  # the neighbours of these sessions; None: not known


def asks(node: Node) -> Asks:
    """One ask for all sessions, however many neighbours there are."""
    question = _question(node)
    return {(node.name, SESSIONS): question.ask} if question else {}


def _question(node: Node) -> Question[ConfiguredProtocols] | None:
    """The question about sessions, if the node runs BGP. Of BIRD it is the first one, the others are about OSPF."""
    daemons = [one for one in node.daemons if one == "bgpd"]
    return next(iter(daemon_of(node).configured_protocols(daemons)), None) if is_router(node) else None


def marked(seen: Seen, answers: Answers) -> Seen:
    """The node with the states of its sessions. Those that a limit has stopped are not among those that somebody has disabled."""
    said: Mapping[str, Any] = untrusted.fields(answers.get((seen.node.name, PROTOCOLS)))
    rows = bird.lines(said) if said.get("ok") is True else []
    stopped = frozenset(found["name"] for row in rows if (found := STOPPED.match(row)))
    of = {one.name: getattr(seen, one.name) for one in fields(Seen)}
    return SeenWithSessions(
        **of | {"off": seen.off - stopped}, over_limit=stopped, established=_established(seen, answers)
    )


def with_states(seen: Seen, answers: Answers) -> Seen:
    """The node with the states in these answers instead of those that were read before. Without an answer they stay."""
    now = _established(seen, answers)
    of = {one.name: getattr(seen, one.name) for one in fields(seen)} | ({"established": now} if now is not None else {})
    return SeenWithSessions(**of)


def _established(seen: Seen, answers: Answers) -> frozenset[AnyAddress] | None:
    answer, question = untrusted.fields(answers.get((seen.node.name, SESSIONS))), _question(seen.node)
    read = question.read(answer) if question and answer.get("ok") is True else None
    if not isinstance(read, ConfiguredProtocols):
        return None
    step(len(read.peers))
    return frozenset(peer for name, is_up in read.peers.items() if is_up and (peer := untrusted.address(name)))


def has_stopped(seen: Seen, protocol: str) -> bool:
    return isinstance(seen, SeenWithSessions) and protocol in seen.over_limit


def is_established(seen: Seen, peer: AnyAddress) -> bool | None:
    """Whether the session with this neighbour is established; None if the router has not said it."""
    if "bgpd" in seen.silent:
        return False
    if not isinstance(seen, SeenWithSessions) or seen.established is None:
        return None
    return peer in seen.established
